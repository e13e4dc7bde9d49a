"""What money buys on a model: tokens of input, tokens of a mix, and conversations."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import (
    CALENDAR,
    OFFICE_HOURS,
    at,
    band,
    exchange,
    model,
    offer,
    quota,
    rates,
    row,
    table,
    unpriced,
    variant,
)

from llmcost.commands.budget.compute import Bought, Purchase, budget
from llmcost.money import Money
from llmcost.pricing.price_rows import Mode, Model, PriceRow, PriceState, Quota
from llmcost.workload.model import Workload
from llmcost.workload.quantities import TokenMix
from llmcost.workload.traffic import Query, profile, season

D = Decimal
M = 1_000_000
NOVEMBER = date(2026, 11, 1)


def bought(
    sold: Model | PriceRow,
    yuan: Decimal | int,
    *,
    quotas: tuple[Quota, ...] = (),
    when: str = "2026-11-22",
    rate: str = "7",
    **fields: object,
) -> Purchase:
    one = sold if isinstance(sold, Model) else model("a", sold)
    workload = Workload(budget=Money(D(yuan), "CNY"), **fields)  # type: ignore[arg-type]
    query = Query(
        workload=workload,
        at=at(when),
        month=NOVEMBER,
        season=season(workload.traffic, NOVEMBER, CALENDAR),
        exchange=exchange(rate=rate),
    )
    (line,) = budget(table(one, quotas=quotas), [one], query).lines
    assert line.purchase is not None
    return line.purchase


def mix(input: int, output: int) -> TokenMix:
    return TokenMix(D(input), D(output))


def mixed(purchase: Purchase) -> int | None:
    assert purchase.mixed is not None
    return purchase.mixed.tokens


def test_tokens_of_input_and_of_a_mix() -> None:
    """10,000 yuan at 20 for all; and at (3 x 1 + 5) / 4."""
    same = bought(row(band("20")), 10_000, mau=5 * M)
    dearer = bought(row(rates("1", "5")), 10)

    assert same.input_only == same.mixed == Bought(500 * M, D(100))
    assert dearer.input_only == Bought(10 * M)
    assert dearer.mixed == Bought(5 * M)


@given(
    st.integers(0, 10**6),
    st.integers(1, 10**4),
    st.integers(0, 10**4),
    st.integers(0, 9),
    st.integers(0, 9).filter(bool),
)
def test_so_many_tokens_and_not_one_more(
    yuan: int, input: int, output: int, read: int, written: int
) -> None:
    """Whole numbers throughout: no digit is lost, whatever the mix."""
    found = bought(row(rates(str(input), str(output))), yuan, mix=mix(read, written))

    assert found.input_only.tokens == yuan * M // input
    price = read * input + written * output
    assert mixed(found) == (yuan * M * (read + written) // price if price else None)


def test_a_fraction_of_a_price_costs_no_token() -> None:
    """5 / 3 yuan a million, as a decimal, is a little more than that."""
    assert mixed(bought(row(rates("1", "2")), 5, mix=mix(1, 2))) == 3 * M


def test_a_mix_without_output() -> None:
    """Of a model that writes none; another mix of it has no price."""
    embedding = row(rates("2"))

    assert mixed(bought(embedding, 10, mix=mix(1, 0))) == 5 * M
    found = bought(embedding, 10, mix=mix(3, 1))
    assert (found.input_only.tokens, found.mixed, found.conversations) == (5 * M, None, None)


def test_a_mix_of_output_alone() -> None:
    assert mixed(bought(row(rates("1", "4")), 10, mix=mix(0, 1))) == 2_500_000


def test_thinking_is_bought_at_its_price() -> None:
    sold = row(rates("1", "2", output_thinking="9"))

    assert mixed(bought(sold, 9, mix=mix(0, 1), thinking_tokens=100)) == M
    assert mixed(bought(sold, 9, mix=mix(0, 1))) == 4_500_000


def test_free_has_no_limit() -> None:
    found = bought(unpriced(PriceState.FREE), 0)

    assert (found.input_only, found.mixed, found.conversations) == (
        Bought(None),
        Bought(None),
        None,
    )


def test_calls_of_a_free_input_have_a_limit() -> None:
    """An input that costs nothing, and an output at 10."""
    found = bought(row(rates("0", "10")), 10, output_tokens=1000)

    assert (found.input_only.tokens, mixed(found), found.conversations) == (None, 4 * M, D(1000))


def test_no_money_buys_what_is_given_for_nothing() -> None:
    sold = row(band("1"))

    assert bought(sold, 0).input_only == Bought(0)
    assert bought(sold, 0, quotas=(quota(500),)).input_only == Bought(0)  # not asked for
    asked = {"quotas": (quota(500), quota(300)), "free_quota": True}
    assert bought(sold, 0, **asked).input_only == Bought(500)  # type: ignore[arg-type]
    assert mixed(bought(sold, 7, **asked)) == 7 * M + 500  # type: ignore[arg-type]


def test_the_conversations_that_the_quota_pays() -> None:
    """One is 1,000 tokens; 20 are free, and each 1 yuan buys 100 more."""
    found = bought(row(band("10")), 1, quotas=(quota(20_000),), free_quota=True, input_tokens=1000)

    assert found.conversations == 120


def test_no_quota_pays_for_calls() -> None:
    """10 a search: a yuan pays 100 of them, though a million tokens are free."""
    sold = row(band("1"), fees={"search": "10"})
    asked = {"fees": {"search": D(1)}, "input_tokens": 10}

    found = bought(sold, 1, quotas=(quota(M),), free_quota=True, **asked)  # type: ignore[arg-type]

    assert found.conversations == 100


@pytest.mark.parametrize(
    "sold",
    [
        model("a", row(band("2", input=1000))),
        model("a", row(band("2"), mode=Mode.MARGINAL), context=1000),
        model("a", row(band("2", input=1000), mode=Mode.MARGINAL)),
        model("a", row(rates("2"))),
    ],
    ids=["no band", "no context", "no part of a band", "no output"],
)
def test_a_model_that_holds_no_conversation_sells_tokens(sold: Model) -> None:
    """None is described but its system prompt, which is too long; or the model writes nothing."""
    found = bought(sold, 2, system_tokens=1000)

    assert (found.input_only.tokens, found.conversations) == (M, None)


def test_conversations_are_whole_talks_with_their_retries() -> None:
    """Two turns send 30 and 70 tokens and answer 10 each; one in four is sent twice."""
    found = bought(
        row(band("8")), 12, input_tokens=30, output_tokens=10, turns=2, retries=D("0.25")
    )

    assert found.conversations == D(12 * M) / (120 * 8) / D("1.25")


def test_the_band_is_that_of_the_first_request() -> None:
    """Of the smallest, if none is described."""
    sold = row(band("1", input=100), band("4"))

    assert bought(sold, 4).input_only.tokens == 4 * M
    assert bought(sold, 4, input_tokens=101).input_only.tokens == M


def test_peak_hours_weigh_as_their_traffic() -> None:
    """November has 21 working days without a holiday: 147 of its 720 hours are peak."""
    sold = row(band("100", peak=variant("3")), schedule=OFFICE_HOURS.id)

    def tokens(traffic: object) -> int | None:
        return bought(sold, 1_000, traffic=traffic).input_only.tokens

    mean = D(100) * (720 + 2 * 147) / 720
    assert tokens("off-peak") == 10 * M
    assert tokens("peak") == 10 * M // 3
    assert tokens(profile("flat", "Asia/Shanghai")) == int(1_000 * M / mean)


def test_hours_of_the_same_price_cost_no_token() -> None:
    """Shares that were divided add up to a little more or less than one."""
    sold = row(band("3"), schedule=OFFICE_HOURS.id)

    found = bought(sold, 3, traffic=profile("office", "Asia/Shanghai"))

    assert found.input_only.tokens == M


def test_a_deployment_is_paid_first() -> None:
    """What is left buys tokens; if it is not enough, there are none, not even free ones."""
    sold = model("a", row(band("1")), deployment=(offer("100", "month"),))
    asked = {"deployment": "any", "quotas": (quota(500),), "free_quota": True}

    assert bought(sold, 107, **asked).input_only.tokens == 7 * M + 500  # type: ignore[arg-type]
    assert bought(sold, 100, **asked).input_only.tokens == 500  # type: ignore[arg-type]
    short = bought(sold, 99, input_tokens=1, **asked)  # type: ignore[arg-type]
    assert (short.input_only.tokens, mixed(short), short.conversations) == (0, 0, D(0))


@pytest.mark.parametrize(("yuan", "tokens"), [(100, None), (99, 0)])
def test_a_deployment_of_a_free_model(yuan: int, tokens: int | None) -> None:
    sold = model("a", unpriced(PriceState.FREE), deployment=(offer("100", "month"),))

    assert bought(sold, yuan, deployment="any").input_only.tokens == tokens


def test_a_budget_in_another_currency() -> None:
    """At 7 yuan for a dollar, 14 yuan are 2 dollars."""
    assert bought(model("b", row(band("1")), provider="globex"), 14).input_only.tokens == 2 * M


def test_a_rate_that_divides_badly_costs_no_token() -> None:
    """1 yuan is a third of a dollar, which buys a million tokens at a third."""
    sold = model("b", row(rates("1", "1")), provider="globex")

    assert bought(sold, 3, rate="3").input_only.tokens == M
    assert bought(sold, 2, rate="3", mix=mix(1, 2)).input_only.tokens == 666_666


def test_tiny_and_huge() -> None:
    """Every digit of the number that is kept."""
    tiny = row(band("0.000000000000000001"))

    assert bought(tiny, 1).input_only.tokens == 10**24
    assert bought(tiny, 10**17).input_only.tokens == 10**41
    assert bought(row(band(str(10**17))), 1).input_only.tokens == 0
