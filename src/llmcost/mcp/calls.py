"""Each tool as a run of its command, in JSON, and the folders that a client may name.

Raises LlmcostError for what the command refuses, and UsageError for arguments that are none. Files
must lie below the folders that the user allowed, by their real places, so that neither `..` nor a
link leads out of them.
"""

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from inspect import signature
from pathlib import Path
from typing import Any

import msgspec

from llmcost.cli.app import configured
from llmcost.cli.output import Output
from llmcost.errors import UnknownTokenizer, UnreadableInput, UsageError
from llmcost.inputs import conversion
from llmcost.inputs.compression import kind_of
from llmcost.inputs.discovery import expand_one, head_of
from llmcost.inputs.documents import BINARIES
from llmcost.inputs.patterns import MAGIC, split
from llmcost.inputs.text_stream import STDIN, TextStream, stated
from llmcost.mcp import arguments as workload
from llmcost.mcp.arguments import (
    MOST_CHARACTERS,
    BudgetArguments,
    CountArguments,
    EstimateArguments,
    PriceArguments,
    as_option,
    read,
)
from llmcost.messages import say, visible
from llmcost.render.table import Format
from llmcost.runtime.settings import content_of

MOST_FILES = 1000
MOST_BYTES = 10_000_000
"""Of all files of a call together, unpacked, and of the text of a document."""
MOST_SECONDS = 60.0
"""In which all documents of a call are converted."""
START = say("start the server with `llmcost mcp --allow FOLDER`")


def real_folders(folders: Sequence[Path]) -> list[Path]:
    """Where the folders really are. Raises UsageError for what is none."""
    for folder in folders:
        if not folder.is_dir():
            said = say("--allow: `{path}` is no folder", path=visible(str(folder)))
            raise UsageError(said, hint=say("name a folder that is there"))
    return [folder.resolve() for folder in folders]


def checked(paths: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """The paths as a command takes them. Raises UsageError for one that may not be read, or that is
    neither file nor folder, and if there is too much to read."""
    if not folders:
        raise UsageError(say("paths: no folder is allowed"), hint=START)
    found = [f"./{path}" if path == STDIN else path for path in paths]
    for path in found:
        check(path, folders)
    check_size(found)
    return found


def check(path: str, folders: Sequence[Path]) -> None:
    place = path
    is_there = False
    try:
        is_there = os.path.lexists(path)
        if not is_there and MAGIC.search(path):
            place = split(path)[0]
        real = Path(os.path.realpath(place))
    except ValueError:  # NUL, which no name has
        real = Path(os.devnull)
    if not any(real.is_relative_to(folder) for folder in folders):
        raise UsageError(
            say("paths: `{path}` is not below a folder that is allowed", path=visible(path)),
            hint=say("allowed: {folders}", folders=", ".join(visible(str(one)) for one in folders)),
        )
    if is_there and not is_plain(real):  # to open a FIFO is to wait
        raise UnreadableInput(say("`{path}` is no file and no folder", path=visible(path)))


def is_plain(path: Path) -> bool:
    """Whether it is a file, a folder, or gone."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True  # its reader will tell
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def size_of(path: str, most: int) -> int:
    """Bytes of a file; of a compressed one, of what is in it, which are unpacked up to `most`."""
    stream = TextStream(path, "utf-8", max(1, most))
    with suppress(OSError, UnreadableInput):  # its reader will tell
        if kind_of(head_of(path)):
            with stream.open() as file:
                return sum(map(len, stream.blocks(file)))
    return stated(path)


def check_size(paths: Sequence[str]) -> None:
    files = size = 0
    for path in paths:
        for one in expand_one(path, False, BINARIES):
            if isinstance(one, str):
                files += 1
                size += size_of(one, MOST_BYTES - size + 1)
            if files > MOST_FILES or size > MOST_BYTES:
                raise UsageError(
                    say(
                        "paths: more than {files:,} files, or {bytes:,} bytes",
                        files=MOST_FILES,
                        bytes=MOST_BYTES,
                    ),
                    hint=say("name fewer; `llmcost estimate` in a shell takes any number"),
                )


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
    from llmcost.runtime.tokenizer_choice import known_tokenizers, matching

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
    from llmcost.tokenizers import engine as engines
    from llmcost.tokenizers import gigatoken as giga

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
    from llmcost.commands.prices.history import history
    from llmcost.commands.prices.show import show

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
    from llmcost.cli.app import command

    return command(name, ["--help"])


def run(command: Callable[..., Output], **values: Any) -> Output:
    """The command with these options, and the defaults of the others."""
    content_of.cache_clear()
    usual = {one.name: one.default for one in signature(command).parameters.values()}
    return command(**usual | values | {"format": Format.JSON})
