"""What a text consists of, as numbers that a linear model weighs.

Characters by class, and runs: `words` (of ASCII letters), `humps` (HTTPServer has two), `dgroups`
(digits in threes), `wsruns` (blanks, but for the single blank between two words) and `pruns` (of
ASCII marks). A character beyond ASCII ends every run. Some classes
hold scripts that are alike: Burmese and Khmer, Gurmukhi and Gujarati.

Features are additive: those of a text are the sum of its pieces', if each piece is told what
character came before it and is cut where `splitting` cuts.
"""

import re
from bisect import bisect
from codecs import register_error
from collections import Counter
from functools import lru_cache

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
