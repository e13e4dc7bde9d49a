"""What a task costs on each model, and what it costs for each one that is solved."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from llmcost.commands.estimate.compute import Estimate, Line
from llmcost.money import Range
from llmcost.pricing.price_rows import Model

HUNDRED = Decimal(100)


class TaskLine(msgspec.Struct, frozen=True):
    """One model: the estimate of one request of the task, its score, and what one solved task
    costs; None where the score is no share of tasks that are solved, or there is none."""

    line: Line
    score: Decimal | None = None
    solved: Range | None = None

    @property
    def rank(self) -> int:
        return self.line.rank

    @property
    def model(self) -> Model:
        return self.line.model

    @property
    def is_free(self) -> bool:
        return self.line.is_free


class TaskComparison(msgspec.Struct, frozen=True):
    """A task on several models, the cheapest first; `input`: tokens of a request."""

    task: str
    effort: str
    input: int
    estimate: Estimate
    lines: tuple[TaskLine, ...]


def task_lines(
    estimate: Estimate, score: Callable[[Model], Decimal | None], *, is_share: bool
) -> tuple[TaskLine, ...]:
    """The lines with their scores; `is_share`: a score is a percentage of tasks that are solved."""
    found = []
    for line in estimate.lines:
        value = score(line.model)
        solved = None
        if value is not None and value > 0 and is_share:
            solved = each_solved(line.native, value)
        found.append(TaskLine(line, value, solved))
    return tuple(found)


def each_solved(cost: Range, percent: Decimal) -> Range:
    """What a solved task costs if this share of them is, and the others are paid for, too."""
    amount, low, high = (one * HUNDRED / percent for one in (cost.amount, cost.low, cost.high))
    return Range(amount, low, high, cost.currency)
