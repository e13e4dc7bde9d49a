"""Agents that sum up sessions in a database: Goose, Crush, GitHub Copilot, Zed.

A sum of a session is of many requests, whose sizes nobody knows. Crush's tokens are those of the
last step, and only its cost adds up, so it says what was spent, but not on which tokens.
"""

from collections.abc import Iterator

from llmcost.logs.format_rows import (
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    has,
    row_of,
    text_at,
)
from llmcost.logs.log_formats import Why

GOOSE = TokenFields(
    input="accumulated_input_tokens",
    output="accumulated_output_tokens",
    total="accumulated_total_tokens",
    model="model_config_json.model_name|model_config.model_name",
    provider="provider_name",
    when="updated_at|created_at",
    id="id",
    session="id",
    project="working_dir",
)
COPILOT = TokenFields(
    input="input_tokens",
    output="output_tokens",
    read="cache_read_tokens",
    written="cache_write_tokens",
    when="created_at",
    id="id",
    session="session_id",
    project="cwd",
)
ZED = TokenFields(
    input="cumulative_token_usage.input_tokens",
    output="cumulative_token_usage.output_tokens",
    read="cumulative_token_usage.cache_read_input_tokens",
    written="cumulative_token_usage.cache_creation_input_tokens",
    inclusive=False,
    model="model.model",
    provider="model.provider",
    when="updated_at",
    id="id",
)


def goose(value: Value, state: LogState) -> Iterator[Found]:
    row = row_of(value, GOOSE, state)
    if not row.input and not row.output:
        yield Why.EMPTY
        return
    yield row._replace(model=row.model or "goose", number=0)


def copilot(value: Value, state: LogState) -> Iterator[Found]:
    row = row_of(value, COPILOT, state)
    yield row._replace(id=f"{row.session} {row.id}")


def crush(value: Value, state: LogState) -> Iterator[Found]:
    yield Why.EMPTY if text_at(value, "parent_session_id") else Why.COST_ONLY


def zed(value: Value, state: LogState) -> Iterator[Found]:
    yield row_of(value, ZED, state)._replace(number=0)


def is_crush(value: Value) -> bool:
    return {"parent_session_id", "prompt_tokens", "completion_tokens", "cost"} <= set(value)


FORMATS = (
    LogFormat(
        "goose",
        "Goose",
        has("accumulated_input_tokens", "accumulated_output_tokens"),
        goose,
        ((".local/share/goose/./sessions/sessions.db", "GOOSE_PATH_ROOT"),),
        (("sessions", "SELECT * FROM sessions"),),
    ),
    LogFormat(
        "copilot",
        "GitHub Copilot",
        has("session_id", "input_tokens", "total_nano_aiu|request_multiplier|initiator"),
        copilot,
        ((".copilot/./session-store.db", ""),),
        (("assistant_usage_events", "SELECT * FROM assistant_usage_events"),),
    ),
    LogFormat(
        "crush",
        "Crush",
        is_crush,
        crush,
        (),
        (
            (
                "sessions",
                "SELECT id, parent_session_id, prompt_tokens, completion_tokens, cost, "
                "created_at FROM sessions",
            ),
        ),
    ),
    LogFormat("zed", "Zed", has("cumulative_token_usage.output_tokens"), zed),
)
