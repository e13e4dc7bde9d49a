"""Running cost of a workload as its users grow: a fixed part, tokens, and calls.

A month's requests are cut into slices by what bills them: peak windows and other hours, batch or
not.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import gcd

import msgspec

from llmcost.money import ZERO
from llmcost.pricing.billing import Pile, billed, scaled
from llmcost.pricing.contract import NO_CONTRACT, Contract
from llmcost.pricing.cost import BillPart, Conditions, prices_of
from llmcost.pricing.price_rows import Band, Model, PriceRow, Prices
from llmcost.workload.model import ONE, Workload


class Pack(msgspec.Struct, frozen=True):
    """Prepaid tokens: `price` buys `tokens` of them, of all kinds as they come. `steps` name it."""

    price: Decimal
    tokens: int
    steps: tuple[str, ...] = ()


class Packed(msgspec.Struct, frozen=True):
    """How many packs of each size to buy, and the cost of the tokens that they do not cover."""

    packs: tuple[tuple[Pack, int], ...]
    rest: Decimal

    @property
    def cost(self) -> Decimal:
        return sum((count * pack.price for pack, count in self.packs), self.rest)


MOST_TRIES = 10_000
"""Combinations of packs that are looked at. A few hundred are enough, unless sizes have hardly a
common divisor, cost nearly the same by the token, and are bought by the thousand."""


class PackSearch:
    """The cheapest combination of `packs`, of which the first is the cheapest by the token, for
    `needed` tokens that cost `price` each without any.

    A branch and bound search over how many there are of each pack but the first. Of a pack, no more
    are bought than make up several of one that is cheaper by the token; and no combination is
    followed that costs more than the best one even if all of the rest were as cheap as can be.
    """

    def __init__(self, packs: Sequence[Pack], needed: Decimal, price: Decimal) -> None:
        self.packs, self.price = packs, price
        self.counts = [0] * len(packs)
        self.tries = 0
        self.best, self.cost = Packed((), needed * price), needed * price
        self.search(len(packs) - 1, needed, ZERO)

    def search(self, place: int, left: Decimal, spent: Decimal) -> None:
        """Try each number of the packs from `place` down, where so many tokens are left."""
        pack, first = self.packs[place], self.packs[0]
        if place == 0:
            full = int(left // pack.tokens)
            self.compare(full, spent, (left - full * pack.tokens) * self.price)
            self.compare(full + 1, spent, ZERO)
            return
        for count in range(self.most(place, left) + 1):
            rest = max(ZERO, left - count * pack.tokens)
            cost = spent + count * pack.price
            if cost + rest * first.price / first.tokens >= self.cost or self.tries > MOST_TRIES:
                break
            self.counts[place] = count
            self.search(place - 1, rest, cost)
        self.counts[place] = 0

    def most(self, place: int, left: Decimal) -> int:
        tokens = self.packs[place].tokens
        whole = int(left // tokens) + (left % tokens > 0)
        return min(
            whole, *(one.tokens // gcd(one.tokens, tokens) - 1 for one in self.packs[:place])
        )

    def compare(self, count: int, spent: Decimal, rest: Decimal) -> None:
        self.tries += 1
        cost = spent + count * self.packs[0].price + rest
        if cost < self.cost:
            counts = zip(self.packs, [count, *self.counts[1:]], strict=True)
            self.best = Packed(tuple(one for one in counts if one[1]), rest)
            self.cost = cost


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
    packs: tuple[Pack, ...] = ()
    contract: Contract = NO_CONTRACT

    def cost(self, users: Decimal | int) -> Decimal:
        """What is paid, with discounts and tax."""
        return self.contract.total(self.listed(users))

    def listed(self, users: Decimal | int) -> Decimal:
        """The same at list prices."""
        if not self.packs and not self.quota:  # nearly always
            return self.fixed + users * (self.gross + self.calls)
        return self.fixed + users * self.calls + self.paid(users)

    def paid(self, users: Decimal | int) -> Decimal:
        """For the tokens, with the packs that make it cheaper."""
        return self.packed(users).cost

    def packed(self, users: Decimal | int) -> Packed:
        if not self.tokens:
            return Packed((), users * self.gross)
        needed = self.billed(users)
        saving = [pack for pack in self.packs if self.saves(pack)]
        if not saving:
            return Packed((), needed * self.gross / self.tokens)
        return PackSearch(saving, needed, self.gross / self.tokens).best

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
        for least, listed in self.contract.lists(budget):
            found = self.most_listed(listed, unit)
            if found is None or self.listed(found * unit) >= least:
                return found
        return 0

    def most_listed(self, budget: Decimal, unit: Decimal) -> int | None:
        """The same of a budget at list prices."""
        if self.listed(0) > budget:
            return 0
        if not self.gross + self.calls:
            return None
        if self.packs or self.quota:
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
        while self.listed(high * unit) <= budget:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.listed(middle * unit) <= budget else (low, middle)
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
    items = {item for band in row.bands for item in band.prices}
    if "cache_read" not in items and "cache_read_explicit" not in items:
        return False
    is_sold = any(item.startswith("cache_write.") for item in items)
    return is_sold and (bool(workload.cache_lifetime) or "cache_read_explicit" not in items)


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
