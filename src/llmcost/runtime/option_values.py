"""Texts of options, and keywords of the API, as values: output, cached, batch, instant, size."""

import os
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from operator import index
from pathlib import Path
from typing import NamedTuple

from llmcost import money
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.money import MOST
from llmcost.pricing.price_rows import FIRST_YEAR, LAST_YEAR, is_usable
from llmcost.pricing.terms import NOTHING, Amount, Hours


class BillingTime(NamedTuple):
    """The instant whose price rows hold, and what chooses the part of a schedule."""

    at: datetime
    hours: datetime | Hours


def time_of(as_of: str | None, at: str | None, now: datetime) -> BillingTime:
    """`--as-of` chooses the rows, `--at` the hour; an instant does both if it stands alone.

    A bare day has no hour, so it is billed off-peak.
    """
    day = instant(as_of, now)
    if at in (Hours.PEAK, Hours.OFF_PEAK):
        return BillingTime(day, Hours(at))
    if at is not None:
        hour = instant(at, now)
        hours = Hours.OFF_PEAK if is_day(at) else hour
        return BillingTime(day if as_of is not None else hour, hours)
    return BillingTime(day, Hours.OFF_PEAK if is_day(as_of) else day)


def output_of(tokens: int | None, ratio: str | None) -> Amount | None:
    """The output of each request; None if none was asked for."""
    if tokens is not None and ratio is not None:
        said = say("-o and --output-ratio both say how much output")
        raise UsageError(said, hint=say("give one of them"))
    share = decimal(ratio, "--output-ratio", zero=True, example=say("for example 0.5"))
    if tokens is None and share is None:
        return None
    return Amount(tokens or 0, share)


def amount_of(text: str | None, option: str) -> Amount:
    """`2000` tokens, or `40%` of the input."""
    if text is None:
        return NOTHING
    share = money.positive(text.removesuffix("%"))
    if share is not None and text.endswith("%") and share <= 100:
        return Amount(share=share / Decimal(100))
    if share is not None and text.isascii() and text.isdigit() and share <= money.MOST:
        return Amount(int(text))
    said = say("{option} takes tokens or a share: `{text}`", option=option, text=text)
    raise UsageError(said, hint=say("for example 2000 or 40%"))


File = str | os.PathLike[str]
Names = str | Sequence[str]


def written(value: object) -> str | None:
    """As the option of the command line has it."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else f"{Decimal(str(value)):f}"


def whole(value: int, name: str, least: int) -> int:
    """Raises UsageError for less, or for more than can be billed."""
    if not least <= index(value) <= MOST:
        raise UsageError(
            say(
                "{name} must be a whole number from {least} to {most}: {value}",
                name=name,
                least=least,
                most=MOST,
                value=value,
            )
        )
    return index(value)


def listed(names: Names | None, what: str) -> list[str]:
    """Raises UsageError for a list of nothing, which is not meant to be all."""

    found = words([names] if isinstance(names, str) else names)
    if names is not None and not found:
        raise UsageError(say("{what} names nothing", what=what), hint=say("leave it out for all"))
    return found


def paths_of(files: Sequence[File] | None) -> list[Path]:
    return [Path(one) for one in files or ()]


INSTANT = (
    r"\d{4}-\d\d-\d\d"
    r"([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d(:\d\d(\.\d{1,6})?)?)?)?"
)
"""As the standard library writes them, in ASCII digits: it reads much more, such as weeks."""


DATE = say("write it like 2024-05-21")


UNITS = {
    "": 1,
    "b": 1,
    **{f"{prefix}b": 1000**power for power, prefix in enumerate("kmgt", 1)},
    **{f"{prefix}ib": 1024**power for power, prefix in enumerate("kmgt", 1)},
}


def words(values: Sequence[str] | None) -> list[str]:
    """The single words of a repeatable, comma-separated option."""
    found = [word.strip() for value in values or () for word in value.split(",")]
    if "" in found:
        raise UsageError(say("an empty name in a list"), hint=say("separate names by one comma"))
    return found


def instant(text: str | None, now: datetime) -> datetime:
    """The moment whose prices hold: `now`, the end of a day, or a date-time (local if no zone)."""
    if text is None:
        return now
    from llmcost.runtime import clock

    try:
        found = datetime.fromisoformat(text) if re.fullmatch(INSTANT, text, re.ASCII) else None
    except ValueError:
        found = None
    if found is None:
        raise UsageError(say("not a date: `{text}`", text=text), hint=DATE)
    if not is_usable(found):
        hint = say("a year of {first} to {last}", first=FIRST_YEAR, last=LAST_YEAR)
        raise UsageError(say("not a usable date: `{text}`", text=text), hint=hint)
    if is_day(text):
        found = datetime.combine(found.date(), time(23, 59, 59))
    return found if found.tzinfo else clock.local(found)


def is_day(text: str | None) -> bool:
    return text is not None and len(text) <= len("2024-05-21")


def decimal(text: str | None, option: str, *, zero: bool, example: str) -> Decimal | None:
    """A plain number of an option, of zero or more, or above zero."""
    if text is None:
        return None
    value = money.positive(text)
    if value is None or (value == 0 and not zero):
        form = (
            say("{option} must be a number of zero or more: `{text}`", option=option, text=text)
            if zero
            else say("{option} must be a number above zero: `{text}`", option=option, text=text)
        )
        raise UsageError(form, hint=example)
    return value


def size(text: str | None, option: str) -> int | None:
    """Bytes, of a plain number or one with a unit."""
    if text is None:
        return None
    number = text.rstrip("BKMGTibkmgtI ")
    unit = UNITS.get(text[len(number) :].strip().lower())
    found = money.positive(number)
    if unit is None or found is None or int(found * unit) == 0:
        said = say("{option} must be a size: `{text}`", option=option, text=text)
        raise UsageError(said, hint=say("write it like 500MB or 1GiB"))
    return int(found * unit)


def rate(text: str | None) -> Decimal | None:
    """The number of --fx."""
    return decimal(text, "--fx", zero=False, example=say("for example 7.1"))
