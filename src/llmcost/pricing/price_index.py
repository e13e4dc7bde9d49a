"""How prices moved, month by month: of the same models, of makers' flagships, of the cheapest.

A price is that of a mix of three tokens of input and one of output, at the list price of the first
band. An index is chained: each month is the one before, times the geometric mean of the changes of
all that were sold in both, so that what is new or gone changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import reduce
from operator import mul

import msgspec

from llmcost.money import EXACT, ZERO, kept
from llmcost.pricing.catalog import is_redirected, is_retired, list_price, row_at
from llmcost.pricing.price_rows import Model, PriceState, PriceTable

MIX = 3, 1
START = Decimal(100)
MONTHS = 12


class Basket(StrEnum):
    """What an index is of."""

    MODEL = "model"
    FLAGSHIP = "flagship"
    CHEAPEST = "cheapest"


class IndexPrice(msgspec.Struct, frozen=True):
    """What 1M tokens of the mix cost on a model, in its provider's currency."""

    model: Model
    price: Decimal
    currency: str


class IndexMonth(msgspec.Struct, frozen=True):
    """`level` is 100 in the first month; `compared`: how many prices are in both this month and the
    one before. `cheapest`: the model and its price in the currency of the index."""

    day: date
    level: Decimal
    compared: int
    sold: int
    cheapest: tuple[Model, Decimal] | None = None


class PriceIndex(msgspec.Struct, frozen=True):
    """The months from the first one with a price on."""

    basket: Basket
    currency: str
    months: tuple[IndexMonth, ...]

    def factor(self, first: IndexMonth, last: IndexMonth) -> Decimal | None:
        """Return by how much prices fell in a year between two months, as a factor: 10 is to a
        tenth. None within a month."""
        months = MONTHS * (last.day.year - first.day.year) + last.day.month - first.day.month
        if months < 1 or not last.level:
            return None
        with localcontext(EXACT):
            return kept((first.level / last.level) ** (Decimal(MONTHS) / months))

    @property
    def yearly(self) -> Decimal | None:
        """The factor of the whole time."""
        return self.factor(self.months[0], self.months[-1]) if self.months else None


Convert = Callable[[Decimal, str, date], Decimal]
"""An amount of a currency in that of the index, at the rate of a day."""
Prices = Mapping[str, IndexPrice]


def price_index(
    table: PriceTable,
    models: Iterable[Model],
    instants: Sequence[datetime],
    basket: Basket,
    currency: str,
    convert: Convert,
) -> PriceIndex:
    """The index of these models at each of the instants, one a month, in the order of time. Raises
    NoExchangeRate where an amount has no rate on its day."""
    chosen = list(models)
    with localcontext(EXACT):
        found = [prices_at(table, chosen, at, basket) for at in instants]
        months = tuple(indexed(found, [one.date() for one in instants], basket, convert))
    return PriceIndex(basket, currency, months)


def prices_at(table: PriceTable, models: Sequence[Model], at: datetime, basket: Basket) -> Prices:
    """The prices on sale by what they are followed under: the model, or the maker's line."""
    found = {
        one.key: price
        for one in models
        if not is_retired(one, at)
        and not is_redirected(one, at)
        and (price := price_of(table, one, at)) is not None
    }
    if basket is not Basket.FLAGSHIP:
        return found
    heads = lines_of(table)
    newest: dict[str, IndexPrice] = {}
    for key, price in sorted(found.items(), key=lambda pair: first_day(pair[1].model)):
        if key in heads:
            newest[heads[key]] = price
    return newest


def price_of(table: PriceTable, model: Model, at: datetime) -> IndexPrice | None:
    """None where it is free, or no price is known."""
    row = row_at(model, at)
    if row is None or row.state is not PriceState.PRICED:
        return None
    amount = list_price(model, row, MIX)
    if not amount:
        return None
    return IndexPrice(model, amount / sum(MIX), table.providers[model.provider].currency)


def lines_of(table: PriceTable) -> dict[str, str]:
    """The key of the current flagship by that of each model of its line: itself, and what it has
    superseded. Models without a known day of release, or a price before their release, could be of
    any age: they stay out."""
    models = {one.key: one for one in table.models}
    found = {}
    for one in table.models:
        head, seen = one, {one.key}
        while head.superseded_by:
            above = models.get(f"{head.provider}/{head.superseded_by}")
            if above is None or above.key in seen:
                break
            head = above
            seen.add(head.key)
        is_dated = one.released is not None or one is head
        if head.lineup == "flagship" and is_dated:
            found[one.key] = head.key
    return found


def first_day(model: Model) -> date:
    return model.released or (model.prices[0].start if model.prices else date.min)


def indexed(
    found: Sequence[Prices], days: Sequence[date], basket: Basket, convert: Convert
) -> Iterator[IndexMonth]:
    """Each month from the first one with a price on."""
    before: Prices = {}
    level, first = START, None
    for prices, day in zip(found, days, strict=True):
        if not prices and not before:
            continue
        if basket is Basket.CHEAPEST:
            model, price = cheapest(prices, day, convert)
            first = first or price
            yield IndexMonth(day, kept(START * price / first), 1, len(prices), (model, kept(price)))
        else:
            common = [key for key in prices if key in before]
            changes = [change(before[key], prices[key], day, convert) for key in common]
            level *= mean(changes)
            yield IndexMonth(day, kept(level), len(common), len(prices))
        before = prices


def cheapest(prices: Prices, day: date, convert: Convert) -> tuple[Model, Decimal]:
    amounts = ((convert(one.price, one.currency, day), one.model) for one in prices.values())
    amount, model = min(amounts, key=lambda pair: (pair[0], pair[1].key))
    return model, amount


def change(before: IndexPrice, after: IndexPrice, day: date, convert: Convert) -> Decimal:
    """As a factor, in the currency of both; where a maker's bills changed theirs, at the rate of
    the later day."""
    if before.currency == after.currency:
        return after.price / before.price
    amounts = [convert(one.price, one.currency, day) for one in (before, after)]
    return amounts[1] / amounts[0]


def mean(factors: Sequence[Decimal]) -> Decimal:
    """The geometric mean; of nothing, 1."""
    if not factors or all(one == 1 for one in factors):
        return Decimal(1)
    product = reduce(mul, factors, Decimal(1))
    return product ** (Decimal(1) / len(factors)) if product else ZERO
