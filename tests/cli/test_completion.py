"""Completion, by its protocol and in the shells that are installed."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer._completion_shared import get_completion_script

from llmcost.cli.app import main
from llmcost.cli.framework import words_to_complete

WORDS = [
    ("llmcost est", "estimate"),
    ("llmcost estimate --prov", "--provider"),
    ("llmcost estimate --provider deeps", "deepseek"),
    ("llmcost estimate -m gpt-4o-min", "gpt-4o-mini"),
    ("llmcost estimate -m doub", "doubao"),
    ("llmcost estimate -m 豆", "豆包"),
    ("llmcost budget -m @fla", "@flagship"),
    ("llmcost estimate -m qwen,@c", "qwen,@cn"),
    ("llmcost estimate -m @cn,-bai", "@cn,-baidu"),
    ("llmcost config set curr", "currency"),
    ("llmcost estimate -t cl100", "cl100k_base"),
    ("llmcost estimate --at pe", "peak"),
    ("llmcost budget --traffic off", "office"),
    ("llmcost prices his", "history"),
    ("llmcost prices rank --so", "--sort"),
    ("llmcost tokenizers ad", "add"),
]


@pytest.mark.parametrize("variable", ["COMP_WORDS", "_TYPER_COMPLETE_ARGS"])
def test_the_line_comes_from_any_shell(variable: str) -> None:
    assert words_to_complete({variable: "llmcost prices rank"}) == ["llmcost", "prices", "rank"]
    assert words_to_complete({}) == []


@pytest.mark.parametrize(("line", "expected"), WORDS)
def test_every_place_is_completed(
    line: str, expected: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the protocol of fish, which prints one completion a line."""
    monkeypatch.setenv("_LLMCOST_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
    assert main([]) == 0
    assert expected in [one.split("\t")[0] for one in capsys.readouterr().out.splitlines()]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home without settings of the shell, and `llmcost` as a program."""
    program = tmp_path / "llmcost"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llmcost "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return {**os.environ, "HOME": str(tmp_path), "PATH": path, "TERM": "dumb"}


def script(shell: str, folder: Path) -> str:
    path = folder / f"completion.{shell}"
    path.write_text(
        get_completion_script(prog_name="llmcost", complete_var="_LLMCOST_COMPLETE", shell=shell)
    )
    return str(path)


def needs(shell: str) -> str:
    return shutil.which(shell) or pytest.skip(f"{shell} is not installed")


@pytest.mark.parametrize(
    ("words", "place", "expected"),
    [
        ("--prov", 2, "--provider\n"),
        ("-m @ fla", 4, "@flagship\n"),  # bash parts words at `@`
        ("-m cn, @ fla", 5, "@flagship\n"),
        ("-m glm,doub", 3, "glm,doubao\n"),
    ],
)
def test_bash(
    environment: dict[str, str], tmp_path: Path, words: str, place: int, expected: str
) -> None:
    lines = [
        f"source {script('bash', tmp_path)}",
        f"COMP_WORDS=(llmcost estimate {words}) COMP_CWORD={place}",
        "_llmcost_completion llmcost",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    done = subprocess.run(
        [needs("bash"), "--norc", "-c", "\n".join(lines)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(expected)


@pytest.mark.parametrize(
    ("typed", "expected"), [("--prov", "--provider\t"), ("-m glm,@fla", "glm,@flagship\n")]
)
def test_fish(environment: dict[str, str], tmp_path: Path, typed: str, expected: str) -> None:
    lines = f'source {script("fish", tmp_path)}; complete -C "llmcost estimate {typed}"'
    done = subprocess.run(
        [needs("fish"), "--no-config", "-c", lines],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(expected)


@pytest.mark.parametrize(
    ("typed", "expected"), [("--prov", b"--provider"), ("-m glm,@fla", b"glm,@flagship")]
)
def test_zsh(environment: dict[str, str], tmp_path: Path, typed: str, expected: bytes) -> None:
    """It completes at a terminal only."""
    start = f"autoload -U compinit; compinit -u -D; source {script('zsh', tmp_path)}; print ready"
    child, terminal = pty.fork()
    if not child:
        os.execve(needs("zsh"), ["zsh", "-f", "-i"], environment)
    os.write(terminal, f"{start}\n".encode())
    read_until(terminal, b"\r\nready")
    os.write(terminal, f"llmcost estimate {typed}\t".encode())
    try:
        assert expected in read_until(terminal, expected)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def read_until(terminal: int, expected: bytes) -> bytes:
    """Read what the terminal shows until it holds these bytes, for a minute at most."""
    content, end = b"", time.monotonic() + 60
    while expected not in content and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            content += os.read(terminal, 65536)
    return content
