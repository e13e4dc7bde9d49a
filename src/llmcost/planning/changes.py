"""What changed between two price rows: which price, in which band, by how much."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from llmcost.money import ZERO
from llmcost.planning.quotes import Quote, quotes
from llmcost.pricing.cost import band_for
from llmcost.pricing.table import Band, Limit, PriceRow, State
from llmcost.pricing.usage import Usage

MAIN = ("input", "output")


class Change(msgspec.Struct, frozen=True):
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
) -> list[Change]:
    """Every price of two rows, side by side, moved or not.

    Bands are compared where they bill the same requests, so a flat price that is split into three
    bands is compared with each. None are compared with a price that is unknown.
    """
    old, new = (list(quotes(row, discount)) for row in (before, after))
    states = before.state, after.state
    if states == (State.PRICED, State.FREE):
        return [Change(one, free(one)) for one in plain_tokens(old)]
    if states == (State.FREE, State.PRICED):
        return [Change(free(one), one) for one in plain_tokens(new)]
    if states != (State.PRICED, State.PRICED):
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


def matched(old: Iterable[Quote], new: Iterable[Quote]) -> list[Change]:
    """Prices of the same item under the same condition, and after them those that are gone."""
    before = {(one.item, one.condition): one for one in old}
    changes = [Change(before.pop((one.item, one.condition), None), one) for one in new]
    return changes + [Change(one, None) for one in before.values()]


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


def telling(changes: Sequence[Change]) -> tuple[Change, ...]:
    """What moved, with the plain input and output beside it; nothing if nothing moved."""
    if not any(change.moved for change in changes):
        return ()
    return tuple(change for change in changes if change.moved or change.is_main)


def follows(change: Change, changes: Iterable[Change]) -> bool:
    """Whether a price under a condition moved just as the plain price of its item did."""
    return bool(change.quote.condition) and any(
        same_ratio(change, other)
        for other in changes
        if not other.quote.condition
        and (other.quote.item, other.quote.band) == (change.quote.item, change.quote.band)
    )


def same_ratio(one: Change, other: Change) -> bool:
    if one.before is None or one.after is None or other.before is None or other.after is None:
        return False
    return one.before.price * other.after.price == one.after.price * other.before.price
