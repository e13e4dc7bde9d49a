"""Amounts, currencies and dated exchange rates: Decimal throughout, nothing rounded.

Also amounts with their bounds, and the currency that ranks them.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

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

CURRENCIES = {
    "CNY": ("¥", "RMB", "YUAN", "元", "人民币", "￥"),
    "USD": ("$", "US$", "DOLLAR", "DOLLARS", "美元"),
    "EUR": ("€", "EURO", "EUROS", "欧元"),
    "JPY": ("JP¥", "YEN", "円", "日元"),
    "GBP": ("£", "POUND", "POUNDS", "英镑"),
    "HKD": ("HK$", "港元", "港币"),
    "INR": ("₹", "RUPEE", "RUPEES", "卢比"),
    "SGD": ("S$", "新加坡元", "新元"),
    "KRW": ("₩", "WON", "韩元"),
    "AUD": ("A$", "澳元"),
    "BRL": ("R$",),
    "CAD": ("C$", "加元"),
    "CHF": ("", "瑞士法郎"),
    "ILS": ("₪",),
    "MXN": ("MX$",),
    "NZD": ("NZ$",),
    "PHP": ("₱",),
    "THB": ("฿", "泰铢"),
    "TRY": ("₺",),
    **dict.fromkeys(("CZK", "DKK", "HUF", "IDR", "ISK", "MYR", "NOK", "PLN"), ("",)),
    **dict.fromkeys(("RON", "SEK", "ZAR"), ("",)),
}
"""By code, those of the ECB's list: the sign, if it means one currency, and other usual names."""
SYMBOLS = {code: names[0] or f"{code} " for code, names in CURRENCIES.items()}
NAMES = {name: code for code, names in CURRENCIES.items() for name in (code, *names) if name}
DIGITS = 18
LARGEST = Decimal(10**DIGITS)
# A comma separates thousands and nothing else: `1,5` is an error, never 15.
NUMBER = rf"(\d{{1,3}}(,\d{{3}}){{1,5}}|\d{{1,{DIGITS}}})(\.\d{{1,{DIGITS}}})?|\.\d{{1,{DIGITS}}}"


class Money(msgspec.Struct, frozen=True):
    """An amount in units of a currency, such as CNY 0.5, and the currency's code."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """Return the amount with its sign: `¥10,000`."""
        whole, dot, rest = f"{self.amount:f}".partition(".")
        return f"{SYMBOLS[self.currency]}{int(whole):,}{dot}{rest}"


class Rate(msgspec.Struct, frozen=True):
    """Units of `quote` for one `base` on `day`; `day` is None for a rate that the user gave."""

    value: Decimal
    day: date | None = None
    base: str = "USD"
    quote: str = "CNY"

    @property
    def pair(self) -> str:
        return f"{self.base}/{self.quote}"

    def __str__(self) -> str:
        """Return the rate as an option has it."""
        return f"{self.value:f}" if self.pair == "USD/CNY" else f"{self.pair}:{self.value:f}"


EURO = "EUR"
CROSSED = Context(prec=5, rounding=ROUND_HALF_UP)
"""A rate between two other currencies has as many digits as the ECB gives to those of the euro."""


class Rates(msgspec.Struct, frozen=True):
    """Euro reference rates by day: the codes of currencies, and lines that begin with an ISO day,
    ascending, and have the units of each currency for one euro, parted by commas. Only the line of
    a day that is looked up is read."""

    codes: Sequence[str]
    lines: Sequence[str]

    def on(self, day: date, one: str, other: str) -> Rate:
        """Return the rate of two currencies of the last day on or before `day`, for one unit of the
        currency that is worth more. Raise NoExchangeRate before the first day of the series."""
        index = bisect_right(self.lines, f"{day.isoformat()}~")
        if index == 0:
            first = self.lines[0][:10] if self.lines else say("no day at all")
            low, high = sorted((one, other), key=lambda code: (code != "CNY", code != "USD"))
            raise NoExchangeRate(
                say(
                    "no {pair} rate for {day}: the series starts on {first}",
                    pair=f"{high}/{low}",
                    day=day,
                    first=first,
                ),
                hint=say(
                    "give one with --fx, for example --fx {example}",
                    example="7.1" if (high, low) == ("USD", "CNY") else f"{high}/{low}:7.1",
                ),
            )
        found, *units = self.lines[index - 1].split(",")
        euro = {EURO: Decimal(1)} | {
            code: Decimal(units[self.codes.index(code)]) for code in {one, other} - {EURO}
        }
        base, quote = sorted((one, other), key=lambda code: (euro[code], code))
        value = euro[quote] if base == EURO else CROSSED.divide(euro[quote], euro[base])
        return Rate(value, date.fromisoformat(found), base, quote)


def convert(amount: Decimal, source: str, target: str, rates: Sequence[Rate]) -> Decimal:
    """Return `amount` of `source` in `target`, by the rate of the two. The same currency needs no
    rate. Raise NoExchangeRate without one."""
    if source == target:
        return amount
    for one in rates:
        if one.base == source and one.quote == target:
            return amount * one.value
        if one.quote == source and one.base == target:
            return amount / one.value
    raise NoExchangeRate(
        say("no rate to turn {source} into {target}", source=source, target=target),
        hint=say("give one with --fx"),
    )


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
            hint=say(
                "known are CNY (yuan, 元), USD (dollars, $) and {codes}",
                codes=", ".join(sorted(CURRENCIES.keys() - {"CNY", "USD"})),
            ),
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

    def to(self, currency: str, rates: Sequence[Rate]) -> "Range":
        """Return the amount and its bounds in another currency. Raise NoExchangeRate without a
        rate."""
        if currency == self.currency:
            return self
        amount = convert(self.amount, self.currency, currency, rates)
        if self.low == self.high:  # nearly always
            return Range(amount, amount, amount, currency)
        low, high = (convert(one, self.currency, currency, rates) for one in (self.low, self.high))
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
    """The currency that ranks, and the rates that turn the others into it, if there are others."""

    currency: str
    rates: tuple[Rate, ...] = ()

    def rate_of(self, currency: str) -> Rate | None:
        """Return the rate that turns a currency into the one that ranks; None: there is none."""
        pair = {currency, self.currency}
        return next((one for one in self.rates if {one.base, one.quote} == pair), None)


RateOf = Callable[[date, str, str], Rate]


class DailyExchange:
    """Turn amounts into one currency, each at the rate of its day; `used` are the rates of these,
    by the currency and the day that was asked for. `rate_of` has the rate of two currencies; it
    raises NoExchangeRate."""

    def __init__(self, currency: str, rate_of: RateOf) -> None:
        self.currency = currency
        self.used: dict[tuple[str, date], Rate] = {}
        self.rate_of = rate_of

    def of(self, amount: Decimal, currency: str, day: date) -> Decimal:
        if currency == self.currency or not amount:
            return amount
        key = currency, day
        if key not in self.used:
            self.used[key] = self.rate_of(day, currency, self.currency)
        return convert(amount, currency, self.currency, [self.used[key]])
