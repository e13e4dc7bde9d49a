"""How each family of tokenizers cuts a text into the pieces that its merges never leave.

Every family has one pattern for all texts, which `regex` and tiktoken both read, and one for ASCII
texts, which the standard `re` reads: it compiles in a third of the time and spares the import of
`regex`. Both are the published patterns, rewritten without `(?i:...)` (whose folding differs from
engine to engine; `ſ` folds to `s` in all of them) and, for DeepSeek, with its three stages in one.
The tests hold them equal to the originals.
"""

import re
from collections.abc import Callable, Collection
from functools import cache
from itertools import accumulate, pairwise

from llmcost.tokens.text import beyond_ascii, has_young_characters, is_young

_SUFFIX = "'(?:[sStTdDmMſ]|[rR][eE]|[vV][eE]|[lL][lL])"
_BLANKS = r"\s*[\r\n]+|\s+(?!\S)|\s+"

# cl100k as tiktoken writes it today: at the very end of a text all blanks are one piece, newlines
# included. GLM and Qwen keep the older form.
_CL100K = (
    rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?+\p{{L}}++|\p{{N}}{{1,3}}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++\Z|\s*[\r\n]|\s+(?!\S)|\s"
)
_GLM = (
    rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?+\p{{L}}++|\p{{N}}{{1,3}}+"
    rf"| ?[^\s\p{{L}}\p{{N}}]++[\r\n]*+|{_BLANKS}"
)
_QWEN = _GLM.replace("{1,3}+", "")
_QWEN35 = (
    rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}"
    rf"| ?[^\s\p{{L}}\p{{M}}\p{{N}}]++[\r\n]*+|{_BLANKS}"
)

_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_WORD = r"[^\r\n\p{L}\p{N}]?"


def _cased(suffix: str, upper: str = _UPPER, lower: str = _LOWER) -> str:
    return f"{_WORD}{upper}*{lower}+{suffix}|{_WORD}{upper}+{lower}*{suffix}"


_O200K = _cased(f"(?:{_SUFFIX})?") + rf"|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_BLANKS}"
_TEKKEN = _cased("") + rf"|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_BLANKS}"
_KIMI = (
    r"[\p{Han}]+|"
    + _cased(
        f"(?:{_SUFFIX})?",
        _UPPER.replace("]", r"&&[^\p{Han}]]"),
        _LOWER.replace("]", r"&&[^\p{Han}]]"),
    )
    + rf"|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_BLANKS}"
)

# DeepSeek cuts out digits, then runs of these, and then cuts every part again by a third pattern,
# to which the end of a part is the end of the text: nothing joins across it, and the look-ahead
# for blanks takes it for the end. What no branch matches (controls, unassigned characters) is a
# piece as a run, but for a last character that a following word takes as its first.
_CJK = "一-龥぀-ヿ"
_MARK = r"[!-/:-@\[-`{-~]"
_DEEPSEEK = (
    rf"\p{{N}}{{1,3}}"
    rf"|[[{_CJK}]--[\p{{L}}\p{{P}}\p{{S}}]]?[[{_CJK}]&&[\p{{L}}\p{{M}}]]+"
    rf"|[[{_CJK}]&&[\p{{P}}\p{{S}}]]+"
    rf"|[[{_CJK}]--[\p{{L}}\p{{M}}\p{{P}}\p{{S}}]]+(?![[{_CJK}]&&[\p{{L}}\p{{M}}]])"
    rf"|{_MARK}[A-Za-z]+"
    rf"|[^\r\n\p{{L}}\p{{P}}\p{{S}}\p{{N}}{_CJK}]?[[\p{{L}}\p{{M}}]--[{_CJK}]]+"
    rf"| ?[[\p{{P}}\p{{S}}]--[{_CJK}]]+[\r\n]*"
    rf"|\s*[\r\n]+|\s+(?![^\s\p{{N}}{_CJK}])|\s+"
    rf"|[^\s\p{{L}}\p{{M}}\p{{N}}\p{{P}}\p{{S}}{_CJK}]+(?![[\p{{L}}\p{{M}}]--[{_CJK}]])"
)

# Gemma has no pattern: it merges over the whole text. These are places that no entry has inside,
# checked against all of them. (`>▁</` is the one entry with a blank behind something else.)
_G_MARK = r"!-/:-@\[-`{-~，。！？；：、（）《》“”…"
_G_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}"
_GEMMA = (
    r"[0-9]|\n+|\t+|[ ▁]*+(?:"
    rf"[A-Za-z]++(?=[0-9\n\t ▁{_G_MARK}{_G_CJK}]|\Z)"
    rf"|[{_G_CJK}]++(?=[0-9\n\t ▁{_G_MARK}A-Za-z]|\Z)"
    rf"|(?:>[ ▁](?=</)|[{_G_MARK}])++(?=[0-9\n\t ▁A-Za-z{_G_CJK}]|\Z)"
    r"|(?:>[ ▁](?=</)|[^ ▁\n\t0-9])++)|[ ▁]++"
)
_GEMMA_ASCII = (
    r"[0-9]|\n+|\t+| *+(?:[A-Za-z]++(?=[0-9\n\t !-/:-@\[-`{-~]|\Z)"
    r"|(?:> (?=</)|[!-/:-@\[-`{-~])++(?=[0-9\n\t A-Za-z]|\Z)"
    r"|(?:> (?=</)|[^ \n\t0-9])++)| ++"
)
# Coarser, without look-ahead, for a text whose blanks are `▁` already.
_GEMMA_RUST = r"▁*(?:>▁</|[^▁\n])+|\n+|▁+"

PATTERNS = {
    "cl100k": _CL100K,
    "glm": _GLM,
    "qwen": _QWEN,
    "qwen3.5": _QWEN35,
    "o200k": _O200K,
    "tekken": _TEKKEN,
    "kimi": _KIMI,
    "deepseek": _DEEPSEEK,
    "gemma": _GEMMA,
}

_A_SUFFIX = "'(?:[sStTdDmM]|[rR][eE]|[vV][eE]|[lL][lL])"
_A_PLAIN = rf"{_A_SUFFIX}|[^\r\nA-Za-z0-9]?+[A-Za-z]++|%s| ?[^\sA-Za-z0-9]++[\r\n]*+|%s"
_A_CASED = r"[^\r\nA-Za-z0-9]?+(?:[A-Z]*+[a-z]++|[A-Z]++)%s|%s| ?[^\sA-Za-z0-9]++%s|" + _BLANKS
_A_GROUPS = "[0-9]{1,3}+"

ASCII_PATTERNS = {
    "cl100k": _A_PLAIN % (_A_GROUPS, r"\s++\Z|\s*[\r\n]|\s+(?!\S)|\s"),
    "glm": _A_PLAIN % (_A_GROUPS, _BLANKS),
    "qwen": _A_PLAIN % ("[0-9]", _BLANKS),
    "qwen3.5": _A_PLAIN % ("[0-9]", _BLANKS),
    "o200k": _A_CASED % (f"(?:{_A_SUFFIX})?+", _A_GROUPS, r"[\r\n/]*+"),
    "tekken": _A_CASED % ("", "[0-9]", r"[\r\n/]*+"),
    "kimi": _A_CASED % (f"(?:{_A_SUFFIX})?+", _A_GROUPS, r"[\r\n]*+"),
    "deepseek": (
        rf"{_A_GROUPS}|{_MARK}[A-Za-z]++|[^\r\nA-Za-z0-9!-/:-@\[-`{{-~]?+[A-Za-z]++"
        rf"| ?{_MARK}++[\r\n]*+|\s*[\r\n]+|\s+(?![^\s0-9])|\s+"
        r"|[\x00-\x08\x0e-\x1f\x7f]+(?![A-Za-z])"
    ),
    "gemma": _GEMMA_ASCII,
}

# A word or few, as most are: blanks, runs of capitals and then small letters, marks but for `'`,
# and newlines at the end.
_ALIKE = r" *+(?:[A-Z]*+[a-z]*+(?:[!-&(-/:-@\[-`{-~]++| ++))*+[A-Z]*+[a-z]*+\n*+"


@cache
def alike() -> Callable[[str], object]:
    """The function that says whether all families but Gemma cut a text into the same pieces.

    It finds most words of ASCII texts; what it does not find may be cut alike or not.
    """
    return re.compile(_ALIKE).fullmatch


@cache
def is_han() -> Callable[[str], object]:
    """The function that says whether a text is Han alone: one piece, composed, to all families."""
    return re.compile("[一-龥]+").fullmatch


@cache
def pretokenize(family: str, ascii_only: bool) -> Callable[[str], list[str]]:
    """The function that cuts a text of this kind into pieces; together they are the text."""
    if ascii_only:
        return re.compile(ASCII_PATTERNS[family], re.ASCII).findall
    import regex  # 10 ms, and no ASCII text needs it

    findall: Callable[[str], list[str]] = regex.compile(PATTERNS[family], regex.V1).findall

    def pieces(text: str) -> list[str]:
        known = as_known(text)
        found = findall(known)
        if known is text:
            return found
        ends = accumulate(map(len, found), initial=0)
        return [text[start:end] for start, end in pairwise(ends)]

    return pieces


def as_known(text: str) -> str:
    """Return the text as `regex` is to read it, with characters of the same class as tiktoken's.

    The two are of different versions of Unicode: a character that one of them takes for something
    else becomes an older one that both take for what tiktoken says. The same object if there is
    none.
    """
    if text.isprintable():
        return text
    rest = beyond_ascii(text.encode(errors="replace"))
    if not has_young_characters(rest):
        return text
    young = set(filter(is_young, set(rest)))
    _learn_substitutes(young.difference(_substitutes))
    others = {ord(one): _substitutes[one] for one in young if _substitutes[one] != one}
    return text.translate(others) if others else text


_CLASSES = {
    r"\p{Lu}": "À", r"\p{Lt}": "ǅ", r"\p{Ll}": "à", r"\p{Lm}": "ʰ", r"\p{Han}": "㐀",
    r"\p{Lo}": "ƻ", r"\p{M}": "\u0301", r"\p{N}": "²", r"\p{P}": "¡", r"\p{S}": "¢",
    r"\s": "\u2003",
}  # fmt: skip
"""What patterns ask of a character, each with an old example; the first that fits counts."""
_UNASSIGNED = "\uffff"
_substitutes: dict[str, str] = {}


def _learn_substitutes(characters: Collection[str]) -> None:
    """Compare the classes of young characters in both engines, all in one pass for each class."""
    if not characters:
        return
    import regex
    from tiktoken import Encoding

    ranks = {bytes([byte]): byte for byte in range(256)}
    text = "".join(characters)
    own, theirs = dict.fromkeys(text, _UNASSIGNED), dict.fromkeys(text, _UNASSIGNED)
    for pattern, example in reversed(_CLASSES.items()):
        # what its pattern does not match makes no tokens, and each token is a byte
        found = Encoding("", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        theirs.update(dict.fromkeys(bytes(found.encode_ordinary(text)).decode(), example))
        own.update(dict.fromkeys(regex.findall(pattern, text, regex.V1), example))
    _substitutes.update((one, one if own[one] == theirs[one] else theirs[one]) for one in text)


def rust_pattern(family: str) -> str:
    """The family's pattern in the dialect of tiktoken's engine."""
    return _GEMMA_RUST if family == "gemma" else PATTERNS[family].replace(r"\Z", r"\z")
