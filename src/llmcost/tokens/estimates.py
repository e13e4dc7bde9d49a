"""A count with bounds, made from exact counts of other tokenizers and the features of the text."""

from collections.abc import Mapping
from math import ceil, floor, sqrt

from llmcost.pricing.usage import Count
from llmcost.tokens.tokenizers import Bars, Estimate, Tokenizer

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
_PER_ACCENT = 40 * 0.25
_ACCENTS_ADD_AT_MOST = 0.12  # tokens per plain letter: beyond, a text is not more foreign


Shares = tuple[float, float, float, float]


def estimate(
    tokenizer: Tokenizer,
    counted: Mapping[str, int],
    features: Mapping[str, int],
    consists: Shares | None = None,
) -> Count:
    """The estimated count of a text with these features and these exact counts of the proxies.

    `consists`: the shares of these features, where several estimates are made of one text.
    """
    rule = tokenizer.estimate
    if rule is None:
        raise ValueError(f"{tokenizer.name} is counted, not estimated")
    if consists is None and not any(features.values()):
        return Count(tokens=0, low=0, high=0, method=tokenizer.method, exact=False)
    tokens = max(1.0, expected(rule, counted, features))
    widened = 1.0
    if tokens < _MEASURED_ON:
        widened = min(_WIDENED_AT_MOST, sqrt(_MEASURED_ON / tokens))
    bar = _mixed(rule.bars, consists or shares(features)) * widened
    return Count(
        tokens=round(tokens),
        low=max(1, floor(tokens * max(0.0, 1 - bar)) - 1),
        high=ceil(tokens * (1 + bar)) + 1,
        method=tokenizer.method,
        exact=False,
    )


def expected(rule: Estimate, counted: Mapping[str, int], features: Mapping[str, int]) -> float:
    """The rule's tokens, unrounded."""
    weighed = 0.0
    for name, weight in rule.weights.items():
        found = features.get(name)
        if found:
            most = weight * found
            if name == "latin":
                letters = features.get("lower", 0) + features.get("upper", 0)
                most = min(most, _ACCENTS_ADD_AT_MOST * letters)
            weighed += most
    if not rule.proxies:
        return weighed
    proxy = sum([counted[name] for name in rule.proxies]) / len(rule.proxies)
    # Corrections are means; on a single odd string they must not eat the whole count.
    return max(rule.factor * proxy + weighed, proxy / 3)


def _mixed(bars: Bars, consists: Shares) -> float:
    latin, han, other, rare = consists
    return latin * bars.latin + han * bars.han + other * bars.other + rare * bars.rare


def shares(features: Mapping[str, int]) -> Shares:
    """What part of a text's tokens each bar is for, about: Latin, Han, other and rare scripts."""
    latin, han, other, rare = (
        sum(weight * features.get(name, 0) for name, weight in weights.items())
        for weights in (_LATIN, _HAN, _OTHER, _RARE)
    )
    accents = features.get("latin", 0)
    foreign = min(latin, _PER_ACCENT * accents)
    latin, other = latin - foreign, other + foreign + accents
    total = latin + han + other + rare
    return latin / total, han / total, other / total, rare / total
