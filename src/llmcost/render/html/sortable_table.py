"""HTML tables that are read without a script, and sorted and filtered with one.

Also columns and sections that pages share: sources, each once with a number that rows refer to, and
models that were left out, with the reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element

import msgspec

from llmcost.language import _, _n, told
from llmcost.money import Range, positive
from llmcost.pricing.billing import Excluded
from llmcost.pricing.price_rows import PriceRow
from llmcost.render.html.bars import Bar
from llmcost.render.html.page import Child, PageSection, append, el, linked, under
from llmcost.render.result_table import Ranked, RankedLine, ResultColumn, Row, by_worth
from llmcost.render.table import Grid
from llmcost.render.text import data, money, plain, range_cell
from llmcost.render.wording import REASONS

FEW = 15  # rows that need no filter


class HtmlColumn(msgspec.Struct, frozen=True):
    """`is_head`: names the row. `chooses`: its values are offered as a choice. `help` explains it.

    `sorted`: the rows stand in this order.
    """

    title: str
    number: bool = False
    is_head: bool = False
    chooses: bool = False
    is_sorted: bool = False
    is_text: bool = False  # long, and broken over lines
    help: str = ""


class HtmlCell(msgspec.Struct, frozen=True):
    """What is shown; `value` is the number behind it with all its digits, by which it is sorted.

    `order`: another number to sort by. `anchor` makes it a link to a place in this page. A cell
    without a number, in a column of numbers, stays last in any order.
    """

    text: str
    value: str = ""
    order: str = ""
    anchor: str = ""


NOTHING = HtmlCell("")


def number(text: str, value: Decimal | int | None) -> HtmlCell:
    return HtmlCell(text, "" if value is None else data(Decimal(value)))


def table(
    name: str, caption: str, columns: Sequence[HtmlColumn], rows: Iterable[Sequence[HtmlCell]]
) -> Element:
    """A table that scrolls in its own frame; `name` is unique in the page, for what refers to it.

    Above FEW rows, with a filter that stays hidden until the script is there to make it work.
    """
    rows = list(rows)
    body = el("tbody", *(row_of(columns, cells) for cells in rows))
    head = el("thead", el("tr", *map(heading, columns)))
    whole = el("table", el("caption", caption, id=f"{name}-caption"), head, body)
    frame = el(
        *("div", whole), class_="scroll", tabindex="0", role="region",
        aria_labelledby=f"{name}-caption",
    )  # fmt: skip
    tools = [toolbar(name, columns, rows)] if len(rows) > FEW else []
    return el("div", *tools, frame, class_="table", id=name, data_table=True)


def by_columns(
    name: str, caption: str, found: Iterable[tuple[HtmlColumn, Sequence[HtmlCell]]]
) -> Element:
    """The same of columns with their cells."""
    columns, cells = zip(*found, strict=True)
    return table(name, caption, columns, zip(*cells, strict=True))


def heading(column: HtmlColumn) -> Element:
    return el(
        *("th", column.title), scope="col", class_=kind(column),
        aria_sort="ascending" if column.is_sorted else None, title=column.help or None,
    )  # fmt: skip


def kind(column: HtmlColumn) -> str | None:
    names = [
        name
        for name, holds in (
            ("n", column.number),
            ("t", column.is_text),
            ("h", column.is_head),
            ("c", column.chooses),
        )
        if holds
    ]
    return " ".join(names) or None


def row_of(columns: Sequence[HtmlColumn], cells: Sequence[HtmlCell]) -> Element:
    found = el("tr")
    for column, cell in zip(columns, cells, strict=True):
        name, scope = ("th", "row") if column.is_head else ("td", None)
        one = under(found, name, scope=scope, class_=kind(column), data_order=cell.order or None)
        append(one, content(cell))
    return found


def content(cell: HtmlCell) -> Child:
    text: Child = cell.text
    if cell.anchor:
        text = el("a", text, href=f"#{cell.anchor}")
    return el("data", text, value=cell.value) if cell.value else text


def toolbar(
    name: str, columns: Sequence[HtmlColumn], rows: Sequence[Sequence[HtmlCell]]
) -> Element:
    """The controls of a table; the script shows them."""
    found = el("div", class_="tools", hidden=True)
    label = el("label", el("span", _("Filter")), for_=f"{name}-filter")
    found.append(label)
    under(
        *(found, "input"), id=f"{name}-filter", type="search", autocomplete="off",
        spellcheck="false", placeholder=_("Search"),
    )  # fmt: skip
    for index, column in enumerate(columns):
        if column.chooses:
            found.append(choice(name, index, column, rows))
    form = _("{shown} of {all} rows", shown="{shown}", all="{all}")
    under(found, "output", for_=f"{name}-filter", aria_live="polite", data_form=form)
    return found


def choice(
    name: str, index: int, column: HtmlColumn, rows: Sequence[Sequence[HtmlCell]]
) -> Element:
    values = sorted({told(cells[index].text) for cells in rows} - {""})
    options = [el("option", _("{column}: all", column=column.title), value="")]
    options += [el("option", one, value=one) for one in values]
    return el("select", *options, data_column=index, aria_label=column.title)


def from_grid(name: str, caption: str, grid: Grid) -> Element:
    """A grid of finished text; right-aligned cells are sorted by the number that they show."""
    columns = [
        HtmlColumn(
            one.title, number=one.right, is_head=not index and not one.right, is_text=one.fold
        )
        for index, one in enumerate(grid.columns)
    ]
    rows = [
        [
            HtmlCell(cell, number_in(cell) if column.number else "")
            for column, cell in zip(columns, row, strict=True)
        ]
        for row in grid.rows
    ]
    return table(name, caption, columns, rows)


def number_in(text: str) -> str:
    """The number that a cell shows, without its unit; nothing if it shows none."""
    bare = text.strip("~¥$%+- !").replace(",", "")
    found = positive(bare)
    if found is None:
        return ""
    return ("-" if text.startswith("-") else "") + plain(found)


class Sources:
    """Numbers sources in the order in which they are first named."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def cell(self, source: str) -> HtmlCell:
        """A link to the source; nothing where there is none."""
        if not source:
            return NOTHING
        number = self.numbers.setdefault(source, len(self.numbers) + 1)
        return HtmlCell(str(number), value=str(number), anchor=f"source-{number}")

    def section(self) -> list[PageSection]:
        """The list of all, at the end of the page; none if nothing was named."""
        if not self.numbers:
            return []
        return [PageSection(_("Sources of the prices and scores"), (self.listed(),))]

    def listed(self) -> Element:
        return el(
            "ol",
            *(
                el("li", *linked(source), id=f"source-{number}")
                for source, number in self.numbers.items()
            ),
            class_="sources",
        )


Columns = Iterator[tuple[HtmlColumn, list[HtmlCell]]]


def names(lines: Sequence[RankedLine]) -> Columns:
    """The rank, the model and who sells it."""
    ranks = [line.rank for line in lines if line.rank]
    cells = [number(str(line.rank or ""), line.rank or None) for line in lines]
    yield HtmlColumn("#", number=True, is_sorted=ranks == sorted(ranks)), cells
    yield HtmlColumn(_("model"), is_head=True), [HtmlCell(line.model.id) for line in lines]
    yield HtmlColumn(_("provider"), chooses=True), [HtmlCell(line.model.provider) for line in lines]


def result_columns(
    columns: Sequence[ResultColumn[Ranked]], rows: Sequence[Ranked]
) -> Iterator[tuple[HtmlColumn, list[HtmlCell]]]:
    """The columns for people that say something, sorted by the values of programs."""
    ranks = [row.rank for row in rows if row.rank]
    for one in by_worth(columns):
        texts = list(one.cells(rows)) if one.cells else []
        if not any(texts):
            continue
        head = HtmlColumn(
            one.title,
            number=one.is_number,
            is_head=one.key == "model",
            chooses=one.key == "provider" or one.is_choice,
            is_sorted=one.key == "rank" and ranks == sorted(ranks),
            help=one.help,
        )
        yield head, [result_cell(one, row, text) for row, text in zip(rows, texts, strict=True)]


def result_cell(column: ResultColumn[Row], row: Row, text: str) -> HtmlCell:
    """The text, with the number by which it is sorted."""
    if not column.is_number:
        return HtmlCell(text)
    of = column.amount or column.value
    found = of(row) if of else None
    order = column.order(row) if column.order else None
    value = number_in(text) if found is None else data(Decimal(found))
    is_other = order is not None and order != found
    return HtmlCell(text, value, order=data(order) if order is not None and is_other else "")


def price_rows(rows: Sequence[PriceRow], sources: Sources) -> Columns:
    """Since when the price holds, when it was read, and where."""
    yield HtmlColumn(_("price from")), [HtmlCell(row.start.isoformat()) for row in rows]
    yield HtmlColumn(_("read on")), [HtmlCell(row.checked.isoformat()) for row in rows]
    yield HtmlColumn(_("source"), number=True), [sources.cell(row.source) for row in rows]


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


def by_scenario(name: str, sections: Iterable[PageSection]) -> Iterator[PageSection]:
    """The sections under the name of their scenario, if there are several."""
    for one in sections:
        yield PageSection(f"{name}: {one.title}", one.parts) if name else one


def left_out(excluded: Sequence[Excluded], name: str = "excluded") -> list[PageSection]:
    """The models that could not be ranked; nothing if there are none."""
    if not excluded:
        return []
    columns = [
        HtmlColumn(_("model"), is_head=True),
        HtmlColumn(_("provider"), chooses=True),
        HtmlColumn(_("why"), chooses=True),
        HtmlColumn(_("in detail"), is_text=True),
    ]
    rows = [
        [
            HtmlCell(one.model.id),
            HtmlCell(one.model.provider),
            HtmlCell(REASONS[one.reason]),
            HtmlCell(one.detail),
        ]
        for one in excluded
    ]
    caption = _n(
        "{number} model that has no figure", "{number} models that have no figure", len(excluded)
    )
    return [PageSection(_("Left out"), (table(name, caption, columns, rows),))]


def unread(failed: Sequence[Mapping[str, str]]) -> list[PageSection]:
    """The inputs that could not be read; nothing if there are none."""
    if not failed:
        return []
    columns = [HtmlColumn(_("input"), is_head=True), HtmlColumn(_("why"), is_text=True)]
    rows = [[HtmlCell(one["name"]), HtmlCell(one["reason"])] for one in failed]
    caption = _("Not part of any figure above")
    return [PageSection(_("Could not be read"), (table("unread", caption, columns, rows),))]
