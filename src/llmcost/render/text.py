"""Numbers, amounts, ranges and names as text, broken to the width of a terminal.

Only here is it decided how many digits are printed. A Chinese character takes two columns;
`textwrap` breaks what has no wide characters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal
from typing import Any
from unicodedata import combining, east_asian_width

from llmcost.language import spoken, told
from llmcost.messages import joined, required, say, say_plural, visible
from llmcost.money import SYMBOLS, ZERO, Exchange, Range, Rate

SIGNIFICANT = 3
MOST_PLACES = 15
WIDE = Context(prec=10_000, rounding=ROUND_HALF_UP)  # a quantized amount must never overflow


def places(amounts: Iterable[Decimal], significant: int = SIGNIFICANT) -> int:
    """Decimal places for a column: cents, or more for so many digits of the smallest amount."""
    shown = [amount for amount in amounts if amount]
    needed = max([2] + [significant - 1 - amount.adjusted() for amount in shown])
    return min(needed, MOST_PLACES)


LARGE = 1_000  # amounts from which on cents say nothing


def whole_places(amounts: Iterable[Decimal]) -> int:
    """The same, without cents where all amounts are large."""
    shown = [amount for amount in amounts if amount]
    return 0 if min(shown, default=ZERO) >= LARGE else places(shown)


FOUR_DIGITS = Context(prec=4)
LARGE_WORDS = {
    "en": ((12, "trillion"), (9, "billion"), (6, "million")),
    "zh": ((12, "万亿"), (8, "亿"), (4, "万")),
}


def in_words(number: Decimal) -> str:
    """A large number in four digits and a word: `50 billion`, `500 亿`."""
    for power, word in LARGE_WORDS.get(spoken(), LARGE_WORDS["en"]):
        if number >= 10**power:
            return f"{FOUR_DIGITS.scaleb(FOUR_DIGITS.plus(number), -power).normalize():f} {word}"
    return f"{number:,f}"


def fixed(amount: Decimal, digits: int) -> str:
    """`amount` with `digits` decimal places, never with an exponent."""
    return f"{amount.quantize(Decimal(1).scaleb(-digits), context=WIDE):f}"


def plain(amount: Decimal) -> str:
    """All digits of `amount`, without an exponent and without idle zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


DATA = Context(prec=12)


def data(amount: Decimal) -> str:
    """`amount` for programs: 12 significant digits, more than any price is worth."""
    return plain(DATA.plus(amount))


def plain_or_none(value: Decimal | None) -> str | None:
    """The same; None where there is no amount."""
    return None if value is None else data(value)


def percent(change: Decimal) -> str:
    """`-97.5%`: one decimal place if it needs one, more if it would else read as 0 or -100."""
    digits = 1
    while (shown := Decimal(fixed(change, digits))) != change and shown in (0, -100):
        digits += 1
    return ("+" if change > 0 else "") + plain(shown) + "%"


def money(amount: Decimal, currency: str, digits: int) -> str:
    """`-¥72,500.00`: an amount for people."""
    return ("-" if amount < 0 else "") + SYMBOLS[currency] + figure(abs(amount), digits)


def few(names: Sequence[str], most: int, between: str = ", ", last: str = " and ") -> str:
    """`a, b and 3 more`: up to `most` of the names, and how many are left."""
    shown, rest = joined(map(visible, names[:most]), between), len(names) - most
    if rest <= 0:
        return shown
    if last == "; and ":
        return say("{names}; and {rest} more", names=shown, rest=rest)
    return say("{names} and {rest} more", names=shown, rest=rest)


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


def span(numbers: Sequence[int]) -> str:
    """`37–54`"""
    least, most = min(numbers, default=0), max(numbers, default=0)
    return f"{least:,}" if least == most else f"{least:,}–{most:,}"


def range_cell(shown: Range, digits: int) -> str:
    if shown.low == shown.high:
        return ""
    return f"{fixed(shown.low, digits)}–{fixed(shown.high, digits)}"


def percent_cell(shown: Range) -> str:
    if shown.low == shown.high:
        return ""
    if not shown.amount:
        return "?"  # no share of nothing
    side = max(shown.high - shown.amount, shown.amount - shown.low)
    share = (100 * side / shown.amount).to_integral_value(rounding=ROUND_CEILING)
    return f"{share:f}%"


def range_document(shown: Range) -> dict[str, Any]:
    return {
        "amount": data(shown.amount),
        "low": data(shown.low),
        "high": data(shown.high),
        "currency": shown.currency,
    }


CURRENCIES = {"CNY": say("CNY"), "USD": say("USD")}


def in_currency(code: str) -> str:
    """The title of a column of converted amounts."""
    return told(say("in {currency}", currency=CURRENCIES.get(code, code)))


def short_rate(exchange: Exchange) -> str:
    """`1 USD = 6.65 CNY (ECB, 2026-10-30)`"""
    if not exchange.rates:
        return ""
    rates = pairs_text(exchange.rates, lambda one: fixed(one, places([one])))
    day = exchange.rates[-1].day
    if day is None:
        return say("{rates} as given", rates=rates)
    return required(say("{rates} (ECB, {day})", rates=rates, day=day))


def pairs_text(rates: Sequence[Rate], shown: Callable[[Decimal], str] = plain) -> str:
    """`1 EUR = 7.43 CNY = 1.12 USD`: the rates, those of one currency together."""
    if [one.pair for one in rates] == ["USD/CNY"]:
        return say("1 USD = {rate} CNY", rate=shown(rates[0].value))
    bases = dict.fromkeys(one.base for one in rates)
    return joined(
        " = ".join([f"1 {base}", *(f"{shown(one.value)} {one.quote}" for one in of_base)])
        for base in bases
        if (of_base := [one for one in rates if one.base == base])
    )


def rates_over_days(first: Rate, last: Rate) -> str:
    """Return the rates of the first and the last day that something was converted on."""
    shown = pairs_text([first])
    if first.day is None or last.day is None:
        return say("{rates} as given", rates=shown)
    if first == last:
        return say("{rates}: ECB rate of {day}", rates=shown, day=first.day)
    return say(
        "1 {base} in {quote} at the ECB rate of each day: {first} ({first_day}) to "
        "{last} ({last_day})",
        base=first.base,
        quote=first.quote,
        first=plain(first.value),
        first_day=first.day,
        last=plain(last.value),
        last_day=last.day,
    )


def rate_note(exchange: Exchange, at: datetime) -> str:
    """The rates of a result, with the day of those that were not given."""
    given = [one for one in exchange.rates if one.day is None]
    read = [one for one in exchange.rates if one.day is not None]
    noted = say("{rates} as given", rates=pairs_text(given))
    if not read or read[0].day is None:
        return noted
    pairs = pairs_text(read)
    day, age = read[0].day, (at.date() - read[0].day).days
    if not age:
        found = say("{rates}: ECB rate of {day}", rates=pairs, day=day)
    else:
        found = say_plural(
            "{rates}: ECB rate of {day} ({number} day old)",
            "{rates}: ECB rate of {day} ({number} days old)",
            age,
            rates=pairs,
            day=day,
        )
    return joined([found, noted], "; ") if given else found


def fx_document(exchange: Exchange) -> dict[str, Any]:
    """The rate, as a part of a document, and those of other pairs, if there are; nothing where none
    was needed."""
    found = [
        {
            "pair": one.pair,
            "rate": plain(one.value),
            "date": one.day.isoformat() if one.day else None,
        }
        for one in exchange.rates
    ]
    if not found:
        return {}
    return {"fx": found[0]} | ({"other_fx": found[1:]} if found[1:] else {})


CLOSING = "，。；：、！？）】》」』”’…％,.;:!?)]}%\"'`"
"""A line does not begin with one of these, nor end with one of OPENING."""
OPENING = "（【《「『“‘([{"


def width(text: str) -> int:
    """Columns of a terminal."""
    return len(text) if text.isascii() else sum(map(columns, text))


def columns(character: str) -> int:
    if east_asian_width(character) in ("W", "F"):
        return 2
    return 0 if combining(character) else 1


def has_wide(text: str) -> bool:
    return not text.isascii() and any(columns(one) == 2 for one in text)


def padded(text: str, most: int) -> str:
    """With blanks behind it, up to so many columns."""
    return text + " " * (most - width(text))


def filled(text: str, most: int, first: str = "", rest: str = "") -> list[str]:
    """The text in lines of at most `most` columns, begun with `first` and `rest`; a word that is
    longer stands alone."""
    if has_wide(first + text):
        return lines(text, most, first, rest)
    import textwrap  # only where there is a page to fill

    return textwrap.wrap(
        text,
        most,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def lines(text: str, most: int, first: str = "", rest: str = "") -> list[str]:
    """The same where some characters are wide."""
    found, line, empty = [], first, True
    for blank, piece in pieces(text):
        if not empty and width(line) + len(blank) + width(piece) > most:
            found.append(line)
            line, empty = rest, True
        line += piece if empty else blank + piece
        empty = False
    return [*found, line]


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """What is never broken, each with the blank before it: words, and wide characters with the
    punctuation that belongs to them."""
    blank = piece = ""
    for character in text:
        if character in " \n\t":
            if piece:
                yield blank, piece
                piece = blank = ""
            blank = " "
        elif piece and breaks(piece[-1], character):
            yield blank, piece
            blank, piece = "", character
        else:
            piece += character
    if piece:
        yield blank, piece


def breaks(before: str, after: str) -> bool:
    """Whether a line may end between two characters that stand together."""
    if after in CLOSING or before in OPENING:
        return False
    return columns(before) == 2 or columns(after) == 2
