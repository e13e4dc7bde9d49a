"""One text counted by several processes."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmcost.pricing.usage import Count
from llmcost.tokens.counting import Counter, Totals
from llmcost.tokens.splitting import SIZE
from llmcost.tokens.text import mended

if TYPE_CHECKING:
    from concurrent.futures import Future

    from llmcost.tokens.processes import Processes

PAYS = 8_000_000
"""Bytes of a text, from which on a second process gains more than it costs to set up."""


class Shared:
    """A Counter whose pieces are counted elsewhere, as soon as the text is known to be large: of
    `expected` bytes, or if nobody knows, after `PAYS`."""

    size = 4 * SIZE
    """Characters of the pieces that are best fed."""

    def __init__(
        self, processes: "Callable[[], Processes]", counter: Counter, expected: int
    ) -> None:
        self._processes = processes
        self._own = counter
        self._expected = expected
        self._waiting: deque[Future[Totals]] = deque()
        self._fed = 0
        self._before = ""

    def feed(self, text: str) -> None:
        """Count the next piece of the text."""
        text = mended(text)
        if self._expected or self._fed > PAYS:
            self._own.feed_apart(text)
            self._send(text)
        else:
            self._own.feed(text)
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
        block = Block(text, self._before, sums.exact, sums.rough, share)
        self._waiting.append(processes.count(block))
        if len(self._waiting) > processes.most_waiting:
            self._receive()

    def _receive(self) -> None:
        from llmcost.tokens.processes import result_of

        self._own.sums.add(result_of(self._waiting.popleft()))
