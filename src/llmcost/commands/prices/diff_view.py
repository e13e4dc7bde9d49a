"""Forms of a price diff: a line a price for people, rows and JSON document for programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from llmcost.language import _, told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.money import SYMBOLS
from llmcost.pricing.price_changes import (
    REWRITTEN,
    Difference,
    PriceChange,
    PriceChangeKind,
    PriceField,
    follows,
)
from llmcost.pricing.price_rows import Alias, PriceRow, PriceState
from llmcost.pricing.quotes import Quote, quotes
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import plain
from llmcost.render.wording import band_name, change_text, row_document, word

ALL_SIZES = say("any size")


class Cells(msgspec.Struct, frozen=True):
    """One line of a difference, in words: what it is about, before, after, and the change."""

    item: str
    before: str = ""
    after: str = ""
    change: str = ""
    band: str = ""
    condition: str = ""

    @property
    def what(self) -> str:
        item, where = word(self.item), joined(filter(None, (word(self.condition), self.band)))
        return say("{item} ({where})", item=item, where=where) if where else item


def fact_lines(one: Difference) -> Iterator[Cells]:
    """Facts that changed, the bands among them."""
    for field in one.fields:
        before, after = text_of(field.before), text_of(field.after)
        others = say("{entries}, others", entries=after)
        yield Cells(field.name, before, others if before == after else after)
    if one.kind is PriceChangeKind.STATE and one.before and one.after:
        before, after = one.before.state.value, one.after.state.value
        yield Cells("state", word(before), word(after))
    if one.bands_changed and one.kind in (PriceChangeKind.PRICE, PriceChangeKind.ROW_EDITED):
        yield Cells("bands", bands_text(one.before), bands_text(one.after))


def price_lines(one: Difference) -> Iterator[Cells]:
    for change in one.changes:
        yield Cells(
            item=change.quote.item,
            before=price_text(one, change.before, one.before),
            after=price_text(one, change.after, one.after),
            change=change_text(change),
            band=band_text(one, change),
            condition=change.quote.condition,
        )


def price_text(one: Difference, quote: Quote | None, row: PriceRow | None) -> str:
    if quote is None:
        return ""
    if row is not None and row.state is PriceState.FREE:
        return word("free")
    return SYMBOLS[one.currency] + plain(quote.price)


def band_text(one: Difference, change: PriceChange) -> str:
    """The limits of the band; of both where other ones apply now."""
    sides = (change.before, one.before), (change.after, one.after)
    names = [
        band_name(quote.band, row)
        for quote, row in sides
        if quote is not None and quote.band is not None and row is not None and row.bands
    ]
    if len(set(names)) < 2:
        return names[0] if names else ""
    return joined((name or ALL_SIZES for name in names), " -> ")


def bands_text(row: PriceRow | None) -> str:
    names = [band_name(band, row) for band in row.bands] if row else []
    return joined(names, "; ") or ALL_SIZES


def text_of(value: Any) -> str:
    """A fact of a model or row; long lists only say that they are there."""
    if isinstance(value, tuple) and all(isinstance(one, Alias) for one in value):
        return joined(map(alias_text, value))
    if isinstance(value, tuple | dict):
        return say_plural("{number} entry", "{number} entries", len(value)) if value else ""
    if isinstance(value, Decimal):
        return plain(value)
    return "" if value is None else str(value)


def alias_text(alias: Alias) -> str:
    days = [str(day) if day else "" for day in (alias.start, alias.end)]
    return f"{alias.id} ({'…'.join(days)})" if any(days) else alias.id


# for people


def human(found: Sequence[Difference]) -> Grid:
    """A model's name stands on its first line; prices that only follow others are left out."""
    columns = [
        *(Column(_("model"), fold=True), Column(_("what"), fold=True)),
        *(Column(_("before"), right=True), Column(_("after"), right=True)),
        Column(_("change"), right=True),
    ]
    rows = []
    for one in found:
        name = f"{one.provider}/{one.model}" if one.model else one.provider
        for cells in human_lines(one):
            row = (name, cells.what, cells.before, cells.after, cells.change)
            rows.append([visible(text) for text in row])
            name = ""
    return grid(columns, rows)


KINDS = {PriceChangeKind.PRICE: say("other prices"), PriceChangeKind.STATE: say("other state")}
"""What has changed of a model that is on both sides, where its lines say no more."""


def conclusion(found: Sequence[Difference]) -> str:
    """`new 61, retired 24, price 12`: how many models have changed, and how."""
    kinds = Counter(one.kind for one in found)
    counts = [
        say("{what} {number}", what=KINDS.get(kind) or word(kind.value), number=number)
        for kind, number in kinds.most_common()
    ]
    return _("models by change: {counts}", counts=joined(counts)) + "\n"


def human_lines(one: Difference) -> Iterator[Cells]:
    """The kind where it says something, then facts, then prices."""
    if one.kind not in (PriceChangeKind.PRICE, PriceChangeKind.STATE):
        yield Cells(kind_text(one), *one_side(one))
    for cells in fact_lines(one):
        if cells.item in ("state", "until", "mode"):
            yield cells
        elif cells.item == "bands":
            yield Cells("bands", *(str(len(row.bands)) for row in (one.before, one.after) if row))
        else:
            before, after = (text or say("nothing") for text in (cells.before, cells.after))
            yield Cells(
                say(
                    "{item}: {before} -> {after}",
                    item=word(cells.item),
                    before=visible(before),
                    after=visible(after),
                )
            )
    kept = tuple(change for change in one.changes if not follows(change, one.changes))
    yield from price_lines(msgspec.structs.replace(one, changes=kept))


def kind_text(one: Difference) -> str:
    """`row added 2026-11-22`; what should not be begins with a mark."""
    mark = "! " if one.kind in REWRITTEN else ""
    row = one.after or one.before
    day = f" {row.begins.isoformat()}" if row and one.kind.value.startswith("row ") else ""
    return f"{mark}{told(word(one.kind.value))}{day}"


def one_side(one: Difference) -> tuple[str, str]:
    """The main prices of what is on one side only."""
    if one.before and one.after:
        return "", ""
    return main_prices(one, one.before), main_prices(one, one.after)


def main_prices(one: Difference, row: PriceRow | None) -> str:
    """`¥0.8 / ¥2`: input and output of the first band."""
    if row is None or row.state is not PriceState.PRICED:
        return word(row.state.value) if row else ""
    first = row.bands[0].prices if row.bands else {}
    found = [first[item] for item in ("input", "output") if item in first]
    return " / ".join(SYMBOLS[one.currency] + plain(price) for price in found) or word("fees")


def notes(found: Sequence[Difference]) -> list[str]:
    if not found:
        return [say("no difference")]
    rewritten = sum(one.kind in REWRITTEN for one in found)
    if not rewritten:
        return []
    return [
        say_plural(
            "1 row of the past was edited, inserted or removed; rows are appended, a correction "
            "says so",
            "{number} rows of the past were edited, inserted or removed; rows are appended, a "
            "correction says so",
            rewritten,
        )
    ]


# for programs


MACHINE = (
    *("provider", "model", "kind", "from", "item", "band", "condition"),
    *("before", "after", "change", "currency"),
)


def machine(found: Sequence[Difference]) -> Grid:
    """One row a price or fact; amounts without the sign of their currency."""
    figures = ("before", "after", "change")
    columns = [Column(name, right=name in figures) for name in MACHINE]
    return grid(columns, (machine_row(one, cells) for one in found for cells in machine_lines(one)))


def machine_lines(one: Difference) -> Iterator[Cells]:
    """What is on one side only has a row for each of its prices, or one with its state."""
    row = one.after or one.before
    if (one.before and one.after) or row is None:
        yield from fact_lines(one)
        yield from price_lines(one)
        return
    side = "after" if one.after else "before"
    if row.state is not PriceState.PRICED:
        yield msgspec.structs.replace(Cells("state"), **{side: row.state.value})
    for quote in quotes(row):
        band = band_name(quote.band, row) if quote.band is not None else ""
        cells = Cells(quote.item, band=band, condition=quote.condition)
        yield msgspec.structs.replace(cells, **{side: plain(quote.price)})


def machine_row(one: Difference, cells: Cells) -> list[str]:
    row = one.after or one.before
    amounts = [amount(cells, text, one.currency) for text in (cells.before, cells.after)]
    return [
        *(
            visible(one.provider),
            visible(one.model),
            one.kind.value,
            row.begins.isoformat() if row else "",
        ),
        *(visible(cells.item), cells.band, visible(cells.condition)),
        *(*amounts, cells.change, one.currency),
    ]


def amount(cells: Cells, text: str, currency: str) -> str:
    """A bare number where there is a price: free is a real zero."""
    if text == PriceState.FREE and cells.change:
        return "0"
    return visible(text.removeprefix(SYMBOLS[currency]))


def document(found: Sequence[Difference], sides: Sequence[str]) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.diff/1`."""
    return {
        "schema": "llmcost.prices.diff/1",
        "before": sides[0],
        "after": sides[1],
        "results": [difference_document(one) for one in found],
    }


def difference_document(one: Difference) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "provider": one.provider,
        "model": one.model or None,
        "currency": one.currency,
        "bands_changed": one.bands_changed,
        "before": row_document(one.before) if one.before else None,
        "after": row_document(one.after) if one.after else None,
        "changes": [change_document(one, change) for change in one.changes],
        "fields": [field_document(field) for field in one.fields],
    }


def change_document(one: Difference, change: PriceChange) -> dict[str, Any]:
    moved = change.percent
    return {
        "item": change.quote.item,
        "band": band_text(one, change),
        "condition": change.quote.condition,
        "before": plain(change.before.price) if change.before else None,
        "after": plain(change.after.price) if change.after else None,
        "percent": plain(moved) if moved is not None else None,
    }


def field_document(field: PriceField) -> dict[str, str]:
    return {"name": field.name, "before": text_of(field.before), "after": text_of(field.after)}
