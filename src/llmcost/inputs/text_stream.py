"""Files and standard input, decoded block by block; no more than a block is in memory.

Text is data: line ends, NULs and byte order marks stay as they are, since that is what would be
sent. Only a UTF-16 or UTF-32 mark is taken as the statement of an encoding that it is, and bytes
that are GB18030 and no UTF-8 are read as such.
"""

import codecs
import os
import re
import stat
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec

from llmcost.errors import UnreadableInput, UsageError, reason
from llmcost.inputs.compression import LOOK, NEEDS_A_FILE, PeekedFile, Unpacked, inner_name, kind_of
from llmcost.inputs.object_storage import ListedAddress, is_address
from llmcost.messages import Text, say

BLOCK = 1 << 18
_NEAR = 1 << 12
_LINE_END = rb"\n(?=[!-.0-~]|[ \t]+[!-~])"  # the most usual cut of `tokenizers.chunking`
MOST_TEXT = 60
"""Characters of a text that a hint repeats."""
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
UTF8 = "utf-8"
"""The encoding that is read without another one's name. Bytes may show that it is another."""
CHINESE = "gb18030"
MOST_DAMAGED = 50
"""Of so many characters, one may be damaged."""
NO_ASCII = bytes(range(128))
IN_WORD = re.compile(rb"[A-Za-z][\x80-\xff]{1,2}(?=[A-Za-z])")


class Failed(msgspec.Struct, frozen=True):
    """An input, or a folder, that could not be read: the error of it alone."""

    name: str
    message: str
    hint: str = ""

    @property
    def reason(self) -> str:
        """The message without the name that it begins with."""
        said, before = self.message, f"cannot read `{self.name}`: "
        why = said.values.get("why") if isinstance(said, Text) else None
        is_named = said.startswith(before)
        return why if is_named and isinstance(why, str) else said.removeprefix(before)


class TextStream:
    """A named input. Iterate once over its decoded blocks; the figures hold after the last one.

    `bytes` of the text, which is unpacked if it was compressed; `characters` as decoded (one per
    code point); `replaced`: how many sequences of bytes were not text in `encoding` and became
    U+FFFD. `most`: bytes to be read; `is_cut`: there was more, or there may be, in a pipe.
    `stated`: bytes of the file, of one that says so; `taken`: those that were read of it.
    """

    def __init__(self, name: str, encoding: str, most: int | None = None) -> None:
        self.name = str(name)
        self.place = name  # which may be `ListedAddress`
        self.encoding = encoding
        self.named_encoding = encoding
        self.most = most
        self.bytes = 0
        self.characters = 0
        self.replaced = 0
        self.has_mark = False
        self.is_cut = False
        self.stated = 0
        self.taken = 0
        self._kind = ""  # of compression
        self._is_undecided = encoding == UTF8  # as long as all is ASCII

    @property
    def is_guessed(self) -> bool:
        """Whether its bytes, and no name or mark, decided its encoding."""
        return (self.named_encoding, self.encoding) == (UTF8, CHINESE)

    @property
    def expected(self) -> int:
        """Bytes of the text; 0 if unknown, as of what turns out to be compressed."""
        if self._kind:
            return 0
        return self.stated if self.most is None else min(self.stated, self.most)

    @property
    def has_changed(self) -> bool:
        """Whether the file shrank or grew while it was read."""
        return bool(self.stated) and not self.is_cut and self.taken != self.stated

    def open(self) -> AbstractContextManager[BinaryIO]:
        """What is read. Raises OSError."""
        return nullcontext(sys.stdin.buffer) if self.name == STDIN else opened(self.place)

    def __iter__(self) -> Iterator[str]:
        try:
            with self.open() as file:
                yield from self.decode(file)
        except OSError as error:
            raise unreadable(self.name, error) from None
        except UnicodeError as error:  # of codecs that replace nothing, as idna
            raise UnreadableInput(
                say(
                    "cannot read `{name}` as {encoding}: {error}",
                    name=self.name,
                    encoding=self.encoding,
                    error=str(error),
                ),
                hint=say("name another --encoding"),
            ) from None

    def decode(self, file: BinaryIO) -> Iterator[str]:
        blocks = self.blocks(file)
        block = next(blocks, b"")
        if self.encoding == UTF8:
            self.encoding = next((e for mark, e in MARKS if block.startswith(mark)), UTF8)
            self.has_mark = block.startswith(codecs.BOM_UTF8)
            self._is_undecided = self.encoding == UTF8 and not self.has_mark
        elif not any(block.startswith(mark) for mark, e in MARKS if e == self.encoding):
            self.encoding = UNMARKED.get(self.encoding, self.encoding)
        if self.encoding == UTF8:
            blocks = at_lines(chain([block], blocks))
            block = next(blocks, b"")
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        while block:
            self.bytes += len(block)
            decoder = self.decoder_for(block, decoder)
            text = self.decode_block(decoder, block)
            del block  # while the next one is read
            yield self.counted(text)
            del text
            block = next(blocks, b"")
        if self.is_cut:  # at the end of a character
            self.bytes -= len(decoder.getstate()[0])
        else:
            yield self.counted(self.decode_block(decoder, b"", final=True))

    def blocks(self, file: BinaryIO) -> Iterator[bytes]:
        """The bytes of its text: unpacked, and not more than are wanted."""
        ahead = PeekedFile(file)
        source = self.unpacked(ahead)
        left = self.most
        # a small file needs no large block, but one that has grown may begin with a mark
        usual = min(BLOCK, max(LOOK, self.expected + 1)) if self.expected else BLOCK
        while left is None or left > 0:
            size = usual if left is None else min(usual, left)
            block = source.read(size)
            self.taken = ahead.taken
            if block:
                yield block
            if len(block) < size:
                return
            left = None if left is None else left - size
        # who waits for one more byte of a pipe may wait for ever
        self.is_cut = not self.stated or bool(source.read(1))

    def unpacked(self, ahead: PeekedFile) -> PeekedFile | Unpacked:
        self._kind = kind_of(ahead.head)
        if not self._kind:
            return ahead
        ending = Path(inner_name(self.name)).suffix.lower()
        if ending in NEEDS_A_FILE:
            why = say("a {ending} inside of {kind} data", ending=ending, kind=self._kind)
            raise cannot_read(self.name, why, hint=say("unpack it first"))
        return Unpacked(ahead, self._kind)

    def counted(self, text: str) -> str:
        self.characters += len(text)
        return text

    def decoder_for(
        self, block: bytes, decoder: codecs.IncrementalDecoder
    ) -> codecs.IncrementalDecoder:
        """The decoder from here on: the first block that is not all ASCII shows which. Before it,
        both encodings are the same."""
        if not self._is_undecided or block.isascii():
            return decoder
        self._is_undecided = False
        self.encoding = encoding_of(block)
        return codecs.getincrementaldecoder(self.encoding)("strict")

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


def encoding_of(block: bytes) -> str:
    """GB18030 for bytes that are no UTF-8 but valid so, else UTF-8.

    A character cut in two, or a damaged one, makes no other encoding of a text. In Chinese both
    bytes of most characters are beyond ASCII; letters of Latin-1 that pass for Chinese are single
    ones, or stand within a word.
    """
    characters, damaged = trial(block, UTF8)
    if not damaged or characters > damaged:
        return UTF8
    characters, damaged = trial(block, CHINESE)
    beyond_ascii = len(block.translate(None, NO_ASCII))
    is_latin = 2 * beyond_ascii < 3 * characters or 2 * len(IN_WORD.findall(block)) > characters
    return CHINESE if characters > damaged * MOST_DAMAGED and not is_latin else UTF8


def trial(block: bytes, encoding: str) -> tuple[int, int]:
    """How many characters beyond ASCII a block has in an encoding, and how many bad sequences; the
    beginning of a character at its end is none."""
    replaced: list[int] = []
    text = codecs.getincrementaldecoder(encoding)(register(replaced)).decode(block)
    return len(text) - len(text.encode("ascii", "ignore")) - len(replaced), len(replaced)


class SuppliedText(TextStream):
    """A text that a program supplies, read as standard input that is UTF-8 would be."""

    def __init__(self, text: str) -> None:
        super().__init__(STDIN, "utf-8")
        self._text = text

    def open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(BytesIO(self._text.encode(errors="surrogatepass")))


def at_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes; a full block ends where a line does, if there is a good place near its end:
    what begins and ends with a line need not be put together and cut again."""
    held = b""
    for block in blocks:
        end = _end_of_line(block) if len(block) >= BLOCK else len(block)
        yield b"".join((held, memoryview(block)[:end]))
        held = block[end:]
    if held:
        yield held


def _end_of_line(block: bytes) -> int:
    """The end of the last line in it that a line with text follows; of the block, if that is not
    near."""
    start = len(block) - _NEAR
    ends = [found.start() + 1 for found in re.compile(_LINE_END).finditer(block, start)]
    return ends[-1] if ends else len(block)


def opened(name: str) -> BinaryIO:
    """A file by its path or its address. Raises OSError, UnreadableInput."""
    if is_address(name):
        from llmcost.inputs.object_storage import open_address

        return open_address(name, stated(name))
    return open(name, "rb")  # noqa: PTH123 - also FIFOs, and names like `-x`


def register(replaced: list[int]) -> str:
    """An error handler that replaces as `replace` does, and notes each place in `replaced`."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        replaced.append(error.start)
        return "\ufffd", error.end

    codecs.register_error("llmcost.replace", handle)
    return "llmcost.replace"


def open_inputs(
    paths: Sequence[str],
    encoding: str = "utf-8",
    *,
    most: int | None = None,
    named: Collection[str] | None = None,
) -> list[TextStream]:
    """The inputs that the paths name, in their order; standard input for `-` or for no path at all.

    `most`: bytes to be read of each. `named`: which of the paths were named, if not all, and not
    found in folders. Raises UsageError if nothing is named and a person sits at the terminal, or if
    `-` is there twice; UnreadableInput for a named path that is missing or a folder, before
    anything is read. What else goes wrong is told when the input is read.
    """
    encoding = known_encoding(encoding)
    names = list(paths) or [STDIN]
    if STDIN in names and sys.stdin is None:  # its file descriptor was closed by the caller
        raise UsageError(say("nothing to read: standard input is closed"), hint=say("name a file"))
    if names.count(STDIN) > 1:
        raise UsageError(say("standard input can be read once: `-` is there twice"))
    if not paths and sys.stdin.isatty():
        raise UsageError(say("nothing to read"), hint=say("name a file, or pipe text in"))
    streams = [TextStream(name, encoding, most) for name in names]
    for stream in streams:
        if stream.name != STDIN:
            is_named = (named is None or stream.name in named) and not is_address(stream.name)
            stream.stated = (check_named if is_named else stated)(stream.place)
    return streams


def check_named(name: str) -> int:
    """As `stated`. Raises UnreadableInput for what cannot be meant."""
    try:
        if stat.S_ISDIR(os.stat(name).st_mode):  # noqa: PTH116 - also what Path refuses
            raise UnreadableInput(
                say("`{name}` is a folder", name=name), hint=say("name the files in it")
            )
    except PermissionError:  # other inputs are read before this is told
        return 0
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and os.path.lexists(name):  # a link that leads nowhere
            raise unreadable(name, error) from None
        raise UnreadableInput(
            say("no such file: `{name}`", name=name), hint=of_text(name)
        ) from None
    return stated(name)


def of_text(name: str) -> str:
    """The hint where a name looks like a text, and not like a file; empty for others."""
    if not (" " in name or not name.isascii()) or "/" in name or "." in name[-6:-1]:
        return ""
    import shlex  # only when something went wrong

    text = shlex.quote(name) if len(name) <= MOST_TEXT else "'…'"
    return say("a text is read from standard input: `echo {text} | llmcost estimate`", text=text)


def stated(name: str) -> int:
    """The size in bytes that a file states, 0 for what has none, or is gone."""
    if isinstance(name, ListedAddress):
        return name.size
    try:
        status = os.stat(name)  # noqa: PTH116 - a hundred thousand times
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def known_encoding(name: str) -> str:
    try:
        "a".encode(name)  # refuses what is no text encoding, as base64
        codecs.getincrementaldecoder(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        pass
    raise UsageError(
        say("unknown encoding: `{name}`", name=name),
        hint=say("for example {example}", example="utf-8, gb18030, big5, utf-16"),
    )


def unreadable(name: str, error: OSError) -> UnreadableInput:
    if error.errno:
        return cannot_read(name, reason(error))
    # damaged, and no fault of the system
    return cannot_read(name, reason(error), hint=say("fetch or make it again"))


def cannot_read(name: str, why: str, hint: str = "") -> UnreadableInput:
    return UnreadableInput(say("cannot read `{name}`: {why}", name=name, why=why), hint=hint)


def failed(name: str, error: UnreadableInput) -> Failed:
    return Failed(name, error.message, error.hint)
