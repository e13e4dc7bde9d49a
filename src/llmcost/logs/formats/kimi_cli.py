"""Kimi CLI and Kimi Code. The CLI's records name no model: `--map kimi-cli=MODEL` does."""

from collections.abc import Iterator

from llmcost.logs.format_rows import (
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    at,
    has,
    row_of,
    text_at,
)
from llmcost.logs.log_formats import Why

USAGE = "message.payload.token_usage"
FIELDS = TokenFields(
    input=f"{USAGE}.input_other",
    output=f"{USAGE}.output",
    read=f"{USAGE}.input_cache_read",
    written=f"{USAGE}.input_cache_creation",
    inclusive=False,
    model="message.payload.model|model",
    id="message.payload.message_id",
)
CODE = TokenFields(
    input="usage.inputOther",
    output="usage.output",
    read="usage.inputCacheRead",
    written="usage.inputCacheCreation",
    inclusive=False,
    model="model|usage.model",
    when="time|timestamp|ts",
    id="messageId|id|requestId",
)


def rows(value: Value, state: LogState) -> Iterator[Found]:
    row = row_of(value, FIELDS, state)
    yield row._replace(model=row.model or "kimi-cli")


def other(value: Value) -> bool:
    return isinstance(at(value, "message.type"), str) and isinstance(
        at(value, "message.payload"), dict
    )


def skipped(value: Value, state: LogState) -> Iterator[Found]:
    yield Why.EMPTY


def is_code(value: Value) -> bool:
    return value.get("type") in ("usage.record", "llm.request")


def code_rows(value: Value, state: LogState) -> Iterator[Found]:
    state.model = text_at(value, "model|request.model|modelAlias") or state.model
    if value["type"] == "llm.request":
        yield Why.EMPTY
        return
    inner = value if isinstance(value.get("usage"), dict) else {**value, "usage": value}
    row = row_of(inner, CODE, state)
    yield row._replace(model=row.model or "kimi-code")


FORMATS = (
    LogFormat(
        "kimi-cli",
        "Kimi CLI",
        has(USAGE),
        rows,
        ((".kimi/./sessions/**/wire.jsonl", "KIMI_SHARE_DIR"),),
    ),
    LogFormat("kimi-cli", "Kimi CLI", other, skipped),
    LogFormat(
        "kimi-code",
        "Kimi Code",
        is_code,
        code_rows,
        ((".kimi-code/./sessions/**/wire.jsonl", "KIMI_CODE_HOME"),),
    ),
)
