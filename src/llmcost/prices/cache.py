"""The compiled form of a price file, in the user's cache folder.

A cache that is missing, stale, damaged or unwritable is never an error: the YAML is read again.
"""

import os
import sys
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from llmcost import __version__
from llmcost.pricing.table import PriceTable

CHECKSUM = 9  # bytes of a line that `checksum` makes
FORMAT = f"llmcost {__version__} prices 2\n".encode()


def folder() -> Path:
    """Where compiled tables are kept; `LLMCOST_CACHE_DIR` moves it.

    The XDG folder is named by hand, since asking platformdirs for it takes a tenth of a command.
    """
    chosen = os.environ.get("LLMCOST_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "linux":
        try:
            return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llmcost"
        except RuntimeError:  # a user without a home, as in some containers
            return Path(os.devnull)  # where nothing can be kept
    from platformdirs import user_cache_path

    return user_cache_path("llmcost", appauthor=False)


def identity(contents: Sequence[bytes], tokenizers: Sequence[str]) -> bytes:
    """What the compiled table was made from: a change of any byte makes it stale."""
    sizes = ",".join(f"{len(content)}:{zlib.crc32(content):08x}" for content in contents)
    return FORMAT + f"{sizes} {zlib.crc32(' '.join(tokenizers).encode()):08x}\n".encode()


def checksum(payload: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(payload)


def read(path: Path, made_from: bytes) -> PriceTable | None:
    """The table compiled from just these contents, or None."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    split = len(made_from) + CHECKSUM
    head, payload = stored[:split], stored[split:]
    if head != made_from + checksum(payload):
        return None
    try:
        return msgspec.json.decode(payload, type=PriceTable)
    except (msgspec.MsgspecError, ValueError):
        return None


def write(path: Path, made_from: bytes, table: PriceTable) -> None:
    """Written beside, then renamed, so that no reader sees half a file.

    JSON decodes as fast as MessagePack here, and keeps the zone of a date-time, which that loses.
    """
    import tempfile  # a warm start has no use for it

    payload = msgspec.json.encode(table)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(made_from + checksum(payload) + payload)
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise
