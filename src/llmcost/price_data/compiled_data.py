"""Data files of this build beside the price table, compiled like it: names, cache rules, plans.

They are ours alone, so that what is wrong with one is a fault of this build.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from llmcost import __version__
from llmcost.files import cache_folder, keep
from llmcost.pricing.cache_rules import CacheRules
from llmcost.pricing.plan_rows import Plans

Value = TypeVar("Value")


def bundled(name: str) -> Path:
    """A data file of this build: inside the wheel, or data/ of the checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "data" / name
    return packaged if packaged.is_file() else package.parents[1] / "data" / name


def compiled_data(
    name: str, content: bytes, kind: type[Value], parse: Callable[[bytes], Value] | None = None
) -> Value:
    """The value that a YAML file describes, from the cache if it was compiled before. `parse`
    makes it of the content, where not all of it is needed."""
    made_from = (
        f"llmcost {__version__} {name} 1 {len(content)}:{zlib.crc32(content):08x}\n".encode()
    )
    stored = cache_folder() / name
    found = read_compiled(stored, made_from, kind)
    if found is None:
        found = parse(content) if parse else parse_data(content, kind)
        part = msgspec.json.encode(found)
        keep(stored, made_from + f"{zlib.crc32(part):08x}\n".encode() + part)
    return found


def read_compiled(path: Path, made_from: bytes, kind: type[Value]) -> Value | None:
    """None if the cache is missing, stale or damaged: the YAML is read again."""
    try:
        with path.open("rb") as file:
            if file.read(len(made_from)) != made_from:
                return None
            checksum, part = file.readline(100), file.read()
        if checksum != f"{zlib.crc32(part):08x}\n".encode():
            return None
        return msgspec.json.decode(part, type=kind)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def parse_data(content: bytes, kind: type[Value]) -> Value:
    """Numbers with a point are read from their text. Raises msgspec.ValidationError for a key or a
    value that there is not."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(content, Loader=loader) or {}, kind)


def load_plans() -> Plans:
    """The plans of this build."""
    return compiled_data("plans", bundled("plans.yaml").read_bytes(), Plans)


def load_cache_rules() -> CacheRules:
    """The rules of this build."""
    return compiled_data("cache-rules", bundled("cache_rules.yaml").read_bytes(), CacheRules)
