"""The compiled form of a price file, in the user's cache folder.

A cache that is missing, stale, damaged or unwritable is never an error: the YAML is read again.
"""

import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import msgspec

from llmcost import __version__
from llmcost.pricing.table import Model, PriceTable

DAY = 11  # bytes of a line with a date
HEAD = 9 + DAY  # and of one with a checksum
FORMAT = f"llmcost {__version__} prices 3\n".encode()


def identity(contents: Sequence[bytes], tokenizers: Sequence[str]) -> bytes:
    """What the compiled table was made from: a change of any byte makes it stale."""
    sizes = ",".join(f"{len(content)}:{zlib.crc32(content):08x}" for content in contents)
    return FORMAT + f"{sizes} {zlib.crc32(' '.join(tokenizers).encode()):08x}\n".encode()


def checksum(payload: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(payload)


def read(path: Path, made_from: bytes, day: date | None) -> PriceTable | None:
    """The table compiled from just these contents, or None.

    With a `day`, rows that were over by then may be missing: they are decoded only if needed.
    """
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    split = len(made_from) + HEAD
    head, payload = stored[:split], stored[split:]
    if head[:-DAY] != made_from + checksum(payload):
        return None
    try:
        compiled = date.fromisoformat(head[-DAY:].decode().strip())
        current, whole = msgspec.json.decode(payload, type=tuple[msgspec.Raw, msgspec.Raw])
        part = current if day is not None and day >= compiled else whole
        return msgspec.json.decode(part, type=PriceTable)
    except (msgspec.MsgspecError, ValueError):
        return None


def write(path: Path, made_from: bytes, table: PriceTable, day: date) -> None:
    """Written beside, then renamed, so that no reader sees half a file.

    JSON decodes as fast as MessagePack here, and keeps the zone of a date-time, which that loses.
    """
    import tempfile  # a warm start has no use for it

    payload = msgspec.json.encode((without_history(table, day), table))
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(made_from + checksum(payload) + f"{day}\n".encode() + payload)
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise


def without_history(table: PriceTable, day: date) -> PriceTable:
    """The table without the rows that were over on `day`, in every zone of the world."""
    models = tuple(
        msgspec.structs.replace(model, prices=model.prices[first_held(model, day) :])
        for model in table.models
    )
    return PriceTable(table.providers, models)


def first_held(model: Model, day: date) -> int:
    """The index of the row that was in force two days before: a day is not over everywhere."""
    began = [index for index, row in enumerate(model.prices) if row.start <= day - timedelta(2)]
    return began[-1] if began else 0
