"""The price table as a list of models, and one model with all that is known of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from llmcost.money import SYMBOLS
from llmcost.pricing.catalog import row_at
from llmcost.pricing.table import Model, PriceRow, PriceTable, State
from llmcost.report.figures import plain, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.prices import PRICES, band_document, iso, row_document

MACHINE = (
    *("model", "provider", "state", "currency", *PRICES, "bands", "context", "max_output"),
    *("tokenizer", "from", "checked"),
)


def human(table: PriceTable, models: Sequence[Model], at: datetime) -> Grid:
    """One line a model; `…` between the first and the last band's price."""
    columns = [
        *(Column("model", fold=True), Column("provider"), Column("context", right=True)),
        *(Column("input", right=True), Column("output", right=True), Column("tokenizer")),
    ]
    rows = []
    for model in models:
        row = row_at(model, at)
        rows.append(
            [
                *(visible(model.id), visible(model.provider), size(model.context)),
                *(price_cell(table, model, row, key) for key in ("input", "output")),
                model.tokenizer,
            ]
        )
    return grid(columns, rows)


def size(tokens: int | None) -> str:
    return "" if tokens is None else f"{tokens:,}"


def price_cell(table: PriceTable, model: Model, row: PriceRow | None, key: str) -> str:
    if row is None or row.state is not State.PRICED:
        return row.state.value if row else ""
    rates = [rate for rate in (getattr(band.rates, key) for band in row.bands) if rate is not None]
    if not rates:
        return ""
    low, high = min(rates), max(rates)
    text = plain(low) if low == high else f"{plain(low)}…{plain(high)}"
    return SYMBOLS[table.providers[model.provider].currency] + text


def machine(table: PriceTable, models: Sequence[Model], at: datetime) -> Grid:
    """One row a model, with the prices of its first band and the number of bands."""
    figures = {*PRICES, "bands", "context", "max_output"}
    columns = [Column(name, right=name in figures) for name in MACHINE]
    return grid(columns, (machine_row(table, model, row_at(model, at)) for model in models))


def machine_row(table: PriceTable, model: Model, row: PriceRow | None) -> list[str]:
    rates = row.bands[0].rates if row and row.bands else None
    prices = [getattr(rates, key) if rates else None for key in PRICES]
    return [
        *(visible(model.id), visible(model.provider), row.state.value if row else ""),
        table.providers[model.provider].currency,
        *("" if price is None else plain(price) for price in prices),
        str(len(row.bands) if row else 0),
        *("" if tokens is None else str(tokens) for tokens in (model.context, model.max_output)),
        model.tokenizer,
        *((row.start.isoformat(), row.checked.isoformat()) if row else ("", "")),
    ]


def document(table: PriceTable, models: Sequence[Model], at: datetime) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.models/1`."""
    return {
        "schema": "llmcost.models/1",
        "as_of": at.isoformat(),
        "results": [model_document(table, model, at) for model in models],
    }


def model_document(table: PriceTable, model: Model, at: datetime) -> dict[str, Any]:
    provider = table.providers[model.provider]
    current = row_at(model, at)
    return {
        "model": model.id,
        "provider": model.provider,
        "name": model.name,
        "currency": provider.currency,
        "tokenizer": model.tokenizer,
        "context": model.context,
        "max_output": model.max_output,
        "aliases": [
            {"id": one.id, "from": iso(one.start), "to": iso(one.end)} for one in model.aliases
        ],
        "released": iso(model.released),
        "retired": iso(model.retired),
        "note": model.note,
        "price": row_document(current) if current else None,
        "history": [row_document(row) for row in model.prices],
    }


def details(table: PriceTable, model: Model, at: datetime) -> str:
    """Everything about one model, for people: its facts, then its prices, newest first."""
    provider = table.providers[model.provider]
    facts = [
        ("model", visible(model.id)),
        ("name", visible(model.name)),
        ("provider", visible(f"{provider.name} ({provider.id})")),
        ("aliases", visible(", ".join(one.id for one in model.aliases))),
        ("tokenizer", model.tokenizer),
        ("context", f"{size(model.context)} tokens" if model.context else "unknown"),
        ("max output", f"{size(model.max_output)} tokens" if model.max_output else ""),
        ("released", iso(model.released) or ""),
        ("retired", iso(model.retired) or ""),
        ("note", visible(model.note)),
    ]
    lines = [f"{key:<11}{value}" for key, value in facts if value]
    lines += ["", f"prices in {provider.currency} per 1M tokens"]
    current = row_at(model, at)
    for row in reversed(model.prices):
        lines += row_lines(row, row is current)
    return "".join(f"{line}\n" for line in lines)


def row_lines(row: PriceRow, is_current: bool) -> Iterator[str]:
    until = f" until {row.until}" if row.until else ""
    state = "" if row.state is State.PRICED else f"  {row.state.value}"
    start = (row.start_at or row.start).isoformat()
    yield f"{'*' if is_current else ' '} from {start}{until}{state}"
    for band in row.bands:
        found = band_document(band)
        limits = [
            f"{key.replace('_', ' ')} {n:,}:" for key, n in found.items() if isinstance(n, int)
        ]
        prices = [f"{key} {rate}" for key, rate in found.items() if isinstance(rate, str)]
        yield "    " + " ".join(limits) + (" " if limits else "") + ", ".join(prices)
    if row.limits:
        yield f"    limits: {visible(row.limits)}"
    yield f"    source: {visible(row.source)}, checked {row.checked}"
    if row.note:
        yield f"    note: {visible(row.note)}"
