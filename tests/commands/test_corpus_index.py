"""`estimate docs/ -f rag.yaml`: the index of documents that are counted, and questions on them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from llmcost.cli.app import main

PRICES = """
schema: 1
providers:
  - id: acme
    name: Acme
    currency: CNY
    models:
      - {id: embed-1, name: Embed, kind: embedding, tokenizer: o200k_base, prices: [{
         from: 2024-01-01, input: 500, source: x, checked: 2024-01-01}]}
      - {id: rank-1, name: Rank, kind: rerank, tokenizer: o200k_base, prices: [{
         from: 2024-01-01, input: 100, source: x, checked: 2024-01-01}]}
      - {id: talk-1, name: Talk, tokenizer: o200k_base, prices: [{from: 2024-01-01, input: 1000,
         output: 2000, source: x, checked: 2024-01-01}]}
      - {id: talk-2, name: Talk, tokenizer: o200k_base, prices: [{from: 2024-01-01, input: 500,
         output: 1000, source: x, checked: 2024-01-01}]}
"""
WORKLOAD = """
schema: 1
mau: 10
requests_per_user: 3
embed: {model: acme/embed-1, chunk_size: 5, chunk_overlap: 2, reindex: 2}
rerank: {model: acme/rank-1, candidates: 4}
generate: {model: [acme/talk-1, acme/talk-2], top_k: 3, input_tokens: 10, output_tokens: 20}
"""


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two documents of 11 and 3 tokens: 3 chunks of 5 that repeat 2 twice, and one of 3."""
    monkeypatch.chdir(tmp_path)
    Path("prices.yaml").write_text(PRICES)
    Path("rag.yaml").write_text(WORKLOAD)
    Path("docs").mkdir()
    Path("docs/a.txt").write_text(" a" * 11)
    Path("docs/b.txt").write_text(" a" * 3)
    return tmp_path


def run(*words: str) -> int:
    return main(["estimate", *words, "--prices", "prices.yaml", "--as-of", "2024-06-01"])


@pytest.mark.usefixtures("corpus")
def test_documents_are_indexed_once_and_questions_searched(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A question embeds 10 tokens, ranks 4 chunks of 5 with it, sends 3 chunks and 10, and is
    answered with 20; 30 a month, and the index twice."""
    assert run("docs", "-f", "rag.yaml", "--calls", "1", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)

    index = found["index"]
    assert (index["document_tokens"], index["chunks"], index["embedded_tokens"]) == (14, 4, 18)
    assert Decimal(index["cost"]["amount"]) == Decimal("0.009")
    search = Decimal("0.005") + Decimal("0.006")
    costs = {one["model"]: Decimal(one["cost"]["amount"]) for one in found["results"]}
    assert costs == {
        "talk-2": search + Decimal("0.0125") + Decimal("0.02"),
        "talk-1": search + Decimal("0.025") + Decimal("0.04"),
    }
    months = [Decimal(one["month"]["amount"]) for one in found["results"]]
    assert months == [30 * cost + Decimal("0.018") for cost in costs.values()]
    parts = [sum(Decimal(part["amount"]) for part in one["parts"]) for one in found["results"]]
    assert parts == list(costs.values())


@pytest.mark.usefixtures("corpus")
def test_a_thousand_questions_unless_a_number_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("docs", "-f", "rag.yaml", "-q", "-m", "talk-2") == 0
    assert capsys.readouterr().out == "43.5\n"
    assert run("docs", "-f", "rag.yaml", "--calls", "10", "-q", "-m", "talk-2") == 0
    assert capsys.readouterr().out == "0.435\n"


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "5"], "--output-tokens has no effect with -f"),
        (["--split", "5"], "--split has no effect with -f"),
        (["--vs", "talk-1"], "--vs has no effect with -f"),
        (["-t", "qwen"], "-t has no effect with -f"),
        (["--at", "peak"], "--at has no effect with -f"),
        (["--format", "html"], "--format html has no effect with -f"),
        (["--scenario", "x"], "no scenario is called `x`"),
    ],
)
def test_what_the_file_says_or_has_no_place_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("docs", "-f", "rag.yaml", *words) in (1, 2)
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("workload", "said"),
    [
        ("schema: 1\ninput_tokens: 5\n", "does not say `embed`"),
        ("schema: 1\nembed: {model: acme/embed-1}\n", "does not say `chunk_size`"),
        (WORKLOAD + "scenarios: {a: {}, b: {}}\n", "several scenarios: `a`, `b`"),
        (WORKLOAD.replace("embed-1", "talk-1"), "rag.yaml:5"),
    ],
)
def test_a_file_without_the_steps_is_refused(
    workload: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rag.yaml").write_text(workload)

    assert run("docs", "-f", "rag.yaml") in (1, 2)
    assert said in capsys.readouterr().err
    assert capsys.readouterr().out == ""
