"""Users that differ, and how far that moves a month's total: closed forms, and simulated months.

A user's requests in a month are exp(a line of the normal score): one line is a log-normal, several
lines meet at the percentiles that are known. `random` and `statistics` are imported where they are
needed: together they take as long to load as the rest of a command.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from math import erfc, exp, fsum, inf, log, log1p, pi, sqrt

import msgspec

from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.money import MOST

MONTHS = 10_000
ONE_BY_ONE = 100
"""Users of each month that are drawn one by one, on average: the heaviest. The others come as
their sum, which is normal: none of them is large beside a hundred that are larger."""
P90, P99 = 1.2815515655446004, 2.3263478740408408  # normal scores
_OFF_THE_ENDS = 1e-6  # of a stratum: shares of 0 and 1 have no score
_LARGE = 30.0


class SpreadLine(msgspec.Struct, frozen=True):
    """log(requests) = `height` + `slope` x (score - `at`), for scores from `low` to `high`."""

    low: float
    high: float
    at: float
    height: float
    slope: float


class Quantiles(msgspec.Struct, frozen=True):
    p50: float
    p90: float
    p99: float


class Users(msgspec.Struct, frozen=True):
    """Requests of a user in a month. `lines` follow each other from -inf to inf and only rise."""

    lines: tuple[SpreadLine, ...]

    @property
    def mean(self) -> float:
        return self.moment(1)

    @property
    def alike(self) -> bool:
        return not any(line.slope for line in self.lines)

    def moment(self, order: int, low: float = -inf, high: float = inf) -> float:
        """Of the users whose scores are between these, the mean of requests ** order, times their
        share of all users. Raises OverflowError if it is beyond floats."""
        return fsum(
            _integral(line, order, max(low, line.low), min(high, line.high))
            for line in self.lines
            if max(low, line.low) < min(high, line.high)
        )

    def requests(self, scores: Sequence[float]) -> list[float]:
        """Of the users with these normal scores, which ascend."""
        found: list[float] = []
        for line in self.lines:
            inside = scores[bisect_left(scores, line.low) : bisect_left(scores, line.high)]
            at, height, slope = line.at, line.height, line.slope
            found += [exp(height + slope * (score - at)) for score in inside]
        return found


class Simulated(msgspec.Struct, frozen=True):
    """Requests in a month: `mean` and `users` of one user, `totals` of all users together.

    `heaviest` is the share of all requests, 0 to 1, that the heaviest hundredth of users makes.
    """

    mean: float
    users: Quantiles
    heaviest: float
    totals: Quantiles


def log_normal(mean: Decimal, spread: Decimal) -> Users:
    """`spread`: standard deviation over mean. Neither is below zero."""
    variance = log1p(float(spread) ** 2) if mean else 0.0
    height = log(mean) - variance / 2 if mean else -inf
    return Users((SpreadLine(-inf, inf, 0.0, height, sqrt(variance)),))


def from_percentiles(points: Mapping[Decimal, Decimal]) -> Users:
    """Requests by percentile (0 to 100, exclusive): two or more, above zero, rising in both.

    Beyond the outermost points, the lines between the last two go on. Raises UsageError if the
    mean is beyond what a workload may have.
    """
    scores = [_score(rank) for rank in points]
    heights = [log(value) for value in points.values()]
    try:
        slopes = [
            (heights[i + 1] - heights[i]) / (scores[i + 1] - scores[i])
            for i in range(len(points) - 1)
        ]
        ends = [-inf, *scores[1:-1], inf]
        lines = map(SpreadLine, ends, ends[1:], scores, heights, slopes)
        users = Users(tuple(lines))
        if users.mean <= MOST:
            return users
    except (OverflowError, ZeroDivisionError):
        pass
    text = ", ".join(f"{rank}:{value}" for rank, value in points.items())
    raise UsageError(
        say(
            "percentiles {points} rise too steeply: a user would make over {most:,} requests on "
            "average",
            points=text,
            most=MOST,
        ),
        hint=say("the line through the last two goes on beyond them; move them apart"),
    )


def simulate(users: Users, count: int, seed: int = 1) -> Simulated:
    """`count` users, one or more. The same seed gives the same answer.

    What is said of one user is exact; the totals are quantiles of MONTHS simulated months.
    """
    mean = users.mean
    one = Quantiles(*users.requests([0.0, P90, P99]))
    if users.alike:
        total = count * mean
        return Simulated(mean, one, 0.01, Quantiles(total, total, total))
    totals = sorted(_totals(users, count, seed))
    percentiles = Quantiles(*(totals[MONTHS * percent // 100] for percent in (50, 90, 99)))
    return Simulated(mean, one, users.moment(1, P99) / mean, percentiles)


def _totals(users: Users, count: int, seed: int) -> list[float]:
    """The requests of all users in each of MONTHS months, in no order.

    Each month has its own number of heavy users, drawn from one pool; stratified, so that pool and
    months have the mean of the distribution and not that of a sample.
    """
    from random import Random
    from statistics import NormalDist

    random, score = Random(seed).random, NormalDist().inv_cdf
    heavy = min(count, ONE_BY_ONE)
    share = heavy / count
    noise = sqrt(heavy * (1 - share))
    sizes = [
        min(count, round(heavy + noise * score(one)))
        for one in _shuffled(_strata(MONTHS, random), random)
    ]
    # From the upper end, where shares of 1e-12 keep their digits.
    scores = [-score(share * one) for one in reversed(_strata(sum(sizes), random))]
    pool = iter(_shuffled(users.requests(scores), random))
    mean, deviation = _others(users, -score(share)) if heavy < count else (0.0, 0.0)

    def total(size: int, one: float) -> float:
        others = count - size
        rest = others * mean + sqrt(others) * deviation * score(one)
        return fsum(islice(pool, size)) + rest  # Python 3.12 changed how `sum` adds floats

    return list(map(total, sizes, _shuffled(_strata(MONTHS, random), random)))


def _others(users: Users, border: float) -> tuple[float, float]:
    """Mean and standard deviation of the requests of a user whose score is below `border`."""
    share = erfc(-border / sqrt(2)) / 2
    mean = users.moment(1, high=border) / share
    return mean, sqrt(max(0.0, users.moment(2, high=border) / share - mean * mean))


def _strata(count: int, random: Callable[[], float]) -> list[float]:
    """One share, above 0 and below 1, from each of so many equal parts; ascending."""
    width = count + 2 * _OFF_THE_ENDS
    return [(part + _OFF_THE_ENDS + random()) / width for part in range(count)]


def _shuffled(values: list[float], random: Callable[[], float]) -> list[float]:
    """Of the methods of `random`, only this one draws the same in every Python."""
    return sorted(values, key=lambda _: random())


def _score(rank: Decimal) -> float:
    """The normal score of a percentile."""
    from statistics import NormalDist

    inverse = NormalDist().inv_cdf
    return -inverse(float(100 - rank) / 100) if rank > 50 else inverse(float(rank) / 100)


def _integral(line: SpreadLine, order: int, low: float, high: float) -> float:
    """Of requests ** order over the normal density, which is exp(a + b^2/2) (Phi(high - b) -
    Phi(low - b)) for a line a + b z; from the side that neither overflows nor cancels."""
    slope = order * line.slope

    def beyond(score: float, side: int) -> float:
        """The integral from minus infinity (side 1) or from infinity (side -1) to `score`."""
        if score == side * inf:
            return exp(order * line.height - slope * line.at + slope * slope / 2)
        if score == -side * inf:
            return 0.0
        height = order * line.height + slope * (score - line.at)
        return exp(height - score * score / 2) / sqrt(2 * pi) * _mills(side * (slope - score))

    if low + high > 2 * slope:
        return beyond(low, -1) - beyond(high, -1)
    return beyond(high, 1) - beyond(low, 1)


def _mills(score: float) -> float:
    """The share of a normal distribution above `score`, over its density there."""
    if score > _LARGE:
        return (1 - score**-2 + 3 * score**-4) / score
    return sqrt(pi / 2) * exp(score * score / 2) * erfc(score / sqrt(2))
