"""OpenAI Codex CLI: rollouts, whose model and tokens stand in lines of different kinds.

`token_count` comes again with the same totals, and a fork replays the history of its parent, so a
request is known by its session's root and the totals after it.
"""

from collections.abc import Iterator

from llmcost.logs.format_rows import (
    Found,
    LogFormat,
    LogState,
    TokenFields,
    Value,
    at,
    first_at,
    row_of,
    text_at,
    tokens_at,
)
from llmcost.logs.log_formats import Why

TYPES = frozenset(
    (
        *("session_meta", "turn_context", "event_msg", "response_item", "compacted"),
        *("token_usage_record", "ghost_snapshot", "world_state", "inter_agent_communication"),
    )
)
NAMES = ("input_tokens", "cached_input_tokens", "output_tokens", "total_tokens")
FIELDS = TokenFields(
    input="usage.input_tokens",
    output="usage.output_tokens",
    read="usage.cached_input_tokens",
    written="usage.cache_write_input_tokens",
    total="usage.total_tokens",
)
ROOTS: dict[str, str] = {}
"""The first session of a row of forks, of all files of this process."""
FORKED = (
    "payload.forked_from_id|payload.source.subagent.thread_spawn.parent_thread_id|"
    "payload.parent_thread_id"
)


def matches(value: Value) -> bool:
    return text_at(value, "type") in TYPES and isinstance(value.get("payload"), dict)


def rows(value: Value, state: LogState) -> Iterator[Found]:
    kind = value["type"]
    if kind == "session_meta" and not state.session:
        state.session = text_at(value, "payload.id|payload.session_id")
        state.project = text_at(value, "payload.cwd")
        parent = text_at(value, FORKED)
        ROOTS[state.session] = ROOTS.get(parent, parent) or state.session
    elif kind == "turn_context":
        state.model = text_at(value, "payload.model") or state.model
        state.project = text_at(value, "payload.cwd") or state.project
    info = at(value, "payload.info")
    is_count = kind == "event_msg" and at(value, "payload.type") == "token_count"
    if not is_count or not isinstance(info, dict):
        yield Why.EMPTY
        return
    yield from request(value, info, state)


def request(value: Value, info: Value, state: LogState) -> Iterator[Found]:
    total = info.get("total_token_usage") or {}
    last = info.get("last_token_usage")
    after = tuple(tokens_at(total, name) for name in NAMES)
    before = state.known.get("totals", (0, 0, 0, 0))
    if after == before:
        yield Why.REPEATED
        return
    state.known["totals"] = after
    if not isinstance(last, dict):  # of old versions, which have the totals alone
        is_reset = any(now < then for now, then in zip(after, before, strict=True))
        first = (0, 0, 0, 0) if is_reset else before
        last = {name: now - then for name, now, then in zip(NAMES, after, first, strict=True)}
    model = text_at(info, "model|model_name") or text_at(value, "payload.model") or state.model
    one = {"usage": last, "timestamp": value.get("timestamp"), "model": model or "codex"}
    reasoning = first_at(last, "reasoning_output_tokens") or 0
    session = state.session or state.place
    yield row_of(one, FIELDS, state)._replace(
        id=f"{ROOTS.get(session, session)} {after}", thinking=bool(reasoning)
    )


FORMATS = (
    LogFormat(
        "codex",
        "Codex",
        matches,
        rows,
        (
            (".codex/./sessions/**/rollout-*.jsonl", "CODEX_HOME"),
            (".codex/./archived_sessions/**/rollout-*.jsonl", "CODEX_HOME"),
        ),
    ),
)
