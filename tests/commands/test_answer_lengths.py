"""`-o auto`, `--task`, `--effort` and `--preset` on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmcost.cli.app import main

Run = Callable[..., tuple[int, str, str]]
DAY = ("--as-of", "2026-11-30")
MODELS = ("-m", "kimi-k3,claude-opus-5", *DAY)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("one two three\n", "utf-8")
    request = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 20}
    Path("capped.jsonl").write_text(json.dumps(request) + "\n", "utf-8")

    def lines(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return lines


def results(run: Run, *words: str) -> dict[str, Any]:
    code, out, _ = run("estimate", *words, *MODELS, "--format", "json")
    assert code == 0
    return {one["model"]: one for one in json.loads(out)["results"]}


def test_the_length_is_a_range_and_its_tokens_those_of_the_model(run: Run) -> None:
    found = results(run, "text.txt", "-o", "auto")
    for one in found.values():
        low, amount, high = (float(one["cost"][key]) for key in ("low", "amount", "high"))
        assert low < amount < high
    assert found["kimi-k3"]["usage"]["output"] == 233
    assert found["claude-opus-5"]["usage"]["output"] == 398


def test_a_task_or_an_effort_is_enough(run: Run) -> None:
    short = results(run, "text.txt", "--task", "classify")["kimi-k3"]
    hard = results(run, "text.txt", "--effort", "max")["kimi-k3"]
    assert short["usage"]["output"] < 20
    assert hard["usage"]["output"] > 1000
    assert hard["quality"]["effort"] == "max"
    assert short["quality"] is None


def test_a_request_writes_no_more_than_it_allows(run: Run) -> None:
    one = results(run, "capped.jsonl", "-o", "auto")["kimi-k3"]
    assert one["usage"]["output"] == 20
    assert float(one["cost"]["high"]) < 2 * float(one["cost"]["amount"])


def test_explain_names_where_a_length_is_from(run: Run) -> None:
    models = "claude-opus-5,kimi-k3,gpt-4o"
    _, out, _ = run("estimate", "text.txt", "--effort", "max", "-m", models, *DAY, "--explain")
    assert "livebench: claude-opus-5-max-effort (2026-08-22, n = 1,226)\n" in out
    assert "livebench: kimi-k3 (2026-08-22, n = 1,226); measured at another effort\n" in out
    assert "not measured for this model\n" in out
    assert "(2025-05-16, 563 days old, Apache-2.0)" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "lots"), "-o must be a whole number like 500 or 5k, or auto: `lots`"),
        (("--task", "poem"), "--task does not know `poem`"),
        (("--effort", "huge"), "--effort does not know `huge`"),
        (("-o", "5", "--task", "chat"), "--task"),
        (("--output-ratio", "2", "-o", "auto"), "-o and --output-ratio"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, words: tuple[str, ...], message: str) -> None:
    code, out, err = run("estimate", "text.txt", *words)
    assert (code, out) == (2, "")
    assert message in err.replace("\n", " ")


def test_a_preset_fills_in_what_is_not_named(run: Run) -> None:
    words = ("budget", "--mau", "1000", "-m", "gpt-4o", "--as-of", "2026-11-30")
    whole = json.loads(run(*words, "--preset", "chat", "--format", "json")[1])
    own = json.loads(run(*words, "--preset", "chat", "--output-tokens", "9", "--format", "json")[1])
    (of_preset,), (of_own,) = whole["scenarios"], own["scenarios"]

    expected = {"requests_per_user": "30", "input_tokens": 1155, "output_tokens": 277}
    assert expected.items() <= of_preset["workload"].items()
    assert of_own["workload"]["output_tokens"] == 9
    assert of_own["workload"]["input_tokens"] == 1155
    assert any("30 is an example" in note and "CC-BY-4.0" in note for note in whole["notes"])


def test_conversations_of_the_users_take_the_place_of_the_presets_requests(run: Run) -> None:
    words = ("budget", "--mau", "10", "-m", "gpt-4o", "--preset", "rag", "--format", "json")
    (one,) = json.loads(run(*words, "--conversations-per-user", "2")[1])["scenarios"]
    assert "requests_per_user" not in one["workload"]


@pytest.mark.parametrize("name", ["chat", "rag", "agent", "summarize", "translate", "extract"])
def test_every_preset_gives_a_bill(run: Run, name: str) -> None:
    code, out, _ = run("budget", "--mau", "10", "--preset", name, "-m", "gpt-4o", "-q")
    assert code == 0
    assert float(out) > 0


def outputs(run: Run, *words: str) -> dict[str, int]:
    models = ("-m", "claude-opus-5,glm-5.3,gpt-4o", "--as-of", "2026-11-30", "--format", "json")
    found = json.loads(run(*words, *models)[1])["results"]
    if "usage" in found[0]:
        return {one["model"]: one["usage"]["output"] for one in found}
    return {one["model"]: one["output_tokens"] + one["thinking_tokens"] for one in found}


@pytest.mark.parametrize("effort", [(), ("--effort", "none"), ("--effort", "high")])
def test_a_preset_has_the_answers_that_an_estimate_looks_up(
    run: Run, effort: tuple[str, ...]
) -> None:
    of_preset = outputs(run, "budget", "--mau", "1000", "--preset", "chat", *effort)
    assert of_preset == outputs(run, "estimate", "text.txt", "-o", "auto", *effort)
    assert of_preset["glm-5.3"] != of_preset["gpt-4o"]


def test_of_a_preset_own_answers_count_for_all_and_thinking_is_added(run: Run) -> None:
    words = ("budget", "--mau", "1000", "--preset", "chat", "--output-tokens", "50")
    assert {*outputs(run, *words).values()} == {50}
    assert min(outputs(run, *words, "--effort", "high").values()) > 500


def test_a_workload_file_has_an_effort_for_each_scenario(run: Run) -> None:
    text = "schema: 1\nmau: 1000\npreset: chat\nmodel: gpt-5.4\nscenarios:\n"
    Path("w.yaml").write_text(text + "  plain: {}\n  hard: {effort: high}\n", "utf-8")
    found = json.loads(run("budget", "-f", "w.yaml", "--format", "json")[1])["results"]

    assert [one["quality"]["effort"] for one in found] == ["default", "high"]
    assert [one["thinking_tokens"] > 0 for one in found] == [False, True]


@pytest.mark.parametrize("command", ["budget", "forecast"])
def test_a_page_draws_each_effort_at_its_own_cost(run: Run, command: str) -> None:
    words = (command, "--mau", "1000", "--as-of", "2026-11-30", "-m", "gemini-3.5-flash,gpt-5.1")
    page = run(*words, "--preset", "chat", "--format", "html")[1]
    own = ("--requests-per-user", "3", "--input-tokens", "5", "--output-tokens", "9")
    named = run(*words, *own, "--format", "html")[1]

    assert 'class="line s3 effort"' in page
    assert "gemini-3.5-flash (medium)" in page
    assert "(medium)" not in named


FORECAST = ("forecast", "--mau", "1000", "--preset", "chat", "--months", "2", "--as-of")


def test_a_forecast_has_the_scores_below_the_months(run: Run) -> None:
    words = (*FORECAST, "2026-11-30", "-m", "glm-5.3-flash,qwen3.7-plus,gpt-4o")
    table = run(*words, "--format", "table")[1].splitlines()
    row = next(line for line in table if line.startswith("quality"))
    found = json.loads(run(*words, "--format", "json")[1])["results"]
    scores = {one["model"]: one["quality"] for one in found}

    assert row.split() == ["quality", "★", "1470.5?", "1454.7?"]
    assert scores["glm-5.3-flash"]["on_front"] is True
    assert scores["qwen3.7-plus"]["on_front"] is False
    assert scores["gpt-4o"] is None


def test_a_forecast_leaves_out_what_is_not_good_enough(run: Run) -> None:
    words = (*FORECAST, "2026-11-30", "-m", "glm-5.3-flash,qwen3.7-plus", "--format", "json")
    found = json.loads(run(*words, "--min-quality", "1460")[1])
    assert [one["model"] for one in found["results"]] == ["glm-5.3-flash"]
    assert "left out by --min-quality: 1 with a worse score, 0 without one" in found["notes"]


def test_the_last_line_names_the_best_for_the_money_everywhere(run: Run) -> None:
    Path("own.csv").write_text("model,score,source\ngpt-4o,9,us\nqwen3.7-plus,5,us\n", "utf-8")
    Path("other.txt").write_text("one two three four five\n", "utf-8")
    models = ("--quality", "own.csv", "-m", "gpt-4o,qwen3.7-plus,hy4-flash", "--format", "table")
    load = ("--mau", "1000", "--preset", "chat", "--as-of", "2026-11-30", "--yuan", "500")
    best = "best value: qwen3.7-plus, gpt-4o"
    for words in (("budget", *load), ("forecast", *load)):
        out = run(*words, *models)[1]
        assert f"{best}; best within the budget: qwen3.7-plus\n" in out
        assert (
            f"{best}; best within the budget: qwen3.7-plus" in run(*words, *models[:-1], "html")[1]
        )
    assert f"{best}\n" in run("diff", "text.txt", "other.txt", *models)[1]
    assert f"{best}\n" in run("estimate", "text.txt", *models)[1]
    assert best in run("estimate", "text.txt", *models[:-1], "html")[1]
    assert f"{best}\n" in run("tasks", "chat", *models)[1]


@pytest.mark.parametrize("command", ["estimate", "budget", "forecast", "diff", "tasks"])
def test_a_bad_file_of_scores_is_refused_by_line(run: Run, command: str) -> None:
    Path("bad.csv").write_text("model,score,source\ngpt-4o,much,us\n,5,us\n", "utf-8")
    words = {
        "estimate": ("text.txt",),
        "diff": ("text.txt", "capped.jsonl"),
        "tasks": ("chat",),
    }.get(command, ("--mau", "9", "--preset", "chat"))
    code, out, err = run(command, *words, "--quality", "bad.csv")
    assert (code, out) == (1, "")
    assert "bad.csv:2: expected `score`" in err
    assert "bad.csv:3: a score has no `model`" in err


@pytest.mark.parametrize("command", ["whatif", "host"])
def test_an_effort_without_effect_is_refused(run: Run, command: str) -> None:
    load = ("--mau", "9", "--requests-per-user", "3", "--input-tokens", "5")
    code, _, err = run(command, *load, "--output-tokens", "5", "--effort", "high")
    assert code == 2
    assert "--effort has no effect without --preset" in err


def test_a_budget_has_the_best_for_the_money_first_if_asked(run: Run) -> None:
    Path("own.csv").write_text("model,score,source\ngpt-4o,9,us\nqwen3.7-plus,5,us\n", "utf-8")
    words = (
        "budget",
        "--mau",
        "1000",
        "--preset",
        "chat",
        "--as-of",
        "2026-11-30",
        *("--quality",),
    )
    more = ("own.csv", "-m", "hy4-flash,gpt-4o,qwen3.7-plus", "--sort", "value")
    table = run(*words, *more, "--format", "table")[1].splitlines()
    rows = [line.split()[:2] for line in table if line[:1].isdigit() and "users" not in line]

    assert rows == [["2", "qwen3.7-plus"], ["3", "gpt-4o"], ["1", "hy4-flash"]]
    assert any(line.startswith("cheapest: hy4-flash") for line in table)
    assert run(*words, *more, "-q")[0] == 2
