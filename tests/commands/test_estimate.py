"""What inputs cost on each model, ranked; and what cannot be ranked, with the reason."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import (
    CALENDAR,
    FakeCalendar,
    at,
    band,
    exact,
    model,
    prices,
    quota,
    rates,
    row,
    table,
    terms,
    unpriced,
    variant,
)

from llmcost.commands.estimate.compute import Estimate, Line, estimate, uncertain_first
from llmcost.errors import NoExchangeRate
from llmcost.money import Exchange, Rate
from llmcost.pricing.cost import Conditions
from llmcost.pricing.price_rows import Model, PriceRow, PriceState, Quota
from llmcost.pricing.terms import Amount, Hours, Terms
from llmcost.pricing.usage import Count, Input, Usage

TERMS = terms("2026-11-22")
M = 1_000_000
SEVEN = Rate(Decimal(7))


def text(tokens: int, low: int | None = None, high: int | None = None) -> Input:
    if low is None or high is None:
        return Input("text", tokens, tokens, {"words": exact(tokens)})
    count = Count(tokens, low, high, "words, roughly", exact=False)
    return Input("text", tokens, tokens, {"words": count})


def asked(
    models: Sequence[Model],
    *inputs: Input,
    terms: Terms = TERMS,
    currency: str = "CNY",
    rate: Rate | None = SEVEN,
) -> Estimate:
    return estimate(
        table(*models),
        models,
        inputs,
        terms,
        Exchange(currency, () if rate is None else (rate,)),
        CALENDAR,
    )


FLAT = model("flat", row(rates("1", "10")))
TWO = model("two", row(band("1", input=100), band("2")))
CLOSED = model("closed", row(band("1", input=100), band("2", input=1000)))
BELOW = model("below", row(band("1", input=100, inclusive=False), band("2", input=1000)))


@pytest.mark.parametrize(
    ("ratio", "tokens", "given_tokens", "output"),
    [
        (None, 100, None, 0),
        (None, 100, 7, 7),
        (None, 100, 0, 0),
        ("0.5", 101, None, 51),
        ("0.5", 99, None, 50),
        ("0.004", 100, None, 0),
        ("0.005", 100, None, 1),
        ("3", 100, None, 300),
        ("0", 100, None, 0),
    ],
)
def test_output_is_a_number_or_a_share(
    ratio: str | None, tokens: int, given_tokens: int | None, output: int
) -> None:
    """A share is of each input's tokens; half a token counts as one."""
    share = None if ratio is None else Decimal(ratio)
    nothing = ratio is None and given_tokens is None
    terms = replace(TERMS, output=None if nothing else Amount(given_tokens or 0, share))

    assert terms.usage(tokens).output == output
    assert asked([FLAT], text(tokens), terms=terms).lines[0].usage.output == output


def test_each_input_is_a_request_of_its_own() -> None:
    """Two inputs below a band's edge are billed below it, though together they are above."""
    (line,) = asked([TWO], text(100), text(100)).lines

    assert line.cost.amount == Decimal(200) / 1_000_000
    assert line.usage.input == line.tokens.tokens == 200
    assert line.bands == TWO.prices[0].bands[:1]


def test_the_bands_that_billed_are_named_once_each() -> None:
    """In the order of the row, whichever was met first."""
    (line,) = asked([TWO], text(101), text(1), text(101)).lines

    assert line.bands == TWO.prices[0].bands
    assert line.cost.amount == Decimal(2 * 101 * 2 + 1) / 1_000_000


DEAR = model("dear", row(rates("9", "9")))
DOLLARS = model("dollars", row(rates("1", "1")), provider="globex")
FREE = model("free", unpriced(PriceState.FREE))


def test_the_cheapest_comes_first_in_one_currency() -> None:
    """A dollar at 7 yuan lies between 1 and 9 yuan; free ones do not rank."""
    found = asked([DEAR, DOLLARS, FLAT, FREE], text(1000))

    assert [line.model.id for line in found.lines] == ["flat", "dollars", "dear", "free"]
    assert [line.rank for line in found.lines] == [1, 2, 3, 0]


def test_free_comes_after_a_bill_of_nothing() -> None:
    """An empty text costs nothing anywhere; ties after that go by name."""
    found = asked([DEAR, FLAT, FREE], text(0))

    assert [line.model.id for line in found.lines] == ["dear", "flat", "free"]


@pytest.mark.parametrize(("currency", "native", "cost"), [("CNY", "1", "7"), ("USD", "1", "1")])
def test_a_line_tells_the_bill_and_what_it_is_in_the_currency_asked_for(
    currency: str, native: str, cost: str
) -> None:
    """`native` is what the provider bills, `cost` is converted at the rate."""
    (line,) = asked([DOLLARS], text(1_000_000), currency=currency).lines

    assert (line.native.amount, line.native.currency) == (Decimal(native), "USD")
    assert (line.cost.amount, line.cost.currency) == (Decimal(cost), currency)


def test_without_a_rate_nothing_is_converted() -> None:
    """One currency needs no rate; a second one without it is an error, not a mixture."""
    assert asked([FLAT, DEAR], text(1), rate=None).lines
    with pytest.raises(NoExchangeRate):
        asked([FLAT, DOLLARS], text(1), rate=None)


def test_thinking_is_billed_where_asked_for() -> None:
    """At the row's price for output in thinking mode."""
    thinker = model("thinker", row(rates("0", "2", output_thinking="8")))
    plain = replace(TERMS, output=Amount(1_000_000))

    assert asked([thinker], text(1), terms=plain).lines[0].cost.amount == 2
    thinking = replace(plain, conditions=Conditions(thinking=True))
    assert asked([thinker], text(1), terms=thinking).lines[0].cost.amount == 8


@pytest.mark.parametrize(
    ("one", "tokens", "output", "reason"),
    [
        pytest.param(model("m", row(rates("1", "1")), context=100), 90, 10, "", id="fits"),
        pytest.param(
            model("m", row(rates("1", "1")), context=100), 91, 10, "context", id="one too many"
        ),
        pytest.param(model("m", row(rates("1", "1")), max_output=10), 1, 10, "", id="writes 10"),
        pytest.param(
            model("m", row(rates("1", "1")), max_output=10), 1, 11, "max_output", id="writes 11"
        ),
        pytest.param(CLOSED, 1000, 0, "", id="the last band's edge"),
        pytest.param(CLOSED, 1001, 0, "band", id="beyond the last band"),
        pytest.param(
            model("m", row(rates("1", "1")), retired="2026-11-22"), 1, 0, "date", id="retired"
        ),
        pytest.param(model("m", row(rates("1", "1")), retired="2026-11-23"), 1, 0, "", id="sold"),
        pytest.param(
            model("m", row(rates("1", "1"), start="2026-11-23")), 1, 0, "date", id="not yet"
        ),
        pytest.param(
            model("m", row(rates("1", "1"), until="2026-11-22")), 1, 0, "date", id="ended"
        ),
        pytest.param(model("m"), 1, 0, "date", id="no row at all"),
        pytest.param(model("m", unpriced(PriceState.UNKNOWN)), 1, 0, "state", id="unknown"),
        pytest.param(model("m", unpriced(PriceState.PLAN)), 1, 0, "state", id="subscription"),
        pytest.param(FREE, 10**9, 10**9, "", id="free of any size"),
    ],
)
def test_what_cannot_be_served_or_priced_is_left_out_with_its_reason(
    one: Model, tokens: int, output: int, reason: str
) -> None:
    """Never ranked, never zero, and never silently dropped."""
    found = asked([one], text(5), text(tokens), terms=replace(TERMS, output=Amount(output)))

    assert [line.model for line in found.lines] == ([] if reason else [one])
    assert [(left.model, left.reason) for left in found.excluded] == (
        [(one, reason)] if reason else []
    )
    assert all(left.detail for left in found.excluded)


@pytest.mark.parametrize(
    ("one", "detail"),
    [
        (model("m", row(rates("1", "1")), context=100), "needs 101, the context has 100"),
        (model("m", row(rates("1", "1")), max_output=9), "10 asked, writes 9"),
        (model("m", row(band("1", input=90))), "no price for 91 tokens in, 10 out"),
        (model("m", row(rates("1", "1")), retired="2026-11-22"), "retired on 2026-11-22"),
        (model("m"), "no price known for 2026-11-22"),
        (model("m", unpriced(PriceState.PLAN)), "sold by subscription only"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_reason_has_its_figures(one: Model, detail: str) -> None:
    """What was asked for, and what there is."""
    found = asked([one], text(91), terms=replace(TERMS, output=Amount(10)))

    assert found.excluded[0].detail == detail


def test_a_price_that_is_unknown_says_what_is_known_of_it() -> None:
    """The row's note is part of the reason."""
    one = model("m", unpriced(PriceState.UNKNOWN, note="cut that day"))

    assert asked([one], text(1)).excluded[0].detail == "price unknown: cut that day"


@pytest.mark.parametrize(
    ("one", "count", "expected"),
    [
        pytest.param(FLAT, (100, 90, 120), (90, 100, 120), id="flat"),
        pytest.param(TWO, (100, 90, 101), (90, 100, 202), id="the high bound is in a dearer band"),
        pytest.param(TWO, (101, 100, 110), (100, 202, 220), id="the low bound is in a cheaper one"),
        pytest.param(CLOSED, (900, 800, 1200), (1600, 1800, 2000), id="up to the last band's edge"),
        pytest.param(BELOW, (900, 99, 1200), (99, 1800, 2000), id="below its edge"),
        pytest.param(FREE, (100, 90, 120), (0, 0, 0), id="free"),
    ],
)
def test_an_estimated_count_makes_a_range(
    one: Model, count: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    """The bounds are the bills at the bounds of the count, as far as prices go."""
    (line,) = asked([one], text(*count)).lines
    low, amount, high = (Decimal(n) / 1_000_000 for n in expected)

    assert (line.cost.low, line.cost.amount, line.cost.high) == (low, amount, high)


def test_a_range_holds_the_amount_where_larger_requests_are_cheaper() -> None:
    """A band may be cheaper than the one before it."""
    odd = model("odd", row(band("9", input=100), band("1")))
    (line,) = asked([odd], text(100, 90, 101)).lines

    assert line.cost.low <= line.cost.amount <= line.cost.high


def test_counts_of_several_inputs_add_up() -> None:
    """A sum is exact only if all of it is."""
    (line,) = asked([FLAT], text(10), text(10, 8, 15)).lines

    assert line.tokens == Count(20, 18, 25, "words", exact=False)


def test_no_input_costs_nothing() -> None:
    """An empty list is no error here."""
    (line,) = asked([FLAT]).lines

    assert line.cost.amount == 0


@pytest.mark.parametrize(
    ("other", "first"),
    [
        ((100, 90, 110), ["flat", "next"]),
        ((100, 100, 100), ["flat", "next"]),
        ((90, 80, 100), ["next", "flat"]),
        ((130, 120, 140), ["flat", "next"]),
        ((130, 121, 140), ["flat"]),
    ],
)
def test_the_first_may_be_any_whose_range_reaches_below_the_firsts_high(
    other: tuple[int, int, int], first: list[str]
) -> None:
    """Overlapping ranges leave it open which model is the cheapest."""
    following = replace(FLAT, id="next", tokenizer="other")
    (one,) = [text(100, 90, 120)]
    both = replace(one, counts={**one.counts, "other": text(*other).counts["words"]})
    found = asked([FLAT, following, FREE], both)

    assert [line.model.id for line in uncertain_first(found)] == first


def test_where_nothing_is_priced_nothing_is_uncertain() -> None:
    """Free models are no contenders for the cheapest paid one."""
    assert uncertain_first(asked([FREE], text(1))) == ()


# --- the terms of a request ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "input", "expected"),
    [("0.4", 10, 4), ("0.4", 11, 4), ("0.5", 11, 6), ("1", 7, 7), ("0", 7, 0), ("0.05", 10, 1)],
)
def test_a_share_is_of_the_input_and_rounds_half_up(share: str, input: int, expected: int) -> None:
    """Half a token counts as one."""
    assert Amount(share=Decimal(share)).of(input) == expected


@pytest.mark.parametrize(
    ("cached", "written", "read", "wrote"),
    [
        (Amount(0), Amount(0), 0, 0),
        (Amount(40), Amount(0), 40, 0),
        (Amount(0), Amount(40), 0, 40),
        (Amount(40), Amount(60), 40, 60),
        (Amount(40), Amount(61), 40, 60),
        (Amount(100), Amount(1), 100, 0),
        (Amount(9999), Amount(9999), 100, 0),
        (Amount(share=Decimal("0.4")), Amount(share=Decimal("0.8")), 40, 60),
    ],
)
def test_a_cache_holds_no_more_than_the_input(
    cached: Amount, written: Amount, read: int, wrote: int
) -> None:
    """What was read is not written again."""
    usage = replace(TERMS, cached=cached, written=written).usage(100)

    assert (usage.input, usage.cache_read, usage.cache_write) == (100, read, wrote)


def test_cached_tokens_are_billed_and_shown() -> None:
    """At their own prices, in each input by its own share."""
    one = model("m", row(rates("10", "0", "1", cache_write_5m="12")))
    wishes = replace(TERMS, cached=Amount(share=Decimal("0.5")), written=Amount(10))
    (line,) = asked([one], text(100), text(20), terms=wishes).lines

    assert line.usage == Usage(120, 0, 60, 20)
    assert line.native.amount * M == 40 * 10 + 60 * 1 + 20 * 12
    assert [(part.item, part.quantity) for part in line.parts] == [
        *(("input", 40), ("cache_read", 60), ("cache_write.5m", 20))
    ]


BUSY = model(
    "busy",
    row(
        band("1", peak=variant("2"), batch=variant("0.5"), flex=variant("0.3")),
        schedule="office",
        regions={"us": "1.1"},
    ),
)
EVENING, MORNING = "2026-11-20T20:00:00+08:00", "2026-11-20T10:00:00+08:00"


@pytest.mark.parametrize(
    ("hours", "price", "window"),
    [
        (Hours.OFF_PEAK, 1, ""),
        (Hours.PEAK, 2, "mon-fri 09:00-12:00"),
        (at(EVENING), 1, ""),
        (at(MORNING), 2, "mon-fri 09:00-12:00"),
        (at("2026-11-20T15:00:00+08:00"), 2, "mon-fri 14:00-18:00"),
        (at("2026-11-20T03:00:00+01:00"), 2, "mon-fri 09:00-12:00"),
        (at("2026-11-19T10:00:00+08:00"), 1, ""),  # the holiday of the calendar
    ],
)
@pytest.mark.parametrize("when", [EVENING, MORNING])
def test_the_hours_choose_the_part_of_a_schedule(
    hours: Hours | datetime, price: int, window: str, when: str
) -> None:
    """They, and not the instant of the row."""
    asked_for = terms(when, hours=hours)
    found = estimate(
        table(BUSY), [BUSY], [text(M)], asked_for, Exchange("CNY"), FakeCalendar("2026-11-19")
    )

    (line,) = found.lines

    assert line.native.amount == price
    assert line.peak == window


def test_a_price_without_a_schedule_has_no_peak() -> None:
    """Asked for or not."""
    (line,) = asked([FLAT], text(M), terms=replace(TERMS, hours=Hours.PEAK)).lines

    assert line.native.amount == 1
    assert line.peak == ""


@pytest.mark.parametrize(
    ("wishes", "price"),
    [
        ({}, "1"),
        ({"batch": True}, "0.5"),
        ({"tier": "flex"}, "0.3"),
        ({"tier": "none"}, "1"),
        ({"region": "us"}, "1.1"),
        ({"region": "us", "batch": True}, "0.55"),
    ],
)
def test_conditions_reach_the_bill(wishes: dict[str, Any], price: str) -> None:
    """Batch, tier and region, where a model has them."""
    (line,) = asked([BUSY], text(M), terms=replace(TERMS, conditions=Conditions(**wishes))).lines

    assert line.native.amount == Decimal(price)


def test_a_negotiated_discount_is_taken_off_its_model_alone() -> None:
    """On top of all else."""
    mine = replace(FLAT, id="mine", discount=Decimal("0.8"))
    found = asked([FLAT, mine], text(M))

    assert [(line.model.id, line.native.amount) for line in found.lines] == [
        *(("mine", Decimal("0.8")), ("flat", 1))
    ]


# --- what a new account gets for nothing ---------------------------------------------------------


def quota_bill(
    tokens: int, *quotas: Quota, calls: int = 1, output: int = 0, free: bool = True
) -> Line:
    wishes = terms("2026-11-22", calls=calls, output=Amount(output), free_quota=free)
    own = table(FLAT, DOLLARS, quotas=quotas)
    found = estimate(own, [FLAT], [text(tokens)], wishes, Exchange("CNY"), CALENDAR)
    return found.lines[0]


@pytest.mark.parametrize(
    ("tokens", "calls", "output", "amount"),
    [
        pytest.param(M, 1, 0, "0", id="all of it is free"),
        pytest.param(M - 1, 1, 0, "0", id="less than there is"),
        pytest.param(M + 1, 1, 0, "0.000001", id="one token more"),
        pytest.param(1_500_000, 1, 0, "0.5", id="the rest is billed"),
        pytest.param(500_000, 3, 0, "0.5", id="calls count together"),
        pytest.param(500_000, 1, 500_000, "0", id="output counts too"),
        pytest.param(M, 1, M, "5.5", id="half of all tokens, half of the bill"),
        pytest.param(0, 1, 0, "0", id="nothing"),
    ],
)
def test_a_free_quota_takes_its_share_of_the_bill(
    tokens: int, calls: int, output: int, amount: str
) -> None:
    """Tokens of all kinds are taken as they come."""
    line = quota_bill(tokens, quota(M), calls=calls, output=output)

    assert line.native.amount == Decimal(amount)
    assert sum(part.amount for part in line.parts) == line.native.amount


@pytest.mark.parametrize(
    ("quotas", "free", "amount"),
    [
        pytest.param([quota(M)], False, "1", id="not asked for"),
        pytest.param([], True, "1", id="none there"),
        pytest.param([quota(M, "account")], True, "0", id="of the whole account"),
        pytest.param([quota(M, start="2026-11-22")], True, "0", id="from this day"),
        pytest.param([quota(M, start="2026-11-23")], True, "1", id="from the next"),
        pytest.param([quota(M, until="2026-11-23")], True, "0", id="until the next day"),
        pytest.param([quota(M, until="2026-11-22")], True, "1", id="until this day"),
        pytest.param([quota(M // 2), quota(M // 4)], True, "0.5", id="the largest of several"),
    ],
)
def test_a_free_quota_has_its_days_and_is_asked_for(
    quotas: list[Quota], free: bool, amount: str
) -> None:
    """`from` is inclusive and `until` exclusive; an account's is as free as a model's."""
    assert quota_bill(M, *quotas, free=free).native.amount == Decimal(amount)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**4), st.integers(1, 10**8))
def test_a_free_quota_never_makes_a_bill_negative(
    tokens: int, output: int, calls: int, free: int
) -> None:
    """Nor dearer; and a quota that holds all of it leaves nothing, to the last digit."""
    plain = quota_bill(tokens, calls=calls, output=output).native
    line = quota_bill(tokens, quota(free), calls=calls, output=output)

    assert 0 <= line.native.amount <= plain.amount
    assert (line.native.amount == 0) is ((tokens + output) * calls <= free)
    assert sum(part.amount for part in line.parts) == line.native.amount


# --- what is not sold by the token ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "output", "reason"),
    [
        pytest.param(model("m", row(fees={"page": "4"})), 0, "unit", id="by the page"),
        pytest.param(model("m", row(rates("1")), kind="embedding"), 0, "", id="by the token"),
        pytest.param(model("m", row(rates("1")), kind="embedding"), 1, "unit", id="writes nothing"),
        pytest.param(model("m", row(prices({"image_output": "9"}))), 0, "unit", id="images alone"),
    ],
)
def test_what_is_not_sold_by_the_token_is_left_out(one: Model, output: int, reason: str) -> None:
    """Also where just the output is not."""
    found = asked([one], text(10), terms=replace(TERMS, output=Amount(output)))

    assert [left.reason for left in found.excluded] == ([reason] if reason else [])
    assert len(found.lines) == (0 if reason else 1)


# --- laws ------------------------------------------------------------------------------------

amounts = st.decimals(0, 999, places=4)


@st.composite
def price_rows(draw: st.DrawFn) -> PriceRow:
    """Flat, banded, closed, free or unknown."""
    kind = draw(st.sampled_from(["flat", "bands", "closed", "schedule", "free", "unknown"]))
    if kind in ("free", "unknown"):
        return unpriced(PriceState(kind))
    if kind == "flat":
        return row({"input": draw(amounts), "output": draw(amounts), "cache_read": draw(amounts)})
    if kind == "schedule":
        return row(band("2", peak=variant("3"), batch=variant("0.5")), schedule="office")
    edges = sorted(draw(st.sets(st.integers(1, 500), min_size=2, max_size=4)))
    bands = [band(str(draw(amounts)), input=edge, inclusive=draw(st.booleans())) for edge in edges]
    return row(*bands) if kind == "closed" else row(*bands[:-1], band(str(draw(amounts))))


@st.composite
def catalogs(draw: st.DrawFn) -> list[Model]:
    providers = st.sampled_from(["acme", "globex"])
    limits = st.none() | st.integers(1, 500)
    rows = draw(st.lists(price_rows(), max_size=6))
    return [
        model(f"m{n}", one, provider=draw(providers), context=draw(limits), max_output=draw(limits))
        for n, one in enumerate(rows)
    ]


@st.composite
def texts(draw: st.DrawFn) -> Input:
    low, tokens, high = sorted(draw(st.tuples(*[st.integers(0, 600)] * 3)))
    return text(tokens, low, high)


rounds = st.lists(texts(), min_size=1, max_size=3)
outputs = st.builds(Amount, st.integers(0, 50)) | st.builds(
    Amount, share=st.decimals(0, 3, places=2)
)
wishes = st.builds(
    Terms,
    at=st.just(TERMS.at),
    hours=st.sampled_from([*Hours, at(MORNING)]),
    cached=outputs,
    conditions=st.builds(Conditions, batch=st.booleans(), thinking=st.booleans()),
    free_quota=st.booleans(),
    output=st.none() | outputs,
    calls=st.integers(1, 10**6),
)


@given(catalogs(), rounds, wishes, st.sampled_from(["CNY", "USD"]))
def test_every_model_is_ranked_or_left_out(
    models: list[Model], inputs: list[Input], terms: Terms, currency: str
) -> None:
    """Ranks count from 1 in the order of cost, but for free models at the end; each range holds its
    amount."""
    found = asked(models, *inputs, terms=terms, currency=currency, rate=Rate(Decimal("7.13")))
    paid = [line for line in found.lines if not line.is_free]
    costs = [line.cost.amount for line in paid]
    answered = [line.model.id for line in found.lines] + [one.model.id for one in found.excluded]

    assert sorted(answered) == [one.id for one in models]
    assert costs == sorted(costs)
    assert list(found.lines[: len(paid)]) == paid
    assert [line.rank for line in paid] == list(range(1, len(costs) + 1))
    assert {line.rank for line in found.lines if line.is_free} <= {0}
    for line in found.lines:
        assert 0 <= line.native.low <= line.native.amount <= line.native.high
        assert 0 <= line.cost.low <= line.cost.amount <= line.cost.high
        assert sum(part.amount for part in line.parts) == line.native.amount


@given(catalogs(), rounds, wishes)
def test_cost_is_proportional_to_calls(
    models: list[Model], inputs: list[Input], terms: Terms
) -> None:
    """N calls cost N times one call, to the last digit, in the provider's currency."""
    once = asked(models, *inputs, terms=replace(terms, calls=1))
    often = asked(models, *inputs, terms=terms)
    single = {line.model.key: line.native for line in once.lines}

    assert {line.model.key: line.native.amount for line in often.lines} == {
        key: native.amount * terms.calls for key, native in single.items()
    }
    assert {line.model.key: (line.native.low, line.native.high) for line in often.lines} == {
        key: (native.low * terms.calls, native.high * terms.calls) for key, native in single.items()
    }


@given(catalogs(), rounds, wishes)
def test_the_order_of_models_does_not_matter(
    models: list[Model], inputs: list[Input], terms: Terms
) -> None:
    """The ranking is a property of the answer, not of the table."""
    forwards = asked(models, *inputs, terms=terms)
    backwards = asked(models[::-1], *inputs, terms=terms)

    assert forwards.lines == backwards.lines
