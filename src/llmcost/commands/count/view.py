"""Forms of counts: table, rows, JSON document."""

from collections.abc import Iterator, Sequence
from typing import Any

from llmcost.language import _
from llmcost.pricing.usage import Count, Input, add_counts
from llmcost.render.table import Column, Grid, grid


def total(inputs: Sequence[Input], tokenizer: str) -> Count:
    return add_counts([one.counts[tokenizer] for one in inputs])


def entries(inputs: Sequence[Input], names: Sequence[str]) -> Iterator[tuple[str, str, Count]]:
    """(input name, tokenizer, count) for every input under every tokenizer."""
    return ((one.name, name, one.counts[name]) for one in inputs for name in names)


def human(inputs: Sequence[Input], names: Sequence[str]) -> Grid:
    columns = [
        *(Column(_("tokens"), right=True), Column(_("low–high"), right=True)),
        *(Column(_("tokenizer")), Column(_("input"), fold=True)),
    ]
    rows = list(entries(inputs, names))
    if len(inputs) > 1:
        rows += [(_("total"), name, total(inputs, name)) for name in names]
    return grid(columns, ([*figures(count), name, one] for one, name, count in rows))


def figures(count: Count) -> tuple[str, str]:
    if count.exact:
        return f"{count.tokens:,}", ""
    return f"~{count.tokens:,}", f"{count.low:,}–{count.high:,}"


def machine(inputs: Sequence[Input], names: Sequence[str]) -> Grid:
    """One row an input and tokenizer; no total, which a program adds up by itself."""
    figures = ("tokens", "low", "high")
    titles = (*figures, "exact", "tokenizer", "input")
    columns = [Column(title, right=title in figures) for title in titles]
    return grid(
        columns,
        (
            [
                *(str(count.tokens), str(count.low), str(count.high)),
                *("yes" if count.exact else "no", name, one),
            ]
            for one, name, count in entries(inputs, names)
        ),
    )


def document(inputs: Sequence[Input], names: Sequence[str]) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.count/1`."""
    return {
        "schema": "llmcost.count/1",
        "inputs": [
            {"name": one.name, "bytes": one.bytes, "characters": one.characters} for one in inputs
        ],
        "results": [
            {"name": one, **counted(name, count)} for one, name, count in entries(inputs, names)
        ],
        "totals": [counted(name, total(inputs, name)) for name in names],
    }


def counted(tokenizer: str, count: Count) -> dict[str, Any]:
    return {
        "tokenizer": tokenizer,
        "count": count.tokens,
        "exact": count.exact,
        "low": count.low,
        "high": count.high,
        "method": count.method,
    }
