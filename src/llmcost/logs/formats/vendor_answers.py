"""Answers in forms of a vendor's own: Amazon Bedrock, Cohere, Ollama."""

from collections.abc import Iterator

from llmcost.logs.format_rows import (
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    at,
    first_at,
    has,
    row_of,
    tokens_at,
)
from llmcost.logs.log_formats import Why

BEDROCK = "aws.bedrock"
CONVERSE = TokenFields(
    input="usage.inputTokens",
    output="usage.outputTokens",
    read="usage.cacheReadInputTokens|usage.cacheReadInputTokenCount",
    written="usage.cacheWriteInputTokens|usage.cacheWriteInputTokenCount",
    inclusive=False,
    model="modelId|model",
    when="timestamp|time|created_at|ts",
    id="requestId|ResponseMetadata.RequestId",
    tier="serviceTier.type",
)
INVOCATION = CONVERSE._replace(
    input="input.inputTokenCount",
    output="output.outputTokenCount",
    read="input.cacheReadInputTokenCount",
    written="input.cacheWriteInputTokenCount",
)
COHERE = TokenFields(
    input="usage.billed_units.input_tokens",
    output="usage.billed_units.output_tokens",
    read="usage.cached_tokens",
    when="timestamp|created_at|time|ts",
    id="id",
)
OLLAMA = TokenFields(input="prompt_eval_count", output="eval_count", when="created_at|timestamp")


def converse(value: Value, state: LogState) -> Iterator[Found]:
    row = row_of(value, CONVERSE, state)
    lifetimes = first_at(value, "usage.cacheDetails") or ()
    others = tuple(
        (f"cache_write.{one['ttl']}", tokens_at(one, "inputTokens"))
        for one in lifetimes
        if isinstance(one, dict) and isinstance(one.get("ttl"), str)
    )
    yield row._replace(provider=BEDROCK, others=others, tier=row.tier.lower())


def invocation(value: Value, state: LogState) -> Iterator[Found]:
    """The body's own usage, if it has one, since it has the cached tokens apart."""
    usage = at(value, "output.outputBodyJson.usage")
    if isinstance(usage, dict) and "inputTokens" in usage:
        yield from converse({**value, "usage": usage}, state)
        return
    if isinstance(usage, dict) and "input_tokens" in usage:
        names = ("input_tokens", "output_tokens", "cache_read_input_tokens")
        numbers = [tokens_at(usage, name) for name in (*names, "cache_creation_input_tokens")]
        kinds = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
        usage = dict(zip(kinds, numbers, strict=True))
        yield from converse({**value, "usage": usage}, state)
        return
    yield row_of(value, INVOCATION, state)._replace(provider=BEDROCK)


def cohere(value: Value, state: LogState) -> Iterator[Found]:
    """What is paid are billed units; without them, all tokens."""
    if at(value, "usage") is None:
        value = {**value, "usage": first_at(value, "meta|response.meta")}
    fields = COHERE
    if at(value, "usage.billed_units") is None:
        fields = COHERE._replace(
            input="usage.tokens.input_tokens", output="usage.tokens.output_tokens"
        )
    row = row_of(value, fields, state)
    searches = tokens_at(value, "usage.billed_units.search_units")
    others = (("search", searches),) if searches else ()
    row = row._replace(read=min(row.read, row.input), others=others, provider="cohere")
    yield row._replace(model=row.model or "cohere")


def is_cohere(value: Value) -> bool:
    return first_at(value, "usage.billed_units|usage.tokens|meta.billed_units") is not None


def ollama(value: Value, state: LogState) -> Iterator[Found]:
    if value.get("done") is False:
        yield Why.PART
        return
    yield row_of(value, OLLAMA, state)._replace(provider="ollama")


FORMATS = (
    LogFormat(
        "bedrock", "Amazon Bedrock", has("usage.inputTokens", "usage.outputTokens"), converse
    ),
    LogFormat(
        "bedrock",
        "Amazon Bedrock",
        has("modelId", "input.inputTokenCount|output.outputBodyJson.usage"),
        invocation,
    ),
    LogFormat("cohere", "Cohere", is_cohere, cohere),
    LogFormat("ollama", "Ollama", has("eval_count|prompt_eval_count"), ollama),
)
