"""A task on several models: columns, the lines around the table, JSON document and notes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from llmcost.commands.estimate.estimate_legend import (
    condition_notes,
    needs_rate,
    short_legend,
)
from llmcost.commands.estimate.view import explained as line_explained
from llmcost.commands.estimate.view import used
from llmcost.commands.tasks.compute import TaskComparison, TaskLine
from llmcost.language import _, told
from llmcost.messages import joined, say, visible
from llmcost.money import Range
from llmcost.pricing.freshness import Held
from llmcost.pricing.output_lengths import AnswerLengths, OutputLengths, named_sources
from llmcost.render.quality_scores import Ratings
from llmcost.render.result_table import ResultColumn, Selection, name_columns, times_cells
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    fx_document,
    in_currency,
    money,
    places,
    range_cell,
    range_document,
    rate_note,
    span,
)
from llmcost.render.wording import age_document, age_notes, excluded_document, excluded_notes
from llmcost.runtime.answer_lengths import length_trail
from llmcost.runtime.quality_choice import effort_hint, quality_legend, quality_notes

MOST_NAMED = 4
DIGITS = 2
Document = dict[str, Any]


class TaskTable(msgspec.Struct, frozen=True):
    """What the columns depend on. `own`: amounts in each model's own currency."""

    result: TaskComparison
    ratings: Ratings
    own: bool = True
    selection: Selection[TaskLine] | None = None

    def money_cells(self, costs: Sequence[Range | None]) -> list[str]:
        digits = places((one.amount for one in costs if one is not None), DIGITS)
        return ["" if one is None else money(one.amount, one.currency, digits) for one in costs]

    def shown(self, line: TaskLine) -> Range:
        return line.line.native if self.own else line.line.cost

    def ranking(self, one: Range | None) -> Range | None:
        exchange = self.result.estimate.exchange
        return None if one is None else one.to(exchange.currency, exchange.rates)

    def converted(self, lines: Sequence[TaskLine]) -> list[str]:
        currency = self.result.estimate.exchange.currency
        if not self.own or len({one.line.native.currency for one in lines}) < 2:
            return [""] * len(lines)
        return self.money_cells(
            [one.line.cost if one.line.native.currency != currency else None for one in lines]
        )

    def times(self, lines: Sequence[TaskLine]) -> list[str]:
        paid = [one.line.cost.amount for one in self.result.lines if not one.is_free]
        least = next(filter(None, paid), Decimal(0))
        return times_cells([one.line.cost.amount for one in lines], least)


def columns(table: TaskTable) -> list[ResultColumn[TaskLine]]:
    """Every column, in the order that programs rely on; all amounts in one currency."""
    exchange = table.result.estimate.exchange
    solved = [one.solved if table.own else table.ranking(one.solved) for one in table.result.lines]

    def solved_cells(lines: Sequence[TaskLine]) -> list[str]:
        by_key = {one.model.key: cost for one, cost in zip(table.result.lines, solved, strict=True)}
        return table.money_cells([by_key[one.model.key] for one in lines])

    def solved_value(line: TaskLine) -> Decimal | None:
        found = table.ranking(line.solved)
        return None if found is None else found.amount

    return [
        *name_columns(table.selection),
        ResultColumn(
            key="cost",
            value=lambda one: one.line.cost.amount,
            title=_("cost"),
            cells=lambda lines: table.money_cells([table.shown(one) for one in lines]),
            worth=10,
            is_kept=True,
        ),
        ResultColumn(key="cost_low", value=lambda one: one.line.cost.low),
        ResultColumn(key="cost_high", value=lambda one: one.line.cost.high),
        ResultColumn(key="currency", value=lambda one: one.line.cost.currency, is_number=False),
        ResultColumn(key="input", value=lambda one: one.line.usage.input),
        ResultColumn(
            key="output",
            value=lambda one: one.line.usage.output,
            title=_("tokens out"),
            cells=lambda lines: [f"{one.line.usage.output:,}" for one in lines],
            worth=11,
        ),
        ResultColumn(
            key="cost_solved",
            value=solved_value,
            title=_("per solved"),
            cells=solved_cells,
            worth=13,
        ),
        table.ratings.column(12),
        ResultColumn(title=in_currency(exchange.currency), cells=table.converted, worth=14),
        ResultColumn(title="×", cells=table.times, worth=15),
        ResultColumn(
            title=_("low–high"),
            cells=lambda lines: range_cells([table.shown(one) for one in lines]),
            worth=16,
        ),
    ]


def range_cells(costs: Sequence[Range]) -> list[str]:
    digits = places((one.amount for one in costs), DIGITS)
    return [range_cell(one, digits) for one in costs]


def headline(table: TaskTable, lines: Sequence[TaskLine]) -> str:
    """`summarize at effort high · 2,588 tokens in, 13,045–27,132 out · cost of 1 task`"""
    result, outputs = table.result, [one.line.usage.output for one in lines]
    task = (
        say("{task} at effort {effort}", task=result.task, effort=result.effort)
        if result.effort
        else say("{task} without thinking", task=result.task)
        if not result.estimate.terms.conditions.thinking
        else say("{task} with thinking", task=result.task)
    )
    read = f"{result.input:,}"
    tokens = say("{input} tokens in, {output} out", input=read, output=span(outputs))
    calls = result.estimate.terms.calls
    cost = say("cost of {number:,} tasks", number=calls) if calls > 1 else say("cost of one task")
    return " · ".join(map(told, (task, tokens, cost))) + "\n"


def conclusion(table: TaskTable, lines: Sequence[TaskLine]) -> str:
    """The cheapest, the best value, and the cheapest for each task that is solved."""
    ranked = [one for one in lines if one.rank]
    if len(ranked) < 2:
        return ""
    first = ranked[0]
    parts: list[str] = [
        say(
            "cheapest: {model}, {cost}",
            model=visible(first.model.id),
            cost=table.money_cells([table.shown(first)])[0],
        )
    ]
    names = {one.model.key: visible(one.model.id) for one in table.result.lines}
    parts += table.ratings.best(names)
    solved = [
        (cost.amount, names[one.model.key])
        for one in table.result.lines
        if one.rank and (cost := table.ranking(one.solved)) is not None
    ]
    if solved:
        parts.append(say("cheapest per solved task: {model}", model=min(solved)[1]))
    return told(joined(parts, "; ")) + "\n"


def notes(table: TaskTable, lines: Sequence[TaskLine], lengths: AnswerLengths) -> list[str]:
    """What a reader must know, most important first."""
    result, inner = table.result.estimate, [one.line for one in lines]
    task, all_sources = lengths.task, lengths.lengths
    models, day = [one.model for one in lines], result.terms.at.date()
    sources = joined(named_sources(all_sources, lengths.of_class.sources, day), "; ")
    found: list[str] = [
        say("length of answers: {sources}; low and high are the 10th and the 90th percentile",
            sources=sources),
    ]  # fmt: skip
    if task.input:
        source = joined(named_sources(all_sources, [task.input], day))
        found.append(say("input: {source}", source=source))
    scores = table.ratings.scores
    if scores is not None and any(one.solved is not None for one in lines):
        solved = say(
            "cost per solved task: the cost divided by the share of {title} that the model solves",
            title=scores.measure,
        )
        found.append(solved)
    found += condition_notes(result.terms, inner)
    if result.exchange.rates and needs_rate(result):
        found.append(rate_note(result.exchange, result.terms.at))
    found += age_notes(used(result, inner))
    found += excluded_notes(result.excluded, MOST_NAMED)
    return [*found, *quality_notes(table.ratings.scores, models, day)]


def legend(table: TaskTable, lines: Sequence[TaskLine]) -> list[str]:
    """What a reader must know of the figures, in parts of a line."""
    result, inner = table.result.estimate, [one.line for one in lines]
    models, day = [one.model for one in table.result.lines], result.terms.at.date()
    scores = table.ratings.scores
    return [
        *quality_legend(scores, [one.model for one in lines], day),
        *short_legend(result, inner, used(result, inner), effort_hint(scores, models, day)),
    ]


def explained(table: TaskTable) -> str:
    """What each amount, length and score rests on."""
    terms, rows = table.result.estimate.terms, table.selection.rows if table.selection else ()
    trails = ([*length_trail(terms, one.model), *table.ratings.trail(one.model)] for one in rows)
    return "".join(
        "\n" + line_explained(one.line, trail) for one, trail in zip(rows, trails, strict=True)
    )


def prices_of(result: TaskComparison) -> list[Held]:
    """The prices of all lines, the longest unread first."""
    return used(result.estimate, [one.line for one in result.lines])


def document(table: TaskTable, lines: Sequence[TaskLine], notes: Sequence[str]) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.tasks/1`."""
    result, estimate = table.result, table.result.estimate
    found: Document = {
        "schema": "llmcost.tasks/1",
        "as_of": estimate.terms.at.isoformat(),
        "currency": estimate.exchange.currency,
        "task": result.task,
        "effort": result.effort or None,
        "calls": estimate.terms.calls,
        "results": [
            {
                "rank": one.rank or None,
                "model": one.model.id,
                "provider": one.model.provider,
                "state": one.line.row.state.value,
                "usage": {"input": one.line.usage.input, "output": one.line.usage.output},
                "cost": range_document(one.line.cost),
                "native": range_document(one.line.native),
                "quality": table.ratings.document(one.model),
                "cost_solved": None if one.solved is None else range_document(one.solved),
                "sources": list(estimate.terms.outputs[one.model.key].sources),
            }
            for one in lines
        ],
        "excluded": [excluded_document(one) for one in estimate.excluded],
        "notes": list(notes),
        **age_document(used(estimate, [one.line for one in lines])),
    }
    return found | fx_document(estimate.exchange)


# --- without a task: what there is --------------------------------------------------------------


def task_grid(lengths: OutputLengths, *, for_people: bool = False) -> Grid:
    """Each task with the length of its answer without thinking, and its sources."""
    found = [(name, AnswerLengths(lengths, name).of_class) for name in lengths.tasks]
    rows = [
        [
            name,
            *(figure(one) for one in (of.low, of.middle, of.high, of.mean)),
            ", ".join(of.sources).replace("_", " " if for_people else "_"),
        ]
        for name, of in found
    ]
    task, mean, sources = "task", "mean", "sources"
    if for_people:
        task, mean, sources = _("task"), _("mean"), _("sources")
    titles = [Column(title, right=True) for title in ("p10", "p50", "p90", mean)]
    return grid([Column(task), *titles, Column(sources, fold=True)], rows)


def task_headline() -> str:
    return (
        _("output tokens of an answer without thinking (agent-run: with); translate: per token in")
        + "\n"
    )


def task_conclusion() -> str:
    """What the columns are, and the next step."""
    return (
        _("p10, p50, p90: 10, 50 and 90 % of answers are no longer than this")
        + "\n"
        + _("compare models for a task: llmcost tasks TASK")
        + "\n"
    )


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def task_document(lengths: OutputLengths) -> Document:
    """The JSON form of the same."""
    found = [(name, AnswerLengths(lengths, name).of_class) for name in lengths.tasks]
    return {
        "schema": "llmcost.tasks/1",
        "results": [
            {
                "task": name,
                "unit": "tokens for each of the input" if of.is_ratio else "tokens",
                **{"p10": of.low, "p50": of.middle, "p90": of.high, "mean": of.mean},
                "sources": [*map(str, named_sources(lengths, of.sources))],
            }
            for name, of in found
        ],
    }
