"""What a line shows of itself in fields that have many shapes."""

from typing import Any

import msgspec
from msgspec import Raw

from llmcost.sources.logs.lines import METADATA, Line, Metadata

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
    return found.isdigit() and int(found) >= 400


def metadata_of(raw: Raw) -> Metadata:
    """LiteLLM's, also as a text; empty for what is the user's own."""
    inner = opened(raw) if raw else None
    try:
        return METADATA.decode(inner) if inner else NO_METADATA
    except msgspec.ValidationError:
        return NO_METADATA
