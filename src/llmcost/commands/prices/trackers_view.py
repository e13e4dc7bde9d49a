"""Tables and JSON of `prices import` and `prices compare`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from llmcost.language import _
from llmcost.messages import joined, say, say_plural, visible
from llmcost.price_data.trackers.comparison import ComparisonLine
from llmcost.price_data.trackers.proposal import (
    Finding,
    FindingKind,
    Panel,
    Proposal,
    Subject,
    counts,
)
from llmcost.pricing.price_rows import PriceRow
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import fixed, plain, plain_or_none
from llmcost.render.wording import word

OURS = "ours"


def size_text(line: ComparisonLine) -> str:
    """`input up to 128,000`, `above 128,000`, or nothing for a price of all sizes."""
    if line.up_to is not None:
        return say("input up to {tokens:,}", tokens=line.up_to)
    return say("input above {tokens:,}", tokens=line.above) if line.above is not None else ""


def shown(
    panel: Panel, tolerance: Decimal, *, everything: bool
) -> list[tuple[Subject, ComparisonLine]]:
    return [
        (one, line)
        for one in panel.subjects
        for line in one.lines
        if everything or not line.agrees(tolerance)
    ]


def table(panel: Panel, pairs: Sequence[tuple[Subject, ComparisonLine]]) -> Grid:
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


def ratio_text(line: ComparisonLine) -> str:
    """The largest price over the smallest; nothing where one is zero."""
    known = [price for price in line.prices if price is not None]
    return fixed(max(known) / min(known), 3) if min(known) else ""


def comparison_notes(panel: Panel, tolerance: Decimal) -> list[str]:
    lines = [line for one in panel.subjects for line in one.lines]
    same = sum(line.agrees(tolerance) for line in lines)
    agree = say_plural(
        "{same} of {prices} prices of {number} model agree",
        "{same} of {prices} prices of {number} models agree",
        len(panel.subjects),
        same=same,
        prices=len(lines),
    )
    said: list[str] = [agree]
    names = dict.fromkeys(name for one in lines for name in one.condition.split(", ") if name)
    if names:
        said.append(
            say(
                "agree with ours under a condition ({names}): {count}",
                names=joined(word(name) for name in names),
                count=sum(bool(one.condition) for one in lines),
            )
        )
    if panel.not_comparable:
        said.append(
            say(
                "not comparable, as the vendor bills in yuan and the tracker converts to dollars: "
                "{count}",
                count=panel.not_comparable,
            )
        )
    return said


def comparison_document(panel: Panel, tolerance: Decimal, *, everything: bool) -> dict[str, Any]:
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
            comparison_line_document(panel, one, line, tolerance)
            for one, line in shown(panel, tolerance, everything=everything)
        ],
    }


def comparison_line_document(
    panel: Panel, one: Subject, line: ComparisonLine, tolerance: Decimal
) -> dict[str, Any]:
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
        "condition": line.condition or None,
        OURS: plain_or_none(line.prices[0]),
        "trackers": trackers,
    }


def fraction(ratio: Decimal | None) -> str | None:
    return None if ratio is None else plain(Decimal(fixed(ratio, 6)))


SHOWN = (FindingKind.ROW, FindingKind.MODEL, FindingKind.DISAGREES)
MACHINE = ("provider", "model", "what", "from", "item", "size", "ours", "theirs", "flags")


def human(found: Proposal, *, everything: bool) -> Grid:
    """A model's name and flags stand on its first line; what agrees only with `everything`."""
    columns = [
        *(Column(_("what")), Column(_("model"), fold=True), Column(_("price"), fold=True)),
        *(Column(_("ours"), right=True), Column(_("theirs"), right=True)),
        Column(_("look at"), fold=True),
    ]
    rows = []
    for one in found.findings:
        if everything or one.kind in SHOWN:
            name = visible(f"{one.entry.provider}/{one.id}")
            flags: str = joined(map(visible, one.flags), "; ")
            for price, ours, theirs in cells(one):
                kind = word(one.kind.value) if name else ""
                rows.append([kind, name, price, ours, theirs, flags])
                name = flags = ""
    return grid(columns, rows)


def cells(one: Finding) -> list[tuple[str, str, str]]:
    """The prices that differ; of a new model, input and output of its first band."""
    if one.lines:
        return [line_cells(line) for line in one.lines]
    row = one.row
    first = row.bands[0].prices if row and row.bands else {}
    items = [item for item in ("input", "output") if item in first]
    return [(word(item), "", plain(first[item])) for item in items] or [("", "", "")]


def line_cells(line: ComparisonLine) -> tuple[str, str, str]:
    size = size_text(line)
    prices = ("" if price is None else plain(price) for price in line.prices)
    item = word(line.item)
    what = say("{item} ({where})", item=item, where=size) if size else item
    return (what, *prices)  # type: ignore[return-value]


def machine(found: Proposal) -> Grid:
    """Every finding, a line a price."""
    columns = [Column(name, right=name in ("ours", "theirs")) for name in MACHINE]
    return grid(columns, (row for one in found.findings for row in machine_rows(one)))


def machine_rows(one: Finding) -> list[list[str]]:
    start = str(one.row.start) if one.row else ""
    about = [visible(one.entry.provider), visible(one.id), one.kind.value, start]
    flags = visible("; ".join(one.flags))
    if one.lines:
        return [
            [*about, line.item, size_text(line), *line_cells(line)[1:], flags] for line in one.lines
        ]
    return [[*about, item, "", ours, theirs, flags] for item, ours, theirs in cells(one)]


def notes(found: Proposal) -> list[str]:
    number = counts(found.findings)
    flagged = sum(bool(one.flags) for one in found.findings)
    accepted = sum(one.is_accepted for one in found.findings)
    said = joined(
        say("{kind} {count}", kind=word(kind.value), count=many)
        for kind, many in number.items()
        if many
    )
    what = said or say("no provider that is in the table")
    lines: list[str] = [say("{tracker}: {what}", tracker=found.listing.tracker, what=what)]
    if found.others:
        lines.append(say("skipped, of unknown providers: {count}", count=found.others))
    if number[FindingKind.NOT_COMPARABLE]:
        lines.append(
            say("not comparable: the vendor bills in yuan, the tracker converts to dollars")
        )
    lines.append(
        say(
            "to be written: {accepted}; flagged, so never written: {flagged}",
            accepted=accepted,
            flagged=flagged,
        )
    )
    return lines


def document(found: Proposal) -> dict[str, Any]:
    """The JSON contract of docs/prices.md, schema `llmcost.import/1`."""
    return {
        "schema": "llmcost.import/1",
        "tracker": found.listing.tracker,
        "source": found.listing.source,
        "currency": next((one.currency for one in found.listing.entries if one.bands), "USD"),
        "counts": {kind.value: many for kind, many in counts(found.findings).items()},
        "matched": found.matched,
        "passed_over": found.others,
        "results": [finding_document(one) for one in found.findings],
    }


def finding_document(one: Finding) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "provider": one.entry.provider,
        "model": one.id,
        "entry": one.entry.id,
        "accepted": one.is_accepted,
        "flags": list(one.flags),
        "checked": str(one.ours.checked) if one.ours else None,
        "row": proposed(one.row),
        "prices": [line_document(line) for line in one.lines],
    }


def proposed(row: PriceRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    bands = [
        {
            "input_up_to": band.input.most if band.input else None,
            "prices": {item: plain(price) for item, price in band.prices.items()},
        }
        for band in row.bands
    ]
    return {"from": str(row.start), "bands": bands, "source": row.source, "note": row.note or None}


def line_document(line: ComparisonLine) -> dict[str, Any]:
    ours, theirs = line.prices
    return {
        "item": line.item,
        "above": line.above,
        "up_to": line.up_to,
        "ours": plain_or_none(ours),
        "theirs": plain_or_none(theirs),
    }
