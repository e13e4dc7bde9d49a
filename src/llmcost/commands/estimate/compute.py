"""Cost of inputs on each model: one request per input, billed one by one, then ranked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from llmcost.messages import say
from llmcost.money import Exchange, Range
from llmcost.pricing.billing import (
    BY_SIZE,
    Excluded,
    LeftOut,
    Pile,
    bill,
    billed,
    fits,
    pile_of,
    plus,
    refuse,
    refuse_request,
    scaled,
    tested,
)
from llmcost.pricing.catalog import quota_on, row_at
from llmcost.pricing.contract import NO_CONTRACT, contract_of
from llmcost.pricing.cost import BillPart, Cost, sum_of
from llmcost.pricing.price_rows import Band, Model, PriceRow, PriceState, PriceTable, Provider
from llmcost.pricing.reference import Reference
from llmcost.pricing.schedule import Calendar
from llmcost.pricing.terms import Amount, Tariff, Terms, tariff_for
from llmcost.pricing.usage import Count, Input, Size, Usage, add_counts, count_key, split_sizes

if TYPE_CHECKING:
    from llmcost.pricing.cache_rules import CacheOffer


class Line(msgspec.Struct, frozen=True):
    """One model's answer. `usage` and `tokens` are one pass over all inputs, `native` and `cost`
    are all calls; `parts` are the bill behind `native`, and add up to it. `answered`: the same with
    an assumed output; None: none is assumed, or the model does not write as much."""

    model: Model
    row: PriceRow
    usage: Usage
    tokens: Count
    native: Range
    cost: Range
    parts: tuple[BillPart, ...]
    bands: tuple[Band, ...]
    fits_surely: bool  # also at the upper bound of an estimated count
    peak: str = ""  # the window of the schedule that was billed; empty: off-peak, or no schedule
    rank: int = 0
    answered: "Line | None" = None
    cache: Any = None  # a CacheOffer, whose rules say what is read; None: the terms do

    @property
    def is_free(self) -> bool:
        return self.row.state is PriceState.FREE

    @property
    def read_share(self) -> Decimal:
        """Of the input, from the cache."""
        return Decimal(self.usage.cache_read) / self.usage.input if self.usage.input else Decimal(0)

    @property
    def ranking(self) -> Range:
        """The cost by which it ranks."""
        return (self.answered or self).cost


class Estimate(msgspec.Struct, frozen=True):
    """The answer: `lines` by rank, those of free models at the end. `exchange` has the currency
    that ranks, and its rate; `assumed`: output tokens of a request, where nobody named any."""

    terms: Terms
    exchange: Exchange
    inputs: tuple[Input, ...]
    lines: tuple[Line, ...]
    excluded: tuple[Excluded, ...]
    left_out: LeftOut | None = None
    assumed: int | None = None
    reference: Reference | None = None

    def ratio(self, line: Line) -> Decimal | None:
        """How many times the reference a model costs; None where there is nothing to compare."""
        if self.reference is None or (self.assumed is not None and line.answered is None):
            return None
        usage = (line.answered or line).usage
        tokens = (usage.input + usage.output) * self.terms.calls
        return self.reference.ratio(line.ranking.amount, tokens)


class Candidate(msgspec.Struct, frozen=True):
    """A model with its row, if it has one, the requests as it answers them, what its counts are
    found by, and why it cannot serve all requests; None: it can."""

    model: Model
    row: PriceRow | None
    piles: "Piles"
    key: str
    refusal: Excluded | None


def estimate(
    table: PriceTable,
    models: Iterable[Model],
    inputs: Sequence[Input],
    terms: Terms,
    exchange: Exchange,
    calendar: Calendar,
    key_of: Callable[[Model], str] = count_key,
    *,
    leaves_out: bool = False,
) -> Estimate:
    """Every model priced for all inputs, cheapest first; free ones do not rank. `key_of` is what a
    model's counts are found by. `leaves_out`: requests that no model takes, so that they do not
    exclude all models for the others.

    Raises NoExchangeRate if a model bills in a currency that `exchange` has no rate for.
    """
    shared = Piles(inputs, terms)
    by_output: dict[Amount | None, Piles] = {}

    def piles_for(model: Model) -> Piles:
        if terms.cache_rules:
            return cached_piles(model, inputs, terms, key_of(model))
        output = terms.outputs.get(model.key)
        if output is None:
            return shared
        return by_output.setdefault(output, Piles(inputs, terms.of_model(model)))

    candidates = [candidate(one, piles_for(one), key_of(one)) for one in models]
    nearest = nearest_of(candidates) if leaves_out else None
    lines: list[Line] = []
    excluded: list[Excluded] = []
    for one in candidates:
        sent = one.piles if nearest is None else taken(one, nearest)
        if one.row is None or sent is None or (one.refusal is not None and sent is one.piles):
            excluded.append(refusal_of(one, nearest))
            continue
        provider = table.providers[one.model.provider]
        tariff = tariff_for(provider, one.model, one.row, sent.terms, calendar)
        lines.append(line_for(provider, one.model, tariff, sent, one.key, exchange))
    left_out = None if nearest is None else left_out_by(nearest)
    return Estimate(terms, exchange, tuple(inputs), ranked(lines), tuple(excluded), left_out)


def cached_piles(model: Model, inputs: Sequence[Input], terms: Terms, key: str) -> "Piles":
    """The requests as the rules of a model's cache have them."""
    from llmcost.pricing.request_cache import cached_inputs

    row, rules, own = row_at(model, terms.at), terms.cache_rules, terms.of_model(model)
    day, how = terms.at.date(), terms.conditions
    found = cached_inputs(inputs, key, rules, model, row, day, terms.calls, how)
    own = msgspec.structs.replace(own, conditions=found.conditions(how))
    return Piles(found.inputs, own, found.offer)


def ranked(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The cheapest first; then those that do not write the assumed answer; free ones at the end,
    without a rank."""
    has_answers = any(line.answered is not None for line in lines)
    found = sorted(
        lines,
        key=lambda line: (
            line.is_free,
            has_answers and line.answered is None,
            line.ranking.amount,
            line.model.key,
        ),
    )
    return tuple(
        msgspec.structs.replace(line, rank=0 if line.is_free else rank)
        for rank, line in enumerate(found, 1)
    )


def with_answers(result: Estimate, answered: Estimate, assumed: int) -> Estimate:
    """The estimate of the inputs alone with that of an answer of `assumed` tokens beside it, by
    which it ranks."""
    found = {line.model.key: line for line in answered.lines}
    lines = [
        msgspec.structs.replace(line, answered=found.get(line.model.key)) for line in result.lines
    ]
    return msgspec.structs.replace(result, lines=ranked(lines), assumed=assumed)


def with_usual_answer(
    result: Estimate, usual: Callable[[], Terms], again: Callable[[Terms], Estimate]
) -> Estimate:
    """Return the estimate with that of a usual answer beside it, where no output is named: `usual`
    are the terms with it, under which `again` prices the same."""
    sizes = (next(iter(one.sizes.values()), {}) for one in result.inputs)
    if result.terms.output is not None or any(one.output is not None for of in sizes for one in of):
        return result
    terms = usual()
    return with_answers(result, again(terms), terms.output.tokens if terms.output else 0)


def candidate(model: Model, piles: "Piles", key: str) -> Candidate:
    at = piles.terms.at
    row = row_at(model, at)
    refusal = piles.refusal(model, key)
    if refusal is None:
        refusal = refuse(model, row, tested(piles.expected(key), row), at)
    return Candidate(model, row, piles, key, refusal)


def refusal_of(one: Candidate, nearest: "Nearest | None") -> Excluded:
    """Why a model is left out; one without a known window as the nearest is."""
    if one.refusal is not None:
        return one.refusal
    if nearest is None or nearest.one.refusal is None:
        return Excluded(one.model, "date", say("no price known for that day"))
    return msgspec.structs.replace(nearest.one.refusal, model=one.model)


class RefusedRequests(msgspec.Struct, frozen=True):
    """Requests that a model does not take: their sizes, and how many there are."""

    sizes: frozenset[Size]
    number: int


class Nearest(msgspec.Struct, frozen=True):
    """The model that refuses the fewest requests, and those under its key."""

    one: Candidate
    refused: RefusedRequests


def nearest_of(candidates: Iterable[Candidate]) -> Nearest | None:
    """If no model is known to take all requests, the one that takes the most; of several the one
    that holds the most. What it refuses is out of range for all models: one whose context window is
    not known is known to take nothing."""
    nearest = None
    for one in candidates:
        if one.model.context is None:
            continue
        if one.refusal is None:
            return None
        if one.row is None or one.refusal.reason not in BY_SIZE:
            continue
        most = one.piles.requests(one.key) - 1 if nearest is None else nearest.refused.number
        refused = one.piles.refused(one.key, one.model, one.row, most)
        if refused is None:
            continue
        is_larger = nearest is None or one.model.context > (nearest.one.model.context or 0)
        if nearest is None or refused.number < nearest.refused.number or is_larger:
            nearest = Nearest(one, refused)
    return nearest


def taken(one: Candidate, nearest: Nearest) -> "Piles | None":
    """What remains for a model without the requests that the nearest refuses; None if it refuses
    others, too."""
    by = one if one.model.context is not None else nearest.one
    if by.row is None or (one.refusal is not None and one.refusal.reason not in BY_SIZE):
        return None
    piles = one.piles
    refused = piles.refused(one.key, by.model, by.row, nearest.refused.number)
    if refused is None or refused.number != nearest.refused.number:
        return None
    sent = piles.without(one.key, refused.sizes)
    asked = tested(sent.expected(one.key), one.row)
    return sent if refuse(one.model, one.row, asked, piles.terms.at) is None else None


def left_out_by(nearest: Nearest) -> LeftOut | None:
    one, piles = nearest.one, nearest.one.piles
    if one.refusal is None:
        return None
    names = tuple(piles.texts(one.key, nearest.refused.sizes))
    return LeftOut(nearest.refused.number, piles.requests(one.key), one.refusal, names)


def split(one: Input, most: int) -> Input:
    """A text as requests of `most` tokens, and one of the rest, under each tokenizer."""
    if one.sizes or one.unknown:
        return one
    sizes = {
        key: split_sizes({Size(count.tokens, count.low, count.high): 1}, most)
        for key, count in one.counts.items()
    }
    return msgspec.structs.replace(one, sizes=sizes)


class Piles:
    """All inputs as requests, under each tokenizer: as counted, and at the bounds of the counts.

    Models of the same tokenizer share them, so they are made once.
    """

    def __init__(
        self, inputs: Sequence[Input], terms: Terms, offer: "CacheOffer | None" = None
    ) -> None:
        """`offer`: the cache whose rules the inputs know."""
        self.inputs = inputs
        self.terms = terms
        self.offer = offer
        self.expected = cache(self._expected)
        self.lowest = cache(self._lowest)
        self.highest = cache(self._highest)
        self.requests = cache(self._requests)
        self.without = cache(self._without)
        self._refused: dict[object, RefusedRequests | None] = {}

    def refusal(self, model: Model, key: str) -> Excluded | None:
        """Where the tokens of an input are not known for a model."""
        details = [one.unknown[key] for one in self.inputs if key in one.unknown]
        return Excluded(model, "image", details[0]) if details else None

    def count(self, key: str) -> Count:
        return add_counts([one.counts[key] for one in self.inputs])

    @property
    def margin(self) -> Decimal:
        """How far off a sum over all requests may be, as a part of it."""
        return Decimal(str(max((one.margin for one in self.inputs), default=0.0)))

    def _sizes(self, key: str) -> Iterator[tuple[Size, int]]:
        for one in self.inputs:
            if key in one.sizes:
                yield from one.sizes[key].items()
            else:
                count = one.counts[key]
                yield Size(count.tokens, count.low, count.high), 1

    def _expected(self, key: str, call: str = "usual") -> Pile:
        """`call`: which one of several, where the cache tells them apart."""
        return pile_of(
            (self.terms.usage(size.tokens, size.output, cached_of(size, call)), times)
            for size, times in self._sizes(key)
        )

    def first(self, key: str) -> Pile | None:
        """The first of several calls, where the cache does not have it yet."""
        return self._expected(key, "first") if self.offer and self.terms.calls > 1 else None

    def _lowest(self, key: str) -> Pile:
        """With the fewest tokens, and nothing written that was only allowed."""
        terms = self.terms.at_low()
        caps = terms.output is not None
        return pile_of(
            (
                terms.usage(size.low, size.output if caps else None, cached_of(size, "best")),
                times,
            )
            for size, times in self._sizes(key)
        )

    def _highest(self, key: str, most: int | None) -> Pile:
        """With the most tokens, but no request of more than `most`: beyond, there is no price."""
        terms = self.terms.at_high()
        return pile_of(
            (terms.usage(within(size.high, most), size.output, cached_of(size, "worst")), times)
            for size, times in self._sizes(key)
        )

    def _requests(self, key: str) -> int:
        return sum(times for _, times in self._sizes(key))

    def refused(self, key: str, model: Model, row: PriceRow, most: int) -> RefusedRequests | None:
        """What a model does not take; None if that is more than `most` requests. Many models have
        the same limits."""
        limits = (model.context, model.max_output, row.state)
        bands = tuple((band.input, band.output) for band in row.bands)
        asked = (key, limits, bands, most)
        if asked not in self._refused:
            found, number = [], 0
            for size, times in self._sizes(key):
                usage = self.terms.usage(size.tokens, size.output)
                if refuse_request(model, row, usage) is not None:
                    found.append(size)
                    number += times
                    if number > most:
                        break
            self._refused[asked] = (
                None if number > most else RefusedRequests(frozenset(found), number)
            )
        return self._refused[asked]

    def texts(self, key: str, sizes: frozenset[Size]) -> Iterator[str]:
        """The inputs that are one request of such a size."""
        for one in self.inputs:
            count = one.counts[key]
            if key not in one.sizes and Size(count.tokens, count.low, count.high) in sizes:
                yield one.name

    def _without(self, key: str, sizes: frozenset[Size]) -> "Piles":
        """The requests of other sizes, under one key."""
        kept: dict[Size, int] = {}
        count = self.count(key)
        tokens, low, high = count.tokens, count.low, count.high
        for size, times in self._sizes(key):
            if size in sizes:
                tokens -= size.tokens * times
                low -= size.low * times
                high -= size.high * times
            else:
                kept[size] = kept.get(size, 0) + times
        count = msgspec.structs.replace(count, tokens=tokens, low=low, high=high)
        margin = max((one.margin for one in self.inputs), default=0.0)
        one = Input("", 0, 0, {key: count}, {key: kept}, margin=margin)
        return Piles([one], self.terms, self.offer)

    @property
    def has_range(self) -> bool:
        """Whether the length of the output is not known, or what the cache has."""
        output = self.terms.output
        return self.offer is not None or (output is not None and output.high is not None)

    def allows_output(self, key: str) -> bool:
        """Whether requests say how much they let the model write, and nothing else does."""
        return self.terms.output is None and any(
            size.output is not None for size, _ in self._sizes(key)
        )


def cached_of(size: Size, call: str) -> tuple[int, int] | None:
    return None if size.cache is None else getattr(size.cache, call)


def within(tokens: int, most: int | None) -> int:
    return tokens if most is None else min(tokens, most)


def line_for(
    provider: Provider, model: Model, tariff: Tariff, piles: Piles, key: str, exchange: Exchange
) -> Line:
    row, terms = tariff.row, piles.terms
    count, pile = piles.count(key), piles.expected(key)
    quota = quota_on(provider, terms.at.date()) if terms.free_quota else None
    cost = billed(pile, row, tariff.conditions)
    parts = bill(cost, pile.total, terms.calls, quota)
    if (first := piles.first(key)) is not None:
        later = scaled(cost.parts, terms.calls - 1)
        both = Cost((*billed(first, row, tariff.conditions).parts, *later))
        parts = bill(both, plus(Usage(), pile.total, terms.calls), 1, quota)
    amount = low = high = sum_of(parts)
    highest = pile

    def total(one: Pile) -> Decimal:
        return sum_of(bill(billed(one, row, tariff.conditions), one.total, terms.calls, quota))

    if not count.exact or piles.has_range:
        last = row.bands[-1].input if row.bands else None
        highest = piles.highest(key, None)
        high = max(amount, total(piles.highest(key, None if last is None else last.most)))
    if not count.exact or piles.has_range or piles.allows_output(key):
        low = min(amount, total(piles.lowest(key)))
    if piles.margin:
        # what is given for nothing does not grow with the rest
        given = -sum_of(part for part in parts if part.rate < 0)
        low = max(Decimal(0), low - piles.margin * (low + given))
        high += piles.margin * (high + given)
    contract = contract_of(provider, terms.discounts, terms.tax)
    if contract is not NO_CONTRACT:
        sides = [contract.total(one) for one in (amount, low, high)]
        parts += contract.parts(amount)
        amount, low, high = sides[0], min(sides), max(sides)
    native = Range(amount, low, high, provider.currency)
    return Line(
        model=model,
        row=row,
        usage=pile.total,
        tokens=count,
        native=native,
        cost=native.to(exchange.currency, exchange.rates),
        parts=parts,
        bands=cost.bands,
        fits_surely=all(fits(model, usage) for usage in highest.largest),
        peak=tariff.conditions.peak,
        cache=piles.offer,
    )


def uncertain_first(result: Estimate) -> Sequence[Line]:
    """The priced lines that might be the cheapest one, given the bounds of their counts."""
    priced = [line for line in result.lines if not line.is_free]
    if not priced:
        return ()
    reach = priced[0].ranking.high
    return [line for line in priced if line.ranking.low <= reach]
