"""Where trackers disagree with us, and with each other."""

import json
from decimal import Decimal

import pytest
from msgspec.structs import replace
from paths import TRACKERS
from tables import PROVIDERS, at, band, model, rates, row, unpriced, variant

from llmcost.cli.app import main
from llmcost.commands.prices.trackers import share
from llmcost.errors import UsageError
from llmcost.price_data.trackers.comparison import ComparisonLine, compared, explained
from llmcost.price_data.trackers.matching import TrackerEntry, TrackerListing
from llmcost.price_data.trackers.proposal import assemble
from llmcost.pricing.price_rows import Band, PriceRow, PriceState, PriceTable
from llmcost.runtime import clock

NOW = at("2026-11-22")


def priced(*texts: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if text is None else Decimal(text) for text in texts)


FLAT = row(rates("1", "4", "0.1"))
CASES: list[tuple[str, list[PriceRow | None], list[ComparisonLine]]] = [
    (
        "each item that two have",
        [FLAT, row(rates("2", "4"))],
        [ComparisonLine("input", priced("1", "2")), ComparisonLine("output", priced("4", "4"))],
    ),
    ("alone", [FLAT, None], []),
    (
        "one has a band more",
        [row(rates("1", "4")), row(band(rates("1", "4"), input=1000), Band(rates("2", "4")))],
        [
            ComparisonLine("input", priced("1", "1"), up_to=1000),
            ComparisonLine("input", priced("1", "2"), above=1000),
            ComparisonLine("output", priced("4", "4")),
        ],
    ),
    (
        "a plain cache write is the five minutes of another",
        [row(rates("1", "4", cache_write_5m="2")), row(rates("1", "4", cache_write_any="3"))],
        [
            ComparisonLine("input", priced("1", "1")),
            ComparisonLine("output", priced("4", "4")),
            ComparisonLine("cache_write", priced("2", "3")),
        ],
    ),
    (
        "free is zero",
        [unpriced(PriceState.FREE), row(rates("1", "4"))],
        [ComparisonLine("input", priced("0", "1")), ComparisonLine("output", priced("0", "4"))],
    ),
    ("unknown is nothing", [unpriced(PriceState.UNKNOWN), row(rates("1", "4"))], []),
]


@pytest.mark.parametrize(("rows", "lines"), [one[1:] for one in CASES], ids=[c[0] for c in CASES])
def test_prices_side_by_side(rows: list[PriceRow | None], lines: list[ComparisonLine]) -> None:
    assert compared(rows) == lines


@pytest.mark.parametrize(
    ("prices", "agrees"),
    [
        (("1", "1.005"), True),
        (("1", "1.0051"), False),
        (("1.005", "1"), True),
        (("0", "0"), True),
        (("0", "0.001"), False),
        ((None, "7"), True),
        (("1", None, "2"), False),
    ],
)
def test_tolerance(prices: tuple[str | None, ...], agrees: bool) -> None:
    """Of the smaller price, and between any two of the sources."""
    assert ComparisonLine("input", priced(*prices)).agrees(Decimal("0.005")) is agrees


@pytest.mark.parametrize(
    ("prices", "condition"),
    [
        (("1", "2"), "peak"),
        (("1", "2", "2"), "peak"),
        (("1", "0.5"), "batch"),
        (("1", "3"), "list"),
        (("1", "1"), ""),
        (("1", "2", "3"), "peak, list"),
        (("1", "2", "7"), ""),
        (("1", "7"), ""),
        (("1", "5"), "another day"),
        (("1", "0.07"), "known mistake"),
        (("1", "0"), "zero"),
        ((None, "2"), ""),
        ((None, "2", "3"), "not in our table"),
    ],
)
def test_our_price_under_a_condition_is_no_disagreement(
    prices: tuple[str | None, ...], condition: str
) -> None:
    """If each that differs has one; another day's price, or one that our corrections name."""
    ours = row(
        band(rates("1", "9"), peak=variant(input="2"), batch=variant("0.5")),
        list_price={"input": "3"},
    )
    before = row(rates("5", "9"))
    known = replace(model("m"), prices=(before, ours), corrections=("0.07 in a list: a slip",))
    line = explained(known, ours, ComparisonLine("input", priced(*prices)))

    assert line.condition == condition
    assert line.agrees(Decimal("0.005")) is (condition != "" or prices in ((None, "2"), ("1", "1")))


def test_trackers_disagree_about_what_we_lack() -> None:
    lists = [
        TrackerListing("list", "f", (TrackerEntry("globex", "new", (Band(rates(price, "4")),)),))
        for price in ("1", "2")
    ]
    panel = assemble(PriceTable(PROVIDERS, ()), lists, NOW)

    assert panel.names == ("list 1", "list 2")
    (subject,) = panel.subjects
    missing = ComparisonLine("input", priced(None, "1", "2"), condition="not in our table")
    assert subject.lines[0] == missing


def test_yuan_and_what_is_gone_are_left_out() -> None:
    entries = (
        TrackerEntry("acme", "m", (Band(rates("1", "4")),)),
        TrackerEntry("globex", "gone", (Band(rates("9", "9")),)),
    )
    gone = model("gone", FLAT, provider="globex", retired="2026-01-01")
    table = PriceTable(PROVIDERS, (model("m", FLAT), gone))
    panel = assemble(table, [TrackerListing("list", "f", entries)], NOW)

    assert (panel.subjects, panel.not_comparable) == ((), 1)


@pytest.mark.parametrize("text", ["1", "-1%", "a%", "%", ""])
def test_a_tolerance_is_a_percentage(text: str) -> None:
    with pytest.raises(UsageError, match="not a percentage"):
        share(text)


def compare(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return main(["prices", "compare", "--prices", str(TRACKERS / "ours.yaml"), *words])


def test_all_agree_is_exit_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(TRACKERS / name) for name in ("modelsdev.json", "openrouter.json")]
    assert compare(monkeypatch, "--with", files[0], "--with", files[1], "--format", "json") == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["agree"], found["prices"], found["results"]) == (7, 7, [])
    assert found["trackers"] == ["models.dev", "openrouter"]


def test_a_disagreement_is_exit_3_and_a_wide_tolerance_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--with", str(TRACKERS / "genai.json"), "--format", "json")
    assert compare(monkeypatch, *words) == 3
    result = json.loads(capsys.readouterr().out)["results"][0]
    assert (result["item"], result["ours"]) == ("input", "1")
    assert result["trackers"] == {"genai-prices": {"price": "0.8", "ratio": "0.8"}}

    assert compare(monkeypatch, *words, "--tolerance", "25%") == 0
