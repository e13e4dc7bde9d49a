"""Months ahead as tables of a few models side by side, as a chart, and as rows for programs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal, localcontext

from llmcost.language import _
from llmcost.money import EXACT, SYMBOLS, ZERO, kept
from llmcost.planning.forecast import Answer, Line, Month
from llmcost.planning.monthly import native
from llmcost.report.chart import Series, cell_len
from llmcost.report.chart import lines as chart_lines
from llmcost.report.figures import money, places, plain, visible
from llmcost.report.grid import Column, Grid, grid

COLUMNS = 5
BETWEEN = 2  # spaces after each column
NOT_SOLD = "–"
MACHINE = (
    *("scenario", "rank", "model", "provider", "month", "users", "cost", "currency"),
    *("native", "native_currency", "cumulative", "price_factor", "from"),
)
FIGURES = frozenset(("rank", "users", "cost", "native", "cumulative", "price_factor"))

Names = dict[str, str]
"""What a model is called where it stands beside others, by its key."""


def names_of(lines: Sequence[Line]) -> Names:
    """The id, with the provider where several sell it."""
    ids = Counter(line.model.id for line in lines)
    return {
        line.model.key: visible(line.model.key if ids[line.model.id] > 1 else line.model.id)
        for line in lines
    }


# --- tables --------------------------------------------------------------------------------------


def tables(answer: Answer, width: int | None = None) -> Iterator[Grid]:
    """The months as rows, the models as columns: as many to a table as the width holds, and never
    more than COLUMNS. None: any width."""
    lines = answer.forecast.lines
    names = names_of(lines)
    for block in blocks(answer, lines, names, width):
        yield human(answer, block, names)


def blocks(
    answer: Answer, lines: Sequence[Line], names: Names, width: int | None
) -> Iterator[Sequence[Line]]:
    left = list(lines)
    while left:
        count = 1
        while count < min(COLUMNS, len(left)) and (
            width is None or size(human(answer, left[: count + 1], names)) <= width
        ):
            count += 1
        yield left[:count]
        left = left[count:]


def size(table: Grid) -> int:
    """The columns of a terminal that a table takes."""
    cells = zip(*([column.title for column in table.columns], *table.rows), strict=True)
    return sum(max(map(cell_len, column)) + BETWEEN for column in cells)


def human(answer: Answer, lines: Sequence[Line], names: Names) -> Grid:
    """Amounts in the currency that ranks; a month in which a model is not sold has none."""
    workload = answer.forecast.query.workload
    months = lines[0].months
    columns = [
        [_("month"), *(f"{one.month:%Y-%m}" for one in months), _("total")],
        [_("users"), *(f"{one.users:,}" for one in months), ""],
        *([names[line.model.key], *amounts(answer, line)] for line in lines),
    ]
    if workload.budget is not None:
        extend(columns, _("over budget"), (month_text(line.over_budget) for line in lines))
    if workload.total_budget is not None:
        extend(columns, _("runs out"), (day_text(line.runs_out) for line in lines))
    titles = [Column(column[0], right=index > 0) for index, column in enumerate(columns)]
    return grid(titles, zip(*(column[1:] for column in columns), strict=True))


def extend(columns: Sequence[list[str]], title: str, cells: Iterable[str]) -> None:
    """One more row at the end; nothing of it concerns the users."""
    for column, cell in zip(columns, (title, "", *cells), strict=True):
        column.append(cell)


def amounts(answer: Answer, line: Line) -> list[str]:
    """Of each month, and of all."""
    currency = answer.forecast.query.exchange.currency
    costs = [*(one.cost for one in line.months), line.total]
    if line.is_free and not line.total:
        return [NOT_SOLD if cost is None else _("free") for cost in costs]
    digits = places(cost for cost in costs if cost is not None)
    return [NOT_SOLD if cost is None else money(cost, currency, digits) for cost in costs]


def month_text(month: date | None) -> str:
    return _("no") if month is None else f"{month:%Y-%m}"


def day_text(day: date | None) -> str:
    return _("no") if day is None else day.isoformat()


# --- the chart -----------------------------------------------------------------------------------


def chart(
    answer: Answer,
    lines: Sequence[Line],
    width: int,
    *,
    color: bool,
    legible: Callable[[str], str] = str,
) -> str:
    """The cost of each month, with the budget if there is one; nothing for a single month.
    `legible` makes of a text what the terminal can show."""
    if not lines or len(lines[0].months) == 1 or not any(line.total for line in lines):
        return ""
    query = answer.forecast.query
    currency = query.exchange.currency
    names = names_of(answer.forecast.lines)
    budget = native(query.workload.budget, currency, query.exchange)
    return chart_lines(
        [Series(names[one.model.key], tuple(month.cost for month in one.months)) for one in lines],
        [f"{one.month:%Y-%m}" for one in lines[0].months],
        width=width,
        color=color,
        unit=legible(SYMBOLS[currency]),
        limit=None if budget is None else (_("budget"), budget),
    )


# --- rows for programs ---------------------------------------------------------------------------


def machine(answers: Iterable[Answer]) -> Grid:
    """One row a scenario, model and month; amounts with all their digits, none where not sold."""
    titles = [Column(name, right=name in FIGURES) for name in MACHINE]
    return grid(
        titles,
        (
            [visible(cell) for cell in machine_row(answer, line, month)]
            for answer in answers
            for line in answer.forecast.lines
            for month in line.months
        ),
    )


def machine_row(answer: Answer, line: Line, month: Month) -> list[str]:
    last = month.steps[-1] if month.steps else None
    return [
        *(answer.name, str(line.rank), line.model.id, line.model.provider),
        *(f"{month.month:%Y-%m}", str(month.users)),
        *("" if month.cost is None else plain(month.cost), answer.forecast.query.exchange.currency),
        *("" if month.native is None else plain(month.native), line.case.currency),
        plain(month.cumulative),
        *(("", "") if last is None else (plain(kept(last.factor)), last.row.start.isoformat())),
    ]


def total_native(line: Line) -> Decimal:
    with localcontext(EXACT):
        return kept(sum((one.native for one in line.months if one.native is not None), ZERO))
