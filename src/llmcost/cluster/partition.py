"""Cut a listing for a cluster: parts of large files, groups of small ones, and where a part begins.

Where a part truly begins is found by the worker that counts it, so that nothing is read before. A
border depends on the bytes around it and on nothing else: the worker that counts up to it and the
one that counts from it find the same, each by itself. So each byte is in one part, and nothing is
counted otherwise than in the whole.
"""

import codecs
import os
import re
from collections.abc import Callable, Iterable, Iterator
from math import ceil
from types import TracebackType
from typing import BinaryIO, NamedTuple, cast

import msgspec

from llmcost.errors import UnreadableInput, reason
from llmcost.inputs.object_storage import (
    BLOCK,
    is_address,
    located,
    open_address,
    told_as_os_error,
    version_of,
)
from llmcost.inputs.text_stream import cannot_read
from llmcost.messages import say
from llmcost.tokenizers.chunking import first_place

SIZES = ((1_000, 64_000_000), (10_000, 128_000_000), (0, 256_000_000))
"""Bytes of a part, up to so many pieces: a small corpus is for all workers, and of a large one the
scheduler has few pieces to keep."""
SHARE = 4
"""A group of files has so much less bytes than a part: each of them takes a request of its own."""
GROUP = 256  # files
SLACK = 1.5  # times a part: a file that is no longer is not cut


class ListedFile(msgspec.Struct, frozen=True):
    """A file of a listing, by its number in it: its name as shown, the path or address at which
    workers find it, and by what it is known to be the same. `is_named`: by the user, so it is text
    whatever it holds."""

    number: int
    name: str
    path: str
    size: int
    version: str = ""
    is_named: bool = False


class FilePart(msgspec.Struct, frozen=True):
    """The bytes of a file from `start` to `end`, each to be moved to the next place for a cut. Of a
    file that is cut, every part but the last has `step` bytes."""

    file: ListedFile
    start: int
    end: int
    step: int

    @property
    def is_whole(self) -> bool:
        return self.start == 0 and self.end == self.file.size


class TaskPiece(msgspec.Struct, frozen=True):
    """What one task counts."""

    parts: tuple[FilePart, ...]

    @property
    def bytes(self) -> int:
        return sum(part.end - part.start for part in self.parts)


def step_for(pieces: int) -> int:
    """Bytes of a part, after so many pieces."""
    return next(size for most, size in SIZES if not most or pieces < most)


def planned(
    files: Iterable[ListedFile], can_be_cut: Callable[[ListedFile], bool]
) -> Iterator[TaskPiece]:
    """Pieces as their files come. `can_be_cut`: as far as a name tells."""
    group: list[FilePart] = []
    pieces = held = 0
    for file in files:
        step = step_for(pieces)
        if file.size > SLACK * step and can_be_cut(file):
            for part in cut(file, step):
                yield TaskPiece((part,))
                pieces += 1
            continue
        group.append(FilePart(file, 0, file.size, step))
        held += file.size
        if held >= step // SHARE or len(group) == GROUP:
            yield TaskPiece(tuple(group))
            pieces += 1
            group, held = [], 0
    if group:
        yield TaskPiece(tuple(group))


def cut(file: ListedFile, step: int) -> Iterator[FilePart]:
    for start in range(0, file.size, step):
        yield FilePart(file, start, min(start + step, file.size), step)


def parts_of(file: ListedFile, step: int, is_cut: bool) -> int:
    return ceil(file.size / step) if is_cut else 1


Between = Callable[[int, int], bytes]
"""The bytes of a file from the first of these places up to the second, or up to its end."""

BACK = 8  # bytes before a place that tell where a character begins, and what it is
STEPS = (1 << 12, 1 << 16, 1 << 20)
"""Bytes behind a place in which a border is looked for, before the part is joined to the one
before."""
LINE_STEPS = (1 << 16, 1 << 20, 1 << 24)
# Encodings in which this byte is a line's end, whatever stands before it.
NEWLINE = b"\n"
LINE_SAFE = re.compile(
    r"ascii|iso8859-\d+|cp125\d|koi8-[rut]|mac-\w+|gb2312|gbk|gb18030|big5(hkscs)?|shift_jis|cp932"
    r"|cp949|cp950|euc_(jp|kr)"
)
UTF8 = "utf-8"


class Border(NamedTuple):
    """A place in bytes, and the character before it."""

    at: int
    before: str = ""


Find = Callable[[Between, int, int], Border | None]
"""The border of a place, which may be looked for in so many bytes; None if there is none."""


def can_be_cut(encoding: str) -> bool:
    """Whether a border can be found without all that is before it."""
    return encoding == UTF8 or LINE_SAFE.fullmatch(encoding) is not None


def within(find: Find, between: Between, part: tuple[int, int], size: int, step: int) -> range:
    """The bytes of a part from its border to the next one that there is; none if it has no border,
    and so belongs to the part before."""
    start, end = part
    first = border(find, between, start, size, step)
    if first is None:
        return range(0)
    while (last := border(find, between, min(end, size), size, step)) is None:
        end += step
    return range(first.at, last.at)


def border(find: Find, between: Between, at: int, size: int, step: int) -> Border | None:
    """No border is farther away than the next place for one, so that they keep their order."""
    return Border(at) if at in (0, size) else find(between, at, step)


def line_border(between: Between, at: int, most: int) -> Border | None:
    """Before the first line that starts at this place or behind."""
    for step in LINE_STEPS:
        window = min(step, most)
        found = between(at - 1, at - 1 + window).find(NEWLINE)
        if found >= 0:
            return Border(at + found, "\n")
        if window < step:
            break
    return None


def text_border(encoding: str) -> Find:
    """Where no tokenizer could tell that a text was cut; see `tokenizers.chunking`."""

    def find(between: Between, at: int, most: int) -> Border | None:
        for step in STEPS:
            window = min(step, most)
            data = between(max(0, at - BACK), at + window)
            found = place_in(data, min(at, BACK), encoding)
            if found is not None:
                return Border(max(0, at - BACK) + found.at, found.before)
            if window < step:
                break
        return None

    return find


def place_in(data: bytes, at: int, encoding: str) -> Border | None:
    """The first place of a window, at or behind one of its bytes."""
    if encoding == UTF8:
        return utf8_place(data, at)
    newline = data.find(NEWLINE, at - 1)
    while newline >= 0:
        rest = codecs.getincrementaldecoder(encoding)("replace").decode(data[newline:])
        if first_place(rest[: 1 << 12], 1) == 1:
            return Border(newline + 1, "\n")
        newline = data.find(NEWLINE, newline + 1)
    return None


def utf8_place(data: bytes, at: int) -> Border | None:
    first, start = next_character(data, 0), next_character(data, at)
    # of what is no text, each byte becomes one character, and can be counted
    before = data[first:start].decode(UTF8, "surrogateescape")
    behind = codecs.getincrementaldecoder(UTF8)("surrogateescape").decode(data[start:])
    text = before + behind
    place = first_place(text, len(before))
    if not place:
        return None
    return Border(first + len(text[:place].encode(UTF8, "surrogateescape")), text[place - 1])


def next_character(data: bytes, at: int) -> int:
    """The first byte from here on that no character of UTF-8 has inside."""
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


def listed(path: str) -> tuple[int, str]:
    """The size of a file of this machine, and by what it is known again. Raises OSError."""
    status = os.stat(path)  # noqa: PTH116 - names that Path refuses, and very many
    return status.st_size, str(status.st_mtime_ns)


def opened(file: ListedFile) -> BinaryIO:
    """Raises OSError, UnreadableInput."""
    if is_address(file.path):
        return open_address(file.path, file.size)
    return open(file.path, "rb")  # noqa: PTH123


class Ranges:
    """Parts of a file that was listed, fetched as they are asked for; to be used in a `with`."""

    def __init__(self, file: ListedFile) -> None:
        self.file = file
        if is_address(file.path):
            self._fs, self._path = located(file.path)
            self._here: BinaryIO | None = None
        else:
            self._here = open(file.path, "rb")  # noqa: PTH123, SIM115

    def __enter__(self) -> "Ranges":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._here is not None:
            self._here.close()

    def check(self) -> None:
        """Raises UnreadableInput if the file is another one than was listed: its parts would not
        fit."""
        size, version = self._now()
        if size != self.file.size or version != self.file.version:
            why = say("it changed since it was listed, and is counted in parts")
            raise cannot_read(self.file.name, why, hint=say("run it again when nobody writes it"))

    def _now(self) -> tuple[int, str]:
        if self._here is not None:
            return listed(self.file.path)
        with told_as_os_error():
            info = self._fs.info(self._path)
        return info.get("size") or 0, version_of(info)

    def between(self, start: int, end: int) -> bytes:
        """Raises OSError."""
        end = min(end, self.file.size)
        if end <= start:
            return b""
        if self._here is not None:
            self._here.seek(start)
            return self._here.read(end - start)
        with told_as_os_error():
            return cast(bytes, self._fs.cat_file(self._path, start=start, end=end))

    def blocks(self, places: range) -> Iterator[bytes]:
        """Raises OSError, UnreadableInput."""
        for start in range(places.start, places.stop, BLOCK):
            end = min(start + BLOCK, places.stop)
            block = self.between(start, end)
            if len(block) != end - start:
                raise self.shrunk()
            yield block

    def shrunk(self) -> UnreadableInput:
        return cannot_read(self.file.name, say("it became shorter while it was read"))


def unread(file: ListedFile, error: OSError) -> UnreadableInput:
    return cannot_read(file.name, reason(error))
