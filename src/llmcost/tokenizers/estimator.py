"""Counts with bounds for vocabularies that are not public, and characters per token.

A count is made from exact counts of other tokenizers and from features of the text, which a linear
model weighs.

Features are characters by class, and runs: `words` (of ASCII letters), `humps` (HTTPServer has
two), `dgroups` (digits in threes), `wsruns` (blanks, but for the single blank between two words)
and `pruns` (of ASCII marks). A character beyond ASCII ends every run. Some classes hold scripts
that are alike: Burmese and Khmer, Gurmukhi and Gujarati. Features are additive: those of a text are
the sum of its pieces', if each piece is told what character came before it and is cut where
`chunking` cuts.

Characters per token are known for each tokenizer without loading a vocabulary. They were measured
on our samples of Chinese and of English prose. Plain Chinese prose takes up to a fifth fewer
tokens, a text with code or tables in it is farther off; a text that is at hand is better counted.
"""

import re
from bisect import bisect
from codecs import register_error
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from functools import lru_cache
from itertools import repeat
from math import ceil, floor, sqrt
from operator import mul
from types import MappingProxyType

import msgspec

from llmcost.pricing.usage import CharacterRatio, Count, TokenRange, base_name
from llmcost.tokenizers.registry import EstimateRule, Tokenizer

Features = Counter[str]

# First code point of each range and its class, up to the next.
_RANGES: list[tuple[int, str]] = [
    (0x80, "other"), (0xA1, "opunct"), (0xAA, "latin"), (0xAB, "opunct"), (0xB5, "latin"),
    (0xB6, "opunct"), (0xC0, "latin"), (0x250, "other"), (0x370, "greek"), (0x400, "cyrillic"),
    (0x530, "armenian"), (0x590, "hebrew"), (0x600, "arabic"), (0x780, "thaana"), (0x7C0, "indic"),
    (0x800, "arabic"), (0x900, "devanagari"), (0x980, "bengali"), (0xA00, "gurmukhi"),
    (0xB80, "tamil"), (0xC00, "telugu"), (0xC80, "kannada"), (0xD00, "indic"), (0xE00, "thai"),
    (0xF00, "indic"),
    (0x1000, "burmese"), (0x10A0, "georgian"), (0x1100, "hangul"), (0x1200, "ethiopic"),
    (0x13A0, "other"),
    (0x1780, "burmese"), (0x1800, "other"), (0x1C90, "georgian"), (0x1CC0, "other"),
    (0x1E00, "latin"), (0x1EA0, "vietnamese"), (0x1F00, "greek"), (0x2000, "opunct"),
    (0x2070, "other"), (0x2D00, "georgian"), (0x2D30, "other"), (0x2E80, "han"),
    (0x3000, "opunct"), (0x3040, "kana"), (0x3100, "han"), (0x3130, "hangul"), (0x3190, "han"),
    (0x31F0, "kana"), (0x3200, "other"), (0x3400, "han"), (0xA000, "other"), (0xAC00, "hangul"),
    (0xD7B0, "other"), (0xF900, "han"), (0xFB00, "arabic"), (0xFE00, "other"), (0xFE30, "opunct"),
    (0xFE70, "arabic"), (0xFEFF, "other"), (0xFF00, "opunct"), (0xFF65, "kana"), (0xFFA0, "hangul"),
    (0xFFE0, "opunct"), (0xFFF0, "other"), (0x20000, "han"), (0x323B0, "other"),
]  # fmt: skip
_STARTS = [start for start, _ in _RANGES]


def _barrier(error: UnicodeError) -> tuple[str, int]:
    """One byte of no class for a run of characters beyond ASCII."""
    assert isinstance(error, UnicodeEncodeError)
    return "\x01", error.end


register_error("llmcost.barrier", _barrier)

# The class of each ASCII byte: letters a and A, digits 0, marks `.`, blanks, newlines, others \x01.
_CLASSES = bytes(
    ord("a") if chr(byte).islower()
    else ord("A") if chr(byte).isupper()
    else ord("0") if chr(byte).isdigit()
    else ord(".") if 33 <= byte < 127
    else ord(" ") if byte in b" \v\f"
    else byte if byte in b"\r\n\t"
    else 1
    for byte in range(256)
)  # fmt: skip
OF_ASCII = (
    *("lower", "upper", "digit", "apunct", "nl", "space", "other"),
    *("words", "humps", "dgroups", "wsruns", "pruns"),
)
"""The features that an ASCII text may have."""
NAMES = (*OF_ASCII, *sorted({name for _, name in _RANGES}.difference(OF_ASCII)))
"""All features."""


def features(text: str, before: str = "") -> Features:
    """The features of a text that follows the character `before`."""
    classes = text.encode("ascii", "llmcost.barrier").translate(_CLASSES)
    found = _characters(classes) | _runs(classes)
    if not text.isascii():
        found["other"] = 0
        for character, times in Counter(text).items():
            if character >= "\x80":
                name = _class(character)
                found[name] = found.get(name, 0) + times
            elif _CLASSES[ord(character)] == 1:
                found["other"] += times
    # The blanks after a newline belong to the run that was counted with it.
    if before in ("\n", "\r", "\t") and classes[:1] in (b" ", b"\n", b"\r", b"\t"):
        found["wsruns"] -= _starts_run(classes)
    return Features(found)


def _characters(classes: bytes) -> dict[str, int]:
    number = classes.count
    return {
        "lower": number(b"a"),
        "upper": number(b"A"),
        "digit": number(b"0"),
        "apunct": number(b"."),
        "nl": number(b"\n") + number(b"\r"),
        "space": number(b" ") + number(b"\t"),
        "other": number(b"\x01"),
    }


@lru_cache(maxsize=1 << 16)
def _class(character: str) -> str:
    if character.isspace():
        return "space"
    return _RANGES[bisect(_STARTS, ord(character)) - 1][1]


def _only(keep: bytes) -> bytes:
    """A table that blanks every class but these."""
    return bytes(byte if byte in keep else ord(" ") for byte in range(256))


_LETTERS, _DIGITS, _MARKS = _only(b"aA"), _only(b"0"), _only(b".")
_BLANKS = re.compile(rb"[ \t\r\n]{2,}|[\t\r\n]")


def _starts_run(classes: bytes) -> bool:
    return _BLANKS.match(classes) is not None


def _runs(classes: bytes) -> dict[str, int]:
    letters = classes.translate(_LETTERS)
    return {
        "words": len(letters.split()),
        "humps": len(letters.replace(b"aA", b"a A").replace(b"Aa", b" Aa").split()),
        "dgroups": len(classes.translate(_DIGITS).replace(b"000", b"000 ").split()),
        "wsruns": len(_BLANKS.findall(classes)),
        "pruns": len(classes.translate(_MARKS).split()),
    }


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


class FeatureMix(msgspec.Struct, frozen=True):
    """The features of a text, as several estimates of it need them. `numbers`: by `NAMES`, without
    the zeros at the end of an ASCII text's; `letters`: of ASCII."""

    numbers: Sequence[int]
    letters: int
    accents: int
    shares: Shares


def mix_of(features: Mapping[str, int]) -> FeatureMix | None:
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
    return FeatureMix(numbers, features.get("lower", 0) + features.get("upper", 0), accents, parts)


def estimate(tokenizer: Tokenizer, counted: Mapping[str, int], mix: FeatureMix | None) -> Count:
    """The estimated count of a text of this mix and with these exact counts of the proxies."""
    rule = rule_of(tokenizer)
    proxies = [counted[name] for name in rule.proxies]
    tokens, low, high = Estimator(rule).bounded(proxies, mix)
    return Count(tokens=tokens, low=low, high=high, method=tokenizer.method, exact=False)


def rule_of(tokenizer: Tokenizer) -> EstimateRule:
    """Raises ValueError for a tokenizer whose tokens are counted."""
    if tokenizer.estimate is None:
        raise ValueError(f"{tokenizer.name} is counted, not estimated")
    return tokenizer.estimate


class Estimator:
    """A rule, ready for many texts. `proxies`: exact counts of one, in the order of the rule's."""

    def __init__(self, rule: EstimateRule) -> None:
        self._factor = rule.factor
        self._bars = rule.bars
        self._weights = _in_order(dict(rule.weights) | {_ACCENTS: 0.0}) if rule.weights else ()
        self._accents = rule.weights.get(_ACCENTS, 0.0)

    def bounded(self, proxies: Sequence[int], mix: FeatureMix | None) -> tuple[int, int, int]:
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

    def expected(self, proxies: Sequence[int], mix: FeatureMix) -> float:
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


SAMPLES = ("zh", "en", "code")
"""The texts of `data/samples`."""
_CHINESE_CHARACTERS, _ENGLISH_WORDS = 1598, 603
SAMPLE_TOKENS: Mapping[str, tuple[int | tuple[int, int, int], ...]] = MappingProxyType(
    {
        "o200k_base": (1332, 757, 911),
        "cl100k_base": (1891, 772, 914),
        "qwen": (1084, 789, 928),
        "qwen3.5": (1003, 797, 988),
        "deepseek": (1021, 771, 963),
        "glm4": (1037, 773, 915),
        "glm5": (1037, 773, 915),
        "minimax": (967, 755, 926),
        "kimi": (941, 759, 916),
        "tekken": (1596, 804, 961),
        "gemma4": (1205, 798, 1058),
        "gemma3": (1205, 798, 1058),
        "claude": ((1803, 1548, 2057), (830, 704, 956), (1190, 1010, 1370)),
        "claude-4.7": ((1822, 1529, 2116), (1141, 946, 1337), (1560, 1294, 1827)),
        "chinese": ((1009, 778, 1240), (774, 664, 884), (939, 806, 1072)),
        "llama3": ((1345, 1041, 1649), (772, 747, 796), (914, 885, 942)),
        "llama4": ((1141, 1037, 1244), (744, 690, 797), (909, 844, 974)),
        "grok": ((1345, 853, 1838), (765, 633, 896), (920, 762, 1078)),
        "nova": ((1652, 1045, 2259), (939, 712, 1165), (1130, 857, 1402)),
        "gpt-6": ((1332, 1132, 1532), (757, 680, 834), (911, 818, 1004)),
        "unknown": ((1332, 607, 2057), (757, 256, 1258), (911, 308, 1514)),
    }
)
"""Tokens of each sample by tokenizer, those of an estimate with their bounds;
tests/tokenizers/test_sample_tokens.py counts them again, and prints the line that is right."""


def sample_count(one: Tokenizer, sample: str) -> Count:
    """Return the count of one of SAMPLES under a tokenizer of this package."""
    tokens, low, high = _bounded(SAMPLE_TOKENS[base_name(one.name)][SAMPLES.index(sample)])
    if one.estimate is not None and low == high:  # a vocabulary that is assumed
        bars = one.estimate.bars
        off = tokens * (bars.han if sample == SAMPLES[0] else bars.latin)
        low, high = floor(tokens - off), ceil(tokens + off)
    return Count(tokens, low, high, one.method, one.exact)


def _bounded(tokens: int | tuple[int, int, int]) -> tuple[int, int, int]:
    return (tokens, tokens, tokens) if isinstance(tokens, int) else tokens


def _ratio(name: str) -> CharacterRatio:
    """To four digits. More tokens are less text for each."""
    divide = Context(prec=4).divide
    spans = (
        TokenRange(*(divide(Decimal(text), Decimal(one)) for one in (tokens, high, low)))
        for text, (tokens, low, high) in zip(
            (_CHINESE_CHARACTERS, _ENGLISH_WORDS),
            map(_bounded, SAMPLE_TOKENS[name][:2]),
            strict=True,
        )
    )
    return CharacterRatio(*spans)


class _Ratios(dict[str, CharacterRatio]):
    """A tokenizer of the user's has no measured ratio, and so that of an unknown one."""

    def __missing__(self, name: str) -> CharacterRatio:
        return self.get(base_name(name)) or self["unknown"]


RATIOS: Mapping[str, CharacterRatio] = MappingProxyType(
    _Ratios({name: _ratio(name) for name in SAMPLE_TOKENS})
)
"""By the names of `tokenizers.TOKENIZERS`."""
