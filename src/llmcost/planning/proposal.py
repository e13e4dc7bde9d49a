"""What a tracker has that our table lacks: new rows, new models, and what needs a second look.

Nothing here changes a row. What is flagged is shown and never written.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from llmcost.messages import say
from llmcost.planning.comparison import TOLERANCE, Line, compared
from llmcost.planning.doubts import doubts, implausible
from llmcost.planning.matching import Match, Names, best
from llmcost.planning.tracked import Entry, Listing, in_force
from llmcost.pricing.catalog import is_retired, row_at
from llmcost.pricing.table import Model, PriceRow, PriceTable

CURRENCY = "USD"  # of all trackers


class Kind(StrEnum):
    ROW = "new row"
    MODEL = "new model"
    DISAGREES = "disagrees"  # we read our price on that day or later
    AGREES = "agrees"
    NO_PRICE = "no price"
    GONE = "gone"  # we or the tracker no longer have it on sale
    NOT_COMPARABLE = "not comparable"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a tracker beside our model, if we have it.

    `row` is the row proposed; `lines` our price and the tracker's. With `flags` it is not written.
    """

    kind: Kind
    entry: Entry
    model: Model | None = None
    ours: PriceRow | None = None
    row: PriceRow | None = None
    lines: tuple[Line, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.model.id if self.model else self.entry.id

    @property
    def is_accepted(self) -> bool:
        return self.kind in (Kind.ROW, Kind.MODEL) and not self.flags


class Proposal(msgspec.Struct, frozen=True):
    """`others`: entries of providers that our table does not have, resellers mostly."""

    listing: Listing
    findings: tuple[Finding, ...]
    others: int

    @property
    def matched(self) -> int:
        return sum(one.model is not None for one in self.findings)


def propose(
    table: PriceTable, listing: Listing, at: datetime, tolerance: Decimal = TOLERANCE
) -> Proposal:
    """What the file says, against the table at `at`, the day on which the file was read."""
    names = Names(table, at)
    known: dict[str, list[tuple[Entry, Match]]] = {}
    found: list[Finding] = []
    strangers: dict[tuple[str, str], Entry] = {}
    others = 0
    for entry in in_force(listing, at):
        if entry.provider not in table.providers:
            others += 1
        elif table.providers[entry.provider].currency != CURRENCY:
            match = names.find(entry)
            model = match.model if match else None
            found.append(Finding(kind=Kind.NOT_COMPARABLE, entry=entry, model=model))
        elif match := names.find(entry):
            known.setdefault(match.model.key, []).append((entry, match))
        else:
            strangers.setdefault((entry.provider, entry.id.casefold()), entry)
    for key, entry in list(strangers.items()):
        match = names.snapshot(entry)
        same = beside(listing, entry, match, at, tolerance) if match else None
        if same and same.kind in (Kind.AGREES, Kind.GONE):  # a version of what we have
            found.append(same)
            del strangers[key]
    found += [beside(listing, *best(pairs), at, tolerance) for pairs in known.values()]
    found += [new_model(listing, entry, names, at) for entry in strangers.values()]
    return Proposal(listing, tuple(sorted(found, key=order)), others)


def order(one: Finding) -> tuple[int, bool, str, str]:
    return list(Kind).index(one.kind), bool(one.flags), one.entry.provider, one.id.casefold()


def beside(
    listing: Listing, entry: Entry, match: Match, at: datetime, tolerance: Decimal
) -> Finding:
    """An entry of a model that we have."""
    model, ours = match.model, row_at(match.model, at)
    if is_retired(model, at):
        return Finding(kind=Kind.GONE, entry=entry, model=model)
    if not entry.bands:
        return Finding(kind=Kind.NO_PRICE, entry=entry, model=model, ours=ours)
    row = proposed(listing, entry, at, ours)
    both = tuple(line for line in compared([ours, row]) if None not in line.prices)
    apart = tuple(line for line in both if not line.agrees(tolerance))
    if both and not apart:
        return Finding(kind=Kind.AGREES, entry=entry, model=model, ours=ours, lines=both)
    is_newer = ours is None or row.start > max(ours.start, ours.checked)
    return Finding(
        kind=Kind.ROW if is_newer else Kind.DISAGREES,
        entry=entry,
        model=model,
        ours=ours,
        row=row,
        lines=apart,
        flags=tuple(doubts(entry, match, ours, row, apart)),
    )


def proposed(listing: Listing, entry: Entry, at: datetime, ours: PriceRow | None) -> PriceRow:
    """The row as it would stand in our table; without a day of the tracker's, of the day read."""
    day = at.date()
    note = "" if entry.start else "weak: on or before; read in a tracker"
    lost = dropped(ours)
    if lost:
        note = "; ".join(filter(None, [note, f"not in the tracker: {', '.join(lost)}"]))
    source = f"{listing.tracker}: {listing.source} ({day})"
    return PriceRow(entry.start or day, source, day, bands=entry.bands, note=note)


def dropped(row: PriceRow | None) -> list[str]:
    """What our row has beside plain prices, and a tracker's row would not."""
    if row is None:
        return []
    variants = {name: None for band in row.bands for name in band.variants}
    facts = [name for name in ("regions", "fees") if getattr(row, name)]
    return [*variants, *facts]


def new_model(listing: Listing, entry: Entry, names: Names, at: datetime) -> Finding:
    if entry.retired and entry.retired <= at.date():
        return Finding(kind=Kind.GONE, entry=entry)
    if not entry.bands:
        return Finding(kind=Kind.NO_PRICE, entry=entry)
    row = proposed(listing, entry, at, None)
    flags = list(implausible(row))
    past = names.past(entry)
    if past is not None:
        flags.append(
            say(
                "moved alias: `{alias}` was a name of {model} on other days",
                alias=entry.id,
                model=past.id,
            )
        )
    return Finding(kind=Kind.MODEL, entry=entry, row=row, flags=tuple(flags))


def counts(findings: Iterable[Finding]) -> dict[Kind, int]:
    found = dict.fromkeys(Kind, 0)
    for one in findings:
        found[one.kind] += 1
    return found
