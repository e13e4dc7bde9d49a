"""OpenTelemetry spans with the attributes of generative AI: flat, or as OTLP exports them.

Names: https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/, older ones too.
`gen_ai.usage.input_tokens` includes what was read from a cache and written to it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.log_fields import check, masked
from llmcost.logs.log_formats import BadUsage, LogLine, When, Why
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.logs.log_formats import Outer
    from llmcost.logs.log_reader import LogReader

# An agent's span has the sum of the calls inside of it, which have spans of their own.
OF_AGENTS = frozenset(("invoke_agent", "create_agent", "execute_tool", "invoke_workflow"))
Number = int | float | str | None


def named(name: str) -> Any:
    return msgspec.field(name=name, default=None)


class Attributes(msgspec.Struct, gc=False):
    """Those that are read, with the older names of some."""

    operation: str | None = named("gen_ai.operation.name")
    asked: str | None = named("gen_ai.request.model")
    answered: str | None = named("gen_ai.response.model")
    provider: str | None = named("gen_ai.provider.name")
    system: str | None = named("gen_ai.system")
    input: Number = named("gen_ai.usage.input_tokens")
    prompt: Number = named("gen_ai.usage.prompt_tokens")
    output: Number = named("gen_ai.usage.output_tokens")
    completion: Number = named("gen_ai.usage.completion_tokens")
    read: Number = named("gen_ai.usage.cache_read.input_tokens")
    old_read: Number = named("gen_ai.usage.cache_read_input_tokens")
    written: Number = named("gen_ai.usage.cache_creation.input_tokens")
    old_written: Number = named("gen_ai.usage.cache_creation_input_tokens")
    reasoning: Number = named("gen_ai.usage.reasoning.output_tokens")
    old_reasoning: Number = named("gen_ai.usage.reasoning_tokens")
    tier: str | None = named("openai.response.service_tier")
    old_tier: str | None = named("gen_ai.openai.response.service_tier")
    error: Any = named("error.type")
    key: str | None = named("api_key_id")
    user: str | None = named("user.id")
    old_user: str | None = named("enduser.id")
    project: str | None = named("service.name")


class Value(msgspec.Struct):
    text: str | None = msgspec.field(name="stringValue", default=None)
    whole: int | str | None = msgspec.field(name="intValue", default=None)
    number: float | None = msgspec.field(name="doubleValue", default=None)


class Attribute(msgspec.Struct):
    key: str
    value: Value | None = None


class Exported(msgspec.Struct):
    """A span of OTLP."""

    attributes: list[Attribute] = []
    nanoseconds: When = msgspec.field(name="startTimeUnixNano", default=None)


class Scope(msgspec.Struct):
    spans: list[Exported] = []


class Resource(msgspec.Struct):
    attributes: list[Attribute] = []


class Resources(msgspec.Struct):
    resource: Resource | None = None
    scopes: list[Scope] = msgspec.field(name="scopeSpans", default_factory=list)


RESOURCES = msgspec.json.Decoder(list[Resources])
LISTED = msgspec.json.Decoder(list[Attribute])
FLAT = msgspec.json.Decoder(Attributes)


class OtelSpan(msgspec.Struct):
    """Its attributes, with those of what it ran in; `when` of the span itself."""

    found: Attributes
    when: When = None

    def request(
        self, reader: "LogReader", outer: "Outer", by: Sequence[str]
    ) -> LoggedRequest | Why:
        """Raises BadUsage."""
        found = self.found
        if found.operation in OF_AGENTS:
            return Why.AGENT
        input = whole(found.prompt if found.input is None else found.input)
        if input is None:
            return Why.EMPTY if found.error is None else Why.FAILED
        output = whole(found.completion if found.output is None else found.output) or 0
        read = whole(found.old_read if found.read is None else found.read) or 0
        written = whole(found.old_written if found.written is None else found.written) or 0
        if read + written > input:  # older instrumentations of Anthropic leave them out
            input += read + written
        check(input, output, read, written, 0, 0, 0)
        thinking = bool(whole(found.reasoning) or whole(found.old_reasoning))
        tier = found.tier or found.old_tier or ""
        return LoggedRequest(
            found.answered or found.asked or outer.model,
            reader.second_or(self.when, outer),
            Sizes("otel", input, output, read, written, thinking=thinking),
            tier="" if tier in ("default", "auto") else tier,
            provider=found.provider or found.system or "",
            asked=(found.asked or "") if found.answered else "",
            caller=tuple(self.caller(one) for one in by),
            form="otel",
        )

    def caller(self, kind: str) -> str:
        found = self.found
        if kind == "key":
            key = found.key or ""
            return masked(key) if key.startswith("sk-") else key
        return (found.user or found.old_user if kind == "user" else found.project) or ""


def whole(value: Number) -> int | None:
    """Raises BadUsage for what is no whole number."""
    if value is None or type(value) is int:
        return value
    try:
        found = int(value)
    except (ValueError, OverflowError):
        found = -1
    if found != value and str(found) != value:
        raise BadUsage(say("`{value}` is no number of tokens", value=str(value)[:40]))
    return found


def spans_of(text: bytes | Raw, line: LogLine) -> Iterator[OtelSpan]:
    """One of a line, or all of an export."""
    if line.resource_spans:
        for one in RESOURCES.decode(line.resource_spans):
            around = {} if one.resource is None else plain(one.resource.attributes)
            for scope in one.scopes:
                for span in scope.spans:
                    held = {**around, **plain(span.attributes)}
                    yield OtelSpan(msgspec.convert(held, Attributes), span.nanoseconds)
        return
    when = line.nanoseconds
    if when is None:
        when = line.start_time
        if when is None:
            when = line.timestamp if line.timestamp is not None else line.time
    start = bytes(line.attributes)[:1]
    if start == b"[":
        yield OtelSpan(msgspec.convert(plain(LISTED.decode(line.attributes)), Attributes), when)
    else:
        yield OtelSpan(FLAT.decode(line.attributes if start == b"{" else text), when)


def plain(attributes: Sequence[Attribute]) -> dict[str, Any]:
    return {one.key: plain_value(one.value) for one in attributes if one.value is not None}


def plain_value(value: Value) -> str | int | float | None:
    if value.text is not None:
        return value.text
    if isinstance(value.whole, str) and re.fullmatch("-?[0-9]{1,19}", value.whole):
        return int(value.whole)
    return value.number if value.whole is None else value.whole
