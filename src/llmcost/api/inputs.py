"""Inputs of a caller of the API: texts, paths and requests, counted by `runtime` and `tokenizers`.

Paths are read as the command line reads them, and requests that the caller holds as those of a
file. Texts are counted in this process, or by several workers if the caller asks for them. A lock
lets one thread count at a time.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from threading import RLock
from typing import TYPE_CHECKING, Any

from msgspec import structs, to_builtins

from llmcost.errors import UnreadableInput, UsageError
from llmcost.messages import say
from llmcost.pricing.usage import Count, Input
from llmcost.runtime.option_values import File, Names, listed, paths_of, whole

if TYPE_CHECKING:
    from llmcost.chat import Ask
    from llmcost.commands.estimate.compute import Estimate
    from llmcost.commands.host.compute import HostAnswer
    from llmcost.inputs.request_forms import Form
    from llmcost.inputs.text_stream import TextStream
    from llmcost.pricing.price_rows import Model
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.market import BillingMarket
    from llmcost.runtime.tokenizer_choice import Known
    from llmcost.tokenizers.workers import Crew
    from llmcost.workload.fields import FieldEntry

_turn = RLock()


def counting() -> RLock:
    """Return the lock by which one thread counts at a time: what the engines have learnt is
    shared, and not made for more. It is free while a caller's iterator runs, which may wait for
    another thread."""
    return _turn


def after_fork() -> None:
    """Forget what a thread was about that is not there any more."""
    global _turn
    if not _turn.acquire(blocking=False):
        from llmcost.tokenizers import engine as engines
        from llmcost.tokenizers import gigatoken as giga

        engines.engine.cache_clear()
        giga.counter.cache_clear()
    _turn = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)


def asked_of(
    path: os.PathLike[str],
    encoding: str,
    input_format: str | None,
    field: str | None,
    column: str | None,
    max_bytes: int | None,
    workers: int,
) -> "Asked":
    """Return how a path is to be read. Raise UsageError."""
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.open_inputs import How

    return Asked(
        [named(path)],
        encoding,
        form=form_named(input_format),
        field=field,
        column=column,
        most=None if max_bytes is None else whole(max_bytes, "max_bytes", 1),
        how=How(whole(workers, "workers", 1), progress=False),
    )


def form_named(name: str | None) -> "Form | None":
    """Return a form of requests by its name. Raise UsageError."""
    from llmcost.inputs.request_forms import Form

    try:
        return None if name is None else Form(name)
    except ValueError:
        hint = say("known: {names}", names=", ".join(Form))
        raise UsageError(say("unknown input_format: `{name}`", name=name), hint=hint) from None


def read_path(asked: "Asked", market: "BillingMarket", *, skip_bad: bool) -> "Read":
    """Return what a path holds, counted. Raise LlmcostError if not all of it could be read."""

    from llmcost.runtime.count_inputs import read_inputs

    shares = bool(market.terms.cache_rules)
    asked = structs.replace(asked, day=market.terms.at.date(), shares=shares)
    with counting():
        read = read_inputs(asked, market.models, market.known)
    if read.stopped is not None:  # which the command line tells otherwise
        raise KeyboardInterrupt
    failure = read.failure(skip_bad=skip_bad)
    if failure is not None:
        failure.hint = say("fix or remove it; skip_bad=True skips such requests")
        raise failure
    return read


def priced(
    market: "BillingMarket",
    inputs: Sequence[Input],
    key_of: Callable[["Model"], str],
    split: int | None = None,
) -> "Estimate":
    """Return what counted inputs cost; `key_of`: by which key a model's counts are found; `split`:
    the tokens of the requests that a text is sent as. Raise UsageError."""
    from llmcost.commands.estimate import compute
    from llmcost.price_data.calendar import RealCalendar

    if split is not None:
        most = whole(split, "split", 1)
        inputs = [compute.split(one, most) for one in inputs]
    table, models, _, terms, exchange, _ = market
    return compute.estimate(table, models, inputs, terms, exchange, RealCalendar(), key_of)


def streams_of(path: os.PathLike[str], encoding: str) -> Sequence["TextStream"]:
    """Return the files of a path. Raise UnreadableInput if one of them cannot be opened."""
    from llmcost.runtime.count_inputs import Asked, opened
    from llmcost.runtime.open_inputs import failure_of

    found = opened(Asked([named(path)], encoding))
    failure = failure_of(found.unread, 0)
    if failure is not None:
        raise failure
    return found.streams


def named(path: os.PathLike[str]) -> str:
    """Return a path as the command line has it, where `-` is standard input."""
    name = os.fsdecode(path)
    return name if name != "-" else os.path.join(".", "-")  # noqa: PTH118 - Path drops the point


Request = Mapping[str, Any] | Sequence[Any] | str
"""A body in any vendor's form, a list of messages, or a bare prompt."""


def asks_of(requests: Iterable[Request]) -> Iterator["Ask"]:
    """Raises UnreadableInput for what is no request."""

    from llmcost.chat import Ask
    from llmcost.inputs.request_files import is_whole_batch, read_value
    from llmcost.inputs.request_forms import Form

    for number, request in enumerate(requests):
        name = f"requests[{number}]"
        try:
            value = to_builtins(request)
        except (TypeError, ValueError, RecursionError) as error:
            said = say("{name}: invalid JSON: {error}", name=name, error=str(error))
            raise UnreadableInput(said) from None
        values = value["requests"] if is_whole_batch(value, Form.AUTO) else [value]
        for one in values:
            for ask in read_value(one, Form.AUTO, None, name, number):
                if not isinstance(ask, Ask):
                    raise UnreadableInput(
                        say("{name}: {problem}", name=name, problem=ask.message),
                        hint=say("the bodies that vendors take, lists of messages, or texts"),
                    )
                yield ask


def tokenizers_of(
    tokenizers: Names | None, models: Names | None, prices: Sequence[File] | None
) -> tuple[list[str], "Known"]:
    """Return the names of those to count with, and what is known. Raise UsageError for no name."""
    from llmcost.runtime import clock
    from llmcost.runtime.count_inputs import chosen_tokenizers

    names = [tokenizers] if isinstance(tokenizers, str) else tokenizers
    if names is not None and not names and models is None:
        raise UsageError(
            say("{what} names nothing", what="tokenizers"), hint=say("leave it out for all")
        )
    return chosen_tokenizers(names, listed(models, "models"), paths_of(prices), clock.now())


def text_input(
    source: str | Iterable[str], names: Sequence[str], known: "Known", crew: "Crew"
) -> Input:
    """Return a text, or the pieces of one, counted."""
    pieces = Pieces([source] if isinstance(source, str) else source)
    expected = len(source) if isinstance(source, str) else 0
    counts = counted(pieces, lambda: expected, names, known, crew)
    return Input("text", pieces.bytes, pieces.characters, counts)


class Pieces:
    """The texts of a caller, and how much has been taken of them. Iterate once."""

    def __init__(self, texts: Iterable[str]) -> None:
        if isinstance(texts, (bytes, bytearray, Mapping)):
            raise TypeError(f"{type(texts).__name__} is no text, path or iterable of texts")
        self._texts = iter(texts)
        self.bytes = 0
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            if not isinstance(text, str):
                raise TypeError(f"expected texts, found {type(text).__name__}")
            self.bytes += len(text.encode(errors="surrogatepass"))
            self.characters += len(text)
            yield text


def counted(
    blocks: Iterable[str],
    expected: Callable[[], int],
    names: Sequence[str],
    known: "Known",
    crew: "Crew",
) -> Mapping[str, Count]:
    """Return the counts of one text, by tokenizer. `expected`: its bytes, as soon as the first
    block is read."""
    from llmcost.tokenizers.chunking import pieces

    rest = iter(blocks)
    first = next(rest, "")
    with counting():
        counter = crew.counter(names, known, expected=expected())
    for piece in pieces(chain([first], rest), counter.size):
        with counting():
            counter.feed(piece)
    with counting():
        return counter.counts()


def each_of(
    texts: Iterable[str], names: Sequence[str], known: "Known"
) -> Iterator[Mapping[str, Count]]:
    """Yield the counts of each text, by tokenizer."""
    from llmcost.chat import Ask
    from llmcost.tokenizers.requests import batches
    from llmcost.tokenizers.short_texts import Texts

    found = Texts(names, known)
    for batch in batches(Ask("", text=text) for text in texts):
        with counting():
            texts_of = {one.text for one in batch}
            found.learn({name: texts_of for name in names})
        for one in batch:
            yield found.counts(one.text)


def crew_of(workers: int) -> "Crew":
    """Return the processes that count. Raise UsageError for less than one."""
    from llmcost.tokenizers.workers import Crew

    return Crew(whole(workers, "workers", 1))


def entries_of(values: Mapping[str, Any]) -> Mapping[str, "FieldEntry"]:
    """Return the fields of a workload by their keys; None sets none. Raise UsageError for what is
    no field, or not as its field expects."""
    from llmcost.pricing.catalog import suggestion
    from llmcost.workload.fields import FIELDS, FieldEntry, parsed

    found = {}
    for key, value in values.items():
        if key not in FIELDS:
            said = say("no field of a workload is called `{name}`", name=key)
            raise UsageError(said, hint=suggestion(key, FIELDS))
        if value is not None:
            is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            field = FIELDS[key]
            entry = parsed(field, str(value) if is_number else value)
            found[key] = FieldEntry(entry, field.option)
    return found


def texts(**values: Any) -> dict[str, Any]:
    """Return the values as a command line has them; None stays."""
    return {name: None if one is None else str(one) for name, one in values.items()}


def hosted(
    workload: Mapping[str, Any], prices: Sequence[File] | None, **stated: Any
) -> "HostAnswer":
    """Return own GPUs beside the API; `stated`: the fields of a HostRequest. Raise LlmcostError if
    no model can be compared."""
    from pathlib import Path

    from llmcost.commands.host.host_answers import HostRequest, answer_of
    from llmcost.price_data.hosting_files import load_hosting
    from llmcost.runtime.gates import nothing_priced
    from llmcost.runtime.scenario import Scenario, with_preset

    request, own = HostRequest(**stated), paths_of(prices)
    scenario = Scenario("", request.given(with_preset(entries_of(workload))))
    answer = answer_of(scenario, own, Path(), load_hosting(), request, everything=False)
    failure = nothing_priced(answer.lines, answer.excluded, "")
    if failure is not None:
        raise failure
    return answer
