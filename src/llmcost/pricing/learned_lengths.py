"""Lengths of answers learned from a user's own traffic, with bounds that hold for the next request.

The bounds are order statistics with the finite-sample correction of split conformal prediction: if
the next request comes from the same traffic as the n before it, it is equally likely to fall into
any of the n + 1 places between them, so that 80 % of these are inside (Vovk et al., 2005; between
two samples the bound is interpolated, as Beran and Hall, 1993, do). With fewer than LEAST samples
the bounds are widened, and with very few they are those of all models, about the middle of the
samples.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import exp, floor, log, sqrt

import msgspec

from llmcost.pricing.output_lengths import HIGH, LOW, Length

LEAST = 30
"""Samples, below which bounds are widened."""
SCHEMA = "llmcost.lengths/1"


class LearnedLength(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Output tokens of `n` requests of a model (its key); `task`: of one kind, empty for all."""

    model: str
    n: int
    low: float
    middle: float
    high: float
    mean: float
    task: str = ""

    @property
    def length(self) -> Length:
        source = f"your log: {self.model}, n = {self.n:,}"
        return Length(self.low, self.middle, self.high, self.mean, (source,), is_measured=True)


class LearnedLengths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calibration file."""

    schema: str
    made: str
    rows: tuple[LearnedLength, ...]

    def of(self, keys: Iterable[str], task: str) -> LearnedLength | None:
        """What was learned of the first of these models, of its task before all tasks."""
        by_name = {(one.model, one.task): one for one in self.rows}
        for key in keys:
            found = by_name.get((key, task)) or by_name.get((key, ""))
            if found is not None:
                return found
        return None


Samples = Mapping[float, int]
"""How many requests wrote so many tokens."""


def at_rank(samples: Sequence[tuple[float, int]], rank: int) -> float:
    """The value of a rank, from 1 on, of samples in ascending order."""
    seen = 0
    for value, number in samples:
        seen += number
        if seen >= rank:
            return value
    return samples[-1][0]


def between_ranks(samples: Sequence[tuple[float, int]], rank: float) -> float:
    """The value between two ranks, by which the bounds hold as often as they should, and not more
    (Beran and Hall, 1993)."""
    whole = floor(rank)
    low, high = at_rank(samples, whole), at_rank(samples, whole + 1)
    return low + (rank - whole) * (high - low)


def bounds(samples: Sequence[tuple[float, int]], share: float) -> tuple[float, float] | None:
    """The bounds between which the next sample lies with a chance of `share`; None: there are too
    few samples for any."""
    n = sum(number for _value, number in samples)
    below = round((n + 1) * (1 - share) / 2, 9)
    if below < 1:
        return None
    return between_ranks(samples, below), between_ranks(samples, n + 1 - below)


def learned(model: str, samples: Samples, usual: Length, task: str = "") -> LearnedLength:
    """What samples of at least one request say; `usual`: the length that is known of all models,
    whose spread stands in where there are too few."""
    ordered = sorted(samples.items())
    n = sum(samples.values())
    middle = max(1.0, at_rank(ordered, (n + 1) // 2))
    mean = sum(value * number for value, number in ordered) / n
    found = bounds(ordered, HIGH - LOW)
    if found is None:
        found = middle * usual.low / usual.middle, middle * usual.high / usual.middle
    low, high = (max(1.0, one) for one in found)
    if n < LEAST:
        factor = sqrt(LEAST / n)
        low = max(1.0, middle / exp(factor * log(max(middle / low, 1))))
        high = middle * exp(factor * log(max(high / middle, 1)))
    low, middle, high, mean = (round(one, 1) for one in (low, middle, high, mean))
    return LearnedLength(model, n, low, middle, high, mean, task)
