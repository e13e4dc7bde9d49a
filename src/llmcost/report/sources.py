"""The sources that prices rest on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from llmcost.language import _
from llmcost.planning.check import Used
from llmcost.report.figures import visible
from llmcost.report.grid import Column, Grid, grid


def human(found: Sequence[Used]) -> Grid:
    columns = [
        *(Column(_("rows"), right=True), Column(_("in force"), right=True)),
        *(Column(_("models"), right=True), Column(_("checked")), Column(_("source"), fold=True)),
    ]
    return grid(columns, (cells(one) for one in found))


def machine(found: Sequence[Used]) -> Grid:
    columns = [
        *(Column(name, right=True) for name in ("rows", "in_force", "models")),
        *(Column("checked"), Column("source")),
    ]
    return grid(columns, (cells(one) for one in found))


def cells(one: Used) -> list[str]:
    figures = (one.rows, one.in_force, len(one.models))
    return [*map(str, figures), one.checked.isoformat(), visible(one.source)]


def document(found: Sequence[Used], at: datetime) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.sources/1`."""
    return {
        "schema": "llmcost.prices.sources/1",
        "as_of": at.isoformat(),
        "results": [
            {
                "source": one.source,
                "rows": one.rows,
                "in_force": one.in_force,
                "models": [model.key for model in one.models],
                "checked": one.checked.isoformat(),
            }
            for one in found
        ],
    }
