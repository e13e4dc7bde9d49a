"""`data/model_names.yaml`: the names that people type, and the newer model of each one."""

import msgspec

from llmcost.price_data.compiled_data import compiled_data, parse_data
from llmcost.pricing.known_names import TypedNames
from llmcost.pricing.price_rows import PriceTable


def compiled_names(content: bytes) -> TypedNames:
    """The names that `content` describes, from the cache if they were compiled before."""
    return compiled_data("model-names", content, TypedNames, without_successors)


def without_successors(content: bytes) -> TypedNames:
    return msgspec.structs.replace(parse(content), superseded={})  # the price table has these


def parse(content: bytes) -> TypedNames:
    """Raises msgspec.ValidationError for a key or a value that there is not."""
    return parse_data(content, TypedNames)


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
    return msgspec.structs.replace(table, models=models)
