"""What matters most, as rows for programs and as a JSON document."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from llmcost.planning.whatif import Outcome, Row, Study, WhatIf
from llmcost.report.ages import age_document
from llmcost.report.amounts import fx_document
from llmcost.report.excluded import excluded_document
from llmcost.report.figures import plain, plain_or_none, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.plan import same, scenario_of, workload_document
from llmcost.report.whatif import currency_of, talk
from llmcost.report.workload import used

Document = dict[str, Any]

MACHINE = (
    *("scenario", "model", "provider", "input", "unit", "value", "low_value", "high_value"),
    *("cost", "low_cost", "high_cost", "currency"),
    *("native", "low_native", "high_native", "native_currency"),
    *("low_change", "high_change", "swing", "elasticity", "low_refusal", "high_refusal"),
)
TEXTS = frozenset(
    (
        *("scenario", "model", "provider", "input", "unit", "currency", "native_currency"),
        *("low_refusal", "high_refusal"),
    )
)


def machine(studies: Iterable[Study]) -> Grid:
    """One row a scenario, model and input, amounts with all their digits."""
    titles = [Column(name, right=name not in TEXTS) for name in MACHINE]
    return grid(
        titles,
        (
            [visible(cell) for cell in machine_row(one, found, row)]
            for one in studies
            for found in one.found
            for row in found.rows
        ),
    )


def machine_row(one: Study, found: WhatIf, row: Row) -> list[str]:
    model, low, high = found.line.model, row.low, row.high
    return [
        *(one.answer.name, model.id, model.provider, row.name, row.unit),
        *(plain(value) for value in (row.value, low.value, high.value)),
        *(digits(amount) for amount in (found.cost, low.cost, high.cost)),
        currency_of(one),
        *(digits(amount) for amount in (found.native, low.native, high.native)),
        found.line.case.currency,
        *(digits(figure) for figure in (low.change, high.change, row.swing, row.elasticity)),
        *(low.refusal, high.refusal),
    ]


def digits(value: Decimal | None) -> str:
    return plain_or_none(value) or ""


def document(studies: Sequence[Study]) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.whatif/1`."""
    queries = [one.answer.budget.query for one in studies]
    asked = zip(studies, queries, strict=True)
    found: Document = {
        "schema": "llmcost.whatif/1",
        "as_of": same([one.at.isoformat() for one in queries]),
        "month": same([f"{one.month:%Y-%m}" for one in queries]),
        "currency": same([one.exchange.currency for one in queries]),
        "by": plain(studies[0].by),
        "scenarios": [
            {"name": one.answer.name, "workload": workload_document(query.workload)}
            for one, query in zip(studies, queries, strict=True)
        ],
        "results": [result_document(one, each) for one in studies for each in one.found],
        "excluded": [
            {**scenario_of(one.answer.name), **excluded_document(each)}
            for one in studies
            for each in one.answer.budget.excluded
        ],
        "notes": [note for one in studies for note in talk(one)],
        **age_document(used((one.at, study.answer.budget.lines) for study, one in asked)),
    }
    return found | fx_document(queries[0].exchange)


def result_document(one: Study, found: WhatIf) -> Document:
    line = found.line
    return {
        **scenario_of(one.answer.name),
        "model": line.model.id,
        "provider": line.model.provider,
        "state": line.case.row.state.value,
        "cost": {"amount": plain(found.cost), "currency": currency_of(one)},
        "native": {"amount": plain(found.native), "currency": line.case.currency},
        "inputs": [row_document(row) for row in found.rows],
    }


def row_document(row: Row) -> Document:
    return {
        "input": row.name,
        "unit": row.unit,
        "value": plain(row.value),
        "low": side_document(row.low),
        "high": side_document(row.high),
        "swing": plain(row.swing),
        "elasticity": plain_or_none(row.elasticity),
    }


def side_document(side: Outcome) -> Document:
    return {
        "value": plain(side.value),
        "cost": plain_or_none(side.cost),
        "native": plain_or_none(side.native),
        "change": plain_or_none(side.change),
        "refusal": side.refusal or None,
    }
