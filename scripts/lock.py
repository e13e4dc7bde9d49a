#!/usr/bin/env python3
"""Writes requirements/*.txt, with hashes: what README, .ci/run and action.yml install.

    python scripts/lock.py            keeps each version that pyproject.toml still admits
    python scripts/lock.py --upgrade  takes the newest ones
    python scripts/lock.py --check    writes nothing; exit code 1 if versions would change
    python scripts/lock.py --ranges FOLDER
                                      files of the same names there, with the ranges of
                                      pyproject.toml alone: what `.ci/run --newest` installs

Each file reads the one before it and adds to it. uv (of the extra `dev`) resolves once for every
Python and platform; markers say what is for some of them only. pip of any age installs the files.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
PROJECT: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: Mapping[str, list[str]] = PROJECT["project"]["optional-dependencies"]
EDITABLE = "editables~=0.3"  # what hatchling asks for to install a checkout in place
ADDED: Mapping[str, list[str]] = {
    "wheel": PROJECT["project"]["dependencies"],
    "run": PROJECT["build-system"]["requires"],
    "test": [EDITABLE, *EXTRAS["test"]],
    "dev": EXTRAS["dev"],
    "all": [one for extra in EXTRAS.values() for one in extra],
}
"""The files, in their order, and what each adds to the one before it: what the built wheel takes,
what a checkout takes to be installed, what its tests, its checks, and all its extras take."""
FILES = tuple(ADDED)
SELF = re.compile(rf"{re.escape(PROJECT['project']['name'])}\[(.*)\]")
PIN = re.compile(r"^([^\s#-].*?)((?: \\\n    --hash=\S+)+)$", re.MULTILINE)


def ranges(name: str) -> list[str]:
    """All that a file and those before it are to hold, as pyproject.toml has it."""
    wanted = [one for file in FILES[: FILES.index(name) + 1] for one in ADDED[file]]
    return sorted(set(written_out(wanted)))


def written_out(wanted: Iterable[str]) -> Iterator[str]:
    """Requirements with the packages of our own extras in the place of these."""
    for one in wanted:
        extras = SELF.fullmatch(one)
        if extras is None:
            yield one
        else:
            yield from written_out(each for name in extras[1].split(",") for each in EXTRAS[name])


def pins(text: str) -> dict[str, str]:
    """Each `name==version ; marker` of a file of requirements, with its hashes as they stand."""
    return {found[1].strip(): found[2] for found in PIN.finditer(text)}


def locked() -> dict[str, dict[str, str]]:
    """The pins of each file as it is now."""
    paths = {name: FOLDER / f"{name}.txt" for name in FILES}
    return {
        name: pins(path.read_text(encoding="utf-8")) if path.exists() else {}
        for name, path in paths.items()
    }


def resolved(known: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The pins that each file is to have. `known`: what is kept where it fits."""
    whole = compiled(FILES[-1], known)
    before: dict[str, str] = {}
    found = {}
    for name in FILES:
        each = compiled(name, whole, within=True)
        found[name] = {one: hashes for one, hashes in each.items() if one not in before}
        before |= each
    return found


def compiled(name: str, known: Mapping[str, str], *, within: bool = False) -> dict[str, str]:
    """What uv resolves the ranges of a file to; `within`: to nothing that is not known."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "known.txt"
        path.write_text(joined(known), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
            *("--python-version", PROJECT["project"]["requires-python"].removeprefix(">=")),
            *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
            *("--constraints" if within else "--output-file", str(path), "-"),
        ]
        wanted = "\n".join(ranges(name))
        done = subprocess.run(
            command, input=wanted, stdout=subprocess.PIPE, text=True, check=False, cwd=folder
        )
        if done.returncode:
            sys.exit("the ranges of pyproject.toml could not be resolved with uv")
        return pins(done.stdout if within else path.read_text(encoding="utf-8"))


def joined(known: Mapping[str, str]) -> str:
    return "".join(f"{one}{hashes}\n" for one, hashes in known.items())


def head(name: str, how: str) -> str:
    """The first lines of a file: who has written it, and the file before it."""
    number = FILES.index(name)
    return f"# {how}\n" + (f"-r {FILES[number - 1]}.txt\n" if number else "")


def write(found: Mapping[str, Mapping[str, str]]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, one in found.items():
        text = head(name, "made by scripts/lock.py") + joined(one)
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")


def write_ranges(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        lines = "".join(f"{one}\n" for one in sorted(set(written_out(ADDED[name]))))
        text = head(name, "made by scripts/lock.py --ranges") + lines
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--upgrade", action="store_true", help="take the newest versions")
    chosen.add_argument("--check", action="store_true", help="write nothing; 1 if out of step")
    chosen.add_argument("--ranges", type=Path, metavar="FOLDER", help="write ranges, not versions")
    given = parser.parse_args()
    if given.ranges:
        write_ranges(given.ranges)
        return 0
    now = locked()
    known = {one: hashes for file in now.values() for one, hashes in file.items()}
    found = resolved({} if given.upgrade else known)
    changes = [
        f"requirements/{name}.txt: {'+' if one in found[name] else '-'} {one}"
        for name in FILES
        for one in sorted(found[name].keys() ^ now[name].keys())
    ]
    print("\n".join(changes) or "no version changes")
    if given.check:
        return 1 if changes else 0
    write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
