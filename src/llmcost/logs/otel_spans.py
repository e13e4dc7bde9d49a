"""Spans with the attributes of generative AI, flat or as OTLP exports them.

OpenTelemetry's own names, older ones too, and those of OpenInference, the Vercel AI SDK,
pydantic-ai and Traceloop.
https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/: the input tokens include
what was read from a cache and written to it.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Raw

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.log_fields import check, digest, masked, modal_input
from llmcost.logs.log_formats import BadUsage, LogLine, SpanLink, When, Why
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.logs.log_formats import Outer
    from llmcost.logs.log_reader import LogReader

# Such a span has the sum of the calls inside of it, which have spans of their own.
OF_AGENTS = frozenset(
    (
        *("invoke_agent", "create_agent", "execute_tool", "invoke_workflow"),
        *("AGENT", "CHAIN", "TOOL", "RETRIEVER", "EVALUATOR", "GUARDRAIL"),  # OpenInference's kinds
    )
)
OUTER = re.compile(r"ai\.(?!.*\.do[A-Z])")  # of the Vercel AI SDK, around `ai.….doGenerate`
USAGE = "gen_ai.usage."
DETAILS = "gen_ai.usage.details."
PROMPT, COMPLETION = "llm.token_count.prompt_details.", "llm.token_count.completion_details."
VERCEL_INPUT, VERCEL_OUTPUT = "ai.usage.inputTokenDetails.", "ai.usage.outputTokenDetails."
NAMES: dict[str, tuple[str, ...]] = {
    "operation": ("gen_ai.operation.name", "openinference.span.kind", "operation.name"),
    "answered": ("gen_ai.response.model", "ai.response.model"),
    "asked": ("gen_ai.request.model", "llm.model_name", "ai.model.id", "llm.request.model"),
    "provider": (
        *("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
        "ai.model.provider",
    ),
    "input": (
        *(f"{USAGE}input_tokens", f"{USAGE}prompt_tokens", "llm.token_count.prompt"),
        *("ai.usage.inputTokens", "ai.usage.promptTokens", "llm.usage.prompt_tokens"),
    ),
    "output": (
        *(f"{USAGE}output_tokens", f"{USAGE}completion_tokens", "llm.token_count.completion"),
        *("ai.usage.outputTokens", "ai.usage.completionTokens", "llm.usage.completion_tokens"),
    ),
    "read": (
        *(f"{USAGE}cache_read.input_tokens", f"{USAGE}cache_read_input_tokens"),
        *(f"{USAGE}cache_read_tokens", f"{USAGE}cached_tokens", f"{USAGE}cached_input_tokens"),
        *(f"{USAGE}input_tokens.cached", f"{USAGE}prompt_tokens_details.cached_tokens"),
        *(f"{DETAILS}cache_read_tokens", f"{DETAILS}cache_read_input_tokens"),
        *(f"{DETAILS}cached_tokens", f"{DETAILS}cached_content_tokens", f"{PROMPT}cache_read"),
        *(f"{VERCEL_INPUT}cacheReadTokens", "ai.usage.cachedInputTokens"),
    ),
    "written": (
        *(f"{USAGE}cache_creation.input_tokens", f"{USAGE}cache_creation_input_tokens"),
        *(f"{USAGE}cache_write_tokens", f"{USAGE}cache_write.input_tokens"),
        *(f"{DETAILS}cache_write_tokens", f"{DETAILS}cache_creation_input_tokens"),
        *(f"{PROMPT}cache_write", f"{VERCEL_INPUT}cacheWriteTokens"),
    ),
    "reasoning": (
        *(f"{USAGE}reasoning.output_tokens", f"{USAGE}reasoning_tokens"),
        *(f"{DETAILS}reasoning_tokens", f"{DETAILS}thoughts_tokens", f"{COMPLETION}reasoning"),
        *(f"{VERCEL_OUTPUT}reasoningTokens", "ai.usage.reasoningTokens"),
    ),
    "audio_input": (
        *(f"{USAGE}input_audio_tokens", f"{DETAILS}input_audio_tokens", f"{PROMPT}audio"),
        f"{DETAILS}audio_prompt_tokens",
    ),
    "audio_cache_read": (f"{USAGE}cache_audio_read_tokens", f"{DETAILS}cache_audio_read_tokens"),
    "image_input": (f"{DETAILS}image_prompt_tokens",),
    "audio_output": (
        *(f"{USAGE}output_audio_tokens", f"{DETAILS}output_audio_tokens", f"{COMPLETION}audio"),
        f"{DETAILS}audio_candidates_tokens",
    ),
    "image_output": (f"{DETAILS}image_candidates_tokens",),
    "total": (f"{USAGE}total_tokens", "llm.usage.total_tokens", "llm.token_count.total"),
    "tier": (
        *("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
        "gen_ai.response.service_tier",
    ),
    "cost": ("operation.cost", "gen_ai.usage.cost", "llm.cost.total"),
    "error": ("error.type",),
    "key": ("api_key_id",),
    "user": ("user.id", "enduser.id"),
    "project": ("service.name",),
    "session": ("gen_ai.conversation.id", "session.id"),
}
PLACES = {
    name: tuple(f"{name}_{number}" for number, _ in enumerate(names))
    for name, names in NAMES.items()
}
Attributes = msgspec.defstruct(
    "Attributes",
    [
        (place, Any, msgspec.field(name=name, default=None))
        for what, names in NAMES.items()
        for place, name in zip(PLACES[what], names, strict=True)
    ],
    gc=False,
)


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
    name: str = ""
    nanoseconds: When = msgspec.field(name="startTimeUnixNano", default=None)
    trace: str = msgspec.field(name="traceId", default="")
    span: str = msgspec.field(name="spanId", default="")
    parent: str = msgspec.field(name="parentSpanId", default="")


class Scope(msgspec.Struct):
    spans: list[Exported] = []


class Resource(msgspec.Struct):
    attributes: list[Attribute] = []


class Resources(msgspec.Struct):
    resource: Resource | None = None
    scopes: list[Scope] = msgspec.field(name="scopeSpans", default_factory=list)


class Context(msgspec.Struct):
    trace_id: str = ""
    span_id: str = ""


RESOURCES = msgspec.json.Decoder(list[Resources])
LISTED = msgspec.json.Decoder(list[Attribute])
FLAT = msgspec.json.Decoder(Attributes)
CONTEXT = msgspec.json.Decoder(Context)
TEXT = msgspec.json.Decoder(str | int | None)


class SpanName(NamedTuple):
    """A span among others, by what the names of its trace, itself and its parent are."""

    trace: str = ""
    span: str = ""
    parent: str = ""

    def link(self, *, has_usage: bool) -> SpanLink | None:
        if not self.span:
            return None
        above = self.of(self.parent) if self.parent and self.parent != self.span else None
        return SpanLink(self.of(self.span), above, has_usage)

    def of(self, span: str) -> bytes:
        return digest(f"{self.trace} {span}".encode(errors="replace"))


class OtelSpan(NamedTuple):
    """Its attributes, with those of what it ran in; `when` and the name of the span itself."""

    found: Any
    when: When = None
    title: str = ""
    name: SpanName = SpanName()

    def of(self, what: str) -> Any:
        """The first attribute of several names."""
        for place in PLACES[what]:
            value = getattr(self.found, place)
            if value is not None:
                return value
        return None

    def tokens(self, what: str) -> int:
        return whole(self.of(what)) or 0

    def request(
        self, reader: "LogReader", outer: "Outer", by: Sequence[str]
    ) -> LoggedRequest | Why:
        """Raises BadUsage."""
        operation = text_of(self.of("operation"))
        is_outer = OUTER.match(self.title) or OUTER.match(operation)
        input = whole(self.of("input"))
        is_call = input is not None and not (operation in OF_AGENTS or is_outer)
        link = self.name.link(has_usage=is_call)
        if link is not None:
            reader.links.append(link)
        if operation in OF_AGENTS or is_outer:
            return Why.AGENT
        if input is None:
            return Why.EMPTY if self.of("error") is None else Why.FAILED
        asked, answered = text_of(self.of("asked")), text_of(self.of("answered"))
        tier, cost = text_of(self.of("tier")).lower(), self.of("cost")
        return LoggedRequest(
            answered or asked or outer.model,
            reader.second_or(self.when, outer),
            self.sizes(input),
            tier="" if tier in ("default", "auto", "standard") else tier,
            provider=text_of(self.of("provider")),
            asked=asked if answered else "",
            caller=tuple(self.caller(one) for one in by),
            stated=Decimal(str(cost)) if isinstance(cost, int | float) else None,
            form="otel",
            id=None if link is None else link.span,
        )

    def sizes(self, input: int) -> Sizes:
        output, read, written = (self.tokens(one) for one in ("output", "read", "written"))
        if read + written > input:  # older instrumentations of Anthropic leave them out
            input += read + written
        reasoning, total = self.tokens("reasoning"), self.tokens("total")
        output = max(output, total - input)
        cached = self.of("audio_cache_read")
        parts = {
            "audio": (self.tokens("audio_input"), None if cached is None else whole(cached)),
            "image": (self.tokens("image_input"), None),
        }
        found = [
            *modal_input(parts, input - read - written, read),
            *((one, self.tokens(one)) for one in ("audio_output", "image_output")),
        ]
        others = tuple(one for one in found if one[1])
        check(input, output, read, written, others)
        return Sizes("otel", input, output, read, written, others, thinking=reasoning > 0)

    def caller(self, kind: str) -> str:
        found = text_of(self.of(kind)) if kind in NAMES else ""
        return masked(found) if found.startswith("sk-") else found


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def whole(value: Any) -> int | None:
    """Raises BadUsage for what is no whole number."""
    if value is None or type(value) is int:
        return value
    try:
        found = int(value)
    except (ValueError, OverflowError, TypeError):
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
                    name = SpanName(span.trace, span.span, span.parent)
                    found = msgspec.convert(held, Attributes)
                    yield OtelSpan(found, span.nanoseconds, span.name, name)
        return
    when = line.nanoseconds
    if when is None:
        for when in (line.start_time, line.start_timestamp, line.start_time_litellm):
            if when is not None:
                break
        else:
            when = line.timestamp if line.timestamp is not None else line.time
    title = text_of(TEXT.decode(line.name)) if bytes(line.name)[:1] == b'"' else ""
    start = bytes(line.attributes)[:1]
    if start == b"[":
        found = msgspec.convert(plain(LISTED.decode(line.attributes)), Attributes)
    else:
        found = FLAT.decode(line.attributes if start == b"{" else text)
    yield OtelSpan(found, when, title, name_of(line))


def name_of(line: LogLine) -> SpanName:
    context = CONTEXT.decode(line.context) if bytes(line.context)[:1] == b"{" else Context()
    return SpanName(
        context.trace_id or written(line.trace_id, line.trace_id_camel),
        context.span_id or written(line.span_id, line.span_id_camel),
        written(line.parent_id, line.parent_span_id, line.parent_span_id_camel),
    )


def written(*values: Raw) -> str:
    """The first that is a text."""
    return next((bytes(raw)[1:-1].decode() for raw in values if bytes(raw)[:1] == b'"'), "")


def plain(attributes: Sequence[Attribute]) -> dict[str, Any]:
    return {one.key: plain_value(one.value) for one in attributes if one.value is not None}


def plain_value(value: Value) -> str | int | float | None:
    if value.text is not None:
        return value.text
    if isinstance(value.whole, str) and re.fullmatch("-?[0-9]{1,19}", value.whole):
        return int(value.whole)
    return value.number if value.whole is None else value.whole
