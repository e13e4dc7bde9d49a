"""`llmcost prices history`: what a model cost and will cost, with how much each price moved.

As a table, as rows, as a JSON document and as a page with each price over time, in steps.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from llmcost.cli import options
from llmcost.cli.output import Output, draw, format_for, render
from llmcost.commands.prices.show import Names
from llmcost.language import _, told
from llmcost.messages import joined, say, visible
from llmcost.money import SYMBOLS
from llmcost.pricing.price_history import History, Move, Step, move, same_bands
from llmcost.pricing.price_rows import PriceRow, State
from llmcost.render.html.lines import Dot, Mark, Trace, lines
from llmcost.render.html.page import Page, Section, figure
from llmcost.render.html.sortable_table import NOTHING, Cell, Sources, number, table
from llmcost.render.html.sortable_table import Column as HtmlColumn
from llmcost.render.table import Column, Format, Grid, grid
from llmcost.render.text import percent, plain
from llmcost.render.wording import PRICES, row_document, word
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.pricing.price_history import History
    from llmcost.pricing.price_rows import PriceTable


def history(
    names: Names,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    format: options.PageFormat = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List all prices of a model in the order of time, with each change in percent.

    Under an alias that moved, the prices of the models that it meant.

    Example: llmcost prices history gpt-3.5-turbo
    """
    from llmcost.runtime.price_table import load_table

    at = option_values.instant(as_of, clock.now())
    table = load_table(prices)
    found = histories(table, option_values.words(names), option_values.words(provider), at)
    format = format_for(format)
    if format is Format.HTML:
        return Output(history_html(found, at))
    if format is Format.TABLE:
        pages = (f"{title(one)}\n{draw(human([one], at))}{foot(one)}" for one in found)
        return Output("\n".join(pages))
    return Output(
        render(
            format,
            human=lambda: human(found, at, named=True),
            machine=lambda: machine(found, at),
            document=lambda: document(found, at),
        )
    )


def histories(
    table: "PriceTable", names: Sequence[str], providers: Sequence[str], at: datetime
) -> list["History"]:
    """Of each name its own: a moved alias is not the model that it means today."""
    from llmcost.pricing.catalog import find, sold_by
    from llmcost.pricing.price_history import aliased, of_alias, of_model

    models = sold_by(table, providers)
    found: dict[str, History] = {}
    for name in names:
        moved = aliased(models, name)
        for group in moved:
            one = of_alias(name, group, table.providers[group[0].provider].currency)
            found[f"{one.provider}/{one.name}"] = one
        for model in [] if moved else find(table, models, [name], at, retired=True):
            found[model.key] = of_model(model, table.providers[model.provider].currency)
    return list(found.values())


BARS = "▁▂▃▄▅▆▇█"
NO_BAR = "·"
MACHINE = (
    *("model", "provider", "from", "state", *PRICES, "currency", "input_change"),
    *("output_change", "means", "announced", "source", "checked", "note"),
)
FIGURES = (*PRICES, "input_change", "output_change")


def title(history: History) -> str:
    return _(
        "{model}: {currency} per 1M tokens",
        model=visible(f"{history.provider}/{history.name}"),
        currency=history.currency,
    )


def human(histories: Sequence[History], at: datetime, *, named: bool = False) -> Grid:
    """One line a step. `named`: several names share the table."""
    columns = [
        *([Column(_("model"), fold=True)] if named else []),
        *(Column(_("from")), Column(_("state"))),
        *(Column(_("input"), right=True), Column(_("change"), right=True)),
        *(Column(_("output"), right=True), Column(_("change"), right=True)),
        *(Column(_("cache_read"), right=True), Column(_("note"), fold=True)),
    ]
    rows = []
    for history in histories:
        name = [visible(f"{history.provider}/{history.name}")] if named else []
        for index, step in enumerate(history.steps):
            rows.append([*name, *human_row(history, index, step, at)])
    return grid(columns, rows)


def human_row(history: History, index: int, step: Step, at: datetime) -> list[str]:
    input, output, cached = (price_text(step.row, item) for item in PRICES)
    state = word("announced" if step.is_announced(at) else state_of(step))
    return [
        *(start_of(step), state, input, change_text(history, index, "input")),
        *(output, change_text(history, index, "output"), cached),
        joined(map(visible, remarks(history, index)), "; "),
    ]


def start_of(step: Step) -> str:
    return step.start_at.isoformat(timespec="minutes") if step.start_at else str(step.start)


def state_of(step: Step) -> str:
    return step.row.state.value if step.row is not None else step.end


def price_text(row: PriceRow | None, item: str) -> str:
    """`0.8`, or `0.8…4.8` from the first band to the last."""
    if row is None or row.state is not State.PRICED:
        return word("free") if row and row.state is State.FREE and item != "cache_read" else ""
    found = [plain(band.prices[item]) for band in row.bands if item in band.prices]
    return "…".join(dict.fromkeys([found[0], found[-1]])) if found else ""


def change_text(history: History, index: int, item: str) -> str:
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


def remarks(history: History, index: int) -> Iterator[str]:
    step, before = history.steps[index], history.before(index)
    meant = history.steps[index - 1].model.id if index else history.name
    if step.model.id != meant:
        yield say("means {model}", model=step.model.id)
    if before is not None and step.row is not None and not same_bands(before, step.row):
        yield say("other bands: first compared")
    if step.row is not None:
        yield from (text for text in (step.row.promotion, step.row.note) if text)


def foot(history: History) -> str:
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
    if row.state is State.FREE:
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


def machine(histories: Sequence[History], at: datetime) -> Grid:
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


def machine_row(history: History, index: int, step: Step, at: datetime) -> list[str]:
    row = step.row
    first = row.bands[0].prices if row and row.bands else {}
    zero = {"input": Decimal(0), "output": Decimal(0)}
    shown = zero if row and row.state is State.FREE else first
    return [
        *(visible(history.name), visible(history.provider), start_of(step), state_of(step)),
        *(plain(shown[item]) if item in shown else "" for item in PRICES),
        history.currency,
        *(change_text(history, index, item) for item in ("input", "output")),
        *(visible(step.model.id), "yes" if step.is_announced(at) else ""),
        *((visible(row.source), row.checked.isoformat(), visible(row.note)) if row else ("",) * 3),
    ]


def document(histories: Sequence[History], at: datetime) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.history/1`."""
    return {
        "schema": "llmcost.prices.history/1",
        "as_of": at.isoformat(),
        "results": [history_document(one, at) for one in histories],
    }


def history_document(history: History, at: datetime) -> dict[str, Any]:
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


LABELS = 4  # of the time, so that they fit on a phone
MOST_TOLD = 5  # above the charts
MONTHS = (1, 2, 3, 6, 12, 24, 48, 120)


def page(histories: Sequence[History], at: datetime, notes: Sequence[str] = ()) -> Page:
    sources = Sources()
    sections = [
        section(one, at, sources, f"history-{index}") for index, one in enumerate(histories)
    ]
    names = ", ".join(f"{one.provider}/{one.name}" for one in histories)
    return Page(
        title=_("What models cost, over time"),
        lead=[now_text(one, at) for one in histories[:MOST_TOLD]],
        about=[(_("Models"), names), (_("As of"), at.isoformat(sep=" ", timespec="minutes"))],
        notes=notes,
        sections=sections,
        details=sources.section(),
    )


def now_text(history: History, at: datetime) -> str:
    """The price of today, and how many there have been."""
    name = f"{history.provider}/{history.name}"
    past = [step for step in history.steps if not step.is_announced(at)]
    row = past[-1].row if past else None
    if row is None or row.state is not State.PRICED:
        state = told(word(state_of(past[-1]))) if past else _("announced")
        return _("{name}: {state}.", name=name, state=state)
    unit = SYMBOLS[history.currency]
    return _(
        "{name}: {unit}{input} for 1M tokens of input, {unit}{output} of output.",
        name=name, unit=unit, input=price_text(row, "input"), output=price_text(row, "output"),
    )  # fmt: skip


def section(history: History, at: datetime, sources: Sources, name: str) -> Section:
    parts = [figure_of(history, at, name), table_of(history, at, sources, name)]
    return Section(
        f"{history.provider}/{history.name}", tuple(one for one in parts if one is not None)
    )


# --- the chart -----------------------------------------------------------------------------------


def figure_of(history: History, at: datetime, name: str) -> Element | None:
    """The first band's prices; nothing where no price was ever known."""
    first, last = span(history, at)
    traces = [
        trace for item in PRICES if (trace := trace_of(history, item, first, last)) is not None
    ]
    if not traces:
        return None
    said = _("{currency} per 1M tokens", currency=history.currency)
    described = _("From {first} to {last}, prices: {count}",
                  first=first, last=last, count=len(history.steps))  # fmt: skip
    today = share_of(at.date(), first, last)
    marks = [Mark(_("today"), share=today)] if today < 1 else []
    drawing = lines(
        name, said, described, traces, labels(first, last), SYMBOLS[history.currency],
        steps=True, marks=marks,
    )  # fmt: skip
    below = [_("Of the first band; the table has all of them.")] if has_bands(history) else []
    return figure(said, drawing, below=below)


def has_bands(history: History) -> bool:
    return any(step.row is not None and len(step.row.bands) > 1 for step in history.steps)


def span(history: History, at: datetime) -> tuple[date, date]:
    """From the first price to today, or a while after the last that is announced."""
    days = [step.start for step in history.steps]
    first, last = min(days), max(days)
    if last <= at.date():
        return first, max(at.date(), date.fromordinal(first.toordinal() + 1))
    return first, date.fromordinal(last.toordinal() + max(1, (last - first).days // 12))


def share_of(day: date, first: date, last: date) -> float:
    return (day - first).days / max(1, (last - first).days)


def trace_of(history: History, item: str, first: date, last: date) -> Trace | None:
    """An item's price step by step, to the right edge, or to the day when it ends."""
    dots: list[Dot] = []
    before: Decimal | None = None
    for step in history.steps:
        amount = price_of(step, item)
        share = share_of(step.start, first, last)
        if amount is None and before is not None:
            dots.append(Dot(share, before))
        text = "" if amount is None else f"{start_of(step)}: {plain(amount)}"
        dots.append(Dot(share, amount, text))
        before = amount
    if before is not None:
        dots.append(Dot(1.0, before))
    return (
        Trace(told(word(item)), tuple(dots))
        if any(dot.amount is not None for dot in dots)
        else None
    )


def price_of(step: Step, item: str) -> Decimal | None:
    """The first band's; zero if free, None if not known."""
    if step.row is None:
        return None
    if step.row.state is State.FREE:
        return None if item == "cache_read" else Decimal(0)
    return step.row.bands[0].prices.get(item) if step.row.bands else None


def labels(first: date, last: date) -> list[tuple[float, str]]:
    """Round months, as few as fit."""
    start, end = (12 * day.year + day.month - 1 for day in (first, last))
    for step in MONTHS:
        months = [month for month in range(start + 1, end + 1) if month % step == 0]
        if len(months) <= LABELS:
            break
    days = [date(month // 12, month % 12 + 1, 1) for month in months] or [first]
    return [(max(0.0, share_of(day, first, last)), f"{day:%Y-%m}") for day in days]


# --- the table -----------------------------------------------------------------------------------


def columns() -> Iterator[HtmlColumn]:
    yield HtmlColumn(_("from"), is_head=True, is_sorted=True)
    yield HtmlColumn(_("state"))
    for item in ("input", "output"):
        yield HtmlColumn(told(word(item)), number=True)
        yield HtmlColumn(_("change"), number=True)
    yield HtmlColumn(told(word("cache_read")), number=True)
    yield HtmlColumn(_("read on"))
    yield HtmlColumn(_("source"), number=True)
    yield HtmlColumn(_("note"), is_text=True)


def table_of(history: History, at: datetime, sources: Sources, name: str) -> Element | None:
    rows = [row_of(history, index, step, at, sources) for index, step in enumerate(history.steps)]
    return table(f"{name}-steps", title(history), list(columns()), rows)


def row_of(history: History, index: int, step: Step, at: datetime, sources: Sources) -> list[Cell]:
    row = step.row
    found = [
        Cell(start_of(step)),
        Cell(_("announced") if step.is_announced(at) else word(state_of(step))),
    ]
    for item in ("input", "output"):
        found.append(number(price_text(row, item), price_of(step, item)))
        found.append(Cell(change_text(history, index, item)))
    found.append(number(price_text(row, "cache_read"), price_of(step, "cache_read")))
    found.append(Cell(row.checked.isoformat()) if row else NOTHING)
    found.append(sources.cell(row.source) if row else NOTHING)
    return [*found, Cell(joined(remarks(history, index), "; "))]


def history_html(histories: Sequence["History"], at: datetime) -> str:
    """The prices of names over time, as a page."""
    from llmcost.render.html.page import written

    return written(page(histories, at))
