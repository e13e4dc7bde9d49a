"""Rows and columns of text, written as terminal table, TSV, CSV, Markdown or JSON.

rich is imported only when a table is drawn on a terminal.
"""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from llmcost.language import told
from llmcost.messages import Text

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of one
UNESCAPED = r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"  # by JSON itself


class Column(msgspec.Struct, frozen=True):
    """`fold`: the one kind of column that may break its text over lines on a narrow terminal."""

    title: str
    right: bool = False
    fold: bool = False


class Grid(msgspec.Struct, frozen=True):
    """Titles and cells may be messages: people get them in their language, programs in English.
    `best`: the row that a colored table marks."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    best: int | None = None


def grid(columns: Sequence[Column], rows: Iterable[Sequence[str]], best: int | None = None) -> Grid:
    return Grid(tuple(columns), tuple(tuple(row) for row in rows), best)


def in_words(table: Grid) -> Grid:
    """For a person: every message told."""
    columns = (Column(told(one.title), one.right, one.fold) for one in table.columns)
    return grid(tuple(columns), ([told(cell) for cell in row] for row in table.rows), table.best)


def tsv(table: Grid) -> str:
    """Tab-separated with a header line. Cells hold no tab: `visible` spells them out."""
    lines = [[column.title for column in table.columns], *table.rows]
    return "".join("\t".join(cells) + "\n" for cells in lines)


def csv_text(table: Grid) -> str:
    """Comma-separated with a header line; a text that a spreadsheet would run gets a `'` first."""
    import csv  # only where it is asked for

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.title for column in table.columns])
    for row in table.rows:
        writer.writerow(
            [
                cell if column.right else defused(cell)
                for column, cell in zip(table.columns, row, strict=True)
            ]
        )
    return out.getvalue()


def defused(cell: str) -> str:
    return "'" + cell if cell.startswith(FORMULA) else cell


def markdown(table: Grid) -> str:
    """A GitHub table; what Markdown or HTML would interpret is escaped."""
    table = in_words(table)
    head = [column.title for column in table.columns]
    rule = ["---:" if column.right else "---" for column in table.columns]
    rows = [[literal(cell) for cell in row] for row in table.rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in [head, rule, *rows])


def literal(cell: str) -> str:
    for character in "\\`*_[]<>|~#":
        cell = cell.replace(character, "\\" + character)
    return cell.replace("&", "&amp;").replace("@", "&#64;").replace("://", ":&#8203;//")


def json_text(document: Any, *, indent: int = 2) -> str:
    """JSON in which no character can act on a terminal: what is not printable is \\u-escaped."""
    encoded = msgspec.json.encode(document, enc_hook=in_english)
    text = msgspec.json.format(encoded, indent=indent).decode()
    return re.sub(UNESCAPED, lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def in_english(value: object) -> str:
    """A message, whatever language is spoken: scripts rely on its words."""
    if isinstance(value, Text):
        return str(value)
    raise NotImplementedError(type(value))


def ndjson_text(documents: Iterable[Any]) -> str:
    """One JSON document per line."""
    return "".join(json_text(document, indent=-1) for document in documents)


FOLDED = 12  # a folding column is never narrower


def table(contents: Grid, width: int, *, color: bool, legible: Callable[[str], str] = str) -> str:
    """The grid as aligned text of at most `width` columns; figures are never cut. `legible` makes
    of a text what the terminal can show."""
    from rich.console import Console  # only a table pays for rich
    from rich.table import Table
    from rich.text import Text as RichText

    contents = shown_by(in_words(contents), legible)
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    widths = least_widths(contents, width)
    for column, least in zip(contents.columns, widths, strict=True):
        drawn.add_column(
            RichText(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.fold,
            overflow="fold",
            min_width=least if column.fold else None,
        )
    for index, row in enumerate(contents.rows):
        style = "green" if index == contents.best else None
        drawn.add_row(*(RichText(cell) for cell in row), style=style)
    out = io.StringIO()
    width = max(width, sum(widths) + 2 * len(widths))
    console = Console(
        file=out,
        width=width,
        height=1,  # without one, rich takes a dumb terminal for 80 columns, whatever `width` says
        color_system="standard" if color else None,
        force_terminal=color,
    )
    console.print(drawn)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def shown_by(contents: Grid, legible: Callable[[str], str]) -> Grid:
    columns = (Column(legible(one.title), one.right, one.fold) for one in contents.columns)
    rows = ([legible(cell) for cell in row] for row in contents.rows)
    return grid(tuple(columns), rows, contents.best)


def least_widths(contents: Grid, width: int) -> list[int]:
    """The width of each column below which a figure would be cut, or a name broken in its middle,
    of the first columns at least; a narrower terminal wraps the lines instead."""
    from rich.cells import cell_len

    widest, words = [], []
    for index, column in enumerate(contents.columns):
        cells = [column.title, *(row[index] for row in contents.rows)]
        widest.append(max(map(cell_len, cells)))
        words.append(max((cell_len(word) for cell in cells for word in cell.split()), default=0))
    folds = [index for index, column in enumerate(contents.columns) if column.fold]
    found = [min(one, FOLDED) if at in folds else one for at, one in enumerate(widest)]
    for index in folds:
        whole = [*found]
        whole[index] = max(whole[index], words[index])
        if sum(whole) + 2 * len(whole) <= width:
            found = whole
    return found


class Format(StrEnum):
    TABLE = "table"
    TSV = "tsv"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    MD = "md"
    HTML = "html"
