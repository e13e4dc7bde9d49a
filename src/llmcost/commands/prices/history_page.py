"""The prices of names over time as an HTML page, each price as steps."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element

from llmcost.commands.prices.history_view import (
    change_text,
    price_text,
    remarks,
    start_of,
    state_of,
    title,
)
from llmcost.language import _, told
from llmcost.messages import joined
from llmcost.money import SYMBOLS
from llmcost.pricing.price_history import HistoryStep, PriceHistory
from llmcost.pricing.price_rows import PriceState
from llmcost.render.html.lines import Dot, Mark, Trace, lines
from llmcost.render.html.page import HtmlPage, PageSection, figure, written
from llmcost.render.html.sortable_table import NOTHING, HtmlCell, HtmlColumn, Sources, number, table
from llmcost.render.text import few, plain
from llmcost.render.wording import PRICES, word

LABELS = 4  # of the time, so that they fit on a phone
MOST_TOLD = 5  # above the charts
MONTHS = (1, 2, 3, 6, 12, 24, 48, 120)


def history_html(histories: Sequence[PriceHistory], at: datetime) -> str:
    """The prices of names over time, as a page."""
    sources = Sources()
    sections = [
        section(one, at, sources, f"history-{index}") for index, one in enumerate(histories)
    ]
    names = [f"{one.provider}/{one.name}" for one in histories]
    return written(
        HtmlPage(
            title=_("Prices of {models}, {day}", models=few(names, MOST_TOLD), day=at.date()),
            lead=[now_text(one, at) for one in histories[:MOST_TOLD]],
            about=[
                (_("Models"), ", ".join(names)),
                (_("As of"), at.isoformat(sep=" ", timespec="minutes")),
            ],
            notes=(),
            sections=sections,
            details=sources.section(),
        )
    )


def now_text(history: PriceHistory, at: datetime) -> str:
    """The price of today, and how many there have been."""
    name = f"{history.provider}/{history.name}"
    past = [step for step in history.steps if not step.is_announced(at)]
    row = past[-1].row if past else None
    if row is None or row.state is not PriceState.PRICED:
        state = told(word(state_of(past[-1]))) if past else _("announced")
        return _("{name}: {state}.", name=name, state=state)
    unit = SYMBOLS[history.currency]
    return _(
        "{name}: {unit}{input} for 1M tokens of input, {unit}{output} of output.",
        name=name, unit=unit, input=price_text(row, "input"), output=price_text(row, "output"),
    )  # fmt: skip


def section(history: PriceHistory, at: datetime, sources: Sources, name: str) -> PageSection:
    parts = [figure_of(history, at, name), table_of(history, at, sources, name)]
    return PageSection(
        f"{history.provider}/{history.name}", tuple(one for one in parts if one is not None)
    )


# --- the chart -----------------------------------------------------------------------------------


def figure_of(history: PriceHistory, at: datetime, name: str) -> Element | None:
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


def has_bands(history: PriceHistory) -> bool:
    return any(step.row is not None and len(step.row.bands) > 1 for step in history.steps)


def span(history: PriceHistory, at: datetime) -> tuple[date, date]:
    """From the first price to today, or a while after the last that is announced."""
    days = [step.start for step in history.steps]
    first, last = min(days), max(days)
    if last <= at.date():
        return first, max(at.date(), date.fromordinal(first.toordinal() + 1))
    return first, date.fromordinal(last.toordinal() + max(1, (last - first).days // 12))


def share_of(day: date, first: date, last: date) -> float:
    return (day - first).days / max(1, (last - first).days)


def trace_of(history: PriceHistory, item: str, first: date, last: date) -> Trace | None:
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


def price_of(step: HistoryStep, item: str) -> Decimal | None:
    """The first band's; zero if free, None if not known."""
    if step.row is None:
        return None
    if step.row.state is PriceState.FREE:
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
    for item in ("input", "output"):
        yield HtmlColumn(told(word(item)), number=True)
        yield HtmlColumn(_("change"), number=True)
    yield HtmlColumn(told(word("cache_read")), number=True)
    yield HtmlColumn(_("read on"))
    yield HtmlColumn(_("source"), number=True)
    yield HtmlColumn(_("note"), is_text=True)


def table_of(history: PriceHistory, at: datetime, sources: Sources, name: str) -> Element | None:
    rows = [row_of(history, index, step, at, sources) for index, step in enumerate(history.steps)]
    return table(f"{name}-steps", title(history), list(columns()), rows)


def row_of(
    history: PriceHistory, index: int, step: HistoryStep, at: datetime, sources: Sources
) -> list[HtmlCell]:
    row = step.row
    found = [HtmlCell(start_of(step))]
    state = "announced" if step.is_announced(at) else state_of(step)
    said = [word(state), *remarks(history, index, explain=False)][state == PriceState.PRICED :]
    for item in ("input", "output"):
        found.append(number(price_text(row, item), price_of(step, item)))
        found.append(HtmlCell(change_text(history, index, item)))
    found.append(number(price_text(row, "cache_read"), price_of(step, "cache_read")))
    found.append(HtmlCell(row.checked.isoformat()) if row else NOTHING)
    found.append(sources.cell(row.source) if row else NOTHING)
    return [*found, HtmlCell(joined(dict.fromkeys(said), "; "))]
