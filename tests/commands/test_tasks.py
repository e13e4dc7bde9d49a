"""`llmcost tasks`: models by the cost of a task and of a solved one; lengths learned from logs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from llmcost.cli.app import main

Run = Callable[..., tuple[int, str, str]]
DAY = ("--as-of", "2026-11-30")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def lines(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return lines


def log(*answers: int, model: str = "gpt-4o") -> None:
    rows = [
        {
            "id": f"{model}-{at}",
            "object": "chat.completion",
            "created": 1_790_000_000 + at,
            "model": model,
            "usage": {"prompt_tokens": 10, "completion_tokens": tokens},
        }
        for at, tokens in enumerate(answers)
    ]
    Path("log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")


def test_without_a_task_all_are_listed_with_their_sources(run: Run) -> None:
    code, out, _ = run("tasks", "--format", "json")
    found = {one["task"]: one for one in json.loads(out)["results"]}
    assert code == 0
    assert {"chat", "summarize", "agent-run"} <= found.keys()
    assert all(one["p10"] <= one["p50"] <= one["p90"] for one in found.values())
    assert all(one["sources"] for one in found.values())


def test_the_list_explains_its_columns_and_rows_keep_their_keys(run: Run) -> None:
    lines = run("tasks", "--format", "table")[1].splitlines()
    assert lines[0].startswith("output tokens of an answer without thinking")
    assert lines[-1] == "compare models for a task: llmcost tasks TASK"
    assert any("azure 2023 conv" in one for one in lines)
    head = run("--lang", "zh", "tasks", "--format", "tsv")[1].splitlines()[0]
    assert head.split("\t") == ["task", "p10", "p50", "p90", "mean", "sources"]


def test_a_page_joins_the_efforts_of_a_model(run: Run) -> None:
    Path("a.txt").write_text("Hello", "utf-8")
    words = ("estimate", "a.txt", "-m", "claude-opus-5,gpt-4o", *DAY, "--format", "html")
    page = run(*words)[1]
    assert "claude-opus-5 (high): " in page
    assert "claude-opus-5 (max): " in page
    assert page.count(' effort"') == 1
    assert "(high): " not in run(*words, "-o", "500")[1]  # one length, whatever the effort


def test_a_solved_task_costs_what_the_failures_cost_too(run: Run) -> None:
    words = ("-m", "claude-opus-5,kimi-k3", *DAY, "--effort", "max", "--format", "json")
    document = json.loads(run("tasks", "summarize", *words)[1])
    found = {one["model"]: one for one in document["results"]}
    opus = found["claude-opus-5"]
    cost, solved = (float(opus[key]["amount"]) for key in ("native", "cost_solved"))

    assert opus["quality"]["set"] == "LiveBench 2026-06-25"
    assert opus["quality"]["effort"] == "max"
    assert solved == pytest.approx(cost * 100 / float(opus["quality"]["value"]))
    assert found["kimi-k3"]["quality"] is None  # it has a score at no stated effort alone
    assert found["kimi-k3"]["cost_solved"] is None


def test_a_rating_is_no_share_of_tasks(run: Run) -> None:
    words = ("-m", "claude-opus-5", *DAY, "--effort", "max", "--quality", "arena")
    (one,) = json.loads(run("tasks", "chat", *words, "--format", "json")[1])["results"]
    assert one["quality"]["set"] == "Arena text"
    assert one["cost_solved"] is None


def test_a_table_has_the_task_and_a_conclusion(run: Run) -> None:
    words = ("-m", "claude-opus-5,gpt-5.6-sol", *DAY, "--effort", "max", "--format", "table")
    lines = run("tasks", "code-edit", *words)[1].splitlines()
    assert lines[0].startswith("code-edit at effort max · 12,089 tokens in, ")
    assert "cheapest per solved task: " in " ".join(lines[-2:])


def test_the_input_is_yours_where_you_name_it(run: Run) -> None:
    words = ("tasks", "agent-run", "-m", "gpt-4o", *DAY)
    assert run(*words)[0] == 2
    (one,) = json.loads(run(*words, "--input-tokens", "50k", "--format", "json")[1])["results"]
    assert one["usage"]["input"] == 50_000


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("poem",), 2, "does not know `poem`"),
        (("chat", "--input-tokens", "many"), 2, "--input-tokens must be a whole number"),
        (("chat", "--learn", "nothing.json"), 1, "cannot read the lengths"),
        (("agent-run",), 2, "the input of `agent-run` is not published"),
        (("learn", "empty.jsonl"), 1, "empty.jsonl"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Run, words: tuple[str, ...], code: int, message: str
) -> None:
    found, out, err = run("tasks", *words)
    assert (found, out) == (code, "")
    assert message in err.replace("\n", " ")


def test_lengths_are_learned_from_a_log_and_used(run: Run) -> None:
    log(*range(100, 200))
    code, out, err = run("tasks", "learn", "log.jsonl", "--task", "chat")
    Path("lengths.json").write_text(out, "utf-8")
    (row,) = json.loads(out)["rows"]
    assert code == 0
    assert "learned from 100 requests" in err
    assert (row["model"], row["n"], row["task"]) == ("openai/gpt-4o", 100, "chat")
    assert row["low"] == pytest.approx(109, rel=0.02)
    assert row["high"] == pytest.approx(190, rel=0.02)

    Path("text.txt").write_text("Hi", "utf-8")
    words = ("estimate", "text.txt", "-m", "gpt-4o,gpt-4o-mini", *DAY, "--format", "json")
    for file in ("lengths.json", "log.jsonl"):
        results = json.loads(run(*words, "--learn", file)[1])["results"]
        outputs = {one["model"]: one["usage"]["output"] for one in results}
        assert outputs == {"gpt-4o": 150, "gpt-4o-mini": 277}


def test_a_log_without_known_models_and_a_damaged_file_are_refused(run: Run) -> None:
    log(5, 6, model="nobody-knows")
    code, out, err = run("tasks", "learn", "log.jsonl")
    assert (code, out) == (1, "")
    assert "the logs have no answer of a model of the price table" in err
    Path("bad.json").write_text('{"schema": "llmcost.lengths/1", "rows": 5}', "utf-8")
    Path("text.txt").write_text("Hi", "utf-8")
    code, _, err = run("estimate", "text.txt", "-m", "gpt-4o", "--learn", "bad.json")
    assert code == 1
    assert "`bad.json` is not a file of lengths" in err.replace("\n", " ")


def test_explain_names_set_day_and_number_of_each_figure(run: Run) -> None:
    words = ("tasks", "summarize", "--effort", "max", "-m", "claude-opus-5", "--format", "table")
    code, out, _ = run(*words, "--explain")
    assert code == 0
    assert (
        "LiveBench 2026-06-25: claude-opus-5-max-effort, effort max, 2026-08-22, n = 1,226" in out
    )
    assert "livebench: claude-opus-5-max-effort" in out


def test_there_is_no_run_of_an_agent_without_thinking(run: Run) -> None:
    code, _, err = run("tasks", "agent-run", "--input-tokens", "5k", "--effort", "none")
    assert code == 2
    assert "no source has agent-run without thinking" in err


def answer(model: str, output: int, number: int) -> str:
    usage = {"prompt_tokens": 9, "completion_tokens": output, "total_tokens": 9 + output}
    row = {"model": model, "id": f"c{number}", "object": "chat.completion", "created": 1793692800}
    return json.dumps({**row, "choices": [], "usage": usage}) + "\n"


def test_models_of_a_log_that_nobody_sells_are_named(run: Run) -> None:
    lines = [answer("gpt-4o" if number < 2 else "nosuch", 70, number) for number in range(5)]
    Path("odd.jsonl").write_text("".join(lines), "utf-8")
    code, out, err = run("tasks", "learn", "odd.jsonl")
    (row,) = json.loads(out)["rows"]

    assert code == 0
    assert row["n"] == 2
    assert row["low"] >= 1
    assert "learned from 2 requests of 1 model\n" in err
    assert "left out: 3 requests of models that the price table does not have: nosuch" in err


def test_a_log_with_a_bad_line_is_not_learned_from_in_silence(run: Run) -> None:
    Path("half.jsonl").write_text(answer("gpt-4o", 70, 1) + "{not json\n", "utf-8")
    code, out, err = run("estimate", "text.txt", "-m", "gpt-4o", "--learn", "half.jsonl")
    assert (code, out) == (1, "")
    assert "half.jsonl:2" in err
