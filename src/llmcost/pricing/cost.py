"""Cost of one request under a price row, with the trail that explains it."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from llmcost.messages import say
from llmcost.money import PER, ZERO
from llmcost.pricing.price_rows import (
    LIFETIMES,
    Band,
    Limit,
    Mode,
    PriceRow,
    Prices,
    PriceState,
)
from llmcost.pricing.usage import Usage

PER_CALLS = 1_000  # fees are per this many calls, pages, searches …


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What a price depends on beside the size of the request.

    `peak`: the schedule's window that the request falls in, empty for off-peak. `lifetime` of what
    is written to the cache, of LIFETIMES; empty: the shortest that has a price.
    """

    peak: str = ""
    thinking: bool = False
    batch: bool = False
    tier: str = ""
    region: str = ""
    lifetime: str = ""
    explicit_cache: bool = False
    discount: Decimal | None = None


PLAIN = Conditions()


class BillPart(msgspec.Struct, frozen=True):
    """One line of the bill: `quantity` x `rate` / `per`. `steps`: what led to the rate.

    The quantity of a request is whole; a share of many requests need not be.
    """

    item: str
    quantity: int | Decimal
    rate: Decimal
    per: int = PER
    steps: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.rate / self.per


def sum_of(parts: Iterable[BillPart]) -> Decimal:
    total = ZERO
    for part in parts:  # a third quicker than sum(), and a thousand times in a command
        total += part.quantity * part.rate / part.per
    return total


class Cost(msgspec.Struct, frozen=True):
    """The parts of the bill, in the provider's currency; their amounts add up to `amount`."""

    parts: tuple[BillPart, ...]
    bands: tuple[Band, ...] = ()

    @property
    def amount(self) -> Decimal:
        return sum_of(self.parts)


def cost_of(usage: Usage, row: PriceRow, conditions: Conditions = PLAIN) -> Cost | None:
    """The cost of one request.

    None where the row has no price for it: unknown, beyond its bands, or not sold by the token.
    """
    if row.state is PriceState.FREE:
        return Cost(parts=())
    if row.fees and not row.bands:  # sold by the page, the hour, the call
        return None if any_of(usage) else Cost(tuple(other_parts(usage, row, None, conditions)))
    band = band_for(usage, row) if row.state is PriceState.PRICED else None
    if band is None or not sells(band, usage):
        return None
    if row.mode is Mode.CLIFF and not usage.other:  # nearly always
        return Cost(token_parts(usage, *prices_of(band, row, conditions), conditions), (band,))
    slices = [(band, usage)]
    if row.mode is Mode.MARGINAL:
        slices = [found for found in marginal_slices(usage, row, band) if any_of(found[1])]
    parts = [
        part
        for one, share in slices
        for part in token_parts(share, *prices_of(one, row, conditions), conditions)
    ]
    parts += other_parts(usage, row, band, conditions)
    return Cost(tuple(parts), among(row.bands, (one for one, _ in slices)))


def among(bands: Iterable[Band], used: Iterable[Band]) -> tuple[Band, ...]:
    """Those of `bands` that are used, each once, in their order."""
    wanted = {id(band) for band in used}
    return tuple(band for band in bands if id(band) in wanted)


def band_for(usage: Usage, row: PriceRow) -> Band | None:
    """The band that the request falls in, by its full context (cached tokens included).

    None where no band is that large.
    """
    place = band_place(usage, row)
    return None if place is None else row.bands[place]


def band_place(usage: Usage, row: PriceRow) -> int | None:
    """The place of that band in the row."""
    for place, band in enumerate(row.bands):
        if band.holds(usage.input, usage.output):
            return place
    return None


def sells(band: Band, usage: Usage) -> bool:
    """Whether what is used has a price: an embedding model sells no output."""
    return not (
        (usage.input and "input" not in band.prices)
        or (usage.output and "output" not in band.prices)
    )


def marginal_slices(usage: Usage, row: PriceRow, reached: Band) -> Iterator[tuple[Band, Usage]]:
    """The share of the request that lies in each band.

    Marginal bands have limits on input or on output, not both; what they do not split is billed at
    the band that the request reaches. A cached prefix lies in the first bands, as it comes first.
    """
    splits_output = any(band.output is not None for band in row.bands)
    yield (
        reached,
        first(usage, usage.input if splits_output else 0, 0 if splits_output else usage.output),
    )
    done = first(usage, usage.input, 0) if splits_output else first(usage, 0, usage.output)
    for band in row.bands:
        if splits_output:
            upto = first(usage, usage.input, within(usage.output, band.output))
        else:
            upto = first(usage, within(usage.input, band.input), usage.output)
        yield band, less(upto, done)
        done = upto


def within(tokens: int, limit: Limit | None) -> int:
    return tokens if limit is None else min(tokens, limit.most)


def first(usage: Usage, input: int, output: int) -> Usage:
    """The first `input` and `output` tokens of a request: read ones first, then written ones."""
    read = min(usage.cache_read, input)
    return Usage(input, output, read, min(usage.cache_write, input - read))


def less(usage: Usage, done: Usage) -> Usage:
    return Usage(
        usage.input - done.input,
        usage.output - done.output,
        usage.cache_read - done.cache_read,
        usage.cache_write - done.cache_write,
    )


def any_of(usage: Usage) -> bool:
    return usage.input > 0 or usage.output > 0


def prices_of(band: Band, row: PriceRow, conditions: Conditions) -> tuple[Prices, tuple[str, ...]]:
    """The price set of a band under the conditions, and the steps from its plain prices to it."""
    prices = band.prices
    steps: list[str] = []
    for name, label in wanted_variants(conditions) if band.variants else ():
        variant = band.variants.get(name)
        if variant is not None:
            prices = variant.applied(prices)
            steps.append(label if variant.factor is None else times(label, variant.factor))
    factor = row.regions.get(conditions.region)
    if factor is not None:
        prices = scaled(prices, factor)
        steps.append(times(say("region {name}", name=conditions.region), factor))
    if conditions.discount is not None:
        prices = scaled(prices, conditions.discount)
    return prices, (*steps, *discount_steps(conditions.discount))


def fee_of(row: PriceRow, name: str, discount: Decimal | None) -> Decimal:
    """The price of 1,000 calls: no condition changes it but the user's discount."""
    return row.fees[name] * (1 if discount is None else discount)


def discount_steps(discount: Decimal | None) -> tuple[str, ...]:
    return () if discount is None else (times(say("discount"), discount),)


def scaled(prices: Prices, factor: Decimal) -> Prices:
    return {item: price * factor for item, price in prices.items()}


def times(label: str, factor: Decimal) -> str:
    return say("{label} x {factor}", label=label, factor=factor)


def wanted_variants(conditions: Conditions) -> Iterator[tuple[str, str]]:
    """The names of the variants that the conditions ask for, in the order in which they apply."""
    if conditions.peak:
        yield "peak", say("peak {window}", window=conditions.peak)
    if conditions.batch:
        yield "batch", say("batch")
    if conditions.tier not in ("", "peak", "batch"):  # these are no tiers, and asked for above
        yield conditions.tier, say("tier {name}", name=conditions.tier)


def token_parts(
    usage: Usage, prices: Prices, steps: tuple[str, ...], conditions: Conditions
) -> tuple[BillPart, ...]:
    """The bill of the text tokens. What has no price of its own costs what plain input costs."""
    found = []
    fresh = usage.input - usage.cache_read - usage.cache_write
    if fresh:
        found.append(("input", fresh))
    if usage.cache_read:
        explicit = conditions.explicit_cache and "cache_read_explicit" in prices
        found.append(("cache_read_explicit" if explicit else "cache_read", usage.cache_read))
    if usage.cache_write:
        found.append((write_item(prices, conditions.lifetime), usage.cache_write))
    if usage.output:
        thinking = conditions.thinking and "output_thinking" in prices
        found.append(("output_thinking" if thinking else "output", usage.output))
    return tuple(
        BillPart(item, quantity, prices[item if item in prices else "input"], PER, steps)
        for item, quantity in found
    )


def write_item(prices: Mapping[str, Decimal], lifetime: str) -> str:
    """The item that bills a cache write: of this lifetime, or the next longer one that is sold.

    Empty: the shortest one. Where all that is sold is shorter, `cache_write`, which has no price
    of its own.
    """
    long = LIFETIMES[LIFETIMES.index(lifetime) if lifetime else 0 :]
    enough = (f"cache_write.{one}" for one in long)
    return next((item for item in enough if item in prices), "cache_write")


def other_parts(
    usage: Usage, row: PriceRow, band: Band | None, conditions: Conditions
) -> Iterator[BillPart]:
    """What is used beside text tokens; KeyError for a name that the row has no price of."""
    discount = conditions.discount
    prices, steps = ({}, ()) if band is None else prices_of(band, row, conditions)
    for item, quantity in usage.other.items():
        if not quantity:
            continue
        if item in row.fees:
            fee = fee_of(row, item, discount)
            yield BillPart(item, quantity, fee, PER_CALLS, discount_steps(discount))
        else:
            yield BillPart(item, quantity, prices[item], steps=steps)
