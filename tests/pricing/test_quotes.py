"""What a price list says of one row, and when its hours change next."""

from decimal import Decimal

import pytest
from tables import (
    CALENDAR,
    OFFICE_HOURS,
    FakeCalendar,
    at,
    band,
    model,
    offer,
    quota,
    rates,
    row,
    unpriced,
    variant,
)
from tables import table as table_of

from llmcost.pricing.cost import Conditions, cost_of
from llmcost.pricing.price_rows import PriceRow, PriceState
from llmcost.pricing.quotes import listing, quotes
from llmcost.pricing.schedule import PeakWindow, Schedule, next_change
from llmcost.pricing.terms import Hours
from llmcost.pricing.usage import Usage

FULL = row(
    band(rates("2", "8", "0.2"), batch=variant("0.5"), flex=variant(input="1")),
    regions={"eu": "1.1"},
    fees={"web_search": "10", "audio_hour": "360", "characters": "0.015"},
    list_price={"input": "4"},
    promotion="half",
)


def told(one: PriceRow, discount: str | None = None) -> dict[tuple[str, str], tuple[str, str]]:
    factor = None if discount is None else Decimal(discount)
    return {
        (quote.item, quote.condition): (f"{quote.price:f}", quote.per)
        for quote in quotes(one, factor)
    }


@pytest.mark.parametrize(
    ("item", "condition", "price", "per"),
    [
        ("input", "", "2", "1M tokens"),
        ("cache_read", "batch", "0.10", "1M tokens"),
        ("input", "flex", "1", "1M tokens"),
        ("output", "flex", "8", "1M tokens"),
        ("output", "region eu", "8.8", "1M tokens"),
        ("input", "list", "4", "1M tokens"),
        ("web_search", "", "10", "1000"),
        ("audio_hour", "", "0.360", "hour"),
        ("characters", "", "15.000", "1M characters"),
    ],
)
def test_each_price_of_a_row(item: str, condition: str, price: str, per: str) -> None:
    assert told(FULL)[item, condition] == (price, per)


def test_a_stored_cache_is_sold_by_the_hour() -> None:
    assert told(row(rates("2", cache_storage="1")))["cache_storage", ""] == ("1", "1M token-hours")


def test_a_negotiated_discount_is_in_the_prices() -> None:
    """And in the fees, but not in what is listed."""
    found = told(FULL, "0.8")

    assert [found[key][0] for key in (("input", ""), ("input", "list"), ("web_search", ""))] == [
        "1.6",
        "4",
        "8.0",
    ]


@pytest.mark.parametrize(
    ("condition", "conditions"),
    [
        ("", Conditions()),
        ("batch", Conditions(batch=True)),
        ("flex", Conditions(tier="flex")),
        ("region eu", Conditions(region="eu")),
    ],
)
def test_a_million_tokens_cost_what_is_quoted(condition: str, conditions: Conditions) -> None:
    """The list and the bill come from the same rule."""
    cost = cost_of(Usage(input=1_000_000), FULL, conditions)

    assert cost is not None
    assert cost.amount == Decimal(told(FULL)["input", condition][0])


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-23T08:59:59+08:00", "2026-11-23T09:00:00+08:00"),
        ("2026-11-23T09:00:00+08:00", "2026-11-23T12:00:00+08:00"),
        ("2026-11-23T03:59:59+00:00", "2026-11-23T12:00:00+08:00"),
        ("2026-11-23T12:00:00+08:00", "2026-11-23T14:00:00+08:00"),
        ("2026-11-23T17:59:59+08:00", "2026-11-23T18:00:00+08:00"),
        ("2026-11-20T18:00:00+08:00", "2026-11-23T09:00:00+08:00"),
        ("2026-09-30T18:00:00+08:00", "2026-10-08T09:00:00+08:00"),
    ],
)
def test_when_peak_hours_begin_or_end_next(instant: str, expected: str) -> None:
    """Over lunch, a weekend, and a week of holidays, in the vendor's zone."""
    golden_week = FakeCalendar(*(f"2026-10-0{day}" for day in range(1, 8)))

    assert next_change(OFFICE_HOURS, at(instant), golden_week) == at(expected)


def test_windows_that_meet_are_one() -> None:
    schedule = Schedule(
        "x", "Asia/Shanghai", (PeakWindow((0,), 0, 720), PeakWindow((0,), 720, 1440))
    )
    found = next_change(schedule, at("2026-11-23T11:00:00+08:00"), CALENDAR)

    assert found == at("2026-11-24T00:00:00+08:00")


def test_a_schedule_without_an_end_has_no_next_change() -> None:
    always = Schedule("x", "Asia/Shanghai", (PeakWindow(tuple(range(7)), 0, 1440),))

    assert next_change(always, at("2026-11-23"), CALENDAR) is None


PEAKED = row(band(rates("2"), peak=variant(input="4")), schedule="office", start="2026-01-01")


@pytest.mark.parametrize(
    ("hours", "is_peak", "has_end"),
    [
        (at("2026-11-23T10:00:00+08:00"), True, True),
        (at("2026-11-22T10:00:00+08:00"), False, True),
        (Hours.PEAK, True, False),
        (Hours.OFF_PEAK, False, False),
    ],
)
def test_the_hours_that_are_billed(hours: object, is_peak: bool, has_end: bool) -> None:
    one = model("a", PEAKED)
    found = listing(table_of(one), one, at("2026-11-23"), hours, CALENDAR)  # type: ignore[arg-type]

    assert found.clock is not None
    assert (found.clock.peak is not None, found.clock.until is not None) == (is_peak, has_end)


def test_a_listing_tells_what_lies_ahead_and_what_else_is_on_sale() -> None:
    """Of several prices of the same offer, the last one that began."""
    one = model(
        "a",
        row(rates("2")),
        row(rates("1"), start="2026-12-01"),
        deployment=(
            offer("9", "hour"),
            offer("8", "hour", "2026-01-01"),
            offer("7", "day", "2027-01-01"),
        ),
    )
    found = listing(
        table_of(one, quotas=(quota(100),)), one, at("2026-11-22"), Hours.PEAK, CALENDAR
    )

    assert [str(row.start) for row in found.ahead] == ["2026-12-01"]
    assert [(kind, f"{one.price}") for kind, one in found.offers] == [("deployment", "8")]
    assert [one.tokens for one in found.quotas] == [100]
    assert found.clock is None


@pytest.mark.parametrize("state", [PriceState.FREE, PriceState.UNKNOWN])
def test_a_free_quota_goes_with_a_price(state: PriceState) -> None:
    one = model("a", unpriced(state))
    found = listing(
        table_of(one, quotas=(quota(100),)), one, at("2026-11-22"), Hours.PEAK, CALENDAR
    )

    assert found.quotas == ()
