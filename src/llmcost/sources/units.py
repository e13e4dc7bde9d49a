"""The units in which files are sampled: blocks of some kilobytes, or whole files.

The blocks of a file are the file: each begins at the first line that starts at or behind its place,
and goes on to where the next one begins. So a block is found without reading what is before it, and
every line is in one.
"""

import codecs
import os
import re
from enum import StrEnum
from functools import lru_cache
from typing import BinaryIO

import msgspec

from llmcost.messages import say
from llmcost.sources.addresses import is_address, open_address
from llmcost.sources.packed import Damaged, kind_of
from llmcost.sources.read import MARKS, UNMARKED, stated
from llmcost.sources.walk import HEAD, is_binary

BLOCK = 1 << 14
"""Bytes from one place to the next. Neighbours are alike, so the bytes that make a precision grow
nearly as the blocks do; below this, what it takes to find a block, 0.2 ms here and more on a disk
that turns, would show beside what it takes to count one, 2 to 4 ms."""

STEP = 1 << 12
LONGEST_STEP = 1 << 20
FAR_STEP = 1 << 17
"""Bytes that one request to a store brings: most blocks with what is looked at around them."""
# Where no tokenizer that we carry takes up something of the next line, see tokens.splitting.
NEXT_LINE = r"\n(?=[ \t]*[^\s/])"
# The byte that tells the second half of a pair.
LOW_HALVES = {"utf-16-le": 1, "utf-16-be": 0}


class Layout(StrEnum):
    """Where a file may be cut. `text`: before lines, and within one that is longer than a block;
    `lines`: only before lines, each of which is a request; `whole`: nowhere, since it is packed."""

    TEXT = "text"
    LINES = "lines"
    WHOLE = "whole"


class Unit(msgspec.Struct, frozen=True, order=True):
    """A block of a file by its number, or a `whole` file. `size`: bytes, before the cut at lines.
    `is_named`: by the user, so it is text whatever it holds."""

    path: str
    index: int
    size: int
    layout: Layout = Layout.TEXT
    is_named: bool = False


class Block(msgspec.Struct, frozen=True):
    """What a unit holds: bytes as read, and the text that they are; none if they are binary."""

    bytes: int
    text: str


class Beginning(msgspec.Struct, frozen=True):
    """What the first bytes of a file say of it. A wide encoding has its byte order in the name."""

    encoding: str
    is_binary: bool
    packed: str = ""  # how


def read_unit(unit: Unit, encoding: str = "utf-8", block: int = BLOCK) -> Block:
    """The text of a unit of a file that may be cut. What is not text becomes U+FFFD.

    A file that was listed as larger than it now is has less in its last blocks, or nothing.
    Raises OSError.
    """
    begins = beginning(unit.path, encoding)
    if begins.packed:
        raise Damaged(say("its name does not say that it is packed ({kind})", kind=begins.packed))
    with at_hand(unit.path) as file:
        cut = Cut(file, begins.encoding, block, only_lines=unit.layout is Layout.LINES)
        start, end = cut.place(unit.index), cut.place(unit.index + 1)
        file.seek(start)
        content = file.read(end - start)
    if begins.is_binary and not unit.is_named:
        return Block(len(content), "")
    text = content.decode(begins.encoding, errors="replace")
    is_wide = begins.encoding.startswith(tuple(UNMARKED))
    return Block(len(content), text.removeprefix("\ufeff") if is_wide and not start else text)


def at_hand(path: str) -> BinaryIO:
    """A file of which little is read. Raises OSError, UnreadableInput."""
    if is_address(path):
        return open_address(path, stated(path), FAR_STEP)
    return open(path, "rb")  # noqa: PTH123 - also names that Path refuses


@lru_cache(maxsize=4096)
def beginning(path: str, encoding: str) -> Beginning:
    with at_hand(path) as file:
        head = file.read(HEAD)
    if encoding == "utf-8" or encoding in UNMARKED:
        wide = next(((mark, one) for mark, one in MARKS if head.startswith(mark)), None)
        if wide is not None and encoding in ("utf-8", wide[1]):
            is_big = wide[0] in (codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
            encoding = f"{wide[1]}-{'be' if is_big else 'le'}"
    return Beginning(UNMARKED.get(encoding, encoding), is_binary(head), kind_of(head))


class Cut:
    """Where the blocks of a file begin. The same for each block that asks, so that they fit."""

    def __init__(self, file: BinaryIO, encoding: str, block: int, *, only_lines: bool) -> None:
        self.file = file
        self.size = file.seek(0, os.SEEK_END)
        self.block = block
        self.only_lines = only_lines
        self.encoding = encoding
        self.newline = "\n".encode(encoding)
        is_narrow = self.newline == b"\n"
        # of wide characters: the end of any line, if it stands where a character does
        self.pattern = re.compile(NEXT_LINE.encode() if is_narrow else re.escape(self.newline))

    def place(self, index: int) -> int:
        """Where block `index` begins, or the file ends."""
        at = index * self.block
        if at <= 0 or at >= self.size:
            return max(0, min(at, self.size))
        found = self.next_line(at)
        if found is not None:
            return found
        return self.size if self.only_lines else self.next_character(at)

    def next_line(self, at: int) -> int | None:
        """The start of a line at `at` or behind, within a block unless there must be one."""
        width = len(self.newline)
        end = self.size if self.only_lines else min(self.size, at + self.block)
        start, held, step = at - width, b"", STEP
        self.file.seek(start)
        # one byte more than lines may start at, to see what stands there
        while read := self.file.read(min(step, end + width - start - len(held))):
            held += read
            for found in self.pattern.finditer(held):
                place = start + found.end()
                if place <= end and not (place - at) % width:
                    return place
            kept = held.rfind(self.newline[:1])
            start, held = (start + len(held), b"") if kept < 0 else (start + kept, held[kept:])
            step = min(2 * step, LONGEST_STEP)
        return None

    def next_character(self, at: int) -> int:
        """The same place, or behind the rest of a character that goes over it."""
        self.file.seek(at)
        rest = self.file.read(4)
        if self.encoding == "utf-8":
            ends = len(rest) if len(rest) < 4 else 0  # four of these in a row are no text
            return at + next((i for i, byte in enumerate(rest) if byte & 0xC0 != 0x80), ends)
        if self.encoding in LOW_HALVES:
            is_half = len(rest) > 1 and rest[LOW_HALVES[self.encoding]] & 0xFC == 0xDC
            return at + 2 if is_half else at
        return at
