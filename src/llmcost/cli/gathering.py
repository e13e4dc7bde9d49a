"""The files of a command line for a cluster, and their counts as they come back."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import overload

import msgspec
from msgspec import structs

from llmcost.cli.counted import notes_of, reading_notes
from llmcost.cli.folded import Folded
from llmcost.cli.inputs import Asked, Reader, check_requests, request_input, skipped_notes
from llmcost.cli.landing import Landing
from llmcost.cli.run import Run
from llmcost.cluster.joined import Joining
from llmcost.cluster.kernel import Outcome
from llmcost.cluster.pieces import File, Piece
from llmcost.cluster.ranges import listed
from llmcost.errors import Interrupted, LlmcostError, UnreadableInput
from llmcost.messages import say
from llmcost.planning.estimate import Input
from llmcost.report.figures import visible
from llmcost.sources.addresses import Listed, is_address
from llmcost.sources.buckets import expand_address
from llmcost.sources.counted import Counted
from llmcost.sources.documents import BINARIES
from llmcost.sources.entries import State, state_of
from llmcost.sources.packed import ENDINGS
from llmcost.sources.read import Failed, TextStream, check_named, failed, unreadable
from llmcost.sources.walk import Skipped, expand_one
from llmcost.tokens.counting import Totals, told
from llmcost.tokens.tokenizers import tokenizer

PARQUET = ".parquet"
MOST_REMEMBERED = 1_000  # of what is told by name

Keep = Callable[[File, Outcome], Counted]
"""The figures of a file of which all parts were found."""


class Found(msgspec.Struct):
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

    def __init__(self, asked: Asked, run: Run, keep: Keep, found: Found, landing: Landing) -> None:
        self.asked = asked
        self.run = run
        self.keep = keep
        self.found = found
        self.landing = landing
        self.joining = Joining()
        self.states: dict[int, State] = {}
        self._listed = 0  # files

    def listing(self) -> Iterator[File]:
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

    def file_of(self, name: str, *, is_named: bool) -> File | None:
        number = self._listed = self._listed + 1
        if isinstance(name, Listed):
            return File(number, str(name), str(name), name.size, name.version, is_named)
        if is_named:
            check_named(name)
        path = os.path.abspath(name)  # noqa: PTH100 - a hundred thousand times
        try:
            size, version = listed(path)
        except OSError as error:
            self.found.unread.append(failed(name, unreadable(name, error)))
            return None
        return File(number, name, path, size, version, is_named)

    def can_be_cut(self, file: File) -> bool:
        """As far as its name tells."""
        name = file.name.lower()
        if self.asked.column is not None:
            return name.endswith(PARQUET)
        return not name.endswith((*ENDINGS, *BINARIES))

    def is_known(self, name: str, file: File) -> bool:
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

    def add(self, piece: Piece, outcomes: Sequence[Outcome]) -> None:
        """What came back of a piece."""
        finished = 0
        for part, outcome in zip(piece.parts, outcomes, strict=True):
            whole = self.joining.add(part, outcome)
            if whole is not None:
                finished += 1
                self.add_whole(*whole)
        self.landing.landed(piece, finished)

    def add_whole(self, file: File, outcome: Outcome) -> None:
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

    def counted(self, file: File, outcome: Outcome) -> tuple[TextStream, Counted]:
        """Raises UnreadableInput for a file of requests none of which could be read."""
        stream = stream_of(file, outcome)
        counted = self.keep(file, outcome)
        check_requests(file.name, counted.input.requests, counted.bad)
        self.take(file, stream, counted)
        self.found.more_bad += outcome.more_bad
        return stream, counted

    def take(self, file: File, stream: TextStream, counted: Counted) -> None:
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
        return Interrupted(said, hint=say("--resume FILE keeps what is done"))


def stream_of(file: File, outcome: Outcome) -> TextStream:
    """As if the file had been read here."""
    stream = TextStream(file.name, outcome.encoding)
    stream.stated, stream.taken = file.size, outcome.taken
    stream.bytes, stream.characters = outcome.bytes, outcome.characters
    stream.replaced, stream.has_mark = outcome.replaced, outcome.has_mark
    return stream


def text_of(names: Sequence[str], file: File, outcome: Outcome) -> Counted:
    """A text under each tokenizer."""
    totals = Totals(outcome.tokens, outcome.features)
    counts = {name: told(tokenizer(name), totals) for name in names}
    return Counted(Input(visible(file.name), outcome.bytes, outcome.characters, counts))


def counted_by(reader: Reader, file: File, outcome: Outcome) -> Counted:
    """A text, or requests in every way that the models need."""
    if outcome.found is None:
        return text_of(reader.tokenizers, file, outcome)
    from llmcost.tokens.tally import Tally

    tally = Tally(reader.counter())
    tally.merge(outcome.found)
    name = visible(file.name)
    bad = tuple(
        say("{name}: {message}", name=name + one.place, message=one.message) for one in outcome.bad
    )
    return Counted(request_input(name, outcome.bytes, outcome.characters, tally), bad)


def notes_about(found: Found) -> list[str]:
    return [*chain(reading_notes(found.texts, found.files), skipped_notes(found.skipped))]
