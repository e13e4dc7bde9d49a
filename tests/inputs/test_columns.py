"""Columns of tables as prompts: CSV and TSV as they come, Parquet by its own library."""

import builtins
import csv
import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import SAMPLES

from llmcost.chat import Ask
from llmcost.errors import UnreadableInput, install
from llmcost.inputs.columns import read_csv, read_parquet
from llmcost.inputs.request_files import BadLine
from llmcost.inputs.text_stream import TextStream


def rows(text: str, column: str, name: str = "f.csv", delimiter: str = "") -> list[Ask | BadLine]:
    return list(read_csv([text], name, column, delimiter=delimiter))


def texts(text: str, column: str, name: str = "f.csv") -> list[str]:
    """The cells of a column without a broken row."""
    found = rows(text, column, name)
    assert all(isinstance(one, Ask) for one in found), found
    return [one.text for one in found if isinstance(one, Ask)]


def test_a_real_csv_file_is_read() -> None:
    """With the mark that Excel puts first, line ends of Windows, and a cell of two lines."""
    path = SAMPLES / "reviews.csv"

    assert list(read_csv(TextStream(str(path), "utf-8"), "r.csv", "text")) == [
        Ask("r.csv:2", text="The kettle boils fast,\r\nbut the lid broke after a week."),
        Ask("r.csv:4", text="物流很快，包装完好，就是说明书只有英文。"),
        Ask("r.csv:5", text='Does what it says. "Nothing more".'),
    ]


def test_a_real_tsv_file_is_read() -> None:
    path = SAMPLES / "reviews.tsv"

    assert list(read_csv(TextStream(str(path), "utf-8"), "r.tsv", "text")) == [
        Ask("r.tsv:2", text="The kettle boils fast, but the lid broke."),
        Ask("r.tsv:3", text="物流很快，包装完好。"),
    ]


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("", "a", []),
        ("a", "a", []),
        ("a\nx", "a", ["x"]),
        ("a,b\n1,x\n2,y\n", "b", ["x", "y"]),
        ("a,b\n1,x\n", "2", ["b", "x"]),
        ("a,2\n1,x\n", "2", ["x"]),
        ("a,a\n1,x\n", "a", ["1"]),
        ("a,b\n\n1,x\n\n", "b", ["x"]),
        ("a,b\n1,\n", "b", [""]),
        ("a,b\r1,x\r2,y", "b", ["x", "y"]),
        ('a,b\n1,"x\r\ny\rz\n"\n', "b", ["x\r\ny\rz\n"]),
        ('a,"b ""c"""\n1,x\n', 'b "c"', ["x"]),
        ("a;b\n1;x,y\n", "b", ["x,y"]),
        ("a|b\n1|x\n", "b", ["x"]),
        ("a\tb\n1\tx\n", "b", ["x"]),
        ("a\n" + "x" * 200_000, "a", ["x" * 200_000]),
        ("a,b\n1,x\0y\n", "b", ["x\0y"]),
        ("a,b\n1,x\u2028y\x85\x0c\n", "b", ["x\u2028y\x85\x0c"]),
    ],
)
def test_a_column_is_found_by_name_or_number(text: str, column: str, expected: list[str]) -> None:
    """A number stands for a table without a header; the delimiter is what the first line shows."""
    assert texts(text, column) == expected


def test_the_name_or_the_caller_says_the_delimiter() -> None:
    assert texts("a,b\tc\n1,2\tx\n", "c", "f.TSV") == ["x"]
    assert rows("a,b;c\n1,2;x\n", "c", delimiter=";") == [Ask("f.csv:2", text="x")]


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("a,b\n1\n2,x\n", BadLine("f.csv:2", 2, "expected 2 columns or more, found 1")),
        ('a,b\n1,"y"z\n2,x\n',
         BadLine("f.csv:2", 2, "not a row of a table")),
    ],
)  # fmt: skip
def test_a_broken_row_is_told_and_harms_no_other(text: str, bad: BadLine) -> None:
    assert without_reasons(rows(text, "b")) == [bad, Ask("f.csv:3", text="x")]


def without_reasons(found: list[Ask | BadLine]) -> list[Ask | BadLine]:
    """What the parser of CSV finds wrong is its own matter."""
    return [
        BadLine(one.name, one.line, one.message.partition(": ")[0])
        if isinstance(one, BadLine)
        else one
        for one in found
    ]


def test_a_quote_that_never_ends_is_told_where_it_begins() -> None:
    """What follows it is not taken for text."""
    assert without_reasons(rows('a,b\n1,x\n2,"y\n3,z\n', "b")) == [
        Ask("f.csv:2", text="x"),
        BadLine("f.csv:3", 3, "not a row of a table"),
    ]


@pytest.mark.parametrize("column", ["c", "0", "-1", "", "²"])
def test_a_missing_column_is_an_error(column: str) -> None:
    with pytest.raises(UnreadableInput, match=r"`f\.csv` has no column") as caught:
        rows("a,b\n1,x", column)

    assert caught.value.hint == "it has `a`, `b`"


CELLS = st.text(st.sampled_from('ab",;\r\n価🙂\ufeff') | st.characters(codec="utf-8"))


@given(st.lists(CELLS.filter(bool), max_size=5), st.integers(1, 9), st.sampled_from(["\r\n", "\n"]))
def test_what_a_table_is_written_from_is_read_back(cells: list[str], size: int, end: str) -> None:
    """Wherever blocks end, also between the two characters of a line end."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], *enumerate(cells)])
    text = file.getvalue()
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    found = list(read_csv(blocks, "f", "text", delimiter=","))

    assert [one.text for one in found if isinstance(one, Ask)] == cells
    assert len(found) == len(cells)


# --- Parquet ------------------------------------------------------------------------------------

PARQUET = str(SAMPLES / "reviews.parquet")
REVIEWS = ["The kettle boils fast, but the lid broke.", "", "物流很快，包装完好。"]


@pytest.mark.parametrize(
    ("column", "expected"), [("text", REVIEWS), ("2", REVIEWS), ("kind", ["a", "b", "a"])]
)
def test_a_real_parquet_file_is_read(column: str, expected: list[str]) -> None:
    """By name or number; null is no text, and a dictionary is the text it stands for."""
    pytest.importorskip("pyarrow")

    assert list(read_parquet(PARQUET, column)) == [
        Ask(f"{PARQUET}:{number}", text=text) for number, text in enumerate(expected, 1)
    ]


@pytest.mark.parametrize(
    ("path", "column", "message"),
    [
        (PARQUET, "id", "column `id` of `.*` is .+, not text"),
        (PARQUET, "9", "has no column `9`"),
        (PARQUET, "stars", "has no column `stars`"),
        (__file__, "text", "cannot read `.*` as Parquet"),
        ("missing.parquet", "text", "cannot read `missing.parquet` as Parquet"),
    ],
)
def test_what_parquet_cannot_give_is_an_error(path: str, column: str, message: str) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(UnreadableInput, match=message):
        list(read_parquet(path, column))


def test_without_its_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "__import__", importing_all_but("pyarrow"))
    for name in [one for one in sys.modules if one.startswith("pyarrow")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(UnreadableInput) as caught:
        list(read_parquet(PARQUET, "text"))

    assert caught.value.hint == install("parquet")


def importing_all_but(missing: str) -> Callable[..., Any]:
    real = builtins.__import__

    def found(name: str, *others: Any, **named: Any) -> Any:
        if name.partition(".")[0] == missing:
            raise ImportError(name)
        return real(name, *others, **named)

    return found
