"""Sessions of logs: the requests of a conversation in the order of time, as trees of prefixes.

Requests have in common what their texts have. Where the log has none, a request begins as the last
one of its session did, unless the log shows that it did not; without a session, only what the log's
own vendor read is taken as sent before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import structs

from llmcost.errors import UnreadableInput
from llmcost.inputs.text_stream import Failed, TextStream, failed
from llmcost.logs.aggregation import LoggedRequest
from llmcost.logs.log_files import ERRORS, MOST_BAD, SESSION, parts, read_event
from llmcost.logs.log_formats import LogForm
from llmcost.logs.log_reader import LogReader
from llmcost.logs.session_texts import SessionTexts, TextNode, is_written_out, lost, text_tree
from llmcost.messages import say, say_plural, visible
from llmcost.price_data.calendar import zone_info
from llmcost.pricing.prompt_cache import Block, PrefixTree
from llmcost.runtime.count_inputs import Asked, opened, skipped_notes
from llmcost.runtime.open_inputs import check_any, failure_of

TEXT = 400_000
"""Bytes of the lines of a log that are searched for texts."""


class LoggedSession(NamedTuple):
    """Requests of one session in the order of time; `is_named`: the log says that they are one.
    `undated`: requests without a time."""

    name: str
    project: str
    model: str
    provider: str
    requests: Sequence[LoggedRequest]
    is_named: bool
    undated: int

    @property
    def is_known(self) -> bool:
        """Whether the log says what its requests have in common."""
        return self.is_named or is_written_out(self.requests)


class SessionCollector:
    """Finds the sessions of logs while they are read, one log after the other: each answer once,
    the copy with the most output, unless an earlier log has one. `folded`: copies of answers;
    `texts`: the beginning of what they say."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self.folded = 0
        self.texts = bytearray()
        self.begin()

    def begin(self) -> None:
        """A new log; what the last one had is forgotten."""
        self._found: list[LoggedRequest] = []
        self._places: dict[bytes, int] = {}
        self._prefixes = SessionTexts()
        self._prefix: TextNode | None = None

    def line(self, line: bytes) -> bool:
        """The next line, whose requests follow: whether it may have some."""
        if len(self.texts) < TEXT:
            self.texts += line + b"\n"
        self._prefix = self._prefixes.read(line)
        return not self._prefixes.is_linked or b'"usage"' in line  # else it is no answer

    def take(self, requests: Iterable[LoggedRequest]) -> None:
        """The requests of the line, whose callers are their session and project."""
        for one in requests:
            self.keep(structs.replace(one, prefix=self._prefix))

    def keep(self, one: LoggedRequest) -> None:
        if one.id is None:
            self._found.append(one)
        elif one.id in self._known:
            self.folded += 1
        elif one.id in self._places:
            self.folded += 1
            place = self._places[one.id]
            if one.sizes.output >= self._found[place].sizes.output:
                self._found[place] = one
        else:
            self._places[one.id] = len(self._found)
            self._found.append(one)

    def end(self) -> Iterator[LoggedSession]:
        """The sessions of the log."""
        self._known |= self._places.keys()
        return sessions_of(self._found)


class SessionLogs:
    """The sessions of all inputs, read one input after the other. `bad`: lines that could not be
    read."""

    def __init__(self, asked: Asked, zone: str, form: LogForm = LogForm.AUTO) -> None:
        found = opened(asked)
        self._streams = found.streams
        self.unread: list[Failed] = list(found.unread)
        self.notes = skipped_notes(found.skipped)
        self._reader = LogReader(zone_info(zone), SESSION, form)
        self.collector = SessionCollector()
        self.failures = self.read = 0
        self.bad: list[str] = []

    def sessions(self) -> Iterator[LoggedSession]:
        """Raises UnreadableInput if no input can be read."""
        for stream in self._streams:
            try:
                self._collect(stream)
            except UnreadableInput as error:
                self.unread.append(failed(stream.name, error))
                continue
            self.read += 1
            yield from self.collector.end()
        check_any(self.unread, self.read)

    def failure(self) -> UnreadableInput | None:
        """What could not be read, after all that could was replayed."""
        if self.failures:
            hint = say("fix them, or skip them with --skip-bad")
            told = "; ".join(self.bad)
            return UnreadableInput(
                say_plural(
                    "1 line could not be read: {told}",
                    "{number:,} lines could not be read: {told}",
                    self.failures,
                    told=told,
                ),
                hint=hint,
            )
        found = failure_of(self.unread, self.read)
        return found if isinstance(found, UnreadableInput) else None

    def _collect(self, stream: TextStream) -> None:
        self.collector.begin()
        for part in parts(stream):
            if part.number == 1:
                self._reader.begin(part.place)
            for number, line in enumerate(part.text.split(b"\n"), part.number):
                if line.strip() and self.collector.line(line):
                    self.collector.take(self._read(line, number, stream.name))

    def _read(self, line: bytes, number: int, name: str) -> Sequence[LoggedRequest]:
        try:
            return self._reader.read(line)
        except ERRORS as error:
            requests, problem = read_event(line, error, self._reader)
            if problem:
                self.failures += 1
                place = f"{visible(name)}:{number}"
                said = say("{place}: {problem}", place=place, problem=problem)
                self.bad += [said] if len(self.bad) < MOST_BAD // 4 else []
            return requests


def sessions_of(requests: Iterable[LoggedRequest]) -> Iterator[LoggedSession]:
    """The sessions of an input; subagents' conversations and each model have their own."""
    groups: dict[tuple[str, str, bool, str, str], list[LoggedRequest]] = {}
    for one in requests:
        if not one.sizes.input:
            continue
        session, project = (*one.caller, "", "")[:2]
        key = (session, project, one.side, one.model, one.provider)
        groups.setdefault(key, []).append(one)
    for (session, project, _side, model, provider), some in groups.items():
        undated = sum(one.second is None for one in some)
        ordered = sorted(some, key=lambda one: one.second or 0) if not undated else some
        yield LoggedSession(session, project, model, provider, ordered, bool(session), undated)


def tree_of(session: LoggedSession) -> PrefixTree:
    """The requests as prefixes: by their texts where the log has them all. What the first one read
    was in the cache before: the warm part."""
    if is_written_out(session.requests):
        return text_tree(session.requests)
    first = session.requests[0].sizes.cache_read
    tree = PrefixTree([Block("warm", first)] if first else [])
    last: LoggedRequest | None = None
    now = 0.0
    shared_of = shared_in_session if session.is_named else shared_as_read
    for one in session.requests:
        now = max(now, float(one.second or 0))
        shared = shared_of(one, last)
        tree.follow(now, shared, one.sizes.input, one.sizes.output)
        if shared == one.sizes.cache_read:
            tree.systems.add(tree.seen[-1])  # where its vendor had an entry
        last = one
    return tree


Shared = Callable[[LoggedRequest, LoggedRequest | None], int]


def shared_as_read(one: LoggedRequest, last: LoggedRequest | None) -> int:
    return one.sizes.cache_read


def shared_in_session(one: LoggedRequest, last: LoggedRequest | None) -> int:
    """How many of its tokens the last request had. A session grows; one that is shorter than before
    was summed up, and has what its vendor read. An explicit cache that reads less than it has just
    kept shows where the two differ."""
    if last is None or one.sizes.input < last.sizes.input or lost(one, last, last.sizes.input):
        return one.sizes.cache_read
    return last.sizes.input


def day_of(second: int | None, zone: str) -> str:
    """The day of an instant in a zone; empty for one that is not known."""
    if second is None:
        return ""
    return datetime.fromtimestamp(second, UTC).astimezone(zone_info(zone)).date().isoformat()
