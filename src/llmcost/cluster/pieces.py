"""What a listing is cut into for a cluster: parts of large files, and groups of small ones.

Where a part truly begins is found by the worker that counts it (see `borders`), so that nothing is
read before.
"""

from collections.abc import Callable, Iterable, Iterator
from math import ceil

import msgspec

SIZES = ((1_000, 64_000_000), (10_000, 128_000_000), (0, 256_000_000))
"""Bytes of a part, up to so many pieces: a small corpus is for all workers, and of a large one the
scheduler has few pieces to keep."""
SHARE = 4
"""A group of files has so much less bytes than a part: each of them takes a request of its own."""
GROUP = 256  # files
SLACK = 1.5  # times a part: a file that is no longer is not cut


class File(msgspec.Struct, frozen=True):
    """A file of a listing, by its number in it: its name as shown, the path or address at which
    workers find it, and by what it is known to be the same. `is_named`: by the user, so it is text
    whatever it holds."""

    number: int
    name: str
    path: str
    size: int
    version: str = ""
    is_named: bool = False


class Part(msgspec.Struct, frozen=True):
    """The bytes of a file from `start` to `end`, each to be moved to the next place for a cut. Of a
    file that is cut, every part but the last has `step` bytes."""

    file: File
    start: int
    end: int
    step: int

    @property
    def is_whole(self) -> bool:
        return self.start == 0 and self.end == self.file.size


class Piece(msgspec.Struct, frozen=True):
    """What one task counts."""

    parts: tuple[Part, ...]

    @property
    def bytes(self) -> int:
        return sum(part.end - part.start for part in self.parts)


def step_for(pieces: int) -> int:
    """Bytes of a part, after so many pieces."""
    return next(size for most, size in SIZES if not most or pieces < most)


def planned(files: Iterable[File], can_be_cut: Callable[[File], bool]) -> Iterator[Piece]:
    """Pieces as their files come. `can_be_cut`: as far as a name tells."""
    group: list[Part] = []
    pieces = held = 0
    for file in files:
        step = step_for(pieces)
        if file.size > SLACK * step and can_be_cut(file):
            for part in cut(file, step):
                yield Piece((part,))
                pieces += 1
            continue
        group.append(Part(file, 0, file.size, step))
        held += file.size
        if held >= step // SHARE or len(group) == GROUP:
            yield Piece(tuple(group))
            pieces += 1
            group, held = [], 0
    if group:
        yield Piece(tuple(group))


def cut(file: File, step: int) -> Iterator[Part]:
    for start in range(0, file.size, step):
        yield Part(file, start, min(start + step, file.size), step)


def parts_of(file: File, step: int, is_cut: bool) -> int:
    return ceil(file.size / step) if is_cut else 1
