"""What a customer pays of a list price: a discount, also one that a yearly volume reaches, and tax.

Each is a line of the bill, so that list price, discount, tax and total add up to the last digit.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from llmcost.money import ZERO
from llmcost.pricing.cost import BillPart, sum_of
from llmcost.pricing.price_rows import DiscountTier, Provider

YEAR = 12
"""Months by which the list cost of one month is a yearly volume."""
EVERY = "*"
"""The name of all providers."""


class DiscountTiers(msgspec.Struct, frozen=True):
    """The discounts of a provider, ascending by the yearly volume that they begin at."""

    tiers: tuple[DiscountTier, ...]

    def __str__(self) -> str:
        """Return them as an option has them: `5%@100000/15%@1000000`."""
        return "/".join(
            f"{percent(one.off)}%" + (f"@{one.yearly:f}" if one.yearly else "")
            for one in self.tiers
        )


def percent(share: Decimal) -> str:
    """Return a share in percent, in all its digits: `12.5`."""
    text = f"{share * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Discounts = Mapping[str, DiscountTiers]
"""By the id of a provider, or EVERY."""


class Contract(msgspec.Struct, frozen=True):
    """The discounts and the tax on what a provider bills at list prices. `months`: how many times
    such a bill comes in a year, of which the volume decides the discount; `name` of the provider.
    """

    tiers: tuple[DiscountTier, ...] = ()
    tax: Decimal = ZERO
    months: int = 1
    name: str = ""

    def off(self, listed: Decimal) -> Decimal:
        """Return the discount on a bill, as a share: that of the highest tier it reaches."""
        volume = listed * self.months
        return next((one.off for one in reversed(self.tiers) if volume >= one.yearly), ZERO)

    def parts(self, listed: Decimal) -> tuple[BillPart, ...]:
        """Return the lines that follow those of the list prices: discount, then tax on the rest."""
        off = self.off(listed)
        found = [BillPart("discount", listed, -off, 1, (self.name,))] if off else []
        if self.tax:
            net = listed + sum_of(found)
            found.append(BillPart("tax", net, self.tax, 1, (f"{percent(self.tax)} %",)))
        return tuple(found)

    def total(self, listed: Decimal) -> Decimal:
        """Return what is paid for a bill at list prices."""
        if not self.tiers and not self.tax:  # nearly always
            return listed
        return listed + sum_of(self.parts(listed))

    def lists(self, budget: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield the bills at list prices that a budget pays, each as the least that reaches its
        discount and the most: the highest discount first, the least bill of the last one 0."""
        edge = None
        for one in reversed(self.tiers or (FLAT,)):
            least = one.yearly / self.months
            most = budget / ((1 - one.off) * (1 + self.tax))
            if edge is not None:
                most = min(most, edge - edge * BELOW)
            if most >= least:
                yield least, most
            edge = least
        if edge:
            yield ZERO, min(budget / (1 + self.tax), edge - edge * BELOW)

    def listed(self, budget: Decimal) -> Decimal:
        """Return the largest bill at list prices that a budget pays."""
        return next((most for _, most in self.lists(budget)), budget / (1 + self.tax))

    def at(self, volume: Decimal) -> "Contract":
        """Return the contract of bills that are part of a year with so much at list prices."""
        tiers = [one for one in self.tiers if volume >= one.yearly]
        return msgspec.structs.replace(
            self, tiers=tuple(DiscountTier(one.off) for one in tiers[-1:])
        )


FLAT = DiscountTier(ZERO)
BELOW = Decimal("1e-40")
"""What is taken off the edge of a tier for a bill that does not reach it: less than is kept."""
NO_CONTRACT = Contract()


def contract_of(
    provider: Provider, discounts: Discounts, tax: Decimal, months: int = 1
) -> Contract:
    """Return the contract with a provider: the discounts named for it, or for all, or else those of
    its price file."""
    if not (discounts or tax or provider.volume_discounts):
        return NO_CONTRACT
    named = discounts.get(provider.id) or discounts.get(EVERY)
    tiers: Sequence[DiscountTier] = named.tiers if named else provider.volume_discounts
    return Contract(tuple(tiers), tax, months, provider.id)
