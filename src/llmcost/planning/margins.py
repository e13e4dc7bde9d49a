"""Months ahead at the bounds of what is only estimated: the tokens of a system prompt."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from llmcost.planning.budget import Query
from llmcost.planning.forecast import Forecast, forecast
from llmcost.planning.season import Seasons
from llmcost.pricing.table import Model, PriceTable
from llmcost.pricing.usage import Count

Costs = Sequence[Decimal | None]


def margins(
    table: PriceTable, models: Iterable[Model], query: Query, seasons: Seasons
) -> dict[str, tuple[Costs, Costs]]:
    """The lowest and the highest cost of each month, by the key of a model whose tokens are
    estimated. A model that cannot serve one of the bounds is not there."""
    counts = query.workload.system_prompt or {}
    rough = [one for one in models if one.tokenizer in counts and not counts[one.tokenizer].exact]
    if not rough:
        return {}
    sides = [
        forecast(table, rough, with_counts(query, counts, bound), seasons)
        for bound in ("low", "tokens", "high")
    ]
    found = [costs_of(one) for one in sides]
    keys = set.intersection(*({*one} for one in found))
    return {key: around([one[key] for one in found]) for key in keys}


def with_counts(query: Query, counts: Mapping[str, Count], bound: str) -> Query:
    """As if the system prompt had the tokens of this bound."""
    prompt = {name: replace(one, tokens=getattr(one, bound)) for name, one in counts.items()}
    return replace(query, workload=replace(query.workload, system_prompt=prompt))


def costs_of(found: Forecast) -> dict[str, Costs]:
    return {line.model.key: [month.cost for month in line.months] for line in found.lines}


def around(sides: Sequence[Costs]) -> tuple[Costs, Costs]:
    """The least and the most of each month; None where one of them has no price."""
    months = list(zip(*sides, strict=True))
    known = [[cost for cost in month if cost is not None] for month in months]
    whole = [costs if len(costs) == len(sides) else None for costs in known]
    lows = [None if one is None else min(one) for one in whole]
    return lows, [None if one is None else max(one) for one in whole]
