"""Connection to a scheduler, and tasks sent to it.

The cluster is one that runs already, or one of processes of this machine. Tasks are sent as they
come, few at a time, and their outcomes are yielded as they arrive; a lost worker's task is sent
again.
"""

import logging
import re
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from itertools import islice
from multiprocessing import resource_tracker
from typing import Any

from llmcost.cluster import worker as kernel
from llmcost.cluster.partition import FilePart, TaskPiece
from llmcost.cluster.worker import CountingJob, OtherVersion, PartOutcome, about
from llmcost.errors import LlmcostError, UsageError, install
from llmcost.inputs.text_stream import Failed
from llmcost.messages import say
from llmcost.tokenizers.processes import deaf

Client = Any  # of distributed, whose types say little

LOCAL = re.compile(r"local(?::([1-9]\d{0,3}))?", re.ASCII)
NO_MODULE = re.compile(r"No module named '([^'.]+)")
PATIENCE = 15  # seconds, for a scheduler to answer
SETTLING = 30  # seconds, for a first worker to come
LOUD = ("distributed", "tornado", "asyncio", "dask", "bokeh")
EXAMPLE = say("for example {example}", example="--cluster tcp://scheduler:8786, --cluster local:4")
SAME = say("install the same version of llmcost and of Python on the workers, see docs/cluster.md")


class ClusterError(LlmcostError):
    """The cluster could not do its work, or not all of it."""


@contextmanager
def connected(address: str, processes: int) -> Iterator[Client]:
    """A client of `tcp://host:port`, or of `local[:N]`, which starts so many `processes` if N is
    not named. Raises UsageError, ClusterError."""
    local = LOCAL.fullmatch(address)
    if local is None and "://" not in address:
        raise UsageError(say("no address of a scheduler: `{text}`", text=address), hint=EXAMPLE)
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ClusterError(say("--cluster needs Dask"), hint=install("cluster")) from None
    quiet()
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")  # of Dask's versions; ours are compared
        cluster: Any = address
        if local is not None:
            own = local_cluster(int(local[1] or processes), distributed)
            cluster = stack.enter_context(own)
        yield stack.enter_context(client_of(cluster, address, distributed))


def local_cluster(processes: int, distributed: Any) -> Any:
    """Workers hear nothing that ends a run, see `deaf`; they end with who starts them."""
    if sys.platform != "win32":
        resource_tracker.ensure_running()  # which would open the ears of who starts it
    with deaf():
        return distributed.LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL + 1,
        )


@contextmanager
def client_of(cluster: Any, address: str, distributed: Any) -> Iterator[Client]:
    try:
        client = distributed.Client(
            cluster, timeout=PATIENCE, set_as_default=False, direct_to_workers=False
        )
    except (OSError, ValueError, RuntimeError, TypeError, ImportError) as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        said = say("cannot reach the scheduler `{address}`: {why}", address=address, why=why)
        raise ClusterError(said, hint=EXAMPLE) from None
    try:
        yield client
    finally:
        with suppress(Exception):  # a scheduler that is gone
            client.close(timeout=2)


def quiet() -> None:
    """Dask's own talk is not for the reader, to the end of the process: what matters of it is told
    in our words."""
    for name in LOUD:
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.setLevel(logging.CRITICAL + 1)


def check_workers(client: Client) -> int:
    """How many processes count. Raises ClusterError if there are none, or others than here."""
    try:
        client.wait_for_workers(1, timeout=SETTLING)
        answers: Mapping[str, Any] = client.run(about, on_error="return")
    except TimeoutError:
        said = say("the cluster has no workers")
        raise ClusterError(
            said, hint=say("start some: `dask worker ADDRESS --nworkers -1 --nthreads 1`")
        ) from None
    except (OSError, ImportError, RuntimeError) as error:
        raise refusal([error]) from None
    refused = [one for one in answers.values() if not isinstance(one, dict)]
    if refused:
        raise refusal(refused)
    here = about()
    for worker, one in answers.items():
        if one != here:
            raise different(worker, one, here)
    return len(answers)


def refusal(answers: Sequence[object]) -> ClusterError:
    """Why workers cannot do what they are asked for."""
    first = answers[0]
    module = NO_MODULE.search(str(first))  # of one that was raised over there, there is the text
    if module is not None:
        return missing(module[1])
    why = (str(first).strip().splitlines() or [type(first).__name__])[0]
    return ClusterError(say("a worker failed: {why}", why=why), hint=SAME)


def missing(module: str) -> ClusterError:
    if module == "llmcost":
        said = say("a worker has no llmcost, or one without --cluster")
        return ClusterError(said, hint=SAME)
    said = say("a worker misses the package `{package}`", package=module)
    return ClusterError(said, hint=say("install on the workers what is installed here"))


def different(worker: str, found: Mapping[str, str], here: Mapping[str, str]) -> ClusterError:
    what = next(one for one in here if found.get(one) != here[one])
    if what == "ctok":
        said = say("the package ctok is on one side only: here or on {worker}", worker=worker)
        return ClusterError(said, hint=say("install it on all of them or on none"))
    said = say(
        "the worker {worker} has {what} {there}, and here is {own}",
        worker=worker,
        what=what,
        there=found.get(what, "?"),
        own=here[what],
    )
    return ClusterError(said, hint=SAME)


Future = Any

WAITING = 1_000
"""Pieces that the scheduler knows at a time, at least: enough for workers never to wait, and it
holds some kilobytes of each."""
PER_THREAD = 4
BATCH = 128
"""Pieces that are sent together: each message takes about a millisecond."""
LISTING = 0.5  # seconds, for which a batch waits for the listing
EVERY = 0.02
"""Seconds between looks: what is done meanwhile is fetched at once, which takes some milliseconds
whether it is one result or a hundred."""
LOST = 60.0  # seconds without any worker, after which nobody will come
MOST_DEATHS = 10  # of pieces that kill workers also if they are alone, until no more are tried
HINT = say("the figures leave it out: give each worker more memory")

Count = Callable[[CountingJob, TaskPiece], tuple[PartOutcome, ...]]
Done = tuple[TaskPiece, tuple[PartOutcome, ...]]


class Tasks:
    """The tasks of a run. `count` is done by workers; `look` is called between results."""

    def __init__(
        self,
        client: Client,
        job: CountingJob,
        workers: int,
        *,
        look: Callable[[], None],
        count: Count = kernel.count,
    ) -> None:
        from distributed import as_completed

        completed: Any = as_completed
        self.client = client
        self.job = job
        self.most = max(WAITING, PER_THREAD * workers)
        self.look = look
        self.count = count
        self.waiting: dict[str, tuple[Future, TaskPiece]] = {}
        self._completed = completed(loop=client.loop)
        self.again: deque[TaskPiece] = deque()
        self.suspects: set[tuple[int, int]] = set()
        self.deaths = 0
        self._lost_since: float | None = None
        self._next_check = 0.0

    def outcomes(self, pieces: Iterable[TaskPiece]) -> Iterator[Done]:
        """Of each piece, in the order in which they are done. Raises ClusterError if the scheduler
        or all workers are gone, or if they cannot count."""
        coming = iter(pieces)
        is_more = True
        while is_more or self.waiting or self.again:
            if is_more and len(self.waiting) <= self.most - BATCH:
                is_more = self._send(coming)
            elif self.again and not self.waiting:
                self._submit([self.again.popleft()])
            self._wait()
            yield from self._collected(self._completed.next_batch(block=False))
            self.look()

    def cancel(self) -> None:
        """Give up what is not done."""
        self.client.cancel([future for future, _ in self.waiting.values()], force=True)
        self.waiting.clear()

    def _send(self, coming: Iterator[TaskPiece]) -> bool:
        """Whether there may be more."""
        until = time.monotonic() + LISTING
        batch: list[TaskPiece] = []
        for piece in islice(coming, BATCH):
            batch.append(piece)
            if time.monotonic() > until:
                break
        if batch:
            self._submit(batch)
        return bool(batch)

    def _submit(self, batch: Sequence[TaskPiece]) -> None:
        if self.client.status != "running":
            raise self._gone()
        jobs = [self.job] * len(batch)
        futures = self.client.map(self.count, jobs, batch, pure=False, key="llmcost")
        for future, piece in zip(futures, batch, strict=True):
            self.waiting[future.key] = future, piece
        self._completed.update(futures)

    def _collected(self, done: list[Future]) -> Iterator[Done]:
        seen = [(one, one.status) for one in done]  # it may be another one the next time
        well = [one for one, status in seen if status == "finished"]
        results = self._results(well) if well else []
        for future, outcomes in zip(well, results, strict=True):
            _, piece = self.waiting.pop(future.key)
            yield piece, outcomes
        for future, status in seen:
            if status in (
                "lost",
                "pending",
            ):  # who had done it died; the scheduler has it done again
                self._completed.add(future)
            elif status != "finished":
                _, piece = self.waiting.pop(future.key)
                if outcomes := self._failed(future, piece):
                    yield piece, outcomes

    def _results(self, futures: list[Future]) -> list[tuple[PartOutcome, ...]]:
        try:
            return list(self.client.gather(futures))
        except LlmcostError:
            raise
        except Exception:  # between result and fetching, a worker or the scheduler went away
            raise self._gone() from None

    def _failed(self, future: Future, piece: TaskPiece) -> tuple[PartOutcome, ...]:
        """What to say of a piece that workers could not count; nothing if it is to be tried again.

        Who was on a worker when it died may be innocent. So each file of such a piece is counted
        once more at the end, when there is nothing else to be blamed.
        """
        from distributed import KilledWorker

        if future.status != "error":
            raise self._gone()
        error = future.exception()
        if isinstance(error, KilledWorker | MemoryError):
            key = piece.parts[0].file.number, piece.parts[0].start
            if key not in self.suspects and self.deaths < MOST_DEATHS:
                self.suspects |= {(part.file.number, part.start) for part in piece.parts}
                self.again += (TaskPiece((part,)) for part in piece.parts)
                return ()
            self.deaths += 1
            return tuple(PartOutcome(failed=lost(part)) for part in piece.parts)
        if isinstance(error, OtherVersion):
            said = say("a worker that joined has llmcost {version}", version=str(error))
            raise ClusterError(said, hint=SAME)
        raise refusal([error])

    def _wait(self) -> None:
        time.sleep(EVERY)
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + 1
        if self._has_workers():
            self._lost_since = None
        elif self._lost_since is None:
            self._lost_since = now
        elif now - self._lost_since > LOST:
            said = say("the cluster has no workers any more")
            raise ClusterError(
                said,
                hint=say("the figures cover only part of the input; continue with --resume FILE"),
            )

    def _has_workers(self) -> bool:
        try:
            if self.client.status == "running":
                return bool(self.client.nthreads())
        except (OSError, RuntimeError):
            pass
        raise self._gone()

    def _gone(self) -> ClusterError:
        said = say("lost the scheduler; the figures cover only part of the input")
        return ClusterError(said, hint=say("--resume FILE saves finished work"))


def lost(part: FilePart) -> Failed:
    name = part.file.name
    why = say(
        "each worker that counted bytes {first:,} to {last:,} died, perhaps for want of memory",
        first=part.start,
        last=part.end,
    )
    return Failed(name, say("cannot read `{name}`: {why}", name=name, why=why), HINT)
