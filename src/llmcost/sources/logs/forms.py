"""The forms of logs, and what lines are that are no request."""

from enum import StrEnum


class LogForm(StrEnum):
    """What `--input-format` of a log knows; `auto` tells each line by its fields."""

    AUTO = "auto"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    DEEPSEEK = "deepseek"
    DASHSCOPE = "dashscope"
    LITELLM = "litellm"
    OTEL = "otel"


class Why(StrEnum):
    """Why a line that can be read is no request to be billed."""

    FAILED = "failed"
    EMPTY = "without_usage"
    PART = "part_of_stream"
    EVENT = "event_without_model"
    AGENT = "agent_span"
    ANSWERED = "answered_by_gateway"
    REPEATED = "repeated"  # has the id of an earlier one
