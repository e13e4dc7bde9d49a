"""The words of a long text, gathered until they are counted: each once, however often it comes."""

from collections import Counter
from collections.abc import Iterator, Mapping

from llmcost.tokens.atoms import atoms, is_han
from llmcost.tokens.cutting import Cut
from llmcost.tokens.words import START, has_marks, spelt, unmarked, words

# Held at most. Atoms are counted with many tables beside them, which take more memory than words.
_MOST = {False: (200_000, 4_000_000), True: (600_000, 16_000_000)}  # words, characters of them

Words = Mapping[str, int]
"""How often each comes: in marks, with the blank or `START` before it."""


class Bag:
    """Words of texts, to be counted with their multiplicity. `finely`: as atoms, which pays from
    three tokenizers on."""

    def __init__(self, *, finely: bool = False) -> None:
        self._finely = finely
        self._most_words, self._most_characters = _MOST[finely]
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

    @property
    def share(self) -> float:
        """How much of what was added is different words."""
        return sum(map(len, self._words)) / self._added if self._added else 0.0

    def is_full(self) -> bool:
        if len(self._words) > self._most_words:
            return True
        if self._added < self._most_characters:
            return False
        self._added = sum(map(len, self._alone)) + sum(map(len, self._words))
        return self._added >= self._most_characters

    def empty(self) -> Iterator[tuple[int, Cut]]:
        """Cuts, and how often the tokens of each count; afterwards nothing is held.

        A word that comes n times is in the cuts of the powers of two that n is the sum of, so that
        a few cuts hold them all.
        """
        alone = self._alone
        held = {w if w.startswith(START) else f" {w}": n for w, n in self._words.items()}
        self._words, self._alone, self._added = Counter(), [], 0
        for kind in (True, False):
            texts = [text for text in alone if text.isascii() is kind]
            if texts:
                yield 1, Cut(texts, ascii_only=kind)
        yield from _cuts(_atoms_of(held) if self._finely else held)


def _atoms_of(held: Words) -> Words:
    found: Counter[str] = Counter()
    for (times, _, _), group in _grouped(held).items():
        for atom, number in Counter(atoms("".join(group))).items():
            found[atom] += number * times
    return found


def _cuts(held: Words) -> Iterator[tuple[int, Cut]]:
    added: Counter[str] = Counter()
    for (times, is_ascii, before), group in _grouped(held).items():
        text = before + before.join(group)
        added[before] += times * len(group)
        yield times, Cut([unmarked(text.replace(START, ""))], ascii_only=is_ascii)
    for before, times in added.items():
        if before:
            yield -times, Cut([before], ascii_only=True)


def _grouped(held: Words) -> dict[tuple[int, bool, str], list[str]]:
    """The words by a power of two in their number, whether they are ASCII, and what has to be
    written before each."""
    groups: dict[tuple[int, bool, str], list[str]] = {}
    for word, number in held.items():
        kind = word.isascii(), _before(word)
        bit = 1
        while bit <= number:
            if bit & number:
                groups.setdefault((bit, *kind), []).append(word)
            bit <<= 1
    return groups


def _before(word: str) -> str:
    """What has to stand before a word or atom, so that it may follow any other with the same."""
    if word[0] == " " and not word.startswith(" </"):
        return ""
    if word[0] in (" ", START) or not (word[0].isascii() or is_han(word[-1])):
        return " a\n"
    return " a" if word[0].isascii() else "\n"
