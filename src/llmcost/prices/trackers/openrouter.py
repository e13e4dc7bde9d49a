"""OpenRouter: the answer of /api/v1/models, USD per token, what its own hosts charge."""

from collections.abc import Iterator, Mapping

from llmcost.messages import say
from llmcost.planning.tracked import Entry
from llmcost.prices.trackers.document import MILLION, Document, Json, banded
from llmcost.pricing.table import Band

PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "x-ai": "xai",
    "mistralai": "mistral",
    "cohere": "cohere",
    "deepseek": "deepseek-intl",
    "moonshotai": "moonshot-intl",
    "qwen": "alibaba-intl",
    "z-ai": "zai",
    "minimax": "minimax-intl",
    "xiaomi": "xiaomi-intl",
    "meituan": "meituan",
    "baidu": "baidu",
    "bytedance-seed": "bytedance",
    "tencent": "tencent",
    "stepfun": "stepfun",
    "amazon": "amazon",
}
KEYS = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write.any",
    "input_cache_write_1h": "cache_write.1h",
}


def looks_like(root: Json) -> bool:
    data = root.get("data") if isinstance(root, dict) else None
    return isinstance(data, list) and any(
        isinstance(one, dict) and "pricing" in one for one in data
    )


def entries(document: Document, root: Json) -> Iterator[Entry]:
    for model in document.listed(root["data"], say("the file"), "data"):
        full = str(model.get("id"))
        author, _, id = full.partition("/")
        provider = PROVIDERS.get(author, "")
        if not provider or ":" in id:  # `:free`, `:thinking` … are offers of its own
            yield Entry("", full)
            continue
        where = f"`{full}`"
        pricing = document.mapping(model.get("pricing"), where, "pricing")
        top = document.mapping(model.get("top_provider"), where, "top_provider")
        yield Entry(
            provider,
            id,
            bands_of(document, pricing, where),
            name=str(model.get("name") or ""),
            context=document.tokens(model.get("context_length"), where, "context_length"),
            max_output=document.tokens(
                top.get("max_completion_tokens"), where, "max_completion_tokens"
            ),
        )


def bands_of(document: Document, pricing: Mapping[str, Json], where: str) -> tuple[Band, ...]:
    above = []
    for one in document.listed(pricing.get("overrides"), where, "overrides"):
        size = document.tokens(one.get("min_prompt_tokens"), where, "min_prompt_tokens")
        if size:  # others hold at some hours
            above.append((size, document.prices(one, KEYS, where, MILLION)))
    return banded(document.prices(pricing, KEYS, where, MILLION), above)
