"""A price index as an HTML page: the chart of its months, and the table of them."""

from collections.abc import Sequence

from llmcost.commands.prices.index_view import NAMES, conclusion, machine
from llmcost.language import _, told
from llmcost.pricing.price_index import PriceIndex
from llmcost.render.html.lines import Dot, Trace, lines
from llmcost.render.html.page import HtmlPage, PageSection, figure, written
from llmcost.render.html.sortable_table import HtmlCell, HtmlColumn, table
from llmcost.render.text import fixed

LABELS = 4


def index_html(found: PriceIndex, notes: Sequence[str]) -> str:
    """The index as a page."""
    first, last = found.months[0].day, found.months[-1].day
    days = max(1, (last - first).days)
    dots = tuple(
        Dot((one.day - first).days / days, one.level, f"{one.day:%Y-%m}: {fixed(one.level, 1)}")
        for one in found.months
    )
    name = told(NAMES[found.basket])
    step = max(1, len(found.months) // LABELS)
    labels = [((one.day - first).days / days, f"{one.day:%Y-%m}") for one in found.months[::step]]
    title = _("Price index: {basket}", basket=name)
    drawing = lines("index", title, conclusion(found).strip(), [Trace(name, dots)], labels, "")
    months = machine(found)
    columns = [
        HtmlColumn(one.title, number=one.right, is_head=at == 0, is_sorted=at == 0)
        for at, one in enumerate(months.columns)
    ]
    rows = [
        [
            HtmlCell(cell, cell if one.right else "")
            for cell, one in zip(row, months.columns, strict=True)
        ]
        for row in months.rows
    ]
    body = table("index-months", title, columns, rows)
    parts = (figure(title, drawing), body)
    return written(
        HtmlPage(
            title=title,
            lead=[conclusion(found).strip()],
            about=[(_("Months"), f"{first:%Y-%m} – {last:%Y-%m}")],
            notes=notes,
            sections=[PageSection(name, parts)],
            details=[],
        )
    )
