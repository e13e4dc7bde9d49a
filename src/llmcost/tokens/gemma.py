"""What is particular to Gemma: it merges characters, not bytes, over a text whose blanks are `▁`.

A character that is no entry costs one token for each of its UTF-8 bytes and merges with nothing.
No entry has one of the cuts of `pretokenizers` inside, so cutting there changes no merge.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import accumulate

from llmcost.tokens.vocabulary import ALPHABET, open_vocabulary

_PAIRED = (
    "table caption thead tbody tfoot tr th td h1 h2 h3 h4 h5 h6 blockquote strong em b i u s sub"
    " sup code a html body img span bbox ul li div iframe footer"
)
TAGS = frozenset(f"<{slash}{name}>" for name in _PAIRED.split() for slash in ("", "/"))
"""Gemma 3 takes each of these as one token, cut out before anything else. Gemma 4 does not."""

TAG = "|".join(map(re.escape, sorted(TAGS)))


def in_symbols(piece: str) -> str:
    return piece.replace(" ", "▁")


def unknown_bytes(symbols: str, rank: Callable[[bytes], int | None]) -> int:
    """Tokens beyond one per symbol that the unknown ones among these cost."""
    extra = 0
    for symbol in set(symbols):
        encoded = symbol.encode()
        if len(encoded) > 1 and rank(encoded) is None:
            extra += symbols.count(symbol) * (len(encoded) - 1)
    return extra


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
    return _unknown(pack).sub(lambda found: "\0" * len(found[0].encode()), in_symbols(text))


class Spelling(dict[int, str]):
    """For `str.translate`: what `in_bytes` does, for short texts of a vocabulary that is not read
    as a whole."""

    def __init__(self, rank: Callable[[bytes], int | None]) -> None:
        super().__init__({ord(" "): "▁"})
        self._rank = rank

    def __missing__(self, code: int) -> str:
        character = chr(code)
        encoded = character.encode()
        known = len(encoded) == 1 or self._rank(encoded) is not None
        self[code] = found = character if known else "\0" * len(encoded)
        return found


@cache
def _unknown(pack: str) -> re.Pattern[str]:
    """Matches what is beyond ASCII and no entry of this vocabulary."""
    entries = open_vocabulary(pack).entries()
    known = (entry for entry, rank in entries.items() if rank == ALPHABET)
    codes = sorted(ord(entry.decode()) for entry in known if entry > b"\x7f")
    ranges = "".join(f"{chr(first)}-{chr(last)}" for first, last in _runs(codes))
    return re.compile(f"[^\x00-\x7f{ranges}]+")


def _runs(codes: list[int]) -> list[tuple[int, int]]:
    """Sorted numbers as closed ranges."""
    runs: list[tuple[int, int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1] = (runs[-1][0], code)
        else:
            runs.append((code, code))
    return runs
