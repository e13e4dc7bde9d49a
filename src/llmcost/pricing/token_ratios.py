"""How many tokens one tokenizer makes of a text that is a token of another."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import CharacterRatio, TokenRange

SAME = TokenRange(Decimal(1), Decimal(1), Decimal(1))
DIGIT = Decimal("0.0001")
RatioOf = Callable[[str], CharacterRatio]
"""How much text a token of a tokenizer is."""


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
