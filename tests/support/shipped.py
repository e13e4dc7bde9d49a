"""The shipped price table, parsed once for all tests, and what a request costs under it."""

from datetime import datetime
from decimal import Decimal

from tables import at

from llmcost.files import bundled
from llmcost.price_data.calendar import RealCalendar
from llmcost.price_data.loader import bundled_source, parse_base
from llmcost.pricing.catalog import row_at
from llmcost.pricing.cost import PLAIN, Conditions, Cost, cost_of
from llmcost.pricing.price_rows import Model, PriceRow
from llmcost.pricing.terms import Hours, tariff_for
from llmcost.pricing.terms import Terms as EstimateTerms
from llmcost.pricing.usage import Usage
from llmcost.runtime.price_table import chosen_models
from llmcost.tokenizers.registry import TOKENIZERS

FILE = bundled("prices.yaml")
TABLE = parse_base(bundled_source(), TOKENIZERS)  # no rule of the format is broken
CALENDAR = RealCalendar()


def the_model(name: str, day: str = "2026-11-20") -> Model:
    """The one model of this id, `provider/id`, or alias on the day."""
    (found,) = chosen_models(TABLE, [name], (), at(day)).models
    return found


def row_of(name: str, day: str = "2026-11-20") -> PriceRow:
    row = row_at(the_model(name, day), at(day))
    assert row is not None
    return row


def bill(
    name: str,
    usage: Usage,
    when: str = "2026-11-20",
    conditions: Conditions = PLAIN,
    hours: datetime | Hours = Hours.OFF_PEAK,
) -> Cost | None:
    """The cost of one request at an instant; a day alone is billed off-peak."""
    model, row = the_model(name, when), row_of(name, when)
    terms = EstimateTerms(
        at=at(when), hours=at(when) if "T" in when else hours, conditions=conditions
    )
    tariff = tariff_for(TABLE.providers[model.provider], model, row, terms, CALENDAR)
    return cost_of(usage, row, tariff.conditions)


def amount(
    name: str,
    input: int = 0,
    output: int = 0,
    *,
    when: str = "2026-11-20",
    cached: int = 0,
    written: int = 0,
    other: dict[str, int] | None = None,
    conditions: Conditions = PLAIN,
) -> Decimal | None:
    """The amount in the provider's currency, None where there is no price."""
    usage = Usage(input, output, cached, written, other or {})
    cost = bill(name, usage, when, conditions)
    return None if cost is None else cost.amount
