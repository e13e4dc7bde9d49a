"""Read one line of a log as requests."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, tzinfo
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.format_rows import LogState
from llmcost.logs.log_fields import (
    INPUT,
    SURE,
    advisers,
    body_of,
    caller_of,
    form_of,
    gemini_sizes,
    has_failed,
    has_tokens,
    id_of,
    idle,
    is_batch,
    is_finished,
    is_last,
    is_true,
    metadata_of,
    opened,
    outer_id,
    second_of,
    sizes_of,
    time_of,
    with_calls,
    with_details,
    with_grounding,
)
from llmcost.logs.log_formats import (
    CALLED,
    GROQ,
    LINE,
    USAGE,
    BadUsage,
    CalledLine,
    LogForm,
    LogLine,
    Outer,
    SpanLink,
    When,
    Why,
)
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.logs.otel_spans import OtelSpan

PLAIN_TIERS = frozenset(
    ("", "batch", "default", "standard", "auto", "on_demand", "standard_only", "STANDARD")
)
CHUNK = "chat.completion.chunk"
EVENTS = frozenset(("message_start", "message_delta"))  # of Anthropic: the model is in one only
FRAMES = frozenset(("content_block_start", "content_block_delta", "content_block_stop"))
ENDS = frozenset(("message_stop", "ping"))
VENDOR_OF = {"deepseek": "deepseek", "dashscope": "dashscope"}
"""Who sold it, by the form: others do not write it."""
BATCH = "batch"
ANYWHERE = ("global", "not_available")
"""Places of processing that have no price of their own."""
NO_LINE = LogLine()


TOP = Outer()
STEPS = frozenset(("thread.run.step",))  # parts of a run, which has their sum
OTHERS = (
    *(b'"accumulated_', b'"total_nano_aiu"', b'"request_multiplier"', b'"parent_session_id"'),
    *(b'"model_permaslug"', b'"quota"', b'"token_name"', b'"usage_type"', b'"request_count"'),
    *(b'"num_model_requests"', b'"cost_micro_cents"', b'"request_created_at"'),
)
"""Fields of flat lines in which the tokens are not what their names say."""


class LogReader:
    """Reads lines. `zone` is that of times that have none; `by`: what callers are told apart by.
    `repeats`: answers that come again are billed again. `kinds`: how many lines are no requests, by
    the reason; `naive`: times without a zone; `links`: spans, and what they are parts of."""

    def __init__(
        self,
        zone: tzinfo,
        by: Sequence[str] = (),
        form: LogForm = LogForm.AUTO,
        *,
        repeats: bool = False,
    ) -> None:
        self.kinds: Counter[str] = Counter()
        self.naive = 0
        self.links: list[SpanLink] = []
        self.repeats = repeats
        self.state = LogState()
        self._last = Why.EMPTY
        self._zone = zone
        self.by = tuple(by)
        self._form = form
        self._vendor = VENDOR_OF.get(form.value, "")
        self._decode = CALLED.decode if by else LINE.decode
        # whether `input_tokens` are without the cached ones; None: as the other fields say
        self._way = None if form is LogForm.AUTO else form is LogForm.ANTHROPIC

    def begin(self, place: str) -> None:
        """A new file: what lines said so far holds no longer."""
        self.state = LogState(place)

    def read(
        self, text: bytes | Raw, outer: Outer = TOP, *, is_mended: bool = False
    ) -> Sequence[LoggedRequest]:
        """The requests of an object, nearly always one; of none, `kinds` has the reason.

        Raises BadUsage, msgspec.MsgspecError for what is no JSON or has other shapes.
        """
        try:
            line = self._decode(text)
            if line.usage is not None and has_tokens(line.usage):
                if line.object == CHUNK and not is_last(line.choices):
                    return self._none(Why.PART)
                if line.type in EVENTS:
                    return self._none(Why.EVENT)
                if line.object in STEPS:
                    return self._none(Why.AGENT)
                if line.usage.iterations:
                    return self._with_advisers(line, outer)
                return (self._request(line, sizes_of(line.usage, self._way), outer),)
            return self._unusual(text, line, outer)
        except msgspec.ValidationError as error:
            if is_mended:
                raise
            return self._other(text, outer, error)

    def _with_advisers(self, line: LogLine, outer: Outer) -> Sequence[LoggedRequest]:
        assert line.usage is not None
        one = self._request(line, sizes_of(line.usage, self._way), outer)
        return (one, *(self._request(each, size, outer) for each, size in advisers(line)))

    def _unusual(self, text: bytes | Raw, line: LogLine, outer: Outer) -> Sequence[LoggedRequest]:
        if line.usage_metadata is not None or line.snake_usage_metadata is not None:
            return self._gemini(line, outer)
        if line.resource_spans or line.attributes or line.asked_model is not None:
            return self._spans(text, line, outer)
        if line.prompt_tokens is not None or line.input_tokens is not None:
            return self._flat(text, line, outer)
        return self._wrapped(text, line, outer)

    def _other(
        self, text: bytes | Raw, outer: Outer, error: Exception | None = None
    ) -> Sequence[LoggedRequest]:
        from llmcost.logs.other_forms import read_other

        found = read_other(text, self, outer, error)
        return self._none(found) if isinstance(found, Why) else found

    def _none(self, why: Why) -> Sequence[LoggedRequest]:
        self.kinds[why] += 1
        self._last = why
        return ()

    def _request(self, line: LogLine, sizes: Sizes, outer: Outer, form: str = "") -> LoggedRequest:
        """`form`: where it is not told by the tokens."""
        form = form or sizes.form
        if form == INPUT:
            form = form_of(line)
        if self._form is not LogForm.AUTO:
            self.check_form(form)
        model = line.model or line.model_version or line.snake_model_version or outer.model
        if line.output:
            sizes = with_calls(line, sizes)
        elif line.candidates:
            sizes = with_grounding(line, sizes, model)
        elif "-search-" in model:  # OpenAI's models that search for each answer
            sizes = replace(sizes, others=(*sizes.others, ("web_search", 1)))
        tier = sizes.tier if sizes.tier == "fast" else line.service_tier or sizes.tier or outer.tier
        if sizes.region and sizes.region in ANYWHERE:
            sizes = replace(sizes, region="")
        is_batch = outer.batch or tier == BATCH
        when = line.created
        if type(when) is int and SURE[0] < when < SURE[1]:  # nearly always
            second: int | None = when
        else:
            second = self._second(line, outer)
        return LoggedRequest(
            model,
            second,
            sizes,
            is_batch,
            "" if tier in PLAIN_TIERS else tier.lower(),
            line.custom_llm_provider or outer.provider or self._vendor or VENDOR_OF.get(form, ""),
            line.model_group or "",
            self._caller(line, outer) if self.by else (),
            sizes.stated if line.spend is None else line.spend,
            form,
            None if self.repeats else id_of(line, form) or outer.id,
            outer.side,
        )

    def check_form(self, form: str) -> None:
        """Raises BadUsage if another form was named. DeepSeek and Qwen also write as OpenAI does,
        and so do many that know no details."""
        wanted = self._form
        if wanted is LogForm.AUTO or form == wanted:
            return
        vendors = tuple(VENDOR_OF)
        if form == "openai" and wanted in (*vendors, LogForm.ANTHROPIC):
            return
        if form in vendors and wanted in (LogForm.OPENAI, *vendors):
            return
        raise BadUsage(say("not of the form {form}, but {other}", form=wanted.value, other=form))

    def _caller(self, line: LogLine, outer: Outer) -> tuple[str, ...]:
        own = caller_of(line, self.by) if isinstance(line, CalledLine) else ()
        if not outer.caller:
            return own
        return tuple(one or other for one, other in zip(outer.caller, own, strict=True))

    def _second(self, line: LogLine, outer: Outer) -> int | None:
        when = time_of(line)
        if when is None:
            return self.second_or(None, outer)
        is_litellm = line.custom_llm_provider is not None or line.spend is not None
        return self.second(when, UTC if is_litellm else None)

    def second(self, when: int | float | str, own: tzinfo | None = None) -> int | None:
        """`own`: the zone that its writer keeps to, without saying so."""
        found, is_naive = second_of(when, own or self._zone)
        if own is not None:
            return found
        self.naive += is_naive
        return found

    def second_or(self, when: When, outer: Outer) -> int | None:
        """The time of a line, or else of what is around it."""
        when = outer.when if when is None else when
        return None if when is None else self.second(when)

    def _gemini(self, line: LogLine, outer: Outer) -> Sequence[LoggedRequest]:
        sizes = gemini_sizes(line.usage_metadata or line.snake_usage_metadata)
        if sizes is None or not is_finished(line.candidates):
            return self._none(Why.PART)
        return (self._request(line, sizes, outer),)

    def _flat(self, text: bytes | Raw, line: LogLine, outer: Outer) -> Sequence[LoggedRequest]:
        """Tokens beside the model and the time, as LiteLLM's spend logs have them."""
        is_litellm = line.custom_llm_provider is not None or line.spend is not None
        if not is_litellm and is_other(text):
            return self._other(text, outer)
        if is_litellm:
            metadata = metadata_of(line.metadata)
            usage = with_details(line, metadata.additional_usage_values, metadata.usage_object)
        else:
            usage = USAGE.decode(text)
        sizes = sizes_of(usage, self._way)
        if is_true(line.cache_hit):
            return self._none(Why.ANSWERED)
        if not sizes.input and not sizes.output and has_failed(line):
            return self._none(Why.FAILED)
        form = "litellm" if is_litellm else ""
        return (self._request(line, sizes, outer, form),)

    def _spans(self, text: bytes | Raw, line: LogLine, outer: Outer) -> Sequence[LoggedRequest]:
        spans = span_reader()(text, line)
        if spans is None:
            return self._other(text, outer)
        found = []
        for span in spans:
            request = span.request(self, outer, self.by)
            if isinstance(request, LoggedRequest):
                self.check_form("otel")
                found.append(request)
            else:
                self.kinds[request] += 1
        return found

    def _wrapped(self, text: bytes | Raw, line: LogLine, outer: Outer) -> Sequence[LoggedRequest]:
        """The body inside of a line, with what the line says around it."""
        if line.type in EVENTS:
            return self._none(Why.EVENT)
        if line.x_groq and (groq := GROQ.decode(line.x_groq)) and groq.usage:
            return (self._request(line, sizes_of(groq.usage, self._way), outer),)
        if line.object == CHUNK or line.type in FRAMES or line.type in ENDS:
            return self._none(Why.PART)
        inner = None if line.payload else body_of(line)
        if inner is None:
            if has_failed(line):
                return self._none(Why.FAILED)
            why = idle(line)
            return self._none(why) if why is Why.PART else self._other(text, outer)
        if line.type is not None and idle(line) is Why.PART and LINE.decode(inner).usage is None:
            return self._none(Why.PART)
        asked = opened(line.request) if line.request else None
        request = LINE.decode(asked) if asked else NO_LINE
        around = Outer(
            line.model or request.model or outer.model,
            outer.when if (when := time_of(line)) is None else when,
            outer.batch or is_batch(line),
            line.service_tier or request.service_tier or outer.tier,
            self._caller(line, outer) if self.by else (),
            line.custom_llm_provider or outer.provider,
            outer_id(line) or outer.id,
            line.is_sidechain is True or outer.side,
        )
        self._last = Why.PART
        requests = self.read(inner, around)
        if requests or self._last is not Why.EMPTY:
            return requests
        self.kinds[Why.EMPTY] -= 1  # nothing in the body, but perhaps beside it
        return self._other(text, outer)


@cache
def span_reader() -> Callable[[bytes | Raw, LogLine], Iterable["OtelSpan"] | None]:
    """Loaded where there are spans; an import costs as much as a line, each time."""
    from llmcost.logs.otel_spans import spans_of

    return spans_of


def is_other(text: bytes | Raw) -> bool:
    data = bytes(text)
    return any(one in data for one in OTHERS)
