"""Progress of a run: how far it is, at what rate, and how long it will take."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from llmcost.inputs.object_storage import is_address
from llmcost.inputs.text_stream import STDIN, TextStream

if TYPE_CHECKING:
    from llmcost.runtime.progress_bar import ProgressState, StderrBar

Block = TypeVar("Block")

PATIENCE = 1.0  # seconds, in which nothing is drawn
EVERY = 0.1
MEMORY = 100  # times drawn, over which a rate is taken: ten seconds


def is_watched() -> bool:
    """Return whether a person sees stderr, on a terminal that can draw."""
    if os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stderr is not None and sys.stderr.isatty()


class Progress:
    """A bar over all streams, to be used in a `with`; gone at its end, whatever ends it.

    Loop over `each()`, and read each one's blocks `through` it, or call `step()` after every block
    that was counted. A stream without a step was not read now, as one whose result is known: it
    counts for the place and not for the rate. Bytes are those of the files, which may be packed.
    """

    def __init__(
        self,
        streams: Sequence[TextStream],
        *,
        wanted: bool = True,
        offers_sample: bool = False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._streams = streams
        self._clock = clock
        self._offers_sample = offers_sample
        self._next = clock() + PATIENCE if wanted and is_watched() else inf
        self._current: TextStream | None = None
        self._is_read = False  # the current one
        self._finished = 0
        self._past = 0  # bytes of the finished ones
        self._read = 0  # those of them that were read now
        self._total: int | None = None
        self._drawn: deque[tuple[float, int]] = deque([(clock(), 0)], MEMORY)
        self._bar: StderrBar | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._next = inf
        if self._bar is not None:
            with suppress(OSError):
                self._bar.close()

    def each(self) -> Iterator[TextStream]:
        """Yield the streams, one after the other."""
        for stream in self._streams:
            self._current, self._is_read = stream, False
            self._look()
            yield stream
            self._finished += 1
            self._past += size_of(stream) or stream.taken
            if self._is_read:
                self._read += stream.taken or size_of(stream)
        self._current = None

    def through(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Yield the blocks of the current stream, with a step after each."""
        for block in blocks:
            yield block
            self.step()

    def step(self) -> None:
        """Look at the clock, after a block of the current stream was read and counted."""
        self._is_read = True
        self._look()

    def _look(self) -> None:
        now = self._clock()
        if now >= self._next:
            try:
                self._draw(now)
                self._next = now + EVERY
            except OSError:  # the terminal is gone, and the run is not
                self._next = inf

    def _draw(self, now: float) -> None:
        from llmcost.runtime.progress_bar import StderrBar

        if self._bar is None:
            self._bar = StderrBar()
        self._bar.show(self._shown(now))

    def _shown(self, now: float) -> "ProgressState":
        from llmcost.runtime.progress_bar import ProgressState

        if self._total is None:
            self._total = total_of(self._streams)
        one = self._current
        taken = 0 if one is None or not self._is_read else one.taken
        size = 0 if one is None else size_of(one)
        return ProgressState(
            done=self._past + (min(taken, size) if size else taken),
            total=self._total,
            rate=self._rate(now, self._read + taken),
            finished=self._finished,
            files=len(self._streams),
            name="" if one is None else one.name,
            offers_sample=self._offers_sample,
        )

    def _rate(self, now: float, read: int) -> float:
        """Bytes a second, of late."""
        before, had = self._drawn[0]
        self._drawn.append((now, read))
        return (read - had) / (now - before) if now > before else 0.0


def size_of(stream: TextStream) -> int:
    """Return the bytes that will be read of a file, at most; 0 for what does not state them."""
    return stream.stated if stream.most is None else min(stream.stated, stream.most)


def total_of(streams: Sequence[TextStream]) -> int | None:
    """Return the bytes of all streams; None if one of them may be without end."""
    if any(not one.stated and is_endless(one.name) for one in streams):
        return None
    return sum(map(size_of, streams))


def is_endless(name: str) -> bool:
    """Return whether an input is a pipe or a device."""
    if is_address(name):
        return False
    return name == STDIN or not os.path.isfile(name)  # noqa: PTH113 - a hundred thousand times
