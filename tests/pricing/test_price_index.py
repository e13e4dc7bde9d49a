"""A chained index of prices: what is sold in two months is compared, and nothing else."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace
from tables import model, rates, row, table, unpriced

from llmcost.pricing.price_index import Basket, PriceIndex, price_index
from llmcost.pricing.price_rows import Model, PriceState

D = Decimal
MONTHS = [datetime(2024, month, 1, 23, tzinfo=UTC) for month in (1, 2, 3)]
HALVED = model("halved", row(rates("4", "4")), row(rates("2", "2"), start="2024-02-01"))
STEADY = model("steady", row(rates("8", "8")))
LATE = model("late", row(rates("1", "1"), start="2024-02-15"))
DOLLARS = model("dollars", row(rates("1", "1")), provider="globex")
GIVEN = model("given", unpriced(PriceState.FREE))


def index(*models: Model, basket: Basket = Basket.MODEL) -> PriceIndex:
    """In CNY, of which seven are a dollar."""

    def convert(amount: Decimal, currency: str, day: date) -> Decimal:
        return amount * 7 if currency == "USD" else amount

    return price_index(table(*models), models, MONTHS, basket, "CNY", convert)


def levels(found: PriceIndex) -> list[Decimal]:
    return [round(one.level, 6) for one in found.months]


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ([HALVED], [100, 50, 50]),
        ([STEADY], [100, 100, 100]),
        ([HALVED, STEADY], [100, D("70.710678"), D("70.710678")]),  # by the root of a half
        ([HALVED, LATE], [100, 50, 50]),  # a cheap one that is new changes nothing
        ([HALVED, replace(STEADY, retired=date(2024, 2, 1))], [100, 50, 50]),
        ([GIVEN, HALVED], [100, 50, 50]),
        ([LATE], [100]),
    ],
)
def test_the_same_models_are_compared(models: list[Model], expected: list[int]) -> None:
    assert levels(index(*models)) == expected


def test_a_month_says_how_much_it_rests_on() -> None:
    found = index(HALVED, STEADY, LATE)

    assert [(one.compared, one.sold) for one in found.months] == [(0, 2), (2, 2), (2, 3)]


def test_the_factor_is_of_a_year() -> None:
    """A half in two months is to a 64th in twelve."""
    assert index(HALVED).yearly == 64
    assert index(STEADY).yearly == 1
    assert index(LATE).yearly is None


def test_the_cheapest_of_a_month_is_in_one_currency() -> None:
    """The late one costs 1 yuan, the other one 7."""
    found = index(DOLLARS, STEADY, LATE, GIVEN, basket=Basket.CHEAPEST)

    cheapest = [(one.cheapest[0].id, one.cheapest[1]) for one in found.months if one.cheapest]
    assert cheapest == [("dollars", D(7)), ("dollars", D(7)), ("late", D(1))]
    assert levels(found) == [100, 100, D("14.285714")]


def test_a_flagship_is_followed_by_its_successor() -> None:
    """The newest of the line; one whose age is not known stays out."""
    old = replace(STEADY, superseded_by="new", released=date(2023, 1, 1))
    new = model("new", row(rates("2", "2"), start="2024-02-10"), released="2024-02-10")
    found = index(
        old,
        replace(new, lineup="flagship"),
        replace(LATE, superseded_by="new"),
        HALVED,
        basket=Basket.FLAGSHIP,
    )

    assert levels(found) == [100, 100, 25]
    assert [one.sold for one in found.months] == [1, 1, 1]
