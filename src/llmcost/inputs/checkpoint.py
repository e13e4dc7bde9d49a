"""`--resume`: counts kept file by file, so that a stopped run goes on.

The first line says what the counts depend on (tokenizers, options, versions); then comes a line for
each finished file, of which the last holds. A line is JSON and a checksum, which is also one of the
first line, so that no figure comes from a damaged line or another run; a damaged one is counted,
and blanked. A file is recognised by its size, its time and a hash of its two ends.
"""

import os
import stat
from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from hashlib import blake2b, sha256
from io import BufferedReader, FileIO
from pathlib import Path
from sys import intern
from typing import TypeVar
from zlib import crc32

import msgspec

from llmcost import __version__
from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.files import lock
from llmcost.inputs.object_storage import ListedAddress
from llmcost.inputs.text_stream import STDIN, TextStream
from llmcost.messages import joined, say, visible
from llmcost.pricing.usage import Count, Counted, Input, Size
from llmcost.tokenizers.registry import Tokenizer, tokenizer
from llmcost.tokenizers.user_files import content_of

END = 1 << 16
"""Bytes at the beginning and at the end of a file by which it is known."""


class FileState(msgspec.Struct, frozen=True, array_like=True):
    """By which a file is known to be the same; `ends` is a hash."""

    size: int
    mtime: int  # nanoseconds
    ends: str


class DecodingReport(msgspec.Struct, frozen=True, array_like=True):
    """What a stream tells of how its bytes became text."""

    encoding: str
    replaced: int
    has_mark: bool
    is_cut: bool


class CheckpointEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of one file. Counts and sizes are written without the names of their fields; the last number
    of a size says how many requests have it."""

    path: str
    state: FileState
    reading: DecodingReport
    name: str
    bytes: int
    characters: int
    counts: dict[str, tuple[int, int, int, str, bool]]
    sizes: dict[str, list[tuple[int, int, int, int | None, int]]] = {}
    unknown: dict[str, str] = {}
    requests: int = 1
    bad: tuple[str, ...] = ()
    remarks: dict[str, int] = {}


def state_of(name: str) -> FileState | None:
    """Of a file as it is now; None for what is none, or cannot be read, which its reader tells."""
    if name == STDIN:
        return None
    if isinstance(name, ListedAddress):
        return FileState(name.size, 0, name.version) if name.version else None
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
    return FileState(status.st_size, status.st_mtime_ns, known.hexdigest())


def key_of(path: str) -> str:
    """A path as JSON can have it: in one that is no Unicode each byte is a character, behind a NUL,
    which no path holds."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return "\0" + os.fsencode(path).decode("latin-1")
    return str(path)  # JSON has no `ListedAddress`


def entry_of(stream: TextStream, state: FileState, counted: Counted) -> CheckpointEntry:
    """What to keep of a stream that was read to its end, and of which `state` was found before."""
    one = counted.input
    return CheckpointEntry(
        path=key_of(stream.name),
        state=state,
        reading=DecodingReport(stream.encoding, stream.replaced, stream.has_mark, stream.is_cut),
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
        remarks=dict(one.remarks),
    )


def counted_of(entry: CheckpointEntry) -> Counted:
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
        remarks=entry.remarks,
    )
    return Counted(found, entry.bad)


def restore(stream: TextStream, entry: CheckpointEntry) -> None:
    """Make a stream tell what it told when it was read."""
    reading = entry.reading
    stream.bytes, stream.characters = entry.bytes, entry.characters
    stream.taken = stream.stated
    stream.encoding, stream.replaced = reading.encoding, reading.replaced
    stream.has_mark, stream.is_cut = reading.has_mark, reading.is_cut


MAGIC = b'{"llmcost_journal":'
VERSION = 2
LONGEST_HEAD = 1 << 20
OTHER = say("name another file with --resume; without this one, all is counted anew")

Line = TypeVar("Line")


class Head(msgspec.Struct, frozen=True):
    llmcost_journal: int
    made_from: Mapping[str, str]


class Key(msgspec.Struct, frozen=True):
    """All of a line that is looked at when a journal is opened."""

    path: str


KEYS = msgspec.json.Decoder(Key)
ENTRIES = msgspec.json.Decoder(CheckpointEntry)


class Journal:
    """An open journal, to be used in a `with`. In memory are the paths, and where their lines are.
    `damaged`: how many lines were, and are blank now.

    `made_from`: what counts depend on, by the name under which a person knows it. Raises UsageError
    for a file that is none of ours or of a run with other values, which is left as it is;
    LlmcostError if another run has it, or it cannot be read and written.
    """

    def __init__(self, path: Path, made_from: Mapping[str, str]) -> None:
        self.path = path
        self.damaged = 0
        self._starts = array("Q")  # of lines
        self._line_of: dict[str, int] = {}
        values = {str(name): made_from[name] for name in sorted(made_from)}
        self._head = sealed(Head(VERSION, values), 0)
        self._seed = crc32(self._head)
        self._end = len(self._head)
        try:
            with ExitStack() as closing:
                self._file = closing.enter_context(opened(path))
                busy = say("another run writes the journal `{path}`", path=path)
                instead = say("name another file with --resume")
                closing.callback(lock(self._file, path, busy, instead))
                self._read_head(values)
                self._read_lines()
                self._closing = closing.pop_all()
        except OSError as error:
            raise unusable(path, error) from None

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def counted(self, stream: TextStream, count: Callable[[], Counted]) -> Counted:
        """What is known of an unchanged file, with its stream as if it had been read; of any other
        one what `count` finds, which is kept unless the file changed meanwhile."""
        state = state_of(stream.place)  # before it is read: what changes later is another file
        if state is None:
            return count()
        known = self.known(stream, state)
        if known is not None:
            return known
        found = count()
        self.keep(stream, state, found)
        return found

    def known(self, stream: TextStream, state: FileState) -> Counted | None:
        """What is known of a file if it is in this state, with its stream as if it had been
        read."""
        entry = self._entry(key_of(stream.name))
        if entry is None or entry.state != state:
            return None
        restore(stream, entry)
        return counted_of(entry)

    def keep(self, stream: TextStream, state: FileState, found: Counted) -> None:
        """Remember what was found in a file that was in this state before it was read, unless it
        changed meanwhile. Raises LlmcostError if there is no room for it."""
        if stream.has_changed:
            return
        entry = entry_of(stream, state, found)
        line = sealed(entry, self._seed)
        try:
            self._write(self._end, line)
        except OSError as error:
            raise LlmcostError(
                say("cannot write the journal `{path}`: {why}", path=self.path, why=reason(error)),
                hint=say("finished work is saved: fix this, and run the same command again"),
            ) from None
        self._line_of[entry.path] = len(self._starts)
        self._starts.append(self._end)
        self._end += len(line)

    def _entry(self, key: str) -> CheckpointEntry | None:
        number = self._line_of.get(key)
        if number is None:
            return None
        stop = self._starts[number + 1] if number + 1 < len(self._starts) else self._end
        try:
            self._file.seek(self._starts[number])
            line = self._file.read(stop - self._starts[number])
        except OSError:  # it is counted anew
            return None
        return unsealed(line, self._seed, ENTRIES)

    def _write(self, start: int, left: bytes) -> None:
        """Whole or not at all, as far as the disk lets us choose."""
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(start)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            with suppress(OSError):
                self._file.truncate(size)
            raise

    def _read_head(self, wanted: Mapping[str, str]) -> None:
        """A damaged one is written anew: lines that are not of this run have other checksums."""
        first, end, _ = self._file.read(LONGEST_HEAD).partition(b"\n")
        first += end
        if first == self._head:
            return
        if first:
            check_head(self.path, first, wanted)
            self.damaged += 1
        self._write(0, self._head)

    def _read_lines(self) -> None:
        damaged: list[tuple[int, int]] = []
        self._file.seek(self._end)
        reader = BufferedReader(self._file, 1 << 20)
        for line in reader:
            key = unsealed(line, self._seed, KEYS)
            if key is not None:
                self._line_of[key.path] = len(self._starts)
            elif line.strip() or not line.endswith(b"\n"):
                damaged.append((self._end, len(line)))
            self._starts.append(self._end)
            self._end += len(line)
        reader.detach()
        for start, length in damaged:
            self._write(start, b" " * (length - 1) + b"\n")
        self.damaged += len(damaged)


def sealed(line: Head | CheckpointEntry, seed: int) -> bytes:
    content = msgspec.json.encode(line)
    return b"%b\t%08x\n" % (content, crc32(content, seed))


def unsealed(line: bytes, seed: int, decoder: msgspec.json.Decoder[Line]) -> Line | None:
    """What a line holds; None if it is damaged."""
    content = line[: -len("\t01234567\n")]
    if line[len(content) :] != b"\t%08x\n" % crc32(content, seed):
        return None
    try:
        return decoder.decode(content)
    except (msgspec.MsgspecError, ValueError):
        return None


def opened(path: Path) -> FileIO:
    if path.exists() and not path.is_file():  # a pipe would wait, a device never end
        raise foreign(path)
    return open(path, "r+b", buffering=0, opener=create)


def create(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o666)


def check_head(path: Path, first: bytes, wanted: Mapping[str, str]) -> None:
    """Raises UsageError for what is no journal, or an undamaged one of a run unlike this one."""
    if not first.startswith(MAGIC):
        raise foreign(path)
    if not first.startswith(MAGIC + b"%d," % VERSION):
        said = say("`{path}` is a journal of another version of llmcost", path=path)
        raise UsageError(said, hint=OTHER)
    head = unsealed(first, 0, msgspec.json.Decoder(Head))
    if head is None:
        return
    found = head.made_from
    differing = [key for key in wanted.keys() | found.keys() if found.get(key) != wanted.get(key)]
    said = say(
        "`{path}` is the journal of a run with other values: {values}",
        path=path,
        values=joined(sorted(differing)),
    )
    raise UsageError(said, hint=OTHER)


def foreign(path: Path) -> UsageError:
    return UsageError(
        say("`{path}` is not a journal of llmcost", path=path),
        hint=say("name a new file with --resume, or one of ours"),
    )


def unusable(path: Path, error: OSError) -> LlmcostError:
    return LlmcostError(
        say("cannot use the journal `{path}`: {why}", path=path, why=reason(error)),
        hint=say("name a file in a folder of yours with --resume"),
    )


PACKAGES = ("mammoth", "markdownify", "pypdf")  # that make the text of documents
RECONSTRUCTION = "ctok"


def made_from(
    names: Sequence[str], known: Mapping[str, Tokenizer], options: Mapping[str, object]
) -> dict[str, str]:
    """Of these tokenizers and options of the reading, by the name that a person knows them by."""
    found: dict[str, str] = {
        say("version of llmcost"): __version__,
        say("tokenizers"): " ".join(sorted(names)),
        **{name: visible("" if value is None else str(value)) for name, value in options.items()},
    }
    packages = list(PACKAGES)
    for name in names:
        one = tokenizer(name, known)
        if one.supply is not None:
            content = content_of(Path(one.supply.path))
            found[say("tokenizer {name}", name=name)] = (
                f"{one.family} {sha256(content).hexdigest()}"
            )
        if one.generation and RECONSTRUCTION not in packages:
            packages.append(RECONSTRUCTION)
    return found | {package: installed(package) for package in packages}


def installed(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # 20 ms

    try:
        return version(package)
    except PackageNotFoundError:
        return ""
