"""`scripts/refresh_prices.py`: what several trackers say together, and what it writes of it."""

import importlib.util
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from paths import ROOT, TRACKERS
from shipped import TABLE
from tables import model, rates, row, variant

from llmcost.price_data.trackers.comparison import TOLERANCE, compared
from llmcost.price_data.trackers.matching import TrackerEntry
from llmcost.pricing.catalog import on_sale, row_at
from llmcost.pricing.price_rows import Band

FILES = {
    name: f"{TRACKERS / name}.json@2026-11-2{day}"
    for name, day in (("modelsdev", 1), ("openrouter", 1), ("litellm", 0), ("genai", 0))
}


def script() -> ModuleType:
    path = ROOT / "scripts" / "refresh_prices.py"
    spec = importlib.util.spec_from_file_location("refresh_prices", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["refresh_prices"] = module
    spec.loader.exec_module(module)
    return module


REFRESH = script()


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """The invented models of the trackers' samples, as a table of its own."""
    text = (TRACKERS / "ours.yaml").read_text(encoding="utf-8")
    for id, currency in (("openai", "USD"), ("zhipu", "CNY")):
        head = f"  - id: {id}\n"
        text = text.replace(head, f"{head}    name: {id}\n    currency: {currency}\n")
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("files", "read", "rows"),
    [
        (("modelsdev", "openrouter"), {"nimbus-1", "nimbus-long"}, 0),
        (("modelsdev",), set(), 0),
        (("litellm", "genai"), {"nimbus-long"}, 1),
        (("modelsdev", "openrouter", "litellm"), {"nimbus-1", "nimbus-long"}, 0),
        (tuple(FILES), {"nimbus-long"}, 0),
    ],
)
def test_two_trackers_must_agree_and_be_the_most(
    prices: Path,
    capsys: pytest.CaptureFixture[str],
    files: tuple[str, ...],
    read: set[str],
    rows: int,
) -> None:
    """One that has another price leaves it open; two against two do so as well."""
    REFRESH.main(["--prices", str(prices), *(FILES[one] for one in files)])
    said = capsys.readouterr().out

    confirmed = said.partition("## Read again")[2].partition("## New rows")[0]
    assert {one.split("/")[1].split(":")[0] for one in confirmed.split("- ")[1:]} == read
    assert f"new rows: {rows}" in said


def vote(day: str, price: str, source: str = "a list") -> Any:
    """A release of that day, beside our price of 1, read on 2026-11-05."""
    ours = row(rates("1", "2"), source=source, checked="2026-11-05")
    theirs = row(rates(price, "2"))
    same = price == "1"
    finding = REFRESH.Finding(
        kind=REFRESH.FindingKind.AGREES if same else REFRESH.FindingKind.ROW,
        entry=TrackerEntry("globex", "m"),
        model=model("m", ours),
        ours=ours,
        row=theirs,
        lines=tuple(compared([ours, theirs])),
    )
    return REFRESH.Vote(REFRESH.TrackerRelease(day, date.fromisoformat(day), b""), finding)


@pytest.mark.parametrize(
    ("votes", "day"),
    [
        ([("2026-11-20", "1"), ("2026-11-10", "1"), ("2026-10-01", "1")], "2026-11-10"),
        ([("2026-11-20", "1")], None),
        ([("2026-11-20", "1"), ("2026-11-01", "1")], None),
        ([("2026-11-20", "1"), ("2026-11-20", "1"), ("2026-11-20", "3")], "2026-11-20"),
        ([("2026-11-20", "1"), ("2026-11-20", "1"), *[("2026-11-20", "3")] * 2], None),
        ([("2026-11-20", "1"), ("2026-11-20", "1"), *[("2026-11-01", "3")] * 2], "2026-11-20"),
    ],
)
def test_a_price_is_read_on_the_day_that_two_releases_show(
    votes: list[tuple[str, str]], day: str | None
) -> None:
    """The older one's, if it is after our reading; a price from before our reading opposes none."""
    found = REFRESH.read_again([vote(*one) for one in votes])

    assert (found[0].isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("theirs", "opposes"),
    [
        (rates("1", "2", "0.2"), False),
        (rates("0.5", "1", "0.1"), False),
        (rates("1", "2", "0.1"), True),
        (rates("9", "18"), True),
        (rates("4", "2", "0.2"), True),
    ],
)
def test_a_condition_holds_for_all_prices_or_for_none(
    theirs: dict[str, Decimal], opposes: bool
) -> None:
    """A price that is half of one of ours is not its batch price beside others in full; the list
    price may be that of a promotion that is over."""
    plain = Band(rates("1", "2", "0.2"), variants={"batch": variant("0.5")})
    ours = row(plain, checked="2026-11-05", list_price={"input": "4"})
    other = row(theirs)
    lines = compared([ours, other])
    apart = tuple(one for one in lines if not one.agrees(TOLERANCE))
    kind = REFRESH.FindingKind.ROW if apart else REFRESH.FindingKind.AGREES
    finding = REFRESH.Finding(
        kind=kind,
        entry=TrackerEntry("globex", "m"),
        model=model("m", ours),
        ours=ours,
        row=other,
        lines=apart,
    )
    release = REFRESH.TrackerRelease("list", date(2026, 11, 20), b"")

    assert REFRESH.Vote(release, finding).opposes is opposes


def test_what_the_vendors_page_states_is_left_to_a_person(
    prices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = prices.read_text(encoding="utf-8").replace(
        "source: a letter", "source: https://x.test/p"
    )
    prices.write_text(text, encoding="utf-8")
    REFRESH.main(["--apply", "--prices", str(prices), FILES["modelsdev"], FILES["openrouter"]])

    assert prices.read_text(encoding="utf-8") == text
    assert "our source is the vendor's page; 2 releases agree" in capsys.readouterr().out


def test_only_the_day_of_the_row_in_force_is_written(
    prices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest of the file stays as it is."""
    before = prices.read_text(encoding="utf-8").splitlines()
    REFRESH.main(["--apply", "--prices", str(prices), FILES["modelsdev"], FILES["openrouter"]])
    after = prices.read_text(encoding="utf-8").splitlines()

    changed = [(one, two) for one, two in zip(before, after, strict=True) if one != two]
    assert [two.strip() for _, two in changed][1:] == ["checked: 2026-11-21"]
    assert changed[0][0].replace("2026-11-01}", "2026-11-21}") == changed[0][1]


def test_the_committed_report_names_every_old_price_with_a_reason() -> None:
    """Each of a maker that nobody had read for OLD days when the newest release came out."""
    text = (ROOT / "data" / "refreshed.md").read_text(encoding="utf-8")
    day = date.fromisoformat(text.splitlines()[0].rpartition(" ")[2])
    at = REFRESH.noon(day)
    old = [
        f"{one.key} ({row.checked})"
        for one in on_sale((one for one in TABLE.models if not one.serves), at)
        if (row := row_at(one, at)) and (day - row.checked).days > REFRESH.OLD
    ]

    assert old
    assert [name for name in old if name not in text] == []
