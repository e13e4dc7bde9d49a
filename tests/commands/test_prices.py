"""The words and figures of `llmcost prices show`, `history` and `diff`."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import CALENDAR, at, model, rates, row, table

from llmcost.commands.prices import diff_view as diff
from llmcost.commands.prices import history_view as history
from llmcost.commands.prices import show_page as show
from llmcost.commands.prices import show_view as quotes
from llmcost.commands.prices.history_view import BARS, spark
from llmcost.pricing.price_changes import between_days
from llmcost.pricing.price_history import of_model
from llmcost.pricing.quotes import listing
from llmcost.pricing.terms import Hours
from llmcost.render.table import tsv
from llmcost.render.text import percent


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("-97.5", "-97.5%"),
        ("-25", "-25%"),
        ("0", "0%"),
        ("100", "+100%"),
        ("-33.33333333333333333333333333", "-33.3%"),
        ("-66.66666666666666666666666667", "-66.7%"),
        ("-100", "-100%"),
        ("-99.9975", "-99.998%"),
        ("-99.96", "-99.96%"),
        ("0.04", "+0.04%"),
        ("-0.004", "-0.004%"),
    ],
)
def test_a_percentage_is_short_and_never_reads_as_nothing_or_all(change: str, text: str) -> None:
    assert percent(Decimal(change)) == text


@pytest.mark.parametrize(
    ("prices", "bars"),
    [
        (["20", "0.5"], "█▁"),
        (["100", "10", "1"], "█▅▁"),
        (["2", "2"], "██"),
        (["8", "1", "0"], "█▂▁"),
        (["0", "0"], "▁▁"),
        (["8", None, "4"], "█·▁"),
        ([None], "·"),
        ([], ""),
    ],
)
def test_a_bar_a_price(prices: list[str | None], bars: str) -> None:
    """Falls by the same factor are falls of the same height; free lies below all prices."""
    assert spark([None if one is None else Decimal(one) for one in prices]) == bars


@given(st.lists(st.decimals("0.001", 10000, places=3), min_size=2))
def test_a_dearer_price_has_no_lower_bar(prices: list[Decimal]) -> None:
    bars = spark(prices)
    heights = [height for _, height in sorted(zip(prices, map(BARS.index, bars), strict=True))]

    assert heights == sorted(heights)


def test_no_character_of_a_table_acts() -> None:
    """Of an id, a note or a source, in any of the three commands."""
    evil = "\x1b[31m\tred\u202e"
    rows = [
        replace(row(rates("2"), start=start), source=evil, note=evil, promotion=evil)
        for start in ("2024-01-01", "2025-01-01")
    ]
    rows[1] = replace(rows[1], bands=row(rates("1")).bands)
    one = model(f"a{evil}", *rows, corrections=(evil,))
    shown = listing(table(one), one, at("2026-01-01"), Hours.PEAK, CALENDAR)
    past = of_model(one, "CNY")
    found = between_days(table(one), [one], at("2024-06-01"), at("2025-06-01"))
    grids = [
        *(quotes.human([shown]), quotes.machine([shown])),
        *(history.human([past], at("2026-01-01")), history.machine([past], at("2026-01-01"))),
        *(diff.human(found), diff.machine(found)),
    ]
    page = show.page(shown, date(2026, 1, 2), 80, explain=True) + history.title(past)

    for text in (page, *map(tsv, grids)):
        assert not set("\x1b\u202e") & set(text)
    assert all("\t" not in cell for grid in grids for line in grid.rows for cell in line)
