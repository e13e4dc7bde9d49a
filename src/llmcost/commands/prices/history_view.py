"""The prices of names over time: as a table, as rows and as a JSON document, with each change."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from llmcost.language import _
from llmcost.messages import joined, say, visible
from llmcost.pricing.catalog import sold_by
from llmcost.pricing.price_history import (
    HistoryStep,
    Move,
    PriceHistory,
    aliased,
    move,
    of_alias,
    of_model,
    same_bands,
)
from llmcost.pricing.price_notes import reader_note, whole_note
from llmcost.pricing.price_rows import PriceRow, PriceState, PriceTable
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import percent, plain
from llmcost.render.wording import PRICES, row_document, word

BARS = "▁▂▃▄▅▆▇█"
NO_BAR = "·"
MACHINE = (
    *("model", "provider", "from", "state", *PRICES, "currency", "input_change"),
    *("output_change", "means", "announced", "source", "checked", "note"),
)
FIGURES = (*PRICES, "input_change", "output_change")


def title(history: PriceHistory) -> str:
    return _(
        "{model}: {currency} per 1M tokens",
        model=visible(f"{history.provider}/{history.name}"),
        currency=history.currency,
    )


def human(
    histories: Sequence[PriceHistory], at: datetime, *, named: bool = False, explain: bool = False
) -> Grid:
    """One line a step. `named`: several names share the table; `explain`: with whole notes."""
    columns = [
        *([Column(_("model"), fold=True)] if named else []),
        Column(_("from")),
        *(Column(_("input"), right=True), Column(_("change"), right=True)),
        *(Column(_("output"), right=True), Column(_("change"), right=True)),
        *(Column(_("cache_read"), right=True), Column(_("note"), fold=True)),
    ]
    rows = []
    for history in histories:
        name = [visible(f"{history.provider}/{history.name}")] if named else []
        for index, step in enumerate(history.steps):
            rows.append([*name, *human_row(history, index, step, at, explain)])
    return grid(columns, rows)


def human_row(
    history: PriceHistory, index: int, step: HistoryStep, at: datetime, explain: bool
) -> list[str]:
    """The state stands in the note, where there is something to say of it."""
    input, output, cached = (price_text(step.row, item) for item in PRICES)
    state = "announced" if step.is_announced(at) else state_of(step)
    said = [] if state == PriceState.PRICED else [word(state)]
    return [
        *(str(step.start), input, change_text(history, index, "input")),
        *(output, change_text(history, index, "output"), cached),
        joined(dict.fromkeys([*said, *remarks(history, index, explain)]), "; "),
    ]


def start_of(step: HistoryStep) -> str:
    return step.start_at.isoformat(timespec="minutes") if step.start_at else str(step.start)


def state_of(step: HistoryStep) -> str:
    return step.row.state.value if step.row is not None else step.end


def price_text(row: PriceRow | None, item: str) -> str:
    """`0.8`, or `0.8…4.8` from the first band to the last."""
    if row is None or row.state is not PriceState.PRICED:
        return word("free") if row and row.state is PriceState.FREE and item != "cache_read" else ""
    found = [plain(band.prices[item]) for band in row.bands if item in band.prices]
    return "…".join(dict.fromkeys([found[0], found[-1]])) if found else ""


def change_text(history: PriceHistory, index: int, item: str) -> str:
    step = history.steps[index]
    before = history.before(index)
    if before is None:
        return word("new") if price_text(step.row, item) else ""
    moved = move(before, step.row, item)
    return "" if moved is None else move_text(moved)


def move_text(moved: Move) -> str:
    """`-50%`, or `-50%…-60%` from the first band to the last."""
    texts = [percent(one) for one in moved.percents if one is not None]
    if not texts:
        return say("from free") if moved.from_free else ""
    return "…".join(dict.fromkeys([texts[0], texts[-1]]))


def remarks(history: PriceHistory, index: int, explain: bool) -> Iterator[str]:
    step, before = history.steps[index], history.before(index)
    meant = history.steps[index - 1].model.id if index else history.name
    if step.model.id != meant:
        yield say("means {model}", model=visible(step.model.id))
    if index == 0 and history.predecessor is not None:
        yield say("compared with {model}", model=visible(history.predecessor.id))
    if step.row is not None and step.row.billed_as:
        yield say("served by {model}", model=visible(step.row.billed_as))
    if step.row is not None and step.row.evidence is not None:
        yield say("on or before {day}", day=step.row.evidence)
    if before is not None and step.row is not None and not same_bands(before, step.row):
        yield say("other bands: first compared")
    if step.row is not None:
        note = reader_note(step.row.note, is_whole=explain or step.row.is_own)
        yield from filter(None, (whole_note(step.row.promotion), note))
        if explain:
            yield say("source: {source}, checked {day}", source=visible(step.row.source),
                      day=step.row.checked)  # fmt: skip


def foot(history: PriceHistory) -> str:
    """The line under the table: the input price as bars, one a step."""
    known = [step.row for step in history.steps if step.row is not None]
    prices = [input_price(row) for row in known]
    texts = [price_text(row, "input") or word(row.state.value) for row in known]
    if len(texts) < 2:
        return ""
    return (
        _(
            "input  {bars}  {first} -> {last}, on a logarithmic scale",
            bars=spark(prices),
            first=texts[0],
            last=texts[-1],
        )
        + "\n"
    )


def input_price(row: PriceRow) -> Decimal | None:
    """The first band's; zero if free, None if not known."""
    if row.state is PriceState.FREE:
        return Decimal(0)
    return row.bands[0].prices.get("input") if row.bands else None


def spark(prices: Sequence[Decimal | None]) -> str:
    """A bar a price, on a logarithmic scale, as prices fall by factors; the lowest bar is free.

    Where nothing is free, the lowest bar is the lowest price.
    """
    known = [price for price in prices if price is not None]
    logs = [math.log(price) for price in known if price]
    least, most = min(logs, default=0.0), max(logs, default=0.0)
    floor = 1 if 0 in known else 0
    return "".join(bar(price, least, most, floor) for price in prices)


def bar(price: Decimal | None, least: float, most: float, floor: int) -> str:
    if price is None:
        return NO_BAR
    if not price:
        return BARS[0]
    top = len(BARS) - 1
    share = (math.log(price) - least) / (most - least) if most > least else 1.0
    return BARS[floor + round(share * (top - floor))]


# for programs


def machine(histories: Sequence[PriceHistory], at: datetime) -> Grid:
    """One row a step, with the prices of its first band."""
    columns = [Column(name, right=name in FIGURES) for name in MACHINE]
    return grid(
        columns,
        (
            machine_row(history, index, step, at)
            for history in histories
            for index, step in enumerate(history.steps)
        ),
    )


def machine_row(history: PriceHistory, index: int, step: HistoryStep, at: datetime) -> list[str]:
    row = step.row
    first = row.bands[0].prices if row and row.bands else {}
    zero = {"input": Decimal(0), "output": Decimal(0)}
    shown = zero if row and row.state is PriceState.FREE else first
    return [
        *(visible(history.name), visible(history.provider), start_of(step), state_of(step)),
        *(plain(shown[item]) if item in shown else "" for item in PRICES),
        history.currency,
        *(change_text(history, index, item) for item in ("input", "output")),
        *(visible(step.model.id), "yes" if step.is_announced(at) else ""),
        *((visible(row.source), row.checked.isoformat(), visible(row.note)) if row else ("",) * 3),
    ]


def document(histories: Sequence[PriceHistory], at: datetime) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.history/1`."""
    return {
        "schema": "llmcost.prices.history/1",
        "as_of": at.isoformat(),
        "results": [history_document(one, at) for one in histories],
    }


def history_document(history: PriceHistory, at: datetime) -> dict[str, Any]:
    return {
        "model": history.name,
        "provider": history.provider,
        "currency": history.currency,
        "spark": spark([input_price(step.row) for step in history.steps if step.row is not None]),
        "steps": [
            {
                "from": start_of(step),
                "state": state_of(step),
                "means": step.model.id,
                "announced": step.is_announced(at),
                "change": {
                    item: change_text(history, index, item) or None for item in ("input", "output")
                },
                "price": row_document(step.row) if step.row else None,
            }
            for index, step in enumerate(history.steps)
        ],
    }


def histories_of(
    table: "PriceTable", names: Sequence[str], providers: Sequence[str], at: datetime
) -> list["PriceHistory"]:
    """Return the prices of each name: a moved alias is not the model that it means today. Raise
    UnknownModel."""
    from llmcost.runtime.price_table import chosen_models, sellers_of

    models = sold_by(table, sellers_of(table, providers))
    found: dict[str, PriceHistory] = {}
    for name in names:
        moved = aliased(models, name)
        for group in moved:
            one = of_alias(name, group, table.providers[group[0].provider].currency)
            found[f"{one.provider}/{one.name}"] = one
        if moved:
            continue
        for model in chosen_models(table, [name], providers, at, retired=True).models:
            currency = table.providers[model.provider].currency
            found[model.key] = of_model(model, currency, table.models)
    return list(found.values())
