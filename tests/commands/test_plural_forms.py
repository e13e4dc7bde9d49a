"""One of a thing is not called by its plural."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from llmcost.cli.app import main
from llmcost.commands.budget.workload_notes import title
from llmcost.language import speak
from llmcost.workload.model import Workload

TWO = "openai/gpt-4o,openai/gpt-4o-mini"
USERS = ("--mau", "10", "--requests-per-user", "1", "--input-tokens", "9", "--output-tokens", "9")
ONE_PLURAL = re.compile(r"\b1 (more )?(models|sources|bytes|days|users|requests|entries)\b")


@pytest.mark.parametrize(
    "words",
    [
        ("estimate", "text.txt", "-m", TWO, "--top", "1"),
        ("prices", "rank", "--text", "text.txt", "-m", TWO, "--top", "1"),
        ("budget", *USERS, "-m", TWO, "--top", "1"),
        ("forecast", *USERS, "-m", TWO, "--top", "1"),
    ],
)
def test_one_model_more(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("Hello", encoding="utf-8")
    for language, expected in (("en", "1 more model;"), ("zh", "另有 1 个模型，")):
        assert main([*words, "--lang", language]) == 0
        said = capsys.readouterr().err
        assert expected in said
        assert not ONE_PLURAL.search(said)


def test_one_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bytes.txt"
    path.write_bytes(b"a\xff")
    assert main(["count", str(path), "-t", "o200k_base"]) == 0
    assert "1 byte sequence is not utf-8" in capsys.readouterr().err
    assert main(["count", str(path), "-t", "o200k_base", "--max-bytes", "1"]) == 0
    assert not ONE_PLURAL.search(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("mau", "requests", "expected"),
    [
        (1, "1", "1 user, 1 request a month"),
        (2, "0.5", "2 users, 0.500 requests a month"),
    ],
)
def test_the_title_of_one_user(mau: int, requests: str, expected: str) -> None:
    speak("en")
    assert title(Workload(mau=mau, requests_per_user=Decimal(requests))).startswith(expected)
