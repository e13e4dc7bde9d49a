"""Folders of the user, files written whole or not at all, and locks against a second run.

Compiled tables are in the cache folder, settings and a price file of the user's own in the config
folder. `create` never replaces a file that is there; `keep` and `replace` do, in one step.
"""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from io import FileIO
from pathlib import Path

from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.messages import say, visible

_PIECE = 1 << 20  # bytes


VARIABLES = "LLMCOST_"
"""What the names of environment variables of this tool begin with."""
LARGEST_SETTINGS = 1_000_000
"""Bytes of a settings file."""


def bundled(name: str) -> Path:
    """A data file of this build: inside the wheel, or data/ of the checkout."""
    package = Path(__file__).parent
    packaged = package / "data" / name
    return packaged if packaged.is_file() else package.parents[1] / "data" / name


def cache_folder() -> Path:
    """Return `LLMCOST_CACHE_DIR`, or the system's place for caches."""
    return user_folder("cache", ".cache")


def config_folder() -> Path:
    """Return `LLMCOST_CONFIG_DIR`, or the system's place for settings."""
    return user_folder("config", ".config")


def updated_prices() -> Path:
    """Return where `llmcost prices update` puts the table that takes the bundled one's place."""
    return config_folder() / "published" / "prices.yaml"


def user_folder(kind: str, hidden: str) -> Path:
    """Return a folder of the user. XDG folders are named by hand: platformdirs would take a tenth
    of a command."""
    chosen = os.environ.get(f"LLMCOST_{kind.upper()}_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "linux":
        try:
            base = os.environ.get(f"XDG_{kind.upper()}_HOME") or Path.home() / hidden
            return Path(base) / "llmcost"
        except RuntimeError:  # a user without a home, as in some containers
            return Path(os.devnull)  # where nothing is, and nothing can be kept
    import platformdirs

    find = platformdirs.user_cache_path if kind == "cache" else platformdirs.user_config_path
    return find("llmcost", appauthor=False)


def read_at_most(path: Path, most: int) -> bytes:
    """Return what is in a file, but no more than one byte beyond `most`, which tells that there is
    more. Memory is taken for what is there, not for what might be. Raise OSError."""
    with path.open("rb") as file:
        wanted = min(os.fstat(file.fileno()).st_size, most) + 1
        pieces = [file.read(wanted)]
        read = len(pieces[0])
        while pieces[-1] and read <= most:  # it grows, or is no plain file
            pieces.append(file.read(min(_PIECE, most + 1 - read)))
            read += len(pieces[-1])
    return b"".join(pieces) if any(pieces[1:]) else pieces[0]


def keep(path: Path, content: bytes) -> None:
    """Write a file of a cache, whole or not at all. Never an error."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace({path: content}, flushed=False)


def replace(files: Mapping[Path, bytes], *, flushed: bool = True, mode: int | None = None) -> None:
    """Write all files, each whole, or none: beside, flushed to the disk if they must outlast a
    power failure, then renamed. `mode`: their rights; None: for the user alone. Raise OSError."""
    from tempfile import mkstemp  # a warm start has no use for it

    written: list[tuple[Path, Path]] = []
    try:
        for path, content in files.items():
            handle, name = mkstemp(dir=path.parent, prefix=f"{path.name}.")
            written.append((Path(name), path))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                if flushed:
                    file.flush()
                    os.fsync(file.fileno())
            if mode is not None:
                Path(name).chmod(mode)
        for temporary, path in written:
            temporary.replace(path)
    finally:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)


Release = Callable[[], None]


def lock(file: FileIO, path: Path, busy: str, instead: str = "") -> Release:
    """Lock the open file until it is closed and what is returned is called, or the process ends.

    Raise LlmcostError with `busy` if another process has it, and as a hint to wait, or what may be
    done `instead`; OSError if it cannot be locked.
    """
    if find_spec("fcntl") is None:
        return lock_beside(path, busy)
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        hint = say("wait for it, or {instead}", instead=instead) if instead else say("wait for it")
        raise LlmcostError(busy, hint=hint) from None
    except OSError:  # a file system without locks
        return lock_beside(path, busy)
    # a worker that outlives a killed run would hold it
    os.register_at_fork(after_in_child=file.close)
    return file.close


def lock_beside(path: Path, busy: str) -> Release:
    """Lock by a file that must not be there; Windows removes it even after a kill."""
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


def create(path: Path, content: bytes) -> None:
    """Write a new file whole: beside, then linked to its name. Raise UsageError if that is taken,
    LlmcostError if it cannot be written."""
    beside = path.parent / f".llmcost.{os.getpid()}"
    try:
        try:
            beside.write_bytes(content)
            os.link(beside, path)  # unlike a rename, it fails where a file is
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        said = say("`{path}` already exists", path=visible(str(path)))
        raise UsageError(said, hint=say("name another file with -f")) from None
    except OSError as error:
        said = say("cannot write `{path}`: {why}", path=visible(str(path)), why=reason(error))
        raise LlmcostError(said, hint=say("name a file in a folder of yours with -f")) from None
