"""What a price tracker says, in one form for all: US dollars per 1M tokens, in our items."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from llmcost.pricing.table import Band


class Entry(msgspec.Struct, frozen=True):
    """A model as a tracker lists it. `provider` is ours; empty if we have none for the tracker's.

    No `bands`: the tracker has no price. `start`: since when, where the tracker says it; a model
    may then be there several times, in the order of time.
    """

    provider: str
    id: str
    bands: tuple[Band, ...] = ()
    name: str = ""
    context: int | None = None
    max_output: int | None = None
    start: date | None = None
    retired: date | None = None


class Listing(msgspec.Struct, frozen=True):
    """A whole file of a tracker; `source` is its name or address."""

    tracker: str
    source: str
    entries: tuple[Entry, ...]


def in_force(listing: Listing, at: datetime) -> Iterable[Entry]:
    """Of each id the price of this day; what begins later is left out."""
    found: dict[tuple[str, str], Entry] = {}
    for place, entry in enumerate(listing.entries):
        if entry.start is None or entry.start <= at.date():
            found[entry.provider, entry.id if entry.provider else str(place)] = entry
    return found.values()
