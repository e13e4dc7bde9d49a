"""What other models would have cost, beside what was paid for the same requests."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from llmcost.money import ZERO
from llmcost.planning.elsewhere import Elsewhere, Moved
from llmcost.planning.exchange import Range
from llmcost.planning.exchanged import Exchanged, cost_of
from llmcost.planning.gaps import Gap, gap


class Compared(msgspec.Struct, frozen=True):
    """Another model for the requests that have a price where they were: `requests` of them it can
    serve, which would cost `cost`, and cost `logged`; the `gaps` it cannot."""

    other: Elsewhere
    requests: int
    cost: Range
    logged: Decimal
    gaps: tuple[Gap, ...]


def compared(other: Elsewhere, exchanged: Exchanged) -> Compared:
    model = other.model
    served = [one for one in other.moved if one.amount is not None]
    left: dict[tuple[str, str], list[Moved]] = {}
    for one in other.moved:
        if one.amount is None:
            left.setdefault((one.reason, str(one.detail)), []).append(one)

    def total(amounts: Iterable[tuple[Decimal | None, Moved]]) -> Decimal:
        converted = (
            exchanged.of(amount or ZERO, other.currency, one.charge.when.at.date())
            for amount, one in amounts
        )
        return sum(converted, ZERO)

    return Compared(
        other,
        sum(one.charge.sums.requests for one in served),
        Range(
            total((one.amount, one) for one in served),
            total((one.low, one) for one in served),
            total((one.high, one) for one in served),
            exchanged.currency,
        ),
        sum((cost_of(one.charge, exchanged) for one in served), ZERO),
        tuple(
            gap(reason, some[0].detail, model.key, model.provider, [one.charge for one in some])
            for (reason, _detail), some in left.items()
        ),
    )


def cheapest(one: Compared) -> tuple[object, ...]:
    """Those that serve most requests first, and of these the cheapest."""
    return -one.requests, one.cost.amount, one.other.model.key
