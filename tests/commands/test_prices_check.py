"""How old prices are, what is announced, and which sources they rest on."""

import json
from datetime import date
from pathlib import Path

import pytest
from tables import at, model, offer, rates, row, unpriced

from llmcost.cli.app import main
from llmcost.commands.prices import check as report
from llmcost.errors import UsageError
from llmcost.pricing.freshness import Ages, ChangeKind, check, sources
from llmcost.pricing.price_rows import PriceRow, PriceState
from llmcost.runtime import clock
from llmcost.runtime.gates import days_of

NOW = at("2026-11-22")
OLD = model("old", row(rates("1", "2"), checked="2026-01-01"))
NEW = model("new", row(rates("1", "2"), checked="2026-11-20"), provider="globex", context=9000)


def test_the_longest_unread_comes_first() -> None:
    """A day after the check, a price is one day old."""
    result = check([NEW, OLD], NOW)

    assert [(one.model.id, one.age) for one in result.held] == [("old", 325), ("new", 2)]


def test_only_the_row_in_force_has_an_age() -> None:
    """What is history or ahead needs no second look."""
    changed = model(
        "changed",
        row(rates("9", "9"), checked="2024-01-01"),
        row(rates("1", "2"), start="2026-01-01", checked="2026-11-01"),
        row(rates("3", "4"), start="2027-01-01", checked="2026-10-01"),
    )
    gone = model("gone", row(rates("1", "2")), retired="2026-11-22")
    result = check([changed, gone], NOW)

    assert [(one.model.id, one.age) for one in result.held] == [("changed", 21)]
    assert (result.models, result.rows) == (2, 4)


def test_a_check_after_the_day_asked_for_is_fresh() -> None:
    """No price has a negative age."""
    assert [one.age for one in check([OLD], at("2025-01-01")).held] == [0]


def test_ages_by_provider() -> None:
    """Who was not looked at for the longest time comes first."""
    two = [model(f"m{day}", row(rates("1", "2"), checked=f"2026-11-{day}")) for day in (12, 21)]
    result = check([NEW, OLD, *two], NOW)

    assert result.providers == (
        Ages("acme", rows=3, oldest=325, median=10, newest=1),
        Ages("globex", rows=1, oldest=2, median=2, newest=2),
    )


def test_what_is_announced() -> None:
    """Prices that begin, prices that end with nothing after them, models that go; by day."""
    models = [
        model("ends", row(rates("1", "2"), until="2027-03-01")),
        model("dearer", row(rates("1", "2")), row(rates("2", "4"), start="2027-01-01")),
        model("goes", row(rates("1", "2")), retired="2027-02-01"),
        model("gone", row(rates("1", "2"), until="2025-01-01"), retired="2026-11-22"),
    ]
    ahead = check(models, NOW).ahead

    assert [(one.day, one.change, one.model.id) for one in ahead] == [
        (date(2027, 1, 1), ChangeKind.PRICE, "dearer"),
        (date(2027, 2, 1), ChangeKind.RETIRED, "goes"),
        (date(2027, 3, 1), ChangeKind.END, "ends"),
    ]
    assert [report.what_comes(one) for one in ahead] == [
        "in / out: 1 / 2 → 2 / 4",
        "no longer on sale",
        "the price ends",
    ]


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (row(rates("1", "2", "0.1"), start="2027-01-01"), "in / out stay 1 / 2"),
        (unpriced(PriceState.FREE, start="2027-01-01"), "in / out: 1 / 2 → free"),
    ],
)
def test_a_change_that_is_no_other_number(later: PriceRow, said: str) -> None:
    """Of something else than the plain prices, or of state."""
    ahead = check([model("m", row(rates("1", "2")), later)], NOW).ahead

    assert [report.what_comes(one) for one in ahead] == [said]


def test_weak_rows_and_unknown_sizes() -> None:
    """A note that begins so; and models for text, as others have no context to state."""
    models = [
        model("weak", row(rates("1", "2"), note="weak: one source"), context=9000),
        model("firm", row(rates("1", "2"), note="not weak"), context=9000),
        model("large", row(rates("1", "2"))),
        model("voice", row(rates("1", "2")), kind="speech"),
    ]
    result = check(models, NOW)

    assert [one.model.id for one in result.weak] == ["weak"]
    assert [one.model.id for one in result.without_context] == ["large"]


def test_an_empty_table_has_a_report() -> None:
    """A file of retired models is no error."""
    assert report.summary(check([], NOW), "p.yaml", None)[2] == "on sale on 2026-11-22: nothing"


@pytest.mark.parametrize(("span", "days"), [("60d", 60), ("8w", 56), ("6m", 180), ("1y", 365)])
def test_spans_of_time(span: str, days: int) -> None:
    """A month is 30 days."""
    assert days_of(span) == days


@pytest.mark.parametrize("span", ["60", "d", "0d", "-1d", "1.5d", "60 d", "60D", "٦d", "999999d"])
def test_no_span_of_time(span: str) -> None:
    """A number needs its unit."""
    with pytest.raises(UsageError, match="not a span of time"):
        days_of(span)


def test_sources_by_use() -> None:
    """`A; B` are two sources; what was and what is sold beside count too."""
    models = [
        model(
            "m",
            row(rates("2", "2"), source="list", checked="2024-01-01"),
            row(rates("1", "2"), source="list; mail", start="2026-01-01", checked="2026-01-05"),
        ),
        model(
            "n",
            row(rates("1", "2"), source="list", checked="2025-01-01"),
            packs=(offer("63", "pack"),),
        ),
    ]
    found = sources(models, NOW)

    assert [(one.source, one.rows, one.in_force, len(one.models)) for one in found] == [
        ("list", 3, 2, 2),
        ("invented", 1, 0, 1),
        ("mail", 1, 1, 1),
    ]
    assert found[0].checked == date(2026, 1, 5)


@pytest.fixture
def price_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of one model that was read 41 days ago."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    path = tmp_path / "own.yaml"
    path.write_text(
        "schema: 1\nproviders:\n  - id: acme\n    name: Acme\n    currency: CNY\n    models:\n"
        "      - id: acme-large\n        tokenizer: qwen\n        prices:\n"
        "          - {from: 2026-01-01, input: 1, output: 2, source: mail, checked: 2026-10-12}\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(("span", "code"), [("41d", 0), ("40d", 3), ("40", 2)])
def test_the_gate(
    price_file: Path, capsys: pytest.CaptureFixture[str], span: str, code: int
) -> None:
    """A price as old as the limit passes; the report is printed in any case."""
    assert main(["prices", "check", str(price_file), "--max-age", span]) == code
    shown = capsys.readouterr()
    assert ("acme-large" in shown.out) == (code != 2)
    named = "1 of 1 prices is older than 40 days: `acme/acme-large` on 2026-10-12, 41 days"
    assert (named in shown.err) == (code == 3)


def test_the_document(price_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON says all of it."""
    assert main(["prices", "check", str(price_file), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert found["schema"] == "llmcost.prices.check/1"
    assert found["states"]["priced"] == found["models"] == found["rows"] == 1
    assert found["results"][0]["age"] == found["providers"][0]["oldest"] == 41


def test_all_problems_of_a_file(price_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its line, and exit code 1."""
    text = price_file.read_text(encoding="utf-8")
    price_file.write_text(text.replace("CNY", "XAU").replace("input", "inptu"), encoding="utf-8")

    assert main(["prices", "check", str(price_file)]) == 1
    shown = capsys.readouterr().err
    assert all(f"own.yaml:{line}: " in shown for line in (5, 10))


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It cannot be read, and nothing else is checked in its place."""
    assert main(["prices", "check", str(tmp_path / "none.yaml")]) == 1
    assert "cannot read the price file" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "sources"])
@pytest.mark.parametrize("format", ["table", "tsv", "csv", "json", "ndjson", "md"])
def test_every_format_of_the_shipped_table(
    command: str, format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """None of them fails, and none says nothing."""
    assert main(["prices", command, "--format", format]) == 0
    assert capsys.readouterr().out
