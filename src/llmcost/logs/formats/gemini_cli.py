"""Gemini CLI and Qwen Code: chats, as one object or as a log of changes, and telemetry.

A message is written again when its tokens arrive; rewinding takes it out of the chat, but not off
the bill.
"""

from collections.abc import Iterator

from llmcost.logs.format_rows import (
    FormatRow,
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    at,
    by_fields,
    has,
    row_of,
    text_at,
)
from llmcost.logs.log_formats import Why

FIELDS = TokenFields(
    input="tokens.input",
    output="tokens.output",
    read="tokens.cached",
    beside="tokens.thoughts",
    total="tokens.total",
)


def matches(value: Value) -> bool:
    return (
        (isinstance(at(value, "tokens.input"), int) and value.get("type") == "gemini")
        or (isinstance(value.get("messages"), list) and "sessionId" in value)
        or "$set" in value
        or "$rewindTo" in value
        or "projectHash" in value
    )


def rows(value: Value, state: LogState) -> Iterator[Found]:
    state.session = text_at(value, "sessionId") or state.session
    state.project = text_at(value, "projectHash") or state.project
    changed = value.get("$set")
    messages = (changed if isinstance(changed, dict) else value).get("messages")
    found: list[Found] = [
        message(one, state)
        for one in (messages if isinstance(messages, list) else [value])
        if isinstance(one, dict) and isinstance(at(one, "tokens.input"), int)
    ]
    yield from found or [Why.EMPTY]


def message(value: Value, state: LogState) -> FormatRow:
    row = row_of(value, FIELDS, state)
    tool = at(value, "tokens.tool")
    extra = tool if isinstance(tool, int) else 0  # results of tools of the vendor are input
    total = at(value, "tokens.total")
    is_inside = isinstance(total, int) and total == row.input + row.output
    return row._replace(
        input=row.input if is_inside else row.input + extra,
        output=row.output if is_inside else row.output - min(extra, row.output),
        id=f"{state.session} {text_at(value, 'id')}",
    )


TELEMETRY = TokenFields(
    input="attributes.input_token_count|input_token_count",
    output="attributes.output_token_count|output_token_count",
    read="attributes.cached_content_token_count|cached_content_token_count",
    beside="attributes.thoughts_token_count|thoughts_token_count",
    model="attributes.model|model",
    when="attributes.event.timestamp|timestamp",
    session="attributes.session.id",
)
FORMATS = (
    LogFormat(
        "gemini-cli",
        "Gemini CLI",
        matches,
        rows,
        (
            (".gemini/./tmp/*/chats/**/*.json", "GEMINI_DATA_DIR"),
            (".gemini/./tmp/*/chats/**/*.jsonl", "GEMINI_DATA_DIR"),
        ),
    ),
    LogFormat(
        "gemini-cli-telemetry",
        "Gemini CLI",
        has("attributes.input_token_count|input_token_count", "attributes.model|model"),
        by_fields(TELEMETRY),
    ),
    LogFormat(
        "qwen-code",  # its answers have Gemini's own form
        "Qwen Code",
        lambda value: False,
        rows,
        ((".qwen/./projects/*/chats/**/*.jsonl", "QWEN_DATA_DIR"),),
    ),
)
