"""Several scenarios in one document: what they have in common, and what each states for itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmcost.cli.app import main

RATES = {"cheap": "6", "dear": "8"}
FILE = """\
schema: 1
mau: 1000
requests_per_user: 1
input_tokens: 1000
output_tokens: 0
currency: CNY
scenarios:
"""
ONE_SCENARIO = """
  {name}:
    fx: {rate}
"""
COMMANDS = ("budget", "forecast", "whatif")


def workload(folder: Path, rates: dict[str, str]) -> Path:
    path = folder / "workload.yaml"
    scenarios = (ONE_SCENARIO.format(name=name, rate=rate) for name, rate in rates.items())
    path.write_text(FILE + "".join(scenarios), encoding="utf-8")
    return path


@pytest.fixture
def document(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> Any:
        assert main([*words, "-m", "openai/gpt-4o", "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_scenarios_of_different_rates_state_each_its_own(
    command: str, document: Any, tmp_path: Path
) -> None:
    found = document(command, "-f", str(workload(tmp_path, RATES)))
    assert "fx" not in found
    assert {one["name"]: one["fx"]["rate"] for one in found["scenarios"]} == RATES


@pytest.mark.parametrize("command", COMMANDS)
def test_scenarios_of_one_rate_state_it_for_all(
    command: str, document: Any, tmp_path: Path
) -> None:
    found = document(command, "-f", str(workload(tmp_path, dict.fromkeys(RATES, "7"))))
    assert found["fx"]["rate"] == "7"
    assert [(one["currency"], one["fx"]) for one in found["scenarios"]] == [
        ("CNY", found["fx"])
    ] * 2


@pytest.mark.parametrize("command", ["budget", "forecast"])
def test_a_bare_number_of_two_scenarios_asks_for_one_of_them(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The model is one already: it is no hint to name it, once or twice."""
    path = workload(tmp_path, RATES)
    assert main([command, "-f", str(path), "-m", "openai/gpt-4o", "-q"]) == 2
    said = capsys.readouterr().err
    assert "gpt-4o" not in said
    assert "--scenario" in said


@pytest.mark.parametrize("command", ["budget", "forecast"])
def test_a_bare_number_of_two_models_names_each_once(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = [command, "-f", str(workload(tmp_path, RATES)), "-q"]
    assert main([*words, "-m", "openai/gpt-4o,openai/gpt-4o-mini"]) == 2
    said = capsys.readouterr().err
    assert said.count("`openai/gpt-4o`") == said.count("`openai/gpt-4o-mini`") == 1
