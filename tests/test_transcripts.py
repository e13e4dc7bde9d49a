"""Every ```console block in the documentation and in transcripts/ is run and must say what it says.

`$ ` starts a command, the lines below it are what a terminal of 80 columns shows (stdout and
stderr), `? N` is an exit code other than 0. The clock stands at 2026-11-22 10:00 in Beijing.
A Chinese page shows what its readers see: its commands run with LLMCOST_LANG=zh.
Rewrite all of them from what the program prints now: UPDATE=1 pytest tests/test_transcripts.py
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import ROOT, TESTS
from pictures import picture, report_picture, words

pty = pytest.importorskip("pty", reason="transcripts need a Unix terminal")

BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/transcripts/*.md")]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The socket of the process that runs the command lines."""
    path = str(tmp_path_factory.mktemp("server") / "socket")
    program = [sys.executable, str(TESTS / "support" / "command_lines.py"), path]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield path
        process.stdin.close()


def run(command: str, folder: Path, server: str, language: str) -> str:
    """What a terminal shows of a shell command, and its exit code if that is not 0."""
    master, slave = pty.openpty()
    environment = {
        **os.environ,
        "PATH": f"{TESTS / 'bin'}:{os.environ['PATH']}",
        "LLMCOST_PYTHON": sys.executable,
        "LLMCOST_SERVER": server,
        "LLMCOST_LANG": language,
        "TZ": "Asia/Shanghai",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
    }
    shell = subprocess.Popen(
        ["bash", "--norc", "-o", "pipefail", "-c", command],
        **{"stdin": slave, "stdout": slave, "stderr": slave},
        cwd=folder,
        env=environment,
    )
    os.close(slave)
    shown = read_all(master)
    code = shell.wait()
    lines = [line.rstrip() for line in shown.decode().replace("\r\n", "\n").splitlines()]
    return "".join(f"{line}\n" for line in [*lines, *([f"? {code}"] if code else [])])


def read_all(terminal: int) -> bytes:
    """Everything written to the terminal until its other side is closed."""
    found = b""
    try:
        while block := os.read(terminal, 65536):
            found += block
    except OSError:  # how Linux reports that the other side is closed
        pass
    finally:
        os.close(terminal)
    return found


def replay(block: str, folder: Path, server: str, language: str) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{run(command, folder, server, language)}" for command in commands)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_console_block_shows_what_the_program_prints(document: Path, server: str) -> None:
    """The reader's block is the assertion; the folder is the checkout."""
    written = document.read_text(encoding="utf-8")
    language = "zh" if "zh" in document.stem or "zh" in document.parts else "en"
    actual = BLOCK.sub(lambda block: replay(block[0], ROOT, server, language), written)
    if os.environ.get("UPDATE") and actual != written:
        document.write_text(actual, encoding="utf-8")
    assert "Traceback (most recent call last)" not in actual
    assert actual == written


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/output.md"])
def test_the_documentation_has_transcripts(name: str) -> None:
    """A renamed fence must not switch the replay off."""
    assert BLOCK.search((ROOT / name).read_text(encoding="utf-8"))


PROMPT = "tests/cli/prompt.txt"
FACE = f"llmcost estimate {PROMPT}"


@pytest.mark.parametrize(("name", "language"), [("estimate", "en"), ("estimate.zh", "zh")])
def test_a_picture_shows_what_the_program_prints(
    name: str, language: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With UPDATE=1 it is drawn again. It loads nothing."""
    monkeypatch.delenv("NO_COLOR")
    file = ROOT / "docs" / "pictures" / f"{name}.svg"
    shown = picture(FACE, run(FACE, ROOT, server, language))
    if os.environ.get("UPDATE"):
        file.write_text(shown, encoding="utf-8")
    drawn = file.read_text(encoding="utf-8")

    assert words(drawn) == words(shown)
    assert "http" not in drawn.replace("http://www.w3.org/", "")


@pytest.mark.parametrize(("name", "language"), [("report", "en"), ("report.zh", "zh")])
def test_the_picture_of_a_report_is_drawn_from_one(name: str, language: str, server: str) -> None:
    """With UPDATE=1 it is drawn again. It has the charts of the page, and loads nothing."""
    file = ROOT / "docs" / "pictures" / f"{name}.svg"
    shown = report_picture(run(f"{FACE} --format html 2>/dev/null", ROOT, server, language))
    if os.environ.get("UPDATE"):
        file.write_text(shown, encoding="utf-8")
    drawn = file.read_text(encoding="utf-8")

    assert drawn == shown
    assert "http" not in drawn.replace("http://www.w3.org/", "")


FIRST = (
    "llmcost", f"llmcost {PROMPT}", f"llmcost estimate {PROMPT}", "llmcost budget --mau 5M",
    f"llmcost -m gpt {PROMPT}",
)  # fmt: skip
"""What a stranger types without reading."""
WINDOWS = {"80 columns": (80, 24), "120 columns": (120, 40), "60 columns": (60, 24), "a pipe": None}
RECORD = TESTS / "transcripts" / "first-commands.txt"


def test_what_a_stranger_types(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends in an answer, or in a hint that works; in every window it fits."""
    shown = []
    for name, window in WINDOWS.items():
        columns, lines = window or (80, 24)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", str(lines))
        for language in ("en", "zh"):
            for command in FIRST:
                whole = command if window else f"{command} 2>&1 | cat"
                output = run(whole, ROOT, server, language)
                found = output.splitlines()
                if found[-1].startswith("? ") or "hint: " in output or "提示：" in output:
                    hints = re.findall(r"`(llmcost [^`]*)`", " ".join(found).replace("  ", " "))
                    assert hints
                    for hint in hints:
                        assert "\n? " not in run(hint, ROOT, server, language)
                elif window and command != "llmcost":
                    assert len(found) < lines
                shown.append(f"# {name}, {language}\n$ {command}\n{output}")
    actual = "\n".join(shown)
    if os.environ.get("UPDATE"):
        RECORD.write_text(actual, encoding="utf-8")
    assert actual == RECORD.read_text(encoding="utf-8")
