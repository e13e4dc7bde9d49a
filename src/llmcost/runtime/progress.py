"""Progress of a run, as a bar with figures on a terminal; rich is imported when it is drawn."""

import os
import shutil
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from math import inf
from time import monotonic
from typing import TypeVar

import msgspec
from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from llmcost.inputs.object_storage import is_address
from llmcost.inputs.text_stream import STDIN, TextStream
from llmcost.language import _
from llmcost.messages import visible
from llmcost.runtime import standard_streams as streams

ROOMY = 72  # columns, from which on sizes have a place beside the rate


class Shown(msgspec.Struct, frozen=True):
    """How far a run is: bytes `done` of `total` (None: nobody knows), the `rate` in bytes a second
    (0: not known yet), how many of the `files` are finished, and the one that is being read."""

    done: int
    total: int | None
    rate: float
    finished: int
    files: int
    name: str


class Steady(Console):
    """A console that leaves the cursor be. Who hides it cannot bring it back after a kill."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


class Bar:
    """Two lines on stderr, drawn anew by `show` and taken away by `close`. No thread draws them:
    the run forks processes. Both raise OSError if the terminal is gone."""

    def __init__(self) -> None:
        self._console = Steady(file=sys.stderr, force_terminal=True)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def show(self, shown: Shown) -> None:
        self._live.update(frame(shown, self._console.width))
        self._live.start()
        self._live.refresh()

    def close(self) -> None:
        self._live.stop()


def frame(shown: Shown, width: int) -> RenderableType:
    figures = Text("  ".join(figures_of(shown, roomy=width >= ROOMY)), no_wrap=True)
    below = Text(place_of(shown), no_wrap=True, overflow="ellipsis")
    if not shown.total:
        return Group(figures, below)
    above = Table.grid(padding=(0, 2, 0, 0), pad_edge=False, expand=True)
    above.add_column(ratio=1)
    above.add_column(no_wrap=True)
    above.add_row(ProgressBar(shown.total, min(shown.done, shown.total)), figures)
    return Group(above, below)


def figures_of(shown: Shown, *, roomy: bool) -> Iterator[str]:
    if not shown.total:
        yield decimal(shown.done)
    else:
        yield f"{min(shown.done, shown.total) * 100 // shown.total:3d}%"
        if roomy:
            yield _("{done} of {all}", done=decimal(shown.done), all=decimal(shown.total))
    if shown.rate:
        yield f"{decimal(int(shown.rate))}/s"
        if shown.total:
            left = max(0, shown.total - shown.done) / shown.rate
            yield _("{time} left", time=timedelta(seconds=round(left)))


def place_of(shown: Shown) -> str:
    name = _("standard input") if shown.name == STDIN else visible(shown.name)
    if shown.files == 1:
        return name
    files = _("{done:,} of {all:,} files", done=shown.finished, all=shown.files)
    return f"{files}  {name}"


Block = TypeVar("Block")

PATIENCE = 1.0  # seconds, in which nothing is drawn
EVERY = 0.1
MEMORY = 100  # times drawn, over which a rate is taken: ten seconds


def is_watched() -> bool:
    """Whether a person sees stderr, on a terminal that can draw."""
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
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._streams = streams
        self._clock = clock
        self._next = clock() + PATIENCE if wanted and is_watched() else inf
        self._current: TextStream | None = None
        self._is_read = False  # the current one
        self._finished = 0
        self._past = 0  # bytes of the finished ones
        self._read = 0  # those of them that were read now
        self._total: int | None = None
        self._drawn: deque[tuple[float, int]] = deque([(clock(), 0)], MEMORY)
        self._bar: Bar | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._next = inf
        if self._bar is not None:
            with suppress(OSError):
                self._bar.close()

    def each(self) -> Iterator[TextStream]:
        """The streams, one after the other."""
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
        """The blocks of the current stream, with a step after each."""
        for block in blocks:
            yield block
            self.step()

    def step(self) -> None:
        """A block of the current stream was read and counted. Costs a look at the clock."""
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

        if self._bar is None:
            self._bar = Bar()
        self._bar.show(self._shown(now))

    def _shown(self, now: float) -> "Shown":

        if self._total is None:
            self._total = total_of(self._streams)
        one = self._current
        taken = 0 if one is None or not self._is_read else one.taken
        size = 0 if one is None else size_of(one)
        return Shown(
            done=self._past + (min(taken, size) if size else taken),
            total=self._total,
            rate=self._rate(now, self._read + taken),
            finished=self._finished,
            files=len(self._streams),
            name="" if one is None else one.name,
        )

    def _rate(self, now: float, read: int) -> float:
        """Bytes a second, of late."""
        before, had = self._drawn[0]
        self._drawn.append((now, read))
        return (read - had) / (now - before) if now > before else 0.0


def size_of(stream: TextStream) -> int:
    """Bytes that will be read of a file, at most; 0 for what does not say."""
    return stream.stated if stream.most is None else min(stream.stated, stream.most)


def total_of(streams: Sequence[TextStream]) -> int | None:
    """Of all of them; None if one of them may be without end."""
    if any(not one.stated and is_endless(one.name) for one in streams):
        return None
    return sum(map(size_of, streams))


def is_endless(name: str) -> bool:
    if is_address(name):
        return False
    return name == STDIN or not os.path.isfile(name)  # noqa: PTH113 - a hundred thousand times


def talk(lines: Iterable[str]) -> None:
    """Talk, broken at words on a terminal and left whole in a log."""
    for line in lines:
        write_stderr(wrapped(line) if sys.stderr.isatty() else line)


def write_stderr(line: str) -> None:
    """A line of talk. That nobody can read it does not matter to the result."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        streams.abandon(sys.stderr)


def wrapped(line: str) -> str:
    """The line broken to the width of the terminal, where some characters take two columns."""
    from llmcost.render import text as wrap

    columns = shutil.get_terminal_size().columns
    if wrap.has_wide(line):
        return "\n".join(wrap.lines(line, columns))
    import textwrap

    return textwrap.fill(line, columns, break_long_words=False, break_on_hyphens=False)
