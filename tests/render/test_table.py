"""Results as text: digits, columns, and the forms in which nothing acts that should be read."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len
from tables import (
    CALENDAR,
    at,
    band,
    exact,
    model,
    offer,
    quota,
    rates,
    row,
    table,
    terms,
    unpriced,
    variant,
)

from llmcost.commands.count import view as count_report
from llmcost.commands.estimate import estimate_legend as estimate_notes
from llmcost.commands.estimate import view as estimate_report
from llmcost.commands.estimate.compute import Estimate, estimate
from llmcost.commands.estimate.view import EstimateTable, columns, explained
from llmcost.commands.prices import models as models_report
from llmcost.messages import visible
from llmcost.money import Exchange, Rate
from llmcost.pricing.cost import PLAIN, Conditions
from llmcost.pricing.price_rows import Alias, Limit, Model, PriceState, PriceTable
from llmcost.pricing.terms import Amount, Hours
from llmcost.pricing.usage import Count, Input
from llmcost.render import table as screen
from llmcost.render.result_table import for_people, for_programs
from llmcost.render.table import Column, Grid, csv_text, grid, json_text, markdown, ndjson_text, tsv
from llmcost.render.text import fixed, money, places, plain
from llmcost.render.wording import REASONS, excluded_notes, row_document

# --- digits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "digits"),
    [
        ([], 2),
        (["0"], 2),
        (["0", "0.00"], 2),
        (["1"], 2),
        (["1234567"], 2),
        (["0.999"], 3),
        (["0.1"], 3),
        (["0.099"], 4),
        (["9.99"], 2),
        (["0.0000001"], 9),
        (["1000", "0.00123"], 5),
        (["0", "0.00123"], 5),
        (["1E-13"], 15),
        (["1E-30"], 15),
        (["-0.05"], 4),
    ],
    ids=str,
)
def test_a_column_shows_cents_or_three_digits_of_its_smallest_amount(
    amounts: list[str], digits: int
) -> None:
    """The same number of places for all of it, zeros not counting, and never more than 15."""
    assert places(Decimal(amount) for amount in amounts) == digits


@pytest.mark.parametrize(
    ("amount", "digits", "text"),
    [
        ("0", 2, "0.00"),
        ("1E-7", 9, "0.000000100"),
        ("1E+3", 2, "1000.00"),
        ("0.125", 2, "0.13"),
        ("0.135", 2, "0.14"),
        ("0.1249999999999999999999999999", 2, "0.12"),
        ("12345678901234567890.5", 2, "12345678901234567890.50"),
        ("1E+60", 2, "1" + "0" * 60 + ".00"),
        ("0.004", 2, "0.00"),
        ("5", 0, "5"),
    ],
)
def test_a_shown_amount_is_rounded_half_up(amount: str, digits: int, text: str) -> None:
    """Without an exponent, without separators, of any size."""
    assert fixed(Decimal(amount), digits) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("0.000", "0"),
        ("0E-9", "0"),
        ("1E-7", "0.0000001"),
        ("1.50", "1.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("100.00", "100"),
        ("0.00064960", "0.0006496"),
        ("0.3333333333333333333333333333", "0.3333333333333333333333333333"),
    ],
)
def test_data_has_all_digits_and_no_idle_zeros(amount: str, text: str) -> None:
    """Nothing is rounded for programs."""
    assert plain(Decimal(amount)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**20))
def test_what_programs_read_is_the_amount(amount: Decimal) -> None:
    """To the last digit, and in the digits that any program understands."""
    text = plain(amount)

    assert Decimal(text) == amount
    assert set(text) <= set("0123456789.")


@given(st.lists(st.decimals(0, 10**6, places=12), min_size=1, max_size=4))
def test_no_amount_is_shown_as_nothing(amounts: list[Decimal]) -> None:
    """What is shown as zero is zero, and what is shown is off by less than half a per cent."""
    digits = places(amounts)
    for amount in amounts:
        shown = Decimal(fixed(amount, digits))
        assert abs(shown - amount) * 200 <= amount


def test_money_has_its_symbol() -> None:
    """Yuan and dollars are told apart in every cell."""
    assert money(Decimal("0.5"), "CNY", 2) == "¥0.50"
    assert money(Decimal("0.5"), "USD", 2) == "$0.50"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.txt", "plain.txt"),
        ("价格 é 🙂", "价格 é 🙂"),
        ("[red]*a*", "[red]*a*"),
        ("a\tb\nc\rd", r"a\x09b\x0ac\x0dd"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("a\u202egpj", r"a\u202egpj"),
        ("\u2066\u200f\u061c\u2028", r"\u2066\u200f\u061c\u2028"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("\udc7f\udc80\udcff\udd00", r"\udc7f\x80\xff\udd00"),
        ("\u00a0", "\u00a0"),
    ],
)
def test_a_name_is_shown_and_does_nothing(text: str, shown: str) -> None:
    """Controls, direction marks and bytes that are no text are spelled out; all else stays."""
    assert visible(text) == shown
    assert visible(shown) == shown


# --- forms --------------------------------------------------------------------------------------


def one_cell(text: str, *, right: bool = False) -> Grid:
    return grid([Column("title", right=right), Column("other")], [[text, "x"]])


names = st.text(max_size=30).map(visible)


@given(st.lists(st.tuples(names, names), max_size=4))
def test_tsv_has_one_line_a_row_and_one_tab_a_border(rows: list[tuple[str, str]]) -> None:
    """So that `cut -f` and `awk` find every cell whole, whatever the names are."""
    text = tsv(grid([Column("a"), Column("b")], rows))

    assert text.endswith("\n")
    assert [tuple(line.split("\t")) for line in text[:-1].split("\n")] == [("a", "b"), *rows]


@given(st.lists(st.tuples(names, names), max_size=4))
def test_csv_is_read_back_cell_by_cell(rows: list[tuple[str, str]]) -> None:
    """Quotes and commas included; a cell is as it was, but for the mark before formulas."""
    text = csv_text(grid([Column("a"), Column("b")], rows))
    found = [tuple(cells) for cells in csv.reader(io.StringIO(text))]

    assert found[0] == ("a", "b")
    for cells, whole in zip(found[1:], rows, strict=True):
        assert tuple(cell.removeprefix("'") for cell in cells) == tuple(
            cell.removeprefix("'") for cell in whole
        )


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("a=1", "a=1"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_a_spreadsheet_runs_no_name(cell: str, written: str) -> None:
    """What could be the start of a formula is marked as a text."""
    assert csv_text(one_cell(cell)) == f"title,other\n{written},x\n"


def test_a_figure_stays_a_figure() -> None:
    """Columns of figures are ours, and are left as they are."""
    assert csv_text(one_cell("-1.5", right=True)) == "title,other\n-1.5,x\n"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        ("a|b", r"a\|b"),
        ("a_b_c", r"a\_b\_c"),
        ("**bold**", r"\*\*bold\*\*"),
        ("`code`", r"\`code\`"),
        ("[text](link)", r"\[text\](link)"),
        ("<script>", r"\<script\>"),
        ("a & b", "a &amp; b"),
        ("&lt;", "&amp;lt;"),
        (r"\|", r"\\\|"),
        ("~812", r"\~812"),
        ("#1", r"\#1"),
        ("@everyone", "&#64;everyone"),
        ("https://x.example", "https:&#8203;//x.example"),
    ],
)
def test_markdown_interprets_no_cell(cell: str, written: str) -> None:
    """Neither Markdown nor HTML nor GitHub's mentions and links."""
    assert markdown(one_cell(cell)).splitlines()[2] == f"| {written} | x |"


def test_markdown_aligns_figures_to_the_right() -> None:
    """By the rule below the header."""
    text = markdown(grid([Column("a", right=True), Column("b")], []))

    assert text == "| a | b |\n| ---: | --- |\n"


@given(st.dictionaries(names, names | st.integers() | st.none(), max_size=4))
def test_json_is_read_back_and_holds_no_control(document: dict[str, Any]) -> None:
    """What is not printable is written as an escape, in one line or in many."""
    for text in (json_text(document), ndjson_text([document])):
        assert json.loads(text) == document
        assert visible(text.replace("\n", "")) == text.replace("\n", "")


def test_json_escapes_what_would_act() -> None:
    """Direction marks and C1 controls are legal in JSON, but not on a terminal."""
    assert json_text({"a": "\u202e\x9b\x1b"}, indent=-1) == '{"a":"\\u202e\\u009b\\u001b"}\n'


def test_ndjson_is_one_document_a_line() -> None:
    """No document is broken over lines."""
    text = ndjson_text([{"a": [1, 2]}, {"b": {"c": "\n"}}])

    assert [json.loads(line) for line in text.splitlines()] == [{"a": [1, 2]}, {"b": {"c": "\n"}}]


# --- the screen ---------------------------------------------------------------------------------

COLUMNS = (Column("#", right=True), Column("model", fold=True), Column("cost", right=True))
figures = st.decimals(0, 10**9, places=6).map(lambda amount: f"¥{amount:,}")
ids = st.text(
    st.sampled_from("abcXYZ0189-._/价格模型あ🙂[]{}:\\*`~ "), min_size=1, max_size=60
).map(str.strip)


@given(st.lists(st.tuples(ids, figures), min_size=1, max_size=5), st.sampled_from([40, 80]))
def test_no_figure_is_cut_on_a_narrow_screen(rows: list[tuple[str, str]], width: int) -> None:
    """Names fold; figures stand whole at the right edge, below each other."""
    cells = [(str(n), name, figure) for n, (name, figure) in enumerate(rows, 1)]
    lines = screen.table(grid(COLUMNS, cells), width, color=False).splitlines()
    with_figures = [line for line in lines if "¥" in line]

    assert all(cell_len(line) <= width for line in lines)
    assert [line.split("¥")[-1] for line in with_figures] == [figure[1:] for _, figure in rows]
    assert len({cell_len(line) for line in [lines[0], *with_figures]}) == 1


@given(ids.filter(lambda name: "  " not in name))
def test_a_name_that_fits_is_shown_as_it_is(name: str) -> None:
    """No markup, no emoji code and no path in it is interpreted."""
    text = screen.table(grid([Column("model", fold=True)], [[name]]), 200, color=False)

    assert text == f"model\n{name}\n"


@pytest.mark.parametrize("name", ["[bold]x[/bold]", "[/]", ":smile:", "a [/b] c", "[link=x]y"])
def test_markup_in_a_name_is_text(name: str) -> None:
    """Here rich would fail, or show something else."""
    assert name in screen.table(one_cell(name), 80, color=True)


def test_wide_characters_align() -> None:
    """A Chinese character is two columns wide."""
    cells = [("1", "通义千问", "1.00"), ("2", "gpt", "10.00"), ("3", "模型-x", "100.00")]
    lines = screen.table(grid(COLUMNS, cells), 80, color=False).splitlines()

    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
    assert len({cell_len(line[: line.rindex(" ")]) for line in lines[3:]}) == 1


def test_a_screen_too_narrow_for_the_figures_gets_them_whole() -> None:
    """The terminal may wrap the line, but no digit is lost."""
    cells = [("1", "a-long-name-of-a-model", "¥123456789.123456")]
    text = screen.table(grid(COLUMNS, cells), 10, color=False)

    assert "¥123456789.123456\n" in text
    assert "…" not in text


@pytest.mark.parametrize("width", [1, 40, 80])
def test_columns_of_figures_never_share_a_line_break(width: int) -> None:
    """However many there are: each stands whole, two blanks from the next."""
    columns = [Column("model", fold=True), *(Column(f"c{n}", right=True) for n in range(9))]
    numbers = [f"{n}2345678.9" for n in range(1, 10)]
    last = screen.table(grid(columns, [["x" * 30, *numbers]]), width, color=False).splitlines()

    assert "  ".join(numbers) in "\n".join(last)
    assert len(last) == 1 + 3  # the name takes three lines of twelve


def test_a_dumb_terminal_is_as_wide_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """rich alone would take it for 80 columns, and cut."""
    monkeypatch.setenv("TERM", "dumb")
    columns = [Column(f"column {n}", right=True) for n in range(15)]
    text = screen.table(grid(columns, [["12345678"] * 15]), 200, color=True)

    assert text.count("12345678") == 15


def test_colour_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Escapes come only then."""
    monkeypatch.delenv("NO_COLOR")

    assert "\x1b[" in screen.table(one_cell("x"), 80, color=True)
    assert "\x1b" not in screen.table(one_cell("x"), 80, color=False)


def test_no_line_ends_in_blanks() -> None:
    """Editors and diffs do not like them."""
    text = screen.table(grid(COLUMNS, [("1", "x", "")]), 80, color=False)

    assert all(line == line.rstrip() for line in text.splitlines())


# --- results ------------------------------------------------------------------------------------

NOW = at("2026-11-22T10:00:00+08:00")
EVIL = "\x1b[2J=cmd|\u202e"
PRICED = model(
    "m-priced",
    row(rates("9", "9"), start="2024-01-01", until="2024-02-01"),
    row(band("0.5", input=100), band("2.50"), start="2024-05-21T20:15:00+08:00", note=EVIL),
    row(rates("1", "1"), start="2027-01-01"),
    context=128_000,
    aliases=(Alias("p", date(2024, 5, 21)),),
)
DOLLARS = model("dollars", row(rates("1", "1")), provider="globex")
FREE = model("free", unpriced(PriceState.FREE, limits="for everybody"))
LOST = model("lost", unpriced(PriceState.UNKNOWN, note="cut that day"), retired="2027-01-01")
MODELS = [PRICED, DOLLARS, FREE, LOST]


def asked(count: Count, models: list[Model] = MODELS, **others: Any) -> Estimate:
    one = Input("name", 5, 3, {"words": count})
    exchange = Exchange("CNY", (Rate(Decimal("7.1"), date(2026, 11, 20)),))
    asked = terms("2026-11-22T10:00:00+08:00", **others)
    return estimate(table(*models), models, [one], asked, exchange, CALENDAR)


ROUGH = Count(100, 90, 120, "words, roughly", exact=False)


def test_an_estimate_as_data_has_one_row_a_model() -> None:
    """Amounts with all digits; of a row the start and the day of its check."""
    result = asked(ROUGH)
    head, *lines = [
        line.split("\t")
        for line in tsv(for_programs(columns(of(result)), result.lines)).splitlines()
    ]
    found = {line[1]: dict(zip(head, line, strict=True)) for line in lines}

    assert list(found) == ["m-priced", "dollars", "free"]
    assert (
        found["m-priced"]
        | {
            **{"rank": "1", "state": "priced", "cost": "0.00005", "cost_low": "0.000045"},
            **{"cost_high": "0.0003", "currency": "CNY", "input": "100", "output": "0"},
            **{"tokens_low": "90", "tokens_high": "120", "exact": "no", "from": "2024-05-21"},
        }
        == found["m-priced"]
    )
    assert found["dollars"]["native"] == "0.0001"
    assert found["dollars"]["native_currency"] == "USD"
    assert found["dollars"]["cost"] == "0.00071"
    assert (found["free"]["rank"], found["free"]["state"]) == ("", "free")
    assert {line["cost_with_answer"] for line in found.values()} == {""}


def test_an_estimate_as_json_keeps_the_contract() -> None:
    """Keys may be added, none of these is renamed, and amounts are strings."""
    result = asked(ROUGH, output=Amount(10))
    document = json.loads(json_text(estimate_report.document(result, result.lines, ["one"])))
    line = document["results"][0]

    assert document["schema"] == "llmcost.estimate/1"
    assert (document["notes"], document["assumed_output"]) == (["one"], None)
    assert document["as_of"] == "2026-11-22T10:00:00+08:00"
    assert document["fx"] == {"pair": "USD/CNY", "rate": "7.1", "date": "2026-11-20"}
    assert document["inputs"] == [{"name": "name", "bytes": 5, "characters": 3, "requests": 1}]
    assert {"rank", "model", "provider", "state", "usage", "tokens", "cost", "native", "price"} <= (
        line.keys()
    )
    assert line["usage"] == {"input": 100, "output": 10, "cache_read": 0, "cache_write": 0}
    assert {"count", "low", "high", "exact", "method"} <= line["tokens"].keys()
    assert line["price"]["from"] == "2024-05-21T20:15:00+08:00"
    assert {"source", "checked"} <= line["price"].keys()
    for amounts in (line["cost"], line["native"]):
        assert {type(amounts[key]) for key in ("amount", "low", "high", "currency")} == {str}
    assert sum(Decimal(part["amount"]) for part in line["parts"]) == Decimal(
        line["native"]["amount"]
    )
    (left,) = document["excluded"]
    assert (left["model"], left["reason"]) == ("lost", "state")
    assert "cut that day" in left["detail"]


def test_an_estimate_tells_what_to_mind() -> None:
    """What is missing, what is rough, what is free and under which terms, and the rate."""
    result = asked(ROUGH)
    text = "\n".join(estimate_notes.notes(result, result.lines))

    assert "output is not included" in text
    assert "for everybody" in text
    assert "2026-11-20 (2 days old)" in text


def test_an_estimate_of_exact_counts_tells_no_more_than_needed() -> None:
    """Nothing is rough, nothing is converted and nothing is free."""
    result = asked(exact(100), [PRICED], output=Amount(1))

    assert estimate_notes.notes(result, result.lines) == []


def test_what_is_left_out_is_named_up_to_a_number() -> None:
    """One note a reason, and how many more there are."""
    many = [replace(LOST, id=f"lost-{n}") for n in range(5)]
    (note,) = excluded_notes(asked(ROUGH, many).excluded, 2)

    assert "lost-0" in note
    assert "lost-1" in note
    assert "lost-2" not in note
    assert note.endswith("and 3 more")


def test_every_reason_has_its_words() -> None:
    """Each reason that the planning room gives can be told."""
    for reason in ("context", "max_output", "band", "unit", "state", "date", "offer", "fee"):
        assert REASONS[reason]


def of(result: Estimate, **others: Any) -> EstimateTable:
    return EstimateTable(result, **others)


def for_a_person(table: EstimateTable, room: int | None = None) -> dict[str, list[str]]:
    """The cells of each column."""
    shown = estimate_report.drawn(table, table.result.lines, room)
    cells = zip(*shown.rows, strict=True)
    return {one.title: list(each) for one, each in zip(shown.columns, cells, strict=True)}


@pytest.mark.parametrize("count", [ROUGH, exact(100), exact(0), Count(0, 0, 9, "x", exact=False)])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("room", [20, 80, None])
def test_an_estimate_for_people_shows_every_model(
    count: Count, own: bool, room: int | None
) -> None:
    """Whatever the counts are, and however narrow it is: with its name whole, and its cost."""
    result = asked(count)
    shown = for_a_person(of(result, own=own), room)

    assert shown["model"] == [line.model.id for line in result.lines]
    assert shown["cost"][-1] == "free"
    assert any("$" in cell for cell in shown["cost"]) is own


def test_columns_are_dropped_from_the_right() -> None:
    """What is worth least goes first; rank, model and cost stay."""
    whole = list(for_a_person(of(asked(ROUGH))))

    assert whole == ["#", "model", "cost", "in CNY", "×", "tokens", "provider", "low–high"]
    for room in range(90):
        shown = list(for_a_person(of(asked(ROUGH)), room))
        assert shown == whole[: max(3, len(shown))]


def test_a_cost_for_people_has_its_currency_and_its_range() -> None:
    """Converted where currencies differ; the ratio is that of what ranks."""
    shown = for_a_person(of(asked(ROUGH)))

    assert shown["cost"] == ["¥0.000050", "$0.000100", "free"]
    assert shown["in CNY"] == ["", "¥0.00071", ""]
    assert shown["×"] == ["1.00", "14.2", ""]
    assert shown["low–high"] == ["0.000045–0.000300", "0.000090–0.000120", ""]


@pytest.mark.parametrize("times", [1, 1000])
def test_only_tables_for_people_are_of_more_calls(times: int) -> None:
    shown = for_a_person(of(asked(ROUGH), own=False, times=times))
    rows = for_programs(columns(of(asked(ROUGH), times=times)), asked(ROUGH).lines, "cost").rows

    assert (
        shown["cost"][:2]
        == {
            1: ["¥0.000050", "¥0.000710"],
            1000: ["¥0.050", "¥0.710"],
        }[times]
    )
    assert rows == (("0.00005",), ("0.00071",), ("0",))


def test_a_column_that_says_nothing_is_not_drawn() -> None:
    """Of one currency there is nothing to convert, of exact counts no range, of one model no
    ratio."""
    result = asked(exact(1000), [PRICED])

    assert for_a_person(of(result)) == {
        **{"#": ["1"], "model": ["m-priced"], "cost": ["¥0.0025"], "tokens": ["1,000"]},
        "provider": ["acme"],
    }


@pytest.mark.parametrize(
    ("number", "names"),
    [(2, "m0, m1"), (4, "m0, m1, m2, m3"), (6, "m0, m1, m2, m3 and 2 more")],
)
def test_models_that_might_be_the_cheapest_are_named(number: int, names: str) -> None:
    """Up to four of them; a single one is no question."""
    many = [replace(PRICED, id=f"m{n}") for n in range(number)]
    result = asked(ROUGH, many)

    assert any(f"{names} tie for cheapest" in one for one in estimate_notes.notes(result, ()))
    alone = asked(ROUGH, many[:1])
    assert not any("tie for" in one for one in estimate_notes.notes(alone, ()))


def test_a_rate_of_ones_own_is_named_as_such() -> None:
    """It has no day."""
    result = replace(asked(ROUGH), exchange=Exchange("CNY", (Rate(Decimal("7.10")),)))

    assert estimate_notes.notes(result, ())[-1] == "1 USD = 7.1 CNY as given"


TEXTS = [
    Input("a", 5, 3, {"words": exact(10), "letters": ROUGH}),
    Input("b", 5, 3, {"words": exact(5), "letters": ROUGH}),
]


def test_counts_are_totalled_for_people() -> None:
    """Like `wc`, where there is more than one input."""
    names = ["words", "letters"]
    rows = [*count_report.entries(TEXTS, names), *count_report.totals(TEXTS, names)]
    shown = for_people(count_report.columns(TEXTS), rows)

    assert [cells[0] for cells in shown.rows] == ["10", "~100", "5", "~100", "15", "~200"]
    assert shown.rows[-1][1] == "180–240"
    assert [cells[-1] for cells in shown.rows] == ["a", "a", "b", "b", "total", "total"]
    assert not count_report.totals(TEXTS[:1], ["words"])


def test_counts_are_not_totalled_for_programs() -> None:
    """A program adds up by itself; a total among the rows would be counted twice."""
    rows = count_report.entries(TEXTS, ["words", "letters"])
    text = tsv(for_programs(count_report.columns(TEXTS), rows))

    assert text.splitlines()[1:] == [
        "10\t10\t10\tyes\twords\ta",
        "100\t90\t120\tno\tletters\ta",
        "5\t5\t5\tyes\twords\tb",
        "100\t90\t120\tno\tletters\tb",
    ]


def test_counts_as_json_keep_the_contract() -> None:
    """Schema `llmcost.count/1`."""
    document = count_report.document(TEXTS, ["words"])

    assert document["schema"] == "llmcost.count/1"
    assert {"name", "tokenizer", "count", "exact", "low", "high"} <= document["results"][0].keys()
    assert [one["count"] for one in document["totals"]] == [15]


def test_a_list_of_models_shows_the_range_of_bands() -> None:
    """Between the cheapest and the dearest band; a word where there is no price."""
    shown = listed_for_people(table(*MODELS), MODELS, NOW)

    assert [cells[2] for cells in shown.rows] == ["¥0.5…2.5", "$1", "free", "unknown"]
    assert listed_for_people(table(PRICED), [PRICED], at("2020-01-01")).rows[0][2] == "128,000"


def test_a_list_of_models_for_programs_has_the_first_band() -> None:
    """And says how many there are."""
    shown = for_programs(models_report.columns(), models_report.listed(table(*MODELS), MODELS, NOW))
    titles = [column.title for column in shown.columns]
    found = [dict(zip(titles, cells, strict=True)) for cells in shown.rows]

    assert [(one["input"], one["bands"]) for one in found] == [
        *(("0.5", "2"), ("1", "1"), ("", "0"), ("", "0"))
    ]
    assert found[0]["context"] == "128000"


def listed_for_people(prices: PriceTable, models: Sequence[Model], at: datetime) -> Grid:
    return for_people(models_report.columns(), models_report.listed(prices, models, at))


def test_a_model_as_json_has_its_history() -> None:
    """Every row in the order of time, and the one in force."""
    (found,) = models_report.document(table(PRICED), [PRICED], NOW)["results"]

    assert [one["from"] for one in found["history"]] == [
        *("2024-01-01", "2024-05-21T20:15:00+08:00", "2027-01-01")
    ]
    assert found["price"] == found["history"][1]
    assert found["price"]["bands"] == [
        {"input_up_to": 100, "input": "0.5", "output": "0.5"},
        {"input": "2.5", "output": "2.5"},
    ]
    assert found["aliases"] == [{"id": "p", "from": "2024-05-21", "to": None}]


def test_a_model_in_full_shows_its_newest_price_first_and_marks_the_current_one() -> None:
    """Nothing of the price file acts on the terminal."""
    text = models_report.details(table(PRICED), PRICED, NOW, explain=True)
    starts = [line for line in text.splitlines() if " from " in line]

    assert [line[0] for line in starts] == [" ", "*", " "]
    assert "input up to 100: input 0.5, output 0.5" in text
    assert visible(EVIL) in text
    assert "\x1b" not in text


def test_an_exclusive_limit_is_told_as_one() -> None:
    """`below`, in the words of the price file."""
    below = replace(band("1"), input=Limit(200_000, inclusive=False))
    one = model("m", row(below, band("2")))

    assert "input below 200,000: input 1" in models_report.details(
        table(one), one, NOW, explain=True
    )


# --- where an amount comes from ------------------------------------------------------------------

BUSY = model(
    "busy",
    row(
        band("1", input=50),
        band("2", peak=variant("3"), batch=variant("0.5")),
        schedule="office",
        promotion="launch",
        list_price={"input": "4"},
        note=EVIL,
    ),
)
BATCH = Conditions(batch=True, tier="fast")


@pytest.mark.parametrize(
    ("hours", "conditions", "part"),
    [
        (Hours.OFF_PEAK, PLAIN, "100 x 2 / 1M = 0.0002 CNY"),
        (Hours.PEAK, PLAIN, "100 x 6 / 1M (peak mon-fri 09:00-12:00 x 3) = 0.0006 CNY"),
        (Hours.OFF_PEAK, BATCH, "100 x 1 / 1M (batch x 0.5) = 0.0001 CNY"),
    ],
    ids=["off-peak", "peak", "batch"],
)
def test_an_amount_is_explained(hours: Hours, conditions: Conditions, part: str) -> None:
    """By its row and source, its band, its part of the schedule, and each line of the bill."""
    (line,) = asked(exact(100), [BUSY], hours=hours, conditions=conditions).lines
    text = explained(line)
    part_of_day = "peak mon-fri 09:00-12:00" if hours is Hours.PEAK else "off-peak"

    assert text.splitlines() == [
        f"acme/busy: {part.split(' = ')[1]}",
        "  row from 2024-01-01; checked 2026-11-22; source: invented",
        "  promotion: launch (list: input 4)",
        f"  note: {visible(EVIL)}",
        f"  schedule office: {part_of_day}",
        f"  input: {part}",
    ]


def test_the_band_is_explained_where_there_are_limits() -> None:
    """In the words of the price file."""
    (line,) = asked(exact(50), [BUSY]).lines

    assert "  band: input up to 50\n" in explained(line)


def test_a_free_quota_is_a_line_of_the_bill() -> None:
    """Tokens that are free, as a share of the bill of all of them."""
    one = Input("name", 5, 3, {"words": exact(100)})
    own = table(BUSY, quotas=(quota(25),))
    wishes = terms("2026-11-22", free_quota=True, output=Amount(0))
    (line,) = estimate(own, [BUSY], [one], wishes, Exchange("CNY"), CALENDAR).lines

    assert explained(line).splitlines()[-1] == (
        "  free_quota: 25 x -0.0002 / 100 (per model) = -0.00005 CNY"
    )
    assert line.native.amount == Decimal("0.00015")


def test_parts_as_json_name_their_conditions() -> None:
    """Item, quantity, rate, what it is per, the steps to it, and the amount; all add up."""
    result = asked(exact(100), [BUSY], hours=Hours.PEAK, output=Amount(10))
    (line,) = estimate_report.document(result, result.lines, ())["results"]

    assert line["parts"] == [
        {
            **{"item": item, "quantity": quantity, "rate": "6", "per": 1_000_000},
            **{"steps": ["peak mon-fri 09:00-12:00 x 3"], "amount": amount},
        }
        for item, quantity, amount in (("input", 100, "0.0006"), ("output", 10, "0.00006"))
    ]
    assert line["native"]["amount"] == "0.00066"
    assert line["price"]["schedule"] == {"name": "office", "peak": "mon-fri 09:00-12:00"}
    assert line["price"]["promotion"] == "launch"


@pytest.mark.parametrize(
    ("hours", "conditions", "told"),
    [
        (Hours.OFF_PEAK, PLAIN, ["off-peak price (--at peak shows the other): busy"]),
        (Hours.PEAK, PLAIN, []),
        (Hours.PEAK, Conditions(batch=True), ["no batch price known, billed at the plain one: m"]),
        (
            *(Hours.PEAK, BATCH),
            [
                "no batch price known, billed at the plain one: m",
                "no fast tier price known, billed at the plain one: busy, m",
            ],
        ),
    ],
    ids=["off-peak", "peak", "batch", "tier"],
)
def test_a_condition_without_a_price_is_told(
    hours: Hours, conditions: Conditions, told: list[str]
) -> None:
    """No model silently ranks at the plain price; nor off-peak, where no hour was given."""
    flat = model("m", row(rates("9", "9")))
    result = asked(exact(100), [BUSY, flat], hours=hours, conditions=conditions, output=Amount(1))

    assert estimate_notes.notes(result, result.lines) == told


def test_all_of_a_price_is_shown_as_json() -> None:
    """In the words of the price file."""
    whole = row(
        band(
            rates("1", "2", cache_write_5m="3"),
            peak=variant(input="4"),
            batch=variant("0.5"),
            fast=variant(input="6", cache_write_5m="7"),
        ),
        schedule="office",
        regions={"us": "1.1"},
        fees={"page": "4"},
        promotion="p",
        list_price={"input": "8"},
    )
    document = row_document(whole)

    assert document["bands"] == [
        {
            **{"input": "1", "output": "2", "cache_write": {"5m": "3"}},
            **{"peak": {"input": "4"}, "batch": "0.5"},
            "tiers": {"fast": {"input": "6", "cache_write": {"5m": "7"}}},
        }
    ]
    assert document["schedule"] == "office"
    assert document["regions"] == {"us": "1.1"}
    assert document["fees"] == {"page": "4"}
    assert document["list"] == {"input": "8"}
    assert document["promotion"] == "p"


def test_a_model_in_full_shows_what_goes_with_its_price() -> None:
    """Training, hosting, packs, and what must never be imported."""
    one = model(
        "m",
        row(rates("1", "2"), fees={"page": "4"}, regions={"us": "1.1"}),
        fine_tuning=(offer("30", "1M training tokens"),),
        deployment=(offer("20000", "month", what="light"),),
        packs=(offer("63", "pack", tokens=10_000_000, list_price=Decimal(70)),),
        corrections=("0.5 / 1.5 of an article" + EVIL,),
    )
    text = models_report.details(table(one), one, NOW, explain=True)

    for words in (
        *("fees: page 4", "regions: us 1.1", "price 30, per 1M training tokens", "price 20000"),
        *("what light", "tokens 10000000", "list 70", "0.5 / 1.5 of an article"),
    ):
        assert words in text
    assert "\x1b" not in text
