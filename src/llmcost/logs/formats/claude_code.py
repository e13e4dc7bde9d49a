"""Claude Code: its answers are Anthropic's messages; other lines have no usage of their own."""

from collections.abc import Iterator

from llmcost.logs.format_rows import Found, LogFormat, LogState, Value, text_at
from llmcost.logs.log_formats import Why

TYPES = frozenset(
    (
        *("user", "assistant", "system", "summary", "progress", "queue-operation", "attachment"),
        *("file-history-snapshot", "custom-title", "agent-name", "last-prompt", "permission-mode"),
    )
)


def matches(value: Value) -> bool:
    return text_at(value, "type") in TYPES and ("sessionId" in value or "leafUuid" in value)


def rows(value: Value, state: LogState) -> Iterator[Found]:
    """Sums of subagents stand in results of tools; their answers have lines of their own."""
    yield Why.FAILED if value.get("isApiErrorMessage") else Why.EMPTY


FORMATS = (
    LogFormat(
        "claude-code",
        "Claude Code",
        matches,
        rows,
        (
            (".claude/./projects/**/*.jsonl", "CLAUDE_CONFIG_DIR"),
            (".config/claude/./projects/**/*.jsonl", ""),
        ),
    ),
)
