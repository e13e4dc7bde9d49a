"""Count one text, or its pieces, with several tokenizers at once: the way into this package."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from llmcost.pricing.usage import Count
from llmcost.tokenizers.chunking import SIZE, Open, pieces
from llmcost.tokenizers.engine import tokens_of
from llmcost.tokenizers.estimator import Features, estimate, features, mix_of
from llmcost.tokenizers.pretokenize import CutText, mended
from llmcost.tokenizers.registry import TOKENIZERS, TextTotals, Tokenizer, needed_for, tokenizer

if TYPE_CHECKING:
    from llmcost.tokenizers.endless_text import TextStretch
    from llmcost.tokenizers.word_cache import Long

LONG = 200_000
"""Characters, from which on a text is counted as `word_cache` has it."""
MANY_TEXTS = 6_000_000
"""Bytes of all texts of a run, from which on short ones are, too."""


class Counting(Protocol):
    """What counts one text by means of its own: a file of the user's, a reconstruction."""

    def feed(self, text: str) -> None:
        """Count the next piece, in which no surrogate is left."""

    def result(self) -> Count:
        """What has been fed so far."""


class TextSums:
    """Adds up what can be added up: exact counts and, if `rough`, the features of the text.

    `expected` is the length of the whole text, 0 if nobody knows, and `together` that of all texts
    of the run; they change the speed and nothing else. `before`: the character that it follows.
    """

    def __init__(
        self,
        exact: Sequence[Tokenizer],
        *,
        rough: bool,
        expected: int = 0,
        together: int = 0,
        before: str = "",
    ) -> None:
        self.exact = exact
        self.rough = rough
        self._tokens = dict.fromkeys((one.name for one in exact), 0)
        self._features = Features()
        self.before = before
        self._expected = expected
        self._together = together
        self._long: Long | None = None
        self._stretch: TextStretch | None = None

    def feed(self, text: str) -> None:
        """Count the next piece, in which no surrogate is left."""
        if self._stretch is not None or isinstance(text, Open):
            self._feed_stretch(text)
        else:
            if self.exact:
                self._count(text)
            if self.rough:
                self._features.update(features(text, self.before))
        self.before = text[-1:] or self.before

    @property
    def is_open(self) -> bool:
        """Whether what was fed ends inside a stretch that goes on."""
        return self._stretch is not None

    def _feed_stretch(self, text: str) -> None:
        """A part of a stretch, which ends with the first part that is not open."""
        if self._stretch is None:
            from llmcost.tokenizers.endless_text import TextStretch

            self._stretch = TextStretch(self.exact, rough=self.rough, before=self.before)
        self._stretch.feed(text)
        if not isinstance(text, Open):
            self.add(TextTotals(*self._stretch.take()))
            self._stretch = None

    def add(self, other: TextTotals) -> None:
        """Take in what was counted elsewhere."""
        self._add(other.tokens)
        self._features.update(other.features)

    def totals(self) -> TextTotals:
        """What has been fed so far."""
        if self._long is not None:
            self._add(self._long.take())
        return TextTotals(dict(self._tokens), dict(self._features))

    def _add(self, tokens: Mapping[str, int]) -> None:
        for name, number in tokens.items():
            self._tokens[name] += number

    def _count(self, text: str) -> None:
        is_long = max(self._expected, len(text)) > LONG
        if self._long is None and (is_long or self._together > MANY_TEXTS):
            from llmcost.tokenizers.word_cache import Long

            self._long = Long(self.exact, self._expected, 0 if is_long else self._together)
        if self._long is not None:
            self._long.feed(text)
        else:
            self._add(tokens_of(CutText([text], ascii_only=text.isascii()), self.exact))


class Counter:
    """Adds up the pieces of one text, each counted with every tokenizer.

    A text that is fed as the pieces of `chunking.pieces` counts as if it were fed whole. Memory
    is that of one piece, and of what the engines remember. `expected` and `together`: as for
    TextSums, in bytes or characters. `known`: what the names mean, where the user has brought
    tokenizers.
    """

    def __init__(
        self,
        names: Sequence[str],
        known: Mapping[str, Tokenizer] = TOKENIZERS,
        *,
        expected: int = 0,
        together: int = 0,
    ) -> None:
        self.size = SIZE
        """Characters of the pieces that are best fed."""
        self._tokenizers = [tokenizer(name, known) for name in names]
        found = ((one.name, apart(one)) for one in self._tokenizers)
        self._apart = {name: counting for name, counting in found if counting is not None}
        rough = any(not one.exact and one.name not in self._apart for one in self._tokenizers)
        exact = needed_for(names, known)
        self.sums = TextSums(exact, rough=rough, expected=expected, together=together)

    def feed(self, text: str) -> None:
        """Count the next piece of the text."""
        if text:
            text = type(text)(mended(text))
            self.sums.feed(text)
            self.feed_apart(text)

    def feed_apart(self, text: str) -> None:
        """Count it with what has means of its own, and leave the sums alone."""
        for one in self._apart.values():
            one.feed(text)

    def stop(self) -> None:
        """Nothing is under way elsewhere; see `Shared`."""

    def counts(self) -> dict[str, Count]:
        """What has been fed so far, by tokenizer, in the order that they were asked for."""
        totals = self.sums.totals()
        return {one.name: self._result(one, totals) for one in self._tokenizers}

    def _result(self, one: Tokenizer, totals: TextTotals) -> Count:
        if one.name in self._apart:
            return self._apart[one.name].result()
        return told(one, totals)


def told(one: Tokenizer, totals: TextTotals) -> Count:
    """What the totals of a text say of one of this package's own tokenizers."""
    if not one.exact:
        return estimate(one, totals.tokens, mix_of(totals.features))
    tokens = totals.tokens[one.name]
    return Count(tokens=tokens, low=tokens, high=tokens, method=one.method, exact=True)


def apart(one: Tokenizer) -> Counting | None:
    """What counts this tokenizer, if that is not this package's own vocabularies and estimates."""
    if one.supply is not None:
        from llmcost.tokenizers.user_files import Supplied

        return Supplied(one)
    if one.generation:
        from llmcost.tokenizers.claude import Reconstruction, is_installed

        return Reconstruction(one) if is_installed() else None
    return None


def count(
    text: str, names: Sequence[str], known: Mapping[str, Tokenizer] = TOKENIZERS
) -> dict[str, Count]:
    """The tokens of a whole text, by tokenizer."""
    counter = Counter(names, known, expected=len(text))
    for piece in pieces([text]):
        counter.feed(piece)
    return counter.counts()
