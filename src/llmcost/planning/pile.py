"""Many requests billed at once: those of the same band are one sum."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from llmcost.pricing.cost import (
    Conditions,
    Cost,
    Part,
    among,
    band_place,
    cost_of,
    prices_of,
    sells,
    token_parts,
)
from llmcost.pricing.table import Band, Limit, Mode, PriceRow, State
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
    if row.state is State.FREE:
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
    parts: list[Part] = []
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


def scaled(parts: Sequence[Part], factor: Decimal | int) -> Sequence[Part]:
    if factor == 1:  # nearly always
        return parts
    return [Part(one.item, one.quantity * factor, one.rate, one.per, one.steps) for one in parts]


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The lines of the same item, rate and steps as one."""
    found: dict[tuple[str, Decimal, int, tuple[str, ...]], Decimal | int] = {}
    for one in parts:
        key = one.item, one.rate, one.per, one.steps
        found[key] = found.get(key, 0) + one.quantity
    return tuple(
        Part(item, quantity, rate, per, steps)
        for (item, rate, per, steps), quantity in found.items()
    )
