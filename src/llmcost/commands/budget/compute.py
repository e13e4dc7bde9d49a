"""A workload on every model: its cost a month, how many users a budget covers, and what money buys.

Money buys tokens and conversations where no users are stated.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

import msgspec

from llmcost.messages import say
from llmcost.money import EXACT, PER, ZERO, kept
from llmcost.pricing.billing import Excluded, refuse, tested
from llmcost.pricing.catalog import quota_on, row_at
from llmcost.pricing.contract import YEAR, contract_of
from llmcost.pricing.cost import band_for, sum_of
from llmcost.pricing.price_rows import (
    Band,
    Model,
    PriceRow,
    Prices,
    PriceState,
    PriceTable,
    Provider,
)
from llmcost.pricing.reference import Reference
from llmcost.pricing.usage import Count
from llmcost.workload.model import Load, Loads, Workload, loads_of
from llmcost.workload.monthly import (
    Case,
    Monthly,
    Talk,
    monthly,
    native,
    running_of,
    spendable,
    talk_of,
)
from llmcost.workload.ownership import days_in, fee_parts, fixed_parts, owned, tuned
from llmcost.workload.quantities import TextLength, TokenMix
from llmcost.workload.retrieval import index_part, request_parts
from llmcost.workload.running_cost import Running, Slice, bills_writes, mean_prices, slices_of
from llmcost.workload.traffic import Query, has_requests
from llmcost.workload.user_spread import Simulated


class Bought(msgspec.Struct, frozen=True):
    """Whole tokens; `per_user` None: the users were not said. A free model has no limit, None."""

    tokens: int | None
    per_user: Decimal | None = None


class Purchase(msgspec.Struct, frozen=True):
    """What a month's budget buys on one model: input alone, or input and output in a mix.

    `mixed` None: the model sells no output by the token. `conversations` None: no limit.
    """

    input_only: Bought
    mixed: Bought | None
    conversations: Decimal | None

    def key(self, *, is_input: bool) -> tuple[bool, int]:
        """Sorts what has no limit first, then the most tokens, of the mix or of input alone."""
        bought = self.input_only if is_input or self.mixed is None else self.mixed
        return bought.tokens is not None, -(bought.tokens or 0)


UNLIMITED = Bought(None)


def bought(budget: Decimal, price: Decimal, quota: int, mau: int | None) -> Bought:
    """As many tokens as `budget` buys at `price` per 1M, and those that cost nothing.

    A budget below zero, which is less than what is fixed costs, buys nothing.
    """
    if budget >= 0 and not price:
        return UNLIMITED
    # rounded first: a price that was divided may be off in digits far beyond those that are kept
    tokens = int(kept(budget * PER / price)) + quota if budget >= 0 else 0
    return Bought(tokens, kept(Decimal(tokens) / mau) if mau else None)


def conversations(budget: Decimal, one: Running | None) -> Decimal | None:
    """How many conversations the budget buys, one of which costs so much; None: no limit, or none
    that could be bought."""
    if one is None or not one.gross + one.calls:
        return None
    cost = one.gross + one.calls
    free = one.quota * one.gross / one.tokens if one.tokens else ZERO
    found = (budget + free) / cost
    return kept(max(ZERO, min(found, budget / one.calls) if one.calls else found))


def mixed_price(prices: Prices, mix: TokenMix, output: str) -> Decimal | None:
    """Per 1M tokens of the mix."""
    if mix.output and output not in prices:
        return None
    written = prices.get(output, ZERO)
    return (mix.input * prices["input"] + mix.output * written) / (mix.input + mix.output)


def purchase(
    budget: Decimal,
    slices: Iterable[Slice],
    band: Band,
    mix: TokenMix,
    conversation: Running | None,
    quota: int,
    mau: int | None,
) -> Purchase:
    """What a month's budget in the provider's currency buys, at the prices of a band.

    `conversation` is the cost of one; None where the model has none.
    """
    slices = list(slices)
    prices = mean_prices(slices, band)
    is_thinking = bool(slices) and slices[0].conditions.thinking and "output_thinking" in prices
    price = mixed_price(prices, mix, "output_thinking" if is_thinking else "output")
    return Purchase(
        bought(budget, prices["input"], quota, mau),
        None if price is None else bought(budget, price, quota, mau),
        conversations(budget, conversation),
    )


def free_purchase(budget: Decimal, conversation: Running | None) -> Purchase:
    """The same where tokens cost nothing."""
    found = bought(budget, ZERO, 0, None)
    return Purchase(found, found, conversations(budget, conversation))


INPUT_TOKENS, OUTPUT_TOKENS, TURNS = 100, 200, 5
"""A conversation, where none is described."""

NO_PROMPT = Count(0, 0, 0, "", exact=True)


class BudgetLine(msgspec.Struct, frozen=True):
    """One model's answer: what the money buys, and what the workload costs, as far as asked."""

    model: Model
    case: Case
    purchase: Purchase | None = None
    monthly: Monthly | None = None
    rank: int = 0

    @property
    def is_free(self) -> bool:
        return self.case.row.state is PriceState.FREE


class Budget(msgspec.Struct, frozen=True):
    """The answer, best first."""

    query: Query
    lines: tuple[BudgetLine, ...]
    excluded: tuple[Excluded, ...]


class OwnGpus(msgspec.Struct, frozen=True):
    """The month on the machine where it costs least, in the currency that ranks."""

    machine: str
    cost: Decimal


class BudgetAnswer(msgspec.Struct, frozen=True):
    """A budget of a scenario, by its name if there are several, and how its users differ, if they
    do: `users` of the workload's MAU, simulated. `own`: what own GPUs would cost, by the key of the
    models for which that is less."""

    name: str
    budget: Budget
    users: Simulated | None = None
    reference: Reference | None = None
    copy: TextLength | None = None
    copy_tokens: Mapping[str, Decimal] = {}
    own: Mapping[str, OwnGpus] = {}

    def copies(self, line: BudgetLine) -> Decimal | None:
        """How many copies of a text the money buys as input alone; None: no limit, or no text."""
        bought = None if line.purchase is None else line.purchase.input_only.tokens
        if self.copy is None or bought is None:
            return None
        return kept(bought / self.copy_tokens[line.model.tokenizer])

    def ratio(self, line: BudgetLine) -> Decimal | None:
        """How many times the reference a month costs on a model, or a token that money buys."""
        found = spent_on(line, self.budget.query)
        return None if self.reference is None or found is None else self.reference.ratio(*found)


def spent_on(line: BudgetLine, query: Query) -> tuple[Decimal, Decimal] | None:
    """The month's cost in the currency that ranks, and its tokens; where there is no bill, what
    one token of the mix costs. None: nothing, or no price."""
    month, exchange, budget = line.monthly, query.exchange, query.workload.budget
    if month is not None:
        return month.cost.amount, month.running.tokens * (month.users or 0)
    bought = None if line.purchase is None else line.purchase.mixed or line.purchase.input_only
    money = native(budget, exchange.currency, exchange)
    if bought is None or not bought.tokens or money is None:
        return None
    return money / bought.tokens, Decimal(1)


def has_sizes(workload: Workload) -> bool:
    """Whether it is said how large a request is."""
    return workload.input_tokens is not None or workload.output_tokens is not None


def budget(table: PriceTable, models: Iterable[Model], query: Query) -> Budget:
    """Every model, the best first: by cost, by users carried, or by tokens bought.

    Raises NoExchangeRate if a model bills in a currency that the exchange has no rate for.
    """
    loads = loads_of(described(query.workload))
    with localcontext(EXACT):
        found = [line_for(table.providers[one.provider], one, query, loads) for one in models]
    lines = [one for one in found if isinstance(one, BudgetLine)]
    lines.sort(key=lambda line: (line.is_free, order(line, query), line.model.key))
    ranked = tuple(
        msgspec.structs.replace(line, rank=0 if line.is_free else rank)
        for rank, line in enumerate(lines, 1)
    )
    return Budget(query, ranked, tuple(one for one in found if isinstance(one, Excluded)))


def described(workload: Workload) -> Workload:
    """The workload, with a conversation of ours where it has none."""
    if has_sizes(workload):
        return workload
    turns = workload.turns if workload.turns > 1 else TURNS
    return msgspec.structs.replace(
        workload, input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS, turns=turns
    )


def month_of(line: BudgetLine) -> Monthly:
    if line.monthly is None:
        raise ValueError("it was not said how much the users send")
    return line.monthly


def order(line: BudgetLine, query: Query) -> tuple[bool, Decimal | int, bool]:
    """The key of the best first: the cheapest month, the most users, or the most tokens."""
    paid = line.case.row.state is not PriceState.FREE
    month = line.monthly
    if month is None:
        is_input = query.workload.mau is None
        return (*(line.purchase.key(is_input=is_input) if line.purchase else (True, 0)), paid)
    if query.workload.mau is not None:
        return True, month.cost.amount, paid
    return month.most_users is not None, -(month.most_users or 0), paid


def line_for(provider: Provider, model: Model, query: Query, loads: Loads) -> BudgetLine | Excluded:
    query = query.on(model)
    row = row_at(model, query.at)
    count = system_count(query.workload, model)
    load = loads(count.tokens, row is not None and bills_writes(row, query.workload), model.key)
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
    return BudgetLine(model, case, purchase_of(case, query, load, talk), month)


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
    searched = (workload, query.retrieval, provider.currency, query.exchange)
    if (index := index_part(*searched)) is not None:
        offers = msgspec.structs.replace(offers, index=index)
    fees = (*fees, *request_parts(*searched))
    slices = slices_of(model, row, workload, query.season(provider, row))
    quota = quota_on(provider, query.at.date()) if workload.free_quota else None
    contract = contract_of(provider, workload.discount, workload.tax, YEAR)
    return Case(
        workload, row, provider.currency, slices, offers, fees, quota, query.at, days, contract
    )


def runs_at(case: Case, model: Model, loads: Loads, system: int, served: int) -> Running:
    """The month with so many tokens of system prompt, or with the most that the model serves, of
    which `served` are known to be."""

    def load_at(tokens: int) -> Load:
        return loads(tokens, bills_writes(case.row, case.workload), model.key)

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
    budget = case.contract.listed(budget)
    budget -= sum_of(fixed_parts(case.owned, workload, case.days))
    one = None
    if talk is not None:
        tokens, calls = sum_of(talk.tokens), sum_of(talk.calls)
        one = Running(Decimal(talk.sent), tokens, calls, quota=case.free_tokens)
    if case.row.state is PriceState.FREE:
        return free_purchase(budget, one)
    band = band_for(load.pile.usages[0][0], case.row) if has_sizes(workload) else None
    band = band or case.row.bands[0]
    return purchase(budget, case.slices, band, workload.mix, one, case.free_tokens, workload.mau)
