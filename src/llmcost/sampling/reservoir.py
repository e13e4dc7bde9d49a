"""Draw units by chance from a listing of files as it comes, in bounded memory.

Blocks are a row, and so are files below a block of about one size. A row is kept as stretches of
the listing with the same number of units each, so that every folder, file and part of a large file
has its share of the sample. Of a stretch only the units with the largest random keys are kept,
which are a sample of it without replacement. Where there are too many stretches, each two beside
each other become one.

The units are blocks of some kilobytes, or whole files. The blocks of a file are the file: each
begins at the first line that starts at or behind its place, and goes on to where the next one
begins. So a block is found without reading what is before it, and every line is in one.
"""

import codecs
import heapq
import os
import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from math import log
from random import Random
from typing import BinaryIO

import msgspec

from llmcost.inputs.compression import Damaged, kind_of
from llmcost.inputs.discovery import HEAD, is_binary
from llmcost.inputs.object_storage import is_address, open_address
from llmcost.inputs.text_stream import CHINESE, MARKS, UNMARKED, UTF8, encoding_of, stated
from llmcost.messages import say
from llmcost.sampling.statistics import Stratum

BLOCK = 1 << 14
"""Bytes from one place to the next. Neighbours are alike, so the bytes that make a precision grow
nearly as the blocks do; below this, what it takes to find a block, 0.2 ms here and more on a disk
that turns, would show beside what it takes to count one, 2 to 4 ms."""

STEP = 1 << 12
LONGEST_STEP = 1 << 20
FAR_STEP = 1 << 17
"""Bytes that one request to a store brings: most blocks with what is looked at around them."""
# Where no tokenizer that we carry takes up something of the next line, see tokenizers.chunking.
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


class SampleBlock(msgspec.Struct, frozen=True):
    """What a unit holds: bytes as read, and the text that they are; none if they are binary.
    `is_guessed`: they are GB18030, without a name that says so."""

    bytes: int
    text: str
    is_guessed: bool = False


class Beginning(msgspec.Struct, frozen=True):
    """What the first bytes of a file say of it. A wide encoding has its byte order in the name."""

    encoding: str
    is_binary: bool
    packed: str = ""  # how


def read_unit(unit: Unit, encoding: str = "utf-8", block: int = BLOCK) -> SampleBlock:
    """The text of a unit of a file that may be cut. What is not text becomes U+FFFD.

    A file that was listed as larger than it now is has less in its last blocks, or nothing.
    Raises OSError.
    """
    begins = beginning(unit.path, encoding)
    if begins.packed:
        raise Damaged(say("its name does not say that it is packed ({kind})", kind=begins.packed))
    with at_hand(unit.path) as file:
        cut = BlockBorders(file, begins.encoding, block, only_lines=unit.layout is Layout.LINES)
        start, end = cut.place(unit.index), cut.place(unit.index + 1)
        file.seek(start)
        content = file.read(end - start)
    if begins.is_binary and not unit.is_named:
        return SampleBlock(len(content), "")
    is_guessed = begins.encoding == UTF8 and encoding_of(content) != UTF8
    if is_guessed:
        return SampleBlock(len(content), content.decode(CHINESE, errors="replace"), True)
    text = content.decode(begins.encoding, errors="replace")
    is_wide = begins.encoding.startswith(tuple(UNMARKED))
    return SampleBlock(len(content), text.removeprefix("\ufeff") if is_wide and not start else text)


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


class BlockBorders:
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


STRETCHES = 128  # of a row, and half as many in a long listing
KEPT = 256  # units of a stretch
FEW = 8
"""Units of a stratum in a first round. Two would make finer strata; but their variances are told
too badly where one has a border of two languages in it: 91 of 100 intervals hold, with 8 95."""


Kept = tuple[float, Unit]


class SampledListing:
    """Files in the order in which they are listed. `kept`: how many units may be drawn of each of
    some hundred stretches at most; memory goes with it."""

    def __init__(self, seed: int = 0, block: int = BLOCK, kept: int = KEPT) -> None:
        self.block = block
        self.files = 0
        self.bytes = 0
        self.sizes: dict[int, tuple[int, int]] = {}
        """Files, and bytes of them all, by size: of each power of two there are eight kinds."""
        self._chance = Random(seed)
        self._kept = kept
        self._rows: dict[tuple[bool, bool, int], UnitRow] = {}

    def add(
        self, path: str, size: int, layout: Layout = Layout.TEXT, *, is_named: bool = False
    ) -> None:
        """A file of so many bytes, which are not looked at."""
        self.files += 1
        self.bytes += size
        kind = kind_of_unit(size)
        files, bytes = self.sizes.get(kind, (0, 0))
        self.sizes[kind] = files + 1, bytes + size
        whole, rest = (0, size) if layout is Layout.WHOLE else divmod(size, self.block)
        row = self._row(layout, self.block if whole else size)
        if whole:
            row.add(Unit(path, 0, self.block, layout, is_named), whole)
        if rest:
            # in the row of the others, since the line before it may go on into it
            row.add(Unit(path, whole, rest, layout, is_named), 1)

    def _row(self, layout: Layout, size: int) -> "UnitRow":
        # not by the layout itself, whose hash takes as long as all the rest
        kind = layout is Layout.WHOLE, layout is Layout.LINES, size.bit_length() // 2
        row = self._rows.get(kind)
        if row is None:
            row = self._rows[kind] = UnitRow(self._chance, self._kept)
        return row

    def strata(self, units: int) -> tuple[list[Stratum], list[list[Unit]]]:
        """Strata of which a first round of so many units draws FEW each, and their units in the
        order in which they are drawn."""
        strata: list[Stratum] = []
        order: list[list[Unit]] = []
        for group, row in enumerate(one for one in self._rows.values() if one.stretches):
            share = units * sum(one.bytes for one in row.stretches) / self.bytes
            stretches = row.at_most(max(1, int(share / FEW)))
            strata += (Stratum(group, one.units, one.bytes) for one in stretches)
            order += ([unit for _, unit in sorted(one.kept, reverse=True)] for one in stretches)
        return strata, order


class UnitRow:
    """Units of about one size, as stretches of `span` units; the last one may be shorter."""

    def __init__(self, chance: Random, kept: int) -> None:
        self.stretches: list[UnitStretch] = []
        self.span = 1
        self._chance = chance
        self._kept = kept

    def add(self, unit: Unit, times: int) -> None:
        """So many units, of which `unit` is the first."""
        while times:
            if not self.stretches or self.stretches[-1].units == self.span:
                if len(self.stretches) == STRETCHES:
                    self.stretches = halved(self.stretches, self._chance, self._kept)
                    self.span *= 2
                self.stretches.append(UnitStretch())
            last = self.stretches[-1]
            taken = min(times, self.span - last.units)
            last.add(unit, taken, self._chance, self._kept)
            unit, times = following(unit, taken), times - taken

    def at_most(self, stretches: int) -> list["UnitStretch"]:
        found = self.stretches
        while len(found) > stretches:
            units = sum(one.units for one in found)
            is_all = units == sum(len(one.kept) for one in found)
            found = halved(found, self._chance, units if is_all else self._kept)
        return found


class UnitStretch:
    """Units beside each other: how many, their bytes, and those kept, the least key first. `skip`:
    how many of the next ones are not kept."""

    def __init__(self) -> None:
        self.units = 0
        self.bytes = 0
        self.kept: list[Kept] = []
        self.skip = 0

    def add(self, unit: Unit, times: int, chance: Random, most: int) -> None:
        """So many units, of which `unit` is the first.

        How many are passed over is drawn, so that of a large file only those are looked at that are
        kept (Algorithm L of Li, 1994).
        """
        while self.skip < times:
            least = self.kept[0][0] if len(self.kept) >= most else 0.0
            key = least + (1 - least) * chance.random()
            put = heapq.heappushpop if least else heapq.heappush
            put(self.kept, (key, following(unit, self.skip)))
            self.skip += 1 + passed_over(self.kept, chance, most)
        self.skip -= times
        self.units += times
        self.bytes += times * unit.size


def passed_over(kept: Sequence[Kept], chance: Random, most: int) -> int:
    """How many keys in a row are below the least that is kept."""
    if len(kept) < most:
        return 0
    return int(log(1 - chance.random()) / log(kept[0][0]))


def halved(stretches: Sequence[UnitStretch], chance: Random, most: int) -> list[UnitStretch]:
    return [joined(stretches[at : at + 2], chance, most) for at in range(0, len(stretches), 2)]


def joined(stretches: Sequence[UnitStretch], chance: Random, most: int) -> UnitStretch:
    whole = UnitStretch()
    for one in stretches:
        whole.units += one.units
        whole.bytes += one.bytes
        whole.kept += one.kept
    whole.kept = heapq.nlargest(most, whole.kept)
    heapq.heapify(whole.kept)
    whole.skip = passed_over(whole.kept, chance, most)
    return whole


def following(unit: Unit, by: int) -> Unit:
    """The unit that is so many blocks behind."""
    if not by:
        return unit
    return Unit(unit.path, unit.index + by, unit.size, unit.layout, unit.is_named)


def kind_of_unit(size: int) -> int:
    """Eight kinds of each power of two; below 16, each size is one."""
    bits = max(0, size.bit_length() - 4)
    return bits * 16 + (size >> bits)
