"""One ranked result: its columns, listed once for people, programs and pages, and its rows.

A cell is computed only where it is displayed. Free models do not rank, and equal rows are one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from llmcost.language import _
from llmcost.messages import visible
from llmcost.pricing.price_rows import Model
from llmcost.pricing.reference import Reference, change
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import data, fixed, percent, places, width

Value = Decimal | int | str | bool | None
BETWEEN = 2  # blanks behind each column
MOST_UNBROKEN = 26  # columns that others leave to one whose texts may break
MOST_FOLDED = 2
"""Names of a row that stands for several."""


class RankedLine(Protocol):
    """A line of a result: its model and its place, 0 for one that does not rank."""

    @property
    def rank(self) -> int: ...
    @property
    def model(self) -> Model: ...
    @property
    def is_free(self) -> bool: ...


Row = TypeVar("Row")
Ranked = TypeVar("Ranked", bound=RankedLine)


class ResultColumn(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A column of a result, wherever it is displayed.

    `key`: its name for programs, which get the `value` of a row; empty: it is for people alone.
    `title`: its name for people, who get the `cells` of all rows, in one precision; empty: it is
    for programs alone. `worth`: its place in a table for people, whose last ones are dropped where
    there is no room, unless it `is_kept`; `is_folded`: it may break its texts over lines. `amount`:
    the number that people see, where it is not the value; `order`: what a page sorts by, where it
    is not that number; `is_choice`: a page offers its texts as a filter.
    """

    key: str = ""
    value: Callable[[Row], Value] | None = None
    title: str = ""
    cells: Callable[[Sequence[Row]], Sequence[str]] | None = None
    worth: int = 0
    is_number: bool = True
    is_kept: bool = False
    is_folded: bool = False
    is_choice: bool = False
    amount: Callable[[Row], Decimal | None] | None = None
    order: Callable[[Row], Decimal | None] | None = None
    help: str = ""


Columns = Sequence[ResultColumn[Row]]


def text_column(key: str, value: Callable[[Row], Value]) -> ResultColumn[Row]:
    """A column of texts for programs alone."""
    return ResultColumn(key=key, value=value, is_number=False)


def number_column(key: str, value: Callable[[Row], Value]) -> ResultColumn[Row]:
    """A column of numbers for programs alone."""
    return ResultColumn(key=key, value=value)


def value_text(value: Value) -> str:
    """A value for programs; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return data(value) if isinstance(value, Decimal) else visible(str(value))


def for_programs(columns: Columns[Row], rows: Iterable[Row], key: str = "") -> Grid:
    """All columns that have a key, or the one of this key."""
    chosen = [one for one in columns if one.value and one.key and key in ("", one.key)]
    readers = [one.value for one in chosen if one.value]
    titles = [Column(one.key, right=one.is_number) for one in chosen]
    return grid(titles, ([value_text(of(row)) for of in readers] for row in rows))


def for_people(columns: Columns[Row], rows: Sequence[Row], room: int | None = None) -> Grid:
    """The columns that say something and fit into `room` columns of a terminal, in order of worth;
    the first row is the best one."""
    drawn = [(one, list(one.cells(rows))) for one in by_worth(columns) if one.cells]
    seen: list[list[str]] = []
    informative = []
    for one, cells in drawn:
        if one.is_kept or (any(cells) and cells not in seen):
            informative.append((one, cells))
        seen.append(cells)
    fitting = fitted(informative, room)
    titles = [Column(one.title, one.is_number, one.is_folded) for one, _cells in fitting]
    rows_of_cells = zip(*(cells for _one, cells in fitting), strict=True)
    best = 0 if len(rows) > 1 and getattr(rows[0], "rank", None) == 1 else None
    return Grid(tuple(titles), tuple(rows_of_cells), best)


def table_width(table: Grid) -> int:
    """The columns of a terminal that a table takes, with the blanks behind each of its own."""
    cells = zip(*([one.title for one in table.columns], *table.rows), strict=True)
    return sum(max(map(width, column)) + BETWEEN for column in cells)


def by_worth(columns: Columns[Row]) -> list[ResultColumn[Row]]:
    return sorted((one for one in columns if one.title), key=lambda one: one.worth)


def fitted(
    drawn: Sequence[tuple[ResultColumn[Row], list[str]]], room: int | None
) -> Sequence[tuple[ResultColumn[Row], list[str]]]:
    """Without as many of the last columns as have no room; those that are kept stay."""
    chosen = list(drawn)
    sizes = {id(one): max(map(width, [one.title, *cells])) + BETWEEN for one, cells in drawn}
    sizes |= {id(one): min(sizes[id(one)], MOST_UNBROKEN) for one, _ in drawn if one.is_folded}
    for one, cells in reversed(drawn):
        if room is None or sum(sizes[id(each)] for each, _cells in chosen) - BETWEEN <= room:
            break
        if not one.is_kept:
            chosen.remove((one, cells))
    return chosen


class Selection(msgspec.Struct, Generic[Ranked], frozen=True):
    """The rows that are displayed; the name of each, by the key of its model, with those of the
    models that are folded into it; the free ones that are not; and how many more there are."""

    rows: Sequence[Ranked]
    names: Mapping[str, str] = {}
    free: Sequence[Ranked] = ()
    rest: int = 0


def select(
    lines: Sequence[Ranked],
    most: int | None,
    *,
    for_people: bool = True,
    everything: bool = False,
    named: Collection[str] | None = None,
    same: Callable[[Ranked], Hashable] | None = None,
    most_names: int = MOST_FOLDED,
) -> Selection[Ranked]:
    """Up to `most` rows of the ranked lines. For people, free models are left out and rows that are
    the `same` to their maker are one, unless `everything` is displayed; what the user `named`
    stays a row (None: no model was named). `most_names`: of a row, the others are a number."""
    names = model_names_of(lines)
    if everything or not for_people:
        rows = lines if most is None else lines[:most]
        hidden = lines[len(rows) :]
        free = [one for one in hidden if one.is_free]
        return Selection(rows, names, free, len(hidden) - len(free))
    paid = [one for one in lines if not one.is_free]
    chosen = list(lines) if named is not None or not paid else paid
    groups = grouped_rows(chosen, named or (), same)
    shown = groups if most is None else groups[:most]
    folded = {group[0].model.key: folded_names(group, names, most_names) for group in shown}
    free = [one for one in lines if one.is_free] if len(chosen) < len(lines) else []
    rest = sum(map(len, groups)) - sum(map(len, shown))
    return Selection([group[0] for group in shown], folded, free, rest)


def grouped_rows(
    lines: Sequence[Ranked], named: Collection[str], same: Callable[[Ranked], Hashable] | None
) -> list[list[Ranked]]:
    """Rows of one maker that are the same, at the place of the first."""
    found: dict[Hashable, list[Ranked]] = {}
    for one in lines:
        is_alone = same is None or one.model.id in named or one.model.key in named
        key = one.model.key if is_alone or same is None else (one.model.provider, same(one))
        found.setdefault(key, []).append(one)
    return list(found.values())


def folded_names(group: Sequence[Ranked], names: Mapping[str, str], most: int) -> str:
    """`codegeex-4, glm-4-flashx, +1`"""
    shown = [names[one.model.key] for one in group[:most]]
    more = [f"+{len(group) - most}"] if len(group) > most else []
    return _(", ").join([*shown, *more])


def model_names_of(lines: Iterable[RankedLine]) -> dict[str, str]:
    """The id of each model by its key, with the provider where several sell it."""
    models = [one.model for one in lines]
    ids = Counter(one.id for one in models)
    return {one.key: visible(one.key if ids[one.id] > 1 else one.id) for one in models}


def name_columns(selection: Selection[Ranked] | None = None) -> list[ResultColumn[Ranked]]:
    """The rank, the model and who sells it; names as `selection` has them."""
    names = selection.names if selection is not None else {}

    def model_cells(rows: Sequence[Ranked]) -> list[str]:
        return [names.get(row.model.key, visible(row.model.id)) for row in rows]

    return [
        ResultColumn(
            key="rank",
            value=lambda row: row.rank or None,
            title="#",
            cells=lambda rows: [str(row.rank or "") for row in rows],
            worth=1,
            is_kept=True,
        ),
        ResultColumn(
            key="model",
            value=lambda row: row.model.id,
            title=_("model"),
            cells=model_cells,
            worth=2,
            is_number=False,
            is_kept=True,
        ),
        ResultColumn(
            key="provider",
            value=lambda row: row.model.provider,
            title=_("provider"),
            cells=lambda rows: [visible(row.model.provider) for row in rows],
            worth=90,
            is_number=False,
        ),
    ]


def times_cells(amounts: Sequence[Decimal], least: Decimal) -> list[str]:
    """How many times the least each amount is; nothing where there is none to compare with."""
    return [times_text(one / least) if least and one else "" for one in amounts]


def versus_columns(
    reference: Reference | None, ratio: Callable[[Row], Decimal | None], worth: int
) -> list[ResultColumn[Row]]:
    """How many times the reference each row is, and how much more or less in percent; none without
    a reference."""
    if reference is None:
        return []

    def percent_of(row: Row) -> Decimal | None:
        found = ratio(row)
        return None if found is None else change(found)

    return [
        ResultColumn(
            key="vs",
            value=ratio,
            title=f"× {reference.name}",
            cells=lambda rows: [ratio_text(ratio(one)) for one in rows],
            worth=worth,
        ),
        ResultColumn(
            key="vs_percent",
            value=percent_of,
            title="%",
            cells=lambda rows: [
                "" if (found := percent_of(one)) is None else percent(found) for one in rows
            ],
            worth=worth,
        ),
    ]


def ratio_text(ratio: Decimal | None) -> str:
    """In three digits: 72.2 or 0.0138."""
    if not ratio:
        return "" if ratio is None else "0"
    return times_text(ratio) if ratio >= 1 else fixed(ratio, places([ratio]))


def versus_document(reference: Reference | None, ratio: Decimal | None) -> dict[str, Any]:
    """The comparison of a result as JSON; nothing without a reference."""
    if reference is None:
        return {}
    percent = None if ratio is None else change(ratio)
    return {
        "vs": {
            "name": reference.name,
            "ratio": None if ratio is None else data(ratio),
            "percent": None if percent is None else data(percent),
        }
    }


def times_text(factor: Decimal) -> str:
    digits = 2 if factor < 10 else 1 if factor < 100 else 0
    return f"{factor:,.{digits}f}"
