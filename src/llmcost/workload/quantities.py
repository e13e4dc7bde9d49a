"""Parse quantities: `5M` users, `3%` of them, `20%/quarter`. None for any other text.

The same text means the same in an option and in a workload file. Where a program has the number
itself, a Decimal stands for its text.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

import msgspec

from llmcost import money
from llmcost.errors import UsageError
from llmcost.money import MOST, Money, Rate
from llmcost.pricing.contract import EVERY, DiscountTiers
from llmcost.pricing.price_rows import DiscountTier

UNITS = {
    **{"": 1, "k": 10**3, "m": 10**6, "b": 10**9},
    **{"千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8},
}
DIGITS = money.NUMBER.replace("(", "(?:")
NUMBER = rf"({DIGITS})(?:\s*([kKmMbB千亿]|[百千]?万))?"
CURRENCY = "|".join(map(re.escape, money.NAMES))
AMOUNT = rf"({CURRENCY}|)\s*({NUMBER})\s*({CURRENCY}|)"
SHARE = rf"({DIGITS})\s*(%?)"
MIX = rf"({DIGITS})\s*:\s*({DIGITS})"
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PACE = rf"({DIGITS})\s*[xX]\s*/\s*(month|quarter|year)"
PACE_PERCENT = rf"([+-]?)\s*({DIGITS})\s*%\s*(?:/\s*(month|quarter|year))?"
LARGEST_FACTOR = 1_000_000
LONGEST = 120  # months of a forecast: growth by LARGEST_FACTOR each is still a Decimal

MOST_HOURS = 31 * 24


class Keep(StrEnum):
    """What of a conversation is sent again with each turn."""

    FULL = "full"
    WINDOW = "window"
    SUMMARY = "summary"


class HistoryLimit(msgspec.Struct, frozen=True):
    """All of it, the last `size` exchanges, or at most `size` tokens, by a summary."""

    keep: Keep = Keep.FULL
    size: int = 0

    def __str__(self) -> str:
        return self.keep.value if self.keep is Keep.FULL else f"{self.keep.value}:{self.size}"


class TokenMix(msgspec.Struct, frozen=True):
    """So many input tokens to so many output tokens."""

    input: Decimal
    output: Decimal

    def __str__(self) -> str:
        return f"{self.input}:{self.output}"


class Pace(msgspec.Struct, frozen=True):
    """A quantity is multiplied by `factor` every so many months."""

    factor: Decimal
    months: int

    def after(self, months: int) -> Decimal:
        """The factor after so many months; exact after whole periods."""
        periods, rest = divmod(months, self.months)
        found = self.factor**periods
        return found * self.factor ** (Decimal(rest) / self.months) if rest else found


def number(text: str | Decimal) -> Decimal | None:
    """`2.5`, `5,000`, `500k`, `500万`: of zero or more, at most MOST."""
    if isinstance(text, Decimal):
        value = money.positive(text)
    elif (match := re.fullmatch(NUMBER, text.strip(), re.ASCII)) is None:
        return None
    else:
        value = plain(match[1]) * UNITS[(match[2] or "").lower()]
    return value if value is not None and value <= MOST else None


def plain(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def whole(text: str | Decimal) -> int | None:
    value = number(text)
    return int(value) if value is not None and value == int(value) else None


def above_zero(text: str | Decimal) -> int | None:
    return whole(text) or None


PAIR = rf"([A-Za-z]{{3}})\s*/\s*([A-Za-z]{{3}})\s*[:=]\s*({DIGITS})"


def rates(text: str | Decimal) -> tuple[Rate, ...] | None:
    """`7.1`: CNY for one USD; `EUR/USD:1.12,EUR/CNY:7.43`: other pairs, each once. All are above
    zero: amounts are divided by them."""
    if isinstance(text, Decimal) or "/" not in text:
        value = number(text)
        return (Rate(value),) if value else None
    found: dict[frozenset[str], Rate] = {}
    for one in text.split(","):
        match = re.fullmatch(PAIR, one.strip(), re.ASCII)
        if match is None or not (value := number(match[3])):
            return None
        base, quote = match[1].upper(), match[2].upper()
        pair = frozenset((base, quote))
        if len(pair) < 2 or not pair <= money.CURRENCIES.keys() or pair in found:
            return None
        found[pair] = Rate(value, None, base, quote)
    return tuple(found.values())


DISCOUNT = rf"({DIGITS})\s*(%?)(?:\s*@\s*({NUMBER}))?"


def discounts(text: str | Mapping[str, str | Decimal]) -> dict[str, DiscountTiers] | None:
    """`openai:15%`, or by the volume of a year `openai:5%@100k/15%@1M`; `15%` alone is of all
    providers. Each provider once, its tiers ascending. A program may have a mapping."""
    words = text.items() if isinstance(text, Mapping) else named_discounts(text)
    found: dict[str, DiscountTiers] = {}
    for word, value in words:
        name, tiers = word.strip(), [tier(one) for one in str(value).split("/")]
        known = [one for one in tiers if one is not None]
        edges = [one.yearly for one in known]
        if not name.isprintable() or not name or name in found or len(known) < len(tiers):
            return None
        if any(before >= after for before, after in pairwise(edges)):
            return None
        found[name] = DiscountTiers(tuple(known))
    return found or None


def named_discounts(text: str) -> Iterator[tuple[str, str]]:
    """Yield provider and tiers of each word; without a name, they are of all."""
    for word in text.split(","):
        name, colon, value = word.rpartition(":")
        yield (name, value) if colon else (EVERY, value)


def tier(text: str) -> DiscountTier | None:
    """`15%` or `15%@1M`: a share below one, and the volume of a year from which on it holds."""
    match = re.fullmatch(DISCOUNT, text.strip(), re.ASCII)
    if match is None:
        return None
    off = plain(match[1]) / 100 if match[2] else plain(match[1])
    yearly = number(match[3]) if match[3] else Decimal(0)
    return None if off >= 1 or yearly is None else DiscountTier(off, yearly)


def months(text: str | Decimal) -> int | None:
    """From 1 to LONGEST."""
    found = above_zero(text)
    return found if found is not None and found <= LONGEST else None


def hours(text: str | Decimal) -> Decimal | None:
    """Hours of a month: no more than the longest one has."""
    found = number(text)
    return found if found is not None and found <= MOST_HOURS else None


def share(text: str | Decimal) -> Decimal | None:
    """`40%` or `0.4`, from nothing to all."""
    if isinstance(text, Decimal):
        value = money.positive(text)
    elif (match := re.fullmatch(SHARE, text.strip(), re.ASCII)) is None:
        return None
    else:
        value = plain(match[1]) / 100 if match[2] else plain(match[1])
    return value if value is not None and value <= 1 else None


def amount(text: str) -> Money | None:
    """`10000 yuan`, `$1.5k`, `1万元`: a number with its currency before or after it."""
    match = re.fullmatch(AMOUNT, text.strip(), re.ASCII | re.IGNORECASE)
    if match is None or bool(match[1]) == bool(match[5]):
        return None
    value = number(match[2])
    return None if value is None else Money(value, money.currency(match[1] or match[5]))


class TextLength(msgspec.Struct, frozen=True):
    """A text of so many Chinese characters or English words, or in a file."""

    name: str
    characters: Decimal = Decimal(0)
    words: Decimal = Decimal(0)

    @property
    def is_file(self) -> bool:
        return not self.characters and not self.words


LENGTH = rf"({NUMBER})\s*(字|characters?|chars?|words?|词)"


def copies(text: str) -> TextLength | None:
    """`730000字`, `50000 words`, or the name of a file."""
    name = " ".join(text.split())
    match = re.fullmatch(LENGTH, name, re.ASCII | re.IGNORECASE)
    if match is None:
        return TextLength(name) if name and name.isprintable() else None
    value = number(match[1])
    if not value:
        return None
    is_words = match[4].lower().startswith(("w", "词"))
    return TextLength(name, words=value) if is_words else TextLength(name, characters=value)


class TokenPrice(msgspec.Struct, frozen=True):
    """`amount` for `per` tokens; `currency` is empty where none is named."""

    amount: Decimal
    per: int
    currency: str


UNITS_OF_TOKENS = {"k": 10**3, "m": 10**6, "千": 10**3, "万": 10**4, "百万": 10**6}
TOKEN_PRICE = rf"({CURRENCY}|)\s*({DIGITS})\s*({CURRENCY}|)\s*/\s*1?([kKmM千]|百?万)(?: ?tokens?)?"


def budgets(text: str) -> Money | tuple[Money, ...] | None:
    """`10000 yuan`, or several: `10000 yuan, 50000 yuan`."""
    found = amount(text)
    if found is not None or "," not in text:
        return found
    several = tuple(amount(one) for one in text.split(","))
    known = tuple(one for one in several if one is not None)
    return known if len(known) == len(several) else None


def numbers(text: str) -> tuple[Decimal, ...] | None:
    """`10000`, or several: `10000,50000,100000`."""
    whole = number(text)
    if whole is not None:
        return (whole,)
    several = tuple(number(one) for one in text.split(","))
    known = tuple(one for one in several if one is not None)
    return known if len(known) == len(several) else None


def token_price(text: str) -> TokenPrice | None:
    """`0.12/k`, `$10/M`, `5元/百万`: a price of so many tokens, above zero."""
    match = re.fullmatch(TOKEN_PRICE, text.strip(), re.ASCII | re.IGNORECASE)
    if match is None or (match[1] and match[3]) or not (value := plain(match[2])):
        return None
    code = money.currency(match[1] or match[3]) if match[1] or match[3] else ""
    return TokenPrice(value, UNITS_OF_TOKENS[match[4].lower()], code)


def currency(text: str) -> str | None:
    try:
        return money.currency(text)
    except UsageError:
        return None


def history(text: str) -> HistoryLimit | None:
    """`full`, `window:3` (the last three exchanges), `summary:500` (of at most 500 tokens)."""
    if text == Keep.FULL:
        return HistoryLimit()
    keep, _, size = text.partition(":")
    count = whole(size)
    if keep not in (Keep.WINDOW, Keep.SUMMARY) or count is None:
        return None
    return HistoryLimit(Keep(keep), count)


def mix(text: str) -> TokenMix | None:
    """`3:1` is three tokens in for each token out; one of the two may be 0."""
    match = re.fullmatch(MIX, text.strip(), re.ASCII)
    if match is None:
        return None
    found = TokenMix(plain(match[1]), plain(match[2]))
    return found if found.input + found.output else None


def growth(text: str) -> Pace | None:
    """`5%/month`, `-10%/quarter`, `2x/year`; a share without a unit is per month."""
    return pace(text, sign=1)


def decline(text: str) -> Pace | None:
    """`10x/year` is a tenth after a year, `20%/quarter` four fifths after a quarter."""
    return pace(text, sign=-1)


def pace(text: str, *, sign: int) -> Pace | None:
    times = re.fullmatch(PACE, text.strip(), re.ASCII)
    if times is not None:
        factor = plain(times[1])
        if not 1 / Decimal(LARGEST_FACTOR) <= factor <= LARGEST_FACTOR:
            return None
        return Pace(factor if sign > 0 else 1 / factor, MONTHS[times[2]])
    match = re.fullmatch(PACE_PERCENT, text.strip(), re.ASCII)
    if match is None:
        return None
    change = sign * plain(match[2]) * (-1 if match[1] == "-" else 1)
    factor = 1 + change / 100
    return Pace(factor, MONTHS[match[3] or "month"]) if 0 < factor <= LARGEST_FACTOR else None


def pairs(text: str | Mapping[str, str | Decimal]) -> dict[str, Decimal] | None:
    """`web_search:0.2, code:1`: numbers by name, each name once. A program may have a mapping."""
    words = text.items() if isinstance(text, Mapping) else named_numbers(text)
    found: dict[str, Decimal] = {}
    for word, value in words:
        name, quantity = word.strip(), number(value)
        if not (name and name.isprintable()) or quantity is None or name in found:
            return None
        found[name] = quantity
    return found


def named_numbers(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and number of each word, in which `:` stands between them."""
    for word in text.split(","):
        name, _, value = word.partition(":")
        yield name, value


def percentiles(text: str | Mapping[str, str | Decimal]) -> dict[Decimal, Decimal] | None:
    """`50:10, 90:60`: at least two, rising in both, each value above zero."""
    found: dict[Decimal, Decimal] = {}
    for name, value in (pairs(text) or {}).items():
        rank = re.fullmatch(rf"[pP]?({DIGITS})", name, re.ASCII)
        if rank is None or not 0 < plain(rank[1]) < 100 or not value or plain(rank[1]) in found:
            return None
        found[plain(rank[1])] = value
    ranks, values = list(found), list(found.values())
    rising = ranks == sorted(ranks) and values == sorted(set(values))
    return found if len(found) > 1 and rising else None
