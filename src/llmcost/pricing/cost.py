"""What a request costs under a price row, with the trail that explains it."""

from decimal import Decimal

import msgspec

from llmcost.money import PER, ZERO
from llmcost.pricing.table import Band, PriceRow, Rates, State
from llmcost.pricing.usage import Usage


class Part(msgspec.Struct, frozen=True):
    """One line of the bill: `amount` = `tokens` x `rate` / 1M."""

    item: str
    tokens: int
    rate: Decimal

    @property
    def amount(self) -> Decimal:
        return self.tokens * self.rate / PER


class Cost(msgspec.Struct, frozen=True):
    """The parts of the bill, in the provider's currency; their amounts add up to `amount`."""

    parts: tuple[Part, ...]
    band: Band | None = None

    @property
    def amount(self) -> Decimal:
        return sum((part.tokens * part.rate for part in self.parts), ZERO) / PER


def band_for(usage: Usage, row: PriceRow) -> Band | None:
    """The band that bills the request, by its full context (cached tokens included).

    None where no band is that large.
    """
    return next((band for band in row.bands if band.holds(usage.input, usage.output)), None)


def cost_of(usage: Usage, row: PriceRow, *, thinking: bool = False) -> Cost | None:
    """The cost of one request; None where the row has no price (unknown, beyond its bands)."""
    if row.state is State.FREE:
        return Cost(parts=())
    band = band_for(usage, row) if row.state is State.PRICED else None
    return None if band is None else Cost(parts_of(usage, band.rates, thinking), band)


def parts_of(usage: Usage, rates: Rates, thinking: bool) -> tuple[Part, ...]:
    cached = rates.input if rates.cache_read is None else rates.cache_read
    output = rates.output
    if thinking and rates.output_thinking is not None:
        output = rates.output_thinking
    parts = (
        Part("input", usage.input - usage.cache_read, rates.input),
        Part("cache_read", usage.cache_read, cached),
        Part("output", usage.output, output),
    )
    return tuple(part for part in parts if part.tokens)
