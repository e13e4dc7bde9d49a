"""The compiled form of a price file, in the user's cache folder.

A cache that is missing, stale, damaged or unwritable is never an error: the YAML is read again.
"""

import os
import re
import zlib
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec

from llmcost import __version__
from llmcost.folders import keep
from llmcost.pricing.table import Model, PriceTable

HEAD = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d) (?P<size>\d{1,10}) (?P<current>[0-9a-f]{8}) (?P<whole>[0-9a-f]{8})\n"
)
FORMAT = f"llmcost {__version__} prices 5\n".encode()


def identity(contents: Sequence[bytes], tokenizers: Sequence[str]) -> bytes:
    """What the compiled table was made from: a change of any byte makes it stale."""
    sizes = ",".join(f"{len(content)}:{zlib.crc32(content):08x}" for content in contents)
    return FORMAT + f"{sizes} {zlib.crc32(' '.join(tokenizers).encode()):08x}\n".encode()


def checksum(day: str, part: bytes) -> str:
    """Of a part and of the day that says whether the first part will do."""
    return f"{zlib.crc32(part, zlib.crc32(day.encode())):08x}"


def read(path: Path, made_from: bytes, since: date | None) -> PriceTable | None:
    """The table compiled from just these contents, or None.

    With `since`, rows that were over by that day may be missing: most commands never need them.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(made_from)) != made_from:
                return None
            head = HEAD.fullmatch(file.readline(100).decode("ascii", "replace"))
            if head is None:
                return None
            size = os.fstat(file.fileno()).st_size  # a damaged head may say any number
            current = file.read(min(int(head["size"]), size))
            recent = since is not None and since.isoformat() >= head["day"]
            part, expected = (current, "current") if recent else (file.read(), "whole")
    except OSError:
        return None
    if checksum(head["day"], part) != head[expected]:
        return None
    try:
        return msgspec.json.decode(part, type=PriceTable)
    except (msgspec.MsgspecError, ValueError):
        return None


def write(path: Path, made_from: bytes, table: PriceTable, day: date) -> None:
    """JSON decodes as fast as MessagePack here, and keeps the zone of a date-time."""
    whole = msgspec.json.encode(table)
    current = msgspec.json.encode(without_history(table, day))
    checksums = f"{checksum(str(day), current)} {checksum(str(day), whole)}"
    head = f"{day} {len(current)} {checksums}\n".encode()
    keep(path, made_from + head + current + whole)


def without_history(table: PriceTable, day: date) -> PriceTable:
    """The table without the rows that were over on `day`, in every zone of the world."""
    models = tuple(
        msgspec.structs.replace(model, prices=model.prices[first_held(model, day) :])
        for model in table.models
    )
    return PriceTable(table.providers, models, table.tokenizers)


def first_held(model: Model, day: date) -> int:
    """The index of the row that was in force three days before.

    A day takes 50 hours from the first zone of the world to the last: by then it began in all.
    """
    began = [index for index, row in enumerate(model.prices) if row.start <= day - timedelta(3)]
    return began[-1] if began else 0
