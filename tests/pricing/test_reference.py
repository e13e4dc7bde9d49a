"""A model, or a price of tokens, that costs are compared with."""

from decimal import Decimal

import pytest

from llmcost.pricing.reference import Reference, change
from llmcost.workload.quantities import TextLength, TokenPrice, copies, numbers, token_price

D = Decimal


def test_a_cost_is_compared_with_a_cost_or_a_price() -> None:
    assert Reference("model", cost=D(4)).ratio(D(1), 999) == D("0.25")
    assert Reference("price", price=D(120)).ratio(D("0.0008"), 1000) == D("0.0008") / D("0.12")
    assert Reference("nothing", cost=D(0)).ratio(D(1), 1) is None
    assert change(D("0.5")) == -50


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0.12/k", TokenPrice(D("0.12"), 1000, "")),
        ("$10/M", TokenPrice(D(10), 10**6, "USD")),
        ("10 USD / 1M tokens", TokenPrice(D(10), 10**6, "USD")),
        ("5元/百万", TokenPrice(D(5), 10**6, "CNY")),
        *((one, None) for one in ("0/k", "0.12", "/k", "-1/k", "$5 USD/M", "0.12/km", "gpt-4/k")),
    ],
)
def test_a_price_is_of_so_many_tokens(text: str, read: TokenPrice | None) -> None:
    assert token_price(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("730000字", TextLength("730000字", characters=D(730_000))),
        ("73万字", TextLength("73万字", characters=D(730_000))),
        ("50k words", TextLength("50k words", words=D(50_000))),
        ("novel.txt", TextLength("novel.txt")),
        ("0字", None),
        (" ", None),
    ],
)
def test_a_copy_is_a_length_or_a_file(text: str, read: TextLength | None) -> None:
    assert copies(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10,000", (D(10_000),)),
        ("10000,50000", (D(10_000), D(50_000))),
        ("1万, 5万", (D(10_000), D(50_000))),
        ("10000,", None),
        ("1,x", None),
    ],
)
def test_several_budgets_are_parted_by_commas(text: str, read: tuple[Decimal, ...] | None) -> None:
    """A comma between thousands parts nothing."""
    assert numbers(text) == read
