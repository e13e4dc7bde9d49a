"""Spans of OpenTelemetry with the attributes of generative AI: flat, or as OTLP exports them.

Names: https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/, older ones too.
`gen_ai.usage.input_tokens` includes what was read from a cache and written to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from llmcost.messages import say
from llmcost.planning.metered import Request, Sizes
from llmcost.sources.logs.bad import BadUsage
from llmcost.sources.logs.callers import masked
from llmcost.sources.logs.forms import Why
from llmcost.sources.logs.lines import Line, When
from llmcost.sources.logs.tokens import check

if TYPE_CHECKING:
    from llmcost.sources.logs.read import Outer, Reader

INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
READ = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens")
WRITTEN = ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens")
REASONING = ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens")
PROVIDER = ("gen_ai.provider.name", "gen_ai.system")
TIER = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")
# An agent's span has the sum of the calls inside of it, which have spans of their own.
OF_AGENTS = frozenset(("invoke_agent", "create_agent", "execute_tool", "invoke_workflow"))
CALLERS: Mapping[str, tuple[str, ...]] = {
    "key": ("api_key_id", "api.key.alias"),
    "user": ("user.id", "enduser.id"),
    "project": ("service.name", "project.id"),
}


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
FLAT = msgspec.json.Decoder(dict[str, Any])


class Span(msgspec.Struct):
    """Its attributes, and those of what it ran in; `when` of the span itself."""

    attributes: Mapping[str, Any]
    when: When = None

    def request(self, reader: "Reader", outer: "Outer", by: Sequence[str]) -> Request | Why:
        """Raises BadUsage."""
        found = self.attributes
        input, output = self._whole(INPUT), self._whole(OUTPUT)
        if found.get("gen_ai.operation.name") in OF_AGENTS:
            return Why.AGENT
        if input is None:
            failed = found.get("error.type") is not None
            return Why.FAILED if failed else Why.EMPTY
        read, written = self._whole(READ) or 0, self._whole(WRITTEN) or 0
        if read + written > input:  # older instrumentations of Anthropic leave them out
            input += read + written
        check(input, output or 0, read, written, 0, 0, 0)
        tier = self._text(TIER)
        asked, answered = (
            self._text(("gen_ai.request.model",)),
            self._text(("gen_ai.response.model",)),
        )
        return Request(
            model=answered or asked or outer.model,
            second=outer.second if self.when is None else reader.second(self.when),
            sizes=Sizes(
                "otel",
                input,
                output or 0,
                cache_read=read,
                cache_write=written,
                thinking=bool(self._whole(REASONING)),
            ),
            tier="" if tier in ("default", "auto") else tier,
            provider=self._text(PROVIDER),
            asked=asked if answered else "",
            caller=tuple(self._caller(one) for one in by),
            form="otel",
        )

    def _caller(self, kind: str) -> str:
        named = self._text(CALLERS[kind])
        return masked(named) if kind == "key" and named.startswith("sk-") else named

    def _text(self, names: Sequence[str]) -> str:
        found = next((self.attributes[one] for one in names if self.attributes.get(one)), "")
        return found if isinstance(found, str) else str(found)

    def _whole(self, names: Sequence[str]) -> int | None:
        value = next((self.attributes[one] for one in names if one in self.attributes), None)
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and value.isdigit():
            return int(value)
        raise BadUsage(say("`{name}` is no number of tokens", name=names[0]))


def spans_of(text: bytes | Raw, line: Line) -> Iterator[Span]:
    """One of a line, or all of an export."""
    if line.resource_spans:
        for one in RESOURCES.decode(line.resource_spans):
            around = {} if one.resource is None else plain(one.resource.attributes)
            for scope in one.scopes:
                for span in scope.spans:
                    yield Span({**around, **plain(span.attributes)}, span.nanoseconds)
        return
    when = next(
        (
            one
            for one in (line.nanoseconds, line.start_time, line.timestamp, line.time)
            if one is not None
        ),
        None,
    )
    start = bytes(line.attributes)[:1]
    if start == b"[":
        yield Span(plain(LISTED.decode(line.attributes)), when)
    else:
        yield Span(FLAT.decode(line.attributes if start == b"{" else text), when)


def plain(attributes: Sequence[Attribute]) -> dict[str, Any]:
    return {one.key: plain_value(one.value) for one in attributes if one.value is not None}


def plain_value(value: Value) -> str | int | float | None:
    if value.text is not None:
        return value.text
    if value.whole is not None:
        return int(value.whole)
    return value.number
