"""Byte-pair merging: of all neighbouring pairs that join to an entry, the lowest rank goes first,
the leftmost of equals. Only the number of tokens left at the end is wanted."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import AnyStr, Generic

from llmcost.tokens.vocabulary import Vocabulary

NEVER = 0xFFFF_FFFF
"""The rank of what is no entry, or an entry that no merge makes: above every rank that merges."""

# From here on finding the minimum in a list costs more than a heap does (measured: 600 to 900).
_LONG = 700


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
    """The number of tokens that `piece` ends as, merging upwards from its single items."""
    if len(piece) > _LONG:
        return _merged_length_of_long(piece, ranks)
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


def _merged_length_of_long(piece: AnyStr, ranks: Ranks[AnyStr]) -> int:
    """The same through a heap, in time that grows hardly faster than the piece."""
    size = len(piece)
    after = list(range(1, size + 2))  # after[i]: where the part that starts at i ends
    before = list(range(-1, size))  # before[i]: where the part ahead of it starts
    alive = [NEVER] * size  # the rank that the pair starting at i now has
    heap = []
    for i in range(size - 1):
        rank = ranks[piece[i : i + 2]]
        if rank != NEVER:
            alive[i] = rank
            heap.append((rank, i))
    heapify(heap)

    def renew(i: int) -> None:
        middle = after[i]
        rank = ranks[piece[i : after[middle]]] if middle < size else NEVER
        alive[i] = rank
        if rank != NEVER:
            heappush(heap, (rank, i))

    left = size
    while heap:
        rank, i = heappop(heap)
        if alive[i] != rank:
            continue  # one of the two was merged elsewhere in the meantime
        middle = after[i]
        after[i] = end = after[middle]
        alive[middle] = NEVER
        if end < size:
            before[end] = i
        left -= 1
        renew(i)
        if i:
            renew(before[i])
    return left
