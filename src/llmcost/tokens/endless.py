"""Stretches of text without a place for a cut, counted as they come, in memory that is bounded.

Each tokenizer does what it does with any text, in steps: composes, cuts out tags, cuts into pieces
(see `openended`), merges (see `giant`).

It composes up to a character that no composition reaches across. Of combining marks in a row, more
than `_PART` are composed in parts: they are sorted within a part, so that their number is right
only if they were in order.
"""

import re
import unicodedata
from collections.abc import Sequence

from llmcost.tokens.features import Features, features
from llmcost.tokens.gemma import TAG, TAGS
from llmcost.tokens.giant import merger
from llmcost.tokens.openended import Cutter
from llmcost.tokens.text import composed
from llmcost.tokens.tokenizers import Tokenizer

_PART = 1 << 17
"""Characters that are looked at together, at most twice as many."""
_LONGEST_TAG = max(map(len, TAGS))


class Stretch:
    """Counts one stretch with several exact tokenizers and, if `rough`, its features. `before`: the
    character that it follows."""

    def __init__(self, exact: Sequence[Tokenizer], *, rough: bool, before: str = "") -> None:
        self._endless = {one.name: Endless(one) for one in exact}
        self._rough = rough
        self._features = Features()
        # The end of what was fed, where a run may go on; before the stretch, one of blanks only.
        self._seen = before if before in "\n\r\t" else ""

    def feed(self, text: str) -> None:
        """The next part of the stretch."""
        for start in range(0, len(text), _PART):
            part = text[start : start + _PART]
            for one in self._endless.values():
                one.feed(part)
            if self._rough:
                self._add_features(part)

    def take(self) -> tuple[dict[str, int], Features]:
        """The tokens by tokenizer, and the features, of the stretch, which ends here."""
        return {name: one.take() for name, one in self._endless.items()}, self._features

    def _add_features(self, part: str) -> None:
        self._features.update(features(self._seen + part))
        self._features.subtract(features(self._seen))
        self._seen = _overlap(self._seen + part)


def _overlap(text: str) -> str:
    """The end of a text, which is to be told again before what follows it: no run of features looks
    farther, if digits are told from where a group of three begins."""
    ahead = text[:-2]
    digits = len(ahead) - len(ahead.rstrip("0123456789"))
    return text[-2 - digits % 3 :]


class Endless:
    """Counts one stretch with one exact tokenizer."""

    def __init__(self, one: Tokenizer) -> None:
        self._one = one
        self._merger = merger(one.pack, one.family)
        self._raw = ""  # what is not composed yet
        self._untagged = ""  # what may hold the beginning of a tag
        self._cutter = Cutter(one.family, self._merger)
        self._tokens = 0

    def feed(self, text: str) -> None:
        """The next part."""
        if self._one.nfc:
            text = self._raw + text
            end = _composable(text)
            text, self._raw = composed(text[:end]), text[end:]
        self._pass_on(text)

    def take(self) -> int:
        """The tokens of all that was fed, which ends here."""
        self._pass_on(composed(self._raw))
        self._cutter.feed(self._untagged)
        tokens, self._tokens, self._raw, self._untagged = self._tokens, 0, "", ""
        return tokens + self._cutter.take()

    def _pass_on(self, text: str) -> None:
        if self._one.tags:
            *tagged, text = re.split(TAG, self._untagged + text)
            for part in tagged:
                self._cutter.feed(part)
                self._tokens += self._cutter.take() + 1
            start = text.find("<", max(0, len(text) - _LONGEST_TAG))
            end = start if start >= 0 else len(text)
            text, self._untagged = text[:end], text[end:]
        self._cutter.feed(text)


def _composable(text: str) -> int:
    """Up to where a text can be composed before the rest of it is known."""
    if text.isascii():
        return len(text) - 1
    for at in range(len(text) - 1, max(0, len(text) - _PART) - 1, -1):
        if _starts_composition(text[at]):
            return at
    return len(text)


def _starts_composition(character: str) -> bool:
    """Whether nothing before this character ever composes with it."""
    return (
        unicodedata.category(character)[0] not in "MC"
        and not "\u1160" <= character <= "\u11ff"  # Hangul vowels and final consonants
        and not "\U00016d40" <= character <= "\U00016d7f"  # Kirat Rai vowels
        and unicodedata.is_normalized("NFC", character)
    )
