"""How users differ: closed forms of the log-normal, and months that agree with drawing everyone."""

from decimal import Decimal
from itertools import pairwise
from math import erfc, exp, fsum, inf, isfinite, log, log1p, sqrt
from random import Random
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.errors import UsageError
from llmcost.money import MOST
from llmcost.workload.user_spread import (
    ONE_BY_ONE,
    Quantiles,
    Users,
    from_percentiles,
    log_normal,
    simulate,
)

NORMAL = NormalDist()
Z90, Z99 = NORMAL.inv_cdf(0.9), NORMAL.inv_cdf(0.99)


def users(mean: str, spread: str) -> Users:
    return log_normal(Decimal(mean), Decimal(spread))


def at(**values: str) -> Users:
    """`p50="10"`, or `p99_9` for 99.9."""
    points = {Decimal(name[1:].replace("_", ".")): value for name, value in values.items()}
    return from_percentiles({rank: Decimal(value) for rank, value in points.items()})


def quantiles(found: Quantiles) -> list[float]:
    return [found.p50, found.p90, found.p99]


def approx(value: object, share: float = 1e-9) -> object:
    return pytest.approx(value, rel=share, abs=0)


@pytest.mark.parametrize("mean", ["0.001", "30", "1e12"])
@pytest.mark.parametrize("spread", ["0.01", "1", "1.5", "100", "1e6"])
def test_a_log_normal_has_its_closed_forms(mean: str, spread: str) -> None:
    """Mean, standard deviation, quantiles exp(mu + sigma z), and the share of the top hundredth."""
    sigma = sqrt(log1p(float(spread) ** 2))
    mu = log(float(mean)) - sigma**2 / 2
    found = simulate(users(mean, spread), 1)

    assert found.mean == approx(float(mean))
    assert quantiles(found.users) == approx([exp(mu + sigma * z) for z in (0, Z90, Z99)])
    assert found.heaviest == approx(1 - NORMAL.cdf(Z99 - sigma), 1e-6)
    assert users(mean, spread).moment(2) == approx(float(mean) ** 2 * (1 + float(spread) ** 2))


@pytest.mark.parametrize("mean", ["0", "0.5", "30"])
@pytest.mark.parametrize("count", [1, 7, MOST])
def test_users_who_are_alike_leave_nothing_to_chance(mean: str, count: int) -> None:
    """No spread: every quantile is the mean, and a hundredth of the users makes a hundredth."""
    found = simulate(users(mean, "0"), count)

    assert quantiles(found.users) == approx([float(mean)] * 3)
    assert quantiles(found.totals) == approx([float(mean) * count] * 3)
    assert found.heaviest == 0.01


def test_nobody_asks_anything() -> None:
    """A mean of 0 has no logarithm; no spread changes it."""
    assert simulate(users("0", "2"), 5).totals == Quantiles(0, 0, 0)


def test_two_percentiles_make_the_log_normal_through_them() -> None:
    """Also where they are far apart, and neither is the median."""
    whole = users("30", "1.5")
    p25, p75, p95 = whole.requests([NORMAL.inv_cdf(share) for share in (0.25, 0.75, 0.95)])
    for found in (at(p25=str(p25), p95=str(p95)), at(p75=str(p75), p95=str(p95))):
        assert found.mean == approx(30)
        assert found.moment(2) == approx(whole.moment(2))
        assert found.requests([-3, 0, 3]) == approx(whole.requests([-3, 0, 3]))


@pytest.mark.parametrize(("spread", "low"), [("0.1", 8), ("1.5", 9), ("100", 12)])
def test_the_few_far_out_keep_their_digits(spread: str, low: float) -> None:
    """A difference of shares next to 1 would have none."""
    sigma = sqrt(log1p(float(spread) ** 2))

    assert users("30", spread).moment(1, low) == approx(30 * erfc((low - sigma) / sqrt(2)) / 2)


THREE = {"p50": "10", "p90": "60", "p99": "400"}


def test_users_have_the_percentiles_that_were_given() -> None:
    """And in between, the logarithm is linear in the normal score."""
    found = at(**THREE)
    between = NORMAL.cdf((Z90 + Z99) / 2)

    assert quantiles(simulate(found, 1).users) == approx([10, 60, 400])
    assert found.requests([NORMAL.inv_cdf(between)]) == approx([sqrt(60 * 400)])


def test_beyond_the_last_point_the_slope_goes_on() -> None:
    """On both sides."""
    below, low, middle, high, above = at(**THREE).requests([-Z90, 0, Z90, Z99, 2 * Z99 - Z90])

    assert low / below == approx(middle / low)
    assert above / high == approx(high / middle)


def by_parts(points: Users, order: int, low: float = -9.0, high: float = 12.0) -> float:
    """The integral of requests ** order over the normal density, by 100,000 rectangles."""
    width = (high - low) / 100_000
    scores = [low + (part + 0.5) * width for part in range(100_000)]
    found = zip(scores, points.requests(scores), strict=True)
    return fsum(value**order * NORMAL.pdf(score) for score, value in found) * width


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(THREE, id="three"),
        pytest.param({"p10": "9", "p50": "10", "p90": "11", "p99_9": "5000"}, id="a heavy end"),
        pytest.param({"p10": "0.001", "p50": "10", "p99": "12"}, id="a light one"),
        pytest.param({"p50": "10", "p51": "1000", "p99": "2000"}, id="steep in the middle"),
        pytest.param({"p50": "10", "p50_5": "1000", "p99": "2000"}, id="nearly a step"),
    ],
)
def test_the_mean_is_the_integral_of_the_quantiles(points: dict[str, str]) -> None:
    """The same for the second moment, and for a part of the users."""
    found = at(**points)

    assert found.mean == approx(by_parts(found, 1), 1e-4)
    assert found.moment(2) == approx(by_parts(found, 2), 1e-4)
    assert found.moment(1, Z99) == approx(by_parts(found, 1, Z99), 1e-4)
    assert found.moment(2, high=0.5) == approx(by_parts(found, 2, high=0.5), 1e-4)


def test_parts_of_the_users_add_up_to_all() -> None:
    """Wherever they are cut: inside a line, and where two meet."""
    found = at(**THREE)
    ends = [-inf, -1, 0, 1, Z90, 2, 8, inf]
    parts = [found.moment(1, low, high) for low, high in pairwise(ends)]

    assert fsum(parts) == approx(found.mean)


@pytest.mark.parametrize(
    "points",
    [
        pytest.param({"p98": "1", "p99": "1000000000000"}, id="a mean above the most"),
        pytest.param({"p50": "1", "p50_1": "1000"}, id="a mean above all floats"),
        pytest.param({"p50": "1", "p50_0000000000000000001": "2"}, id="the same score"),
    ],
)
def test_percentiles_that_rise_too_steeply_are_refused(points: dict[str, str]) -> None:
    """Their last line would go through the roof."""
    with pytest.raises(UsageError, match="rise too steeply"):
        at(**points)


@pytest.mark.parametrize("rank", ["0_000000000000000001", "99_999999999999999999"])
def test_ranks_next_to_the_ends_have_a_score(rank: str) -> None:
    """Where a share as a float would be 0 or 1."""
    found = at(**dict(sorted({f"p{rank}": "5", "p50": "5"}.items())))

    assert found.mean == approx(5)


@settings(max_examples=25)
@given(
    spreads=st.lists(st.decimals("0.01", "1000", places=2), min_size=2, max_size=2, unique=True),
    mean=st.decimals("0.01", "1000000", places=2),
)
def test_more_spread_is_a_smaller_median_and_heavier_heavy_users(
    spreads: list[Decimal], mean: Decimal
) -> None:
    """At the same mean."""
    less, more = (simulate(log_normal(mean, spread), 1) for spread in sorted(spreads))

    assert more.users.p50 < less.users.p50
    assert more.heaviest >= less.heaviest
    assert more.mean == approx(less.mean)


def check_order(one: Users, count: int) -> None:
    """p50 <= p90 <= p99, of one user and of all; the heaviest make at least their share."""
    found = simulate(one, count)
    for three in (found.users, found.totals):
        assert 0 <= three.p50 <= three.p90 <= three.p99
        assert isfinite(three.p99)
    assert 0.01 <= found.heaviest <= 1 + 1e-9


requests = st.decimals(0, MOST, places=3)


@settings(max_examples=25)
@given(count=st.integers(1, 5), spread=requests, mean=requests)
def test_any_answer_is_finite_and_in_order(count: int, spread: Decimal, mean: Decimal) -> None:
    check_order(log_normal(mean, spread), count)


ranks = st.one_of(st.decimals("0.1", "99.9", places=1), st.decimals("0.00001", "99.99999"))
values = st.one_of(st.decimals(1, 1000, places=0), st.decimals("1e-18", MOST))


@settings(max_examples=100)
@given(
    count=st.integers(1, 3),
    points=st.tuples(
        *[st.lists(one, min_size=4, max_size=4, unique=True) for one in (ranks, values)]
    ),
    size=st.integers(2, 4),
)
def test_any_percentiles_are_refused_or_answered(
    count: int, points: tuple[list[Decimal], list[Decimal]], size: int
) -> None:
    """However steep, and however close."""
    chosen = [sorted(some[:size]) for some in points]
    try:
        one = from_percentiles(dict(zip(*chosen, strict=True)))
    except UsageError:
        return
    assert one.mean <= MOST
    check_order(one, count)


@pytest.mark.parametrize(
    ("one", "count"),
    [(users("1e12", "1e12"), MOST), (at(p50="0.001", p90="10"), ONE_BY_ONE + 1)],
)
def test_extremes_of_many_users_are_finite_and_in_order(one: Users, count: int) -> None:
    check_order(one, count)


def test_the_total_of_one_user_is_that_user() -> None:
    """Within a stratum: unstratified draws would be off by several in a hundred."""
    found = simulate(at(**THREE), 1)

    assert quantiles(found.totals) == approx(quantiles(found.users), 0.01)


def test_totals_scatter_as_the_square_root_of_many_users() -> None:
    """Where the spread is moderate and users are many, the sum is normal."""
    for count in (10**6, MOST):
        found = simulate(users("30", "1.5"), count)
        total, deviation = 30.0 * count, 30 * 1.5 * sqrt(count)
        scores = [(value - total) / deviation for value in quantiles(found.totals)]
        assert scores == pytest.approx([0, Z90, Z99], abs=0.12)


def direct(one: Users, count: int, months: int) -> list[float]:
    """The totals of months in which each user is drawn for himself, without strata."""
    random = Random(7)
    totals = []
    for _ in range(months):
        scores = sorted(NORMAL.inv_cdf(random.random() or 0.5) for _ in range(count))
        totals.append(fsum(one.requests(scores)))
    return sorted(totals)


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (users("1", "1.5"), ONE_BY_ONE // 10),
        (users("1", "1.5"), ONE_BY_ONE * 3),
        (users("1", "20"), ONE_BY_ONE + 1),
        (users("1", "20"), ONE_BY_ONE * 5),
    ],
)
def test_totals_are_those_of_drawing_everyone(one: Users, count: int) -> None:
    """The share of directly drawn months below each quantile, within four standard errors."""
    months = 1000
    totals = direct(one, count, months)

    for value, share in zip(quantiles(simulate(one, count).totals), (0.5, 0.9, 0.99), strict=True):
        below = sum(total <= value for total in totals) / months
        assert abs(below - share) < 4 * sqrt(share * (1 - share) / months)


def test_a_seed_fixes_the_answer() -> None:
    """Another one changes the totals, and little; never what is said of one user."""
    first, again, other = (simulate(at(**THREE), 8, seed) for seed in (1, 1, 2))

    assert first == again
    assert first.totals != other.totals
    assert quantiles(first.totals) == approx(quantiles(other.totals), 0.1)
    assert (first.mean, first.users, first.heaviest) == (other.mean, other.users, other.heaviest)


def test_the_answer_is_the_same_in_every_python() -> None:
    """It takes only `random()`, scores and exact sums; these are the figures of Python 3.11."""
    found = simulate(at(**THREE), 1000)

    assert quantiles(found.totals) == approx([32757.387279525, 39003.178255558, 48841.402333354])
