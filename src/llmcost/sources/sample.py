"""Totals of large inputs told from a sample: units are drawn in rounds, and counted, until the
totals are as precise as is wanted.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil

import msgspec

from llmcost.errors import UnreadableInput
from llmcost.messages import say
from llmcost.planning.sampling import Drawn, Sample, allotted, needed, sample_of
from llmcost.pricing.usage import Count
from llmcost.sources.listing import Listing
from llmcost.sources.units import Unit

FIRST = 400
"""Units of the first round: in fewer, a part unlike the rest is too often missed altogether."""

FEWEST = 16


class Measured(msgspec.Struct, frozen=True):
    """What a unit holds: bytes as read, counts by tokenizer. `problem`: why it cannot be read."""

    bytes: int
    counts: Mapping[str, Count]
    problem: str = ""


Measure = Callable[[Iterable[Unit]], Iterable[Measured]]
"""Reads and counts units, giving one answer for each in their order; a pool of processes may."""


class Sampled(msgspec.Struct, frozen=True):
    """What was listed: `counts` with the bounds of their intervals, and `totals`, the same without
    the margin. `read`: bytes of the units that were counted; `relative`: how far off the least
    certain total may be, as a part of it; `weights`: how many units each unit stands for;
    `problems`: what could not be read, for which the others stand."""

    counts: Mapping[str, Count]
    totals: Mapping[str, Count]
    read: int
    relative: float
    weights: Sequence[tuple[Unit, float]]
    problems: Sequence[tuple[str, str]]


def sample(
    listing: Listing, measure: Measure, *, limit: int | None = None, precision: float | None = None
) -> Sampled:
    """Reads `limit` bytes or somewhat more, or less if all totals are then sure to `precision` (a
    part of them, in 95 of 100 samples). Without either, all that the listing has kept.

    Raises UnreadableInput if nothing of it could be read, ValueError if there is nothing.
    """
    if not listing.bytes:
        raise ValueError("nothing was listed that could be sampled")
    most = listing.bytes if limit is None else min(limit, listing.bytes)
    rounds = Rounds(listing, measure, most)
    aim = most if precision is None else min(most, rounds.first)
    while rounds.read_up_to(aim) and precision is not None and aim < most:
        found = rounds.sample().relative()
        if found <= precision:
            break
        aim = min(most, needed(rounds.read, listing.bytes, found, precision))
    return rounds.result()


class Rounds:
    """What was drawn and counted so far. `first`: the bytes of a first round."""

    def __init__(self, listing: Listing, measure: Measure, limit: int) -> None:
        units = max(FEWEST, min(FIRST, limit // listing.block))
        self.strata, self.order = listing.strata(units)
        self.measure = measure
        self.units: list[Unit] = []
        self.drawn: list[Drawn] = []
        self.problems: list[tuple[str, str]] = []
        self.taken = [0] * len(self.strata)
        self.first = self.expected(units)
        self.read = 0

    def expected(self, units: int) -> int:
        """The bytes of so many units, as they are allotted."""
        wanted = allotted(self.strata, units)
        return sum(
            min(most, len(kept)) * one.bytes // one.units
            for most, kept, one in zip(wanted, self.order, self.strata, strict=True)
        )

    def read_up_to(self, bytes: int) -> bool:
        """Whether there was anything more to count."""
        everything = sum(one.bytes for one in self.strata)
        most = max(ceil(one.units * everything / one.bytes) for one in self.strata)
        units = bisect_left(range(1, most), bytes, key=self.expected) + 1
        fresh = self.fresh(allotted(self.strata, units))
        for (stratum, unit), found in zip(
            fresh, self.measure(unit for _, unit in fresh), strict=True
        ):
            if found.problem:
                self.problems.append((unit.path, found.problem))
                continue
            self.drawn.append(Drawn(stratum, found.bytes, found.counts, len(self.units)))
            self.units.append(unit)
            self.read += found.bytes
        return bool(fresh)

    def fresh(self, wanted: Sequence[int]) -> list[tuple[int, Unit]]:
        """The units that are missing to so many of each stratum, in the order of the files."""
        found: list[tuple[int, Unit]] = []
        for stratum, most in enumerate(wanted):
            more = self.order[stratum][self.taken[stratum] : most]
            self.taken[stratum] += len(more)
            found += ((stratum, unit) for unit in more)
        return sorted(found, key=lambda one: one[1])

    def sample(self) -> Sample:
        if not self.drawn:
            raise self.nothing_read()
        return sample_of(self.strata, self.drawn)

    def nothing_read(self) -> UnreadableInput:
        for path, problem in self.problems:
            said = say(
                "nothing of the sample could be read; `{path}`: {problem}",
                path=path,
                problem=problem,
            )
            return UnreadableInput(said)
        return UnreadableInput(say("nothing of the sample could be read"))

    def result(self) -> Sampled:
        found = self.sample()
        weights = found.weights()
        return Sampled(
            counts=found.counts(),
            totals={key: found.total(key) for key in found.keys},
            read=self.read,
            relative=found.relative(),
            weights=[(unit, weights[number]) for number, unit in enumerate(self.units)],
            problems=self.problems,
        )
