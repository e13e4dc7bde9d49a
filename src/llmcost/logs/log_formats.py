"""Forms of logs: the fields of every known form in one struct, and problems of lines.

One pass over the bytes both recognises a line and reads it. All else is passed over undecoded.

Where each vendor says what its fields mean:
https://platform.openai.com/docs/api-reference/chat/object (cached and reasoning tokens are parts)
https://platform.openai.com/docs/api-reference/responses/object
https://platform.openai.com/docs/guides/batch
https://docs.claude.com/en/docs/build-with-claude/prompt-caching (input_tokens is without the cache)
https://docs.claude.com/en/docs/build-with-claude/batch-processing
https://ai.google.dev/api/generate-content#UsageMetadata (cached in the prompt; thoughts apart)
https://api-docs.deepseek.com/guides/kv_cache
https://help.aliyun.com/zh/model-studio/qwen-api-via-dashscope
https://docs.x.ai/docs/guides/reasoning (reasoning is not in completion_tokens, but in the total)
https://docs.litellm.ai/docs/proxy/cost_tracking
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (input_tokens includes the cached)
"""

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Raw

Tokens = int | None
When = int | float | str | None
EMPTY = Raw()


class Written(msgspec.Struct, gc=False):
    """Cache writes by their lifetime: Anthropic's `cache_creation`, also in DashScope's details,
    and OpenAI's `cache_write_tokens_details`."""

    ephemeral_5m_input_tokens: Tokens = None
    ephemeral_1h_input_tokens: Tokens = None
    ttl_5m_tokens: Tokens = None
    ttl_30m_tokens: Tokens = None
    ttl_1h_tokens: Tokens = None
    ttl_12h_tokens: Tokens = None


class Modalities(msgspec.Struct, gc=False):
    """Of the cached tokens: OpenAI's realtime models."""

    audio_tokens: Tokens = None
    image_tokens: Tokens = None
    video_tokens: Tokens = None


class Details(msgspec.Struct, gc=False):
    """Parts of the input, or of the output."""

    cached_tokens: Tokens = None
    audio_tokens: Tokens = None
    image_tokens: Tokens = None
    video_tokens: Tokens = None
    reasoning_tokens: Tokens = None
    cache_creation_input_tokens: Tokens = None  # DashScope
    cache_creation_tokens: Tokens = None  # LiteLLM
    cache_write_tokens: Tokens = None  # OpenAI, OpenRouter
    cache_type: str | None = None
    cache_creation: Written | None = None
    cache_creation_token_details: Written | None = None  # LiteLLM
    cache_write_tokens_details: Written | None = None  # OpenAI
    cached_tokens_details: Modalities | None = None


class Searches(msgspec.Struct, gc=False):
    web_search_requests: Tokens = None


class PluginCalls(msgspec.Struct, gc=False):
    count: Tokens = None


class Plugins(msgspec.Struct, gc=False):
    """DashScope's."""

    search: PluginCalls | None = None


class CostDetails(msgspec.Struct, gc=False):
    """OpenRouter's: what the vendor billed to a key of the user's own."""

    upstream_inference_cost: Decimal | None = None


class LoggedUsage(msgspec.Struct, gc=False):
    """Also of what has these fields at its top."""

    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    total_tokens: Tokens = None
    prompt_tokens_details: Details | None = None
    completion_tokens_details: Details | None = None
    input_tokens: Tokens = None
    output_tokens: Tokens = None
    input_tokens_details: Details | None = None
    output_tokens_details: Details | None = None
    cache_creation_input_tokens: Tokens = None
    cache_read_input_tokens: Tokens = None
    cache_creation: Written | None = None
    service_tier: str | None = None
    server_tool_use: Searches | None = None
    prompt_cache_hit_tokens: Tokens = None
    cached_tokens: Tokens = None  # Moonshot
    cost: Decimal | None = None  # OpenRouter
    cost_details: CostDetails | None = None
    is_byok: bool | None = None
    speed: str | None = None  # Anthropic
    inference_geo: str | None = None
    input_token_details: Details | None = None  # OpenAI's realtime and transcription
    output_token_details: Details | None = None
    cache_write_tokens_details: Written | None = None
    cached_input_tokens: Tokens = None  # Codex
    cache_write_input_tokens: Tokens = None
    reasoning_output_tokens: Tokens = None
    plugins: Plugins | None = None
    num_search_queries: Tokens = None  # Perplexity
    iterations: Raw = EMPTY  # Anthropic: calls of an adviser, of another model


class Modality(msgspec.Struct, gc=False, rename="camel"):
    modality: str | None = None
    token_count: Tokens = None


class Gemini(msgspec.Struct, gc=False, rename="camel"):
    """`usageMetadata`, as the API writes it."""

    prompt_token_count: Tokens = None
    candidates_token_count: Tokens = None
    thoughts_token_count: Tokens = None
    cached_content_token_count: Tokens = None
    tool_use_prompt_token_count: Tokens = None
    total_token_count: Tokens = None
    prompt_tokens_details: list[Modality] | None = None
    cache_tokens_details: list[Modality] | None = None
    candidates_tokens_details: list[Modality] | None = None
    tool_use_prompt_tokens_details: list[Modality] | None = None
    response_token_count: Tokens = None  # the Live API's names
    response_tokens_details: list[Modality] | None = None
    traffic_type: str | None = None
    service_tier: str | None = None


class SnakeModality(msgspec.Struct, gc=False):
    modality: str | None = None
    token_count: Tokens = None


class SnakeGemini(msgspec.Struct, gc=False):
    """`usage_metadata`, as the Python library dumps it. Another name of an inherited field is not
    to be had, so the fields stand here again."""

    prompt_token_count: Tokens = None
    candidates_token_count: Tokens = None
    thoughts_token_count: Tokens = None
    cached_content_token_count: Tokens = None
    tool_use_prompt_token_count: Tokens = None
    total_token_count: Tokens = None
    prompt_tokens_details: list[SnakeModality] | None = None
    cache_tokens_details: list[SnakeModality] | None = None
    candidates_tokens_details: list[SnakeModality] | None = None
    tool_use_prompt_tokens_details: list[SnakeModality] | None = None
    response_token_count: Tokens = None
    response_tokens_details: list[SnakeModality] | None = None
    traffic_type: str | None = None
    service_tier: str | None = None


class LogLine(msgspec.Struct, gc=False):
    """An object of a log, or one inside of it. What has many shapes is kept as it is written."""

    id: Raw = EMPTY
    request_id: Raw = EMPTY
    response_id: Raw = msgspec.field(name="responseId", default=EMPTY)
    object: str | None = None
    type: str | None = None
    model: str | None = None
    created: When = None
    created_at: When = None
    timestamp: When = None
    time: When = None
    ts: When = None
    start_time: When = None
    start_time_litellm: When = msgspec.field(name="startTime", default=None)
    create_time: When = msgspec.field(name="createTime", default=None)
    snake_create_time: When = msgspec.field(name="create_time", default=None)
    nanoseconds: When = msgspec.field(name="startTimeUnixNano", default=None)
    service_tier: str | None = None
    usage: LoggedUsage | None = None
    usage_metadata: Gemini | None = msgspec.field(name="usageMetadata", default=None)
    snake_usage_metadata: SnakeGemini | None = msgspec.field(name="usage_metadata", default=None)
    model_version: str | None = msgspec.field(name="modelVersion", default=None)
    snake_model_version: str | None = msgspec.field(name="model_version", default=None)
    choices: Raw = EMPTY
    candidates: Raw = EMPTY
    # around Claude Code's messages
    outer_request_id: Raw = msgspec.field(name="requestId", default=EMPTY)
    uuid: Raw = EMPTY
    is_sidechain: bool | None = msgspec.field(name="isSidechain", default=None)
    custom_id: Raw = EMPTY
    key: Raw = EMPTY
    request: Raw = EMPTY
    response: Raw = EMPTY
    body: Raw = EMPTY
    result: Raw = EMPTY
    message: Raw = EMPTY
    output: Raw = EMPTY
    payload: Raw = EMPTY  # Codex
    x_groq: Raw = EMPTY
    error: Raw = EMPTY
    status: Raw = EMPTY
    status_code: Raw = EMPTY
    # fields of a flat log, and of LiteLLM's
    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    total_tokens: Tokens = None
    input_tokens: Tokens = None
    spend: Decimal | None = None
    metadata: Raw = EMPTY
    model_group: str | None = None
    custom_llm_provider: str | None = None
    cache_hit: Raw = EMPTY
    # spans
    attributes: Raw = EMPTY
    resource_spans: Raw = msgspec.field(name="resourceSpans", default=EMPTY)
    asked_model: str | None = msgspec.field(name="gen_ai.request.model", default=None)


class CalledLine(LogLine, gc=False):
    """With who asked, in the words of several logs; decoded only where it is wanted."""

    api_key: Raw = EMPTY
    api_key_alias: Raw = EMPTY
    api_key_id: Raw = EMPTY
    user: Raw = EMPTY
    user_id: Raw = EMPTY
    end_user: Raw = EMPTY
    project: Raw = EMPTY
    project_id: Raw = EMPTY
    team_id: Raw = EMPTY
    cwd: Raw = EMPTY
    session_id: Raw = EMPTY
    session_camel: Raw = msgspec.field(name="sessionId", default=EMPTY)
    conversation_id: Raw = EMPTY


class Metadata(msgspec.Struct, gc=False):
    """LiteLLM's."""

    user_api_key: Raw = EMPTY
    user_api_key_alias: Raw = EMPTY
    user_api_key_user_id: Raw = EMPTY
    user_api_key_team_alias: Raw = EMPTY
    user_api_key_team_id: Raw = EMPTY
    additional_usage_values: LoggedUsage | None = None
    usage_object: LoggedUsage | None = None


LINE = msgspec.json.Decoder(LogLine)
USAGE = msgspec.json.Decoder(LoggedUsage)
CALLED = msgspec.json.Decoder(CalledLine)
METADATA = msgspec.json.Decoder(Metadata)


class GroqChunk(msgspec.Struct):
    """Groq's own part of a stream's last chunk."""

    usage: LoggedUsage | None = None


GROQ = msgspec.json.Decoder(GroqChunk | None)


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
    COST_ONLY = "cost_without_tokens"
    SUMS = "sums_of_requests"  # beside their forms: many requests in a row


class BadUsage(Exception):
    """Why: the message of it."""


class Outer(msgspec.Struct, frozen=True):
    """What is said around a body, and holds where the body does not say it."""

    model: str = ""
    when: When = None
    batch: bool = False
    tier: str = ""
    caller: tuple[str, ...] = ()
    provider: str = ""
    id: bytes | None = None
    side: bool = False


class SpanLink(msgspec.Struct, frozen=True):
    """A span and the one above it, by eight bytes each."""

    span: bytes
    parent: bytes | None
    has_usage: bool
