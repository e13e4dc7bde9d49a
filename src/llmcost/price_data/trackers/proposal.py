"""What a tracker has that our table lacks: new rows, new models, and doubtful prices.

Nothing here changes a row. A doubtful price is printed with its reason, and never written. Reasons
come from the price itself, from our table and from other trackers, model by model.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from llmcost.messages import say
from llmcost.price_data.trackers.comparison import (
    TOLERANCE,
    ComparisonLine,
    compared,
    explained,
)
from llmcost.price_data.trackers.matching import (
    Match,
    ModelIndex,
    TrackerEntry,
    TrackerListing,
    best,
    in_force,
    is_named,
)
from llmcost.pricing.catalog import is_retired, row_at
from llmcost.pricing.price_rows import Model, PriceRow, PriceState, PriceTable
from llmcost.pricing.quotes import quotes

HUNDREDFOLD = 100
PLAUSIBLE = Decimal("0.001"), Decimal(5000)  # USD per 1M tokens of text


def doubts(
    entry: TrackerEntry,
    match: Match,
    ours: PriceRow | None,
    row: PriceRow,
    apart: Sequence[ComparisonLine],
) -> Iterator[str]:
    """Why a person must look before this is believed."""
    yield from implausible(row)
    if match.moved:
        yield say(
            "moved alias: `{alias}` means {model} only since or until a day",
            alias=entry.id,
            model=match.model.id,
        )
    if ours is not None and ours.state is PriceState.FREE:
        yield say("free in our table")
    for line in apart:
        before, after = line.prices
        if before and after and is_hundredfold(before, after):
            yield say(
                "hundredfold: {item} x {factor}; per token, 1K or 1M?",
                item=line.item,
                factor=factor(before, after),
            )
    if match.model.prices[-1].start >= row.start:
        yield say("our last row is of {day}", day=match.model.prices[-1].start)
    yield from other_days(match.model, ours, row)
    for name in same_as(ours, apart):
        yield say("our price under a condition: {name}", name=name)
    for text in match.model.corrections:
        yield say("known to be wrong: {text}", text=text)


def other_days(model: Model, ours: PriceRow | None, row: PriceRow) -> Iterator[str]:
    """A tracker that is late states a price that we had, an eager one what is announced."""
    for other in model.prices:
        lines = compared([other, row])
        if other is not ours and lines and all(line.agrees(TOLERANCE) for line in lines):
            yield say("our price from {day} on, not of this day", day=other.start)


def same_as(ours: PriceRow | None, apart: Sequence[ComparisonLine]) -> Iterator[str]:
    """The conditions (peak, batch, a tier, list) under which we have just the tracker's prices."""
    here = {(line.item, line.prices[1]) for line in apart}
    found: dict[str, set[tuple[str, Decimal | None]]] = {}
    for quote in quotes(ours) if ours and here else ():
        if quote.condition and not quote.condition.startswith("region"):
            item = "cache_write" if quote.item.startswith("cache_write.") else quote.item
            found.setdefault(quote.condition, set()).add((item, quote.price))
    return (name for name, stated in found.items() if here <= stated)


def is_hundredfold(before: Decimal, after: Decimal) -> bool:
    return max(before, after) >= min(before, after) * HUNDREDFOLD


def factor(before: Decimal, after: Decimal) -> str:
    return f"{after / before:,.0f}" if after > before else f"1/{before / after:,.0f}"


def implausible(row: PriceRow) -> Iterator[str]:
    least, most = PLAUSIBLE
    prices = [(item, price) for band in row.bands for item, price in band.prices.items()]
    main = [(item, price) for item, price in prices if item in ("input", "output")]
    if any(price == 0 for _, price in main):
        yield say("zero: a placeholder, or free")
    for item, price in dict(main).items():
        if price and not least <= price <= most:
            yield say(
                "implausible: {item} at {price:f} per 1M tokens; per token, 1K or 1M?",
                item=item,
                price=price,
            )


class FindingKind(StrEnum):
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

    kind: FindingKind
    entry: TrackerEntry
    model: Model | None = None
    ours: PriceRow | None = None
    row: PriceRow | None = None
    lines: tuple[ComparisonLine, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.model.id if self.model else self.entry.id

    @property
    def is_accepted(self) -> bool:
        return self.kind in (FindingKind.ROW, FindingKind.MODEL) and not self.flags


class Proposal(msgspec.Struct, frozen=True):
    """`others`: entries of providers that our table does not have, resellers mostly."""

    listing: TrackerListing
    findings: tuple[Finding, ...]
    others: int

    @property
    def matched(self) -> int:
        return sum(one.model is not None for one in self.findings)


def propose(
    table: PriceTable, listing: TrackerListing, at: datetime, tolerance: Decimal = TOLERANCE
) -> Proposal:
    """What the file says, against the table at `at`, the day on which the file was read."""
    names = ModelIndex(table, at)
    known: dict[str, list[tuple[TrackerEntry, Match]]] = {}
    found: list[Finding] = []
    strangers: dict[tuple[str, str], TrackerEntry] = {}
    others = 0
    for entry in in_force(listing, at):
        if entry.provider not in table.providers:
            others += 1
        elif table.providers[entry.provider].currency != entry.currency:
            match = names.find(entry)
            model = match.model if match else None
            found.append(Finding(kind=FindingKind.NOT_COMPARABLE, entry=entry, model=model))
        elif match := names.find(entry):
            known.setdefault(match.model.key, []).append((entry, match))
        else:
            strangers.setdefault((entry.provider, entry.id.casefold()), entry)
    for key, entry in list(strangers.items()):
        match = names.snapshot(entry)
        same = beside(listing, entry, match, at, tolerance) if match else None
        if same and same.kind in (
            FindingKind.AGREES,
            FindingKind.GONE,
        ):  # a version of what we have
            found.append(same)
            del strangers[key]
    found += [beside(listing, *best(pairs), at, tolerance) for pairs in known.values()]
    found += [new_model(listing, entry, names, at) for entry in strangers.values()]
    return Proposal(listing, tuple(sorted(found, key=order)), others)


def order(one: Finding) -> tuple[int, bool, str, str]:
    return list(FindingKind).index(one.kind), bool(one.flags), one.entry.provider, one.id.casefold()


def beside(
    listing: TrackerListing, entry: TrackerEntry, match: Match, at: datetime, tolerance: Decimal
) -> Finding:
    """An entry of a model that we have."""
    model, ours = match.model, row_at(match.model, at)
    if is_retired(model, at):
        return Finding(kind=FindingKind.GONE, entry=entry, model=model)
    if not entry.bands:
        return Finding(kind=FindingKind.NO_PRICE, entry=entry, model=model, ours=ours)
    row = proposed(listing, entry, at, ours)
    both = tuple(line for line in compared([ours, row]) if None not in line.prices)
    apart = tuple(line for line in both if not line.agrees(tolerance))
    if both and not apart:
        return Finding(kind=FindingKind.AGREES, entry=entry, model=model, ours=ours, lines=both)
    is_newer = ours is None or row.start > max(ours.start, ours.checked)
    return Finding(
        kind=FindingKind.ROW if is_newer else FindingKind.DISAGREES,
        entry=entry,
        model=model,
        ours=ours,
        row=row,
        lines=apart,
        flags=tuple(doubts(entry, match, ours, row, apart)),
    )


def proposed(
    listing: TrackerListing, entry: TrackerEntry, at: datetime, ours: PriceRow | None
) -> PriceRow:
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


def new_model(
    listing: TrackerListing, entry: TrackerEntry, names: ModelIndex, at: datetime
) -> Finding:
    if entry.retired and entry.retired <= at.date():
        return Finding(kind=FindingKind.GONE, entry=entry)
    if not entry.bands:
        return Finding(kind=FindingKind.NO_PRICE, entry=entry)
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
    return Finding(kind=FindingKind.MODEL, entry=entry, row=row, flags=tuple(flags))


def counts(findings: Iterable[Finding]) -> dict[FindingKind, int]:
    found = dict.fromkeys(FindingKind, 0)
    for one in findings:
        found[one.kind] += 1
    return found


class Subject(msgspec.Struct, frozen=True):
    """A model that two sources at least have a price of; the first price of a line is ours."""

    provider: str
    id: str
    lines: tuple[ComparisonLine, ...]


class Panel(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    subjects: tuple[Subject, ...]
    not_comparable: int  # entries of vendors that bill in another currency


def assemble(table: PriceTable, listings: Sequence[TrackerListing], at: datetime) -> Panel:
    """Models on sale at `at`, and those that two trackers have and we do not."""
    names = ModelIndex(table, at)
    rows: dict[tuple[str, str], list[PriceRow | None]] = {}
    models: dict[tuple[str, str], Model | None] = {}
    not_comparable = 0
    for place, listing in enumerate(listings, 1):
        of_listing, foreign = sold(table, listing, names, at)
        not_comparable += foreign
        for key, (model, entry) in of_listing.items():
            ours = row_at(model, at) if model else None
            models[key] = model
            both = rows.setdefault(key, [ours, *[None] * len(listings)])
            both[place] = proposed(listing, entry, at, None)
    subjects = (
        Subject(*key, tuple(explained(models[key], both[0], line) for line in compared(both)))
        for key, both in sorted(rows.items())
    )
    kept = tuple(one for one in subjects if one.lines)
    return Panel(tuple(titles(listings)), kept, not_comparable)


def sold(
    table: PriceTable, listing: TrackerListing, names: ModelIndex, at: datetime
) -> tuple[dict[tuple[str, str], tuple[Model | None, TrackerEntry]], int]:
    """A tracker's entries with a price, one a model, by provider and id; and how many of them have
    a price that is converted."""
    known: dict[str, list[tuple[TrackerEntry, Match]]] = {}
    found: dict[tuple[str, str], tuple[Model | None, TrackerEntry]] = {}
    foreign = 0
    for entry in in_force(listing, at):
        provider = table.providers.get(entry.provider)
        if provider is None or not entry.bands:
            continue
        if provider.currency != entry.currency:
            foreign += 1
        elif match := names.find(entry):
            if not is_retired(match.model, at):
                known.setdefault(match.model.key, []).append((entry, match))
        elif not (entry.retired and entry.retired <= at.date()):
            found.setdefault((entry.provider, entry.id.casefold()), (None, entry))
    for pairs in known.values():
        entry, match = best(pairs)
        found[match.model.provider, match.model.id] = match.model, entry
    return found, foreign


def titles(listings: Sequence[TrackerListing]) -> list[str]:
    """The trackers' names, numbered where one comes twice."""
    names = [one.tracker for one in listings]
    return [
        name if names.count(name) == 1 else f"{name} {names[: place + 1].count(name)}"
        for place, name in enumerate(names)
    ]


def narrowed(panel: Panel, patterns: Sequence[str], providers: Sequence[str]) -> Panel:
    """Only the models that a pattern and a provider name."""
    kept = tuple(
        one for one in panel.subjects if is_named(one.provider, one.id, patterns, providers)
    )
    return msgspec.structs.replace(panel, subjects=kept)
