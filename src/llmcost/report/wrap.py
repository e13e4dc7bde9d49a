"""Lines broken to the width of a terminal, where a Chinese character takes two columns.

`textwrap` breaks what has no wide characters: it knows everything else.
"""

from collections.abc import Iterator
from unicodedata import combining, east_asian_width

CLOSING = "，。；：、！？）】》」』”’…％,.;:!?)]}%\"'`"
"""A line does not begin with one of these, nor end with one of OPENING."""
OPENING = "（【《「『“‘([{"


def width(text: str) -> int:
    """Columns of a terminal."""
    return len(text) if text.isascii() else sum(map(columns, text))


def columns(character: str) -> int:
    if east_asian_width(character) in ("W", "F"):
        return 2
    return 0 if combining(character) else 1


def has_wide(text: str) -> bool:
    return not text.isascii() and any(columns(one) == 2 for one in text)


def padded(text: str, most: int) -> str:
    """With blanks behind it, up to so many columns."""
    return text + " " * (most - width(text))


def filled(text: str, most: int, first: str = "", rest: str = "") -> list[str]:
    """The text in lines of at most `most` columns, begun with `first` and `rest`; a word that is
    longer stands alone."""
    if has_wide(first + text):
        return lines(text, most, first, rest)
    import textwrap  # only where there is a page to fill

    return textwrap.wrap(
        text,
        most,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def lines(text: str, most: int, first: str = "", rest: str = "") -> list[str]:
    """The same where some characters are wide."""
    found, line, empty = [], first, True
    for blank, piece in pieces(text):
        if not empty and width(line) + len(blank) + width(piece) > most:
            found.append(line)
            line, empty = rest, True
        line += piece if empty else blank + piece
        empty = False
    return [*found, line]


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """What is never broken, each with the blank before it: words, and wide characters with the
    punctuation that belongs to them."""
    blank = piece = ""
    for character in text:
        if character in " \n\t":
            if piece:
                yield blank, piece
                piece = blank = ""
            blank = " "
        elif piece and breaks(piece[-1], character):
            yield blank, piece
            blank, piece = "", character
        else:
            piece += character
    if piece:
        yield blank, piece


def breaks(before: str, after: str) -> bool:
    """Whether a line may end between two characters that stand together."""
    if after in CLOSING or before in OPENING:
        return False
    return columns(before) == 2 or columns(after) == 2
