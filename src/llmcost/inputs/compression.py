"""Decompress gzip, bzip2, xz and Zstandard as they stream.

Not by the file classes of the standard library, which drop without a word what follows a first
stream and does not begin as one.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from llmcost.messages import say

if TYPE_CHECKING:
    from typing import Protocol

    class ByteSource(Protocol):
        def read(self, size: int, /) -> bytes: ...

    class Decompressor(Protocol):
        """Of one stream, as those of bz2, lzma and zstd are."""

        @property
        def eof(self) -> bool: ...
        @property
        def needs_input(self) -> bool: ...
        @property
        def unused_data(self) -> bytes: ...
        def decompress(self, data: bytes, max_length: int) -> bytes: ...


LOOK = 16  # bytes at the beginning, more than any of the magic below
PIECE = 1 << 15  # compressed bytes at a time; one of them can hold a thousand
MOST_MEMORY = 1 << 27  # for a dictionary of xz, which may ask for 4 GB; zstd keeps to as much
KINDS = {
    "gzip": (b"\x1f\x8b\x08",),
    "xz": (b"\xfd7zXZ\0",),
    "bzip2": tuple(
        b"BZh%d%s" % (level, block)
        for level in range(1, 10)
        for block in (b"1AY&SY", b"\x17rE8P\x90")
    ),
    # a frame, or one to be skipped before it
    "Zstandard": (b"\x28\xb5\x2f\xfd", *(b"%c\x2a\x4d\x18" % one for one in range(0x50, 0x60))),
}
MAGIC = tuple(magic for kind in KINDS.values() for magic in kind)
ENDINGS = (".gz", ".bz2", ".xz", ".zst")
NEEDS_A_FILE = (".docx", ".pdf", ".parquet")
"""What is read here and there, and not from the first byte to the last."""


class Damaged(OSError):
    """Compressed data that cannot be read to their end."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class PeekedFile:
    """A file whose first bytes were looked at, and are read all the same."""

    def __init__(self, file: BinaryIO) -> None:
        # One large read of a pipe would not look up for Ctrl-C before it has all.
        self._read_some: Callable[[int], bytes] = getattr(file, "read1", file.read)
        self.taken = 0  # bytes, so far
        self._waiting = b""
        self.head = self._waiting = self.read(LOOK)

    def read(self, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        found, self._waiting = [self._waiting[:size]], self._waiting[size:]
        missing = size - len(found[0])
        while missing and (more := self._read_some(missing)):
            self.taken += len(more)
            missing -= len(more)
            found.append(more)
        return b"".join(found)


class Gunzip:
    """zlib's, with the manners of the others."""

    def __init__(self) -> None:
        import zlib

        self._inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class Unpacked:
    """What is in a compressed file, in the memory of a block. It is read as a file is."""

    def __init__(self, file: "ByteSource", kind: str) -> None:
        self._file = file
        self._kind = kind
        self._rest = b""  # of a piece, which belongs to the next stream
        self._inner = decompressor(kind)

    def read(self, size: int) -> bytes:
        """So many bytes, fewer at the end. Raises Damaged, and OSError of the file."""
        found = []
        while size and (block := self._some(size)):
            found.append(block)
            size -= len(block)
        return b"".join(found)

    def _some(self, most: int) -> bytes:
        while not self._inner.eof or self._next_stream():
            is_hungry = self._inner.needs_input
            data = self._piece() if is_hungry else b""
            block = self._decompressed(data, most)
            if block:
                return block
            if is_hungry and not data and not self._inner.eof:
                raise Damaged(say("the {kind} data in it are cut off", kind=self._kind))
        return b""

    def _decompressed(self, data: bytes, most: int) -> bytes:
        try:
            return self._inner.decompress(data, most)
        except Exception as error:  # each module has an error of its own
            told = str(error) or type(error).__name__
            said = say("the {kind} data in it cannot be unpacked: {why}", kind=self._kind, why=told)
            raise Damaged(said) from None

    def _next_stream(self) -> bool:
        """Whether another one follows, maybe behind a padding of zeros."""
        rest = self._inner.unused_data.lstrip(b"\0")
        while not rest:
            piece = self._piece()
            if not piece:
                return False
            rest = piece.lstrip(b"\0")
        self._rest = rest
        self._inner = decompressor(self._kind)
        return True

    def _piece(self) -> bytes:
        piece, self._rest = self._rest, b""
        return piece or self._file.read(PIECE)


def kind_of(head: bytes) -> str:
    """How the bytes that begin so are compressed; empty if they are not."""
    if not head.startswith(MAGIC):  # nearly always
        return ""
    return next(kind for kind, magic in KINDS.items() if head.startswith(magic))


def decompressor(kind: str) -> "Decompressor":
    match kind:
        case "gzip":
            return Gunzip()
        case "bzip2":
            import bz2

            return bz2.BZ2Decompressor()
        case "xz":
            import lzma

            return lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_MEMORY)
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.ZstdDecompressor()


def inner_name(name: str) -> str:
    """`chats.jsonl` of `chats.jsonl.gz`: what is in a file, by its name."""
    ending = next((one for one in ENDINGS if name.lower().endswith(one)), "")
    return name[: len(name) - len(ending)]
