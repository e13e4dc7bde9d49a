"""Count many short texts, each by itself, through the words that they share.

Counted one by one, each text costs a cut and a set of merges of its own. Together, a word that many
of them share is cut once for each family, and merged once for each vocabulary.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice
from operator import add, sub

from llmcost.pricing.usage import Count
from llmcost.tokenizers.bpe import fits
from llmcost.tokenizers.counter import apart, count
from llmcost.tokenizers.engine import Engine, each_of, engine, tokens_of
from llmcost.tokenizers.estimator import Estimator, FeatureMix, features, mix_of, rule_of
from llmcost.tokenizers.pretokenize import CutText, alike, composed, is_han, mended, pretokenize
from llmcost.tokenizers.registry import MANY, TOKENIZERS, Tokenizer, needed_for, tokenizer
from llmcost.tokenizers.vocabulary import base
from llmcost.tokenizers.word_cache import START, atoms, han_in, has_marks, spelt, words

_MOST = 200_000  # words remembered
_MANY = 20_000  # Han characters, from which on atoms pay
_TABLES_PAY = 300_000  # characters of texts beyond ASCII, from which on one or two tables pay

Group = tuple[Sequence[str], Sequence[Tokenizer]]
"""Texts, and the exact tokenizers that count them."""


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


class WordPool:
    """Remembers the tokens of words, by tokenizer."""

    def __init__(self, many: int = _MANY, tables_pay: int = _TABLES_PAY) -> None:
        self._many = many
        self._tables_pay = tables_pay
        self._forget()

    def _forget(self) -> None:
        self._words = _Index(spelt)
        self._plain = _Cut()
        self._han = _Cut()
        self._odd: list[int] = []
        self._cuts: dict[tuple[str, bool], _Cut] = {}
        self._pieces: dict[tuple[str, str, str], list[int]] = {}
        self._tokens: dict[str, list[int]] = {}

    def count(self, groups: Sequence[Group]) -> list[dict[str, list[int]]]:
        """For each group the tokens of each text, in which no marks of words are, by tokenizer."""
        texts = [text for group, _ in groups for text in group]
        tokenizers = list({one.name: one for _, exact in groups for one in exact}.values())
        hard = sum(len(text) for text in texts if not text.isascii())
        if hard > self._tables_pay and len(tokenizers) < MANY and _fit(tokenizers):
            return [by_tables(*group) for group in groups]
        if len(self._words) > _MOST:
            self._forget()
        number = self._words.__getitem__
        han = [0 if text.isascii() else han_in(text) for text in texts]
        finely = sum(han) > self._many
        parts = (
            fine_words(text) if finely and some else words(text)
            for text, some in zip(texts, han, strict=True)
        )
        numbers = iter([list(map(number, found)) for found in parts])
        self._learn(tokenizers)
        return [self._sums(list(islice(numbers, len(group))), exact) for group, exact in groups]

    def _sums(
        self, numbers: Sequence[list[int]], tokenizers: Iterable[Tokenizer]
    ) -> dict[str, list[int]]:
        found = {}
        for one in tokenizers:
            own = self._tokens[one.name].__getitem__
            found[one.name] = [sum(map(own, each)) for each in numbers]
        return found

    def _learn(self, tokenizers: Sequence[Tokenizer]) -> None:
        """Count the words that are new to each of these."""
        self._part()
        for one in tokenizers:
            self._cut(one)
        self._count_pieces(tokenizers)
        for one in tokenizers:
            self._add_up(one)

    def _part(self) -> None:
        """Tell new words that all families cut alike from those that are `odd`. Gemma cuts the
        plain ones otherwise, but not those of Han alone."""
        is_alike, plain, han = alike(), pretokenize("glm", ascii_only=True), is_han()
        start = len(self._plain)
        new = self._words.texts[start:]
        of_plain = [plain(word) if is_alike(word) else [] for word in new]
        of_han = [[word] if han(word) else [] for word in new]
        self._plain.add(of_plain)
        self._han.add(of_han)
        both = zip(of_plain, of_han, strict=True)
        self._odd += (at for at, found in enumerate(both, start) if not any(found))

    def _cut(self, one: Tokenizer) -> None:
        """The odd words as its family cuts them; all of them for Gemma."""
        cut = self._cuts.setdefault((one.family, one.nfc), _Cut())
        words, new = self._words.texts, self._places(one, len(cut))
        cut.add([_pieces_of(word, one) for word in map(words.__getitem__, new)])

    def _places(self, one: Tokenizer, start: int) -> Sequence[int]:
        """Where the words are that its family cuts by itself, without the first `start` of them."""
        return range(start, len(self._words)) if one.family == "gemma" else self._odd[start:]

    def _count_pieces(self, tokenizers: Iterable[Tokenizer]) -> None:
        """Count what is new, for each vocabulary once."""
        wanted: dict[Engine, list[tuple[list[int], list[str]]]] = {}
        for key, cut in dict(chain.from_iterable(map(self._parts, tokenizers))).items():
            known = self._pieces.setdefault(key, [])
            wanted.setdefault(engine(*key[:2]), []).append((known, cut.pieces[len(known) :]))
        pieces = [[piece for _, new in group for piece in new] for group in wanted.values()]
        found = each_of(list(zip(wanted, pieces, strict=True)))
        for group, tokens in zip(wanted.values(), map(iter, found), strict=True):
            for known, new in group:
                known += islice(tokens, len(new))

    def _parts(self, one: Tokenizer) -> Iterator[tuple[tuple[str, str, str], "_Cut"]]:
        """The words that it cuts by itself and, but for Gemma, those that all cut alike. Plain ones
        are ASCII, of which a vocabulary has no more entries than one that is the beginning of it.
        """
        yield (one.pack, one.family, "own"), self._cuts[one.family, one.nfc]
        if one.family != "gemma":
            yield (base(one.pack), one.family, "plain"), self._plain
            yield (one.pack, one.family, "han"), self._han

    def _add_up(self, one: Tokenizer) -> None:
        """The tokens of its new words, by those of the pieces."""
        known = self._tokens.setdefault(one.name, [])
        start = len(known)
        (own_key, own), *shared = self._parts(one)
        pieces = self._pieces[own_key]
        if not shared:
            known += own.tokens(pieces, start)
        else:
            known += map(add, *(cut.tokens(self._pieces[key], start) for key, cut in shared))
            first = bisect_left(self._odd, start)
            found = own.tokens(pieces, first)
            for at, tokens in zip(self._odd[first:], found, strict=True):
                known[at] = tokens
        if one.tags:  # a word is more than its pieces
            for at, word in enumerate(self._words.texts[start:], start):
                if "<" in word:
                    known[at] = tokens_of(CutText([word], ascii_only=word.isascii()), [one])[
                        one.name
                    ]


class _Cut:
    """Words in pieces. `numbers`: the pieces of one word after the other, by their places in
    `pieces`; `ends`: where in it each word ends."""

    def __init__(self) -> None:
        self._index = _Index()
        self.pieces = self._index.texts
        self.numbers: list[int] = []
        self.ends: list[int] = [0]

    def __len__(self) -> int:
        return len(self.ends) - 1

    def add(self, words: Sequence[list[str]]) -> None:
        """More words, each in pieces."""
        self.numbers += map(self._index.__getitem__, chain.from_iterable(words))
        ends = accumulate(map(len, words), initial=self.ends.pop())
        self.ends += ends

    def tokens(self, pieces: Sequence[int], start: int) -> Iterator[int]:
        """The tokens of each word from `start` on, by those of the pieces."""
        ends = self.ends[start:]
        sums = [0, *accumulate(map(pieces.__getitem__, self.numbers[ends[0] :]))]
        found = [sums[end - ends[0]] for end in ends]
        return map(sub, found[1:], found)


def _pieces_of(word: str, one: Tokenizer) -> list[str]:
    if word.isascii():
        return pretokenize(one.family, ascii_only=True)(word)
    text = composed(word) if one.nfc else word
    return pretokenize(one.family, ascii_only=False)(text)


def _fit(tokenizers: Iterable[Tokenizer]) -> bool:
    return all(fits(one.pack) for one in tokenizers)


def by_tables(texts: Sequence[str], tokenizers: Sequence[Tokenizer]) -> dict[str, list[int]]:
    """The same, each text by itself: Chinese is cut into words in the time of two such counts."""
    for one in tokenizers:
        engine(one.pack, one.family).by_table(())  # from now on it has them
    cuts = [CutText([text], ascii_only=text.isascii()) for text in texts]
    found = [tokens_of(cut, tokenizers, rare=True) for cut in cuts]
    return {one.name: [tokens[one.name] for tokens in found] for one in tokenizers}


def fine_words(text: str) -> list[str]:
    """The atoms of a text, written as words are: hardly a clause of Chinese comes twice."""
    marked = "".join(word if word[:1] == START else f" {word}" for word in words(text))
    return [
        atom[1:] if atom[0] == " " else atom if atom[0] == START else START + atom
        for atom in atoms(marked)
    ]


Known = Mapping[str, Tokenizer]
SHORT = 20_000
"""Characters of a text that is counted with others; a longer one is counted alone."""
_REMEMBERED = 40_000_000  # characters whose counts are kept, once for each tokenizer


class Texts:
    """The counts of texts by tokenizer, each learnt once: `low <= tokens <= high`, all three by the
    tokenizer's name and then by the text. `rough` are the tokenizers whose counts are not exact."""

    def __init__(self, names: Iterable[str], known: Known = TOKENIZERS) -> None:
        self._known = known
        self._pool = WordPool()
        self._held = 0  # characters of texts, once for each tokenizer
        self.tokens: dict[str, dict[str, int]] = {name: {} for name in names}
        self._apart = {one.name for one in map(self._tokenizer, self.tokens) if apart(one)}
        self._methods = {name: self._tokenizer(name).method for name in self.tokens}
        self.rough = {name for name in self.tokens if not self._tokenizer(name).exact}
        bounded = self.rough | self._apart
        self.low = {name: {} if name in bounded else own for name, own in self.tokens.items()}
        self.high = {name: {} if name in bounded else own for name, own in self.tokens.items()}

    def learn(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Count what is new, by the name of the tokenizer that it is wanted for."""
        if self._held > _REMEMBERED:
            self._forget()
        texts: dict[tuple[str, ...], list[str]] = {}
        for text, names in self._new(wanted).items():
            texts.setdefault(tuple(names), []).append(text)
        together: list[tuple[list[str], list[str]]] = []
        for group, found in texts.items():
            self._held += sum(map(len, found)) * len(group)
            short = {text for text in found if len(text) <= SHORT and not has_marks(text)}
            pooled = [name for name in group if name not in self._apart]
            if short and pooled:
                together.append((list(short), pooled))
            for text in found:
                alone = text not in short
                self._alone(text, [name for name in group if alone or name in self._apart])
        if together:
            self._together(together)

    def counts(self, text: str) -> dict[str, Count]:
        """What is known of a text that was learnt for all."""
        return {
            name: Count(
                own[text],
                self.low[name][text],
                self.high[name][text],
                self._methods[name],
                name not in self.rough,
            )
            for name, own in self.tokens.items()
        }

    def _forget(self) -> None:
        self._held = 0
        for counts in (self.tokens, self.low, self.high):
            for own in counts.values():
                own.clear()

    def _tokenizer(self, name: str) -> Tokenizer:
        return tokenizer(name, self._known)

    def _new(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
        """The tokenizers that have not counted a text, by the text."""
        found: dict[str, list[str]] = {}
        for name, texts in wanted.items():
            for text in set(texts).difference(self.tokens[name]):
                found.setdefault(text, []).append(name)
        return found

    def _together(self, groups: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Texts, and the names of those that count them: the words that they share are learnt once
        for all groups."""
        mends = [[mended(text) for text in texts] for texts, _ in groups]
        exact = [needed_for(names, self._known) for _, names in groups]
        every = self._pool.count(list(zip(mends, exact, strict=True)))
        for (texts, names), mended_texts, own in zip(groups, mends, every, strict=True):
            for name in names:
                if name not in self.rough:
                    self.tokens[name].update(zip(texts, own[name], strict=True))
            rough = [name for name in names if name in self.rough]
            mixes = [mix_of(features(text)) for text in mended_texts] if rough else []
            for name in rough:
                self._estimate(name, texts, mixes, own)

    def _estimate(
        self,
        name: str,
        texts: Sequence[str],
        mixes: Sequence[FeatureMix | None],
        own: Mapping[str, Sequence[int]],
    ) -> None:
        rule = rule_of(self._tokenizer(name))
        proxies = list(zip(*(own[proxy] for proxy in rule.proxies), strict=True))
        found = map(Estimator(rule).bounded, proxies or [()] * len(texts), mixes)
        columns = zip(*found, strict=True)
        for counts, column in zip((self.tokens, self.low, self.high), columns, strict=True):
            counts[name].update(zip(texts, column, strict=True))

    def _alone(self, text: str, names: Sequence[str]) -> None:
        if names:
            for name, found in count(text, names, self._known).items():
                self._note(text, name, found)

    def _note(self, text: str, name: str, found: Count) -> None:
        self.tokens[name][text] = found.tokens
        self._methods[name] = found.method  # of a reconstruction, whether it is installed
        if not found.exact:
            self.rough.add(name)
        if self.low[name] is not self.tokens[name]:
            self.low[name][text], self.high[name][text] = found.low, found.high
