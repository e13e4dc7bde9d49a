"""Count exactly with one vocabulary: looked up piece by piece, or by tiktoken where that pays.

Looking up needs no set-up, and pieces seen before cost nothing, nor does cutting for a second
vocabulary of the family. Merging what is no entry costs about 1.4 µs per byte in Python, a tenth
of that in tiktoken, whose tables take 0.2 to 0.35 s and 60 to 110 MB. So merged bytes are added
up, and once they would have paid for the tables, the tables are built: no text takes much more
than twice the best possible time. Measured with o200k on 2 cores at 2.1 GHz, in MB/s:

                     looked up   tiktoken without tables   break-even
    English, code    8 to 13     13 to 19                  5 MB
    Russian          3           17                        700 KB (400,000 characters)
    Chinese          0.8         12                        180 KB (70,000 characters)
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import compress, repeat
from operator import is_, mul

from llmcost.tokenizers.bpe import (
    Ranks,
    cuts_safely,
    entries_in,
    excerpt,
    fits,
    in_bytes,
    in_symbols,
    merged_length,
    table,
)
from llmcost.tokenizers.pretokenize import CutText, pretokenize
from llmcost.tokenizers.registry import Tokenizer
from llmcost.tokenizers.vocabulary import ALL, all_entries, open_vocabulary

_TABLE_PAYS = 160_000  # merged bytes that cost as much as building tiktoken's tables
_TABLE_PAYS_EXCERPTS = 500_000  # where tiktoken merges with excerpts of them
_EXCERPT_PAYS = 4_000  # merged bytes, from which on tiktoken with an excerpt is faster
_HARD_TEXT = 0.05  # share of bytes to merge, from which on tiktoken is faster on ready tables
_MEMO = 100_000  # pieces remembered
_REMEMBERED = 200  # characters of the longest of them
_LONGEST = 20_000  # characters of a piece that is merged with an excerpt

Entries = Callable[[], Collection[bytes]]
"""Finds entries of vocabularies, once somebody needs them."""


class Engine:
    """Counts texts with one vocabulary and remembers the pieces it has seen."""

    def __init__(self, pack: str, family: str) -> None:
        self._pack = pack
        self._family = family
        self._gemma = family == "gemma"
        vocabulary = open_vocabulary(pack)
        self._trie = vocabulary.trie
        self._is_entry = vocabulary.key if vocabulary.limit == ALL else vocabulary.rank
        self._pairs: Ranks[bytes] = Ranks(vocabulary, bytes)
        self._symbol_pairs: Ranks[str] = Ranks(vocabulary, str.encode)
        self._memo: dict[str, int] = {}
        self._merged = 0  # bytes merged in Python so far
        self._has_table = False

    def count(self, cut: CutText, *, nfc: bool = False, rare: bool = False) -> int:
        """The tokens of the texts in `cut`. `rare`: there is little in them that comes again."""
        # Tables that are there beat everything but ASCII, and a long text needs no trial.
        if (rare or not cut.ascii_only) and self._may_use_table(cut.size > 3 * _TABLE_PAYS):
            return self.by_table(cut.texts(nfc=nfc))
        pieces = cut.pieces(self._family, nfc=nfc)
        hard = self._look_up(pieces)
        merging = sum(len(piece.encode()) for piece in hard)
        pays = self._merged + merging > _TABLE_PAYS
        if merging > _HARD_TEXT * cut.size and self._may_use_table(pays):
            return self.by_table(cut.texts(nfc=nfc))
        return self._sum(pieces, hard, merging)

    def each(self, pieces: Sequence[str], hard: Sequence[str], entries: Entries) -> list[int]:
        """The tokens of each of these pieces. `hard` are those that are no entries, and `entries`
        all that merging them may look up."""
        self._make_room()
        self._merge_all(hard, sum(map(len, map(str.encode, hard))), entries)
        found = dict(zip(hard, map(self._memo.__getitem__, hard), strict=True))
        self._forget(hard)
        return list(map(found.get, pieces, repeat(1)))

    def by_lookup(self, pieces: Mapping[str, int]) -> int:
        """The tokens of these pieces, each as often as it says."""
        return self._sum(pieces, self._look_up(pieces))

    def by_table(self, texts: Iterable[str]) -> int:
        """The tokens of these texts, through tiktoken."""
        self._has_table = True
        encoding = table(self._pack, self._family)
        total = 0
        for text in texts:
            if cuts_safely(text):
                total += len(encoding.encode_ordinary(self._for_table(text)))
            else:
                cut = pretokenize(self._family, text.isascii())
                total += self.by_lookup(Counter(cut(text)))
        return total

    def _may_use_table(self, pays: bool) -> bool:
        """Whether it is there, or would pay and fit into memory."""
        return self._has_table or (pays and fits(self._pack))

    def _look_up(self, pieces: Iterable[str]) -> list[str]:
        """Remember the new pieces that are entries; those that are not come back."""
        self._make_room()
        memo = self._memo
        # by `difference` and a dict: `-` of the two views would walk through all that is remembered
        new = list(set(pieces).difference(memo))
        hard = self.no_entries(new)
        memo.update(dict.fromkeys(new, 1))
        for piece in hard:
            del memo[piece]
        return hard

    def _make_room(self) -> None:
        if len(self._memo) > _MEMO:
            self._memo.clear()
            self._pairs.trim()
            self._symbol_pairs.trim()

    def no_entries(self, pieces: Sequence[str]) -> list[str]:
        """Those of these pieces that have to be merged."""
        written = map(in_symbols, pieces) if self._gemma else pieces
        entries = map(self._is_entry, map(str.encode, written))
        return list(compress(pieces, map(is_, entries, repeat(None))))

    def _sum(self, pieces: Mapping[str, int], hard: Sequence[str], merging: int = 0) -> int:
        self._merge_all(hard, merging)
        total: int = sum(map(mul, map(self._memo.__getitem__, pieces), pieces.values()))
        self._forget(hard)
        return total

    def _forget(self, pieces: Iterable[str]) -> None:
        """Those that are too long to be kept for the next text."""
        for piece in pieces:
            if len(piece) > _REMEMBERED:
                self._memo.pop(piece, None)

    def _merge_all(self, hard: Sequence[str], size: int, entries: Entries | None = None) -> None:
        """Remember pieces that are no entries, of `size` bytes together."""
        self._merged += size
        longest = _REMEMBERED if size < _EXCERPT_PAYS else 0
        by_engine = [piece for piece in hard if longest < len(piece) <= _LONGEST]
        if by_engine:
            self._has_table = self._may_use_table(self._merged > _TABLE_PAYS_EXCERPTS)
            by = self._by_table if self._has_table else partial(self._by_excerpt, entries)
            self._memo.update(zip(by_engine, map(len, by(by_engine)), strict=True))
        if len(by_engine) < len(hard):
            others = set(hard).difference(by_engine)
            self._memo.update((piece, self._merge(piece)) for piece in others)

    def _by_table(self, pieces: Iterable[str]) -> Iterable[Sequence[int]]:
        encode = table(self._pack, self._family).encode_ordinary
        return map(encode, map(self._for_table, pieces))

    def _by_excerpt(
        self, entries: Entries | None, pieces: Sequence[str]
    ) -> Iterable[Sequence[int]]:
        pieces = list(map(self._for_table, pieces))
        shared = None if self._gemma else entries
        found = shared() if shared else entries_in(pieces, self._trie)
        return map(excerpt(self._pack, found).encode_ordinary, pieces)

    def _merge(self, piece: str) -> int:
        if len(piece) > _LONGEST:
            from llmcost.tokenizers.endless_text import merger  # there is hardly ever such a piece

            return merger(self._pack, self._family).count(piece)
        if not self._gemma:
            return merged_length(piece.encode(), self._pairs)
        return merged_length(in_bytes(piece, self._pack), self._symbol_pairs)

    def _for_table(self, text: str) -> str:
        return in_bytes(text, self._pack) if self._gemma else text


def each_of(wanted: Sequence[tuple[Engine, Sequence[str]]]) -> list[list[int]]:
    """The tokens of each piece, with its engine. What merging may look up is searched for once for
    all vocabularies."""
    hard = [engine.no_entries(pieces) for engine, pieces in wanted]

    @cache
    def entries() -> Collection[bytes]:
        return entries_in({piece for found in hard for piece in _short(found)}, all_entries())

    return [
        engine.each(pieces, found, entries)
        for (engine, pieces), found in zip(wanted, hard, strict=True)
    ]


def _short(pieces: Iterable[str]) -> list[str]:
    return [piece for piece in pieces if len(piece) <= _LONGEST]


def tokens_of(
    cut: CutText, tokenizers: Sequence[Tokenizer], *, rare: bool = False
) -> dict[str, int]:
    """The tokens of a cut, by the exact tokenizer's name. `rare`: no word in it comes twice."""
    found: dict[str, int] = {}
    done: dict[tuple[str, CutText], int] = {}  # Gemma 3 and 4 differ only where there are tags
    for one in tokenizers:
        tags, rest = cut.without_tags() if one.tags else (0, cut)
        key = (one.pack, rest)
        if key not in done:
            done[key] = engine(one.pack, one.family).count(rest, nfc=one.nfc, rare=rare)
        found[one.name] = tags + done[key]
    return found


@cache
def engine(pack: str, family: str) -> Engine:
    """The process's one engine for these: what it has learnt serves the next text."""
    return Engine(pack, family)
