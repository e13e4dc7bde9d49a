"""models.dev: `api.json`, USD per 1M tokens by provider and model."""

from collections.abc import Iterator, Mapping

from llmcost.messages import say
from llmcost.planning.tracked import Entry
from llmcost.prices.trackers.document import Document, Json, banded
from llmcost.pricing.table import Band

PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "xai": "xai",
    "mistral": "mistral",
    "cohere": "cohere",
    "deepseek": "deepseek-intl",
    "moonshotai": "moonshot-intl",
    "moonshotai-cn": "moonshot",
    "alibaba": "alibaba-intl",
    "alibaba-cn": "alibaba",
    "zai": "zai",
    "zhipuai": "zhipu",
    "minimax": "minimax-intl",
    "minimax-cn": "minimax",
    "xiaomi": "xiaomi-intl",
    "stepfun": "stepfun",
    "amazon-bedrock": "amazon",
    "longcat": "meituan",
}
KEYS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write.any",
}
LONG = 200_000  # of the older `context_over_200k`


def looks_like(root: Json) -> bool:
    return isinstance(root, dict) and any(
        isinstance(one, dict) and isinstance(one.get("models"), dict) for one in root.values()
    )


def entries(document: Document, root: Json) -> Iterator[Entry]:
    for name, provider in root.items():
        sold = document.mapping(provider, f"`{name}`", say("the provider")).get("models")
        for id, value in document.mapping(sold, f"`{name}`", "models").items():
            where, ours = f"`{name}/{id}`", PROVIDERS.get(name, "")
            if not ours or (ours == "amazon" and not id.startswith("amazon.")):
                yield Entry("", id)
                continue
            model = document.mapping(value, where, say("the model"))
            limit = document.mapping(model.get("limit"), where, "limit")
            yield Entry(
                ours,
                id,
                bands_of(document, document.mapping(model.get("cost"), where, "cost"), where),
                name=str(model.get("name") or ""),
                context=document.tokens(limit.get("context"), where, "context"),
                max_output=document.tokens(limit.get("output"), where, "output"),
            )


def bands_of(document: Document, cost: Mapping[str, Json], where: str) -> tuple[Band, ...]:
    above = []
    for one in document.listed(cost.get("tiers"), where, "tiers"):
        tier = document.mapping(one.get("tier"), where, "tier")
        size = document.tokens(tier.get("size"), where, "size")
        if tier.get("type") != "context" or not size:
            document.problem(where, "tier", say("a size of context"), one.get("tier"))
            continue
        above.append((size, document.prices(one, KEYS, where)))
    long = document.mapping(cost.get("context_over_200k"), where, "context_over_200k")
    if long and not above:  # it repeats one of the tiers, whose size is the right one
        above.append((LONG, document.prices(long, KEYS, where)))
    return banded(document.prices(cost, KEYS, where), above)
