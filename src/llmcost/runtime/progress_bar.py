"""The bar of a run on a terminal, drawn by rich."""

import sys
from collections.abc import Iterator
from datetime import timedelta

import msgspec
from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from llmcost.inputs.text_stream import STDIN
from llmcost.language import _
from llmcost.messages import visible

LONG = 30  # seconds to wait, above which a sample is offered
ROOMY = 72  # columns, from which on sizes have a place beside the rate


class ProgressState(msgspec.Struct, frozen=True):
    """How far a run is: bytes `done` of `total` (None: nobody knows), the `rate` in bytes a second
    (0: not known yet), how many of the `files` are finished, and the one that is being read.
    `offers_sample`: a sample would do."""

    done: int
    total: int | None
    rate: float
    finished: int
    files: int
    name: str
    offers_sample: bool = False

    @property
    def left(self) -> float | None:
        """Seconds to the end; None if nobody knows."""
        if not self.total or not self.rate:
            return None
        return max(0, self.total - self.done) / self.rate


class Steady(Console):
    """A console that leaves the cursor be. Who hides it cannot bring it back after a kill."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


class StderrBar:
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

    def show(self, shown: ProgressState) -> None:
        self._live.update(frame(shown, self._console.width))
        self._live.start()
        self._live.refresh()

    def close(self) -> None:
        self._live.stop()


def frame(shown: ProgressState, width: int) -> RenderableType:
    figures = Text("  ".join(figures_of(shown, roomy=width >= ROOMY)), no_wrap=True)
    below = Text(place_of(shown), no_wrap=True, overflow="ellipsis")
    if not shown.total:
        return Group(figures, below)
    above = Table.grid(padding=(0, 2, 0, 0), pad_edge=False, expand=True)
    above.add_column(ratio=1)
    above.add_column(no_wrap=True)
    above.add_row(ProgressBar(shown.total, min(shown.done, shown.total)), figures)
    return Group(above, below)


def figures_of(shown: ProgressState, *, roomy: bool) -> Iterator[str]:
    if not shown.total:
        yield decimal(shown.done)
    else:
        yield f"{min(shown.done, shown.total) * 100 // shown.total:3d}%"
        if roomy:
            yield _("{done} of {all}", done=decimal(shown.done), all=decimal(shown.total))
    if shown.rate:
        yield f"{decimal(int(shown.rate))}/s"
        if shown.left is not None:
            yield _("{time} left", time=timedelta(seconds=round(shown.left)))


def place_of(shown: ProgressState) -> str:
    parts = [_("standard input") if shown.name == STDIN else visible(shown.name)]
    if shown.files > 1:
        parts.insert(0, _("{done:,} of {all:,} files", done=shown.finished, all=shown.files))
    if shown.offers_sample and (shown.left or 0) > LONG:
        parts.insert(0, _("--sample auto takes seconds"))
    return "  ".join(parts)
