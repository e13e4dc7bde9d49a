"""What a request costs under a price row, to the last digit."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import band, rates, row, unpriced, variant

from llmcost.pricing.cost import PLAIN, Conditions, Cost, band_for, cost_of
from llmcost.pricing.price_rows import (
    LIFETIMES,
    Band,
    Mode,
    PriceRow,
    Prices,
    PriceState,
    Variant,
)
from llmcost.pricing.usage import Usage

tokens = st.integers(0, 10**8)
prices = st.decimals(0, 9999, places=6)


@st.composite
def usages(draw: st.DrawFn, most: int = 10**8) -> Usage:
    """A request with what it reads from the cache, writes to it, and writes out."""
    input, read, written = (draw(st.integers(0, most // 3)) for _ in range(3))
    return Usage(input + read + written, draw(st.integers(0, most)), read, written)


@st.composite
def price_sets(draw: st.DrawFn) -> Prices:
    """What a vendor may name beside input and output, where a cached token is never dearer."""
    found = {"input": draw(prices), "output": draw(prices)}
    cached = st.decimals(0, found["input"], places=6)
    items = {
        "cache_read": cached,
        "cache_read_explicit": cached,
        "output_thinking": prices,
        "audio_input": prices,
        **{f"cache_write.{lifetime}": prices for lifetime in LIFETIMES},
    }
    given = draw(st.sets(st.sampled_from(sorted(items))))
    return found | {item: draw(items[item]) for item in sorted(given)}


def scaled(draw: st.DrawFn, plain: Prices, low: str, high: str) -> Variant:
    """A factor between these, or some prices that are so many times the plain ones."""
    factors = st.decimals(low, high, places=2)
    if draw(st.booleans()):
        return Variant(draw(factors))
    items = sorted(draw(st.sets(st.sampled_from(sorted(plain)), min_size=1)))
    return Variant(prices={item: plain[item] * draw(factors) for item in items})


@st.composite
def full_bands(draw: st.DrawFn) -> Band:
    """A price set with a dearer peak, a cheaper batch, and two tiers."""
    plain = draw(price_sets())
    factors = {"peak": ("1", "3"), "batch": ("0.1", "1"), "flex": ("0.1", "1"), "fast": ("1", "6")}
    given = sorted(draw(st.sets(st.sampled_from(sorted(factors)))))
    return Band(plain, variants={name: scaled(draw, plain, *factors[name]) for name in given})


@st.composite
def flat_rows(draw: st.DrawFn) -> PriceRow:
    """Rows without limits of size, with all that such a row may say."""
    regions = {"us": "1.1"} if draw(st.booleans()) else {}
    fees = {"web_search": "10"} if draw(st.booleans()) else {}
    return row(draw(full_bands()), regions=regions, fees=fees)


conditions = st.builds(
    Conditions,
    peak=st.sampled_from(["", "mon 09:00-12:00"]),
    thinking=st.booleans(),
    batch=st.booleans(),
    tier=st.sampled_from(["", "flex", "fast", "unheard-of"]),
    region=st.sampled_from(["", "us", "eu"]),
    lifetime=st.sampled_from(["", *LIFETIMES]),
    explicit_cache=st.booleans(),
    discount=st.none() | st.decimals("0.1", "1", places=2),
)


def amount(usage: Usage, priced: PriceRow, conditions: Conditions = PLAIN) -> Decimal:
    cost = cost_of(usage, priced, conditions)
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
    priced = row(rates("1", "2", output_thinking="8"))

    assert amount(Usage(0, 1_000_000), priced, Conditions(thinking=thinking)) == Decimal(expected)


def test_thinking_costs_the_same_where_the_row_names_no_other_price() -> None:
    """Most vendors bill thinking as output."""
    assert amount(Usage(0, 1_000_000), row(rates("1", "2")), Conditions(thinking=True)) == 2


def test_a_free_row_costs_nothing() -> None:
    """Free is a real zero, with no parts."""
    cost = cost_of(Usage(10, 10, 5), unpriced(PriceState.FREE))

    assert cost is not None
    assert cost.amount == 0
    assert cost.parts == ()


@pytest.mark.parametrize("state", [PriceState.UNKNOWN, PriceState.PLAN])
def test_a_row_without_a_price_has_no_cost(state: PriceState) -> None:
    """Unknown never counts as zero."""
    assert cost_of(Usage(10, 10), unpriced(state)) is None


@pytest.mark.parametrize(
    ("input", "output", "cache_read"), [(1, 0, 2), (1, 0, -1), (-1, 0, 0), (1, -1, 0)]
)
def test_an_impossible_usage_is_refused(input: int, output: int, cache_read: int) -> None:
    """More cached tokens than input would make a part of the bill negative."""
    with pytest.raises(ValueError, match="cached tokens are a part of its input"):
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


def the_cost(usage: Usage, priced: PriceRow, conditions: Conditions = PLAIN) -> Cost:
    cost = cost_of(usage, priced, conditions)
    assert cost is not None
    return cost


def bought(usage: Usage, priced: PriceRow, **wishes: Any) -> dict[str, str]:
    """What each item of the bill costs, as text without idle zeros."""
    parts = the_cost(usage, priced, Conditions(**wishes)).parts
    return {part.item: f"{part.amount.normalize():f}" for part in parts}


# --- conditions ---------------------------------------------------------------------------------

M = 1_000_000
CACHES = row(
    rates(
        *("10", "20", "4"),
        cache_read_explicit="1",
        cache_write_1h="16",
        cache_write_5m="12",
    )
)
IMPLICIT = row(rates("10", "20", "4"))
DEAR = row(rates("10", "20", "4", cache_write_1h="12", cache_write_5m="16"))
ENDLESS = row(rates("10", "20", "4", cache_write_5m="2", cache_write_any="3"))


@pytest.mark.parametrize(
    ("priced", "wishes", "item", "price"),
    [
        pytest.param(CACHES, {}, "cache_write.5m", "12", id="no lifetime: the shortest"),
        pytest.param(CACHES, {"lifetime": "5m"}, "cache_write.5m", "12", id="5 minutes"),
        pytest.param(CACHES, {"lifetime": "1h"}, "cache_write.1h", "16", id="an hour"),
        pytest.param(CACHES, {"lifetime": "30m"}, "cache_write.1h", "16", id="the next longer one"),
        pytest.param(CACHES, {"lifetime": "24h"}, "cache_write", "10", id="never a shorter one"),
        pytest.param(DEAR, {}, "cache_write.5m", "16", id="the shortest, not the cheapest"),
        pytest.param(ENDLESS, {"lifetime": "24h"}, "cache_write.any", "3", id="as long as wished"),
        pytest.param(IMPLICIT, {}, "cache_write", "10", id="no price: what input costs"),
        pytest.param(IMPLICIT, {"lifetime": "1h"}, "cache_write", "10", id="also by lifetime"),
    ],
)
def test_a_cache_write_is_billed_by_its_lifetime(
    priced: PriceRow, wishes: dict[str, Any], item: str, price: str
) -> None:
    """What is written is billed instead of as input, not beside it."""
    assert bought(Usage(M, 0, 0, M), priced, **wishes) == {item: price}


@pytest.mark.parametrize(
    ("priced", "wishes", "expected"),
    [
        pytest.param(CACHES, {}, {"input": "2.5", "cache_read": "3"}, id="implicit"),
        pytest.param(
            CACHES,
            {"explicit_cache": True},
            {"input": "2.5", "cache_read_explicit": "0.75"},
            id="explicit",
        ),
        pytest.param(
            IMPLICIT, {"explicit_cache": True}, {"input": "2.5", "cache_read": "3"}, id="one price"
        ),
    ],
)
def test_an_explicit_cache_is_read_at_its_own_price(
    priced: PriceRow, wishes: dict[str, Any], expected: dict[str, str]
) -> None:
    """Where the row names one."""
    assert bought(Usage(M, 0, 750_000), priced, **wishes) == expected


def test_what_is_read_written_and_new_makes_the_whole_input() -> None:
    """Each token once."""
    usage = Usage(M, 500_000, 200_000, 300_000)

    assert bought(usage, CACHES) == {
        **{"input": "5", "cache_read": "0.8", "cache_write.5m": "3.6", "output": "10"}
    }


BUSY = band(
    rates("1", "10", "0.5", output_thinking="30"),
    peak=variant(input="2", output="20"),
    batch=variant("0.5"),
    flex=variant("0.4"),
    fast=variant(input="6", cache_read="3"),
)
BUSY_ROW = row(BUSY, regions={"us": "1.1"})


@pytest.mark.parametrize(
    ("wishes", "input", "cached", "output", "steps"),
    [
        pytest.param({}, "1", "0.5", "10", (), id="off-peak"),
        pytest.param({"peak": "mon 09:00-12:00"}, "2", "0.5", "20", 1, id="peak"),
        pytest.param({"batch": True}, "0.5", "0.25", "5", ("batch x 0.5",), id="batch"),
        pytest.param(
            {"peak": "w", "batch": True},
            *("1", "0.25", "10", ("peak w", "batch x 0.5")),
            id="batch at peak",
        ),
        pytest.param({"tier": "flex"}, "0.4", "0.2", "4", ("tier flex x 0.4",), id="a tier"),
        pytest.param({"tier": "fast"}, "6", "3", "10", ("tier fast",), id="prices of a tier"),
        pytest.param({"tier": "slow"}, "1", "0.5", "10", (), id="an unknown tier"),
        pytest.param({"tier": "peak"}, "1", "0.5", "10", (), id="peak is no tier"),
        pytest.param({"tier": "batch"}, "1", "0.5", "10", (), id="batch is no tier"),
        pytest.param({"region": "us"}, "1.1", "0.55", "11", ("region us x 1.1",), id="a region"),
        pytest.param({"region": "eu"}, "1", "0.5", "10", (), id="an unknown region"),
        pytest.param({"thinking": True}, "1", "0.5", "30", (), id="thinking"),
        pytest.param(
            {"thinking": True, "batch": True, "region": "us"},
            *("0.55", "0.275", "16.5", ("batch x 0.5", "region us x 1.1")),
            id="all factors hold for thinking too",
        ),
        pytest.param(
            {"discount": Decimal("0.8")}, "0.8", "0.4", "8", ("discount x 0.8",), id="a discount"
        ),
        pytest.param(
            {"tier": "fast", "discount": Decimal("0.5")},
            *("3", "1.5", "5", ("tier fast", "discount x 0.5")),
            id="a discount on a tier",
        ),
    ],
)
def test_conditions_choose_and_scale_the_price_set(
    wishes: dict[str, Any], input: str, cached: str, output: str, steps: tuple[str, ...] | int
) -> None:
    """Prices of a variant take the place of those they name; factors hold for all; each is told."""
    cost = the_cost(Usage(2 * M, M, M), BUSY_ROW, Conditions(**wishes))

    assert [part.rate for part in cost.parts] == [Decimal(one) for one in (input, cached, output)]
    expected = ("peak mon 09:00-12:00",) if steps == 1 else steps
    assert {part.steps for part in cost.parts} == {expected}


# --- what is not a text token -------------------------------------------------------------------

OTHERS = row(
    band(rates("1", "2", audio_input="30", cache_storage="0.5"), batch=variant("0.5")),
    fees={"web_search": "10", "page": "4"},
    regions={"us": "2"},
)


@pytest.mark.parametrize(
    ("other", "wishes", "output", "expected"),
    [
        ({"audio_input": M}, {}, "2", {"audio_input": "30"}),
        ({"audio_input": M}, {"batch": True}, "1", {"audio_input": "15"}),
        ({"cache_storage": 24 * M}, {}, "2", {"cache_storage": "12"}),
        ({"web_search": 1000}, {}, "2", {"web_search": "10"}),
        ({"web_search": 1}, {}, "2", {"web_search": "0.01"}),
        ({"page": 3}, {}, "2", {"page": "0.012"}),
        ({"web_search": 1000}, {"batch": True}, "1", {"web_search": "10"}),
        ({"web_search": 1000}, {"region": "us"}, "4", {"web_search": "10"}),
        ({"web_search": 0}, {}, "2", {}),
        ({"page": 500, "audio_input": M // 2}, {}, "2", {"page": "2", "audio_input": "15"}),
    ],
    ids=str,
)
def test_what_is_no_text_token_has_a_name_and_a_price(
    other: dict[str, int], wishes: dict[str, Any], output: str, expected: dict[str, str]
) -> None:
    """Fees are per 1,000 and know no batch and no region; all else is per 1M."""
    usage = Usage(0, M, other=other)

    assert bought(usage, OTHERS, **wishes) == {"output": output, **expected}


@pytest.mark.parametrize("item", ["video_input", "file_search", "cache_write.5m"])
def test_a_name_without_a_price_is_an_error(item: str) -> None:
    """It is a slip of the caller's; nothing is not its price."""
    with pytest.raises(KeyError, match=item):
        cost_of(Usage(1, other={item: 1}), OTHERS)


def test_no_request_uses_less_than_nothing() -> None:
    """Neither of a fee."""
    with pytest.raises(ValueError, match="no request has"):
        Usage(1, other={"web_search": -1})


PAGES = row(fees={"page": "4"})


def test_a_model_sold_by_the_page_bills_pages() -> None:
    """And has no price for a token."""
    cost = the_cost(Usage(other={"page": 250}), PAGES)

    assert cost.amount == 1
    assert cost.bands == ()
    assert cost_of(Usage(1, other={"page": 1}), PAGES) is None
    assert cost_of(Usage(0, 1), PAGES) is None
    with pytest.raises(KeyError):
        cost_of(Usage(other={"web_search": 1}), PAGES)


@pytest.mark.parametrize(
    ("items", "usage", "is_sold"),
    [
        ({"input": "1"}, Usage(5), True),
        ({"input": "1"}, Usage(5, 1), False),
        ({"input": "1", "output": "1"}, Usage(5, 1), True),
        ({"image_output": "9"}, Usage(other={"image_output": 5}), True),
        ({"image_output": "9"}, Usage(1), False),
        ({"image_output": "9"}, Usage(0, 1), False),
    ],
    ids=str,
)
def test_tokens_without_a_price_make_no_bill(
    items: dict[str, str], usage: Usage, is_sold: bool
) -> None:
    """An embedding model writes nothing: what it does not sell is not free."""
    priced = row({item: Decimal(price) for item, price in items.items()})

    assert (cost_of(usage, priced) is not None) is is_sold


# --- marginal bands -----------------------------------------------------------------------------


def stepped(basis: str, *limits: int | None, mode: Mode = Mode.MARGINAL) -> PriceRow:
    """Bands that cost 1, 2, 3 … per 1M, up to these limits by input or by output."""
    return row(
        *(
            band(str(price), **{basis: limit} if limit else {})  # type: ignore[arg-type]
            for price, limit in enumerate(limits, 1)
        ),
        mode=mode,
    )


@pytest.mark.parametrize(
    ("priced", "usage", "expected"),
    [
        pytest.param(stepped("input", 10, 20, None), Usage(10), 10, id="the first edge"),
        pytest.param(stepped("input", 10, 20, None), Usage(11), 12, id="one more costs 2"),
        pytest.param(stepped("input", 10, 20, None), Usage(20), 30, id="the second edge"),
        pytest.param(stepped("input", 10, 20, None), Usage(21), 33, id="one more costs 3"),
        pytest.param(stepped("input", 10, 20), Usage(20), 30, id="the end of the list"),
        pytest.param(stepped("input", 10, 20), Usage(21), None, id="beyond it"),
        pytest.param(stepped("input", 10, None), Usage(15, 7), 10 + 10 + 14, id="output: as there"),
        pytest.param(stepped("input", 10, None), Usage(10, 7), 10 + 7, id="output: at the edge"),
        pytest.param(stepped("output", 10, None), Usage(7, 15), 14 + 10 + 10, id="by output"),
        pytest.param(stepped("output", 10, None), Usage(7, 10), 7 + 10, id="at its edge"),
        pytest.param(stepped("input", 10, None), Usage(), 0, id="nothing"),
        pytest.param(stepped("input", 10, None, mode=Mode.CLIFF), Usage(11), 22, id="not so"),
    ],
)
def test_marginal_bands_bill_each_part_at_its_own_price(
    priced: PriceRow, usage: Usage, expected: int | None
) -> None:
    """What the bands do not split is billed where the request ends."""
    cost = cost_of(usage, priced)

    assert (None if cost is None else cost.amount * M) == expected


def test_the_bands_that_bill_a_part_are_named() -> None:
    """All of them, in their order, and no other."""
    priced = stepped("input", 10, 20, 30, None)

    assert the_cost(Usage(25), priced).bands == priced.bands[:3]
    assert the_cost(Usage(5), priced).bands == priced.bands[:1]
    assert the_cost(Usage(), priced).bands == ()


def test_a_cached_prefix_lies_in_the_first_bands() -> None:
    """It is what comes first in a request; then what is written, then what is new."""
    first, second = (rates(str(n), "0", str(n * 100), cache_write_5m=str(n * 10)) for n in (1, 2))
    priced = row(band(first, input=10), band(second), mode=Mode.MARGINAL)
    cost = the_cost(Usage(16, 0, 7, 5), priced)

    assert [(part.item, part.quantity, int(part.rate)) for part in cost.parts] == [
        *(("cache_read", 7, 100), ("cache_write.5m", 3, 10)),
        *(("input", 4, 2), ("cache_write.5m", 2, 20)),
    ]


@st.composite
def marginal_rows(draw: st.DrawFn, basis: str = "input") -> PriceRow:
    """Edges of either kind; prices that rise or fall, the same for what is not split."""
    edges = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=4)))
    other = draw(prices)
    found = []
    for edge in [*edges, None]:
        price = draw(prices)
        inclusive = draw(st.booleans())
        whole = {"input": other, "output": other} | {basis: price}
        found.append(band(whole, **{basis: edge}, inclusive=inclusive))  # type: ignore[arg-type]
    return row(*found, mode=Mode.MARGINAL)


def token_price(priced: PriceRow, basis: str, nth: int) -> Decimal:
    """Of the nth token: that of the first band that a request of n tokens is in."""
    holding = (
        one for one in priced.bands if (limit := getattr(one, basis)) is None or limit.holds(nth)
    )
    return next(holding).prices[basis]


@given(st.sampled_from(["input", "output"]), st.data())
def test_each_more_token_costs_what_its_own_band_says(basis: str, data: st.DataObject) -> None:
    """No jump at an edge, up or down: the total is the sum of its tokens, one by one."""
    priced = data.draw(marginal_rows(basis))
    total = Decimal(0)
    for size in range(45):
        total += token_price(priced, basis, size) if size else 0
        cost = the_cost(Usage(size) if basis == "input" else Usage(0, size), priced)

        assert cost.amount * M == total
        assert sum(part.quantity for part in cost.parts) == size


@given(marginal_rows(), usages(most=90))
def test_marginal_parts_hold_every_token_once(priced: PriceRow, usage: Usage) -> None:
    """Cached, written, new and put out."""
    parts = the_cost(usage, priced).parts
    found = {
        item: sum(part.quantity for part in parts if part.item == item)
        for item in ("input", "cache_read", "cache_write", "output")
    }

    assert found == {
        "input": usage.input - usage.cache_read - usage.cache_write,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "output": usage.output,
    }


@given(st.lists(prices, min_size=3, max_size=3), st.integers(0, 60), st.integers(0, 60))
def test_marginal_never_costs_more_than_cliff_where_prices_rise(
    found: list[Decimal], input: int, output: int
) -> None:
    """The lower parts of a request stay cheap."""
    bands = [
        band({"input": price, "output": price}, input=limit)
        for price, limit in zip(sorted(found), (10, 20, None), strict=True)
    ]
    usage = Usage(input, output)

    assert amount(usage, row(*bands, mode=Mode.MARGINAL)) <= amount(usage, row(*bands))


# --- laws ---------------------------------------------------------------------------------------


def together(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.input + other.input,
        one.output + other.output,
        one.cache_read + other.cache_read,
        one.cache_write + other.cache_write,
    )


@given(usages(), usages(), flat_rows(), conditions)
def test_two_requests_cost_the_sum_of_each(
    one: Usage, other: Usage, priced: PriceRow, wishes: Conditions
) -> None:
    """Without bands, cost is additive to the last digit, under all conditions."""
    both = amount(together(one, other), priced, wishes)

    assert both == amount(one, priced, wishes) + amount(other, priced, wishes)


@given(usages(), usages(), price_sets(), price_sets(), conditions)
def test_two_requests_in_one_band_cost_the_sum_of_each(
    one: Usage, other: Usage, small: Prices, large: Prices, wishes: Conditions
) -> None:
    """Where no band is crossed."""
    priced = row(band(small, input=10), band(large, input=10**9), band("9"))
    one, other = (together(usage, Usage(11)) for usage in (one, other))
    both = amount(together(one, other), priced, wishes)

    assert both == amount(one, priced, wishes) + amount(other, priced, wishes)


@given(usages(), usages(), flat_rows(), conditions)
def test_more_tokens_never_cost_less(
    usage: Usage, more: Usage, priced: PriceRow, wishes: Conditions
) -> None:
    """Cost grows with every kind of token, whatever the conditions."""
    assert amount(together(usage, more), priced, wishes) >= amount(usage, priced, wishes)


@given(usages(most=60), usages(most=60), input_bands())
def test_more_tokens_never_cost_less_where_the_bands_rise(
    usage: Usage, more: Usage, bands: list[Band]
) -> None:
    """Across their edges too."""
    assert amount(together(usage, more), row(*bands)) >= amount(usage, row(*bands))


@given(usages(), flat_rows(), st.booleans())
def test_reading_from_a_cache_never_costs_more(
    usage: Usage, priced: PriceRow, explicit: bool
) -> None:
    """Than sending the same tokens anew, where the row does not say so."""
    fresh = Usage(usage.input, usage.output, 0, usage.cache_write)
    wishes = Conditions(explicit_cache=explicit)

    assert amount(usage, priced, wishes) <= amount(fresh, priced, wishes)


@given(usages(), flat_rows(), conditions)
def test_a_batch_never_costs_more(usage: Usage, priced: PriceRow, wishes: Conditions) -> None:
    """Where its factor is at most 1, or its prices are at most the plain ones; peak or not."""
    assume(not wishes.tier)
    single, batch = (replace(wishes, batch=wanted) for wanted in (False, True))

    assert amount(usage, priced, batch) <= amount(usage, priced, single)


@given(usages(), flat_rows(), conditions)
def test_peak_never_costs_less(usage: Usage, priced: PriceRow, wishes: Conditions) -> None:
    """Where its prices are not below the others."""
    off, on = (replace(wishes, peak=window) for window in ("", "mon 09:00-12:00"))

    assert amount(usage, priced, off) <= amount(usage, priced, on)


@given(usages(), flat_rows(), conditions, st.decimals("0.1", "2", places=2))
def test_regions_and_discounts_multiply_the_whole(
    usage: Usage, priced: PriceRow, wishes: Conditions, factor: Decimal
) -> None:
    """All of what a request of tokens costs, to the last digit."""
    plain = amount(usage, priced, replace(wishes, region="", discount=None))
    there = replace(priced, regions={"there": factor})

    assert amount(usage, there, replace(wishes, region="there", discount=None)) == plain * factor
    assert amount(usage, priced, replace(wishes, region="", discount=factor)) == plain * factor


@given(usages(), flat_rows(), conditions)
def test_the_parts_add_up_to_the_amount(usage: Usage, priced: PriceRow, wishes: Conditions) -> None:
    """The bill explains all of the amount and all of the tokens, and no part of it is empty."""
    cost = the_cost(usage, priced, wishes)

    assert sum(part.amount for part in cost.parts) == cost.amount
    assert sum(part.quantity for part in cost.parts) == usage.input + usage.output
    assert all(part.quantity for part in cost.parts)
    assert all(part.quantity * part.rate == part.amount * M for part in cost.parts)


@given(usages(), flat_rows(), conditions)
def test_an_unknown_condition_changes_nothing(
    usage: Usage, priced: PriceRow, wishes: Conditions
) -> None:
    """A tier or a region that the row does not have."""
    plain = replace(wishes, tier="", region="")
    unknown = replace(wishes, tier="unheard-of", region="mars")

    assert cost_of(usage, priced, unknown) == cost_of(usage, priced, plain)


@given(usages(), flat_rows(), conditions)
def test_the_row_is_not_changed_by_its_use(
    usage: Usage, priced: PriceRow, wishes: Conditions
) -> None:
    """Price sets are dictionaries; a variant is laid on a copy."""
    before = repr(priced)
    cost_of(usage, priced, wishes)

    assert repr(priced) == before
