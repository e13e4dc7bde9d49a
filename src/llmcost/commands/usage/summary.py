"""Charges of a log summed by group (day, model, caller …), in one currency."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from llmcost.commands.usage.alternatives import AlternativeModel, Elsewhere, cheapest, compared
from llmcost.commands.usage.charges import Charge, Gap, gaps, seller, total_of
from llmcost.commands.usage.charges import exchanged_cost as cost_of
from llmcost.logs.aggregation import HOUR, NOTHING, RequestSums
from llmcost.money import ZERO, DailyExchange, Rate

USD = "USD"


class Grouping(StrEnum):
    """What the requests of a log are told apart by."""

    MODEL = "model"
    PROVIDER = "provider"
    DAY = "day"
    MONTH = "month"
    KEY = "key"
    USER = "user"
    PROJECT = "project"
    SESSION = "session"
    WINDOW = "window"


OVERVIEW = (
    *(Grouping.DAY, Grouping.MODEL, Grouping.PROJECT, Grouping.SESSION),
    Grouping.WINDOW,
)
"""What the logs of this machine are read by."""
TIMES = (Grouping.DAY, Grouping.MONTH, Grouping.WINDOW)
CALLERS = (Grouping.KEY, Grouping.USER, Grouping.PROJECT, Grouping.SESSION)
"""What the log alone knows, and is to be read of each line."""


class UsageLine(msgspec.Struct, frozen=True):
    """The requests that have the same labels. `cost` of those that have a price, None if none has;
    `unpriced`: the others."""

    labels: tuple[str, ...]
    sums: RequestSums
    cost: Decimal | None
    unpriced: RequestSums = NOTHING


class Stated(msgspec.Struct, frozen=True):
    """What the log says that some requests cost, in US dollars, and what we say of the same."""

    requests: int
    amount: Decimal
    ours: Decimal


class Account(msgspec.Struct, frozen=True):
    """All of a log. `days`: the first and the last; None without any time. `unreplayed`: requests
    that are as cached elsewhere as they were."""

    by: tuple[Grouping, ...]
    currency: str
    lines: tuple[UsageLine, ...]
    total: UsageLine
    gaps: tuple[Gap, ...]
    stated: Stated | None
    compared: tuple[AlternativeModel, ...]
    days: tuple[date, date] | None
    rates: Mapping[tuple[str, date], Rate]
    charges: tuple[Charge, ...]
    unreplayed: int = 0


def account(
    charges: Sequence[Charge],
    others: Iterable[Elsewhere],
    by: Sequence[Grouping],
    exchanged: DailyExchange,
    read: Sequence[Grouping] = (),
    unreplayed: int = 0,
) -> Account:
    """`read`: what the log was read by, if not by these alone. Raises NoExchangeRate."""
    groups: dict[tuple[str, ...], list[Charge]] = {}
    windows = windows_of(charges) if Grouping.WINDOW in by else {}
    for charge in charges:
        groups.setdefault(labels(charge, by, read or by, windows), []).append(charge)
    lines = [line_of(key, found, exchanged) for key, found in groups.items()]
    dated = [one.when.at.date() for one in charges if one.cell.second is not None]
    return Account(
        by=tuple(by),
        currency=exchanged.currency,
        lines=tuple(sorted(lines, key=lambda one: place(one, by))),
        total=line_of((), charges, exchanged),
        gaps=tuple(gaps(charges)),
        stated=stated(charges, exchanged),
        compared=tuple(sorted((compared(one, exchanged) for one in others), key=cheapest)),
        days=(min(dated), max(dated)) if dated else None,
        rates=exchanged.used,
        charges=tuple(charges),
        unreplayed=unreplayed,
    )


def labels(
    charge: Charge, by: Sequence[Grouping], read: Sequence[Grouping], windows: Mapping[int, str]
) -> tuple[str, ...]:
    callers = [one for one in read if one in CALLERS]
    known = dict(zip(callers, charge.cell.caller, strict=True))
    if Grouping.WINDOW in by:
        known[Grouping.WINDOW] = windows.get(hour_of(charge), "")
    return tuple(known[one] if one in known else label(charge, one) for one in by)


WINDOW = 5  # hours, after which a subscription's limits begin anew


def windows_of(charges: Iterable[Charge]) -> dict[int, str]:
    """The window of each hour with requests: the first begins with its hour, and the next with the
    first hour with requests after the end."""
    found: dict[int, str] = {}
    start = None
    times = {hour_of(one): one.when.at for one in charges if one.cell.second is not None}
    for hour, at in sorted(times.items()):
        if start is None or hour >= start + WINDOW:
            start, name = hour, at.replace(minute=0).strftime("%Y-%m-%d %H:%M")
        found[hour] = name
    return found


def hour_of(charge: Charge) -> int:
    return (charge.cell.second or 0) // HOUR


def label(charge: Charge, by: Grouping) -> str:
    day = "" if charge.cell.second is None else charge.when.at.date().isoformat()
    match by:
        case Grouping.DAY:
            return day
        case Grouping.MONTH:
            return day[:7]
        case Grouping.PROVIDER:
            return seller(charge)
        case _:
            return charge.name


def line_of(key: tuple[str, ...], charges: Sequence[Charge], exchanged: DailyExchange) -> UsageLine:
    priced = [one for one in charges if one.amount is not None]
    return UsageLine(
        key,
        total_of(one.sums for one in charges),
        sum((cost_of(one, exchanged) for one in priced), ZERO) if priced else None,
        total_of(one.sums for one in charges if one.amount is None),
    )


def place(line: UsageLine, by: Sequence[Grouping]) -> tuple[object, ...]:
    """By all labels but the last; then days in their order, or what costs most first, and what has
    no price last."""
    *first, last = line.labels
    is_time = by[-1] in TIMES
    return first, last if is_time else "", line.cost is None, -(line.cost or ZERO), last


def stated(charges: Iterable[Charge], exchanged: DailyExchange) -> Stated | None:
    """Of requests whose cost the log states and that have a price here."""
    both = [one for one in charges if one.cell.is_stated and one.amount is not None]
    if not both:
        return None
    dollars = DailyExchange(USD, exchanged.rate_of)
    return Stated(
        sum(one.sums.requests for one in both),
        sum((one.sums.stated for one in both), ZERO),
        sum((cost_of(one, dollars) for one in both), ZERO),
    )
