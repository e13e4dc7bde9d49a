"""A month of a workload: the sum of its requests, what it brings in, whom the money carries."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from shipped import TABLE, the_model
from tables import (
    CALENDAR,
    at,
    band,
    exact,
    exchange,
    model,
    offer,
    quota,
    rates,
    row,
    table,
    unpriced,
)

from llmcost.commands.budget.compute import Budget, BudgetLine, budget
from llmcost.errors import NoExchangeRate
from llmcost.money import Money
from llmcost.pricing.cost import cost_of
from llmcost.pricing.price_rows import Model, PriceRow, PriceState, PriceTable, Quota
from llmcost.pricing.usage import Count, Usage
from llmcost.workload.model import Workload
from llmcost.workload.monthly import Monthly, month_parts
from llmcost.workload.quantities import HistoryLimit, Keep
from llmcost.workload.traffic import Query, season

D = Decimal
M = 1_000_000
MOSTLY = D("1e-24")  # of an amount: rounding, in the last of 28 digits or of its parts


def ask(
    sold: Model | PriceRow,
    *,
    quotas: tuple[Quota, ...] = (),
    when: str = "2026-11-22",
    currency: str = "CNY",
    rate: str | None = "7",
    prices: PriceTable | None = None,
    **fields: Any,
) -> Budget:
    """A workload of one user with one request, unless said."""
    one = sold if isinstance(sold, Model) else model("a", sold)
    usual = {"mau": 1, "requests_per_user": D(1), "input_tokens": M, "cache_minimum": 0}
    workload = Workload(**{**usual, **fields})
    month = at(when).date().replace(day=1)
    query = Query(
        workload=workload,
        at=at(when),
        month=month,
        season=season(workload.traffic, month, CALENDAR),
        exchange=exchange(currency, rate),
    )
    return budget(prices or table(one, quotas=quotas), [one], query)


def line(sold: Model | PriceRow, **fields: Any) -> BudgetLine:
    (found,) = ask(sold, **fields).lines
    return found


def month(sold: Model | PriceRow, **fields: Any) -> Monthly:
    found = line(sold, **fields).monthly
    assert found is not None
    return found


def cost(sold: Model | PriceRow, **fields: Any) -> Decimal:
    return month(sold, **fields).cost.amount


EVERYTHING = model(
    "a",
    row(
        rates("10", "10", "1", cache_storage="2"),
        fees={"search": "5000"},
    ),
    fine_tuning=(offer("30", "1M training tokens"),),
    deployment=(offer("100", "month"),),
    packs=(offer("3.5", "pack", tokens=400_000),),
)


def yuan(amount: object) -> Money:
    return Money(D(str(amount)), "CNY")


def dollars(amount: object) -> Money:
    return Money(D(str(amount)), "USD")


def deployed(price: int) -> Model:
    return model("a", row(band("1")), deployment=(offer(str(price), "month"),))


def globex(price: str) -> Model:
    return model("g", row(band(price)), provider="globex")


@given(
    users=st.integers(0, 4),
    talks=st.integers(0, 3),
    turns=st.integers(1, 4),
    sizes=st.tuples(*[st.integers(0, 90)] * 3),
    price=st.sampled_from(["0.37", "20", "0.000000001"]),
)
def test_a_month_is_the_sum_of_its_requests(
    users: int, talks: int, turns: int, sizes: tuple[int, int, int], price: str
) -> None:
    """To the last digit, each of them at its own band."""
    system, said, answered = sizes
    sold = row(band(price, input=150), band(rates("3", "9")))
    whole = D(0)
    for _ in range(users * talks):
        history = 0
        for _ in range(turns):
            sent = cost_of(Usage(system + history + said, answered), sold)
            assert sent is not None
            whole += sent.amount
            history += said + answered

    found = cost(
        sold,
        mau=users,
        requests_per_user=D(talks * turns),
        turns=turns,
        system_tokens=system,
        input_tokens=said,
        output_tokens=answered,
    )

    assert found == whole


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, 10, id="one request of a million tokens"),
        pytest.param({"mau": 3, "requests_per_user": D("2.5")}, 75, id="2.5 each of 3 users"),
        pytest.param({"mau": 0}, 0, id="nobody"),
        pytest.param({"requests_per_user": D(0)}, 0, id="nothing"),
        pytest.param(
            {"requests_per_user": None, "conversations_per_user": D("0.5"), "turns": 2},
            *(15,),
            id="half a conversation of a million and two",
        ),
        pytest.param({"retries": D("0.03")}, "10.3", id="3 % are sent twice"),
        pytest.param({"tool_calls": 1, "tool_result_tokens": M}, 30, id="a call sends all again"),
        pytest.param({"fees": {"search": D("0.2")}}, 11, id="a search in each fifth request"),
        pytest.param({"fees": {"search": D("0.2")}, "retries": D(1)}, 22, id="sent twice, too"),
        pytest.param(
            {"fees": {"search": D(1)}, "requests_per_user": D(2), "turns": 2, "input_tokens": 0},
            *(10,),
            id="in each turn",
        ),
        pytest.param(
            {"system_tokens": M, "cache_hit": D(1), "cache_storage_hours": D(3)},
            *(17,),
            id="a million read, and kept for 3 hours",
        ),
        pytest.param({"deployment": "any"}, 110, id="a deployment"),
        pytest.param({"deployment": "any", "mau": 0}, 100, id="that nobody uses"),
        pytest.param({"fine_tune_tokens": 2 * M}, 70, id="training"),
        pytest.param({"fine_tune_tokens": 2 * M, "months": 3}, 30, id="spread over three months"),
        pytest.param({"free_quota": True}, "7.5", id="a quarter is free"),
        pytest.param({"packs": True}, 9, id="two packs, and a fifth at the list price"),
        pytest.param({"packs": True, "free_quota": True}, 7, id="packs of what is not free"),
    ],
)
def test_what_a_month_costs(fields: dict[str, Any], expected: object) -> None:
    """At 10 a million, 5 a search, 1 for reading a million and 2 for keeping it an hour."""
    assert cost(EVERYTHING, quotas=(quota(250_000),), **fields) == D(str(expected))


@given(
    mau=st.integers(0, 50),
    packs=st.booleans(),
    free_quota=st.booleans(),
    batch_share=st.sampled_from([D(0), D("0.3")]),
    requests=st.sampled_from([D(0), D(1), D("7.7")]),
    turns=st.sampled_from([1, 3]),
    others=st.sampled_from(
        [
            {},
            {"deployment": "any"},
            {"fine_tune_tokens": M, "months": 7},
            {"fees": {"search": D(1)}},
        ]
    ),
)
def test_the_parts_of_a_month_add_up(
    mau: int, requests: Decimal, others: Mapping[str, Any], **fields: Any
) -> None:
    found = line(
        EVERYTHING,
        quotas=(quota(250_000),),
        mau=mau,
        requests_per_user=requests,
        **fields,
        **others,
    )
    assert found.monthly is not None
    parts = month_parts(found.case, found.monthly)

    whole = found.monthly.native.amount
    assert abs(sum(one.amount for one in parts) - whole) <= MOSTLY * (whole + 1)
    assert all(one.quantity for one in parts)


def test_what_is_free_has_no_parts() -> None:
    found = line(unpriced(PriceState.FREE), quotas=(quota(M),), free_quota=True)

    assert found.monthly is not None
    assert month_parts(found.case, found.monthly) == ()


def test_training_and_a_deployment_of_june_2024() -> None:
    """10 million tokens at 30 and a month at 20,000 yuan, beside 60 million tokens in at 2 and 30
    out at 6: the price per token is the least of it."""
    found = line(
        the_model("alibaba/qwen-turbo", "2024-06-05"),
        prices=TABLE,
        when="2024-06-05",
        mau=1000,
        requests_per_user=D(30),
        input_tokens=2000,
        output_tokens=1000,
        fine_tune_tokens=10 * M,
        deployment="any",
    )
    assert found.monthly is not None
    parts = month_parts(found.case, found.monthly)

    assert [(one.item, one.amount) for one in parts] == [
        ("input", D(120)),
        ("output", D(180)),
        ("fine_tuning", D(300)),
        ("deployment", D(20_000)),
    ]
    assert found.monthly.cost.amount == 20_600


# Both directions


@given(
    budget=st.decimals(0, 10**5, places=2),
    mau=st.integers(1, 1000),
    requests=st.sampled_from([D(1), D(20), D("0.7")]),
    turns=st.sampled_from([1, 3]),
    packs=st.booleans(),
    free_quota=st.booleans(),
)
def test_what_the_money_carries(
    budget: Decimal, mau: int, requests: Decimal, **fields: Any
) -> None:
    """The cost of as many users, or of as many requests of each, is within the budget; that of one
    more, or of a hundredth of a request, is not."""

    def spent(mau: int, requests: Decimal) -> Decimal:
        return cost(
            EVERYTHING,
            quotas=(quota(250_000),),
            mau=mau,
            requests_per_user=requests,
            input_tokens=1000,
            **fields,
        )

    asked = month(
        EVERYTHING,
        quotas=(quota(250_000),),
        mau=mau,
        requests_per_user=requests,
        input_tokens=1000,
        budget=yuan(budget),
        **fields,
    )
    users, each = asked.most_users, asked.most_requests
    assert users is not None
    assert each is not None

    assert asked.holds == (asked.cost.amount <= budget) == (users >= mau) == (each >= requests)
    assert spent(users, requests) <= budget < spent(users + 1, requests)
    assert spent(mau, each) <= budget < spent(mau, each + D("0.01"))


def test_a_budget_of_exactly_the_cost_holds() -> None:
    """20 requests are 6 2/3 conversations, which as a decimal is a little more."""
    asked = {"mau": 1000, "requests_per_user": D(20), "turns": 3, "input_tokens": 1000}
    found = month(row(band("1")), budget=yuan(20), history=HistoryLimit(Keep.WINDOW, 0), **asked)

    assert (found.cost.amount, found.holds, found.most_users) == (D(20), True, 1000)
    assert found.most_requests == 20


def test_a_budget_that_was_converted_holds() -> None:
    """1,000 yuan for dollars at 7.1, which no decimal says."""
    spent = month(globex("1"), rate="7.1", currency="CNY", mau=1000)
    found = month(globex("1"), rate="7.1", mau=1000, budget=yuan("7100"))

    assert spent.cost.amount == 7100
    assert (found.holds, found.most_users) == (True, 1000)


def test_without_users_the_budget_says_how_many() -> None:
    """And the bill is theirs."""
    found = month(row(band("3")), mau=None, budget=yuan(10))

    assert (found.users, found.most_users, found.cost.amount) == (3, 3, D(9))
    assert (found.holds, found.most_requests) == (None, None)


def test_what_is_free_carries_any_number() -> None:
    found = month(unpriced(PriceState.FREE), mau=None, budget=yuan(10))

    assert (found.users, found.most_users, found.cost.amount) == (None, None, D(0))
    asked = month(unpriced(PriceState.FREE), budget=yuan(0))
    assert (asked.holds, asked.most_users, asked.most_requests) == (True, None, None)


@pytest.mark.parametrize(("fields", "most"), [({"mau": 0}, 1), ({"requests_per_user": D(0)}, None)])
def test_who_sends_nothing_costs_nothing(fields: dict[str, Any], most: int | None) -> None:
    """Nobody may send any number of requests, so there is none to name."""
    found = month(row(band("3")), budget=yuan(4), **fields)

    assert (found.holds, found.most_users, found.most_requests) == (True, most, None)


def test_what_is_fixed_may_be_too_much() -> None:
    found = month(deployed(100), deployment="any", budget=yuan(99))

    assert (found.holds, found.most_users, found.most_requests) == (False, 0, D(0))


# Currencies


@pytest.mark.parametrize(
    ("sold", "budget", "holds", "users"),
    [
        (globex("1"), yuan(14), True, 2),
        (globex("1"), yuan("6.99"), False, 0),
        (model("a", row(band("7"))), dollars(2), True, 2),
        (model("a", row(band("7"))), dollars("0.99"), False, 0),
    ],
    ids=["dollars for yuan", "too few", "yuan for dollars", "too few dollars"],
)
def test_a_budget_in_another_currency(sold: Model, budget: Money, holds: bool, users: int) -> None:
    """At 7 yuan for a dollar, both cost 7 yuan a request."""
    found = month(sold, currency=budget.currency, budget=budget)

    assert (found.holds, found.most_users) == (holds, users)
    assert found.cost.amount == (7 if budget.currency == "CNY" else 1)
    assert found.cost.currency == budget.currency


@pytest.mark.parametrize(
    "fields",
    [{}, {"budget": yuan(1)}, {"revenue_per_user": dollars(1), "mau": 3}],
    ids=["to rank", "of a budget", "of revenue"],
)
def test_no_rate_is_an_error_that_says_so(fields: dict[str, Any]) -> None:
    sold = globex("1") if "revenue_per_user" not in fields else row(band("1"))

    with pytest.raises(NoExchangeRate):
        line(sold, rate=None, **fields)


def test_one_currency_needs_no_rate() -> None:
    found = month(globex("1"), rate=None, currency="USD", budget=dollars(1))

    assert found.holds


# What it brings in


def test_twenty_dollars_of_a_million_users() -> None:
    """240 million dollars a year, of which tokens for 3 dollars a user are spent."""
    found = month(globex("3"), currency="USD", mau=M, revenue_per_user=dollars(20))

    assert found.revenue is not None
    assert found.revenue.amount * 12 == 240_000_000
    assert found.revenue.margin == 17_000_000
    assert found.revenue.break_even == 3
    assert found.revenue.currency == "USD"


def test_those_who_pay_pay_for_all() -> None:
    """5 % at 20 are one each; break-even is where they pay 3 for all."""
    found = month(row(band("3")), mau=100, revenue_per_user=yuan(20), paying_share=D("0.05"))

    assert found.revenue is not None
    assert (found.revenue.amount, found.revenue.margin) == (D(100), D(-200))
    assert found.revenue.break_even == 60


@pytest.mark.parametrize("fields", [{"paying_share": D(0)}, {"mau": 0}], ids=str)
def test_nobody_pays(fields: dict[str, Any]) -> None:
    """No price covers a cost."""
    found = month(deployed(5), deployment="any", revenue_per_user=yuan(20), **fields)

    assert found.revenue is not None
    assert (found.revenue.amount, found.revenue.break_even) == (D(0), None)
    assert found.revenue.margin == -found.cost.amount


def test_what_costs_nothing_breaks_even_at_nothing() -> None:
    found = month(unpriced(PriceState.FREE), revenue_per_user=yuan(20))

    assert found.revenue is not None
    assert (found.revenue.margin, found.revenue.break_even) == (D(20), D(0))


def test_revenue_is_turned_into_the_currency_of_the_cost() -> None:
    found = month(globex("3"), revenue_per_user=dollars(20)).revenue

    assert found is not None
    assert (found.amount, found.margin, found.break_even, found.currency) == (
        D(140),
        D(119),
        D(21),
        "CNY",
    )


# Sizes


def test_huge_months_keep_their_digits() -> None:
    """10^12 users with 10^12 requests of 10^9 tokens."""
    many = {"mau": 10**12, "requests_per_user": D(10**12), "input_tokens": 10**9}

    assert cost(row(band("123456789.123456789")), **many) == D("123456789.123456789").scaleb(27)
    found = month(row(band("0.7")), budget=yuan(10**18), **many)
    assert (found.holds, found.most_users) == (False, 1428)
    packed = replace(EVERYTHING, packs=(offer("0.01", "pack", tokens=1),))
    assert cost(packed, packs=True, **many) == D(10).scaleb(27)


def test_tiny_prices_keep_theirs() -> None:
    tiny = row(band("0.000000000000000001"))
    found = month(tiny, input_tokens=1, budget=yuan(10**12))

    assert found.cost.amount == D("1e-24")
    assert found.most_users == found.most_requests == 10**36


# A system prompt whose tokens are estimated

STEPS = row(band("1", input=1000), band("5"))


@given(
    count=st.tuples(*[st.integers(0, 3000)] * 3).map(sorted),
    sold=st.sampled_from(
        [
            model("in bands", STEPS),
            model("with an end", row(band("1", input=1000), band("5", input=2000))),
            model("in a window", STEPS, context=1500),
            model("cached", row(rates("5", "9", "1", cache_write_5m="6"))),
            model("with calls", row(band("1"), fees={"search": "1"})),
        ]
    ),
    turns=st.integers(1, 3),
    cache_hit=st.sampled_from([D(0), D(1)]),
    cache_minimum=st.sampled_from([0, 1024]),
    free_quota=st.booleans(),
)
def test_the_bounds_hold_the_amount(count: list[int], sold: Model, **fields: Any) -> None:
    """Also where they lie in another band, or beyond what the model serves."""
    low, tokens, high = count
    asked = {"mau": 3, "input_tokens": 10, "output_tokens": 10, "quotas": (quota(500),), **fields}

    def bill(count: Count) -> Monthly | None:
        """None where the model is left out."""
        lines = ask(sold, system_prompt={"words": count}, **asked).lines
        return lines[0].monthly if lines else None

    found = bill(Count(tokens, low, high, "words", exact=False))
    if found is None:
        return
    assert found.cost.low <= found.cost.amount <= found.cost.high
    for bound in (low, tokens, high):
        alone = bill(exact(bound))
        if alone is not None:
            assert found.cost.low <= alone.cost.amount <= found.cost.high


def test_a_bound_beyond_the_window_is_the_most_that_fits() -> None:
    """990 tokens of prompt are the most that 10 more leave room for."""
    sold = model("a", row(band("1", input=1000)))
    count = Count(800, 700, 5000, "words", exact=False)
    found = month(sold, input_tokens=10, mau=M, system_prompt={"words": count})

    assert (found.cost.low, found.cost.amount, found.cost.high) == (D(710), D(810), D(1000))


def test_an_exact_prompt_has_no_bounds() -> None:
    found = month(row(band("1")), input_tokens=10, mau=M, system_prompt={"words": exact(90)})

    assert found.cost.low == found.cost.amount == found.cost.high == 100
