"""What inputs cost on each model: one request per input, billed one by one, then ranked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from llmcost.money import ZERO, Rate, convert
from llmcost.pricing.catalog import is_retired, row_at
from llmcost.pricing.cost import Cost, Part, cost_of
from llmcost.pricing.table import Band, Model, PriceRow, PriceTable, State
from llmcost.pricing.usage import Count, Usage


class Input(msgspec.Struct, frozen=True):
    """One named input: `bytes` as read, `characters` as decoded, `counts` by tokenizer name."""

    name: str
    bytes: int
    characters: int
    counts: Mapping[str, Count]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for. Output is per input: a number of tokens, or a share of its tokens."""

    at: datetime
    output_tokens: int | None = None
    output_ratio: Decimal | None = None
    calls: int = 1
    thinking: bool = False

    def output_for(self, input_tokens: int) -> int:
        if self.output_ratio is not None:
            share = self.output_ratio * input_tokens
            return int(share.to_integral_value(rounding=ROUND_HALF_UP))
        return self.output_tokens or 0

    @property
    def has_output(self) -> bool:
        return self.output_tokens is not None or self.output_ratio is not None


class Range(msgspec.Struct, frozen=True):
    """An amount with the bounds that an estimated count gives it: `low <= amount <= high`."""

    amount: Decimal
    low: Decimal
    high: Decimal
    currency: str

    def to(self, currency: str, rate: Rate | None) -> "Range":
        low, amount, high = (
            convert(value, self.currency, currency, rate)
            for value in (self.low, self.amount, self.high)
        )
        return Range(amount, low, high, currency)


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
    rank: int = 0


class Excluded(msgspec.Struct, frozen=True):
    """A model that cannot be ranked; `reason` is one of context, max_output, band, state, date."""

    model: Model
    reason: str
    detail: str


class Estimate(msgspec.Struct, frozen=True):
    """The answer: `lines` by rank. `currency` is the one that ranks, `rate` what led to it."""

    terms: Terms
    currency: str
    rate: Rate | None
    inputs: tuple[Input, ...]
    lines: tuple[Line, ...]
    excluded: tuple[Excluded, ...]


def estimate(
    table: PriceTable,
    models: Iterable[Model],
    inputs: Sequence[Input],
    terms: Terms,
    *,
    currency: str,
    rate: Rate | None,
) -> Estimate:
    """Every model priced for all inputs, cheapest first in `currency`; free models come first.

    Raises NoExchangeRate if a model bills in another currency and `rate` is None.
    """
    lines: list[Line] = []
    excluded: list[Excluded] = []
    for model in models:
        row = row_at(model, terms.at)
        refusal = refuse(model, row, inputs, terms)
        if refusal is not None or row is None:
            excluded.append(refusal or Excluded(model, "date", "no price known for that day"))
            continue
        lines.append(line_for(table, model, row, inputs, terms, currency, rate))
    lines.sort(key=lambda line: (line.cost.amount, line.row.state != State.FREE, line.model.key))
    ranked = tuple(msgspec.structs.replace(line, rank=rank) for rank, line in enumerate(lines, 1))
    return Estimate(terms, currency, rate, tuple(inputs), ranked, tuple(excluded))


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
    for one in inputs:
        tokens = one.counts[model.tokenizer].tokens
        output = terms.output_for(tokens)
        if not fits(model, tokens, terms):
            return Excluded(model, "context", f"needs {tokens + output}, holds {model.context}")
        if model.max_output is not None and output > model.max_output:
            return Excluded(model, "max_output", f"{output} asked, writes {model.max_output}")
        if cost_of(Usage(tokens, output), row) is None:
            return Excluded(model, "band", f"no price for {tokens} tokens in, {output} out")
    return None


def fits(model: Model, tokens: int, terms: Terms) -> bool:
    """Whether the context window holds an input of so many tokens and its output."""
    return model.context is None or tokens + terms.output_for(tokens) <= model.context


def state_detail(row: PriceRow) -> str:
    what = "price unknown" if row.state is State.UNKNOWN else "sold by subscription only"
    return f"{what}: {row.note}" if row.note else what


def line_for(
    table: PriceTable,
    model: Model,
    row: PriceRow,
    inputs: Sequence[Input],
    terms: Terms,
    currency: str,
    rate: Rate | None,
) -> Line:
    counts = [one.counts[model.tokenizer] for one in inputs]
    costs = [cost_at(count.tokens, row, terms) for count in counts]
    amount = sum((cost.amount for cost in costs), ZERO)
    low = sum((cost_at(count.low, row, terms).amount for count in counts), ZERO)
    highest = [within_bands(count.high, row) for count in counts]
    high = sum((cost_at(tokens, row, terms).amount for tokens in highest), ZERO)
    native = Range(
        amount * terms.calls,
        min(low, amount) * terms.calls,
        max(high, amount) * terms.calls,
        table.providers[model.provider].currency,
    )
    return Line(
        model=model,
        row=row,
        usage=Usage(
            sum(count.tokens for count in counts),
            sum(terms.output_for(count.tokens) for count in counts),
        ),
        tokens=add_counts(counts),
        native=native,
        cost=native.to(currency, rate),
        parts=merge_parts(costs, terms.calls),
        fits_surely=all(fits(model, count.high, terms) for count in counts),
        bands=tuple(dict.fromkeys(cost.band for cost in costs if cost.band is not None)),
    )


def within_bands(tokens: int, row: PriceRow) -> int:
    """`tokens`, or the most that the last band holds: what is beyond has no price."""
    last = row.bands[-1].input if row.bands else None
    return tokens if last is None else min(tokens, last.most)


def cost_at(tokens: int, row: PriceRow, terms: Terms) -> Cost:
    """The cost of one request of a size that `refuse` found to have a price."""
    usage = Usage(tokens, terms.output_for(tokens))
    cost = cost_of(usage, row, thinking=terms.thinking)
    if cost is None:
        raise ValueError(f"no band of the row from {row.start} holds {usage}")
    return cost


def add_counts(counts: Sequence[Count]) -> Count:
    """The counts of several inputs under one tokenizer, as one."""
    return Count(
        sum(count.tokens for count in counts),
        sum(count.low for count in counts),
        sum(count.high for count in counts),
        counts[0].method if counts else "",
        all(count.exact for count in counts),
    )


def merge_parts(costs: Iterable[Cost], calls: int) -> tuple[Part, ...]:
    """The lines of several bills, those of the same item and rate added up."""
    tokens: dict[tuple[str, Decimal], int] = {}
    for cost in costs:
        for part in cost.parts:
            key = part.item, part.rate
            tokens[key] = tokens.get(key, 0) + part.tokens * calls
    return tuple(Part(item, count, rate) for (item, rate), count in tokens.items())


def uncertain_first(result: Estimate) -> Sequence[Line]:
    """The priced lines that might be the cheapest one, given the bounds of their counts."""
    priced = [line for line in result.lines if line.row.state is State.PRICED]
    if not priced:
        return ()
    reach = priced[0].cost.high
    return [line for line in priced if line.cost.low <= reach]
