"""Own GPUs against a price per token: what a GPU serves, how many it takes, from when they pay.

Throughput is a forecast between published points, multiplied by what measurements make of it; it
is never one number. A GPU serves `requests` per second; a month has 730 hours. `data/hosting` has
the points, `docs/hosting.md` the formulas.
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, Decimal

import msgspec

from llmcost.messages import say
from llmcost.money import PER, ZERO
from llmcost.pricing.hosting_facts import Derating, HostableModel, ServingForecast, ThroughputPoint

HOURS_A_MONTH = 730
SECONDS_AN_HOUR = 3600
HOURS_A_DAY = 24
PEAK_TO_MEAN, SPARE, LIFE, PUE = Decimal(2), 1, 36, Decimal("1.3")
"""Where the user says nothing: of the traffic, the replicas kept spare, the months of life of a
bought GPU, and a data centre's total power over that of its machines. All of them are printed."""
DIAGONAL = Decimal("0.25")
"""How far input and output may lie from one another between two points that are no rectangle, as
shares of their distance."""


class Demand(msgspec.Struct, frozen=True):
    """What is to be served: requests a month, their mean tokens, of which `cached` of the input
    are read from a cache at the API, the traffic's peak over its mean, and the spare replicas."""

    requests: Decimal
    input: Decimal
    output: Decimal
    cached: Decimal = ZERO
    peak_to_mean: Decimal = PEAK_TO_MEAN
    spare: int = SPARE

    @property
    def mean(self) -> Decimal:
        """Requests per second."""
        return self.requests / (HOURS_A_MONTH * SECONDS_AN_HOUR)

    @property
    def peak(self) -> Decimal:
        """Requests per second in the busiest hour."""
        return self.mean * self.peak_to_mean


class ServingRate(msgspec.Struct, frozen=True):
    """Forecast requests per second and GPU, and the GPUs of the smallest replica."""

    requests: Decimal
    gpus: int


class Fleet(msgspec.Struct, frozen=True):
    """The GPUs that are rented, and how much of what they can serve is served, 0 to 1; None: no
    source says what that is."""

    gpus: int
    use: Decimal | None


class OwnMonth(msgspec.Struct, frozen=True):
    """A month on own GPUs if each serves `requests` per second. `break_even`: the use from which
    they pay; None where the API costs nothing, so that they never do."""

    requests: Decimal
    fleet: Fleet
    cost: Decimal
    break_even: Decimal | None


def rate_at(
    points: Sequence[ThroughputPoint], input: Decimal, output: Decimal
) -> ServingRate | str:
    """Return what one GPU serves of such requests, or why that is not known.

    GPU-seconds per request are interpolated, since a request takes as much time as its tokens do
    together: between the closest points around the request, the corners of a rectangle, or two
    where input and output move together. Nothing is extrapolated; of the replicas at these points,
    the largest is needed.
    """
    usable = [one for one in points if not one.suspect]
    if not usable:
        return say("no forecast of its throughput can be trusted")
    cells = [
        (area(low, high), is_open, corners)
        for low in usable
        for high in usable
        if low.input <= input <= high.input and low.output <= output <= high.output
        for is_open, corners in cells_of(usable, low, high, input, output)
    ]
    if not cells:
        return outside(usable, input, output)
    _area, _is_open, corners = min(cells, key=lambda one: one[:2])
    seconds = sum((share / point.requests for point, share in corners), ZERO)
    return ServingRate(1 / seconds, max(point.gpus for point, share in corners if share))


Corners = list[tuple[ThroughputPoint, Decimal]]


def cells_of(
    points: Sequence[ThroughputPoint],
    low: ThroughputPoint,
    high: ThroughputPoint,
    input: Decimal,
    output: Decimal,
) -> Iterator[tuple[bool, Corners]]:
    """The corners between two points with the weight of each; `True`: only the two are there."""
    by_size = {(one.input, one.output): one for one in points}
    left = by_size.get((low.input, high.output))
    right = by_size.get((high.input, low.output))
    across = share_of(input, low.input, high.input)
    up = share_of(output, low.output, high.output)
    if left is not None and right is not None:
        yield (
            False,
            [
                (low, (1 - across) * (1 - up)),
                (left, (1 - across) * up),
                (right, across * (1 - up)),
                (high, across * up),
            ],
        )
    elif abs(across - up) <= DIAGONAL:
        middle = (across + up) / 2
        yield True, [(low, 1 - middle), (high, middle)]


def share_of(value: Decimal, low: int, high: int) -> Decimal:
    return (value - low) / (high - low) if high > low else ZERO


def area(low: ThroughputPoint, high: ThroughputPoint) -> Decimal:
    """How far two points lie apart, as a ratio: 1 for the same."""
    return Decimal(high.input * high.output) / (low.input * low.output)


def outside(points: Sequence[ThroughputPoint], input: Decimal, output: Decimal) -> str:
    """Why there is no forecast of such requests: beyond the points, or between none of them."""
    sizes = [(one.input, one.output) for one in points]
    low_in, high_in = min(one for one, _ in sizes), max(one for one, _ in sizes)
    low_out, high_out = min(one for _, one in sizes), max(one for _, one in sizes)
    values = {
        "input": round(input),
        "output": round(output),
        "low_in": low_in,
        "high_in": high_in,
        "low_out": low_out,
        "high_out": high_out,
    }
    if low_in <= input <= high_in and low_out <= output <= high_out:
        return say(
            "no forecast near {input:,} tokens in and {output:,} out: points lie from "
            "{low_in:,} + {low_out:,} to {high_in:,} + {high_out:,}",
            **values,
        )
    return say(
        "{input:,} tokens in and {output:,} out lie outside the forecasts ({low_in:,} to "
        "{high_in:,} in, {low_out:,} to {high_out:,} out)",
        **values,
    )


def gpus_at_peak(peak: Decimal, requests: Decimal, replica: int, spare: int) -> int:
    """Return the GPUs that serve `peak` requests per second, in whole replicas and at least one,
    with the spare ones."""
    replicas = (peak / (requests * replica)).to_integral_value(ROUND_CEILING)
    return (max(1, int(replicas)) + spare) * replica


def break_even_use(hour: Decimal, requests: Decimal, api: Decimal) -> Decimal | None:
    """Return the use from which a GPU that costs so much an hour pays: u* = g / (3600 q a), with
    `api` the price of a request; above 1 it never does. None if the API costs nothing."""
    worth = SECONDS_AN_HOUR * requests * api
    return hour / worth if worth else None


def own_month(
    demand: Demand, rate: ServingRate, factor: Decimal, hour: Decimal, api: Decimal
) -> OwnMonth:
    """Return the month on GPUs of `hour` an hour, if they serve `factor` of the forecast, against
    an API that takes `api` for a request, in the same currency."""
    requests = rate.requests * factor
    gpus = gpus_at_peak(demand.peak, requests, rate.gpus, demand.spare)
    fleet = Fleet(gpus, demand.mean / (gpus * requests))
    return OwnMonth(
        requests, fleet, gpus * HOURS_A_MONTH * hour, break_even_use(hour, requests, api)
    )


class OwnMonths(msgspec.Struct, frozen=True):
    """The month as expected, and at the ends of the range of the forecast: `low` is the slowest."""

    expected: OwnMonth
    low: OwnMonth
    high: OwnMonth


def own_months(
    demand: Demand, rate: ServingRate, factor: Derating, hour: Decimal, api: Decimal
) -> OwnMonths:
    return OwnMonths(
        *(
            own_month(demand, rate, each, hour, api)
            for each in (factor.expected, factor.low, factor.high)
        )
    )


def most_peak_to_mean(break_even: Decimal | None) -> Decimal | None:
    """Return the highest peak over mean with which a large fleet can pay, without spare replicas
    and rounding; None if it never does."""
    if break_even is None or break_even > 1:
        return None
    return 1 / break_even


INPUT_UNIT, OUTPUT_UNIT = 10_000, 1_000
"""Tokens a minute that reserved throughput is priced by."""


def reserved_units(demand: Demand) -> tuple[int, int]:
    """Return the units of input and of output that carry the peak."""
    return tuple(  # type: ignore[return-value]
        int((demand.peak * 60 * tokens / unit).to_integral_value(ROUND_CEILING))
        for tokens, unit in ((demand.input, INPUT_UNIT), (demand.output, OUTPUT_UNIT))
    )


def full_use_prices(input: Decimal, output: Decimal) -> tuple[Decimal, Decimal]:
    """Return the prices of a million tokens of input and of output if all that is reserved were
    used, at prices of a unit and day."""
    minutes = 60 * HOURS_A_DAY
    return input * PER / (INPUT_UNIT * minutes), output * PER / (OUTPUT_UNIT * minutes)


def reserved_month(demand: Demand, input: Decimal, output: Decimal, api: Decimal) -> OwnMonth:
    """Return the month of throughput that is reserved for the peak, at prices of a unit and day,
    against an API that takes `api` for a request. Of the use, each token weighs its price."""
    ins, outs = reserved_units(demand)
    days = Decimal(HOURS_A_MONTH) / HOURS_A_DAY
    fresh, written = full_use_prices(input, output)
    cost = (ins * input + outs * output) * days
    full = (demand.input * fresh + demand.output * written) / PER
    use = demand.requests * full / cost if cost else ZERO
    return OwnMonth(ZERO, Fleet(0, use), cost, full / api if api else None)


def bought_hour(price: Decimal, months: int, watts: int, pue: Decimal, energy: Decimal) -> Decimal:
    """Return what an hour of a bought GPU costs: its price over its life, and its energy at a
    price per kWh."""
    return price / months / HOURS_A_MONTH + Decimal(watts) / 1000 * pue * energy


def forecasts_by_machine(
    hostable: HostableModel,
) -> dict[str, list[tuple[str, ServingForecast]]]:
    """Return what is forecast of a model on each machine, with the name of the weights."""
    found: dict[str, list[tuple[str, ServingForecast]]] = {}
    for weights in hostable.weights:
        for one in weights.forecasts:
            found.setdefault(one.machine, []).append((weights.name, one))
    return found


def fastest(
    forecasts: Sequence[ServingForecast], input: Decimal, output: Decimal
) -> tuple[ServingForecast, ServingRate] | str:
    """Return, of forecasts on one machine, that with the most requests per second and GPU; or why
    none has any."""
    found = [(one, rate_at(one.points, input, output)) for one in forecasts]
    rates = [(one, rate) for one, rate in found if isinstance(rate, ServingRate)]
    if rates:
        return max(rates, key=lambda one: one[1].requests)
    return next((rate for _, rate in found if isinstance(rate, str)), say("no forecast"))
