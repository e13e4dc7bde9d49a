"""Files and standard input, decoded block by block; nothing is held but one block.

Text is data: line ends, NULs and byte order marks stay as they are, since that is what would be
sent. Only a UTF-16 or UTF-32 mark is taken as the statement of an encoding that it is.
"""

import codecs
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from llmcost.errors import UnreadableInput, UsageError

BLOCK = 1 << 20
STDIN = "-"
# UTF-32 first: its little-endian mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a text without a mark is taken for; the incremental codecs refuse to guess.
UNMARKED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}


class TextStream:
    """A named input. Iterate once over its decoded blocks; the figures hold after the last one.

    `bytes` as read, `characters` as decoded (one per code point), `replaced`: how many sequences of
    bytes were not text in `encoding` and became U+FFFD.
    """

    def __init__(self, name: str, encoding: str) -> None:
        self.name = name
        self.encoding = encoding
        self.bytes = 0
        self.characters = 0
        self.replaced = 0
        self.has_mark = False
        self.expected = 0  # bytes, of a file that says so

    def __iter__(self) -> Iterator[str]:
        try:
            if self.name == STDIN:
                yield from self.decode(sys.stdin.buffer)
                return
            with open(self.name, "rb") as file:  # noqa: PTH123 - also FIFOs, and names like `-x`
                yield from self.decode(file)
        except OSError as error:
            raise unreadable(self.name, error) from None
        except UnicodeError as error:  # of codecs that replace nothing, as idna
            raise UnreadableInput(
                f"cannot read `{self.name}` as {self.encoding}: {error}",
                hint="name another --encoding",
            ) from None

    def decode(self, file: BinaryIO) -> Iterator[str]:
        block = read_block(file)
        if self.encoding == "utf-8":
            self.encoding = next((e for mark, e in MARKS if block.startswith(mark)), "utf-8")
            self.has_mark = block.startswith(codecs.BOM_UTF8)
        elif not any(block.startswith(mark) for mark, e in MARKS if e == self.encoding):
            self.encoding = UNMARKED.get(self.encoding, self.encoding)
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        while block:
            self.bytes += len(block)
            yield self.counted(self.decode_block(decoder, block))
            block = read_block(file)
        yield self.counted(self.decode_block(decoder, b"", final=True))

    def counted(self, text: str) -> str:
        self.characters += len(text)
        return text

    def decode_block(
        self, decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False
    ) -> str:
        """The text of a block; what is not text becomes one U+FFFD per bad sequence."""
        before = decoder.getstate()
        try:
            return decoder.decode(block, final)
        except UnicodeDecodeError:
            decoder.setstate(before)
        replaced: list[int] = []
        decoder.errors = register(replaced)
        try:
            return decoder.decode(block, final)
        finally:
            decoder.errors = "strict"
            self.replaced += len(replaced)


def register(replaced: list[int]) -> str:
    """An error handler that replaces as `replace` does, and notes each place in `replaced`."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        replaced.append(error.start)
        return "\ufffd", error.end

    codecs.register_error("llmcost.replace", handle)
    return "llmcost.replace"


def read_block(file: BinaryIO) -> bytes:
    return file.read(BLOCK)


def open_inputs(paths: Sequence[str], encoding: str = "utf-8") -> list[TextStream]:
    """The inputs that the paths name, in their order; standard input for `-` or for no path at all.

    Raises UsageError if nothing is named and a person sits at the terminal, or if `-` is there
    twice; UnreadableInput for a path that is missing or a folder, before anything is read.
    """
    encoding = known_encoding(encoding)
    names = list(paths) or [STDIN]
    if STDIN in names and sys.stdin is None:  # its file descriptor was closed by the caller
        raise UsageError("nothing to read: standard input is closed", hint="name a file")
    if names.count(STDIN) > 1:
        raise UsageError("standard input can be read once: `-` is there twice")
    if not paths and sys.stdin.isatty():
        raise UsageError("nothing to read", hint="name a file, or pipe text in")
    streams = [TextStream(name, encoding) for name in names]
    for stream in streams:
        if stream.name != STDIN:
            stream.expected = check_readable(stream.name)
    return streams


def check_readable(name: str) -> int:
    """The size in bytes that a file states, 0 for what has none."""
    if not os.path.lexists(name):
        raise UnreadableInput(f"no such file: `{name}`")
    try:
        status = Path(name).stat()
    except OSError as error:  # a link that leads nowhere, or through a closed folder
        raise unreadable(name, error) from None
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableInput(f"`{name}` is a folder", hint="name the files in it")
    if not os.access(name, os.R_OK):
        raise UnreadableInput(f"cannot read `{name}`: permission denied")
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def known_encoding(name: str) -> str:
    try:
        "a".encode(name)  # refuses what is no text encoding, as base64
        codecs.getincrementaldecoder(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        pass
    raise UsageError(f"unknown encoding: `{name}`", hint="for example utf-8, gb18030, big5, utf-16")


def unreadable(name: str, error: OSError) -> UnreadableInput:
    return UnreadableInput(f"cannot read `{name}`: {error.strerror or error}")
