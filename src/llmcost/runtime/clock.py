"""The clock, which nothing else reads: every price is looked up for an instant passed on."""

from datetime import UTC, datetime

from llmcost.errors import LlmcostError
from llmcost.messages import say
from llmcost.pricing.price_rows import is_usable


def now() -> datetime:
    """Return this instant in the zone of this machine; in UTC where TZ names an offset of a day
    or more, as `UTC-99`. Raise LlmcostError for a clock that is thousands of years off."""
    try:
        found = datetime.now(UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        raise wrong() from None
    if not is_usable(found):
        raise wrong()
    return local(found)


def local(moment: datetime) -> datetime:
    """Return an instant in the zone of this machine, which is the one meant if it has none."""
    try:
        return moment.astimezone()
    except (ValueError, OverflowError, OSError):
        return moment.replace(tzinfo=UTC)


def wrong() -> LlmcostError:
    """Return the error of a clock that has no usable time."""
    hint = say("set the clock, or `TZ`")
    return LlmcostError(say("the clock of this machine has no usable time"), hint=hint)
