"""Outcomes of parts, in whatever order they arrive, put together to counts of files.

Inputs are kept one by one while they are few; of a million of them, the sizes of all. Progress is
reported to the bar of `runtime.progress`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, overload

import msgspec
from msgspec import structs

from llmcost.cluster.partition import FilePart, ListedFile, TaskPiece, listed, parts_of
from llmcost.cluster.worker import Bad, PartOutcome
from llmcost.errors import Interrupted, LlmcostError, UnreadableInput
from llmcost.inputs.checkpoint import FileState, state_of
from llmcost.inputs.compression import ENDINGS
from llmcost.inputs.discovery import Skipped, expand_address, expand_one
from llmcost.inputs.documents import BINARIES
from llmcost.inputs.object_storage import ListedAddress, is_address
from llmcost.inputs.text_stream import (
    CHINESE,
    Failed,
    TextStream,
    check_named,
    failed,
    known_encoding,
    unreadable,
)
from llmcost.messages import Text, say, visible
from llmcost.pricing.usage import Count, Counted, Input, Size, add_counts
from llmcost.runtime.count_inputs import (
    Asked,
    InputReader,
    check_requests,
    request_input,
    skipped_notes,
)
from llmcost.runtime.open_inputs import Run, notes_of, reading_notes
from llmcost.runtime.progress import Progress
from llmcost.tokenizers.counter import told
from llmcost.tokenizers.registry import TextTotals, tokenizer
from llmcost.tokenizers.requests import RequestCounter, RequestTally

if TYPE_CHECKING:
    from llmcost.runtime.progress_bar import ProgressState

Whole = tuple[ListedFile, PartOutcome]


class Joining:
    """What has come of files that are cut; in memory are those of which a part is missing."""

    def __init__(self) -> None:
        self._open: dict[int, dict[int, PartOutcome]] = {}
        self._files: dict[int, ListedFile] = {}

    def add(self, part: FilePart, outcome: PartOutcome) -> Whole | None:
        """The file with all that was found in it, if this was its last part."""
        if part.is_whole:
            return part.file, outcome
        number = part.file.number
        found = self._open.setdefault(number, {})
        self._files[number] = part.file
        found[part.start] = outcome
        if len(found) < parts_of(part.file, part.step, is_cut=True):
            return None
        del self._open[number], self._files[number]
        return part.file, joined([found[start] for start in sorted(found)])

    def rest(self) -> Iterator[Whole]:
        """Of the files that are not complete, what there is."""
        for number, found in self._open.items():
            yield self._files[number], joined([found[start] for start in sorted(found)])


def joined(outcomes: Sequence[PartOutcome]) -> PartOutcome:
    """Parts of a file in their order as one. If one of them could not be read, none of it was."""
    for one in outcomes:
        if one.failed is not None or one.skipped:
            return one
    first = outcomes[0]
    found = PartOutcome(
        bytes=sum(one.bytes for one in outcomes),
        characters=sum(one.characters for one in outcomes),
        taken=sum(one.taken for one in outcomes),
        replaced=sum(one.replaced for one in outcomes),
        encoding=encoding_of_all([one.encoding for one in outcomes]),
        has_mark=first.has_mark,
        lines=sum(one.lines for one in outcomes),
        more_bad=sum(one.more_bad for one in outcomes),
    )
    if any(one.found is not None for one in outcomes):
        tally = RequestTally(RequestCounter(()))
        for one in outcomes:
            if one.found is not None:
                tally.merge(one.found)
        found.found = tally.found
        found.bad = tuple(bad_of(outcomes))
    else:
        found.tokens, found.features = Counter(), Counter()
        for one in outcomes:
            found.tokens.update(one.tokens)
            found.features.update(one.features)
    return found


def encoding_of_all(encodings: Sequence[str]) -> str:
    """That of a file, of which parts may be ASCII, or nothing."""
    known = [one for one in encodings if one]
    return CHINESE if CHINESE in known else (known or [""])[0]


def bad_of(outcomes: Sequence[PartOutcome]) -> Iterator[Bad]:
    """With their lines counted from the first one of the file."""
    before = 0
    for one in outcomes:
        for bad in one.bad:
            line = bad.line + before
            place = f":{line}" if bad.place == f":{bad.line}" else bad.place
            yield Bad(place, line, bad.message)
        before += one.lines


FEW = 10_000
"""Inputs that are kept apart."""


class Folded:
    """What was counted. Texts beyond the first FEW are requests of their sizes, which are billed as
    they are: only the names are not kept."""

    def __init__(self, *, folds: bool) -> None:
        self.most = FEW if folds else None
        self._few: list[tuple[int, Input]] = []
        self.texts = Fold(say("other texts"))
        self.requests = Fold(say("other files of requests"))

    def add(self, number: int, one: Input) -> None:
        """An input by its number in the listing."""
        if self.most is None or len(self._few) < self.most or one.unknown:
            self._few.append((number, one))
        else:
            (self.requests if one.sizes else self.texts).add(one)

    @property
    def files(self) -> int:
        return len(self._few) + self.texts.files + self.requests.files

    @property
    def few(self) -> list[Input]:
        """Those that are kept apart, in the order of the listing."""
        return [one for _, one in sorted(self._few, key=itemgetter(0))]

    def inputs(self) -> list[Input]:
        return [*self.few, *chain(self.texts.inputs(), self.requests.inputs())]


class Fold:
    """Many inputs as one."""

    def __init__(self, name: Text) -> None:
        self.name = name
        self.files = self.bytes = self.characters = self.times = 0
        self._counts: dict[str, Count] = {}
        self._sizes: dict[str, dict[Size, int]] = {}

    def add(self, one: Input) -> None:
        self.files += 1
        self.bytes += one.bytes
        self.characters += one.characters
        self.times += one.requests
        for key, count in one.counts.items():
            before = self._counts.get(key)
            self._counts[key] = count if before is None else add_counts([before, count])
            sizes = self._sizes.setdefault(key, {})
            for size, times in sizes_of(one, key, count).items():
                sizes[size] = sizes.get(size, 0) + times

    def inputs(self) -> Iterator[Input]:
        if self.files:
            yield Input(
                self.name,
                self.bytes,
                self.characters,
                self._counts,
                self._sizes,
                requests=self.times,
            )


def sizes_of(one: Input, key: str, count: Count) -> Mapping[Size, int]:
    return one.sizes.get(key) or {Size(count.tokens, count.low, count.high): 1}


class Landing(Progress):
    """A bar over pieces as they come back. Until the listing has ended, nobody knows how many there
    are."""

    def __init__(self, *, wanted: bool) -> None:
        super().__init__([], wanted=wanted)
        self._listed = self._files = 0  # bytes, and files, of what was listed
        self._is_listed = False
        self._name = ""

    def sent(self, pieces: Iterable[TaskPiece]) -> Iterator[TaskPiece]:
        """The pieces, which are counted as they are sent."""
        for piece in pieces:
            self._listed += piece.bytes
            self._files += sum(part.start == 0 for part in piece.parts)
            yield piece
        self._is_listed = True

    def landed(self, piece: TaskPiece, finished: int) -> None:
        """A piece is back, and with it so many files are finished."""
        self._past += piece.bytes
        self._finished += finished
        self._name = piece.parts[-1].file.name

    def _shown(self, now: float) -> "ProgressState":
        from llmcost.runtime.progress_bar import ProgressState

        return ProgressState(
            done=self._past,
            total=self._listed if self._is_listed else None,
            rate=self._rate(now, self._past),
            finished=self._finished,
            files=self._files,
            name=self._name,
        )


PARQUET = ".parquet"
MOST_REMEMBERED = 1_000  # of what is told by name

Keep = Callable[[ListedFile, PartOutcome], Counted]
"""The figures of a file of which all parts were found."""


class CollectedCounts(msgspec.Struct):
    """What a cluster has found, and what it could not read. `texts` and `files` of requests are
    those of which there is more to tell than counts."""

    inputs: Folded
    bad: list[str] = []
    more_bad: int = 0
    texts: list[TextStream] = []
    files: list[TextStream] = []
    skipped: list[Skipped] = []
    unread: list[Failed] = []
    stopped: LlmcostError | None = None


class Many(Sequence[str]):
    """Messages of which the first ones are known, and how many there are."""

    def __init__(self, known: Sequence[str], more: int) -> None:
        self._known = known
        self._more = more

    def __len__(self) -> int:
        return len(self._known) + self._more

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self._known[at]


class Gathering:
    """Lists what is asked for, and takes in what comes back."""

    def __init__(
        self, asked: Asked, run: Run, keep: Keep, found: CollectedCounts, landing: Landing
    ) -> None:
        self.asked = asked
        self.run = run
        self.keep = keep
        self.found = found
        self.landing = landing
        self.joining = Joining()
        self.states: dict[int, FileState] = {}
        self._listed = 0  # files

    def listing(self) -> Iterator[ListedFile]:
        """The files that have to be counted, as they are listed. Raises UnreadableInput for a path
        that is not there."""
        own = self.asked.how.resume and os.path.abspath(self.asked.how.resume)  # noqa: PTH100
        for path in self.asked.paths:
            for one in self.expanded(path):
                if isinstance(one, Failed):
                    self.found.unread.append(one)
                elif isinstance(one, Skipped):
                    self.skip(one)
                else:
                    file = self.file_of(one, is_named=one == path)
                    if file is not None and file.path != own and not self.is_known(one, file):
                        yield file

    def expanded(self, path: str) -> Iterator[str | Skipped | Failed]:
        if is_address(path):
            return expand_address(path, (), looks=False)
        keep = BINARIES if self.asked.column is None else (*BINARIES, PARQUET)
        return expand_one(path, False, keep)

    def file_of(self, name: str, *, is_named: bool) -> ListedFile | None:
        number = self._listed = self._listed + 1
        if isinstance(name, ListedAddress):
            return ListedFile(number, str(name), str(name), name.size, name.version, is_named)
        if is_named:
            check_named(name)
        path = os.path.abspath(name)  # noqa: PTH100 - a hundred thousand times
        try:
            size, version = listed(path)
        except OSError as error:
            self.found.unread.append(failed(name, unreadable(name, error)))
            return None
        return ListedFile(number, name, path, size, version, is_named)

    def can_be_cut(self, file: ListedFile) -> bool:
        """As far as its name tells."""
        name = file.name.lower()
        if self.asked.column is not None:
            return name.endswith(PARQUET)
        return not name.endswith((*ENDINGS, *BINARIES))

    def is_known(self, name: str, file: ListedFile) -> bool:
        """Whether the journal has it. If not, what it is now is remembered for the journal."""
        if self.run.journal is None:
            return False
        state = state_of(name)
        if state is None:
            return False
        stream = TextStream(file.name, self.asked.encoding)
        stream.stated = file.size
        counted = self.run.journal.known(stream, state)
        if counted is None:
            self.states[file.number] = state
            return False
        self.take(file, stream, counted)
        return True

    def add(self, piece: TaskPiece, outcomes: Sequence[PartOutcome]) -> None:
        """What came back of a piece."""
        finished = 0
        for part, outcome in zip(piece.parts, outcomes, strict=True):
            whole = self.joining.add(part, outcome)
            if whole is not None:
                finished += 1
                self.add_whole(*whole)
        self.landing.landed(piece, finished)

    def add_whole(self, file: ListedFile, outcome: PartOutcome) -> None:
        state = self.states.pop(file.number, None)
        if outcome.failed is not None:
            self.found.unread.append(outcome.failed)
        elif outcome.skipped:
            self.skip(Skipped(file.name, outcome.skipped))
        else:
            try:
                stream, counted = self.counted(file, outcome)
            except UnreadableInput as error:
                self.found.unread.append(failed(file.name, error))
                return
            if state is not None and self.run.journal is not None and not outcome.more_bad:
                self.run.journal.keep(stream, state, counted)

    def counted(self, file: ListedFile, outcome: PartOutcome) -> tuple[TextStream, Counted]:
        """Raises UnreadableInput for a file of requests none of which could be read."""
        stream = stream_of(file, self.asked.encoding, outcome)
        counted = self.keep(file, outcome)
        check_requests(file.name, counted.input.requests, counted.bad)
        self.take(file, stream, counted)
        self.found.more_bad += outcome.more_bad
        return stream, counted

    def take(self, file: ListedFile, stream: TextStream, counted: Counted) -> None:
        found = self.found
        found.inputs.add(file.number, counted.input)
        room = max(0, MOST_REMEMBERED - len(found.bad))
        found.bad += counted.bad[:room]
        found.more_bad += len(counted.bad[room:])
        is_text = not (counted.input.sizes or counted.input.unknown)
        if any(notes_of(stream, is_text)):
            streams = found.texts if is_text else found.files
            if len(streams) < MOST_REMEMBERED:
                streams.append(stream)

    def skip(self, one: Skipped) -> None:
        if len(self.found.skipped) < MOST_REMEMBERED:
            self.found.skipped.append(one)

    def stop(self, error: LlmcostError | None = None) -> None:
        """No more comes back, since a person or an `error` wanted it so: of files that are not
        finished, a part is shown."""
        finished = self.found.inputs.files
        parts = 0
        for file, outcome in self.joining.rest():
            if outcome.failed is None and not outcome.skipped:
                with suppress(UnreadableInput):
                    self.counted(structs.replace(file, size=outcome.taken), outcome)
                    parts += 1
        self.found.stopped = error or self.interrupted(finished, parts)

    def interrupted(self, finished: int, parts: int) -> Interrupted:
        said = say(
            "stopped: these are the figures of {finished:,} whole inputs and parts of {parts:,}",
            finished=finished,
            parts=parts,
        )
        if self.run.journal is not None:
            return Interrupted(said, hint=say("the same command goes on from here"))
        return Interrupted(said, hint=say("--resume FILE saves finished work"))


def stream_of(file: ListedFile, named_encoding: str, outcome: PartOutcome) -> TextStream:
    """As if the file had been read here."""
    stream = TextStream(file.name, known_encoding(named_encoding))
    stream.encoding = outcome.encoding
    stream.stated, stream.taken = file.size, outcome.taken
    stream.bytes, stream.characters = outcome.bytes, outcome.characters
    stream.replaced, stream.has_mark = outcome.replaced, outcome.has_mark
    return stream


def text_of(names: Sequence[str], file: ListedFile, outcome: PartOutcome) -> Counted:
    """A text under each tokenizer."""
    totals = TextTotals(outcome.tokens, outcome.features)
    counts = {name: told(tokenizer(name), totals) for name in names}
    return Counted(Input(visible(file.name), outcome.bytes, outcome.characters, counts))


def counted_by(reader: InputReader, file: ListedFile, outcome: PartOutcome) -> Counted:
    """A text, or requests in every way that the models need."""
    if outcome.found is None:
        return text_of(reader.tokenizers, file, outcome)
    from llmcost.tokenizers.requests import RequestTally

    tally = RequestTally(reader.counter())
    tally.merge(outcome.found)
    name = visible(file.name)
    bad = tuple(
        say("{name}: {message}", name=name + one.place, message=one.message) for one in outcome.bad
    )
    return Counted(request_input(name, outcome.bytes, outcome.characters, tally), bad)


def notes_about(found: CollectedCounts) -> list[str]:
    return [*chain(reading_notes(found.texts, found.files), skipped_notes(found.skipped))]
