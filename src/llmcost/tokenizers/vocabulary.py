"""Vocabularies of this package, memory-mapped and looked up entry by entry; engines' files of them.

A vocabulary is two files in `vocabularies/`, written by `scripts/build_vocabularies.py`, which also
writes down in `NOTICE` where each comes from:

`NAME.trie`
    A `marisa_trie.BinaryTrie` of the entries' bytes. It numbers its keys from 0, in an order of
    its own.
`NAME.ranks`
    Little-endian u32 numbers. The number at a key's index is the entry's merge rank: of all
    neighbouring pairs whose concatenation is an entry, the one with the lowest rank merges first.

Only entries that ordinary text can become are in a pack. Control tokens such as `<|im_start|>` are
not: typed in a text they are text, and are counted as such.

`all.entries` is a trie of the entries of all of them but Gemma's (`scripts/build_entries.py`).
`checksums` has a line `CRC-32 size name` for each of these files (`scripts/build_checksums.py`).

Ranks are the model's own token ids, with two exceptions: `tekken` counts from its first ordinary
entry, and `gemma4`, whose merge order is not its id order, counts what merges produce from 0 in
merge order. Gemma starts from characters instead of bytes, U+2581 standing for a space: an entry
that is one character has the rank `ALPHABET`, a character that is no entry costs one token per
UTF-8 byte. In `glm`, 893 entries are only reached as a whole piece, not by merging.

Engines read files that are made from these and kept in the user's cache folder. One that is
missing, stale, damaged or cannot be kept is never an error: it is made again.
"""

import re
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from mmap import ACCESS_READ, mmap
from pathlib import Path

from marisa_trie import BinaryTrie

from llmcost.errors import LlmcostError
from llmcost.files import cache_folder, keep
from llmcost.limits import has_files
from llmcost.messages import say

ALPHABET = 0xFFFF_FFFF
"""The rank of a `gemma4` entry that is a single character: no merge produces it."""

PACKS = Path(__file__).parent / "vocabularies"

ALL = 1 << 32
"""The limit of a vocabulary that is a whole pack: above every rank."""

_PREFIXES = {"glm4": ("glm", 151_329)}  # name: (pack, ranks at and above this are not in it)


class Vocabulary:
    """One vocabulary. `rank` is the plain way in; `key` and `ranks` save a call in inner loops:
    an entry's rank is `ranks[key(piece)]`, and it counts only if below `limit`."""

    __slots__ = ("key", "limit", "name", "ranks", "trie")

    name: str
    trie: BinaryTrie
    key: Callable[[bytes], int | None]
    """The trie's own lookup: the entry's index in `ranks`, or None."""
    ranks: Sequence[int]
    limit: int

    def __init__(self, name: str, pack: str, limit: int) -> None:
        self.name = name
        self.limit = limit
        self.trie = _trie(verified(f"{pack}.trie"))
        self.key = self.trie.get
        self.ranks = _mapped_ranks(verified(f"{pack}.ranks"))

    def rank(self, piece: bytes) -> int | None:
        """The merge rank of these bytes, or None if they are no entry."""
        key = self.key(piece)
        if key is None:
            return None
        rank = self.ranks[key]
        return rank if rank < self.limit else None

    def entries(self) -> dict[bytes, int]:
        """Every entry with its rank, as `tiktoken.Encoding` takes them. About 0.1 s and 30 MB."""
        ranks, limit = self.ranks, self.limit
        return {entry: ranks[key] for entry, key in self.trie.iteritems() if ranks[key] < limit}

    def __reduce__(self) -> tuple[Callable[[str], "Vocabulary"], tuple[str]]:
        return open_vocabulary, (self.name,)


@cache
def all_entries() -> BinaryTrie:
    """The entries of all vocabularies of bytes, without their ranks."""
    return _trie(verified("all.entries"))


def base(name: str) -> str:
    """The pack that a vocabulary is, or is a part of."""
    return _PREFIXES.get(name, (name, ALL))[0]


@cache
def open_vocabulary(name: str) -> Vocabulary:
    """The vocabulary of this name; the same object each time. KeyError if there is none."""
    pack, limit = _PREFIXES.get(name, (name, ALL))
    if not (PACKS / f"{pack}.trie").is_file():
        raise KeyError(name)
    return Vocabulary(name, pack, limit)


_MOST_REMEMBERED = 100_000  # bytes of the list of files that were verified


@cache
def verified(name: str) -> Path:
    """Return the path of a file in `vocabularies/` that is as it was built.

    Its checksum is computed when the file is first used on this machine, 1 ms for 1 MB, and again
    when it has been written to since. Raises LlmcostError.
    """
    path = PACKS / name
    try:
        state = path.stat()
    except OSError:
        raise _damaged(path) from None
    remembered = cache_folder() / "vocabularies" / "verified"
    times = f"{state.st_mtime_ns} {state.st_ctime_ns}"
    identity = f"{checksums()[name]} {times} {state.st_dev} {state.st_ino} {path!s}\n".encode()
    try:
        known = remembered.read_bytes()
    except OSError:
        known = b""
    if identity in known:
        return path
    if checksum(path) != checksums()[name]:
        raise _damaged(path)
    with suppress(OSError):
        remembered.parent.mkdir(parents=True, exist_ok=True)
        with remembered.open("ab" if len(known) < _MOST_REMEMBERED else "wb") as file:
            file.write(identity)
    return path


def _damaged(path: Path) -> LlmcostError:
    return LlmcostError(
        say("the vocabulary file `{path}` is damaged", path=str(path)),
        hint=say(
            "install llmcost again, in its checkout: pip install --force-reinstall --no-deps ."
        ),
    )


def checksum(path: Path) -> str:
    """CRC-32 and size of a file, as `checksums` writes them."""
    import zlib

    content = path.read_bytes()
    return f"{zlib.crc32(content):08x} {len(content)}"


@cache
def checksums() -> Mapping[str, str]:
    """What the files of the vocabularies were when they were built, by name."""
    lines = (PACKS / "checksums").read_text(encoding="ascii").splitlines()
    return {name: state for state, _, name in (line.rpartition(" ") for line in lines)}


def _trie(path: Path) -> BinaryTrie:
    """A trie in its file or, where few files may be open, in memory. Raises OSError and
    MemoryError."""
    try:
        return BinaryTrie().mmap(str(path)) if has_files() else BinaryTrie().load(str(path))
    except RuntimeError:  # that is all it says
        path.open("rb").close()
        raise MemoryError from None


def _mapped_ranks(path: Path) -> Sequence[int]:
    """The numbers of a `.ranks` file: in place where the machine's byte order is the file's. What
    is mapped keeps its file open."""
    with path.open("rb") as file:
        content = mmap(file.fileno(), 0, access=ACCESS_READ) if has_files() else file.read()
    if sys.byteorder == "little":
        return memoryview(content).cast("I")
    ranks = array("I", bytes(content))
    ranks.byteswap()
    return ranks


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


_PAIRED = (
    "table caption thead tbody tfoot tr th td h1 h2 h3 h4 h5 h6 blockquote strong em b i u s sub"
    " sup code a html body img span bbox ul li div iframe footer"
)


TAGS = frozenset(f"<{slash}{name}>" for name in _PAIRED.split() for slash in ("", "/"))
"""Gemma 3 takes each of these as one token, cut out before anything else. Gemma 4 does not."""


TAG = "|".join(map(re.escape, sorted(TAGS)))
