"""Ctrl-C: what was counted is shown, marked as a part, and what is done is not done again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "llmcost"]
WORDS = b"some words of a line that goes on and on\n"

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs signals and named pipes")


def started(*words: str, cwd: Path, stdin: int | None = None) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *words], cwd=cwd, stdin=stdin, stdout=pipe, stderr=pipe)


def fed(process: "subprocess.Popen[bytes]", text: bytes) -> tuple[dict[str, Any], str]:
    """The JSON and the talk of a process that reads all of this, and is stopped then."""
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()  # a pipe holds little: nearly all of it has been read now
    process.send_signal(signal.SIGINT)
    out, talk = process.communicate(timeout=60)
    return json.loads(out), talk.decode()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_counted_is_shown(tmp_path: Path, workers: str) -> None:
    """With exit code 130, and marked as a part."""
    words = ("count", "-t", "o200k_base", "--format", "json", "--workers", workers)
    process = started(*words, cwd=tmp_path, stdin=subprocess.PIPE)
    found, talk = fed(process, WORDS * 300_000)
    (one,) = found["results"]

    assert process.returncode == 130
    assert found["partial"] is True
    assert 0 < one["count"] < 11 * 300_000
    assert "error: stopped: these are the figures of a part" in talk
    assert "Traceback" not in talk


def test_a_journal_keeps_what_was_done(tmp_path: Path) -> None:
    """A run that was stopped in the second input has the first one for the next run."""
    (tmp_path / "first.txt").write_text("hello world")
    os.mkfifo(tmp_path / "second")
    words = ("count", "first.txt", "second", "-t", "o200k_base", "--resume", "journal")
    process = started(*words, "--format", "json", cwd=tmp_path)
    with (tmp_path / "second").open("wb") as pipe:  # opens once the command reads it
        pipe.write(WORDS * 300_000)
        pipe.flush()
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=60)

    assert process.returncode == 130
    assert [one["count"] > 0 for one in json.loads(out)["results"]] == [True, True]
    assert b"the same command goes on from here" in talk
    assert len((tmp_path / "journal").read_bytes().splitlines()) == 2  # its head, and the first

    again = subprocess.run(
        [*COMMAND, *words[:2], *words[3:], "-q"], cwd=tmp_path, capture_output=True, check=True
    )
    assert again.stdout == b"2\n"


def test_no_journal_with_requests_kept_apart(tmp_path: Path) -> None:
    """Single requests are not in a journal."""
    (tmp_path / "a.jsonl").write_text('{"prompt": "hello"}\n')
    words = ("estimate", "a.jsonl", "-m", "gpt-4o", "--per-request", "--resume", "journal")
    found = subprocess.run([*COMMAND, *words], cwd=tmp_path, capture_output=True, check=False)

    assert found.returncode == 2
    assert b"error: --per-request" in found.stderr
