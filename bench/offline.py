"""OpenAI's two encoding files, written from our vocabularies to where tiktoken looks for them.

So tiktoken itself, and whatever is built on it, runs here without a network. tiktoken checks the
files' SHA-256, which proves on the way that our vocabularies are the published ones.
"""

from base64 import b64encode
from hashlib import sha1
from pathlib import Path

from llmcost.tokenizers.vocabulary import open_vocabulary

ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/{}_base.tiktoken"


def write_encodings(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for pack in ("o200k", "cl100k"):
        entries = open_vocabulary(pack).entries().items()
        lines = (
            b"%s %d\n" % (b64encode(entry), rank) for entry, rank in sorted(entries, key=by_rank)
        )
        name = sha1(ADDRESS.format(pack).encode()).hexdigest()
        (folder / name).write_bytes(b"".join(lines))


def by_rank(item: tuple[bytes, int]) -> int:
    return item[1]
