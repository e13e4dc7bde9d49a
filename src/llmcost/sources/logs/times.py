"""Instants as logs write them: seconds since 1970, milli-, micro- or nanoseconds, or ISO 8601."""

from datetime import datetime, tzinfo

from llmcost.messages import say
from llmcost.sources.logs.bad import BadUsage

LONGEST = 19  # digits: nanoseconds, as far as they are in 64 bits
LATEST = 4_102_444_800  # seconds: 2100
# Larger numbers count smaller units; the smallest of each unit lies in 1970.
UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3))


def second_of(value: int | float | str, zone: tzinfo) -> tuple[int | None, bool]:
    """Seconds since 1970, None for no time at all; and whether `zone` had to be assumed.

    Raises BadUsage for what is no time.
    """
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) <= LONGEST):
            return second_of_text(value, zone)
        value = int(value)
    for least, unit in UNITS:
        if value >= least:
            value = value // unit
            break
    second = int(value)
    if not 0 <= second < LATEST:
        raise BadUsage(say("no time: `{value}`", value=value))
    return second or None, False  # some servers write 0 for no time


def second_of_text(text: str, zone: tzinfo) -> tuple[int | None, bool]:
    if not text:
        return None, False
    try:
        found = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
        is_naive = found.tzinfo is None
        second = int((found.replace(tzinfo=zone) if is_naive else found).timestamp())
    except (ValueError, OverflowError):
        raise BadUsage(say("no time: `{value}`", value=text[:40])) from None
    if not 0 <= second < LATEST:
        raise BadUsage(say("no time: `{value}`", value=text[:40]))
    return second, is_naive
