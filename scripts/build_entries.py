"""Writes `vocabularies/all.entries`: every entry of the vocabularies of bytes that we carry, once.

What may merge in some text is then found by one search for all of them; the ranks stay where they
are. (Gemma's entries, of characters and `▁`, are searched for in its own trie.)
"""

import sys
from pathlib import Path

import marisa_trie

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from llmcost.tokenizers.vocabulary import PACKS, open_vocabulary


def main() -> None:
    trie = marisa_trie.BinaryTrie(sorted(entries()), order=marisa_trie.WEIGHT_ORDER, num_tries=2)
    path = PACKS / "all.entries"
    trie.save(str(path))
    print(f"{path.name}: {len(trie):,} entries, {path.stat().st_size:,} bytes")


def entries() -> set[bytes]:
    packs = (path.stem for path in PACKS.glob("*.trie"))
    every = (open_vocabulary(pack).entries() for pack in packs if not pack.startswith("gemma"))
    return set().union(*every)


if __name__ == "__main__":
    main()
