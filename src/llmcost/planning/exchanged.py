"""Amounts of many days in one currency."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from llmcost.money import ZERO, Rate, convert
from llmcost.planning.charges import Charge

RateOf = Callable[[date], Rate]


class Exchanged:
    """Turns amounts into one currency, each at the rate of its day; `used` are the rates of these,
    by the day that was asked for. `rate_of` raises NoExchangeRate."""

    def __init__(self, currency: str, rate_of: RateOf) -> None:
        self.currency = currency
        self.used: dict[date, Rate] = {}
        self.rate_of = rate_of

    def of(self, amount: Decimal, currency: str, day: date) -> Decimal:
        if currency == self.currency or not amount:
            return amount
        if day not in self.used:
            self.used[day] = self.rate_of(day)
        return convert(amount, currency, self.currency, self.used[day])


def cost_of(charge: Charge, exchanged: Exchanged) -> Decimal:
    return exchanged.of(charge.amount or ZERO, charge.currency, charge.when.at.date())
