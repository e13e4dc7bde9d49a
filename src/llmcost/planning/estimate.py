"""What inputs cost on each model: one request per input, billed one by one, then ranked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec

from llmcost.money import ZERO, Rate, convert
from llmcost.pricing.catalog import is_retired, row_at
from llmcost.pricing.cost import PLAIN, Conditions, Cost, Part, among, band_for, cost_of, sells
from llmcost.pricing.schedule import Calendar, Schedule, Window, peak_window
from llmcost.pricing.table import Band, Model, PriceRow, PriceTable, Provider, State
from llmcost.pricing.usage import Count, Usage


class Input(msgspec.Struct, frozen=True):
    """One named input: `bytes` as read, `characters` as decoded, `counts` by tokenizer name."""

    name: str
    bytes: int
    characters: int
    counts: Mapping[str, Count]


class Amount(msgspec.Struct, frozen=True):
    """Tokens of each request: a number of them, or a share of its input."""

    tokens: int = 0
    share: Decimal | None = None

    def of(self, input: int) -> int:
        if self.share is None:
            return self.tokens
        return int((self.share * input).to_integral_value(rounding=ROUND_HALF_UP))


NOTHING = Amount()


class Hours(StrEnum):
    """Which of a schedule's prices to take, whatever the instant."""

    PEAK = "peak"
    OFF_PEAK = "off-peak"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for. `at` chooses the price rows, `hours` the part of a schedule.

    `output` None: no output was asked for. `cached` and `written` are parts of the input.
    """

    at: datetime
    output: Amount | None = None
    calls: int = 1
    hours: datetime | Hours
    cached: Amount = NOTHING
    written: Amount = NOTHING
    conditions: Conditions = PLAIN
    free_quota: bool = False

    def usage(self, input: int) -> Usage:
        """The request of an input of so many tokens; the cache holds no more than there is."""
        output = self.output.of(input) if self.output is not None else 0
        if self.cached is NOTHING and self.written is NOTHING:
            return Usage(input, output)
        read = min(self.cached.of(input), input)
        written = min(self.written.of(input), input - read)
        return Usage(input, output, read, written)


class Tariff(msgspec.Struct, frozen=True):
    """A price row and the conditions that a model's provider bills it under."""

    row: PriceRow
    conditions: Conditions

    def cost(self, usage: Usage) -> Cost:
        """The cost of a request of a size that `refuse` found to have a price."""
        cost = cost_of(usage, self.row, self.conditions)
        if cost is None:
            raise ValueError(f"no band of the row from {self.row.start} holds {usage}")
        return cost


def tariff_for(
    provider: Provider, model: Model, row: PriceRow, terms: Terms, calendar: Calendar
) -> Tariff:
    """The row with the peak window that the hours fall in, if its schedule has one."""
    if not row.schedule and model.discount is None:
        return Tariff(row, terms.conditions)
    peak = window_at(provider.schedules.get(row.schedule), terms, calendar)
    changed = {"peak": str(peak) if peak else "", "discount": model.discount}
    return Tariff(row, msgspec.structs.replace(terms.conditions, **changed))


def window_at(schedule: Schedule | None, terms: Terms, calendar: Calendar) -> Window | None:
    """The peak window that is billed; None for off-peak, and for a price without a schedule."""
    if schedule is None or terms.hours is Hours.OFF_PEAK:
        return None
    if terms.hours is Hours.PEAK:
        return schedule.peak[0]
    return peak_window(schedule, terms.hours, calendar)


class Range(msgspec.Struct, frozen=True):
    """An amount with the bounds that an estimated count gives it: `low <= amount <= high`."""

    amount: Decimal
    low: Decimal
    high: Decimal
    currency: str

    def to(self, currency: str, rate: Rate | None) -> "Range":
        if currency == self.currency:
            return self
        low, amount, high = (
            convert(value, self.currency, currency, rate)
            for value in (self.low, self.amount, self.high)
        )
        return Range(amount, low, high, currency)


class Exchange(msgspec.Struct, frozen=True):
    """The currency that ranks, and the rate that turns the others into it, if there are others."""

    currency: str
    rate: Rate | None = None


class Line(msgspec.Struct, frozen=True):
    """One model's answer. `usage` and `tokens` are one pass over all inputs, `native` and `cost`
    are all calls; `parts` are the bill behind `native`, and add up to it."""

    model: Model
    row: PriceRow
    usage: Usage
    tokens: Count
    native: Range
    cost: Range
    parts: tuple[Part, ...]
    bands: tuple[Band, ...]
    fits_surely: bool  # also at the upper bound of an estimated count
    peak: str = ""  # the window of the schedule that was billed; empty: off-peak, or no schedule
    rank: int = 0


class Excluded(msgspec.Struct, frozen=True):
    """A model that cannot be ranked, and why.

    `reason` is one of context, max_output, band, unit, state, date.
    """

    model: Model
    reason: str
    detail: str


class Estimate(msgspec.Struct, frozen=True):
    """The answer: `lines` by rank. `currency` is the one that ranks, `rate` what led to it."""

    terms: Terms
    exchange: Exchange
    inputs: tuple[Input, ...]
    lines: tuple[Line, ...]
    excluded: tuple[Excluded, ...]


def estimate(
    table: PriceTable,
    models: Iterable[Model],
    inputs: Sequence[Input],
    terms: Terms,
    exchange: Exchange,
    calendar: Calendar,
) -> Estimate:
    """Every model priced for all inputs, cheapest first; free models come first.

    Raises NoExchangeRate if a model bills in a currency that `exchange` has no rate for.
    """
    lines: list[Line] = []
    excluded: list[Excluded] = []
    for model in models:
        row = row_at(model, terms.at)
        refusal = refuse(model, row, inputs, terms)
        if refusal is not None or row is None:
            excluded.append(refusal or Excluded(model, "date", "no price known for that day"))
            continue
        provider = table.providers[model.provider]
        tariff = tariff_for(provider, model, row, terms, calendar)
        lines.append(line_for(provider, model, tariff, inputs, terms, exchange))
    lines.sort(key=lambda line: (line.cost.amount, line.row.state != State.FREE, line.model.key))
    ranked = tuple(msgspec.structs.replace(line, rank=rank) for rank, line in enumerate(lines, 1))
    return Estimate(terms, exchange, tuple(inputs), ranked, tuple(excluded))


def refuse(
    model: Model, row: PriceRow | None, inputs: Sequence[Input], terms: Terms
) -> Excluded | None:
    """Why the model cannot serve or price these inputs, or None."""
    if is_retired(model, terms.at):
        return Excluded(model, "date", f"retired on {model.retired}")
    if row is None:
        return Excluded(model, "date", f"no price known for {terms.at.date()}")
    if row.state in (State.UNKNOWN, State.PLAN):
        return Excluded(model, "state", state_detail(row))
    if row.state is State.PRICED and not (row.bands and "input" in row.bands[0].prices):
        return Excluded(model, "unit", "not sold by the token")
    for one in inputs:
        usage = terms.usage(one.counts[model.tokenizer].tokens)
        if not fits(model, usage):
            needed = usage.input + usage.output
            return Excluded(model, "context", f"needs {needed}, holds {model.context}")
        if model.max_output is not None and usage.output > model.max_output:
            return Excluded(model, "max_output", f"{usage.output} asked, writes {model.max_output}")
        band = band_for(usage, row)
        if row.state is State.PRICED and band is None:
            detail = f"no price for {usage.input} tokens in, {usage.output} out"
            return Excluded(model, "band", detail)
        if band is not None and not sells(band, usage):
            return Excluded(model, "unit", "writes no text that is sold by the token")
    return None


def fits(model: Model, usage: Usage) -> bool:
    """Whether the context window holds the request, input and output together."""
    return model.context is None or usage.input + usage.output <= model.context


def state_detail(row: PriceRow) -> str:
    what = "price unknown" if row.state is State.UNKNOWN else "sold by subscription only"
    return f"{what}: {row.note}" if row.note else what


def line_for(
    provider: Provider,
    model: Model,
    tariff: Tariff,
    inputs: Sequence[Input],
    terms: Terms,
    exchange: Exchange,
) -> Line:
    counts = [one.counts[model.tokenizer] for one in inputs]
    count = add_counts(counts)
    requests = [terms.usage(one.tokens) for one in counts]
    costs = [tariff.cost(request) for request in requests]
    usage = add_usage(requests)
    quota = quota_of(provider, terms)
    parts = bill(costs, usage, terms.calls, quota)
    amount = low = high = sum_of(parts)
    if not count.exact:
        row = tariff.row
        low = min(amount, total(tariff, [one.low for one in counts], terms, quota))
        highest = [within_bands(one.high, row) for one in counts]
        high = max(amount, total(tariff, highest, terms, quota))
    native = Range(amount, low, high, provider.currency)
    return Line(
        model=model,
        row=tariff.row,
        usage=usage,
        tokens=count,
        native=native,
        cost=native.to(exchange.currency, exchange.rate),
        parts=parts,
        bands=among(tariff.row.bands, (band for cost in costs for band in cost.bands)),
        fits_surely=count.exact or all(fits(model, terms.usage(one.high)) for one in counts),
        peak=tariff.conditions.peak,
    )


def total(tariff: Tariff, inputs: Sequence[int], terms: Terms, quota: int) -> Decimal:
    """What inputs of so many tokens cost, all calls together, less the free quota."""
    requests = [terms.usage(tokens) for tokens in inputs]
    costs = [tariff.cost(request) for request in requests]
    return sum_of(bill(costs, add_usage(requests), terms.calls, quota))


def within_bands(tokens: int, row: PriceRow) -> int:
    """`tokens`, or the most that the last band holds: what is beyond has no price."""
    last = row.bands[-1].input if row.bands else None
    return tokens if last is None else min(tokens, last.most)


def bill(costs: Iterable[Cost], usage: Usage, calls: int, quota: int) -> tuple[Part, ...]:
    """The lines of all bills, those of the same item and rate added up, less the free quota."""
    quantities: dict[tuple[str, Decimal, int, tuple[str, ...]], int] = {}
    for cost in costs:
        for part in cost.parts:
            key = part.item, part.rate, part.per, part.steps
            quantities[key] = quantities.get(key, 0) + part.quantity * calls
    parts = tuple(
        Part(item, quantity, rate, per, steps)
        for (item, rate, per, steps), quantity in quantities.items()
    )
    used = (usage.input + usage.output) * calls
    free = min(quota, used)
    if not free or not parts:
        return parts
    # the quota takes tokens of all kinds as they come, so it takes its share of the whole bill
    return (*parts, Part("free_quota", free, -sum_of(parts), per=used))


def sum_of(parts: Iterable[Part]) -> Decimal:
    return sum((part.amount for part in parts), ZERO)


def quota_of(provider: Provider, terms: Terms) -> int:
    """Tokens that a new account gets free per model on the day, if they are asked for."""
    day = terms.at.date()
    return max(
        (
            quota.tokens
            for quota in provider.free_quota
            if terms.free_quota
            and quota.per == "model"
            and (quota.start is None or quota.start <= day)
            and (quota.until is None or day < quota.until)
        ),
        default=0,
    )


def add_usage(usages: Iterable[Usage]) -> Usage:
    """The tokens of several requests, as one."""
    found = list(usages)
    if len(found) == 1:
        return found[0]
    return Usage(
        sum(one.input for one in found),
        sum(one.output for one in found),
        sum(one.cache_read for one in found),
        sum(one.cache_write for one in found),
    )


def add_counts(counts: Sequence[Count]) -> Count:
    """The counts of several inputs under one tokenizer, as one."""
    if len(counts) == 1:
        return counts[0]
    return Count(
        sum(count.tokens for count in counts),
        sum(count.low for count in counts),
        sum(count.high for count in counts),
        counts[0].method if counts else "",
        all(count.exact for count in counts),
    )


def uncertain_first(result: Estimate) -> Sequence[Line]:
    """The priced lines that might be the cheapest one, given the bounds of their counts."""
    priced = [line for line in result.lines if line.row.state is State.PRICED]
    if not priced:
        return ()
    reach = priced[0].cost.high
    return [line for line in priced if line.cost.low <= reach]
