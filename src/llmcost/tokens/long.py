"""Long texts: by gigatoken where that is installed and pays; otherwise a word that comes again is
counted once, for all tokenizers together."""

from collections.abc import Sequence

from llmcost.tokens.bag import Bag
from llmcost.tokens.counting import MANY
from llmcost.tokens.cutting import Cut
from llmcost.tokens.engines import tokens_of
from llmcost.tokens.giga import counter, giants
from llmcost.tokens.splitting import SIZE, pieces
from llmcost.tokens.text import beyond_ascii, composed, has_young_characters
from llmcost.tokens.tokenizers import Tokenizer

# If more of a sample is different words, one tokenizer counts the text sooner as it comes: so it is
# with code and Chinese, and not with English.
_DIFFERENT = 0.4
_SAMPLE = 1 << 18


class Long:
    """Adds up the exact counts of the pieces of a text of about `expected` bytes."""

    def __init__(self, tokenizers: Sequence[Tokenizer], expected: int) -> None:
        self._giant = giants(tokenizers, expected)
        self._others = [one for one in tokenizers if one not in self._giant]
        self._finely = len(self._others) >= MANY
        self._bag = Bag(finely=self._finely)
        self._gathers: bool | None = None  # None: no piece has shown whether it pays
        self._tokens = dict.fromkeys((one.name for one in tokenizers), 0)

    def feed(self, text: str) -> None:
        """Count the next piece of the text, some time."""
        if self._giant:
            for piece in [text] if len(text) <= SIZE else pieces([text]):
                self._count_now(piece)
        if not self._others:
            return
        if self._gathers is None:
            self._gathers = self._finely or self._comes_again(text[:_SAMPLE])
        if not self._gathers:
            self._add(1, Cut([text], ascii_only=False), self._others)
            return
        self._bag.add(text)
        if self._bag.is_full():
            self._empty()

    def take(self) -> dict[str, int]:
        """The tokens of what has been fed since the last time, by tokenizer."""
        self._empty()
        found, self._tokens = self._tokens, dict.fromkeys(self._tokens, 0)
        return found

    def _comes_again(self, sample: str) -> bool:
        bag = Bag()
        bag.add(sample)
        return bag.share < _DIFFERENT * len(self._others)

    def _count_now(self, text: str) -> None:
        encoded = text.encode()
        rest = beyond_ascii(encoded)
        if has_young_characters(rest):
            self._add(1, Cut([text], ascii_only=False), self._giant)
            return
        for one in self._giant:
            form = composed(text, rest) if one.nfc else text
            own = encoded if form is text else form.encode()
            self._tokens[one.name] += counter(one.pack, one.family).count(own)

    def _empty(self) -> None:
        for times, cut in self._bag.empty():
            self._add(times, cut, self._others)

    def _add(self, times: int, cut: Cut, tokenizers: Sequence[Tokenizer]) -> None:
        for name, tokens in tokens_of(cut, tokenizers, rare=True).items():
            self._tokens[name] += times * tokens
