"""Gateways: new-api and one-api, OpenRouter, Vercel's AI Gateway, Helicone, Langfuse."""

from collections.abc import Iterator
from decimal import Decimal

from llmcost.logs.format_rows import (
    LIFETIMES,
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    at,
    by_fields,
    dollars_of,
    first_at,
    has,
    row_of,
    text_at,
    tokens_at,
)
from llmcost.logs.log_formats import Why

QUOTA = 500_000  # of one-api, for a dollar
ONE_API = TokenFields(
    input="prompt_tokens",
    output="completion_tokens",
    read="other.cache_tokens",
    written="other.cache_creation_tokens|other.cache_write_tokens",
    lifetimes={one: f"other.cache_creation_tokens_{one}" for one in LIFETIMES},
    model="model_name",
    when="created_at",
    id="request_id|other.request_id",
    user="username",
    project="token_name",
    key="token_name",
)
CONSUMED, ERROR = ("2", "消费", "consume"), ("5", "错误")


def one_api(value: Value, state: LogState) -> Iterator[Found]:
    """Only type 2 is a request; what `prompt_tokens` has is by `usage_semantic`."""
    kind = text_at(value, "type")
    if kind and kind not in CONSUMED:
        yield Why.FAILED if kind in ERROR else Why.EMPTY
        return
    inclusive = at(value, "other.usage_semantic") != "anthropic"
    row = row_of(value, ONE_API._replace(inclusive=inclusive), state)
    quota = dollars_of(value.get("quota"))
    yield row._replace(stated=None if quota is None else quota / QUOTA)


ROUTER = TokenFields(
    input="prompt_tokens",
    output="completion_tokens",
    when="date",
    cost="usage",
    number="requests",
)


def openrouter(value: Value, state: LogState) -> Iterator[Found]:
    for one in rows_of(value):
        row = row_of(one, ROUTER, state)
        own = dollars_of(one.get("byok_usage_inference")) or Decimal(0)
        names = ("date", "model_permaslug", "endpoint_id", "byok_usage_inference")
        yield row._replace(
            stated=None if row.stated is None else row.stated + own,
            id=" ".join(text_at(one, name) for name in names),
            provider="openrouter",
        )


VERCEL = TokenFields(
    input="input_tokens",
    output="output_tokens",
    read="cached_input_tokens",
    written="cache_creation_input_tokens",
    when="day",
    cost="total_cost",
    number="request_count",
)


def vercel(value: Value, state: LogState) -> Iterator[Found]:
    for one in rows_of(value):
        yield row_of(one, VERCEL, state)


def rows_of(value: Value) -> list[Value]:
    """Of an answer with a list of rows, or a row by itself."""
    inner = first_at(value, "data|results")
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else [value]


def in_rows(*names: str) -> Value:
    def matches(value: Value) -> bool:
        found = rows_of(value)
        return bool(found) and all(name in found[0] for name in names)

    return matches


HELICONE = TokenFields(
    input="prompt_tokens|response_prompt_tokens",
    output="completion_tokens|response_completion_tokens",
    read="prompt_cache_read_tokens",
    written="prompt_cache_write_tokens",
    model="response_model|model|request_model|model_override",
    when="request_created_at|created_at",
    id="request_id",
    provider="provider",
    user="request_user_id|user_id",
    cost="cost_usd|cost",
)
LANGFUSE = TokenFields(
    input="usageDetails.input",
    output="usageDetails.output",
    read="usageDetails.input_cached_tokens|usageDetails.cache_read_input_tokens|"
    "usageDetails.input_cache_read",
    written="usageDetails.cache_creation_input_tokens|usageDetails.input_cache_creation",
    beside="usageDetails.output_reasoning_tokens",
    inclusive=False,
    model="model|providedModelName|internalModelId",
    when="startTime|start_time",
    id="id",
    session="sessionId|session_id",
    user="userId|user_id",
    project="projectId|project_id",
    cost="costDetails.total|calculatedTotalCost|totalCost",
)
GENERATIONS = ("GENERATION", "EMBEDDING")


def langfuse(value: Value, state: LogState) -> Iterator[Found]:
    value = {**value, "usageDetails": first_at(value, "usageDetails|usage_details")}
    if value.get("type") not in GENERATIONS:
        yield Why.AGENT
        return
    row = row_of(value, LANGFUSE, state)
    total = tokens_at(value, "usageDetails.total")
    if total and total == row.input - row.read - row.written + row.output:
        row = row_of(value, LANGFUSE._replace(inclusive=True), state)  # as some write it by hand
    yield row if row.input or row.output else Why.EMPTY


FORMATS = (
    LogFormat(
        "new-api",
        "new-api, one-api",
        lambda value: "model_name" in value and ("quota" in value or "token_name" in value),
        one_api,
    ),
    LogFormat("openrouter", "OpenRouter", in_rows("prompt_tokens", "model_permaslug"), openrouter),
    LogFormat("vercel-gateway", "AI Gateway", in_rows("request_count", "input_tokens"), vercel),
    LogFormat("helicone", "Helicone", has("request_created_at"), by_fields(HELICONE)),
    LogFormat("langfuse", "Langfuse", has("type", "usageDetails|usage_details"), langfuse),
)
