"""A price index: its years for people, its months for programs, its chart and notes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from llmcost.language import _, told
from llmcost.messages import say, visible
from llmcost.money import Rate
from llmcost.pricing.price_index import Basket, IndexMonth, PriceIndex
from llmcost.render.chart import Series
from llmcost.render.chart import lines as chart_lines
from llmcost.render.result_table import times_text
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import data, fixed, percent, plain, rates_over_days

NAMES = {
    Basket.MODEL: say("the same models"),
    Basket.FLAGSHIP: say("each maker's flagship"),
    Basket.CHEAPEST: say("the cheapest model"),
}
JANUARY = 1


def headline(found: PriceIndex) -> str:
    first = found.months[0]
    return (
        _(
            "Price of 1M tokens (3 in, 1 out), {basket}: {month:%Y-%m} is 100",
            basket=told(NAMES[found.basket]),
            month=first.day,
        )
        + "\n"
    )


def years_of(found: PriceIndex) -> Iterator[tuple[IndexMonth, IndexMonth]]:
    """The first month and the last of each year; a year ends where the next one begins."""
    edges = [one for one in found.months[1:-1] if one.day.month == JANUARY]
    ends = [found.months[0], *edges, found.months[-1]]
    yield from pairwise(ends)


def human(found: PriceIndex) -> Grid:
    """A row a year, with the factor that such a pace is in a whole one."""
    is_level = found.basket is Basket.CHEAPEST
    columns = [
        *(Column(_("from")), Column(_("to")), Column(_("index"), right=True)),
        *(Column(_("change"), right=True), Column(_("÷ a year"), right=True)),
        Column(_("models"), right=True),
    ]
    if is_level:
        columns += [Column(_("cheapest"), fold=True), Column(found.currency, right=True)]
    return grid(columns, (row_of(found, *one) for one in years_of(found)))


def row_of(found: PriceIndex, first: IndexMonth, last: IndexMonth) -> list[str]:
    factor, moved = found.factor(first, last), 100 * (last.level / first.level - 1)
    cells = [
        *(f"{first.day:%Y-%m}", f"{last.day:%Y-%m}", fixed(last.level, 1), percent(moved)),
        *("" if factor is None else times_text(factor), str(last.sold)),
    ]
    if last.cheapest is not None:
        model, price = last.cheapest
        cells += [visible(model.id), plain(price.quantize(Decimal("0.0001")))]
    return cells


def conclusion(found: PriceIndex) -> str:
    factor = found.yearly
    if factor is None:
        return ""
    first, last = found.months[0], found.months[-1]
    pace = (
        say("{factor} times cheaper a year", factor=times_text(factor))
        if factor >= 1
        else say("{factor} times dearer a year", factor=times_text(1 / factor))
    )
    return (
        _(
            "{basket}: {pace}, {change} from {first:%Y-%m} to {last:%Y-%m}",
            basket=told(NAMES[found.basket]),
            pace=told(pace),
            change=percent(100 * (last.level / first.level - 1)),
            first=first.day,
            last=last.day,
        )
        + "\n"
    )


def chart(
    found: PriceIndex, width: int, height: int, *, color: bool, legible: Callable[[str], str] = str
) -> str:
    """The index by month; nothing for a single month."""
    if len(found.months) < 2:
        return ""
    name = told(NAMES[found.basket])
    return chart_lines(
        [Series(legible(name), tuple(one.level for one in found.months))],
        [f"{one.day:%Y-%m}" for one in found.months],
        width=width,
        height=height,
        color=color,
        unit="",
    )


MACHINE = ("month", "index", "change", "compared", "models", "model", "price", "currency")
TEXTS = ("month", "model", "currency")


def machine(found: PriceIndex) -> Grid:
    """A row a month."""
    columns = [Column(name, right=name not in TEXTS) for name in MACHINE]
    before = [None, *found.months[:-1]]
    rows = (
        ["" if value is None else str(value) for value in month_document(found, one, last).values()]
        for one, last in zip(found.months, before, strict=True)
    )
    return grid(columns, rows)


def month_document(found: PriceIndex, one: IndexMonth, before: IndexMonth | None) -> dict[str, Any]:
    model, price = one.cheapest if one.cheapest is not None else (None, None)
    change = None if before is None else 100 * (one.level / before.level - 1)
    return {
        "month": f"{one.day:%Y-%m}",
        "index": data(one.level),
        "change": None if change is None else data(change),
        "compared": one.compared,
        "models": one.sold,
        "model": None if model is None else visible(model.key),
        "price": None if price is None else data(price),
        "currency": None if price is None else found.currency,
    }


def document(found: PriceIndex, notes: Sequence[str]) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.index/1`."""
    factor = found.yearly
    before = [None, *found.months[:-1]]
    return {
        "schema": "llmcost.prices.index/1",
        "basket": found.basket.value,
        "mix": "3:1",
        "currency": found.currency,
        "yearly_factor": None if factor is None else data(factor),
        "results": [
            month_document(found, one, last) for one, last in zip(found.months, before, strict=True)
        ],
        "notes": list(notes),
    }


def notes(found: PriceIndex, used: Mapping[tuple[str, date], Rate]) -> list[str]:
    """What the index rests on."""
    few = min((one.compared for one in found.months[1:]), default=0)
    said: list[str] = [
        say(
            "list prices on the first day of each month; a month compares what was sold in it and "
            "in the one before ({number} at least)",
            number=few,
        )
        if found.basket is not Basket.CHEAPEST
        else say("list prices on the first day of each month; free models are left out")
    ]
    for currency in sorted({code for code, _day in used}):
        days = sorted(day for code, day in used if code == currency)
        first, last = used[currency, days[0]], used[currency, days[-1]]
        said.append(rates_over_days(first, last))
    return said
