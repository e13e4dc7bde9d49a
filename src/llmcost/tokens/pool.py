"""Exact counts of many short texts through the words that they share."""

from collections.abc import Iterable, Iterator, Sequence

from llmcost.tokens.atoms import atoms
from llmcost.tokens.cutting import Cut, is_young
from llmcost.tokens.engines import engine, tokens_of
from llmcost.tokens.pretokenizers import pretokenize
from llmcost.tokens.text import composed
from llmcost.tokens.tokenizers import Tokenizer
from llmcost.tokens.words import START, spelt, words

_MOST = 200_000  # words remembered
_MANY = 20_000  # characters of texts with Chinese in them, from which on atoms pay


class _Index(dict[str, int]):
    """Numbers words in the order in which they are first asked for, and keeps how each is spelt."""

    def __init__(self) -> None:
        super().__init__()
        self.spelt: list[str] = []

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        self.spelt.append(spelt(word))
        return number


class Pool:
    """Remembers the tokens of words, by tokenizer."""

    def __init__(self, many: int = _MANY) -> None:
        self._many = many
        self._index = _Index()
        self._tokens: dict[str, list[int]] = {}

    def count(self, texts: Sequence[str], tokenizers: Sequence[Tokenizer]) -> dict[str, list[int]]:
        """The tokens of each text, in which no marks of words are, by exact tokenizer."""
        if len(self._index) > _MOST:
            self._index, self._tokens = _Index(), {}
        number = self._index.__getitem__
        finely = sum(len(text) for text in texts if not text.isascii()) > self._many
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
        cuts: dict[tuple[str, bool, int], list[list[str]]] = {}
        for one in tokenizers:
            known = self._tokens.setdefault(one.name, [])
            start = len(known)
            new = self._index.spelt[start:]
            key = one.family, one.nfc, start
            if key not in cuts:
                cuts[key] = _pieces(new, one)
            known += engine(one.pack, one.family).each(cuts[key])
            for at, word in _odd(new, one):
                cut = Cut([word], ascii_only=word.isascii())
                known[start + at] = tokens_of(cut, [one])[one.name]


def fine_words(text: str) -> list[str]:
    """The atoms of a text, written as words are: hardly a clause of Chinese comes twice."""
    marked = "".join(word if word[:1] == START else f" {word}" for word in words(text))
    return [
        atom[1:] if atom[0] == " " else atom if atom[0] == START else START + atom
        for atom in atoms(marked)
    ]


def _pieces(new: Sequence[str], one: Tokenizer) -> list[list[str]]:
    found = list(map(pretokenize(one.family, ascii_only=True), new))
    for at, word in enumerate(new):
        if not word.isascii():
            text = composed(word) if one.nfc else word
            found[at] = pretokenize(one.family, ascii_only=False)(text)
    return found


def _odd(new: Sequence[str], one: Tokenizer) -> Iterator[tuple[int, str]]:
    """The words, with their places, that are more than pieces to a tokenizer: with tags, or with
    characters that `regex` knows before the reference tokenizers do."""
    young = set(filter(is_young, set("".join(new)))) if one.family != "gemma" else set()
    if young or one.tags:
        for at, word in enumerate(new):
            if (one.tags and "<" in word) or not young.isdisjoint(word):
                yield at, word
