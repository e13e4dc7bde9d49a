"""What a model's cache reads and writes of requests without a clock.

They are those of a file, one after the other within its lifetime, or a text that is sent again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import inf

import msgspec

from llmcost.money import ZERO
from llmcost.pricing.cache_rules import NO_CACHE, CacheOffer, CacheRule, CacheTerms, offers
from llmcost.pricing.cost import Conditions, prices_of, sum_of, token_parts
from llmcost.pricing.price_rows import Model, PriceRow
from llmcost.pricing.prompt_cache import ROOT, PrefixTree, hits
from llmcost.pricing.usage import CachedSize, Input, Size, Usage

Part = tuple[int, int]
"""Tokens of a request that are read and written."""


class RequestPrefixes(msgspec.Struct, frozen=True):
    """Requests as prefixes, in the order of their file: `tree` in characters, where the earlier
    turns of a conversation were requests too; `places` are those of the file. By key of the counts:
    `ends`, tokens up to the nodes where requests part, and `sizes`."""

    tree: PrefixTree
    places: Sequence[int]
    ends: Mapping[str, Mapping[int, int]]
    sizes: Mapping[str, Sequence[Size]]
    known: dict[object, Sequence[Part]] = msgspec.field(default_factory=dict)


def prefixes_of(one: Input, key: str) -> RequestPrefixes:
    """Of a file of requests, or of a text, which is one."""
    if isinstance(one.prefixes, RequestPrefixes):
        return one.prefixes
    count, tree = one.counts[key], PrefixTree()
    tree.follow(0, 0, max(1, count.tokens), 0)
    size = Size(count.tokens, count.low, count.high)
    return RequestPrefixes(tree, [0], {key: {}}, {key: [size]})


class CachedInputs(msgspec.Struct, frozen=True):
    """The inputs as a model's cache has them, under one key, and the cache that costs least."""

    inputs: Sequence[Input]
    offer: CacheOffer

    def conditions(self, others: Conditions) -> Conditions:
        """These, and what bills the cache."""
        offer = self.offer
        return msgspec.structs.replace(
            others, lifetime=offer.lifetime, explicit_cache=offer.explicit
        )


def cached_inputs(
    inputs: Sequence[Input],
    key: str,
    rules: Iterable[CacheRule],
    model: Model,
    row: PriceRow | None,
    day: date,
    calls: int,
    conditions: Conditions,
) -> CachedInputs:
    """The inputs under one key, as sizes that know what is cached of them on a day. An explicit
    cache is asked for where requests part, and at their end if they are sent again, or left out."""
    band = row.bands[0] if row is not None and row.bands else None
    found = list(offers(rules, model, band.prices, day)) if band is not None else []
    found = [one for one in found if not one.terms.stores]
    if all(one.explicit for one in found):
        found.insert(0, NO_CACHE)

    def cost(one: CachedInputs) -> Decimal:
        if band is None or row is None:
            return ZERO
        how = one.conditions(conditions)
        prices, steps = prices_of(band, row, how)
        usages = usages_of(one.inputs, key, calls)
        return sum_of(part for each in usages for part in token_parts(each, prices, steps, how))

    every = [
        CachedInputs([with_cache(one, key, each, calls) for one in inputs], each) for each in found
    ]
    return min(every, key=cost)


def usages_of(inputs: Sequence[Input], key: str, calls: int) -> Iterator[Usage]:
    """The input of all calls."""
    for one in inputs:
        for size, times in one.sizes.get(key, {}).items():
            if size.cache is None:  # whose tokens are not known
                continue
            for (read, written), number in (
                (size.cache.first, times),
                (size.cache.usual, times * (calls - 1)),
            ):
                yield Usage(size.tokens * number, 0, read * number, written * number)


def with_cache(one: Input, key: str, offer: CacheOffer, calls: int) -> Input:
    """An input under one key, whose sizes have what is read and written of them. A text without
    `calls` is one that was sent before."""
    if key in one.unknown:
        return one
    prefixes = prefixes_of(one, key)
    is_text = one.prefixes is None
    again = is_text or calls > 1

    def parts(terms: CacheTerms, *, is_warm: bool) -> Sequence[Part]:
        how = (key, terms, offer.explicit, is_warm, again)  # of many models
        if how not in prefixes.known:
            prefixes.known[how] = list(request_parts(prefixes, *how))
        return prefixes.known[how]

    usual = parts(offer.terms, is_warm=again)
    columns = zip(
        prefixes.sizes[key],
        usual if is_text and calls == 1 else parts(offer.terms, is_warm=False),
        usual,
        parts(offer.best, is_warm=True),
        parts(offer.worst, is_warm=False),
        strict=True,
    )
    sizes: dict[Size, int] = {}
    for size, first, later, best, worst in columns:
        whole = msgspec.structs.replace(size, cache=CachedSize(first, later, best, worst))
        sizes[whole] = sizes.get(whole, 0) + 1
    return msgspec.structs.replace(one, counts={key: one.counts[key]}, sizes={key: sizes})


def request_parts(
    prefixes: RequestPrefixes,
    key: str,
    terms: CacheTerms,
    is_explicit: bool,
    is_warm: bool,
    again: bool,
) -> Iterator[Part]:
    """Tokens read and written of each request. `again`: all of them are sent once more, so that
    they are worth keeping to their end; `is_warm`: the cache has what is worth keeping."""
    tree, ends = prefixes.tree, prefixes.ends[key]
    step, least = terms.granularity, max(terms.minimum, 1)
    matching = "prefix" if is_explicit else terms.matching
    seconds = inf if terms.seconds else 0
    how = msgspec.structs.replace(terms, matching=matching, seconds=seconds, refreshed=True)
    found, shared = hits(tree, how), {*tree.seen, ROOT}

    def kept(node: int, leaf: int, whole: int) -> int:
        tokens = whole if node == leaf else min(ends.get(node, 0), whole)
        tokens = tokens // step * step
        return tokens if tokens >= least else 0

    for place, size in zip(prefixes.places, prefixes.sizes[key], strict=True):
        leaf = end = tree.leaves[place]
        while not again and end not in shared:
            end = tree.parents[end]
        hits_of = [found[place], end] if is_warm and terms.seconds else [found[place]]
        if is_explicit:
            hits_of, end = list(map(tree.block_end, hits_of)), tree.block_end(end)
        read = max(kept(hit, leaf, size.tokens) for hit in hits_of)
        kept_to = kept(end if is_explicit else leaf, leaf, size.tokens)
        yield read, max(0, kept_to - read) if terms.writes else 0
