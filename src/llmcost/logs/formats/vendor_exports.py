"""Vendors' reports of usage, sums of many requests by day and model; and of bills, which have none.

OpenAI's and Anthropic's usage APIs, DeepSeek's export, the cost rows of Alibaba Model Studio,
Fireworks; FOCUS, Azure's and Google's costs.
"""

from collections.abc import Iterator
from typing import Any

from llmcost.logs.format_rows import (
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    first_at,
    has,
    row_of,
    text_at,
    tokens_at,
)
from llmcost.logs.log_formats import BadUsage
from llmcost.messages import say

OPENAI = TokenFields(
    input="input_tokens",
    output="output_tokens",
    read="input_cached_tokens",
    written="input_cache_write_tokens",
    lifetimes={
        "30m": "input_cache_write_30m_tokens",
        "12h": "input_cache_write_12h_tokens",
    },
    when="start_time",
    project="project_id",
    key="api_key_id",
    user="user_id",
    tier="service_tier",
    number="num_model_requests",
)
ANTHROPIC = TokenFields(
    input="uncached_input_tokens",
    output="output_tokens",
    read="cache_read_input_tokens",
    lifetimes={
        "5m": "cache_creation.ephemeral_5m_input_tokens",
        "1h": "cache_creation.ephemeral_1h_input_tokens",
    },
    inclusive=False,
    when="starting_at",
    project="workspace_id",
    key="api_key_id",
    tier="service_tier",
)


def openai(value: Value, state: LogState) -> Iterator[Found]:
    for bucket in buckets(value):
        for one in bucket["results"]:
            row = row_of({**one, "start_time": bucket.get("start_time")}, OPENAI, state)
            tier = "" if row.tier in ("default", "standard", "batch") else row.tier
            yield row._replace(batch=one.get("batch") is True, tier=tier, provider="openai")


def anthropic(value: Value, state: LogState) -> Iterator[Found]:
    for bucket in buckets(value):
        for one in bucket["results"]:
            row = row_of({**one, "starting_at": bucket.get("starting_at")}, ANTHROPIC, state)
            searches = tokens_at(one, "server_tool_use.web_search_requests")
            others = (*row.others, *((("web_search", searches),) if searches else ()))
            is_batch = row.tier == "batch"
            tier = "" if row.tier in ("standard", "batch") else row.tier
            yield row._replace(
                others=others, batch=is_batch, tier=tier, provider="anthropic", number=0
            )


def buckets(value: Value) -> list[dict[str, Any]]:
    found = value.get("data")
    return [
        one
        for one in (found if isinstance(found, list) else [value])
        if isinstance(one, dict) and isinstance(one.get("results"), list)
    ]


def first_result(value: Value, *names: str) -> bool:
    results = [one for bucket in buckets(value) for one in bucket["results"]]
    return any(isinstance(one, dict) and all(name in one for name in names) for one in results)


DEEPSEEK = {
    "input_cache_hit_tokens": "read",
    "input_cache_miss_tokens": "input",
    "output_tokens": "output",
}
LONG = TokenFields(
    input="input",
    output="output",
    read="read",
    inclusive=False,
    when="utc_date",
    key="api_key_name",
    project="api_key_name",
)


def deepseek(value: Value, state: LogState) -> Iterator[Found]:
    """Four rows are one use: a row for each kind of token, which add up."""
    kind = DEEPSEEK.get(text_at(value, "type"), "requests")
    one = {**value, kind: value.get("amount"), "utc_date": f"{value['utc_date']}T00:00:00Z"}
    number = tokens_at(one, "requests") if kind == "requests" else -1
    yield row_of(one, LONG, state)._replace(provider="deepseek", number=number)


ALIYUN = TokenFields(
    input="values.input_tokens",
    output="values.output_tokens",
    model="modelCode",
    when="summaryTime",
    key="apiKeyId",
    project="apiKeyName",
)


def aliyun(value: Value, state: LogState) -> Iterator[Found]:
    yield row_of(value, ALIYUN, state)._replace(provider="dashscope", number=0)


FIREWORKS = TokenFields(
    input="prompt_tokens",
    output="completion_tokens",
    model="model|base_model|model_name|usage_type",
    when="start_time",
)


def fireworks(value: Value, state: LogState) -> Iterator[Found]:
    yield row_of(value, FIREWORKS, state)._replace(provider="fireworks", number=0)


def is_openai(value: Value) -> bool:
    return first_result(value, "input_tokens", "num_model_requests")


def is_anthropic(value: Value) -> bool:
    return first_result(value, "uncached_input_tokens")


def is_bill(value: Value) -> bool:
    return first_at(value, "BilledCost|CostInBillingCurrency|wallet_type") is not None


def bill(value: Value, state: LogState) -> Iterator[Found]:
    raise BadUsage(say("a row of a bill, which has no requests: --bill compares a log with it"))


FORMATS = (
    LogFormat("bill", "a bill", is_bill, bill),
    LogFormat("bill", "a bill", has("sku.description", "usage_start_time"), bill),
    LogFormat("openai-usage", "OpenAI's usage API", is_openai, openai),
    LogFormat("anthropic-usage", "Anthropic's usage API", is_anthropic, anthropic),
    LogFormat("deepseek-export", "DeepSeek's export", has("utc_date", "type", "amount"), deepseek),
    LogFormat("aliyun", "Alibaba Model Studio", has("modelCode", "values", "summaryTime"), aliyun),
    LogFormat("fireworks", "Fireworks", has("usage_type", "prompt_tokens"), fireworks),
)
