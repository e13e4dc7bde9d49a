"""litellm: `model_prices_and_context_window.json`, USD per token by model."""

import re
from collections.abc import Iterator, Mapping

from llmcost.messages import say
from llmcost.planning.tracked import Entry
from llmcost.prices.trackers.document import MILLION, Document, Json, banded
from llmcost.pricing.table import Band, Prices

PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "xai": "xai",
    "mistral": "mistral",
    "deepseek": "deepseek-intl",
    "dashscope": "alibaba-intl",
    "zai": "zai",
    "minimax": "minimax-intl",
    "moonshot": "moonshot-intl",
    "xiaomi_mimo": "xiaomi-intl",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "meta": "meta",
    "bedrock": "amazon",
    "bedrock_converse": "amazon",
    "qwen_ai_platform": "alibaba",
    "bigmodel": "zhipu",
    "tencent": "tencent",
    "volcengine": "bytedance",
    "streamlake": "kuaishou",
}
TUNED = "ft:"  # prices of tuned models, under the name of the plain one
MODES = ("chat", "completion", "responses")
KEYS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write.any",
    "cache_creation_input_token_cost_above_1hr": "cache_write.1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write.12h",
}
ABOVE = re.compile(rf"({'|'.join(KEYS)})_above_(\d{{1,6}})k_tokens", re.ASCII)


def looks_like(root: Json) -> bool:
    return isinstance(root, dict) and any(
        isinstance(one, dict) and "litellm_provider" in one for one in root.values()
    )


def entries(document: Document, root: Json) -> Iterator[Entry]:
    for key, value in root.items():
        fields = document.mapping(value, f"`{key}`", say("the model"))
        provider = PROVIDERS.get(str(fields.get("litellm_provider")), "")
        if key == "sample_spec" or fields.get("mode", "chat") not in MODES or TUNED in key:
            continue
        id = key.rpartition("/")[2] if provider else key
        if provider == "amazon" and ("/" in key or not key.startswith("amazon.")):
            provider = ""  # of another vendor, or of another region
        if not provider:
            yield Entry("", key)
            continue
        where = f"`{key}`"
        yield Entry(
            provider,
            id,
            bands_of(document, fields, where),
            context=document.tokens(fields.get("max_input_tokens"), where, "max_input_tokens"),
            max_output=document.tokens(fields.get("max_output_tokens"), where, "max_output_tokens"),
            retired=document.day(fields.get("deprecation_date"), where, "deprecation_date"),
        )


def bands_of(document: Document, fields: Mapping[str, Json], where: str) -> tuple[Band, ...]:
    tiers = [
        (start_of(document, tier, where), document.prices(tier, KEYS, where, MILLION))
        for tier in document.listed(fields.get("tiered_pricing"), where, "tiered_pricing")
    ]
    if tiers:
        return banded({}, tiers) if tiers[0][0] else banded(tiers[0][1], tiers[1:])
    base = document.prices(fields, KEYS, where, MILLION)
    sizes: dict[int, Prices] = {}
    for key in fields:
        found = ABOVE.fullmatch(key)
        price = document.price(fields[key], where, key, MILLION) if found else None
        if found and price:
            sizes.setdefault(int(found[2]) * 1000, {})[KEYS[found[1]]] = price
    return banded(base, list(sizes.items()))


def start_of(document: Document, tier: Mapping[str, Json], where: str) -> int:
    """The size from which a tier holds: the first of its `range`."""
    range = tier.get("range")
    if not isinstance(range, list) or len(range) != 2:
        document.problem(where, "range", say("two numbers of tokens"), range)
        return 0
    return document.tokens(range[0], where, "range") or 0
