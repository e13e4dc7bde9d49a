"""The files to compare, found and counted: of two paths, or of revisions and the work tree."""

import filecmp
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from llmcost.commands.diff.compute import FileStatus, Pair
from llmcost.errors import UnreadableInput, UsageError
from llmcost.inputs.discovery import BINARY, Skipped
from llmcost.inputs.text_stream import STDIN, Failed, TextStream, failed
from llmcost.messages import joined, say, visible
from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import Input
from llmcost.render.text import few
from llmcost.runtime.count_inputs import (
    Asked,
    InputReader,
    Known,
    Opened,
    Read,
    opened,
    skipped_notes,
    ways_of,
)
from llmcost.runtime.open_inputs import MOST_NAMED, check_any, reading_notes, running

if TYPE_CHECKING:
    from llmcost.inputs.git_blobs import Blobs
    from llmcost.inputs.git_revisions import RevisionFile, Revisions, Versions

SHORT = 12
"""Digits of a hash, to tell a version by."""


class Twin(msgspec.Struct, frozen=True):
    """A file in two versions, not read yet; of an unchanged one both are the same stream."""

    status: FileStatus
    name: str
    before: TextStream | None
    after: TextStream | None
    old_name: str = ""


class FoundVersions(msgspec.Struct, frozen=True):
    """The files to compare, and what was met beside them. `sides`: two paths, or two commits; None:
    the work tree."""

    sides: tuple[str | None, str | None]
    twins: Sequence[Twin]
    skipped: Sequence[Skipped] = ()
    unread: Sequence[Failed] = ()
    untracked: Sequence[str] = ()


def untracked_notes(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    named = few(names, MOST_NAMED)
    return [say("not known to git, and so left out (`git add` them): {names}", names=named)]


# two paths


def in_paths(asked: Asked) -> FoundVersions:
    """A folder's files are the same if they lie at the same place in it."""
    if len(asked.paths) != 2:
        raise UsageError(
            say("diff takes an old and a new one, or a revision with --git"),
            hint=say("for example: llmcost diff old.txt new.txt, or llmcost diff --git main"),
        )
    old, new = asked.paths
    if old == new == STDIN:
        raise UsageError(say("standard input can be read once: `-` is there twice"))
    sides = [opened(msgspec.structs.replace(asked, paths=[path])) for path in (old, new)]
    are_folders = [os.path.isdir(path) for path in (old, new)]  # noqa: PTH112 - as the walk does
    if are_folders[0] != are_folders[1]:
        raise UsageError(
            say("two files or two folders, not one of each: `{old}` `{new}`", old=old, new=new)
        )
    if all(are_folders):
        befores, afters = (below(path, one) for path, one in zip((old, new), sides, strict=True))
        names = sorted({*befores, *afters}, key=os.fsencode)
        twins = [twin(name, befores.get(name), afters.get(name)) for name in names]
    else:
        twins = [twin(new, single(old, sides[0]), single(new, sides[1]), old)]
    return FoundVersions(
        (visible(old), visible(new)),
        twins,
        [one for side in sides for one in side.skipped],
        [one for side in sides for one in side.unread],
    )


def below(folder: str, found: Opened) -> Mapping[str, TextStream]:
    start = len(folder) if folder.endswith("/") else len(folder) + 1
    return {one.name[start:]: one for one in found.streams}


def single(path: str, found: Opened) -> TextStream | None:
    """The one file of a path. Raises UsageError for a pattern; None if it could not be opened."""
    names = [one.name for one in found.streams] or [path]
    if names != [path]:
        raise UsageError(
            say("`{path}` is a pattern, and diff takes files or folders", path=path),
            hint=say("name two folders, or a revision with --git"),
        )
    return next(iter(found.streams), None)


def twin(
    name: str, before: TextStream | None, after: TextStream | None, old_name: str = ""
) -> Twin:
    if before is None or after is None:
        return Twin(FileStatus.ADDED if before is None else FileStatus.REMOVED, name, before, after)
    if is_same(before.name, after.name):
        return Twin(FileStatus.UNCHANGED, name, after, after, old_name)
    return Twin(FileStatus.CHANGED, name, before, after, old_name)


def is_same(one: str, other: str) -> bool:
    """Whether two files hold the same bytes; what can be read once only is not looked at."""
    try:
        are_files = os.path.isfile(one) and os.path.isfile(other)  # noqa: PTH113
        return are_files and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


# git


def in_repository(text: str, asked: Asked, blobs: "Blobs") -> FoundVersions:
    from llmcost.inputs.git_revisions import compared, revisions

    sides = revisions(text)
    found = compared(sides, asked.paths)
    if not found.files:
        where = few(asked.paths, MOST_NAMED) or text
        raise UnreadableInput(
            say("there is nothing to compare in {where}", where=where),
            hint=joined([*skipped_notes(found.skipped), *untracked_notes(found.untracked)], "; "),
        )
    opener = Opener(sides, asked.encoding, blobs)
    twins = [one for one in map(opener.twin, found.files) if one is not None]
    skipped = [*found.skipped, *opener.skipped.values()]
    return FoundVersions(
        (sides.before, sides.after), twins, skipped, opener.unread, found.untracked
    )


class Opener:
    """Opens files of both sides; those that hold no text are passed over."""

    def __init__(self, sides: "Revisions", encoding: str, blobs: "Blobs") -> None:
        self.sides = sides
        self.encoding = encoding
        self.blobs = blobs
        self.skipped: dict[str, Skipped] = {}
        self.unread: list[Failed] = []

    def twin(self, one: "Versions") -> Twin | None:
        """None if no side is left, or one cannot be opened."""
        name = name_of(one)
        try:
            after = self.opened(one.after, self.sides.after)
            before = after if is_unchanged(one) else self.opened(one.before, self.sides.before)
        except UnreadableInput as error:
            self.unread.append(failed(name, error))
            return None
        if before is None and after is None:
            return None
        old_name = one.before.name if one.before and one.before.name != name else ""
        return Twin(status_of(before, after, old_name), name, before, after, old_name)

    def opened(self, file: "RevisionFile | None", commit: str | None) -> TextStream | None:
        """None for what is not there, and, told, for what holds no text."""
        if file is None:
            return None
        from llmcost.inputs.git_blobs import blob_stream, file_stream
        from llmcost.inputs.git_revisions import WORK_TREE, path_of

        if file.hash == WORK_TREE:
            stream = file_stream(path_of(file, self.sides), self.encoding)
        else:
            name = f"{(commit or 'index')[:SHORT]}:{file.name}"
            stream = blob_stream(name, self.encoding, self.blobs, file.hash)
        if stream is None:
            self.skipped[file.name] = Skipped(file.name, BINARY)
        return stream


def name_of(one: "Versions") -> str:
    side = one.after or one.before
    return side.name if side else ""


def is_unchanged(one: "Versions") -> bool:
    """Whether both sides are the same bytes, to be read in the same way."""
    before, after = one.before, one.after
    if before is None or after is None or before.hash != after.hash or not after.hash:
        return False
    return before.name == after.name or ending(before.name) == ending(after.name)


def ending(name: str) -> str:
    return os.path.splitext(name)[1]  # noqa: PTH122


def status_of(before: TextStream | None, after: TextStream | None, old_name: str) -> FileStatus:
    if before is None or after is None:
        return FileStatus.ADDED if before is None else FileStatus.REMOVED
    if old_name:
        return FileStatus.RENAMED
    return FileStatus.UNCHANGED if before is after else FileStatus.CHANGED


ENOUGH = 20
"""Files to choose a model by."""


class Versioned(msgspec.Struct, frozen=True):
    """Files counted in both versions, and what is known of the reading."""

    pairs: Sequence[Pair]
    read: Read
    sides: tuple[str | None, str | None]


class RequestedModels(msgspec.Struct, frozen=True):
    """For which models files are counted. `choose`: none was named, and it names them, by what it
    is shown of the files and what their counts are found by."""

    models: Sequence[Model]
    known: Known
    choose: "Choose | None" = None


Choose = Callable[[Sequence[Pair], Callable[[Model], str]], Sequence[Model]]


class ComparedVersions(msgspec.Struct, frozen=True):
    """The answer of `read_versions`, and the models that files were counted for."""

    versions: Versioned
    models: Sequence[Model]


def read_versions(
    revisions: str | None, asked: Asked, wanted: RequestedModels, *, only_changed: bool = False
) -> ComparedVersions:
    """Both versions of all files, counted for every model. `revisions`: the text of --git, with the
    paths as filters; without, the paths are an old one and a new one.

    A file of which one version cannot be read is left out, and told. Raises UnreadableInput if
    there is nothing to compare, UsageError, KeyboardInterrupt.
    """
    with ExitStack() as stack:
        if revisions is None:
            found = in_paths(asked)
        else:
            from llmcost.inputs.git_blobs import Blobs

            found = in_repository(revisions, asked, stack.enter_context(Blobs()))
        if only_changed:
            found = msgspec.structs.replace(found, twins=changed(found.twins))
        return compared(found, asked, wanted)


def changed(twins: Sequence[Twin]) -> list[Twin]:
    return [one for one in twins if one.status is not FileStatus.UNCHANGED]


def compared(found: FoundVersions, asked: Asked, wanted: RequestedModels) -> ComparedVersions:
    """A model is chosen by a few files, since to count for all of them takes its time; two files
    may be pipes, and are read once."""
    models, choose = wanted.models, wanted.choose
    if choose is not None and len(found.twins) > 1:
        few = (changed(found.twins) or found.twins)[:ENOUGH]
        shown = counted(msgspec.structs.replace(found, twins=copied(few)), asked, models, wanted)
        models, choose = choose(shown.pairs, shown.read.key_of), None
    versions = counted(found, asked, models, wanted)
    if choose is not None and versions.pairs:
        models = choose(versions.pairs, versions.read.key_of)
    return ComparedVersions(versions, models)


def copied(twins: Sequence[Twin]) -> list[Twin]:
    """To be read without the others: a stream is read once."""
    return [
        msgspec.structs.replace(one, before=copy(one.before), after=copy(one.after))
        for one in twins
    ]


def counted(
    found: FoundVersions, asked: Asked, models: Sequence[Model], wanted: RequestedModels
) -> Versioned:
    """Every stream once."""
    known = wanted.known
    sides = [side for one in found.twins for side in (one.before, one.after) if side]
    streams = list({id(one): one for one in sides}.values())
    with running(asked.how, streams, partial(ways_of, asked, models, known)) as run:
        reader = InputReader(asked, models, known, run)
        if reader.read_all() is not None:
            raise KeyboardInterrupt  # half of a comparison is none
    unread = [*found.unread, *reader.unread]
    inputs = reader.inputs()
    check_any(unread, len(inputs))
    done = {id(one) for one in (*reader.texts, *reader.files)}
    by_stream = dict(zip((id(one) for one in streams if id(one) in done), inputs, strict=True))
    notes = [
        *reading_notes(reader.texts, reader.files),
        *skipped_notes(found.skipped),
        *untracked_notes(found.untracked),
        *reader.notes(),
    ]
    pairs = list(pairs_of(found.twins, by_stream))
    return Versioned(pairs, Read(inputs, reader.key_of, notes, reader.bad, unread), found.sides)


def pairs_of(twins: Sequence[Twin], by_stream: Mapping[int, Input]) -> Iterator[Pair]:
    """Those of which all could be read that is there."""
    for one in twins:
        if all(side is None or id(side) in by_stream for side in (one.before, one.after)):
            before, after = (
                None if side is None else by_stream[id(side)] for side in (one.before, one.after)
            )
            yield Pair(one.status, visible(one.name), before, after, visible(one.old_name))
