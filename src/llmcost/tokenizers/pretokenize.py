"""Prepare a text (repaired, for some tokenizers composed by NFC), and cut it into pieces by family.

Merges never leave a piece. A text is cut once per family, however many vocabularies count it.

Every family has one pattern for all texts, which `regex` and tiktoken both read, and one for ASCII
texts, which the standard `re` reads: it compiles in a third of the time and spares the import of
`regex`. Both are the published patterns, rewritten without `(?i:...)` (whose folding differs from
engine to engine; `ſ` folds to `s` in all of them) and, for DeepSeek, with its three stages in one.
The tests hold them equal to the originals.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from operator import is_
from typing import Any

from llmcost.tokenizers.vocabulary import TAG


def mended(text: str) -> str:
    """The text as UTF-8 can carry it: surrogate pairs joined, lone surrogates as U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


# Marks that Unicode has from version 10 on, and the second half of the one pair that it joins since
# then (U+11935 and U+11930): the reference tokenizers know them as plain characters, which no mark
# moves across. (From 16.0 on by its list: no Python that has them was at hand.)
_LATER = (
    "\u07fd\u0897-\u089f\u08ca-\u08d3\u09fe\u0c3c\u0d3b-\u0d3c\u0eba\u1715\u1abf-\u1ace\u1df6-\u1dfa\ua82c"
    "\U00010d24-\U00010d27\U00010d69-\U00010d6d\U00010eab-\U00010eac\U00010efc-\U00010eff"
    "\U00010f46-\U00010f50\U00010f82-\U00010f85\U00011070\U0001133b\U000113ce-\U000113d0"
    "\U000113e1-\U000113e2\U0001145e\U00011839-\U0001183a\U00011930\U0001193d-\U0001193e\U00011943"
    "\U000119e0\U00011a34\U00011a47\U00011a99\U00011d42\U00011d44-\U00011d45\U00011d97"
    "\U00011f41-\U00011f42\U0001612f\U00016ff0-\U00016ff1\U0001e08f\U0001e130-\U0001e136\U0001e2ae"
    "\U0001e2ec-\U0001e2ef\U0001e4ec-\U0001e4ef\U0001e5ee-\U0001e5ef"
)


_ASCII = bytes(range(0x80))
_FEW = 1 << 15  # characters, so few that looking at each different one is fast
_PART = 1 << 14  # characters: a rare one has only so many beside it looked at closely


def beyond_ascii(encoded: bytes) -> str:
    """The characters beyond ASCII that are in a text, in UTF-8."""
    if encoded.isascii():
        return ""
    return encoded.translate(None, _ASCII).decode()


def has_young_characters(rest: str) -> bool:
    """Whether there are characters in a text, of which `rest` are those beyond ASCII, that this
    Python does not know yet."""
    parts = (rest[start : start + _PART] for start in range(0, len(rest), _PART))
    return any(any(map(is_young, set(part))) for part in parts if not _is_printable(part))


def _is_printable(text: str) -> bool:
    """Whether there is nothing in it but blanks of Chinese and what this Python can print, and so
    knows."""
    return text.replace("\u3000", "").isprintable()


@lru_cache(maxsize=1 << 16)
def is_young(character: str) -> bool:
    """Whether this Python does not know it yet."""
    return unicodedata.category(character) == "Cn"


# What composes with the character before it, though it is no combining mark to `combining`: vowel
# signs, and the later parts of a Hangul syllable.
_SECOND = (
    "[\u09be\u09d7\u0b3e\u0b56-\u0b57\u0bbe\u0bd7\u0cc2\u0cd5-\u0cd6\u0d3e\u0d57\u0dcf\u0ddf"
    "\u0fb5\u0fb7\u102e\u1160-\u11ff\u1b35\U00011127\U0001133e\U00011357\U000113b8\U000113bb"
    "\U000113c2\U000113c5\U000113c7-\U000113c9\U000114b0\U000114ba\U000114bd\U000115af"
    "\U0001611e-\U00016129\U00016d67-\U00016d68\U00011930]"
)


@lru_cache(maxsize=1 << 16)
def stands_alone(character: str) -> bool:
    """Whether it is composed, and composes with none before it."""
    if unicodedata.combining(character) or re.match(_SECOND, character):
        return False
    return unicodedata.is_normalized("NFC", character)


def composed(text: str, rest: str | None = None) -> str:
    """The text in normal form C, as the reference tokenizers have it: by Unicode 9.

    The same object if it is that already. `rest`: its characters beyond ASCII, if they are known.
    """
    if text.isascii():
        return text
    if rest is not None and len(rest) < _FEW and all(map(stands_alone, set(rest))):
        return text
    if len(text) <= _PART:
        return _composed(text)
    old = list(_apart(text))
    new = list(map(_composed, old))
    return text if all(map(is_, old, new)) else "".join(new)


def _apart(text: str) -> Iterator[str]:
    """Parts of a text that no composition reaches across."""
    start = 0
    while start < len(text):
        end = start + _PART
        while end < len(text) and not stands_alone(text[end]):
            end += 1
        yield text[start:end]
        start = end


def _composed(text: str) -> str:
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return "".join(map(_composed_by_python, re.split(f"([{_LATER}])", text)))


def _composed_by_python(text: str) -> str:
    import regex  # every text that comes here is cut by it

    # Python sorts combining marks by insertion: 100,000 in a row would take it 8 s. Sorted, they
    # mean the same. (The three named are no marks themselves, but decompose into some.)
    runs = regex.compile(r"[\u0f73\u0f75\u0f81[^\p{ccc=0}]]{64,}", regex.V1)
    return unicodedata.normalize("NFC", runs.sub(_in_order, text))


def _in_order(run: Any) -> str:
    marks = "".join(unicodedata.normalize("NFD", mark) for mark in run[0])
    return "".join(sorted(marks, key=unicodedata.combining))


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


class CutText:
    """Texts that are counted together; a place between two of them is a cut of every family."""

    def __init__(self, texts: list[str], *, ascii_only: bool) -> None:
        self.ascii_only = ascii_only
        self.size = sum(map(len, texts))
        self._texts = texts
        self._composed: list[str] | None = texts if ascii_only else None
        self._pieces: dict[tuple[str, bool], Counter[str]] = {}

    def texts(self, *, nfc: bool) -> list[str]:
        if not nfc:
            return self._texts
        if self._composed is None:
            texts = [composed(text) for text in self._texts]
            same = all(map(is_, texts, self._texts))
            self._composed = self._texts if same else texts
        return self._composed

    def without_tags(self) -> tuple[int, "CutText"]:
        """How many of Gemma 3's tags are in the texts, and what is between them."""
        tags = sum(len(re.findall(TAG, text)) for text in self._texts if "<" in text)
        if not tags:
            return 0, self
        between = [part for text in self._texts for part in re.split(TAG, text) if part]
        return tags, CutText(between, ascii_only=self.ascii_only)

    def pieces(self, family: str, *, nfc: bool) -> Mapping[str, int]:
        """The distinct pieces, and how often each occurs."""
        texts = self.texts(nfc=nfc)
        key = (family, texts is self._texts)
        if key not in self._pieces:
            cut = pretokenize(family, self.ascii_only)
            pieces: Counter[str] = Counter()
            for text in texts:
                pieces.update(cut(text))
            self._pieces[key] = pieces
        return self._pieces[key]
