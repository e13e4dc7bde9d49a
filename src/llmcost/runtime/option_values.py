"""What options and keywords mean: output, cached share, instant, rate, size.

Each function takes the text that a command line has, or the value that a program has in its place.
"""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmcost import money
from llmcost.errors import UsageError
from llmcost.messages import say, visible
from llmcost.money import MOST
from llmcost.pricing.price_rows import FIRST_YEAR, LAST_YEAR, VendorZone, is_usable
from llmcost.pricing.terms import NOTHING, Amount, Hours

if TYPE_CHECKING:
    from llmcost.pricing.cache_rules import CacheRule
    from llmcost.pricing.contract import Discounts

File = str | os.PathLike[str]
Names = str | Sequence[str]
Number = Decimal | float | str


class BillingTime(NamedTuple):
    """The instant whose price rows hold, and what chooses the part of a schedule."""

    at: datetime
    hours: datetime | Hours


def time_of(as_of: date | str | None, at: date | str | None, now: datetime) -> BillingTime:
    """Return when requests are billed: `--as-of` chooses the rows, `--at` the hour; an instant does
    both if it stands alone. A bare day has no hour, so it is billed off-peak. Raise UsageError.
    """
    day = instant(as_of, now)
    if isinstance(at, str) and at in (Hours.PEAK, Hours.OFF_PEAK):
        return BillingTime(day, Hours(at))
    if at is not None:
        hour = instant(at, now)
        hours = Hours.OFF_PEAK if is_day(at) else hour
        return BillingTime(day if as_of is not None else hour, hours)
    return BillingTime(day, Hours.OFF_PEAK if is_day(as_of) else day)


AUTO = "auto"
"""Of output tokens: as many as answers have."""


def output_of(tokens: int | str | None, ratio: Number | None) -> Amount | None:
    """Return the output of each request, in tokens or as a share of its input; None if neither is
    set, or tokens are `auto`. Raise UsageError for both, and for what is no number."""
    if tokens is not None and ratio is not None:
        said = say("-o and --output-ratio both say how much output")
        raise UsageError(said, hint=say("give one of them"))
    share = decimal(ratio, "--output-ratio", zero=True, example=say("for example 0.5"))
    if tokens is None and share is None:
        return None
    if tokens == AUTO:
        return None
    return Amount(tokens_of(tokens) if isinstance(tokens, str) else tokens or 0, share)


def tokens_of(text: str, option: str = "-o") -> int:
    """Return tokens by their text. Raise UsageError."""
    from llmcost.workload.quantities import whole as whole_number

    found = whole_number(text) if text == text.strip() else None
    if found is None:
        shown = visible(text)
        if option != "-o":
            said = say(
                "{option} must be a whole number like 500 or 5k: `{text}`",
                option=option,
                text=shown,
            )
        else:
            said = say("-o must be a whole number like 500 or 5k, or auto: `{text}`", text=shown)
        raise UsageError(said, hint=say("for example {option} 500", option=option))
    return found


def amount_of(text: int | str | None, option: str) -> Amount:
    """Return `2000` tokens, or `40%` of the input; nothing for None. Raise UsageError."""
    if text is None:
        return NOTHING
    if not isinstance(text, str):
        if 0 <= index(text) <= MOST:
            return Amount(index(text))
        text = str(text)
    share = money.positive(text.removesuffix("%"))
    if share is not None and text.endswith("%") and share <= 100:
        return Amount(share=share / Decimal(100))
    if share is not None and text.isascii() and text.isdigit() and share <= money.MOST:
        return Amount(int(text))
    said = say("{option} takes tokens or a share: `{text}`", option=option, text=text)
    raise UsageError(said, hint=say("for example 2000 or 40%"))


def cached_of(
    cached: int | str | None, written: int | str | None
) -> tuple[Amount, "tuple[CacheRule, ...]"]:
    """Return what is read, or the rules that say it, for `auto`. Raise UsageError."""
    if cached != AUTO:
        return amount_of(cached, "--cached"), ()
    from llmcost.price_data.bundled_files import load_cache_rules

    if written is not None:
        said = say("--cache-write has no effect beside --cached auto")
        raise UsageError(said, hint=say("leave it out"))
    return NOTHING, load_cache_rules().rules


def whole(value: int, name: str, least: int) -> int:
    """Return a whole number. Raise UsageError for less than `least`, or more than can be billed;
    TypeError for what is no whole number."""
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
    """Return single names. Raise UsageError for a list of nothing, which is not meant to be all."""
    found = words([names] if isinstance(names, str) else names)
    if names is not None and not found:
        raise UsageError(say("{what} names nothing", what=what), hint=say("leave it out for all"))
    return found


def paths_of(files: Sequence[File] | None) -> list[Path]:
    """Return files as paths."""
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
    """Return the single words of a repeatable, comma-separated option. Raise UsageError for an
    empty one."""
    found = [word.strip() for value in values or () for word in value.split(",")]
    if "" in found:
        raise UsageError(say("an empty name in a list"), hint=say("separate names by one comma"))
    return found


def instant(value: date | str | None, now: datetime) -> datetime:
    """Return the instant whose prices count: that of a date-time (local if it has no zone), the end
    of a day, or `now` for None. Raise UsageError for any other text.

    A day ends where the vendor is, or in the zone that it names: `2026-08-16[Asia/Shanghai]`.
    """
    if value is None:
        return now
    from llmcost.runtime import clock

    text, zone = day_and_zone(value) if isinstance(value, str) else ("", VendorZone())
    found = moment(text) if isinstance(value, str) else value
    if found is None:
        raise UsageError(say("not a date: `{text}`", text=value), hint=DATE)
    if not is_usable(found):
        hint = say("a year of {first} to {last}", first=FIRST_YEAR, last=LAST_YEAR)
        raise UsageError(say("not a usable date: `{text}`", text=value), hint=hint)
    if not isinstance(found, datetime):
        return datetime.combine(found, time(23, 59, 59), zone)
    return found if found.tzinfo else clock.local(found)


def day_and_zone(text: str) -> tuple[str, tzinfo]:
    """Return a day and the zone in which it ends, for a text like `2026-08-16[Asia/Shanghai]`."""
    match = re.fullmatch(r"([0-9-]{10})\[([^\[\]]+)\]", text)
    if match is None:
        return text, VendorZone()
    return match[1], zone_named(match[2])


def zone_named(name: str) -> tzinfo:
    """Return the time zone. Raise UsageError for a name that is not known."""
    from llmcost.price_data.calendar import zone_info

    try:
        return zone_info(name)
    except (ValueError, OSError, KeyError):
        said = say("no time zone is called `{zone}`", zone=visible(name))
        raise UsageError(said, hint=say("for example Asia/Shanghai or Europe/Berlin")) from None


def known_zone(name: str) -> str:
    """Return the name of a time zone. Raise UsageError for one that is not known."""
    zone_named(name)
    return name


def moment(text: str) -> date | None:
    """Return the day or the instant that a text names; None for any other text."""
    if not re.fullmatch(INSTANT, text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text) if is_day(text) else datetime.fromisoformat(text)
    except ValueError:
        return None


def is_day(value: date | str | None) -> bool:
    """Return whether a usable value is a day, without an hour."""
    if isinstance(value, str):
        return len(day_and_zone(value)[0]) <= len("2024-05-21")
    return value is not None and not isinstance(value, datetime)


def decimal(value: Number | None, option: str, *, zero: bool, example: str) -> Decimal | None:
    """Return a plain number of an option, of zero or more, or above zero. Raise UsageError."""
    if value is None:
        return None
    found = money.positive(value if isinstance(value, str) else money.exact(value))
    if found is None or (found == 0 and not zero):
        form = (
            say("{option} must be a number of zero or more: `{text}`", option=option, text=value)
            if zero
            else say("{option} must be a number above zero: `{text}`", option=option, text=value)
        )
        raise UsageError(form, hint=example)
    return found


def size(text: str | None, option: str) -> int | None:
    """Return the bytes of a plain number, or of one with a unit. Raise UsageError."""
    if text is None:
        return None
    number = text.rstrip("BKMGTibkmgtI ")
    unit = UNITS.get(text[len(number) :].strip().lower())
    found = money.positive(number)
    if unit is None or found is None or int(found * unit) == 0:
        said = say("{option} must be a size: `{text}`", option=option, text=text)
        raise UsageError(said, hint=say("write it like 500MB or 1GiB"))
    return int(found * unit)


def rates(value: Number | tuple[money.Rate, ...] | None) -> tuple[money.Rate, ...]:
    """Return the rates of --fx: CNY for one USD, or pairs of any currencies; those of settings are
    read already. Raise UsageError."""
    from llmcost.workload.quantities import rates as parsed

    if value is None or isinstance(value, tuple):
        return value or ()
    found = parsed(value if isinstance(value, str) else money.exact(value))
    if found is None:
        said = say("--fx must be CNY for one USD, or pairs and rates: `{text}`", text=value)
        raise UsageError(said, hint=say("for example 7.1, or EUR/USD:1.12,EUR/CNY:7.43"))
    return found


def discounts_of(value: str | Sequence[str] | None) -> "Discounts":
    """Return the discounts of --discount by the names of providers. Raise UsageError."""
    from llmcost.workload.quantities import discounts

    if value is None:
        return {}
    text = value if isinstance(value, str) else ",".join(value)
    found = discounts(text)
    if found is None:
        said = say("--discount must be providers and shares: `{text}`", text=text)
        raise UsageError(said, hint=say("for example openai:15% or openai:5%@100k/15%@1M"))
    return found


def tax_of(value: Number | None) -> Decimal:
    """Return the share of --tax. Raise UsageError."""
    from llmcost.workload.quantities import share

    if value is None:
        return Decimal(0)
    found = share(value if isinstance(value, str) else money.exact(value))
    if found is None:
        said = say("--tax must be a share like 6% or 0.06: `{text}`", text=value)
        raise UsageError(said, hint=say("for example --tax 6%"))
    return found


def named_models(names: Sequence[str]) -> list[str] | None:
    """Return the names that name models, families and makers; None where all are sets like `@cn`,
    of which people do not want to see every row. `@free` does name its models."""
    found = [one for one in names if not one.startswith("-")]
    is_set = [one.startswith("@") and one != "@free" for one in found]
    return None if all(is_set) else found


def refuse_beside(other: str, is_given: bool, options: Mapping[str, bool]) -> None:
    """Refuse the options, by name and whether they were given, that have no effect beside
    `other`, if that was given. Raises UsageError."""
    for option, is_idle in options.items():
        if is_given and is_idle:
            raise UsageError(
                say("{option} has no effect with {other}", option=option, other=other),
                hint=say("leave one of them out"),
            )


def refuse_without(other: str, is_given: bool, options: Mapping[str, bool]) -> None:
    """Refuse the options that have no effect without `other`, if that was not given. Raises
    UsageError."""
    for option, is_idle in options.items():
        if is_idle and not is_given:
            raise UsageError(
                say("{option} has no effect without {other}", option=option, other=other),
                hint=say("add {option}", option=other),
            )
