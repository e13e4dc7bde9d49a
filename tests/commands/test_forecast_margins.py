"""Months ahead at the bounds of a system prompt's estimated tokens."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace
from tables import CALENDAR, at, exchange, model, rates, row, table

from llmcost.commands.forecast.compute import around, margins
from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import Count
from llmcost.render.text import plain
from llmcost.workload.model import Workload
from llmcost.workload.traffic import MonthSpan, Query, profile, seasons

WORKLOAD = Workload(
    mau=1_000,
    requests_per_user=Decimal(1),
    input_tokens=0,
    output_tokens=0,
    months=2,
    traffic=profile("flat", "Asia/Shanghai"),
)
ROUGH = Count(1000, 800, 1300, "ratio", exact=False)
SHORT = model("short", row(rates("2", "2")), context=1200)


def found(count: Count | None, *models: Model) -> dict[str, tuple[list[str], list[str]]]:
    """The bounds of each month, as text."""
    prompt = None if count is None else {"words": count}
    hours = seasons(WORKLOAD.traffic, CALENDAR)
    query = Query(
        workload=replace(WORKLOAD, system_prompt=prompt),
        at=at("2026-11-01"),
        month=date(2026, 11, 1),
        season=hours.season(MonthSpan(date(2026, 11, 1))),
        exchange=exchange(),
    )
    return {
        key: ([plain(one) for one in low if one], [plain(one) for one in high if one])
        for key, (low, high) in margins(table(*models), models, query, hours).items()
    }


def test_a_month_costs_at_least_the_fewest_tokens_and_at_most_the_most() -> None:
    """A thousand requests at 2 yuan per 1M tokens: 800 and 1,300 tokens each."""
    dear = model("dear", row(rates("2", "2")))
    assert found(ROUGH, dear) == {"acme/dear": (["1.6", "1.6"], ["2.6", "2.6"])}


def test_counted_tokens_have_no_margins() -> None:
    dear = model("dear", row(rates("2", "2")))
    assert found(None, dear) == {}
    assert found(Count(1000, 1000, 1000, "words", exact=True), dear) == {}


def test_a_model_that_cannot_serve_the_most_has_none() -> None:
    assert found(ROUGH, SHORT) == {}


def test_a_month_without_a_price_on_one_side_has_none() -> None:
    one, two = Decimal(1), Decimal(2)
    assert around([[one, one], [two, None]]) == ([one, None], [two, None])
