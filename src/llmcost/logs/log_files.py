"""Read logs to their end: parts of whole lines, read by several processes if they are large.

A part's requests are summed where it is read, and the sums of all parts are added.
"""

import codecs
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache, partial
from itertools import chain, islice
from typing import NamedTuple, Protocol

import msgspec

from llmcost.errors import BadFile, Interrupted, LlmcostError, UnreadableInput
from llmcost.inputs.json_stream import HEAD, MARK, by_brackets, is_lines
from llmcost.inputs.text_stream import MARKS, Failed, TextStream, failed, unreadable
from llmcost.logs.aggregation import Clocks, Edges, Found, LoggedRequest, LogTally, Moments
from llmcost.logs.log_formats import BadUsage, LogForm, Why
from llmcost.logs.log_reader import LogReader
from llmcost.logs.repeats import Answers, PartAnswers
from llmcost.logs.tables_as_lines import csv_lines, database_lines, is_database, is_table
from llmcost.messages import joined, say, say_plural, visible
from llmcost.price_data.calendar import RealCalendar, zone_info
from llmcost.runtime.count_inputs import Asked, opened, skipped_notes
from llmcost.runtime.open_inputs import MOST_NAMED, check_any, failure_of, reading_notes
from llmcost.runtime.progress import Progress
from llmcost.tokenizers.workers import Crew

SIZE = 4_000_000  # bytes of a part: as many lines as pay for sending them to another process
MOST_BAD = 20
"""Messages of bad lines that are kept of a part."""
STREAMED = b"data:"  # server-sent events, as they came
BESIDE = (b"event:", b":", b"id:", b"retry:", b"data: [DONE]", b"data:[DONE]")


SESSION = ("session", "project")
"""The last names of a caller, where a follower reads along."""
ERRORS = (BadUsage, msgspec.MsgspecError, ValueError, RecursionError)


class LogPart(NamedTuple):
    """JSON values, each in its line, from the line `number` of a file on, whose name is `place`."""

    number: int
    text: bytes
    place: str = ""


class LineFollower(Protocol):
    """What else reads the lines and requests of logs, in one process and in their order."""

    def begin(self) -> None: ...
    def share(self, line: bytes, requests: Sequence[LoggedRequest]) -> Sequence[LoggedRequest]: ...
    def finish(self) -> None: ...


class LogTotals(NamedTuple):
    """What parts of a log hold. `kinds`: requests by form, and other lines by what they are;
    `naive`: times without a zone; `bad`: line numbers with what is wrong, the first of `failures`
    many."""

    found: Found
    kinds: Counter[str]
    naive: int
    bad: list[tuple[int, str]]
    failures: int
    answers: PartAnswers | None = None  # of another process


def parts(stream: TextStream) -> Iterator[LogPart]:
    """Raises UnreadableInput."""
    blocks = raw(stream)
    head, rest = head_of(blocks)
    whole = chain([head.removeprefix(codecs.BOM_UTF8)], rest)
    if is_database(head):
        yield LogPart(1, b"\n".join(database_lines(stream.name)), stream.name)
        return
    text = head.decode(errors="replace").removeprefix(MARK)
    if is_table(text, stream.name):
        for number, rows in csv_lines(text_lines(whole, encoding_of(head))):
            yield LogPart(number, rows, stream.name)
    elif is_lines(text):
        yield from by_lines(whole, SIZE, stream)
    else:
        for record in by_brackets(codecs.iterdecode(whole, "utf-8", "replace")):
            value = record.text.encode(errors="replace").replace(b"\n", b" ")
            yield LogPart(record.line, value, stream.name)


def encoding_of(head: bytes) -> str:
    """UTF-8, or else what tables of China are often in."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def text_lines(blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    rest = ""
    for block in codecs.iterdecode(blocks, encoding, "replace"):
        *lines, rest = (rest + block).split("\n")
        yield from (f"{one}\n" for one in lines)
    if rest:
        yield rest


def raw(stream: TextStream) -> Iterator[bytes]:
    """The bytes of a log in UTF-8, unpacked if they were compressed."""
    if stream.encoding != "utf-8":
        yield from (block.encode(errors="replace") for block in stream)
        return
    try:
        with stream.open() as file:
            yield from in_utf8(stream, stream.blocks(file))
    except OSError as error:
        raise unreadable(stream.name, error) from None


def in_utf8(stream: TextStream, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, which may begin with the mark of another encoding."""
    first = next(blocks, b"")
    blocks = chain([first], blocks)
    other = next((encoding for mark, encoding in MARKS if first.startswith(mark)), "")
    if other:
        blocks = (one.encode() for one in codecs.iterdecode(blocks, other, "replace"))
    for block in blocks:
        stream.bytes += len(block)
        yield block


def head_of(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The beginning, with so much of what is not blank that it tells the layout, and the rest."""
    head = b""
    for block in blocks:
        head += block
        if len(head.lstrip()) >= HEAD:
            break
    return head, blocks


def by_lines(blocks: Iterable[bytes], size: int, stream: TextStream) -> Iterator[LogPart]:
    number, waiting, held = 1, list[bytes](), 0
    for block in blocks:
        held += len(block)
        end = block.rfind(b"\n") + 1 if held >= size else 0
        if not end:
            waiting.append(block)
            continue
        text = b"".join([*waiting, memoryview(block)[:end]])
        yield LogPart(number, text, stream.name)
        number += text.count(b"\n")
        waiting, held = [block[end:]], len(block) - end
    text = b"".join(waiting)
    last = text[: text.rfind(b"\n") + 1] if stream.is_cut else text
    yield LogPart(number, last, stream.name)


def tallied(
    part: LogPart,
    reader: LogReader,
    tally: LogTally,
    answers: Answers,
    follower: LineFollower | None = None,
) -> LogTotals:
    """The requests of a part into the tally, or into the answers if they have names; what else it
    holds, with the tally's sums."""
    if part.number == 1 or part.place != reader.state.place:
        reader.begin(part.place)
    reader.kinds.clear()
    reader.naive = failures = 0
    bad: list[tuple[int, str]] = []
    read, add, key = reader.read, tally.add, tally.key
    for number, line in enumerate(part.text.split(b"\n"), part.number):
        if not line:
            continue
        try:
            requests = read(line)
        except ERRORS as error:
            if line.isspace():
                continue
            requests, problem = read_event(line, error, reader)
            if problem:
                failures += 1
                bad += [(number, problem)] if len(bad) < MOST_BAD else []
        for one in requests if follower is None else follower.share(line, requests):
            if one.id is None:
                add(one)
            else:
                answers.add(one.id, one, key(one))
    answers.take_links(reader.links)
    return LogTotals(tally.found, Counter(reader.kinds), reader.naive, bad, failures)


def read_event(
    line: bytes, error: Exception, reader: LogReader
) -> tuple[Sequence[LoggedRequest], str]:
    """The requests of a line that is no JSON but an event of a stream, or what is wrong with it;
    neither of what is no business of ours."""
    if line.startswith(BESIDE):
        reader.kinds[Why.PART] += 1
        return (), ""
    if not line.startswith(STREAMED):
        return (), message_of(error)
    try:
        return reader.read(line.removeprefix(STREAMED)), ""
    except ERRORS as inner:
        return (), message_of(inner)


def message_of(error: Exception) -> str:
    if isinstance(error, BadUsage):
        message: str = error.args[0]
        return message
    if isinstance(error, msgspec.ValidationError):
        return say("not as in any known log: {why}", why=error)
    if isinstance(error, RecursionError):
        return say("nested too deeply")
    return say("not JSON: {problem}", problem=str(error).removeprefix("JSON is malformed: "))


ALONE = 4  # parts, up to which other processes would not pay


class LogReadingOptions(NamedTuple):
    """How lines are read and added up. `repeats`: an answer that comes again is billed again."""

    form: LogForm
    by: tuple[str, ...]
    clocks: Clocks
    edges: Edges
    repeats: bool = False


class Log(NamedTuple):
    """An input that was read: its bytes, unpacked, and its requests."""

    name: str
    bytes: int
    requests: int
    number: int


class Logs:
    """What all inputs hold: the `tally` of their requests, and what else their lines are (`kinds`).
    `bad`: lines that could not be read, and some of them told; `naive`: times without a zone."""

    def __init__(self, way: LogReadingOptions) -> None:
        self.way = way
        self.tally = LogTally(Moments(way.clocks, RealCalendar()), way.edges)
        self.kinds: Counter[str] = Counter()
        self.naive = 0
        self.failures = 0
        self.bad: list[str] = []
        self.inputs: list[Log] = []
        self.unread: list[Failed] = []
        self.notes: list[str] = []
        self.stopped: LlmcostError | None = None

    def add(self, name: str, totals: LogTotals) -> None:
        self.tally.merge(totals.found)
        self.kinds += totals.kinds
        self.naive += totals.naive
        self.failures += totals.failures
        wanted = totals.bad[: MOST_NAMED - len(self.bad)]
        self.bad += [
            say("{place}: {problem}", place=f"{visible(name)}:{line}", problem=message)
            for line, message in wanted
        ]

    def merge(self, other: "Logs") -> None:
        self.tally.merge(other.tally.found)
        self.kinds += other.kinds
        self.naive += other.naive
        self.failures += other.failures
        self.bad += other.bad[: MOST_NAMED - len(self.bad)]

    @property
    def requests(self) -> int:
        return sum(one[0] for one in self.tally.found.values())

    def settle(self, answers: Answers, unread: Collection[int]) -> None:
        """Requests that name their answer, each once; then all by their form."""
        settled = answers.settle(self.tally, unread)
        self.inputs = [
            one._replace(requests=one.requests + settled.requests[one.number])
            for one in self.inputs
        ]
        counts = {Why.REPEATED: settled.folded, Why.AGENT: settled.sums}
        self.kinds += Counter({why.value: number for why, number in counts.items()})
        for cell, sums in self.tally.cells():
            self.kinds[cell.form] += sums.requests

    def unreadable(self) -> str:
        """How many lines could not be read, with some of them."""
        more = self.failures - len(self.bad)
        rest = [say("and {number:,} more", number=more)] if more else []
        return say_plural(
            "1 line could not be read: {told}",
            "{number:,} lines could not be read: {told}",
            self.failures,
            told=joined([*self.bad, *rest], "; "),
        )

    def failure(self, *, skip_bad: bool) -> LlmcostError | None:
        """What could not be read, after all that could was counted."""
        if self.stopped is not None:
            return self.stopped
        whole = failure_of(self.unread, len(self.inputs))
        if skip_bad or not self.failures:
            return whole
        lines = self.unreadable()
        hint = say("fix them, or skip them with --skip-bad")
        return (
            BadFile([lines, whole.args[0]], hint=hint)
            if whole
            else UnreadableInput(lines, hint=hint)
        )


def read_logs(asked: Asked, way: LogReadingOptions, follower: LineFollower | None = None) -> Logs:
    """Every input, one after the other, also to a `follower`. Raises UnreadableInput if none can be
    read."""
    logs = Logs(way)
    found = opened(asked)
    logs.unread += found.unread
    logs.notes += skipped_notes(found.skipped)
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(asked.how.workers))
        progress = stack.enter_context(Progress(found.streams, wanted=asked.how.progress))
        answers = Answers()
        broken = set[int]()
        try:
            for answers.log, stream in enumerate(progress.each()):
                broken |= read_log(stream, logs, crew, progress, answers, follower)
        except KeyboardInterrupt:
            broken.add(answers.log)
            done = say("{read:,} of {all:,}", read=len(logs.inputs), all=len(found.streams))
            logs.stopped = Interrupted(
                say("stopped: these are the figures of {done} logs", done=done),
                hint=say("run it again for all of them"),
            )
        logs.settle(answers, broken)
    check_any(logs.unread, len(logs.inputs))
    names = {one.name for one in logs.inputs}
    logs.notes += reading_notes((), [one for one in found.streams if one.name in names])
    return logs


def read_log(
    stream: TextStream,
    logs: Logs,
    crew: Crew,
    progress: Progress,
    answers: Answers,
    follower: LineFollower | None,
) -> set[int]:
    """What cannot be read to its end is left out with all its requests: its number."""
    one = Logs(logs.way)
    found = progress.through(parts(stream))
    if follower is not None:
        follower.begin()
    try:
        for totals in totals_of(found, logs.way, crew, answers, follower):
            one.add(stream.name, totals)
            if totals.answers is not None:
                answers.absorb(totals.answers, logs.tally)
    except UnreadableInput as error:
        logs.unread.append(failed(stream.name, error))
        return {answers.log}
    if follower is not None:
        follower.finish()
    logs.merge(one)
    logs.inputs.append(Log(stream.name, stream.bytes, one.requests, answers.log))
    return set()


def totals_of(
    found: Iterable[LogPart],
    way: LogReadingOptions,
    crew: Crew,
    answers: Answers,
    follower: LineFollower | None,
) -> Iterator[LogTotals]:
    """What each part holds. The first ones are counted here: small logs need no other process, and
    a follower wants all lines in their order."""
    rest = iter(found)
    first = list(islice(rest, 1 if follower else ALONE + 1))
    reader, moments = reader_of(way if follower is None else way._replace(by=(*way.by, *SESSION)))

    def here(part: LogPart) -> LogTotals:
        return tallied(part, reader, LogTally(moments, way.edges), answers, follower)

    is_small = len(first) <= ALONE or crew.workers == 1
    if not is_small:
        yield here(first.pop(0))
    if is_small or not reader.state.is_empty:  # lines that depend on earlier ones
        yield from (here(part) for part in chain(first, rest))
    else:
        yield from crew.processes().mapped(partial(read_part, way), chain(first, rest))


def read_part(way: LogReadingOptions, part: LogPart) -> LogTotals:
    """Of a part alone, which other processes may read."""
    reader, moments = reader_of(way)
    answers = Answers(alone=True)
    totals = tallied(part, reader, LogTally(moments, way.edges), answers)
    return totals._replace(answers=answers.part())


@cache
def reader_of(way: LogReadingOptions) -> tuple[LogReader, Moments]:
    """Of this process: it remembers which instants have the same prices."""
    zone = zone_info(way.clocks.zone)
    reader = LogReader(zone, way.by, way.form, repeats=way.repeats)
    return reader, Moments(way.clocks, RealCalendar())
