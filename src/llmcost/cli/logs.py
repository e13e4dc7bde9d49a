"""Logs read to their end: the requests in them added up, by several processes if they are large."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from itertools import chain, islice
from typing import NamedTuple

from llmcost.cli.counted import MOST_NAMED, check_any, failure_of, reading_notes
from llmcost.cli.inputs import Asked, opened, skipped_notes
from llmcost.cli.progress import Progress
from llmcost.errors import BadFile, Interrupted, LlmcostError, UnreadableInput
from llmcost.messages import joined, say, say_plural
from llmcost.planning.metered import Edges, Tally
from llmcost.planning.moments import Clocks, Moments
from llmcost.prices.calendar import RealCalendar, zone_info
from llmcost.report.figures import visible
from llmcost.sources.logs.forms import LogForm
from llmcost.sources.logs.parts import Part, Seen, Totals, parts, tallied
from llmcost.sources.logs.read import Reader
from llmcost.sources.read import Failed, TextStream, failed
from llmcost.tokens.crew import Crew

ALONE = 4  # parts, up to which other processes would not pay


class Way(NamedTuple):
    """How lines are read and added up. `unique`: an answer that comes again is left out, which only
    one process can tell."""

    form: LogForm
    by: tuple[str, ...]
    clocks: Clocks
    edges: Edges
    unique: bool = False


class Log(NamedTuple):
    """An input that was read: its bytes, unpacked, and its requests."""

    name: str
    bytes: int
    requests: int


class Logs:
    """What all inputs hold: the `tally` of their requests, and what else their lines are (`kinds`).
    `bad`: lines that could not be read, and some of them told; `naive`: times without a zone."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.tally = Tally(Moments(way.clocks, RealCalendar()), way.edges)
        self.seen = Seen(skips=way.unique)
        self.kinds: Counter[str] = Counter()
        self.naive = 0
        self.failures = 0
        self.bad: list[str] = []
        self.inputs: list[Log] = []
        self.unread: list[Failed] = []
        self.notes: list[str] = []
        self.stopped: LlmcostError | None = None

    def add(self, name: str, totals: Totals) -> None:
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

    def failure(self, *, skip_bad: bool) -> LlmcostError | None:
        """What could not be read, after all that could was counted."""
        if self.stopped is not None:
            return self.stopped
        whole = failure_of(self.unread, len(self.inputs))
        if skip_bad or not self.failures:
            return whole
        more = self.failures - len(self.bad)
        rest = [say("and {number:,} more", number=more)] if more else []
        told = joined([*self.bad, *rest], "; ")
        lines = say_plural(
            "1 line could not be read: {told}",
            "{number:,} lines could not be read: {told}",
            self.failures,
            told=told,
        )
        hint = say("mend them, or leave them out with --skip-bad")
        return (
            BadFile([lines, whole.args[0]], hint=hint)
            if whole
            else UnreadableInput(lines, hint=hint)
        )


def read_logs(asked: Asked, way: Way) -> Logs:
    """Every input, one after the other. Raises UnreadableInput if none can be read."""
    logs = Logs(way)
    found = opened(asked)
    logs.unread += found.unread
    logs.notes += skipped_notes(found.skipped)
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(asked.how.workers))
        progress = stack.enter_context(Progress(found.streams, wanted=asked.how.progress))
        try:
            for stream in progress.each():
                read_log(stream, logs, crew, progress)
        except KeyboardInterrupt:
            done = say("{read:,} of {all:,}", read=len(logs.inputs), all=len(found.streams))
            logs.stopped = Interrupted(
                say("stopped: these are the figures of {done} logs", done=done),
                hint=say("run it again for all of them"),
            )
    check_any(logs.unread, len(logs.inputs))
    names = {one.name for one in logs.inputs}
    logs.notes += reading_notes((), [one for one in found.streams if one.name in names])
    return logs


def read_log(stream: TextStream, logs: Logs, crew: Crew, progress: Progress) -> None:
    """What cannot be read to its end is left out with all its requests."""
    one = Logs(logs.way)
    try:
        for totals in totals_of(progress.through(parts(stream)), logs.way, crew, logs.seen):
            one.add(stream.name, totals)
    except UnreadableInput as error:
        logs.unread.append(failed(stream.name, error))
        logs.seen.kept(well=False)
        return
    logs.seen.kept(well=True)
    logs.merge(one)
    logs.inputs.append(Log(stream.name, stream.bytes, one.requests))


def totals_of(found: Iterable[Part], way: Way, crew: Crew, seen: Seen) -> Iterator[Totals]:
    """What each part holds. The first ones are counted here: small logs need no other process."""
    if seen.skips:
        reader, moments = reader_of(way)
        for part in found:
            yield tallied(part, reader, Tally(moments, way.edges), seen)
        return
    rest = iter(found)
    first = list(islice(rest, ALONE + 1))
    if len(first) <= ALONE or crew.workers == 1:
        yield from (read_part(way, part) for part in chain(first, rest))
    else:
        yield from crew.processes().mapped(partial(read_part, way), chain(first, rest))


def read_part(way: Way, part: Part) -> Totals:
    """Of a part alone, which other processes may read."""
    reader, moments = reader_of(way)
    return tallied(part, reader, Tally(moments, way.edges), Seen(skips=False))


@cache
def reader_of(way: Way) -> tuple[Reader, Moments]:
    """Of this process: it remembers which instants have the same prices."""
    reader = Reader(zone_info(way.clocks.zone), way.by, way.form)
    return reader, Moments(way.clocks, RealCalendar())
