"""Files that engines read, made from our vocabularies and kept in the user's cache folder.

One that is missing, stale, damaged or cannot be kept is never an error: it is made again.
"""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from llmcost.folders import cache_folder, keep
from llmcost.tokens.vocabulary import base, checksums


@contextmanager
def kept(pack: str, form: str, make: Callable[[], bytes]) -> Iterator[Path]:
    """A file with what `make` makes of a pack, for as long as the `with` lasts.

    Its name holds checksums of what it was made from and of what is in it.
    """
    folder = cache_folder() / "vocabularies"
    name = f"{pack}-{_made_from(pack, form):08x}-"
    found = next((path for path in _named(folder, name) if _is_whole(path)), None)
    if found is not None:
        yield found
        return
    content = make()
    path = folder / f"{name}{zlib.crc32(content):08x}.{form}"
    keep(path, content)
    if _is_whole(path):
        yield path
        return
    from tempfile import TemporaryDirectory  # where the cache folder cannot be written

    with TemporaryDirectory(prefix="llmcost-") as other:
        path = Path(other) / path.name
        path.write_bytes(content)
        yield path


def _made_from(pack: str, form: str) -> int:
    """The vocabulary's own files, and which entries of them are used."""
    built = [checksums()[f"{base(pack)}.{ending}"] for ending in ("trie", "ranks")]
    # 2: raised when the form is written otherwise
    return zlib.crc32(f"2 {pack} {form} {built}".encode())


def _named(folder: Path, start: str) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.name.startswith(start)]
    except OSError:
        return []


def _is_whole(path: Path) -> bool:
    try:
        return path.stem.endswith(f"-{zlib.crc32(path.read_bytes()):08x}")
    except OSError:
        return False
