"""Count large inputs by several processes; small ones here, without what processes would load.

A process counts blocks of texts and batches of requests; one large text may be shared by several.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from llmcost.limits import has_files, has_room

if TYPE_CHECKING:
    from llmcost.chat import Ask
    from llmcost.tokenizers.counter import Counter
    from llmcost.tokenizers.processes import Processes, Shared
    from llmcost.tokenizers.registry import Tokenizer
    from llmcost.tokenizers.requests import RequestTally

_PAYS_GIANT = 250_000_000  # bytes that gigatoken counts, whose set-up is longer
_PAYS_REQUESTS = 1_000_000
_POOL = 300_000_000  # bytes of address space that threads and blocks of text may take

Known = Mapping[str, "Tokenizer"]


class Crew:
    """Other processes, started when they are first needed; to be used in a `with`.

    `workers`: how many; by default one for each processor that this process may use. With one,
    everything is counted in this process. `together`: bytes of all texts of the run, about.
    """

    def __init__(self, workers: int | None = None, together: int = 0) -> None:
        # a pool takes files and threads, and one that gets none may never end
        has_room_for_pool = has_files() and has_room(_POOL)
        self.workers = (workers or processors()) if has_room_for_pool else 1
        self._together = together
        self._processes: Processes | None = None

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        if self._processes is not None:
            self._processes.end()

    def counter(
        self, names: Sequence[str], known: Known | None = None, *, expected: int = 0
    ) -> "Counter | Shared":
        """What counts one text of `expected` bytes; 0: nobody knows how many. `known`: what the
        names mean; None: ours."""
        from llmcost.tokenizers.counter import Counter
        from llmcost.tokenizers.registry import PAYS, TOKENIZERS

        known = TOKENIZERS if known is None else known
        counter = Counter(names, known, expected=expected, together=self._together)
        pays = PAYS
        if expected >= PAYS:
            from llmcost.tokenizers.gigatoken import (  # a small text has no use for it
                SIZE,
                will_be_giant,
            )

            if will_be_giant(counter.sums.exact, expected):
                counter.size, pays = SIZE, _PAYS_GIANT
        if self.workers == 1 or 0 < expected < pays:
            return counter
        from llmcost.tokenizers.processes import Shared  # nor for this

        return Shared(self.processes, self.workers, counter, expected)

    def tally(
        self, tally: "RequestTally", batches: Iterable[Sequence["Ask"]], expected: int
    ) -> None:
        """Add batches of requests, that `expected` bytes of text hold, to a tally."""
        if self.workers == 1 or expected < _PAYS_REQUESTS or not tally.counter.is_ours:
            for batch in batches:
                tally.add(batch)
        else:
            for found in self.processes().tallied(batches, tally.counter.ways):
                tally.merge(found)

    def processes(self) -> "Processes":
        if self._processes is None:
            from llmcost.tokenizers.processes import Processes

            self._processes = Processes(self.workers)
        return self._processes


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
