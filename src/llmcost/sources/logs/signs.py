"""What a line shows of itself in fields that have many shapes."""

import re
from typing import Any

import msgspec
from msgspec import Raw

from llmcost.sources.logs.forms import Why
from llmcost.sources.logs.lines import METADATA, Line, Metadata, When

BRACE, QUOTE = b'{"'
FAILURES = frozenset(("failure", "failed", "error", "errored", "canceled", "cancelled", "expired"))


class Choice(msgspec.Struct):
    finish_reason: str | None = None


class Candidate(msgspec.Struct):
    finish_camel: str | None = msgspec.field(name="finishReason", default=None)
    finish_reason: str | None = None


class Status(msgspec.Struct):
    """Inside of a batch's `response` or `result`, or of metadata."""

    type: Any = None
    status: Any = None
    status_code: Any = None
    error: Any = None


STATUS = msgspec.json.Decoder(Status)
SURE = (1_000_000_000, 4_000_000_000)
"""Seconds since 1970, of which no smaller unit can be meant."""
NO_ID = (b"null", b'""')
DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{10,19}$", re.ASCII)
NO_METADATA = Metadata()
CHOICES = msgspec.json.Decoder(list[Choice] | None)
CANDIDATES = msgspec.json.Decoder(list[Candidate] | None)


def opened(raw: Raw) -> Raw | bytes | None:
    """An object, also one that is written as a text; `raw` is not empty."""
    start = memoryview(raw)[0]  # without a copy of all of it
    if start == BRACE:
        return raw
    if start == QUOTE:
        text = msgspec.json.decode(raw, type=str).encode(errors="replace")
        return text if text[:1] == b"{" else None
    return None


def is_last(choices: Raw) -> bool:
    """Whether a part of a stream is its end, or comes behind it."""
    found = CHOICES.decode(choices) if choices else None
    return not found or any(one.finish_reason for one in found)


def is_finished(candidates: Raw) -> bool:
    """Whether Gemini has come to the end: in a stream, all parts say how far the usage is."""
    found = CANDIDATES.decode(candidates) if candidates else None
    return not found or any(one.finish_camel or one.finish_reason for one in found)


def is_true(raw: Raw) -> bool:
    return bytes(raw).strip(b'"').lower() == b"true"


def has_failed(line: Line) -> bool:
    """Whether it tells of an error: its own, or one of the body that it wraps."""
    if is_something(line.error) or is_failure(line.status) or is_error_code(line.status_code):
        return True
    for raw in (line.response, line.body, line.result, line.metadata):
        inner = opened(raw) if raw else None
        if inner is not None and shows_failure(STATUS.decode(inner)):
            return True
    return False


def shows_failure(one: Status) -> bool:
    words = {word for word in (one.type, one.status) if isinstance(word, str)}
    is_code = isinstance(one.status_code, int) and one.status_code >= 400
    return bool(one.error) or not words.isdisjoint(FAILURES) or is_code


def is_something(raw: Raw) -> bool:
    return bytes(raw) not in (b"", b"null", b"{}", b'""', b"false")


def is_failure(raw: Raw) -> bool:
    return bytes(raw).strip(b'"').decode(errors="replace") in FAILURES


def is_error_code(raw: Raw) -> bool:
    found = bytes(raw).strip(b'"')
    return len(found) == 3 and found.isdigit() and int(found) >= 400


def metadata_of(raw: Raw) -> Metadata:
    """LiteLLM's, also as a text; empty for what is the user's own."""
    inner = opened(raw) if raw else None
    try:
        return METADATA.decode(inner) if inner else NO_METADATA
    except msgspec.ValidationError:
        return NO_METADATA


def time_of(line: Line) -> When:
    """The most telling time of a line. What is called `time` may also be how long it took."""
    if line.created is not None:
        return line.created
    if line.timestamp is not None and line.created_at is None:
        return line.timestamp
    for when in (
        *(line.created_at, line.create_time, line.snake_create_time, line.start_time_litellm),
        *(line.start_time, line.nanoseconds),
    ):
        if when is not None:
            return when
    return line.time if is_instant(line.time) else None


def is_instant(value: When) -> bool:
    if isinstance(value, str):
        return DATE.match(value) is not None
    return value is not None and value > SURE[0]


def id_of(line: Line) -> int | None:
    for raw in (line.id, line.request_id, line.response_id):
        if raw:
            id = bytes(raw)
            if id not in NO_ID:
                return hash((id, line.model))
    return None


def form_of(line: Line) -> str:
    """DashScope's own answers have an object beside the usage, OpenAI's a list."""
    if line.type == "message":
        return "anthropic"
    is_object = line.object is None and bytes(line.output)[:1] == b"{"
    return "dashscope" if is_object else "openai"


def body_of(line: Line) -> Raw | bytes | None:
    for raw in (line.response, line.body, line.result, line.message):
        if raw:
            found = opened(raw)
            if found is not None:
                return found
    return None


def idle(line: Line) -> Why:
    """What a line without usage is; events of OpenAI's streams are called `response.created` …"""
    is_event = line.type is not None and line.type.startswith("response.")
    return Why.PART if is_event else Why.EMPTY


def is_batch(line: Line) -> bool:
    """OpenAI's and Anthropic's results have a `custom_id`, Gemini's a `key`."""
    return bool(line.custom_id and (line.response or line.result)) or bool(
        line.key and line.response
    )
