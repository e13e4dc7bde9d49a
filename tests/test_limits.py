"""Runs under `ulimit -v` and `ulimit -n`, clear of aborts and tracebacks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from llmcost import limits
from llmcost.cli.app import main
from llmcost.cli.resources import refused
from llmcost.errors import LlmcostError, NoMemory, OutputLost
from llmcost.files import read_at_most
from llmcost.price_data import loader

resource = pytest.importorskip("resource")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="others do not hold limits of memory")
COMMAND = [sys.executable, "-m", "llmcost"]
ENOUGH = 10 * 10**9


def run(
    folder: Path, words: Sequence[str], *, memory: int = 0, files: int = 0
) -> "subprocess.CompletedProcess[str]":
    """A command with so many MB of address space, and so many open files."""

    def limit() -> None:
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory * 10**6,) * 2)
        if files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files,) * 2)

    return subprocess.run(
        words,
        cwd=folder,
        preexec_fn=limit,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path) -> Path:
    (folder / "small.txt").write_text("What does this cost? " * 20, encoding="utf-8")
    (folder / "large.txt").write_text("def cost(tokens): return 2\n" * 20_000, encoding="utf-8")
    (folder / "zh.txt").write_text("模型的价格，每天都在变。\n" * 10_000, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """What the command prints without a limit."""
    folder = written(tmp_path_factory.mktemp("free"))
    return cache(lambda *words: run(folder, [*COMMAND, *words]).stdout)


@LINUX
@pytest.mark.parametrize("memory", [20, 45, 60, 80, 120])
@pytest.mark.parametrize("file", ["small.txt", "large.txt", "zh.txt"])
def test_little_memory(folder: Path, file: str, memory: int, answer: Callable[..., str]) -> None:
    """The answer or an error, and from 120 MB on the answer."""
    words = ("count", file, "-t", "o200k_base", "-q")
    done = run(folder, [*COMMAND, *words], memory=memory)

    assert "Traceback" not in done.stderr
    assert done.returncode in ((0,) if memory >= 120 else (0, 1))
    if done.returncode == 0:
        assert done.stdout == answer(*words)
    else:
        assert done.stderr.startswith("error: ")
        assert (done.stdout, "memory" in done.stderr) == ("", True)


@LINUX
@pytest.mark.parametrize("streams", [">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_as_well(folder: Path, streams: str) -> None:
    words = [*COMMAND, "count", "small.txt", "-t", "o200k_base", "-q"]
    done = run(folder, ["sh", "-c", f'exec "$@" {streams}', "sh", *words], memory=1000)

    assert (done.returncode, done.stdout) == (1, "")
    closed = "error: cannot write the result: standard output is closed\n"
    assert done.stderr == ("" if "2>" in streams else closed)


@LINUX
def test_a_start_takes_no_memory_for_what_might_be(folder: Path) -> None:
    """Price files may have 100 MB, and ours has half a million bytes."""
    words = [*COMMAND, "estimate", "small.txt", "-m", "gpt-4o", "-q"]
    assert run(folder, words, memory=70).returncode == 0


@LINUX
@pytest.mark.parametrize("files", [8, 10, 32])
@pytest.mark.parametrize(
    "words",
    [
        ("estimate", "small.txt", "--top", "2", "--as-of", "2026-11-22"),
        ("estimate", ".", "--top", "2", "--as-of", "2026-11-22", "--workers", "2"),
        ("count", "large.txt", "-t", "gemma4", "-q", "--workers", "2"),
        ("budget", "--yuan", "100", "--as-of", "2026-11-22"),
    ],
    ids=" ".join,
)
def test_few_files(
    folder: Path, words: Sequence[str], files: int, answer: Callable[..., str]
) -> None:
    """Vocabularies are in memory then, and keep no file open."""
    done = run(folder, [*COMMAND, *words], files=files)
    assert (done.returncode, done.stdout) == (0, answer(*words))


@LINUX
def test_hardly_any_file(folder: Path) -> None:
    done = run(folder, [*COMMAND, "estimate", "small.txt"], files=5)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or done.stderr.startswith("error: ")


# --- a process of its own ------------------------------------------------------------------------

ISOLATED = """
import os, signal, sys, time
from llmcost.limits import isolate
isolate(lambda: print("reported", file=sys.stderr))
print("first", flush=True)
"""


def isolated(folder: Path, rest: str) -> "subprocess.CompletedProcess[str]":
    return run(folder, [sys.executable, "-c", ISOLATED + rest], memory=ENOUGH // 10**6)


@LINUX
@pytest.mark.parametrize(
    "end",
    [
        "os.abort()",
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "os.write(2, b'native'); import ctypes; ctypes.CDLL(None).exit(1)",
        "os.write(2, b'native'); import ctypes; ctypes.CDLL(None).exit(0)",
    ],
)
def test_what_ends_a_process_is_reported(tmp_path: Path, end: str) -> None:
    done = isolated(tmp_path, end)
    assert (done.returncode, done.stdout, done.stderr) == (1, "first\n", "reported\n")


@LINUX
@pytest.mark.parametrize("code", [0, 1, 2, 3, 130])
def test_other_ends_are_its_own(tmp_path: Path, code: int) -> None:
    done = isolated(tmp_path, f"print('note', file=sys.stderr); sys.exit({code})")
    assert (done.returncode, done.stdout, done.stderr) == (code, "first\n", "note\n")


@LINUX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGPIPE])
def test_a_signal_ends_both(tmp_path: Path, number: signal.Signals) -> None:
    end = "signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.kill(os.getpid(), signal.{})"
    done = isolated(tmp_path, end.format(number.name))
    assert (done.returncode, done.stderr) == (-number, "")


@LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_passed_on(tmp_path: Path, number: signal.Signals) -> None:
    """As one of a run that catches it, and ends by itself."""
    rest = f"""
def stop(*_): print("stopped", flush=True); sys.exit(7)
signal.signal(signal.{number.name}, stop)
print("ready", flush=True)
time.sleep(60)
"""
    script = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({ENOUGH},) * 2)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", script + ISOLATED + rest], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == ["first\n", "ready\n"]
    process.send_signal(number)

    assert process.communicate(timeout=60)[0] == "stopped\n"
    assert process.returncode == 7


@LINUX
def test_a_kill_leaves_nothing_behind(tmp_path: Path) -> None:
    script = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({ENOUGH},) * 2)\n"
    rest = "print(os.getpid(), flush=True)\ntime.sleep(60)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", script + ISOLATED + rest], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    other = int(process.stdout.readline())
    process.kill()
    process.stdout.close()
    process.wait()

    for _ in range(600):
        if not Path(f"/proc/{other}").exists() or is_dead(other):
            return
        time.sleep(0.05)
    os.kill(other, signal.SIGKILL)
    pytest.fail("the other process goes on")


def is_dead(number: int) -> bool:
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"


# --- what is refused -----------------------------------------------------------------------------


class PanicException(BaseException):
    """As Rust extensions raise it."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), NoMemory),
        (OSError(12, "Cannot allocate memory"), NoMemory),
        (ImportError("x.so: failed to map segment from shared object"), NoMemory),
        (RuntimeError("can't start new thread"), NoMemory),
        (OSError(24, "Too many open files", "x.py"), LlmcostError),
        (OSError(28, "No space left on device"), OutputLost),
        (ValueError("a fault of ours"), type(None)),
        (ImportError("no module named x"), type(None)),
        (RuntimeError("a fault of ours"), type(None)),
        (PanicException("a fault of theirs"), type(None)),
    ],
    ids=repr,
)
def test_what_is_refused(error: BaseException, kind: type) -> None:
    assert type(refused(error)) is kind


def test_a_panic_without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "memory", lambda: 10**8)
    found = refused(PanicException())
    assert found is not None
    assert "100 MB" in found.hint


def test_memory_that_is_gone_in_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("llmcost.runtime.price_table.load", gone)
    assert main(["models"]) == 1
    assert capsys.readouterr().err.startswith("error: not enough memory\nhint: ")


@pytest.mark.parametrize(("size", "most"), [(0, 5), (3, 5), (5, 5), (9, 5), (3_000_000, 2_500_000)])
def test_no_more_is_read(tmp_path: Path, size: int, most: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    assert len(read_at_most(path, most)) == min(size, most + 1)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file without end")
@pytest.mark.parametrize("most", [1, 1000, 2_500_000])
def test_a_file_without_end(most: int) -> None:
    assert len(read_at_most(Path("/dev/zero"), most)) == most + 1


def test_a_cache_that_states_too_much(tmp_path: Path) -> None:
    """A damaged one may say any size."""
    path = tmp_path / "cache"
    path.write_bytes(b"made from\n2026-11-22 9999999999 00000000 00000000\nx")
    assert loader.read_cached(path, b"made from\n", None) is None
