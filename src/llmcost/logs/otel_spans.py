"""Spans with the attributes of generative AI, flat or as OTLP exports them.

OpenTelemetry's own names, older ones too, and those of OpenInference, the Vercel AI SDK,
pydantic-ai and Traceloop.
https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/: the input tokens include
what was read from a cache and written to it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Raw

from llmcost.logs.aggregation import Items, LoggedRequest, Sizes
from llmcost.logs.log_fields import check, digest, masked, modal_input
from llmcost.logs.log_formats import BadUsage, LogLine, Outer, SpanLink, When, Why
from llmcost.messages import say

if TYPE_CHECKING:
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


MEANING = {name: what for what, names in NAMES.items() for name in names}


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
    attributes: Any = None


RESOURCES = msgspec.json.Decoder(list[Resources])
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
        self._found: dict[str, Any] = {}
        for key, value in attributes.items():
            what = MEANING.get(key)
            if what is not None and value is not None:
                if what in self._found:
                    value = first(attributes, NAMES[what])
                self._found[what] = value
        self.of = self._found.get

    def text(self, what: str) -> str:
        found = self._found.get(what)
        return found if type(found) is str else ""

    def tokens(self, what: str) -> int:
        found = self._found.get(what)
        return found if type(found) is int else whole(found) or 0

    def request(
        self, reader: "LogReader", outer: "Outer", by: Sequence[str]
    ) -> LoggedRequest | Why:
        """Raises BadUsage."""
        operation = self.text("operation")
        is_agent = operation in OF_AGENTS or is_outer(self.title) or is_outer(operation)
        input = whole(self.of("input"))
        link = self.name.link(has_usage=input is not None and not is_agent)
        if link is not None:
            reader.links.append(link)
        if is_agent:
            return Why.AGENT
        if input is None:
            return Why.EMPTY if self.of("error") is None else Why.FAILED
        asked, answered = self.text("asked"), self.text("answered")
        tier, cost = self.text("tier").lower(), self.of("cost")
        return LoggedRequest(
            answered or asked or outer.model,
            reader.second_or(self.when, outer),
            self.sizes(input),
            tier="" if tier in ("default", "auto", "standard") else tier,
            provider=self.text("provider"),
            asked=asked if answered else "",
            caller=tuple(map(self.caller, by)),
            stated=Decimal(str(cost)) if isinstance(cost, int | float) else None,
            form="otel",
            id=None if link is None else link.span,
        )

    def sizes(self, input: int) -> Sizes:
        output, read, written = self.tokens("output"), self.tokens("read"), self.tokens("written")
        if read + written > input:  # older instrumentations of Anthropic leave them out
            input += read + written
        output = max(output, self.tokens("total") - input)
        others: Items = ()
        if not MODALITIES.isdisjoint(self._found):
            others = self.items(input - read - written, read)
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
        found = self.text(kind)
        return masked(found) if found.startswith("sk-") else found


def first(attributes: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Of an attribute that has several names."""
    return next(attributes[one] for one in names if attributes.get(one) is not None)


def is_outer(name: str) -> bool:
    return name.startswith("ai.") and OUTER.match(name) is not None


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
        raise BadUsage(say("`{value}` is not a number of tokens", value=str(value)[:40]))
    return found


def spans_of(text: bytes | Raw, line: LogLine) -> Iterable[OtelSpan] | None:
    """One of a line, or all of an export; None of what is telemetry of an agent."""
    if line.resource_spans:
        return exported(line.resource_spans)
    own = SPAN.decode(text)
    found = own.attributes
    if isinstance(found, list):
        found = plain(msgspec.convert(found, list[Attribute]))
    elif not isinstance(found, dict):
        found = FLAT.decode(text)
    if "event.name" in found:
        return None
    return (OtelSpan(found, time_of_span(line, own), text_of(own.name), name_of(own)),)


def exported(resources: Raw) -> Iterator[OtelSpan]:
    for one in RESOURCES.decode(resources):
        around = {} if one.resource is None else plain(one.resource.attributes)
        for scope in one.scopes:
            for span in scope.spans:
                held = {**around, **plain(span.attributes)}
                name = SpanName(span.trace, span.span, span.parent)
                yield OtelSpan(held, span.nanoseconds, span.name, name)


def time_of_span(line: LogLine, own: SpanLine) -> When:
    return (
        line.nanoseconds
        or line.start_time
        or own.start_timestamp
        or line.start_time_litellm
        or line.timestamp
        or line.time
    )


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
