"""Spans with the attributes of generative AI, flat or as OTLP exports them.

OpenTelemetry's own names, older ones too, and those of OpenInference, the Vercel AI SDK,
pydantic-ai and Traceloop.
https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/: the input tokens include
what was read from a cache and written to it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Raw

from llmcost.logs.aggregation import Items, LoggedRequest, Sizes
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
PLACES = {name: (what, rank) for what, names in NAMES.items() for rank, name in enumerate(names)}
"""Of each name what it is called here, and how many names go before it."""


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


class SpanLine(msgspec.Struct):
    """The names of a span in a line, and the times that answers do not have."""

    name: Any = None
    context: Any = None
    trace_id: Any = None
    trace_camel: Any = msgspec.field(name="traceId", default=None)
    span_id: Any = None
    span_camel: Any = msgspec.field(name="spanId", default=None)
    parent_id: Any = None
    parent_span_id: Any = None
    parent_camel: Any = msgspec.field(name="parentSpanId", default=None)
    start_timestamp: When = None


RESOURCES = msgspec.json.Decoder(list[Resources])
LISTED = msgspec.json.Decoder(list[Attribute])
FLAT = msgspec.json.Decoder(dict[str, Any])
SPAN = msgspec.json.Decoder(SpanLine)


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


NO_NAME = SpanName()
MODALITIES = {one for one in NAMES if one.startswith(("audio_", "image_"))}


class OtelSpan:
    """Its attributes, with those of what it ran in; `when` and the name of the span itself."""

    def __init__(
        self, attributes: Mapping[str, Any], when: When, title: str, name: SpanName
    ) -> None:
        self.when, self.title, self.name = when, title, name
        self._found: dict[str, tuple[int, Any]] = {}
        for key, value in attributes.items():
            place = PLACES.get(key)
            if place is not None and value is not None:
                what, rank = place
                old = self._found.get(what)
                if old is None or rank < old[0]:
                    self._found[what] = rank, value

    def of(self, what: str) -> Any:
        """The first attribute of several names."""
        found = self._found.get(what)
        return None if found is None else found[1]

    def tokens(self, what: str) -> int:
        return whole(self.of(what)) or 0

    def request(
        self, reader: "LogReader", outer: "Outer", by: Sequence[str]
    ) -> LoggedRequest | Why:
        """Raises BadUsage."""
        operation = text_of(self.of("operation"))
        is_outer = any(one[:3] == "ai." and OUTER.match(one) for one in (self.title, operation))
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
        output = max(output, self.tokens("total") - input)
        others = self.items(input - read - written, read) if MODALITIES & self._found.keys() else ()
        check(input, output, read, written, others)
        thinking = self.tokens("reasoning") > 0
        return Sizes("otel", input, output, read, written, others, thinking=thinking)

    def items(self, fresh: int, read: int) -> Items:
        cached = self.of("audio_cache_read")
        parts = {
            "audio": (self.tokens("audio_input"), None if cached is None else whole(cached)),
            "image": (self.tokens("image_input"), None),
        }
        found = [
            *modal_input(parts, fresh, read),
            *((one, self.tokens(one)) for one in ("audio_output", "image_output")),
        ]
        return tuple(one for one in found if one[1])

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
                    yield OtelSpan(held, span.nanoseconds, span.name, name)
        return
    own = SPAN.decode(text)
    start = bytes(line.attributes)[:1]
    if start == b"[":
        found = plain(LISTED.decode(line.attributes))
    else:
        found = FLAT.decode(line.attributes if start == b"{" else text)
    yield OtelSpan(found, time_of_span(line, own), text_of(own.name), name_of(own))


def time_of_span(line: LogLine, own: SpanLine) -> When:
    for when in (
        *(line.nanoseconds, line.start_time, own.start_timestamp, line.start_time_litellm),
        line.timestamp,
    ):
        if when is not None:
            return when
    return line.time


def name_of(own: SpanLine) -> SpanName:
    if own.context is own.span_id is own.span_camel is None:
        return NO_NAME
    context = own.context if isinstance(own.context, dict) else {}
    return SpanName(
        text_of(context.get("trace_id") or own.trace_id or own.trace_camel),
        text_of(context.get("span_id") or own.span_id or own.span_camel),
        text_of(own.parent_id or own.parent_span_id or own.parent_camel),
    )


def plain(attributes: Sequence[Attribute]) -> dict[str, Any]:
    return {one.key: plain_value(one.value) for one in attributes if one.value is not None}


def plain_value(value: Value) -> str | int | float | None:
    if value.text is not None:
        return value.text
    if isinstance(value.whole, str) and re.fullmatch("-?[0-9]{1,19}", value.whole):
        return int(value.whole)
    return value.number if value.whole is None else value.whole
