"""Months ahead: users that grow, prices known to change, and prices assumed to fall.

Bounds are those of what is only estimated: the tokens of a system prompt.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

import msgspec
from msgspec.structs import replace

from llmcost.commands.forecast.periods import (
    EndOfPrice,
    MonthPiece,
    MonthStep,
    Outlook,
    borders,
    month_after,
    piece_of,
    rates_of,
    spans,
)
from llmcost.money import EXACT, ZERO, Money, convert, kept
from llmcost.pricing.billing import Excluded
from llmcost.pricing.contract import YEAR
from llmcost.pricing.cost import sum_of
from llmcost.pricing.price_rows import Model, PriceState, PriceTable, Provider
from llmcost.pricing.usage import Count
from llmcost.workload.model import Loads, Workload, loads_of
from llmcost.workload.monthly import Case, native
from llmcost.workload.ownership import Owned, days_in, fixed_parts
from llmcost.workload.running_cost import Pack, Running
from llmcost.workload.traffic import Query, Seasons


class Month(msgspec.Struct, frozen=True):
    """What a month costs, in the provider's currency and in the one that ranks.

    None: the model is no longer sold. `cumulative` is all months up to this one.
    """

    month: date
    users: int
    steps: tuple[MonthStep, ...]
    native: Decimal | None
    cost: Decimal | None
    cumulative: Decimal


class ForecastLine(msgspec.Struct, frozen=True):
    """One model's months. `case` is the first of them; `announced` are the rows that begin later.

    `over_budget` is the first month that costs more than the budget, `runs_out` the first day that
    the total budget does not pay in full; None: none of these months, or no such budget.
    """

    model: Model
    case: Case
    months: tuple[Month, ...]
    announced: tuple[MonthStep, ...] = ()
    stop: EndOfPrice | None = None
    over_budget: date | None = None
    runs_out: date | None = None
    rank: int = 0

    @property
    def total(self) -> Decimal:
        return self.months[-1].cumulative

    @property
    def is_free(self) -> bool:
        """Whether no row has a price; a deployment may cost something all the same."""
        return all(step.row.state is PriceState.FREE for one in self.months for step in one.steps)


class Forecast(msgspec.Struct, frozen=True):
    """The answer, the cheapest first; models that are not sold to the end come after the others."""

    query: Query
    lines: tuple[ForecastLine, ...]
    excluded: tuple[Excluded, ...]


def forecast(
    table: PriceTable, models: Iterable[Model], query: Query, seasons: Seasons
) -> Forecast:
    """The workload's `months` on every model, from the query's month on. Its users are said, and
    its requests. The rows in force at `query.at` hold until others are known to begin.

    Raises NoExchangeRate if a model bills in a currency that the exchange has no rate for.
    """
    loads = loads_of(query.workload)
    with localcontext(EXACT):
        outlook = outlook_of(query, seasons)
        found = [line_for(table.providers[one.provider], one, outlook, loads) for one in models]
    lines = [one for one in found if isinstance(one, ForecastLine)]
    lines.sort(key=order)
    ranked = tuple(
        replace(line, rank=0 if line.is_free else rank) for rank, line in enumerate(lines, 1)
    )
    return Forecast(query, ranked, tuple(one for one in found if isinstance(one, Excluded)))


def order(line: ForecastLine) -> tuple[bool, bool, Decimal, str]:
    return line.is_free, line.stop is not None, line.total, line.model.key


def outlook_of(query: Query, seasons: Seasons) -> Outlook:
    workload = query.workload
    count = range(workload.months)
    return Outlook(
        query=query,
        seasons=seasons,
        months=tuple(month_after(query.month, n) for n in count),
        users=tuple(users_after(workload, n) for n in count),
        factors=tuple(workload.decline.after(n) for n in count),
    )


def users_after(workload: Workload, months: int) -> int:
    with localcontext(EXACT):
        users = (workload.mau or 0) * workload.growth.after(months)
    return int(users.to_integral_value(ROUND_HALF_UP))


def line_for(
    provider: Provider, model: Model, outlook: Outlook, loads: Loads
) -> ForecastLine | Excluded:
    outlook = replace(outlook, query=outlook.query.on(model))
    rates = rates_of(provider, model, outlook.query, loads)
    edges = borders(model, outlook)
    found: list[MonthPiece] = []
    months: list[list[MonthPiece]] = []
    stop: EndOfPrice | None = None
    for index in range(len(outlook.months)):
        pieces: list[MonthPiece] = []
        for span, era in spans(outlook, index, edges) if stop is None else ():
            piece = piece_of(provider, model, outlook, rates, span, era)
            if isinstance(piece, EndOfPrice):
                stop = piece
                break
            pieces.append(piece)
        found += pieces
        if stop is not None and not found:
            return stop.why
        months.append(pieces)
    billed = tuple(billed_months(outlook, months, found[0].case))
    return ForecastLine(
        model=model,
        case=found[0].case,
        months=billed,
        announced=tuple(announced(found)),
        stop=stop,
        over_budget=over_budget(billed, in_ranking(outlook.query.workload.budget, outlook)),
        runs_out=runs_out(billed, in_ranking(outlook.query.workload.total_budget, outlook)),
    )


def announced(pieces: Iterable[MonthPiece]) -> Iterator[MonthStep]:
    """The first step of each row but the first one."""
    row = None
    for one in pieces:
        if row is not None and one.step.row.begins != row.begins:
            yield one.step
        row = one.step.row


def billed_months(
    outlook: Outlook, months: Sequence[Sequence[MonthPiece]], first: Case
) -> Iterator[Month]:
    """The months of these pieces. The volume of each twelve of them, or of fewer in proportion,
    decides the discount of all of them."""
    runs = [
        combined(pieces, first, is_first=index == 0) if pieces else None
        for index, pieces in enumerate(months)
    ]
    listed = [
        run.listed(users) if run else ZERO for run, users in zip(runs, outlook.users, strict=True)
    ]
    spent = ZERO
    for index, run in enumerate(runs):
        year = listed[index - index % YEAR :][:YEAR]
        contract = first.contract.at(sum(year, ZERO) * YEAR / len(year))
        amount = None if run is None else contract.total(listed[index])
        month = month_of(outlook, index, months[index], amount, first, spent)
        spent += month.cost or ZERO
        yield month


def month_of(
    outlook: Outlook,
    index: int,
    pieces: Sequence[MonthPiece],
    amount: Decimal | None,
    first: Case,
    spent: Decimal,
) -> Month:
    """The month of these pieces, when so much was spent before; without any, it costs nothing."""
    month, users = outlook.months[index], outlook.users[index]
    if amount is None:
        return Month(month, users, (), None, None, kept(spent))
    exchange = outlook.query.exchange
    cost = kept(convert(amount, first.currency, exchange.currency, exchange.rates))
    steps = tuple(one.step for one in pieces)
    return Month(month, users, steps, kept(amount), cost, kept(spent + cost))


def combined(pieces: Sequence[MonthPiece], first: Case, *, is_first: bool) -> Running:
    """A month of several pieces. Training was bought in the first month, the free quota is used up
    in it; packs are those that were on sale when this month began."""
    steps = [one.step for one in pieces]
    training = fixed_parts(Owned(training=first.owned.training), first.workload, first.days)
    return Running(
        tokens=weighed((one.running.tokens, one.step.share) for one in pieces),
        gross=weighed((one.running.gross, one.step.share * one.step.factor) for one in pieces),
        calls=weighed((one.running.calls, one.step.share * one.step.factor) for one in pieces),
        fixed=sum_of(training) + deployed(pieces),
        quota=pieces[0].case.free_tokens if is_first else 0,
        packs=declined(pieces[0].case.owned.packs, steps[0].factor),
    )


def weighed(amounts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    return sum((amount * weight for amount, weight in amounts), ZERO)


def deployed(pieces: Iterable[MonthPiece]) -> Decimal:
    """Deployments of a month: by the hour or day as long as each runs, by the month in full."""
    total = ZERO
    for one in pieces:
        offer = one.case.owned.deployment
        parts = fixed_parts(Owned(deployment=offer), one.case.workload, one.case.days)
        if offer is not None and offer.per == "month":
            return total + sum_of(parts)
        total += sum_of(parts) * one.time
    return total


def declined(packs: Iterable[Pack], factor: Decimal) -> tuple[Pack, ...]:
    return tuple(replace(pack, price=pack.price * factor) for pack in packs)


def in_ranking(amount: Money | None, outlook: Outlook) -> Decimal | None:
    """`amount` in the currency that ranks."""
    exchange = outlook.query.exchange
    return native(amount, exchange.currency, exchange)


def over_budget(months: Iterable[Month], budget: Decimal | None) -> date | None:
    """The first month that costs more."""
    if budget is None:
        return None
    return next((one.month for one in months if (one.cost or ZERO) > budget), None)


def runs_out(months: Iterable[Month], total: Decimal | None) -> date | None:
    """The first day that `total` does not pay in full, where each day of a month costs the same."""
    if total is None:
        return None
    before = ZERO
    for one in months:
        if one.cumulative > total:
            days = (total - before) * days_in(one.month) / (one.cumulative - before)
            return one.month + timedelta(days=int(days))
        before = one.cumulative
    return None


Costs = Sequence[Decimal | None]


def margins(
    table: PriceTable, models: Iterable[Model], query: Query, seasons: Seasons
) -> dict[str, tuple[Costs, Costs]]:
    """The lowest and the highest cost of each month, by the key of a model whose tokens are
    estimated. A model that cannot serve one of the bounds is not there."""
    counts = query.workload.system_prompt or {}
    rough = [one for one in models if one.tokenizer in counts and not counts[one.tokenizer].exact]
    if not rough:
        return {}
    sides = [
        forecast(table, rough, with_counts(query, counts, bound), seasons)
        for bound in ("low", "tokens", "high")
    ]
    found = [costs_of(one) for one in sides]
    keys = set.intersection(*({*one} for one in found))
    return {key: around([one[key] for one in found]) for key in keys}


def with_counts(query: Query, counts: Mapping[str, Count], bound: str) -> Query:
    """As if the system prompt had the tokens of this bound."""
    prompt = {name: replace(one, tokens=getattr(one, bound)) for name, one in counts.items()}
    return replace(query, workload=replace(query.workload, system_prompt=prompt))


def costs_of(found: Forecast) -> dict[str, Costs]:
    return {line.model.key: [month.cost for month in line.months] for line in found.lines}


def around(sides: Sequence[Costs]) -> tuple[Costs, Costs]:
    """The least and the most of each month; None where one of them has no price."""
    months = list(zip(*sides, strict=True))
    known = [[cost for cost in month if cost is not None] for month in months]
    whole = [costs if len(costs) == len(sides) else None for costs in known]
    lows = [None if one is None else min(one) for one in whole]
    return lows, [None if one is None else max(one) for one in whole]
