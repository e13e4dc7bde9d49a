"""Prices of several sources for one model, side by side, and whether they agree."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from llmcost.money import EXACT, ZERO
from llmcost.pricing.cost import band_for
from llmcost.pricing.price_rows import Model, PriceRow, Prices, PriceState
from llmcost.pricing.quotes import quotes
from llmcost.pricing.usage import Usage

ITEMS = ("input", "output", "cache_read")
LIFETIMES = (
    "5m",
    "30m",
    "any",
    "1h",
    "12h",
    "24h",
)  # in the order in which a plain write means them
WRITE = "cache_write."
NEAR = Decimal("1.05")  # 262,144 is the 256k of a tracker that counts in powers of two
TOLERANCE = Decimal("0.005")


class ComparisonLine(msgspec.Struct, frozen=True):
    """One price of each source, None where it has none, for inputs of `above` to `up_to` tokens.

    `condition`: where the others have a price of ours that holds at peak hours, in a batch, before
    a promotion, on another day …, or a mistake that our table knows.
    """

    item: str
    prices: tuple[Decimal | None, ...]
    above: int | None = None
    up_to: int | None = None
    condition: str = ""

    def agrees(self, tolerance: Decimal) -> bool:
        """Whether the largest price is within `tolerance`, a share, of the smallest; or the others
        are ours under a condition."""
        known = [price for price in self.prices if price is not None]
        return not known or bool(self.condition) or near(min(known), max(known), tolerance)

    def ratio(self, place: int) -> Decimal | None:
        """The price at `place` over the first one; None where one lacks or the first is zero."""
        first, other = self.prices[0], self.prices[place]
        return EXACT.divide(other, first) if first and other is not None else None


def near(least: Decimal, most: Decimal, tolerance: Decimal = TOLERANCE) -> bool:
    return most <= least * (1 + tolerance)


OTHER_DAY, MISTAKE, MISSING = "another day", "known mistake", "not in our table"
PLACEHOLDER = "zero"
STATED = re.compile(r"\d+(?:\.\d+)?", re.ASCII)  # a price in the text of a correction


def explained(model: Model | None, ours: PriceRow | None, line: ComparisonLine) -> ComparisonLine:
    """The line with the reasons why the others' prices are not ours, if there is one for each."""
    first, *others = line.prices
    if line.agrees(TOLERANCE):
        return line
    if model is None or ours is None or first is None:
        return msgspec.structs.replace(line, condition=MISSING)
    apart = [one for one in others if one is not None and not near(*sorted((one, first)))]
    reasons: dict[str, None] = {}
    for price in apart:
        reason = next(
            (
                name
                for name, stated in known_prices(model, ours, line).items()
                if any(near(*sorted((price, one))) for one in stated)
            ),
            None,
        )
        if reason is None:
            return line
        reasons[reason] = None
    return msgspec.structs.replace(line, condition=", ".join(reasons))


def known_prices(model: Model, ours: PriceRow, line: ComparisonLine) -> dict[str, list[Decimal]]:
    """The prices of an item under a condition, on other days, and in others' mistakes.

    A zero is a tracker's placeholder, or what a model without answers has for them.
    """
    found = conditional(ours, line.item)
    for row in model.prices:
        stated = [aligned(band.prices).get(line.item) for band in row.bands if row is not ours]
        found.setdefault(OTHER_DAY, []).extend(price for price in stated if price)
    wrong = [Decimal(one) for text in model.corrections for one in STATED.findall(text)]
    return {**found, MISTAKE: wrong, PLACEHOLDER: [ZERO]}


def conditional(row: PriceRow, item: str) -> dict[str, list[Decimal]]:
    """The prices of an item by the condition under which they hold, of all bands."""
    found: dict[str, list[Decimal]] = {}
    for quote in quotes(row):
        same = quote.item == item or (item == "cache_write" and quote.item.startswith(WRITE))
        condition = "thinking" if item + "_thinking" == quote.item else quote.condition
        if condition and (same or condition == "thinking") and quote.price:
            found.setdefault(condition, []).append(quote.price)
    return found


def compared(rows: Sequence[PriceRow | None]) -> list[ComparisonLine]:
    """Every item that two sources at least have a price for, by the sizes where one changes.

    Plain prices only: no batch, tier or peak hours. Sizes closer than 5 % are one size.
    """
    found: list[ComparisonLine] = []
    edges = clusters([row for row in rows if row])
    above = None
    for least, most in edges:
        here = [prices_at(row, least if least else most + 1) for row in rows]
        found += lines(here, above, least)
        above = most
    return merged(found)


def clusters(rows: Sequence[PriceRow]) -> list[tuple[int | None, int]]:
    """The edges of all bands, near ones together as their least and most; last, what is above."""
    edges = sorted({band.input.most for row in rows for band in row.bands if band.input})
    found: list[tuple[int | None, int]] = []
    for edge in edges:
        least, _ = found[-1] if found else (None, 0)
        if least is not None and edge <= least * NEAR:
            found[-1] = least, edge
        else:
            found.append((edge, edge))
    return [*found, (None, found[-1][1] if found else 0)]


def prices_at(row: PriceRow | None, size: int) -> Prices:
    """The plain prices of a request with `size` input tokens and a short output."""
    if row is None:
        return {}
    if row.state is PriceState.FREE:
        return {"input": ZERO, "output": ZERO}
    band = band_for(Usage(size, 0), row)
    return aligned(band.prices) if band else {}


def aligned(prices: Prices) -> Prices:
    """`cache_write`, by whatever lifetime is the usual one, and the long ones by their own."""
    usual = next((one for one in LIFETIMES if WRITE + one in prices), None)
    found = {item: prices[item] for item in ITEMS if item in prices}
    if usual:
        found["cache_write"] = prices[WRITE + usual]
    if usual != "1h" and WRITE + "1h" in prices:
        found[WRITE + "1h"] = prices[WRITE + "1h"]
    return found


def lines(here: Sequence[Prices], above: int | None, up_to: int | None) -> Iterator[ComparisonLine]:
    for item in (*ITEMS, "cache_write", WRITE + "1h"):
        prices = tuple(one.get(item) for one in here)
        if sum(price is not None for price in prices) > 1:
            yield ComparisonLine(item, prices, above, up_to)


def merged(found: Sequence[ComparisonLine]) -> list[ComparisonLine]:
    """Neighbouring sizes with the same prices as one."""
    kept: dict[str, list[ComparisonLine]] = {}
    for line in found:
        of_item = kept.setdefault(line.item, [])
        if of_item and of_item[-1].prices == line.prices and of_item[-1].up_to == line.above:
            line = msgspec.structs.replace(line, above=of_item.pop().above)
        of_item.append(line)
    return [line for of_item in kept.values() for line in of_item]
