"""Cost of a log's traffic on other models, request by request, beside what was paid for it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import msgspec

from llmcost.commands.usage.charges import (
    Biller,
    Charge,
    Gap,
    UsageTime,
    ceiling,
    gap,
    is_tokens,
    refusal,
    scaled,
    within,
)
from llmcost.commands.usage.charges import exchanged_cost as cost_of
from llmcost.logs.aggregation import Edges
from llmcost.messages import say
from llmcost.money import ZERO, DailyExchange, Range
from llmcost.pricing.catalog import is_retired, row_at
from llmcost.pricing.cost import band_place
from llmcost.pricing.price_rows import Mode, Model, PriceRow, PriceTable
from llmcost.pricing.usage import SAME, RatioOf, TokenRange, Usage, between, span_between

if TYPE_CHECKING:
    from llmcost.commands.usage.elsewhere_cache import ElsewhereCache

BOUNDS = ("terms", "best", "worst", "warm")
"""Of a cache: the rules as computed; the best and the worst they may be; with the system prompt
cached."""


class Moved(msgspec.Struct, frozen=True):
    """The requests of a charge on another model, in that provider's currency: what they would cost,
    at the bounds of the tokens too; or the `reason` why they cannot be sent there."""

    charge: Charge
    amount: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    reason: str = ""
    detail: str = ""


class ReplayedLog(msgspec.Struct, frozen=True):
    """The cache of each other model by its key; nothing where no session could be replayed.
    `kept`: requests that keep the log's share."""

    caches: "Mapping[str, ElsewhereCache]" = {}
    kept: int = 0


class Elsewhere(msgspec.Struct, frozen=True):
    """All of the traffic on one model. `tokens`: how many it makes of one token of the log;
    `cache`: what its cache does with the sessions, None where as much is cached as in the log."""

    model: Model
    currency: str
    moved: tuple[Moved, ...]
    tokens: TokenRange
    cache: "ElsewhereCache | None" = None


def elsewhere(
    charges: Iterable[Charge],
    model: Model,
    currency: str,
    biller: Biller,
    ratio_of: RatioOf,
    rows: datetime | None,
    cache: "ElsewhereCache | None" = None,
) -> Elsewhere:
    """`rows`: the instant whose price row holds for all, if it is not the request's own."""
    moved = []
    spans = []
    for charge in charges:
        if charge.model is None:
            continue
        span = between(charge.model, model, ratio_of)
        spans.append(span)
        when = charge.when if rows is None else UsageTime(rows, charge.when.hours)
        moved.append(move(charge, model, biller, span, when, cache))
    return Elsewhere(model, currency, tuple(moved), around(spans), cache)


def move(
    charge: Charge,
    model: Model,
    biller: Biller,
    span: TokenRange,
    when: UsageTime,
    cache: "ElsewhereCache | None" = None,
) -> Moved:
    cell = msgspec.structs.replace(charge.cell, tier="", region="")  # are each vendor's own
    row = row_at(model, when.at)
    reason, detail = unfit(cell.example, model, row, span.value, when.at)
    if reason or row is None:
        return Moved(charge, reason=reason, detail=detail)
    peak = biller.conditions(model, row, cell, when).peak

    def amount(ratio: Decimal, bound: str) -> Decimal:
        place = band_place(Usage(*within(scaled(cell.example, ratio), row)), row) or 0
        terms, sums = (
            (cell, charge.sums)
            if cache is None
            else cache.applied(charge, cell, 0 if row.mode is Mode.MARGINAL else place, peak, bound)
        )
        tokens = {item: sums.others[item] for item in sums.others if is_tokens(item)}
        sums = msgspec.structs.replace(sums, others=tokens)  # without searches
        return biller.amount(model, row, terms, sums, when, ratio)

    middle, *bounds = (
        amount(ratio, bound)
        for ratio, bound in zip((span.value, span.low, span.high, span.value), BOUNDS, strict=True)
    )
    return Moved(charge, middle, min(middle, *bounds), max(middle, *bounds))


def unfit(
    example: tuple[int, int], model: Model, row: PriceRow | None, ratio: Decimal, at: datetime
) -> tuple[str, str]:
    """Why a model could not have served requests of a size, in a word and in full."""
    if is_retired(model, at):
        return "date", say("retired on {day}", day=model.retired)
    if model.context is not None and ceiling(sum(example) * ratio) > model.context:
        return "context", say("longer than its context of {holds:,} tokens", holds=model.context)
    size = scaled(example, ratio)
    if model.max_output is not None and size[1] > model.max_output:
        return "max_output", say("longer than the {most:,} tokens it writes", most=model.max_output)
    refused = refusal(row, size)
    return ("date" if row is None else "band" if refused else ""), refused


def around(spans: Iterable[TokenRange]) -> TokenRange:
    """One span around several; its value is their middle if they differ."""
    found = list(dict.fromkeys(spans)) or [SAME]
    low, high = min(one.low for one in found), max(one.high for one in found)
    values = [one.value for one in found]
    return TokenRange((min(values) + max(values)) / 2, low, high)


def edges_of(
    table: PriceTable, targets: Iterable[Model], ratio_of: RatioOf, tokenizers: Iterable[str]
) -> Edges:
    """Where a price may change, of all models of the table and, in tokens of every tokenizer, of
    the targets: on one side of all edges, a request is billed as any other there."""
    input, output, total = {0}, {0}, set[int]()
    each = False
    for model in table.models:
        for row in model.prices:
            each = each or row.mode is Mode.MARGINAL
            input |= limits(row, "input")
            output |= limits(row, "output")
    names = tuple(tokenizers)
    for model in targets:
        for ratio in ratios_to(model, ratio_of, names):
            for row in model.prices:
                input |= {floor(one / ratio) for one in limits(row, "input")}
                output |= {floor(one / ratio) for one in limits(row, "output")}
            if model.max_output is not None:
                output.add(floor(model.max_output / ratio))
            if model.context is not None:
                total.add(floor(model.context / ratio))
    return Edges(tuple(sorted(input)), tuple(sorted(output)), tuple(sorted(total)), each)


def ratios_to(model: Model, ratio_of: RatioOf, tokenizers: Iterable[str]) -> set[Decimal]:
    spans = [SAME, *(span_between(one, model.tokenizer, ratio_of) for one in tokenizers)]
    return {ratio for span in spans for ratio in (span.value, span.low, span.high)}


def limits(row: PriceRow, what: str) -> set[int]:
    return {limit.most for band in row.bands if (limit := getattr(band, what)) is not None}


def floor(tokens: Decimal) -> int:
    return int(tokens.to_integral_value(rounding=ROUND_FLOOR))


class AlternativeModel(msgspec.Struct, frozen=True):
    """Another model for the requests that have a price where they were: `requests` of them it can
    serve, which would cost `cost`, and cost `logged`; the `gaps` it cannot."""

    other: Elsewhere
    requests: int
    cost: Range
    logged: Decimal
    gaps: tuple[Gap, ...]


def compared(other: Elsewhere, exchanged: DailyExchange) -> AlternativeModel:
    model = other.model
    served = [one for one in other.moved if one.amount is not None]
    left: dict[tuple[str, str], list[Moved]] = {}
    for one in other.moved:
        if one.amount is None:
            left.setdefault((one.reason, str(one.detail)), []).append(one)

    def total(amounts: Iterable[tuple[Decimal | None, Moved]]) -> Decimal:
        converted = (
            exchanged.of(amount or ZERO, other.currency, one.charge.when.at.date())
            for amount, one in amounts
        )
        return sum(converted, ZERO)

    return AlternativeModel(
        other,
        sum(one.charge.sums.requests for one in served),
        Range(
            total((one.amount, one) for one in served),
            total((one.low, one) for one in served),
            total((one.high, one) for one in served),
            exchanged.currency,
        ),
        sum((cost_of(one.charge, exchanged) for one in served), ZERO),
        tuple(
            gap(reason, some[0].detail, model.key, model.provider, [one.charge for one in some])
            for (reason, _detail), some in left.items()
        ),
    )


def cheapest(one: AlternativeModel) -> tuple[object, ...]:
    """Those that serve most requests first, and of these the cheapest."""
    return -one.requests, one.cost.amount, one.other.model.key
