"""Fields of a log line that have many shapes: tokens, status, time, id, caller.

Tokens are brought to the form that all prices take: cached ones inside of the input, reasoning
inside of the output. A caller is a key, user or project of a log, never with a key that opens
anything. Instants are seconds since 1970, milli-, micro- or nanoseconds, or ISO 8601.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from operator import le
from typing import Any

import msgspec
from msgspec import Raw

from llmcost.logs.aggregation import Items, Sizes
from llmcost.logs.log_formats import (
    METADATA,
    BadUsage,
    CalledLine,
    Details,
    Gemini,
    LoggedUsage,
    LogLine,
    Metadata,
    Modality,
    SnakeGemini,
    SnakeModality,
    When,
    Why,
    Written,
)
from llmcost.messages import say

BRACE, QUOTE = b'{"'
FAILURES = frozenset(("failure", "failed", "error", "errored", "canceled", "cancelled", "expired"))


class AnswerChoice(msgspec.Struct):
    finish_reason: str | None = None


class AnswerCandidate(msgspec.Struct):
    finish_camel: str | None = msgspec.field(name="finishReason", default=None)
    finish_reason: str | None = None


class BatchStatus(msgspec.Struct):
    """Inside of a batch's `response` or `result`, or of metadata."""

    type: Any = None
    status: Any = None
    status_code: Any = None
    error: Any = None


STATUS = msgspec.json.Decoder(BatchStatus)
SURE = (1_000_000_000, 4_000_000_000)
"""Seconds since 1970, of which no smaller unit can be meant."""
NO_ID = (b"null", b'""')
DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{10,19}$", re.ASCII)
NO_METADATA = Metadata()
CHOICES = msgspec.json.Decoder(list[AnswerChoice] | None)
CANDIDATES = msgspec.json.Decoder(list[AnswerCandidate] | None)


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


def has_failed(line: LogLine) -> bool:
    """Whether it tells of an error: its own, or one of the body that it wraps."""
    if is_something(line.error) or is_failure(line.status) or is_error_code(line.status_code):
        return True
    for raw in (line.response, line.body, line.result, line.metadata):
        inner = opened(raw) if raw else None
        if inner is not None and shows_failure(STATUS.decode(inner)):
            return True
    return False


def shows_failure(one: BatchStatus) -> bool:
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


def time_of(line: LogLine) -> When:
    """The most telling time of a line. What is called `time` may also be how long it took."""
    if line.created is not None:
        return line.created
    if line.timestamp is not None and line.created_at is None:
        return line.timestamp
    return (
        line.created_at
        or line.create_time
        or line.snake_create_time
        or line.start_time_litellm
        or line.start_time
        or line.nanoseconds
        or (line.time if is_instant(line.time) else None)
        or (line.ts if is_instant(line.ts) else None)
    )


def is_instant(value: When) -> bool:
    if isinstance(value, str):
        return DATE.match(value) is not None
    return value is not None and value > SURE[0]


def id_of(line: LogLine, form: str) -> bytes | None:
    """The name of an answer, or eight bytes of a long one. Anthropic's names are unique and a
    stream may change its model; a name of a few digits may come again in another answer."""
    for raw in (line.id, line.request_id, line.response_id):
        if raw:
            name = bytes(raw)
            if name not in NO_ID:
                if len(name) < SHORT_NAME and SHORT_ID.match(name):
                    name += str(line.created).encode()
                if form != "anthropic":
                    name += (line.model or line.model_version or "").encode()
                return name if len(name) <= LONGEST_NAME else digest(name)
    return None


def outer_id(line: LogLine) -> bytes | None:
    """Of a message without a name: Claude Code's names around it."""
    for raw in (line.outer_request_id, line.uuid):
        if raw and bytes(raw) not in NO_ID:
            return digest(bytes(raw))
    return None


SHORT_NAME = 18
LONGEST_NAME = 80
SHORT_ID = re.compile(rb'"chatcmpl-\d{1,5}"')  # Ollama's


def digest(name: bytes) -> bytes:
    from hashlib import blake2b  # few names are so long

    return blake2b(name, digest_size=8).digest()


def form_of(line: LogLine) -> str:
    """DashScope's own answers have an object beside the usage, OpenAI's a list."""
    if line.type == "message":
        return "anthropic"
    is_object = line.object is None and bytes(line.output)[:1] == b"{"
    return "dashscope" if is_object else "openai"


def body_of(line: LogLine) -> Raw | bytes | None:
    for raw in (line.response, line.body, line.result, line.message):
        if raw:
            found = opened(raw)
            if found is not None:
                return found
    return None


def idle(line: LogLine) -> Why:
    """What a line without usage is; events of OpenAI's streams are called `response.created` …"""
    is_event = line.type is not None and line.type.startswith("response.")
    return Why.PART if is_event else Why.EMPTY


class Iteration(LoggedUsage):
    """A call within an answer; `advisor_message`: of another model, and not in the sum."""

    type: str | None = None
    model: str | None = None


ITERATIONS = msgspec.json.Decoder(list[Iteration] | None)


def advisers(line: LogLine) -> Iterator[tuple[LogLine, Sizes]]:
    assert line.usage is not None
    for number, one in enumerate(ITERATIONS.decode(line.usage.iterations) or ()):
        if one.type == "advisor_message" and has_tokens(one):
            id = Raw(bytes(line.id)[:-1] + f'/{number}"'.encode()) if line.id else line.id
            yield msgspec.structs.replace(line, model=one.model, id=id), sizes_of(one, True)


def with_calls(line: LogLine, sizes: Sizes) -> Sizes:
    """With the calls of the vendor's own tools that the output of an answer lists."""
    found = bytes(line.output)
    if b'_search_call"' not in found:
        return sizes
    try:
        items = CALLS.decode(line.output)
    except msgspec.ValidationError:
        return sizes
    names = Counter(one.type.removesuffix("_call") for one in items if one.is_billed)
    calls = tuple((name, names[name]) for name in SEARCHES if names[name])
    return msgspec.structs.replace(sizes, others=(*sizes.others, *calls))


def with_grounding(line: LogLine, sizes: Sizes, model: str) -> Sizes:
    """With the searches of Gemini: up to 2.5 an answer is one, however many it made."""
    found = bytes(line.candidates)
    if b"roundingMetadata" not in found and b"rounding_metadata" not in found:
        return sizes
    try:
        grounds = [ground for one in GROUNDED.decode(found) for ground in one.all()]
    except msgspec.ValidationError:
        return sizes
    queries = {query for one in grounds for query in one.queries() if query}
    number = min(1, len(queries)) if re.search(r"gemini-[12]\b", model) else len(queries)
    maps = int(any(one.has_maps() for one in grounds))
    calls = tuple(one for one in (("web_search", number), ("maps", maps)) if one[1])
    return msgspec.structs.replace(sizes, others=(*sizes.others, *calls)) if calls else sizes


class CallAction(msgspec.Struct):
    type: str | None = None


class OutputItem(msgspec.Struct):
    """Of OpenAI's Responses. Pages that a search opens are no searches."""

    type: str = ""
    status: str | None = None
    action: CallAction | None = None

    @property
    def is_billed(self) -> bool:
        kind = None if self.action is None else self.action.type
        return self.status != "failed" and kind in (None, "search")


class GroundingChunk(msgspec.Struct):
    maps: Any = None


class Grounding(msgspec.Struct):
    """Both spellings of Gemini's grounding."""

    camel: list[str] | None = msgspec.field(name="webSearchQueries", default=None)
    snake: list[str] | None = msgspec.field(name="web_search_queries", default=None)
    chunks: list[GroundingChunk] | None = msgspec.field(name="groundingChunks", default=None)
    snake_chunks: list[GroundingChunk] | None = msgspec.field(name="grounding_chunks", default=None)

    def queries(self) -> list[str]:
        return self.camel or self.snake or []

    def has_maps(self) -> bool:
        return any(one.maps is not None for one in self.chunks or self.snake_chunks or ())


class GroundedCandidate(msgspec.Struct):
    camel: Grounding | None = msgspec.field(name="groundingMetadata", default=None)
    snake: Grounding | None = msgspec.field(name="grounding_metadata", default=None)

    def all(self) -> Iterator[Grounding]:
        yield from (one for one in (self.camel, self.snake) if one is not None)


SEARCHES = ("web_search", "file_search")
CALLS = msgspec.json.Decoder(list[OutputItem])
GROUNDED = msgspec.json.Decoder(list[GroundedCandidate])


def is_batch(line: LogLine) -> bool:
    """OpenAI's and Anthropic's results have a `custom_id`, Gemini's a `key`."""
    return bool(line.custom_id and (line.response or line.result)) or bool(
        line.key and line.response
    )


NO_DETAILS = Details()
NO_USAGE = LoggedUsage()
NO_RESPONSES = (None, None, None, None)  # the fields of another form
INPUT = "input"
"""The form of `input_tokens` that OpenAI and DashScope both have."""
MOST = 1 << 53
"""Tokens of no request: what is larger is no number of them."""


def has_tokens(usage: LoggedUsage) -> bool:
    return usage.prompt_tokens is not None or usage.input_tokens is not None


def sizes_of(usage: LoggedUsage, exclusive: bool | None = None) -> Sizes:
    """`exclusive`: whether `input_tokens` are without the cached ones; None: as Anthropic's own
    fields beside them say. Raises BadUsage."""
    if usage.prompt_tokens is not None:
        form = "openai" if usage.prompt_cache_hit_tokens is None else "deepseek"
        details = usage.prompt_tokens_details or usage.input_tokens_details or NO_DETAILS
        outputs = usage.completion_tokens_details or usage.output_tokens_details or NO_DETAILS
        output = usage.completion_tokens or 0
        return checked(usage, form, usage.prompt_tokens, output, details, outputs)
    whole = usage.input_tokens or 0
    if exclusive is None:
        own = (usage.cache_read_input_tokens, usage.cache_creation_input_tokens)
        exclusive = own != (None, None)
    if exclusive:
        whole += (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    details = (
        usage.input_tokens_details
        or usage.input_token_details
        or usage.prompt_tokens_details
        or NO_DETAILS
    )
    outputs = usage.output_tokens_details or usage.output_token_details or NO_DETAILS
    form = "anthropic" if exclusive else INPUT
    return checked(usage, form, whole, usage.output_tokens or 0, details, outputs)


def checked(
    usage: LoggedUsage, form: str, input: int, output: int, details: Details, outputs: Details
) -> Sizes:
    """Raises BadUsage for tokens that no request has."""
    read = (
        details.cached_tokens
        or usage.cache_read_input_tokens
        or usage.prompt_cache_hit_tokens
        or usage.cached_tokens
        or usage.cached_input_tokens
        or 0
    )
    written = (
        usage.cache_creation_input_tokens
        or details.cache_creation_input_tokens
        or details.cache_creation_tokens
        or details.cache_write_tokens
        or usage.cache_write_input_tokens
        or 0
    )
    reasoning = outputs.reasoning_tokens or usage.reasoning_output_tokens or 0
    total = usage.total_tokens
    if total is not None and total > input + output and form != "anthropic":
        output = total - input  # xAI counts reasoning beside the output, others in the total alone
        reasoning = reasoning or output
    others = other_items(usage, details, outputs, input - read - written, read)
    if others or written or input < read or min(input, output, read) < 0 or input > MOST:
        check(input, output, read, written, others)
    return Sizes(
        form,
        input,
        output,
        read,
        written,
        others,
        reasoning > 0,
        details.cache_type == "ephemeral" or details.cache_creation_input_tokens is not None,
        "fast" if usage.speed == "fast" else usage.service_tier or "",
        usage.inference_geo or "",
        usage.cost and stated_cost(usage, usage.cost),
    )


def stated_cost(usage: LoggedUsage, cost: Decimal) -> Decimal:
    """With what the vendor billed to the user's own key, on which OpenRouter's is a fee."""
    details = usage.cost_details
    upstream = None if details is None else details.upstream_inference_cost
    return cost + upstream if upstream and usage.is_byok is not False else cost


def other_items(
    usage: LoggedUsage, details: Details, outputs: Details, fresh: int, read: int
) -> Items:
    """What may have a price of its own beside text: writes by lifetime, modalities, searches."""
    written = (
        usage.cache_creation
        or details.cache_creation
        or details.cache_write_tokens_details
        or usage.cache_write_tokens_details
        or details.cache_creation_token_details
    )
    has_input = details.audio_tokens or details.image_tokens or details.video_tokens
    has_output = outputs.audio_tokens or outputs.image_tokens
    searches = usage.server_tool_use or usage.plugins or usage.num_search_queries
    if not (written or has_input or has_output or searches):  # nearly always
        return ()
    found = [] if written is None else lifetimes(written)
    if has_input:
        cached = details.cached_tokens_details
        parts = {
            "audio": (
                details.audio_tokens or 0,
                None if cached is None else cached.audio_tokens or 0,
            ),
            "image": (
                details.image_tokens or 0,
                None if cached is None else cached.image_tokens or 0,
            ),
            "video": (
                details.video_tokens or 0,
                None if cached is None else cached.video_tokens or 0,
            ),
        }
        found += modal_input(parts, fresh, read)
    if has_output:
        found.append(("audio_output", outputs.audio_tokens or 0))
        found.append(("image_output", outputs.image_tokens or 0))
    if searches:
        found.append(("web_search", searches_of(usage)))
    elif not (has_input or has_output):
        return tuple(found)
    return tuple([one for one in found if one[1]])


def lifetimes(written: Written) -> list[tuple[str, int]]:
    every = (
        ("cache_write.5m", written.ephemeral_5m_input_tokens or written.ttl_5m_tokens),
        ("cache_write.1h", written.ephemeral_1h_input_tokens or written.ttl_1h_tokens),
        ("cache_write.30m", written.ttl_30m_tokens),
        ("cache_write.12h", written.ttl_12h_tokens),
    )
    return [(item, number) for item, number in every if number]


def modal_input(
    parts: Mapping[str, tuple[int, int | None]], fresh: int, read: int
) -> Iterator[tuple[str, int]]:
    """Tokens of a modality, without and with those that were cached. Where nothing says which were,
    text came from the cache first: `fresh` tokens did not, `read` ones did."""
    for modality, (whole, cached) in parts.items():
        uncached = min(whole, max(0, fresh)) if cached is None else whole - cached
        if cached is None:
            cached = min(whole - uncached, read)
        fresh, read = fresh - uncached, read - cached
        yield f"{modality}_input", uncached
        yield f"{modality}_cache_read", cached


def searches_of(usage: LoggedUsage) -> int:
    anthropic, plugins = usage.server_tool_use, usage.plugins
    return (
        (anthropic and anthropic.web_search_requests)
        or (plugins and plugins.search and plugins.search.count)
        or usage.num_search_queries
        or 0
    )


WHOLES = {"cache_write": 1, "cache_read": 2, "input": 3, "output": 4}


def whole_of(item: str) -> int:
    """What an item is a part of, by its place in the sums of `check`; 0: it is a call."""
    if item.startswith("cache_write."):
        return WHOLES["cache_write"]
    return next((place for end, place in WHOLES.items() if item.endswith(f"_{end}")), 0)


PLACES = {
    item: whole_of(item)
    for item in (
        *(f"cache_write.{one}" for one in ("5m", "30m", "1h", "12h")),
        *(f"{one}_{end}" for one in ("audio", "image", "video") for end in WHOLES),
    )
}


def check(input: int, output: int, read: int, written: int, others: Items = ()) -> None:
    """Raises BadUsage for tokens that no request has."""
    wholes = (MOST, written, read, input - read, output)
    parts = [0, 0, 0, 0, 0]
    least = min(input, output, read, written)
    for item, number in others:
        parts[PLACES.get(item, 0)] += number
        if number < least:
            least = number
    if least < 0:
        raise BadUsage(say("a negative number of tokens"))
    if input > MOST or output > MOST:
        raise BadUsage(
            say("`{value}` is not a number of tokens", value=str(max(input, output))[:40])
        )
    if read + written <= input and all(map(le, parts, wholes)):
        return
    parts[0], wholes = read + written, (input, *wholes[1:])
    part, whole = next(pair for pair in zip(parts, wholes, strict=True) if pair[0] > pair[1])
    raise BadUsage(
        say(
            "{parts} cached, audio or image tokens are more than the {whole} that they are a part "
            "of",
            parts=part,
            whole=whole,
        )
    )


def gemini_sizes(usage: Gemini | SnakeGemini | None) -> Sizes | None:
    """None where it has no prompt yet, as the first parts of a stream."""
    if usage is None or usage.prompt_token_count is None:
        return None
    input = usage.prompt_token_count + (usage.tool_use_prompt_token_count or 0)
    answer = usage.candidates_token_count or usage.response_token_count or 0
    thoughts, total = usage.thoughts_token_count or 0, usage.total_token_count or 0
    # some clients write thoughts into the candidates, others into the total alone
    output = answer if thoughts and total == input + answer else answer + thoughts
    output = max(output, total - input)
    read = usage.cached_content_token_count or 0
    others = gemini_items(usage, input - read, read)
    check(input, output, read, 0, others)
    tier = (usage.service_tier or usage.traffic_type or "").lower().removeprefix("on_demand_")
    return Sizes(
        "gemini",
        input,
        output,
        read,
        0,
        others,
        thinking=thoughts > 0 or output > answer,
        tier="" if tier in PLAIN_TRAFFIC else tier,
    )


PLAIN_TRAFFIC = ("on_demand", "traffic_type_unspecified", "unspecified", "standard")
MODALITIES = ("AUDIO", "IMAGE", "VIDEO")


def gemini_items(usage: Gemini | SnakeGemini, fresh: int, read: int) -> Items:
    whole = by_modality(usage.prompt_tokens_details)
    for name, number in by_modality(usage.tool_use_prompt_tokens_details).items():
        whole[name] = whole.get(name, 0) + number
    cached = by_modality(usage.cache_tokens_details)
    is_split = bool(usage.cache_tokens_details)
    answer = by_modality(usage.candidates_tokens_details or usage.response_tokens_details)
    parts = {name: (whole[name], cached.get(name, 0) if is_split else None) for name in whole}
    found = [*modal_input(parts, fresh, read)]
    found += [(f"{name}_output", number) for name, number in answer.items()]
    return tuple(one for one in found if one[1])


def by_modality(details: Iterable[Modality | SnakeModality] | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in details or ():
        if one.modality is not None and one.modality in MODALITIES:
            name = one.modality.lower()
            found[name] = found.get(name, 0) + (one.token_count or 0)
    return found


def with_details(line: LogLine, *others: LoggedUsage | None) -> LoggedUsage:
    """The tokens of a line with the details that its metadata have, in the first that has any."""
    more = NO_USAGE
    for one in others:
        if one is not None and has_details(one):
            more = one
            break
    return LoggedUsage(
        line.prompt_tokens,
        line.completion_tokens,
        line.total_tokens,
        more.prompt_tokens_details,
        more.completion_tokens_details,
        *NO_RESPONSES,
        more.cache_creation_input_tokens,
        more.cache_read_input_tokens,
        more.cache_creation,
        None,
        more.server_tool_use,
    )


def has_details(usage: LoggedUsage) -> bool:
    return (
        usage.prompt_tokens_details is not None
        or usage.completion_tokens_details is not None
        or usage.cache_read_input_tokens is not None
        or usage.cache_creation_input_tokens is not None
    )


BY = ("key", "user", "project", "session")
"""What callers may be told apart by."""
HASH = r"[0-9a-f]{64}"  # as LiteLLM stores keys
MASKED = r".{0,12}(\.\.\.|…|\*\*).{0,6}"
SHORT = 12
NAME = msgspec.json.Decoder(str | int | float | None)


def caller_of(line: CalledLine, wanted: Sequence[str]) -> tuple[str, ...]:
    """The names by which the caller of a line goes; empty where the line has none."""
    metadata = metadata_of(line.metadata)
    return tuple(FINDERS[one](line, metadata) for one in wanted)


def key_of(line: CalledLine, metadata: Metadata) -> str:
    named = first(metadata.user_api_key_alias, line.api_key_alias, line.api_key_id)
    return named or masked(first(line.api_key, metadata.user_api_key))


def user_of(line: CalledLine, metadata: Metadata) -> str:
    return first(line.end_user, line.user, line.user_id, metadata.user_api_key_user_id)


def project_of(line: CalledLine, metadata: Metadata) -> str:
    return first(
        *(line.project, line.project_id, metadata.user_api_key_team_alias),
        *(line.team_id, metadata.user_api_key_team_id),
    ) or folder(first(line.cwd))


def session_of(line: CalledLine, metadata: Metadata) -> str:
    return first(line.session_id, line.session_camel, line.conversation_id)


def folder(path: str) -> str:
    """The last folder of a path, of any system."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


FINDERS = {"key": key_of, "user": user_of, "project": project_of, "session": session_of}


def first(*values: msgspec.Raw) -> str:
    """The first that is a text or a number, and not empty."""
    for raw in values:
        if raw:
            value = NAME.decode(raw)
            if value is not None and value != "":
                return str(value)
    return ""


def masked(key: str) -> str:
    """A key by its last four characters, a hash by its first ones, what is masked as it is."""
    if not key or re.fullmatch(MASKED, key):
        return key
    if re.fullmatch(HASH, key):
        return f"{key[:SHORT]}…"
    if len(key) >= SHORT:
        return f"…{key[-4:]}"
    from hashlib import sha256

    return f"#{sha256(key.encode(errors='surrogatepass')).hexdigest()[:8]}"


LONGEST = 19  # digits: nanoseconds, as far as they are in 64 bits
LATEST = 4_102_444_800  # seconds: 2100
# Larger numbers count smaller units; the smallest of each unit lies in 1970.
UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3))


def second_of(value: int | float | str, zone: tzinfo) -> tuple[int | None, bool]:
    """Seconds since 1970, None for no time at all; and whether `zone` had to be assumed.

    Raises BadUsage for what is no time.
    """
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) <= LONGEST):
            return second_of_text(value, zone)
        value = int(value)
    for least, unit in UNITS:
        if value >= least:
            value = value // unit
            break
    second = int(value)
    if not 0 <= second < LATEST:
        raise BadUsage(say("no time: `{value}`", value=value))
    return second or None, False  # some servers write 0 for no time


def second_of_text(text: str, zone: tzinfo) -> tuple[int | None, bool]:
    if not text:
        return None, False
    try:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = datetime.fromisoformat(plain_time(text))
        is_naive = found.tzinfo is None
        second = int((found.replace(tzinfo=zone) if is_naive else found).timestamp())
    except (ValueError, OverflowError):
        raise BadUsage(say("no time: `{value}`", value=text[:40])) from None
    if not 0 <= second < LATEST:
        raise BadUsage(say("no time: `{value}`", value=text[:40]))
    return second, is_naive


WRITTEN_DAY = (  # compiled when it is needed
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?"
    r"(?:[T\s]+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})秒?)?分?([.,]\d+)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?"
)


def plain_time(text: str) -> str:
    """ISO 8601 of days and times in other spellings: `2026/9/1 8:00`, `2026年9月1日`."""
    found = re.fullmatch(WRITTEN_DAY, text.strip())
    if found is None:
        return text
    year, month, day, hour, minute, second, part, zone = found.groups()
    time = f"T{int(hour):02}:{int(minute):02}:{int(second or 0):02}{part or ''}" if hour else ""
    zone = "+00:00" if zone in ("Z", "UTC") else zone or ""
    midnight = "T00:00:00" if zone and not time else ""
    return f"{year}-{int(month):02}-{int(day):02}{time}{midnight}{zone}"
