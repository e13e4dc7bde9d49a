"""Each tool as a run of its command, in JSON: so both say the same.

Raises LlmcostError for what the command refuses, and UsageError for arguments that are none.
"""

import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

import msgspec

from llmcost.cli.agents import workload
from llmcost.cli.agents.allowed import MOST_BYTES, MOST_SECONDS, checked
from llmcost.cli.agents.arguments import (
    MOST_CHARACTERS,
    BudgetArguments,
    CountArguments,
    EstimateArguments,
    PriceArguments,
    as_option,
    read,
)
from llmcost.cli.config import configured
from llmcost.cli.options import Format
from llmcost.cli.output import Output
from llmcost.errors import UnknownTokenizer, UsageError
from llmcost.messages import say
from llmcost.sources import conversion
from llmcost.sources.read import STDIN

Given = Mapping[str, Any]
Folders = Sequence[Path]


def estimate(given: Given, folders: Folders) -> Output:
    said = read(EstimateArguments, given)
    values = {
        "model": said.models,
        "provider": said.providers,
        "output_tokens": said.output_tokens,
        "output_ratio": as_option(said.output_ratio),
        "calls": said.calls,
        "cached": as_option(said.cached),
        "cache_write": as_option(said.cache_write),
        "batch": said.batch,
        "thinking": said.thinking,
        "tier": said.tier,
        "region": said.region,
        "currency": said.currency,
        "fx": as_option(said.fx),
        "as_of": said.as_of,
        "at": said.at,
        "top": said.top,
    }
    return run_on(command("estimate"), said, folders, values)


def count(given: Given, folders: Folders) -> Output:
    from llmcost.cli.known import known_tokenizers, matching

    said = read(CountArguments, given)
    known = known_tokenizers()
    for name in said.tokenizers or ():
        if not matching(name, known):  # the command takes files, too
            raise UnknownTokenizer(
                say("unknown tokenizer: `{name}`", name=name),
                hint=say("known are {names}", names=", ".join(known)),
            )
    values = {"model": said.models, "tokenizer": said.tokenizers}
    return run_on(command("count"), said, folders, values)


def run_on(
    command: Callable[..., Output],
    said: EstimateArguments | CountArguments,
    folders: Folders,
    values: Mapping[str, Any],
) -> Output:
    """The command on the text, as its standard input, or on files."""
    if (said.text is None) == (said.paths is None):
        raise UsageError(say("give text or paths, one of them"))
    paths, encoding, size = [STDIN], "utf-8", None
    if said.paths is not None:
        paths, encoding, size = checked(said.paths, folders), said.encoding, str(MOST_BYTES)
    elif len(said.text or "") > MOST_CHARACTERS:
        raise UsageError(
            say(
                "the text is too long: {number:,} characters, more than {most:,}",
                number=len(said.text or ""),
                most=MOST_CHARACTERS,
            ),
            hint=say("give its file by paths, or use `llmcost` in a shell"),
        )
    how = {"max_bytes": size, "workers": 1, "no_progress": True}  # no process counts
    with conversion.within(MOST_SECONDS), standard_input(said.text):
        try:
            return run(command, paths=paths, encoding=encoding, **how, **values)
        finally:
            forget()


def forget() -> None:
    """What counting has learnt: a server lives long, and would come to hold every vocabulary. To
    learn it again costs a small text next to nothing."""
    from llmcost.tokens import engines, giga

    engines.engine.cache_clear()
    giga.counter.cache_clear()


@contextmanager
def standard_input(text: str | None) -> Iterator[None]:
    """The text, if there is one, as what `-` reads. The server answers one call after the other."""
    before = sys.stdin
    if text is not None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode(errors="surrogatepass")))
    try:
        yield
    finally:
        sys.stdin = before


def budget(given: Given, folders: Folders) -> Output:
    words = {name: one for name, one in given.items() if name != "top"}
    top = read(BudgetArguments, {name: one for name, one in given.items() if name == "top"}).top
    return run(command("budget"), **workload.options_of(words), top=top)


def price(given: Given, folders: Folders) -> Output:
    from llmcost.cli.commands.prices.history import history
    from llmcost.cli.commands.prices.show import show

    said = read(PriceArguments, given)
    values = {"names": said.models, "provider": said.providers, "as_of": said.as_of}
    output = (
        run(configured(history), **values)
        if said.history
        else run(configured(show), **values, at=said.at)
    )
    return cut(output, said.top)


def cut(output: Output, top: int) -> Output:
    """The first results, for the command has no --top."""
    document = msgspec.json.decode(output.text)
    rest = len(document["results"]) - top
    if rest <= 0:
        return output
    text = msgspec.json.encode({**document, "results": document["results"][:top]}).decode()
    note = say("{number} more; name fewer, or raise top", number=rest)
    return Output(text, [*output.notes, note], output.failure)


def command(name: str) -> Callable[..., Output]:
    """A command of the command line with all its options, and the user's settings under them."""
    from llmcost.cli import main

    return main.command(name, ["--help"])


def run(command: Callable[..., Output], **values: Any) -> Output:
    """The command with these options, and the defaults of the others."""
    usual = {one.name: one.default for one in signature(command).parameters.values()}
    return command(**usual | values | {"format": Format.JSON})
