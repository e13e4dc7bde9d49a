"""Our prices and those of trackers side by side."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from llmcost.messages import say
from llmcost.planning.comparison import Line
from llmcost.planning.panel import Panel, Subject
from llmcost.report.figures import fixed, plain, plain_or_none, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.words import word

OURS = "ours"


def size_text(line: Line) -> str:
    """`input up to 128,000`, `above 128,000`, or nothing for a price of all sizes."""
    if line.up_to is not None:
        return say("input up to {tokens:,}", tokens=line.up_to)
    return say("input above {tokens:,}", tokens=line.above) if line.above is not None else ""


def shown(panel: Panel, tolerance: Decimal, *, everything: bool) -> list[tuple[Subject, Line]]:
    return [
        (one, line)
        for one in panel.subjects
        for line in one.lines
        if everything or not line.agrees(tolerance)
    ]


def table(panel: Panel, pairs: Sequence[tuple[Subject, Line]]) -> Grid:
    """A line a price: ours, each tracker's, and how far the farthest is from the nearest; for
    people and programs."""
    columns = [
        *(Column(say("model"), fold=True), Column(say("price"), fold=True)),
        *(Column(say("size"), fold=True), Column(say("ours"), right=True)),
        *(Column(visible(name), right=True) for name in panel.names),
        Column(say("ratio"), right=True),
    ]
    rows = []
    for one, line in pairs:
        prices = ["" if price is None else plain(price) for price in line.prices]
        about = [visible(f"{one.provider}/{one.id}"), word(line.item), size_text(line)]
        rows.append([*about, *prices, ratio_text(line)])
    return grid(columns, rows)


def ratio_text(line: Line) -> str:
    """The largest price over the smallest; nothing where one is zero."""
    known = [price for price in line.prices if price is not None]
    return fixed(max(known) / min(known), 3) if min(known) else ""


def notes(panel: Panel, tolerance: Decimal) -> list[str]:
    lines = [line for one in panel.subjects for line in one.lines]
    same = sum(line.agrees(tolerance) for line in lines)
    agree = say(
        "{same} of {prices} prices of {models} models agree",
        same=same,
        prices=len(lines),
        models=len(panel.subjects),
    )
    said: list[str] = [agree]
    if panel.not_comparable:
        said.append(
            say(
                "not comparable, as the vendor bills in yuan and the tracker converts to dollars: "
                "{count}",
                count=panel.not_comparable,
            )
        )
    return said


def document(panel: Panel, tolerance: Decimal, *, everything: bool) -> dict[str, Any]:
    """The JSON contract of docs/prices.md, schema `llmcost.compare/1`."""
    lines = [line for one in panel.subjects for line in one.lines]
    return {
        "schema": "llmcost.compare/1",
        "trackers": list(panel.names),
        "tolerance": plain(tolerance),
        "models": len(panel.subjects),
        "prices": len(lines),
        "agree": sum(line.agrees(tolerance) for line in lines),
        "not_comparable": panel.not_comparable,
        "results": [
            line_document(panel, one, line, tolerance)
            for one, line in shown(panel, tolerance, everything=everything)
        ],
    }


def line_document(panel: Panel, one: Subject, line: Line, tolerance: Decimal) -> dict[str, Any]:
    trackers = {
        name: {
            "price": plain_or_none(line.prices[place]),
            "ratio": fraction(line.ratio(place)),
        }
        for place, name in enumerate(panel.names, 1)
    }
    return {
        "provider": one.provider,
        "model": one.id,
        "item": line.item,
        "above": line.above,
        "up_to": line.up_to,
        "agrees": line.agrees(tolerance),
        OURS: plain_or_none(line.prices[0]),
        "trackers": trackers,
    }


def fraction(ratio: Decimal | None) -> str | None:
    return None if ratio is None else plain(Decimal(fixed(ratio, 6)))
