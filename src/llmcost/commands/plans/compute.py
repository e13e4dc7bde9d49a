"""Which plan holds an agent's traffic: its units, window by window, beside the price of the API."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

import msgspec

from llmcost.commands.replay.compute import Replayed, ReplayLine, Session, TokenRatio
from llmcost.money import PER, ZERO, Exchange, convert
from llmcost.pricing.cache_rules import NONE
from llmcost.pricing.plan_rows import MONTH, SLIDES, WINDOWS, Plan, WindowUse, month_of, window_use
from llmcost.pricing.prompt_cache import CacheUse, hits, uses

DAY = 86400
Timed = tuple[float, CacheUse]


class PlanTraffic(msgspec.Struct, frozen=True):
    """The requests of some days in the order of time, as a model's cache would have them.
    `line`: a session on it, of which there are `copies`; None for a model without a list price."""

    model: str
    requests: Sequence[Timed]
    line: ReplayLine | None
    copies: int = 1

    @property
    def cost(self) -> Decimal | None:
        return None if self.line is None else self.line.cost.amount * self.copies


class PlanFit(msgspec.Struct, frozen=True):
    """How a plan holds the traffic on one of its models. `holds` None: not known, and `why`.

    `price`: of a month, in the currency of the result; `per_million`: of that, for 1M tokens of
    this very mix, where the plan holds it; `api`: a month of the same at list prices; `day`: on
    which day of the month the API has cost more (None: on none of 30).
    """

    plan: Plan
    model: str
    holds: bool | None
    windows: Sequence[WindowUse]
    price: Decimal
    per_million: Decimal | None
    api: Decimal | None
    day: int | None
    why: str = ""
    read_share: Decimal = ZERO  # of the input, under that model's cache

    @property
    def share(self) -> Decimal:
        """Of the limit that is nearest."""
        return max((one.share for one in self.windows), default=ZERO)


class Fitted(msgspec.Struct, frozen=True):
    """The plans that hold the traffic, the cheapest first, then the others, then those of which it
    is not known. `tokens`, of which `read` from the cache, in a month; `days` that were seen."""

    fits: tuple[PlanFit, ...]
    days: int
    requests: int
    tokens: Decimal
    read: Decimal
    exchange: Exchange
    at: datetime
    refused: int


def timeline(session: Session, line: ReplayLine, ratio: TokenRatio) -> Iterator[Timed]:
    """When each request was sent, and what of it the model's cache had. `ratio`: of its tokens to
    those of the session."""
    tree, terms = session.tree, line.best.offer.terms
    yield from zip(tree.seconds, uses(tree, hits(tree, terms), terms, ratio), strict=True)


def uncached(session: Session) -> Iterator[Timed]:
    """The same where nothing is known of the model."""
    tree = session.tree
    yield from zip(tree.seconds, uses(tree, hits(tree, NONE), NONE), strict=True)


def days_of(seconds: Iterable[float]) -> int:
    """Days from the first to the last request, at least one."""
    found = list(seconds)
    if not found:
        return 1
    span = Decimal(max(found) - min(found)) / DAY
    return max(1, int(span.to_integral_value(rounding=ROUND_CEILING)))


def fitted(
    plans: Iterable[Plan],
    traffics: Sequence[PlanTraffic],
    replay: Replayed,
    *,
    for_product: bool,
    everything: bool,
) -> Fitted:
    """`traffics`: by model, first that of the log, or one without a name. `for_product`: without
    plans whose terms are for coding tools alone; `everything`: also those no longer sold."""
    day = replay.at.date()
    chosen = [one for one in plans if everything or one.is_sold(day)]
    allowed = [one for one in chosen if not (for_product and one.coding_only)]
    first = traffics[0]
    days = days_of(second for second, _ in first.requests)
    fits = [
        fit
        for plan in allowed
        if plan.price is not None
        and (fit := fit_of(plan, traffics, days, replay.exchange)) is not None
    ]
    order = {True: 0, None: 2, False: 1}
    fits.sort(key=lambda one: (order[one.holds], one.price, one.plan.title))
    mix = next((one for one in traffics if one.line is not None), first)
    tokens = [Decimal(use.input + use.output) for _, use in mix.requests]
    read = [Decimal(use.read) for _, use in mix.requests]
    month = Decimal(MONTH) / days
    return Fitted(
        *(tuple(fits), days, len(first.requests), sum(tokens, ZERO) * month),
        *(sum(read, ZERO) * month, replay.exchange, replay.at, len(chosen) - len(allowed)),
    )


def fit_of(
    plan: Plan, traffics: Sequence[PlanTraffic], days: int, exchange: Exchange
) -> PlanFit | None:
    """On the model of the log, if the plan serves it; else on the first one that it names and whose
    use is known. None if it serves none of these models."""
    served = [one for one in traffics if serves(plan, one.model)]
    if not plan.models:
        served = served[:1]
    places = {one.casefold(): place for place, one in enumerate(plan.models)}
    served.sort(key=lambda one: (one is not traffics[0], places.get(short_id(one.model), 0)))
    fits = [fit_on(plan, one, days, exchange) for one in served]
    return next((one for one in fits if one.holds is not None), next(iter(fits), None))


def short_id(model: str) -> str:
    return model.rpartition("/")[2].casefold()


def serves(plan: Plan, model: str) -> bool:
    """By the ids that its vendor names; a plan that names none is for any model."""
    return not plan.models or short_id(model) in (one.casefold() for one in plan.models)


def fit_on(plan: Plan, traffic: PlanTraffic, days: int, exchange: Exchange) -> PlanFit:
    price = monthly_price(plan, exchange)
    api = None if traffic.cost is None else traffic.cost * MONTH / days
    day = None
    if api:
        needed = (price * MONTH / api).to_integral_value(rounding=ROUND_CEILING)
        day = max(1, int(needed)) if needed <= MONTH else None
    sent = sum(use.input for _, use in traffic.requests)
    read_share = Decimal(sum(use.read for _, use in traffic.requests)) / sent if sent else ZERO
    found, why = units_of(plan, traffic, exchange)
    if found is None:
        return PlanFit(plan, traffic.model, None, (), price, None, api, day, why, read_share)
    windows = list(windows_of(plan, traffic.model, found, days))
    holds = not any(one.exceeded for one in windows)
    if holds and any(one.is_open for one in windows):
        return PlanFit(
            plan, traffic.model, None, windows, price, None, api, day, "windows", read_share
        )
    tokens = sum(use.input + use.output for _, use in traffic.requests) * Decimal(MONTH) / days
    per = price * PER / tokens if holds and tokens else None
    return PlanFit(plan, traffic.model, holds, windows, price, per, api, day, why, read_share)


def windows_of(
    plan: Plan, model: str, found: Sequence[tuple[float, Decimal]], days: int
) -> Iterator[WindowUse]:
    """The windows of the plan; a month is as long as 30 days of the traffic, and so is a week of
    traffic that is shorter."""
    month = month_of(found, days)
    limits = dict(plan.limits)
    ceiling = plan.ceilings.get(short_id(model))
    if ceiling is not None:
        limits["month"] = min(ceiling, limits.get("month", ceiling))
    for name, limit in limits.items():
        whole = Decimal(limit)
        if name in ("month", "package"):
            yield WindowUse(name, 1, int(month > whole), month / whole)
        elif name == "week" and days < 7:
            week = month * 7 / MONTH
            yield WindowUse(name, 1, int(week > whole), week / whole)
        elif name in plan.resets:
            yield window_use(found, name, whole, plan.resets[name])
        elif name in WINDOWS:
            opened = window_use(found, name, whole)
            slid = window_use(found, name, whole, SLIDES)
            is_open = slid.exceeded > 0 and not opened.exceeded
            share = slid.share if is_open else opened.share
            yield msgspec.structs.replace(opened, share=share, is_open=is_open)


def monthly_price(plan: Plan, exchange: Exchange) -> Decimal:
    price = plan.price or ZERO
    if plan.period == "week":
        price = price * MONTH / 7
    return convert(price, plan.currency, exchange.currency, exchange.rates)


def units_of(
    plan: Plan, traffic: PlanTraffic, exchange: Exchange
) -> tuple[list[tuple[float, Decimal]] | None, str]:
    """What each request takes of the plan; None with the reason where that is not published."""
    if plan.unit == "unlimited":
        return [(second, ZERO) for second, _ in traffic.requests], ""
    if not plan.limits:
        return None, "limits"
    if plan.unit == "requests":
        if plan.rates_note:
            return None, "factors"
        return [(second, Decimal(1)) for second, _ in traffic.requests], ""
    if plan.unit == "money" and plan.worth is not None:
        return money_units(plan, traffic, exchange)
    rates = rates_of(plan, traffic.model)
    if rates is None:
        return None, plan.unit if plan.unit in ("prompts", "hidden", "unknown") else "rates"
    zero = Decimal(0)
    fresh, read, output = (rates.get(one, zero) for one in ("input", "cache_read", "output"))
    return [
        (
            second,
            (fresh * (use.input - use.read) + read * use.read + output * use.output)
            * plan.factor(second)
            / PER,
        )
        for second, use in traffic.requests
    ], ""


def rates_of(plan: Plan, model: str) -> dict[str, Decimal] | None:
    wanted = short_id(model)
    by_id = {one.casefold(): dict(rates) for one, rates in plan.rates.items()}
    return by_id.get(wanted, by_id.get("*"))


def money_units(
    plan: Plan, traffic: PlanTraffic, exchange: Exchange
) -> tuple[list[tuple[float, Decimal]] | None, str]:
    """At the list prices: each request has the share of the cost that its tokens have."""
    line, whole = traffic.line, traffic.cost
    if line is None or whole is None or plan.worth is None:
        return None, "price"
    if plan.worth.currency != exchange.currency:
        if exchange.rate_of(plan.worth.currency) is None:
            return None, "price"
        whole = convert(whole, exchange.currency, plan.worth.currency, exchange.rates)
    prices = line.target.row.bands[0].prices if line.target.row else {}
    fresh, output = prices.get("input", ZERO), prices.get("output", ZERO)
    read = prices.get("cache_read", fresh)
    weights = [
        fresh * (use.input - use.read) + read * use.read + output * use.output
        for _, use in traffic.requests
    ]
    total = sum(weights, ZERO)
    if not total:
        return None, "price"
    units = whole * plan.worth.units
    return [
        (second, units * weight / total)
        for (second, _), weight in zip(traffic.requests, weights, strict=True)
    ], ""
