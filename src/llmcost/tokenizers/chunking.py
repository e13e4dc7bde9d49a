"""Cut a large text where no tokenizer of ours could tell.

At each of these places every family's pattern ends one piece and starts another, whatever stands
on either side, no entry of Gemma has the place inside, and no composition (NFC) reaches across:

- after a newline, if what follows is on the next line: no newline before its first visible
  character, and no `/`, which o200k and tekken take up with the newlines after a mark;
- between a letter and a blank with a letter behind it;
- between an ASCII letter and an ASCII digit, either way round, but for the `<h1>` of Gemma 3;
- between an ASCII letter or digit and an ASCII mark, but for the apostrophe of contractions and
  the end of a tag, which Gemma 3 takes whole;
- between a Han character or kana and a full-width mark. (Not after the mark: o200k, MiniMax and
  tekken take it up with the word behind it.)

A stretch without such a place may be as long as it likes: it is passed on in parts that are `Open`,
which are to be counted together with what follows them (see `endless_text`).
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

SIZE = (1 << 20) + (1 << 12)
"""Characters of a piece, at most: tens of thousands would do for speed, and memory is a few times
this. A block that is read fits in with the beginning of a line from the block before."""
LONGEST = 2 * SIZE
"""Characters without a place, from which on they are passed on all the same."""
_KEPT = 2  # characters of a stretch that stay behind, so that it ends with a part that is not open

# Texts, which `re` compiles once it is asked: a short input has no need to be cut.
_NEXT_LINE = r"(?![/\r\n])[^\S\r\n]*+\S"
# One character, which `re` looks for quickly, and then what stands beside it.
_INSIDE_LINE = (
    r"[ -&(-=?@\[-`{-~，。！？；：、]"
    r"(?:(?P<behind>(?<=[0-9])(?=[A-Za-z]))|(?<=[A-Za-z][0-9])(?=[^>])"
    r"|(?<=[A-Za-z0-9][!-/:-@\[-`{-~])"
    r"|(?<=[^\W\d_] )(?=[^\W\d_])|(?<=[一-龥ぁ-んァ-ヺ][，。！？；：、]))"
)
_BLOCK = 4096


class Open(str):
    """A part of a text that ends at no place for a cut."""

    __slots__ = ()


def pieces(chunks: Iterable[str], size: int = SIZE, longest: int = LONGEST) -> Iterator[str]:
    """The text that `chunks` are, in pieces of about `size`. Where no place comes for the longest
    time, or twice the size, they end at none and are `Open`. The last piece never is."""
    held: list[str] = []
    enough = size - size // 4  # so that what is a bit smaller need not be joined with what follows
    length, wanted = 0, enough
    searched = 0  # no place up to here in what is held
    for chunk in chain(chunks, [""]):
        has_room = chunk and length + len(chunk) <= size
        if wanted <= length <= size and not has_room and _is_place(held[-1], chunk):
            yield "".join(held)
            held, length, wanted, searched = [], 0, enough, 0
        elif wanted <= length and not has_room:
            text = "".join(held)
            held.clear()
            start = 0
            while (end := _end_of_piece(text, start, max(start, searched), enough, size)) > start:
                yield from _parts(text, start, end, size, max(2 * size, longest))
                start = end
            if len(text) - start > max(size, longest, _KEPT):
                end = _whole(text, len(text) - _KEPT)
                yield from map(Open, _parts(text, start, end, size, min(size, SIZE)))
                start = end
            text = text[start:]  # and no more is kept
            held.append(text)
            length = len(text)
            # A held text without a place is joined again only when it has doubled.
            searched = max(0, length - 1)
            wanted = max(enough, 2 * length)
        held.append(chunk)
        length += len(chunk)
    if length:
        yield from _parts("".join(held), 0, length, size, max(2 * size, longest))


def _is_place(before: str, after: str) -> bool:
    """Whether there is a place between these two, at the end of a line."""
    return before.endswith("\n") and re.compile(_NEXT_LINE).match(after) is not None


def _parts(text: str, start: int, end: int, size: int, longest: int) -> Iterator[str]:
    """text[start:end], in open parts until no more than the longest is left."""
    while end - start > longest:
        middle = _whole(text, start + min(size, SIZE))
        yield Open(text[start:middle])
        start = middle
    yield text[start:end]


def _whole(text: str, at: int) -> int:
    """This place, or the next one if it parts two surrogates, which are one character."""
    return at + ("\ud800" <= text[at - 1] < "\udc00")


def first_place(text: str, start: int) -> int:
    """The first place at or behind `start`: before a line, or else inside of one; 0 if none. What
    is before and behind the text may be missing."""
    return _first_line(text, max(0, start - 1)) or _first_inside(text, start)


def _first_inside(text: str, start: int) -> int:
    for match in re.compile(_INSIDE_LINE).finditer(text, max(0, start - 1)):
        place = match.end() if match.lastgroup else match.start()
        if place >= max(1, start):
            return place
    return 0


def _end_of_piece(text: str, start: int, searched: int, enough: int, size: int) -> int:
    """The last place within `size` of the start, or else one in the first stretch that has any; of
    less than is enough, none."""
    while len(text) - start >= enough and searched < len(text):
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
        newline = text.rfind("\n", start, _end_of_visible(text, start, newline))
    return 0


def _end_of_visible(text: str, start: int, end: int) -> int:
    """Where the blanks before `end` begin, or some of them: no line among them is followed by a
    visible one."""
    while end > start:
        begin = max(start, end - _BLOCK)
        visible = len(text[begin:end].rstrip())
        if visible:
            return begin + visible
        end = begin
    return start


def _first_line(text: str, start: int) -> int:
    newline = text.find("\n", start)
    while newline >= 0:
        if re.compile(_NEXT_LINE).match(text, newline + 1):
            return newline + 1
        newline = text.find("\n", newline + 1)
    return 0


def _last_inside(text: str, start: int, end: int) -> int:
    """The last place inside a line between these, looked for in ever larger steps; 0 if none."""
    last = min(end + 1, len(text))
    if text.count(text[start], start, last) == last - start:  # a run, which is slow to search
        return 0
    upper, step = end, 1024
    while upper > start:
        lower = max(start, upper - step)
        found = 0
        for match in re.compile(_INSIDE_LINE).finditer(text, lower, upper + 2):  # it looks 2 ahead
            place = match.end() if match.lastgroup else match.start()
            if place <= upper:
                found = place
        if found:
            return found
        upper, step = lower, step * 4
    return 0


OTHER_BLANKS = "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
