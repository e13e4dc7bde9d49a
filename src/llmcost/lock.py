"""Keeping a second run off a file that this one writes."""

import os
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from io import FileIO
from pathlib import Path

from llmcost.errors import LlmcostError
from llmcost.messages import say

Release = Callable[[], None]


def lock(file: FileIO, path: Path, busy: str, instead: str = "") -> Release:
    """Holds the open file until it is closed and what is returned is called, or the process ends.

    Raises LlmcostError with `busy` if another one holds it, and as a hint to wait, or what may be
    done `instead`; OSError if it cannot be held.
    """
    if find_spec("fcntl") is None:
        return hold_beside(path, busy)
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        hint = say("wait for it, or {instead}", instead=instead) if instead else say("wait for it")
        raise LlmcostError(busy, hint=hint) from None
    except OSError:  # a file system without locks
        return hold_beside(path, busy)
    # a worker that outlives a killed run would hold it
    os.register_at_fork(after_in_child=file.close)
    return file.close


def hold_beside(path: Path, busy: str) -> Release:
    """By a file that must not be there; Windows removes it even after a kill."""
    beside = path.with_name(f"{path.name}.lock")
    try:
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | getattr(os, "O_TEMPORARY", 0))
    except FileExistsError:
        hint = say("wait for it; if there is none, delete `{beside}`", beside=beside)
        raise LlmcostError(busy, hint=hint) from None

    def release() -> None:
        os.close(handle)
        with suppress(FileNotFoundError):
            beside.unlink()

    return release
