"""Why a price of a tracker needs a second look before it is believed."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from llmcost.messages import say
from llmcost.planning.comparison import TOLERANCE, Line, compared
from llmcost.planning.matching import Match
from llmcost.planning.quotes import quotes
from llmcost.planning.tracked import Entry
from llmcost.pricing.table import Model, PriceRow, State

HUNDREDFOLD = 100
PLAUSIBLE = Decimal("0.001"), Decimal(5000)  # USD per 1M tokens of text


def doubts(
    entry: Entry, match: Match, ours: PriceRow | None, row: PriceRow, apart: Sequence[Line]
) -> Iterator[str]:
    """Why a person must look before this is believed."""
    yield from implausible(row)
    if match.moved:
        yield say(
            "moved alias: `{alias}` means {model} only since or until a day",
            alias=entry.id,
            model=match.model.id,
        )
    if ours is not None and ours.state is State.FREE:
        yield say("free in our table")
    for line in apart:
        before, after = line.prices
        if before and after and is_hundredfold(before, after):
            yield say(
                "hundredfold: {item} x {factor}; per token, 1K or 1M?",
                item=line.item,
                factor=factor(before, after),
            )
    if match.model.prices[-1].start >= row.start:
        yield say("our last row is of {day}", day=match.model.prices[-1].start)
    yield from other_days(match.model, ours, row)
    for name in same_as(ours, apart):
        yield say("our price under a condition: {name}", name=name)
    for text in match.model.corrections:
        yield say("known to be wrong: {text}", text=text)


def other_days(model: Model, ours: PriceRow | None, row: PriceRow) -> Iterator[str]:
    """A tracker that is late states a price that we had, an eager one what is announced."""
    for other in model.prices:
        lines = compared([other, row])
        if other is not ours and lines and all(line.agrees(TOLERANCE) for line in lines):
            yield say("our price from {day} on, not of this day", day=other.start)


def same_as(ours: PriceRow | None, apart: Sequence[Line]) -> Iterator[str]:
    """The conditions (peak, batch, a tier, list) under which we have just the tracker's prices."""
    here = {(line.item, line.prices[1]) for line in apart}
    found: dict[str, set[tuple[str, Decimal | None]]] = {}
    for quote in quotes(ours) if ours and here else ():
        if quote.condition and not quote.condition.startswith("region"):
            item = "cache_write" if quote.item.startswith("cache_write.") else quote.item
            found.setdefault(quote.condition, set()).add((item, quote.price))
    return (name for name, stated in found.items() if here <= stated)


def is_hundredfold(before: Decimal, after: Decimal) -> bool:
    return max(before, after) >= min(before, after) * HUNDREDFOLD


def factor(before: Decimal, after: Decimal) -> str:
    return f"{after / before:,.0f}" if after > before else f"1/{before / after:,.0f}"


def implausible(row: PriceRow) -> Iterator[str]:
    least, most = PLAUSIBLE
    prices = [(item, price) for band in row.bands for item, price in band.prices.items()]
    main = [(item, price) for item, price in prices if item in ("input", "output")]
    if any(price == 0 for _, price in main):
        yield say("zero: a placeholder, or free")
    for item, price in dict(main).items():
        if price and not least <= price <= most:
            yield say(
                "implausible: {item} at {price:f} per 1M tokens; per token, 1K or 1M?",
                item=item,
                price=price,
            )
