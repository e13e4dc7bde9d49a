"""How old the prices of a result are: the note, the key of documents, and the gate."""

import json
from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import CLI
from tables import at, model, rates, row

from llmcost.cli.app import main
from llmcost.pricing.freshness import Held, held, lacks_evidence, longest_unread
from llmcost.pricing.price_rows import Redirect
from llmcost.render.wording import OLD, age_document, age_notes
from llmcost.runtime import clock
from llmcost.runtime.gates import too_old

NOW = at("2026-11-22")
AGED = str(CLI / "aged.yaml")
QUESTIONS = [
    pytest.param(["estimate", "tests/cli/prompt.txt", "-o", "10"], id="estimate"),
    pytest.param(["budget", "--yuan", "10"], id="budget"),
    pytest.param(
        ["forecast", "--mau", "9", "--requests-per-user", "9", "--input-tokens", "500"],
        id="forecast",
    ),
    pytest.param(["prices", "rank", "--text-lang", "en"], id="rank"),
]


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def used(*days: str, when: datetime = NOW) -> list[Held]:
    """Prices that were read on these days."""
    rows = [(f"m{number}", row(rates("1", "2"), checked=day)) for number, day in enumerate(days)]
    return longest_unread(held(model(id, one), one, when) for id, one in rows)


@pytest.mark.parametrize(
    ("days", "note"),
    [
        ((), []),
        (("2026-09-23",), []),
        (("2026-09-22",), ["m0 (61 days)"]),
        (("2026-11-22", "2026-08-22", "2026-01-01"), ["m2 (325 days), m1 (92 days)"]),
        (("2026-08-22",) * 5, ["m0 (92 days), m1 (92 days), m2 (92 days) and 2 more"]),
    ],
)
def test_prices_of_more_than_sixty_days_are_noted(days: tuple[str, ...], note: list[str]) -> None:
    """The oldest first, and few by name."""
    assert age_notes(used(*days)) == [
        f"prices not checked for over {OLD} days: {one}" for one in note
    ]


def test_a_price_that_was_read_later_was_fresh() -> None:
    """History is looked up by rows that were read after it."""
    assert age_document(used("2026-11-22", when=at("2024-05-21"))) == {
        "prices_checked": {"oldest": "2026-11-22", "days": 0}
    }


@pytest.mark.parametrize(
    ("source", "checked", "note", "says"),
    [
        ("a page", "2024-01-31", "", True),
        ("a page", "2024-02-02", "", False),
        ("a page (2024-01-20)", "2026-01-01", "", True),
        ("a page (2023-01-20)", "2026-01-01", "", False),
        ("a page", "2026-01-01", "first seen on 2024-01-31", True),
        ("a page", "2026-01-01", "on or before", True),
    ],
)
def test_a_price_needs_a_source_of_its_first_days(
    source: str, checked: str, note: str, says: bool
) -> None:
    """Of a row from 2024-01-01: within a month, or the row says that there is none."""
    one = row(rates("1", "2"), source=source, checked=checked, note=note)

    assert lacks_evidence(one) is not says
    assert not lacks_evidence(msgspec.structs.replace(one, evidence=date(2024, 6, 1)))


@pytest.mark.parametrize(("day", "is_noted"), [("2024-05-31", True), ("2024-06-01", False)])
def test_a_price_of_a_day_before_its_first_source_is_noted(day: str, is_noted: bool) -> None:
    """With the day of that source."""
    one = msgspec.structs.replace(row(rates("1", "2")), evidence=date(2024, 6, 1))
    notes = age_notes([held(model("m", one), one, at(day))])

    assert any("m (2024-06-01)" in note for note in notes) is is_noted


def test_a_price_of_another_model_is_noted() -> None:
    """Which one, and since when."""
    one = msgspec.structs.replace(row(rates("1", "2")), billed_as="new")
    old = msgspec.structs.replace(model("old", one), redirect=Redirect("new", date(2024, 3, 1)))

    assert age_notes([held(old, one, NOW)]) == [
        "old is served by new since 2024-03-01, and billed at its price"
    ]


def test_without_prices_there_is_no_age() -> None:
    assert age_document([]) == {"prices_checked": None}


@given(st.lists(st.integers(0, 3000), max_size=8), st.integers(1, 3000))
def test_the_gate_fails_if_the_oldest_is_too_old(ages: list[int], most: int) -> None:
    """It counts those above the limit."""
    days = [str(date(2026, 11, 22) - timedelta(one)) for one in ages]
    failure = too_old(lambda: used(*days), most)
    over = sum(1 for one in ages if one > most)

    assert (failure is not None) == (max(ages, default=0) > most)
    assert failure is None or str(failure).startswith(f"{over} of {len(ages)} prices ")


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("models", "oldest", "days"),
    [
        ("acme-narrow,acme-wide", "2026-03-02", 265),
        ("acme-wide", "2026-11-20", 2),
    ],
)
def test_documents_have_the_oldest_price(
    question: list[str], models: str, oldest: str, days: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old ones are in the notes, too."""
    assert main([*question, "--prices", AGED, "-m", models, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)

    assert found["prices_checked"] == {"oldest": oldest, "days": days}
    assert any("not checked" in note for note in found["notes"]) == (days > OLD)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("span", "code"), [("265d", 0), ("264d", 3), ("2", 2)])
def test_the_gate_of_each_command(
    question: list[str], span: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is printed all the same."""
    words = [*question, "--prices", AGED, "-m", "acme-narrow,acme-wide", "--max-age", span]
    assert main(words) == code
    shown = capsys.readouterr()

    assert ("acme-wide" in shown.out) == (code != 2)
    assert ("`acme/acme-narrow` on 2026-03-02, 265 days" in shown.err) == (code == 3)
    assert "acme-wide`" not in shown.err


def test_what_is_not_shown_is_gated(capsys: pytest.CaptureFixture[str]) -> None:
    """As by --fail-over, all that was asked is meant; the note is of what is shown."""
    words = ["estimate", "tests/cli/prompt.txt", "-o", "10", "--prices", AGED, "-m", "acme-[nw]*"]
    assert main([*words, "--sort", "model", "--top", "1", "--max-age", "1d"]) == 3
    assert "2 of 2 prices are older than" in capsys.readouterr().err


def test_two_gates_fail(capsys: pytest.CaptureFixture[str]) -> None:
    """One has the exit code, the other is a note."""
    words = [
        "estimate",
        "tests/cli/prompt.txt",
        "-o",
        "10",
        "--prices",
        AGED,
        "-m",
        "acme-narrow",
        "-q",
    ]
    assert main([*words, "--fail-over", "0 yuan", "--max-age", "1d"]) == 3
    shown = capsys.readouterr().err

    assert "warning: 1 of 1 prices is older than" in shown
    assert "error: over 0 CNY" in shown
