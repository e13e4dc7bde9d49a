"""Forms of a sensitivity: tornado table, its sentences, rows, JSON document."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from llmcost.commands.budget.document import common_fx, same, scenario_document, scenario_of
from llmcost.commands.budget.workload_notes import notes, used
from llmcost.commands.whatif.compute import SHARE, MonthlyOutcome, MovedRow, Study, WhatIf
from llmcost.language import _, told
from llmcost.messages import joined, say, say_each, visible
from llmcost.money import SYMBOLS, ZERO
from llmcost.render.chart import tornado_bar
from llmcost.render.result_table import (
    ResultColumn,
    for_people,
    for_programs,
    number_column,
    table_width,
    text_column,
)
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
    whole_places,
)
from llmcost.render.wording import age_document, excluded_document

Document = dict[str, Any]
VOLUME = ("mau", "requests_per_user", "conversations_per_user")
RATE = "exchange_rate"
MOST_NAMED = 3
MOST_TOLD = 4  # models that get a sentence; the data has all
SHORTEST, LONGEST = 7, 41  # bars
NONE = "-"  # for a cost that there is not
LABELS = say_each(
    "mau, requests per user, conversations per user, turns, input tokens, output tokens, "
    "system tokens, context tokens, thinking tokens, tool calls, tool call tokens, "
    "tool result tokens, retries, batch share, cache hit, cache storage hours, fine tune tokens, "
    "input price, output price, cache read price, cache write price, cache storage price, "
    "deployment price, pack price, peak share, exchange rate"
)
"""The names of the inputs, for people."""


def title(one: Study, found: WhatIf) -> str:
    """Whose month it is, and what it costs."""
    amounts = {currency_of(one): found.cost, found.line.case.currency: found.native}
    shown = joined(money(amount, code, places([amount])) for code, amount in amounts.items())
    key = visible(found.line.model.key)
    said = say("{model}: {amount} a month", model=key, amount=shown)
    name = visible(one.answer.name)
    return _("{name}: {text}", name=name, text=said) if name else told(said)


def columns(one: Study, found: WhatIf) -> list[ResultColumn[MovedRow]]:
    """Every column, in the order that programs rely on."""
    model, by = found.line.model, f"{plain(100 * one.by)}%"
    at = [_("at {share}", share=f"{sign}{by}") for sign in "-+"]

    def cost(
        key: str, of: Callable[[MovedRow], Decimal | None], title: str, worth: int
    ) -> ResultColumn[MovedRow]:
        return ResultColumn(
            key=key, value=of, title=title, worth=worth, is_kept=True,
            cells=lambda rows: cost_cells([of(row) for row in rows], currency_of(one)),
        )  # fmt: skip

    return [
        text_column("scenario", lambda _row: one.answer.name),
        text_column("model", lambda _row: model.id),
        text_column("provider", lambda _row: model.provider),
        ResultColumn(
            key="input", value=lambda row: row.name, is_number=False, title=_("input"), worth=1,
            is_kept=True, cells=lambda rows: [told(label(row.name)) for row in rows],
        ),
        text_column("unit", lambda row: row.unit),
        ResultColumn(
            key="value", value=lambda row: row.value, title=_("value"), worth=2, is_kept=True,
            cells=lambda rows: [value_cell(row, one.by) for row in rows],
        ),
        number_column("low_value", lambda row: row.low.value),
        number_column("high_value", lambda row: row.high.value),
        number_column("cost", lambda _row: found.cost),
        cost("low_cost", lambda row: row.low.cost, at[0], 3),
        cost("high_cost", lambda row: row.high.cost, at[1], 4),
        text_column("currency", lambda _row: currency_of(one)),
        number_column("native", lambda _row: found.native),
        number_column("low_native", lambda row: row.low.native),
        number_column("high_native", lambda row: row.high.native),
        text_column("native_currency", lambda _row: found.line.case.currency),
        number_column("low_change", lambda row: row.low.change),
        number_column("high_change", lambda row: row.high.change),
        number_column("swing", lambda row: row.swing),
        number_column("elasticity", lambda row: row.elasticity),
        text_column("low_refusal", lambda row: row.low.refusal),
        text_column("high_refusal", lambda row: row.high.refusal),
        ResultColumn(
            title=_("change"), worth=5,
            cells=lambda rows: [changes(row) for row in rows],
        ),
    ]  # fmt: skip


def human(one: Study, found: WhatIf, width: int) -> Grid:
    """One line an input; the bar has what room `width` columns leave it."""
    table = for_people(columns(one, found), found.rows, width)
    room = min(width - table_width(table), LONGEST)
    if room < SHORTEST:
        return table
    rows = ([*cells, bar] for cells, bar in zip(table.rows, bars(found, room), strict=True))
    return grid([*table.columns, Column("")], rows)


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
    return LABELS[name.replace("_", " ")]


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


def cost_cells(costs: Sequence[Decimal | None], currency: str) -> list[str]:
    digits = whole_places(filter(None, costs))
    return [NONE if one is None else money(one, currency, digits) for one in costs]


def changes(row: MovedRow) -> str:
    return " ".join(change_text(side) for side in sides(row)).rstrip()


def change_text(side: MonthlyOutcome) -> str:
    if side.cost is None:
        return NONE
    return "" if side.change is None else percent(side.change)


def talk(one: Study, *, is_concluded: bool = False) -> list[str]:
    """Which input matters most, unless that stands below the table; what cannot be, and what a
    reader must know to trust the rest."""
    found = [note for each in one.found[:MOST_TOLD] for note in findings(one, each, is_concluded)]
    if one.answer.budget.query.workload.mau == 1:
        found.append(say("for one user (set --mau)"))
    return [*found, *notes(one.answer, one.answer.budget.lines)]


def findings(one: Study, found: WhatIf, is_concluded: bool) -> Iterator[str]:
    scenario = f"{one.answer.name}, " if one.answer.name else ""
    name = scenario + found.line.model.id
    for text in [*(() if is_concluded else weightiest(found.rows)), *refused(found)]:
        yield say("{name}: {text}", name=visible(name), text=text)


def conclusion(found: WhatIf) -> str:
    """What matters most, below the table of a model."""
    return "".join(f"{told(text)}\n" for text in weightiest(found.rows))


def weightiest(rows: Sequence[MovedRow]) -> Iterator[str]:
    """What moves the cost most, of what does not just move all of it."""
    others = [row for row in rows if row.name not in (*VOLUME, RATE) and row.swing]
    if not others:
        return
    names = few([label(row.name) for row in others if row.swing == others[0].swing], MOST_NAMED)
    moves = both(others[0])
    if any(row.name == RATE for row in rows):
        yield say(
            "beside the number of requests and the exchange rate, "
            "the cost depends most on {inputs} ({changes})",
            inputs=names,
            changes=moves,
        )
    else:
        yield say(
            "beside the number of requests, the cost depends most on {inputs} ({changes})",
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


def machine(studies: Iterable[Study]) -> Grid:
    """One row a scenario, model and input, amounts with all their digits."""
    grids = [
        for_programs(columns(one, found), found.rows) for one in studies for found in one.found
    ]
    return grid(grids[0].columns, (row for each in grids for row in each.rows))


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
