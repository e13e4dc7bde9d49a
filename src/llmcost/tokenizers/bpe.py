"""Byte-pair merging: ours, Gemma's of characters, and tiktoken fed from our vocabularies.

Of all neighbouring pairs that join to an entry, the lowest rank goes first, the leftmost of equals.
Only the number of tokens left at the end matters.

Gemma merges characters, not bytes, over a text whose blanks are `▁`. A character that is no entry
costs one token for each of its UTF-8 bytes and merges with nothing. No entry has one of the cuts of
`pretokenize` inside, so cutting there changes no merge.

tiktoken counts a lot of text that is not ASCII. The tables of one vocabulary take 0.2 to 0.35 s and
60 to 110 MB, once in a process.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cache, lru_cache
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, AnyStr, Generic

from llmcost.limits import has_room
from llmcost.tokenizers.pretokenize import rust_pattern
from llmcost.tokenizers.vocabulary import ALL, ALPHABET, Vocabulary, open_vocabulary

if TYPE_CHECKING:
    from marisa_trie import BinaryTrie
    from tiktoken import Encoding

NEVER = 0xFFFF_FFFF
"""The rank of what is no entry, or an entry that no merge makes: above every rank that merges."""


class Ranks(dict[AnyStr, int], Generic[AnyStr]):
    """Ranks looked up so far, so that a pair asked for again costs one dictionary access."""

    _HELD = 200_000

    def __init__(self, vocabulary: Vocabulary, encode: Callable[[AnyStr], bytes]) -> None:
        super().__init__()
        self._key = vocabulary.key
        self._ranks = vocabulary.ranks
        self._limit = vocabulary.limit
        self._encode: Callable[[AnyStr], bytes] = encode

    def __missing__(self, piece: AnyStr) -> int:
        key = self._key(self._encode(piece))
        rank = NEVER if key is None else self._ranks[key]
        self[piece] = rank = rank if rank < self._limit else NEVER
        return rank

    def trim(self) -> None:
        """Forget, if that is much; to be called between texts."""
        if len(self) > self._HELD:
            self.clear()


def merged_length(piece: AnyStr, ranks: Ranks[AnyStr]) -> int:
    """The number of tokens that a short piece ends as, merging upwards from its single items."""
    starts = list(range(len(piece) + 1))
    # pairs[i] is the rank of what parts i and i+1 would join to
    pairs = [ranks[piece[i : i + 2]] for i in range(len(piece) - 1)]
    while pairs:
        lowest = min(pairs)
        if lowest == NEVER:
            break
        i = pairs.index(lowest)
        del starts[i + 1], pairs[i]
        if i < len(pairs):
            pairs[i] = ranks[piece[starts[i] : starts[i + 2]]]
        if i:
            pairs[i - 1] = ranks[piece[starts[i - 1] : starts[i + 1]]]
    return len(starts) - 1


def in_symbols(piece: str) -> str:
    return piece.replace(" ", "▁")


def byte_ranks(entries: dict[bytes, int]) -> dict[bytes, int]:
    """Ranks for a merger of bytes: it first puts the known characters together, then goes on.

    A character's bytes join from the left, before any other merge. Nothing else can join them: no
    entry starts inside a character.
    """
    ranks = {bytes([byte]): byte for byte in range(256)}
    symbols = sorted(entry for entry, rank in entries.items() if rank == ALPHABET)
    for symbol in symbols:
        for start in accumulate(symbol[i : i + 1] for i in range(len(symbol))):
            ranks.setdefault(start, len(ranks))
    shift = len(ranks)
    ranks.update((entry, shift + rank) for entry, rank in entries.items() if rank != ALPHABET)
    return ranks


def in_bytes(text: str, pack: str) -> str:
    """The text for a merger of bytes: unknown characters as NULs, which merge with nothing."""
    if text.isascii():
        return in_symbols(text)
    odd = [character for character in set(text) if _is_unknown(character, pack)]
    nulls = {ord(character): "\0" * len(character.encode()) for character in odd}
    return in_symbols(text.translate(nulls) if odd else text)


@lru_cache(maxsize=1 << 16)
def _is_unknown(character: str, pack: str) -> bool:
    """Whether it is beyond ASCII and no entry of this vocabulary."""
    return character > "\x7f" and open_vocabulary(pack).rank(character.encode()) is None


_RUN = 100_000
_ENTRY = 450  # bytes of a table
_LEFT = 30_000_000  # bytes for all else
_TOGETHER = 1000  # pieces whose ends are held at the same time
_LONGEST_ENTRY = 512  # bytes
_ANY = r"[\s\S]+"


@cache
def table(pack: str, family: str) -> "Encoding":
    """tiktoken's engine for this vocabulary; it knows no special tokens, so text stays text.

    Raises MemoryError if a limit leaves no room for it."""
    if not has_room(_size(pack)):  # where nothing else will do
        raise MemoryError
    return _encoding(pack, rust_pattern(family))


def fits(pack: str) -> bool:
    """Whether a limit of memory leaves room for the table of a vocabulary, if there is one."""
    return has_room(_size(pack), _LEFT)


def _size(pack: str) -> int:
    return _ENTRY * len(open_vocabulary(pack).ranks)


def entries_in(pieces: Iterable[str], trie: "BinaryTrie") -> set[bytes]:
    """Every entry that is in one of these pieces: merging them looks up nothing else."""
    found: set[bytes] = set()
    rest = map(str.encode, pieces)
    while some := list(islice(rest, _TOGETHER)):
        ends = {piece[at : at + _LONGEST_ENTRY] for piece in some for at in range(len(piece))}
        found.update(chain.from_iterable(map(trie.prefixes, ends)))
    return found


def excerpt(pack: str, entries: Collection[bytes]) -> "Encoding":
    """An engine that merges with these entries, as far as they are the vocabulary's, and no others.
    With those of some pieces it takes half the time of merging them in Python, 5 µs each."""
    vocabulary = open_vocabulary(pack)
    ranks, limit = vocabulary.ranks, vocabulary.limit
    keys = zip(entries, map(vocabulary.key, entries), strict=True)
    own = {entry: ranks[key] for entry, key in keys if key is not None}
    if limit < ALL:
        own = {entry: rank for entry, rank in own.items() if rank < limit}
    return _engine(byte_ranks(own) if pack.startswith("gemma") else own, _ANY)


def _encoding(pack: str, pattern: str) -> "Encoding":
    ranks = open_vocabulary(pack).entries()
    if pack.startswith("gemma"):
        ranks = byte_ranks(ranks)
    return _engine(ranks, pattern)


def _engine(ranks: dict[bytes, int], pattern: str) -> "Encoding":
    from tiktoken import Encoding  # 35 ms, and only large texts need it

    return Encoding("", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


def cuts_safely(text: str) -> bool:
    """Whether tiktoken's regex engine can cut this text.

    It remembers each character of a run of blanks, or of controls, and panics near 1,000,000 of
    them with an exception that `except Exception` does not catch. Any run of `_RUN` has one of
    these windows inside.
    """
    half = _RUN // 2
    return not any(
        all(character == " " or not character.isprintable() for character in text[at : at + half])
        for at in range(0, len(text) - half + 1, half)
    )
