"""`python -m llmcost`, and the entry point of the `llmcost` command."""

import gc
import os
import signal
import sys
from math import inf
from time import monotonic
from types import FrameType

from llmcost.limits import has_files, isolate, memory

ENOUGH = 100_000  # new objects before a collection; a whole command makes fewer
TWICE = 1.0
"""Seconds in which a second signal is the same wish: `timeout` and closed terminals send two."""


class Stop:
    """In a `with`: Ctrl-C, SIGTERM and SIGHUP end a run with what was counted so far, by a
    KeyboardInterrupt, and a second one ends it at once. `code` is the exit code."""

    def __init__(self) -> None:
        self._number = int(signal.SIGINT)
        self._since: float | None = None
        self.code = 128 + self._number

    def __enter__(self) -> "Stop":
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as by nohup
                signal.signal(number, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._since = self._since or -inf  # there is nothing to show any more
        if self.code == 128 + signal.SIGINT:
            self.code = 128 + self._number
        return kind is KeyboardInterrupt

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self._since is None:
            self._number, self._since = number, monotonic()
            raise KeyboardInterrupt
        if monotonic() - self._since > TWICE:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


def run() -> None:
    """Collecting garbage that does not exist costs a short command a quarter of its time."""
    gc.set_threshold(ENOUGH)
    watched = isolate(report_no_memory)
    with Stop() as stop:
        try:
            load_msgspec()
            from llmcost.cli.app import main
        except (
            ImportError,
            MemoryError,
            OSError,
            SystemError,
        ):  # the last: Python's own lack of it
            if watched:
                os._exit(1)  # there may be no memory to say so: the one that waits does
            if memory() is None and has_files():
                raise
            sys.exit(unloaded())
        stop.code = main()
    gc.freeze()  # nor is any of it collected on the way out
    sys.exit(stop.code)


def load_msgspec() -> None:
    """Load it without typing_extensions, which it takes where that is installed and has no need of
    here: they are a sixth of the shortest start."""
    sys.modules.setdefault("typing_extensions", None)  # type: ignore[arg-type]
    import msgspec  # noqa: F401

    if sys.modules["typing_extensions"] is None:
        del sys.modules["typing_extensions"]


def report_no_memory() -> None:
    """In the reader's language, if there is memory for that."""
    try:
        from llmcost.cli.app import report_refusal

        report_refusal(MemoryError())
    except (ImportError, MemoryError, OSError, SystemError):
        unloaded()


def unloaded() -> int:
    """Say that not even the command line can be loaded, without it; the exit code."""
    if sys.stderr is not None:
        sys.stderr.write("error: not enough memory, or too few open files\n")
        sys.stderr.write("hint: allow more, by `ulimit -v` and `ulimit -n`\n")
    return 1


if __name__ == "__main__":
    run()
