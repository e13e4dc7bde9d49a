"""A price file of the user's own, named or kept in the config folder, and discounts in it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcost.cli.app import main

OURS = """
schema: 1
providers:
  - id: acme
    name: Acme
    currency: CNY
    models:
      - id: large
        tokenizer: o200k_base
        prices:
          - from: 2026-01-01
            input: 10
            output: 20
            batch: {output: 15}
            source: a letter
            checked: 2026-01-02
      - id: small
        tokenizer: o200k_base
        prices: [{from: 2026-01-01, input: 1, output: 2, source: a letter, checked: 2026-01-02}]
"""


def overlay(provider: str) -> str:
    return f"schema: 1\nproviders:\n  - {provider}\n"


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def estimated(capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    """The JSON of an estimate of 1,000 calls with one output token each, input left out."""
    words = [
        "estimate",
        "/dev/null",
        "-o",
        "1000",
        "--format",
        "json",
        "--currency",
        "CNY",
        *options,
    ]
    assert main(words) == 0
    return json.loads(capsys.readouterr().out)


def amounts(document: Any) -> dict[str, Decimal]:
    return {one["model"]: Decimal(one["native"]["amount"]) for one in document["results"]}


@pytest.mark.parametrize(
    ("provider", "large", "small"),
    [
        pytest.param("{id: acme, discount: 0.5}", "0.01", "0.001", id="of-a-provider"),
        pytest.param(
            "{id: acme, models: [{id: small, discount: 0.5}]}", "0.02", "0.001", id="of-a-model"
        ),
        pytest.param(
            "{id: acme, discount: 0.5, models: [{id: small, discount: 0.9}]}",
            *("0.01", "0.0018"),
            id="the-model-before-its-provider",
        ),
    ],
)
def test_a_discount_is_a_factor_on_our_prices(
    provider: str, large: str, small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was negotiated multiplies every price, and the bill names it as a step."""
    ours, own = write(tmp_path / "a.yaml", OURS), write(tmp_path / "b.yaml", overlay(provider))

    found = estimated(capsys, "--prices", ours, "--prices", own, "-m", "acme/*")

    assert amounts(found) == {"large": Decimal(large), "small": Decimal(small)}
    steps = {step for one in found["results"] for part in one["parts"] for step in part["steps"]}
    assert steps
    assert all(step.startswith("discount x 0.") for step in steps)


def test_a_discount_comes_after_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is taken off the price that would be billed without it."""
    ours = write(tmp_path / "a.yaml", OURS)
    own = write(tmp_path / "b.yaml", overlay("{id: acme, discount: 0.8}"))

    found = estimated(capsys, "--prices", ours, "--prices", own, "-m", "acme/large", "--batch")

    assert amounts(found) == {"large": Decimal("0.012")}
    assert found["results"][0]["parts"][0]["steps"] == ["batch", "discount x 0.8"]


def test_a_file_in_the_config_folder_is_always_laid_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a note says so, since nobody named it."""
    monkeypatch.setenv("LLMCOST_CONFIG_DIR", str(tmp_path))
    path = write(tmp_path / "prices.yaml", OURS)

    assert main(["estimate", "/dev/null", "-o", "1000", "-m", "acme/large", "--notes"]) == 0

    captured = capsys.readouterr()
    assert "\t0.02\tCNY\t" in captured.out
    assert f"note: with the prices of {path}" in captured.err


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("{id: nobody, discount: 0.5}", "a provider has no `models`"),
        (
            "{id: openai, discount: 0}",
            "expected `discount` as a factor above zero like 0.5, got `0`",
        ),
        ("{id: openai, models: [{id: nothing, discount: 0.5}]}", "a model has no `tokenizer`"),
    ],
)
def test_a_discount_of_nothing_is_refused(
    provider: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A discount needs something that it is taken off, and leaves a price."""
    own = write(tmp_path / "own.yaml", overlay(provider))

    assert main(["models", "--prices", own]) == 1
    assert f"own.yaml:3: {expected}" in capsys.readouterr().err


def test_a_discount_of_a_provider_holds_for_models_of_the_same_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of one's own may list private models and say once what is taken off all of them."""
    text = OURS.replace("    currency: CNY\n", "    currency: CNY\n    discount: 0.5\n")

    found = estimated(capsys, "--prices", write(tmp_path / "a.yaml", text), "-m", "acme/*")

    assert amounts(found) == {"large": Decimal("0.01"), "small": Decimal("0.001")}
