"""The cause of what a bill has otherwise is named: bills of our own engine, with one fault each."""

import csv
import io
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from faulty_bills import FAULTS, found_causes, invented_log, judged

from llmcost.cli.app import main

SEEDS = int(os.environ.get("LLMCOST_SINGLE_FAULTS", "210")) // len(FAULTS)
"""Bills of each fault: `LLMCOST_SINGLE_FAULTS=10000` makes as many of all."""


@pytest.mark.parametrize("name", FAULTS)
def test_a_single_fault_is_named(name: str) -> None:
    results = [one for seed in range(SEEDS) if (one := judged(name, seed)) is not None]

    assert len(results) >= SEEDS // 2
    assert results.count(False) <= len(results) // 100


def test_a_bill_of_our_own_agrees() -> None:
    log = invented_log(random.Random(1), ("bands", "office", "dollars"))

    assert found_causes(log, log.lines()) == set()


TINY = Path(__file__).parents[1] / "cli" / "tiny.yaml"


def line(model: str, tokens: int, **others: Any) -> str:
    usage = {"prompt_tokens": tokens, "completion_tokens": 100, **others}
    return json.dumps({"model": model, "timestamp": "2026-10-12T10:00:00+08:00", "usage": usage})


def test_focus_goes_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bill in FOCUS, of which a row is missing."""
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text("\n".join([line("acme-v2", 1000), line("acme-office", 500)]))
    command = ["usage", "log.jsonl", "--prices", str(TINY)]
    assert main([*command, "--format", "focus"]) == 0
    bill = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(bill)))
    assert [(one["SkuMeter"], one["ConsumedQuantity"]) for one in rows] == [
        *(("input", "500"), ("output", "100"), ("input", "1000"), ("output", "100")),
    ]

    Path("bill.csv").write_text(bill)
    assert main([*command, "--bill", "bill.csv", "--format", "json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["results"], whole["agreed"]) == ([], 4)

    Path("bill.csv").write_text("\n".join(bill.splitlines()[:3]))
    main([*command, "--bill", "bill.csv", "--format", "json"])
    (cause,) = json.loads(capsys.readouterr().out)["results"]
    assert (cause["cause"], cause["models"]) == ("missing in the bill", ["acme/acme-v2"])


def test_a_bill_of_a_vendor_with_names_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text(line("acme-v2", 1000))
    Path("bill.csv").write_bytes(
        "日期,模型,计费项,用量,应付金额\n2026/10/12,acme-v2,输入,1000,0.001\n"
        "2026/10/12,acme-v2,输出,100,0.0003\n2026/10/12,,税费,,0.01\n".encode("gb18030")
    )

    main(["usage", "log.jsonl", "--prices", str(TINY), "--bill", "bill.csv", "--format", "json"])
    whole = json.loads(capsys.readouterr().out)

    assert [(one["cause"], one["billed"]) for one in whole["results"]] == [("tax", "0.01")]
    assert whole["agreed"] == 2


def test_what_is_no_bill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, bill = tmp_path / "log.jsonl", tmp_path / "bill.csv"
    log.write_text(line("acme-v2", 1000))
    bill.write_text("a,b\n1,2\n")

    assert main(["usage", str(log), "--prices", str(TINY), "--bill", str(bill)]) == 1
    assert "error: no line of a bill in" in capsys.readouterr().err
