"""Own GPUs against the API: from which use they pay, by hand, by simulation, and as laws."""

from collections.abc import Sequence
from decimal import ROUND_CEILING
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.price_data.hosting_files import load_hosting
from llmcost.pricing.hosting_facts import ThroughputPoint
from llmcost.workload.hosting import (
    HOURS_A_MONTH,
    Demand,
    OwnMonth,
    ServingRate,
    bought_hour,
    break_even_use,
    fastest,
    gpus_at_peak,
    most_peak_to_mean,
    own_month,
    rate_at,
    reserved_month,
    reserved_units,
)
from llmcost.workload.traffic import EVENING_DAY, OFFICE_DAY

FACTS = load_hosting()
K = FACTS.measured.factor.expected
CNY = D("6.6529")


def request_price(input: D, output: D, cached: D, prices: tuple[D, D, D]) -> D:
    """The formula of the API's side, by hand: ((isl - c) p_in + c p_c + osl p_out) / 1e6."""
    fresh, read, written = prices
    return ((input - cached) * fresh + cached * read + output * written) / 1_000_000


def point(input: int, output: int, requests: str, gpus: int = 1, why: str = "") -> ThroughputPoint:
    return ThroughputPoint(
        input, output, D(requests), gpus, 100, D(40), 8, (gpus, 1, 1, 1), D(40), why
    )


def rate_of(
    model: str, machine: str, engine: str, input: int = 4000, output: int = 500
) -> ServingRate:
    """The forecast of the data; the name of an engine is enough."""
    (found,) = [one for one in FACTS.throughput.models if one.id == model]
    forecasts = [
        one
        for weights in found.weights
        for one in weights.forecasts
        if one.machine == machine and one.engine.startswith(engine) and "nvfp4" not in one.precision
    ]
    best = fastest(forecasts, D(4000), D(500))
    assert not isinstance(best, str)
    return best[1]


V4 = "deepseek-v4-flash"
# The table of break-even use: 4000 tokens in, 500 out, nothing cached; the price of a GPU-hour.
TABLE = [
    ("gpt-oss-120b", "h200_sxm", "vllm", 4, "4.43", "0.15", "0.60", 1, "14.35", "4.59", "0.32"),
    ("gpt-oss-120b", "h200_sxm", "vllm", 4, "4.43", "0.05", "0.25", 1, "5.18", "4.59", "0.89"),
    (
        "deepseek-v4-flash",
        "h200_sxm",
        "sglang",
        4,
        "1.76",
        "0.15",
        "0.60",
        1,
        "5.71",
        "4.59",
        "0.80",
    ),
    (
        "deepseek-v4-flash",
        "h200_sxm",
        "sglang",
        4,
        "1.76",
        "0.30",
        "1.20",
        1,
        "11.43",
        "4.59",
        "0.40",
    ),
    ("qwen3-32b", "h200_sxm", "trtllm", 1, "1.82", "2", "20", CNY, "17.68", "4.59", "0.26"),
    ("qwen3-32b", "h200_sxm", "trtllm", 1, "1.82", "0.10", "0.45", 1, "4.08", "4.59", "1.12"),
    ("glm-5.3", "h200_sxm", "sglang", 8, "0.21", "8", "28", CNY, "5.18", "4.59", "0.89"),
    ("glm-5.3", "h200_sxm", "sglang", 8, "0.21", "8", "28", CNY, "5.18", "3.73", "0.72"),
    ("minimax-m3", "h200_sxm", "vllm", 8, "0.44", "0.30", "1.20", 1, "2.83", "4.59", "1.62"),
    ("kimi-k2.5", "b200_sxm", "sglang", 8, "0.68", "0.56", "3.50", 1, "9.80", "6.79", "0.69"),
]


def rounded(value: D, digits: str = "0.01") -> str:
    return str(value.quantize(D(digits)))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[5]}-{row[9]}")
def test_break_even_use(row: Sequence[str]) -> None:
    model, machine, engine, replica, requests, fresh, written, per_usd, worth, hour, even = row
    rate = rate_of(model, machine, engine)
    served = rate.requests * K
    api = request_price(D(4000), D(500), D(0), (D(fresh), D(0), D(written))) / D(per_usd)
    assert (str(rate.gpus), rounded(served)) == (str(replica), requests)
    assert rounded(3600 * served * api) == worth
    found = break_even_use(D(hour), served, api)
    assert found is not None
    assert rounded(found) == even


def test_where_the_prompt_is_cached_a_gpu_hour_is_worth_less() -> None:
    """90 % of DeepSeek's input at 0.003: what a GPU-hour replaces falls from 5.71 to 2.35."""
    served = rate_of("deepseek-v4-flash", "h200_sxm", "sglang").requests * K
    prices = D("0.15"), D("0.003"), D("0.60")
    api = request_price(D(4000), D(500), D(3600), prices)
    assert rounded(3600 * served * api) == "2.35"
    found = break_even_use(D("4.59"), served, api)
    assert found is not None
    assert rounded(found) == "1.95"


# A month of gpt-oss-120b on H200 at 4.59 an hour, one spare replica of 4, against 0.0009 a request.
MONTHS = [
    (200_000, 2, "4.6", 8, 7, 26_806, 5_475),
    (200_000, 4, "9.3", 8, 7, 26_806, 5_475),
    (1_000_000, 2, "23.1", 12, 22, 40_208, 27_375),
    (1_000_000, 4, "46.3", 16, 16, 53_611, 27_375),
    (3_000_000, 2, "69.4", 20, 39, 67_014, 82_125),
    (3_000_000, 4, "138.9", 36, 22, 120_625, 82_125),
    (10_000_000, 2, "231.5", 60, 44, 201_042, 273_750),
    (10_000_000, 4, "463.0", 112, 23, 375_278, 273_750),
]


def use_of(month: OwnMonth) -> D:
    assert month.fleet.use is not None
    return month.fleet.use


def demand_of(a_day: int, peak: D | int = 2, spare: int = 1) -> Demand:
    requests = D(a_day) * HOURS_A_MONTH / 24
    return Demand(requests, D(4000), D(500), D(0), D(peak), spare)


@pytest.mark.parametrize(("a_day", "ratio", "peak", "gpus", "use", "own", "api"), MONTHS)
def test_month(a_day: int, ratio: int, peak: str, gpus: int, use: int, own: int, api: int) -> None:
    demand = demand_of(a_day, ratio)
    rate = rate_of("gpt-oss-120b", "h200_sxm", "vllm")
    month = own_month(demand, rate, K, D("4.59"), D("0.0009"))
    assert rounded(demand.peak, "0.1") == peak
    assert month.fleet.gpus == gpus
    assert round(100 * use_of(month)) == use
    assert round(month.cost) == own
    assert round(demand.requests * D("0.0009")) == api
    assert month.break_even is not None
    assert (use_of(month) > month.break_even) == (own < api)


def test_a_month_that_needs_no_forecast() -> None:
    """GLM-5.3 at Alibaba: 5.60 / 19.60 a million at full use against 8 / 28: from 70 % on."""
    demand = demand_of(3_000_000)
    api = request_price(demand.input, demand.output, D(0), (D(8), D(0), D(28)))
    month = reserved_month(demand, D("80.6"), D("28.22"), api)
    assert month.break_even is not None
    assert rounded(month.break_even) == "0.70"
    assert rounded(D("80.6") / D("14.4")) == "5.60"
    assert rounded(D("28.22") / D("1.44")) == "19.60"
    assert reserved_units(demand) == (1667, 2084)
    assert rounded(use_of(month)) == "0.50"


def test_one_spare_replica_costs_before_the_first_request() -> None:
    idle = own_month(demand_of(1), ServingRate(D("0.26"), 8), K, D("4.59"), D(1))
    assert (idle.fleet.gpus, round(idle.cost)) == (16, 53_611)


@pytest.mark.parametrize(("even", "most"), [("0.32", "3.1"), ("0.89", "1.1"), ("1.01", None)])
def test_the_peak_with_which_they_can_pay(even: str, most: str | None) -> None:
    found = most_peak_to_mean(D(even))
    assert (None if found is None else rounded(found, "0.1")) == most


def test_an_api_that_costs_nothing_is_never_beaten() -> None:
    assert break_even_use(D(1), D(1), D(0)) is None
    assert most_peak_to_mean(None) is None


def test_a_bought_gpu_costs_its_life_and_its_energy() -> None:
    assert bought_hour(D(26280), 36, 700, D("1.3"), D(0)) == 1
    assert rounded(bought_hour(D(0), 36, 700, D("1.3"), D("0.6")), "0.001") == "0.546"


# What the grid knows


GRID = [
    point(1000, 200, "10"),
    point(1000, 400, "8", 2),
    point(2000, 200, "5"),
    point(2000, 400, "4"),
    point(8000, 1600, "0.5", 4),
    point(9000, 1700, "99", why="nothing like it elsewhere"),
]


@pytest.mark.parametrize(
    ("input", "output", "seconds", "gpus"),
    [
        (1000, 200, "0.1", 1),  # a point is itself
        (2000, 400, "0.25", 1),
        (1500, 200, "0.15", 1),  # on an edge
        (1000, 300, "0.1125", 2),
        (1500, 300, "0.16875", 2),  # inside a rectangle: the mean of four, the largest replica
        (5000, 1000, "1.125", 4),  # between two points, where both numbers move together
    ],
)
def test_gpu_seconds_are_interpolated(input: int, output: int, seconds: str, gpus: int) -> None:
    found = rate_at(GRID, D(input), D(output))
    assert isinstance(found, ServingRate)
    assert (round(1 / found.requests, 10), found.gpus) == (D(seconds), gpus)


@pytest.mark.parametrize(
    ("input", "output", "why"),
    [
        (999, 300, "outside"),
        (1500, 199, "outside"),
        (8001, 1600, "outside"),  # the suspect point is not there
        (1500, 1700, "outside"),
        (8000, 300, "no forecast near"),  # long and short: far from the line between two points
        (2000, 1200, "no forecast near"),
    ],
)
def test_nothing_is_extrapolated(input: int, output: int, why: str) -> None:
    found = rate_at(GRID, D(input), D(output))
    assert isinstance(found, str)
    assert why in found


def test_points_that_are_suspect_are_never_used() -> None:
    suspects = [
        (model.id, weights.name, forecast, one)
        for model in FACTS.throughput.models
        for weights in model.weights
        for forecast in weights.forecasts
        for one in forecast.points
        if one.suspect
    ]
    assert len(suspects) >= 13
    for _model, _weights, forecast, one in suspects:
        found = rate_at(forecast.points, D(one.input), D(one.output))
        assert isinstance(found, str) or found.requests != one.requests


def test_measurements_lie_in_the_printed_range() -> None:
    """16 of the 20, at full precision; the expected factor is their median to one digit."""
    measured = FACTS.measured
    ratios = sorted(one.ratio for one in measured.measurements)
    outside = [one for one in ratios if not measured.factor.low <= one <= measured.factor.high]
    assert (len(ratios), measured.inside, len(outside)) == (20, 16, 4)
    assert [rounded(one) for one in outside] == ["0.41", "0.49", "0.49", "1.39"]
    assert rounded((ratios[9] + ratios[10]) / 2, "0.1") == str(measured.factor.expected)


# A simulation, hour by hour


@pytest.mark.parametrize(
    "day", [OFFICE_DAY, EVENING_DAY, (D(1),) * 24], ids=["office", "evening", "flat"]
)
@pytest.mark.parametrize("a_day", [40_000, 900_000, 12_000_000])
def test_the_closed_form_is_what_a_simulated_month_gives(day: Sequence[D], a_day: int) -> None:
    """Arrivals by the hour, and the fewest replicas with which no hour has more than is served."""
    mean = sum(day, D(0)) / len(day)
    demand = demand_of(a_day, max(day) / mean, spare=0)
    served, replica, hour = D("2.5") * K, 4, D(3)
    arrivals = [D(a_day) * weight / sum(day, D(0)) for weight in day]
    replicas = 1
    while any(one > replicas * replica * served * 3600 for one in arrivals):
        replicas += 1
    capacity = replicas * replica * served * 3600 * len(day)
    month = own_month(demand, ServingRate(D("2.5"), replica), K, hour, D("0.001"))
    assert month.fleet.gpus == replicas * replica
    assert abs(use_of(month) - sum(arrivals, D(0)) / capacity) < D("1e-20")
    rent = replicas * replica * hour * HOURS_A_MONTH
    bill = sum(arrivals, D(0)) * HOURS_A_MONTH / 24 * D("0.001")
    assert month.cost == rent
    assert month.break_even is not None
    assert (use_of(month) > month.break_even) == (rent < bill)


# Laws

amounts = st.decimals("0.0001", "1000", places=4)
loads = st.integers(1, 10**9)
few = settings(max_examples=40, deadline=None)


@few
@given(loads, loads, amounts, st.decimals("1", "20", places=2), st.integers(1, 16))
def test_more_load_or_a_higher_peak_never_needs_fewer_gpus(
    one: int, other: int, served: D, ratio: D, replica: int
) -> None:
    low, high = sorted((one, other))
    fleets = [
        gpus_at_peak(demand_of(a_day, peak).peak, served, replica, 1)
        for a_day, peak in ((low, 1), (low, ratio), (high, ratio))
    ]
    assert fleets == sorted(fleets)
    assert all(found % replica == 0 for found in fleets)


@few
@given(amounts, amounts, amounts, amounts)
def test_dearer_gpus_pay_later_and_a_dearer_api_earlier(
    hour: D, more: D, served: D, api: D
) -> None:
    even, dearer, against = (
        break_even_use(hour, served, api),
        break_even_use(hour + more, served, api),
        break_even_use(hour, served, api + more),
    )
    assert even is not None
    assert dearer is not None
    assert against is not None
    assert dearer > even > against


@few
@given(loads, amounts, amounts, amounts, st.decimals("1", "5", places=1), st.integers(0, 3))
def test_own_gpus_cost_less_exactly_where_their_use_is_above_break_even(
    a_day: int, served: D, hour: D, api: D, peak: D, spare: int
) -> None:
    demand = demand_of(a_day, peak, spare)
    month = own_month(demand, ServingRate(served, 2), D(1), hour, api)
    bill = demand.requests * api
    assert month.break_even is not None
    if abs(month.cost - bill) > bill * D("1e-15"):
        assert (use_of(month) > month.break_even) == (month.cost < bill)
    assert use_of(month) * peak <= 1 + D("1e-20")


@few
@given(st.integers(1000, 2000), st.integers(200, 400), st.integers(0, 500), st.integers(0, 100))
def test_longer_requests_are_never_served_faster(
    input: int, output: int, more: int, longer: int
) -> None:
    first = rate_at(GRID, D(input), D(output))
    second = rate_at(GRID, D(min(2000, input + more)), D(min(400, output + longer)))
    assert isinstance(first, ServingRate)
    assert isinstance(second, ServingRate)
    assert second.requests <= first.requests * (1 + D("1e-20"))


FORECASTS = [
    forecast.points
    for model in FACTS.throughput.models
    for weights in model.weights
    for forecast in weights.forecasts
    if any(not one.suspect for one in forecast.points)
]


@few
@given(
    st.sampled_from(FORECASTS),
    st.integers(500, 32_000),
    st.integers(200, 2_000),
    loads,
    loads,
    st.decimals("1", "20", places=1),
    amounts,
    amounts,
)
def test_every_forecast_is_monotone_in_load_peak_and_price(
    points: Sequence[ThroughputPoint],
    input: int,
    output: int,
    one: int,
    other: int,
    peak: D,
    hour: D,
    more: D,
) -> None:
    """Where a forecast has an answer: it lies between its points, and a month of more requests, a
    higher peak or dearer GPUs never costs less."""
    rate = rate_at(points, D(input), D(output))
    if isinstance(rate, str):
        assert "outside the forecasts" in rate or "no forecast near" in rate
        return
    known = [point.requests for point in points if not point.suspect]
    assert min(known) * (1 - D("1e-20")) <= rate.requests <= max(known) * (1 + D("1e-20"))
    low, high = sorted((one, other))
    loads_of = (demand_of(low), demand_of(high), demand_of(high, 2 * peak))
    months = [own_month(each, rate, K, hour, D(1)) for each in loads_of]
    months.append(own_month(loads_of[-1], rate, K, hour + more, D(1)))
    costs = [month.cost for month in months]
    assert costs == sorted(costs)


def test_output_tokens_a_second_are_those_of_the_forecast() -> None:
    """Of gpt-oss-120b on H200: input and output are not exchangeable."""
    sizes = {(1000, 200): 4244, (4000, 500): 2762, (16_000, 1000): 1202, (32_000, 2000): 899}
    (model,) = [one for one in FACTS.throughput.models if one.id == "gpt-oss-120b"]
    points = next(one.points for one in model.weights[0].forecasts if one.machine == "h200_sxm")
    found = {(one.input, one.output): one.requests * (one.output - 1) for one in points}
    assert all(abs(found[size] - tokens) < 1 for size, tokens in sizes.items())


def test_a_fleet_has_whole_replicas() -> None:
    assert gpus_at_peak(D(10), D(1), 4, 1) == (D(10) / 4).to_integral_value(ROUND_CEILING) * 4 + 4
