"""An option that changes nothing is refused with a reason, never ignored; what a workload file or
the settings say for other commands is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from llmcost.cli.app import main

MODEL = ("-m", "openai/gpt-4o")
REQUESTS = ("--requests-per-user", "3", "--input-tokens", "50", "--output-tokens", "20")
MONTH = ("--mau", "100", *REQUESTS, *MODEL)
IDLE: dict[str, list[tuple[str, ...]]] = {
    "count": [
        ("--seed", "3"),
        ("--as-of", "2026-11-22"),
        ("-q", "--format", "json", "-t", "o200k_base"),
    ],
    "estimate": [
        ("--seed", "3"),
        ("--per-file", "--per-request"),
        ("--per-file", "--explain"),
        ("--per-request", "--explain"),
        ("--explain", "--format", "md"),
        ("--explain", "--format", "tsv"),
        ("--explain", "--format", "csv"),
        ("--top", "1", "--all"),
        ("--region", "mars"),
        ("--tier", "gold"),
        ("-q", "--format", "json"),
        ("-q", "--per-file"),
        ("-q", "--sort", "model"),
    ],
    "estimate --video 10s": [
        ("-o", "5"),
        ("-t", "o200k_base"),
        ("--task", "chat"),
        ("--cached", "5"),
        ("--batch",),
        ("--split", "9"),
        ("--sample", "5%"),
        ("--per-file",),
        ("--sort", "model"),
        ("--explain",),
        ("--format", "html"),
        ("--column", "text"),
    ],
    "budget": [
        ("--growth", "5%/month", *MONTH),
        ("--decline", "10x/year", *MONTH),
        ("--total-budget", "9 yuan", *MONTH),
        ("--months", "3", *MONTH),
        ("--revenue-per-user", "9 yuan", "--yuan", "9", "--mau", "9", *MODEL),
        ("--spread", "1.5", "--yuan", "9", *REQUESTS, *MODEL),
        ("--seed", "3", *MONTH),
        ("--top", "1", "--all", *MONTH),
        ("--explain", "--format", "csv", *MONTH),
        ("-q", "--format", "json", *MONTH),
        ("-q", "--explain", *MONTH),
        ("--init", "--mau", "9"),
        ("--schema", "--yuan", "9"),
    ],
    "forecast": [
        ("--mix", "3:1", *MONTH),
        ("--top", "1", "--all", *MONTH),
        ("-q", "--format", "json", *MONTH),
    ],
    "whatif": [
        ("--growth", "5%/month", *MONTH),
        ("--decline", "10x/year", *MONTH),
        ("--total-budget", "9 yuan", *MONTH),
        ("--months", "3", *MONTH),
        ("--revenue-per-user", "9 yuan", *MONTH),
        ("--spread", "1.5", *MONTH),
        ("--mix", "3:1", *MONTH),
    ],
    "prices rank": [("--top", "1", "--all", *MODEL), ("--encoding", "gb18030", *MODEL)],
    "plans": [("--fx", "7"), ("--at", "peak"), ("--skip-bad",), ("-m", "gpt-4o")],
    "replay --shape turns=3": [("--skip-bad",), ("--zone", "UTC"), ("--encoding", "gbk")],
    "models": [("gpt-4o", "--format", "table", "--all"), ("gpt*", "--explain")],
    "prices show": [("gpt-4o", "--explain", "--format", "tsv")],
    "prices history": [("gpt-4o", "--explain", "--format", "json")],
    "usage": [("-q", "--format", "json")],
    "tasks chat": [("--region", "mars")],
    "diff": [("text.txt", "--tier", "gold"), ("text.txt", "-q", "--format", "json", *MODEL)],
}
TRAINED = ("-m", "alibaba/qwen-turbo", "--as-of", "2024-06-05")
FILES = {"count": ("text.txt",), "estimate": ("text.txt", *MODEL), "diff": ("text.txt",)}
USED: dict[str, list[tuple[str, ...]]] = {
    "count": [("--seed", "3", "--sample", "50%"), ("--as-of", "2026-11-22", *MODEL)],
    "estimate": [("--explain", "--format", "json"), ("--explain",), ("--all", "--per-file")],
    "estimate --video 10s": [
        ("--calls", "3", "--tax", "6%", "--top", "2", "--currency", "USD"),
        ("--fail-over", "99999 yuan"),
    ],
    "budget": [
        ("--months", "3", "--fine-tune-tokens", "9M", "--mau", "9", *REQUESTS, *TRAINED),
        ("--revenue-per-user", "9 yuan", "--fx", "7", *MONTH),
        ("--spread", "1.5", "--seed", "3", *MONTH),
        ("--explain", "--format", "md", *MONTH),
    ],
    "forecast": [("--growth", "5%/month", "--months", "3", *MONTH)],
}
FOR_ALL = """\
schema: 1
mau: 100
requests_per_user: 3
input_tokens: 50
output_tokens: 20
growth: 5%/month
decline: 10x/year
total_budget: 9 yuan
months: 3
mix: "3:1"
revenue_per_user: 9 USD
paying_share: 5%
spread: 1.5
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("Hello, world", encoding="utf-8")
    Path("all.yaml").write_text(FOR_ALL, encoding="utf-8")

    def run(command: str, *words: str) -> tuple[int, str, str]:
        code = main([*command.split(), *FILES.get(command, ()), *words])
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("command", "words"), [(name, words) for name, several in IDLE.items() for words in several]
)
def test_an_option_without_effect_is_refused(
    command: str, words: tuple[str, ...], run: Run
) -> None:
    code, output, said = run(command, *words)
    assert code == 2, said
    assert output == ""
    error, hint = said.strip().splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    assert any(word in error for word in words if word.startswith("-"))


@pytest.mark.parametrize(
    ("command", "words"), [(name, words) for name, several in USED.items() for words in several]
)
def test_an_option_with_an_effect_is_not(command: str, words: tuple[str, ...], run: Run) -> None:
    code, output, said = run(command, *words)
    assert code == 0, said
    assert output


@pytest.mark.parametrize("command", ["budget", "forecast", "whatif"])
def test_a_workload_file_may_have_fields_for_other_commands(command: str, run: Run) -> None:
    code, output, said = run(command, "-f", "all.yaml", *MODEL, "--fx", "7")
    assert code == 0, said
    assert output


def test_settings_for_other_commands_are_not_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"OUTPUT_RATIO": "0.5", "MAX_AGE": "9y", "CURRENCY": "CNY"}.items():
        monkeypatch.setenv(f"LLMCOST_{name}", value)
    others = ("count", ("-t", "o200k_base", "-q")), ("budget", MONTH), ("estimate --video 9s", ())
    for command, words in others:
        assert run(command, *words)[0] == 0


def test_the_order_of_models_holds_for_each_file(run: Run) -> None:
    words = ("-m", "openai/gpt-4o-mini", "--per-file", "--format", "tsv", "--sort")
    orders = {}
    for order in ("cost", "model"):
        code, output, said = run("estimate", *words, order)
        assert code == 0, said
        orders[order] = [row.split("\t")[2] for row in output.splitlines()[1:]]
    assert orders["model"] == sorted(orders["cost"])
    assert orders["model"] != orders["cost"]
