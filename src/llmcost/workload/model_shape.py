"""The shape of a model, and what its KV cache takes for each token of a context.

The numbers are those of the `config.json` that is published with the weights.
"""

from decimal import Decimal

import msgspec

from llmcost.messages import say

GIBIBYTE = 2**30
MOST = 10**6
"""Of each number of a shape; the largest models have five digits."""


class ModelShape(msgspec.Struct, frozen=True, kw_only=True):
    """What of a model's `config.json` decides its KV cache, in the words of that file."""

    num_hidden_layers: int
    num_attention_heads: int = 0
    num_key_value_heads: int | None = None
    hidden_size: int = 0
    head_dim: int | None = None
    kv_lora_rank: int | None = None
    qk_rope_head_dim: int = 0


def kv_elements(shape: ModelShape) -> int:
    """Return how many numbers the KV cache has for each token: keys and values of each head, or a
    compressed vector and a position where attention is latent (MLA). Raise ValueError for a shape
    that lacks what it takes."""
    numbers = [getattr(shape, name) or 0 for name in shape.__struct_fields__]
    if shape.num_hidden_layers < 1 or not all(0 <= one <= MOST for one in numbers):
        raise ValueError(say("its numbers are not those of a model"))
    if shape.kv_lora_rank is not None:
        return shape.num_hidden_layers * (shape.kv_lora_rank + shape.qk_rope_head_dim)
    heads = shape.num_key_value_heads or shape.num_attention_heads
    each = shape.head_dim
    if each is None and shape.num_attention_heads:
        each = shape.hidden_size // shape.num_attention_heads
    if not heads or not each:
        raise ValueError(say("it lacks `num_attention_heads` and `head_dim` or `hidden_size`"))
    return 2 * shape.num_hidden_layers * heads * each


def kv_bytes(shape: ModelShape, bits: Decimal) -> Decimal:
    """Return the bytes of the KV cache for each token, at so many bits a number."""
    return kv_elements(shape) * bits / 8


def tokens_in(memory_gib: Decimal, shape: ModelShape, bits: Decimal) -> int:
    """Return how many tokens of KV cache a memory holds that holds nothing else."""
    return int(memory_gib * GIBIBYTE / kv_bytes(shape, bits))
