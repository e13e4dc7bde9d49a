"""Processes that count blocks of texts and batches of requests, and one text shared by several."""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from llmcost.chat import Ask
from llmcost.errors import LlmcostError
from llmcost.messages import say
from llmcost.pricing.usage import Count
from llmcost.tokenizers.chunking import SIZE, Open, pieces
from llmcost.tokenizers.counter import Counter, TextSums
from llmcost.tokenizers.pretokenize import mended
from llmcost.tokenizers.registry import MANY, PAYS, TextTotals, Tokenizer
from llmcost.tokenizers.requests import (
    CountingMethod,
    Named,
    RequestCounter,
    RequestTally,
    RequestTotals,
    way_of,
)

if TYPE_CHECKING:
    from concurrent.futures import Future

_WAITING = 1  # jobs beyond those that are under way: each holds megabytes of text
_LOOK = 1.0  # seconds between looks whether the parent lives
_ENDINGS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

Job = TypeVar("Job")
Result = TypeVar("Result")


class TextBlock(NamedTuple):
    """A part of a text that follows the character `before`. It is in UTF-8, since one emoji in it
    would have Python hold four bytes for each letter. `expected`: how many bytes of the whole text
    each process has to count, about."""

    text: bytes
    before: str
    exact: Sequence[Tokenizer]
    rough: bool
    expected: int


if sys.platform != "win32":
    from multiprocessing.context import ForkContext, ForkProcess

    class _Worker(ForkProcess):
        """Deaf to SIGTERM, by which a pool ends what is left of it when one has died."""

        terminate = ForkProcess.kill

    class _Forks(ForkContext):
        Process = _Worker


class Processes:
    """So many processes. A fork has all that this one has loaded; others load it again."""

    def __init__(self, workers: int) -> None:
        context = get_context() if sys.platform == "win32" else _Forks()
        self.workers = workers
        self.most_waiting = workers + _WAITING
        self._pool = ProcessPoolExecutor(workers, context, initializer=begin)
        with deaf():
            self._pool.submit(os.getpid)  # forks all of them

    def end(self) -> None:
        """Give up what has not begun, and wait for the rest."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def count(self, block: TextBlock) -> Future[TextTotals]:
        return self._start(counted, block)

    def tallied(
        self, batches: Iterable[Sequence[Ask]], ways: Iterable[CountingMethod]
    ) -> Iterator[RequestTotals]:
        """What requests add up to, a batch at a time."""
        names = tuple((way.tokenizer, way.model, way.day) for way in ways)
        return self._each(lambda batch: self._start(tallied, batch, names), batches)

    def mapped(self, work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """What `work` makes of each job, in their order."""
        return self._each(lambda job: self._start(work, job), jobs)

    def _start(self, work: Callable[..., Result], *job: object) -> Future[Result]:
        try:
            return self._pool.submit(work, *job)
        except BrokenProcessPool:
            raise was_ended() from None

    def _each(
        self, start: Callable[[Job], Future[Result]], jobs: Iterable[Job]
    ) -> Iterator[Result]:
        """The results in the order of the jobs, of which few are read ahead."""
        waiting = deque[Future[Result]]()
        for job in jobs:
            waiting.append(start(job))
            if len(waiting) > self.most_waiting:
                yield result_of(waiting.popleft())
        while waiting:
            yield result_of(waiting.popleft())


@contextmanager
def deaf() -> Iterator[None]:
    """Processes started in this `with` do not hear what ends a run, which a terminal, `timeout` and
    systemd send to all of them: the first one tells the others to end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin() -> None:
    """Have this process end with the one that started it, whatever ended that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where none can be blocked
    parent = parent_process()
    assert parent is not None
    if sys.platform == "linux":
        import fcntl

        # a signal tells that the pipe has ended, also to C code that lets no thread run for seconds
        with suppress(OSError):  # a kernel that is none
            fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, os.O_ASYNC)
    Thread(target=_follow, args=(parent.pid, parent.sentinel), daemon=True).start()


def _follow(parent: int, sentinel: int) -> None:
    # other forks may hold the pipe open whose end is the sentinel, hence the second test
    while not wait([sentinel], _LOOK) and os.getppid() == parent:
        pass
    os._exit(1)


def result_of(job: Future[Result]) -> Result:
    """What another process has found. Raises LlmcostError if it did not come to that."""
    try:
        return job.result()
    except BrokenProcessPool:
        raise was_ended() from None


def was_ended() -> LlmcostError:
    return LlmcostError(
        say("a process that counts was ended, perhaps for want of memory"),
        hint=say("--workers 1 counts in one process"),
    )


def counted(block: TextBlock) -> TextTotals:
    """The totals of a block, in this process."""
    sums = TextSums(block.exact, rough=block.rough, expected=block.expected, before=block.before)
    for piece in pieces([block.text.decode()]):
        sums.feed(piece)
    return sums.totals()


def tallied(asks: Sequence[Ask], ways: tuple[Named, ...]) -> RequestTotals:
    """What requests add up to, in this process."""
    tally = RequestTally(_request_counter(ways))
    tally.add(asks)
    return tally.found


@cache
def _request_counter(ways: tuple[Named, ...]) -> RequestCounter:
    return RequestCounter(way_of(*way) for way in ways)


_BLOCK = 2 * SIZE
_LARGE_BLOCK = 16 * SIZE  # among more text there is more that comes again, for all of many tables


class Shared:
    """A Counter whose pieces are counted elsewhere, as soon as the text is known to be large: of
    `expected` bytes, or if nobody knows, after `PAYS`."""

    def __init__(
        self,
        processes: "Callable[[], Processes]",
        workers: int,
        counter: Counter,
        expected: int,
    ) -> None:
        self._processes = processes
        self._own = counter
        most = _BLOCK if len(counter.sums.exact) < MANY else _LARGE_BLOCK
        self.size = min(most, expected // workers + 1) if expected else most
        """Characters of the pieces that are best fed."""
        self._expected = expected
        self._waiting: deque[Future[TextTotals]] = deque()
        self._fed = 0
        self._before = ""

    def feed(self, text: str) -> None:
        """Count the next piece of the text."""
        text = type(text)(mended(text))
        self._own.feed_apart(text)
        if self._own.sums.is_open or isinstance(text, Open):  # one after the other, see `endless`
            self._own.sums.before = self._before
            self._own.sums.feed(text)
        elif self._expected or self._fed > PAYS:
            self._send(text)
        else:
            self._own.sums.feed(text)
        self._fed += len(text)
        self._before = text[-1:] or self._before

    def counts(self) -> dict[str, Count]:
        """What has been fed so far, by tokenizer."""
        while self._waiting:
            self._receive()
        return self._own.counts()

    def stop(self) -> None:
        """Give up what has not been begun: `counts` is then of a part of what was fed."""
        self._waiting = deque(job for job in self._waiting if not job.cancel())

    def _send(self, text: str) -> None:

        processes, sums = self._processes(), self._own.sums
        share = max(self._expected, self._fed) // processes.workers
        block = TextBlock(text.encode(), self._before, sums.exact, sums.rough, share)
        self._waiting.append(processes.count(block))
        if len(self._waiting) > processes.most_waiting:
            self._receive()

    def _receive(self) -> None:

        self._own.sums.add(result_of(self._waiting.popleft()))
