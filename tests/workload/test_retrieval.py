"""What retrieval costs: the index of the documents, the question, the chunks that are reranked."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import exchange, model, rates, row

from llmcost.errors import BadWorkload
from llmcost.workload.file import read_workload
from llmcost.workload.model import Workload
from llmcost.workload.retrieval import (
    Retrieval,
    SearchModel,
    chunks_of,
    index_part,
    request_parts,
    why_unpriced,
)

D = Decimal
EMBED = SearchModel(model("e", row(rates("0.5")), kind="embedding"), row(rates("0.5")), "CNY")
BY_TOKEN = SearchModel(model("r", row(rates("2")), kind="rerank"), row(rates("2")), "USD")
SEARCHES = row(fees={"search": "2"})
BY_SEARCH = SearchModel(model("s", SEARCHES, kind="rerank"), SEARCHES, "CNY")


@pytest.mark.parametrize(
    ("tokens", "size", "overlap", "chunks"),
    [
        (0, 500, 50, 0),
        (1, 500, 50, 1),
        (500, 500, 50, 1),
        (501, 500, 50, 2),
        (950, 500, 50, 2),
        (951, 500, 50, 3),
        (1000, 500, 0, 2),
        (1000, 0, 0, 1),
    ],
)
def test_chunks_repeat_the_end_of_the_one_before(
    tokens: int, size: int, overlap: int, chunks: int
) -> None:
    assert chunks_of(tokens, size, overlap) == chunks


@settings(max_examples=40)
@given(st.integers(1, 10**9), st.integers(1, 9999), st.data())
def test_chunks_are_as_few_as_hold_the_text(tokens: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size - 1))
    chunks, step = chunks_of(tokens, size, overlap), size - overlap

    assert size + (chunks - 1) * step >= tokens
    assert chunks == 1 or size + (chunks - 2) * step < tokens


def amounts(currency: str, retrieval: Retrieval, **fields: Any) -> list[tuple[str, Decimal]]:
    """What a request costs, and the index in a month, at 7 CNY for a dollar."""
    asked = (Workload(**fields), retrieval, currency, exchange())
    index = index_part(*asked)
    return [(one.item, one.amount) for one in (*request_parts(*asked), index) if one is not None]


M = 1_000_000
CASES: list[tuple[Retrieval, dict[str, Any], list[tuple[str, Decimal]]]] = [
    (Retrieval(), {"input_tokens": M}, []),
    (Retrieval(EMBED), {"input_tokens": M}, [("embed_question", D("0.5"))]),
    (
        Retrieval(EMBED),
        {"corpus_tokens": M, "chunk_size": M // 2, "reindex": D(30)},
        [("embed_index", D(15))],
    ),
    (
        Retrieval(EMBED),
        {"corpus_tokens": 950_000, "chunk_size": 500_000, "chunk_overlap": 50_000},
        [("embed_index", D("0.5"))],
    ),
    (Retrieval(EMBED), {"corpus_tokens": M, "chunk_size": 500, "reindex": D(0)}, []),
    (
        Retrieval(None, BY_TOKEN),
        {"input_tokens": 100, "chunk_size": 400, "rerank_candidates": 2000},
        [("rerank", D(14))],
    ),
    (
        Retrieval(None, BY_SEARCH),
        {"input_tokens": 100, "chunk_size": 400, "rerank_candidates": 101},
        [("rerank", D("0.004"))],
    ),
]


@pytest.mark.parametrize(("retrieval", "fields", "parts"), CASES)
def test_each_step_is_billed_by_what_it_reads(
    retrieval: Retrieval, fields: dict[str, Any], parts: list[tuple[str, Decimal]]
) -> None:
    """In the currency of the model that answers. A reranker reads the question with each chunk, or
    bills a search of up to a hundred."""
    assert amounts("CNY", retrieval, **fields) == parts


def test_a_step_in_another_currency_is_converted() -> None:
    found = amounts("USD", Retrieval(EMBED), input_tokens=7 * M)

    assert found == [("embed_question", D("0.5"))]


@pytest.mark.parametrize(
    ("kind", "found", "why"),
    [
        ("embedding", EMBED, ""),
        ("rerank", BY_SEARCH, ""),
        ("rerank", EMBED, "e is not a model of kind rerank"),
    ],
)
def test_a_model_does_its_own_step(kind: str, found: SearchModel, why: str) -> None:
    assert why_unpriced(found.model, found.row, kind) == why
    unpriced = f"no price of {found.model.id} known"
    assert why_unpriced(found.model, None, kind) == (why or unpriced)


STEPS = """schema: 1
embed: {model: e, corpus_tokens: 5M, chunk_size: 500, chunk_overlap: 50, reindex: 2}
rerank: {model: r, candidates: 50}
generate: {model: [a, b], top_k: 5, input_tokens: 9}
scenarios:
  other: {embed: f, generate: {top_k: 3}}
"""


def test_the_steps_of_a_file_are_its_fields() -> None:
    """Each by itself, or together; a scenario replaces what it names."""
    found = read_workload(Path("w.yaml"), STEPS.encode())

    assert {key: entry.value for key, entry in found.base.items()} == {
        "embed": "e",
        "corpus_tokens": 5 * M,
        "chunk_size": 500,
        "chunk_overlap": 50,
        "reindex": D(2),
        "rerank": "r",
        "rerank_candidates": 50,
        "model": ("a", "b"),
        "top_k": 5,
        "input_tokens": 9,
    }
    other = found.scenarios["other"]
    assert {key: entry.value for key, entry in other.items()} == {"embed": "f", "top_k": 3}
    assert found.base["corpus_tokens"].place == "w.yaml:2"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("embed: {model: e, candidates: 5}", "w.yaml:2: unknown key `candidates` in `embed`"),
        ("top_k: 3\ngenerate: {top_k: 5}", "w.yaml:3: duplicate key `top_k` in generate"),
        ("generate: 5", "w.yaml:2: expected `generate` as `key: value` lines"),
        ("rerank: {model: r, candidates: -5}", "w.yaml:2: expected `rerank_candidates` as"),
    ],
)
def test_a_step_is_refused_at_its_line(text: str, problem: str) -> None:
    with pytest.raises(BadWorkload) as caught:
        read_workload(Path("w.yaml"), f"schema: 1\n{text}\n".encode())

    assert caught.value.problems[0].startswith(problem)
