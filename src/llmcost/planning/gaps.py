"""Requests of a log that have no price."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from llmcost.planning.charges import Charge
from llmcost.planning.metered import NOTHING, Sums


class Gap(msgspec.Struct, frozen=True):
    """Requests without a price, of one name and for one `reason`, told in full by `detail`. `days`:
    the first and the last of them."""

    name: str
    provider: str
    reason: str
    detail: str
    sums: Sums
    days: tuple[date, date]


def gaps(charges: Iterable[Charge]) -> list[Gap]:
    found: dict[tuple[str, str, str], list[Charge]] = {}
    for one in charges:
        if one.amount is None:
            found.setdefault((one.name, seller(one), str(one.reason)), []).append(one)
    made = [
        gap("model" if some[0].model is None else "price", some[0].reason, name, provider, some)
        for (name, provider, _reason), some in found.items()
    ]
    return sorted(made, key=lambda one: (-one.sums.requests, one.name))


def gap(reason: str, detail: str, name: str, provider: str, some: Sequence[Charge]) -> Gap:
    days = [one.when.at.date() for one in some]
    sums = total_of(one.sums for one in some)
    return Gap(name, provider, reason, detail, sums, (min(days), max(days)))


def seller(charge: Charge) -> str:
    """The provider, or what the log calls it."""
    return charge.cell.provider if charge.model is None else charge.model.provider


def total_of(sums: Iterable[Sums]) -> Sums:
    total = NOTHING
    for one in sums:
        total += one
    return total
