"""Amounts as places on an axis. Only here does a Decimal become a coordinate."""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from llmcost.money import ZERO
from llmcost.report.chart import Scale, grouped, scale_of
from llmcost.report.figures import plain

ROOM = 9
"""The height of a chart of characters whose axis has as many labels as one here."""
MILLION = 1_000_000
MANY = 10 * MILLION
NOTHING = 0.06
"""Where a logarithmic axis begins that has a place for zero."""


class Axis(msgspec.Struct, frozen=True):
    """A scale with round ticks, and the unit before its amounts."""

    scale: Scale
    unit: str = ""

    @property
    def is_log(self) -> bool:
        return self.scale.is_log

    def ticks(self) -> Sequence[tuple[float, str]]:
        """The share of the axis at which each label stands."""
        return [(self.share(one), self.label(one)) for one in self.scale.ticks]

    def label(self, tick: Decimal) -> str:
        """`¥0.002`, and in millions where that is shorter: `¥20M`."""
        if self.scale.high < MANY:
            return grouped(plain(tick), self.unit)
        return grouped(plain(tick / MILLION), self.unit) + ("M" if tick else "")

    def share(self, amount: Decimal) -> float:
        """From 0 to 1."""
        scale = self.scale
        if scale.low == scale.high:
            return 0.0
        if not scale.is_log:
            return clipped(float((amount - scale.low) / (scale.high - scale.low)))
        if amount <= 0:
            return 0.0
        start = NOTHING if scale.has_zero else 0.0
        low, high = (math.log10(one) for one in (scale.low, scale.high))
        return start + (1 - start) * clipped((math.log10(amount) - low) / (high - low))


def clipped(share: float) -> float:
    return min(1.0, max(0.0, share))


def axis_of(amounts: Iterable[Decimal], unit: str = "") -> Axis:
    """Linear from zero, or logarithmic where the amounts span more than STEEP."""
    return Axis(scale_of([*amounts] or [ZERO], ROOM), unit)


def close_axis_of(amounts: Iterable[Decimal]) -> Axis:
    """Linear, around the amounts: what counts is how they differ, and zero is not one of them."""
    found = [*amounts] or [ZERO]
    low, high = min(found), max(found)
    if low == high:
        low, high = low - 1, high + 1
    unit = Decimal(1).scaleb((high - low).adjusted())
    step = next(one for one in (unit / 5, unit / 2, unit, 2 * unit) if (high - low) / one <= 6)
    first = int((low / step).to_integral_value("ROUND_FLOOR"))
    last = int((high / step).to_integral_value("ROUND_CEILING"))
    ticks = tuple(step * n for n in range(first, last + 1))
    return Axis(Scale(ROOM, ticks[0], ticks[-1], ticks))
