"""`data/model_names.yaml`: the names that people type, compiled like the price table.

The file is ours alone, so that what is wrong with it is a fault of this build.
"""

import msgspec

from llmcost.price_data.compiled_file import compiled, convert
from llmcost.pricing.known_names import TypedNames
from llmcost.pricing.price_rows import PriceTable


def compiled_names(content: bytes) -> TypedNames:
    """The names that `content` describes, from the cache if they were compiled before."""

    def make() -> TypedNames:
        return msgspec.structs.replace(parse(content), superseded={})  # the price table has these

    return compiled("model-names", [content], make, TypedNames)


def parse(content: bytes) -> TypedNames:
    """Raises msgspec.ValidationError for a key or a value that there is not."""
    return convert(content, TypedNames)


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
