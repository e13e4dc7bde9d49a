"""What is done to a text before it is cut: mended, and for some tokenizers composed (NFC)."""

import re
import unicodedata
from functools import lru_cache
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
_PAYS = 200  # characters, from which on looking at each different one once is faster


def beyond_ascii(text: str) -> set[str]:
    """The characters beyond ASCII that are in a text, but for surrogates."""
    if text.isascii():
        return set()
    return set(text.encode(errors="replace").translate(None, _ASCII).decode())


@lru_cache(maxsize=1 << 16)
def stands_alone(character: str) -> bool:
    """Whether it is composed, and composes with none before it: no mark, and no part of a Hangul
    syllable."""
    if "\u1160" <= character <= "\u11ff" or unicodedata.category(character)[0] == "M":
        return False
    return unicodedata.is_normalized("NFC", character)


def _is_composed(text: str) -> bool:
    if len(text) > _PAYS and all(map(stands_alone, beyond_ascii(text))):
        return True
    return unicodedata.is_normalized("NFC", text)


def composed(text: str) -> str:
    """The text in normal form C, as the reference tokenizers have it: by Unicode 9.

    The same object if it is that already.
    """
    if text.isascii() or _is_composed(text):
        return text
    return "".join(map(_composed, re.split(f"([{_LATER}])", text)))


def _composed(text: str) -> str:
    import regex  # every text that comes here is cut by it

    # Python sorts combining marks by insertion: 100,000 in a row would take it 8 s. Sorted, they
    # mean the same. (The three named are no marks themselves, but decompose into some.)
    runs = regex.compile(r"[\u0f73\u0f75\u0f81[^\p{ccc=0}]]{64,}", regex.V1)
    return unicodedata.normalize("NFC", runs.sub(_in_order, text))


def _in_order(run: Any) -> str:
    marks = "".join(unicodedata.normalize("NFD", mark) for mark in run[0])
    return "".join(sorted(marks, key=unicodedata.combining))
