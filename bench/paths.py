"""Every path through the engine that a count can take, with thresholds so small that short strings
take it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from random import Random
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

from llmcost.tokenizers import bpe as bulk
from llmcost.tokenizers import chunking as splitting
from llmcost.tokenizers import counter as counting
from llmcost.tokenizers import endless_text as endless
from llmcost.tokenizers import endless_text as giant
from llmcost.tokenizers import endless_text as openended
from llmcost.tokenizers import engine as engines
from llmcost.tokenizers import gigatoken as giga
from llmcost.tokenizers import pretokenize as text
from llmcost.tokenizers import short_texts as each
from llmcost.tokenizers import short_texts as pool
from llmcost.tokenizers import word_cache as bag
from llmcost.tokenizers import word_cache as long
from llmcost.tokenizers.bpe import in_bytes
from llmcost.tokenizers.counter import Counter, count
from llmcost.tokenizers.registry import TOKENIZERS
from llmcost.tokenizers.short_texts import Texts
from llmcost.tokenizers.vocabulary import TAG

BATCH = 40
EXACT = tuple(name for name, one in TOKENIZERS.items() if one.exact)

giga_is_installed = giga.available

Counts = Mapping[str, int]
"""The tokens of a text, by the tokenizer's name."""
Path = Callable[[Sequence[str], Sequence[str], Random], Iterator[Counts]]
"""Counts each of some texts with all of these tokenizers."""


def plain(texts: Sequence[str], names: Sequence[str], _: Random) -> Iterator[Counts]:
    """Each text alone, with engines that remember what they have seen."""
    for one in texts:
        yield _tokens(count(one, names))


def fresh(texts: Sequence[str], names: Sequence[str], chance: Random) -> Iterator[Counts]:
    """The same, with engines that have seen nothing."""
    engines.engine.cache_clear()
    yield from plain(texts, names, chance)


def requests(texts: Sequence[str], names: Sequence[str], _: Random) -> Iterator[Counts]:
    """All texts together, as those of requests are."""
    together = Texts(names)
    half = len(texts) // 2
    for part in (texts[:half], texts):
        together.learn(dict.fromkeys(names, part))
    for one in texts:
        yield {name: together.tokens[name][one] for name in names}


def long_text(texts: Sequence[str], names: Sequence[str], _: Random) -> Iterator[Counts]:
    """Words that come again are counted once."""
    for one in texts:
        with patch.object(counting, "LONG", 0):
            yield _tokens(count(one, names))


def gigatoken(texts: Sequence[str], names: Sequence[str], chance: Random) -> Iterator[Counts]:
    """By the engine of [bulk], where it supports the tokenizer: as long texts, or as short ones of
    many."""
    with patch.multiple(giga, available=giga_is_installed, _PAYS={}, _PAYS_MOSTLY=0, _MOST=100):
        for one in texts:
            together = chance.choice((0, 1 << 30))
            with patch.object(counting, "LONG", together):
                counter = Counter(names, expected=len(one), together=together)
                for piece in splitting.pieces([one]):
                    counter.feed(piece)
                yield _tokens(counter.counts())


def pieces(texts: Sequence[str], names: Sequence[str], chance: Random) -> Iterator[Counts]:
    """The text arrives in chunks, and is counted in pieces that end at places for a cut."""
    for one in texts:
        yield _fed(one, names, chance, longest=1 << 20)


def endless_text(texts: Sequence[str], names: Sequence[str], chance: Random) -> Iterator[Counts]:
    """Pieces may end where there is no such place."""
    for one in texts:
        yield _fed(one, names, chance, longest=1)


PATHS: Mapping[str, Path] = {
    "plain": plain,
    "fresh": fresh,
    "requests": requests,
    "gigatoken": gigatoken,
    "long": long_text,
    "pieces": pieces,
    "endless": endless_text,
}


class Difference(NamedTuple):
    """A count that is wrong, and with which other tokenizers it was asked for."""

    path: str
    kind: str
    text: str
    name: str
    tokens: int
    expected: int
    beside: Sequence[str]

    def __str__(self) -> str:
        return (
            f"{self.path}, {self.kind}: {self.name} {self.tokens}, not {self.expected},"
            f" beside {', '.join(self.beside) or 'no other'}: {self.text!a}"
        )


def differences(
    path: str,
    texts: Sequence[tuple[str, str]],
    expected: Mapping[str, Sequence[int]],
    beside: Sequence[str],
    chance: Random,
) -> Iterator[Difference]:
    """Count texts, each with its kind, on one path, and compare with what is `expected` of each
    tokenizer. Those `beside` are counted as well, and must not matter."""
    names = chance.sample([*expected, *beside], len(expected) + len(beside))
    with small_thresholds(chance):
        found = list(PATHS[path]([text for _, text in texts], names, chance))
    for name, right in expected.items():
        for (kind, whole), own, tokens in zip(texts, found, right, strict=True):
            if own[name] != tokens:
                others = [one for one in names if one != name]
                yield Difference(path, kind, whole, name, own[name], tokens, others)


def some_tokenizers(chance: Random) -> list[str]:
    """Some of the exact ones: alone or few, as most people ask, or all."""
    return chance.sample(EXACT, chance.choice((1, 1, 2, 3, 5, len(EXACT))))


def by_table(name: str, texts: Sequence[str]) -> list[int]:
    """The tokens of each text by tiktoken in one piece, fed from our own vocabulary."""
    one = TOKENIZERS[name]
    encode = bulk.table(one.pack, one.family).encode_ordinary
    found = []
    for whole in texts:
        composed = text.composed(whole) if one.nfc else whole
        parts = re.split(TAG, composed) if one.tags else [composed]
        if one.family == "gemma":
            parts = [in_bytes(part, one.pack) for part in parts]
        found.append(len(parts) - 1 + sum(len(encode(part)) for part in parts))
    return found


def _fed(one: str, names: Sequence[str], chance: Random, longest: int) -> Counts:
    most = chance.choice((1, 20, 500))
    chunks, start = [], 0
    while start < len(one):
        end = start + chance.randint(1, most)
        chunks.append(one[start:end])
        start = end
    counter = Counter(names, expected=chance.choice((0, len(one))))
    size = chance.choice((1, 10, 60, 400))
    for piece in splitting.pieces(chunks, size, longest):
        counter.feed(piece)
    return _tokens(counter.counts())


def _tokens(counts: Mapping[str, Any]) -> Counts:
    return {name: found.tokens for name, found in counts.items()}


@contextmanager
def small_thresholds(chance: Random) -> Iterator[None]:
    """Thresholds at which the engine changes its way, drawn anew: as small as they may be, as they
    are, or between."""
    choices: list[tuple[ModuleType, str, tuple[Any, ...]]] = [
        (counting, "LONG", (0, 200_000)),
        (splitting, "_BLOCK", (1, 32)),
        (text, "_PART", (1, 16)),
        (text, "_FEW", (1, 1 << 15)),
        (engines, "_TABLE_PAYS", (0, 100, 160_000)),
        (engines, "_TABLE_PAYS_EXCERPTS", (0, 500_000)),
        (engines, "_EXCERPT_PAYS", (0, 4_000)),
        (engines, "_MEMO", (5, 100_000)),
        (engines, "_REMEMBERED", (2, 200)),
        (engines, "_LONGEST", (20, 20_000)),
        (bulk, "_RUN", (20, 100_000)),
        (bag, "_MOST", ((5, 50), bag._MOST)),
        (bag, "_DIGITS", (2, 16)),
        (long, "_ALWAYS_TABLES", (0, 5_000_000)),
        (long, "SIZE", (60, splitting.SIZE)),
        (giga, "_GROWN", (100_000, giga._GROWN)),
        (endless, "_PART", (128, 1 << 17)),
        (openended, "_WAITING", (256, 1 << 16)),
        (giant, "WINDOW", (64, 4096)),
        (giant, "OPEN", (16, 256)),
        (pool, "_MOST", (20, 200_000)),
        (each, "SHORT", (40, 20_000)),
    ]
    pools = ((0, 0), (0, 10**6), (20, 100), (20_000, 300_000))
    with ExitStack() as stack:
        for module, name, values in choices:
            stack.enter_context(patch.object(module, name, chance.choice(values)))
        stack.enter_context(patch.object(giga, "available", lambda: False))
        stack.enter_context(
            patch.object(pool.WordPool.__init__, "__defaults__", chance.choice(pools))
        )
        giant.merger.cache_clear()
        yield
