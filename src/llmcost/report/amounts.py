"""Amounts with their bounds, and the exchange rate that made them comparable."""

from datetime import datetime
from decimal import ROUND_CEILING
from typing import Any

from llmcost.messages import say
from llmcost.planning.exchange import Exchange, Range
from llmcost.report.figures import fixed, plain


def range_cell(shown: Range, digits: int) -> str:
    if shown.low == shown.high:
        return ""
    return f"{fixed(shown.low, digits)}–{fixed(shown.high, digits)}"


def percent_cell(shown: Range) -> str:
    if shown.low == shown.high:
        return ""
    if not shown.amount:
        return "?"  # no share of nothing
    side = max(shown.high - shown.amount, shown.amount - shown.low)
    share = (100 * side / shown.amount).to_integral_value(rounding=ROUND_CEILING)
    return f"{share:f}%"


def range_document(shown: Range) -> dict[str, Any]:
    return {
        "amount": plain(shown.amount),
        "low": plain(shown.low),
        "high": plain(shown.high),
        "currency": shown.currency,
    }


def rate_note(exchange: Exchange, at: datetime) -> str:
    rate = exchange.rate
    if rate is None or rate.day is None:
        return say("1 USD = {rate} CNY as given", rate=plain(rate.cny_per_usd) if rate else "?")
    given, day, age = plain(rate.cny_per_usd), rate.day, (at.date() - rate.day).days
    if not age:
        return say("1 USD = {rate} CNY: ECB reference rate of {day}", rate=given, day=day)
    return say(
        "1 USD = {rate} CNY: ECB reference rate of {day}, {age} days before",
        rate=given,
        day=day,
        age=age,
    )


def fx_document(exchange: Exchange) -> dict[str, Any]:
    """The rate, as a part of a document; nothing where none was needed."""
    rate = exchange.rate
    if rate is None:
        return {}
    day = rate.day.isoformat() if rate.day else None
    return {"fx": {"pair": "USD/CNY", "rate": plain(rate.cny_per_usd), "date": day}}
