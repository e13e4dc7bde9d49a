"""How the requests of a month are cut by what bills them, and what the slices cost together."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tables import (
    CALENDAR,
    OFFICE_HOURS,
    PROVIDERS,
    at,
    band,
    exchange,
    model,
    rates,
    row,
    table,
    unpriced,
    variant,
)

from llmcost.commands.budget.compute import budget
from llmcost.money import EXACT
from llmcost.pricing.cost import Conditions, cost_of, sum_of
from llmcost.pricing.price_rows import Mode, PriceRow, Prices, PriceState
from llmcost.workload.model import OFF_PEAK, PEAK, Workload, conversation, load_of, usage_of
from llmcost.workload.quantities import HistoryLimit, Keep
from llmcost.workload.running_cost import ALWAYS, Windows, bills_writes, parts_of, slices_of
from llmcost.workload.traffic import Query, profile, season

D = Decimal
M = 1_000_000
PEAK_HOURS = "mon-fri 09:00-12:00"
SHARES = st.sampled_from([D(0), D("0.25"), D("0.4"), D(1)])

SIZES = row(
    band("1", input=100), band("2", input=1000, inclusive=False), band(rates("4", "8", "0.5"))
)
MARGINAL = row(*SIZES.bands, mode=Mode.MARGINAL)
LENGTHS = row(
    band("1", input=500, output=50), band("3", input=500), band("5", output=60), band("7")
)


def request(input: int = M, output: int = 0, **others: object) -> Workload:
    fields = {"input_tokens": input, "output_tokens": output, "cache_minimum": 0, **others}
    return Workload(**fields)  # type: ignore[arg-type]


def cost(
    row: PriceRow,
    workload: Workload,
    windows: Windows = ALWAYS,
    *,
    system: int = 0,
    discount: Decimal | None = None,
) -> Decimal:
    """Of one conversation, as the slices bill it."""
    sold = replace(model("a", row), discount=discount)
    with localcontext(EXACT):
        load = load_of(workload, system, writes=bills_writes(row, workload))
        return sum_of(parts_of(load.pile, slices_of(sold, row, workload, windows)))


def single_requests(row: PriceRow, workload: Workload, system: int = 0) -> Decimal:
    """The same one by one, outside peak hours and batches."""
    writes = bills_writes(row, workload)
    conditions = Conditions(thinking=workload.thinking_tokens > 0)
    whole = D(0)
    for one, times in conversation(workload, system).items():
        found = cost_of(usage_of(one, workload, writes=writes), row, conditions)
        assert found is not None
        whole += found.amount * times
    return whole


@given(SHARES, st.sampled_from(["flat", "office", "evening"]), st.integers(1, 12))
def test_the_shares_are_all_requests(batch: Decimal, hours: str, month: int) -> None:
    of_row = season(profile(hours, "Europe/Berlin"), date(2026, month, 1), CALENDAR)
    peaky = row(band("1"), schedule=OFFICE_HOURS.id)

    with localcontext(EXACT):
        windows = of_row(PROVIDERS["acme"], peaky)
        found = slices_of(model("a"), peaky, request(batch_share=batch), windows)
        whole = sum((one.share for one in found), D(0))

    assert abs(whole - 1) < D("1e-50")
    assert all(one.share > D(0) for one in found)
    assert {one.conditions.peak for one in found} == {"", *map(str, OFFICE_HOURS.peak)}


@pytest.mark.parametrize(
    ("traffic", "peak"), [(PEAK, PEAK_HOURS), (OFF_PEAK, "")], ids=["all of it", "none of it"]
)
def test_traffic_at_one_price(traffic: str, peak: str) -> None:
    peaky = row(band("1"), schedule=OFFICE_HOURS.id)
    windows = season(traffic, date(2026, 11, 1), CALENDAR)(PROVIDERS["acme"], peaky)

    (only,) = slices_of(model("a"), peaky, request(), windows)

    assert (only.share, only.conditions.peak) == (D(1), peak)


def test_a_price_without_a_schedule_has_no_hours() -> None:
    windows = season(profile("office", "Asia/Shanghai"), date(2026, 11, 1), CALENDAR)

    assert windows(PROVIDERS["acme"], row(band("1"))) == ALWAYS


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        ({}, 10),
        ({"batch": variant("0.5")}, 8),
        ({"batch": variant(input="3")}, "7.2"),
        ({"batch": variant(output="3")}, 10),  # only output has a batch price
    ],
    ids=["none: the plain price", "a factor", "a price", "a price of something else"],
)
def test_the_batch_share(variants: Mapping[str, object], expected: object) -> None:
    """40 % of a million tokens at 10."""
    sold = row(band("10", **variants))  # type: ignore[arg-type]

    assert cost(sold, request(batch_share=D("0.4"))) == D(str(expected))


@given(
    batch=SHARES,
    peak=SHARES,
    tier=st.sampled_from(["", "flex", "unheard of"]),
    region=st.sampled_from(["", "us"]),
    discount=st.sampled_from([None, D("0.9")]),
    explicit=st.booleans(),
)
def test_all_conditions_together(
    batch: Decimal,
    peak: Decimal,
    tier: str,
    region: str,
    discount: Decimal | None,
    explicit: bool,
) -> None:
    """Each share costs what a request under its conditions costs."""
    sold = row(
        band(
            rates("3", "7"),
            peak=variant("2"),
            batch=variant(input="1", output="2") if explicit else variant("0.5"),
            flex=variant("0.75"),
        ),
        regions={"us": "1.1"},
    )
    workload = request(1000, 300, batch_share=batch, tier=tier, region=region)
    (usage,) = (one for one, _ in load_of(workload, 0, writes=False).pile.usages)

    expected = D(0)
    for window, part in ((PEAK_HOURS, peak), ("", 1 - peak)):
        for is_batch, share in ((True, batch), (False, 1 - batch)):
            conditions = Conditions(
                peak=window, batch=is_batch, tier=tier, region=region, discount=discount
            )
            found = cost_of(usage, sold, conditions)
            assert found is not None
            expected += part * share * found.amount

    windows = {PEAK_HOURS: peak, "": 1 - peak}
    assert cost(sold, workload, windows, discount=discount) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Mode.CLIFF, 60 * 1 + 10 * 1 + 130 * 2 + 10 * 2 + 200 * 2 + 10 * 2),
        (Mode.MARGINAL, 60 + 10 + (100 + 30 * 2) + 10 * 2 + (100 + 100 * 2) + 10 * 2),
    ],
    ids=str,
)
def test_each_turn_is_billed_at_its_own_size(mode: Mode, expected: int) -> None:
    """Three turns of 60, 130 and 200 tokens; from 101 on, one costs 2."""
    sold = row(band("1", input=100), band("2"), mode=mode)

    assert cost(sold, request(60, 10, turns=3)) == D(expected) / M


@given(
    st.sampled_from([SIZES, MARGINAL, LENGTHS]),
    st.builds(
        request,
        st.integers(0, 400),
        st.integers(0, 90),
        turns=st.integers(1, 8),
        history=st.builds(HistoryLimit, st.sampled_from(Keep), st.integers(0, 300)),
        context_tokens=st.sampled_from([0, 250]),
        thinking_tokens=st.sampled_from([0, 40]),
        tool_calls=st.integers(0, 2),
        tool_call_tokens=st.just(7),
        tool_result_tokens=st.just(60),
        tool_history=st.sampled_from(["keep", "drop"]),
        cache_hit=st.sampled_from([D(0), D("0.8"), D(1)]),
    ),
    st.integers(0, 300),
)
def test_a_conversation_costs_what_its_requests_cost(
    sold: PriceRow, workload: Workload, system: int
) -> None:
    """Of any band, cliff and marginal, by input and by output."""
    assert cost(sold, workload, system=system) == single_requests(sold, workload, system)


@pytest.mark.parametrize("mode", Mode)
def test_a_conversation_that_outgrows_the_bands_is_left_out(mode: Mode) -> None:
    """Its first turn would have a price."""
    small = model("small", row(band("1", input=100), mode=mode))
    large = model("large", row(band("1")))
    workload = request(60, 10, turns=2, mau=1, requests_per_user=D(2))
    query = Query(
        workload=workload,
        at=at("2026-11-22"),
        month=date(2026, 11, 1),
        season=season(workload.traffic, date(2026, 11, 1), CALENDAR),
        exchange=exchange(),
    )

    result = budget(table(small, large), (small, large), query)

    assert [line.model for line in result.lines] == [large]
    assert [(one.model, one.reason) for one in result.excluded] == [(small, "band")]


@pytest.mark.parametrize(
    ("items", "thinking", "expected"),
    [
        (rates("2", "8", output_thinking="20"), 0, "0.8"),
        (rates("2", "8", output_thinking="20"), 100_000, 4),  # all of the output costs more
        (rates("2", "8"), 100_000, "1.6"),
    ],
    ids=["not thinking", "thinking", "no price of its own"],
)
def test_thinking_is_output(items: Prices, thinking: int, expected: object) -> None:
    workload = request(0, 100_000, thinking_tokens=thinking)

    assert cost(row(items), workload) == D(str(expected))


IMPLICIT = rates("10", "10", "1")
WRITTEN = rates("10", "10", "1", cache_write_5m="12", cache_write_1h="20")
BOTH = rates("10", "10", "2", cache_read_explicit="1", cache_write_5m="12")
UNREAD = rates("10", "10", cache_write_5m="12")


@pytest.mark.parametrize(
    ("items", "lifetime", "expected"),
    [
        pytest.param(rates("10", "10"), "", 10, id="no cache: all is plain input"),
        pytest.param(IMPLICIT, "", "2.8", id="read alone: 80 % at 1"),
        pytest.param(IMPLICIT, "1h", "2.8", id="a lifetime that is not sold"),
        pytest.param(WRITTEN, "", "3.2", id="what is not read is written, for the shortest time"),
        pytest.param(WRITTEN, "1h", "4.8", id="or for the one that was asked for"),
        pytest.param(WRITTEN, "30m", "4.8", id="or for a longer one, if that is not sold"),
        pytest.param(WRITTEN, "24h", "2.8", id="at the plain price, if no longer one is sold"),
        pytest.param(BOTH, "", "3.6", id="an implicit cache writes for nothing"),
        pytest.param(BOTH, "5m", "3.2", id="an explicit one reads for less"),
        pytest.param(UNREAD, "", 10, id="nobody writes what costs no less to read"),
        pytest.param(UNREAD, "5m", 10, id="even if a lifetime is asked for"),
    ],
)
def test_what_a_cache_costs(items: Prices, lifetime: str, expected: object) -> None:
    """A system prompt of a million tokens, of which 80 % are read."""
    workload = request(0, 0, cache_hit=D("0.8"), cache_lifetime=lifetime)

    assert cost(row(items), workload, system=M) == D(str(expected))


def test_no_hits_write_nothing() -> None:
    assert cost(row(WRITTEN), request(0, 0), system=M) == 10


@pytest.mark.parametrize(
    "workload", [request(), request(cache_hit=D(1)), request(batch_share=D(1))]
)
def test_free_is_free(workload: Workload) -> None:
    assert cost(unpriced(PriceState.FREE), workload) == 0
