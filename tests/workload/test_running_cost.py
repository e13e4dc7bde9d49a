"""What a month costs as its users grow, and how many of them some money carries."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmcost.money import EXACT
from llmcost.workload.running_cost import MOST_TRIES, Pack, Packed, PackSearch, Running

D = Decimal
BUDGETS = st.one_of(
    st.decimals(0, 10**6, places=2),
    st.sampled_from([D(0), D("1e-18"), D("1e18")]),
)
UNITS = st.sampled_from([D(1), D("0.01"), D(5_000_000), D("0.00000001")])
PACKS = st.lists(
    st.builds(Pack, st.decimals("0.01", 1000, places=2), st.integers(1, 10**6)), max_size=2
).map(lambda packs: tuple(sorted(packs, key=lambda one: one.price / one.tokens)))


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
        packs=draw(PACKS),
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
    running = Running(D(2), D(2), quota=quota, packs=(Pack(D(price), size),))
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
    assert Running(D(10), D(10), packs=(pack,)).packed(users) == Packed(bought, D(rest))


@pytest.mark.parametrize("price", [100, 120])
def test_a_pack_that_saves_nothing_is_left(price: int) -> None:
    running = Running(D(10), D(10), packs=(Pack(D(price), 100),))

    assert running.packed(1000) == Packed((), D(10_000))


def packs_of(*sizes: tuple[int, str]) -> tuple[Pack, ...]:
    """Tokens and prices, as an offer sorts them."""
    found = [Pack(D(price), tokens, (str(tokens),)) for tokens, price in sizes]
    return tuple(sorted(found, key=lambda one: (one.price / one.tokens, -one.tokens)))


@given(
    st.integers(0, 400),
    st.lists(st.tuples(st.integers(1, 60), st.integers(20, 110)), min_size=1, max_size=4),
)
@example(165, [(100, 50), (30, 67)])
def test_no_other_packs_are_cheaper(tokens: int, sizes: list[tuple[int, int]]) -> None:
    """Whether or not the sizes fit into each other; at 100 a token, packs at `cents` of it."""
    packs = packs_of(*((size, str(size * cents)) for size, cents in sizes))
    least = [0] * (tokens + 1)
    for number in range(1, tokens + 1):
        least[number] = min(
            least[number - 1] + 100,
            *(least[max(0, number - size)] + size * cents for size, cents in sizes),
        )

    assert Running(D(1), D(100), packs=packs).cost(tokens) == least[tokens]


@pytest.mark.parametrize(
    ("sizes", "price", "tokens", "packs", "cost"),
    [
        pytest.param(
            *([(10_000, "0.08"), (6_000, "0.0486")], "0.000055", 12_000),
            *({"6000": 2}, "0.0972"),
            id="two small ones, where one large one leaves too much",
        ),
        pytest.param(
            *([(10_000, "0.08"), (25_000, "0.205")], "0.000055", 25_000),
            *({"25000": 1}, "0.205"),
            id="a larger one that is dearer by the token",
        ),
        pytest.param([(100, "50"), (30, "20")], "1", 165, {"100": 1, "30": 2}, "95", id="and 5"),
        pytest.param([(100, "50"), (30, "20")], "1", 180, {"100": 2}, "100", id="another one"),
    ],
)
def test_the_cheapest_packs(
    sizes: list[tuple[int, str]], price: str, tokens: int, packs: dict[str, int], cost: str
) -> None:
    running = Running(D(1), D(price), packs=packs_of(*sizes))

    assert {one.steps[0]: number for one, number in running.packed(tokens).packs} == packs
    assert running.cost(tokens) == D(cost)


def test_the_search_for_packs_ends() -> None:
    """Sizes without a common divisor, all at nearly one price, and very many of them."""
    sizes = (9_999_991, 9_999_973, 9_999_943, 9_999_931)
    packs = packs_of(*((size, f"{size}.{size % 7}") for size in sizes))
    search = PackSearch(packs, D(10**17), D(2))

    assert search.tries <= MOST_TRIES + 2 * len(sizes)
    assert D(10**17) <= search.cost < D(10**17) * D("1.0000001")


def test_packs_are_for_what_the_quota_leaves() -> None:
    """170 tokens, 100 of them free: the pack is for 70."""
    assert Running(D(10), D(10), quota=100, packs=(Pack(D(60), 100),)).cost(17) == 60


def test_the_quota_takes_tokens_but_no_calls() -> None:
    running = Running(tokens=D(10), gross=D(1), calls=D(5), fixed=D(100), quota=30)

    assert [running.cost(users) for users in (0, 3, 4)] == [100, 115, 121]


def test_what_costs_nothing_has_no_limit() -> None:
    assert Running(tokens=D(10)).most(D(0)) is None
    assert Running(tokens=D(10), fixed=D(5)).most(D(5)) is None
    assert Running(tokens=D(10), fixed=D(5)).most(D("4.99")) == 0


def test_a_budget_of_nothing_carries_what_is_free() -> None:
    assert Running(tokens=D(10), gross=D(1), quota=35).most(D(0)) == 3
