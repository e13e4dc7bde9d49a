"""An estimate by input, or by request: what each costs on each model."""

from collections.abc import Sequence
from typing import Any

from llmcost.language import _
from llmcost.planning.estimate import Estimate
from llmcost.report.estimate import FIGURES, MACHINE, line_document, machine_row, tokens_cell
from llmcost.report.figures import money, places, visible
from llmcost.report.grid import Column, Grid, grid


def human(each: Sequence[Estimate], *, own: bool) -> Grid:
    """`own`: amounts in each model's own currency."""
    pairs = [(one.inputs[0].name, line) for one in each for line in one.lines]
    costs = [line.native if own else line.cost for _, line in pairs]
    digits = places(cost.amount for cost in costs)
    rows = [
        [
            *(visible(name), visible(line.model.id), visible(line.model.provider)),
            *(tokens_cell(line), money(cost.amount, cost.currency, digits)),
        ]
        for (name, line), cost in zip(pairs, costs, strict=True)
    ]
    columns = [
        *(Column(_("input"), fold=True), Column(_("model"), fold=True), Column(_("provider"))),
        *(Column(_("tokens"), right=True), Column(_("cost"), right=True)),
    ]
    return grid(columns, rows)


def machine(each: Sequence[Estimate]) -> Grid:
    columns = [Column("name"), *(Column(name, right=name in FIGURES) for name in MACHINE)]
    return grid(
        columns,
        ([visible(one.inputs[0].name), *machine_row(line)] for one in each for line in one.lines),
    )


def document(each: Sequence[Estimate]) -> dict[str, Any]:
    """The part of the JSON contract that stands beside the sums."""
    return {
        "breakdown": [
            {"name": one.inputs[0].name, **line_document(line)}
            for one in each
            for line in one.lines
        ]
    }
