"""A log cut into parts of whole lines, and what a part holds, added up."""

import codecs
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from llmcost.messages import say
from llmcost.planning.metered import Found, Request, Tally
from llmcost.sources.cutting import by_brackets
from llmcost.sources.logs.bad import BadUsage
from llmcost.sources.logs.forms import Why
from llmcost.sources.logs.read import Reader
from llmcost.sources.read import MARKS, TextStream, unreadable
from llmcost.sources.records import HEAD, MARK, is_lines

SIZE = 4_000_000  # bytes of a part: as many lines as pay for sending them to another process
MOST_BAD = 20
"""Messages of bad lines that are kept of a part."""
STREAMED = b"data:"  # server-sent events, as they came
BESIDE = (b"event:", b":", b"id:", b"retry:", b"data: [DONE]", b"data:[DONE]")


SIGNS = (b"usage", b"_tokens", b"TokenCount")
"""One of them is in every line that tells of tokens."""
ERRORS = (BadUsage, msgspec.MsgspecError, ValueError, RecursionError)


class Part(NamedTuple):
    """JSON values, each in its line, from the line `number` of a file on."""

    number: int
    text: bytes


class Totals(NamedTuple):
    """What parts of a log hold. `kinds`: requests by form, and other lines by what they are;
    `naive`: times without a zone; `bad`: line numbers with what is wrong, the first of `failures`
    many."""

    found: Found
    kinds: Counter[str]
    naive: int
    bad: list[tuple[int, str]]
    failures: int


def parts(stream: TextStream) -> Iterator[Part]:
    """Raises UnreadableInput."""
    blocks = raw(stream)
    head, rest = head_of(blocks)
    text = head.decode(errors="replace").removeprefix(MARK)
    whole = chain([head.removeprefix(codecs.BOM_UTF8)], rest)
    if is_lines(text):
        yield from by_lines(whole, SIZE, stream)
        return
    for record in by_brackets(codecs.iterdecode(whole, "utf-8", "replace")):
        yield Part(record.line, record.text.encode(errors="replace").replace(b"\n", b" "))


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


def by_lines(blocks: Iterable[bytes], size: int, stream: TextStream) -> Iterator[Part]:
    number, waiting, held = 1, list[bytes](), 0
    for block in blocks:
        held += len(block)
        end = block.rfind(b"\n") + 1 if held >= size else 0
        if not end:
            waiting.append(block)
            continue
        text = b"".join([*waiting, memoryview(block)[:end]])
        yield Part(number, text)
        number += text.count(b"\n")
        waiting, held = [block[end:]], len(block) - end
    text = b"".join(waiting)
    yield Part(number, text[: text.rfind(b"\n") + 1] if stream.is_cut else text)


class Seen:
    """The answers that are known by their ids; `skips` those that come again. A log that cannot be
    read to its end is forgotten, by not being `kept`."""

    def __init__(self, *, skips: bool) -> None:
        self.skips = skips
        self.again = 0
        self._before: set[int] = set()
        self._ids: set[int] = set()

    def wants(self, one: Request) -> bool:
        id = one.id
        if id is None:
            return True
        if id not in self._ids and id not in self._before:
            self._ids.add(id)
            return True
        self.again += 1
        return not self.skips

    def kept(self, *, well: bool) -> None:
        """At the end of a log."""
        if well:
            self._before |= self._ids
        self._ids = set()


def tallied(part: Part, reader: Reader, tally: Tally, seen: Seen) -> Totals:
    """The requests of a part into the tally; what else it holds, with the tally's sums."""
    reader.kinds.clear()
    reader.naive = seen.again = failures = 0
    bad: list[tuple[int, str]] = []
    forms: dict[str, int] = {}
    read, add, wants = reader.read, tally.add, seen.wants
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
        for one in requests:
            if wants(one):
                add(one)
                forms[one.form] = forms.get(one.form, 0) + 1
    if seen.again:
        reader.kinds[Why.REPEATED] = seen.again
    return Totals(tally.found, Counter(forms) + reader.kinds, reader.naive, bad, failures)


def read_event(line: bytes, error: Exception, reader: Reader) -> tuple[Sequence[Request], str]:
    """The requests of a line that is no JSON but an event of a stream, or what is wrong with it;
    neither of what is no business of ours."""
    if line.startswith(BESIDE):
        reader.kinds[Why.PART] += 1
        return (), ""
    if not line.startswith(STREAMED):
        if isinstance(error, msgspec.ValidationError) and is_foreign(line):
            reader.kinds[Why.EMPTY] += 1
            return (), ""
        return (), message_of(error)
    try:
        return reader.read(line.removeprefix(STREAMED)), ""
    except ERRORS as inner:
        return (), message_of(inner)


def is_foreign(line: bytes) -> bool:
    """Whether an object has nothing to do with tokens, whatever it calls by names that logs use."""
    return line.lstrip().startswith(b"{") and not any(one in line for one in SIGNS)


def message_of(error: Exception) -> str:
    if isinstance(error, BadUsage):
        message: str = error.args[0]
        return message
    if isinstance(error, msgspec.ValidationError):
        return say("not as in any known log: {why}", why=error)
    if isinstance(error, RecursionError):
        return say("nested too deeply")
    return say("not JSON: {problem}", problem=str(error).removeprefix("JSON is malformed: "))
