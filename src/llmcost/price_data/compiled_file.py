"""Files of ours in YAML, compiled to a cache in the user's folder, which is read in their place.

They are of this build, so that what is wrong with them is a fault of this build.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from llmcost import __version__
from llmcost.files import cache_folder, keep

Value = TypeVar("Value")


def compiled(
    name: str, content: bytes, parse: Callable[[bytes], Value], type: type[Value]
) -> Value:
    """What `parse` makes of `content`, from the cache of this name if it was made before."""
    head = f"llmcost {__version__} {name} 1 {len(content)}:{zlib.crc32(content):08x}\n".encode()
    stored = cache_folder() / name
    found = read_cached(stored, head, type)
    if found is None:
        found = parse(content)
        part = msgspec.json.encode(found)
        keep(stored, head + f"{zlib.crc32(part):08x}\n".encode() + part)
    return found


def read_cached(path: Path, made_from: bytes, type: type[Value]) -> Value | None:
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
    """Raises msgspec.ValidationError for a key or a value that there is not."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(content, Loader=loader) or {}, type)
