"""Agents whose logs need little: Aider, Amp, Droid, DeepSeek Harness, and Cursor's export."""

from collections.abc import Iterator

from llmcost.logs.format_rows import (
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    at,
    by_fields,
    first_at,
    has,
    row_of,
    text_at,
    tokens_at,
)
from llmcost.logs.log_formats import Why

AIDER = TokenFields(
    input="properties.prompt_tokens",
    output="properties.completion_tokens",
    model="properties.main_model",
    when="time",
    user="user_id",
    cost="properties.cost",
)
AMP = TokenFields(
    input="usage.inputTokens",
    output="usage.outputTokens",
    read="usage.cacheReadInputTokens",
    written="usage.cacheCreationInputTokens",
    inclusive=False,
    model="usage.model",
    when="usage.timestamp",
)
DROID = TokenFields(
    input="tokenUsage.inputTokens",
    output="tokenUsage.outputTokens",
    read="tokenUsage.cacheReadTokens",
    written="tokenUsage.cacheCreationTokens",
    inclusive=False,
)
DSH = TokenFields(
    input="data.usage.inputTokens",
    output="data.usage.outputTokens",
    read="data.usage.cacheReadTokens",
    written="data.usage.cacheWriteTokens",
    beside="data.usage.reasoningTokens",
    inclusive=False,
    model="data.message.source.model",
    when="time",
)
CURSOR = TokenFields(
    input="Input (w/o Cache Write)",
    output="Output Tokens",
    read="Cache Read",
    written="written",
    inclusive=False,
    model="Model",
    when="Date",
    cost="Cost|Cost to you",
)


def amp(value: Value, state: LogState) -> Iterator[Found]:
    for number, one in enumerate(value["messages"]):
        if isinstance(one, dict) and isinstance(one.get("usage"), dict):
            row = row_of(one, AMP, state)
            thread = text_at(value, "id")
            yield row._replace(id=f"{thread} {number}", session=thread)


def is_amp(value: Value) -> bool:
    messages = value.get("messages")
    return isinstance(messages, list) and any(
        isinstance(one, dict) and at(one, "usage.inputTokens") is not None for one in messages
    )


def droid(value: Value, state: LogState) -> Iterator[Found]:
    row = row_of(value, DROID, state)
    yield row._replace(model=row.model.removeprefix("custom:"), id=state.place, number=0)


def dsh(value: Value, state: LogState) -> Iterator[Found]:
    state.model = text_at(value, "data.header.config.model") or state.model
    if value.get("type") == "session":
        state.session, state.project = text_at(value, "id"), text_at(value, "cwd")
        state.known["seed"] = value.get("seedLength") or 0
    seed = state.known.get("seed", 0)
    is_copied = isinstance(value.get("seq"), int) and value["seq"] < seed
    if first_at(value, "data.usage.inputTokens") is None or is_copied:
        yield Why.EMPTY
        return
    turn, step = text_at(value, "data.turn"), text_at(value, "data.step")
    yield row_of(value, DSH, state)._replace(id=f"{state.session} {turn} {step}")


def is_dsh(value: Value) -> bool:
    return isinstance(value.get("seq"), int) and (
        isinstance(value.get("data"), dict) or value.get("type") == "session"
    )


def cursor(value: Value, state: LogState) -> Iterator[Found]:
    """Readers disagree whether the first column includes the second; the total tells."""
    whole, plain = (tokens_at(value, f"Input (w/{one} Cache Write)") for one in ("", "o"))
    others = tokens_at(value, "Cache Read|Output Tokens") and (
        tokens_at(value, "Cache Read") + tokens_at(value, "Output Tokens")
    )
    is_disjoint = tokens_at(value, "Total Tokens") == whole + plain + others
    written = whole if is_disjoint else max(0, whole - plain)
    yield row_of({**value, "written": written}, CURSOR, state)


FORMATS = (
    LogFormat(
        "aider",
        "Aider",
        has("properties.prompt_tokens", event="message_send"),
        by_fields(AIDER),
    ),
    LogFormat(
        "amp", "Amp", is_amp, amp, ((".local/share/amp/./threads/T-*.json", "AMP_DATA_DIR"),)
    ),
    LogFormat(
        "droid",
        "Droid",
        has("tokenUsage.inputTokens", "tokenUsage.outputTokens"),
        droid,
        ((".factory/./sessions/**/*.settings.json", "FACTORY_DIR"),),
    ),
    LogFormat(
        "dsh",
        "DeepSeek Harness",
        is_dsh,
        dsh,
        ((".dsh/./sessions/*/*/session.jsonl", "DSH_HOME"),),
    ),
    LogFormat("cursor", "Cursor", has("Input (w/o Cache Write)", "Output Tokens"), cursor),
)
