"""A text cut into pieces: once per family, however many vocabularies count it."""

import re
from collections import Counter
from collections.abc import Mapping
from operator import is_

from llmcost.tokens.gemma import TAG
from llmcost.tokens.pretokenizers import pretokenize
from llmcost.tokens.splitting import lines
from llmcost.tokens.text import composed

_WORTH_PARTING = 16_384  # characters


class Cut:
    """Texts that are counted together; a place between two of them is a cut of every family."""

    def __init__(self, texts: list[str], *, ascii_only: bool) -> None:
        self.ascii_only = ascii_only
        self.size = sum(map(len, texts))
        self._texts = texts
        self._composed: list[str] | None = texts if ascii_only else None
        self._pieces: dict[tuple[str, bool], Counter[str]] = {}

    def texts(self, *, nfc: bool) -> list[str]:
        if not nfc:
            return self._texts
        if self._composed is None:
            texts = [composed(text) for text in self._texts]
            same = all(map(is_, texts, self._texts))
            self._composed = self._texts if same else texts
        return self._composed

    def without_tags(self) -> tuple[int, "Cut"]:
        """How many of Gemma 3's tags are in the texts, and what is between them."""
        tags = sum(len(re.findall(TAG, text)) for text in self._texts if "<" in text)
        if not tags:
            return 0, self
        between = [part for text in self._texts for part in re.split(TAG, text) if part]
        return tags, Cut(between, ascii_only=self.ascii_only)

    def pieces(self, family: str, *, nfc: bool) -> Mapping[str, int]:
        """The distinct pieces, and how often each occurs."""
        texts = self.texts(nfc=nfc)
        key = (family, texts is self._texts)
        if key not in self._pieces:
            cut = pretokenize(family, self.ascii_only)
            pieces: Counter[str] = Counter()
            for text in texts:
                pieces.update(cut(text))
            self._pieces[key] = pieces
        return self._pieces[key]


def parted(text: str) -> list[Cut]:
    """The text as one cut or two: its ASCII lines, which go four times as fast, and the others."""
    if text.isascii():
        return [Cut([text], ascii_only=True)]
    if len(text) < _WORTH_PARTING:
        return [Cut([text], ascii_only=False)]
    parts: dict[bool, list[str]] = {True: [], False: []}
    for block in lines(text):
        parts[block.isascii()].append(block)
    return [Cut(texts, ascii_only=kind) for kind, texts in parts.items() if texts]
