"""Logs of agents, gateways and vendors' exports: what each object says was used."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from paths import ROOT

from llmcost.logs.format_rows import formats, unknown_usage
from llmcost.logs.log_formats import BadUsage
from llmcost.logs.log_reader import LogReader

ZONE = ZoneInfo("Asia/Shanghai")
AT = "2026-10-12T10:00:00Z"
SECOND = 1791799200
Found = dict[str, Any]


def read(*lines: Any, by: tuple[str, ...] = ()) -> tuple[list[Found], dict[str, int]]:
    """What is not as nearly always of each request, and the lines without one."""
    reader = LogReader(ZONE, by)
    reader.begin("place")
    requests = [
        one for line in lines for one in reader.read(json.dumps(line, ensure_ascii=False).encode())
    ]
    return [plain(one) for one in requests], {k: v for k, v in reader.kinds.items() if v}


def plain(one: Any) -> Found:
    sizes = msgspec.structs.asdict(one.sizes)
    usual = ("form", "tier", "region", "stated", "explicit_cache")
    found = {name: value for name, value in sizes.items() if value and name not in usual}
    names = ("model", "second", "provider", "batch", "count", "size", "caller", "tier")
    found |= {name: getattr(one, name) for name in names if getattr(one, name)}
    if found["count"] == 1:
        del found["count"]
    return found


def usage(input: int, output: int, read: int = 0, written: int = 0, **others: Any) -> Found:
    found = {"input": input, "output": output, "cache_read": read, "cache_write": written}
    return {**{name: value for name, value in found.items() if value}, **others}


def codex(kind: str, **payload: Any) -> Found:
    return {"timestamp": AT, "type": kind, "payload": payload}


def count(total: int, last: int | None, cached: int = 0) -> Found:
    def of(tokens: int) -> Found:
        return {
            **{"input_tokens": tokens, "cached_input_tokens": cached},
            **{"output_tokens": tokens // 10, "total_tokens": tokens + tokens // 10},
        }

    info = {"total_token_usage": of(total)} | (
        {} if last is None else {"last_token_usage": of(last)}
    )
    return codex("event_msg", type="token_count", info=info)


SOL = {"model": "gpt-6-sol", "second": SECOND}


def test_codex_counts_what_each_total_adds() -> None:
    """Sent again with the same total it is no request; two requests of one size are two."""
    lines = [
        codex("session_meta", id="c1", cwd="/home/li/tea"),
        codex("turn_context", model="gpt-6-sol"),
        count(1000, 1000),
        count(1000, 1000),
        count(2000, 1000),
        codex("event_msg", type="token_count", info=None),
    ]
    found, others = read(*lines, by=("project", "session"))

    assert found == [{**usage(1000, 100), **SOL, "caller": ("tea", "c1")}] * 2
    assert others == {"repeated": 1, "without_usage": 3}


def test_codex_of_old_versions_has_totals_alone() -> None:
    found, _ = read(codex("turn_context", model="gpt-6-sol"), count(1000, None), count(1500, None))

    assert found == [{**usage(1000, 100), **SOL}, {**usage(500, 50), **SOL}]


def test_a_fork_of_codex_replays_its_parent() -> None:
    """What it repeats has the names of the parent's requests."""
    reader = LogReader(ZONE)
    ids: list[list[bytes | None]] = []
    for session, meta in (("p", {"id": "p"}), ("f", {"id": "f", "forked_from_id": "p"})):
        reader.begin(session)
        lines = [codex("session_meta", **meta), count(1000, 1000), count(2000 + len(ids), 900)]
        requests = [one for line in lines for one in reader.read(json.dumps(line).encode())]
        ids.append([one.id for one in requests])

    assert ids[0][0] == ids[1][0]
    assert ids[0][1] != ids[1][1]


def test_gemini_cli() -> None:
    """Thoughts are output; a chat may be one object, or a log of changes."""
    tokens = {"input": 50, "output": 3, "cached": 40, "thoughts": 2, "tool": 0, "total": 55}
    message = {"id": "m", "timestamp": AT, "type": "gemini", "model": "g", "tokens": tokens}
    chat = {"sessionId": "s", "projectHash": "h", "messages": [{"type": "user"}, message]}
    expected = {**usage(50, 5, 40, thinking=True), "model": "g", "second": SECOND}

    assert read(chat)[0] == [expected]
    assert read({"sessionId": "s", "projectHash": "h"}, message)[0] == [expected]
    assert read({"$set": {"messages": [message]}})[0] == [expected]


ONE: list[tuple[str, Found, Found]] = [
    (
        "Kimi CLI, which names no model",
        {
            "timestamp": SECOND + 0.5,
            "message": {
                "type": "StatusUpdate",
                "payload": {
                    "message_id": "k1",
                    "token_usage": {"input_other": 9, "input_cache_read": 90, "output": 4},
                },
            },
        },
        {**usage(99, 4, 90), "model": "kimi-cli", "second": SECOND},
    ),
    (
        "OpenCode",
        {
            **{"id": "o1", "sessionID": "s", "role": "assistant", "modelID": "m"},
            **{"providerID": "anthropic", "time": {"created": SECOND * 1000}},
            "tokens": {
                **{"input": 8, "output": 6, "reasoning": 1, "total": 215},
                "cache": {"read": 190, "write": 10},
            },
        },
        {
            **usage(208, 7, 190, 10, thinking=True),
            **{"model": "m", "second": SECOND, "provider": "anthropic"},
        },
    ),
    (
        "GitHub Copilot",
        {
            **{"id": 1, "session_id": "c", "model": "m", "input_tokens": 150},
            **{"cache_read_tokens": 120, "cache_write_tokens": 18, "output_tokens": 4},
            **{"total_nano_aiu": 3, "initiator": "agent", "created_at": AT},
        },
        {**usage(150, 4, 120, 18), "model": "m", "second": SECOND},
    ),
    (
        "Roo Code",
        {
            **{"ts": SECOND * 1000, "type": "say", "say": "api_req_started"},
            "text": json.dumps(
                {
                    **{"apiProtocol": "anthropic", "tokensIn": 42, "tokensOut": 3},
                    **{"cacheWrites": 10, "cacheReads": 30, "cost": 0.01},
                }
            ),
        },
        {**usage(42, 3, 30, 10), "model": "cline", "second": SECOND},
    ),
    (
        "Goose: of a session, not of its last call",
        {
            **{"id": "g", "working_dir": "/w/tea", "provider_name": "openai"},
            **{"accumulated_input_tokens": 410, "accumulated_output_tokens": 23},
            **{"input_tokens": 90, "output_tokens": 2, "updated_at": AT},
            "model_config_json": '{"model_name": "m"}',
        },
        {
            **usage(410, 23),
            **{"model": "m", "second": SECOND, "provider": "openai", "size": (1, 1)},
        },
    ),
    (
        "Aider",
        {
            "event": "message_send",
            "properties": {"main_model": "m", "prompt_tokens": 51, "completion_tokens": 2},
            "time": SECOND,
        },
        {**usage(51, 2), "model": "m", "second": SECOND},
    ),
    (
        "Bedrock Converse",
        {
            "modelId": "amazon.m",
            "timestamp": AT,
            "usage": {
                **{"inputTokens": 1, "outputTokens": 8, "cacheReadInputTokens": 48},
                "cacheWriteInputTokens": 15,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 12}, {"ttl": "5m", "inputTokens": 3}],
            },
        },
        {
            **usage(64, 8, 48, 15, others=(("cache_write.1h", 12), ("cache_write.5m", 3))),
            **{"model": "amazon.m", "second": SECOND, "provider": "aws.bedrock"},
        },
    ),
    (
        "Cohere: what is paid are billed units",
        {
            **{"id": "co", "model": "m", "timestamp": AT},
            "usage": {
                "billed_units": {"input_tokens": 90, "output_tokens": 12},
                "tokens": {"input_tokens": 101, "output_tokens": 13},
            },
        },
        {**usage(90, 12), "model": "m", "second": SECOND, "provider": "cohere"},
    ),
    (
        "Ollama",
        {"model": "m", "created_at": AT, "done": True, "prompt_eval_count": 51, "eval_count": 9},
        {**usage(51, 9), "model": "m", "second": SECOND, "provider": "ollama"},
    ),
    (
        "Groq, at the end of a stream",
        {
            **{"id": "g1", "object": "chat.completion.chunk", "created": SECOND, "model": "m"},
            "choices": [{"finish_reason": "stop"}],
            "x_groq": {"id": "r", "usage": {"prompt_tokens": 3, "completion_tokens": 1}},
        },
        {**usage(3, 1), "model": "m", "second": SECOND},
    ),
    (
        "new-api, of a vendor whose input is without the cached",
        {
            **{"id": 8, "created_at": SECOND, "type": 2, "token_name": "tea", "model_name": "m"},
            **{"quota": 61, "prompt_tokens": 12, "completion_tokens": 83},
            "other": json.dumps(
                {"cache_tokens": 48, "cache_creation_tokens_1h": 12, "usage_semantic": "anthropic"}
            ),
        },
        {
            **usage(72, 83, 48, 12, others=(("cache_write.1h", 12),)),
            **{"model": "m", "second": SECOND},
        },
    ),
    (
        "Langfuse, whose total shows that the input is without the cached",
        {
            **{"id": "l1", "type": "GENERATION", "startTime": AT, "model": "m"},
            "usageDetails": {"input": 9, "input_cached_tokens": 40, "output": 2, "total": 51},
        },
        {**usage(49, 2, 40), "model": "m", "second": SECOND},
    ),
    (
        "Langfuse, written by hand",
        {
            **{"id": "l2", "type": "GENERATION", "startTime": AT, "model": "m"},
            "usageDetails": {"input": 49, "input_cached_tokens": 40, "output": 2, "total": 51},
        },
        {**usage(49, 2, 40), "model": "m", "second": SECOND},
    ),
    (
        "OpenInference",
        {
            "start_time": AT,
            "attributes": {
                **{"openinference.span.kind": "LLM", "llm.model_name": "m"},
                **{"llm.token_count.prompt": 50, "llm.token_count.completion": 2},
                "llm.token_count.prompt_details.cache_read": 40,
            },
        },
        {**usage(50, 2, 40), "model": "m", "second": SECOND},
    ),
    (
        "Vercel AI SDK, whose cached tokens have names of their own",
        {
            "name": "ai.generateText.doGenerate",
            "startTime": AT,
            "attributes": {
                **{"ai.model.provider": "openai.responses", "ai.usage.inputTokens": 50},
                "ai.usage.inputTokenDetails.cacheReadTokens": 40,
                **{"gen_ai.system": "openai.responses", "gen_ai.response.model": "m"},
                **{"gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 2},
            },
        },
        {**usage(50, 2, 40), "model": "m", "second": SECOND, "provider": "openai.responses"},
    ),
    (
        "OpenAI's usage API: sums, with an average size",
        {
            "object": "page",
            "data": [
                {
                    "start_time": SECOND,
                    "results": [
                        {
                            **{"input_tokens": 900, "input_cached_tokens": 600, "model": "m"},
                            **{"input_cache_write_12h_tokens": 100, "output_tokens": 40},
                            **{"num_model_requests": 20, "batch": True},
                        }
                    ],
                }
            ],
        },
        {
            **usage(900, 40, 600, 100, others=(("cache_write.12h", 100),)),
            **{"model": "m", "second": SECOND, "provider": "openai", "batch": True},
            **{"count": 20, "size": (45, 2)},
        },
    ),
    (
        "Anthropic's usage API",
        {
            "data": [
                {
                    "starting_at": AT,
                    "results": [
                        {
                            **{"uncached_input_tokens": 12, "cache_read_input_tokens": 90},
                            "cache_creation": {"ephemeral_1h_input_tokens": 50},
                            **{"output_tokens": 3, "model": "m", "service_tier": "batch"},
                            "server_tool_use": {"web_search_requests": 4},
                        }
                    ],
                }
            ]
        },
        {
            **usage(152, 3, 90, 50, others=(("cache_write.1h", 50), ("web_search", 4))),
            **{"model": "m", "second": SECOND, "provider": "anthropic", "batch": True},
            "size": (1, 1),
        },
    ),
    (
        "Cursor's export, whose total has both columns of input",
        {
            **{"Date": AT, "Model": "m", "Input (w/ Cache Write)": "12", "Cost": "Included"},
            **{"Input (w/o Cache Write)": "3", "Cache Read": "45", "Output Tokens": "7"},
            "Total Tokens": "67",
        },
        {**usage(60, 7, 45, 12), "model": "m", "second": SECOND},
    ),
]


@pytest.mark.parametrize(("what", "line", "expected"), ONE, ids=[one[0] for one in ONE])
def test_an_object_of(what: str, line: Found, expected: Found) -> None:
    assert read(line)[0] == [expected]


NONE: list[tuple[str, Found, str]] = [
    ("Crush has the last step's", {"parent_session_id": None, "cost": 0.3}, "cost_without_tokens"),
    ("a top-up of new-api", {"model_name": "m", "quota": 5, "type": 1}, "without_usage"),
    ("a span around generations", {"type": "SPAN", "usageDetails": {"input": 9}}, "agent_span"),
    ("a step of a run", {"object": "thread.run.step", "usage": {"prompt_tokens": 9}}, "agent_span"),
    ("a part of Ollama's stream", {"done": False, "eval_count": 3}, "part_of_stream"),
    (
        "the span around a call of the Vercel AI SDK",
        {"name": "ai.generateText", "attributes": {"ai.usage.inputTokens": 50}},
        "agent_span",
    ),
    (
        "what a subagent used, in a result of Claude Code",
        {"type": "user", "sessionId": "s", "toolUseResult": {"totalTokens": 900}},
        "without_usage",
    ),
]


@pytest.mark.parametrize(("what", "line", "kind"), NONE, ids=[one[0] for one in NONE])
def test_no_request(what: str, line: Found, kind: str) -> None:
    if kind == "cost_without_tokens":
        line = {**line, "prompt_tokens": 180, "completion_tokens": 2}

    assert read(line) == ([], {kind: 1})


def test_what_is_not_understood_is_named() -> None:
    with pytest.raises(BadUsage, match="not known: spentTokens"):
        read({"agent": {"spentTokens": 5, "maxTokens": 900, "context_window_tokens": 9}})


@pytest.mark.parametrize(
    "row",
    [{"BilledCost": "1", "x": 2}, {"sku": {"description": "x"}, "usage_start_time": AT, "cost": 1}],
)
def test_a_bill_is_no_log(row: Found) -> None:
    with pytest.raises(BadUsage, match="--bill"):
        read(row)


def test_limits_and_rates_are_no_usage() -> None:
    names = ("max_tokens", "tokens_per_minute", "remaining_tokens", "contextTokens", "min_tokens")
    assert unknown_usage({name: 9 for name in names} | {"tokens": 0, "id_token": "x"}) == []


def test_every_format_has_a_name_and_a_reader() -> None:
    """And an object that has nothing belongs to none."""
    assert len({one.name for one in formats()}) >= 20
    assert [one.name for one in formats() if one.matches({})] == []


def test_the_page_lists_every_format() -> None:
    """At least twelve, as agents, gateways and vendors call them."""
    page = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    titles = {one.title for one in formats()} - {"a bill"}

    assert len(titles) >= 12
    assert [one for one in titles if one.split(",")[0].split()[0] not in page] == []
