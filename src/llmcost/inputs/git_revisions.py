"""Two revisions of a git repository, or one and the work tree, by the `git` that is installed.

Names are as git states them: relative to the root of the repository, of any characters.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from llmcost.errors import LlmcostError, UnreadableInput, UsageError
from llmcost.inputs.discovery import HIDDEN, Skipped, as_argument
from llmcost.messages import say

EMPTY_TREES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""The tree without files, which every repository knows, by the length of its hashes."""
LINK, SUBMODULE, FILE = "120000", "160000", "100"
NOT_FILES = {LINK: say("a link"), SUBMODULE: say("a submodule")}
WORK_TREE = ""
"""The hash of what is read from the work tree."""
UNMERGED = "U"
HEAD = "HEAD"
LITERAL = ":(literal)"
EVERYTHING = ":/"
UNTRACKED = ("ls-files", "-z", "--full-name", "--others", "--exclude-standard")
RAW = ("--raw", "-z", "--no-abbrev", "--no-color", "--no-ext-diff", "--ignore-submodules=dirty")
# settings of the user's that would change names
SETTINGS = ("-c", "diff.relative=false")


class RevisionFile(msgspec.Struct, frozen=True):
    """A file of one side, by its hash; WORK_TREE: as it lies there."""

    name: str
    hash: str


class Versions(msgspec.Struct, frozen=True):
    """A file on both sides; None: it is not there. Other names: git says it was renamed."""

    before: RevisionFile | None
    after: RevisionFile | None


class Revisions(msgspec.Struct, frozen=True):
    """`before` and `after` are commits; None: the work tree. `root` of the work tree, if needed."""

    before: str
    after: str | None
    root: str


class ComparedRevisions(msgspec.Struct, frozen=True):
    """All files of both sides, in the order of their names; `skipped`: what is no file, and
    `untracked`: files of the work tree that git does not know, and that are not compared."""

    files: tuple[Versions, ...]
    skipped: tuple[Skipped, ...]
    untracked: tuple[str, ...]


def git(*words: str) -> bytes:
    """What a command of git prints. Raises LlmcostError if there is none, GitError if it fails."""
    try:
        done = subprocess.run(
            ["git", *SETTINGS, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(),
        )
    except FileNotFoundError:
        raise LlmcostError(
            say("git is not installed, or not on the PATH"),
            hint=say("without --git, two files or folders are compared"),
        ) from None
    if done.returncode:
        raise GitError(done.stderr.decode(errors="replace"))
    return done.stdout


class GitError(Exception):
    """What git says when it fails; `str()` is its first line."""

    def __init__(self, said: str) -> None:
        first = next(iter(said.splitlines()), "")
        super().__init__(first.removeprefix("fatal: "))


def environment() -> dict[str, str]:
    """English, and nothing written: not even what git has found out about the work tree."""
    return {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def revisions(text: str) -> Revisions:
    """`main` against the work tree, `a..b`, or `a...b`: b against where it left a.

    Raises UsageError for what looks like an option, UnreadableInput outside of a repository and for
    a revision that is not known.
    """
    if text.startswith("-"):
        raise UsageError(
            say("--git takes a revision, not `{text}`", text=text),
            hint=say("for example --git main, or --git v1..v2"),
        )
    try:
        git("rev-parse", "--git-dir")
    except GitError as error:
        raise UnreadableInput(
            say("git cannot read this folder: {said}", said=str(error)),
            hint=say("run it inside of a repository; without --git, two folders are compared"),
        ) from None
    single = commit(text)
    if single is not None:
        return Revisions(single, None, root_of())
    before, dots, after = text.partition("...") if "..." in text else text.partition("..")
    if not dots:
        return Revisions(known(text), None, root_of())
    first, last = known(before or HEAD), known(after or HEAD)
    return Revisions(fork(first, last, text) if dots == "..." else first, last, "")


def commit(text: str) -> str | None:
    """The hash of a commit; None for what is none."""
    try:
        found = git("rev-parse", "--verify", "--quiet", f"{text}^{{commit}}").decode().strip()
    except GitError:
        return None
    return found if found.isalnum() else None  # `^main` is a range, and no revision


def known(text: str) -> str:
    """The hash of a commit, or of nothing before the first one. Raises UnreadableInput."""
    found = None if text.startswith("-") else commit(text)
    if found is not None:
        return found
    if text == HEAD and is_unborn():
        return EMPTY_TREES[len(git("hash-object", "--stdin").decode().strip())]
    shallow = git("rev-parse", "--is-shallow-repository").decode().strip() == "true"
    hint = say("`git log` and `git branch --all` list what there is")
    if shallow:
        hint = say("this is a shallow clone: `git fetch` the revision first")
    raise UnreadableInput(say("git knows no revision `{text}`", text=text), hint=hint)


def is_unborn() -> bool:
    """Whether HEAD is a branch that has no commit yet."""
    try:
        git("symbolic-ref", "--quiet", HEAD)
    except GitError:
        return False
    return True


def fork(first: str, last: str, text: str) -> str:
    """Where two revisions parted. Raises UnreadableInput."""
    try:
        return git("merge-base", first, last).decode().split()[0]
    except GitError:
        raise UnreadableInput(
            say("the revisions of `{text}` have nothing in common", text=text),
            hint=say(
                "two dots compare them all the same; a shallow clone may lack what they share"
            ),
        ) from None


def root_of() -> str:
    """The root of the work tree. Raises UnreadableInput if there is none."""
    try:
        return os.fsdecode(git("rev-parse", "--show-toplevel").rstrip(b"\n"))
    except GitError as error:
        raise UnreadableInput(
            say("there is no work tree to compare with: {said}", said=str(error)),
            hint=say("name two revisions, as --git v1..v2"),
        ) from None


def compared(sides: Revisions, paths: Sequence[str]) -> ComparedRevisions:
    """The files that the paths name on either side, or all; a path is a pattern of git's only where
    nothing has that name. Raises UnreadableInput if there are none, or for a path outside."""
    wanted = [specified(path) for path in paths] or [EVERYTHING]
    empty = EMPTY_TREES[len(sides.before)]
    to = [sides.after] if sides.after is not None else []
    try:
        held = git("diff", *RAW, "--no-renames", empty, sides.before, "--", *wanted)
        moved = git("diff", *RAW, "--find-renames", sides.before, *to, "--", *wanted)
        others = b"" if to else git(*UNTRACKED, "--", *wanted)
    except GitError as error:
        told = str(error).removeprefix(LITERAL)
        raise UnreadableInput(say("git cannot compare: {said}", said=told)) from None
    skipped: dict[str, Skipped] = {}
    files = joined(entries(held, skipped), list(entries(moved, skipped)))
    names = (os.fsdecode(name) for name in others.split(b"\0") if name)
    shown = tuple(shown_files(files, paths, skipped))
    return ComparedRevisions(shown, tuple(skipped.values()), tuple(names))


def joined(held: Iterable[Versions], moved: Sequence[Versions]) -> dict[str, Versions]:
    """By name: all that is held by the one side, and what has moved from there to the other."""
    files = {one.after.name: Versions(one.after, one.after) for one in held if one.after}
    for one in moved:
        if one.before is not None:
            files.pop(one.before.name, None)
    for one in moved:
        side = one.after or one.before
        if side is not None:
            files[side.name] = one
    return files


def specified(path: str) -> str:
    return LITERAL + path if os.path.lexists(path) else path


def shown_files(
    files: dict[str, Versions], paths: Sequence[str], skipped: dict[str, Skipped]
) -> Iterator[Versions]:
    """In the order of their bytes; without hidden ones, unless a path names something hidden."""
    hidden = any(is_hidden(path) for path in paths)
    for name in sorted(files, key=os.fsencode):
        if hidden or not is_hidden(name):
            yield files[name]
        else:
            skipped[name] = Skipped(name, HIDDEN)


def is_hidden(name: str) -> bool:
    return any(part.startswith(".") and part.strip(".") for part in name.split("/"))


def entries(raw: bytes, skipped: dict[str, Skipped]) -> Iterator[Versions]:
    """The records of `git diff --raw -z`; what is no file is on neither side."""
    fields = iter(raw.split(b"\0"))
    for header in fields:
        if not header:
            return
        modes_and_hashes = header.decode().removeprefix(":").split(" ")
        old_mode, new_mode, old_hash, new_hash, letter = modes_and_hashes
        name = os.fsdecode(next(fields))
        new_name = os.fsdecode(next(fields)) if letter[0] in "RC" else name
        if letter[0] == UNMERGED:
            new_mode, new_hash = f"{FILE}644", WORK_TREE  # with the marks of the conflict
        yield Versions(
            file_of(old_mode, old_hash, name, skipped),
            file_of(new_mode, new_hash, new_name, skipped),
        )


def file_of(mode: str, hash: str, name: str, skipped: dict[str, Skipped]) -> RevisionFile | None:
    if mode in NOT_FILES:
        skipped[name] = Skipped(name, NOT_FILES[mode])
    return RevisionFile(name, hash.strip("0") and hash) if mode.startswith(FILE) else None


def path_of(file: RevisionFile, sides: Revisions) -> str:
    """Where a file of the work tree lies, as short as it can be said from here."""
    path = Path(sides.root, file.name)
    here = Path.cwd()
    return as_argument(str(path.relative_to(here) if path.is_relative_to(here) else path))
