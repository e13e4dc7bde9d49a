"""Ratio estimator: what a whole text has, from units of it that were drawn by chance.

The design is stratified: a stratum is a stretch of the listing, a file or a part of one where files
are large, and units are drawn from each without replacement. Tokens go with bytes, whose sum is
known, so a total is bytes times the ratio of tokens to bytes (Cochran, Sampling Techniques, 3rd
ed., chapter 6). There are few units in each stratum, where separate ratios would be biased (6.12),
so the strata of a group have one ratio, "combined"; groups, of units of another size or kind, have
each their own. Variances are by stratum around that ratio, with the finite population correction.
The interval is Student's t at Satterthwaite's degrees of freedom (5.4), which are few if a few
strata vary most, and never narrower than what may have been missed altogether.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, floor, inf, sqrt

import msgspec

from llmcost.pricing.usage import Count

LEAST = 2  # units of a stratum: one alone shows no variance
_WIDER = 1.05  # totals are a little skewed, and rounds end where intervals are narrow: measured
_UNSEEN = 3.0  # a part of 3/n of all is among n units in 95 of 100 samples ("rule of three")
_SPARE = 1.2  # a round aims so far beyond what the one before it says is needed
_GROWTH = 2  # and at most at so many times as much, since that was a chance, too
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)  # at 97.5 %
_Z = 1.959964


class Stratum(msgspec.Struct, frozen=True):
    """So many units with so many bytes together. Those of one `group` share a ratio."""

    group: int
    units: int
    bytes: int


class Drawn(msgspec.Struct, frozen=True):
    """A unit that was read: its stratum by number, its bytes, what was counted in it. `number`: the
    how manieth it was."""

    stratum: int
    bytes: int
    counts: Mapping[str, Count]
    number: int = 0


class Interval(msgspec.Struct, frozen=True):
    """An estimated total, and how far the truth may be from it in 95 of 100 samples."""

    total: float
    margin: float

    @property
    def relative(self) -> float:
        return self.margin / self.total if self.total else inf if self.margin else 0.0


class StratumPool(msgspec.Struct, frozen=True):
    """A stratum, or several with too few units drawn for a variance of each."""

    units: int
    bytes: int
    drawn: tuple[Drawn, ...]

    @property
    def is_enough(self) -> bool:
        return len(self.drawn) >= min(LEAST, self.units)


class Sample(msgspec.Struct, frozen=True):
    """What was drawn from the strata, as pools by group."""

    groups: tuple[tuple[StratumPool, ...], ...]

    @property
    def drawn(self) -> Iterator[Drawn]:
        return (one for group in self.groups for pool in group for one in pool.drawn)

    @property
    def keys(self) -> Sequence[str]:
        return [*next(self.drawn).counts]

    def counts(self) -> dict[str, Count]:
        """The total of each kind of count, with the bounds of its interval; those of an estimated
        count are what its own bounds add up to, and the margins besides."""
        return {key: self.count(key) for key in self.keys}

    def count(self, key: str) -> Count:
        found = [one.counts[key] for one in self.drawn]
        exact = all(one.exact for one in found)
        whole = self.interval(lambda one: one.counts[key].tokens)
        lowest = whole if exact else self.interval(lambda one: one.counts[key].low)
        highest = whole if exact else self.interval(lambda one: one.counts[key].high)
        tokens = round(whole.total)
        seen = sum(one.low for one in found)
        low = min(tokens, max(seen, floor(tidy(lowest.total - lowest.margin))))
        high = max(tokens, ceil(tidy(highest.total + highest.margin)))
        return Count(tokens, low, high, found[0].method, exact and low == high)

    def total(self, key: str) -> Count:
        """The same without the margin: the bounds are those of an estimated count alone."""
        found = [one.counts[key] for one in self.drawn]
        tokens = round(self.interval(lambda one: one.counts[key].tokens).total)
        exact = all(one.exact for one in found)
        if exact:
            return Count(tokens, tokens, tokens, found[0].method, exact)
        low = round(self.interval(lambda one: one.counts[key].low).total)
        high = round(self.interval(lambda one: one.counts[key].high).total)
        return Count(tokens, min(low, tokens), max(high, tokens), found[0].method, exact)

    def relative(self) -> float:
        """How far off the least certain of the totals may be, as a part of it."""
        return max(self.margin(key) for key in self.keys)

    def margin(self, key: str) -> float:
        return self.interval(lambda one: one.counts[key].tokens).relative

    def interval(self, value: Callable[[Drawn], float]) -> Interval:
        """The total over all units of what `value` says of one."""
        found = [ratio_of(group, value) for group in self.groups]
        total = sum(ratio.total for ratio in found)
        variances = [one for ratio in found for one in ratio.variances if one[0]]
        variance = sum(one for one, _ in variances)
        if not variance:
            return Interval(total, self.unseen() * total)
        # pools of few units vary in their variances, too
        freedom = variance**2 / sum(one**2 / degrees for one, degrees in variances)
        margin = _WIDER * student(freedom) * sqrt(variance)
        return Interval(total, max(margin, self.unseen() * total))

    def unseen(self) -> float:
        """The part of the total that no unit drawn may have told of: what stands in too few places
        to be met, taken to have twice the tokens of the rest, or none."""
        whole = sum(pool.bytes for group in self.groups for pool in group)
        drawn = list(self.drawn)
        return _UNSEEN / len(drawn) * max(0.0, 1 - sum(one.bytes for one in drawn) / (whole or 1))

    def weights(self) -> dict[int, float]:
        """How many units each one drawn stands for, by its number."""
        return {
            one.number: ratio.scale * pool.units / len(pool.drawn)
            for group in self.groups
            for ratio in [ratio_of(group, lambda one: one.bytes)]
            for pool in group
            for one in pool.drawn
        }


def sample_of(strata: Sequence[Stratum], drawn: Sequence[Drawn]) -> Sample:
    """The units by stratum. A stratum of which too few could be read is taken together with the one
    beside it, and a group with the one before it. Raises ValueError if none was read at all."""
    if not drawn:
        raise ValueError("a sample of nothing tells nothing")
    by_stratum: list[list[Drawn]] = [[] for _ in strata]
    for one in drawn:
        by_stratum[one.stratum].append(one)
    groups: dict[int, list[StratumPool]] = {}
    for stratum, found in zip(strata, by_stratum, strict=True):
        pool = StratumPool(stratum.units, stratum.bytes, tuple(found))
        groups.setdefault(stratum.group, []).append(pool)
    together: list[list[StratumPool]] = []
    for group in groups.values():
        if together and not (has_ratio(group) and has_ratio(together[-1])):
            together[-1] += group
        else:
            together.append(group)
    return Sample(tuple(tuple(pooled(group)) for group in together))


def has_ratio(group: Sequence[StratumPool]) -> bool:
    drawn = [one for pool in group for one in pool.drawn]
    return len(drawn) >= min(LEAST, sum(one.units for one in group)) and any(
        one.bytes for one in drawn
    )


def pooled(group: Sequence[StratumPool]) -> list[StratumPool]:
    """Each pool with enough units; what has too few joins its neighbour."""
    found: list[StratumPool] = []
    for pool in group:
        if found and not (found[-1].is_enough and pool.is_enough):
            pool = joined(found.pop(), pool)
        found.append(pool)
    return found


def joined(one: StratumPool, other: StratumPool) -> StratumPool:
    return StratumPool(one.units + other.units, one.bytes + other.bytes, one.drawn + other.drawn)


class RatioEstimate(msgspec.Struct, frozen=True):
    """The total of a group by its ratio. `scale` is how much larger the group is than its units
    say, in bytes; `variances` are what each pool adds, and its degrees of freedom."""

    total: float
    scale: float
    variances: Sequence[tuple[float, int]]


def ratio_of(group: Sequence[StratumPool], value: Callable[[Drawn], float]) -> RatioEstimate:
    pools = [pool for pool in group if pool.drawn]
    pairs = [[(one.bytes, value(one)) for one in pool.drawn] for pool in pools]
    weights = [pool.units / len(pool.drawn) for pool in pools]
    weighed = list(zip(weights, pairs, strict=True))
    bytes = sum(weight * sum(x for x, _ in found) for weight, found in weighed)
    if not bytes:
        return RatioEstimate(0.0, 1.0, ())
    ratio = sum(weight * sum(y for _, y in found) for weight, found in weighed) / bytes
    whole = sum(pool.bytes for pool in group)
    scale = whole / bytes
    variances = [
        (scale**2 * variance(pool.units, [y - ratio * x for x, y in found]), len(found) - 1)
        for pool, found in zip(pools, pairs, strict=True)
    ]
    return RatioEstimate(ratio * whole, scale, variances)


def variance(units: int, drawn: Sequence[float]) -> float:
    """Of the total over so many units, told from some of them."""
    if len(drawn) < LEAST or len(drawn) >= units:
        return 0.0
    mean = sum(drawn) / len(drawn)
    spread = sum((one - mean) ** 2 for one in drawn) / (len(drawn) - 1)
    return units**2 * (1 - len(drawn) / units) * spread / len(drawn)


def allotted(strata: Sequence[Stratum], units: int) -> list[int]:
    """How many units to draw of each stratum: by its bytes, as tokens go, but at least LEAST."""
    whole = sum(one.bytes for one in strata) or 1
    return [min(one.units, max(LEAST, ceil(units * one.bytes / whole))) for one in strata]


def needed(units: int, of: int, relative: float, precision: float) -> int:
    """How many units of so many, or bytes, make the interval as narrow as `precision`, if so many
    made it `relative`; with something to spare.

    Rounds that stop as soon as an interval is narrow enough would stop at those that are too narrow
    by chance. So the first round is large, each other one goes beyond what it is said to need.
    """
    if units >= of:
        return of
    variance = relative**2 / (1 / units - 1 / of)
    if not variance:
        return units
    found = ceil(1 / (precision**2 / (_SPARE * variance) + 1 / of))
    return min(of, max(found, units + 1), _GROWTH * units)


def student(freedom: float) -> float:
    """The 97.5 % quantile of Student's t, of the next lower whole number where they are few."""
    if freedom < len(_T) + 1:
        return _T[max(0, floor(freedom) - 1)]
    z, n = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def tidy(value: float) -> float:
    """Without the last bits, which would carry a whole number over to the next."""
    return round(value, 3)
