"""Months ahead: users that grow, prices that are announced or assumed, models that end."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from paths import CLI
from rich.cells import cell_len
from shipped import TABLE, the_model
from tables import (
    CALENDAR,
    OFFICE_HOURS,
    FakeCalendar,
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
    variant,
)

from llmcost.cli.app import main
from llmcost.commands.budget.compute import budget as budget_of
from llmcost.commands.forecast.compute import Forecast, ForecastLine, forecast
from llmcost.commands.forecast.periods import month_after
from llmcost.commands.forecast.view import COLUMNS, ForecastAnswer, notes, tables
from llmcost.money import EXACT, ZERO, Exchange, Money, kept
from llmcost.pricing.price_rows import Model, PriceState, PriceTable
from llmcost.pricing.schedule import Calendar
from llmcost.pricing.usage import Count
from llmcost.render.chart import NARROWEST
from llmcost.workload.model import OFF_PEAK, PEAK, Profile, Workload
from llmcost.workload.ownership import days_in
from llmcost.workload.quantities import decline, growth
from llmcost.workload.traffic import PROFILES, MonthSpan, Query, Seasons, profile, seasons

SHANGHAI = "Asia/Shanghai"
PLAIN = Workload(
    mau=10,
    requests_per_user=Decimal(1),
    input_tokens=1_000_000,  # so that a user costs what 1M tokens do
    output_tokens=0,
    months=3,
    traffic=profile("flat", SHANGHAI),
)


def workload(**others: Any) -> Workload:
    return replace(PLAIN, **others)


def query_of(asked: Workload, when: str, month: str, rates_in: Exchange) -> tuple[Query, Seasons]:
    first = date.fromisoformat(f"{month or when[:7]}-01")
    hours = seasons(asked.traffic, CALENDAR, asked.zone)
    query = Query(
        workload=asked,
        at=at(when),
        month=first,
        season=hours.season(MonthSpan(first)),
        exchange=rates_in,
    )
    return query, hours


def ask(
    *models: Model,
    when: str = "2026-11-01",
    month: str = "",
    prices: PriceTable | None = None,
    rates_in: Exchange | None = None,
    **others: Any,
) -> Forecast:
    query, hours = query_of(workload(**others), when, month, rates_in or exchange())
    return forecast(prices or table(*models), models, query, hours)


def line(*models: Model, **others: Any) -> ForecastLine:
    (found,) = ask(*models, **others).lines
    return found


def costs(*models: Model, **others: Any) -> list[Decimal | None]:
    return [one.cost for one in line(*models, **others).months]


def amounts(*texts: str | None) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts]


def plain(*rows: tuple[str, str], **others: Any) -> Model:
    """A model whose price begins on these days."""
    return model("m", *(row(rates(price, price), start=day) for day, price in rows), **others)


ONE_PRICE = plain(("2024-01-01", "2"))


# --- users ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pace", "users"),
    [
        ("0%", [10, 10, 10, 10, 10]),
        ("10%/month", [10, 11, 12, 13, 15]),  # 12.1, 13.31, 14.641
        ("-50%", [10, 5, 3, 1, 1]),  # 2.5 is 3 users, 1.25 and 0.625 are 1
        ("4x/year", [10, 11, 13, 14, 16]),  # 11.22, 12.60, 14.14, 15.87
        ("2x/quarter", [10, 13, 16, 20, 25]),  # 12.60, 15.87, 20, 25.20
    ],
)
def test_users_grow_from_the_first_month_on(pace: str, users: list[int]) -> None:
    """To whole users."""
    found = line(ONE_PRICE, months=5, growth=growth(pace))

    assert [one.users for one in found.months] == users
    assert [one.cost for one in found.months] == [2 * one for one in users]
    assert [one.cumulative for one in found.months] == [
        2 * sum(users[: n + 1]) for n in range(len(users))
    ]


def test_the_months_begin_with_the_one_that_is_asked_for() -> None:
    """And go on over the end of a year."""
    found = line(ONE_PRICE, when="2026-11-22", month="2027-11", months=15)

    assert [one.month for one in found.months][:3] == [
        date(2027, 11, 1),
        date(2027, 12, 1),
        date(2028, 1, 1),
    ]
    assert found.months[-1].month == date(2029, 1, 1)


# --- prices that are known ahead -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        pytest.param("2026-11-01", ["40", "40", "40"], id="in force already"),
        pytest.param("2026-11-16", ["30", "40", "40"], id="half of November"),
        pytest.param("2026-11-16T12:00:00+08:00", ["29.666666666666666666666666667", "40", "40"],
                     id="at noon"),
        pytest.param("2026-11-15T16:00:00+00:00", ["30", "40", "40"], id="at midnight in Beijing"),
        pytest.param("2026-12-01", ["20", "40", "40"], id="with a month"),
        pytest.param("2027-01-31", ["20", "20", "20.645161290322580645161290323"],
                     id="on the last day"),
        pytest.param("2027-02-01", ["20", "20", "20"], id="after the last month"),
    ],
)  # fmt: skip
def test_a_row_counts_from_the_day_on_which_it_begins(begins: str, expected: list[str]) -> None:
    """By its share of the month's traffic."""
    with localcontext(EXACT):
        wanted = [kept(Decimal(one)) for one in expected]

    found = costs(plain(("2024-01-01", "2"), (begins, "4")))

    assert found == [pytest.approx(one, rel=Decimal("1e-26")) for one in wanted]


@pytest.mark.parametrize("traffic", [OFF_PEAK, PEAK, profile("flat", "America/New_York")])
def test_months_begin_in_the_zone_of_the_users(traffic: Any) -> None:
    """Whatever the hours: 0:00 of the first of December in Beijing is 11:00 the day before."""
    found = plain(("2024-01-01", "2"), ("2026-12-01T00:00:00+08:00", "4"))

    (first, *_) = costs(found, traffic=traffic, zone="America/New_York")

    assert first is not None
    assert Decimal("20.36") < first < Decimal("20.37")  # 13 of 720 hours at twice the price


def test_a_row_of_the_next_day_begins_though_the_users_are_there_already() -> None:
    """The day of the question ends, by its own clock, when theirs is past the next midnight."""
    found = plain(("2024-01-01", "2"), ("2026-11-16", "4"))

    assert costs(found, when="2026-11-15T23:59:59+00:00") == amounts("30", "40", "40")


def test_before_the_day_of_the_question_its_prices_hold() -> None:
    """A forecast does not look back: a row of last week holds for the whole month."""
    changed = plain(("2024-01-01", "2"), ("2026-11-16", "4"), ("2026-12-01", "6"))

    assert costs(changed, when="2026-11-20") == amounts("40", "60", "60")
    assert costs(changed, when="2026-11-20", month="2026-10") == amounts("40", "40", "60")
    assert costs(changed, when="2026-11-10") == amounts("30", "60", "60")


def test_rows_that_are_over_do_not_count() -> None:
    """Nor do those that began at an hour."""
    changed = plain(
        ("2024-01-01", "2"),
        ("2026-11-12T12:00:00+08:00", "3"),
        ("2026-11-16T12:00:00+08:00", "4"),
    )
    (first, *_) = line(changed, when="2026-11-20").months

    assert first.cost == 40
    assert len(first.steps) == 1


def test_a_promotion_ends_on_its_day() -> None:
    """The list price comes back with a row of its own."""
    found = model(
        "m",
        row(rates("1"), start="2026-10-01", until="2026-12-01", promotion="half price"),
        row(rates("2"), start="2026-12-01"),
    )

    assert costs(found) == amounts("10", "20", "20")


MONDAYS = Profile("weights", tuple((Decimal(day == 0),) * 24 for day in range(7)), SHANGHAI)


def test_the_busy_half_of_a_month_weighs_more() -> None:
    """Traffic only on Mondays, and the price doubles on the third of five."""
    found = line(plain(("2024-01-01", "2"), ("2026-11-16", "4")), traffic=MONDAYS, months=1)

    assert [step.share for step in found.months[0].steps] == [Decimal("0.4"), Decimal("0.6")]
    assert found.total == 10 * (2 * 2 + 3 * 4) / Decimal(5)


def peak_row(start: str) -> Model:
    busy = band(rates("2"), peak=variant("3"))
    return model("m", row(rates("2"), start="2024-01-01"),
                 row(busy, start=start, schedule=OFFICE_HOURS.id))  # fmt: skip


@pytest.mark.parametrize(
    ("start", "days", "peak_days"),
    [("2026-11-16", 15, 11), ("2026-11-21", 10, 6), ("2026-11-28", 3, 1)],
)
def test_peak_hours_are_those_of_the_part_of_the_month(
    start: str, days: int, peak_days: int
) -> None:
    """Seven of each working day that is left."""
    (first, *_), found = line(peak_row(start)).months, line(peak_row(start))
    share = Fraction(7 * peak_days, 24 * days)

    assert first.steps[0].peak == 0
    assert first.steps[1].peak == pytest.approx(Decimal(share.numerator) / share.denominator)
    assert found.months[0].cost == pytest.approx(
        Decimal(float(20 * (1 + 2 * Fraction(7 * peak_days, 30 * 24)))), rel=Decimal("1e-12")
    )
    assert [step.row.schedule for step in found.announced] == [OFFICE_HOURS.id]


@pytest.mark.parametrize(("traffic", "expected"), [(PEAK, "40"), (OFF_PEAK, "20")])
def test_all_traffic_may_meet_peak_hours_or_none(traffic: str, expected: str) -> None:
    """Then it is as much on each day."""
    found = costs(peak_row("2026-11-16"), traffic=traffic)

    assert found == amounts(expected, "60" if traffic == PEAK else "20",
                            "60" if traffic == PEAK else "20")  # fmt: skip


# --- models that end -----------------------------------------------------------------------------


def test_a_retired_model_stops() -> None:
    """It costs nothing from that day on, and does not win by it."""
    ending = model("ending", row(rates("1"), start="2024-01-01"), retired="2026-12-11")
    found = ask(ending, ONE_PRICE)

    assert [one.model.id for one in found.lines] == ["m", "ending"]
    assert [one.rank for one in found.lines] == [1, 2]
    stopped = found.lines[1]
    assert stopped.stop is not None
    assert (stopped.stop.day, stopped.stop.why.detail) == (
        date(2026, 12, 11),
        "retired on 2026-12-11",
    )
    first, second, third = stopped.months
    assert [first.cost, third.cost, third.native] == amounts("10", None, None)
    assert second.cost == kept(EXACT.divide(Decimal(100), Decimal(31)))
    assert stopped.total == third.cumulative == 10 + (second.cost or 0)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (model("m", row(rates("1")), unpriced(PriceState.UNKNOWN, start="2026-12-01")), "state"),
        (model("m", row(rates("1")), unpriced(PriceState.PLAN, start="2026-12-01")), "state"),
        (model("m", row(rates("1"), until="2026-12-01")), "date"),
        (model("m", row(rates("1")), row(band("1", input=500), start="2026-12-01")), "band"),
        (model("m", row(rates("1"), fees={"search": "1"}), row(rates("1"), start="2026-12-01")),
         "fee"),
    ],
)  # fmt: skip
def test_a_model_without_a_price_stops(ending: Model, reason: str) -> None:
    """Unknown is not zero."""
    fees = {"search": Decimal(0)} if reason == "fee" else {}
    found = line(ending, fees=fees)

    assert [one.cost for one in found.months] == amounts("10", None, None)
    assert found.stop is not None
    assert (found.stop.day, found.stop.why.reason) == (date(2026, 12, 1), reason)


@pytest.mark.parametrize("when", ["2026-12-11", "2026-12-15"])
def test_a_model_that_never_serves_is_left_out(when: str) -> None:
    """With the words of `budget`."""
    (found,) = ask(plain(("2024-01-01", "2"), retired="2026-12-11"), when=when).excluded

    assert (found.reason, found.detail) == ("date", "retired on 2026-12-11")
    (found,) = ask(plain(("2024-01-01", "2"), retired="2026-12-11"), month="2027-01").excluded
    assert found.detail == "retired on 2026-12-11"


# --- prices that are assumed ---------------------------------------------------------------------


@pytest.mark.parametrize("model_id", ["qwen-long", "gpt-4o", "deepseek/deepseek-v4-pro"])
def test_seed_case_17_ten_times_cheaper_each_year(model_id: str) -> None:
    """ "Inference cost falls ten times per year": after twelve months exactly a tenth is left."""
    day = "2024-05-22" if model_id in ("qwen-long", "gpt-4o") else "2026-11-22"
    found = the_model(model_id, day)
    only = model("m", found.prices[0])
    months = line(only, when=day, months=13, decline=decline("10x/year")).months

    paid = [one.cost or Decimal(0) for one in months]
    assert paid[0] > 0
    assert paid[12] == paid[0] / 10
    assert months[12].steps[0].factor == Decimal("0.1")
    assert paid == sorted(paid, reverse=True)


@pytest.mark.parametrize(
    ("pace", "months", "factor"),
    [
        ("10x/year", 12, "0.1"),
        ("10x/year", 24, "0.01"),
        ("20%/quarter", 3, "0.8"),
        ("20%/quarter", 6, "0.64"),
        ("50%", 2, "0.25"),
        ("0%", 7, "1"),
    ],
)
def test_whole_periods_of_decline_are_exact(pace: str, months: int, factor: str) -> None:
    """All users together pay so much less."""
    found = line(ONE_PRICE, months=months + 1, decline=decline(pace))

    assert found.months[-1].cost == 20 * Decimal(factor)


HALF = decline("50%/month")


@pytest.mark.parametrize(
    ("begins", "factors"),
    [
        pytest.param("2026-11-15", [["1"], ["0.5"], ["0.25"], ["0.125"]], id="in force"),
        pytest.param("2027-01-01", [["1"], ["0.5"], ["1"], ["0.5"]], id="with a month"),
        pytest.param("2026-12-17", [["1"], ["0.5", "1"], ["1"], ["0.5"]], id="within one"),
        pytest.param("2026-12-17T09:00:00+08:00", [["1"], ["0.5", "1"], ["1"], ["0.5"]],
                     id="at an hour"),
        pytest.param("2026-12-31T16:00:00+00:00", [["1"], ["0.5"], ["1"], ["0.5"]],
                     id="at the turn of the year in Beijing"),
    ],
)  # fmt: skip
def test_an_announced_row_is_a_fact(begins: str, factors: list[list[str]]) -> None:
    """It begins at its own price, and falls with each whole month from then on."""
    changing = plain(("2024-01-01", "2"), (begins, "4"))
    found = line(changing, when="2026-11-20", months=4, decline=HALF)

    assert [[step.factor for step in one.steps] for one in found.months] == [
        [Decimal(factor) for factor in month] for month in factors
    ]


def test_only_tokens_and_calls_fall_in_price() -> None:
    """A deployment and training cost what they cost."""
    found = model(
        "m",
        row(rates("2"), fees={"search": "1000"}),
        fine_tuning=(offer("30", "1M training tokens"),),
        deployment=(offer("500", "month"),),
    )

    assert costs(
        found,
        fees={"search": Decimal(3)},
        fine_tune_tokens=1_000_000,
        deployment="any",
        decline=HALF,
    ) == amounts("560", "535", "522.5")  # 20 of tokens and 30 of calls in the first


# --- what is not paid by the token ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("per", "price", "expected"),
    [
        ("hour", "1", ["720", "744", "744", "672"]),
        ("day", "1", ["30", "31", "31", "28"]),
        ("month", "1", ["1", "1", "1", "1"]),
    ],
)
def test_a_deployment_runs_all_days_of_each_month(
    per: str, price: str, expected: list[str]
) -> None:
    """The longer the month, the more hours."""
    found = plain(("2024-01-01", "0"), deployment=(offer(price, per),))

    assert costs(found, deployment="any", months=4) == amounts(*expected)


def test_a_deployment_changes_and_ends_within_a_month() -> None:
    """By the days, whoever comes."""
    found = plain(
        ("2024-01-01", "0"),
        deployment=(offer("1", "day"), offer("3", "day", start="2026-11-11")),
        retired="2026-12-11",
    )

    assert costs(found, deployment="any", traffic=MONDAYS) == [
        pytest.approx(Decimal(10 + 20 * 3), rel=Decimal("1e-26")),
        pytest.approx(Decimal(10 * 3), rel=Decimal("1e-26")),
        None,
    ]


def test_a_month_of_a_deployment_is_paid_in_full() -> None:
    """At its price when the month began, and for a model that retires on the second day."""
    found = plain(
        ("2024-01-01", "0"),
        deployment=(offer("100", "month"), offer("300", "month", start="2026-11-11")),
        retired="2026-12-02",
    )

    assert costs(found, deployment="any") == amounts("100", "300", None)


def test_training_is_spread_over_the_months() -> None:
    """At the price on the day it is bought; together it is paid once."""
    found = plain(
        ("2024-01-01", "0"),
        fine_tuning=(
            offer("30", "1M training tokens"),
            offer("90", "1M training tokens", start="2026-12-01"),
        ),
    )

    assert costs(found, fine_tune_tokens=1_000_000) == amounts("10", "10", "10")


def test_the_free_quota_is_used_once() -> None:
    """In the first month."""
    given = table(ONE_PRICE, quotas=(quota(4_000_000),))

    assert costs(ONE_PRICE, prices=given, free_quota=True) == amounts("12", "20", "20")


def test_packs_are_bought_where_they_are_cheaper() -> None:
    """And fall in price like the tokens in them."""
    found = plain(
        ("2024-01-01", "2"),
        packs=(offer("6", "pack", tokens=7_000_000), offer("3", "pack", tokens=2_000_000)),
    )

    assert costs(found, packs=True) == amounts("11", "11", "11")  # 7M and 2M, 1M at 2 yuan
    assert costs(found, packs=True, decline=HALF) == amounts("11", "5.5", "2.75")


# --- money ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ("19.99", date(2026, 11, 1)),
        ("20", date(2026, 12, 1)),
        ("39", date(2027, 1, 1)),
        ("40", None),
    ],
)
def test_over_budget_is_the_first_month_that_costs_more(budget: str, expected: date | None) -> None:
    """20, 30 and 40 yuan."""
    found = line(
        plain(("2024-01-01", "2"), ("2026-12-01", "3"), ("2027-01-01", "4")),
        budget=Money(Decimal(budget), "CNY"),
    )

    assert found.over_budget == expected
    assert found.runs_out is None


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ("0", date(2026, 11, 1)),
        ("0.99", date(2026, 11, 1)),
        ("1", date(2026, 11, 2)),  # the first day is paid
        ("14.5", date(2026, 11, 15)),
        ("30", date(2026, 12, 1)),  # all of November
        ("33.1", date(2026, 12, 4)),  # 3.1 yuan, at 30 / 31 a day: three days and a bit
        ("89", date(2027, 1, 30)),  # 29 of 30 yuan: 29.97 days
        ("90", None),
        ("1000", None),
    ],
)
def test_money_runs_out_on_the_first_day_that_it_does_not_pay(
    total: str, expected: date | None
) -> None:
    """30 yuan a month: one a day in November, a little less in December and January."""
    found = line(plain(("2024-01-01", "3")), total_budget=Money(Decimal(total), "CNY"))

    assert found.runs_out == expected
    assert found.over_budget is None


def test_other_currencies_are_converted() -> None:
    """A budget in yuan, a model that bills in dollars, a ranking in yuan."""
    dollars = model("usd", row(rates("1")), provider="globex")
    found = line(dollars, budget=Money(Decimal(69), "CNY"), total_budget=Money(Decimal(20), "USD"))

    first = found.months[0]
    assert [first.native, first.cost] == amounts("10", "70")
    assert found.total == 210
    assert found.over_budget == date(2026, 11, 1)
    assert found.runs_out == date(2027, 1, 1)


def test_the_cheapest_of_all_months_is_first() -> None:
    """Those that end behind all others; free models do not rank."""
    falling = model("falling", row(rates("3")), row(rates("0.5"), start="2026-12-01"))
    free = model("free", unpriced(PriceState.FREE))
    nothing = model("a-zero", row(rates("0")))
    ending = model("ending", unpriced(PriceState.FREE), retired="2027-01-31")
    found = ask(ONE_PRICE, ending, falling, nothing, free)

    assert [one.model.id for one in found.lines] == ["a-zero", "falling", "m", "free", "ending"]
    assert [one.rank for one in found.lines] == [1, 2, 3, 0, 0]


def test_a_free_model_that_will_cost_something_is_not_free() -> None:
    """The announced row counts."""
    found = line(model("m", unpriced(PriceState.FREE), row(rates("1"), start="2027-01-01")))

    assert [one.cost for one in found.months] == amounts("0", "0", "10")
    assert not found.is_free


def test_a_system_prompt_is_counted_for_each_model() -> None:
    """A million tokens more."""
    assert costs(ONE_PRICE, system_prompt={"words": exact(1_000_000)}) == amounts("40", "40", "40")


# --- laws ----------------------------------------------------------------------------------------

decimals = st.decimals(0, 1000, places=3)
paces = st.sampled_from(["0%", "5%/month", "2x/year", "30%/quarter"])
shapes = st.sampled_from(sorted(PROFILES)).map(lambda name: profile(name, SHANGHAI)) | st.just(PEAK)
workloads = st.fixed_dictionaries(
    {
        "mau": st.integers(1, 10**6),
        "requests_per_user": st.decimals("0.01", 100, places=2),
        "input_tokens": st.integers(0, 5000),
        "output_tokens": st.integers(0, 5000),
        "turns": st.integers(1, 4),
        "retries": st.decimals(0, 1, places=2),
        "batch_share": st.decimals(0, 1, places=2),
        "traffic": shapes,
        "deployment": st.none() | st.just("any"),
        "packs": st.booleans(),
        "fine_tune_tokens": st.sampled_from([0, 10**6]),
        "months": st.integers(1, 5),
    }
)


@st.composite
def priced(draw: st.DrawFn) -> Model:
    price, more = draw(decimals), draw(decimals)
    busy = band(rates(str(price), str(more)), peak=variant("2"), batch=variant("0.5"))
    return model(
        "m",
        row(busy, schedule=draw(st.sampled_from(["", OFFICE_HOURS.id]))),
        provider=draw(st.just("acme")),
        deployment=(offer(str(draw(decimals)), draw(st.sampled_from(["hour", "day", "month"]))),),
        packs=tuple(
            offer(str(draw(decimals)), "pack", tokens=draw(st.integers(1, 10**8)), what=what)
            for what in ("large", "small")
        ),
        fine_tuning=(offer("30", "1M training tokens"),),
    )


@given(priced(), workloads)
def test_without_change_each_month_is_that_of_the_budget(found: Model, asked: Any) -> None:
    """To the last digit."""
    for one in line(found, **asked).months:
        month, _ = query_of(workload(**asked), "2026-11-01", f"{one.month:%Y-%m}", exchange())
        (expected,) = budget_of(table(found), [found], month).lines
        assert expected.monthly is not None
        assert one.native == expected.monthly.native.amount
        assert one.cost == expected.monthly.cost.amount


@given(priced(), workloads, st.dates(date(2026, 10, 1), date(2027, 4, 1)))
def test_a_row_that_changes_nothing_changes_nothing(found: Model, asked: Any, day: date) -> None:
    """Wherever it cuts a month."""
    (only,) = found.prices
    cut = replace(found, prices=(only, replace(only, start=day)))
    query = {**asked, "months": 5}

    assert [one.cost for one in line(cut, **query).months] == [
        pytest.approx(one.cost, rel=Decimal("1e-25")) for one in line(found, **query).months
    ]


@given(priced(), workloads, paces, paces)
def test_growth_costs_more_and_months_add_up(
    found: Model, asked: Any, faster: str, falling: str
) -> None:
    """No month is cheaper for more users, whatever prices do."""
    plainly = line(found, **asked, decline=decline(falling))
    grown = line(found, **asked, decline=decline(falling), growth=growth(faster))

    pairs = zip(plainly.months, grown.months, strict=True)
    assert all((less.cost or 0) <= (more.cost or 0) for less, more in pairs)
    with localcontext(EXACT):
        assert grown.total == kept(sum((one.cost or ZERO for one in grown.months), ZERO))


@given(priced(), workloads, decimals)
def test_the_day_on_which_money_runs_out(found: Model, asked: Any, total: Decimal) -> None:
    """What is spent by its morning is within the money, by its evening not."""
    months = line(found, **asked, total_budget=Money(total, "CNY"))
    day = months.runs_out
    if day is None:
        assert months.total <= total
        return
    month = next(one for one in months.months if one.month == day.replace(day=1))
    daily = (month.cost or Decimal(0)) / days_in(month.month)
    before = month.cumulative - (month.cost or Decimal(0))

    assert before + daily * (day.day - 1) <= total * (1 + Decimal("1e-20"))
    assert before + daily * day.day >= total * (1 - Decimal("1e-20"))


@given(
    shapes,
    st.lists(st.datetimes(at("2026-11-01").replace(tzinfo=None),
                          at("2026-11-30").replace(tzinfo=None)), max_size=4, unique=True),
)  # fmt: skip
def test_the_parts_of_a_month_add_up(shape: Any, cuts: list[Any]) -> None:
    """However it is cut."""
    hours = seasons(shape, CALENDAR)
    first = date(2026, 11, 1)
    edges = [one.replace(tzinfo=hours.midnight(first).tzinfo) for one in sorted(cuts)]
    spans = [
        MonthSpan(first, start, end)
        for start, end in zip([None, *edges], [*edges, None], strict=True)
    ]

    with localcontext(EXACT):
        assert sum(map(hours.share, spans)) == pytest.approx(Decimal(1), rel=Decimal("1e-50"))


def test_a_holiday_is_off_peak_in_its_month_only() -> None:
    """Each month has its own calendar."""
    calendar: Calendar = FakeCalendar("2026-12-25")
    hours = seasons(profile("flat", SHANGHAI), calendar)
    provider = table().providers["acme"]
    rows = row(rates("1"), schedule=OFFICE_HOURS.id)
    found = {
        month: 1 - hours.season(MonthSpan(month))(provider, rows)[""]
        for month in (date(2026, 11, 1), date(2026, 12, 1))
    }

    assert found[date(2026, 11, 1)] == pytest.approx(Decimal(21 * 7) / (30 * 24))
    assert found[date(2026, 12, 1)] == pytest.approx(Decimal(22 * 7) / (31 * 24))


# --- the command ---------------------------------------------------------------------------------

TINY = ("--prices", str(CLI / "tiny.yaml"), "--provider", "acme")
SENT = ("--mau", "1000", "--requests-per-user", "10", "--input-tokens", "500",
        "--output-tokens", "200")  # fmt: skip
DAY = ("--as-of", "2026-11-22")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    bare = {"-q", "--help"} & set(words)
    code = main(["forecast", *words, *(() if bare else ("--notes",))])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "error: add a workload (--requests-per-user)"),
        (("--mau", "5"), 2, "error: --mau: add a workload (--requests-per-user)"),
        (SENT[2:], 2, "error: --requests-per-user: add the number of users (--mau)"),
        (("--mau", "5", "--requests-per-user", "3"), 2, "the size of a request is not given"),
        ((*SENT, "--months", "121"), 2, "--months must be a number of months from 1 to 120"),
        ((*SENT, "--months", "0"), 2, "--months must be"),
        ((*SENT, "--growth", "fast"), 2, "--growth must be a pace like"),
        ((*SENT, "--decline", "100%"), 2, "--decline must be a pace like"),
        ((*SENT, "--growth", "100x/month"), 2, "--growth: more than 1,000,000,000,000 users"),
        ((*SENT, "--model", "nothing-like-it"), 1, "unknown model: `nothing-like-it`"),
        ((*SENT, "--provider", "nobody"), 1, "unknown provider: `nobody`"),
        ((*SENT, "--scenario", "x"), 2, "--scenario needs a workload file"),
        ((*SENT, "-f", "no-such-file.yaml"), 1, "no-such-file.yaml"),
        ((*SENT, "--fail-over", "much"), 2, "--fail-over must be money"),
        ((*SENT, "-q"), 2, "-q prints one number"),
        ((*SENT, "--yuan", "1", "--usd", "1"), 2, "use only one of"),
        ((*SENT, *TINY, "-m", "acme-v1"), 1, "no model can be priced: acme-v1: retired"),
        ((*SENT, *TINY, "-m", "acme-secret"), 1, "no model can be priced: acme-secret"),
    ],
)
def test_wrong_input_is_told(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, message: str
) -> None:
    """What is wrong, and what to do."""
    found, _, said = run(capsys, *DAY, *words)

    assert found == code, said
    assert message in said
    assert "error: " in said


def test_a_month_over_the_limit_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """After the result; a limit that is just reached does not."""
    asked = (*DAY, *SENT, *TINY, "-m", "acme-v2", "--growth", "2x/month", "--months", "2")
    code, shown, said = run(capsys, *asked, "--fail-over", "21.99 yuan")

    assert code == 3
    assert "error: over 21.99 CNY: `acme/acme-v2` 22 in 2026-12" in said
    assert "acme-v2" in shown
    assert run(capsys, *asked, "--fail-over", "22 yuan")[0] == 0


def test_quiet_is_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    """One bare number."""
    asked = (*DAY, *SENT, *TINY, "-m", "acme-v2")

    assert run(capsys, *asked, "-q") == (0, "132\n", "")
    assert run(capsys, *asked, "-q", "--months", "1") == (0, "11\n", "")


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_are_of_months_and_models(capsys: pytest.CaptureFixture[str]) -> None:
    """All models, the free ones at the end; the factor on prices and the row that holds then."""
    _, text, _ = run(capsys, *DAY, *SENT, *TINY, "--months", "2", "--decline", "50%", "--format",
                     "csv")  # fmt: skip
    rows = csv_rows(text)

    assert [(one["rank"], one["model"], one["month"]) for one in [*rows[:2], *rows[-2:]]] == [
        ("1", "acme-long", "2026-11"),
        ("1", "acme-long", "2026-12"),
        ("", "acme-lite", "2026-11"),
        ("", "acme-lite", "2026-12"),
    ]
    november, december = rows[:2]
    assert (november["cost"], november["price_factor"], november["from"]) == (
        "6.5", "1", "2025-03-01",
    )  # fmt: skip
    assert (december["cost"], december["price_factor"], december["from"]) == (
        "6", "1", "2026-12-01",
    )  # fmt: skip
    assert (december["cumulative"], december["currency"], december["users"]) == (
        "12.5", "CNY", "1000",
    )  # fmt: skip


def test_the_document_has_the_months_of_each_model(capsys: pytest.CaptureFixture[str]) -> None:
    """And what NDJSON has on its lines."""
    asked = (*DAY, *SENT, *TINY, "--months", "2", "-m", "acme-long,acme-secret", "--yuan", "6.2",
             "--total-budget", "10 yuan")  # fmt: skip
    document = json.loads(run(capsys, *asked, "--format", "json")[1])
    (result,) = document["results"]
    (of_line,) = map(json.loads, run(capsys, *asked, "--format", "ndjson")[1].splitlines())

    assert document["schema"] == "llmcost.forecast/1"
    assert (document["months"], document["currency"]) == (2, "CNY")
    assert (result["over_budget"], result["runs_out"], result["stops"]) == (
        "2026-11", "2026-12-19", None,
    )  # fmt: skip
    assert result["total"] == result["native"] == {"amount": "12.5", "currency": "CNY"}
    assert [one["prices"][0]["from"] for one in result["months"]] == ["2025-03-01", "2026-12-01"]
    assert [one["model"] for one in document["excluded"]] == ["acme-secret"]
    assert "announced prices: acme-long from 2026-12-01" in document["notes"]
    assert of_line == {"schema": "llmcost.forecast/1", **result}


def test_models_of_one_id_have_their_provider() -> None:
    """Where they stand side by side."""
    twin = model("m", row(rates("1")), provider="globex")
    (found,) = tables(ForecastAnswer("", ask(twin, ONE_PRICE, model("other", row(rates("9"))))))

    assert [one.title for one in found.columns] == [
        "month", "acme/m", "globex/m", "other",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("words", [(), ("--all",), ("--top", "7"), ("-m", "qwen*")])
def test_tables_and_charts_fit(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    words: tuple[str, ...],
) -> None:
    """With fewer models side by side, or in several tables; a single one is never cut."""
    monkeypatch.setattr("llmcost.commands.forecast.command.width", lambda: width)
    monkeypatch.setattr("llmcost.cli.output.width", lambda: width)
    _, text, _ = run(capsys, *DAY, *SENT, "--months", "2", "--format", "table", *words)
    _, *shown, drawing = text.rstrip("\n").split("\n\n")
    shown = [one for one in shown if one.startswith("month")]
    heads = [one.split("\n")[0].split() for one in shown]

    assert max(map(cell_len, drawing.split("\n"))) <= max(width, NARROWEST)
    assert all(1 < len(head) <= 2 + COLUMNS for head in heads)
    assert all(
        len(head) <= 3 or max(map(cell_len, one.split("\n"))) <= width
        for head, one in zip(heads, shown, strict=True)
    )
    assert len(shown) == 1 or words


def test_scenarios_have_a_table_each(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Under their names; rows name theirs."""
    file = tmp_path / "workload.yaml"
    file.write_text(
        "schema: 1\nmau: 1000\nrequests_per_user: 10\ninput_tokens: 500\noutput_tokens: 200\n"
        "months: 2\nmodel: acme-v2\nscenarios:\n  slow:\n    growth: 0%\n"
        "  fast:\n    growth: 2x/month\n"
    )
    asked = (*DAY, *TINY, "-f", str(file))
    _, text, _ = run(capsys, *asked, "--format", "table")
    rows = csv_rows(run(capsys, *asked, "--format", "csv")[1])

    lines = text.splitlines()
    heads = [one.partition(" ")[0] for one in lines]
    assert heads.index("slow") < heads.index("fast")
    assert sum(line.startswith("month") for line in lines) == 2
    assert [(one["scenario"], one["cost"]) for one in rows] == [
        ("slow", "11"),
        ("slow", "11"),
        ("fast", "11"),
        ("fast", "22"),
    ]
    assert run(capsys, *asked, "--scenario", "fast", "-q")[1] == "33\n"


def test_every_shipped_model_has_a_forecast() -> None:
    """Ten years of it, with everything on."""
    models = [one for one in TABLE.models if one.kind == "chat"]
    found = ask(*models, when="2026-11-22", prices=TABLE, months=120, input_tokens=500,
                output_tokens=200, growth=growth("1%"), decline=decline("2x/year"),
                free_quota=True, packs=True)  # fmt: skip

    assert len(found.lines) + len(found.excluded) == len(models)
    assert len(found.lines) > 100
    assert all(len(one.months) == 120 for one in found.lines)
    assert all(
        earlier.cumulative <= later.cumulative
        for one in found.lines
        for earlier, later in zip(one.months, one.months[1:], strict=False)
    )


def test_an_estimated_prompt_is_noted() -> None:
    """Its bounds are not carried through the months."""
    guessed = Count(100, 90, 110, "ratio", exact=False)
    found = notes_of(ONE_PRICE, system_prompt={"words": guessed})

    assert any("estimated for m" in one for one in found)


def notes_of(*models: Model, **others: Any) -> list[str]:
    found = ask(*models, **others)
    return notes(ForecastAnswer("", found), found.lines)


def test_a_promotion_without_an_end_is_noted() -> None:
    """Only a row that is announced ends it."""
    sale = row(rates("1"), start="2026-10-01", promotion="half price until 2026-12-31")
    back = row(rates("2"), start="2027-01-01")

    assert notes_of(model("m", sale)) == [
        "reduced to the end, as no other price is announced: m (half price until 2026-12-31)"
    ]
    assert notes_of(model("m", sale, back)) == ["announced prices: m from 2027-01-01"]


def test_what_is_assumed_is_said_in_words() -> None:
    """Each pace in its own unit."""
    found = notes_of(ONE_PRICE, growth=growth("5%/month"), decline=decline("3x/quarter"))

    assert found == [
        "assumed: users x 1.05 a month, from 10 in 2026-11 to 11 in 2027-01",
        "assumed: prices x 0.3333 a quarter, from 2026-11 on, or from when a later price begins; "
        "not those of training and deployments",
    ]


def test_all_that_end_are_named_with_their_reason() -> None:
    """A reason that is no day has its day before it."""
    gone = model("gone", row(rates("1")), retired="2026-12-11")
    secret = model("secret", row(rates("1")), unpriced(PriceState.UNKNOWN, start="2026-12-01"))

    assert notes_of(gone, secret) == [
        "not sold to the end, ranked after the others: secret from 2026-12-01: price unknown; "
        "gone retired on 2026-12-11",
        *notes_of(ONE_PRICE),
    ]


def test_months_are_counted_over_years() -> None:
    """From any day of one."""
    assert month_after(date(2026, 11, 1), 2) == date(2027, 1, 1)
    assert month_after(date(2026, 12, 1), 120) == date(2036, 12, 1)
    assert month_after(date(2026, 12, 1), 0) - date(2026, 11, 1) == timedelta(30)


def test_scores_are_in_rows_and_on_the_page(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ours = tmp_path / "ours.csv"
    ours.write_text("model,score,source\ngpt-4o,7,us\n", "utf-8")
    words = (
        *("--mau", "1000", "--requests-per-user", "3", "--input-tokens", "5"),
        *("--output-tokens", "5", "--months", "2", "-m", "gpt-4o,gpt-4.1", "--quality", str(ours)),
    )
    head, *others = run(capsys, *words, "--format", "tsv")[1].splitlines()
    assert head.split("\t")[-1] == "quality"
    assert [one.split("\t")[-1] for one in others] == ["", "", "7", "7"]
    page = run(capsys, *words, "--format", "html")[1]
    assert "against the cost of all months" in page
    assert "gpt-4o: 7, " in page
