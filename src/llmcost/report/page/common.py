"""Columns that the tables of several pages share."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from llmcost.language import _
from llmcost.planning.exchange import Range
from llmcost.pricing.table import Model, PriceRow
from llmcost.report.amounts import range_cell
from llmcost.report.figures import money
from llmcost.report.page.bars import Bar
from llmcost.report.page.sheet import Section
from llmcost.report.page.sources import Sources
from llmcost.report.page.table import Cell, Column, number

Columns = Iterator[tuple[Column, list[Cell]]]


class Ranked(Protocol):
    """A line of an estimate, a budget or a forecast."""

    @property
    def rank(self) -> int: ...
    @property
    def model(self) -> Model: ...


def names(lines: Sequence[Ranked]) -> Columns:
    """The rank, the model and who sells it."""
    ranks = [line.rank for line in lines]
    cells = [number(str(rank), rank) for rank in ranks]
    yield Column("#", number=True, is_sorted=ranks == sorted(ranks)), cells
    yield Column(_("model"), is_head=True), [Cell(line.model.id) for line in lines]
    yield Column(_("provider"), chooses=True), [Cell(line.model.provider) for line in lines]


def price_rows(rows: Sequence[PriceRow], sources: Sources) -> Columns:
    """Since when the price holds, when it was read, and where."""
    yield Column(_("price from")), [Cell(row.start.isoformat()) for row in rows]
    yield Column(_("read on")), [Cell(row.checked.isoformat()) for row in rows]
    yield Column(_("source"), number=True), [sources.cell(row.source) for row in rows]


def cost_text(cost: Range, digits: int) -> str:
    """`¥0.012 (0.011–0.013)`"""
    shown = money(cost.amount, cost.currency, digits)
    between = range_cell(cost, digits)
    return f"{shown} ({between})" if between else shown


def cost_bar(name: str, cost: Range, digits: int) -> Bar:
    """A cost as a bar, with its range."""
    text = money(cost.amount, cost.currency, digits)
    return Bar(name, cost.amount, cost.low, cost.high, text, range_cell(cost, digits))


def together(found: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[tuple[str, str]]:
    """What was asked, by scenario: first what all have in common, then what is said of single
    ones, with their name."""
    every = [pair for pair in found[0][1] if all(pair in pairs for _, pairs in found)]
    return every + [
        (f"{name}: {title}", value)
        for name, pairs in found
        for title, value in pairs
        if (title, value) not in every
    ]


def by_scenario(name: str, sections: Iterable[Section]) -> Iterator[Section]:
    """The sections under the name of their scenario, if there are several."""
    for one in sections:
        yield Section(f"{name}: {one.title}", one.parts) if name else one
