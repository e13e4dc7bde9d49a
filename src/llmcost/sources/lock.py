"""Keeping a second run off a file that this one writes."""

import os
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from io import FileIO
from pathlib import Path

from llmcost.errors import LlmcostError

Release = Callable[[], None]


def lock(file: FileIO, path: Path) -> Release:
    """Holds the open file until it is closed and what is returned is called, or the process ends.

    Raises LlmcostError if another one holds it, OSError if it cannot be held.
    """
    if find_spec("fcntl") is None:
        return hold_beside(path)
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise held(path, "wait for it, or name another file with --resume") from None
    except OSError:  # a file system without locks
        return hold_beside(path)
    # a worker that outlives a killed run would hold it
    os.register_at_fork(after_in_child=file.close)
    return file.close


def hold_beside(path: Path) -> Release:
    """By a file that must not be there; Windows removes it even after a kill."""
    beside = path.with_name(f"{path.name}.lock")
    try:
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | getattr(os, "O_TEMPORARY", 0))
    except FileExistsError:
        raise held(path, f"wait for it; if there is none, delete `{beside}`") from None

    def release() -> None:
        os.close(handle)
        with suppress(FileNotFoundError):
            beside.unlink()

    return release


def held(path: Path, hint: str) -> LlmcostError:
    return LlmcostError(f"another run writes the journal `{path}`", hint=hint)
