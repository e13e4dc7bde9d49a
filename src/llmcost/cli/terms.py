"""What the options of a request mean: how much output, how much cached, billed at what time."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from llmcost import money
from llmcost.cli import options
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.planning.terms import NOTHING, Amount, Hours


class When(NamedTuple):
    """The instant whose price rows hold, and what chooses the part of a schedule."""

    at: datetime
    hours: datetime | Hours


def time_of(as_of: str | None, at: str | None, now: datetime) -> When:
    """`--as-of` chooses the rows, `--at` the hour; an instant does both if it stands alone.

    A bare day has no hour, so it is billed off-peak.
    """
    day = options.instant(as_of, now)
    if at in (Hours.PEAK, Hours.OFF_PEAK):
        return When(day, Hours(at))
    if at is not None:
        hour = options.instant(at, now)
        hours = Hours.OFF_PEAK if options.is_day(at) else hour
        return When(day if as_of is not None else hour, hours)
    return When(day, Hours.OFF_PEAK if options.is_day(as_of) else day)


def output_of(tokens: int | None, ratio: str | None) -> Amount | None:
    """The output of each request; None if none was asked for."""
    if tokens is not None and ratio is not None:
        said = say("-o and --output-ratio both say how much output")
        raise UsageError(said, hint=say("give one of them"))
    share = options.decimal(ratio, "--output-ratio", zero=True, example=say("for example 0.5"))
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
