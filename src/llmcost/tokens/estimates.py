"""A count with bounds, made from exact counts of other tokenizers and the features of the text."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from math import ceil, floor, sqrt
from operator import mul

import msgspec

from llmcost.pricing.usage import Count
from llmcost.tokens.features import NAMES, OF_ASCII
from llmcost.tokens.tokenizers import Estimate, Tokenizer

_MEASURED_ON = 500  # tokens of the texts that the bars were measured on
_WIDENED_AT_MOST = 3.0  # for a few words; one token more on each side does the rest
# Of what a character class weighs in tokens, roughly and in any vocabulary, for the mix of bars.
_LATIN = {"lower": 0.25, "upper": 0.4, "digit": 0.4, "apunct": 0.5, "space": 0.05, "nl": 0.5}
_HAN = {"han": 0.7, "opunct": 0.7}
_OTHER = {
    "kana": 0.8, "hangul": 0.8, "cyrillic": 0.3, "greek": 0.5
}  # fmt: skip
_RARE = {
    "arabic": 0.5, "hebrew": 0.6, "thai": 0.6, "vietnamese": 3.0,  # for the letters beside it
    "devanagari": 0.5, "bengali": 0.6, "gurmukhi": 0.9, "tamil": 0.5, "telugu": 0.7, "kannada": 0.9,
    "indic": 0.8, "burmese": 1.0, "georgian": 0.7, "armenian": 0.7, "ethiopic": 1.3, "thaana": 1.5,
    "other": 2.0,
}  # fmt: skip
# One accented letter stands for about 40 letters of a language that is not English.
_ACCENTS = "latin"
_PER_ACCENT = 40 * 0.25
_ACCENTS_ADD_AT_MOST = 0.12  # tokens per plain letter: beyond, a text is not more foreign

Shares = tuple[float, float, float, float]
"""What part of a text's tokens each bar is for, about: Latin, Han, other and rare scripts."""


class Mix(msgspec.Struct, frozen=True):
    """The features of a text, as several estimates of it need them. `numbers`: by `NAMES`, without
    the zeros at the end of an ASCII text's; `letters`: of ASCII."""

    numbers: Sequence[int]
    letters: int
    accents: int
    shares: Shares


def mix_of(features: Mapping[str, int]) -> Mix | None:
    """None of an empty text."""
    if not any(features.values()):
        return None
    names = OF_ASCII if features.keys() <= _OF_ASCII else NAMES
    numbers = list(map(features.get, names, repeat(0)))
    accents = features.get(_ACCENTS, 0)
    latin, han, other, rare = (sum(map(mul, weights, numbers)) for weights in _SHARES)
    foreign = min(latin, _PER_ACCENT * accents)
    latin, other = latin - foreign, other + foreign + accents
    total = latin + han + other + rare
    parts = latin / total, han / total, other / total, rare / total
    return Mix(numbers, features.get("lower", 0) + features.get("upper", 0), accents, parts)


def estimate(tokenizer: Tokenizer, counted: Mapping[str, int], mix: Mix | None) -> Count:
    """The estimated count of a text of this mix and with these exact counts of the proxies."""
    rule = rule_of(tokenizer)
    proxies = [counted[name] for name in rule.proxies]
    tokens, low, high = Estimator(rule).bounded(proxies, mix)
    return Count(tokens=tokens, low=low, high=high, method=tokenizer.method, exact=False)


def rule_of(tokenizer: Tokenizer) -> Estimate:
    """Raises ValueError for a tokenizer whose tokens are counted."""
    if tokenizer.estimate is None:
        raise ValueError(f"{tokenizer.name} is counted, not estimated")
    return tokenizer.estimate


class Estimator:
    """A rule, ready for many texts. `proxies`: exact counts of one, in the order of the rule's."""

    def __init__(self, rule: Estimate) -> None:
        self._factor = rule.factor
        self._bars = rule.bars
        self._weights = _in_order(dict(rule.weights) | {_ACCENTS: 0.0}) if rule.weights else ()
        self._accents = rule.weights.get(_ACCENTS, 0.0)

    def bounded(self, proxies: Sequence[int], mix: Mix | None) -> tuple[int, int, int]:
        """The tokens of a text, and their bounds: low and high."""
        if mix is None:
            return 0, 0, 0
        tokens = max(1.0, self.expected(proxies, mix))
        latin, han, other, rare = mix.shares
        bars = self._bars
        bar = latin * bars.latin + han * bars.han + other * bars.other + rare * bars.rare
        if tokens < _MEASURED_ON:
            bar *= min(_WIDENED_AT_MOST, sqrt(_MEASURED_ON / tokens))
        low, high = tokens * max(0.0, 1 - bar), tokens * (1 + bar)
        return round(tokens), max(1, floor(low) - 1), ceil(high) + 1

    def expected(self, proxies: Sequence[int], mix: Mix) -> float:
        """The rule's tokens, unrounded."""
        weighed: float = sum(map(mul, self._weights, mix.numbers))
        if mix.accents:
            weighed += min(self._accents * mix.accents, _ACCENTS_ADD_AT_MOST * mix.letters)
        if not proxies:
            return weighed
        proxy = sum(proxies) / len(proxies)
        # Corrections are means; on a single odd string they must not eat the whole count.
        return max(self._factor * proxy + weighed, proxy / 3)


def _in_order(weights: Mapping[str, float]) -> list[float]:
    return [weights.get(name, 0.0) for name in NAMES]


_OF_ASCII = frozenset(OF_ASCII)
_SHARES = tuple(map(_in_order, (_LATIN, _HAN, _OTHER, _RARE)))
