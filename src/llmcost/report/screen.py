"""Grids on a terminal. rich is imported here, and so only when a table is drawn."""

import io
from collections.abc import Callable

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llmcost.report.grid import Column, Grid, grid, in_words

FOLDED = 12  # a folding column is never narrower


def table(contents: Grid, width: int, *, color: bool, legible: Callable[[str], str] = str) -> str:
    """The grid as aligned text of at most `width` columns; figures are never cut. `legible` makes
    of a text what the terminal can show."""
    contents = shown_by(in_words(contents), legible)
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in contents.columns:
        drawn.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            no_wrap=not column.fold,
            overflow="fold",
        )
    for row in contents.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    out = io.StringIO()
    width = max(width, narrowest(contents))
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
    return grid(tuple(columns), ([legible(cell) for cell in row] for row in contents.rows))


def narrowest(contents: Grid) -> int:
    """The width below which a figure would be cut; a narrower terminal wraps the lines instead."""
    total = 0
    for index, column in enumerate(contents.columns):
        cells = [column.title, *(row[index] for row in contents.rows)]
        widest = max(cell_len(cell) for cell in cells)
        total += (min(widest, FOLDED) if column.fold else widest) + 2
    return total
