"""A text as words that every tokenizer counts alike wherever they stand, for words come again.

At the places of a cut every family's pattern ends one piece and starts another, no entry of Gemma
has the place inside (but for `> </`), and no composition reaches across:

- before a blank that stands alone between two characters that are no blanks;
- after a newline, if what follows is on the next line, and is no `/` (see `splitting`).

Both are found at the speed of `str.replace` and `str.split`, for which a word is written down in
marks: without the blank that it starts with, or with `START` in front if it starts with none.
"""

import re
from functools import cache

START = "\x03"
BLANK = "\x02"  # a blank at which nothing is cut
# Blanks, besides the newline, that a blank may stand beside.
_ASCII_BLANKS = "\t\r\x0b\x0c\x1c\x1d\x1e\x1f"
OTHER_BLANKS = "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_GEMMA_BLANK = "▁"


def has_marks(text: str) -> bool:
    """Whether a text has the marks in it, and so cannot be written in them."""
    return START in text or BLANK in text


def words(text: str) -> list[str]:
    """The text, in which no marks are, as words in marks."""
    text = text.replace("  ", BLANK * 2).replace(f"{BLANK} ", BLANK * 2)
    text = _beside(text, "\n")
    for blank in _ASCII_BLANKS if text.isascii() else _ASCII_BLANKS + OTHER_BLANKS + _GEMMA_BLANK:
        if blank in text:
            text = _beside(text, blank)
    text = text.replace("> </", f">{BLANK}</")
    return (START + _next_line().sub(f"\n {START}", text)).split(" ")


def _beside(text: str, blank: str) -> str:
    return text.replace(f"{blank} ", blank + BLANK).replace(f" {blank}", BLANK + blank)


@cache
def _next_line() -> re.Pattern[str]:
    return re.compile(rf"\n(?![/\r\n])(?=(?:[^\S\r\n]|{BLANK})*+[^\s{BLANK}])")


def spelt(word: str) -> str:
    """The text of a word in marks."""
    return unmarked(word[1:] if word.startswith(START) else f" {word}")


def unmarked(text: str) -> str:
    return text.replace(BLANK, " ")
