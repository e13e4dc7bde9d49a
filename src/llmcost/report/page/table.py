"""Tables that are read without a script, and sorted and filtered with one."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element

import msgspec

from llmcost.language import _, told
from llmcost.money import positive
from llmcost.report.figures import plain
from llmcost.report.grid import Grid
from llmcost.report.page.elements import Child, append, el, under

FEW = 15  # rows that need no filter


class Column(msgspec.Struct, frozen=True):
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


class Cell(msgspec.Struct, frozen=True):
    """What is shown; `value` is the number behind it with all its digits, by which it is sorted.

    `order`: another number to sort by. `anchor` makes it a link to a place in this page. A cell
    without a number, in a column of numbers, stays last in any order.
    """

    text: str
    value: str = ""
    order: str = ""
    anchor: str = ""


NOTHING = Cell("")


def number(text: str, value: Decimal | int | None) -> Cell:
    return Cell(text, "" if value is None else plain(Decimal(value)))


def table(
    name: str, caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]
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


def by_columns(name: str, caption: str, found: Iterable[tuple[Column, Sequence[Cell]]]) -> Element:
    """The same of columns with their cells."""
    columns, cells = zip(*found, strict=True)
    return table(name, caption, columns, zip(*cells, strict=True))


def heading(column: Column) -> Element:
    return el(
        *("th", column.title), scope="col", class_=kind(column),
        aria_sort="ascending" if column.is_sorted else None, title=column.help or None,
    )  # fmt: skip


def kind(column: Column) -> str | None:
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


def row_of(columns: Sequence[Column], cells: Sequence[Cell]) -> Element:
    found = el("tr")
    for column, cell in zip(columns, cells, strict=True):
        name, scope = ("th", "row") if column.is_head else ("td", None)
        one = under(found, name, scope=scope, class_=kind(column), data_order=cell.order or None)
        append(one, content(cell))
    return found


def content(cell: Cell) -> Child:
    text: Child = cell.text
    if cell.anchor:
        text = el("a", text, href=f"#{cell.anchor}")
    return el("data", text, value=cell.value) if cell.value else text


def toolbar(name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Element:
    """The controls of a table; the script shows them."""
    found = el("div", class_="tools", hidden=True)
    label = el("label", el("span", _("Filter")), for_=f"{name}-filter")
    found.append(label)
    under(
        *(found, "input"), id=f"{name}-filter", type="search", autocomplete="off",
        spellcheck="false", placeholder=_("words of a row"),
    )  # fmt: skip
    for index, column in enumerate(columns):
        if column.chooses:
            found.append(choice(name, index, column, rows))
    form = _("{shown} of {all} rows", shown="{shown}", all="{all}")
    under(found, "output", for_=f"{name}-filter", aria_live="polite", data_form=form)
    return found


def choice(name: str, index: int, column: Column, rows: Sequence[Sequence[Cell]]) -> Element:
    values = sorted({told(cells[index].text) for cells in rows} - {""})
    options = [el("option", _("{column}: all", column=column.title), value="")]
    options += [el("option", one, value=one) for one in values]
    return el("select", *options, data_column=index, aria_label=column.title)


def from_grid(name: str, caption: str, grid: Grid) -> Element:
    """A grid of finished text; right-aligned cells are sorted by the number that they show."""
    columns = [
        Column(one.title, number=one.right, is_head=not index and not one.right, is_text=one.fold)
        for index, one in enumerate(grid.columns)
    ]
    rows = [
        [
            Cell(cell, number_in(cell) if column.number else "")
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
