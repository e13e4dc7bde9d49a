"""Cut a stream of JSON into its requests, in the memory of one of them.

JSON Lines are cut at line ends, so that a broken line harms no other. An array, or values that go
over several lines, are cut by their brackets, which broken values may mislead.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from llmcost.inputs.request_forms import is_message
from llmcost.messages import say

# In a string; closed by a quote, or by a line end, which no string of JSON may hold.
INSIDE = r"[^\"\\\n]*(?:\\.[^\"\\\n]*)*(?:([\"\n])|(\\?)\Z)"
TOKEN = re.compile(rf"[\[\]{{}},]|\"{INSIDE}", re.DOTALL)
REST = re.compile(INSIDE, re.DOTALL)
COMMA_TOO_MANY = say("expected a request, found nothing: a comma too many")
UNCLOSED = say("the file ends inside of its list")


class Record(msgspec.Struct, frozen=True):
    """The text of one request, and where it starts: the line from 1 on, and the index from 0 on if
    it is an element of a list. `problem`: why it cannot be a request, where the cut shows it.
    """

    line: int
    text: str
    index: int | None = None
    problem: str = ""


def by_brackets(blocks: Iterable[str]) -> Iterator[Record]:
    """Every value one after the other; of a list each element, unless it is a list of messages."""
    cutter = JsonCutter()
    for block in blocks:
        yield from cutter.feed(block)
    yield from cutter.finish()


class JsonCutter:
    """`depth` counts the brackets that are open; `index` is a number within a list of values."""

    def __init__(self) -> None:
        self.parts: list[str] = []  # of the value that is open, in the blocks before
        self.line = 1  # where it starts
        self.depth = 0
        self.index: int | None = None
        self.in_string = False
        self.escaped = False  # behind a backslash that ended a block

    def feed(self, block: str) -> Iterator[Record]:
        start, place = 0, self.rest_of_string(block)
        while token := TOKEN.search(block, place):
            at, place = token.start(), token.end()
            sign = block[at]
            if sign == '"':
                self.note_string(token)
            elif sign in "[{":
                if not self.depth:
                    yield from self.stray(block[start:at])
                    start = self.open(sign, at)
                self.depth += 1
            elif self.ends_element(sign):
                yield from self.element(block[start:at], sign)
                start = place
            elif sign in "]}" and self.depth > (self.index is not None):
                self.depth -= 1
                if not self.depth:
                    yield self.record(block[start:place])
                    start = place
        self.parts.append(block[start:])

    def rest_of_string(self, block: str) -> int:
        """Where the string ends that a block before began."""
        if not self.in_string or not block:
            return 0
        rest = REST.match(block, 1 if self.escaped else 0)
        assert rest is not None  # it matches any text
        self.note_string(rest)
        return rest.end()

    def note_string(self, match: re.Match[str]) -> None:
        self.in_string, self.escaped = match[1] is None, bool(match[2])

    def open(self, sign: str, at: int) -> int:
        """A value begins here; of a list, its first element behind the bracket."""
        if sign == "{":
            return at
        self.index = 0
        return at + 1

    def ends_element(self, sign: str) -> bool:
        return self.index is not None and self.depth == 1 and sign in ",]"

    def element(self, text: str, sign: str) -> Iterator[Record]:
        """The element of a list that ends before a comma or the closing bracket."""
        line, found = self.line, self.record(text)
        self.line = found.line + found.text.count("\n")
        if not self.index and begins_conversation(found.text):
            self.index, self.line = None, line
            self.parts = [f"[{found.text}{sign}"]
            if sign == "]":
                self.depth = 0
                yield self.record("")
            return
        if found.text or self.index or sign == ",":
            yield found if found.text else Record(found.line, "", self.index, COMMA_TOO_MANY)
        self.index = None if sign == "]" else (self.index or 0) + 1
        self.depth -= sign == "]"

    def stray(self, text: str) -> Iterator[Record]:
        """What stands between values, where nothing should."""
        found = self.record(text)
        if found.text:
            yield found

    def record(self, text: str) -> Record:
        """The value that ends with this text; the next begins behind it."""
        whole = "".join([*self.parts, text])
        self.parts = []
        inner = whole.strip()
        line = self.line + whole[: len(whole) - len(whole.lstrip())].count("\n")
        self.line += whole.count("\n")
        return Record(line, inner, self.index)

    def finish(self) -> Iterator[Record]:
        yield from self.stray("")
        if self.index is not None:
            yield Record(self.line, "", self.index, UNCLOSED)


def begins_conversation(text: str) -> bool:
    try:
        return is_message(msgspec.json.decode(text))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False


HEAD = 1 << 16  # characters that say how a file is laid out
MARK = "\ufeff"


def records(blocks: Iterable[str]) -> Iterator[Record]:
    """Every request of a stream of text; a byte order mark and blank lines are none."""
    head, rest = head_of(iter(blocks))
    text = head.removeprefix(MARK)
    cut = by_lines if is_lines(text) else by_brackets
    yield from cut(chain([text], rest))


def head_of(blocks: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The beginning, with so much of what is not blank that it tells the layout, and the rest."""
    parts: list[str] = []
    size = 0
    for block in blocks:
        parts.append(block)
        size += len(block if size else block.lstrip())
        if size >= HEAD:
            break
    return "".join(parts), blocks


def is_lines(head: str) -> bool:
    """Whether each line is a request, told from the first that is not blank.

    One that ends inside of a value goes on in the next, unless that was a comma behind a request. A
    list alone in its line is cut by its brackets, since it may be as long as the file.
    """
    first, end, rest = head.lstrip().partition("\n")
    first = first.rstrip()
    if first.startswith("["):
        return first.endswith("]") and bool(rest.strip())
    goes_on = first.endswith(("{", "[", ",", ":")) and not first.endswith("},")
    return not (first.startswith("{") and end and goes_on)


def by_lines(blocks: Iterable[str]) -> Iterator[Record]:
    for number, line in enumerate(lines(blocks), 1):
        if line and not line.isspace():
            yield Record(number, line)


def lines(blocks: Iterable[str]) -> Iterator[str]:
    """Cut at line feeds alone, without them: JSON takes no other character for the end of one."""
    parts: list[str] = []
    for block in blocks:
        first, *others = block.split("\n")
        parts.append(first)
        if others:
            yield "".join(parts)
            yield from others[:-1]
            parts = others[-1:]
    yield "".join(parts)
