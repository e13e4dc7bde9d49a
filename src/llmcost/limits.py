"""How much memory and how many files this process may take, and a guard against silent aborts.

Engines in Rust abort when they get no memory, and take their process with them: no exception tells
of it. So where memory is limited, tables are built only if they fit, and the run is in a process of
its own, while the first one waits for it and says what became of it.
"""

import atexit
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

ABORTS = ("SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL", "SIGTRAP")
"""The ends of a process that got no memory."""
FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
MANY_FILES = 128
FROM_TERMINAL = 0x80  # SI_KERNEL: the other process has got the signal, too


@cache
def memory() -> int | None:
    """Return the bytes of address space that a process may have, by `ulimit -v`; None without a
    limit."""
    if sys.platform == "win32":
        return None
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if most == resource.RLIM_INFINITY else most


@cache
def has_files() -> bool:
    """Return whether more than a few files may be open at the same time, by `ulimit -n`."""
    if sys.platform == "win32":
        return True
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most == resource.RLIM_INFINITY or most >= MANY_FILES


def has_room(size: int, left: int = 0) -> bool:
    """Return whether so many bytes more may be taken, and `left` be left; as far as can be
    known."""
    most = memory()
    if most is None:
        return True
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except (OSError, ValueError):
        return True
    return pages * os.sysconf("SC_PAGE_SIZE") + size + left <= most


def isolate(report: Callable[[], None]) -> bool:
    """Go on in another process if memory is limited. This one passes signals on, ends as that one
    does, and calls `report` if it was aborted. Return whether this is the other process."""
    if sys.platform != "linux" or memory() is None:
        return False
    numbers = {getattr(signal, name) for name in FORWARDED}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*numbers, signal.SIGCHLD})
    theirs, ours = map(above_standard, os.pipe())
    parent, child = os.getpid(), os.fork()
    if child == 0:
        follow(parent)
        hide_aborts()
        atexit.register(os.write, ours, b".")  # some libraries end a process by `exit`
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return True
    code = os.waitstatus_to_exitcode(waited(child, {*numbers, signal.SIGCHLD}))
    if code < 0 and signal.Signals(-code).name not in ABORTS:
        end_by(-code)
    os.set_blocking(theirs, False)
    with suppress(BlockingIOError):
        if os.read(theirs, 1):
            os._exit(code)
    report()
    os._exit(1)


def above_standard(number: int) -> int:
    """Return the file under a number that no standard stream has, though one may be closed."""
    if number > 2:
        return number
    import fcntl

    found = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(number)
    return found


def end_by(number: int) -> None:
    """End this process as that signal ends one."""
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    os.kill(os.getpid(), number)


def waited(child: int, numbers: set[int]) -> int:
    """Return the status in which the other process ends; pass signals of `numbers` on to it."""
    while True:
        found = signal.sigwaitinfo(numbers)
        if found.si_signo != signal.SIGCHLD:
            if found.si_code != FROM_TERMINAL:
                os.kill(child, found.si_signo)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status


def follow(parent: int) -> None:
    """Have this process be killed with the one that waits for it."""
    with suppress(OSError, ImportError, AttributeError):
        import ctypes

        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def hide_aborts() -> None:
    """Keep what engines print when they abort from the terminal, and nothing else."""
    if sys.stderr is None:
        return
    kept = above_standard(os.dup(2))
    before = sys.stderr
    sys.stderr = os.fdopen(kept, "w", 1, before.encoding, before.errors)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
