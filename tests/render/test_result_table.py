"""A ranked result: its columns wherever they are displayed, the rows that are, and their names."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import model, rates, row

from llmcost.pricing.price_rows import Model
from llmcost.render.result_table import (
    ResultColumn,
    Selection,
    for_people,
    for_programs,
    name_columns,
    select,
    times_text,
)


class Cost(msgspec.Struct, frozen=True):
    rank: int
    model: Model
    cost: Decimal = Decimal(1)
    is_free: bool = False


def costs(*names: str, free: Sequence[str] = (), cost: int = 1) -> list[Cost]:
    """Each a rank dearer than the one before it; free ones at the end."""
    paid = [
        Cost(rank, model(name, row(rates("1", "1"))), Decimal(rank * cost))
        for rank, name in enumerate(names, 1)
    ]
    return [*paid, *(Cost(0, model(name), Decimal(0), is_free=True) for name in free)]


def ids(selection: Selection[Cost]) -> list[str]:
    return [one.model.id for one in selection.rows]


LINES = costs("a", "b", "c", free=["gift"])


@pytest.mark.parametrize(
    ("options", "rows", "free", "rest"),
    [
        ({}, ["a", "b", "c"], 1, 0),
        ({"most": 2}, ["a", "b"], 1, 1),
        ({"named": ["gift", "a"]}, ["a", "b", "c", "gift"], 0, 0),
        ({"everything": True}, ["a", "b", "c", "gift"], 0, 0),
        ({"for_people": False}, ["a", "b", "c", "gift"], 0, 0),
        ({"for_people": False, "most": 1}, ["a"], 1, 2),
    ],
)
def test_free_models_are_rows_only_where_they_are_named_or_all_is_shown(
    options: dict[str, Any], rows: list[str], free: int, rest: int
) -> None:
    found = select(LINES, **{"most": None, **options})

    assert (ids(found), len(found.free), found.rest) == (rows, free, rest)


def test_where_all_are_free_they_are_the_answer() -> None:
    assert ids(select(costs(free=["gift", "present"]), 20)) == ["gift", "present"]


@pytest.mark.parametrize(
    ("named", "names"),
    [
        (None, ["a, b, +2"]),
        (["c"], ["a, b, +1", "c"]),
        (["acme/a", "b"], ["a", "b", "c, d"]),
    ],
)
def test_equal_rows_of_a_maker_are_one(named: list[str] | None, names: list[str]) -> None:
    """But for those that the user named."""
    found = select(costs("a", "b", "c", "d"), 20, named=named, same=lambda one: 1)

    assert [found.names[one.model.key] for one in found.rows] == names
    assert found.rest == 0


def test_equal_rows_of_several_makers_stay_apart() -> None:
    lines = [Cost(1, model("a")), Cost(1, model("a", provider="globex"))]
    found = select(lines, 20, same=lambda one: 1)

    assert [found.names[one.model.key] for one in found.rows] == ["acme/a", "globex/a"]


def test_folded_rows_count_as_displayed() -> None:
    found = select(costs("a", "b", "c", "d"), 1, same=lambda one: one.rank < 3)

    assert (ids(found), found.rest) == (["a"], 2)


COLUMNS: list[ResultColumn[Cost]] = [
    *name_columns(),
    ResultColumn(key="cost", value=lambda one: one.cost, title="cost", is_kept=True, worth=3,
                 cells=lambda rows: [f"¥{one.cost}" for one in rows]),
    ResultColumn(key="hidden", value=lambda one: one.is_free),
    ResultColumn(title="again", worth=4, cells=lambda rows: [f"¥{one.cost}" for one in rows]),
    ResultColumn(title="empty", worth=5, cells=lambda rows: ["" for _ in rows]),
    ResultColumn(title="seen", worth=6, cells=lambda rows: ["x" * 10 for _ in rows]),
]  # fmt: skip


def titles(room: int | None) -> list[str]:
    return [one.title for one in for_people(COLUMNS, LINES, room).columns]


def test_empty_and_repeated_columns_are_not_drawn() -> None:
    assert titles(None) == ["#", "model", "cost", "seen", "provider"]


@given(st.integers(0, 80))
def test_what_has_no_room_is_dropped_from_the_right(room: int) -> None:
    """Until the rest fits, or only what is kept is left; nothing is cut."""
    shown = titles(room)
    drawn = for_people(COLUMNS, LINES, room)
    sizes = [max(map(len, cells)) for cells in zip(shown, *drawn.rows, strict=True)]

    assert shown == titles(None)[: len(shown)]
    assert len(shown) == 3 or sum(sizes) + 2 * (len(sizes) - 1) <= room


def test_programs_get_each_value_in_its_column() -> None:
    found = for_programs(COLUMNS, [Cost(1, model("a"), Decimal(1) / 3), *costs(free=["gift"])])

    assert [one.title for one in found.columns] == ["rank", "model", "provider", "cost", "hidden"]
    assert found.rows == (
        ("1", "a", "acme", "0.333333333333", "no"),
        ("", "gift", "acme", "0", "yes"),
    )


def test_one_column_can_be_taken_alone() -> None:
    assert for_programs(COLUMNS, LINES, "cost").rows == (("1",), ("2",), ("3",), ("0",))
    assert for_programs(COLUMNS, LINES, "again").columns == ()


def test_a_cell_is_computed_only_where_it_is_displayed() -> None:
    def fails(_: object) -> Any:
        raise AssertionError("computed")

    only_cells = ResultColumn[Cost](
        key="k", value=fails, title="t", cells=lambda rows: ["x" for _ in rows]
    )
    only_value = ResultColumn[Cost](key="k", value=lambda one: 1, title="t", cells=fails)
    assert for_people([only_cells], LINES[:1]).rows == (("x",),)
    assert for_programs([only_value], LINES[:1]).rows == (("1",),)


@pytest.mark.parametrize(
    ("factor", "text"), [("1", "1.00"), ("9.994", "9.99"), ("48.76", "48.8"), ("12345", "12,345")]
)
def test_ratios_have_three_digits(factor: str, text: str) -> None:
    assert times_text(Decimal(factor)) == text
