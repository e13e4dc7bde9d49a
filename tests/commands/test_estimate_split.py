"""A text that is longer than a request is sent as several."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcost.cli.app import main
from llmcost.commands.estimate.compute import split
from llmcost.pricing.usage import Count, Input, Size, split_sizes, spread


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (Size(250, 250, 250), {Size(100, 100, 100): 2, Size(50, 50, 50): 1}),
        (Size(200, 200, 200), {Size(100, 100, 100): 2}),
        (Size(99, 99, 99), {Size(99, 99, 99): 1}),
        (Size(0, 0, 0), {Size(0, 0, 0): 1}),
        (Size(250, 200, 300), {Size(100, 80, 120): 2, Size(50, 40, 60): 1}),
        (
            Size(200, 199, 203),
            {Size(100, 100, 102): 1, Size(100, 99, 101): 1},
        ),
    ],
)
def test_a_text_is_cut_into_full_requests_and_a_rest(size: Size, parts: dict[Size, int]) -> None:
    assert split_sizes({size: 1}, 100) == parts


@given(
    bounds=st.lists(st.integers(0, 10**12), min_size=3, max_size=3).map(sorted),
    most=st.integers(1, 10**6),
    times=st.integers(1, 50),
)
def test_nothing_is_lost_between_requests(bounds: list[int], most: int, times: int) -> None:
    low, tokens, high = bounds
    parts = split_sizes({Size(tokens, low, high): times}, most)

    assert sum(one.tokens * number for one, number in parts.items()) == tokens * times
    assert sum(one.low * number for one, number in parts.items()) == low * times
    assert sum(one.high * number for one, number in parts.items()) == high * times
    assert all(0 <= one.low <= one.tokens <= min(one.high, most) for one in parts)


@given(
    bounds=st.lists(st.integers(0, 10**9), min_size=3, max_size=3).map(sorted),
    times=st.integers(1, 10**6),
)
def test_tokens_are_spread_evenly(bounds: list[int], times: int) -> None:
    low, tokens, high = bounds
    parts = list(spread(Size(tokens, low, high), times))

    assert sum(number for _, number in parts) == times
    assert sum(one.tokens * number for one, number in parts) == tokens
    assert max(one.tokens for one, _ in parts) - min(one.tokens for one, _ in parts) <= 1


def test_each_tokenizer_has_its_own_parts_and_requests_stay_as_they_are() -> None:
    counts = {name: Count(n, n, n, name, exact=True) for name, n in (("a", 150), ("b", 90))}
    text = split(Input("text", 1, 1, counts), 100)
    requests = Input("file", 1, 1, counts, {"a": {Size(150, 150, 150): 1}})

    assert text.sizes == {
        "a": {Size(100, 100, 100): 1, Size(50, 50, 50): 1},
        "b": {Size(90, 90, 90): 1},
    }
    assert split(requests, 100) is requests


TABLE = """\
schema: 1
providers:
  - id: tiny
    name: Tiny
    currency: CNY
    models:
      - id: small
        tokenizer: o200k_base
        context: 150
        prices: [{from: 2024-01-01, input: 1, output: 100, source: own, checked: 2024-01-01}]
      - id: large
        tokenizer: o200k_base
        prices: [{from: 2024-01-01, input: 1, output: 100, source: own, checked: 2024-01-01}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(TABLE, "utf-8")
    Path("text").write_text("word " * 250, "utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["estimate", *words, "--prices", "tiny.yaml", "-m", "tiny/*"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.usefixtures("folder")
def test_a_text_fits_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    """251 tokens in three requests, each with output of its own."""
    code, out, err = run(
        capsys, "text", "--split", "100", "-o", "10", "--format", "json", "--notes"
    )
    found: Any = json.loads(out)

    assert code == 0
    assert [one["model"] for one in found["results"]] == ["large", "small"]
    for one in found["results"]:
        assert one["usage"]["input"] == one["tokens"]["count"] == 251
        assert one["usage"]["output"] == 30
        assert Decimal(one["cost"]["amount"]) == Decimal(251 + 3000) / 1_000_000
    assert "3 requests, texts in parts of 100 tokens at most (--split)" in err


@pytest.mark.usefixtures("folder")
def test_what_each_text_costs_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other").write_text("word", "utf-8")
    words = ("text", "other", "--split", "100", "-o", "10", "--per-file", "--format", "json")
    found: Any = json.loads(run(capsys, *words)[1])
    outputs = [one["usage"]["output"] for one in found["breakdown"] if one["model"] == "small"]

    assert outputs == [30, 10]


@pytest.mark.usefixtures("folder")
def test_who_has_long_texts_is_told_of_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        "--split" not in run(capsys, "text", "--notes")[2]
    )  # 251 tokens are not long, whatever is left out
    Path("long").write_text("word " * 100_001, "utf-8")

    err = run(capsys, "long", "text", "--notes")[2]
    assert err.count("--split 100000 sends long texts as requests of 100,000 tokens") == 1
    assert "--split 100000" not in run(capsys, "long", "--split", "150", "--notes")[2]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("value", ["0", "-5", "1.5", "abc", "", "10%"])
def test_a_wrong_number_of_tokens(capsys: pytest.CaptureFixture[str], value: str) -> None:
    code, out, err = run(capsys, "text", f"--split={value}")

    assert (code, out) == (2, "")
    assert "--split must be a whole number of tokens above zero" in err
    assert "hint: for example 8k or 100k" in err


@pytest.mark.usefixtures("folder")
def test_parts_are_no_requests_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "text", "--split", "8k", "--per-request")

    assert code == 2
    assert "--per-file" in err
