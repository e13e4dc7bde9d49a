"""A Dask cluster of processes on this machine: one worker against two on the same corpus, what a
task costs, and a listing of very many pieces through a real scheduler.

The scheduler and its workers are processes of their own, as they are elsewhere; they and this one,
which lists and adds up, share the processors.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from bench import texts
from bench.memory import size_name
from bench.processes import ROOT, light
from bench.results import Figure, Section, Target
from bench.texts import MB
from llmcost.cluster import partition as pieces_of
from llmcost.cluster import worker as kernel
from llmcost.cluster.client import Count, Tasks, check_workers, connected
from llmcost.cluster.collect import Joining
from llmcost.cluster.partition import ListedFile, TaskPiece, listed, planned
from llmcost.cluster.worker import CountingJob, PartOutcome
from llmcost.tokenizers.registry import TextTotals

TOKENIZERS = ("o200k_base",)
EFFICIENT = Target(0.85, at_least=True)
PATIENCE = 30.0
THREADS = 32  # of the worker that does nothing: a scheduler is never waited for by one alone


class Plan(NamedTuple):
    size: int  # bytes of the corpus
    step: int  # bytes of a part; 0: as usual
    pieces: int  # of the listing
    rounds: int


QUICK = Plan(60 * MB, 8 * MB, 20_000, 1)
FULL = Plan(1000 * MB, 0, 1_000_000, 2)


class Took(NamedTuple):
    """What a run took: seconds, bytes and pieces, and the most memory in bytes of the scheduler and
    of this process beyond what it had before."""

    seconds: float
    pieces: int
    tokens: int
    scheduler: int
    client: int


def measure(home: Path, plan: Plan) -> Section:
    corpus = home / "corpus"
    corpus.mkdir()
    for name in texts.CORPORA:
        (corpus / f"{name}.txt").write_bytes(texts.sample(name, plan.size // len(texts.CORPORA)))
    figures = [*scaled(home, corpus, plan), *overhead(home, plan.pieces)]
    return Section(
        f"A Dask cluster on loopback, {size_name(plan.size)} of text and {plan.pieces:,} pieces",
        figures,
        notes=(
            "seconds without the start of the cluster, workers having counted before; MB/s of all",
            "efficiency: of two workers, beside twice the rate of one; best of the rounds",
            "listed: pieces of a simulated listing, counted by a kernel that does nothing, through",
            "a real scheduler and a worker of 32 threads; MB: the most that the scheduler had, and",
            "what this process took",
        ),
    )


def scaled(home: Path, corpus: Path, plan: Plan) -> Iterator[Figure]:
    files = list(files_of(corpus))
    usual = ((0, plan.step),) if plan.step else pieces_of.SIZES
    with patch.object(pieces_of, "SIZES", usual):
        took = {
            workers: best_of([once(home, workers, files, kernel.count) for _ in range(plan.rounds)])
            for workers in (1, 2)
        }
    apart = [at_once(home, corpus, number) for number in (1, 2)]
    one, two = took[1], took[2]
    assert one.tokens == two.tokens
    size = sum(file.size for file in files)
    for workers, found in took.items():
        values: dict[str, float | int | str | None] = {
            "s": found.seconds,
            "MB/s": size / MB / found.seconds,
            "pieces": found.pieces,
            "tokens": found.tokens,
        }
        if workers == 1:
            yield Figure("counted, 1 worker", values)
        else:
            values["efficiency"] = one.seconds / 2 / two.seconds
            yield Figure("counted, 2 workers", values, "efficiency", EFFICIENT)
    yield Figure(
        "without Dask: 2 commands at once, each all of it",
        {
            "s": apart[1],
            "MB/s": 2 * size / MB / apart[1],
            "efficiency": apart[0] / apart[1],
        },
    )


def at_once(home: Path, corpus: Path, number: int) -> float:
    """Seconds of so many commands that each count all of it in one process."""
    words = ("-m", "llmcost", "count", str(corpus), "-t", *TOKENIZERS, "--workers", "1")
    start = time.perf_counter()
    quiet = subprocess.DEVNULL
    started = [
        subprocess.Popen([sys.executable, *words], env=light(home), stdout=quiet, stderr=quiet)
        for _ in range(number)
    ]
    for process in started:
        process.wait()
    return time.perf_counter() - start


def best_of(runs: Sequence[Took]) -> Took:
    return min(runs, key=lambda one: one.seconds)


def overhead(home: Path, pieces: int) -> Iterator[Figure]:
    size = pieces_of.SIZES[-1][1]
    files = (ListedFile(n, f"s3://b/{n:07}", f"s3://b/{n:07}", size) for n in range(pieces))
    with one_piece_each():
        took = once(home, 1, files, nothing, THREADS)
    yield Figure(
        "listed",
        {
            "s": took.seconds,
            "pieces": took.pieces,
            "pieces/s": took.pieces / took.seconds,
            "ms a piece": took.seconds / took.pieces * 1000,
            "scheduler MB": took.scheduler / MB,
            "client MB": took.client / MB,
        },
    )


def one_piece_each() -> AbstractContextManager[object]:
    return patch.object(pieces_of, "SIZES", ((0, pieces_of.SIZES[-1][1]),))


def nothing(job: CountingJob, piece: TaskPiece) -> tuple[PartOutcome, ...]:
    """A kernel that does nothing."""
    return tuple(PartOutcome(tokens=dict.fromkeys(job.tokenizers, 1)) for _ in piece.parts)


def files_of(corpus: Path) -> Iterator[ListedFile]:
    for number, path in enumerate(sorted(corpus.iterdir())):
        size, version = listed(str(path))
        yield ListedFile(number, path.name, str(path), size, version, is_named=True)


def once(
    home: Path, workers: int, files: Iterable[ListedFile], count: Count, threads: int = 1
) -> Took:
    """All files through a cluster of its own, after each worker has counted a little."""
    with (
        cluster(home, workers, threads) as (address, scheduler),
        connected(address, workers) as client,
    ):
        while check_workers(client) < workers:
            time.sleep(0.1)
        warm = home / "warm.txt"
        warm.write_text("a few words, which load what counts\n" * 100_000)
        run = partial(passed, client, workers)
        run(list(files_of_one(warm)) * 4 * workers, kernel.count)
        before = peak(None)
        start = time.perf_counter()
        pieces, tokens = run(files, count)
        seconds = time.perf_counter() - start
        return Took(seconds, pieces, tokens, peak(scheduler), peak(None) - before)


def files_of_one(path: Path) -> Iterator[ListedFile]:
    size, version = listed(str(path))
    yield ListedFile(0, path.name, str(path), size, version, is_named=True)


def passed(
    client: object, workers: int, files: Iterable[ListedFile], count: Count
) -> tuple[int, int]:
    """How many pieces there were, and the tokens in them."""
    tasks = Tasks(client, CountingJob(TOKENIZERS), workers, look=lambda: None, count=count)
    joining = Joining()
    pieces = tokens = 0
    for piece, outcomes in tasks.outcomes(planned(files, lambda file: True)):
        pieces += 1
        for part, outcome in zip(piece.parts, outcomes, strict=True):
            if (whole := joining.add(part, outcome)) is not None:
                tokens += TextTotals(whole[1].tokens, {}).tokens[TOKENIZERS[0]]
    return pieces, tokens


@contextmanager
def cluster(home: Path, workers: int, threads: int = 1) -> Iterator[tuple[str, int]]:
    """The address and the process of a scheduler with so many workers."""
    file = home / f"scheduler-{time.monotonic_ns()}.json"
    env = light(home)
    env["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(dask("scheduler", env, "--port", "0", "--host", "127.0.0.1", file=file))
        options = ("--nthreads", str(threads), "--no-nanny")
        started += [dask("worker", env, *options, file=file) for _ in range(workers)]
        yield address_in(file), started[0].pid
    finally:
        for process in started:
            process.terminate()
        for process in started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def dask(role: str, env: dict[str, str], *options: str, file: Path) -> "subprocess.Popen[bytes]":
    main = f"from distributed.cli.dask_{role} import main; main()"
    command = [sys.executable, "-c", main, "--scheduler-file", str(file), "--no-dashboard"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*command, *options], env=env, stdout=quiet, stderr=quiet, cwd=ROOT)


def address_in(file: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if file.exists() and (text := file.read_text()):
            return str(json.loads(text)["address"])
        time.sleep(0.05)
    raise TimeoutError("no scheduler came up")


def peak(process: int | None) -> int:
    """The most memory that a process had, in bytes; 0 where the system does not say."""
    status = Path(f"/proc/{process or 'self'}/status")
    if not status.exists():
        return 0
    found = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(found.split()[1]) * 1024
