"""Count what paths hold, texts and files of requests, for the models of a run."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from llmcost.errors import BadFile, LlmcostError, UnreadableInput
from llmcost.inputs.compression import inner_name
from llmcost.inputs.object_storage import is_address
from llmcost.inputs.request_forms import Form, can_hold_requests, may_be_json
from llmcost.inputs.text_stream import Failed, TextStream, cannot_read, failed, open_inputs
from llmcost.messages import Text, caution, joined, say, say_plural, visible
from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import Count, Counted, Input, Size, Sizes, count_key
from llmcost.render.text import few
from llmcost.runtime.open_inputs import (
    MOST_NAMED,
    How,
    Run,
    Stopped,
    check_any,
    count_readable,
    count_stream,
    failed_document,
    failure_of,
    interrupted,
    reading_notes,
    running,
)
from llmcost.runtime.progress import Progress

if TYPE_CHECKING:
    from llmcost.chat import Ask
    from llmcost.inputs.discovery import Skipped
    from llmcost.inputs.request_files import BadLine
    from llmcost.pricing.request_cache import RequestPrefixes
    from llmcost.tokenizers.registry import Tokenizer
    from llmcost.tokenizers.requests import CountingMethod, RequestCounter, RequestTally

Known = Mapping[str, "Tokenizer"]


class Asked(msgspec.Struct, frozen=True):
    """How inputs are to be read. `form` None: each as its name and beginning say."""

    paths: Sequence[str]
    encoding: str = "utf-8"
    form: Form | None = None
    field: str | None = None
    column: str | None = None
    each: bool = False  # keep the requests of a file apart
    most: int | None = None  # bytes of each
    how: How = How()
    day: date | None = None  # whose chat templates hold; None: today's
    shares: bool = False  # find what the requests of a file have in common


class Read(msgspec.Struct, frozen=True):
    """Inputs with their counts by `key_of`, each request by itself in `single` if they were kept
    apart; what to tell of the reading, the lines that could not be read, and the inputs."""

    inputs: Sequence[Input]
    key_of: Callable[[Model], str]
    notes: Sequence[str]
    bad: Sequence[str]
    unread: Sequence[Failed]
    single: Sequence[Input] = ()
    stopped: LlmcostError | None = None  # by a person

    @property
    def short_notes(self) -> Sequence[str]:
        """What a reader must know of how it was read, where there is room for a few words."""
        return ()

    @property
    def is_sample(self) -> bool:
        """Return whether the inputs were read in part."""
        return False

    def apart(self, *, per_request: bool) -> Sequence[Input]:
        """Return the inputs, or their requests; a text is one."""
        if not per_request:
            return self.inputs
        return [*(one for one in self.inputs if not one.sizes), *self.single]

    def document(self) -> dict[str, object]:
        """The keys of a JSON contract that tell how much was read."""
        return failed_document(self.unread, partial=self.stopped is not None)

    def failure(self, *, skip_bad: bool) -> LlmcostError | None:
        """Return the error of what could not be read, after all that could was counted;
        `skip_bad`: requests are no failure."""
        if self.stopped is not None:
            return self.stopped
        whole = failure_of(self.unread, len(self.inputs))
        if skip_bad or not self.bad:
            return whole
        lines = say_plural(
            "1 request could not be read: {problems}",
            "{number:,} requests could not be read: {problems}",
            len(self.bad),
            problems=few(self.bad, MOST_NAMED, "; ", "; and "),
        )
        hint = say("fix them, or skip them with --skip-bad")
        return (
            BadFile([lines, str(whole)], hint=hint) if whole else UnreadableInput(lines, hint=hint)
        )


def check_requests(name: str, requests: int, bad: Sequence[str]) -> None:
    """Raises UnreadableInput for a file of requests none of which could be read."""
    if bad and not requests:
        problems = few(bad, MOST_NAMED, "; ", "; and ")
        why = say("no request in it could be read: {problems}", problems=problems)
        raise cannot_read(name, why, hint=say("fix them, or leave the file out"))


class Opened(msgspec.Struct, frozen=True):
    """The streams that paths name; what was passed over in folders, and what cannot be read."""

    streams: Sequence[TextStream]
    skipped: Sequence["Skipped"] = ()
    unread: Sequence[Failed] = ()


def read_inputs(
    asked: Asked, models: Sequence[Model], known: Known, found: Opened | None = None
) -> Read:
    """Return every input counted for every model, texts and files of requests.

    `found`: the streams to be read, where they are not those that `asked.paths` name. `known`: what
    the tokenizers of the models mean. Raise UnreadableInput if none can be read; what else cannot
    be read is in the result.
    """
    found = found or texts_of(asked)
    ways = partial(ways_of, asked, models, known)
    with running(asked.how, found.streams, ways) as run:
        reader = InputReader(asked, models, known, run)
        stopped = reader.read_all()
    unread = [*found.unread, *reader.unread]
    inputs = reader.inputs()
    check_any(unread, len(inputs))
    notes = [
        *reading_notes(reader.texts, reader.files),
        *skipped_notes(found.skipped),
        *reader.notes(),
    ]
    return Read(inputs, reader.key_of, notes, reader.bad, unread, reader.single, stopped)


def read_texts(
    asked: Asked, tokenizers: Sequence[str], known: Known, found: Opened | None = None
) -> Read:
    """Return every input counted as one text, under each of these tokenizers.

    `found` and `known` as in `read_inputs`. Raise UnreadableInput if none can be read.
    """
    found = found or texts_of(asked)

    def ways() -> Mapping[str, str]:
        from llmcost.inputs.checkpoint import made_from

        return made_from(
            tokenizers, known, {"--encoding": asked.encoding, "--max-bytes": asked.most}
        )

    with running(asked.how, found.streams, ways) as run:
        inputs, streams, unread, stopped = count_readable(run, tokenizers, known)
    unread = [*found.unread, *unread]
    check_any(unread, len(inputs))
    notes = [*reading_notes(streams), *skipped_notes(found.skipped)]
    return Read(inputs, count_key, notes, [], unread, stopped=stopped)


def chosen_tokenizers(
    names: Sequence[str] | None,
    patterns: Sequence[str],
    prices: Sequence[Path] | None,
    at: datetime,
) -> tuple[list[str], dict[str, "Tokenizer"]]:
    """Return the names of the tokenizers to count with, each once, and what names mean.

    They are those of `names` (globs and files too) and those of the models that the `patterns`
    name at that instant; all, if neither names one. `prices`: price files of the user's own. Raise
    UnknownTokenizer, UnknownModel.
    """
    from llmcost.runtime.price_table import chosen_models, load_table
    from llmcost.runtime.tokenizer_choice import known_tokenizers, named_tokenizers

    table = load_table(prices, at.date()) if patterns or prices else None
    found, known = named_tokenizers(names or (), known_tokenizers(table))
    if table is not None and patterns:
        found += [one.tokenizer for one in chosen_models(table, patterns, (), at).models]
    return list(dict.fromkeys(found)) or list(known), known


def ways_of(asked: Asked, models: Sequence[Model], known: Known) -> Mapping[str, str]:
    """Return what the counts of a journal depend on, by the name of the option."""
    from llmcost.inputs.checkpoint import made_from
    from llmcost.tokenizers.requests import way_of

    options = {
        "--encoding": asked.encoding,
        "--max-bytes": asked.most,
        "--input-format": asked.form,
        "--field": asked.field,
        "--column": asked.column,
        say("models"): " ".join(
            sorted({way_of(one.tokenizer, one.id, asked.day).key for one in models})
        ),
    }
    return made_from(sorted({one.tokenizer for one in models}), known, options)


def opened(asked: Asked) -> Opened:
    """Raises UnreadableInput if folders hold nothing, or nothing that can be read."""
    if not asked.paths:
        return Opened(open_inputs([], asked.encoding, most=asked.most))
    from llmcost.inputs.discovery import expand
    from llmcost.inputs.documents import BINARIES, PAGES, DocumentStream, is_document

    found = expand(asked.paths, keep=BINARIES)
    if not found.files:
        check_any(found.failed, 0)
        raise UnreadableInput(
            say("{paths} contains no text files", paths=few(asked.paths, MOST_NAMED)),
            hint=joined(skipped_notes(found.skipped), "; "),
        )
    named = frozenset(asked.paths)
    streams: list[TextStream] = []
    unread = list(found.failed)
    for stream in open_inputs(found.files, asked.encoding, most=asked.most, named=named):
        # few are, and it is to be asked of each of a hundred thousand
        if stream.name.lower().endswith((*BINARIES, *PAGES)) and is_document(stream.name):
            try:
                check_here(stream)
            except UnreadableInput as error:
                unread.append(failed(stream.name, error))
                continue
            document = DocumentStream(stream.name, asked.encoding, asked.most)
            document.stated = stream.stated
            stream = document
        streams.append(stream)
    return Opened(streams, found.skipped, unread)


def texts_of(asked: Asked) -> Opened:
    """Return the streams that paths name, without binary files, which are unread. Raise as
    `opened`."""
    from llmcost.inputs.discovery import check_text

    found = opened(asked)
    named = frozenset(asked.paths if asked.column is None else ())
    streams: list[TextStream] = []
    unread = list(found.unread)
    for stream in found.streams:
        try:
            if stream.name in named and type(stream) is TextStream:  # and is not converted
                check_text(stream)
            streams.append(stream)
        except UnreadableInput as error:
            unread.append(failed(stream.name, error))
    return msgspec.structs.replace(found, streams=streams, unread=unread)


def check_here(stream: TextStream) -> None:
    """Raises UnreadableInput for a document at an address: converters want a file."""
    if is_address(stream.name):
        why = say("documents are read from files, not from addresses")
        raise cannot_read(stream.name, why, hint=say("copy it here first"))


def check_whole(stream: TextStream) -> None:
    """Raises UnreadableInput for a table of which --max-bytes wants a part."""
    if stream.most is not None and stream.stated > stream.most:
        why = say("larger than --max-bytes, and it is read whole or not")
        raise cannot_read(stream.name, why, hint=say("allow more, or leave it out"))


def skipped_notes(skipped: Sequence["Skipped"]) -> Iterator[str]:
    """Yield a note for each reason by which files were passed over."""
    by_reason: dict[str, list[str]] = {}
    for one in skipped:
        by_reason.setdefault(one.reason, []).append(one.path)
    for reason, paths in by_reason.items():
        named = few(paths, MOST_NAMED)
        yield say("passed over ({reason}): {paths}", reason=reason, paths=named)


class InputReader:
    """Counts inputs one after the other; a file of requests in every way that the models need."""

    def __init__(self, asked: Asked, models: Sequence[Model], known: Known, run: Run) -> None:
        self.asked = asked
        self.run = run
        self.known = known
        self.models = models
        self.tokenizers = sorted({one.tokenizer for one in models})
        self.texts: list[TextStream] = []
        self.files: list[TextStream] = []  # of requests
        self.unread: list[Failed] = []
        self.bad: list[str] = []
        self.single: list[Input] = []
        self._found: list[Input] = []
        self._counter: RequestCounter | None = None
        self._whole: list[tuple[str, list[str]]] = []  # whose lines are no requests, and their keys

    def read_all(self) -> LlmcostError | None:
        """Read every stream of the run, and return the error of a person who stopped it. Raise
        KeyboardInterrupt if that was before any figure."""
        try:
            for stream in self.run.progress.each():
                self.read(stream)
        except Stopped as stop:
            finished = len(self._found)
            self._found.append(stop.input)
            return interrupted(self.run, finished, in_one=True)
        except KeyboardInterrupt:  # between two
            if not self._found:
                raise
            return interrupted(self.run, len(self._found), in_one=False)
        return None

    def read(self, stream: TextStream) -> None:
        """Read one stream. What cannot be read to its end is none of the inputs, nor are its
        requests."""
        single, bad = len(self.single), len(self.bad)
        try:
            self._found.append(self.read_whole(stream))
        except UnreadableInput as error:
            del self.single[single:], self.bad[bad:]
            self.unread.append(failed(stream.name, error))

    def read_whole(self, stream: TextStream) -> Input:
        """Return what the journal has of a stream, or what the stream holds."""

        def count() -> Counted:
            before = len(self.bad)
            requests = self.requests_of(stream)
            found = requests if isinstance(requests, Input) else self.count(stream, requests)
            bad, self.bad[before:] = tuple(self.bad[before:]), []
            return Counted(found, bad)

        found = self.run.counted(stream, count)
        check_requests(stream.name, found.input.requests, found.bad)
        self.bad += found.bad
        if found.input.sizes or found.input.unknown:
            self.counter()  # its ways are the keys, also when the journal knew all
            self.files.append(stream)
        else:
            self.texts.append(stream)
        return found.input

    def requests_of(self, stream: TextStream) -> "Input | Iterator[Ask | BadLine]":
        """Return the text, counted, or the requests of a file."""
        if self.asked.column is not None:
            return column_of(stream, self.run.progress, self.asked.column)
        blocks = iter(self.run.progress.through(stream))
        head = "" if self.asked.form is not None else next(blocks, "")
        form = self.form_of(inner_name(stream.name), head)
        whole = chain([head], blocks)
        if form is Form.TEXT and self.asked.field is None:
            return count_stream(stream, whole, self.tokenizers, self.known, self.run.crew)
        from llmcost.inputs.request_files import read_requests

        form = Form.AUTO if form is Form.TEXT else form
        return read_requests(whole, visible(stream.name), form=form, field=self.asked.field)

    def form_of(self, name: str, head: str) -> Form:
        """Return the form of a file, by its name and beginning."""
        if self.asked.form is not None:
            return self.asked.form
        if not can_hold_requests(name) or not may_be_json(head):
            return Form.TEXT  # nearly always, and the parser takes its time to load
        from llmcost.inputs.request_files import detect, keys_of_lines

        form = detect(name, head)
        if form is Form.TEXT and self.asked.field is None and (keys := keys_of_lines(name, head)):
            self._whole.append((name, keys))
        return form

    def counter(self) -> "RequestCounter":
        """Return the counter of requests, made when it is first needed."""
        from llmcost.tokenizers.requests import RequestCounter, way_of

        if self._counter is None:
            ways = (way_of(one.tokenizer, one.id, self.asked.day) for one in self.models)
            self._counter = RequestCounter(ways, self.known)
        return self._counter

    def count(self, stream: TextStream, found: "Iterator[Ask | BadLine]") -> Input:
        from llmcost.tokenizers.requests import RequestTally, batches

        tally = RequestTally(self.counter())
        found_well = batches(self.good(found, stream))
        prefixes = None
        try:
            if self.asked.shares:
                prefixes = count_prefixes(found_well, tally)
            elif self.asked.each:
                for batch in found_well:
                    self.count_each(batch, tally)
            else:
                self.run.crew.tally(tally, found_well, stream.expected)
        except KeyboardInterrupt:
            name = visible(stream.name)
            found_so_far = request_input(name, stream.bytes, stream.characters, tally)
            raise Stopped(found_so_far) from None
        whole = request_input(visible(stream.name), stream.bytes, stream.characters, tally)
        return whole if prefixes is None else msgspec.structs.replace(whole, prefixes=prefixes)

    def count_each(self, asks: "Sequence[Ask]", tally: "RequestTally") -> None:
        """Count requests, each as an input of its own."""
        from llmcost.tokenizers.requests import RequestTally

        for ask, tokens in zip(asks, tally.counter.count(asks), strict=True):
            one = RequestTally(tally.counter)
            for added in (tally, one):
                added.add_one(ask, tokens)
            self.single.append(request_input(visible(ask.name), 0, 0, one))

    def good(self, found: "Iterable[Ask | BadLine]", stream: TextStream) -> Iterator["Ask"]:
        """Yield the requests that could be read; remember the others, but for what --max-bytes
        has cut."""
        from llmcost.inputs.json_stream import UNCLOSED
        from llmcost.inputs.request_files import BadLine

        last: list[BadLine] = []
        for one in found:
            if isinstance(one, BadLine):
                last.append(one)
                continue
            self.remember(last)
            last = []
            yield one
        if stream.is_cut:
            last = [one for one in last if one.message != UNCLOSED][:-1]
        self.remember(last)

    def remember(self, bad: "Iterable[BadLine]") -> None:
        """Remember requests that could not be read."""
        self.bad += (
            say("{name}: {message}", name=visible(one.name), message=one.message) for one in bad
        )

    def key_of(self, model: Model) -> str:
        """Return by which key the counts of a model are found: its tokenizer or, where there are
        requests, its counting method."""
        if self._counter is None:
            return count_key(model)
        from llmcost.tokenizers.requests import way_of

        return way_of(model.tokenizer, model.id, self.asked.day).key

    def take(self, inputs: Iterable[Input]) -> None:
        """Add inputs that were counted elsewhere."""
        self._found += inputs

    def inputs(self) -> list[Input]:
        """Return all inputs, with the same keys."""
        if self._counter is None:
            return self._found
        ways = self._counter.ways
        return [one if ways[0].key in one.counts else by_way(one, ways) for one in self._found]

    def notes(self) -> Iterator[str]:
        """Return the notes on requests."""
        yield from request_notes(sum(one.requests for one in self._found if one.sizes))
        yield from remark_notes(one.remarks for one in self._found)
        for name, keys in self._whole:
            text = say(
                "{name}: its lines are not requests, so it is counted as one text; "
                "--field KEY counts one key of each line ({keys})",
                name=visible(name),
                keys=few([f"`{visible(key)}`" for key in keys], MOST_REMARKS),
            )
            yield caution(text)


def count_prefixes(batches: "Iterable[Sequence[Ask]]", tally: "RequestTally") -> "RequestPrefixes":
    """Add up requests, and return what they have in common from their first token on."""
    from llmcost.inputs.request_prefixes import PrefixFinder
    from llmcost.pricing.request_cache import RequestPrefixes

    finder, keys = PrefixFinder(), [way.key for way in tally.counter.ways]
    ends: dict[str, dict[int, int]] = {key: {} for key in keys}
    sizes: dict[str, list[Size]] = {key: [] for key in keys}
    for asks in batches:
        for ask, counted in zip(asks, tally.counter.count(asks), strict=True):
            tally.add_one(ask, counted)
            for key, one in counted.items():
                if one is not None:
                    sizes[key].append(Size(one.tokens, one.low, one.high, ask.max_output))
        begins = [pair for ask in asks for pair in finder.add(ask)]
        counts = tally.counter.count([ask for _, ask in begins])
        for (node, _), counted in zip(begins, counts, strict=True):
            for key, one in counted.items():
                ends[key][node] = 0 if one is None else one.tokens
    return RequestPrefixes(finder.tree, finder.places, ends, sizes)


def by_way(text: Input, ways: "Sequence[CountingMethod]") -> Input:
    """Return a text, or texts, with the keys that files of requests have."""
    return msgspec.structs.replace(
        text,
        counts={way.key: text.counts[way.tokenizer] for way in ways},
        sizes={way.key: text.sizes[way.tokenizer] for way in ways if text.sizes},
    )


def request_notes(requests: int) -> Iterator[str]:
    """Yield a note on how many requests there are."""
    if requests:
        yield say_plural(
            "1 request; chat-template tokens included",
            "{number:,} requests; chat-template tokens included",
            requests,
        )


MOST_REMARKS = 6


def remark_notes(remarks: Iterable[Mapping[str, int]]) -> Iterator[str]:
    """Keys that nobody here understands, and what tools of the vendors add."""
    totals: Counter[str] = Counter()
    for one in remarks:
        totals.update(one)
    for kind, form in REMARKS.items():
        names = {
            name.removeprefix(kind): times
            for name, times in totals.items()
            if name.startswith(kind)
        }
        if names:
            shown = few(
                [f"`{visible(name)}` ({times:,})" for name, times in sorted(names.items())],
                MOST_REMARKS,
            )
            yield Text(form.forms, {"names": shown})


REMARKS = {
    "data ": say(
        "no requests, but a data set with its prompts in {names}; other keys are not counted, "
        "and --field takes another one"
    ),
    "key ": say("not understood, so that the count is an estimate: {names}"),
    "tool ": say(
        "run by the vendor, whose results are billed on top: {names}; a web search brings 2,000 to "
        "20,000 tokens, code execution 4,000 to 11,000, others 1,000 to 4,000"
    ),
}


def column_of(stream: TextStream, progress: Progress, column: str) -> "Iterator[Ask | BadLine]":
    """Return the requests of a table, one for each cell of a column."""
    if stream.name.lower().endswith(".parquet"):
        from llmcost.inputs.columns import read_parquet

        check_whole(stream)
        stream.taken = stream.stated  # it is read by other means
        return progress.through(read_parquet(stream.name, column))
    from llmcost.inputs.columns import TABS, read_csv

    tabs = inner_name(stream.name).lower().endswith(TABS)
    blocks, delimiter = progress.through(stream), "\t" if tabs else ""
    return read_csv(blocks, visible(stream.name), column, delimiter=delimiter)


def request_input(name: str, bytes: int, characters: int, tally: "RequestTally") -> Input:
    """Return a file of requests, or one of them, with its sizes under each counting method;
    `bytes` and `characters` are those of its text."""
    counts: dict[str, Count] = {}
    sizes: dict[str, Sizes] = {}
    for way in tally.counter.ways:
        found = tally.sizes(way)
        sizes[way.key] = {Size(*size): times for size, times in found.items()}
        method = tally.counter.method(way)
        counts[way.key] = total(sizes[way.key], method, exact=tally.is_exact(way))
    unknown = {
        key: say_plural(
            "1 request with images or files whose tokens are not known",
            "{number:,} requests with images or files whose tokens are not known",
            times,
        )
        for key, times in tally.found.unknown.items()
    }
    return Input(
        name,
        bytes,
        characters,
        counts,
        sizes,
        unknown,
        tally.found.requests,
        remarks=dict(tally.found.remarks),
    )


def total(sizes: Sizes, method: str, *, exact: bool) -> Count:
    """Return the tokens of all requests together."""
    tokens = low = high = 0
    for size, times in sizes.items():
        tokens += size.tokens * times
        low += size.low * times
        high += size.high * times
    return Count(tokens, low, high, method, exact)
