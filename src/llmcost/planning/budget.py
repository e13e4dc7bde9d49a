"""A workload on every model: what it costs a month, whom the money carries, and what it buys."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cache

import msgspec

from llmcost.messages import say
from llmcost.money import EXACT
from llmcost.planning.conversation import Load, conversations_of, load_of
from llmcost.planning.exchange import Exchange
from llmcost.planning.monthly import (
    Case,
    Monthly,
    Talk,
    monthly,
    running_of,
    spendable,
    talk_of,
)
from llmcost.planning.ownership import days_in, fee_parts, fixed_parts, owned, tuned
from llmcost.planning.pile import tested
from llmcost.planning.purchase import Purchase, free_purchase, purchase
from llmcost.planning.refusal import Excluded, refuse
from llmcost.planning.running import Running
from llmcost.planning.season import Season
from llmcost.planning.slices import bills_writes, slices_of
from llmcost.planning.spread import Simulated
from llmcost.planning.workload import Workload
from llmcost.pricing.catalog import quota_on, row_at
from llmcost.pricing.cost import band_for, sum_of
from llmcost.pricing.table import Model, PriceRow, PriceTable, Provider, State
from llmcost.pricing.usage import Count

INPUT_TOKENS, OUTPUT_TOKENS, TURNS = 100, 200, 5
"""A conversation, where none is described."""

NO_PROMPT = Count(0, 0, 0, "", exact=True)

Loads = Callable[[int, bool], Load]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One question: a workload, the instant whose prices and the month whose days hold, when its
    requests come, and the currency that ranks."""

    workload: Workload
    at: datetime
    month: date
    season: Season
    exchange: Exchange


class Line(msgspec.Struct, frozen=True):
    """One model's answer: what the money buys, and what the workload costs, as far as asked."""

    model: Model
    case: Case
    purchase: Purchase | None = None
    monthly: Monthly | None = None
    rank: int = 0


class Budget(msgspec.Struct, frozen=True):
    """The answer, best first."""

    query: Query
    lines: tuple[Line, ...]
    excluded: tuple[Excluded, ...]


class Answer(msgspec.Struct, frozen=True):
    """A budget of a scenario, by its name if there are several, and how its users differ, if they
    do: `users` of the workload's MAU, simulated."""

    name: str
    budget: Budget
    users: Simulated | None = None


def has_requests(workload: Workload) -> bool:
    """Whether it is said how much the users send, so that a month has a cost."""
    return conversations_of(workload) is not None


def has_sizes(workload: Workload) -> bool:
    """Whether it is said how large a request is."""
    return workload.input_tokens is not None or workload.output_tokens is not None


def budget(table: PriceTable, models: Iterable[Model], query: Query) -> Budget:
    """Every model, the best first: by cost, by users carried, or by tokens bought.

    Raises NoExchangeRate if a model bills in a currency that the exchange has no rate for.
    """
    workload = described(query.workload)

    @cache
    def loads(system: int, writes: bool) -> Load:
        return load_of(workload, workload.system_tokens + system, writes=writes)

    with localcontext(EXACT):
        found = [line_for(table.providers[one.provider], one, query, loads) for one in models]
    lines = [one for one in found if isinstance(one, Line)]
    lines.sort(key=lambda line: (order(line, query), line.model.key))
    ranked = tuple(msgspec.structs.replace(line, rank=rank) for rank, line in enumerate(lines, 1))
    return Budget(query, ranked, tuple(one for one in found if isinstance(one, Excluded)))


def described(workload: Workload) -> Workload:
    """The workload, with a conversation of ours where it has none."""
    if has_sizes(workload):
        return workload
    turns = workload.turns if workload.turns > 1 else TURNS
    return msgspec.structs.replace(
        workload, input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS, turns=turns
    )


def month_of(line: Line) -> Monthly:
    if line.monthly is None:
        raise ValueError("it was not said how much the users send")
    return line.monthly


def order(line: Line, query: Query) -> tuple[bool, Decimal | int, bool]:
    """The key of the best first: the cheapest month, the most users, or the most tokens."""
    paid = line.case.row.state is not State.FREE
    month = line.monthly
    if month is None:
        return (*(line.purchase.key if line.purchase else (True, 0)), paid)
    if query.workload.mau is not None:
        return True, month.cost.amount, paid
    return month.most_users is not None, -(month.most_users or 0), paid


def line_for(provider: Provider, model: Model, query: Query, loads: Loads) -> Line | Excluded:
    row = row_at(model, query.at)
    count = system_count(query.workload, model)
    load = loads(count.tokens, row is not None and bills_writes(row, query.workload))
    refusal = refuse(model, row, tested(load.pile, row), query.at)
    is_served = refusal is None
    if refusal is not None and not (has_sizes(query.workload) or has_requests(query.workload)):
        refusal = refuse(model, row, (), query.at)  # tokens are bought all the same
    if refusal is not None or row is None:
        detail = say("no price known for {day}", day=query.at.date())
        return refusal or Excluded(model, "date", detail)
    case = case_of(provider, model, row, query)
    if isinstance(case, Excluded):
        return case
    talk = talk_of(case, load) if is_served else None
    month = None
    if talk is not None and has_requests(query.workload):
        bounds = () if count.exact else (count.low, count.high)
        runs = [runs_at(case, model, loads, one, count.tokens) for one in bounds]
        month = monthly(case, talk, runs, query.exchange)
    return Line(model, case, purchase_of(case, query, load, talk), month)


def system_count(workload: Workload, model: Model) -> Count:
    """The tokens of the system prompt's file, if there is one."""
    return (workload.system_prompt or {}).get(model.tokenizer, NO_PROMPT)


def case_of(provider: Provider, model: Model, row: PriceRow, query: Query) -> Case | Excluded:
    workload = query.workload
    days = days_in(query.month)
    offers = owned(model, workload, query.at, days)
    if isinstance(offers, Excluded):
        return offers
    row = tuned(row, offers.training)
    fees = fee_parts(model, row, workload.fees)
    if isinstance(fees, Excluded):
        return fees
    slices = slices_of(model, row, workload, query.season(provider, row))
    quota = quota_on(provider, query.at.date()) if workload.free_quota else 0
    return Case(workload, row, provider.currency, slices, offers, fees, quota, query.at, days)


def runs_at(case: Case, model: Model, loads: Loads, system: int, served: int) -> Running:
    """The month with so many tokens of system prompt, or with the most that the model serves, of
    which `served` are known to be."""

    def load_at(tokens: int) -> Load:
        return loads(tokens, bills_writes(case.row, case.workload))

    def is_refused(tokens: int) -> bool:
        return refuse(model, case.row, tested(load_at(tokens).pile, case.row), case.at) is not None

    if is_refused(system):
        system = served + bisect_right(range(served, system), False, key=is_refused) - 1
    return running_of(case, talk_of(case, load_at(system)))


def purchase_of(case: Case, query: Query, load: Load, talk: Talk | None) -> Purchase | None:
    """With what training and a deployment leave of the budget, at the price of the first request of
    the conversation; of the smallest, if none is said. `talk` None: the model serves none."""
    workload = query.workload
    budget = spendable(workload.budget, case.currency, query.exchange)
    if budget is None:
        return None
    budget -= sum_of(fixed_parts(case.owned, workload, case.days))
    one = None
    if talk is not None:
        one = Running(Decimal(talk.sent), sum_of(talk.tokens), sum_of(talk.calls), quota=case.quota)
    if case.row.state is State.FREE:
        return free_purchase(budget, one)
    band = band_for(load.pile.usages[0][0], case.row) if has_sizes(workload) else None
    band = band or case.row.bands[0]
    return purchase(budget, case.slices, band, workload.mix, one, case.quota, workload.mau)
