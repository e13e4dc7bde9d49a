"""Forms of a sensitivity: tornado table, its sentences, rows, JSON document."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from llmcost.commands.budget.document import common_fx, same, scenario_document, scenario_of
from llmcost.commands.budget.workload_notes import notes, used
from llmcost.commands.whatif.compute import SHARE, MonthlyOutcome, MovedRow, Study, WhatIf
from llmcost.language import _, told
from llmcost.messages import joined, say, visible
from llmcost.money import SYMBOLS, ZERO
from llmcost.render.chart import cell_len, tornado_bar
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    data,
    few,
    figure,
    figure_places,
    money,
    percent,
    places,
    plain,
    plain_or_none,
)
from llmcost.render.wording import age_document, excluded_document

Document = dict[str, Any]
VOLUME = ("mau", "requests_per_user", "conversations_per_user")
RATE = "exchange_rate"
MOST_NAMED = 3
MOST_TOLD = 4  # models that get a sentence; the data has all
BETWEEN = 2  # columns of a table
SHORTEST, LONGEST = 7, 41  # bars
NONE = "-"  # for a cost that there is not
LABELS = {
    str(one).replace(" ", "_"): one
    for one in (
        *(say("mau"), say("requests per user"), say("conversations per user"), say("turns")),
        *(say("input tokens"), say("output tokens"), say("system tokens"), say("context tokens")),
        *(say("thinking tokens"), say("tool calls"), say("tool call tokens")),
        *(say("tool result tokens"), say("retries"), say("batch share"), say("cache hit")),
        *(say("cache storage hours"), say("fine tune tokens"), say("input price")),
        *(say("output price"), say("cache read price"), say("cache write price")),
        *(say("cache storage price"), say("deployment price"), say("pack price")),
        *(say("peak share"), say("exchange rate")),
    )
}
"""What people call the inputs, by their names."""


def title(one: Study, found: WhatIf) -> str:
    """Whose month it is, and what it costs."""
    amounts = {currency_of(one): found.cost, found.line.case.currency: found.native}
    shown = joined(money(amount, code, places([amount])) for code, amount in amounts.items())
    key = visible(found.line.model.key)
    said = say("{model}: {amount} a month", model=key, amount=shown)
    name = visible(one.answer.name)
    return _("{name}: {text}", name=name, text=said) if name else told(said)


def human(one: Study, found: WhatIf, width: int) -> Grid:
    """One line an input; the bar has what room `width` columns leave it."""
    by = f"{plain(100 * one.by)}%"
    columns = [
        *(Column(_("input"), fold=True), Column(_("value"), right=True)),
        *(Column(_("at {share}", share=f"{sign}{by}"), right=True) for sign in "-+"),
        *(Column(_("change"), right=True), Column("")),
    ]
    costs = [side.cost for row in found.rows for side in (row.low, row.high) if side.cost]
    digits = places(costs)
    cells = [
        [
            told(label(row.name)),
            value_cell(row, one.by),
            *(cost_cell(side, currency_of(one), digits) for side in (row.low, row.high)),
            changes(row),
        ]
        for row in found.rows
    ]
    texts = [[column.title for column in columns[:-1]], *cells]
    used = sum(max(map(cell_len, column)) + BETWEEN for column in zip(*texts, strict=True))
    room = max(SHORTEST, min(width - used, LONGEST))
    return grid(columns, map(with_bar, cells, bars(found, room)))


def with_bar(cells: list[str], bar: str) -> list[str]:
    return [*cells, bar]


def bars(found: WhatIf, width: int) -> Iterator[str]:
    moves = [[move(side, found.cost) for side in sides(row)] for row in found.rows]
    most = max((abs(one) for pair in moves for one in pair), default=ZERO)
    for low, high in moves:
        yield tornado_bar(low, high, most, width)


def move(side: MonthlyOutcome, cost: Decimal) -> Decimal:
    return ZERO if side.cost is None else side.cost - cost


def sides(row: MovedRow) -> tuple[MonthlyOutcome, MonthlyOutcome]:
    return row.low, row.high


def currency_of(one: Study) -> str:
    return one.answer.budget.query.exchange.currency


def label(name: str) -> str:
    """`output tokens`; of a fee, what is called."""
    if name.startswith("fees."):
        return say("{fee} calls", fee=visible(name.removeprefix("fees.")))
    return LABELS[name]


def value_cell(row: MovedRow, by: Decimal) -> str:
    """`5`, and `5 (4–6)` where rounding or an end to it moved it by another share."""
    values = (row.low.value, row.value, row.high.value)
    low, value, high = shown(row, values)
    if [low, value, high] == shown(row, [row.value * factor for factor in (1 - by, 1, 1 + by)]):
        return shown(row, [row.value])[0]
    return f"{value} ({low}–{high})"


def shown(row: MovedRow, values: Sequence[Decimal]) -> list[str]:
    """The values in one precision, with their unit."""
    if row.unit == SHARE:
        values = [100 * value for value in values]
    digits = figure_places(values)
    before = SYMBOLS.get(row.unit, "")
    after = "%" if row.unit == SHARE else ""
    return [f"{before}{figure(value, digits)}{after}" for value in values]


def cost_cell(side: MonthlyOutcome, currency: str, digits: int) -> str:
    return NONE if side.cost is None else money(side.cost, currency, digits)


def changes(row: MovedRow) -> str:
    return " ".join(change_text(side) for side in sides(row)).rstrip()


def change_text(side: MonthlyOutcome) -> str:
    if side.cost is None:
        return NONE
    return "" if side.change is None else percent(side.change)


def talk(one: Study) -> list[str]:
    """Which input matters most, what cannot be, and what a reader must know to trust the rest."""
    found = [note for each in one.found[:MOST_TOLD] for note in findings(one, each)]
    if one.answer.budget.query.workload.mau == 1:
        found.append(say("the month of one user (--mau)"))
    return [*found, *notes(one.answer, one.answer.budget.lines)]


def findings(one: Study, found: WhatIf) -> Iterator[str]:
    scenario = f"{one.answer.name}, " if one.answer.name else ""
    name = scenario + found.line.model.id
    for text in [*weightiest(found.rows), *refused(found)]:
        yield say("{name}: {text}", name=visible(name), text=text)


def weightiest(rows: Sequence[MovedRow]) -> Iterator[str]:
    """What moves the cost most, of what does not just move all of it."""
    others = [row for row in rows if row.name not in (*VOLUME, RATE) and row.swing]
    if not others:
        return
    names = few([label(row.name) for row in others if row.swing == others[0].swing], MOST_NAMED)
    moves = both(others[0])
    if any(row.name == RATE for row in rows):
        yield say(
            "apart from how many requests there are and the exchange rate, the cost depends most "
            "on {inputs} ({changes})",
            inputs=names,
            changes=moves,
        )
    else:
        yield say(
            "apart from how many requests there are, the cost depends most on {inputs} ({changes})",
            inputs=names,
            changes=moves,
        )


def both(row: MovedRow) -> str:
    """`-5% and +5%`"""
    low, *high = changes(row).split(" ")
    return say("{low} and {high}", low=low, high=high[0]) if high else low


def refused(found: WhatIf) -> Iterator[str]:
    for row in found.rows:
        for side in sides(row):
            if side.refusal:
                yield say(
                    "{input} {value}: {refusal}",
                    input=label(row.name),
                    value=shown(row, [side.value])[0],
                    refusal=side.refusal,
                )


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


def machine_row(one: Study, found: WhatIf, row: MovedRow) -> list[str]:
    model, low, high = found.line.model, row.low, row.high
    return [
        *(one.answer.name, model.id, model.provider, row.name, row.unit),
        *(data(value) for value in (row.value, low.value, high.value)),
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
        "by": data(studies[0].by),
        "scenarios": [
            scenario_document(one.answer.name, query)
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
    return found | common_fx(queries)


def result_document(one: Study, found: WhatIf) -> Document:
    line = found.line
    return {
        **scenario_of(one.answer.name),
        "model": line.model.id,
        "provider": line.model.provider,
        "state": line.case.row.state.value,
        "cost": {"amount": data(found.cost), "currency": currency_of(one)},
        "native": {"amount": data(found.native), "currency": line.case.currency},
        "inputs": [row_document(row) for row in found.rows],
    }


def row_document(row: MovedRow) -> Document:
    return {
        "input": row.name,
        "unit": row.unit,
        "value": data(row.value),
        "low": side_document(row.low),
        "high": side_document(row.high),
        "swing": data(row.swing),
        "elasticity": plain_or_none(row.elasticity),
    }


def side_document(side: MonthlyOutcome) -> Document:
    return {
        "value": data(side.value),
        "cost": plain_or_none(side.cost),
        "native": plain_or_none(side.native),
        "change": plain_or_none(side.change),
        "refusal": side.refusal or None,
    }
