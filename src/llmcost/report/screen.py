"""Grids on a terminal. rich is imported here, and so only when a table is drawn."""

import io

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llmcost.report.grid import Grid, in_words

FOLDED = 12  # a folding column is never narrower


def table(contents: Grid, width: int, *, color: bool) -> str:
    """The grid as aligned text of at most `width` columns; figures are never cut."""
    contents = in_words(contents)
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


def narrowest(contents: Grid) -> int:
    """The width below which a figure would be cut; a narrower terminal wraps the lines instead."""
    total = 0
    for index, column in enumerate(contents.columns):
        cells = [column.title, *(row[index] for row in contents.rows)]
        widest = max(cell_len(cell) for cell in cells)
        total += (min(widest, FOLDED) if column.fold else widest) + 2
    return total
