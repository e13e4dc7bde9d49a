"""Open inputs and count each stream once, under every tokenizer that is needed.

A run over inputs has its workers, its progress and its checkpoint.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from llmcost.errors import Interrupted, LlmcostError, UnreadableInput, install
from llmcost.inputs.object_storage import ReadAhead, is_address
from llmcost.inputs.text_stream import Failed, TextStream, failed
from llmcost.language import _
from llmcost.messages import Caution, Text, caution, say, say_plural, visible
from llmcost.pricing.usage import Counted, Input
from llmcost.render.text import few
from llmcost.runtime.progress import Progress, size_of
from llmcost.runtime.standard_streams import talk
from llmcost.tokenizers.workers import Crew

if TYPE_CHECKING:
    from llmcost.inputs.checkpoint import Journal
    from llmcost.tokenizers.registry import Tokenizer


class How(msgspec.Struct, frozen=True):
    """How a run is to go: in how many processes (None: one for each processor), with a bar where a
    person sees it, with which journal, and on which cluster. `offers_sample`: it could be a sample,
    and is not."""

    workers: int | None = None
    progress: bool = True
    resume: str | None = None
    cluster: str | None = None
    offers_sample: bool = False


class Run(msgspec.Struct, frozen=True):
    """What counts, and beside it. `streams` are the inputs without the journal itself."""

    streams: Sequence[TextStream]
    crew: Crew
    progress: Progress
    journal: "Journal | None" = None

    def counted(self, stream: TextStream, count: Callable[[], Counted]) -> Counted:
        """Return what the journal has of a stream, or else what `count` returns."""
        return count() if self.journal is None else self.journal.counted(stream, count)


class Stopped(Exception):
    """Ctrl-C came while an input was read; `input` is what had been counted of it."""

    def __init__(self, input: Input) -> None:
        super().__init__(input.name)
        self.input = input


def interrupted(run: Run, finished: int, *, in_one: bool) -> Interrupted:
    """What to say of a run that a person stopped: `in_one`, of which a part is known, or between
    two inputs."""
    inputs = len(run.streams)
    if in_one and inputs == 1:
        said = say("stopped: these are the figures of a part")
    elif in_one:
        said = say(
            "stopped: these are the figures of {finished:,} of {inputs:,} inputs and a part of one",
            finished=finished,
            inputs=inputs,
        )
    else:
        said = say(
            "stopped: these are the figures of {finished:,} of {inputs:,} inputs",
            finished=finished,
            inputs=inputs,
        )
    if run.journal is not None:
        return Interrupted(said, hint=say("the same command goes on from here"))
    return Interrupted(said, hint=say("--resume FILE saves finished work"))


@contextmanager
def running(
    how: How, streams: Sequence[TextStream], made_from: Callable[[], Mapping[str, str]]
) -> Iterator[Run]:
    """Everything open for a run. `made_from`: what counts depend on, for a journal.

    Raises LlmcostError for a journal that cannot be used.
    """
    with ExitStack() as stack:
        journal = None
        if how.resume is not None:
            from llmcost.inputs.checkpoint import Journal

            journal = stack.enter_context(Journal(Path(how.resume), made_from()))
            if journal.damaged:
                note = say_plural(
                    "the journal `{path}` is damaged in 1 line: what it held is counted anew",
                    "the journal `{path}` is damaged in {number:,} lines: what they held is "
                    "counted anew",
                    journal.damaged,
                    path=journal.path,
                )
                talk([visible(_("note: {text}", text=note))])
            own = os.path.abspath(how.resume)  # noqa: PTH100 - of a hundred thousand names
            streams = [one for one in streams if os.path.abspath(one.name) != own]  # noqa: PTH100
        crew = stack.enter_context(Crew(how.workers, sum(map(size_of, streams))))
        progress = stack.enter_context(
            Progress(streams, wanted=how.progress, offers_sample=how.offers_sample)
        )
        if any(is_address(one.name) for one in streams):
            stack.enter_context(ReadAhead(one.place for one in streams))
        yield Run(streams, crew, progress, journal)


MOST_NAMED = 4
LARGE = 25_000_000  # bytes
NUMBER = "number"


class Readable(NamedTuple):
    """Inputs that could be read to their end, their streams, and the others. `stopped`: what to say
    if a person stopped it."""

    inputs: list[Input]
    streams: list[TextStream]
    unread: list[Failed]
    stopped: LlmcostError | None = None


def count_inputs(
    streams: Iterable[TextStream], tokenizers: Sequence[str], known: Mapping[str, "Tokenizer"]
) -> list[Input]:
    """Return each stream counted as one text, under each of these tokenizers; `known`: what
    their names mean. Raise UnreadableInput."""
    with Crew() as crew:
        return [count_stream(stream, stream, tokenizers, known, crew) for stream in streams]


def count_readable(
    run: Run, tokenizers: Sequence[str], known: Mapping[str, "Tokenizer"]
) -> Readable:
    """Return each stream of a run counted as one text, and what could not be read. Raise
    KeyboardInterrupt if it comes before any figure."""
    found = Readable([], [], [])

    def count(stream: TextStream) -> Counted:
        blocks = run.progress.through(stream)
        return Counted(count_stream(stream, blocks, tokenizers, known, run.crew))

    try:
        for stream in run.progress.each():
            try:
                found.inputs.append(run.counted(stream, partial(count, stream)).input)
                found.streams.append(stream)
            except UnreadableInput as error:
                found.unread.append(failed(stream.name, error))
    except Stopped as stop:
        finished = len(found.inputs)
        found.inputs.append(stop.input)
        return found._replace(stopped=interrupted(run, finished, in_one=True))
    except KeyboardInterrupt:  # between two
        if not found.inputs:
            raise
        return found._replace(stopped=interrupted(run, len(found.inputs), in_one=False))
    return found


def count_stream(
    stream: TextStream,
    blocks: Iterable[str],
    tokenizers: Sequence[str],
    known: Mapping[str, "Tokenizer"],
    crew: Crew,
) -> Input:
    """A stream as one text; `blocks` are its own, from the first one on. `known`: what the names
    mean, where the user has brought tokenizers. Raises Stopped upon Ctrl-C."""
    from llmcost.tokenizers.chunking import pieces

    rest = iter(blocks)
    ahead = [next(rest, "")]  # from it a stream knows how long it may be
    expected = stream.expected
    if not expected:  # of a pipe; what has no second block needs no other processes
        try:
            ahead += islice(filter(None, rest), 1)
            expected = 0 if ahead[1:] else max(1, stream.bytes)
        except KeyboardInterrupt:
            rest = interrupt()
    counter = crew.counter(tokenizers, known, expected=expected)

    def input() -> Input:
        return Input(visible(stream.name), stream.bytes, stream.characters, counter.counts())

    try:
        for piece in pieces(chain(ahead, rest), counter.size):
            counter.feed(piece)
        return input()
    except KeyboardInterrupt:
        counter.stop()
        raise Stopped(input()) from None


def interrupt() -> Iterator[str]:
    """Ctrl-C again, where it counts."""
    yield from ()
    raise KeyboardInterrupt


def failure_of(unread: Sequence[Failed], read: int) -> UnreadableInput | None:
    """What to say of inputs that could not be read, at the end, beside `read` that could."""
    if not unread:
        return None
    if len(unread) == 1 and not read:
        return UnreadableInput(unread[0].message, hint=unread[0].hint)
    hints = {one.hint for one in unread}
    others = say("the figures are without them") if read else ""
    reasons = [
        say("{name}: {message}", name=visible(one.name), message=one.reason) for one in unread
    ]
    return UnreadableInput(
        say(
            "{failed:,} of {all:,} inputs could not be read: {reasons}",
            failed=len(unread),
            all=read + len(unread),
            reasons=few(reasons, MOST_NAMED, "; ", "; and "),
        ),
        hint=(hints.pop() if len(hints) == 1 else "") or others,
    )


def check_any(unread: Sequence[Failed], read: int) -> None:
    """Raises UnreadableInput if nothing at all could be read."""
    failure = failure_of(unread, read)
    if failure is not None and not read:
        raise failure


def failed_document(unread: Sequence[Failed], *, partial: bool) -> dict[str, object]:
    """Return the keys of a JSON contract that name what is missing: `failed`, and `partial` if
    so."""
    failed = [{"name": visible(one.name), "reason": visible(one.reason)} for one in unread]
    return {"failed": failed, "partial": True} if partial else {"failed": failed}


def reading_notes(texts: Sequence[TextStream], files: Sequence[TextStream] = ()) -> list[str]:
    """What a reader should know of how bytes became text, one note a matter; `files` are those of
    requests."""
    names: dict[Text, list[str]] = {}
    times: dict[Text, int] = {}
    for stream, is_text in [*((one, True) for one in texts), *((one, False) for one in files)]:
        for note, number in notes_of(stream, is_text):
            names.setdefault(note, []).append(stream.name)
            times[note] = times.get(note, 0) + number
    found = [about(few(some, MOST_NAMED), note, times[note]) for note, some in names.items()]
    if not any(stream.bytes for stream in (*texts, *files)):
        found = list(map(caution, found))
    return [*found, *speed_notes(sum(stream.bytes for stream in texts))]


GUESSED = caution(say("not UTF-8, read as GB18030; --encoding names another encoding"))


def about(names: str, note: Text, number: int) -> Text:
    """The note with the names of the streams that it is about."""
    whole = Text(note.forms, {**note.values, NUMBER: number})
    text = say("{names}: {note}", names=names, note=whole)
    return caution(text) if isinstance(note, Caution) else text


def speed_notes(size: int) -> Iterator[str]:
    """Yield what would have counted so many bytes of text sooner."""
    if size >= LARGE:
        from llmcost.tokenizers.gigatoken import available

        if not available():
            yield say(
                "large inputs are counted several times as fast with {package}",
                package=install("bulk"),
            )


def notes_of(stream: TextStream, is_text: bool) -> Iterator[tuple[Text, int]]:
    """Notes, and the NUMBER that each is about, of which there may be more in other streams."""
    if stream.is_guessed:
        yield GUESSED, 0
    if stream.replaced:
        note = say_plural(
            "{number:,} byte sequence is not {encoding}, counted as U+FFFD; name the right "
            "--encoding, for example gb18030",
            "{number:,} byte sequences are not {encoding}, counted as U+FFFD; name the right "
            "--encoding, for example gb18030",
            0,
            encoding=stream.encoding,
        )
        yield caution(note), stream.replaced
    if stream.is_cut:
        if stream.most == 1:
            yield caution(say("only the first byte was read (--max-bytes)")), 0
        else:
            text = say("only the first {most:,} bytes were read (--max-bytes)", most=stream.most)
            yield caution(text), 0
    if stream.has_changed:
        yield caution(say("changed while it was read; counted as read")), 0
    if stream.has_mark and is_text:
        yield say("starts with a byte order mark, counted as the text it is"), 0
    if not stream.bytes and is_text:
        yield say("is empty"), 0
