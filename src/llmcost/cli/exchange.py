"""Which currency ranks, and the rate that turns the others into it."""

from collections.abc import Sequence
from datetime import datetime

from llmcost import money
from llmcost.cli import options
from llmcost.planning.estimate import Exchange
from llmcost.pricing.table import Model, PriceTable

MIXED = "CNY"  # what ranks models that bill in several currencies


def exchange_for(
    table: PriceTable,
    models: Sequence[Model],
    wanted: str | None,
    fx: str | None,
    at: datetime,
    limit: money.Money | None = None,
) -> Exchange:
    """Without `wanted`, models of one currency rank in it and a mixture in CNY.

    Raises NoExchangeRate if a rate is needed and the day lies before the first known one.
    """
    billed = {table.providers[one.provider].currency for one in models}
    target = money.currency(wanted) if wanted is not None else MIXED
    if wanted is None and len(billed) == 1:
        target = next(iter(billed))
    given = options.decimal(fx, "--fx", zero=False, example="for example 7.1")
    if given is not None:
        return Exchange(target, money.Rate(given))
    if billed | {limit.currency if limit else target} == {target}:
        return Exchange(target)
    from llmcost.prices.load import load_exchange_rates

    return Exchange(target, load_exchange_rates().on(at.date()))
