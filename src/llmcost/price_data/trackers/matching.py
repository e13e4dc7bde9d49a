"""Entries of a price tracker in one form (per 1M tokens), and the model each means."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from llmcost.pricing.catalog import names_of
from llmcost.pricing.price_rows import Band, Model, PriceTable


class TrackerEntry(msgspec.Struct, frozen=True):
    """A model as a tracker lists it. `provider` is ours; empty if we have none for the tracker's.

    No `bands`: the tracker has no price. `start`, `end` (exclusive): since when and until when,
    where the tracker says it; a model may then be there several times, in the order of time.
    """

    provider: str
    id: str
    bands: tuple[Band, ...] = ()
    name: str = ""
    context: int | None = None
    max_output: int | None = None
    start: date | None = None
    retired: date | None = None
    end: date | None = None
    currency: str = "USD"


class TrackerListing(msgspec.Struct, frozen=True):
    """A whole file of a tracker; `source` is its name or address."""

    tracker: str
    source: str
    entries: tuple[TrackerEntry, ...]


def in_force(listing: TrackerListing, at: datetime) -> Iterable[TrackerEntry]:
    """Of each id the price of this day; what begins later is left out."""
    found: dict[tuple[str, str], TrackerEntry] = {}
    for place, entry in enumerate(listing.entries):
        if entry.start is None or entry.start <= at.date():
            found[entry.provider, entry.id if entry.provider else str(place)] = entry
    return [one for one in found.values() if one.end is None or at.date() < one.end]


VERSION = re.compile(r"-(latest|\d{4}-\d\d-\d\d|\d{8}|\d{4})$", re.ASCII)


class MatchedBy(StrEnum):
    ID = "id"
    ALIAS = "alias"
    SPELLING = "spelling"  # with dots for hyphens


class Match(msgspec.Struct, frozen=True):
    """`moved`: the name is an alias that means another model on other days."""

    model: Model
    by: MatchedBy
    moved: bool = False


class ModelIndex:
    """All names of the table's models, so that thousands of ids are looked up at once."""

    def __init__(self, table: PriceTable, at: datetime) -> None:
        self.known: dict[tuple[str, str], Match] = {}
        self.spelled: dict[tuple[str, str], list[Match]] = {}
        self.former: dict[tuple[str, str], Model] = {}
        for model in table.models:
            self.add(model, at)

    def add(self, model: Model, at: datetime) -> None:
        for alias in model.aliases:
            self.former[model.provider, alias.id.casefold()] = model
        dated = {one.id.casefold() for one in model.aliases if one.start or one.end}
        for name in names_of(model, at.date()):
            key = model.provider, name
            by = MatchedBy.ID if name == model.id.casefold() else MatchedBy.ALIAS
            match = Match(model, by, moved=by is MatchedBy.ALIAS and name in dated)
            if by is MatchedBy.ID or key not in self.known:
                self.known[key] = match
            self.spelled.setdefault((model.provider, spelling(name)), []).append(match)

    def find(self, entry: TrackerEntry) -> Match | None:
        name = entry.id.casefold()
        exact = self.known.get((entry.provider, name))
        if exact:
            return exact
        near = self.spelled.get((entry.provider, spelling(name)), [])
        if len({one.model.key for one in near}) != 1:
            return None
        return msgspec.structs.replace(near[0], by=MatchedBy.SPELLING)

    def snapshot(self, entry: TrackerEntry) -> Match | None:
        """The model whose name with a day, or `latest`, the id is."""
        bare = VERSION.sub("", entry.id)
        return self.find(msgspec.structs.replace(entry, id=bare)) if bare != entry.id else None

    def past(self, entry: TrackerEntry) -> Model | None:
        """The model that the name was an alias of on another day."""
        return self.former.get((entry.provider, entry.id.casefold()))


def spelling(name: str) -> str:
    return name.replace(".", "-")


def best(found: Sequence[tuple[TrackerEntry, Match]]) -> tuple[TrackerEntry, Match]:
    """Of several entries for one model, the one under its own id."""
    order = list(MatchedBy)
    return min(found, key=lambda pair: order.index(pair[1].by))


def is_named(provider: str, id: str, patterns: Sequence[str], providers: Sequence[str]) -> bool:
    """Whether one of the globs means the model, and it is of one of the providers; none: of all."""
    names = (id.casefold(), f"{provider}/{id}".casefold())
    meant = any(fnmatchcase(name, text.casefold()) for name in names for text in patterns)
    return (meant or not patterns) and (provider in providers or not providers)
