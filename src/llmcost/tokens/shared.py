"""One text counted by several processes."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmcost.pricing.usage import Count
from llmcost.tokens.counting import MANY, PAYS, Counter, Totals
from llmcost.tokens.splitting import SIZE, Open
from llmcost.tokens.text import mended

if TYPE_CHECKING:
    from concurrent.futures import Future

    from llmcost.tokens.processes import Processes

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
        self._waiting: deque[Future[Totals]] = deque()
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
        from llmcost.tokens.processes import Block  # 15 ms, and only large texts need it

        processes, sums = self._processes(), self._own.sums
        share = max(self._expected, self._fed) // processes.workers
        block = Block(text.encode(), self._before, sums.exact, sums.rough, share)
        self._waiting.append(processes.count(block))
        if len(self._waiting) > processes.most_waiting:
            self._receive()

    def _receive(self) -> None:
        from llmcost.tokens.processes import result_of

        self._own.sums.add(result_of(self._waiting.popleft()))
