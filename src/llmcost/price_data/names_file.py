"""`data/model_names.yaml`: the names that people type, compiled like the price table.

The file is ours alone, so that what is wrong with it is a fault of this build.
"""

import zlib
from pathlib import Path

import msgspec

from llmcost import __version__
from llmcost.files import cache_folder, keep
from llmcost.pricing.known_names import TypedNames
from llmcost.pricing.price_rows import PriceTable


def compiled_names(content: bytes) -> TypedNames:
    """The names that `content` describes, from the cache if they were compiled before."""
    made_from = f"llmcost {__version__} names 1 {len(content)}:{zlib.crc32(content):08x}\n".encode()
    stored = cache_folder() / "model-names"
    found = read_cached(stored, made_from)
    if found is None:
        found = msgspec.structs.replace(parse(content), superseded={})  # the price table has these
        part = msgspec.json.encode(found)
        keep(stored, made_from + f"{zlib.crc32(part):08x}\n".encode() + part)
    return found


def read_cached(path: Path, made_from: bytes) -> TypedNames | None:
    """None if the cache is missing, stale or damaged: the YAML is read again."""
    try:
        with path.open("rb") as file:
            if file.read(len(made_from)) != made_from:
                return None
            checksum, part = file.readline(100), file.read()
        if checksum != f"{zlib.crc32(part):08x}\n".encode():
            return None
        return msgspec.json.decode(part, type=TypedNames)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def parse(content: bytes) -> TypedNames:
    """Raises msgspec.ValidationError for a key or a value that there is not."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return msgspec.convert(yaml.load(content, Loader=loader) or {}, TypedNames)


def with_successors(table: PriceTable, content: bytes) -> PriceTable:
    """The table with the newer model of each one that has been followed by it."""
    newer = {
        f"{provider}/{old}": new
        for provider, lines in parse(content).superseded.items()
        for new, ids in lines.items()
        for old in ids
    }
    models = tuple(
        msgspec.structs.replace(model, superseded_by=newer[model.key])
        if model.key in newer
        else model
        for model in table.models
    )
    return msgspec.structs.replace(table, listed=models, hosts=None)
