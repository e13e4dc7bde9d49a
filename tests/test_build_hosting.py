"""`scripts/build_hosting.py`: what it would compute, without the package that forecasts."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from paths import ROOT

PATH = ROOT / "scripts" / "build_hosting.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_hosting", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_point_of_the_file_is_a_case(script: ModuleType) -> None:
    facts = yaml.safe_load(Path(script.FILE).read_text("utf-8"))
    found = [case for case, _point in script.cases(facts, None)]
    one = [case for case, _point in script.cases(facts, ["gpt-oss-120b"])]
    assert len(found) > 170
    assert {case.weights for case in one} == {"openai/gpt-oss-120b"}
    assert all(case.most_gpus > 0 and case.mode in ("SILICON", "HYBRID") for case in found)
    engines = {case.engine.split()[0] for case in found}
    assert engines == {"vllm", "sglang", "trtllm"}


def test_a_point_is_written_as_the_file_has_it(script: ModuleType) -> None:
    case = script.Case("w", "h200_sxm", "vllm 0", 500, 200, 8, (), "SILICON")
    line = script.line_of(case, {"requests": 1.5, "gpus": 2, "layout": [1, 2, 1, 1]})
    assert yaml.safe_load(line) == {
        "input": 500, "output": 200, "requests": 1.5, "gpus": 2, "layout": [1, 2, 1, 1],
    }  # fmt: skip
    assert script.line_of(case, None) == "none"
