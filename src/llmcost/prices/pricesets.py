"""A price set, and the other price sets that go with it: peak hours, batch, service tiers."""

from collections.abc import Iterator
from decimal import Decimal

import yaml

from llmcost.messages import say
from llmcost.nodes import Fields, Reader
from llmcost.pricing.table import Prices, Variant

MEDIA = (
    *("audio_input", "audio_output", "audio_cache_read", "image_input", "image_output"),
    *("image_cache_read", "video_input"),
)
SIMPLE = (
    *("input", "output", "cache_read", "cache_read_explicit", "output_thinking", "cache_storage"),
    *MEDIA,
)
LIFETIMES = ("5m", "30m", "1h", "12h", "24h", "any")
SET = (*SIMPLE, "combined", "cache_write")
VARIANTS = ("peak", "batch", "tiers")
PRICES = (*SET, *VARIANTS)


def read_set(reader: Reader, fields: Fields, currency: str) -> Prices:
    """The price set of a mapping, by item; `combined` is the price of input and of output."""
    found: Prices = {}
    for key in SIMPLE:
        price = reader.price(fields.get(key), key, currency)
        if price is not None:
            found[key] = price
    combined = reader.price(fields.get("combined"), "combined", currency)
    if combined is not None:
        for key in ("input", "output"):
            if key in fields:
                said = say("`combined` replaces `{key}`; keep one of them", key=key)
                reader.problem(fields[key], said)
            found[key] = combined
    for lifetime, price in read_writes(reader, fields.get("cache_write"), currency):
        found[f"cache_write.{lifetime}"] = price
    return found


def read_writes(
    reader: Reader, node: yaml.Node | None, currency: str
) -> Iterator[tuple[str, Decimal]]:
    """Cache writes by lifetime: `cache_write: {5m: 15, 1h: 24}`."""
    if node is None:
        return
    for lifetime, value in reader.fields(node, "`cache_write`", LIFETIMES).items():
        price = reader.price(value, f"cache_write {lifetime}", currency)
        if price is not None:
            yield lifetime, price


def read_variants(reader: Reader, fields: Fields, currency: str) -> dict[str, Variant]:
    """`peak`, `batch` and each service tier, by name."""
    found: dict[str, Variant] = {}
    for name in ("peak", "batch"):
        if name in fields:
            found[name] = read_variant(reader, fields[name], name, currency)
    tiers = fields.get("tiers")
    if tiers is not None:
        for name, node in reader.names(tiers, "`tiers`"):
            if name in ("peak", "batch"):
                reader.problem(node, say("a tier cannot be named `{name}`", name=name))
            found[name] = read_variant(reader, node, name, currency)
    return found


def read_variant(reader: Reader, node: yaml.Node, name: str, currency: str) -> Variant:
    """A factor on the whole price set (`batch: 0.5`), or prices in its place."""
    if isinstance(node, yaml.ScalarNode):
        return Variant(reader.factor(node, name))
    prices = read_set(reader, reader.fields(node, f"`{name}`", SET), currency)
    if not prices:
        reader.problem(node, say("`{name}` has no price", name=name))
    return Variant(prices=prices)
