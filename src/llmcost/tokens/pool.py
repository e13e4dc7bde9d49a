"""Exact counts of many short texts through the words that they share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from operator import sub

from llmcost.tokens.atoms import atoms
from llmcost.tokens.counting import MANY
from llmcost.tokens.cutting import Cut, is_young
from llmcost.tokens.engines import engine, tokens_of
from llmcost.tokens.pretokenizers import alike, pretokenize
from llmcost.tokens.text import composed
from llmcost.tokens.tokenizers import Tokenizer
from llmcost.tokens.words import START, spelt, words

_MOST = 200_000  # words remembered
_MANY = 20_000  # characters of texts with Chinese in them, from which on atoms pay
_TABLES_PAY = 300_000  # such characters, from which on the tables of a tokenizer or two are built


class _Index(dict[str, int]):
    """Numbers texts in the order in which they are first asked for, and keeps the order."""

    def __init__(self, spelt: Callable[[str], str] = str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._spelt = spelt

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        self.texts.append(self._spelt(text))
        return number


class Pool:
    """Remembers the tokens of words, by tokenizer."""

    def __init__(self, many: int = _MANY, tables_pay: int = _TABLES_PAY) -> None:
        self._many = many
        self._tables_pay = tables_pay
        self._forget()

    def _forget(self) -> None:
        self._words = _Index(spelt)
        self._common: list[list[str] | None] = []
        self._cuts: dict[tuple[str, bool], _Cut] = {}
        self._pieces: dict[tuple[str, str], list[int]] = {}
        self._tokens: dict[str, list[int]] = {}

    def count(self, texts: Sequence[str], tokenizers: Sequence[Tokenizer]) -> dict[str, list[int]]:
        """The tokens of each text, in which no marks of words are, by exact tokenizer."""
        hard = sum(len(text) for text in texts if not text.isascii())
        if hard > self._tables_pay and len(tokenizers) < MANY:
            return by_tables(texts, tokenizers)
        if len(self._words) > _MOST:
            self._forget()
        number = self._words.__getitem__
        finely = hard > self._many
        parts = (
            fine_words(text) if finely and not text.isascii() else words(text) for text in texts
        )
        numbers = [list(map(number, found)) for found in parts]
        self._learn(tokenizers)
        found = {}
        for one in tokenizers:
            own = self._tokens[one.name].__getitem__
            found[one.name] = [sum(map(own, each)) for each in numbers]
        return found

    def _learn(self, tokenizers: Iterable[Tokenizer]) -> None:
        """Count the words that are new to each of these."""
        new = self._words.texts[len(self._common) :]
        is_alike, common = alike(), pretokenize("glm", ascii_only=True)
        self._common += [common(word) if is_alike(word) else None for word in new]
        for one in tokenizers:
            cut = self._cuts.setdefault((one.family, one.nfc), _Cut(one))
            cut.add(self._words.texts, self._common)
            pieces = self._pieces.setdefault((one.pack, one.family), [])
            pieces += engine(one.pack, one.family).each(cut.pieces[len(pieces) :])
            known = self._tokens.setdefault(one.name, [])
            start = len(known)
            known += cut.tokens(pieces, start)
            for at, word in _odd(self._words.texts[start:], one):
                alone = Cut([word], ascii_only=word.isascii())
                known[start + at] = tokens_of(alone, [one])[one.name]


class _Cut:
    """Words in pieces, as a family cuts them. `numbers`: the pieces of one word after the other, by
    their places in `pieces`; `ends`: where in it each word ends."""

    def __init__(self, one: Tokenizer) -> None:
        self._family = one.family
        self._nfc = one.nfc
        self._index = _Index()
        self.pieces = self._index.texts
        self.numbers: list[int] = []
        self.ends: list[int] = [0]

    def add(self, words: Sequence[str], common: Sequence[list[str] | None]) -> None:
        """Those that are not yet in it."""
        start = len(self.ends) - 1
        found = list(map(self._cut, words[start:], common[start:]))
        self.numbers += map(self._index.__getitem__, chain.from_iterable(found))
        ends = accumulate(map(len, found), initial=self.ends.pop())
        self.ends += ends

    def tokens(self, pieces: Sequence[int], start: int) -> Iterator[int]:
        """The tokens of each word from `start` on, by those of the pieces."""
        ends = self.ends[start:]
        sums = [0, *accumulate(map(pieces.__getitem__, self.numbers[ends[0] :]))]
        found = [sums[end - ends[0]] for end in ends]
        return map(sub, found[1:], found)

    def _cut(self, word: str, common: list[str] | None) -> list[str]:
        if common is not None and self._family != "gemma":
            return common
        if word.isascii():
            return pretokenize(self._family, ascii_only=True)(word)
        text = composed(word) if self._nfc else word
        return pretokenize(self._family, ascii_only=False)(text)


def by_tables(texts: Sequence[str], tokenizers: Sequence[Tokenizer]) -> dict[str, list[int]]:
    """The same, each text by itself: Chinese is cut into words in the time of two such counts."""
    for one in tokenizers:
        engine(one.pack, one.family).by_table(())  # from now on it has them
    cuts = [Cut([text], ascii_only=text.isascii()) for text in texts]
    found = [tokens_of(cut, tokenizers, rare=True) for cut in cuts]
    return {one.name: [tokens[one.name] for tokens in found] for one in tokenizers}


def fine_words(text: str) -> list[str]:
    """The atoms of a text, written as words are: hardly a clause of Chinese comes twice."""
    marked = "".join(word if word[:1] == START else f" {word}" for word in words(text))
    return [
        atom[1:] if atom[0] == " " else atom if atom[0] == START else START + atom
        for atom in atoms(marked)
    ]


def _odd(new: Sequence[str], one: Tokenizer) -> Iterator[tuple[int, str]]:
    """The words, with their places, that are more than pieces to a tokenizer: with tags, or with
    characters that `regex` knows before the reference tokenizers do."""
    young = set(filter(is_young, set("".join(new)))) if one.family != "gemma" else set()
    if young or one.tags:
        for at, word in enumerate(new):
            if (one.tags and "<" in word) or not young.isdisjoint(word):
                yield at, word
