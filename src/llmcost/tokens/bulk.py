"""tiktoken fed from our vocabularies: the way for a lot of text that is not ASCII.

The tables of one vocabulary take 0.2 to 0.35 s and 60 to 110 MB, once in a process.
"""

from collections.abc import Collection, Iterable
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from llmcost.limits import has_room
from llmcost.tokens.gemma import byte_ranks
from llmcost.tokens.pretokenizers import rust_pattern
from llmcost.tokens.vocabulary import ALL, open_vocabulary

if TYPE_CHECKING:
    from marisa_trie import BinaryTrie
    from tiktoken import Encoding

_RUN = 100_000
_ENTRY = 450  # bytes of a table
_LEFT = 30_000_000  # bytes for all else
_TOGETHER = 1000  # pieces whose ends are held at the same time
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
        ends = {piece[at:] for piece in some for at in range(len(piece))}
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
