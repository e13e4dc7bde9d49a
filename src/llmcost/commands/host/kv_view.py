"""Forms of the KV cache of a model: headline, table of machines, JSON document."""

from decimal import Decimal
from typing import Any

from llmcost.language import _
from llmcost.pricing.hosting_facts import HostingFacts
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import data, figure, plain
from llmcost.workload.model_shape import ModelShape, kv_bytes, kv_elements, tokens_in


def kv_headline(shape: ModelShape, bits: Decimal) -> str:
    return (
        _(
            "KV cache: {bytes} bytes per token ({number} numbers of {bits} bits). Tokens that fit "
            "beside nothing else:",
            bytes=figure(kv_bytes(shape, bits), 0),
            number=figure(kv_elements(shape), 0),
            bits=plain(bits),
        )
        + "\n"
    )


def kv_grid(shape: ModelShape, bits: Decimal, facts: HostingFacts) -> Grid:
    columns = Column("machine"), Column("memory_gib", right=True), Column("tokens", right=True)
    rows = (
        [one.name, data(one.memory_gib), str(tokens_in(one.memory_gib, shape, bits))]
        for one in facts.rents.machines
    )
    return grid(columns, rows)


def kv_document(shape: ModelShape, bits: Decimal, facts: HostingFacts) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.host.kv/1`."""
    return {
        "schema": "llmcost.host.kv/1",
        "numbers_per_token": kv_elements(shape),
        "bits": data(bits),
        "bytes_per_token": data(kv_bytes(shape, bits)),
        "results": [
            {
                "machine": one.id,
                "memory_gib": data(one.memory_gib),
                "tokens": tokens_in(one.memory_gib, shape, bits),
            }
            for one in facts.rents.machines
        ],
    }
