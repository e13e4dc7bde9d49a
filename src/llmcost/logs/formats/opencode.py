"""OpenCode: messages in a database, before 1.2 in files of their own; the console's export."""

from llmcost.logs.format_rows import LogFormat, TokenFields, by_fields, has

FIELDS = TokenFields(
    input="tokens.input",
    output="tokens.output",
    read="tokens.cache.read",
    written="tokens.cache.write",
    beside="tokens.reasoning",
    total="tokens.total",
    inclusive=False,
    model="modelID|model.modelID",
    provider="providerID|model.providerID",
    when="time.created|time.completed",
    id="id",
    session="sessionID",
    project="path.cwd|path.root",
    cost="cost",
)
CONSOLE = TokenFields(
    input="input_tokens",
    output="output_tokens",
    read="cache_read_tokens",
    lifetimes={"5m": "cache_write_5m_tokens", "1h": "cache_write_1h_tokens"},
    inclusive=False,
    provider="provider",
    when="day",
    user="user_name|user_id",
    cost="cost_usd",
    number="requests",
)
FORMATS = (
    LogFormat(
        "opencode",
        "OpenCode",
        has("tokens.input", "modelID|model.modelID", role="assistant"),
        by_fields(FIELDS),
        (
            (".local/share/opencode/./opencode*.db", "OPENCODE_DATA_DIR"),
            (".local/share/opencode/./storage/message/**/msg_*.json", "OPENCODE_DATA_DIR"),
        ),
        (
            (
                "message",
                "SELECT json_set(data, '$.id', id, '$.sessionID', session_id) FROM message",
            ),
        ),
    ),
    LogFormat(
        "opencode-console",
        "OpenCode console",
        has("cache_write_5m_tokens", "cost_micro_cents"),
        by_fields(CONSOLE),
    ),
)
