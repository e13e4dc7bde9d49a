"""Cutting a large text where no tokenizer that we carry could tell.

At each of these places every family's pattern ends one piece and starts another, whatever stands
on either side, no entry of Gemma has the place inside, and no composition (NFC) reaches across:

- after a newline, if what follows is on the next line: no newline before its first visible
  character, and no `/`, which o200k and tekken take up with the newlines after a mark;
- between a letter and a blank with a letter behind it;
- between an ASCII letter or digit and an ASCII mark, but for the apostrophe of contractions and
  the end of a tag, which Gemma 3 takes whole;
- between a Han character or kana and a full-width mark. (Not after the mark: o200k, MiniMax and
  tekken take it up with the word behind it.)
"""

import re
from collections.abc import Iterable, Iterator

SIZE = 1 << 20
"""Characters of a piece: tens of thousands would do for speed, and memory is a few times this."""

# Texts, which `re` compiles once it is asked: a short input has no need to be cut.
_NEXT_LINE = r"(?![/\r\n])[^\S\r\n]*+\S"
_INSIDE_LINE = (
    r"(?<=[^\W\d_])(?= [^\W\d_])"
    r"|(?<=[A-Za-z0-9])(?=[!-&(-/:-=?@\[-`{-~])"
    r"|(?<=[一-龥ぁ-んァ-ヺ])(?=[，。！？；：、])"
)
_BLOCK = 4096


def pieces(chunks: Iterable[str], size: int = SIZE) -> Iterator[str]:
    """The text that `chunks` are, in pieces of about `size`; longer where there is no place."""
    held: list[str] = []
    length, wanted = 0, size
    searched = 0  # no place up to here in what is held
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length < wanted:
            continue
        text = "".join(held)
        start = 0
        while (end := _end_of_piece(text, start, max(start, searched), size)) > start:
            yield text[start:end]
            start = end
        held = [text[start:]]
        length -= start
        # A held text without a place is joined again only when it has doubled.
        searched = max(0, length - 1)
        wanted = max(size, 2 * length)
    if length:
        yield "".join(held)


def lines(text: str) -> Iterator[str]:
    """The text in blocks of some kilobytes of whole lines."""
    start = 0
    while end := _last_line(text, start, start + _BLOCK) or _first_line(text, start + _BLOCK):
        yield text[start:end]
        start = end
    yield text[start:]


def _end_of_piece(text: str, start: int, searched: int, size: int) -> int:
    """The last place within `size` of the start, or else one in the first stretch that has any."""
    while len(text) - start >= size and searched < len(text):
        end = min(searched + size, len(text))
        found = _last_line(text, searched, end) or _last_inside(text, searched, end)
        if found > start:
            return found
        searched = end
    return start


def _last_line(text: str, start: int, end: int) -> int:
    """The end of the last line that ends in text[start:end] at a place for a cut; 0 if none."""
    newline = text.rfind("\n", start, end)
    while newline >= 0:
        if newline + 1 > start and re.compile(_NEXT_LINE).match(text, newline + 1):
            return newline + 1
        newline = text.rfind("\n", start, newline)
    return 0


def _first_line(text: str, start: int) -> int:
    newline = text.find("\n", start)
    while newline >= 0:
        if re.compile(_NEXT_LINE).match(text, newline + 1):
            return newline + 1
        newline = text.find("\n", newline + 1)
    return 0


def _last_inside(text: str, start: int, end: int) -> int:
    """The last place inside a line between these, looked for in ever larger steps; 0 if none."""
    upper, step = end, 1024
    while upper > start:
        lower = max(start, upper - step)
        found = 0
        for match in re.compile(_INSIDE_LINE).finditer(text, lower, upper + 2):  # it looks 2 ahead
            if match.start() <= upper:
                found = match.start()
        if found:
            return found
        upper, step = lower, step * 4
    return 0
