"""`--sample`: a part is read, and the whole is told from it, as surely as is said."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from paths import CALIBRATION

from llmcost.cli.app import main
from llmcost.pricing.terms import Hours, Terms
from llmcost.pricing.usage import Input
from llmcost.runtime.count_inputs import Asked
from llmcost.sampling import rounds as sample
from llmcost.sampling import sampler as wanted
from llmcost.sampling.measure import ReadingPlan, RequestUnits
from llmcost.sampling.reservoir import Layout, Unit
from llmcost.tokenizers.requests import RequestCounter, RequestTally, way_of
from llmcost.tokenizers.workers import Crew

COUNT = ("count", "-t", "o200k_base")
ESTIMATE = ("estimate", "-m", "gpt-4o", "--at", "off-peak")


class Run:
    """Runs a command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        code = main([*map(str, words)])
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err

    def json(self, *words: object) -> Any:
        code, out, err = self(*words, "--format", "json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return Run(capsys)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """In many languages and code, in no order."""
    found = [json.loads(line)["text"] for line in CALIBRATION.read_text("utf-8").splitlines()]
    return Random(3).sample(found, len(found)) * 4


def many_files(texts: Sequence[str]) -> str:
    Path("corpus").mkdir()
    for number, text in enumerate(texts):
        Path(f"corpus/{number:04}.txt").write_text(text, "utf-8")
    return "corpus"


def one_file(texts: Sequence[str]) -> str:
    Path("all.txt").write_text("\n".join(texts), "utf-8")
    return "all.txt"


def requests(texts: Sequence[str]) -> str:
    chance = Random(1)
    lines = [
        {"messages": [{"role": "user", "content": text[: chance.randint(20, 900)]}]}
        for text in texts
    ]
    content = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in lines)
    Path("chats.jsonl").write_text(content * 3, "utf-8")
    return "chats.jsonl"


@pytest.mark.parametrize("write", [many_files, one_file])
def test_an_interval_of_texts_holds_the_truth(run: Run, texts: Sequence[str], write: Any) -> None:
    path = write(texts)
    truth = sum(one["count"] for one in run.json(*COUNT, path)["totals"])
    for seed in range(8):
        found = run.json(*COUNT, path, "--sample", "30%", "--seed", seed)
        (total,) = found["totals"]

        assert total["low"] <= truth <= total["high"]
        assert not total["exact"]
        assert total["method"] == "o200k_base, sampled"
        assert found["sample"]["bytes_read"] < 0.9 * found["sample"]["bytes"]


def test_an_interval_of_requests_holds_the_truth(run: Run, texts: Sequence[str]) -> None:
    """Their tokens, and what they cost with an output of each."""
    words = (*ESTIMATE, requests(texts), "-o", "100")
    whole = run.json(*words)
    truth = whole["results"][0]
    for seed in range(8):
        found = run.json(*words, "--sample", "30%", "--seed", seed)
        line = found["results"][0]

        assert line["tokens"]["low"] <= truth["tokens"]["count"] <= line["tokens"]["high"]
        amounts = (line["cost"]["low"], truth["cost"]["amount"], line["cost"]["high"])
        low, amount, high = map(float, amounts)
        assert low <= amount <= high
        requests_told = found["inputs"][0]["requests"]
        assert requests_told == pytest.approx(whole["inputs"][0]["requests"], rel=0.2)
        assert line["usage"]["output"] == 100 * requests_told


@pytest.mark.parametrize("share", ["100%", "1GB", "auto"])
@pytest.mark.parametrize("write", [many_files, requests])
def test_a_sample_of_all_is_the_full_count(
    run: Run, texts: Sequence[str], write: Any, share: str
) -> None:
    words = (*ESTIMATE, write(texts[:40]), "-o", "10")

    assert run.json(*words, "--sample", share) == run.json(*words)


def test_units_that_are_all_read_give_the_full_count(run: Run, texts: Sequence[str]) -> None:
    """What is sampled has at least some units, here all of them."""
    words = (*ESTIMATE, many_files(texts[:10]), requests(texts[:40]), "-o", "10")
    whole = run.json(*words)["results"][0]
    found = run.json(*words, "--sample", "99.9%")["results"][0]

    assert found == whole


def test_a_seed_gives_its_sample_again(run: Run, texts: Sequence[str]) -> None:
    words = (*COUNT, one_file(texts), "--sample", "30%", "-q")
    first, again, other = (run(*words, "--seed", seed)[1] for seed in (4, 4, 5))

    assert first == again != other


def test_auto_samples_what_is_large_until_it_is_sure(
    run: Run, texts: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = one_file(texts)
    words = (*COUNT, path, "--sample", "auto", "--precision", "20%")
    assert "sample" not in run.json(*words)
    monkeypatch.setattr(wanted, "LARGE", 100_000)
    monkeypatch.setattr(sample, "FIRST", 16)
    found = run.json(*words)["sample"]

    assert 0 < found["relative"] <= 0.2
    assert found["bytes"] == Path(path).stat().st_size
    assert found["files"] == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--sample", "0%"),
        ("--sample", "200%"),
        ("--sample", "-5MB"),
        ("--sample", "abc"),
        ("--sample", ""),
        ("--sample", "0"),
        ("--sample", "auto", "--precision", "0%"),
        ("--sample", "auto", "--precision", "100%"),
        ("--sample", "auto", "--precision", "sure"),
        ("--precision", "1%"),
        ("--sample", "1%", "--max-bytes", "1MB"),
        ("--sample", "1%", "--resume", "journal"),
        ("--sample", "1%", "--per-file"),
        ("--sample", "1%", "--per-request"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, words: Sequence[str]) -> None:
    Path("text").write_text("word")
    joined = [f"{words[0]}={words[1]}", *words[2:]]
    code, out, err = run(*ESTIMATE, "text", *joined)

    assert (code, out) == (2, "")
    assert "error: --" in err
    assert "hint: " in err


def test_a_sample_is_not_exact(run: Run, texts: Sequence[str]) -> None:
    code, out, err = run(*ESTIMATE, many_files(texts), "--sample", "20%", "--strict")

    assert (code, out) == (1, "")
    assert "hint: count all of it, without --sample" in err


def test_an_empty_folder_holds_nothing(run: Run) -> None:
    Path("empty").mkdir()
    code, _, err = run(*COUNT, "empty", "--sample", "auto")

    assert code == 1
    assert "empty contains no text files" in err


def test_what_cannot_be_read_is_told_at_the_end(run: Run, texts: Sequence[str]) -> None:
    """Of a packed file all is read, so that one of few is met."""
    folder = many_files(texts)
    Path(folder, "cut.txt.gz").write_bytes(b"\x1f\x8b\x08" + bytes(40))
    code, out, err = run(*COUNT, folder, "--sample", "60%", "--format", "json")
    found = json.loads(out)

    assert code == 1
    assert found["totals"][0]["count"] > 0
    assert [one["name"] for one in found["failed"]] == ["corpus/cut.txt.gz"]
    assert f"1 of {len(texts) + 2:,} inputs could not be read" in err


def test_broken_requests_are_told(run: Run, texts: Sequence[str]) -> None:
    path = Path(requests(texts))
    path.write_text(path.read_text("utf-8") + '{"messages": [\n' * 2000, "utf-8")
    words = (*ESTIMATE, path, "--sample", "40%")
    code, out, err = run(*words)

    assert code == 1
    assert "requests could not be read: chats.jsonl, behind byte" in err
    assert run(*words, "--skip-bad")[:2] == (0, out)


def test_a_sample_without_a_request_that_could_be_read_prices_nothing(run: Run) -> None:
    Path("bad.jsonl").write_text('{"messages": "x"}\n' * 20_000)
    code, out, err = run(*ESTIMATE, "bad.jsonl", "--sample", "40%", "--skip-bad")

    assert (code, out) == (1, "")
    assert "no request in it could be read: bad.jsonl, behind byte" in err


def test_a_block_without_a_sound_request_stands_for_none() -> None:
    """And not for an empty one, which would have its output."""
    counter = RequestCounter([way_of("o200k_base", "gpt-4o")])
    terms = Terms(at=datetime(2026, 11, 22, tzinfo=UTC), hours=Hours.OFF_PEAK)
    reading = ReadingPlan(Asked([]), Crew(1), lambda stream: Input("", 0, 0, {}))
    units = RequestUnits(reading, counter, terms)
    unit = Unit("a.jsonl", 0, 10, Layout.LINES)
    units.measured(unit, 10, units.input_of(RequestTally(counter).found))

    assert units.requests == 0
    assert list(units.sizes([(unit, 3.0)]).values()) == [{}]


def test_texts_are_requests_of_their_own_size(run: Run, texts: Sequence[str]) -> None:
    """Each file has an output; in parts, each part."""
    path = many_files(texts)
    words = (*ESTIMATE, path, "--sample", "30%", "-o", "10")
    whole = run.json(*words)
    parts = run.json(*words, "--split", "100")
    tokens = whole["results"][0]["tokens"]["count"]

    assert whole["inputs"][0]["requests"] == len(texts)
    assert whole["results"][0]["usage"]["output"] == 10 * len(texts)
    assert whole["results"][0]["usage"]["input"] == tokens
    assert parts["results"][0]["usage"]["input"] == tokens
    output = parts["results"][0]["usage"]["output"]
    assert tokens / 100 <= output / 10 <= tokens / 100 + len(texts)


def test_a_pipe_is_counted_whole_beside_a_sample(
    run: Run, texts: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    path = one_file(texts)
    piped = io.TextIOWrapper(io.BytesIO(b"What does this cost?"))
    monkeypatch.setattr(sys, "stdin", piped)
    first, second = run.json(*COUNT, "-", path, "--sample", "30%")["results"]

    assert (first["name"], first["count"], first["exact"]) == ("-", 5, True)
    assert (second["name"], second["exact"]) == ("all.txt", False)


def test_data_that_are_no_requests_are_a_text(run: Run) -> None:
    """As where all is counted: a line of JSON may be anything."""
    Path("data.jsonl").write_text('{"title": "a line that is no request"}\n' * 8_000, "utf-8")
    whole = run.json(*ESTIMATE, "data.jsonl")["results"][0]["tokens"]["count"]
    found = run.json(*ESTIMATE, "data.jsonl", "--sample", "50%")

    assert found["inputs"][0]["requests"] == 1
    assert found["results"][0]["tokens"]["low"] <= whole <= found["results"][0]["tokens"]["high"]
    field = run.json(*ESTIMATE, "data.jsonl", "--field", "title", "--sample", "50%")
    assert field["inputs"][0]["requests"] == pytest.approx(8_000, rel=0.01)


def test_what_is_packed_without_saying_so_is_not_taken_for_a_text(run: Run) -> None:
    import gzip

    Path("log.txt").write_bytes(gzip.compress(bytes(Random(2).randbytes(40_000))))
    Path("other.txt").write_text("word " * 40_000)
    code, _, err = run(*COUNT, "log.txt", "other.txt", "--sample", "90%")

    assert code == 1
    assert "log.txt: its name does not say that it is packed (gzip)" in err
