"""Where the parts of a file truly begin, so that each byte is in one of them and nothing is counted
otherwise than in the whole.

A border depends on the bytes around it and on nothing else. So the worker that counts up to it and
the one that counts from it find the same, each by itself.
"""

import codecs
import re
from collections.abc import Callable
from typing import NamedTuple

from llmcost.tokens.splitting import first_place

Between = Callable[[int, int], bytes]
"""The bytes of a file from the first of these places up to the second, or up to its end."""

BACK = 8  # bytes before a place that tell where a character begins, and what it is
STEPS = (1 << 12, 1 << 16, 1 << 20)
"""Bytes behind a place in which a border is looked for, before the part is joined to the one
before."""
LINE_STEPS = (1 << 16, 1 << 20, 1 << 24)
# Encodings in which this byte is a line's end, whatever stands before it.
NEWLINE = b"\n"
LINE_SAFE = re.compile(
    r"ascii|iso8859-\d+|cp125\d|koi8-[rut]|mac-\w+|gb2312|gbk|gb18030|big5(hkscs)?|shift_jis|cp932"
    r"|cp949|cp950|euc_(jp|kr)"
)
UTF8 = "utf-8"


class Border(NamedTuple):
    """A place in bytes, and the character before it."""

    at: int
    before: str = ""


Find = Callable[[Between, int, int], Border | None]
"""The border of a place, which may be looked for in so many bytes; None if there is none."""


def can_be_cut(encoding: str) -> bool:
    """Whether a border can be found without all that is before it."""
    return encoding == UTF8 or LINE_SAFE.fullmatch(encoding) is not None


def within(find: Find, between: Between, part: tuple[int, int], size: int, step: int) -> range:
    """The bytes of a part from its border to the next one that there is; none if it has no border,
    and so belongs to the part before."""
    start, end = part
    first = border(find, between, start, size, step)
    if first is None:
        return range(0)
    while (last := border(find, between, min(end, size), size, step)) is None:
        end += step
    return range(first.at, last.at)


def border(find: Find, between: Between, at: int, size: int, step: int) -> Border | None:
    """No border is farther away than the next place for one, so that they keep their order."""
    return Border(at) if at in (0, size) else find(between, at, step)


def line_border(between: Between, at: int, most: int) -> Border | None:
    """Before the first line that starts at this place or behind."""
    for step in LINE_STEPS:
        window = min(step, most)
        found = between(at - 1, at - 1 + window).find(NEWLINE)
        if found >= 0:
            return Border(at + found, "\n")
        if window < step:
            break
    return None


def text_border(encoding: str) -> Find:
    """Where no tokenizer could tell that a text was cut; see `tokens.splitting`."""

    def find(between: Between, at: int, most: int) -> Border | None:
        for step in STEPS:
            window = min(step, most)
            data = between(max(0, at - BACK), at + window)
            found = place_in(data, min(at, BACK), encoding)
            if found is not None:
                return Border(max(0, at - BACK) + found.at, found.before)
            if window < step:
                break
        return None

    return find


def place_in(data: bytes, at: int, encoding: str) -> Border | None:
    """The first place of a window, at or behind one of its bytes."""
    if encoding == UTF8:
        return utf8_place(data, at)
    newline = data.find(NEWLINE, at - 1)
    while newline >= 0:
        rest = codecs.getincrementaldecoder(encoding)("replace").decode(data[newline:])
        if first_place(rest[: 1 << 12], 1) == 1:
            return Border(newline + 1, "\n")
        newline = data.find(NEWLINE, newline + 1)
    return None


def utf8_place(data: bytes, at: int) -> Border | None:
    first, start = next_character(data, 0), next_character(data, at)
    # of what is no text, each byte becomes one character, and can be counted
    before = data[first:start].decode(UTF8, "surrogateescape")
    behind = codecs.getincrementaldecoder(UTF8)("surrogateescape").decode(data[start:])
    text = before + behind
    place = first_place(text, len(before))
    if not place:
        return None
    return Border(first + len(text[:place].encode(UTF8, "surrogateescape")), text[place - 1])


def next_character(data: bytes, at: int) -> int:
    """The first byte from here on that no character of UTF-8 has inside."""
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at
