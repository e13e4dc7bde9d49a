"""Readers of model-prices and metergraph, which date their prices.

`snapshot.json` of the one, `prices.yaml` of the other; both in USD per 1M tokens.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import yaml

from llmcost.errors import BadPriceFile
from llmcost.messages import say
from llmcost.price_data.trackers.matching import TrackerEntry
from llmcost.price_data.trackers.tracker_values import Json, TrackerDocument, banded
from llmcost.pricing.price_rows import Band, Prices
from llmcost.yaml_files import compose

MODEL_PRICES_KEYS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write.any",
}


def looks_like_model_prices(root: Json) -> bool:
    return isinstance(root, dict) and {"models_dev", "prices"} <= root.keys()


def model_prices_entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    """Standard prices only: batch, fast and flex are other offers."""
    status = document.mapping(root.get("status"), say("the file"), "status")
    for name, sold in document.mapping(root["prices"], say("the file"), "prices").items():
        ours = document.providers.get(name, "")
        gone = document.mapping(status.get(name), f"`{name}`", "status")
        for id, value in document.mapping(sold, f"`{name}`", "prices").items():
            where = f"`{name}/{id}`"
            if not ours or gone.get(id) == "removed":
                yield TrackerEntry("", id)
                continue
            offers = document.mapping(value, where, say("the model"))
            for one in document.listed(offers.get("standard"), where, "standard"):
                rates = document.mapping(one.get("rates"), where, "rates")
                start = document.day(one.get("start"), where, "start")
                yield TrackerEntry(ours, id, rates_of(document, rates, where), start=start)


def rates_of(document: TrackerDocument, rates: Mapping[str, Json], where: str) -> tuple[Band, ...]:
    above: list[tuple[int, Prices]] = []
    for tier in document.listed(rates.get("tiers"), where, "tiers"):
        size = document.tokens(tier.get("above"), where, "above")
        above.append((size or 0, document.prices(tier, MODEL_PRICES_KEYS, where)))
    return banded(document.prices(rates, MODEL_PRICES_KEYS, where), above)


METERGRAPH_KEYS = {
    "input_per_mtok": "input",
    "output_per_mtok": "output",
    "cache_read_per_mtok": "cache_read",
    "cache_write_5m_per_mtok": "cache_write.5m",
    "cache_write_1h_per_mtok": "cache_write.1h",
}
EVERYWHERE = "global"


def is_metergraph(content: bytes) -> bool:
    return b"canonical_id:" in content and b"_per_mtok:" in content


def metergraph_file(name: str, content: bytes) -> Json:
    """Lists, objects and text of the YAML. Raises BadPriceFile."""
    return values_of(compose(Path(name), content, BadPriceFile, aliases=True), {})


def values_of(node: yaml.Node | None, known: dict[yaml.Node, Json]) -> Json:
    """`known`: parts that are there already; a part that is repeated is the same value."""
    if node in known:
        return known[node]
    if isinstance(node, yaml.MappingNode):
        found: Json = known.setdefault(node, {})
        found.update({str(key.value): values_of(value, known) for key, value in node.value})
        return found
    if isinstance(node, yaml.SequenceNode):
        found = known.setdefault(node, [])
        found += [values_of(one, known) for one in node.value]
        return found
    return node.value if isinstance(node, yaml.ScalarNode) else None


def looks_like_metergraph(root: Json) -> bool:
    models = root.get("models") if isinstance(root, dict) else None
    return isinstance(models, list) and any("canonical_id" in one for one in models)


def metergraph_entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    """What the vendors' own channels charge everywhere; not gateways, hosts and regions."""
    for model in document.listed(root["models"], say("the file"), "models"):
        full = str(model.get("canonical_id"))
        where = f"`{full}`"
        for one in document.listed(model.get("prices"), where, "prices"):
            provider = document.providers.get(str(one.get("channel")), "")
            if not provider or one.get("region") != EVERYWHERE:
                yield TrackerEntry("", full)
                continue
            base = document.prices(one, METERGRAPH_KEYS, where)
            yield TrackerEntry(
                provider,
                full.partition("/")[2],
                banded(base, longer(document, one, base, where)),
                start=document.day(one.get("effective_from"), where, "effective_from"),
                end=document.day(one.get("effective_to"), where, "effective_to"),
            )


def longer(
    document: TrackerDocument, fields: Mapping[str, Json], base: Prices, where: str
) -> list[tuple[int, Prices]]:
    """The prices above the size from which a factor holds, if there is one."""
    rules = document.mapping(fields.get("rules"), where, "rules")
    rule = document.mapping(rules.get("long_context"), where, "long_context")
    size = document.tokens(rule.get("threshold"), where, "threshold")
    if not size:
        return []
    factors = {
        side: document.price(rule.get(f"{side}_multiplier"), where, side) or Decimal(1)
        for side in ("input", "output")
    }
    raised = {
        item: price * factors["output" if item == "output" else "input"]
        for item, price in base.items()
    }
    return [(size, raised)]
