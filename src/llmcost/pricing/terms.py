"""Terms of a request (output, cached, tier, instant …), and the price row under them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

import msgspec

from llmcost.pricing.contract import Discounts
from llmcost.pricing.cost import PLAIN, Conditions
from llmcost.pricing.price_rows import Model, PriceRow, Provider
from llmcost.pricing.schedule import Calendar, PeakWindow, Schedule, peak_window
from llmcost.pricing.usage import Usage


class Amount(msgspec.Struct, frozen=True):
    """Tokens of each request: a number of them, or a share of its input; `low` and `high`: its
    bounds, where it is not known; `sources`: where a length that is looked up is from."""

    tokens: int = 0
    share: Decimal | None = None
    low: "Amount | None" = None
    high: "Amount | None" = None
    sources: tuple[str, ...] = ()

    def of(self, input: int) -> int:
        if self.share is None:
            return self.tokens
        return int((self.share * input).to_integral_value(rounding=ROUND_HALF_UP))


NOTHING = Amount()


class Hours(StrEnum):
    """Which of a schedule's prices to take, whatever the instant."""

    PEAK = "peak"
    OFF_PEAK = "off-peak"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for. `at` chooses the price rows, `hours` the part of a schedule.

    `output` None: no output was asked for; `outputs`: by key of a model, where it depends on the
    model. `cached` and `written` are parts of the input; `cache_rules`: of type
    CacheRule, what is cached follows from them.
    """

    at: datetime
    output: Amount | None = None
    outputs: Mapping[str, Amount] = {}
    calls: int = 1
    hours: datetime | Hours
    cached: Amount = NOTHING
    written: Amount = NOTHING
    cache_rules: tuple[Any, ...] = ()
    conditions: Conditions = PLAIN
    free_quota: bool = False
    discounts: Discounts = {}
    tax: Decimal = Decimal(0)

    def of_model(self, model: Model) -> "Terms":
        """The terms with the output of one model."""
        output = self.outputs.get(model.key)
        if output is None:
            return self
        return msgspec.structs.replace(self, output=output, outputs={})

    def at_low(self) -> "Terms":
        """The terms at the lower bound of the output."""
        return self._at(self.output and self.output.low)

    def at_high(self) -> "Terms":
        return self._at(self.output and self.output.high)

    def _at(self, output: Amount | None) -> "Terms":
        return self if output is None else msgspec.structs.replace(self, output=output)

    def usage(
        self, input: int, most: int | None = None, cached: tuple[int, int] | None = None
    ) -> Usage:
        """The request of an input of so many tokens; the cache holds no more than there is.

        `most`: what the request itself lets the model write. It bounds the output asked for, and
        is all of it where none was asked for. `cached`: what is read and written of it.
        """
        output = self.output.of(input) if self.output is not None else most or 0
        output = output if most is None else min(output, most)
        if cached is None and self.cached is NOTHING and self.written is NOTHING:
            return Usage(input, output)
        read, written = cached or (self.cached.of(input), self.written.of(input))
        read = min(read, input)
        written = min(written, input - read)
        return Usage(input, output, read, written)


class Tariff(msgspec.Struct, frozen=True):
    """A price row and the conditions that a model's provider bills it under."""

    row: PriceRow
    conditions: Conditions


def tariff_for(
    provider: Provider, model: Model, row: PriceRow, terms: Terms, calendar: Calendar
) -> Tariff:
    """The row with the peak window that the hours fall in, if its schedule has one."""
    if not row.schedule and model.discount is None:
        return Tariff(row, terms.conditions)
    peak = window_at(provider.schedules.get(row.schedule), terms, calendar)
    changed = {"peak": str(peak) if peak else "", "discount": model.discount}
    return Tariff(row, msgspec.structs.replace(terms.conditions, **changed))


def window_at(schedule: Schedule | None, terms: Terms, calendar: Calendar) -> PeakWindow | None:
    """The peak window that is billed; None for off-peak, and for a price without a schedule."""
    if schedule is None or terms.hours is Hours.OFF_PEAK:
        return None
    if terms.hours is Hours.PEAK:
        return schedule.peak[0]
    return peak_window(schedule, terms.hours, calendar)
