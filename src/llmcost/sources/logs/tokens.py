"""The tokens of a request, from what its vendor calls them: cached ones inside of the input, and
reasoning inside of the output, as all prices take them."""

from collections.abc import Iterable

from llmcost.messages import say
from llmcost.planning.metered import Sizes
from llmcost.sources.logs.bad import BadUsage
from llmcost.sources.logs.lines import (
    Details,
    Gemini,
    Line,
    Modality,
    SnakeGemini,
    SnakeModality,
    Usage,
)

NO_DETAILS = Details()
NO_USAGE = Usage()
NO_RESPONSES = (None, None, None, None)  # the fields of another form
INPUT = "input"
"""The form of `input_tokens` that OpenAI and DashScope both have."""


def has_tokens(usage: Usage) -> bool:
    return usage.prompt_tokens is not None or usage.input_tokens is not None


def sizes_of(usage: Usage, exclusive: bool | None = None) -> Sizes:
    """`exclusive`: whether `input_tokens` are without the cached ones; None: as Anthropic's own
    fields beside them say. Raises BadUsage."""
    if usage.prompt_tokens is not None:
        form = "openai" if usage.prompt_cache_hit_tokens is None else "deepseek"
        details = usage.prompt_tokens_details or NO_DETAILS
        outputs = usage.completion_tokens_details or NO_DETAILS
        output = usage.completion_tokens or 0
        return checked(usage, form, usage.prompt_tokens, output, details, outputs)
    whole = usage.input_tokens or 0
    if exclusive is None:
        own = (usage.cache_read_input_tokens, usage.cache_creation_input_tokens)
        exclusive = own != (None, None)
    if exclusive:
        whole += (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    details = usage.input_tokens_details or usage.prompt_tokens_details or NO_DETAILS
    outputs = usage.output_tokens_details or NO_DETAILS
    form = "anthropic" if exclusive else INPUT
    return checked(usage, form, whole, usage.output_tokens or 0, details, outputs)


def checked(
    usage: Usage, form: str, input: int, output: int, details: Details, outputs: Details
) -> Sizes:
    """Raises BadUsage for tokens that no request has."""
    read = (
        details.cached_tokens
        or usage.cache_read_input_tokens
        or usage.prompt_cache_hit_tokens
        or usage.cached_tokens
        or 0
    )
    creation = usage.cache_creation or details.cache_creation
    hour = (creation.ephemeral_1h_input_tokens or 0) if creation else 0
    written = (
        usage.cache_creation_input_tokens
        or details.cache_creation_input_tokens
        or details.cache_creation_tokens
        or details.cache_write_tokens
        or 0
    )
    reasoning = outputs.reasoning_tokens or 0
    if reasoning and usage.total_tokens == input + output + reasoning:
        output += reasoning  # xAI counts it beside the output
    heard, spoken = details.audio_tokens or 0, outputs.audio_tokens or 0
    if heard or spoken or hour or written or input < read or min(input, output, read) < 0:
        check(input, output, read, written, hour, heard, spoken)
        heard = min(heard, input - read - written)
    return Sizes(
        form,
        input,
        output,
        read,
        written,
        hour,
        heard,
        spoken,
        (usage.server_tool_use.web_search_requests or 0) if usage.server_tool_use else 0,
        reasoning > 0,
        details.cache_type == "ephemeral" or details.cache_creation_input_tokens is not None,
        usage.service_tier or "",
        usage.cost,
    )


def check(
    input: int, output: int, read: int, written: int, hour: int, heard: int, spoken: int
) -> None:
    """Raises BadUsage for tokens that no request has."""
    if input < 0 or output < 0 or read < 0 or written < 0 or hour < 0 or heard < 0 or spoken < 0:
        raise BadUsage(say("a negative number of tokens"))
    if read + written > input or hour > written or spoken > output:
        raise BadUsage(
            say(
                "{parts} cached or audio tokens are more than the {whole} that they are a part of",
                parts=max(read + written, hour, spoken),
                whole=input if read + written > input else written if hour > written else output,
            )
        )


def gemini_sizes(usage: Gemini | SnakeGemini | None) -> Sizes | None:
    """None where it has no prompt yet, as the first parts of a stream."""
    if usage is None or usage.prompt_token_count is None:
        return None
    input = usage.prompt_token_count + (usage.tool_use_prompt_token_count or 0)
    thoughts = usage.thoughts_token_count or 0
    output = (usage.candidates_token_count or 0) + thoughts
    read = usage.cached_content_token_count or 0
    heard, spoken = audio(usage.prompt_tokens_details), audio(usage.candidates_tokens_details)
    check(input, output, read, 0, 0, heard, spoken)
    heard = min(heard, input - read)
    return Sizes(
        "gemini",
        input,
        output,
        cache_read=read,
        audio_input=heard,
        audio_output=spoken,
        thinking=thoughts > 0,
    )


def audio(details: Iterable[Modality | SnakeModality] | None) -> int:
    return sum(one.token_count or 0 for one in details or () if one.modality == "AUDIO")


def with_details(line: Line, *others: Usage | None) -> Usage:
    """The tokens of a line with the details that its metadata have, in the first that has any."""
    more = NO_USAGE
    for one in others:
        if one is not None and has_details(one):
            more = one
            break
    return Usage(
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


def has_details(usage: Usage) -> bool:
    return (
        usage.prompt_tokens_details is not None
        or usage.completion_tokens_details is not None
        or usage.cache_read_input_tokens is not None
        or usage.cache_creation_input_tokens is not None
    )
