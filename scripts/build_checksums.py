"""Write `vocabularies/checksums`, after each script that builds files beside it: the next one reads
only files whose checksum is right."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from llmcost.tokenizers.vocabulary import PACKS, checksum

ENDINGS = (".trie", ".ranks", ".entries", ".pairs")


def main() -> None:
    (PACKS / "checksums").write_text(text(), encoding="ascii", newline="\n")


def text() -> str:
    paths = sorted(path for path in PACKS.iterdir() if path.suffix in ENDINGS)
    return "".join(f"{checksum(path)} {path.name}\n" for path in paths)


if __name__ == "__main__":
    main()
