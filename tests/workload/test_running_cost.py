"""What a month costs as its users grow, and how many of them some money carries."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmcost.money import EXACT
from llmcost.workload.running_cost import Pack, Packed, Running

D = Decimal
BUDGETS = st.one_of(
    st.decimals(0, 10**6, places=2),
    st.sampled_from([D(0), D("1e-18"), D("1e18")]),
)
UNITS = st.sampled_from([D(1), D("0.01"), D(5_000_000), D("0.00000001")])
PACKS = st.builds(Pack, st.decimals("0.01", 1000, places=2), st.integers(1, 10**6))


@st.composite
def runs(draw: st.DrawFn) -> Running:
    """Tokens may be free, and calls may cost something without them."""
    tokens = draw(st.decimals(0, 10**5, places=3))
    price = draw(st.sampled_from([D(0), D("1e-12"), D("0.0000005"), D("0.37"), D(20)]))
    return Running(
        tokens=tokens,
        gross=tokens * price,
        calls=draw(st.sampled_from([D(0), D("1e-9"), D("0.1"), D(3)])),
        fixed=draw(st.sampled_from([D(0), D("0.01"), D(20_000)])),
        quota=draw(st.sampled_from([0, 1, 500_000, 10**12])),
        pack=draw(st.none() | PACKS),
    )


@given(runs(), st.decimals(0, 10**9, places=2), st.decimals(0, 10**4, places=2))
def test_more_users_never_cost_less(running: Running, users: Decimal, more: Decimal) -> None:
    with localcontext(EXACT):
        assert running.cost(users) <= running.cost(users + more)


@given(runs(), BUDGETS, UNITS)
@example(Running(tokens=D(3), gross=D("0.1"), quota=7), D(100), D(1))
@example(Running(tokens=D(10), gross=D(1), calls=D(1), quota=10**6), D(10), D(1))
def test_a_budget_carries_so_many_users_and_not_one_more(
    running: Running, budget: Decimal, unit: Decimal
) -> None:
    """None at all, where what is fixed costs more already; any number, where nothing else costs."""
    with localcontext(EXACT):
        most = running.most(budget, unit)
        if most is None:
            assert running.cost(10**15 * unit) <= budget
        elif running.fixed > budget:
            assert most == 0
        else:
            assert running.cost(most * unit) <= budget < running.cost((most + 1) * unit)


@given(st.integers(0, 60), st.integers(0, 40), st.integers(1, 30), st.integers(1, 60))
def test_packs_are_bought_where_that_is_cheapest(
    users: int, quota: int, size: int, price: int
) -> None:
    """At 1 a token: no other number of packs costs less than those that are bought."""
    running = Running(D(2), D(2), quota=quota, pack=Pack(D(price), size))
    billed = max(0, users * 2 - quota)
    enough = -(-billed // size)

    cheapest = min(packs * price + max(0, billed - packs * size) for packs in range(enough + 1))
    assert running.cost(users) == cheapest


@pytest.mark.parametrize(
    ("users", "packs", "rest"),
    [
        (0, 0, 0),
        (6, 0, 60),  # as dear as a pack: none is needed
        (7, 1, 0),  # 70 tokens cost more than a pack of 100
        (10, 1, 0),
        (16, 1, 60),
        (17, 2, 0),  # one more, as what is left costs more than that
        (20, 2, 0),
    ],
)
def test_one_pack_more_than_is_full(users: int, packs: int, rest: int) -> None:
    """10 tokens a user at 1 each; 100 of them for 60."""
    pack = Pack(D(60), 100)

    bought = ((pack, packs),) if packs else ()
    assert Running(D(10), D(10), pack=pack).packed(users) == Packed(bought, D(rest))


@pytest.mark.parametrize("price", [100, 120])
def test_a_pack_that_saves_nothing_is_left(price: int) -> None:
    running = Running(D(10), D(10), pack=Pack(D(price), 100))

    assert running.packed(1000) == Packed((), D(10_000))


@given(
    st.integers(0, 700),
    st.tuples(st.integers(2, 5), st.integers(2, 5), st.integers(2, 5)),
    st.tuples(*[st.integers(80, 99)] * 3).map(sorted),
)
def test_sizes_that_fit_into_each_other_are_combined(
    tokens: int, fits: tuple[int, int, int], cents: list[int]
) -> None:
    """As no other packs would be cheaper: what is left of a large one goes into smaller ones."""
    small = fits[0]
    sizes = (small * fits[1] * fits[2], small * fits[1], small)
    pack = None
    for size, price in zip(reversed(sizes), reversed(cents), strict=True):
        pack = Pack(D(price * size), size, smaller=pack)
    running = Running(D(1), D(100), pack=pack)

    prices = dict(zip(sizes, cents, strict=True))
    least = [0] * (tokens + 1)
    for number in range(1, tokens + 1):
        least[number] = min(
            least[number - 1] + 100,
            *(least[max(0, number - size)] + prices[size] * size for size in sizes),
        )
    assert running.cost(tokens) == least[tokens]


def test_what_is_left_goes_into_smaller_packs() -> None:
    """165 tokens at 1: 100 for 50, twice 30 for 20, and 5 of them; for 180, another large one."""
    small = Pack(D(20), 30, "small")
    large = Pack(D(50), 100, "large", small)

    assert Running(D(1), D(1), pack=large).packed(165) == Packed(((large, 1), (small, 2)), D(5))
    assert Running(D(1), D(1), pack=large).packed(180) == Packed(((large, 2),), D(0))


def test_packs_are_for_what_the_quota_leaves() -> None:
    """170 tokens, 100 of them free: the pack is for 70."""
    assert Running(D(10), D(10), quota=100, pack=Pack(D(60), 100)).cost(17) == 60


def test_the_quota_takes_tokens_but_no_calls() -> None:
    running = Running(tokens=D(10), gross=D(1), calls=D(5), fixed=D(100), quota=30)

    assert [running.cost(users) for users in (0, 3, 4)] == [100, 115, 121]


def test_what_costs_nothing_has_no_limit() -> None:
    assert Running(tokens=D(10)).most(D(0)) is None
    assert Running(tokens=D(10), fixed=D(5)).most(D(5)) is None
    assert Running(tokens=D(10), fixed=D(5)).most(D("4.99")) == 0


def test_a_budget_of_nothing_carries_what_is_free() -> None:
    assert Running(tokens=D(10), gross=D(1), quota=35).most(D(0)) == 3
