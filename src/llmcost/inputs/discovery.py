"""Paths and addresses of the command line as files: folders and patterns, without files of no text.

Names stay as the system has them, also those that are not Unicode (surrogateescape).

Addresses are listed folder by folder. What is held is the listing of one folder and of those above
it; object stores have no other way to list a folder.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import msgspec

from llmcost.errors import UnreadableInput, install, reason
from llmcost.inputs.compression import (
    NEEDS_A_FILE,
    Damaged,
    PeekedFile,
    Unpacked,
    inner_name,
    kind_of,
)
from llmcost.inputs.object_storage import (
    KEPT,
    SMALL,
    ListedAddress,
    is_address,
    located,
    side_by_side,
    told_as_os_error,
    version_of,
    whole,
)
from llmcost.inputs.patterns import MAGIC, REPOSITORY, Glob, Rules, rules_above, rules_of, split
from llmcost.inputs.text_stream import (
    MARKS,
    STDIN,
    UNMARKED,
    Failed,
    TextStream,
    cannot_read,
    failed,
    unreadable,
)
from llmcost.messages import say

HEAD = 8192
IGNORED = say("ignored by .gitignore")
HIDDEN = say("hidden")
BINARY = say("binary")
SPECIAL = say("not a plain file")
LEAVES = say("a link that leaves the folder")
FOLDER_LINK = say("a link to a folder")
NOWHERE = say("a link that leads nowhere")
HINT = say("`**` stands for any folders; hidden, ignored and binary files are passed over")


class Skipped(msgspec.Struct, frozen=True):
    """What was met on the way and not taken; a folder stands for all that is in it."""

    path: str
    reason: str


class DiscoveredFiles(msgspec.Struct, frozen=True):
    """`failed`: folders that could not be listed, and files in them that could not be opened."""

    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[Failed, ...] = ()


class Folder(msgspec.Struct, frozen=True):
    """A folder to be listed: its path as shown, its place in the pattern, the rules above it."""

    path: str
    real: str
    places: frozenset[int]
    rules: Rules | None


One = str | Skipped | Failed
"""What a walk meets."""


def expand(
    paths: Sequence[str], *, hidden: bool = False, keep: Collection[str] = ()
) -> DiscoveredFiles:
    """The files that the paths name, in their order: a folder's by the bytes of their paths.

    A file stays itself, whatever it holds, and so do `-` and what does not exist. A pattern is one
    only where nothing has that name. `hidden`: with names that start with a dot. `keep`: endings
    (`.pdf`) of binary files that folders give all the same. Raises UnreadableInput for a pattern
    that matches nothing.
    """
    files: list[str] = []
    skipped: list[Skipped] = []
    unread: list[Failed] = []
    for path in paths:
        for one in expand_one(path, hidden, tuple(keep)):
            if isinstance(one, str):
                files.append(one)
            elif isinstance(one, Failed):
                unread.append(one)
            else:
                skipped.append(one)
    return DiscoveredFiles(tuple(files), tuple(skipped), tuple(unread))


def expand_one(
    path: str, hidden: bool, keep: tuple[str, ...], *, looks: bool = True
) -> Iterator[One]:
    """What one path gives, file by file as it is found. `looks`: into files at addresses, too, so
    that binary ones are passed over."""
    if is_address(path):
        yield from expand_address(path, keep, looks=looks)
    elif os.path.isdir(path):  # noqa: PTH112 - also of names that Path refuses
        yield from Walk(path, Glob(), hidden, keep)
    elif path == STDIN or os.path.lexists(path) or not MAGIC.search(path):
        yield path
    else:
        yield from matching(path, hidden, keep)


def matching(path: str, hidden: bool, keep: tuple[str, ...]) -> Iterator[One]:
    base, glob = split(path)
    matched = False
    if os.path.isdir(base or "."):  # noqa: PTH112
        for one in Walk(base, glob, hidden, keep):
            matched = matched or not isinstance(one, Skipped)
            yield one
    if not matched:
        raise UnreadableInput(say("no file matches `{path}`", path=path), hint=HINT)


class Walk:
    """A folder of the command line with all below it that the pattern lets through. Iterate it."""

    def __init__(self, path: str, glob: Glob, hidden: bool, keep: tuple[str, ...]) -> None:
        self.path = path
        self.root = below(real(path), "")
        self.glob = glob
        self.hidden = hidden
        self.keep = keep

    def __iter__(self) -> Iterator[One]:
        top = Folder(self.path, self.root, self.glob.start, rules_above(real(self.path)))
        waiting = [self.children(top)]
        while waiting:  # not by recursion: folders nest deeper than calls may
            one = next(waiting[-1], None)
            if one is None:
                waiting.pop()
            elif isinstance(one, Folder):
                waiting.append(self.children(one))
            else:
                yield one

    def children(self, folder: Folder) -> Iterator[One | Folder]:
        try:
            entries = listed(folder)
        except OSError as error:
            yield failed(folder.path, unreadable(folder.path, error))
            return
        rules = rules_of(folder.real, folder.rules)
        for entry in entries:
            if entry.name == REPOSITORY:
                continue
            one = self.judge(entry, folder, rules)
            if one is not None:
                yield one

    def judge(
        self, entry: os.DirEntry[str], folder: Folder, rules: Rules | None
    ) -> One | Folder | None:
        """What an entry is to this walk; None if the pattern does not ask for it."""
        path = below(folder.path, entry.name)
        is_folder = entry.is_dir(follow_symlinks=False)
        places = self.glob.after(folder.places, entry.name, self.hidden)
        if not self.wanted(places, is_folder):
            places = self.glob.after(folder.places, entry.name, hidden=True)
            return Skipped(path, HIDDEN) if self.wanted(places, is_folder) else None
        if rules is not None and rules.ignore(folder.real + entry.name, is_folder):
            return Skipped(path, IGNORED)
        if is_folder:
            return Folder(path, f"{folder.real}{entry.name}/", places, rules)
        try:
            reason = self.reason_against(entry, path)
        except OSError as error:
            return failed(path, unreadable(path, error))
        return Skipped(path, reason) if reason else as_argument(path)

    def wanted(self, places: frozenset[int], is_folder: bool) -> bool:
        return bool(places) if is_folder else self.glob.complete(places)

    def reason_against(self, entry: os.DirEntry[str], path: str) -> str:
        """Why a file is not taken; empty if it is. Raises OSError."""
        if entry.is_symlink():
            reason = self.reason_against_link(path)
            if reason:
                return reason
        if not entry.is_file():
            return SPECIAL
        head = head_of(path)
        if kind_of(head):
            return self.reason_against_packed(path)
        return BINARY if is_binary(head) and not path.lower().endswith(self.keep) else ""

    def reason_against_packed(self, path: str) -> str:
        if inner_name(path.lower()).endswith(NEEDS_A_FILE):
            return BINARY
        with suppress(Damaged), open(path, "rb") as file:  # noqa: PTH123 - as head_of
            ahead = PeekedFile(file)
            return BINARY if is_binary(Unpacked(ahead, kind_of(ahead.head)).read(HEAD)) else ""
        return ""  # its reader will tell what is wrong

    def reason_against_link(self, path: str) -> str:
        if not os.path.exists(path):  # noqa: PTH110
            return NOWHERE
        if os.path.isdir(path):  # noqa: PTH112
            return FOLDER_LINK
        return "" if real(path).startswith(self.root) else LEAVES


def listed(folder: Folder) -> list[os.DirEntry[str]]:
    """What is in it, in the order of whole paths by their bytes. Raises OSError."""
    with os.scandir(folder.path or ".") as entries:
        return sorted(entries, key=in_bytes)


def in_bytes(entry: os.DirEntry[str]) -> bytes:
    name = os.fsencode(entry.name)
    return name + b"/" if entry.is_dir(follow_symlinks=False) else name


def head_of(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a hundred thousand times
        return file.read(HEAD)


def check_text(stream: TextStream) -> None:
    """Raises UnreadableInput for a file that was named and holds no text, by its first bytes. What
    is no plain file, or cannot be read, is not looked at."""
    is_wide = stream.encoding.startswith(tuple(UNMARKED))
    if not stream.stated or is_wide or is_address(stream.name):
        return
    with suppress(OSError):
        head = head_of(stream.name)
        if is_binary(head) and not kind_of(head):
            raise cannot_read(stream.name, say("it is a binary file"), hint=other_way(stream.name))


def other_way(name: str) -> str:
    """What to do with a binary file."""
    if name.lower().endswith(".parquet"):
        has_reader = find_spec("pyarrow") is not None
        return say("--column names a column of it") if has_reader else install("parquet")
    return say("convert it to text, or count its raw bytes: `cat FILE | llmcost …`")


def is_binary(head: bytes) -> bool:
    """A NUL gives it away, unless a mark says that the text is UTF-16 or UTF-32."""
    return b"\0" in head and not any(head.startswith(mark) for mark, _ in MARKS)


def real(path: str) -> str:
    return Path(os.path.realpath(path or ".")).as_posix()


def below(folder: str, name: str) -> str:
    return f"{folder}{name}" if not folder or folder.endswith("/") else f"{folder}/{name}"


def as_argument(path: str) -> str:
    return "./-" if path == STDIN else path


OneAddress = ListedAddress | Skipped | Failed


def expand_address(
    address: str, keep: tuple[str, ...], *, looks: bool = True
) -> Iterator[OneAddress]:
    """The files that an address names, in the order of their names. `looks`: into each file of a
    folder, so that binary ones are passed over, but for those with an ending to `keep`.

    Raises UnreadableInput for what is not there, or cannot be listed.
    """
    scheme, _, rest = address.partition("://")
    base, glob = split(rest) if MAGIC.search(rest) else (rest, Glob())
    fs, root = located(f"{scheme}://{base}")
    if not glob.parts:
        info = info_of(fs, root, address)
        if info["type"] != "directory":
            yield ListedAddress(address, info.get("size") or 0, version_of(info))
            return
    is_empty = True
    for one in Bucket(fs, root, glob, keep, looks=looks):
        if isinstance(one, Failed) and one.name == fs.unstrip_protocol(root):
            raise UnreadableInput(one.message, hint=one.hint)
        is_empty = is_empty and isinstance(one, Skipped)
        yield one
    if is_empty and glob.parts:
        raise UnreadableInput(say("no file matches `{path}`", path=address), hint=HINT)


def info_of(fs: Any, path: str, address: str) -> dict[str, Any]:
    try:
        with told_as_os_error():
            return dict(fs.info(path))
    except FileNotFoundError:
        why = say("no such file, folder or bucket: `{name}`", name=address)
        raise UnreadableInput(why) from None
    except OSError as error:
        raise cannot_read(address, reason(error)) from None


class Bucket:
    """A folder at an address with all below it that the pattern lets through. Iterate it."""

    def __init__(
        self, fs: Any, root: str, glob: Glob, keep: tuple[str, ...], *, looks: bool
    ) -> None:
        self.fs = fs
        self.root = root
        self.glob = glob
        self.keep = keep
        self.looks = looks
        self.room = KEPT  # bytes that may still be kept

    def __iter__(self) -> Iterator[OneAddress]:
        waiting = [self.children(self.root, self.glob.start)]
        while waiting:  # not by recursion: folders nest deeper than calls may
            one = next(waiting[-1], None)
            if one is None:
                waiting.pop()
            elif isinstance(one, tuple):
                waiting.append(self.children(*one))
            else:
                yield one

    def children(
        self, folder: str, places: frozenset[int]
    ) -> Iterator[OneAddress | tuple[str, frozenset[int]]]:
        try:
            with told_as_os_error():
                entries = self.fs.ls(folder, detail=True)
        except OSError as error:
            name = self.fs.unstrip_protocol(folder)
            yield failed(name, cannot_read(name, reason(error)))
            return
        entries.sort(key=sorted_as)
        is_mark = folder.strip("/")  # an object that says that the folder is there
        entries = [one for one in entries if one["name"].strip("/") != is_mark]
        looked = side_by_side(
            self.beginning, (one for one in entries if self.looks_into(one, places))
        )
        for entry in entries:
            yield from self.judged(entry, places, looked)

    def looks_into(self, entry: dict[str, Any], places: frozenset[int]) -> bool:
        """Whether the beginning of a file decides what it is to this walk."""
        if not self.looks or not entry.get("size") or entry["type"] == "directory":
            return False
        name = str(entry["name"]).rpartition("/")[2]
        return self.glob.complete(self.glob.after(places, name, hidden=False))

    def beginning(self, entry: dict[str, Any]) -> bytes | OSError:
        """The first bytes of a file; all of a small one, where there is room to keep it."""
        size = int(entry["size"])
        is_kept = size <= min(SMALL, self.room)
        try:
            if is_kept:
                return whole(self.fs, entry["name"], size)
            with told_as_os_error():
                return cast(bytes, self.fs.cat_file(entry["name"], start=0, end=min(size, HEAD)))
        except OSError as error:
            return error

    def judged(
        self,
        entry: dict[str, Any],
        places: frozenset[int],
        looked: Iterator[bytes | OSError],
    ) -> Iterator[OneAddress | tuple[str, frozenset[int]]]:
        """What an entry is to this walk; nothing if the pattern does not ask for it."""
        path = str(entry["name"])
        name = path.rstrip("/").rpartition("/")[2]
        is_folder = entry["type"] == "directory"
        shown = self.glob.after(places, name, hidden=False)
        if is_folder and shown:
            yield path, shown
        elif not is_folder and self.glob.complete(shown):
            beginning = next(looked) if self.looks_into(entry, places) else b""
            yield self.judged_file(path, entry, beginning)
        elif name.startswith(".") and self.is_wanted(places, name, is_folder):
            yield Skipped(self.fs.unstrip_protocol(path), HIDDEN)

    def is_wanted(self, places: frozenset[int], name: str, is_folder: bool) -> bool:
        behind = self.glob.after(places, name, hidden=True)
        return bool(behind) if is_folder else self.glob.complete(behind)

    def judged_file(
        self, path: str, entry: dict[str, Any], beginning: bytes | OSError
    ) -> OneAddress:
        """`beginning`: empty if nothing was looked at."""
        address = str(self.fs.unstrip_protocol(path))
        size = entry.get("size") or 0
        if isinstance(beginning, OSError):
            return failed(address, cannot_read(address, reason(beginning)))
        head = beginning[:HEAD]
        if is_binary(head) and not kind_of(head) and not path.lower().endswith(self.keep):
            return Skipped(address, BINARY)
        found = ListedAddress(address, size, version_of(entry))
        if 0 < len(beginning) == size <= self.room:
            found.content = beginning
            self.room -= size
        return found


def sorted_as(entry: dict[str, Any]) -> bytes:
    """In the order of whole paths by their bytes."""
    name = str(entry["name"]).rstrip("/").encode(errors="surrogateescape")
    return name + b"/" if entry["type"] == "directory" else name
