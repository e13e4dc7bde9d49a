"""Amounts, currencies and dated exchange rates: Decimal throughout, nothing rounded.

Also amounts with their bounds, and the currency that ranks them.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal

import msgspec

from llmcost.errors import NoExchangeRate, UsageError
from llmcost.messages import say

ZERO = Decimal(0)
PER = 1_000_000  # prices are per this many tokens
MOST = 10**12
"""Of users, calls and tokens: beyond it, an amount would have more digits than Decimal keeps."""
KEPT = Context(prec=28)
EXACT = Context(prec=60)
"""Divisions round far beyond the digits that are kept, so that sums agree to the last of those."""

SYMBOLS = {"CNY": "¥", "USD": "$"}
NAMES = {
    "CNY": "CNY",
    "RMB": "CNY",
    "YUAN": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "¥": "CNY",
    "￥": "CNY",
    "USD": "USD",
    "DOLLAR": "USD",
    "DOLLARS": "USD",
    "美元": "USD",
    "$": "USD",
    "US$": "USD",
}
DIGITS = 18
LARGEST = Decimal(10**DIGITS)
# A comma separates thousands and nothing else: `1,5` is an error, never 15.
NUMBER = rf"(\d{{1,3}}(,\d{{3}}){{1,5}}|\d{{1,{DIGITS}}})(\.\d{{1,{DIGITS}}})?|\.\d{{1,{DIGITS}}}"


class Money(msgspec.Struct, frozen=True):
    """An amount in units of a currency, such as CNY 0.5, and the currency's code."""

    amount: Decimal
    currency: str


class Rate(msgspec.Struct, frozen=True):
    """CNY for one USD on `day`; `day` is None for a rate that the user gave."""

    cny_per_usd: Decimal
    day: date | None = None


class Rates(msgspec.Struct, frozen=True):
    """Daily reference rates as parallel sequences: ISO days, ascending, and CNY per USD."""

    days: Sequence[str]
    values: Sequence[str]

    def on(self, day: date) -> Rate:
        """Return the rate of the last day on or before `day`. Raise NoExchangeRate before the
        first day of the series."""
        index = bisect_right(self.days, day.isoformat())
        if index == 0:
            first = self.days[0] if self.days else say("no day at all")
            raise NoExchangeRate(
                say(
                    "no USD/CNY rate for {day}: the series starts on {first}", day=day, first=first
                ),
                hint=say("give one with --fx, for example --fx 7.1"),
            )
        found = index - 1
        return Rate(Decimal(self.values[found]), date.fromisoformat(self.days[found]))


def convert(amount: Decimal, source: str, target: str, rate: Rate | None) -> Decimal:
    """Return `amount` of `source` in `target`, by CNY for one USD. The same currency needs no
    rate. Raise NoExchangeRate without one."""
    if source == target:
        return amount
    if rate is None:
        raise NoExchangeRate(
            say("no rate to turn {source} into {target}", source=source, target=target),
            hint=say("give one with --fx"),
        )
    return amount * rate.cny_per_usd if source == "USD" else amount / rate.cny_per_usd


def kept(amount: Decimal) -> Decimal:
    """Return `amount` in the 28 digits that are kept, of a computation that took more."""
    return KEPT.plus(amount)


def currency(name: str) -> str:
    """Return the code of a currency by any of its usual names: yuan, RMB, 元, $ … Raise
    UsageError."""
    try:
        return NAMES[name.strip().upper()]
    except KeyError:
        raise UsageError(
            say("unknown currency: `{name}`", name=name),
            hint=say("known are CNY (yuan, 元) and USD (dollars, $)"),
        ) from None


def positive(value: str | Decimal) -> Decimal | None:
    """Return a number of zero or more, with 18 digits at most before its point and behind it; as a
    text, in plain digits. None for any other."""
    if isinstance(value, str):
        found = re.fullmatch(NUMBER, value, re.ASCII)
        return Decimal(value.replace(",", "")) if found else None
    digits = value.as_tuple().exponent
    if not isinstance(digits, int) or digits < -DIGITS or value.is_signed() or value >= LARGEST:
        return None
    return value if digits <= 0 else value.quantize(Decimal(1))


def exact(value: Decimal | float) -> Decimal:
    """Return a number as it is written: 0.1 is a tenth. Raise TypeError for what is no number."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        raise TypeError("expected a number, found bool")
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise TypeError(f"expected a number, found {type(value).__name__}") from None


class Range(msgspec.Struct, frozen=True):
    """An amount with the bounds that an estimated count gives it: `low <= amount <= high`."""

    amount: Decimal
    low: Decimal
    high: Decimal
    currency: str

    def to(self, currency: str, rate: Rate | None) -> "Range":
        """Return the amount and its bounds in another currency. Raise NoExchangeRate without a
        rate."""
        if currency == self.currency:
            return self
        amount = convert(self.amount, self.currency, currency, rate)
        if self.low == self.high:  # nearly always
            return Range(amount, amount, amount, currency)
        low, high = (convert(one, self.currency, currency, rate) for one in (self.low, self.high))
        return Range(amount, low, high, currency)

    def times(self, factor: int) -> "Range":
        if factor == 1:
            return self
        low, high = self.low * factor, self.high * factor
        return Range(self.amount * factor, low, high, self.currency)

    def kept(self) -> "Range":
        """Return `amount` in the 28 digits that are kept, of a computation that took more."""
        amount = kept(self.amount)
        if self.low == self.high:
            return Range(amount, amount, amount, self.currency)
        return Range(amount, kept(self.low), kept(self.high), self.currency)


class Exchange(msgspec.Struct, frozen=True):
    """The currency that ranks, and the rate that turns the others into it, if there are others."""

    currency: str
    rate: Rate | None = None
