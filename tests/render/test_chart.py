"""Charts in characters: read without colour, never wider than asked, and no amount out of place."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from llmcost.messages import visible
from llmcost.render.chart import MARKS, Series, lines, tornado_bar

ESCAPE = r"\x1b\[[0-9;]*m"


def series(name: str, *values: str | None) -> Series:
    return Series(name, tuple(None if one is None else Decimal(one) for one in values))


def months(count: int) -> list[str]:
    return [f"{2026 + month // 12}-{month % 12 + 1:02}" for month in range(10, 10 + count)]


def chart(*all: Series, **others: Any) -> str:
    wishes = {"width": 40, "height": 6, "color": False, "unit": "$", **others}
    return lines(all, months(max(len(one.values) for one in all)), **wishes)


def drawn(text: str) -> str:
    """What stands above the axis of months, without the amounts."""
    above = text.split("└")[0].splitlines()
    return "\n".join(re.split("[│┤]", line)[-1] for line in above)


LINEAR = """\
$4 ┤x                              ⢀⣀⣀⠤o
   │                      ⣀o⡠⠤⠤⠒⠒⠊⠉⠁
   │------------------------------------
$2 ┤    ⣀⣀⡠⠤⠔⠒⠒⠉o⠁         x⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉x
   │o⠊⠉⠉
$0 ┤
   └────────────────────────────────────
    2026-11             2027-01  2027-02
o acme/a   x 海 b   - budget $2.50
"""
LOG = """\
$1,000 ┤                              ⣀x
       │                          ⢀⡠⠔⠉
  $100 ┤                       ⢀⠤⠒⠁ ⢀⣀⡠o
       │                    ⣀⣔⣊⠥⠔⠒⠊⠉⠁
   $10 ┤             ⢀⣀⠤o⡲⠖⠉⠉
       │     ⢀⣀⠤⠤⠔⢒⣉⠭⠥⠒⠊x
    $1 ┤o⠔⠒⠉⢉⣁⠤⠔⠒⠉⠁
    $0 ┤x⠒⠊⠉⠁
       └────────────────────────────────
        2026-11      2026-12     2027-01
o a   x b   log scale
"""
EQUAL = """\
$5 ┤o⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤x⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤o
   │
   │
$0 ┤
   └────────────────────────────────────
    2026-11        2026-12       2027-01
o a   x b
"""
BELOW = """\
 $50 ┤                                 o
     │                             ⡠⠤⠊⠉
 $40 ┤                         ⡠⠤⠊⠉
 $30 ┤                     ⡠⠤⠊⠉
     │                 ⡠⠤⠊⠉
 $20 ┤             ⡠⠤⠊⠉
     │         ⡠⠤⠊⠉
 $10 ┤     ⡠⠤⠊⠉
  $0 ┤ ⡠⠤⠊⠉
     │o
$-10 ┤
     └──────────────────────────────────
      2026-11                    2026-12
o a
"""
TINY = """\
          │
          │                     ⢀⣀⠤⠤⠔⠒⠉o
 $0.00001 ┤             ⢀⣀⠤⠤⠔⠒⠉⠉⠁
          │     ⢀⣀⠤⠤⠔⠒⠉⠉⠁
$0.000001 ┤o⠔⠒⠉⠉⠁
          └─────────────────────────────
           2026-11               2026-12
o a   log scale
"""
HUGE = """\
$1,000,000,000,000 ┤o
                   │
                   │
                $0 ┤
                   └────────────────────
                    2026-11
o a
"""
NOTHING = """\
   │
   │
$0 ┤o⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤o
   └────────────────────────────────────
    2026-11                      2026-12
o a
"""
LONG = """\
$5 ┤o
   │
$0 ┤------------------------------------
   └────────────────────────────────────
    2026-11
o nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
  nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
x b
- 深深深深深深深深深深深深深深深深深深
  深深 $1.00
"""


@pytest.mark.parametrize(
    ("found", "others", "expected"),
    [
        pytest.param(
            (series("acme/a", "1", "2", "3", "4"), series("海 b", "4", None, "2", "2")),
            {"limit": ("budget", Decimal("2.5"))},
            LINEAR,
            id="from 0 on; a gap; a budget",
        ),
        pytest.param(
            (series("a", "1", "10", "100"), series("b", "0", "5", "1000")),
            {"height": 8},
            LOG,
            id="far apart: a log scale, with a row for 0",
        ),
        pytest.param(
            (series("a", "5", "5", "5"), series("b", "5", "5", "5")),
            {"height": 4},
            EQUAL,
            id="equal series take turns",
        ),
        pytest.param((series("a", "-1", "49"),), {"height": 11}, BELOW, id="below 0"),
        pytest.param((series("a", "1E-6", "3E-5"),), {"height": 5}, TINY, id="tiny"),
        pytest.param((series("a", "1E+12"),), {"height": 4}, HUGE, id="one month, huge"),
        pytest.param((series("a", "0", "0"),), {"height": 3}, NOTHING, id="nothing but 0"),
        pytest.param(
            (series("n" * 69, "5"), series("b")),
            {"height": 3, "limit": ("深" * 20, Decimal(1))},
            LONG,
            id="long names go on below",
        ),
    ],
)
def test_a_chart(found: tuple[Series, ...], others: dict[str, Any], expected: str) -> None:
    """Amounts without exponents, months below, marks that need no colour."""
    assert chart(*found, **others) == expected


@pytest.mark.parametrize(
    ("values", "height", "expected"),
    [
        (("0.5", "1"), 5, ["$1", "$0.5", "$0"]),
        (("1", "100"), 12, ["$100", "$10", "$1"]),
        (("1", "100"), 13, ["$100", "$50", "$20", "$10", "$5", "$2", "$1"]),
        (("0", "2", "50"), 12, ["$50", "$20", "$10", "$5", "$2", "$0"]),
        (("1E+20", "2E+20"), 6, ["$0"]),
        (("1E+99",), 3, ["$0"]),
    ],
)
def test_amounts_at_the_axis_are_round(
    values: tuple[str, ...], height: int, expected: list[str]
) -> None:
    """Without idle zeros. One that would take half of the chart is left out, and never cut."""
    text = chart(series("a", *values), height=height)

    assert re.findall(r"^ *(\S+) ┤", text, re.MULTILINE) == expected


def test_months_that_would_touch_are_left_out() -> None:
    """The middle one first: three of 7 columns and the space between them need 23; here are 22."""
    wide, narrow = (chart(series("a", *[most] * 3)) for most in ("1E+10", "1E+11"))

    assert "2026-11 2026-12 2027-01\n" in wide
    assert "2026-11        2027-01\n" in narrow


def test_a_month_that_would_touch_the_last_is_left_out_too() -> None:
    """The third of four, of a width at which it would end where the last begins."""
    text = chart(series("a", *["1E+4"] * 4))

    assert text.splitlines()[-2] == " " * 9 + "2026-11" + " " * 17 + "2027-02"


def test_months_without_a_label_are_drawn() -> None:
    """As many months as the longest series has."""
    found = [series("a", "5", "5", "5")]
    text = lines(found, ["2026-11"], width=40, color=False, unit="$")

    assert drawn(text).split("\n")[0] == "o" + "⠤" * 17 + "o" + "⠤" * 16 + "o"


def test_nothing_to_draw_is_an_empty_chart() -> None:
    """Without months there is no line for them."""
    text = lines([], [], width=40, height=3, color=False, unit="$")

    assert text == "   │\n   │\n$0 ┤\n   └" + "─" * 36 + "\n"


@pytest.mark.parametrize(
    ("values", "limit", "is_log"),
    [
        (("1", "20"), None, False),
        (("1", "20.01"), None, True),
        (("0", "0", "5"), None, False),
        (("0", "1", "21"), None, True),
        (("-1", "1", "21"), None, False),
        (("1", "2"), "20", False),
        (("1", "2"), "21", True),
        (("21", "22"), "1", True),
    ],
)
def test_the_scale_is_logarithmic_where_amounts_are_more_than_20_times_apart(
    values: tuple[str, ...], limit: str | None, is_log: bool
) -> None:
    """The budget is one of them, 0 is none, and nothing below 0 has a logarithm."""
    level = None if limit is None else ("budget", Decimal(limit))

    assert ("log scale" in chart(series("a", *values), limit=level)) is is_log


def test_names_do_not_act() -> None:
    """Nor do the months and the unit."""
    evil = "\x1b[31m"
    text = lines(
        [series(evil, "1")], [evil], width=80, color=False, unit=evil, limit=(evil, Decimal(1))
    )

    assert "\x1b" not in text
    assert text.count(visible(evil)) >= 5


def test_there_are_no_more_series_than_marks() -> None:
    """The command chooses; a chart that leaves one out unsaid would lie."""
    with pytest.raises(ValueError, match="7 series"):
        chart(*[series(str(n), "1") for n in range(7)])


@pytest.mark.parametrize("setting", ["NO_COLOR", "FORCE_COLOR"])
def test_the_caller_alone_decides_about_colour(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has asked the environment already. Colours change nothing else."""
    monkeypatch.setenv(setting, "1")
    found = (series("a", "1", "5"), series("b", "3", "3"))
    plain, colored = (
        chart(*found, limit=("budget", Decimal(4)), color=color) for color in (False, True)
    )

    assert "\x1b[" not in plain
    assert "\x1b[36mo\x1b[0m a   \x1b[33mx\x1b[0m b   \x1b[31m-\x1b[0m budget $4.00" in colored
    assert re.sub(ESCAPE, "", colored) == plain


sizes = st.integers(-60, 60).map(lambda power: Decimal(1).scaleb(power))
amounts = st.builds(
    lambda digits, size: digits * size, st.decimals(-1000, 1000, places=3), sizes
) | st.sampled_from([Decimal(0), Decimal(1), Decimal("1E+12"), Decimal("1E-6")])
positive = st.decimals(0, 10**12, places=6)
names = st.text(max_size=50)
values = st.lists(st.none() | amounts, max_size=12) | st.lists(st.none() | positive, max_size=12)
found = st.lists(st.builds(Series, names, values.map(tuple)), max_size=6)
limits = st.none() | st.tuples(names, amounts)


@given(found, st.integers(0, 120), st.integers(1, 20), limits, st.lists(names, max_size=12))
def test_no_line_is_wider_than_asked_or_ends_in_blanks(
    found: list[Series],
    width: int,
    height: int,
    limit: tuple[str, Decimal] | None,
    labels: list[str],
) -> None:
    """Whatever the amounts, names and labels are."""
    text = lines(found, labels, width=width, height=height, color=False, unit="¥", limit=limit)

    assert max(map(cell_len, text.splitlines())) <= max(40, width)
    assert all(line == line.rstrip() for line in text.split("\n"))
    assert text.endswith("\n")


@given(found, limits, st.integers(40, 120))
def test_every_series_is_in_the_legend(
    found: list[Series], limit: tuple[str, Decimal] | None, width: int
) -> None:
    """In order, each behind its mark; long names are broken, never cut."""
    text = lines(found, [], width=width, color=False, unit="$", limit=limit)
    below = re.sub(r"\s", "", text.split("└", 1)[1].split("\n", 1)[1])
    expected = [f"{mark} {visible(one.name)}" for mark, one in zip(MARKS, found, strict=False)]

    assert below.startswith(re.sub(r"\s", "", "".join(expected)))


@given(st.lists(st.lists(positive, min_size=6, max_size=6), min_size=1, max_size=6))
def test_every_series_is_in_the_drawing(costs: list[list[Decimal]]) -> None:
    """Six months are enough for six series, even if all are equal."""
    found = [Series(str(index), tuple(values)) for index, values in enumerate(costs)]
    shown = set(drawn(chart(*found, width=80, height=12)))

    assert shown >= set(MARKS[: len(found)])


@given(st.lists(positive, min_size=2, max_size=30))
def test_the_more_it_costs_the_higher_it_stands(costs: list[Decimal]) -> None:
    """On either scale; amounts that are near each other share a row."""
    rows = drawn(chart(Series("a", tuple(costs)), width=80, height=12)).split("\n")
    months = sorted((column, -row) for row, line in enumerate(rows) for column in at(line))
    heights = [height for _, height in months]
    pairs = sorted(zip(costs, heights, strict=True))

    assert [height for _, height in pairs] == sorted(heights)


def at(line: str) -> list[int]:
    return [column for column, mark in enumerate(line) if mark == MARKS[0]]


# --- a bar of a tornado table --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "width", "bar"),
    [
        ("0", "0", 9, "    │    "),
        ("-8", "8", 9, "████│████"),
        ("-4", "2", 9, "  ██│█   "),
        ("-3", "0.25", 9, " ▐█│▏   ".rjust(9)),
        ("-1", "5", 9, "   ▐│██▌ "),
        ("-0.0001", "0.0001", 9, "   ▐│▏   "),
        ("2", "4", 9, "    │██  "),
        ("-4", "-2", 9, "  ██│    "),
        ("4", "-4", 9, "  ██│██  "),
        ("-99", "99", 9, "████│████"),
        ("-8", "8", 10, "████│████ "),
        ("-8", "8", 1, "│"),
    ],
)
def test_a_bar_goes_from_the_middle_to_either_side(
    low: str, high: str, width: int, bar: str
) -> None:
    """A side is full at 8. Halves on the left, eighths on the right; the least change is seen."""
    assert tornado_bar(Decimal(low), Decimal(high), Decimal(8), width) == bar


def test_no_change_anywhere_is_no_bar() -> None:
    """Where the largest of all changes is 0, there is nothing to divide by."""
    assert tornado_bar(Decimal(0), Decimal(0), Decimal(0), 5) == "  │  "


@given(amounts, amounts, amounts.map(abs), st.integers(1, 60))
def test_a_bar_has_its_width(low: Decimal, high: Decimal, most: Decimal, width: int) -> None:
    """Whatever the amounts are; the middle stays where it is."""
    bar = tornado_bar(low, high, most, width)

    assert cell_len(bar) == width
    assert bar.index("│") == (width - 1) // 2


@given(positive, positive, st.integers(3, 60))
def test_a_larger_change_has_no_shorter_bar(one: Decimal, other: Decimal, width: int) -> None:
    """On both sides."""
    small, large = sorted((one, other))
    bars = [tornado_bar(-size, size, Decimal(10**12), width) for size in (small, large)]
    left, right = (
        [len(side.strip()) for side in sides]
        for sides in zip(*(bar.split("│") for bar in bars), strict=True)
    )

    assert left == sorted(left)
    assert right == sorted(right)
