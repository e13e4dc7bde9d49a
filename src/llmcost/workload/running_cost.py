"""Running cost of a workload as its users grow: a fixed part, tokens, and calls.

A month's requests are cut into slices by what bills them: peak windows and other hours, batch or
not.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from llmcost.money import ZERO
from llmcost.pricing.billing import Pile, billed, scaled
from llmcost.pricing.cost import BillPart, Conditions, prices_of
from llmcost.pricing.price_rows import Band, Model, PriceRow, Prices
from llmcost.workload.model import ONE, Workload


class Pack(msgspec.Struct, frozen=True):
    """Prepaid tokens: `price` buys `tokens` of them, of all kinds as they come.

    `smaller`: the next size, dearer by the token, for what does not fill this one.
    """

    price: Decimal
    tokens: int
    name: str = "pack"
    smaller: "Pack | None" = None


class Packed(msgspec.Struct, frozen=True):
    """How many packs of each size to buy, and the cost of the tokens that they do not cover."""

    packs: tuple[tuple[Pack, int], ...]
    rest: Decimal

    @property
    def cost(self) -> Decimal:
        return sum((count * pack.price for pack, count in self.packs), self.rest)


class Running(msgspec.Struct, frozen=True):
    """A month's cost on one model, in the provider's currency, as a function of its users.

    `tokens` and `gross` (their cost at the list price), and `calls` (fees, cache storage) are of
    one user; `fixed` is for all together. The first `quota` tokens cost nothing.
    """

    tokens: Decimal = ZERO
    gross: Decimal = ZERO
    calls: Decimal = ZERO
    fixed: Decimal = ZERO
    quota: int = 0
    pack: Pack | None = None

    def cost(self, users: Decimal | int) -> Decimal:
        if self.pack is None and not self.quota:  # nearly always
            return self.fixed + users * (self.gross + self.calls)
        return self.fixed + users * self.calls + self.paid(users)

    def paid(self, users: Decimal | int) -> Decimal:
        """For the tokens, with the packs that make it cheaper."""
        return self.packed(users).cost

    def packed(self, users: Decimal | int) -> Packed:
        if not self.tokens:
            return Packed((), users * self.gross)
        return self.covered(self.billed(users), self.pack)

    def covered(self, tokens: Decimal, pack: Pack | None) -> Packed:
        """Tokens in packs of this size and smaller ones; one more where what is left costs more."""
        if pack is None or not self.saves(pack):
            return Packed((), tokens * self.gross / self.tokens)
        full, left = divmod(tokens, pack.tokens)
        rest = self.covered(left, pack.smaller)
        if rest.cost > pack.price:
            full, rest = full + 1, Packed((), ZERO)
        bought = ((pack, int(full)),) if full else ()
        return Packed((*bought, *rest.packs), rest.rest)

    def billed(self, users: Decimal | int) -> Decimal:
        """The tokens that are not free; the quota takes tokens of all kinds as they come."""
        return max(ZERO, users * self.tokens - self.quota)

    def saves(self, pack: Pack) -> bool:
        """Whether a full pack costs less than its tokens at the list price."""
        return pack.price * self.tokens < self.gross * pack.tokens

    def most(self, budget: Decimal, unit: Decimal = ONE) -> int | None:
        """The largest number of units, of so many users each, that the budget carries.

        None: any number. 0 also where what is fixed alone costs more.
        """
        if self.cost(0) > budget:
            return 0
        if not self.gross + self.calls:
            return None
        if self.pack is not None or self.quota:
            return self.searched(budget, unit)
        left, each = budget - self.fixed, (self.gross + self.calls) * unit
        found = int(left / each)
        while found * each > left:  # the division rounds
            found -= 1
        while (found + 1) * each <= left:
            found += 1
        return found

    def searched(self, budget: Decimal, unit: Decimal) -> int:
        """The same where the cost has steps: it never falls, so halving finds it."""
        low, high = 0, 1
        while self.cost(high * unit) <= budget:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.cost(middle * unit) <= budget else (low, middle)
        return low


Windows = Mapping[str, Decimal]
"""Share of the requests in each peak window, and under "" in the other hours."""

ALWAYS: Windows = {"": ONE}


class Slice(msgspec.Struct, frozen=True):
    """The `share` (0 to 1) of the requests that a row bills under these conditions."""

    share: Decimal
    row: PriceRow
    conditions: Conditions


def slices_of(
    model: Model, row: PriceRow, workload: Workload, windows: Windows
) -> tuple[Slice, ...]:
    """What bills the requests; a share of nothing is no slice."""
    plain = conditions_of(workload)
    batch = workload.batch_share
    found = []
    for window, share in windows.items():
        for is_batch, part in ((False, 1 - batch), (True, batch)):
            if share * part:
                changed = {"peak": window, "batch": is_batch, "discount": model.discount}
                same = not window and not is_batch and model.discount is None
                conditions = plain if same else msgspec.structs.replace(plain, **changed)
                found.append(Slice(share * part, row, conditions))
    return tuple(found)


def conditions_of(workload: Workload) -> Conditions:
    """What holds for all of its requests, at whatever hour."""
    return Conditions(
        thinking=workload.thinking_tokens > 0,
        tier=workload.tier,
        region=workload.region,
        lifetime=workload.cache_lifetime,
        explicit_cache=bool(workload.cache_lifetime),
    )


def bills_writes(row: PriceRow, workload: Workload) -> bool:
    """Whether filling the cache costs something: where it is the only way to a cheaper read, and
    where a lifetime was asked for. Nobody fills a cache whose reads have no price of their own."""
    if not workload.cache_hit or not row.bands:
        return False
    prices = row.bands[0].prices
    if "cache_read" not in prices and "cache_read_explicit" not in prices:
        return False
    is_sold = any(item.startswith("cache_write.") for item in prices)
    return is_sold and (bool(workload.cache_lifetime) or "cache_read_explicit" not in prices)


def parts_of(pile: Pile, slices: Sequence[Slice]) -> Sequence[BillPart]:
    """The lines of the bill of one conversation, each slice by its share."""
    return [
        part
        for one in slices
        for part in scaled(billed(pile, one.row, one.conditions).parts, one.share)
    ]


def mean_prices(slices: Iterable[Slice], band: Band) -> Prices:
    """What a token of each item costs on average, per 1M, in requests of this band."""
    found: dict[str, Decimal] = {}
    for one in slices:
        prices = prices_of(band, one.row, one.conditions)[0]
        for item, price in prices.items():
            found[item] = found.get(item, ZERO) + one.share * price
    return found


def share_in(slices: Iterable[Slice], window: str) -> Decimal:
    """The share of the requests in a peak window; "": in the other hours."""
    return sum((one.share for one in slices if one.conditions.peak == window), ZERO)
