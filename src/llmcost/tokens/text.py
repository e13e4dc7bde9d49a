"""What is done to a text before it is cut: mended, and for some tokenizers composed (NFC)."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from operator import is_
from typing import Any


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
_SECOND = re.compile(
    "[\u09be\u09d7\u0b3e\u0b56-\u0b57\u0bbe\u0bd7\u0cc2\u0cd5-\u0cd6\u0d3e\u0d57\u0dcf\u0ddf"
    "\u0fb5\u0fb7\u102e\u1160-\u11ff\u1b35\U00011127\U0001133e\U00011357\U000113b8\U000113bb"
    "\U000113c2\U000113c5\U000113c7-\U000113c9\U000114b0\U000114ba\U000114bd\U000115af"
    "\U0001611e-\U00016129\U00016d67-\U00016d68\U00011930]"
)


@lru_cache(maxsize=1 << 16)
def stands_alone(character: str) -> bool:
    """Whether it is composed, and composes with none before it."""
    if unicodedata.combining(character) or _SECOND.match(character):
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
