"""Count long texts with many tokenizers by their words: a word that comes again is counted once.

At the places of a cut every family's pattern ends one piece and starts another, no entry of Gemma
has the place inside (but for `> </`), and no composition reaches across:

- before a blank that stands alone between two characters that are no blanks;
- after a newline, if what follows is on the next line, and is no `/` (see `chunking`).

Both are found at the speed of `str.replace` and `str.split`, for which a word is written down in
marks: without the blank that it starts with, or with `START` in front if it starts with none.

Words are cut on into atoms, of which there are far fewer. Besides the places above, every family's
pattern and every vocabulary of this package parts

- an ASCII letter or digit from the ASCII mark behind it, but for an apostrophe and for `>`, which
  ends a tag of Gemma 3;
- a Han character from the full-width mark behind it;
- two Han characters that no entry has side by side: no merge can reach across. Which ones are,
  `vocabularies/han.pairs` says, written by `scripts/build_han_pairs.py`. Not where a capital
  follows: for o200k_base a small letter before them decides whether it begins a piece.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain, compress, pairwise
from operator import add, not_
from unicodedata import category

from llmcost.tokenizers.chunking import OTHER_BLANKS, SIZE, pieces
from llmcost.tokenizers.engine import tokens_of
from llmcost.tokenizers.gigatoken import counter, giants
from llmcost.tokenizers.pretokenize import CutText, beyond_ascii, composed, has_young_characters
from llmcost.tokenizers.registry import MANY, Tokenizer
from llmcost.tokenizers.vocabulary import verified

START = "\x03"
BLANK = "\x02"  # a blank at which nothing is cut
# Blanks, besides the newline, that a blank may stand beside.
_ASCII_BLANKS = "\t\r\x0b\x0c\x1c\x1d\x1e\x1f"
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


_HAN = "一-龥"
_FULL = "，。！？；：、"
_OTHER = "x"


def atoms(text: str) -> list[str]:
    """The atoms of words in marks, each with the blank or `START` before it; they are the text."""
    return _of_ascii().findall(text) if text.isascii() else _of_han(text)


@cache
def _of_ascii() -> re.Pattern[str]:
    inside = rf"[^ {START}A-Za-z0-9]*+[A-Za-z0-9]*+"
    cut = rf" {START}!-&(-/:-=?@\[-`{{-~"
    return re.compile(rf"(?!\Z)[ {START}]?+{inside}(?:(?=[^{cut}]){inside})*+")


def _of_han(text: str) -> list[str]:
    # Some entries of GLM hold only where they are a whole piece; all that have Han characters have
    # them behind a blank.
    shape = re.sub(rf"(?<=[ {BLANK}])[{_HAN}]+", lambda found: _OTHER * len(found[0]), text)
    if capitals := {one for one in set(text) if category(one) in ("Lu", "Lt")}:
        shape = _before_capital().sub(partial(_uncut, capitals), shape)
    shape = re.sub(rf"[^{_HAN}{_FULL} {START}]", _OTHER, shape)
    for mark in _FULL[1:]:
        shape = shape.replace(mark, _FULL[0])
    is_whole = map(_whole().__contains__, map(add, shape, shape[1:]))
    ends = compress(range(1, len(text)), map(not_, is_whole))
    return [text[start:end] for start, end in pairwise(chain((0,), ends, (len(text),)))]


@cache
def _before_capital() -> re.Pattern[str]:
    return re.compile(rf"[^\x00-\x7f{_FULL}]++[A-Z]?+")


def _uncut(capitals: set[str], found: re.Match[str]) -> str:
    last = max((found[0].rfind(one) for one in capitals.intersection(found[0])), default=0)
    return re.sub(f"[{_HAN}]", _OTHER, found[0][:last]) + found[0][last:]


@cache
def _whole() -> frozenset[str]:
    """Every two neighbours in a shape that are not cut apart; 40 ms and 40 MB."""
    lines = verified("han.pairs").read_bytes().decode().splitlines()
    joined = {line[0] + second for line in lines for second in line[1:]}
    han = [chr(code) for code in range(ord(_HAN[0]), ord(_HAN[-1]) + 1)]
    mark = _FULL[0]
    for one in (*han, _OTHER, mark):
        joined.update((one + _OTHER, _OTHER + one, mark + one, f" {one}", START + one))
    return frozenset(joined)


def han_in(text: str) -> int:
    """How many Han characters are in a text."""
    return sum(map(len, re.findall(f"[{_HAN}]+", text)))


def is_han(character: str) -> bool:
    return _HAN[0] <= character <= _HAN[-1]


_MOST = 600_000, 16_000_000  # words held at most, and characters of them
_DIGITS = 16
_ALWAYS_TABLES = 5_000_000  # bytes, from which on tables beat looking up also in ASCII

Words = Mapping[str, int]
"""How often each comes: in marks, with the blank or `START` before it."""


class Bag:
    """Words of texts, to be counted as atoms with their multiplicity."""

    def __init__(self) -> None:
        self._words: Counter[str] = Counter()
        self._alone: list[str] = []
        self._added = 0

    def add(self, text: str) -> None:
        """The words of a text that begins and ends where every tokenizer cuts."""
        if has_marks(text):
            self._alone.append(text)
        else:
            found = words(text)
            # Only inside a text is it known what stands beside a word.
            self._alone += map(spelt, found[:1] + found[1:][-1:])
            self._words.update(found[1:-1])
        self._added += len(text)

    def is_full(self) -> bool:
        most_words, most_characters = _MOST
        if len(self._words) > most_words:
            return True
        if self._added < most_characters:
            return False
        self._added = sum(map(len, self._alone)) + sum(map(len, self._words))
        return self._added >= most_characters

    def empty(self) -> Iterator[tuple[int, CutText]]:
        """Cuts, and how often the tokens of each count; afterwards nothing is held.

        A word that comes n times is in one cut for each hexadecimal digit of n, so that a few cuts
        hold them all.
        """
        alone = self._alone
        held = {w if w.startswith(START) else f" {w}": n for w, n in self._words.items()}
        self._words, self._alone, self._added = Counter(), [], 0
        for kind in (True, False):
            texts = [text for text in alone if text.isascii() is kind]
            if texts:
                yield 1, CutText(texts, ascii_only=kind)
        yield from _cuts(_atoms_of(held))


def _atoms_of(held: Words) -> Words:
    found: Counter[str] = Counter()
    for (times, _, _), group in _grouped(held).items():
        for atom, number in Counter(atoms("".join(group))).items():
            found[atom] += number * times
    return found


def _cuts(held: Words) -> Iterator[tuple[int, CutText]]:
    added: Counter[str] = Counter()
    for (times, is_ascii, before), group in _grouped(held).items():
        text = before + before.join(group)
        added[before] += times * len(group)
        yield times, CutText([unmarked(text.replace(START, ""))], ascii_only=is_ascii)
    for before, times in added.items():
        if before:
            yield -times, CutText([before], ascii_only=True)


def _grouped(held: Words) -> dict[tuple[int, bool, str], list[str]]:
    """The words by the value of a digit in their number, whether they are ASCII, and what has to be
    written before each."""
    groups: dict[tuple[int, bool, str], list[str]] = {}
    for word, number in held.items():
        kind = word.isascii(), _before(word)
        unit = 1
        while number:
            number, digit = divmod(number, _DIGITS)
            if digit:
                groups.setdefault((unit * digit, *kind), []).append(word)
            unit *= _DIGITS
    return groups


def _before(word: str) -> str:
    """What has to stand before a word or atom, so that it may follow any other with the same."""
    if word[0] == " " and not word.startswith(" </"):
        return ""
    if word[0] in (" ", START) or not (word[0].isascii() or is_han(word[-1])):
        return " a\n"
    return " a" if word[0].isascii() else "\n"


class Long:
    """Adds up the exact counts of the pieces of a text of about `expected` bytes: by gigatoken
    where that pays, through words for many tokenizers, or else as the pieces come. `together`: the
    bytes of many short texts, of which this is one, and has too few words for that."""

    def __init__(self, tokenizers: Sequence[Tokenizer], expected: int, together: int = 0) -> None:
        most = len(tokenizers) if together else 0
        self._giant = giants(tokenizers, max(expected, together), most)
        self._others = [one for one in tokenizers if one not in self._giant]
        self._bag = Bag() if len(self._others) >= MANY and not together else None
        self._rare = not 0 < expected <= _ALWAYS_TABLES
        self._tokens = dict.fromkeys((one.name for one in tokenizers), 0)

    def feed(self, text: str) -> None:
        """Count the next piece of the text, some time."""
        if self._giant:
            for piece in [text] if len(text) <= SIZE else pieces([text]):
                self._count_now(piece)
        if self._bag is not None:
            self._bag.add(text)
            if self._bag.is_full():
                self._empty(self._bag)
        elif self._others:
            cut = CutText([text], ascii_only=text.isascii())
            self._add(1, cut, self._others, rare=self._rare)

    def take(self) -> dict[str, int]:
        """The tokens of what has been fed since the last time, by tokenizer."""
        if self._bag is not None:
            self._empty(self._bag)
        found, self._tokens = self._tokens, dict.fromkeys(self._tokens, 0)
        return found

    def _count_now(self, text: str) -> None:
        encoded = text.encode()
        rest = beyond_ascii(encoded)
        if has_young_characters(rest):
            self._add(1, CutText([text], ascii_only=False), self._giant)
            return
        for one in self._giant:
            form = composed(text, rest) if one.nfc else text
            own = encoded if form is text else form.encode()
            self._tokens[one.name] += counter(one.pack, one.family).count(own)

    def _empty(self, bag: Bag) -> None:
        for times, cut in bag.empty():
            self._add(times, cut, self._others)

    def _add(
        self, times: int, cut: CutText, tokenizers: Sequence[Tokenizer], *, rare: bool = True
    ) -> None:
        for name, tokens in tokens_of(cut, tokenizers, rare=rare).items():
            self._tokens[name] += times * tokens
