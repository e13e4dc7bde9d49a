"""Counts with their bounds, usage of a request, sizes of inputs, and characters per token.

The last say how many tokens one tokenizer makes of a text that is a token of another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise

import msgspec

from llmcost.pricing.price_rows import Model


class Count(msgspec.Struct, frozen=True):
    """Tokens of a text and how they were found.

    `low <= tokens <= high`; the three are equal where `exact`. `method` is shown beside the figure:
    the vocabulary (`o200k_base`), or how the estimate was made.
    """

    tokens: int
    low: int
    high: int
    method: str
    exact: bool


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one request. `cache_read` and `cache_write` are parts of `input`.

    `other` counts what the price list has under names of its own: tokens of another modality
    (`audio_input`), token-hours of a stored cache (`cache_storage`), calls (`web_search`).
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    other: dict[str, int] = {}

    def __post_init__(self) -> None:
        if self.input >= 0 <= self.output and not (
            self.cache_read or self.cache_write or self.other
        ):
            return  # nearly always, and several times for each model
        cached = self.cache_read + self.cache_write
        parts = (self.cache_read, self.cache_write, self.output, *self.other.values())
        if min(parts) < 0 or cached > self.input:
            raise ValueError(f"no request has {self}: cached tokens are a part of its input")


class TokenRange(msgspec.Struct, frozen=True):
    """low <= value <= high; the three are equal where the tokens were counted, not estimated."""

    value: Decimal
    low: Decimal
    high: Decimal


class CharacterRatio(msgspec.Struct, frozen=True):
    """Chinese `characters` per token, all characters of the text counted, marks and digits too;
    and English `words` per token, a word being what stands between blanks."""

    characters: TokenRange
    words: TokenRange


SAME = TokenRange(Decimal(1), Decimal(1), Decimal(1))
DIGIT = Decimal("0.0001")
RatioOf = Callable[[str], CharacterRatio]
"""How much text a token of a tokenizer is."""


class CachedSize(msgspec.Struct, frozen=True):
    """Tokens of a request that a cache reads and writes: in the first of several calls, in each
    later one, and at the bounds of what its vendor publishes."""

    first: tuple[int, int]
    usual: tuple[int, int]
    best: tuple[int, int]
    worst: tuple[int, int]


class Size(msgspec.Struct, frozen=True):
    """Tokens of a request's input, with their bounds, and the most that it lets the model write
    (None: it does not say). `cache`: of a model under the rules of its cache."""

    tokens: int
    low: int
    high: int
    output: int | None = None
    cache: CachedSize | None = None


Sizes = Mapping[Size, int]
"""How many requests of a file have a size."""


class Input(msgspec.Struct, frozen=True):
    """One named input: `bytes` as read, `characters` as decoded, `counts` by `count_key`.

    A text is one request. A file of requests has their `sizes`, by the same keys, and `counts` are
    their sums. `unknown` says by key why its tokens are not known. `margin`: how far off the sizes
    and their number may be altogether, as a part of them, where they were told from a sample.
    `remarks`: how many of the requests have a key that is not understood (`key NAME`), or a tool
    that the vendor runs (`tool NAME`). `prefixes`: a RequestPrefixes, where a cache follows them.
    """

    name: str
    bytes: int
    characters: int
    counts: Mapping[str, Count]
    sizes: Mapping[str, Sizes] = {}
    unknown: Mapping[str, str] = {}
    requests: int = 1
    margin: float = 0.0
    remarks: Mapping[str, int] = {}
    prefixes: object = None


class Counted(msgspec.Struct, frozen=True):
    """What was found in a file, and what is wrong with the `bad` ones of its requests."""

    input: Input
    bad: tuple[str, ...] = ()


ASSUMED = "?"
"""Ends the tokenizer of a model in the price table that is only assumed to be its own."""


def base_name(tokenizer: str) -> str:
    """The tokenizer without the mark of an assumption."""
    return tokenizer.removesuffix(ASSUMED)


def count_key(model: Model) -> str:
    """What the counts of a model's inputs are found by: its tokenizer."""
    return model.tokenizer


def split_sizes(sizes: Sizes, most: int) -> Sizes:
    """Requests of `most` tokens at most, into which longer ones are cut."""
    found: dict[Size, int] = {}
    for size, times in sizes.items():
        for part, number in split_size(size, most):
            found[part] = found.get(part, 0) + number * times
    return found


def split_size(size: Size, most: int) -> Iterator[tuple[Size, int]]:
    number, rest = divmod(size.tokens, most)
    if not number:
        yield size, 1
        return
    low, high = (one * number * most // size.tokens for one in (size.low, size.high))
    yield from spread(Size(number * most, low, high, size.output), number)
    if rest:
        yield Size(rest, size.low - low, size.high - high, size.output), 1


def spread(whole: Size, times: int) -> Iterator[tuple[Size, int]]:
    """Tokens on so many requests, as evenly as can be; their bounds as well."""
    bounds = whole.tokens, whole.low, whole.high
    for start, end in pairwise(sorted({0, times, *(one % times for one in bounds)})):
        tokens, low, high = (one // times + (start < one % times) for one in bounds)
        yield Size(tokens, low, high, whole.output), end - start


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


def between(source: Model, target: Model, ratio_of: RatioOf) -> TokenRange:
    """Tokens of the target for one of the source: in Chinese and in English prose, whose mean is
    the value, and whose bounds are the range. One vocabulary counts alike."""
    if source.id == target.id:
        return SAME
    return span_between(
        source.tokenizer,
        target.tokenizer,
        ratio_of,
        is_one_vendor=source.provider == target.provider,
    )


def span_between(
    source: str, target: str, ratio_of: RatioOf, *, is_one_vendor: bool = False
) -> TokenRange:
    one, other = ratio_of(source), ratio_of(target)
    is_exact = one.characters.low == one.characters.high
    if source == target and (is_exact or is_one_vendor):
        return SAME
    spans = [quotient(one.characters, other.characters), quotient(one.words, other.words)]
    if source == target:  # models of several vendors, of which little is known
        spans = [TokenRange(Decimal(1), span.low, span.high) for span in spans]
    value = (spans[0].value + spans[1].value) / 2
    return TokenRange(
        value.quantize(DIGIT),
        min(span.low for span in spans).quantize(DIGIT, ROUND_FLOOR),
        max(span.high for span in spans).quantize(DIGIT, ROUND_CEILING),
    )


def quotient(one: TokenRange, other: TokenRange) -> TokenRange:
    """How many tokens of `other` a text has that is one token of `one`."""
    return TokenRange(one.value / other.value, one.low / other.high, one.high / other.low)
