"""Differences between two price rows, two days of a table, or two tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from llmcost.money import ZERO
from llmcost.pricing.catalog import began, is_retired, row_at
from llmcost.pricing.cost import band_for
from llmcost.pricing.price_rows import (
    Band,
    Limit,
    Model,
    PriceRow,
    PriceState,
    PriceTable,
    Provider,
)
from llmcost.pricing.quotes import Quote, quotes
from llmcost.pricing.usage import Usage

MAIN = ("input", "output")
BEFORE_CUT = timedelta(days=2)
"""How long the row of a price may be in force that is only known from its cut."""


class PriceChange(msgspec.Struct, frozen=True):
    """One price before and after; None on the side that does not have it."""

    before: Quote | None
    after: Quote | None

    @property
    def quote(self) -> Quote:
        """What it is the price of."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has a price on one side at least")
        return found

    @property
    def moved(self) -> bool:
        return self.before is None or self.after is None or self.before.price != self.after.price

    @property
    def percent(self) -> Decimal | None:
        """None where a side has no price, and for a rise from nothing."""
        if self.before is None or self.after is None:
            return None
        return percent(self.before.price, self.after.price)

    @property
    def is_main(self) -> bool:
        """The plain price of input or output."""
        return self.quote.item in MAIN and not self.quote.condition


def percent(before: Decimal, after: Decimal) -> Decimal | None:
    """The change in percent, not rounded; None from nothing to something."""
    if before == after:
        return ZERO
    return (after - before) * 100 / before if before else None


def edges(row: PriceRow) -> list[tuple[Limit | None, Limit | None]]:
    return [(band.input, band.output) for band in row.bands]


def price_changes(
    before: PriceRow, after: PriceRow, discount: Decimal | None = None
) -> list[PriceChange]:
    """Every price of two rows, side by side, moved or not.

    Bands are compared where they bill the same requests, so a flat price that is split into three
    bands is compared with each. None are compared with a price that is unknown.
    """
    old, new = (list(quotes(row, discount)) for row in (before, after))
    states = before.state, after.state
    if states == (PriceState.PRICED, PriceState.FREE):
        return [PriceChange(one, free(one)) for one in plain_tokens(old)]
    if states == (PriceState.FREE, PriceState.PRICED):
        return [PriceChange(free(one), one) for one in plain_tokens(new)]
    if states != (PriceState.PRICED, PriceState.PRICED):
        return []
    found = matched(of_band(old, None), of_band(new, None))
    pairs = band_pairs(before, after)
    in_bands = [matched(of_band(old, first), of_band(new, second)) for first, second in pairs]
    return [change for part in (*in_bands, found) for change in part]


def plain_tokens(found: Iterable[Quote]) -> list[Quote]:
    return [one for one in found if one.band is not None and not one.condition]


def free(quote: Quote) -> Quote:
    return msgspec.structs.replace(quote, price=ZERO)


def of_band(found: Iterable[Quote], band: Band | None) -> list[Quote]:
    return [one for one in found if one.band is band]


def matched(old: Iterable[Quote], new: Iterable[Quote]) -> list[PriceChange]:
    """Prices of the same item under the same condition, and after them those that are gone."""
    before = {(one.item, one.condition): one for one in old}
    changes = [PriceChange(before.pop((one.item, one.condition), None), one) for one in new]
    return changes + [PriceChange(one, None) for one in before.values()]


def band_pairs(before: PriceRow, after: PriceRow) -> list[tuple[Band, Band]]:
    """The bands of both rows that bill the same requests: one request of each size is tried."""
    found = {}
    for input in sizes(before, after, "input"):
        for output in sizes(before, after, "output"):
            usage = Usage(input, output)
            first, second = band_for(usage, before), band_for(usage, after)
            if first is not None and second is not None:
                found[id(first), id(second)] = first, second
    return list(found.values())


def sizes(before: PriceRow, after: PriceRow, basis: str) -> list[int]:
    """The largest request inside each edge of the two rows, and one beyond them all."""
    limits = [getattr(band, basis) for row in (before, after) for band in row.bands]
    most = sorted({limit.most for limit in limits if limit is not None})
    return [*most, most[-1] + 1 if most else 0]


def telling(changes: Sequence[PriceChange]) -> tuple[PriceChange, ...]:
    """What moved, with the plain input and output beside it; nothing if nothing moved."""
    if not any(change.moved for change in changes):
        return ()
    return tuple(change for change in changes if change.moved or change.is_main)


def follows(change: PriceChange, changes: Iterable[PriceChange]) -> bool:
    """Whether a price under a condition moved just as the plain price of its item did."""
    return bool(change.quote.condition) and any(
        same_ratio(change, other)
        for other in changes
        if not other.quote.condition
        and (other.quote.item, other.quote.band) == (change.quote.item, change.quote.band)
    )


def same_ratio(one: PriceChange, other: PriceChange) -> bool:
    if one.before is None or one.after is None or other.before is None or other.after is None:
        return False
    return one.before.price * other.after.price == one.after.price * other.before.price


ROW_FIELDS = (
    *("state", "until", "mode", "schedule", "promotion", "limits", "source", "checked", "note"),
    "evidence",
)
MODEL_FIELDS = (
    *("name", "kind", "tokenizer", "context", "max_output", "aliases", "released", "retired"),
    *("note", "discount", "fine_tuning", "deployment", "packs", "corrections"),
    *("serves", "redirect", "predecessor"),
)
PROVIDER_FIELDS = (
    "name",
    "name_zh",
    "currency",
    "page",
    "schedules",
    "free_quota",
    "volume_discounts",
)


class PriceChangeKind(StrEnum):
    """What is different. The first ones are between two days, the others between two files."""

    NEW = "new"  # no price is known for the first day
    RETIRED = "retired"
    ENDED = "ended"  # a price ended with nothing after it
    STATE = "state"
    PRICE = "price"
    ADDED = "model added"
    REMOVED = "model removed"
    METADATA = "metadata"
    ROW_ADDED = "row added"
    ROW_INSERTED = "row inserted"  # before a row that was there
    ROW_EDITED = "row edited"
    ROW_CHECKED = "row checked"  # read again, with the same result
    ROW_REMOVED = "row removed"


REWRITTEN = (PriceChangeKind.ROW_INSERTED, PriceChangeKind.ROW_EDITED, PriceChangeKind.ROW_REMOVED)


class PriceField(msgspec.Struct, frozen=True):
    name: str
    before: Any
    after: Any


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `changes` holds prices that moved, and the plain input and output beside them.

    `model` is empty for what belongs to a provider.
    """

    kind: PriceChangeKind
    provider: str
    model: str
    currency: str
    before: PriceRow | None = None
    after: PriceRow | None = None
    changes: tuple[PriceChange, ...] = ()
    fields: tuple[PriceField, ...] = ()

    @property
    def bands_changed(self) -> bool:
        rows = [row for row in (self.before, self.after) if row is not None and row.bands]
        return len(rows) == 2 and edges(rows[0]) != edges(rows[1])


def between_days(
    table: PriceTable, models: Iterable[Model], first: datetime, last: datetime
) -> list[Difference]:
    """How the prices of `last` differ from those of `first`, model by model."""
    found = (between_instants(table, model, first, last) for model in models)
    return [one for one in found if one is not None]


def between_instants(
    table: PriceTable, model: Model, first: datetime, last: datetime
) -> Difference | None:
    before, after = sold_at(model, first), sold_at(model, last)
    before = before or cut_price(model, first, last)
    changes: tuple[PriceChange, ...] = ()
    if before is None or after is None:
        if before is after:
            return None
        gone = PriceChangeKind.RETIRED if is_retired(model, last) else PriceChangeKind.ENDED
        kind = PriceChangeKind.NEW if before is None else gone
    else:
        changes = telling(price_changes(before, after))
        kind = PriceChangeKind.PRICE if before.state is after.state else PriceChangeKind.STATE
        if kind is PriceChangeKind.PRICE and not changes and edges(before) == edges(after):
            return None
    return Difference(
        kind=kind,
        provider=model.provider,
        model=model.id,
        currency=table.providers[model.provider].currency,
        before=before,
        after=after,
        changes=changes,
    )


def cut_price(model: Model, first: datetime, last: datetime) -> PriceRow | None:
    """The price that a cut between the days replaced, where nobody knows when it began: its row
    starts just before the next one."""
    known = model.prices[:2]
    if len(known) < 2 or began(known[0], first) or not began(known[1], last):
        return None
    is_launch = model.released == known[0].start
    return known[0] if not is_launch and known[1].start - known[0].start <= BEFORE_CUT else None


def sold_at(model: Model, at: datetime) -> PriceRow | None:
    return None if is_retired(model, at) else row_at(model, at)


def between_tables(before: PriceTable, after: PriceTable) -> Iterator[Difference]:
    """How two price files differ: in providers, models, facts and rows."""
    for id, provider in {**before.providers, **after.providers}.items():
        old, new = before.providers.get(id), after.providers.get(id)
        yield from metadata(old, new, PROVIDER_FIELDS, provider, "")
        sold = [{one.id: one for one in t.models if one.provider == id} for t in (before, after)]
        for name in {**sold[1], **sold[0]}:
            yield from between_models(provider, name, sold[0].get(name), sold[1].get(name))


def between_models(
    provider: Provider, name: str, before: Model | None, after: Model | None
) -> Iterator[Difference]:
    if before is None or after is None:
        yield Difference(
            kind=PriceChangeKind.ADDED if before is None else PriceChangeKind.REMOVED,
            provider=provider.id,
            model=name,
            currency=provider.currency,
            before=before.prices[-1] if before else None,
            after=after.prices[-1] if after else None,
        )
        return
    yield from metadata(before, after, MODEL_FIELDS, provider, name)
    old, new = ({row.begins: row for row in model.prices} for model in (before, after))
    last = max(old.values(), key=moment_order)
    for when in sorted({**old, **new}, key=lambda one: moment_order(new.get(one) or old[one])):
        kind, fields, changes = row_difference(old.get(when), new.get(when), last)
        if kind is not None:
            yield Difference(
                kind=kind,
                provider=provider.id,
                model=name,
                currency=provider.currency,
                before=old.get(when),
                after=new.get(when),
                changes=changes,
                fields=fields,
            )


def moment_order(row: PriceRow) -> tuple[date, str]:
    return row.start, row.start_at.isoformat() if row.start_at else ""


def row_difference(
    before: PriceRow | None, after: PriceRow | None, last: PriceRow
) -> tuple[PriceChangeKind | None, tuple[PriceField, ...], tuple[PriceChange, ...]]:
    """What happened to a row. `last` is the newest one of the file before."""
    if after is None:
        return PriceChangeKind.ROW_REMOVED, (), ()
    if before is None:
        is_new = moment_order(after) > moment_order(last)
        return PriceChangeKind.ROW_ADDED if is_new else PriceChangeKind.ROW_INSERTED, (), ()
    if before == after:
        return None, (), ()
    fields = tuple(different(before, after, ROW_FIELDS))
    changes = telling(price_changes(before, after))
    checked_only = msgspec.structs.replace(before, checked=after.checked) == after
    return (
        PriceChangeKind.ROW_CHECKED if checked_only else PriceChangeKind.ROW_EDITED,
        fields,
        changes,
    )


def metadata(
    before: Provider | Model | None,
    after: Provider | Model | None,
    names: Sequence[str],
    provider: Provider,
    model: str,
) -> Iterator[Difference]:
    fields = tuple(different(before, after, names)) if before and after else ()
    if fields:
        yield Difference(
            kind=PriceChangeKind.METADATA,
            provider=provider.id,
            model=model,
            currency=provider.currency,
            fields=fields,
        )


def different(before: Any, after: Any, names: Sequence[str]) -> Iterator[PriceField]:
    for name in names:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield PriceField(name, old, new)
