"""Each line of a log is the request that its vendor says it is; the samples are in real forms."""

import json
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import SAMPLES

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.log_fields import LATEST, masked
from llmcost.logs.log_files import ERRORS
from llmcost.logs.log_formats import BadUsage, LogForm
from llmcost.logs.log_reader import LogReader

BEIJING = ZoneInfo("Asia/Shanghai")
NOON = 1763692800  # 2025-11-21 10:40 in Beijing
DEFAULTS = msgspec.structs.asdict(Sizes("", -1, -1)) | msgspec.structs.asdict(
    LoggedRequest("", -1, Sizes("", 0, 0))
)


def said(one: LoggedRequest) -> dict[str, object]:
    """What is not as nearly always."""
    found = msgspec.structs.asdict(one.sizes) | {
        name: value
        for name, value in msgspec.structs.asdict(one).items()
        if name not in ("sizes", "id", "side")
    }
    return {name: value for name, value in found.items() if value != DEFAULTS[name]}


def read(text: str | bytes, form: LogForm = LogForm.AUTO, *by: str) -> list[dict[str, object]]:
    line = text.encode() if isinstance(text, str) else text
    return [said(one) for one in LogReader(BEIJING, by, form).read(line)]


GPT = {"model": "gpt-4o-2024-08-06", "form": "openai"}
CLAUDE = {"model": "claude-sonnet-4-5", "form": "anthropic"}
GEMINI = {"model": "gemini-2.5-flash", "form": "gemini"}
FORMS: list[tuple[str, list[dict[str, object]], dict[str, int]]] = [
    (
        "openai-chat",
        [
            {**GPT, "second": NOON, "input": 2019, "output": 310, "cache_read": 1024},
            {**GPT, "second": NOON + 60, "input": 19, "output": 10},
            # xAI counts reasoning beside the completion
            {
                **{"model": "grok-4", "form": "openai", "second": NOON + 120, "input": 32},
                **{"output": 103, "cache_read": 6, "thinking": True},
            },
            {
                **{"model": "o3", "form": "openai", "second": NOON + 180, "input": 75},
                **{"output": 1186, "thinking": True, "tier": "flex"},
            },
        ],
        {"part_of_stream": 2},
    ),
    (
        "openai-responses",
        [
            {**GPT, "second": NOON, "input": 328, "output": 52, "cache_read": 128},
            {**GPT, "second": NOON + 60, "input": 37, "output": 11},
        ],
        {"part_of_stream": 2},
    ),
    (
        "openai-batch",
        [{**GPT, "second": NOON, "input": 22, "output": 2, "batch": True}],
        {"failed": 2},
    ),
    (
        "anthropic",
        [
            {
                **{**CLAUDE, "second": None, "input": 12651, "output": 503, "cache_read": 10000},
                **{"cache_write": 556},
                "others": (("cache_write.5m", 456), ("cache_write.1h", 100), ("web_search", 2)),
            },
            {**CLAUDE, "second": NOON, "input": 1004, "output": 17, "cache_read": 1000},
        ],
        {"without_usage": 1, "event_without_model": 2, "part_of_stream": 2},
    ),
    (
        "anthropic-batch",
        [{**CLAUDE, "second": None, "input": 11, "output": 36, "batch": True}],
        {"failed": 1},
    ),
    (
        "gemini",
        [
            {
                **{**GEMINI, "second": NOON, "input": 5000, "output": 800, "cache_read": 4096},
                **{"thinking": True},
            },
            {**GEMINI, "second": None, "input": 8, "output": 3, "batch": True},
            {**GEMINI, "second": NOON + 60, "input": 110, "output": 20},
        ],
        {"part_of_stream": 1},
    ),
    (
        "deepseek",
        [
            {
                **{"model": "deepseek-chat", "form": "deepseek", "provider": "deepseek"},
                **{"second": NOON, "input": 1600, "output": 10, "cache_read": 1536},
            }
        ],
        {},
    ),
    (
        "dashscope",
        [
            {
                **{"model": "qwen-plus", "form": "dashscope", "provider": "dashscope"},
                **{"second": NOON, "input": 3019, "output": 104, "cache_read": 2048},
            },
            {
                **{"model": "qwen3-coder-plus", "form": "openai", "second": NOON + 60},
                **{"input": 2000, "output": 50, "cache_write": 1600, "explicit_cache": True},
                "others": (("cache_write.5m", 1600),),
            },
        ],
        {},
    ),
    (
        "otel",
        [
            {
                **{"model": "gpt-4o-2024-08-06", "asked": "gpt-4o", "form": "otel"},
                **{"provider": "openai", "second": NOON, "input": 100, "output": 180},
                **{"cache_read": 50},
            },
            {
                **{"model": "claude-sonnet-4-5", "form": "otel", "provider": "anthropic"},
                **{"second": NOON + 60, "input": 700, "output": 70},
            },
            {
                **{"model": "deepseek-chat", "form": "otel", "provider": "deepseek"},
                **{"second": NOON + 100, "input": 40, "output": 4},
            },
        ],
        {"agent_span": 1, "without_usage": 1},
    ),
]


@pytest.mark.parametrize(("name", "requests", "others"), FORMS, ids=[one[0] for one in FORMS])
def test_a_log_of_a_vendor(
    name: str, requests: list[dict[str, object]], others: dict[str, int]
) -> None:
    """Nothing is said of the form, and nothing is billed twice."""
    reader = LogReader(BEIJING)
    lines = (SAMPLES / f"usage-{name}.jsonl").read_bytes().splitlines()
    found = [said(one) for line in lines for one in reader.read(line)]

    for one in found:  # the tier of plain prices, as Anthropic's usage names it
        if one.get("tier") == "standard":
            del one["tier"]
    assert found == requests
    assert Counter(reader.kinds) == Counter(others)


def test_litellm() -> None:
    """Its times are in UTC; what its own cache answered was never sent; metadata have the cache."""
    lines = (SAMPLES / "usage-litellm.jsonl").read_bytes().splitlines()
    reader = LogReader(BEIJING, ("key", "user", "project"))
    first, second = (one for line in lines for one in reader.read(line))

    assert (first.model, first.asked, first.provider) == ("openai/gpt-4o", "gpt-4o", "openai")
    assert (first.second, str(first.stated)) == (NOON, "0.00215")
    assert (first.sizes.input, first.sizes.cache_read, first.sizes.output) == (1000, 800, 100)
    assert first.caller == ("search-team", "alice", "t-7")
    assert (second.second, second.caller[0]) == (NOON + 60, "…cdef")
    assert (second.sizes.input, second.sizes.cache_read, second.sizes.cache_write) == (
        4000,
        3000,
        500,
    )
    assert reader.kinds == {"failed": 1, "answered_by_gateway": 1}


PARTS: list[tuple[str, dict[str, object]]] = [
    (  # Responses: searches, but not the pages that they open
        '{"model": "m", "output": [{"type": "web_search_call", "action": {"type": "search"}}, '
        '{"type": "web_search_call", "action": {"type": "open_page"}}, {"type": "message"}], '
        '"usage": {"input_tokens": 7}}',
        {"others": (("web_search", 1),)},
    ),
    (  # a grounded answer of Gemini 2.5 is one, of a later model each search
        '{"modelVersion": "gemini-2.5-pro", "candidates": [{"finishReason": "STOP", '
        '"groundingMetadata": {"webSearchQueries": ["a", "b"]}}], '
        '"usageMetadata": {"promptTokenCount": 7}}',
        {"others": (("web_search", 1),)},
    ),
    (
        '{"modelVersion": "gemini-3.5-pro", "candidates": [{"finishReason": "STOP", '
        '"groundingMetadata": {"webSearchQueries": ["a", "b", "a"]}}], '
        '"usageMetadata": {"promptTokenCount": 7}}',
        {"others": (("web_search", 2),)},
    ),
    (  # modalities in the cache and out of it
        '{"modelVersion": "m", "usageMetadata": {"promptTokenCount": 10, '
        '"cachedContentTokenCount": 5, "promptTokensDetails": [{"modality": "AUDIO", '
        '"tokenCount": 6}], "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 5}]}}',
        {"cache_read": 5, "others": (("audio_input", 1), ("audio_cache_read", 5))},
    ),
    (
        '{"model": "m", "usage": {"prompt_tokens": 10, "prompt_tokens_details": '
        '{"cached_tokens": 6, "audio_tokens": 5}}}',  # so one of the cached ones is sound
        {"cache_read": 6, "others": (("audio_input", 4), ("audio_cache_read", 1))},
    ),
    (
        '{"model": "m", "usage": {"input_tokens": 9, "output_tokens": 5, "input_tokens_details": '
        '{"image_tokens": 4}, "output_tokens_details": {"image_tokens": 5}}}',
        {"output": 5, "others": (("image_input", 4), ("image_output", 5))},
    ),
    (  # lifetimes of cache writes in the spellings of vendors
        '{"model": "m", "usage": {"prompt_tokens": 9, "prompt_tokens_details": '
        '{"cache_write_tokens": 8, "cache_write_tokens_details": {"ttl_12h_tokens": 8}}}}',
        {"cache_write": 8, "others": (("cache_write.12h", 8),)},
    ),
    (
        '{"model": "m", "usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cache_creation": '
        '{"ephemeral_1h_input_tokens": 8}, "cache_creation_input_tokens": 8}}}',
        {"cache_write": 8, "others": (("cache_write.1h", 8),), "explicit_cache": True},
    ),
    # conditions
    ('{"model": "m", "usage": {"input_tokens": 9, "speed": "fast"}}', {"tier": "fast"}),
    ('{"model": "m", "usage": {"input_tokens": 9, "inference_geo": "us"}}', {"region": "us"}),
    ('{"model": "m", "usage": {"input_tokens": 9, "inference_geo": "global"}}', {}),
    (
        '{"modelVersion": "m", "usageMetadata": {"promptTokenCount": 9, '
        '"trafficType": "ON_DEMAND_PRIORITY"}}',
        {"tier": "priority"},
    ),
    # thinking that is in the total alone
    (
        '{"model": "m", "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 15}}',
        {"output": 6, "thinking": True},
    ),
    # a key of the user's own at OpenRouter: a fee, and what the vendor bills
    (
        '{"model": "m", "usage": {"prompt_tokens": 9, "cost": 0.5, "is_byok": true, '
        '"cost_details": {"upstream_inference_cost": 2}}}',
        {"stated": Decimal("2.5")},
    ),
]


@pytest.mark.parametrize(("line", "parts"), PARTS)
def test_what_has_a_price_of_its_own(line: str, parts: dict[str, object]) -> None:
    (found,) = read(line)

    always = {"model", "form", "second", "input"}
    more = {name: value for name, value in found.items() if name not in always}
    assert more == {"output": 0, **parts}


WRAPPED = [
    '{"timestamp": "2025-11-21T10:40:00+08:00", "model": "m", "usage": %s}',
    '{"ts": 1, "request": {"model": "m"}, "response": {"created": 1763692800, "usage": %s}}',
    '{"body": {"model": "m", "created_at": 1763692800.9, "usage": %s}, "timestamp": 5}',
    '{"model": "m", "time": "1763692800000", "response": {"response": {"usage": %s}}}',
    '{"timestamp": 1763692800000000000, "result": {"model": "m", "usage": %s}}',
    '{"created": 1763692800, "model": "m", "usage": null, "body": {"usage": %s}}',
    '{"time": 0.5, "timestamp": "?", "body": {"model": "m", "created": 1763692800, "usage": %s}}',
    '{"time": "0.5 s", "body": {"model": "m", "timestamp": 1763692800, "usage": %s}}',
]


@pytest.mark.parametrize("line", WRAPPED)
def test_a_body_inside_of_something(line: str) -> None:
    """What the body does not say is taken from what is around it; any unit of time will do."""
    (found,) = read(line % '{"prompt_tokens": 7, "completion_tokens": 3}')

    assert found == {"model": "m", "form": "openai", "second": NOON, "input": 7, "output": 3}


def test_a_body_that_is_written_as_a_text() -> None:
    inner = r"{\"model\":\"m\",\"created\":1763692800,\"usage\":{\"prompt_tokens\":7}}"

    (found,) = read(f'{{"response": "{inner}"}}')

    assert (found["model"], found["input"]) == ("m", 7)


def test_tokens_beside_the_model() -> None:
    """Of a log of one's own."""
    (found,) = read(
        '{"model": "m", "timestamp": "2025-11-21 10:40:00", "input_tokens": 7, "output_tokens": 3}'
    )

    assert found == {"model": "m", "form": "openai", "second": NOON, "input": 7, "output": 3}


TIMES = [
    ("1763692800", NOON),
    ("1763692800.25", NOON),
    ("1763692800250", NOON),
    ("1763692800250000", NOON),
    ("1763692800250000000", NOON),
    ('"1763692800250"', NOON),
    ('"2025-11-21T02:40:00Z"', NOON),
    ('"2025-11-21T02:40:00.123456Z"', NOON),
    ('"2025-11-20T21:40:00-05:00"', NOON),
    ('"2025-11-21 10:40:00"', NOON),
    ('"2025-11-21 02:40:00.123456789 UTC"', NOON),
    ('"2025/11/21 10:40:00"', NOON),
    ('"2025年11月21日 10:40"', NOON),
    ('"2025-11-21 10:40:00 +0800"', NOON),
    ('"2025.11.21"', NOON - 10 * 3600 - 40 * 60),
    ("0", None),
    ("null", None),
    ('""', None),
]


@pytest.mark.parametrize(("written", "second"), TIMES)
def test_times(written: str, second: int | None) -> None:
    (found,) = read(f'{{"model": "m", "created": {written}, "usage": {{"prompt_tokens": 1}}}}')

    assert found["second"] == second


def test_only_a_name_makes_it_the_same_answer() -> None:
    """Many servers leave it out, or write null."""
    lines = ['"id": "a", ', '"id": "a", ', '"id": null, ', '"id": "", ', ""]
    (a, b, *others) = (
        LogReader(BEIJING)
        .read(f'{{{id}"model": "m", "usage": {{"prompt_tokens": 1}}}}'.encode())[0]
        .id
        for id in lines
    )

    assert a is not None
    assert (b, *others) == (a, None, None, None)


BAD = [
    (
        '{"model": "m", "usage": {"prompt_tokens": 5, "cached_tokens": 6}}',
        "6 cached, audio or image tokens",
    ),
    ('{"model": "m", "usage": {"prompt_tokens": -5}}', "a negative number of tokens"),
    ('{"model": "m", "created": "soon", "usage": {"prompt_tokens": 5}}', "no time: `soon`"),
    ('{"model": "m", "created": -1, "usage": {"prompt_tokens": 5}}', "no time: `-1`"),
    ('{"model": "m", "created": 1e30, "usage": {"prompt_tokens": 5}}', "no time"),
    (
        '{"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "many"}',
        "`many` is not a number of tokens",
    ),
]


@pytest.mark.parametrize(("line", "problem"), BAD)
def test_what_no_request_has(line: str, problem: str) -> None:
    with pytest.raises(BadUsage, match=problem):
        read(line)


@pytest.mark.parametrize(
    "line", ["[1]", '"text"', "7", "{", '{"usage": 5}', '{"usage": {"prompt_tokens": "5 or 6"}}']
)
def test_what_is_no_log(line: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read(line)


def test_a_form_that_is_named() -> None:
    """Then `input_tokens` are as that vendor means them, and others are no lines of the log."""
    line = '{"model": "m", "usage": {"input_tokens": 50, "cache_read_input_tokens": 30}}'

    assert read(line)[0]["input"] == 80
    assert read(line, LogForm.ANTHROPIC)[0]["input"] == 80
    assert read(line, LogForm.OPENAI)[0]["input"] == 50
    with pytest.raises(BadUsage, match="not of the form gemini, but openai"):
        read(line, LogForm.GEMINI)


KEYS = [
    ("sk-live-0123456789abcdef", "…cdef"),
    ("sk-...abcd", "sk-...abcd"),
    ("88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b", "88dc28d0f030…"),
    ("hunter2", "#f52fbd32"),
    ("", ""),
]


@pytest.mark.parametrize(("key", "shown"), KEYS)
def test_no_key_is_shown_whole(key: str, shown: str) -> None:
    assert masked(key) == shown


WORDS = st.sampled_from(
    [
        *("usage", "model", "created", "timestamp", "response", "body", "message", "attributes"),
        *("prompt_tokens", "input_tokens", "cached_tokens", "prompt_tokens_details", "metadata"),
        *("usageMetadata", "promptTokenCount", "candidates", "choices", "object", "type", "id"),
        *("resourceSpans", "scopeSpans", "spans", "gen_ai.request.model", "spend", "error"),
        *("gen_ai.usage.input_tokens", "startTimeUnixNano", "custom_id", "result", "key"),
        *("api_key", "user", "cache_hit", "status", "time", "request"),
        *("payload", "info", "total_token_usage", "tokens", "input", "role", "modelID", "data"),
        *("results", "messages", "text", "tokensIn", "say", "other", "quota", "model_name", "$set"),
    ]
)
LEAVES = st.one_of(
    *(st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False)),
    *(
        st.text(max_size=4),
        st.sampled_from(["chat.completion.chunk", "message_start", "{}", "[1]", "event_msg"]),
        st.sampled_from(["token_count", "say", "api_req_started", "assistant", "gemini"]),
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, VALUES, max_size=6), st.sampled_from(LogForm))
def test_no_object_is_more_than_a_bad_line(line: dict[str, object], form: LogForm) -> None:
    """Whatever stands under the names of logs."""
    reader = LogReader(BEIJING, ("key", "user", "project"), form)
    with suppress(*ERRORS):
        for one in reader.read(json.dumps(line).encode()):
            assert 0 <= one.sizes.cache_read + one.sizes.cache_write <= one.sizes.input
            assert one.second is None or 0 < one.second < LATEST
