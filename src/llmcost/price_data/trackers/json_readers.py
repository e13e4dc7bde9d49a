"""Readers of litellm, models.dev, OpenRouter and pi-ai.

litellm: `model_prices_and_context_window.json`, USD per token by model. models.dev: `api.json`, USD
per 1M tokens by provider and model. OpenRouter: the answer of /api/v1/models, USD per token, what
its own hosts charge. pi-ai: a file for each provider of its npm package, USD per 1M tokens.
"""

import re
from collections.abc import Iterator, Mapping

from llmcost.messages import say
from llmcost.price_data.trackers.matching import TrackerEntry
from llmcost.price_data.trackers.tracker_values import MILLION, Json, TrackerDocument, banded
from llmcost.pricing.price_rows import Band, Prices

TUNED = "ft:"  # prices of tuned models, under the name of the plain one
MODES = ("chat", "completion", "responses")
LITELLM_KEYS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write.any",
    "cache_creation_input_token_cost_above_1hr": "cache_write.1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write.12h",
}
ABOVE = re.compile(rf"({'|'.join(LITELLM_KEYS)})_above_(\d{{1,6}})k_tokens", re.ASCII)


def looks_like_litellm(root: Json) -> bool:
    return isinstance(root, dict) and any(
        isinstance(one, dict) and "litellm_provider" in one for one in root.values()
    )


def litellm_entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    for key, value in root.items():
        fields = document.mapping(value, f"`{key}`", say("the model"))
        provider = document.providers.get(str(fields.get("litellm_provider")), "")
        if key == "sample_spec" or fields.get("mode", "chat") not in MODES or TUNED in key:
            continue
        id = key.rpartition("/")[2] if provider else key
        if provider == "amazon" and ("/" in key or not key.startswith("amazon.")):
            provider = ""  # of another vendor, or of another region
        if not provider:
            yield TrackerEntry("", key)
            continue
        where = f"`{key}`"
        yield TrackerEntry(
            provider,
            id,
            litellm_bands(document, fields, where),
            context=document.tokens(fields.get("max_input_tokens"), where, "max_input_tokens"),
            max_output=document.tokens(fields.get("max_output_tokens"), where, "max_output_tokens"),
            retired=document.day(fields.get("deprecation_date"), where, "deprecation_date"),
        )


def litellm_bands(
    document: TrackerDocument, fields: Mapping[str, Json], where: str
) -> tuple[Band, ...]:
    tiers = [
        (start_of(document, tier, where), document.prices(tier, LITELLM_KEYS, where, MILLION))
        for tier in document.listed(fields.get("tiered_pricing"), where, "tiered_pricing")
    ]
    if tiers:
        return banded({}, tiers) if tiers[0][0] else banded(tiers[0][1], tiers[1:])
    base = document.prices(fields, LITELLM_KEYS, where, MILLION)
    sizes: dict[int, Prices] = {}
    for key in fields:
        found = ABOVE.fullmatch(key)
        price = document.price(fields[key], where, key, MILLION) if found else None
        if found and price:
            sizes.setdefault(int(found[2]) * 1000, {})[LITELLM_KEYS[found[1]]] = price
    return banded(base, list(sizes.items()))


def start_of(document: TrackerDocument, tier: Mapping[str, Json], where: str) -> int:
    """The size from which a tier holds: the first of its `range`."""
    range = tier.get("range")
    if not isinstance(range, list) or len(range) != 2:
        document.problem(where, "range", say("two numbers of tokens"), range)
        return 0
    return document.tokens(range[0], where, "range") or 0


MODELSDEV_KEYS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write.any",
}
LONG = 200_000  # of the older `context_over_200k`


def looks_like_modelsdev(root: Json) -> bool:
    return isinstance(root, dict) and any(
        isinstance(one, dict) and isinstance(one.get("models"), dict) for one in root.values()
    )


def modelsdev_entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    for name, provider in root.items():
        sold = document.mapping(provider, f"`{name}`", say("the provider")).get("models")
        for id, value in document.mapping(sold, f"`{name}`", "models").items():
            where, ours = f"`{name}/{id}`", document.providers.get(name, "")
            if not ours or (ours == "amazon" and not id.startswith("amazon.")):
                yield TrackerEntry("", id)
                continue
            model = document.mapping(value, where, say("the model"))
            limit = document.mapping(model.get("limit"), where, "limit")
            yield TrackerEntry(
                ours,
                id,
                modelsdev_bands(
                    document, document.mapping(model.get("cost"), where, "cost"), where
                ),
                name=str(model.get("name") or ""),
                context=document.tokens(limit.get("context"), where, "context"),
                max_output=document.tokens(limit.get("output"), where, "output"),
            )


def modelsdev_bands(
    document: TrackerDocument, cost: Mapping[str, Json], where: str
) -> tuple[Band, ...]:
    above = []
    for one in document.listed(cost.get("tiers"), where, "tiers"):
        tier = document.mapping(one.get("tier"), where, "tier")
        size = document.tokens(tier.get("size"), where, "size")
        if tier.get("type", "context") != "context" or not size:
            document.problem(where, "tier", say("a size of context"), one.get("tier"))
            continue
        above.append((size, document.prices(one, MODELSDEV_KEYS, where)))
    long = document.mapping(cost.get("context_over_200k"), where, "context_over_200k")
    if long and not above:  # it repeats one of the tiers, whose size is the right one
        above.append((LONG, document.prices(long, MODELSDEV_KEYS, where)))
    return banded(document.prices(cost, MODELSDEV_KEYS, where), above)


OPENROUTER_KEYS = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write.any",
    "input_cache_write_1h": "cache_write.1h",
}


def looks_like_openrouter(root: Json) -> bool:
    data = root.get("data") if isinstance(root, dict) else None
    return isinstance(data, list) and any(
        isinstance(one, dict) and "pricing" in one for one in data
    )


def openrouter_entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    for model in document.listed(root["data"], say("the file"), "data"):
        full = str(model.get("id"))
        author, _, id = full.partition("/")
        provider = document.providers.get(author, "")
        if not provider or ":" in id:  # `:free`, `:thinking` … are offers of its own
            yield TrackerEntry("", full)
            continue
        where = f"`{full}`"
        pricing = document.mapping(model.get("pricing"), where, "pricing")
        top = document.mapping(model.get("top_provider"), where, "top_provider")
        yield TrackerEntry(
            provider,
            id,
            openrouter_bands(document, pricing, where),
            name=str(model.get("name") or ""),
            context=document.tokens(model.get("context_length"), where, "context_length"),
            max_output=document.tokens(
                top.get("max_completion_tokens"), where, "max_completion_tokens"
            ),
        )


def openrouter_bands(
    document: TrackerDocument, pricing: Mapping[str, Json], where: str
) -> tuple[Band, ...]:
    above = []
    for one in document.listed(pricing.get("overrides"), where, "overrides"):
        size = document.tokens(one.get("min_prompt_tokens"), where, "min_prompt_tokens")
        if size:  # others hold at some hours
            above.append((size, document.prices(one, OPENROUTER_KEYS, where, MILLION)))
    return banded(document.prices(pricing, OPENROUTER_KEYS, where, MILLION), above)


PI_KEYS = {
    "input": "input",
    "output": "output",
    "cacheRead": "cache_read",
    "cacheWrite": "cache_write.any",
}


def looks_like_pi(root: Json) -> bool:
    groups = root.values() if isinstance(root, dict) else ()
    models = (one for group in groups if isinstance(group, dict) for one in group.values())
    return any(isinstance(one, dict) and {"cost", "provider"} <= one.keys() for one in models)


def pi_entries(document: TrackerDocument, root: Json) -> Iterator[TrackerEntry]:
    """Groups of models by the API that serves them."""
    for name, group in root.items():
        for key, value in document.mapping(group, f"`{name}`", say("the models")).items():
            where = f"`{name}/{key}`"
            model = document.mapping(value, where, say("the model"))
            provider = document.providers.get(str(model.get("provider")), "")
            if not provider or model.get("type") != "chat":
                yield TrackerEntry("", str(model.get("id")))
                continue
            cost = document.mapping(model.get("cost"), where, "cost")
            above = [
                (
                    document.tokens(tier.get("inputTokensAbove"), where, "inputTokensAbove") or 0,
                    document.prices(tier, PI_KEYS, where),
                )
                for tier in document.listed(cost.get("tiers"), where, "tiers")
            ]
            yield TrackerEntry(
                provider,
                str(model.get("id")),
                banded(document.prices(cost, PI_KEYS, where), above),
                name=str(model.get("name") or ""),
                context=document.tokens(model.get("contextWindow"), where, "contextWindow"),
                max_output=document.tokens(model.get("maxTokens"), where, "maxTokens"),
            )
