"""What the options of `llmcost usage` mean."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from llmcost import money
from llmcost.cli import options
from llmcost.errors import UsageError
from llmcost.messages import joined, say
from llmcost.planning.account import By
from llmcost.planning.charges import Charge, When
from llmcost.planning.exchanged import Exchanged
from llmcost.planning.terms import Hours
from llmcost.prices.calendar import zone_info
from llmcost.prices.load import load_exchange_rates
from llmcost.pricing.table import Model, PriceTable
from llmcost.report.figures import visible

MIXED = "CNY"  # the currency of models that bill in several


def kinds_of(by: Sequence[str] | None) -> list[By]:
    """What --by says, each once. Raises UsageError."""
    found = []
    for one in options.words(by) or [By.MODEL.value]:
        if one not in list(By):
            raise UsageError(
                say("--by cannot be `{what}`", what=visible(one)),
                hint=say("it is one or more of {words}", words=joined(By)),
            )
        found.append(By(one))
    return list(dict.fromkeys(found))


def known_zone(name: str) -> str:
    try:
        zone_info(name)
    except (ValueError, OSError, KeyError):
        raise UsageError(
            say("no time zone is called `{zone}`", zone=visible(name)),
            hint=say("for example Asia/Shanghai or Europe/Berlin"),
        ) from None
    return name


def undated_of(at: str | None, now: datetime) -> tuple[When, datetime | None]:
    """When requests without a time are billed, a bare day being off-peak; and the instant whose
    rows hold for other models, if not each request's own."""
    found = options.instant(at, now)
    has_hour = at is not None and not options.is_day(at)
    return When(found, found if has_hour else Hours.OFF_PEAK), None if at is None else found


def meant(pairs: Sequence[str] | None) -> dict[str, str]:
    """The names of --map. Raises UsageError."""
    found = {}
    for pair in pairs or ():
        name, sign, model = pair.rpartition("=")
        if not (name and sign and model):
            raise UsageError(
                say("--map takes a name and a model: `{text}`", text=visible(pair)),
                hint=say("for example --map gpt-4o-prod=openai/gpt-4o"),
            )
        found[name] = model
    return found


def exchanged_for(
    table: PriceTable,
    priced: Sequence[Charge],
    targets: Sequence[Model],
    wanted: str | None,
    fx: Decimal | None,
) -> Exchanged:
    """The currency asked for, or the one of all models, or CNY; rates are those of each day."""
    billed = {one.currency for one in priced if one.amount}
    billed |= {table.providers[one.provider].currency for one in targets}
    target = money.currency(wanted) if wanted is not None else MIXED
    if wanted is None and len(billed) == 1:
        target = billed.pop()
    if fx is not None:
        given = money.Rate(fx)
        return Exchanged(target, lambda day: given)
    return Exchanged(target, load_exchange_rates().on)
