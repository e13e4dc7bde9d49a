"""The traffic of a log as an HTML page."""

from collections.abc import Iterator, Sequence
from datetime import date

from llmcost.commands.usage.alternatives import AlternativeModel
from llmcost.commands.usage.charges import Gap
from llmcost.commands.usage.summary import TIMES, Account, UsageLine
from llmcost.commands.usage.view import TITLES, change_cell, change_of, cost_cell
from llmcost.language import _, _n, told
from llmcost.logs.aggregation import RequestSums
from llmcost.logs.log_files import Logs
from llmcost.money import SYMBOLS, ZERO
from llmcost.render.html.bars import MOST, Bar, bars, range_note
from llmcost.render.html.page import HtmlPage, PageSection, written
from llmcost.render.html.page import figure as html_figure
from llmcost.render.html.sortable_table import (
    NOTHING,
    Columns,
    HtmlCell,
    HtmlColumn,
    by_columns,
    cost_bar,
    number,
    unread,
)
from llmcost.render.text import money, places, plain, range_cell
from llmcost.render.wording import inputs_text


def usage_html(result: Account, logs: Logs, zone: str, notes: Sequence[str]) -> str:
    """The traffic of logs as a page."""
    caption = _("All requests, by what --by says")
    rows = by_columns("logged", caption, columns(result))
    failed = [{"name": one.name, "reason": one.reason} for one in logs.unread]
    return written(
        HtmlPage(
            title=title(result, logs),
            lead=list(lead(result)),
            about=list(asked(result, zone, logs)),
            notes=notes,
            sections=[*spent(result), *elsewhere_section(result)],
            details=[
                PageSection(_("All requests"), (rows,)),
                *without_price(result),
                *unread(failed),
            ],
        )
    )


def title(result: Account, logs: Logs) -> str:
    """What was read, and of which days."""
    what = told(inputs_text(one.name for one in logs.inputs)) or _("the traffic")
    if result.days is None:
        return _("What {what} cost", what=what)
    return _("What {what} cost, {days}", what=what, days=days(*result.days))


def lead(result: Account) -> Iterator[str]:
    total = result.total
    cost = _("unknown")
    if total.cost is not None:
        cost = money(total.cost, result.currency, places([total.cost]))
    yield _n(
        "{number} request: {cost}.", "{number:,} requests: {cost}.", total.sums.requests, cost=cost
    )
    if total.unpriced.requests:
        yield _n(
            "{number} of them has no price.",
            "{number:,} of them have no price.",
            total.unpriced.requests,
        )


def asked(result: Account, zone: str, logs: Logs) -> Iterator[tuple[str, str]]:
    for one in logs.inputs:
        yield (
            _("Input"),
            _(
                "{name}: {bytes} bytes, requests: {requests}",
                name=one.name,
                bytes=f"{one.bytes:,}",
                requests=f"{one.requests:,}",
            ),
        )
    if result.days is not None:
        yield _("Days"), days(*result.days)
    yield _("Time zone of days"), zone
    yield _("Grouped by"), ", ".join(told(TITLES[one]) for one in result.by)
    yield _("Currency"), result.currency


# --- charts --------------------------------------------------------------------------------------


def spent(result: Account) -> Iterator[PageSection]:
    """What the groups cost: days in their order, others by cost."""
    priced = [one for one in result.lines if one.cost is not None]
    if result.by[0] not in TIMES:
        priced.sort(key=lambda one: -(one.cost or ZERO))
    if not priced:
        return
    digits = places(one.cost for one in priced if one.cost is not None)
    found = [bar(one, result.currency, digits) for one in priced[:MOST]]
    title = _("Cost in {currency}", currency=result.currency)
    shown, count = len(found), len(priced)
    note = _("The first {shown} of {count}; all are in the table.", shown=shown, count=count)
    below = [note] if shown < count else []
    drawing = bars("spent", title, found, SYMBOLS[result.currency])
    yield PageSection(_("Where the money went"), (html_figure(title, drawing, below=below),))


def bar(one: UsageLine, currency: str, digits: int) -> Bar:
    cost = one.cost or ZERO
    name = ", ".join(label or _("not stated") for label in one.labels)
    return Bar(name, cost, cost, cost, money(cost, currency, digits))


def elsewhere_section(result: Account) -> Iterator[PageSection]:
    """The same requests on other models; nothing if none was named."""
    found = [one for one in result.compared if one.requests]
    if not result.compared:
        return
    rows = by_columns("elsewhere", _("The same requests on other models"), compared(result))
    parts = [rows]
    if found:
        digits = places(one.cost.amount for one in found)
        drawn = [cost_bar(named(one), one.cost, digits) for one in found[:MOST]]
        title = _("The same requests on other models, in {currency}", currency=result.currency)
        drawing = bars("what-if", title, drawn, SYMBOLS[result.currency])
        parts.insert(0, html_figure(title, drawing, below=[range_note(drawn)]))
    yield PageSection(_("What it would have cost elsewhere"), tuple(parts))


def named(one: AlternativeModel) -> str:
    """The model, and how much of the traffic it can serve."""
    key = one.other.model.key
    return _n("{model}, {number} request", "{model}, {number:,} requests", one.requests, model=key)


# --- tables --------------------------------------------------------------------------------------


def columns(result: Account) -> Columns:
    lines = result.lines
    for index, one in enumerate(result.by):
        labels = [HtmlCell(line.labels[index] or _("not stated")) for line in lines]
        yield HtmlColumn(told(TITLES[one]), is_head=index == 0, chooses=index > 0), labels
    yield from counts([line.sums for line in lines])
    digits = places(line.cost for line in lines if line.cost is not None)
    texts = [cost_cell(line, result.currency, digits) for line in lines]
    yield (
        HtmlColumn(_("cost"), number=True),
        [number(text, line.cost) for text, line in zip(texts, lines, strict=True)],
    )


def counts(found: Sequence[RequestSums]) -> Columns:
    for title, values in (
        (_("requests"), [one.requests for one in found]),
        (_("input"), [one.input for one in found]),
        (_("cache read"), [one.cache_read for one in found]),
        (_("cache write"), [one.cache_write for one in found]),
        (_("output"), [one.output for one in found]),
    ):
        yield HtmlColumn(title, number=True), [number(f"{one:,}", one) for one in values]


def compared(result: Account) -> Columns:
    found = result.compared
    digits = places([one.cost.amount for one in found] + [one.logged for one in found])
    yield HtmlColumn(_("on"), is_head=True), [HtmlCell(one.other.model.key) for one in found]
    yield (
        HtmlColumn(_("requests"), number=True),
        [number(f"{one.requests:,}", one.requests) for one in found],
    )
    yield (
        HtmlColumn(_("cost"), number=True),
        [served(one, result.currency, digits) for one in found],
    )
    yield (
        HtmlColumn(_("low–high"), number=True),
        [HtmlCell(range_cell(one.cost, digits), order=plain(one.cost.high)) for one in found],
    )
    yield (
        HtmlColumn(_("logged"), number=True),
        [number(money(one.logged, result.currency, digits), one.logged) for one in found],
    )
    yield (
        HtmlColumn(_("change"), number=True),
        [number(change_cell(one), change_of(one)) for one in found],
    )


def served(one: AlternativeModel, currency: str, digits: int) -> HtmlCell:
    """What the requests cost that the model can serve; nothing if it serves none."""
    if not one.requests:
        return NOTHING
    return number(money(one.cost.amount, currency, digits), one.cost.amount)


def without_price(result: Account) -> Iterator[PageSection]:
    """The requests that are in no cost, and why."""
    gaps: Sequence[Gap] = result.gaps
    if not gaps:
        return
    found = [
        (HtmlColumn(_("model"), is_head=True), [HtmlCell(one.name) for one in gaps]),
        (HtmlColumn(_("provider")), [HtmlCell(one.provider) for one in gaps]),
        *counts([one.sums for one in gaps]),
        (HtmlColumn(_("when")), [HtmlCell(days(*one.days)) for one in gaps]),
        (HtmlColumn(_("why"), is_text=True), [HtmlCell(one.detail) for one in gaps]),
    ]
    rows = by_columns("gaps", _("Requests that are in no cost"), found)
    yield PageSection(_("Without a price"), (rows,))


def days(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} – {last}"
