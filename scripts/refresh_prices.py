"""Propose rows and reconfirmations on which the newest releases of price trackers agree.

    python scripts/refresh_prices.py > report.md
    python scripts/refresh_prices.py trackers/litellm-1.110.2.whl@2026-11-20 api.json@2026-12-01

Without files, the newest packages are fetched from the registries into a folder that is removed; a
file has the day of its release, or on which it was read. A price is read again on the day on which
two releases have it, if fewer have another one; a row is proposed if two have the same price, and
neither is doubtful. What a vendor's page is the source of is left to a person. `--apply` writes
both into data/prices.yaml; the report says what was done, and what was not.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import msgspec

from llmcost.errors import BadPriceFile
from llmcost.price_data.loader import Source as PriceFile
from llmcost.price_data.loader import parse_base
from llmcost.price_data.trackers import read_tracker
from llmcost.price_data.trackers.comparison import TOLERANCE, compared, explained
from llmcost.price_data.trackers.proposal import Finding, FindingKind, Proposal, dropped, propose
from llmcost.price_data.trackers.yaml_writer import added
from llmcost.pricing.catalog import on_sale, row_at
from llmcost.pricing.price_rows import PriceRow, PriceState, PriceTable
from llmcost.pricing.quotes import LIST
from llmcost.tokenizers.registry import TOKENIZERS
from llmcost.yaml_files import compose

PRICES = Path(__file__).parents[1] / "data" / "prices.yaml"
PYPI = ("litellm", "genai-prices", "model-prices", "metergraph-core")
NPM = ("model-bank", "@earendil-works/pi-ai")
ENOUGH = 2  # trackers that agree, and more than those that do not
COMPARED = (FindingKind.AGREES, FindingKind.ROW, FindingKind.DISAGREES)
VENDOR = re.compile(r"https?://|docs\.")
OLD = 30  # days after which a price in force is named with the reason


class TrackerRelease(NamedTuple):
    """A tracker's file, by what it is called in `source`, and the day that it shows."""

    title: str
    day: date
    content: bytes


class Vote(NamedTuple):
    """What a release has for a model: our price, or another one."""

    release: TrackerRelease
    finding: Finding

    @property
    def agrees(self) -> bool:
        return self.finding.kind is FindingKind.AGREES

    @property
    def opposes(self) -> bool:
        """Whether it has another price, of our day or later, that nothing in our table explains.

        A promotion may be over, and a condition holds for all prices of a model or for none.
        """
        one = self.finding
        if self.agrees or one.ours is None or self.release.day < one.ours.checked:
            return False
        both = [line for line in compared([one.ours, one.row]) if None not in line.prices]
        is_partial = any(line.agrees(TOLERANCE) for line in both)
        lines = [explained(one.model, one.ours, line) for line in one.lines]
        doubtful = {LIST, *(one.ours.bands[0].variants if is_partial and one.ours.bands else ())}
        return any(
            not line.agrees(TOLERANCE) or not doubtful.isdisjoint(line.condition.split(", "))
            for line in lines
        )


class Refresh(NamedTuple):
    """`confirmed`: by the key of a model the day on which two releases have its price, and their
    titles. `rows`: to be added. `open`: what only a person can decide, with the reason. `old`:
    prices in force that stay unread for more than OLD days, by reason."""

    confirmed: dict[str, tuple[date, list[str]]]
    rows: list[Finding]
    open: list[tuple[str, str]]
    old: dict[str, list[str]]
    day: date


def release(text: str) -> TrackerRelease:
    """`FILE@DAY`: a package of a registry, or a tracker's own file."""
    name, _, day = text.rpartition("@")
    return TrackerRelease(Path(name).name, date.fromisoformat(day), Path(name).read_bytes())


def newest() -> Iterator[TrackerRelease]:
    """The newest packages, by the ordinary clients of the registries."""
    with TemporaryDirectory() as folder:
        for name in PYPI:
            path = wheel(f"{name}", Path(folder))
            version = path.name.split("-")[1]
            day = uploaded(name)[path.name]
            yield TrackerRelease(f"PyPI {name} {version}", day, path.read_bytes())
        for name in NPM:
            times = json.loads(ran("npm", "view", name, "time", "--json"))
            version = json.loads(ran("npm", "view", name, "dist-tags.latest", "--json"))
            file = ran("npm", "pack", "--silent", f"{name}@{version}", cwd=folder).split()[-1]
            day = datetime.fromisoformat(times[version]).date()
            yield TrackerRelease(f"npm {name} {version}", day, (Path(folder) / file).read_bytes())


def wheel(requirement: str, folder: Path) -> Path:
    """The wheel that pip downloads for a requirement."""
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
    known = set(folder.iterdir())
    ran(*pip, "--only-binary", ":all:", "--dest", str(folder), requirement)
    return (set(folder.iterdir()) - known).pop()


def uploaded(name: str) -> dict[str, date]:
    """The day of each file of a package, as pip's index states it."""
    from pip._internal.models.index import PyPI

    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with urlopen(Request(f"{PyPI.simple_url}/{name}/", headers=accept), timeout=60) as answer:
        files = json.load(answer)["files"]
    return {one["filename"]: datetime.fromisoformat(one["upload-time"]).date() for one in files}


def ran(*command: str, cwd: str | None = None) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd)
    return done.stdout


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def refresh(table: PriceTable, releases: Sequence[TrackerRelease]) -> Refresh:
    """What the files say together; each is read as of its own day."""
    found = [
        propose(table, read_tracker(one.content, one.title), noon(one.day)) for one in releases
    ]
    votes = votes_of(found, releases)
    day = max(one.day for one in releases)
    confirmed = {key: read for key, cast in votes.items() if (read := read_again(cast))}
    vendors = {key for key in confirmed if is_vendors(votes[key][0].finding.ours)}
    rows, doubtful = proposals(found, votes)
    doubtful += [
        (key, f"our source is the vendor's page; {len(confirmed[key][1])} releases agree")
        for key in sorted(vendors)
    ]
    confirmed = {key: read for key, read in confirmed.items() if key not in vendors}
    return Refresh(confirmed, rows, doubtful, still_old(table, votes, confirmed, day), day)


def votes_of(
    found: Sequence[Proposal], releases: Sequence[TrackerRelease]
) -> dict[str, list[Vote]]:
    """By the key of a model one vote of each release; versions that agree add nothing to it."""
    votes: dict[str, dict[TrackerRelease, Vote]] = {}
    for proposal, one in zip(found, releases, strict=True):
        for finding in proposal.findings:
            if finding.model is not None and finding.kind in COMPARED:
                cast = votes.setdefault(finding.model.key, {})
                if one not in cast or finding.kind is not FindingKind.AGREES:
                    cast[one] = Vote(one, finding)
    return {key: list(cast.values()) for key, cast in votes.items()}


def read_again(votes: Sequence[Vote]) -> tuple[date, list[str]] | None:
    """The last day on which two releases have our price, if that is news and fewer oppose it."""
    agreeing = sorted((one for one in votes if one.agrees), key=lambda one: one.release.day)
    opposed = sum(one.opposes for one in votes)
    ours = votes[0].finding.ours
    if ours is None or len(agreeing) < ENOUGH or len(agreeing) <= opposed:
        return None
    day = agreeing[-ENOUGH].release.day
    titles = [one.release.title for one in agreeing if one.release.day > ours.checked]
    return (day, titles) if day > ours.checked else None


def is_vendors(row: PriceRow | None) -> bool:
    return row is not None and VENDOR.match(row.source) is not None


def still_old(
    table: PriceTable,
    votes: dict[str, list[Vote]],
    confirmed: dict[str, tuple[date, list[str]]],
    day: date,
) -> dict[str, list[str]]:
    """The prices in force whose last reading is long ago, by what keeps them so."""
    found: dict[str, list[str]] = {}
    for model in on_sale(table.models, noon(day)):
        row = row_at(model, noon(day))
        read = confirmed[model.key][0] if model.key in confirmed else row.checked if row else day
        if (day - read).days <= OLD or row is None:
            continue
        cast = votes.get(model.key, [])
        found.setdefault(reason_for_age(row, cast), []).append(f"{model.key} ({read})")
    return found


def reason_for_age(row: PriceRow, votes: Sequence[Vote]) -> str:
    agreeing = [one for one in votes if one.agrees]
    if row.state is not PriceState.PRICED:
        return f"{row.state.value}: no price to compare"
    if not votes:
        return "in no release"
    if any(one.opposes for one in votes):
        return "the releases have another price"
    if is_vendors(row) and len(agreeing) >= ENOUGH:
        return "our source is the vendor's page"
    newest = max((one.release for one in votes), key=lambda one: one.day)
    if len(agreeing) < ENOUGH:
        return f"in one release only ({newest.title} of {newest.day})"
    return f"the newest releases that have it are older ({newest.title} of {newest.day})"


def proposals(
    found: Sequence[Proposal], votes: dict[str, list[Vote]]
) -> tuple[list[Finding], list[tuple[str, str]]]:
    """The rows on which trackers agree, and the others with the reason that keeps them out."""
    by_model: dict[str, list[Finding]] = {}
    for proposal in found:
        for one in proposal.findings:
            if one.kind in (FindingKind.ROW, FindingKind.DISAGREES) and one.model is not None:
                by_model.setdefault(one.model.key, []).append(one)
    rows, doubtful = [], []
    for key, findings in sorted(by_model.items()):
        agreeing = sum(one.agrees for one in votes[key])
        opposing = [one for one in votes[key] if one.opposes]
        if not opposing:
            continue  # our table explains all of them
        reason = reason_against(findings, agreeing, min(one.release.day for one in opposing))
        if reason:
            doubtful.append((key, reason))
        else:
            rows.append(joint(findings))
    return rows, doubtful


def reason_against(findings: Sequence[Finding], agreeing: int, read: date) -> str:
    """Why these prices of a model are no row; empty if they are one. `agreeing`: trackers that have
    our price. `read`: the day of the eldest release that has another one."""
    flags = [flag for one in findings for flag in one.flags]
    first = findings[0]
    if flags:
        return str(flags[0])
    if len(findings) < ENOUGH:
        return "one tracker only"
    if first.ours is not None and read <= first.ours.checked:
        return "we read ours on that day, or later"
    lines = compared([one.row for one in findings])
    if agreeing >= len(findings) or not all(line.agrees(TOLERANCE) for line in lines):
        return "the trackers disagree"
    if is_vendors(first.ours):
        return "our source is the vendor's page"
    lost = [one for one in dropped(first.ours) if one not in factors_of(first.ours)]
    return f"our row has more than plain prices: {', '.join(lost)}" if lost else ""


def factors_of(row: PriceRow | None) -> list[str]:
    """The conditions of a row that are one factor on all of its prices: a new row keeps them."""
    bands = row.bands if row is not None else ()
    first = bands[0].variants if bands else {}
    same = all(band.variants == first for band in bands)
    return [name for name, one in first.items() if same and one.factor is not None]


def joint(findings: Sequence[Finding]) -> Finding:
    """One finding for all: the earliest day, every source, and the factors of our row."""
    rows = [one.row for one in findings if one.row is not None]
    first, ours = min(rows, key=lambda row: row.start), findings[0].ours
    variants = {
        name: one
        for name, one in (ours.bands[0].variants if ours and ours.bands else {}).items()
        if name in factors_of(ours)
    }
    row = msgspec.structs.replace(
        first,
        bands=tuple(msgspec.structs.replace(band, variants=variants) for band in first.bands),
        source="; ".join(dict.fromkeys(row.source.partition(": ")[2] for row in rows)),
        checked=max(one.checked for one in rows),
        note="on or before",
    )
    return msgspec.structs.replace(findings[0], row=row)


def confirmed(
    content: bytes, read: dict[str, tuple[date, list[str]]], day: date, table: PriceTable
) -> bytes:
    """The file with the day of reading in the rows in force of these models on `day`."""
    at, text = noon(day), content.decode()
    places = checked_places(content)
    for key in sorted(read.keys() & places.keys(), key=lambda one: -places[one][-1][1]):
        model = next(one for one in table.models if one.key == key)
        started = [index for index, row in enumerate(model.prices) if row.start <= at.date()]
        _, start, end = places[key][started[-1]]
        text = text[:start] + read[key][0].isoformat() + text[end:]
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


def report(found: Refresh, releases: Iterable[TrackerRelease]) -> str:
    """What was found, in Markdown."""
    lines = [
        f"# Prices as of {found.day}",
        "",
        f"read again: {len(found.confirmed)}, new rows: {len(found.rows)}, open: {len(found.open)}",
        "",
        *(f"- {one.title} ({one.day})" for one in releases),
        *["", "## Read again", ""],
        *(
            f"- {key}: {day}, {', '.join(titles)}"
            for key, (day, titles) in sorted(found.confirmed.items())
        ),
        *["", "## New rows", ""],
        *(f"- {one.entry.provider}/{one.id}: {prices_of(one)}" for one in found.rows),
        *["", "## Open", ""],
        *(f"- {reason}: {number}" for reason, number in Counter(r for _, r in found.open).items()),
        *["", *(f"- {key}: {reason}" for key, reason in found.open)],
        *["", f"## Not read for {OLD} days", ""],
        *(f"- {why}, {len(old)}: {', '.join(old)}" for why, old in sorted(found.old.items())),
    ]
    return "\n".join(lines) + "\n"


def prices_of(one: Finding) -> str:
    bands = one.row.bands if one.row is not None else ()
    return " … ".join(
        ", ".join(f"{key} {price:f}" for key, price in b.prices.items()) for b in bands
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", metavar="FILE@DAY", help="instead of the newest")
    parser.add_argument("--apply", action="store_true", help="write it into the price file")
    parser.add_argument("--prices", type=Path, default=PRICES, help="the price file")
    given = parser.parse_args(arguments)
    content = given.prices.read_bytes()
    table = parse_base(PriceFile(given.prices, content), TOKENIZERS)
    releases = [release(one) for one in given.files] if given.files else list(newest())
    found = refresh(table, releases)
    if given.apply:
        content = confirmed(content, found.confirmed, found.day, table)
        given.prices.write_bytes(added(given.prices, content, found.rows))
    print(report(found, releases), end="")


if __name__ == "__main__":
    main()
