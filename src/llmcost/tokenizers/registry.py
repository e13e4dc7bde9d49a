"""The tokenizers that can be counted, by the names that the price table uses.

Exact ones name a vocabulary of this package and the family of their pretokenizer. Estimated ones
have factors and weights, by which a figure is made from exact counts and from features of the text,
and how far off it may be; for some there is a reconstruction, which is used instead where it is
installed. Supplied ones name a file of the user's. docs/accuracy.md has the source of every number.

Tokens are factor x mean of the proxies' counts + weights x features of the text, with the weights
in tokens for one unit of a feature. The bars are for Latin letters and code, Chinese, other and
rare scripts. `python -m bench.calibrate --write` fits them; docs/accuracy.md says what was fitted
to what, and how far off it is on other texts.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from llmcost.errors import UnknownTokenizer
from llmcost.messages import Text, say
from llmcost.pricing.usage import ASSUMED, base_name

# Written by `python -m bench.calibrate --write`, up to the end mark.
FACTORS: Mapping[str, float] = MappingProxyType(
    {
        "claude": 0.928,
        "claude-4.7": 1.064,
        "llama3": 0.999,
        "llama4": 0.957,
    }
)
BARS: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {
        "claude": (0.15, 0.14, 0.16, 0.2),
        "claude-4.7": (0.17, 0.16, 0.14, 0.22),
        "llama3": (0.03, 0.23, 0.33, 0.39),
        "llama4": (0.07, 0.09, 0.16, 0.34),
        "chinese": (0.14, 0.23, 0.38, 1.06),
        "grok": (0.17, 0.37, 0.8, 2.91),
        "nova": (0.24, 0.37, 0.77, 2.9),
        "unknown": (0.66, 0.54, 0.89, 3.25),
    }
)
WEIGHTS = """
feature          claude claude-4.7     llama3     llama4
lower             0.041      0.152          -          -
upper             0.365      0.938          -          -
apunct           -0.048      0.195          -          -
humps            -0.088     -0.236          -          -
dgroups          -0.233     -0.258          -          -
wsruns            0.352      0.224          -          -
pruns             0.376      -0.09          -          -
han               0.573      0.509     -0.089     -0.029
kana              0.213      0.134     -0.207     -0.091
hangul            0.521      0.404     -0.319     -0.045
opunct            0.267      0.058      0.012      0.335
latin             0.429      0.356      0.022      0.006
vietnamese        0.856      0.562      -0.76     -0.021
cyrillic           0.12      0.077     -0.056     -0.029
greek             0.267      0.211     -0.331     -0.008
armenian          0.176      0.094      0.255      0.464
hebrew            0.267      0.188     -0.001      0.031
arabic            0.368      0.306     -0.213      0.066
thaana           -0.043     -0.215      0.001     -0.474
devanagari         0.35      0.279     -0.544     -0.037
bengali           0.518      0.451      0.148      0.038
gurmukhi          1.542       1.41     -0.009      0.056
tamil             0.364      0.291      0.001       0.31
telugu            0.262      0.162      0.001      0.148
kannada           1.341      1.249      0.001      0.019
indic             0.681      0.601     -0.009      0.064
thai              0.476       0.42     -0.448      0.009
burmese           0.338      0.226      0.403     -0.078
georgian          0.081     -0.009        0.5     -0.022
ethiopic            0.0        0.0        0.0        0.0
other             0.611      0.381     -0.454      -0.07
"""
# End of what bench.calibrate writes.
ASSUMED_BARS = (0.10, 0.15, 0.15, 0.15)
"""Of a vocabulary that is assumed: nothing can be measured."""


class Bars(msgspec.Struct, frozen=True):
    """How far an estimate may be off, as a share of it, by what the text is written in.

    From about 500 tokens on; `estimator` widens them for shorter texts.
    """

    latin: float  # English, code, digits, marks
    han: float
    other: float  # kana, Hangul, accented Latin, Cyrillic, Greek
    rare: float = 0.0  # Arabic, Hebrew, Thai, Vietnamese, Indic and every other script, emoji


class EstimateRule(msgspec.Struct, frozen=True):
    """tokens = factor x mean of the proxies' counts + weights x features of the text."""

    bars: Bars
    proxies: tuple[str, ...] = ()
    factor: float = 1.0
    weights: Mapping[str, float] = MappingProxyType({})


class Supply(msgspec.Struct, frozen=True):
    """A vocabulary file of the user's: see `user_files` for its forms."""

    path: str
    family: str = ""  # of the pretokenizer, where the file does not hold one; "": cl100k's
    source: str = ""  # where the user has it from, if that is known
    sha256: str = ""  # what it was when it was added; "": whatever it is
    again: str = ""  # the command that brings it, if that is not `llmcost tokenizers add`


class Tokenizer(msgspec.Struct, frozen=True):
    """One tokenizer; `estimate` is set for those whose vocabulary is not public or not carried,
    `supply` for those that the user brings."""

    name: str
    method: str  # stands beside every figure, in English
    pack: str = ""  # the vocabulary's name in `vocabularies/`
    family: str = ""  # see `pretokenize`
    nfc: bool = False  # it counts the text's normal form C
    tags: bool = False  # it takes each of Gemma 3's HTML tags as one token
    estimate: EstimateRule | None = None
    generation: str = ""  # of Claude, as `claude` names them
    supply: Supply | None = None
    said: str = ""  # the method as a message, if it is more than a name

    @property
    def exact(self) -> bool:
        return self.estimate is None


CLAUDE_PROXIES = ("gemma4", "kimi", "deepseek")
CHINESE = ("qwen", "qwen3.5", "deepseek", "glm5", "minimax", "kimi")

_EXACT = [
    Tokenizer("o200k_base", "o200k_base", "o200k", "o200k"),
    Tokenizer("cl100k_base", "cl100k_base", "cl100k", "cl100k"),
    Tokenizer("qwen", "qwen", "qwen", "qwen", nfc=True),
    Tokenizer("qwen3.5", "qwen3.5", "qwen3.5", "qwen3.5", nfc=True),
    Tokenizer("deepseek", "deepseek", "deepseek", "deepseek"),
    Tokenizer("glm4", "glm4", "glm4", "glm"),
    Tokenizer("glm5", "glm5", "glm", "glm"),
    Tokenizer("minimax", "minimax", "minimax", "o200k", nfc=True),
    Tokenizer("kimi", "kimi", "kimi", "kimi"),
    Tokenizer("tekken", "tekken", "tekken", "tekken"),
    Tokenizer("gemma4", "gemma4", "gemma4", "gemma"),
    Tokenizer("gemma3", "gemma3", "gemma4", "gemma", tags=True),
]


def _weights(name: str) -> Mapping[str, float]:
    """The weights of an estimate in the table; none if it is not there."""
    (_, *names), *rows = (line.split() for line in WEIGHTS.strip().splitlines())
    place = names.index(name) + 1 if name in names else None
    return {} if place is None else {row[0]: float(row[place]) for row in rows if row[place] != "-"}


def _estimated(
    name: str, said: Text, proxies: tuple[str, ...], factor: float = 1.0, generation: str = ""
) -> Tokenizer:
    """`generation`: of Claude."""
    bars = Bars(*BARS.get(name, ASSUMED_BARS))
    rule = EstimateRule(bars, proxies, FACTORS.get(name, factor), _weights(name))
    return Tokenizer(name, str(said), estimate=rule, generation=generation, said=said)


_ESTIMATED = [
    _estimated("claude", say("linear model of Claude 3 to 4.6"), CLAUDE_PROXIES, generation="3.0"),
    _estimated(
        "claude-4.7",
        say("linear model of Claude 4.7 and later"),
        CLAUDE_PROXIES,
        generation="4.8",  # counts text as 4.7 does, in a frame that is easier to take off
    ),
    _estimated("chinese", say("mean of six Chinese vocabularies"), CHINESE),
    _estimated(
        "llama3",
        say("mean of cl100k_base and glm5, corrected by script"),
        ("cl100k_base", "glm5"),
    ),
    _estimated(
        "llama4",
        say("mean of o200k_base and qwen3.5, corrected by script"),
        ("o200k_base", "qwen3.5"),
    ),
    _estimated("grok", say("1.01 x o200k_base"), ("o200k_base",), 1.01),
    _estimated("nova", say("1.24 x o200k_base"), ("o200k_base",), 1.24),
    _estimated("gpt-6", say("{name} assumed", name="o200k_base"), ("o200k_base",)),
    _estimated("unknown", say("o200k_base for want of a better one"), ("o200k_base",)),
]

TOKENIZERS: Mapping[str, Tokenizer] = MappingProxyType(
    {tokenizer.name: tokenizer for tokenizer in _EXACT + _ESTIMATED}
)


def _assumed(one: Tokenizer) -> Tokenizer:
    """An exact one as an estimate; others have bounds already, or are the user's word."""
    name = one.name + ASSUMED
    if one.estimate is not None or one.supply is not None:
        return msgspec.structs.replace(one, name=name)
    return _estimated(name, say("{name} assumed", name=one.name), (one.name,))


def names() -> tuple[str, ...]:
    """Every tokenizer, the exact ones first."""
    return tuple(TOKENIZERS)


def tokenizer(name: str, known: Mapping[str, Tokenizer] = TOKENIZERS) -> Tokenizer:
    """The tokenizer of this name, which may end in ASSUMED; `UnknownTokenizer` if there is none."""
    try:
        if name in known or not name.endswith(ASSUMED):
            return known[name]
        return _assumed(known[base_name(name)])
    except KeyError:
        hint = say("known are: {names}", names=", ".join(known))
        raise UnknownTokenizer(say("unknown tokenizer `{name}`", name=name), hint=hint) from None


def needed_for(
    names: Iterable[str], known: Mapping[str, Tokenizer] = TOKENIZERS
) -> tuple[Tokenizer, ...]:
    """Those of this package that have to be counted for these: themselves, or their proxies."""
    found: dict[str, Tokenizer] = {}
    for name in names:
        one = tokenizer(name, known)
        own = () if one.supply else (name,)
        for exact in own if one.estimate is None else one.estimate.proxies:
            found[exact] = TOKENIZERS[exact]
    return tuple(found.values())


MANY = 3
"""From so many tokenizers on, cutting words into atoms costs less than counting words."""


PAYS = 8_000_000
"""Bytes of a text, from which on a second process gains more than it costs to set up."""


class TextTotals(msgspec.Struct, frozen=True):
    """What was found in a part of a text: tokens by exact tokenizer, and features. They add up."""

    tokens: Mapping[str, int]
    features: Mapping[str, int]
