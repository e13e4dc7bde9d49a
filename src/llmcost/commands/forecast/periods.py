"""A model's months cut where its prices change: at each row, offer or end that is known ahead."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from llmcost.commands.budget.compute import case_of, system_count
from llmcost.messages import say
from llmcost.money import ZERO
from llmcost.pricing.billing import Excluded, refuse, tested
from llmcost.pricing.catalog import began, row_at
from llmcost.pricing.price_rows import Model, Offer, PriceRow, Provider
from llmcost.workload.model import ONE, Loads, Workload
from llmcost.workload.monthly import Case, running_of, talk_of
from llmcost.workload.running_cost import ALWAYS, Running, Windows, bills_writes
from llmcost.workload.traffic import MICROSECOND, OFF, MonthSpan, Query, Seasons


class MonthStep(msgspec.Struct, frozen=True):
    """A part of a month that one row bills: its first day, its share of the month's requests, how
    many of those come in peak hours, and the factor on the row's prices that is assumed."""

    day: date
    row: PriceRow
    share: Decimal
    peak: Decimal
    factor: Decimal


class EndOfPrice(msgspec.Struct, frozen=True):
    """The day from which a model has no price, and why."""

    day: date
    why: Excluded


class Outlook(msgspec.Struct, frozen=True):
    """What holds for all models: the months, their users, and the factor on prices after so many
    whole months."""

    query: Query
    seasons: Seasons
    months: tuple[date, ...]
    users: tuple[int, ...]
    factors: tuple[Decimal, ...]


class MonthPiece(msgspec.Struct, frozen=True):
    """A step with the bill of a whole month like it, and its share of the month's days."""

    step: MonthStep
    case: Case
    running: Running
    time: Decimal


Rates = Callable[[datetime, date, Windows], tuple[Case, Running] | Excluded]
"""A model at an instant, in a month, with its requests in these windows."""


def month_after(month: date, months: int) -> date:
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def borders(model: Model, outlook: Outlook) -> list[datetime]:
    """The instants from which another row or offer holds, or none, after that of the question."""
    at, seasons = outlook.query.at, outlook.seasons
    days = {model.retired, *(row.until for row in model.prices)}
    days |= {one.start for one in offers_wanted(model, outlook.query.workload)}
    ahead = [row for row in model.prices if not began(row, at)]
    days |= {row.start for row in ahead if row.start_at is None}
    found = {seasons.midnight(day) for day in days if day is not None and day > at.date()}
    return sorted(
        found | {seasons.local(row.start_at) for row in ahead if row.start_at is not None}
    )


def offers_wanted(model: Model, workload: Workload) -> Iterator[Offer]:
    """The offers that the workload may take up, whenever they begin."""
    if workload.fine_tune_tokens:
        yield from model.fine_tuning
    if workload.deployment is not None:
        yield from model.deployment
    if workload.packs:
        yield from model.packs


def spans(
    outlook: Outlook, index: int, edges: Sequence[datetime]
) -> Iterator[tuple[MonthSpan, datetime]]:
    """A month cut at the borders in it, each part with the instant since when its prices hold."""
    month, following = (month_after(outlook.query.month, n) for n in (index, index + 1))
    if not edges:  # nearly always
        yield MonthSpan(month), outlook.query.at
        return
    first, last = outlook.seasons.midnight(month), outlook.seasons.midnight(following)
    inner = [one for one in edges if first < one < last]
    for start, end in zip([None, *inner], [*inner, None], strict=True):
        begun = bisect_right(edges, start or first)
        yield MonthSpan(month, start, end), edges[begun - 1] if begun else outlook.query.at


def rates_of(provider: Provider, model: Model, query: Query, loads: Loads) -> Rates:
    """A model's rates, each worked out once: most months are like the one before."""
    workload = query.workload
    system = system_count(workload, model).tokens
    known: dict[object, tuple[Case, Running] | Excluded] = {}

    def rates(at: datetime, month: date, windows: Windows) -> tuple[Case, Running] | Excluded:
        # only a deployment costs more in a month of more days
        key = at, month if workload.deployment is not None else None, *windows.items()
        if key not in known:
            asked = replace(query, at=at, month=month, season=lambda _provider, _row: windows)
            known[key] = rates_at(provider, model, asked, loads, system)
        return known[key]

    return rates


def rates_at(
    provider: Provider, model: Model, query: Query, loads: Loads, system: int
) -> tuple[Case, Running] | Excluded:
    row = row_at(model, query.at)
    load = loads(system, row is not None and bills_writes(row, query.workload), model.key)
    refusal = refuse(model, row, tested(load.pile, row), query.at)
    if refusal is not None or row is None:
        detail = say("no price known for {day}", day=query.at.date())
        return refusal or Excluded(model, "date", detail)
    case = case_of(provider, model, row, query)
    return case if isinstance(case, Excluded) else (case, running_of(case, talk_of(case, load)))


def piece_of(
    provider: Provider, model: Model, outlook: Outlook, rates: Rates, span: MonthSpan, era: datetime
) -> MonthPiece | EndOfPrice:
    seasons = outlook.seasons
    row = row_at(model, era)
    windows = ALWAYS if row is None else seasons.season(span)(provider, row)
    day = span.month if span.start is None else span.start.date()
    found = rates(era, span.month, windows)
    if isinstance(found, Excluded):
        return EndOfPrice(day, found)
    case, running = found
    factor = outlook.factors[months_declined(case.row, span.month, outlook)]
    step = MonthStep(day, case.row, seasons.share(span), 1 - windows.get(OFF, ZERO), factor)
    return MonthPiece(step, case, running, time_share(span, seasons))


def months_declined(row: PriceRow, month: date, outlook: Outlook) -> int:
    """Whole months until the first day of `month`, since that of the forecast, or since a later row
    began: what is announced is known, and falls only from then on."""
    first = outlook.query.month
    if not began(row, outlook.query.at):
        at = row.start_at
        first = max(first, row.start if at is None else outlook.seasons.local(at).date())
    months = 12 * (month.year - first.year) + month.month - first.month
    return max(0, months - (first.day > 1))


def time_share(span: MonthSpan, seasons: Seasons) -> Decimal:
    """The share of the month's time, whoever comes: a deployment runs through it."""
    if span.start is None and span.end is None:
        return ONE
    first, last = seasons.midnight(span.month), seasons.midnight(month_after(span.month, 1))
    part = (span.end or last) - (span.start or first)
    return Decimal(part // MICROSECOND) / Decimal((last - first) // MICROSECOND)
