"""Many requests on one bill, by band, less the free quota; or why a model cannot serve them.

Requests of the same band are one sum.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from llmcost.messages import say
from llmcost.pricing.catalog import is_retired
from llmcost.pricing.cost import (
    BillPart,
    Conditions,
    Cost,
    among,
    band_for,
    band_place,
    cost_of,
    prices_of,
    sells,
    sum_of,
    token_parts,
)
from llmcost.pricing.price_rows import Band, Limit, Mode, Model, PriceRow, PriceState, Quota
from llmcost.pricing.usage import Usage

NOTHING = Usage()

Limits = tuple[tuple[Limit | None, Limit | None], ...]
"""Of the bands of a row, on input and on output."""
Slots = Sequence["Slot"]


class Pile(msgspec.Struct, frozen=True):
    """Each distinct request and how often it is sent, and the sum of all. `largest` are those with
    the most tokens, and with the most output. `slots` remembers `slots_of`, since many models have
    the same limits."""

    usages: tuple[tuple[Usage, int], ...]
    total: Usage
    largest: tuple[Usage, ...]
    slots: dict[Limits, Slots] = msgspec.field(default_factory=dict)


class Slot(msgspec.Struct, frozen=True):
    """The requests of a pile that one band bills, by its place among the bands; None: no band does.
    `examples` are the first of them, and the largest."""

    band: int | None
    total: Usage
    examples: tuple[Usage, ...]


def pile_of(requests: Iterable[tuple[Usage, int]]) -> Pile:
    usages = tuple(requests)
    total = NOTHING
    for usage, times in usages:
        total = plus(total, usage, times)
    if not usages:
        return Pile((), total, ())
    return Pile(usages, total, largest_of(usage for usage, _ in usages))


def largest_of(usages: Iterable[Usage]) -> tuple[Usage, Usage]:
    """The one with the most tokens, and the one with the most output."""
    held = list(usages)
    return max(held, key=lambda one: one.input + one.output), max(held, key=lambda one: one.output)


def plus(total: Usage, usage: Usage, times: int) -> Usage:
    """`total`, and the tokens of so many requests more."""
    return Usage(
        total.input + usage.input * times,
        total.output + usage.output * times,
        total.cache_read + usage.cache_read * times,
        total.cache_write + usage.cache_write * times,
    )


def tested(pile: Pile, row: PriceRow | None) -> Sequence[Usage]:
    """Requests that a model refuses if it refuses any: some of each band's."""
    if row is None or (len(row.bands) == 1 and is_open(row.bands[0])):
        return pile.largest
    return [usage for slot in slots_of(pile, row) for usage in slot.examples]


def billed(pile: Pile, row: PriceRow, conditions: Conditions) -> Cost:
    """What the requests cost together, each in its own band.

    Raises ValueError for one that no band holds: `refuse` finds these.
    """
    if row.state is PriceState.FREE:
        return Cost(())
    if row.mode is Mode.MARGINAL:
        return billed_singly(pile, row, conditions)
    sums = by_band(pile, row)
    return Cost(
        tuple(
            part
            for band, usage in sums
            for part in token_parts(usage, *prices_of(band, row, conditions), conditions)
        ),
        among(row.bands, (band for band, _ in sums)),
    )


def billed_singly(pile: Pile, row: PriceRow, conditions: Conditions) -> Cost:
    """The same where a request is billed in parts, each at the price of its own band."""
    parts: list[BillPart] = []
    bands: list[Band] = []
    for usage, times in pile.usages:
        cost = cost_of(usage, row, conditions)
        if cost is None:
            raise ValueError(f"no band of the row from {row.start} holds {usage}")
        parts += scaled(cost.parts, times)
        bands += cost.bands
    return Cost(tuple(parts), among(row.bands, bands))


def by_band(pile: Pile, row: PriceRow) -> list[tuple[Band, Usage]]:
    """The tokens that each band bills; a price without bands takes them all at once."""
    if len(row.bands) == 1 and is_open(row.bands[0]):
        return [(row.bands[0], pile.total)]
    found = []
    for slot in slots_of(pile, row):
        band = None if slot.band is None else row.bands[slot.band]
        if band is None or not sells(band, slot.total):
            raise ValueError(f"no band of the row from {row.start} holds {slot.examples[0]}")
        found.append((band, slot.total))
    return found


def slots_of(pile: Pile, row: PriceRow) -> Slots:
    """The requests by the band that bills them, in the order in which each is first met."""
    limits = tuple((band.input, band.output) for band in row.bands)
    if limits not in pile.slots:
        groups: dict[int | None, list[tuple[Usage, int]]] = {}
        for usage, times in pile.usages:
            groups.setdefault(band_place(usage, row), []).append((usage, times))
        pile.slots[limits] = [slot_of(band, group) for band, group in groups.items()]
    return pile.slots[limits]


def slot_of(band: int | None, group: Sequence[tuple[Usage, int]]) -> Slot:
    total = NOTHING
    for usage, times in group:
        total = plus(total, usage, times)
    first = group[0][0]
    return Slot(band, total, (first, *largest_of(usage for usage, _ in group)))


def is_open(band: Band) -> bool:
    """Whether it holds requests of any size."""
    return band.input is None and band.output is None


def scaled(parts: Sequence[BillPart], factor: Decimal | int) -> Sequence[BillPart]:
    if factor == 1:  # nearly always
        return parts
    return [
        BillPart(one.item, one.quantity * factor, one.rate, one.per, one.steps) for one in parts
    ]


def merged(parts: Iterable[BillPart]) -> tuple[BillPart, ...]:
    """The lines of the same item, rate and steps as one."""
    found: dict[tuple[str, Decimal, int, tuple[str, ...]], Decimal | int] = {}
    for one in parts:
        key = one.item, one.rate, one.per, one.steps
        found[key] = found.get(key, 0) + one.quantity
    return tuple(
        BillPart(item, quantity, rate, per, steps)
        for (item, rate, per, steps), quantity in found.items()
    )


def bill(cost: Cost, usage: Usage, calls: int, quota: Quota | None) -> tuple[BillPart, ...]:
    """The lines of the bill of so many calls, those of the same item and rate added up, less the
    free quota."""
    parts = merged(scaled(cost.parts, calls))
    used = (usage.input + usage.output) * calls
    free = 0 if quota is None else min(quota.tokens, used)
    if quota is None or not free or not parts:
        return parts
    # the quota takes tokens of all kinds as they come, so it takes its share of the whole bill
    return (*parts, BillPart("free_quota", free, -sum_of(parts), used, quota_steps(quota)))


def quota_steps(quota: Quota) -> tuple[str, ...]:
    """Whose the free tokens are."""
    whose = say("per account") if quota.per == "account" else say("per model")
    return (whose, quota.who) if quota.who else (whose,)


class Excluded(msgspec.Struct, frozen=True):
    """A model that cannot be ranked, and why.

    `reason` is one of context, max_output, band, unit, state, date; of requests also image, of
    workloads offer (no training or deployment is sold) and fee, of own GPUs weights.
    """

    model: Model
    reason: str
    detail: str


BY_SIZE = ("context", "max_output", "band")
"""Reasons that are of single requests, and not of the model."""


class LeftOut(msgspec.Struct, frozen=True):
    """Requests that no model takes, and that are left out for all models alike.

    `requests` of `all`; `nearest` is a model that takes all the others, and why it refuses them.
    `names`: of inputs that are one request.
    """

    requests: int
    all: int
    nearest: Excluded
    names: tuple[str, ...]


def refuse(
    model: Model, row: PriceRow | None, usages: Iterable[Usage], at: datetime
) -> Excluded | None:
    """Why the model cannot serve or price these requests, or None."""
    if is_retired(model, at):
        return Excluded(model, "date", say("retired on {day}", day=model.retired))
    if row is None:
        return Excluded(model, "date", say("no price known for {day}", day=at.date()))
    if row.state in (PriceState.UNKNOWN, PriceState.PLAN):
        return Excluded(model, "state", state_detail(row))
    if row.state is PriceState.PRICED and not (row.bands and "input" in row.bands[0].prices):
        return Excluded(model, "unit", say("not sold by the token"))
    for usage in usages:
        found = refuse_request(model, row, usage)
        if found is not None:
            return found
    return None


def refuse_request(model: Model, row: PriceRow, usage: Usage) -> Excluded | None:
    if not fits(model, usage):
        needed = usage.input + usage.output
        detail = say("needs {needed}, the context has {holds}", needed=needed, holds=model.context)
        return Excluded(model, "context", detail)
    if model.max_output is not None and usage.output > model.max_output:
        detail = say("{asked} asked, writes {most}", asked=usage.output, most=model.max_output)
        return Excluded(model, "max_output", detail)
    band = band_for(usage, row)
    if row.state is PriceState.PRICED and band is None:
        detail = say(
            "no price for {input} tokens in, {output} out", input=usage.input, output=usage.output
        )
        return Excluded(model, "band", detail)
    if band is not None and not sells(band, usage):
        return Excluded(model, "unit", say("writes no text that is sold by the token"))
    return None


def fits(model: Model, usage: Usage) -> bool:
    """Whether the context window holds the request, input and output together."""
    return model.context is None or usage.input + usage.output <= model.context


def state_detail(row: PriceRow) -> str:
    is_unknown = row.state is PriceState.UNKNOWN
    what = say("price unknown") if is_unknown else say("sold by subscription only")
    from llmcost.pricing.price_notes import reader_note  # few models have no price

    note = reader_note(row.note, is_whole=row.is_own)
    return say("{what}: {note}", what=what, note=note) if note else what
