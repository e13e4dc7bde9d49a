"""Numbers and names as text. Here, and only here, is it decided how many digits are shown."""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from llmcost.messages import joined, say
from llmcost.money import SYMBOLS

SIGNIFICANT = 3
MOST_PLACES = 15
WIDE = Context(prec=10_000, rounding=ROUND_HALF_UP)  # a quantized amount must never overflow
# Patterns are texts: `re` compiles one when it is first needed, and few commands need any.
UNSAFE = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def places(amounts: Iterable[Decimal]) -> int:
    """Decimal places for a column: cents, or more for three digits of the smallest amount."""
    shown = [amount for amount in amounts if amount]
    needed = max([2] + [SIGNIFICANT - 1 - amount.adjusted() for amount in shown])
    return min(needed, MOST_PLACES)


def fixed(amount: Decimal, digits: int) -> str:
    """`amount` with `digits` decimal places, never with an exponent."""
    return f"{amount.quantize(Decimal(1).scaleb(-digits), context=WIDE):f}"


def plain(amount: Decimal) -> str:
    """All digits of `amount`, without an exponent and without idle zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_or_none(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def percent(change: Decimal) -> str:
    """`-97.5%`: one decimal place if it needs one, more if it would else read as 0 or -100."""
    digits = 1
    while (shown := Decimal(fixed(change, digits))) != change and shown in (0, -100):
        digits += 1
    return ("+" if change > 0 else "") + plain(shown) + "%"


def money(amount: Decimal, currency: str, digits: int) -> str:
    """`-¥72,500.00`: an amount for people."""
    return ("-" if amount < 0 else "") + SYMBOLS[currency] + figure(abs(amount), digits)


def visible(text: str) -> str:
    """`text` with control characters and direction marks spelled out, so that none of them acts."""
    if text.isprintable():  # nearly always, and ten times as fast to tell
        return text
    return re.sub(UNSAFE, lambda found: escape(found[0]), text)


def few(names: Sequence[str], most: int, between: str = ", ", last: str = " and ") -> str:
    """`a, b and 3 more`: up to `most` of the names, and how many are left."""
    shown, rest = joined(map(visible, names[:most]), between), len(names) - most
    if rest <= 0:
        return shown
    if last == "; and ":
        return say("{names}; and {rest} more", names=shown, rest=rest)
    return say("{names} and {rest} more", names=shown, rest=rest)


def escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def figure_places(values: Iterable[Decimal | int | None]) -> int:
    """Decimal places for a column of quantities: none if all are whole or of three digits."""
    shown = [Decimal(value) for value in values if value]
    if all(value == int(value) or abs(value) >= 100 for value in shown):
        return 0
    return min(MOST_PLACES, max(SIGNIFICANT - 1 - value.adjusted() for value in shown))


def figure(value: Decimal | int, digits: int) -> str:
    """A quantity for people, with commas between thousands."""
    whole, dot, rest = fixed(Decimal(value), digits).partition(".")
    return f"{int(whole):,}{dot}{rest}" if abs(int(whole)) >= 1000 else whole + dot + rest
