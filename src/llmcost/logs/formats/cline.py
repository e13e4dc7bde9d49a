"""Cline, Roo Code and Kilo Code: messages of a task, in whose texts the tokens are JSON.

Roo counts cached tokens inside of `tokensIn`; of Cline, the numbers themselves tell.
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

FIELDS = TokenFields(
    input="text.tokensIn",
    output="text.tokensOut",
    read="text.cacheReads",
    written="text.cacheWrites",
    model="modelInfo.modelId|text.model|text.modelId",
    provider="modelInfo.providerId",
    when="ts",
    cost="text.cost",
)
CLI = TokenFields(
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


def matches(value: Value) -> bool:
    return text_at(value, "type") in ("say", "ask") and ("say" in value or "ask" in value)


def rows(value: Value, state: LogState) -> Iterator[Found]:
    if value.get("say") != "api_req_started" or first_at(value, "text.tokensIn") is None:
        yield Why.EMPTY  # also a request that was cancelled
        return
    cached = tokens_at(value, FIELDS.read) + tokens_at(value, FIELDS.written)
    is_whole = at(value, "text.apiProtocol") is not None  # as Roo writes it
    inclusive = is_whole and tokens_at(value, FIELDS.input) >= cached
    row = row_of(value, FIELDS._replace(inclusive=inclusive), state)
    yield row._replace(model=row.model or "cline", id=f"{state.place} {value.get('ts')}")


FORMATS = (
    LogFormat(
        "cline",
        "Cline, Roo Code, Kilo Code",
        matches,
        rows,
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
        by_fields(CLI),
        ((".cline/data/./sessions/*/*.messages.json", "CLINE_SESSION_DATA_DIR"),),
    ),
)
