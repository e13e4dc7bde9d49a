"""How a month's cost answers to its inputs: each moved down and up, all others held."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import msgspec
from msgspec.structs import replace

from llmcost.messages import say
from llmcost.money import EXACT, kept
from llmcost.planning.budget import Answer, Line, Query, budget, month_of
from llmcost.planning.inputs import COUNT, SHARE, Input, Question, inputs_of
from llmcost.planning.workload import ONE
from llmcost.pricing.table import PriceTable

LEAST = {"mau": 1, "turns": 1}
"""The smallest that an input can be, where that is not 0."""


class Outcome(msgspec.Struct, frozen=True):
    """The month's cost with the input at `value`, in the currency that ranks and in the provider's.

    `change` is percent of the unmoved cost, None if that is 0. All None where the workload is then
    impossible; `refusal` says why.
    """

    value: Decimal
    cost: Decimal | None = None
    native: Decimal | None = None
    change: Decimal | None = None
    refusal: str = ""


class Row(msgspec.Struct, frozen=True):
    """An input moved down and up. `swing` is how far apart the costs are, the unmoved one included.

    `elasticity`: by how many percent the cost rises for each percent that the input does.
    """

    name: str
    unit: str
    value: Decimal
    low: Outcome
    high: Outcome
    swing: Decimal
    elasticity: Decimal | None


class WhatIf(msgspec.Struct, frozen=True):
    """A model's month as the workload has it, and the inputs, what moves the cost most first."""

    line: Line
    cost: Decimal
    native: Decimal
    rows: tuple[Row, ...]


class Study(msgspec.Struct, frozen=True):
    """Every model of an answer, with its inputs moved by the share `by`."""

    answer: Answer
    by: Decimal
    found: tuple[WhatIf, ...]


def settled(query: Query) -> Query:
    """The question of a month's cost alone: of one user if none is said, and without money to
    compare it with."""
    workload = query.workload
    users = 1 if workload.mau is None else workload.mau
    alone = replace(workload, mau=users, budget=None, revenue_per_user=None)
    return replace(query, workload=alone)


def study(table: PriceTable, answer: Answer, by: Decimal) -> Study:
    """`answer` is of a settled question whose workload has requests; 0 < `by` <= 1."""
    query = answer.budget.query
    return Study(answer, by, tuple(whatif(table, one, query, by) for one in answer.budget.lines))


def whatif(table: PriceTable, line: Line, query: Query, by: Decimal) -> WhatIf:
    """An input that is not there has no row, nor has a price that bills nothing."""
    month = month_of(line)
    with localcontext(EXACT):
        rows = [
            row_of(table, line, one, by)
            for one in inputs_of(table, line, Question(line.model, query))
            if one.value > LEAST.get(one.name, 0)
        ]
    shown = [row for row in rows if row.swing or not row.name.endswith("_price")]
    shown.sort(key=lambda row: -row.swing)
    return WhatIf(line, month.cost.amount, month.native.amount, tuple(shown))


def row_of(table: PriceTable, line: Line, moved: Input, by: Decimal) -> Row:
    base = month_of(line).cost.amount
    low, high = (outcome(table, moved, shifted(moved, factor), base) for factor in (1 - by, 1 + by))
    costs = [base, *(one.cost for one in (low, high) if one.cost is not None)]
    swing, value = kept(max(costs) - min(costs)), kept(moved.value)
    return Row(moved.name, moved.unit, value, low, high, swing, elasticity(value, high))


def shifted(moved: Input, factor: Decimal) -> Decimal:
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


def outcome(table: PriceTable, moved: Input, value: Decimal, base: Decimal) -> Outcome:
    question = moved.ask(value)
    if question is None:
        return Outcome(kept(value), refusal=say("it must be above 0"))
    found = budget(table, (question.model,), question.query)
    if found.excluded:
        return Outcome(kept(value), refusal=found.excluded[0].detail)
    month = month_of(found.lines[0])
    cost = month.cost.amount
    change = kept(100 * (cost - base) / base) if base else None
    return Outcome(kept(value), cost, month.native.amount, change)


def elasticity(value: Decimal, high: Outcome) -> Decimal | None:
    """Of the side above; None if the input cannot rise, or there is no cost to be a share of."""
    if high.change is None or high.value == value:
        return None
    return kept(high.change * value / (high.value - value) / 100)
