"""Instants at the edges of what can be reckoned with, clocks and zones that are wrong, and digits
that are none."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import llmcost
from llmcost.cli.app import main
from llmcost.errors import LlmcostError
from llmcost.runtime import clock
from llmcost.yaml_files import parse_instant

POSIX = pytest.mark.skipif(os.name != "posix", reason="TZ has other forms elsewhere")
EDGES = ["9999-12-31T23:59-12:00", "9999-12-31", "0001-01-01", "0001-01-01T00:00+14:00"]
NO_DATES = ["２０２６-01-01", "2026-01-01é10:00", "2026-W01-1", "20260101", "2026-01-01T٥0:00", ""]
ONE = ("estimate", "small.txt", "-m", "gpt-4o")
LOAD = (
    *("--mau", "1000", "--requests-per-user", "5", "--input-tokens", "100"),
    *("--output-tokens", "50", "-m", "deepseek/*"),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.txt").write_text("What does this cost?", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("option", ["--at", "--as-of"])
@pytest.mark.parametrize("text", [*EDGES, *NO_DATES])
def test_no_usable_instant(capsys: pytest.CaptureFixture[str], option: str, text: str) -> None:
    assert main([*ONE, option, text]) == 2
    assert capsys.readouterr().err.startswith("error: not a ")


@pytest.mark.parametrize("text", ["9000-12-31T23:59-12:00", "1000-01-01T00:00+14:00"])
def test_the_first_and_last_year(text: str) -> None:
    """Of the calendar that is reckoned with; prices may not be known then."""
    assert main([*ONE, "--at", text, "--fx", "7"]) in (0, 1)
    assert main(["forecast", *LOAD, "--as-of", text, "--month", "2026-12", "--fx", "7"]) in (0, 1)


@pytest.mark.parametrize("text", EDGES)
def test_in_python(text: str) -> None:
    with pytest.raises(llmcost.UsageError, match="not a usable date"):
        llmcost.estimate("hello", models="gpt-4o", as_of=datetime.fromisoformat(text))


@pytest.mark.parametrize("text", EDGES)
def test_in_a_workload(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (folder / "w.yaml").write_text(
        f"schema: 1\nbudget: 100 yuan\nas_of: {text}\n", encoding="utf-8"
    )
    assert main(["budget", "-f", "w.yaml"]) == 1
    assert "w.yaml:3: " in capsys.readouterr().err


@pytest.mark.parametrize("text", EDGES)
def test_in_a_price_file(text: str) -> None:
    assert parse_instant(text) is None


@pytest.mark.parametrize(
    "time", ['"9999-12-31T23:59:59-12:00"', '"0001-01-01T00:00:00+14:00"', '"²"', '"٥"', "1e300",
             f'"{"9" * 5000}"', "-1"]
)  # fmt: skip
def test_in_a_log(folder: Path, capsys: pytest.CaptureFixture[str], time: str) -> None:
    good = '{"model":"gpt-4o","usage":{"prompt_tokens":1,"completion_tokens":1},"created":1}\n'
    (folder / "log.jsonl").write_text(good + good.replace('"created":1', f'"created":{time}'))
    assert main(["usage", "log.jsonl"]) == 1
    assert "log.jsonl:2: no time: `" in capsys.readouterr().err


@pytest.mark.parametrize("year", [1970, 2400, 9000])
@pytest.mark.parametrize(
    "words",
    [ONE, ("budget", "--yuan", "100"), ("forecast", *LOAD), ("prices", "check"), ("models",),
     ("prices", "show", "deepseek/*"), ("prices", "history", "qwen-plus"), ("tokenizers",)],
    ids=" ".join,
)  # fmt: skip
def test_a_clock_in_another_century(
    monkeypatch: pytest.MonkeyPatch, year: int, words: Sequence[str]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(year, 11, 30, 23, tzinfo=UTC))
    assert main(list(words)) in (0, 1, 2)


def test_prices_of_2400_are_the_last_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2400, 11, 30, 23, tzinfo=UTC))
    assert main([*ONE[:-1], "gpt-6-luna", "-q"]) == 0
    assert capsys.readouterr().out == "0.0000005\n"


@pytest.mark.parametrize("error", [ValueError, OverflowError, OSError])
def test_a_clock_beyond_all_years(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    class Broken(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Broken":
            raise error

    monkeypatch.undo()  # the pinned clock
    monkeypatch.setattr(clock, "datetime", Broken)
    with pytest.raises(LlmcostError, match="clock"):
        clock.now()


@POSIX
@pytest.mark.parametrize("zone", ["UTC-99", "UTC+24", "garbage", "/dev/zero", ":/dev/zero"])
def test_zones_that_are_none(folder: Path, zone: str) -> None:
    """They are UTC."""
    ours = {"TZ": zone}
    words = [sys.executable, "-m", "llmcost", *ONE, "--format", "json"]
    for more in ([], ["--as-of", "2026-11-22"], ["--at", "2026-11-22T10:00"]):
        done = subprocess.run(
            [*words, *more], env={**os.environ, **ours}, capture_output=True, check=False
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
        found = datetime.fromisoformat(json.loads(done.stdout)["as_of"])
        assert found.utcoffset() == timedelta(0)
        if not more:
            assert abs(datetime.now(UTC) - found) < timedelta(hours=1)


# --- numbers -------------------------------------------------------------------------------------

NO_NUMBERS = ["1_0", "１", "٥", "²", " 5 ", "+5", "1e3", "nan", "inf", "0x10", "9" * 5000, ""]
WHOLE = [
    (ONE, "-o"), (ONE, "--calls"), (ONE, "--top"), (ONE, "--workers"), (ONE, "--seed"),
    (("count", "small.txt"), "--workers"), (("models",), "--min-context"),
    (("budget", "--yuan", "100"), "--top"), (("prices", "rank"), "--top"),
]  # fmt: skip
OTHERS = [
    (ONE, "--output-ratio"), (ONE, "--cached"), (ONE, "--cache-write"), (ONE, "--fx"),
    (ONE, "--max-bytes"), (ONE, "--sample"), (ONE, "--fail-over"), (ONE, "--max-age"),
    (("budget", "--yuan", "100"), "--turns"), (("budget",), "--mau"), (("budget",), "--mix"),
    (("budget",), "--growth"), (("budget",), "--yuan"), (("budget", "--yuan", "1"), "--month"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "option"), WHOLE)
@pytest.mark.parametrize("text", NO_NUMBERS)
def test_no_whole_number(
    capsys: pytest.CaptureFixture[str], words: Sequence[str], option: str, text: str
) -> None:
    assert main([*words, option, text]) == 2
    assert f"{option}" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "option"), OTHERS)
@pytest.mark.parametrize("text", ["1_0", "１", "٥", "²", "0x10", "nan"])
def test_no_number(
    capsys: pytest.CaptureFixture[str], words: Sequence[str], option: str, text: str
) -> None:
    assert main([*words, option, text]) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize("text", ["1_0", "１", "٥", "nan"])
@pytest.mark.parametrize("key", ["mau", "requests_per_user", "input_tokens", "fx", "growth"])
def test_no_number_in_a_workload(
    folder: Path, capsys: pytest.CaptureFixture[str], key: str, text: str
) -> None:
    (folder / "w.yaml").write_text(f"schema: 1\n{key}: {text}\n", encoding="utf-8")
    assert main(["budget", "-f", "w.yaml"]) == 1
    assert capsys.readouterr().err.startswith("error: w.yaml:2: ")


@pytest.mark.parametrize("text", ["1_0", "１", "٥", "nan"])
@pytest.mark.parametrize("variable", ["LLMCOST_FX", "LLMCOST_OUTPUT_RATIO", "LLMCOST_MAX_AGE"])
def test_no_number_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    text: str,
) -> None:
    monkeypatch.setenv(variable, text)
    assert main(list(ONE)) == 1
    assert capsys.readouterr().err.startswith(f"error: {variable}: ")


@pytest.mark.parametrize("text", ["1_0", "١", "abc"])
def test_no_number_in_a_span(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """OTLP writes whole numbers as texts."""
    names = {"gen_ai.request.model": "gpt-4o", "gen_ai.operation.name": "chat"}
    attributes = [{"key": key, "value": {"stringValue": one}} for key, one in names.items()]
    tokens = {"key": "gen_ai.usage.input_tokens", "value": {"intValue": text}}
    span = {"attributes": [*attributes, tokens], "startTimeUnixNano": "1790000000000000000"}
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    (folder / "log.jsonl").write_text(json.dumps(export), encoding="utf-8")
    assert main(["usage", "log.jsonl"]) == 1
    assert f"`{text}` is not a number of tokens" in capsys.readouterr().err
