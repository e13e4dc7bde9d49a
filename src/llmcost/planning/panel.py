"""Our table and several trackers, model by model."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from llmcost.planning.comparison import Line, compared
from llmcost.planning.matching import Match, Names, best, is_named
from llmcost.planning.proposal import CURRENCY, proposed
from llmcost.planning.tracked import Entry, Listing, in_force
from llmcost.pricing.catalog import is_retired, row_at
from llmcost.pricing.table import Model, PriceRow, PriceTable


class Subject(msgspec.Struct, frozen=True):
    """A model that two sources at least have a price of; the first price of a line is ours."""

    provider: str
    id: str
    lines: tuple[Line, ...]


class Panel(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    subjects: tuple[Subject, ...]
    not_comparable: int  # entries of vendors that bill in another currency


def assemble(table: PriceTable, listings: Sequence[Listing], at: datetime) -> Panel:
    """Models on sale at `at`, and those that two trackers have and we do not."""
    names = Names(table, at)
    rows: dict[tuple[str, str], list[PriceRow | None]] = {}
    not_comparable = 0
    for place, listing in enumerate(listings, 1):
        of_listing, foreign = sold(table, listing, names, at)
        not_comparable += foreign
        for key, (model, entry) in of_listing.items():
            ours = row_at(model, at) if model else None
            both = rows.setdefault(key, [ours, *[None] * len(listings)])
            both[place] = proposed(listing, entry, at, None)
    subjects = (Subject(*key, tuple(compared(both))) for key, both in sorted(rows.items()))
    kept = tuple(one for one in subjects if one.lines)
    return Panel(tuple(titles(listings)), kept, not_comparable)


def sold(
    table: PriceTable, listing: Listing, names: Names, at: datetime
) -> tuple[dict[tuple[str, str], tuple[Model | None, Entry]], int]:
    """A tracker's entries with a price, one a model, by provider and id; and how many of them have
    a price that is converted."""
    known: dict[str, list[tuple[Entry, Match]]] = {}
    found: dict[tuple[str, str], tuple[Model | None, Entry]] = {}
    foreign = 0
    for entry in in_force(listing, at):
        provider = table.providers.get(entry.provider)
        if provider is None or not entry.bands:
            continue
        if provider.currency != CURRENCY:
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


def titles(listings: Sequence[Listing]) -> list[str]:
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
