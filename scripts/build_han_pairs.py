"""Writes `vocabularies/han.pairs`: which two Han characters some vocabulary that we carry joins.

No merge reaches across any other pair, so there a text can be cut for all of them. One line for
each first character that has any, followed by all that may come second. An entry may also hold
only the last bytes of the first, or the first of the second: then it stands for every character
that has those.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from llmcost.tokenizers.vocabulary import PACKS, open_vocabulary

FIRST, LAST = "一", "龥"


def main() -> None:
    path = PACKS / "han.pairs"
    path.write_bytes(text_of(joined(pack.stem for pack in sorted(PACKS.glob("*.trie")))).encode())
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def joined(packs: Iterable[str]) -> dict[str, set[str]]:
    """By first character, what may follow it inside an entry."""
    found: dict[str, set[str]] = defaultdict(set)
    by_last, by_first = parts()
    entries = {entry for pack in packs for entry in open_vocabulary(pack).entries()}
    for left, right in {both for entry in entries for both in boundaries(entry)}:
        for first in by_last.get(left, ()):
            found[first].update(by_first.get(right, ()))
    return found


def boundaries(entry: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The bytes on both sides of each place inside an entry where one character ends: of whole
    characters, but for what the entry begins and ends with."""
    starts = [at for at in range(1, len(entry)) if entry[at] & 0xC0 != 0x80]
    places = [0, *starts, len(entry)]
    for begin, at, end in zip(places[:-2], starts, places[2:], strict=True):
        if at - begin <= 3 and end - at <= 3:
            yield entry[begin:at], entry[at:end]


@cache
def parts() -> tuple[Mapping[bytes, list[str]], Mapping[bytes, list[str]]]:
    """The Han characters by their last bytes and by their first bytes, of any number."""
    by_last: dict[bytes, list[str]] = defaultdict(list)
    by_first: dict[bytes, list[str]] = defaultdict(list)
    for code in range(ord(FIRST), ord(LAST) + 1):
        encoded = chr(code).encode()
        for size in range(1, len(encoded) + 1):
            by_last[encoded[-size:]].append(chr(code))
            by_first[encoded[:size]].append(chr(code))
    return by_last, by_first


def text_of(pairs: dict[str, set[str]]) -> str:
    lines = (first + "".join(sorted(pairs[first])) for first in sorted(pairs) if pairs[first])
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
