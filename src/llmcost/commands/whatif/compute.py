"""Sensitivity of a month's cost: each input of a workload moved down and up, all others fixed."""

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext

import msgspec
from msgspec.structs import replace

from llmcost.commands.budget.compute import BudgetAnswer, BudgetLine, budget, month_of, system_count
from llmcost.messages import say
from llmcost.money import EXACT, PER, ZERO, kept
from llmcost.pricing.cost import BillPart, sum_of
from llmcost.pricing.price_rows import Band, Model, Offer, PriceRow, Prices, PriceTable, Variant
from llmcost.workload.model import ONE
from llmcost.workload.running_cost import Windows
from llmcost.workload.traffic import Query

COUNT, NUMBER, SHARE = "count", "number", "share"
FIELDS = {
    "mau": COUNT,
    "requests_per_user": NUMBER,  # of percentiles their mean: it moves as all of them do
    "conversations_per_user": NUMBER,
    "input_tokens": COUNT,
    "output_tokens": COUNT,
    "context_tokens": COUNT,
    "thinking_tokens": COUNT,
    "tool_calls": COUNT,
    "tool_call_tokens": COUNT,
    "tool_result_tokens": COUNT,
    "retries": SHARE,
    "batch_share": SHARE,
    "cache_hit": SHARE,
    "cache_storage_hours": NUMBER,
    "fine_tune_tokens": COUNT,
}
"""The fields of a workload that are moved, and what they are."""
PRICES = {
    "input_price": ("input",),
    "output_price": ("output", "output_thinking"),
    "cache_read_price": ("cache_read", "cache_read_explicit"),
    "cache_write_price": ("cache_write",),
    "cache_storage_price": ("cache_storage",),
}
"""The items of a price set that move together."""


class Question(msgspec.Struct, frozen=True):
    model: Model
    query: Query


class MovedInput(msgspec.Struct, frozen=True):
    """One input: `ask` is the question in which it has another value, None if it cannot have it.

    `unit` is COUNT (a whole number), NUMBER, SHARE (0 to 1), or the currency of a price.
    """

    name: str
    unit: str
    value: Decimal
    ask: Callable[[Decimal], Question | None]


def inputs_of(table: PriceTable, line: BudgetLine, question: Question) -> Iterator[MovedInput]:
    """All that can be moved; those that are not there have the value 0."""
    for name, unit in FIELDS.items():
        yield field(name, unit, question)
    yield turns(question)
    yield system_prompt(question)
    yield from fees(question)
    yield from prices(line, question)
    yield from offers(line, question)
    yield from peak(table, line, question)
    yield from exchange_rate(line, question)


def changed(question: Question, **fields: object) -> Question:
    """The question of another workload."""
    workload = replace(question.query.workload, **fields)
    return replace(question, query=replace(question.query, workload=workload))


def field(name: str, unit: str, question: Question) -> MovedInput:
    type = int if unit == COUNT else Decimal
    value = getattr(question.query.workload, name) or ZERO
    return MovedInput(name, unit, Decimal(value), lambda to: changed(question, **{name: type(to)}))


def turns(question: Question) -> MovedInput:
    """Longer conversations and fewer of them: users send as many requests as before."""
    workload = question.query.workload
    before, said = workload.turns, workload.conversations_per_user

    def ask(to: Decimal) -> Question:
        conversations = None if said is None else said * before / to
        return changed(question, turns=int(to), conversations_per_user=conversations)

    return MovedInput("turns", COUNT, Decimal(before), ask)


def system_prompt(question: Question) -> MovedInput:
    """What was said in tokens and what is in a file, as one."""
    workload = question.query.workload
    tokens = workload.system_tokens + system_count(workload, question.model).tokens

    def ask(to: Decimal) -> Question:
        return changed(question, system_tokens=int(to), system_prompt=None)

    return MovedInput("system_tokens", COUNT, Decimal(tokens), ask)


def fees(question: Question) -> Iterator[MovedInput]:
    """Calls per request, of each fee."""
    said = question.query.workload.fees
    for name, calls in said.items():

        def ask(to: Decimal, name: str = name) -> Question:
            return changed(question, fees={**said, name: to})

        yield MovedInput(f"fees.{name}", NUMBER, calls, ask)


def prices(line: BudgetLine, question: Question) -> Iterator[MovedInput]:
    """Of 1M tokens, as the month pays them on average: bands, hours and batch are in it."""
    talk = month_of(line).talk
    billed = [*talk.tokens, *talk.calls]
    for name, items in PRICES.items():
        parts = [one for one in billed if billed_as(one, line.case.row) in items]
        tokens = sum((one.quantity for one in parts), ZERO)
        price = sum_of(parts) / tokens * PER if tokens else ZERO

        def ask(to: Decimal, price: Decimal = price, items: tuple[str, ...] = items) -> Question:
            return replace(question, model=repriced(question.model, items, to / price))

        yield MovedInput(name, line.case.currency, price, ask)


def billed_as(part: BillPart, row: PriceRow) -> str:
    """The item whose price a line of the bill has: input, where cached tokens have none."""
    is_sold = any(part.item in band.prices for band in row.bands)
    item = part.item.partition(".")[0]
    return "input" if item.startswith("cache_") and not is_sold else item


def repriced(model: Model, items: tuple[str, ...], factor: Decimal) -> Model:
    """With another price of these items, in all bands and variants and on a tuned model."""

    def scaled(old: Prices) -> Prices:
        return {
            item: price * factor if item.partition(".")[0] in items else price
            for item, price in old.items()
        }

    def band(old: Band) -> Band:
        variants = {
            name: Variant(one.factor, scaled(one.prices)) for name, one in old.variants.items()
        }
        return Band(scaled(old.prices), old.input, old.output, variants)

    rows = tuple(replace(row, bands=tuple(map(band, row.bands))) for row in model.prices)
    trained = tuple(replace(one, prices=scaled(one.prices)) for one in model.fine_tuning)
    return replace(model, prices=rows, fine_tuning=trained)


def offers(line: BudgetLine, question: Question) -> Iterator[MovedInput]:
    """The prices of a deployment and of prepaid packs; the cheapest one stays the cheapest."""
    owned, model = line.case.owned, question.model
    for name, kind, offer in (
        ("deployment_price", "deployment", owned.deployment),
        ("pack_price", "packs", owned.packs[0] if owned.packs else None),
    ):
        price = ZERO if offer is None else offer.price

        def ask(to: Decimal, kind: str = kind, price: Decimal = price) -> Question:
            sold: tuple[Offer, ...] = getattr(model, kind)
            dearer = tuple(replace(one, price=one.price * to / price) for one in sold)
            return replace(question, model=replace(model, **{kind: dearer}))

        yield MovedInput(name, line.case.currency, price, ask)


def peak(table: PriceTable, line: BudgetLine, question: Question) -> Iterator[MovedInput]:
    """The share of the traffic in peak hours; all windows keep their parts of it."""
    query, row = question.query, line.case.row
    windows = query.season(table.providers[line.model.provider], row)
    share = 1 - windows.get("", ZERO)

    def ask(to: Decimal) -> Question:
        inside = {name: part * to / share for name, part in windows.items() if name}
        hours: Windows = {**inside, "": 1 - to}
        return replace(question, query=replace(query, season=lambda provider, row: hours))

    yield MovedInput("peak_share", SHARE, share, ask)


def exchange_rate(line: BudgetLine, question: Question) -> Iterator[MovedInput]:
    """The rate by which the cost was converted, if it was."""
    exchange = question.query.exchange
    rate = exchange.rate_of(line.case.currency)
    if rate is None:
        return
    others = tuple(one for one in exchange.rates if one is not rate)

    def ask(to: Decimal) -> Question | None:
        moved = replace(exchange, rates=(replace(rate, value=to), *others))
        return replace(question, query=replace(question.query, exchange=moved)) if to else None

    yield MovedInput("exchange_rate", NUMBER, rate.value, ask)


LEAST = {"mau": 1, "turns": 1}
"""The smallest that an input can be, where that is not 0."""


class MonthlyOutcome(msgspec.Struct, frozen=True):
    """The month's cost with the input at `value`, in the currency that ranks and in the provider's.

    `change` is percent of the unmoved cost, None if that is 0. All None where the workload is then
    impossible; `refusal` says why.
    """

    value: Decimal
    cost: Decimal | None = None
    native: Decimal | None = None
    change: Decimal | None = None
    refusal: str = ""


class MovedRow(msgspec.Struct, frozen=True):
    """An input moved down and up. `swing` is how far apart the costs are, the unmoved one included.

    `elasticity`: by how many percent the cost rises for each percent that the input does.
    """

    name: str
    unit: str
    value: Decimal
    low: MonthlyOutcome
    high: MonthlyOutcome
    swing: Decimal
    elasticity: Decimal | None


class WhatIf(msgspec.Struct, frozen=True):
    """A model's month as the workload has it, and the inputs, what moves the cost most first."""

    line: BudgetLine
    cost: Decimal
    native: Decimal
    rows: tuple[MovedRow, ...]


class Study(msgspec.Struct, frozen=True):
    """Every model of an answer, with its inputs moved by the share `by`."""

    answer: BudgetAnswer
    by: Decimal
    found: tuple[WhatIf, ...]


def settled(query: Query) -> Query:
    """The question of a month's cost alone: of one user if none is said, and without money to
    compare it with."""
    workload = query.workload
    users = 1 if workload.mau is None else workload.mau
    alone = replace(workload, mau=users, budget=None, revenue_per_user=None)
    return replace(query, workload=alone)


def study(table: PriceTable, answer: BudgetAnswer, by: Decimal) -> Study:
    """`answer` is of a settled question whose workload has requests; 0 < `by` <= 1."""
    query = answer.budget.query
    return Study(answer, by, tuple(whatif(table, one, query, by) for one in answer.budget.lines))


def whatif(table: PriceTable, line: BudgetLine, query: Query, by: Decimal) -> WhatIf:
    """An input that is not there has no row, nor has a price that bills nothing."""
    month, query = month_of(line), query.on(line.model)
    with localcontext(EXACT):
        rows = [
            row_of(table, line, one, by)
            for one in inputs_of(table, line, Question(line.model, query))
            if one.value > LEAST.get(one.name, 0)
        ]
    shown = [row for row in rows if row.swing or not row.name.endswith("_price")]
    shown.sort(key=lambda row: -row.swing)
    return WhatIf(line, month.cost.amount, month.native.amount, tuple(shown))


def row_of(table: PriceTable, line: BudgetLine, moved: MovedInput, by: Decimal) -> MovedRow:
    base = month_of(line).cost.amount
    low, high = (outcome(table, moved, shifted(moved, factor), base) for factor in (1 - by, 1 + by))
    costs = [base, *(one.cost for one in (low, high) if one.cost is not None)]
    swing, value = kept(max(costs) - min(costs)), kept(moved.value)
    return MovedRow(moved.name, moved.unit, value, low, high, swing, elasticity(value, high))


def shifted(moved: MovedInput, factor: Decimal) -> Decimal:
    """The value that is asked: shares end at all of it, and whole numbers move by one at least."""
    value = moved.value * factor
    if moved.unit == SHARE:
        return min(value, ONE)
    if moved.unit != COUNT:
        return value
    rounded = value.to_integral_value(ROUND_HALF_UP)
    if rounded == moved.value:
        rounded += 1 if factor > 1 else -1
    return max(rounded, Decimal(LEAST.get(moved.name, 0)))


def outcome(table: PriceTable, moved: MovedInput, value: Decimal, base: Decimal) -> MonthlyOutcome:
    question = moved.ask(value)
    if question is None:
        return MonthlyOutcome(kept(value), refusal=say("it must be above 0"))
    found = budget(table, (question.model,), question.query)
    if found.excluded:
        return MonthlyOutcome(kept(value), refusal=found.excluded[0].detail)
    month = month_of(found.lines[0])
    cost = month.cost.amount
    change = kept(100 * (cost - base) / base) if base else None
    return MonthlyOutcome(kept(value), cost, month.native.amount, change)


def elasticity(value: Decimal, high: MonthlyOutcome) -> Decimal | None:
    """Of the side above; None if the input cannot rise, or there is no cost to be a share of."""
    if high.change is None or high.value == value:
        return None
    return kept(high.change * value / (high.value - value) / 100)
