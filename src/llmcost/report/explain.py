"""How an amount came about: the row, its band and conditions, each rate, and who says so."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from llmcost.language import _, told
from llmcost.messages import joined, say
from llmcost.money import PER
from llmcost.planning.estimate import Line
from llmcost.pricing.cost import Part
from llmcost.pricing.table import PriceRow, State
from llmcost.report.figures import plain, visible
from llmcost.report.words import limits_of, price_text, word


def explained(line: Line) -> str:
    """A few lines of text; the parts add up to the amount at the end."""
    return "".join(f"{text}\n" for text in explanation(line))


def explanation(line: Line) -> Iterator[str]:
    row, currency = line.row, line.native.currency
    amount = f"{plain(line.native.amount)} {currency}"
    yield _("{name}: {text}", name=visible(line.model.key), text=amount)
    yield from ("  " + text for text in row_lines(row))
    for band in line.bands:
        limits = limits_of(band)
        if limits:
            yield "  " + _("band: {limits}", limits=limits)
    if row.schedule:
        hours = say("peak {window}", window=line.peak) if line.peak else say("off-peak")
        yield "  " + _("schedule {name}: {hours}", name=row.schedule, hours=hours)
    for part in line.parts:
        yield "  " + visible(part_line(part, currency))


def row_lines(row: PriceRow) -> Iterator[str]:
    yield start_line(row)
    if row.promotion:
        text = visible(row.promotion)
        before = joined(map(price_text, row.list_price, row.list_price.values()))
        if before:
            yield _("promotion: {text} (list: {prices})", text=text, prices=before)
        else:
            yield _("promotion: {text}", text=text)
    if row.limits:
        yield _("limits: {limits}", limits=visible(row.limits))
    if row.note:
        yield _("note: {note}", note=visible(row.note))


def start_line(row: PriceRow) -> str:
    start, checked, source = row.begins.isoformat(), row.checked, visible(row.source)
    if row.state is State.PRICED:
        return _(
            "row from {start}; checked {day}; source: {source}",
            start=start,
            day=checked,
            source=source,
        )
    return _(
        "row from {start}, {state}; checked {day}; source: {source}",
        start=start,
        state=word(row.state.value),
        day=checked,
        source=source,
    )


def part_line(part: Part, currency: str) -> str:
    per = {PER: " / 1M", 1: ""}.get(part.per, f" / {part.per:,}")
    steps = f" ({told(joined(part.steps))})" if part.steps else ""
    whole, dot, rest = plain(Decimal(part.quantity)).partition(".")
    product = f"{int(whole):,}{dot}{rest} x {plain(part.rate)}{per}{steps}"
    amount = f"{plain(part.amount)} {currency}"
    return _("{name}: {text}", name=word(part.item), text=f"{product} = {amount}")


def part_document(part: Part) -> dict[str, Any]:
    """A line of the bill as JSON; a quantity that is not whole is a text."""
    whole = part.quantity == int(part.quantity)
    return {
        "item": part.item,
        "quantity": int(part.quantity) if whole else plain(Decimal(part.quantity)),
        "rate": plain(part.rate),
        "per": part.per,
        "steps": list(part.steps),
        "amount": plain(part.amount),
    }
