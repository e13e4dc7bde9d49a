"""Count with gigatoken, fed from our vocabularies: for a great deal of text, where it is installed.

It cuts with code written for each family and remembers every piece that it has seen, without end:
code is counted at 130 MB/s, English at 40 to 85 and soon more, Chinese at 30, random letters at 12,
where tiktoken counts 10 to 15. The price is the set-up: 0.5 s for most, 2 to 4 s for those whose
merges have to be listed. It knows no special tokens, so text stays text, and needs no care about
long runs of blanks.
"""

import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from llmcost.limits import has_room
from llmcost.tokenizers.registry import Tokenizer
from llmcost.tokenizers.vocabulary import kept, open_vocabulary

_SCHEMES = {
    "cl100k": "gpt4",
    "o200k": "o200k",
    "qwen": "qwen2",
    "deepseek": "deepseek_v3",
    "kimi": "kimi",
    "tekken": "nemotron",
}
"""What gigatoken calls a family where ranks are all it is given."""

_SUFFIX = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_BLANKS = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_PATTERNS = {
    "glm": rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}"
    rf"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_BLANKS}",
    "qwen3.5": rf"{_SUFFIX}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}"
    rf"| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{_BLANKS}",
}
"""The published patterns of families whose packs have entries that are no merge of two entries of
lower rank, which gigatoken's reader of ranks refuses. It knows patterns by their exact text."""

SIZE = (1 << 18) + (1 << 12)
"""Characters of the pieces that are best fed: a block that is read and the line before it. So many
are often ASCII alone, which needs no look at its characters."""
_GROWN = 120_000_000  # bytes of remembered pieces, from which on it starts anew
_SHARING = 3  # counters, at most, that share these bytes, lest each starts anew again and again
_GUESSED = 2  # bytes remembered for each of the text, where memory cannot be read; so for Chinese
_ROOM = 500_000_000  # bytes, with what it loads and one vocabulary
_MEMORY = Path("/proc/self/statm")

# No others: an entry that can be read in neither way would be a panic. Gemma is left to tiktoken:
# its set-up takes 3 s, Chinese would gain nothing, and 24 MB of text leave 400 MB behind.
_PACKS = {
    *("cl100k", "o200k", "minimax", "qwen", "qwen3.5"),
    *("deepseek", "kimi", "tekken", "glm", "glm4"),
}


@cache
def available() -> bool:
    """Whether gigatoken is installed, and a limit of memory leaves room for it."""
    return find_spec("gigatoken") is not None and has_room(_ROOM)


_PAYS = {"qwen3.5": 60_000_000, "glm": 30_000_000}
_PAYS_MOSTLY = 6_000_000


# More of these tables would gain no speed over atoms, and fill the memory.
_MOST = 4


def will_be_giant(tokenizers: Sequence[Tokenizer], expected: int) -> bool:
    """Whether gigatoken counts all of these exact tokenizers, in a text of so many bytes."""
    return len(giants(tokenizers, expected)) == len(tokenizers) > 0


def giants(tokenizers: Sequence[Tokenizer], expected: int, most: int = 0) -> list[Tokenizer]:
    """Those that are counted by gigatoken, which are none if there are more than the most."""
    return [one for one in tokenizers if len(tokenizers) <= (most or _MOST) and pays(one, expected)]


def pays(one: Tokenizer, expected: int) -> bool:
    """Whether so many bytes are worth the set-up, for an exact tokenizer."""
    return expected >= _PAYS.get(one.family, _PAYS_MOSTLY) and supports(one.pack, one.family)


def supports(pack: str, family: str) -> bool:
    """Whether `counter` can be had for these."""
    return available() and pack in _PACKS and (family in _SCHEMES or family in _PATTERNS)


class Giga:
    """Counts texts with one vocabulary, in memory that is bounded: 100 MB and `_GROWN`, or a third
    of that beside others."""

    def __init__(self, pack: str, family: str) -> None:
        self._pack = pack
        self._family = family
        self._load()

    def count(self, encoded: bytes) -> int:
        """What `bulk.table` counts, of a piece of text in UTF-8: equal for all but characters of
        Unicode 17, which gigatoken knows and tiktoken does not: see
        `pretokenize.has_young_characters`. Memory is some times the piece's."""
        sharing = min(max(1, counter.cache_info().currsize), _SHARING)
        if self._grown * sharing > _GROWN:
            del self._tokenizer  # before another one is there
            self._load()
        before = _resident()
        tokens = len(self._tokenizer.encode(encoded))
        after = _resident()
        self._grown += after - before if after else _GUESSED * len(encoded)
        return tokens

    def _load(self) -> None:
        load = _by_merges if self._family in _PATTERNS else _by_ranks
        self._tokenizer = load(self._pack, self._family)
        self._grown = 0


@cache
def counter(pack: str, family: str) -> Giga:
    """The process's one counter for these: what it has learnt serves the next text."""
    return Giga(pack, family)


def _by_ranks(pack: str, family: str) -> Any:
    """gigatoken reads ranks from a file only."""
    from gigatoken.gigatoken_rs import BPETokenizer  # 30 ms, and only a great deal of text needs it

    with kept(pack, "tiktoken", lambda: _ranks(pack)) as path:
        return BPETokenizer.from_tiktoken(str(path), _SCHEMES[family])


def _ranks(pack: str) -> bytes:
    """In tiktoken's form. Numbers without gaps do: order is all that counts."""
    from binascii import b2a_base64

    return b"".join(
        b"%b %d\n" % (b2a_base64(entry, newline=False), rank)
        for rank, entry in enumerate(_in_order(pack))
    )


def _by_merges(pack: str, family: str) -> Any:
    from gigatoken.gigatoken_rs import load_hf_json

    with kept(pack, "json", lambda: _tokenizer_json(pack, family)) as path:
        return load_hf_json(path.read_bytes())


def _tokenizer_json(pack: str, family: str) -> bytes:
    """Every way to cut an entry into two entries is a merge, as it is to tiktoken, and a piece that
    is an entry is one token. Which merge goes first, gigatoken tells by the entry's number."""
    from msgspec import json

    entries = _in_order(pack)
    letters = b"".join(entries).decode("latin-1").translate(_letters())
    ids: dict[str, int] = {}
    start = 0
    for rank, entry in enumerate(entries):
        ids[letters[start : start + len(entry)]] = rank
        start += len(entry)
    starts_of = open_vocabulary(pack).trie.prefixes
    merges = [
        f"{name[: len(first)]} {name[len(first) :]}"
        for name, entry in zip(ids, entries, strict=True)
        for first in starts_of(entry)
        if name[len(first) :] in ids and name[: len(first)] in ids
    ]
    split = {"type": "Split", "pattern": {"Regex": _PATTERNS[family]}}
    model = {"type": "BPE", "ignore_merges": True, "vocab": ids, "merges": merges}
    return json.encode({"model": model, "pre_tokenizer": split})


def _in_order(pack: str) -> list[bytes]:
    entries = open_vocabulary(pack).entries()
    return sorted(entries, key=entries.__getitem__)


def _letters() -> dict[int, int]:
    """The letter that stands for each byte in a `tokenizer.json`: those that can be seen for
    themselves, the others from U+0100 on."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = sorted(set(range(0x100)).difference(seen))
    return dict(zip(seen + hidden, [*seen, *range(0x100, 0x100 + len(hidden))], strict=True))


def _resident() -> int:
    """Bytes of this process that are in memory; 0 where that cannot be read at once."""
    try:
        pages = int(_MEMORY.read_bytes().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
