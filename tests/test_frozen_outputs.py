"""The command lines of frozen/commands.txt print what frozen/outputs holds, byte for byte.

It shows that a change which should not change the interface does not; whether an output is right,
other tests say. Rewrite them all: UPDATE=1 pytest tests/test_frozen_outputs.py
"""

import difflib
import hashlib
import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paths import TESTS

from llmcost import __version__

pytest.importorskip("pty", reason="frozen outputs need a Unix terminal")
from command_lines import CommandLine, Result

FROZEN = TESTS / "frozen"
LONG = 6000  # characters, of which those beyond HEAD are kept as a hash
HEAD = 1500
CHOICE = re.compile(r"\{([^{}]*)\}")
GROUP = re.compile(r"\[(.+)\]")
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{
        f"GIT_{who}_{what}": "a@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
    **{f"GIT_{who}_DATE": "2026-11-22T10:00:00Z" for who in ("AUTHOR", "COMMITTER")},
}
Runner = Callable[[list[CommandLine]], list[Result]]


def groups() -> dict[str, list[str]]:
    """The lines of each group, all choices made."""
    found: dict[str, list[str]] = {}
    for line in (FROZEN / "commands.txt").read_text(encoding="utf-8").splitlines():
        if name := GROUP.fullmatch(line):
            lines = found[name[1]] = []
        elif line and not line.startswith("#"):
            lines.extend(choices(line))
    return found


def choices(line: str) -> Iterator[str]:
    """One line for each of `{a,b}`, as a shell would have it."""
    choice = CHOICE.search(line)
    if choice is None:
        yield line
        return
    for word in choice[1].split(","):
        yield from choices(line[: choice.start()] + word + line[choice.end() :])


GROUPS = groups()


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """The program that runs command lines."""
    program = [sys.executable, str(TESTS / "support" / "command_lines.py")]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests, answers = process.stdin, process.stdout

        def results(lines: list[CommandLine]) -> list[Result]:
            requests.write(json.dumps(lines) + "\n")
            requests.flush()
            return [Result(*each) for each in json.loads(answers.readline())]

        yield results
        requests.close()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("group", GROUPS)
def test_each_command_line_prints_what_it_printed(
    group: str, runner: Runner, cache: Path, tmp_path: Path
) -> None:
    make_folder(tmp_path)
    lines = GROUPS[group]
    assert len(lines) == len(set(lines))
    results = runner([parsed(line, tmp_path, cache) for line in lines])
    pairs = zip(lines, results, strict=True)
    actual = "".join(block(line, result, str(tmp_path)) for line, result in pairs)
    path = FROZEN / "outputs" / f"{group}.txt"
    if os.environ.get("UPDATE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    difference = changes(path.read_text(encoding="utf-8"), actual)
    assert not difference, difference


def make_folder(folder: Path) -> None:
    """What the lines read: the files, the samples, and a repository of prompts."""
    shutil.copytree(FROZEN / "files", folder, dirs_exist_ok=True)
    shutil.copytree(TESTS / "samples", folder / "samples")
    publish(folder / "prices.yaml", folder / "config" / "published")
    git = shutil.which("git")
    for branch, content in (("main", "old"), ("longer", "new")):
        shutil.rmtree(folder / "prompts", ignore_errors=True)
        shutil.copytree(folder / content, folder / "prompts")
        for words in (
            ["init", "--initial-branch", branch] if branch == "main" else ["switch", "-c", branch],
            ["add", "prompts"],
            ["commit", "--message", content],
        ):
            environment = {**os.environ, **GIT}
            subprocess.run(
                [git or "git", *words], cwd=folder, env=environment, check=True, capture_output=True
            )


def publish(prices: Path, folder: Path) -> None:
    """Put the prices in the place of the shipped ones, as `prices update` does: they are as good as
    the newest, and a small table is read in no time."""
    content = prices.read_bytes()
    shipped = TESTS.parent / "data" / "prices.yaml"
    origin = {
        "url": "https://prices.example/prices.yaml",
        "sha256": hashlib.sha256(content).hexdigest(),
        "day": "2100-01-01",
        "beside": f"{__version__} {shipped.stat().st_size}",
    }
    folder.mkdir(parents=True)
    head = f"# llmcost prices update {json.dumps(origin)}\n"
    (folder / "prices.yaml").write_bytes(head.encode() + content)


def parsed(line: str, folder: Path, cache: Path) -> CommandLine:
    """`NAME=VALUE llmcost WORDS < FILE`, and the environment that is the same for all."""
    words = shlex.split(line)
    start = words.index("llmcost")
    own = dict(word.split("=", 1) for word in words[:start])
    columns = int(own.pop("TERMINAL", 0))
    stdin = ""
    if "<" in words:
        *words, _, stdin = words
    environment = {
        **GIT,
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TZ": "Asia/Shanghai",
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": str(columns or 80),
        "LLMCOST_CACHE_DIR": str(cache),
        "LLMCOST_CONFIG_DIR": "config",
        "LLMCOST_FX": "7",
        **own,
    }
    return CommandLine(words[start + 1 :], str(folder), environment, stdin, columns)


def block(line: str, result: Result, folder: str) -> str:
    """A line, its exit code if that is not 0, its output, and its notes marked with `! `."""
    code = [f"? {result.code}"] if result.code else []
    out, notes = (each.replace(f"llmcost {__version__}", "llmcost VERSION") for each in result[1:])
    assert "Traceback" not in notes, notes
    assert folder not in out + notes, line
    shown = [*lines_of(shortened(out)), *(f"! {note}" for note in lines_of(notes))]
    return "".join(f"{each}\n" for each in [f"$ {line}", *code, *shown, ""])


def lines_of(text: str) -> list[str]:
    """The lines, with a sign for what an editor would not show."""
    *whole, rest = text.replace("\x1b", "␛").replace("\r", "␍").split("\n")
    return [*whole, f"{rest}␄"] if rest else whole


def shortened(text: str) -> str:
    """The beginning and a hash of what is long; of a page the words."""
    is_page = text.startswith("<!DOCTYPE")
    if not is_page and len(text) <= LONG:
        return text
    hashed = f"sha256 {hashlib.sha256(text.encode()).hexdigest()}\n"
    return hashed + (words_of(text) if is_page else f"{text[:HEAD]}…\n")


def words_of(page: str) -> str:
    """What a page says, an element a line."""
    body = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page.partition("<body")[2])
    pieces = re.split(r"(?:\s*<[^<>]*>\s*)+", f"<body{body}")
    return "".join(f"{html.unescape(piece)}\n" for piece in pieces if piece)


def changes(frozen: str, now: str) -> str:
    """What differs, under the command line that it belongs to."""
    before, after = blocks(frozen), blocks(now)
    differences = (
        difflib.unified_diff(before.get(line, []), after.get(line, []), line, "now", lineterm="")
        for line in {**before, **after}
        if before.get(line) != after.get(line)
    )
    return "\n".join(line for difference in differences for line in difference)


def blocks(text: str) -> dict[str, list[str]]:
    """The lines below each command line."""
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):
        if line.startswith("$ "):
            found[line] = []
        else:
            found.setdefault(next(reversed(found), ""), []).append(line)
    return found
