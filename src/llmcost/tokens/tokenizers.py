"""The tokenizers that can be counted, by the names that the price table uses.

Exact ones name a vocabulary of this package and the family of their pretokenizer. Estimated ones
say how a figure is made from exact counts and from what the text consists of, and how far off it
may be; for some there is a reconstruction, which is used instead where it is installed. Supplied
ones name a file of the user's. docs/accuracy.md tells where every number comes from.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from llmcost.errors import UnknownTokenizer
from llmcost.messages import Text, say
from llmcost.tokens.coefficients import BARS, CLAUDE, CLAUDE_47, FACTORS, LLAMA3


class Bars(msgspec.Struct, frozen=True):
    """How far an estimate may be off, as a share of it, by what the text is written in.

    From about 500 tokens on; `estimates` widens them for shorter texts.
    """

    latin: float  # English, code, digits, marks
    han: float
    other: float  # kana, Hangul, accented Latin, Cyrillic, Greek
    rare: float = 0.0  # Arabic, Hebrew, Thai, Vietnamese, Indic and every other script, emoji


class Estimate(msgspec.Struct, frozen=True):
    """tokens = factor x mean of the proxies' counts + weights x features of the text."""

    bars: Bars
    proxies: tuple[str, ...] = ()
    factor: float = 1.0
    weights: Mapping[str, float] = MappingProxyType({})


class Supply(msgspec.Struct, frozen=True):
    """A vocabulary file of the user's: see `files` for its forms."""

    path: str
    family: str = ""  # of the pretokenizer, where the file does not hold one; "": cl100k's
    source: str = ""  # where the user has it from, if that is known
    sha256: str = ""  # what it was when it was added; "": whatever it is


class Tokenizer(msgspec.Struct, frozen=True):
    """One tokenizer; `estimate` is set for those whose vocabulary is not public or not carried,
    `supply` for those that the user brings."""

    name: str
    method: str  # stands beside every figure, in English
    pack: str = ""  # the vocabulary's name in `vocabularies/`
    family: str = ""  # see pretokenizers
    nfc: bool = False  # it counts the text's normal form C
    tags: bool = False  # it takes each of Gemma 3's HTML tags as one token
    estimate: Estimate | None = None
    generation: str = ""  # of Claude, as `reconstructed` names them
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


def _estimated(name: str, said: Text, estimate: Estimate, generation: str = "") -> Tokenizer:
    return Tokenizer(name, str(said), estimate=estimate, generation=generation, said=said)


_ESTIMATED = [
    _estimated(
        "claude",
        say("linear model of Claude 3 to 4.6"),
        estimate=Estimate(Bars(*BARS["claude"]), CLAUDE_PROXIES, FACTORS["claude"], CLAUDE),
        generation="3.0",
    ),
    _estimated(
        "claude-4.7",
        say("linear model of Claude 4.7 and later"),
        estimate=Estimate(
            Bars(*BARS["claude-4.7"]), CLAUDE_PROXIES, FACTORS["claude-4.7"], CLAUDE_47
        ),
        generation="4.8",  # counts text as 4.7 does, in a frame that is easier to take off
    ),
    _estimated(
        "chinese",
        say("mean of six Chinese vocabularies"),
        estimate=Estimate(Bars(*BARS["chinese"]), proxies=CHINESE),
    ),
    _estimated(
        "llama3",
        say("mean of cl100k_base and glm5, corrected by script"),
        estimate=Estimate(
            Bars(*BARS["llama3"]), ("cl100k_base", "glm5"), FACTORS["llama3"], LLAMA3
        ),
    ),
    _estimated(
        "grok",
        say("1.01 x o200k_base"),
        estimate=Estimate(Bars(*BARS["grok"]), ("o200k_base",), 1.01),
    ),
    _estimated(
        "nova",
        say("1.24 x o200k_base"),
        estimate=Estimate(Bars(*BARS["nova"]), ("o200k_base",), 1.24),
    ),
    _estimated(
        "gpt-6",
        say("o200k_base assumed"),
        estimate=Estimate(
            Bars(latin=0.10, han=0.15, other=0.15, rare=0.15), proxies=("o200k_base",)
        ),
    ),
    _estimated(
        "unknown",
        say("o200k_base for want of a better one"),
        estimate=Estimate(Bars(*BARS["unknown"]), proxies=("o200k_base",)),
    ),
]

TOKENIZERS: Mapping[str, Tokenizer] = MappingProxyType(
    {tokenizer.name: tokenizer for tokenizer in _EXACT + _ESTIMATED}
)


def names() -> tuple[str, ...]:
    """Every tokenizer, the exact ones first."""
    return tuple(TOKENIZERS)


def tokenizer(name: str, known: Mapping[str, Tokenizer] = TOKENIZERS) -> Tokenizer:
    """The tokenizer of this name; `UnknownTokenizer` if there is none."""
    try:
        return known[name]
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
