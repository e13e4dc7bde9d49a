"""Coding agents whose lines stand by themselves, nearly all: Claude Code, Cline, Kimi, Aider.

The answers of Claude Code are Anthropic's messages; other lines have no usage of their own. Cline,
Roo Code and Kilo Code write the tokens of a task as JSON into texts: Roo counts cached ones inside
of `tokensIn`; of Cline, the numbers themselves tell. Kimi CLI's records name no model: `--map
kimi-cli=MODEL` does.
"""

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

CLAUDE_TYPES = frozenset(
    (
        *("user", "assistant", "system", "summary", "progress", "queue-operation", "attachment"),
        *("file-history-snapshot", "custom-title", "agent-name", "last-prompt", "permission-mode"),
    )
)


def is_claude(value: Value) -> bool:
    return text_at(value, "type") in CLAUDE_TYPES and ("sessionId" in value or "leafUuid" in value)


def claude(value: Value, state: LogState) -> Iterator[Found]:
    """Sums of subagents stand in results of tools; their answers have lines of their own."""
    yield Why.FAILED if value.get("isApiErrorMessage") else Why.EMPTY


CLINE = TokenFields(
    input="text.tokensIn",
    output="text.tokensOut",
    read="text.cacheReads",
    written="text.cacheWrites",
    model="modelInfo.modelId|text.model|text.modelId",
    provider="modelInfo.providerId",
    when="ts",
    cost="text.cost",
)
CLINE_CLI = TokenFields(
    input="metrics.inputTokens",
    output="metrics.outputTokens",
    read="metrics.cacheReadTokens",
    written="metrics.cacheWriteTokens",
    inclusive=False,
    model="modelInfo.modelId|modelInfo.id|model",
    provider="modelInfo.providerId|modelInfo.provider",
    when="ts|timestamp",
    id="id",
    cost="metrics.cost",
)
STORAGE = "./User/globalStorage/{}/tasks/*/ui_messages.json"
EDITORS = (".config/Code", "Library/Application Support/Code", "AppData/Roaming/Code")
EXTENSIONS = ("saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline", "kilocode.kilo-code")


def is_cline(value: Value) -> bool:
    return text_at(value, "type") in ("say", "ask") and ("say" in value or "ask" in value)


def cline(value: Value, state: LogState) -> Iterator[Found]:
    if value.get("say") != "api_req_started" or first_at(value, "text.tokensIn") is None:
        yield Why.EMPTY  # also a request that was cancelled
        return
    cached = tokens_at(value, CLINE.read) + tokens_at(value, CLINE.written)
    is_whole = at(value, "text.apiProtocol") is not None  # as Roo writes it
    inclusive = is_whole and tokens_at(value, CLINE.input) >= cached
    row = row_of(value, CLINE._replace(inclusive=inclusive), state)
    yield row._replace(model=row.model or "cline", id=f"{state.place} {value.get('ts')}")


KIMI_USAGE = "message.payload.token_usage"
KIMI = TokenFields(
    input=f"{KIMI_USAGE}.input_other",
    output=f"{KIMI_USAGE}.output",
    read=f"{KIMI_USAGE}.input_cache_read",
    written=f"{KIMI_USAGE}.input_cache_creation",
    inclusive=False,
    model="message.payload.model|model",
    id="message.payload.message_id",
)
KIMI_CODE = TokenFields(
    input="usage.inputOther",
    output="usage.output",
    read="usage.inputCacheRead",
    written="usage.inputCacheCreation",
    inclusive=False,
    model="model|usage.model",
    when="time|timestamp|ts",
    id="messageId|id|requestId",
)


def kimi(value: Value, state: LogState) -> Iterator[Found]:
    row = row_of(value, KIMI, state)
    yield row._replace(model=row.model or "kimi-cli")


def is_kimi(value: Value) -> bool:
    return isinstance(at(value, "message.type"), str) and isinstance(
        at(value, "message.payload"), dict
    )


def skipped(value: Value, state: LogState) -> Iterator[Found]:
    yield Why.EMPTY


def is_kimi_code(value: Value) -> bool:
    return value.get("type") in ("usage.record", "llm.request")


def kimi_code(value: Value, state: LogState) -> Iterator[Found]:
    state.model = text_at(value, "model|request.model|modelAlias") or state.model
    if value["type"] == "llm.request":
        yield Why.EMPTY
        return
    inner = value if isinstance(value.get("usage"), dict) else {**value, "usage": value}
    row = row_of(inner, KIMI_CODE, state)
    yield row._replace(model=row.model or "kimi-code")


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
        "claude-code",
        "Claude Code",
        is_claude,
        claude,
        (
            (".claude/./projects/**/*.jsonl", "CLAUDE_CONFIG_DIR"),
            (".config/claude/./projects/**/*.jsonl", ""),
        ),
    ),
    LogFormat(
        "cline",
        "Cline, Roo Code, Kilo Code",
        is_cline,
        cline,
        (
            *(
                (f"{editor}/{STORAGE.format(extension)}", "")
                for editor in EDITORS
                for extension in EXTENSIONS
            ),
            (".cline/data/./tasks/*/ui_messages.json", "CLINE_DATA_DIR"),
        ),
    ),
    LogFormat(
        "cline-cli",
        "Cline CLI",
        has("metrics.inputTokens", "metrics.outputTokens"),
        by_fields(CLINE_CLI),
        ((".cline/data/./sessions/*/*.messages.json", "CLINE_SESSION_DATA_DIR"),),
    ),
    LogFormat(
        "kimi-cli",
        "Kimi CLI",
        has(KIMI_USAGE),
        kimi,
        ((".kimi/./sessions/**/wire.jsonl", "KIMI_SHARE_DIR"),),
    ),
    LogFormat("kimi-cli", "Kimi CLI", is_kimi, skipped),
    LogFormat(
        "kimi-code",
        "Kimi Code",
        is_kimi_code,
        kimi_code,
        ((".kimi-code/./sessions/**/wire.jsonl", "KIMI_CODE_HOME"),),
    ),
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
