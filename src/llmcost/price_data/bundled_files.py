"""Data files of ours beside the price table, compiled once and then read from the cache.

They are ours alone, so that what is wrong with one is a fault of this build.
"""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from llmcost import __version__
from llmcost.files import bundled, cache_folder, keep
from llmcost.pricing.known_names import TypedNames
from llmcost.pricing.price_rows import PriceTable

if TYPE_CHECKING:
    from llmcost.pricing.cache_rules import CacheRules
    from llmcost.pricing.output_lengths import OutputLengths
    from llmcost.pricing.plan_rows import Plans
    from llmcost.pricing.quality import QualitySet

SETS = ("arena", "livebench", "vectara", "bfcl")
"""The public quality scores that come with llmcost, those of the first screen first."""
Compiled = TypeVar("Compiled", bound=msgspec.Struct)
Value = TypeVar("Value")


def load_quality_set(name: str) -> "QualitySet":
    from llmcost.pricing.quality import QualitySet

    return load(f"quality/{name}.yaml", QualitySet)


def load_output_lengths() -> "OutputLengths":
    from llmcost.pricing.output_lengths import OutputLengths

    return load("output_lengths.yaml", OutputLengths)


def load_cache_rules() -> "CacheRules":
    from llmcost.pricing.cache_rules import CacheRules

    return load("cache_rules.yaml", CacheRules)


def load_plans() -> "Plans":
    from llmcost.pricing.plan_rows import Plans

    return load("plans.yaml", Plans)


def load(name: str, type: type[Compiled]) -> Compiled:
    """Return what a data file of this build has."""
    content = bundled(name).read_bytes()
    stored = name.removesuffix(".yaml").replace("/", "-")
    return compiled(stored, [content], lambda: convert(content, type), type)


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


def compiled_names(content: bytes) -> TypedNames:
    """The names that people type, of `data/model_names.yaml`."""

    def make() -> TypedNames:
        # the price table has what is superseded
        return msgspec.structs.replace(convert(content, TypedNames), superseded={})

    return compiled("model-names", [content], make, TypedNames)


def with_successors(table: PriceTable, content: bytes) -> PriceTable:
    """The table with the newer model of each one that has been followed by it."""
    newer = {
        f"{provider}/{old}": new
        for provider, lines in convert(content, TypedNames).superseded.items()
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
