"""What a person sees first: it fits the window, says what it is of, and ends in an answer."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from paths import CLI
from rich.cells import cell_len

from llmcost.cli.app import main
from llmcost.runtime import clock

TEXT = "The quick brown fox jumps over the lazy dog. 价格是多少？\n"
ESTIMATE = ("estimate", "text.txt")
BUDGET = ("budget", "--mau", "5000000", "--yuan", "10000")
BILL = (*BUDGET, "--requests-per-user", "30", "--input-tokens", "500", "--output-tokens", "200")
TINY = ("--prices", str(CLI / "tiny.yaml"), "--provider", "acme")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(TEXT, "utf-8")
    Path("gb.txt").write_bytes(TEXT.encode("gb18030"))
    Path("empty.txt").touch()

    def lines(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return lines


@pytest.fixture
def window(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Makes standard output and error a terminal of this size."""

    def of(columns: int, lines: int) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", str(lines))
        for stream in (sys.stdout, sys.stderr):
            monkeypatch.setattr(stream, "isatty", lambda: True)

    return of


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (120, 40), (200, 60), (80, 10)])
@pytest.mark.parametrize("words", [ESTIMATE, BUDGET, BILL], ids=["estimate", "budget", "bill"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_the_window(
    run: Run,
    window: Callable[[int, int], None],
    size: tuple[int, int],
    words: tuple[str, ...],
    language: str,
) -> None:
    """From the headline to the notes, of which there are two lines; but for eight rows at least."""
    columns, height = size
    window(columns, height)
    code, out, err = run(*words, "--lang", language)
    rows = [line for line in out.splitlines() if line.lstrip()[:1].isdigit() and "  " in line]
    printed = [*out.splitlines(), *err.splitlines()]

    assert code == 0
    assert max(map(cell_len, printed)) <= columns
    assert len(err.splitlines()) <= 2
    assert 8 <= len(rows) <= 20
    assert len(printed) + 2 <= height or len(rows) == 8


@pytest.mark.parametrize(
    ("words", "headline"),
    [
        ((), "13–14 tokens in, 247–277 out assumed · cost of 1,000 calls"),
        (("-o", "0"), "13–14 tokens in, 0 out · cost of 1,000 calls"),
        (("-o", "9", "--calls", "1"), "13–14 tokens in, 9 out · cost of 1 call"),
    ],
)
def test_the_first_line_says_what_is_priced(
    run: Run, words: tuple[str, ...], headline: str
) -> None:
    _, out, _ = run(*ESTIMATE, *words, "-m", "gpt-4o,glm-4-air", "--format", "table")

    assert out.splitlines()[0] == f"text.txt · 52 characters · {headline}"


def test_of_several_inputs_it_says_how_many(run: Run) -> None:
    _, out, _ = run(*ESTIMATE, "gb.txt", "-o", "9", "-m", "gpt-4o", "--format", "table")

    assert out.splitlines()[0] == (
        "2 inputs · 104 characters · 28 tokens in, 18 out · cost of all of them, 1,000 times"
    )


def test_without_an_output_there_are_two_amounts_and_the_second_ranks(run: Run) -> None:
    """`cost` is the input alone in every format; the other one has a name of its own."""
    models = ("-m", "qwen-plus,gpt-4o,glm-4-air")
    document = json.loads(run(*ESTIMATE, *models, "--format", "json")[1])
    answers = [float(one["cost_with_answer"]["amount"]) for one in document["results"]]
    alone = {one["model"]: one["cost"] for one in document["results"]}
    asked = json.loads(run(*ESTIMATE, *models, "-o", "0", "--format", "json")[1])

    assert document["assumed_output"] == 277
    assert answers == sorted(answers)
    assert alone == {one["model"]: one["cost"] for one in asked["results"]}
    assert asked["assumed_output"] is None
    assert [one["cost_with_answer"] for one in asked["results"]] == [None] * len(asked["results"])
    assert "with answer" in run(*ESTIMATE, *models, "--format", "table")[1]


def test_data_is_of_the_calls_that_are_named(run: Run) -> None:
    """Only a table is of a thousand."""
    one = run(*ESTIMATE, "-m", "gpt-4o", "-q")[1]
    row = run(*ESTIMATE, "-m", "gpt-4o", "--format", "tsv")[1].splitlines()[1].split("\t")

    assert row[8] == one.strip()
    assert "cost of 1,000 calls" in run(*ESTIMATE, "-m", "gpt-4o", "--format", "table")[1]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ((*ESTIMATE, "-m", "gpt-4o", "--get", "input"), "14\n"),
        (
            (*ESTIMATE, "-m", "gpt-4o,glm-4-air", "--get", "model", "--sort", "model"),
            "glm-4-air\ngpt-4o\n",
        ),
        ((*BUDGET, *TINY, "-m", "acme-long", "--get", "state"), "priced\n"),
        ((*BILL, *TINY, "-m", "acme-long", "--get", "max_mau"), "512820\n"),
    ],
)
def test_any_field_can_be_printed_alone(run: Run, words: tuple[str, ...], answer: str) -> None:
    assert run(*words) == (0, answer, "")


def test_a_field_that_there_is_not_is_refused_with_those_that_there_are(run: Run) -> None:
    code, out, err = run(*ESTIMATE, "-m", "gpt-4o", "--get", "price")

    assert (code, out) == (2, "")
    assert "error: --get: no field is called `price`" in err
    assert "cost_low" in err


@pytest.mark.parametrize(
    "words", [("-q",), ("--format", "json"), ("--format", "table"), ("--notes",)]
)
def test_a_warning_is_always_printed(run: Run, words: tuple[str, ...]) -> None:
    """And fails where that is asked for."""
    code, out, err = run("estimate", "gb.txt", "-m", "gpt-4o", "--encoding", "utf-8", *words)

    assert (code, bool(out)) == (0, True)
    assert "warning: gb.txt: " in err
    assert run("estimate", "gb.txt", "-m", "gpt-4o", "--strict", *words)[0] == 1


def test_notes_are_two_lines_unless_all_are_asked_for(run: Run) -> None:
    brief, every = (run(*ESTIMATE, *words)[2] for words in ((), ("--notes",)))
    document = json.loads(run(*ESTIMATE, "--format", "json")[1])

    assert len(brief.splitlines()) == 2
    assert "--notes" in brief
    assert len(every.splitlines()) > 2
    assert [f"note: {one}" for one in document["notes"]] == every.splitlines()


def test_a_gate_never_passes_on_nothing(run: Run) -> None:
    code, _, err = run("estimate", "empty.txt", "-m", "gpt-4o", "--fail-over", "1 yuan", "-q")

    assert code == 3
    assert "warning: empty.txt: is empty" in err
    assert "error: --fail-over: the inputs are empty" in err


def test_the_answer_is_a_line_at_the_end(run: Run) -> None:
    """The cheapest, and the first that bills in another currency."""
    words = ("-o", "100", "-m", "gpt-4o,alibaba/qwen-plus", "--format", "table")
    *_, last = run(*ESTIMATE, *words)[1].splitlines()

    assert last.startswith("cheapest: qwen-plus, ¥")
    assert "in USD: gpt-4o, × " in last


def test_a_budget_begins_with_money_per_user_and_ends_with_what_to_add(run: Run) -> None:
    out = run(*BUDGET, *TINY, "-m", "acme-office", "--format", "table")[1].splitlines()

    assert out[0].startswith("¥10,000 for 5,000,000 users is ¥0.0020 per user a month.")
    assert "% of users get one conversation a month" in out[-2]
    assert out[-1].startswith("for a bill, add what they send: --requests-per-user")


@pytest.mark.parametrize(("words", "colored"), [((), True), (("NO_COLOR",), False)])
def test_color_is_for_terminals_that_want_it(
    run: Run,
    window: Callable[[int, int], None],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    colored: bool,
) -> None:
    """The best row, warnings, errors and hints."""
    window(100, 30)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name in words:
        monkeypatch.setenv(name, "1")
    _, out, _ = run("estimate", "gb.txt", "-m", "gpt-4o,glm-4-air")
    _, _, err = run("estimate", "text.txt", "-m", "gtp-4o")

    assert ("\x1b[32m" in out) is colored
    assert ("\x1b[31merror:\x1b[0m" in err) is colored
    assert ("\x1b[36mhint:\x1b[0m" in err) is colored


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:

    now = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
    monkeypatch.setattr(clock, "now", lambda: now)


SENT = ("--mau", "5000000", "--requests-per-user", "20", "--input-tokens", "500")
OTHERS = {
    "forecast": ("forecast", *SENT, "--output-tokens", "200"),
    "whatif": ("whatif", *SENT, "--turns", "3", "--cache-hit", "50%", "--retries", "3%"),
    "diff": ("diff", "old", "new"),
    "count": ("count", "text.txt"),
    "count of a folder": ("count", "old", "-t", "qwen"),
    "usage": ("usage", "log.jsonl"),
    "models": ("models",),
    "models of a name": ("models", "qwen*"),
    "rank": ("prices", "rank"),
}


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (120, 40)])
@pytest.mark.parametrize("words", OTHERS.values(), ids=OTHERS)
def test_every_command_fits_the_window(
    run: Run,
    window: Callable[[int, int], None],
    size: tuple[int, int],
    words: tuple[str, ...],
) -> None:
    """In both languages, with two lines of notes at most."""
    for number in range(40):
        for folder, text in (("old", TEXT), ("new", TEXT * 2)):
            Path(folder).mkdir(exist_ok=True)
            Path(folder, f"{number}.md").write_text(text, "utf-8")
    line = '{{"model": "{}", "usage": {{"prompt_tokens": 9, "completion_tokens": 9}}}}\n'
    Path("log.jsonl").write_text("".join(map(line.format, ["gpt-4o", "gpt-4.1"] * 20)), "utf-8")
    columns, height = size
    window(columns, height)
    for language in ("en", "zh"):
        code, out, err = run(*words, "--lang", language)
        notes = [one for one in err.splitlines() if not one.startswith(("warning", "警告"))]
        printed = [*out.splitlines(), *notes]

        assert code in (0, 1)
        assert max(map(cell_len, printed)) <= columns
        assert len(notes) <= 2
        assert len(printed) + 2 <= height


def test_a_warning_ends_every_command_where_it_is_strict(run: Run) -> None:
    for words in (
        ("count", "gb.txt", "-t", "qwen"),
        ("diff", "text.txt", "gb.txt", "-m", "gpt-4o"),
    ):
        assert run(*words)[0] == 0
        assert run(*words, "--strict")[0] == 1
        assert run("count", "text.txt", "-t", "qwen", "--strict")[0] == 0
