"""Both directions of a budget: what money buys, and what a workload costs."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import CALENDAR, at, band, exchange, model, quota, rates, row, table, unpriced, variant

from llmcost.commands.budget.compute import Budget, BudgetLine, budget
from llmcost.money import KEPT, Money
from llmcost.pricing.cost import Conditions, cost_of
from llmcost.pricing.price_rows import Model, PriceRow, PriceState, Quota
from llmcost.workload.model import OFF_PEAK, PEAK, Workload, requests, usage_of
from llmcost.workload.quantities import HistoryLimit, Keep, TokenMix
from llmcost.workload.traffic import Query, season

TEN_THOUSAND = Money(Decimal(10_000), "CNY")
"""Yuan, of which the articles of 2024 spoke."""


def ask(*models: Model, quotas: tuple[Quota, ...] = (), **fields: Any) -> Budget:
    """The budget of a workload; traffic is off-peak unless said."""
    workload = Workload(**{"traffic": OFF_PEAK, **fields})
    query = Query(
        workload=workload,
        at=at("2026-11-22"),
        month=date(2026, 11, 1),
        season=season(workload.traffic, date(2026, 11, 1), CALENDAR),
        exchange=exchange(),
    )
    return budget(table(*models, quotas=quotas), models, query)


def only(*models: Model, **fields: Any) -> BudgetLine:
    (line,) = ask(*models, **fields).lines
    return line


def month_of(line: BudgetLine) -> Any:
    assert line.monthly is not None
    return line.monthly


LONG = model("long", row(rates("20", "20")))
CUT = model("cut", row(rates("0.5", "2")))


@pytest.mark.parametrize(
    ("one", "input_only", "mixed"),
    [
        (LONG, (500_000_000, 100), (500_000_000, 100)),
        (CUT, (20_000_000_000, 4_000), (11_428_571_428, Decimal("2285.7142856"))),
    ],
    ids=["20 in and out", "0.5 in, 2 out"],
)
def test_ten_thousand_yuan_for_five_million_users(
    one: Model, input_only: tuple[int, Decimal], mixed: tuple[int, Decimal]
) -> None:
    """Whole tokens, rounded down; at 3:1 unless another mix is asked for."""
    bought = only(one, mau=5_000_000, budget=TEN_THOUSAND).purchase

    assert bought is not None
    assert bought.mixed is not None
    assert (bought.input_only.tokens, bought.input_only.per_user) == input_only
    assert (bought.mixed.tokens, bought.mixed.per_user) == mixed


def test_a_mix_may_be_output_alone() -> None:
    bought = only(CUT, budget=TEN_THOUSAND, mix=TokenMix(Decimal(0), Decimal(1))).purchase

    assert bought is not None
    assert bought.mixed is not None
    assert bought.mixed.tokens == 5_000_000_000


def test_most_tokens_come_first_and_free_ones_do_not_rank() -> None:
    free = model("free", unpriced(PriceState.FREE))
    result = ask(LONG, CUT, free, budget=TEN_THOUSAND)

    assert [(line.rank, line.model.id) for line in result.lines] == [
        *((1, "cut"), (2, "long"), (0, "free"))
    ]


def test_the_cheapest_month_comes_first() -> None:
    workload: dict[str, Any] = {
        "requests_per_user": Decimal(30),
        "input_tokens": 500,
        "output_tokens": 200,
    }
    result = ask(LONG, CUT, mau=1000, **workload)

    assert [line.model.id for line in result.lines] == ["cut", "long"]


def test_without_users_the_most_come_first() -> None:
    """How many of them the money carries, in whole users."""
    workload: dict[str, Any] = {
        "requests_per_user": Decimal(30),
        "input_tokens": 500,
        "output_tokens": 200,
    }
    result = ask(LONG, CUT, budget=TEN_THOUSAND, **workload)

    assert [(line.model.id, month_of(line).most_users) for line in result.lines] == [
        ("cut", 512_820),  # 0.0195 yuan each
        ("long", 23_809),  # 0.42
    ]


def test_a_workload_has_a_cost_and_a_limit() -> None:
    """1,000 users x 30 requests of 500 in and 200 out, at 0.5 and 2 per 1M."""
    month = month_of(
        only(
            CUT,
            mau=1000,
            budget=Money(Decimal(10), "CNY"),
            requests_per_user=Decimal(30),
            input_tokens=500,
            output_tokens=200,
        )
    )

    assert month.native.amount == Decimal("19.5")
    assert month.holds is False
    assert month.most_users == 512
    assert month.most_requests == Decimal("15.38")


def test_a_budget_that_is_just_enough_holds() -> None:
    fields: dict[str, Any] = {
        "requests_per_user": Decimal(30),
        "input_tokens": 500,
        "output_tokens": 200,
    }
    month = month_of(only(CUT, mau=1000, budget=Money(Decimal("19.5"), "CNY"), **fields))

    assert month.holds is True
    assert month.most_users == 1000
    assert month.most_requests == 30


def test_models_that_cannot_hold_a_turn_are_left_out() -> None:
    """The last turn of a conversation is the longest."""
    small = model("small", row(rates("1", "1")), context=1000)
    fields: dict[str, Any] = {
        "requests_per_user": Decimal(1),
        "input_tokens": 100,
        "output_tokens": 100,
    }
    assert ask(small, mau=1, turns=5, **fields).lines
    (left_out,) = ask(small, mau=1, turns=6, **fields).excluded

    assert left_out.reason == "context"
    assert left_out.detail == "needs 1200, the context has 1000"


# Laws: a month is the sum of its single requests.

PRICES = st.sampled_from(["0.5", "1", "2.4", "7", "20"])
FLAT_ROWS = st.builds(lambda a, b, c: row(rates(a, b, c)), PRICES, PRICES, PRICES)
WRITE_ROWS = st.builds(
    lambda a, b, c, w: row(rates(a, b, c, cache_write_5m=w)), PRICES, PRICES, PRICES, PRICES
)
BAND_ROWS = st.builds(
    lambda a, b, c, limit, batch: row(
        band(rates(a, a, b), input=limit, batch=variant(factor=batch)),
        band(rates(b, c), input=4 * limit),
        band(rates(c, c)),
    ),
    *(PRICES, PRICES, PRICES, st.integers(1, 2000), st.sampled_from(["0.5", "0.8"])),
)
PEAK_ROWS = st.builds(
    lambda a, b: row(band(rates(a, b), peak=variant(factor="2")), schedule="office"),
    *(PRICES, PRICES),
)
ROWS = FLAT_ROWS | WRITE_ROWS | BAND_ROWS | PEAK_ROWS
TOKENS = st.integers(0, 800)
WORKLOADS = st.fixed_dictionaries(
    {
        "mau": st.integers(1, 4),
        "conversations_per_user": st.integers(1, 3).map(Decimal),
        "input_tokens": TOKENS,
        "output_tokens": TOKENS,
        "system_tokens": TOKENS,
        "context_tokens": TOKENS,
        "turns": st.integers(1, 6),
        "history": st.builds(HistoryLimit, st.sampled_from(Keep), st.integers(0, 600)),
        "tool_calls": st.integers(0, 2),
        "tool_call_tokens": TOKENS,
        "tool_result_tokens": TOKENS,
        "cache_hit": st.sampled_from(["0", "0.8", "1"]).map(Decimal),
        "cache_minimum": st.integers(0, 500),
        "retries": st.sampled_from(["0", "0.03"]).map(Decimal),
        "batch_share": st.sampled_from(["0", "0.4", "1"]).map(Decimal),
        "traffic": st.sampled_from([PEAK, OFF_PEAK]),
    }
)


def brute_force(one: PriceRow, fields: dict[str, Any]) -> Fraction:
    """Each request of each conversation of each user billed by itself."""
    workload = Workload(**fields)
    writes = one.bands[0].prices.keys() & {"cache_write.5m"} and workload.cache_hit
    total = Fraction(0)
    for _ in range(int(workload.mau or 0) * int(workload.conversations_per_user or 0)):
        for request in requests(workload, workload.system_tokens):
            usage = usage_of(request, workload, writes=bool(writes))
            for is_batch, share in shares(workload.batch_share):
                conditions = Conditions(
                    peak="office" if workload.traffic == PEAK and one.schedule else "",
                    batch=is_batch,
                )
                cost = cost_of(usage, one, conditions)
                assert cost is not None
                total += Fraction(cost.amount) * share * (1 + Fraction(workload.retries))
    return total


def shares(batch: Decimal) -> Iterable[tuple[bool, Fraction]]:
    return (False, 1 - Fraction(batch)), (True, Fraction(batch))


@given(ROWS, WORKLOADS)
def test_a_month_is_the_sum_of_its_requests(one: PriceRow, fields: dict[str, Any]) -> None:
    """To the last digit that is kept."""
    expected = brute_force(one, fields)
    month = month_of(only(model("any", one), **fields))

    exact = KEPT.divide(Decimal(expected.numerator), Decimal(expected.denominator))
    assert month.native.amount == exact


@given(ROWS, WORKLOADS, st.integers(1, 500))
def test_what_the_budget_carries_is_carried(
    one: PriceRow, fields: dict[str, Any], cents: int
) -> None:
    """So many users cost no more than the budget, and one more would."""
    money = Money(Decimal(cents) / 100, "CNY")
    month = month_of(only(model("any", one), **{**fields, "budget": money}))
    if month.most_users is None:
        assert month.native.amount == 0
        return

    def cost(users: int) -> Decimal:
        line = only(model("any", one), **{**fields, "mau": users})
        amount: Decimal = month_of(line).native.amount
        return amount

    assert month.most_users == 0 or cost(month.most_users) <= money.amount
    assert cost(month.most_users + 1) > money.amount


@given(ROWS, WORKLOADS)
def test_a_month_grows_with_everything_that_is_sent(one: PriceRow, fields: dict[str, Any]) -> None:
    """More users, conversations, retries: never cheaper."""
    amount = month_of(only(model("any", one), **fields)).native.amount
    for more in (
        {"mau": fields["mau"] + 1},
        {"conversations_per_user": fields["conversations_per_user"] + 1},
        {"retries": Decimal("0.5")},
    ):
        assert month_of(only(model("any", one), **{**fields, **more})).native.amount >= amount


def test_a_free_quota_is_taken_off_once() -> None:
    """Per model, of a new account, on request."""
    fields: dict[str, Any] = {
        "mau": 1,
        "requests_per_user": Decimal(1),
        "input_tokens": 900,
        "output_tokens": 100,
    }
    paid, reduced, nothing = (
        month_of(ask(CUT, quotas=(quota(tokens),), free_quota=wanted, **fields).lines[0])
        for tokens, wanted in ((250, False), (250, True), (5000, True))
    )

    assert paid.native.amount == Decimal("0.00065")
    assert reduced.native.amount == Decimal("0.00065") * 3 / 4
    assert nothing.native.amount == 0
