"""What is kept of a file that was counted, and by what the file is known again."""

import os
import stat
from hashlib import blake2b
from sys import intern

import msgspec

from llmcost.planning.estimate import Input, Size
from llmcost.pricing.usage import Count
from llmcost.sources.addresses import Listed
from llmcost.sources.counted import Counted
from llmcost.sources.read import STDIN, TextStream

END = 1 << 16
"""Bytes at the beginning and at the end of a file by which it is known."""


class State(msgspec.Struct, frozen=True, array_like=True):
    """By which a file is known to be the same; `ends` is a hash."""

    size: int
    mtime: int  # nanoseconds
    ends: str


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """What a stream tells of how its bytes became text."""

    encoding: str
    replaced: int
    has_mark: bool
    is_cut: bool


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of one file. Counts and sizes are written without the names of their fields; the last number
    of a size says how many requests have it."""

    path: str
    state: State
    reading: Reading
    name: str
    bytes: int
    characters: int
    counts: dict[str, tuple[int, int, int, str, bool]]
    sizes: dict[str, list[tuple[int, int, int, int | None, int]]] = {}
    unknown: dict[str, str] = {}
    requests: int = 1
    bad: tuple[str, ...] = ()


def state_of(name: str) -> State | None:
    """Of a file as it is now; None for what is none, or cannot be read, which its reader tells."""
    if name == STDIN:
        return None
    if isinstance(name, Listed):
        return State(name.size, 0, name.version) if name.version else None
    try:
        status = os.stat(name)  # noqa: PTH116 - a hundred thousand times
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123
            known = blake2b(file.read(END), digest_size=16)
            if status.st_size > END:
                file.seek(max(END, status.st_size - END))
                known.update(file.read(END))
    except OSError:
        return None
    return State(status.st_size, status.st_mtime_ns, known.hexdigest())


def key_of(path: str) -> str:
    """A path as JSON can have it: in one that is no Unicode each byte is a character, behind a NUL,
    which no path holds."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return "\0" + os.fsencode(path).decode("latin-1")
    return str(path)  # JSON has no `Listed`


def entry_of(stream: TextStream, state: State, counted: Counted) -> Entry:
    """What to keep of a stream that was read to its end, and of which `state` was found before."""
    one = counted.input
    return Entry(
        path=key_of(stream.name),
        state=state,
        reading=Reading(stream.encoding, stream.replaced, stream.has_mark, stream.is_cut),
        name=str(one.name),
        bytes=one.bytes,
        characters=one.characters,
        counts={
            key: (count.tokens, count.low, count.high, count.method, count.exact)
            for key, count in one.counts.items()
        },
        sizes={
            key: [(size.tokens, size.low, size.high, size.output, n) for size, n in sizes.items()]
            for key, sizes in one.sizes.items()
        },
        unknown={key: str(said) for key, said in one.unknown.items()},  # JSON has no `Text`
        requests=one.requests,
        bad=tuple(map(str, counted.bad)),
    )


def counted_of(entry: Entry) -> Counted:
    found = Input(
        name=entry.name,
        bytes=entry.bytes,
        characters=entry.characters,
        counts={
            # the same few texts for a hundred thousand files
            key: Count(tokens, low, high, intern(method), exact)
            for key, (tokens, low, high, method, exact) in entry.counts.items()
        },
        sizes={
            key: {Size(tokens, low, high, most): times for tokens, low, high, most, times in sizes}
            for key, sizes in entry.sizes.items()
        },
        unknown=entry.unknown,
        requests=entry.requests,
    )
    return Counted(found, entry.bad)


def restore(stream: TextStream, entry: Entry) -> None:
    """Make a stream tell what it told when it was read."""
    reading = entry.reading
    stream.bytes, stream.characters = entry.bytes, entry.characters
    stream.taken = stream.stated
    stream.encoding, stream.replaced = reading.encoding, reading.replaced
    stream.has_mark, stream.is_cut = reading.has_mark, reading.is_cut
