"""Standard streams that are closed, full, or in an encoding with few signs."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "llmcost"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes streams")
DEVICE = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device without room")
CLOSED = "error: cannot write the result: standard output is closed"
LOAD = "--mau 1000 --requests-per-user 5 --input-tokens 1000 --output-tokens 500"
BUDGET = ("budget", *LOAD.split(), "-m", "alibaba/qwen-plus", "--as-of", "2026-11-22")
COMMANDS = [
    ("estimate", "small.txt", "-m", "gpt-4o", "--as-of", "2026-11-22"),
    ("count", "small.txt", "-t", "o200k_base", "--format", "json"),
    ("models", "gpt-4o", "--format", "table"),
    ("prices", "schema"),
    ("--help",),
    ("--version",),
]


@pytest.fixture(autouse=True)
def small_file(tmp_path: Path) -> None:
    (tmp_path / "small.txt").write_text("What does this cost?", encoding="utf-8")


def run(
    folder: Path, words: Sequence[str], streams: str = "", **environment: str
) -> "subprocess.CompletedProcess[bytes]":
    """A command under a shell's redirections."""
    line = ["sh", "-c", f'exec "$@" {streams}', "sh", *COMMAND, *words]
    return subprocess.run(
        line if streams else [*COMMAND, *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


@POSIX
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_closed_output_is_an_error(tmp_path: Path, words: Sequence[str]) -> None:
    done = run(tmp_path, words, ">&-")

    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [CLOSED]


@POSIX
@DEVICE
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_full_output_is_an_error(tmp_path: Path, words: Sequence[str]) -> None:
    done = run(tmp_path, words, ">/dev/full")

    assert done.returncode == 1
    assert done.stderr.startswith(b"error: cannot write the result: ")
    assert done.stderr.count(b"\n") == 1


@POSIX
@pytest.mark.parametrize("streams", ["2>&-", pytest.param("2>/dev/full", marks=DEVICE), "<&-"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_other_streams_do_not_matter(tmp_path: Path, words: Sequence[str], streams: str) -> None:
    done = run(tmp_path, words, streams)

    assert done.returncode == 0
    assert done.stdout == run(tmp_path, words).stdout != b""


@POSIX
@pytest.mark.parametrize(
    ("words", "code"),
    [(("bogus",), 2), (("estimate", "nothing"), 1), (("estimate", "--bogus"), 2)],
)
@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_errors_keep_their_code(
    tmp_path: Path, words: Sequence[str], code: int, streams: str
) -> None:
    assert run(tmp_path, words, streams).returncode == code


@POSIX
def test_a_gate_holds_although_nobody_reads_notes(tmp_path: Path) -> None:
    """Notes into a pipe that is closed do not take the exit code of the gate away."""
    words = ["estimate", "small.txt", "-m", "gpt-4o", "--fail-over", "0.0000001 yuan"]
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [*COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, check=False
    )
    os.close(theirs)

    assert (done.returncode, done.stdout[:5]) == (3, b"rank\t")


@POSIX
def test_no_file_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    """A journal opened as number 1 or 2 would have results and notes written into it."""
    words = ("count", "small.txt", "-t", "o200k_base", "--resume", "journal")
    run(tmp_path, words)
    expected = (tmp_path / "journal").read_bytes().count(b"\n")
    (tmp_path / "journal").unlink()

    assert run(tmp_path, words, "<&- >&- 2>&-").returncode == 1
    assert (tmp_path / "journal").read_bytes().count(b"\n") == expected


@POSIX
def test_nobody_to_serve(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    done = run(tmp_path, ("mcp",), ">&-")
    assert (done.returncode, done.stderr[:6]) == (2, b"error:")


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp1252", "cp437", "latin-1"])
@pytest.mark.parametrize("format", ["tsv", "csv", "json", "ndjson", "md", "html"])
def test_files_are_utf_8(tmp_path: Path, encoding: str, format: str) -> None:
    """Whatever the encoding of the terminal."""
    words = (*BUDGET, "--format", format)
    plain = run(tmp_path, words, PYTHONIOENCODING="utf-8")
    done = run(tmp_path, words, PYTHONIOENCODING=encoding)

    assert (done.returncode, done.stdout) == (0, plain.stdout)


def test_names_in_json_are_utf_8(tmp_path: Path) -> None:
    (tmp_path / "价格.txt").write_text("你好", encoding="utf-8")
    words = ("count", ".", "-t", "o200k_base", "--format", "json")
    plain = {"PYTHONUTF8": "1", "PYTHONIOENCODING": "gbk"}

    assert "价格.txt" in run(tmp_path, words, **plain).stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("encoding", "amount", "range_"),
    [
        ("ascii", "CNY 9.00", "13-14 tokens"),
        ("gbk", "CNY 9.00", "13–14 tokens"),
        ("cp1252", "¥9.00", "13–14 tokens"),
        ("cp437", "¥9.00", "13-14 tokens"),
    ],
)
def test_signs_that_an_encoding_lacks(
    tmp_path: Path, encoding: str, amount: str, range_: str
) -> None:
    done = run(tmp_path, (*BUDGET, "--format", "table"), PYTHONIOENCODING=encoding)
    text = done.stdout.decode(encoding)
    assert (done.returncode, amount in text, "?" in text) == (0, True, False)

    text = "The quick brown fox jumps over the lazy dog. 价格是多少？\n"
    (tmp_path / "zh.txt").write_text(text, encoding="utf-8")
    words = ("estimate", "zh.txt", "-m", "gpt-4o,glm-4-air", "--format", "table")
    done = run(tmp_path, words, PYTHONIOENCODING=encoding)
    assert range_ in done.stdout.decode(encoding)


def test_columns_stay_aligned(tmp_path: Path) -> None:
    """`CNY ` is wider than the sign that it stands for."""
    words = ("forecast", *BUDGET[1:], "--format", "table")
    lines = run(tmp_path, words, PYTHONIOENCODING="ascii").stdout.decode("ascii").splitlines()
    ends = {len(line) for line in lines if line.startswith(("2026-", "2027-"))}
    axis = {line.index(one) for line in lines for one in "+|" if f" {one}" in line[:12]}

    assert (len(ends), len(axis)) == (1, 1)


@pytest.mark.parametrize("words", [("count", "没有.txt"), ("models", "模型"), ("estimate", "--元")])
def test_errors_in_any_encoding(tmp_path: Path, words: Sequence[str]) -> None:
    plain = {"PYTHONUTF8": "1", "PYTHONIOENCODING": "ascii"}
    done = run(tmp_path, words, **plain)

    assert done.returncode in (1, 2)
    assert done.stderr.decode("ascii").startswith("error: ")
    assert "Traceback" not in done.stderr.decode("ascii")


@POSIX
def test_the_posix_locale(tmp_path: Path) -> None:
    """Where Python is kept from taking UTF-8 in its place."""
    world = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    table = run(tmp_path, (*BUDGET, "--format", "table"), **world)
    document = run(tmp_path, (*BUDGET, "--format", "json"), **world)

    assert b"CNY 9.00" in table.stdout
    assert document.stdout == run(tmp_path, (*BUDGET, "--format", "json")).stdout
