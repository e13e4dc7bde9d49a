"""One input that cannot be read does not take the others with it, and is not forgotten either."""

import gzip
import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from paths import SAMPLES

from llmcost.cli.app import main
from llmcost.errors import install
from llmcost.inputs import text_stream as read
from llmcost.inputs.text_stream import open_inputs
from llmcost.messages import Caution
from llmcost.runtime.open_inputs import LARGE, reading_notes, speed_notes
from llmcost.tokenizers import gigatoken as giga

Run = Callable[..., tuple[int, str, str]]
COUNT = ("count", "-t", "o200k_base")
ESTIMATE = ("estimate", "-m", "gpt-4o")
both = pytest.mark.parametrize("command", [COUNT, ESTIMATE], ids=["count", "estimate"])
CHAT = '{"messages": [{"role": "user", "content": "hello"}]}\n'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in a folder with a good file, and a compressed one that is cut off."""
    monkeypatch.chdir(tmp_path)
    Path("good.txt").write_text("hello there")
    Path("cut.gz").write_bytes(gzip.compress(os.urandom(3_000_000))[:-100])
    for name in ("a.gz", "b.gz", "c.gz", "d.gz", "e.gz"):
        Path(name).write_bytes(b"\x1f\x8b\x08")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def alone(run: Run, command: Sequence[str]) -> str:
    return run(*command, "good.txt", "-q")[1]


@both
def test_the_others_are_counted_and_it_is_told_at_the_end(run: Run, command: Sequence[str]) -> None:
    """Exit 1. What was read of it before it failed, two megabytes, counts for nothing."""
    code, out, err = run(*command, "cut.gz", "good.txt", "-q")

    assert (code, out) == (1, alone(run, command))
    assert err.splitlines() == [
        "error: 1 of 2 inputs could not be read: cut.gz: the gzip data in it are cut off",
        "hint: fetch or make it again",
    ]


@both
def test_all_of_them_are_in_the_document(run: Run, command: Sequence[str]) -> None:
    """In the text only the first few."""
    names = ["a.gz", "b.gz", "c.gz", "d.gz", "e.gz"]
    code, out, err = run(*command, *names, "good.txt", "--format", "json")
    document = json.loads(out)

    assert code == 1
    assert [one["name"] for one in document["inputs"]] == ["good.txt"]
    assert document["failed"] == [
        {"name": name, "reason": "the gzip data in it are cut off"} for name in names
    ]
    assert "error: 5 of 6 inputs could not be read: a.gz: " in err
    assert "; and 1 more" in err
    assert "e.gz" not in err


@both
def test_a_document_says_that_nothing_failed(run: Run, command: Sequence[str]) -> None:
    code, out, _ = run(*command, "good.txt", "--format", "json")

    assert (code, json.loads(out)["failed"]) == (0, [])


@both
def test_nothing_is_printed_if_nothing_could_be_read(run: Run, command: Sequence[str]) -> None:
    """One is told as ever, several are all told."""
    one, several = run(*command, "cut.gz"), run(*command, "cut.gz", "a.gz")

    assert one[:2] == several[:2] == (1, "")
    assert "error: cannot read `cut.gz`: the gzip data in it are cut off\n" in one[2]
    assert "error: 2 of 2 inputs could not be read: cut.gz: " in several[2]


@both
def test_a_folder_without_texts_is_not_standard_input(
    run: Run, command: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty, with nothing but what is passed over, or closed."""
    Path("d").mkdir()
    monkeypatch.setattr("sys.stdin", None)
    empty = run(*command, "d")
    Path("d/f").write_bytes(b"\0")
    binary = run(*command, "d")
    monkeypatch.setattr(os, "scandir", refuse)

    assert empty == (1, "", "error: d contains no text files\n")
    assert binary == (1, "", f"{empty[2]}hint: passed over (binary): d/f\n")
    assert run(*command, "d") == (1, "", "error: cannot read `d`: Permission denied\n")


def refuse(path: str) -> None:
    raise PermissionError(13, "Permission denied")


@both
def test_a_name_that_is_mistyped_is_told_before_anything_is_read(
    run: Run, command: Sequence[str]
) -> None:
    code, out, err = run(*command, "good.txt", "goood.txt")

    assert (code, out) == (1, "")
    assert err == "error: no such file: `goood.txt`\n"


@both
def test_what_may_not_be_read_is_told_at_the_end(
    run: Run, command: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was named, or was found; to root nothing is forbidden, so it is staged."""
    Path("d").mkdir()
    for name in ("secret", "d/secret", "d/f"):
        Path(name).write_text("hello there")

    def refusing(name: str, mode: str) -> Any:
        if name.endswith("secret"):
            raise PermissionError(13, "Permission denied")
        return open(name, mode)  # noqa: PTH123

    monkeypatch.setattr(read, "open", refusing, raising=False)
    code, out, err = run(*command, "secret", "d", "-q")

    assert (code, out) == (1, alone(run, command))
    assert err.splitlines() == [
        "error: 2 of 3 inputs could not be read: secret: Permission denied; d/secret: Permission "
        "denied",
        "hint: the figures are without them",
    ]


def test_a_file_of_requests_that_fails_leaves_none_of_its_requests(run: Run) -> None:
    """Neither those that were read, nor those that were broken."""
    content = (CHAT * 10 + "{broken\n") * 5000
    whole = gzip.compress(content.encode())
    Path("cut.jsonl.gz").write_bytes(whole[:-20])
    Path("good.jsonl").write_text(CHAT)
    words = (*ESTIMATE, "cut.jsonl.gz", "good.jsonl", "--per-request", "--format", "json")
    code, out, err = run(*words)
    document = json.loads(out)

    assert code == 1
    assert [one["name"] for one in document["breakdown"]] == ["good.jsonl:1"]
    assert [one["name"] for one in document["failed"]] == ["cut.jsonl.gz"]
    assert "requests could not be read" not in err


def test_broken_requests_and_inputs_are_both_told(run: Run) -> None:
    """--skip-bad is for requests alone."""
    Path("some.jsonl").write_text(CHAT + "{broken\n")
    words = (*ESTIMATE, "some.jsonl", "a.gz", "-q")
    both, one = run(*words), run(*words, "--skip-bad")

    assert both[0] == one[0] == 1
    assert both[1] == one[1]
    assert "error: 1 request could not be read: some.jsonl:2: " in both[2]
    assert "error: 1 of 2 inputs could not be read: a.gz: " in both[2]
    assert "some.jsonl" not in one[2]


@pytest.mark.parametrize(
    "words",
    [(), ("-q",), ("--skip-bad",), ("--per-file",), ("--per-request",), ("--format", "json")],
)
def test_a_file_without_a_request_that_could_be_read_prices_nothing(
    run: Run, words: tuple[str, ...]
) -> None:
    Path("bad.jsonl").write_text('{"messages": "x"}\n{"messages": [\n')
    code, out, err = run(*ESTIMATE, "bad.jsonl", *words)

    assert (code, out) == (1, "")
    assert "error: cannot read `bad.jsonl`: no request in it could be read: bad.jsonl:1: " in err
    assert "bad.jsonl:2: " in err


def test_such_a_file_is_none_of_the_inputs(run: Run) -> None:
    """The others are counted, and --skip-bad leaves out requests, not files."""
    Path("bad.jsonl").write_text('{"messages": "x"}\n')
    Path("good.jsonl").write_text(CHAT)
    words = (*ESTIMATE, "bad.jsonl", "good.jsonl", "--skip-bad")
    code, out, _ = run(*words, "--format", "json")
    document = json.loads(out)

    assert code == 1
    assert [one["name"] for one in document["inputs"]] == ["good.jsonl"]
    assert [one["name"] for one in document["failed"]] == ["bad.jsonl"]
    assert run(*words, "-q")[1] == run(*ESTIMATE, "good.jsonl", "-q")[1]


def test_a_gate_that_fails_hides_no_failure(run: Run) -> None:
    """The exit code is the gate's."""
    code, _, err = run(*ESTIMATE, "a.gz", "good.txt", "--fail-over", "0.0000001 dollar", "-q")

    assert code == 3
    assert "warning: 1 of 2 inputs could not be read: a.gz: " in err
    assert "error: over " in err


@both
def test_a_file_that_changes_is_noted(
    run: Run, command: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted as it was read."""

    def growing(name: str, mode: str) -> Any:
        Path(name).write_text("hello there and here")
        return open(name, mode)  # noqa: PTH123

    monkeypatch.setattr(read, "open", growing, raising=False)
    code, out, err = run(*command, "good.txt", "--format", "json")

    assert (code, json.loads(out)["inputs"][0]["bytes"]) == (0, 20)
    assert "warning: good.txt: changed while it was read; counted as read\n" in err


# --- what has no end ----------------------------------------------------------------------------


@both
@pytest.mark.parametrize("size", ["5", "5B", "0.005 kB", "5.9"])
def test_an_input_is_cut_where_it_is_asked(run: Run, command: Sequence[str], size: str) -> None:
    Path("hello.txt").write_text("hello")
    whole = run(*command, "hello.txt", "-q")
    cut = "warning: good.txt: only the first 5 bytes were read (--max-bytes)\n"

    assert run(*command, "good.txt", "--max-bytes", size, "-q") == (*whole[:2], cut)
    assert run(*command, "good.txt", "--max-bytes", size)[2].startswith(cut)
    assert "--max-bytes" not in run(*command, "good.txt", "--max-bytes", "1GiB")[2]


@pytest.mark.parametrize(
    "size", ["", "0", "-1", "0.1", "5 miles", "1e3", "MB", "1,5", "1kbb", "5k"]
)
def test_a_size_is_a_number_with_a_unit(run: Run, size: str) -> None:
    code, out, err = run(*COUNT, "good.txt", f"--max-bytes={size}")

    assert (code, out) == (2, "")
    assert "--max-bytes must be a size" in err


def test_the_request_that_is_cut_is_not_a_broken_one(run: Run) -> None:
    """One before it is."""
    listed = f"[{CHAT}, {CHAT}, {CHAT}]"
    for name, content, broken in (
        ("a.jsonl", CHAT * 3, 0),
        ("b.json", listed, 0),
        ("c.jsonl", "{broken\n" + CHAT * 3, 1),
        ("d.jsonl", CHAT * 2 + "{broken\n" + CHAT, 1),
    ):
        Path(name).write_text(content)
        most = str(len(content) - 20)
        code, out, err = run(*ESTIMATE, name, "--max-bytes", most, "--format", "json")

        assert json.loads(out)["inputs"][0]["requests"] == 2
        assert code == broken
        assert ("request could not be read" in err) is bool(broken)
        assert f"warning: {name}: only the first " in err


def test_of_a_document_its_text_is_cut(run: Run) -> None:
    """However large its file is."""
    pytest.importorskip("pypdf")
    sample = SAMPLES / "notice.pdf"
    Path("notice.pdf").write_bytes(sample.read_bytes())
    Path("same.txt").write_text("Price notice")
    most = ("notice.pdf", "--max-bytes", "12")
    code, _, err = run(*COUNT, *most)

    assert code == 0
    assert run(*COUNT, *most, "-q")[:2] == (0, run(*COUNT, "same.txt", "-q")[1])
    assert "warning: notice.pdf: only the first 12 bytes were read (--max-bytes)" in err
    assert "--max-bytes" not in run(*COUNT, "notice.pdf", "--max-bytes", "1MB")[2]


def test_a_pipe_that_is_named_is_read_and_one_in_a_folder_is_not(run: Run) -> None:
    Path("d").mkdir()
    os.mkfifo("d/pipe")
    Path("d/f").write_text("hello there")
    writer = threading.Thread(target=lambda: Path("d/pipe").write_text("hello there"))
    found = run(*COUNT, "d", "-q")
    writer.start()
    try:
        named = run(*COUNT, "d/pipe", "-q")
    finally:
        writer.join()

    assert found == named == (0, alone(run, COUNT), "")


def test_a_large_input_names_what_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed."""
    monkeypatch.setattr(giga, "available", lambda: False)
    assert install("bulk") in "".join(speed_notes(LARGE))
    assert list(speed_notes(LARGE - 1)) == []

    monkeypatch.setattr(giga, "available", lambda: True)
    assert list(speed_notes(LARGE)) == []


def test_a_guess_of_the_encoding_is_a_warning(tmp_path: Path) -> None:
    """Since the figures are of that text; one note for all such files."""
    names = [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
    for name in names:
        Path(name).write_bytes("价格".encode("gb18030"))
    streams = open_inputs(names)
    texts = ["".join(one) for one in streams]
    (note,) = reading_notes(streams)

    assert texts == ["价格", "价格"]
    assert isinstance(note, Caution)
    assert all(part in note for part in (*names, "GB18030", "--encoding"))
