"""Data files of ours that are compiled once and read from the cache, until they change.

They are ours alone, so that what is wrong with one is a fault of this build.
"""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from llmcost import __version__
from llmcost.files import cache_folder, keep

Compiled = TypeVar("Compiled", bound=msgspec.Struct)
Value = TypeVar("Value")


def compiled(
    name: str, contents: Sequence[bytes], make: Callable[[], Compiled], type: type[Compiled]
) -> Compiled:
    """Return what `make` makes of these contents, from the cache if it was made before. `name`: of
    the file in the cache folder."""
    sums = " ".join(f"{len(one)}:{zlib.crc32(one):08x}" for one in contents)
    made_from = f"llmcost {__version__} {name} 1 {sums}\n".encode()
    stored = cache_folder() / name
    found = read_cached(stored, made_from, type)
    if found is None:
        found = make()
        part = msgspec.json.encode(found)
        keep(stored, made_from + f"{zlib.crc32(part):08x}\n".encode() + part)
    return found


def read_cached(path: Path, made_from: bytes, type: type[Compiled]) -> Compiled | None:
    """None if the cache is missing, stale or damaged: the YAML is read again."""
    try:
        with path.open("rb") as file:
            if file.read(len(made_from)) != made_from:
                return None
            checksum, part = file.readline(100), file.read()
        if checksum != f"{zlib.crc32(part):08x}\n".encode():
            return None
        return msgspec.json.decode(part, type=type)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def convert(content: bytes, type: type[Value]) -> Value:
    """Return what the YAML has. Raise msgspec.ValidationError for a key or a value that there is
    not."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(content, Loader=loader) or {}, type)
