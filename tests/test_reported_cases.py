"""Inputs that were once read or billed wrongly, with the values that vendors' rules give."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmcost.cli.app import main

CASES = Path(__file__).parent / "reported"


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("file", "model", "least", "most", "exact"),
    [
        ("first-line-decides.jsonl", "gpt-4o", 96, 96, True),
        ("schema-not-counted.jsonl", "gpt-4o", 65, 85, False),
        ("defs-ref.jsonl", "gpt-4o", 80, 100, False),
        ("own-form.jsonl", "gpt-4o", 35, 35, True),
        ("unknown-records.jsonl", "gpt-4o", 300, 300, True),
    ],
)
def test_requests_have_the_tokens_that_are_billed(
    capsys: pytest.CaptureFixture[str], file: str, model: str, least: int, most: int, exact: bool
) -> None:
    row, *_ = document(capsys, "estimate", str(CASES / file), "-m", model)["results"]

    assert least <= row["tokens"]["count"] <= most
    assert row["tokens"]["exact"] is exact


@pytest.mark.parametrize(
    ("file", "requests"),
    [("first-line-decides.jsonl", 3), ("own-form.jsonl", 3), ("unknown-records.jsonl", 50)],
)
def test_each_line_is_a_request_of_its_own_form(
    capsys: pytest.CaptureFixture[str], file: str, requests: int
) -> None:
    found = document(capsys, "estimate", str(CASES / file), "-m", "gpt-4o")

    assert found["inputs"][0]["requests"] == requests


def test_bounds_hold_what_thinking_adds(capsys: pytest.CaptureFixture[str]) -> None:
    """Recorded answers lie 29 tokens above the words of the request, of which there are 15."""
    words = ("estimate", str(CASES / "thinking.jsonl"), "-m", "claude-haiku-4-5")
    tokens = document(capsys, *words)["results"][0]["tokens"]

    assert tokens["low"] <= 15 + 29 <= tokens["high"]
    assert tokens["exact"] is False


@pytest.mark.parametrize(
    ("file", "requests", "input", "output", "cost"),
    [
        ("unique-keeps-first.jsonl", 1, 15_182, 159, "0.0593145"),
        ("otel-details-cache.jsonl", 1, 130_213, 100, "0.04490025"),
        ("speed-fast.jsonl", 1, 1_000, 1_000, "0.06"),
        ("image-output.jsonl", 1, 100, 1_290, "0.03873"),
        ("gemini-flex.jsonl", 1, 7, 205, "0.00092775"),
        ("dashscope-stream.jsonl", 1, 20, 16, "0.000048"),
        ("continuous-usage.jsonl", 1, 100, 3, "0.00028"),
        ("agent-step.jsonl", 1, 113, 11, "0.00025125"),
        ("total-above-parts.jsonl", 1, 41, 348, "0.0008823"),
        ("types.jsonl", 3, 3_000, 300, "0.0105"),
    ],
)
def test_logs_cost_what_the_vendor_bills(
    capsys: pytest.CaptureFixture[str], file: str, requests: int, input: int, output: int, cost: str
) -> None:
    row, *others = document(capsys, "usage", str(CASES / file))["results"]

    assert others == []
    assert (row["requests"], row["usage"]["input"], row["usage"]["output"]) == (
        *(requests, input),
        output,
    )
    assert row["cost"]["amount"] == cost


def test_codex_is_read_beside_other_logs(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "usage", str(CASES / "codex-beside-others.jsonl"))["results"]
    usage = {row["model"]: row["usage"] for row in rows}

    assert {
        name: (one["input"], one["output"], one["cache_read"]) for name, one in usage.items()
    } == {
        "gpt-4o": (10, 1, 0),
        "gpt-5.2-codex": (3_000, 300, 900),
    }


def test_the_same_answers_in_two_sessions_are_billed_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    log = (CASES / "synthetic.jsonl").read_text(encoding="utf-8")
    for session in ("a", "b"):
        (tmp_path / f"{session}.jsonl").write_text(log, encoding="utf-8")

    found = document(capsys, "usage", str(tmp_path))

    assert (sum(row["requests"] for row in found["results"]), found["lines"]["repeated"]) == (2, 2)


def test_a_request_without_tokens_fails_no_gate(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", str(CASES / "synthetic.jsonl"), "--fail-over", "1000 yuan"]) == 0
    capsys.readouterr()


def test_columns_of_a_table_in_gb18030(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("estimate", str(CASES / "gbk.csv"), "--column", "评论", "-m", "gpt-4o")
    assert document(capsys, *words)["results"][0]["tokens"]["count"] == 7
