"""What is done to a text before it is cut: mended, and for some tokenizers composed (NFC)."""

import unicodedata
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


def composed(text: str) -> str:
    """The text in Unicode's normal form C; the same object if it is that already."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    import regex  # every text that comes here is cut by it

    # Python sorts combining marks by insertion: 100,000 in a row would take it 8 s. Sorted, they
    # mean the same. (The three named are no marks themselves, but decompose into some.)
    runs = regex.compile(r"[\u0f73\u0f75\u0f81[^\p{ccc=0}]]{64,}", regex.V1)
    return unicodedata.normalize("NFC", runs.sub(_in_order, text))


def _in_order(run: Any) -> str:
    marks = "".join(unicodedata.normalize("NFD", mark) for mark in run[0])
    return "".join(sorted(marks, key=unicodedata.combining))
