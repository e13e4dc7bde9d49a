"""What a request costs under a price row, to the last digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import band, rates, row, unpriced

from llmcost.pricing.cost import band_for, cost_of
from llmcost.pricing.table import Band, PriceRow, Rates, State
from llmcost.pricing.usage import Usage

tokens = st.integers(0, 10**8)
prices = st.decimals(0, 9999, places=6)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    input = draw(tokens)
    return Usage(input, draw(tokens), draw(st.integers(0, input)))


@st.composite
def flat_rows(draw: st.DrawFn) -> PriceRow:
    """Rows without bands, where a cached token is never dearer than an uncached one."""
    input = draw(prices)
    cached = draw(st.none() | st.decimals(0, input, places=6))
    return row(Rates(input, draw(prices), cached))


def amount(usage: Usage, priced: PriceRow, *, thinking: bool = False) -> Decimal:
    cost = cost_of(usage, priced, thinking=thinking)
    assert cost is not None
    return cost.amount


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(1_000_000), "0.8"),
        (Usage(1), "0.0000008"),
        (Usage(0, 1_000_000), "2"),
        (Usage(1_000_000, 500_000), "1.8"),
        (Usage(1_000_000, 0, 1_000_000), "0.2"),
        (Usage(1_000_000, 0, 400_000), "0.56"),
        (Usage(), "0"),
    ],
    ids=str,
)
def test_prices_are_per_million_tokens(usage: Usage, expected: str) -> None:
    """Cached tokens are a part of the input and cost their own price."""
    assert amount(usage, row(rates("0.8", "2", "0.2"))) == Decimal(expected)


def test_without_a_cache_price_cached_tokens_cost_what_input_costs() -> None:
    """A missing discount is no discount, not a price of nothing."""
    usage = Usage(1_000_000, 0, 400_000)

    assert amount(usage, row(rates("0.8", "2"))) == Decimal("0.8")


def test_a_cache_price_of_zero_is_a_price() -> None:
    """Zero is not mistaken for missing."""
    assert amount(Usage(1_000_000, 0, 400_000), row(rates("1", "2", "0"))) == Decimal("0.6")


@pytest.mark.parametrize(("thinking", "expected"), [(False, "2"), (True, "8")])
def test_thinking_has_its_own_output_price(thinking: bool, expected: str) -> None:
    """Where a row names one, and where the request thinks."""
    priced = row(Rates(Decimal(1), Decimal(2), output_thinking=Decimal(8)))

    assert amount(Usage(0, 1_000_000), priced, thinking=thinking) == Decimal(expected)


def test_thinking_costs_the_same_where_the_row_names_no_other_price() -> None:
    """Most vendors bill thinking as output."""
    assert amount(Usage(0, 1_000_000), row(rates("1", "2")), thinking=True) == 2


def test_a_free_row_costs_nothing() -> None:
    """Free is a real zero, with no parts."""
    cost = cost_of(Usage(10, 10, 5), unpriced(State.FREE))

    assert cost is not None
    assert cost.amount == 0
    assert cost.parts == ()


@pytest.mark.parametrize("state", [State.UNKNOWN, State.PLAN])
def test_a_row_without_a_price_has_no_cost(state: State) -> None:
    """Unknown never counts as zero."""
    assert cost_of(Usage(10, 10), unpriced(state)) is None


@pytest.mark.parametrize(
    ("input", "output", "cache_read"), [(1, 0, 2), (1, 0, -1), (-1, 0, 0), (1, -1, 0)]
)
def test_an_impossible_usage_is_refused(input: int, output: int, cache_read: int) -> None:
    """More cached tokens than input would make a part of the bill negative."""
    with pytest.raises(ValueError, match="cache_read <= input"):
        Usage(input, output, cache_read)


BY_INPUT = row(band("1", input=32_000), band("2", input=128_000), band("3"))
BELOW = row(band("1", input=200_000, inclusive=False), band("2"))
MIXED = row(band("1", input=32_000, inclusive=False), band("2", input=32_000), band("3"))
BY_OUTPUT = row(band("1", output=200), band("2"))
BOTH = row(band("1", input=32_000, output=200), band("2", input=32_000), band("3", input=128_000))


@pytest.mark.parametrize(
    ("bands", "input", "output", "price"),
    [
        pytest.param(BY_INPUT, 0, 0, "1", id="nothing is in the first band"),
        pytest.param(BY_INPUT, 32_000, 9, "1", id="up to: the edge is inside"),
        pytest.param(BY_INPUT, 32_001, 9, "2", id="up to: one more is the next band"),
        pytest.param(BY_INPUT, 128_000, 9, "2", id="the second edge is inside"),
        pytest.param(BY_INPUT, 128_001, 9, "3", id="the last band is open"),
        pytest.param(BELOW, 199_999, 9, "1", id="below: one less is inside"),
        pytest.param(BELOW, 200_000, 9, "2", id="below: the edge is the next band"),
        pytest.param(MIXED, 31_999, 9, "1", id="below the shared edge"),
        pytest.param(MIXED, 32_000, 9, "2", id="a band of just one size"),
        pytest.param(MIXED, 32_001, 9, "3", id="above the shared edge"),
        pytest.param(BY_OUTPUT, 9**9, 200, "1", id="output: the edge is inside"),
        pytest.param(BY_OUTPUT, 0, 201, "2", id="output: one more is the next band"),
        pytest.param(BOTH, 32_000, 200, "1", id="both: both edges are inside"),
        pytest.param(BOTH, 32_000, 201, "2", id="both: longer output"),
        pytest.param(BOTH, 32_001, 200, "3", id="both: longer input, any output"),
    ],
)
def test_a_request_is_billed_whole_at_the_first_band_that_holds_it(
    bands: PriceRow, input: int, output: int, price: str
) -> None:
    """Bands select by the size of the request; none of it is billed at another band's price."""
    assert amount(Usage(input, output), bands) == (input + output) * Decimal(price) / 1_000_000


def test_cached_tokens_count_for_the_band() -> None:
    """The band is chosen by the full context."""
    usage = Usage(32_001, 0, 32_000)

    assert band_for(usage, BY_INPUT) == BY_INPUT.bands[1]


def test_beyond_the_last_band_there_is_no_price() -> None:
    """A request that no band holds is not priced at the largest one."""
    assert cost_of(Usage(128_000), BOTH) is not None
    assert cost_of(Usage(128_001), BOTH) is None


@st.composite
def input_bands(draw: st.DrawFn) -> list[Band]:
    edges = sorted(draw(st.sets(st.integers(1, 50), min_size=1, max_size=5)))
    inclusive = [draw(st.booleans()) for _ in edges]
    found = [
        band(str(n), input=edge, inclusive=upto)
        for n, (edge, upto) in enumerate(zip(edges, inclusive, strict=True), 1)
    ]
    return [*found, band("99")]


@given(input_bands())
def test_every_size_belongs_to_exactly_one_stretch(bands: list[Band]) -> None:
    """From 0 up, the band's number never falls, and changes just at the edges."""
    priced = row(*bands)
    for size in range(52):
        below = [
            one
            for one in bands[:-1]
            if one.input is not None
            and (size > one.input.tokens or (size == one.input.tokens and not one.input.inclusive))
        ]

        assert band_for(Usage(size), priced) == bands[len(below)]


@given(usages(), usages(), flat_rows())
def test_two_requests_cost_the_sum_of_each(one: Usage, other: Usage, priced: PriceRow) -> None:
    """Where no band is crossed, cost is additive to the last digit."""
    both = Usage(
        one.input + other.input, one.output + other.output, one.cache_read + other.cache_read
    )

    assert amount(both, priced) == amount(one, priced) + amount(other, priced)


@given(usages(), tokens, tokens, flat_rows())
def test_more_tokens_never_cost_less(
    usage: Usage, input: int, output: int, priced: PriceRow
) -> None:
    """Inside a flat row cost grows with every kind of token."""
    more = Usage(usage.input + input, usage.output + output, usage.cache_read)

    assert amount(more, priced) >= amount(usage, priced)


@given(usages(), flat_rows())
def test_caching_never_costs_more(usage: Usage, priced: PriceRow) -> None:
    """Where the cache price is not above the input price."""
    uncached = Usage(usage.input, usage.output)

    assert amount(usage, priced) <= amount(uncached, priced)


@given(usages(), flat_rows())
def test_the_parts_add_up_to_the_amount(usage: Usage, priced: PriceRow) -> None:
    """The bill explains all of the amount, and all of the tokens."""
    cost = cost_of(usage, priced)

    assert cost is not None
    assert sum(part.amount for part in cost.parts) == cost.amount
    assert sum(part.tokens for part in cost.parts) == usage.input + usage.output
