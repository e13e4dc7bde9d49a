"""Files as git stores them, through one `git cat-file --batch`, in the memory of a block."""

import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from llmcost.inputs.compression import Damaged, PeekedFile, Unpacked, kind_of
from llmcost.inputs.conversion import ConversionJob
from llmcost.inputs.discovery import HEAD, is_binary
from llmcost.inputs.documents import DocumentStream, ending, is_document
from llmcost.inputs.git_revisions import environment
from llmcost.inputs.text_stream import TextStream, stated, unreadable
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.inputs.compression import ByteSource

PIECE = 1 << 16


class Blob:
    """One file, to be read once. `size` in bytes."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        self._file = file
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        found = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(found)
        if self._left and not found and size:
            raise OSError(say("git has ended before it was read"))
        return found


class Blobs:
    """The files of a repository by their hashes, one at a time; to be used in a `with`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._last: Blob | None = None

    def __enter__(self) -> "Blobs":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()  # processes that count may hold its input open
            self._process.communicate()

    def open(self, hash: str) -> Blob:
        """The next one; what was not read of the last one is gone. Raises OSError."""
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None
        assert told is not None
        if self._last is not None:
            while self._last.read(PIECE):
                pass
            told.read(1)  # the line end behind it
            self._last = None
        asked.write(f"{hash}\n".encode())
        asked.flush()
        header = told.readline().split()
        if len(header) != 3:
            raise OSError(say("git does not have it"))
        self._last = Blob(cast("BinaryIO", told), int(header[2]))
        return self._last


class BlobStream(TextStream):
    """A named file of a revision."""

    def __init__(self, name: str, encoding: str, blobs: Blobs, hash: str) -> None:
        super().__init__(name, encoding)
        self.blobs = blobs
        self.hash = hash

    def open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(cast("BinaryIO", self.blobs.open(self.hash)))


class BlobDocument(DocumentStream):
    """A document of a revision, which is read whole."""

    def __init__(self, name: str, encoding: str, blobs: Blobs, hash: str) -> None:
        super().__init__(name, encoding)
        self.blobs = blobs
        self.hash = hash

    def __iter__(self) -> Iterator[str]:
        try:
            content = self.blobs.open(self.hash).read()
        except OSError as error:
            raise unreadable(self.name, error) from None
        self.bytes = self.taken = len(content)
        yield from self.converted(ConversionJob(self.name, ending(self.name), content))


def blob_stream(name: str, encoding: str, blobs: Blobs, hash: str) -> TextStream | None:
    """A file as what it is; None for one that is no text. Raises UnreadableInput."""
    try:
        blob = blobs.open(hash)
        if is_document(name):
            stream: TextStream = BlobDocument(name, encoding, blobs, hash)
        elif holds_binary(blob):
            return None
        else:
            stream = BlobStream(name, encoding, blobs, hash)
    except OSError as error:
        raise unreadable(name, error) from None
    stream.stated = blob.size
    return stream


def file_stream(path: str, encoding: str) -> TextStream | None:
    """The same for a file of the work tree."""
    if is_document(path):
        stream: TextStream = DocumentStream(path, encoding)
        stream.stated = stated(path)
        return stream
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - as its reader will
            if holds_binary(file):
                return None
    except OSError as error:
        raise unreadable(path, error) from None
    stream = TextStream(path, encoding)
    stream.stated = stated(path)
    return stream


def holds_binary(file: "ByteSource") -> bool:
    """Whether a file, or what is compressed in it, begins as no text does. Raises OSError."""
    ahead = PeekedFile(cast("BinaryIO", file))
    kind = kind_of(ahead.head)
    if not kind:
        return is_binary(ahead.read(HEAD))
    with suppress(Damaged):  # its reader will tell what is wrong
        return is_binary(Unpacked(ahead, kind).read(HEAD))
    return False
