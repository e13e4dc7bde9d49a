"""What people type in place of our options and commands ends in a hint that works."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcost.cli.app import main
from llmcost.cli.synonyms import COMMANDS, OPTIONS, distance, near

PROMPT = "prompt.txt"
WORKLOAD = ("--requests-per-user", "30", "--input-tokens", "500", "--output-tokens", "200")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(PROMPT).write_text("Hello", encoding="utf-8")


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """The error and the hint of a command line that is none."""
    assert main(words) in (1, 2)
    error, _, hint = capsys.readouterr().err.rstrip("\n").partition("\nhint: ")
    return error, hint


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("estimate prompt.txt --json", "use `--format json`"),
        ("estimate --cny prompt.txt", "use `--currency CNY`"),
        ("estimate --rmb prompt.txt", "use `--currency CNY`"),
        ("estimate --requests 30 prompt.txt", "use `--calls 30`"),
        ("estimate --output 500 prompt.txt", "use `--output-tokens 500`"),
        ("estimate --output=500 prompt.txt", "use `--output-tokens 500`"),
        ("estimate --outpt 500 prompt.txt", "use `--output-tokens 500`"),
        ("estimate --formt json prompt.txt", "did you mean `--format`?"),
        ("estimate --zh prompt.txt", "use `--lang zh`"),
        ("estimate --limit prompt.txt", "use `--top N`"),
        ("estimate -v prompt.txt", "use `--explain`"),
        ("estimate -? prompt.txt", "use `--help`"),
        ("estimate --qqqq prompt.txt", "see `llmcost estimate --help`"),
        ("budget --users 5000000 --yuan 10000", "use `--mau 5000000`"),
        ("budget --mau 5 --rmb 10000", "use `--yuan 10000`"),
        ("budget --mau 5 --requests 30", "use `--requests-per-user 30`"),
        ("budget --dau 5", "users of a month are counted, not of a day: --mau N"),
        ("budget --tokens 5", "which tokens? --input-tokens or --output-tokens"),
        ("help", "use `llmcost --help`"),
        ("help budget", "use `llmcost budget --help`"),
        ("version", "use `llmcost --version`"),
        ("-V", "use `llmcost --version`"),
        ("cost prompt.txt", "use `llmcost estimate prompt.txt`"),
        ("prompt.txt -o 500", "use `llmcost estimate prompt.txt -o 500`"),
        ("gone.txt", "use `llmcost estimate gone.txt`"),
        ("-m gpt-4o prompt.txt", "use `llmcost estimate -m gpt-4o prompt.txt`"),
        ("--mau 5 --yuan 100", "use `llmcost budget --mau 5 --yuan 100`"),
        ("estmate prompt.txt", "did you mean `estimate`?"),
        ("prices shw gpt-4o", "did you mean `show`?"),
        ("qqqq", "see `llmcost --help`"),
    ],
)
def test_a_wrong_word_has_a_hint(line: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the word alone, without the guesses of the framework."""
    error, found = refused(capsys, *line.split())

    assert found == hint
    assert "ossible options" not in error
    assert "Did you mean" not in error


@pytest.mark.parametrize("words", [("estimate",), ()])
@pytest.mark.parametrize("text", ["write a poem", "写一首诗", "it's a long; one"])
def test_a_text_in_place_of_a_file(
    words: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hint is a line for the shell, quoted for it."""
    _, hint = refused(capsys, *words, text)

    assert hint.startswith("a text is read from standard input: `echo '")
    assert hint.endswith("' | llmcost estimate`")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (("estimate", PROMPT, "--json"), ("estimate", PROMPT, "--format", "json")),
        (("estimate", PROMPT, "--rmb"), ("estimate", PROMPT, "--currency", "CNY")),
        (("budget", *WORKLOAD, "--users", "5"), ("budget", *WORKLOAD, "--mau", "5")),
        (("help",), ("--help",)),
        ((PROMPT, "-m", "gpt-4o"), ("estimate", PROMPT, "-m", "gpt-4o")),
    ],
)
def test_what_a_hint_says_works(
    wrong: tuple[str, ...], right: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed as it stands there."""
    _, hint = refused(capsys, *wrong)

    assert " ".join(right[-2:]) in hint
    assert main(right) == 0


def test_the_tables_are_whole() -> None:
    """Each meaning is an option with dashes, and no synonym of a command is a command."""
    from llmcost.commands import COMMANDS as KNOWN
    from llmcost.commands import GROUPS

    commands = {*KNOWN, *GROUPS}
    assert all(meant.removeprefix("llmcost ").startswith("--") for _, meant in OPTIONS)
    assert {one for one in COMMANDS if not one.startswith("--")} <= commands
    assert not commands & {word for words in COMMANDS.values() for word in words.split()}


words = st.text(alphabet="abc", max_size=6)


@given(words, words)
def test_the_distance_is_the_same_both_ways(one: str, other: str) -> None:
    """Nothing to change between a word and itself; one letter away is one."""
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) is (one == other)
    assert distance(one, f"{one}x", 9) == 1


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("--formt", ["--format"]),
        ("--fromat", ["--format"]),
        ("--frm", []),
        ("-x", []),
        ("--format", ["--format"]),
    ],
)
def test_a_slip_of_the_hand_is_near(word: str, expected: list[str]) -> None:
    """Of a long word two letters, of a short one a single one."""
    assert near(word, ["--format", "--mau", "--provider"]) == expected
