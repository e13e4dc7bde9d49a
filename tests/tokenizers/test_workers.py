"""Several processes count what one would have counted."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from llmcost.chat import Ask, Message
from llmcost.errors import LlmcostError
from llmcost.tokenizers import processes as shared
from llmcost.tokenizers import registry
from llmcost.tokenizers import workers as crews
from llmcost.tokenizers.chunking import pieces
from llmcost.tokenizers.counter import count
from llmcost.tokenizers.processes import Processes, TextBlock, result_of
from llmcost.tokenizers.registry import TOKENIZERS, TextTotals, names
from llmcost.tokenizers.requests import RequestCounter, RequestTally, way_of
from llmcost.tokenizers.workers import Crew

TEXT = "".join(
    f"Line {n}: an unlike word w{n % 97}, 中文第{n}行，价格。\n\n    if x:\n" for n in range(3_000)
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    """Two processes, for texts of any length."""
    monkeypatch.setattr(registry, "PAYS", 1)
    monkeypatch.setattr(shared, "PAYS", 10_000)
    monkeypatch.setattr(crews, "_PAYS_REQUESTS", 1)
    with Crew(2) as crew:
        yield crew


@pytest.mark.parametrize("expected", [len(TEXT), 0])
def test_two_processes_count_as_one(small: Crew, expected: int) -> None:
    """Under every tokenizer, estimates included, whether or not the length is known before."""
    counter = small.counter(names(), expected=expected)
    for piece in pieces([TEXT], 20_000):
        counter.feed(piece)

    assert isinstance(counter, shared.Shared)
    assert counter.counts() == count(TEXT, names())


def test_a_stopped_count_is_of_a_part(small: Crew) -> None:
    """What has not begun is given up; the rest is counted."""
    counter = small.counter(["o200k_base"], expected=len(TEXT))
    fed = list(pieces([TEXT], 20_000))
    for piece in fed:
        counter.feed(piece)
    counter.stop()

    whole = count(TEXT, ["o200k_base"])["o200k_base"].tokens
    assert 0 <= counter.counts()["o200k_base"].tokens <= whole


def test_requests_add_up_the_same(small: Crew) -> None:
    """In every way, for calm texts and for those that touch the frame."""
    models = [("o200k_base", "gpt-4o"), ("qwen", "qwen-plus"), ("claude", "claude-3-opus")]
    asks = [
        Ask(str(n), (Message("system", "Be brief."), Message("user", f"{' ' * (n % 3)}Say {n}")))
        for n in range(30)
    ]
    ways = [way_of(*model) for model in models]
    here, there = RequestTally(RequestCounter(ways)), RequestTally(RequestCounter(ways))
    here.add(asks)
    small.tally(there, [asks[:10], asks[10:20], asks[20:]], expected=1_000)

    assert there.found.requests == 30
    for way in ways:
        assert there.sizes(way) == here.sizes(way)
        assert there.is_exact(way) is here.is_exact(way)


def test_one_worker_counts_here() -> None:
    """Without other processes, whatever the size."""
    with Crew(1) as crew:
        assert not isinstance(crew.counter(["qwen"], expected=10**9), shared.Shared)


def test_a_process_that_dies_is_an_error() -> None:
    """As the system ends one for want of memory."""
    processes = Processes(1)
    job = processes._pool.submit(_die)
    with pytest.raises(LlmcostError, match="was ended"):
        result_of(job)
    with pytest.raises(LlmcostError, match="was ended"):
        next(processes.mapped(len, ["the next job"]))
    processes.end()


def test_callers_keep_their_signals(small: Crew) -> None:
    """From any thread: what a program does when it is told to end is its own matter."""

    def own() -> list[object]:
        heard = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
        return [*heard, signal.pthread_sigmask(signal.SIG_BLOCK, ())]

    before, found = own(), list[TextTotals]()
    block = TextBlock(TEXT.encode(), "", (TOKENIZERS["o200k_base"],), rough=False, expected=0)

    def run() -> None:
        found.append(result_of(small.processes().count(block)))
        found.append(result_of(small.processes().count(block)))
        assert own() == before

    thread = Thread(target=run)
    thread.start()
    thread.join()

    assert [one.tokens for one in found] == [
        {"o200k_base": count(TEXT, ["o200k_base"])["o200k_base"].tokens}
    ] * 2
    assert own() == before


ONE_OF_TWO = """
import os, time
from llmcost.errors import LlmcostError
from llmcost.tokenizers.processes import Processes, result_of
processes = Processes(2)
jobs = processes._pool.submit(time.sleep, 10_000), processes._pool.submit(os._exit, 1)
for job in jobs:
    try:
        result_of(job)
    except LlmcostError as error:
        print(error)
processes.end()
"""


def test_with_one_process_the_others_end() -> None:
    """Though they hear no SIGTERM."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_OF_TWO], capture_output=True, timeout=60, check=True, text=True
    )

    assert done.stdout.count("was ended") == 2


ORPHANS = """
import os, signal, time
from llmcost.tokenizers.processes import Processes
processes = Processes(2)
jobs = [processes._pool.submit(KEEP) for _ in range(2)]
time.sleep(0.5)
os.kill(os.getpid(), signal.SIGKILL)
"""
KEEPS = {
    "asleep": "time.sleep, 10_000",
    "deaf C code": "sum, range(10**13)",  # which lets no other thread run
    "idle": "int",
}


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("keep", KEEPS)
def test_processes_end_with_their_parent(keep: str) -> None:
    """They hold its output open, whose reader would wait for them."""
    if keep == "deaf C code" and sys.platform != "linux":
        pytest.skip("it is only asked when it is done")
    script = ORPHANS.replace("KEEP", KEEPS[keep])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60)

    assert done.returncode == -signal.SIGKILL


def _die() -> None:
    import os

    os._exit(1)
