"""Patterns of file names: those of a shell (`src/**/*.py`), and `.gitignore` by git's rules.

Our own, because a walk needs to know of a folder before it enters it. Libraries judge whole paths
of files, and answer otherwise for a folder (`*` with `!*/`); the tests compare with git itself.
"""

import fnmatch
import re
import stat
from functools import cached_property
from pathlib import Path

import msgspec

NAME = ".gitignore"
LARGEST = 10_000_000  # bytes of it
REPOSITORY = ".git"  # a folder, or a file in worktrees and submodules
# Patterns, which `re` compiles when it is asked: few paths are globs.
PIECE = r"""(?sx)
      (?P<folders>(?:^|(?<=/))\*\*+/)
      | (?P<below>(?:^|(?<=/))\*\*+$)
      | (?P<stars>\*+)
      | (?P<one>\?)
      | \[(?P<not>[!^]?)(?P<set>\]?(?:\[:[a-z]*:\]|\\.|[^\]\\])*)\]
      | \\(?P<escaped>.)
      | (?P<broken>[\[\\])
      | (?P<plain>.)"""
MEMBER = r"(?s)\[:([a-z]*):\]|(\\.|[^\\])(?:-(?!\Z)(\\.|[^\\]))?"
CLASSES = {
    **{"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z"},
    **{"space": r" \t-\r", "blank": r" \t", "xdigit": "0-9a-fA-F", "cntrl": r"\0-\x1f\x7f"},
    **{"punct": r"!-/:-@\[-`{-~", "graph": "!-~", "print": " -~"},
}


class Pattern(msgspec.Struct, frozen=True):
    """A line. `whole`: it matches paths, not names only; `again`: what it matches is taken."""

    matches: re.Pattern[str]
    whole: bool
    folders_only: bool
    again: bool


class Rules(msgspec.Struct, frozen=True):
    """The patterns of the folder `base`, a path that ends in `/`; those `above` weigh less."""

    base: str
    patterns: tuple[Pattern, ...]  # the last line first
    above: "Rules | None" = None

    def ignore(self, path: str, folder: bool) -> bool:
        """Whether they leave out this path below `base`. What is inside of it is not asked for."""
        inside, name = path[len(self.base) :], path[path.rfind("/") + 1 :]
        for one in self.patterns:
            if (folder or not one.folders_only) and one.matches.fullmatch(
                inside if one.whole else name
            ):
                return not one.again
        return self.above is not None and self.above.ignore(path, folder)


def rules_above(folder: str) -> Rules | None:
    """Of the folders from the repository's root down to that of the absolute path `folder`.

    Without its own; none outside of a repository, or where they leave out `folder`: who names it
    wants it.
    """
    ways = list(Path(folder).parents)
    root = next((i for i, way in enumerate(ways) if (way / REPOSITORY).exists()), None)
    if root is None or Path(folder, REPOSITORY).exists():
        return None
    rules = None
    for way, below in zip(ways[root::-1], [*ways[:root][::-1], Path(folder)], strict=True):
        rules = rules_of(way.as_posix().rstrip("/") + "/", rules)
        if rules is not None and rules.ignore(below.as_posix(), folder=True):
            return None
    return rules


def rules_of(base: str, above: Rules | None) -> Rules | None:
    """Those that hold in the folder `base`: its own before those above."""
    path = Path(base, NAME)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:  # a pipe would wait
            return above
        content = path.read_bytes()
    except OSError:  # mostly: there is none
        return above
    text = content.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")
    found = tuple(filter(None, map(pattern_of, text.split("\n"))))
    return Rules(base, found[::-1], above) if found else above


def pattern_of(line: str) -> Pattern | None:
    """The pattern of a line; None of a comment, a blank line, and where git finds no sense."""
    line = re.sub(r"((?:^|[^\\])(?:\\\\)*(?:\\ )?) +$", r"\1", line.removesuffix("\r"))
    if line.startswith("#"):
        return None
    again = line.startswith("!")
    text = line[again:]
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    regex = translate(text.removeprefix("/"))
    if not text or regex is None:
        return None
    return Pattern(re.compile(regex, re.DOTALL), "/" in text, folders_only, again)


def translate(glob: str) -> str | None:
    """A regular expression for a pattern in git's language; None for one that matches nothing.

    What stands between two stars of a name is taken where it first fits, and not tried elsewhere:
    a pattern of many stars would take years.
    """
    found: list[str] = []
    star: int | None = None
    for match in re.finditer(PIECE, glob):
        kind = match.lastgroup or ""
        if kind == "broken":
            return None
        if kind == "stars" and star is not None:
            found[star] = "(?>[^/]*?"
            found.append(")")
        star = len(found) if kind == "stars" else None if kind == "folders" else star
        found.append(translate_piece(match))
    return "".join(found)


def translate_piece(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    if kind == "set":
        return translate_set(match["set"], bool(match["not"]))
    return JOKERS[kind] if kind in JOKERS else re.escape(match[kind])


JOKERS = {"folders": "(?:.*/)?", "below": ".*", "stars": "[^/]*", "one": "[^/]"}


def translate_set(members: str, negated: bool) -> str:
    """`[a-z]`, without its brackets; a slash is never a member."""
    found = []
    for name, first, last in re.findall(MEMBER, members):
        if name:
            found.append(CLASSES.get(name, ""))
        elif first:
            low, high = first[-1], (last or first)[-1]
            found.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
    inside = "".join(found)
    if not inside:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' if negated else ''}{inside}]"


MAGIC = re.compile(r"[*?\[]")
ANY_FOLDERS = "**"


class Glob:
    """A pattern below a folder. A place in it is the set of the parts that may come next.

    What is below a folder that matches as a whole matches too; the empty pattern matches all.
    """

    def __init__(self, parts: tuple[str, ...] = ()) -> None:
        self.parts = parts

    @cached_property
    def matchers(self) -> list[re.Pattern[str]]:
        return [re.compile(fnmatch.translate(part)) for part in self.parts]

    @property
    def start(self) -> frozenset[int]:
        return self.closed({0})

    def closed(self, places: set[int]) -> frozenset[int]:
        """With what follows each `**`, which may stand for no folder at all."""
        for place in range(len(self.parts)):
            if place in places and self.parts[place] == ANY_FOLDERS:
                places.add(place + 1)
        return frozenset(places)

    def complete(self, places: frozenset[int]) -> bool:
        return len(self.parts) in places

    def after(self, places: frozenset[int], name: str, hidden: bool) -> frozenset[int]:
        """The places behind a name. Names with a dot come if `hidden`, or if their part has it."""
        shown = hidden or not name.startswith(".")
        found: set[int] = set()
        for place in places:
            if place == len(self.parts) or self.parts[place] == ANY_FOLDERS:
                found.update({place} if shown else ())
            elif (shown or self.parts[place].startswith(".")) and self.matchers[place].match(name):
                found.add(place + 1)
        return self.closed(found)


def split(path: str) -> tuple[str, Glob]:
    """The folder that a pattern starts from, "" for this one, and the rest of it."""
    parts = path.split("/")
    first = next(i for i, part in enumerate(parts) if MAGIC.search(part))
    base = "/".join(parts[:first])
    return base or ("/" if first else ""), Glob(tuple(part for part in parts[first:] if part))
