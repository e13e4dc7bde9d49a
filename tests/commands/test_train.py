"""`llmcost train`: a run on GPUs beside the prices of vendors, and what a paid price implies."""

import csv
import io
import json
from typing import Any

import pytest

from llmcost.cli.app import main

DAY = ("--as-of", "2026-11-30")


class Train:
    """Runs `llmcost train` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.notes = ""

    def __call__(self, *words: str, code: int = 0) -> str:
        assert main(["train", *words]) == code
        printed = self.capsys.readouterr()
        self.notes = printed.err
        return printed.err if code else printed.out

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, *DAY, "--format", "json"))

    def rows(self, *words: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self(*words, *DAY, "--format", "csv"))))


@pytest.fixture
def train(capsys: pytest.CaptureFixture[str]) -> Train:
    return Train(capsys)


def test_gpus_beside_the_vendor(train: Train) -> None:
    rows = train.rows("-m", "qwen3-32b", "--tokens", "10M", "--currency", "USD")
    (vendor,) = [row for row in rows if row["kind"] == "vendor"]
    assert (vendor["cost"], vendor["per_million_tokens"]) == ("80", "8")
    own = {row["name"]: float(row["per_million_tokens"]) for row in rows if row["kind"] == "gpus"}
    assert own["H100"] == pytest.approx(0.54, abs=0.005)
    costs = [float(row["cost"]) for row in rows]
    assert costs == sorted(costs)


def test_epochs_are_counted_on_both_sides(train: Train) -> None:
    once = train.rows("-m", "qwen3-32b", "--tokens", "10M")
    thrice = train.rows("-m", "qwen3-32b", "--tokens", "10M", "--epochs", "3")
    for one, three in zip(once, thrice, strict=True):
        assert float(three["cost"]) == pytest.approx(3 * float(one["cost"]))
        assert three["per_million_tokens"] == one["per_million_tokens"]


def test_the_share_of_the_peak_is_a_range_unless_it_is_given(train: Train) -> None:
    words = ("--parameters", "32B", "--tokens", "1M", "--gpu", "H100", "--gpu-hour", "$2.69")
    (row,) = train.rows(*words)
    assert float(row["cost_low"]) < float(row["cost"]) < float(row["cost_high"])
    assert float(row["cost"]) == pytest.approx(0.36, abs=0.005)
    (row,) = train.rows(*words, "--mfu", "40%")
    assert row["cost_low"] == row["cost"] == row["cost_high"]


def test_what_a_price_implies(train: Train) -> None:
    found = train.json("--flop", "2.15e25", "--paid", "$63M", "--gpu", "A100", "--mfu", "0.34")
    assert found["flop"] == "21500000000000000000000000"
    assert float(found["implied"]["per_exaflop"]) == pytest.approx(2.93, abs=0.005)
    assert float(found["implied"]["gpu_hour"]) == pytest.approx(1.12, abs=0.005)
    text = train("--flop", "2.15e25", "--paid", "$63M", "--gpu", "A100", *DAY, "--format", "md")
    assert "$63,000,000 for 2.15e25 FLOP is $2.93 per 1e18 FLOP" in text


def test_a_vendor_of_the_price_table(train: Train) -> None:
    """Qwen-Turbo of 2024: 10 million training tokens at 30 yuan are 300 yuan."""
    assert train("-m", "qwen-turbo", "--tokens", "10M", "--as-of", "2024-06-10", "-q") == "300\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "the training tokens are not given"),
        (("--tokens", "10M"), "the size of the model is not given"),
        (("--tokens", "ten", "--parameters", "1B"), "--tokens must be a number above zero"),
        (("--tokens", "10M", "--flop", "1e20"), "--tokens has no effect with --flop"),
        (("--flop", "1e999"), "--flop must be a number above zero"),
        (("--flop", "1e20", "--mfu", "0"), "--mfu must be a share"),
        (("--flop", "1e20", "--paid", "much"), "--paid must be money"),
        (("--flop", "1e20", "--gpu", "H20"), "no throughput of `H20` is known"),
        (("--flop", "1e20", "--gpu-hour", "$1"), "--gpu-hour has no effect without --gpu"),
    ],
)
def test_what_is_refused(train: Train, words: tuple[str, ...], said: str) -> None:
    assert said in train(*words, code=2)


def test_a_model_of_unknown_size_or_name(train: Train) -> None:
    assert "no model is called" in train("-m", "nothing-1", "--tokens", "10M", code=1)
    assert "add --parameters" in train("-m", "gpt-4o", "--tokens", "10M", *DAY, code=1)
