"""Charts in characters: lines over months, and the bars of a tornado table.

plotille draws the lines. Axes and legend are ours: its own cut an amount after ten characters, and
let the environment decide about colour.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import groupby, pairwise

import msgspec

from llmcost.language import _
from llmcost.messages import visible
from llmcost.money import ZERO
from llmcost.render.text import fixed, places, plain

NARROWEST, LOWEST = 40, 3
MARKS, LIMIT = "ox+*#@", "-"  # told apart without colour, too
STYLES = ("cyan", "yellow", "green", "magenta", "blue", "bright_white", "red")
STEEP = 20  # below such a share of the largest amount, a linear axis shows hardly anything
ROWS_PER_LABEL = 2
NO_DOTS = "\u2800"  # looks like a space and is none: `rstrip` would leave it
BETWEEN = "   "

Path = Sequence[tuple[int, int] | None]
"""Column and dot above the bottom of each month. A row has four dots."""


class Series(msgspec.Struct, frozen=True):
    """An amount a month; None is a gap in the line."""

    name: str
    values: tuple[Decimal | None, ...]


class Scale(msgspec.Struct, frozen=True):
    """Amounts from the lowest to the highest row, and those that get a label.

    `has_zero`: the lowest row of a logarithmic scale is 0, and `low` is the one above.
    """

    height: int
    low: Decimal
    high: Decimal
    ticks: tuple[Decimal, ...]
    is_log: bool = False
    has_zero: bool = False


def lines(
    series: Sequence[Series],
    labels: Sequence[str],
    *,
    width: int,
    height: int = 12,
    color: bool,
    unit: str,
    limit: tuple[str, Decimal] | None = None,
) -> str:
    """A chart of `height` rows and axes, never wider than `width`, which is at least 40.

    `labels` are those of the months; `unit` stands before amounts; `limit` is a level and its name.
    Raises ValueError for more than six series: there are no more marks to tell them apart.
    """
    if len(series) > len(MARKS):
        raise ValueError(f"{len(series)} series, but {len(MARKS)} marks")
    width, months = max(width, NARROWEST), max([len(labels), *(len(one.values) for one in series)])
    amounts = [value for one in series for value in one.values if value is not None]
    scale = scale_of(amounts + ([limit[1]] if limit else []), max(height, LOWEST))
    margin = amount_labels(scale, unit, width // 2 - 2)
    edge = max(map(cell_len, margin.values()), default=0)
    columns = width - edge - 2
    paths = [path(one, scale, columns, months) for one in series]
    rows = drawing(paths, columns, scale.height, limit and rise(scale, limit[1]))
    found = [
        " " * (edge - cell_len(margin.get(row, "")))
        + margin.get(row, "")
        + (" ┤" if row in margin else " │")
        + painted(text, color)
        for row, text in zip(reversed(range(scale.height)), rows, strict=True)
    ]
    found.append(" " * (edge + 1) + "└" + "─" * columns)
    found.append(" " * (edge + 2) + month_labels([*map(visible, labels)], columns, months))
    found += wrapped(legend(series, unit, limit, scale.is_log), width, color)
    return "".join(line.rstrip() + "\n" for line in found if line.strip())


def cell_len(text: str) -> int:
    """The columns that `text` takes: two for a Chinese character."""
    from rich import cells

    return cells.cell_len(text)


# --- the axis of amounts -------------------------------------------------------------------------


def scale_of(amounts: Sequence[Decimal], height: int) -> Scale:
    """Between round amounts, and from 0 where a linear scale will do."""
    low, high = min([ZERO, *amounts]), max([ZERO, *amounts])
    least = min((amount for amount in amounts if amount > 0), default=ZERO)
    if low == 0 and high > STEEP * least:
        return log_scale(round_below(least), round_above(high), ZERO in amounts, height)
    if low == high:
        return Scale(height, low, high, (low,))
    step = round_above((high - low) / most_labels(height))
    below = int((low / step).to_integral(ROUND_FLOOR))
    above = int((high / step).to_integral(ROUND_CEILING))
    ticks = [step * n for n in range(below, above + 1)]
    return Scale(height, ticks[0], ticks[-1], tuple(ticks))


def log_scale(low: Decimal, high: Decimal, has_zero: bool, height: int) -> Scale:
    """Labels 1, 2, 5, 10, ... if there is room for all of them, or else only powers of ten."""
    powers = range(low.adjusted(), high.adjusted() + 1)
    every = [Decimal(digit).scaleb(power) for power in powers for digit in (1, 2, 5)]
    ticks = [one for one in every if low <= one <= high]
    if len(ticks) > most_labels(height) + 1:
        tens = [one for one in ticks if one.as_tuple().digits == (1,)]
        ticks = tens[:: -(-len(tens) // (most_labels(height) + 1))]
    return Scale(height, low, high, (*[ZERO] * has_zero, *ticks), is_log=True, has_zero=has_zero)


def most_labels(height: int) -> int:
    """Besides the lowest."""
    return (height - 1) // ROWS_PER_LABEL


def round_above(amount: Decimal) -> Decimal:
    """The next of 1, 2, 5, 10, 20, ..."""
    unit = Decimal(1).scaleb(amount.adjusted())
    return next(one for one in (unit, 2 * unit, 5 * unit, 10 * unit) if one >= amount)


def round_below(amount: Decimal) -> Decimal:
    unit = Decimal(1).scaleb(amount.adjusted())
    return next(one for one in (5 * unit, 2 * unit, unit) if one <= amount)


def amount_labels(scale: Scale, unit: str, room: int) -> dict[int, str]:
    """Labels by row, counted from the bottom. One too wide for the room is left out, never cut."""
    found = {rise(scale, tick) // 4: grouped(plain(tick), unit) for tick in scale.ticks}
    return {row: text for row, text in found.items() if cell_len(text) <= room}


def grouped(amount: str, unit: str) -> str:
    return f"{visible(unit)}{Decimal(amount):,f}"


def rise(scale: Scale, amount: Decimal) -> int:
    """The dot above the bottom where an amount is; its row begins at every fourth."""
    if scale.low == scale.high or (scale.is_log and amount == 0):
        return 1
    low, high, place = scale.low, scale.high, amount
    if scale.is_log:
        low, high, place = low.log10(), high.log10(), amount.log10()
    rows = scale.height - 1 - scale.has_zero
    return round(4 * (scale.has_zero + rows * (place - low) / (high - low))) + 1


# --- the drawing ---------------------------------------------------------------------------------


def path(one: Series, scale: Scale, columns: int, months: int) -> Path:
    return [
        None if value is None else (column_of(month, columns, months), rise(scale, value))
        for month, value in enumerate(one.values)
    ]


def column_of(month: int, columns: int, months: int) -> int:
    return round(month * (columns - 1) / max(1, months - 1))


def drawing(paths: Sequence[Path], columns: int, height: int, level: int | None) -> list[str]:
    """Rows of exactly `columns` characters, the uppermost first."""
    from plotille import Canvas  # type: ignore[import-untyped]

    canvas = Canvas(columns, height, 0, 0, columns, height * 4)
    if level is not None:
        canvas.text(0, level, LIMIT * columns)
    for one in paths:
        for start, end in pairwise(one):
            if start and end:
                canvas.line(*start, *end)
    for (column, row), mark in marks(paths):
        canvas.point(column, row * 4, marker=mark)
    return str(canvas.plot(linesep="\n")).replace(NO_DOTS, " ").split("\n")


def marks(paths: Sequence[Path]) -> Iterator[tuple[tuple[int, int], str]]:
    """What stands in which cell: of series that meet, the one that has been shown least."""
    cells: dict[tuple[int, int], str] = {}
    for one, mark in zip(paths, MARKS, strict=False):
        for cell in {(point[0], point[1] // 4) for point in one if point}:
            cells[cell] = cells.get(cell, "") + mark
    shown: Counter[str] = Counter()
    for cell, meeting in sorted(cells.items()):
        mark = min(meeting, key=lambda one: shown[one])
        shown[mark] += 1
        yield cell, mark


def painted(text: str, color: bool) -> str:
    """Marks in their colours."""
    if not color:
        return text
    from rich.color import ColorSystem
    from rich.style import Style

    styles = dict(zip(MARKS + LIMIT, STYLES, strict=True))
    runs = ((mark, "".join(run)) for mark, run in groupby(text))
    return "".join(
        Style(color=styles[mark]).render(run, color_system=ColorSystem.STANDARD)
        if mark in styles
        else run
        for mark, run in runs
    )


# --- below the drawing ---------------------------------------------------------------------------


def month_labels(labels: Sequence[str], columns: int, months: int) -> str:
    """The first, the last and the middle label below their months, as far as there is room."""
    placed: list[tuple[int, int, str]] = []
    for month in dict.fromkeys((0, len(labels) - 1, len(labels) // 2)) if labels else ():
        size = cell_len(labels[month])
        middle = column_of(month, columns, months) - size // 2
        start = max(0, min(middle, columns - size))
        end = start + size
        if end <= columns and all(end < other or start > stop for other, stop, _ in placed):
            placed.append((start, end, labels[month]))
    line = ""
    for start, _end, label in sorted(placed):
        line += " " * (start - cell_len(line)) + label
    return line


def legend(
    series: Sequence[Series], unit: str, limit: tuple[str, Decimal] | None, is_log: bool
) -> list[str]:
    """A mark and a name each, and what else one must know to read the chart."""
    found = [f"{mark} {visible(one.name)}" for mark, one in zip(MARKS, series, strict=False)]
    if limit is not None:
        name, amount = limit
        found.append(f"{LIMIT} {visible(name)} {grouped(fixed(amount, places([amount])), unit)}")
    return [*found, _("log scale")] if is_log else found


def wrapped(words: Sequence[str], width: int, color: bool) -> Iterator[str]:
    """As many to a line as fit; a name that is wider than a line goes on below."""
    from rich.cells import chop_cells

    line, used = "", 0
    for word in words:
        first, *others = chop_cells(word, width - 2)
        if line and used + len(BETWEEN) + cell_len(first) > width:
            yield line
            line, used = "", 0
        gap = BETWEEN if line else ""
        line += gap + painted(first[0], color) + first[1:]
        used += len(gap) + cell_len(first)
        for other in others:
            yield line
            line, used = "  " + other, 2 + cell_len(other)
    yield line


# --- a bar ---------------------------------------------------------------------------------------


def tornado_bar(low: Decimal, high: Decimal, most: Decimal, width: int) -> str:
    """Changes from `low` to `high` as a bar of exactly `width` columns; no change is the middle.

    A side is full at `most`. However small, a change is seen.
    """
    side = (width - 1) // 2
    left = pieces(-min(low, high), most, side * 2)
    right = pieces(max(low, high), most, side * 8)
    below = "▐" * (left % 2) + "█" * (left // 2)
    above = "█" * (right // 8) + "▏▎▍▌▋▊▉"[right % 8 - 1 : right % 8]
    return f"{below.rjust(side)}│{above}".ljust(width)


def pieces(change: Decimal, most: Decimal, full: int) -> int:
    """How many of `full` pieces a change takes: at least one if there is a change."""
    if change <= 0 or most <= 0:
        return 0
    return min(full, max(1, round(min(change / most, Decimal(1)) * full)))
