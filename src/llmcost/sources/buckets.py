"""Addresses of the command line as files: folders and patterns, listed folder by folder.

What is held is the listing of one folder and of those above it; object stores have no other way to
say what is in one.
"""

from collections.abc import Iterator
from typing import Any

from llmcost.errors import UnreadableInput, reason
from llmcost.messages import say
from llmcost.sources.addresses import Listed, located, told_as_os_error, version_of
from llmcost.sources.globs import MAGIC, Glob, split
from llmcost.sources.packed import kind_of
from llmcost.sources.read import Failed, cannot_read, failed
from llmcost.sources.walk import BINARY, HEAD, HIDDEN, HINT, Skipped, is_binary

One = Listed | Skipped | Failed


def expand_address(address: str, keep: tuple[str, ...], *, looks: bool = True) -> Iterator[One]:
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
            yield Listed(address, info.get("size") or 0, version_of(info))
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

    def __iter__(self) -> Iterator[One]:
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
    ) -> Iterator[One | tuple[str, frozenset[int]]]:
        try:
            with told_as_os_error():
                entries = self.fs.ls(folder, detail=True)
        except OSError as error:
            name = self.fs.unstrip_protocol(folder)
            yield failed(name, cannot_read(name, reason(error)))
            return
        for entry in sorted(entries, key=sorted_as):
            if entry["name"].strip("/") != folder.strip("/"):  # a mark that the folder is there
                yield from self.judged(entry, places)

    def judged(
        self, entry: dict[str, Any], places: frozenset[int]
    ) -> Iterator[One | tuple[str, frozenset[int]]]:
        """What an entry is to this walk; nothing if the pattern does not ask for it."""
        path = str(entry["name"])
        name = path.rstrip("/").rpartition("/")[2]
        is_folder = entry["type"] == "directory"
        shown = self.glob.after(places, name, hidden=False)
        if is_folder and shown:
            yield path, shown
        elif not is_folder and self.glob.complete(shown):
            yield self.judged_file(path, entry)
        elif name.startswith(".") and self.is_wanted(places, name, is_folder):
            yield Skipped(self.fs.unstrip_protocol(path), HIDDEN)

    def is_wanted(self, places: frozenset[int], name: str, is_folder: bool) -> bool:
        behind = self.glob.after(places, name, hidden=True)
        return bool(behind) if is_folder else self.glob.complete(behind)

    def judged_file(self, path: str, entry: dict[str, Any]) -> One:
        address = str(self.fs.unstrip_protocol(path))
        size = entry.get("size") or 0
        if self.looks and size:
            try:
                with told_as_os_error():
                    head = self.fs.cat_file(path, start=0, end=min(size, HEAD))
            except OSError as error:
                return failed(address, cannot_read(address, reason(error)))
            if is_binary(head) and not kind_of(head) and not path.lower().endswith(self.keep):
                return Skipped(address, BINARY)
        return Listed(address, size, version_of(entry))


def sorted_as(entry: dict[str, Any]) -> bytes:
    """In the order of whole paths by their bytes."""
    name = str(entry["name"]).rstrip("/").encode(errors="surrogateescape")
    return name + b"/" if entry["type"] == "directory" else name
