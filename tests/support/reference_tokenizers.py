"""The published pretokenizers, each through an engine that is not ours."""

from collections.abc import Callable

import tiktoken
from tokenizers import Regex, pre_tokenizers

from llmcost.tokenizers.registry import Tokenizer
from llmcost.tokenizers.vocabulary import open_vocabulary

_SUFFIX = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_BLANKS = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def _cased(suffix: str, upper: str = _UPPER, lower: str = _LOWER) -> str:
    word = r"[^\r\n\p{L}\p{N}]?"
    return f"{word}{upper}*{lower}+{suffix}|{word}{upper}+{lower}*{suffix}"


PATTERNS = {
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "glm": rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}"
    rf"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_BLANKS}",
    "qwen": rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}"
    rf"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_BLANKS}",
    "qwen3.5": rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}"
    rf"| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{_BLANKS}",
    "o200k": _cased(_SUFFIX + "?") + rf"|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_BLANKS}",
    "tekken": _cased("") + rf"|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_BLANKS}",
    "kimi": r"[\p{Han}]+|"
    + _cased(
        _SUFFIX + "?",
        r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]",
        r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]",
    )
    + rf"|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_BLANKS}",
}

_DEEPSEEK_STAGES = (
    r"\p{N}{1,3}",
    "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
)


def split(family: str) -> pre_tokenizers.PreTokenizer:
    """The family's cuts as Hugging Face `tokenizers` makes them .

    Not Kimi's and cl100k's: its engine knows no `&&`, and reads `{1,3}+` as a repeated repeat.
    """
    stages = _DEEPSEEK_STAGES if family == "deepseek" else (PATTERNS[family],)
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(stage), behavior="isolated") for stage in stages]
    )


def encoding(tokenizer: Tokenizer) -> tiktoken.Encoding:
    """tiktoken with the family's published pattern and our entries."""
    ranks = open_vocabulary(tokenizer.pack).entries()
    return tiktoken.Encoding(
        tokenizer.name,
        pat_str=PATTERNS[tokenizer.family],
        mergeable_ranks=ranks,
        special_tokens={},
    )


def merged_by_the_book(text: str, rank: Callable[[bytes], int | None]) -> int:
    """Gemma's count by its definition: characters of the whole text, merged one pair at a time."""
    alphabet = 0xFFFF_FFFF
    parts = list(text.replace(" ", "▁"))
    while True:
        pairs = []
        for i in range(len(parts) - 1):
            found = rank((parts[i] + parts[i + 1]).encode())
            if found is not None and found != alphabet:
                pairs.append((found, i))
        if not pairs:
            break
        _, i = min(pairs)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return sum(1 if rank(part.encode()) is not None else len(part.encode()) for part in parts)
