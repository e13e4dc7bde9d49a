"""Ctrl-C, SIGTERM, SIGHUP: what was counted is shown, marked as a part, and what is done is not
done again. Whatever ends a run, no process of it stays."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from llmcost.__main__ import TWICE, Stop
from llmcost.cli.app import main
from llmcost.inputs.text_stream import TextStream

COMMAND = [sys.executable, "-m", "llmcost"]
WORDS = b"some words of a line that goes on and on\n"
LINE = (
    b'{"id": "a", "model": "gpt-4o", "created": 1760000000, '
    b'"usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}}\n'
)

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs signals and named pipes")


STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
STDIN = ("-t", "o200k_base", "--format", "json", "--workers")


def started(*words: str, cwd: Path, stdin: int | None = None) -> "subprocess.Popen[bytes]":
    """In a group of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*COMMAND, *words], cwd=cwd, stdin=stdin, stdout=pipe, stderr=pipe, start_new_session=True
    )


def feed(process: "subprocess.Popen[bytes]", text: bytes) -> None:
    """A pipe holds little: nearly all of this has been read then."""
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def ended(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """What it has said, as soon as no process holds the pipes of its output any more."""
    try:
        return process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def workers_of(process: "subprocess.Popen[bytes]", number: int) -> list[int]:
    """The processes that it has started, once there are so many."""
    words = ["ps", "-A", "-o", "pid=", "-o", "ppid="]
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        lines = subprocess.run(words, capture_output=True, check=True, text=True).stdout
        pairs = [tuple(map(int, line.split())) for line in lines.splitlines()]
        found = [pid for pid, parent in pairs if parent == process.pid]
        if len(found) >= number:
            return found
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    raise AssertionError("it has ended, or works alone")


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_counted_is_shown(tmp_path: Path, workers: str, stop: signal.Signals) -> None:
    """With the signal in the exit code, marked as a part, also if all processes hear it."""
    process = started("count", *STDIN, workers, cwd=tmp_path, stdin=subprocess.PIPE)
    feed(process, WORDS * 300_000)
    os.killpg(process.pid, stop)
    out, said = ended(process)
    found, talk = json.loads(out), said.decode()
    (one,) = found["results"]

    assert process.returncode == 128 + stop
    assert found["partial"] is True
    assert 0 < one["count"] < 11 * 300_000
    assert "error: stopped: these are the figures of a part" in talk
    assert "Traceback" not in talk


@pytest.mark.parametrize("stop", STOPS)
def test_a_journal_keeps_what_was_done(tmp_path: Path, stop: signal.Signals) -> None:
    """A run that was stopped in the second input has the first one for the next run."""
    (tmp_path / "first.txt").write_text("hello world")
    os.mkfifo(tmp_path / "second")
    words = ("count", "first.txt", "second", "-t", "o200k_base", "--resume", "journal")
    process = started(*words, "--format", "json", cwd=tmp_path)
    with (tmp_path / "second").open("wb") as pipe:  # opens once the command reads it
        pipe.write(WORDS * 300_000)
        pipe.flush()
        process.send_signal(stop)
        out, talk = ended(process)

    assert process.returncode == 128 + stop
    assert [one["count"] > 0 for one in json.loads(out)["results"]] == [True, True]
    assert b"the same command goes on from here" in talk
    assert len((tmp_path / "journal").read_bytes().splitlines()) == 2  # its head, and the first

    again = subprocess.run(
        [*COMMAND, *words[:2], *words[3:], "-q"], cwd=tmp_path, capture_output=True, check=True
    )
    assert again.stdout == b"2\n"


@pytest.mark.parametrize("command", [("count", "-t", "qwen"), ("estimate", "-m", "qwen-plus")])
def test_a_stop_between_two_inputs_shows_those_before(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: Sequence[str],
) -> None:
    """Of many small files, most of the time goes by before one is read."""
    for name in ("first.txt", "second.txt", "third.txt"):
        (tmp_path / name).write_text("hello world")
    monkeypatch.chdir(tmp_path)
    opened = TextStream.open

    def open(stream: TextStream) -> Any:
        if stream.name == stopped:
            raise KeyboardInterrupt
        return opened(stream)

    monkeypatch.setattr(TextStream, "open", open)
    stopped = "third.txt"
    assert main([*command, ".", "--format", "json"]) == 0
    whole = capsys.readouterr().out
    stopped = "./third.txt"
    assert main([*command, ".", "--format", "json"]) == 130
    part, talk = capsys.readouterr()

    assert "partial" not in json.loads(whole)
    assert json.loads(part)["partial"] is True
    assert "error: stopped: these are the figures of 2 of 3 inputs\n" in talk

    stopped = "./first.txt"
    assert main([*command, ".", "--format", "json"]) == 130
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", ["count", "estimate", "usage"])
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("is_idle", [True, False], ids=["idle", "counting"])
def test_no_worker_stays(tmp_path: Path, command: str, stop: signal.Signals, is_idle: bool) -> None:
    """Waiting for text that does not come, or with all hands full."""
    models = {"count": ("-t", "gemma3"), "estimate": ("-m", "gemini-2.5-flash"), "usage": ()}
    words = (command, *models[command], "--workers", "2")
    text = LINE * 250_000 if command == "usage" else WORDS * 300_000
    (tmp_path / "text").write_bytes(text * (1 if is_idle else 3))
    with (tmp_path / "text").open("rb") as file:
        process = started(*words, cwd=tmp_path, stdin=subprocess.PIPE if is_idle else file.fileno())
    if is_idle:
        feed(process, text)
    workers_of(process, 2)
    process.send_signal(stop)
    out, talk = ended(process)

    assert process.returncode == (-stop if stop == signal.SIGKILL else 128 + stop)
    assert bool(out) is (stop != signal.SIGKILL)
    assert b"Traceback" not in talk


def test_a_log_is_shown_as_far_as_it_was_read(tmp_path: Path) -> None:
    """Whole logs only: of a part nobody could say which requests are in it."""
    (tmp_path / "first.jsonl").write_bytes(LINE)
    os.mkfifo(tmp_path / "second.jsonl")
    process = started("usage", "first.jsonl", "second.jsonl", "--format", "json", cwd=tmp_path)
    with (tmp_path / "second.jsonl").open("wb"):
        process.send_signal(signal.SIGTERM)
        out, talk = ended(process)

    assert process.returncode == 143
    assert json.loads(out)["partial"] is True
    assert b"error: stopped: these are the figures of 1 of 2 logs" in talk


def test_what_does_not_hear_a_closed_terminal_goes_on(tmp_path: Path) -> None:
    """As under nohup."""
    script = 'trap "" HUP; exec "$@"'
    pipe = subprocess.PIPE
    command = ["sh", "-c", script, "sh", *COMMAND, "count", *STDIN, "1"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe)
    feed(process, WORDS * 300_000)
    process.send_signal(signal.SIGHUP)
    out, _ = ended(process)

    assert process.returncode == 0
    assert "partial" not in json.loads(out)


def test_a_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes with the first is the same wish: `timeout` sends two."""
    now = 0.0
    sent: list[int] = []
    handlers: dict[int, Any] = {}
    monkeypatch.setattr("llmcost.__main__.monotonic", lambda: now)
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(signal, "raise_signal", sent.append)
    with Stop() as stop:
        hear = handlers[signal.SIGTERM]
        with pytest.raises(KeyboardInterrupt):
            hear(signal.SIGTERM, None)
        now = TWICE / 2
        hear(signal.SIGTERM, None)
        assert not sent
        now = TWICE * 2
        hear(signal.SIGINT, None)
        assert sent == [signal.SIGINT]
        assert handlers[signal.SIGINT] == signal.SIG_DFL
        stop.code = 130

    assert stop.code == 143


def test_an_exit_code_is_as_it_was_without_a_signal() -> None:
    with Stop() as stop:
        stop.code = 3

    assert stop.code == 3


def test_a_signal_at_the_end_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All is printed: there is nothing to show, and a traceback would be noise."""
    sent: list[int] = []
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(signal, "raise_signal", sent.append)
    with Stop():
        pass
    handlers[signal.SIGTERM](signal.SIGTERM, None)

    assert sent == [signal.SIGTERM]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "--lang=en",
            "note: the journal `journal` is damaged in 1 line: what it held is counted anew",
        ),
        ("--lang=zh", "说明：日志 `journal` 有 1 行已损坏，相关内容将重新计算"),
    ],
)
@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_a_damaged_journal_is_told(
    tmp_path: Path, more: str, told: str, quiet: Sequence[str]
) -> None:
    """Once, also with -q; all else is that of a run without it."""
    (tmp_path / "first.txt").write_bytes(b"caf\xe9 world")
    (tmp_path / "second.jsonl").write_text('{"prompt": "hello"}\n' * 3)
    words = ("estimate", "first.txt", "second.jsonl", "-m", "gpt-4o", "--resume", "journal")

    def run() -> tuple[bytes, str]:
        command = [*COMMAND, *words, more, *quiet]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
        return found.stdout, found.stderr.decode()

    expected, notes = run()
    journal = tmp_path / "journal"
    content = journal.read_bytes()
    for whole in (b'"bytes":10', b'"requests":3'):
        assert content.count(whole) == 1
        journal.write_bytes(content.replace(whole, whole[:-1] + b"9"))
        figures, said = run()

        assert figures == expected
        assert said.splitlines() == [told, *notes.splitlines()]
        assert run() == (expected, notes)


def test_no_journal_with_requests_kept_apart(tmp_path: Path) -> None:
    """Single requests are not in a journal."""
    (tmp_path / "a.jsonl").write_text('{"prompt": "hello"}\n')
    words = ("estimate", "a.jsonl", "-m", "gpt-4o", "--per-request", "--resume", "journal")
    found = subprocess.run([*COMMAND, *words], cwd=tmp_path, capture_output=True, check=False)

    assert found.returncode == 2
    assert b"error: --per-request" in found.stderr
