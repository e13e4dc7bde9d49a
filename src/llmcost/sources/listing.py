"""A listing of files as it comes, of which units are drawn by chance, in bounded memory.

Blocks are a row, and so are files below a block of about one size. A row is kept as stretches of
the listing with the same number of units each, so that every folder, file and part of a large file
has its share of the sample. Of a stretch only the units with the largest random keys are kept,
which are a sample of it without replacement. Where there are too many stretches, each two beside
each other become one.
"""

import heapq
from collections.abc import Sequence
from math import log
from random import Random

from llmcost.planning.sampling import Stratum
from llmcost.sources.units import BLOCK, Layout, Unit

STRETCHES = 128  # of a row, and half as many in a long listing
KEPT = 256  # units of a stretch
FEW = 8
"""Units of a stratum in a first round. Two would make finer strata; but their variances are told
too badly where one has a border of two languages in it: 91 of 100 intervals hold, with 8 95."""


Kept = tuple[float, Unit]


class Listing:
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
        self._rows: dict[tuple[bool, bool, int], Row] = {}

    def add(
        self, path: str, size: int, layout: Layout = Layout.TEXT, *, is_named: bool = False
    ) -> None:
        """A file of so many bytes, which are not looked at."""
        self.files += 1
        self.bytes += size
        kind = kind_of(size)
        files, bytes = self.sizes.get(kind, (0, 0))
        self.sizes[kind] = files + 1, bytes + size
        whole, rest = (0, size) if layout is Layout.WHOLE else divmod(size, self.block)
        row = self._row(layout, self.block if whole else size)
        if whole:
            row.add(Unit(path, 0, self.block, layout, is_named), whole)
        if rest:
            # in the row of the others, since the line before it may go on into it
            row.add(Unit(path, whole, rest, layout, is_named), 1)

    def _row(self, layout: Layout, size: int) -> "Row":
        # not by the layout itself, whose hash takes as long as all the rest
        kind = layout is Layout.WHOLE, layout is Layout.LINES, size.bit_length() // 2
        row = self._rows.get(kind)
        if row is None:
            row = self._rows[kind] = Row(self._chance, self._kept)
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


class Row:
    """Units of about one size, as stretches of `span` units; the last one may be shorter."""

    def __init__(self, chance: Random, kept: int) -> None:
        self.stretches: list[Stretch] = []
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
                self.stretches.append(Stretch())
            last = self.stretches[-1]
            taken = min(times, self.span - last.units)
            last.add(unit, taken, self._chance, self._kept)
            unit, times = following(unit, taken), times - taken

    def at_most(self, stretches: int) -> list["Stretch"]:
        found = self.stretches
        while len(found) > stretches:
            units = sum(one.units for one in found)
            is_all = units == sum(len(one.kept) for one in found)
            found = halved(found, self._chance, units if is_all else self._kept)
        return found


class Stretch:
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


def halved(stretches: Sequence[Stretch], chance: Random, most: int) -> list[Stretch]:
    return [joined(stretches[at : at + 2], chance, most) for at in range(0, len(stretches), 2)]


def joined(stretches: Sequence[Stretch], chance: Random, most: int) -> Stretch:
    whole = Stretch()
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


def kind_of(size: int) -> int:
    """Eight kinds of each power of two; below 16, each size is one."""
    bits = max(0, size.bit_length() - 4)
    return bits * 16 + (size >> bits)
