"""The charges of a log by what they are told apart by, in one currency."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from llmcost.money import ZERO, Rate, convert
from llmcost.planning.charges import Charge
from llmcost.planning.elsewhere import Elsewhere, Moved
from llmcost.planning.exchange import Range
from llmcost.planning.metered import NOTHING, Sums

USD = "USD"
RateOf = Callable[[date], Rate]


class By(StrEnum):
    """What the requests of a log are told apart by."""

    MODEL = "model"
    PROVIDER = "provider"
    DAY = "day"
    MONTH = "month"
    KEY = "key"
    USER = "user"
    PROJECT = "project"


CALLERS = (By.KEY, By.USER, By.PROJECT)
"""What the log alone knows, and is to be read of each line."""


class Exchanged:
    """Turns amounts into one currency, each at the rate of its day; `used` are the rates of these,
    by the day that was asked for. `rate_of` raises NoExchangeRate."""

    def __init__(self, currency: str, rate_of: RateOf) -> None:
        self.currency = currency
        self.used: dict[date, Rate] = {}
        self.rate_of = rate_of

    def of(self, amount: Decimal, currency: str, day: date) -> Decimal:
        if currency == self.currency or not amount:
            return amount
        if day not in self.used:
            self.used[day] = self.rate_of(day)
        return convert(amount, currency, self.currency, self.used[day])


class Line(msgspec.Struct, frozen=True):
    """The requests that have the same labels. `cost` of those that have a price, None if none has;
    `unpriced`: the others."""

    labels: tuple[str, ...]
    sums: Sums
    cost: Decimal | None
    unpriced: Sums = NOTHING


class Gap(msgspec.Struct, frozen=True):
    """Requests without a price, of one name and for one `reason`, told in full by `detail`. `days`:
    the first and the last of them."""

    name: str
    provider: str
    reason: str
    detail: str
    sums: Sums
    days: tuple[date, date]


class Stated(msgspec.Struct, frozen=True):
    """What the log says that some requests cost, in US dollars, and what we say of the same."""

    requests: int
    amount: Decimal
    ours: Decimal


class Compared(msgspec.Struct, frozen=True):
    """Another model for the requests that have a price where they were: `requests` of them it can
    serve, which would cost `cost`, and cost `logged`; the `gaps` it cannot."""

    other: Elsewhere
    requests: int
    cost: Range
    logged: Decimal
    gaps: tuple[Gap, ...]


class Account(msgspec.Struct, frozen=True):
    """All of a log. `days`: the first and the last; None without any time."""

    by: tuple[By, ...]
    currency: str
    lines: tuple[Line, ...]
    total: Line
    gaps: tuple[Gap, ...]
    stated: Stated | None
    compared: tuple[Compared, ...]
    days: tuple[date, date] | None
    rates: Mapping[date, Rate]
    charges: tuple[Charge, ...]


def account(
    charges: Sequence[Charge], others: Iterable[Elsewhere], by: Sequence[By], exchanged: Exchanged
) -> Account:
    """Raises NoExchangeRate."""
    groups: dict[tuple[str, ...], list[Charge]] = {}
    callers = [one for one in by if one in CALLERS]
    for charge in charges:
        groups.setdefault(labels(charge, by, callers), []).append(charge)
    lines = [line_of(key, found, exchanged) for key, found in groups.items()]
    dated = [one.when.at.date() for one in charges if one.cell.second is not None]
    return Account(
        by=tuple(by),
        currency=exchanged.currency,
        lines=tuple(sorted(lines, key=lambda one: place(one, by))),
        total=line_of((), charges, exchanged),
        gaps=tuple(gaps(charges)),
        stated=stated(charges, exchanged),
        compared=tuple(sorted((compared(one, exchanged) for one in others), key=cheapest)),
        days=(min(dated), max(dated)) if dated else None,
        rates=exchanged.used,
        charges=tuple(charges),
    )


def labels(charge: Charge, by: Sequence[By], callers: Sequence[By]) -> tuple[str, ...]:
    known = dict(zip(callers, charge.cell.caller, strict=True))
    return tuple(known[one] if one in known else label(charge, one) for one in by)


def label(charge: Charge, by: By) -> str:
    day = "" if charge.cell.second is None else charge.when.at.date().isoformat()
    match by:
        case By.DAY:
            return day
        case By.MONTH:
            return day[:7]
        case By.PROVIDER:
            return seller(charge)
        case _:
            return charge.name


def seller(charge: Charge) -> str:
    """The provider, or what the log calls it."""
    return charge.cell.provider if charge.model is None else charge.model.provider


def line_of(key: tuple[str, ...], charges: Sequence[Charge], exchanged: Exchanged) -> Line:
    priced = [one for one in charges if one.amount is not None]
    return Line(
        key,
        total_of(one.sums for one in charges),
        sum((cost_of(one, exchanged) for one in priced), ZERO) if priced else None,
        total_of(one.sums for one in charges if one.amount is None),
    )


def total_of(sums: Iterable[Sums]) -> Sums:
    total = NOTHING
    for one in sums:
        total += one
    return total


def cost_of(charge: Charge, exchanged: Exchanged) -> Decimal:
    return exchanged.of(charge.amount or ZERO, charge.currency, charge.when.at.date())


def place(line: Line, by: Sequence[By]) -> tuple[object, ...]:
    """By all labels but the last; then days in their order, or what costs most first, and what has
    no price last."""
    *first, last = line.labels
    is_time = by[-1] in (By.DAY, By.MONTH)
    return first, last if is_time else "", line.cost is None, -(line.cost or ZERO), last


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


def stated(charges: Iterable[Charge], exchanged: Exchanged) -> Stated | None:
    """Of requests whose cost the log states and that have a price here."""
    both = [one for one in charges if one.cell.is_stated and one.amount is not None]
    if not both:
        return None
    dollars = Exchanged(USD, exchanged.rate_of)
    return Stated(
        sum(one.sums.requests for one in both),
        sum((one.sums.stated for one in both), ZERO),
        sum((cost_of(one, dollars) for one in both), ZERO),
    )


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
