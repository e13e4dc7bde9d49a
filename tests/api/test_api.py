"""`import llmcost`: the same figures as the command line's, from Python."""

import doctest
import json
import os
import pickle
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, datetime
from decimal import Context, Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import CLI, ROOT

import llmcost
from llmcost import api
from llmcost.api.inputs import counting
from llmcost.cli.app import main
from llmcost.tokenizers import counter as whole
from llmcost.tokenizers import engine as engines

GUIDE = ROOT / "docs" / "python.md"
NAMES = ["qwen", "o200k_base", "claude"]
BYTES_ONLY = CLI / "bytes.tiktoken"
TABLE = """\
schema: 1
providers:
  - id: tiny
    name: Tiny
    currency: CNY
    models:
      - id: banded
        tokenizer: qwen
        prices:
          - from: 2024-01-01
            bands: [{input_up_to: 40, input: 1, output: 2}, {input: 10, output: 20}]
            source: invented
            checked: 2024-01-01
      - id: cached
        tokenizer: claude
        prices:
          - {from: 2024-01-01, input: 5, output: 8, source: invented, checked: 2024-01-01}
          - from: 2025-01-01
            input: 4
            output: 9
            cache_read: 1
            source: invented
            checked: 2025-01-01
"""
CHATS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "word " * 30}], "max_tokens": 20},
    {"messages": [{"role": "user", "content": "word " * 50}]},
    {"messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]},
]


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(TABLE)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("Hello, world\n")
    (folder / "b.txt").write_text("床前明月光，疑是地上霜。\n")
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    """The results of the command line."""
    assert main([*map(str, words), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)["results"]


def costs(result: llmcost.Estimate) -> list[tuple[str, Decimal, Decimal, Decimal, int]]:
    """In the digits that a document has."""
    digits = Context(prec=12).plus
    return [
        (
            one.model.id,
            digits(one.cost.amount),
            digits(one.cost.low),
            digits(one.cost.high),
            one.tokens.tokens,
        )
        for one in result.lines
    ]


def costs_told(results: Any) -> list[tuple[str, Decimal, Decimal, Decimal, int]]:
    return [
        (
            one["model"],
            *(Decimal(one["cost"][key]) for key in ("amount", "low", "high")),
            one["tokens"]["count"],
        )
        for one in results
    ]


def test_every_public_name_is_there_and_no_other() -> None:
    assert set(llmcost.__all__) <= set(dir(llmcost))
    assert all(getattr(llmcost, name) is not None for name in llmcost.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'cuont'"):
        _ = llmcost.cuont  # type: ignore[attr-defined]


def test_help_shows_examples_that_run() -> None:
    found = doctest.testmod(api)
    assert found.attempted > 8
    assert not found.failed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "add a workload"),
        ({"requests_per_day": 0}, "--requests-per-day must be a number above zero"),
        ({"requests_per_day": 9, "input_token": 1}, "no field of a workload is called"),
        ({"requests_per_day": 9, "input_tokens": 500, "spare": -1}, "spare"),
        ({"requests_per_day": 9, "input_tokens": 500, "gpu": "H20"}, "no throughput of `H20`"),
    ],
)
def test_host_refuses_what_makes_no_sense(words: dict[str, Any], said: str) -> None:
    with pytest.raises(llmcost.UsageError, match=said):
        llmcost.host("glm-5.3", **words)


def test_host_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    load: dict[str, Any] = {
        "mau": 5000,
        "requests_per_user": 900,
        "input_tokens": 4000,
        "output_tokens": 500,
    }
    day, names = "2026-11-22", ["qwen3-32b", "glm-5.3"]
    found = llmcost.host(names, **load, traffic="office", spare=2, cached=0.4, as_of=day)
    words = [f"--{key.replace('_', '-')}={value}" for key, value in load.items()]
    words += ["-m", ",".join(names), "--traffic", "office", "--spare", "2", "--cached", "40%"]
    assert main(["host", *words, "--as-of", day, "--format", "json"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert [one["model"] for one in results] == [one.family.id for one in found.lines]
    months = [float(one["own"]["expected"]["cost"]) for one in results]
    assert months == pytest.approx([float(one.own.cost) for one in found.lines])


@pytest.mark.parametrize(
    "name", ["count", "count_each", "estimate", "estimate_requests", "host", "train"]
)
def test_help_says_what_comes_and_what_can_fail(name: str) -> None:
    text = getattr(llmcost, name).__doc__
    assert text.startswith(("Return", "Yield"))
    assert all(one in text for one in ("Arguments:", "Raise", ">>> import llmcost"))


def test_every_keyword_is_explained() -> None:
    text = llmcost.Billing.__doc__ or ""
    for name in llmcost.Billing.__annotations__:
        assert re.search(rf"^ +(\w+, )?{name}[:,]", text, re.M), name


def test_no_command_line_is_loaded() -> None:
    code = "import sys, llmcost; llmcost.estimate('a', models='gpt-4o'); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"typer", "click", "rich", "llmcost.cli"} & {*found.stdout.split()}


def test_importing_loads_nothing_else() -> None:
    code = "import sys; old = {*sys.modules}; import llmcost; print({*sys.modules} - old)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "{'llmcost'}\n"


@given(st.lists(st.text(max_size=40), max_size=6))
def test_pieces_count_as_the_text_that_they_are(pieces: list[str]) -> None:
    expected = whole.count("".join(pieces), NAMES)
    assert llmcost.count("".join(pieces), tokenizers=NAMES) == expected
    assert llmcost.count(iter(pieces), tokenizers=NAMES) == expected


@given(st.lists(st.text(max_size=40), max_size=6))
def test_each_text_counts_as_it_would_alone(texts: list[str]) -> None:
    names = [*NAMES, str(BYTES_ONLY)]
    expected = [llmcost.count(text, tokenizers=names) for text in texts]
    assert list(llmcost.count_each(iter(texts), tokenizers=names)) == expected


def test_texts_are_read_no_further_than_a_batch() -> None:
    """So an endless stream of them is counted in bounded memory."""

    def endless() -> Iterator[str]:
        while True:
            yield "Hello, world"

    found = llmcost.count_each(endless(), tokenizers="qwen")
    assert [next(found)["qwen"].tokens for _ in range(6000)] == [3] * 6000


def test_a_folder_counts_as_its_files_together(folder: Path) -> None:
    texts = [path.read_text() for path in sorted(folder.iterdir())]
    alone = [llmcost.count(text, tokenizers=NAMES) for text in texts]
    for source in (folder, folder / "*.txt"):
        found = llmcost.count(source, tokenizers=NAMES)
        for name in NAMES:
            assert found[name].tokens == sum(one[name].tokens for one in alone)
            assert found[name].exact is (name != "claude")


def test_processes_find_the_same(tmp_path: Path) -> None:
    text = "The quick brown fox jumps over the lazy dog, again.\n" * 200_000
    path = tmp_path / "long.txt"
    path.write_text(text)
    expected = llmcost.count("".join(text[:5200]), tokenizers="qwen")["qwen"].tokens * 2000
    assert llmcost.count(path, tokenizers="qwen", workers=2)["qwen"].tokens == expected
    assert llmcost.count(text, tokenizers="qwen", workers=2)["qwen"].tokens == expected


def test_models_stand_for_their_tokenizers(prices: Path) -> None:
    found = llmcost.count("Hello", models="tiny/*", prices=[prices])
    assert list(found) == ["qwen", "claude"]
    assert len(llmcost.count("Hello")) > 10


OPTIONS: list[tuple[llmcost.Billing, Sequence[str]]] = [
    ({}, []),
    ({"output_tokens": 30, "calls": 7}, ["-o", "30", "--calls", "7"]),
    ({"output_ratio": 0.25}, ["--output-ratio", "0.25"]),
    ({"output_ratio": Decimal("1E-3")}, ["--output-ratio", "0.001"]),
    ({"cached": "40%", "cache_write": 3}, ["--cached", "40%", "--cache-write", "3"]),
    ({"currency": "USD", "fx": 7.1}, ["--currency", "USD", "--fx", "7.1"]),
    ({"as_of": date(2024, 6, 1)}, ["--as-of", "2024-06-01"]),
    (
        {"as_of": datetime.fromisoformat("2024-06-01T10:00:00+08:00"), "at": "peak"},
        ["--as-of", "2024-06-01T10:00:00+08:00", "--at", "peak"],
    ),
    ({"tokenizer": "o200k_base"}, ["-t", "o200k_base"]),
]


@pytest.mark.parametrize(("keywords", "words"), OPTIONS, ids=lambda one: " ".join(one))
def test_keywords_are_the_options_of_the_command(
    keywords: llmcost.Billing,
    words: Sequence[str],
    prices: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    common = "-m", "tiny/*", "--prices", prices
    expected = costs_told(told(capsys, "estimate", folder, *common, *words))
    asked: llmcost.Billing = {"models": "tiny/*", "prices": [prices], **keywords}
    assert costs(llmcost.estimate(folder, **asked)) == expected
    text = (folder / "a.txt").read_text()
    expected = costs_told(told(capsys, "estimate", folder / "a.txt", *common, *words))
    assert costs(llmcost.estimate(text, **asked)) == expected
    assert costs(llmcost.estimate(iter(text), **asked)) == expected
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_in_memory_cost_what_a_file_of_them_does(
    workers: int, prices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in CHATS))
    expected = costs_told(told(capsys, "estimate", path, "-m", "tiny/*", "--prices", prices))
    asked: llmcost.Billing = {"models": "tiny/*", "prices": [prices]}
    assert costs(llmcost.estimate(path, **asked)) == expected
    assert costs(llmcost.estimate_requests(iter(CHATS), workers=workers, **asked)) == expected


def test_each_request_is_billed_in_its_own_band(prices: Path) -> None:
    """30 and 50 words, of which 40 are cheap: bare prompts, and one text of both."""
    asked: llmcost.Billing = {"models": "banded", "prices": [prices]}
    texts = [" word" * 30, " word" * 50]
    apart = llmcost.estimate_requests(texts, **asked).lines[0].cost.amount
    assert apart == (30 * 1 + 50 * 10) / Decimal(1_000_000)
    assert llmcost.estimate("".join(texts), **asked).lines[0].cost.amount == Decimal("0.0008")


def test_a_text_is_split_into_requests(prices: Path) -> None:
    found = llmcost.estimate(" word" * 80, models="banded", prices=[prices], split=40)
    assert found.lines[0].cost.amount == Decimal("0.00008")


def test_a_whole_batch_is_its_requests(prices: Path) -> None:
    params = {"max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}
    batch = {"requests": [{"custom_id": str(n), "params": params} for n in range(3)]}
    found = llmcost.estimate_requests([batch], models="banded", prices=[prices])
    assert found.inputs[0].requests == 3


def test_bad_requests_can_be_left_out_of_files(prices: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text('{"prompt": "one"}\n{"prompt": }\n{"prompt": "two"}\n')
    asked: llmcost.Billing = {"models": "banded", "prices": [prices]}
    assert llmcost.estimate(path, skip_bad=True, **asked).inputs[0].requests == 2
    with pytest.raises(llmcost.UnreadableInput, match="1 request could not be read"):
        llmcost.estimate(path, **asked)


ERRORS: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: llmcost.count("a", tokenizers="nope"), llmcost.UnknownTokenizer, "nope"),
    (lambda: llmcost.count("a", tokenizers=[]), llmcost.UsageError, "names nothing"),
    (lambda: llmcost.count("a", models=[]), llmcost.UsageError, "names nothing"),
    (lambda: llmcost.count("a", workers=0), llmcost.UsageError, "workers"),
    (lambda: llmcost.count(Path("not-there")), llmcost.UnreadableInput, "no such file"),
    (lambda: llmcost.count(Path("-")), llmcost.UnreadableInput, "no such file"),
    (lambda: llmcost.count(b"text"), TypeError, "bytes"),  # type: ignore[arg-type]
    (lambda: llmcost.count(["a", 1]), TypeError, "found int"),  # type: ignore[list-item]
    (lambda: llmcost.count_each({"a": 1}), TypeError, "dict"),
    (lambda: llmcost.estimate("a", models="nope"), llmcost.UnknownModel, "nope"),
    (lambda: llmcost.estimate("a", calls=0), llmcost.UsageError, "calls"),
    (lambda: llmcost.estimate("a", output_tokens=-1), llmcost.UsageError, "output_tokens"),
    (lambda: llmcost.estimate("a", as_of="May"), llmcost.UsageError, "not a date"),
    (lambda: llmcost.estimate("a", cached="x%"), llmcost.UsageError, "cached"),
    (lambda: llmcost.estimate("a", currency="XAU"), llmcost.UsageError, "XAU"),
    (lambda: llmcost.estimate("a", prices=["not-there"]), llmcost.UnreadableInput, "not-there"),
    (
        lambda: llmcost.estimate(GUIDE, input_format="nope"),
        llmcost.UsageError,
        "unknown input_format",
    ),
    (lambda: llmcost.estimate("a", fx=-1), llmcost.UsageError, "--fx must be .*: `-1`"),
    (lambda: llmcost.estimate("a", fx=float("nan")), llmcost.UsageError, "--fx"),
    (lambda: llmcost.estimate("a", output_ratio=1e300), llmcost.UsageError, "--output-ratio"),
    (lambda: llmcost.estimate("a", output_ratio=True), TypeError, "bool"),
    (lambda: llmcost.estimate("a", cached=-1), llmcost.UsageError, "--cached"),
    (
        lambda: llmcost.estimate("a", as_of=date(9999, 1, 1)),
        llmcost.UsageError,
        "not a usable date",
    ),
    (lambda: llmcost.estimate("a", modle="x"), TypeError, "modle"),  # type: ignore[call-arg]
    (lambda: llmcost.estimate_requests([{"a": 1}]), llmcost.UnreadableInput, r"requests\[0\]"),
    (lambda: llmcost.estimate_requests(["a", {"messages": {1j}}]), llmcost.UnreadableInput, "1"),
]


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    ERRORS,
    ids=lambda one: one if isinstance(one, str) else getattr(one, "__name__", ""),
)
def test_what_cannot_be_answered_is_an_error(
    ask: Callable[[], object],
    error: type[Exception],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(error, match=words) as raised:
        ask()
    assert issubclass(error, TypeError) or isinstance(raised.value, llmcost.LlmcostError)
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_stays_what_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller's Ctrl-C must not come out as a figure, nor as an error of ours."""

    def interrupted(self: object, text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(whole.Counter, "feed", interrupted)
    for ask in (llmcost.count, llmcost.estimate):
        with pytest.raises(KeyboardInterrupt):
            ask(folder, models="gpt-4o")


def test_results_can_be_pickled(folder: Path) -> None:
    for result in (
        llmcost.count(folder),
        llmcost.estimate(folder, output_tokens=10),
        llmcost.estimate_requests(CHATS),
    ):
        assert pickle.loads(pickle.dumps(result)) == result


def test_functions_run_in_other_processes(folder: Path) -> None:
    """As a task of Dask or Ray: what is sent and what comes back is pickled."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        count = pool.submit(llmcost.count, folder, tokenizers=NAMES)
        estimate = pool.submit(llmcost.estimate, "Hello", models="gpt-4o", as_of="2026-11-22")
        assert count.result() == llmcost.count(folder, tokenizers=NAMES)
        expected = llmcost.estimate("Hello", models="gpt-4o", as_of="2026-11-22")
        assert estimate.result() == expected


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads that change after a few steps, so that what can go wrong does."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hurried")
def test_threads_count_right_at_once() -> None:
    """New engines and words that nobody has seen: all of the threads learn at once."""
    draw = random.Random(6)
    letters = "abcdefghijkl汉字天地玄黄éüñабв"
    texts = [
        " ".join("".join(draw.choices(letters, k=draw.randint(3, 14))) for _ in range(60))
        for _ in range(100)
    ]

    def count(seed: int) -> dict[str, Any]:
        order = random.Random(seed).sample(texts, len(texts))
        return {text: llmcost.count(text, tokenizers=["qwen", "gemma4"]) for text in order}

    expected = [count(0)] * 4
    for _ in range(5):
        engines.engine.cache_clear()
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(count, range(4))) == expected


def test_one_thread_counts_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule that the test above rests on, for every way to count."""
    busy, overlaps = threading.Lock(), []
    learn = engines.Engine._look_up

    def alone(self: engines.Engine, pieces: Any) -> Any:
        overlaps.append(not busy.acquire(blocking=False))
        time.sleep(0.001)
        try:
            return learn(self, pieces)
        finally:
            if busy.locked():
                busy.release()

    monkeypatch.setattr(engines.Engine, "_look_up", alone)
    asks: list[Callable[[str], object]] = [
        lambda text: llmcost.count(text, tokenizers="qwen"),
        lambda text: list(llmcost.count_each([text], tokenizers="qwen")),
        lambda text: llmcost.estimate(text, models="gpt-4o"),
        lambda text: llmcost.estimate_requests([text], models="gpt-4o"),
        lambda text: llmcost.estimate(GUIDE, models="gpt-4o"),
    ]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(ask, f"text {n}") for n in range(10) for ask in asks]
        for job in jobs:
            job.result()
    assert overlaps
    assert not any(overlaps)


def test_a_caller_may_wait_for_another_thread() -> None:
    """Nothing is held while an iterator of the caller's is asked."""

    def texts() -> Iterator[str]:
        for word in ("one", " two"):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(llmcost.count, word, tokenizers="qwen").result(timeout=60)
            yield word

    assert llmcost.count(texts(), tokenizers="qwen")["qwen"].tokens == 2
    assert len(list(llmcost.count_each(texts(), tokenizers="qwen"))) == 2
    assert llmcost.estimate_requests(texts(), models="gpt-4o").inputs[0].requests == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_counts_although_a_thread_was_counting() -> None:
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with counting():
            held.set()
            over.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        is_right = llmcost.count("one two", tokenizers="qwen")["qwen"].tokens == 2
        os._exit(0 if is_right else 1)
    over.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_guide_shows_what_python_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of the guide are one session, in the folder of the checkout."""
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"(?<=^```python\n).*?(?=^```$)", GUIDE.read_text(), re.M | re.S)
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "python.md", None, 0)
    assert len(session.examples) > 10
    shown: list[str] = []
    found = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(session, out=shown.append)
    assert not found.failed, "".join(shown)


def test_scores_are_those_of_the_effort_that_is_requested() -> None:
    words = {"models": "claude-opus-5,glm-5.3-flash", "as_of": "2026-11-30"}
    assert {*llmcost.scores(**words)} == {"zhipu/glm-5.3-flash"}
    assert {*llmcost.scores(**words, effort="max")} == {"anthropic/claude-opus-5"}
    assert llmcost.scores(**words, quality="none") == {}
    with pytest.raises(llmcost.UsageError):
        llmcost.scores(**words, effort="huge")


def test_auto_is_a_range_and_a_task_beside_a_length_is_refused() -> None:
    (line,) = llmcost.estimate("Hi", models="gpt-4o", output_tokens="auto").lines
    assert line.native.low < line.native.amount < line.native.high
    with pytest.raises(llmcost.UsageError):
        llmcost.estimate("Hi", models="gpt-4o", output_tokens=5, task="chat")
