"""What a request states beside its messages: tools, structured output, thinking, unknown keys.

A key that nobody here understands makes a count an estimate.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from llmcost.chat import PLAIN, RequestConditions, Tool
from llmcost.inputs.json_values import (
    Json,
    Object,
    json_text,
    list_of,
    needed,
    object_of,
    optional_list,
    optional_text,
    text_of,
)
from llmcost.messages import say

A_TOOL, A_FUNCTION, FUNCTIONS = say("a tool"), say("a function"), say("functions")

# keys of the body that add nothing to what goes in, or are read elsewhere
KNOWN = frozenset(
    (
        *("model", "messages", "contents", "content", "input", "prompt", "system", "instructions"),
        *("systemInstruction", "system_instruction", "conversations", "conversation", "parameters"),
        *("id", "custom_id", "tools", "functions", "tool_choice", "function_call", "toolConfig"),
        *("tool_config", "generationConfig", "generation_config", "response_format", "text"),
        *("output_format", "output_config", "responseSchema", "response_schema"),
        *("responseJsonSchema", "response_json_schema", "_responseJsonSchema", "responseMimeType"),
        *("response_mime_type", "thinking", "reasoning", "reasoning_effort", "enable_thinking"),
        *("thinkingConfig", "thinking_config", "thinking_budget", "chat_template_kwargs"),
        *("reasoning_format", "include_reasoning", "verbosity", "anthropic_version"),
        *("anthropic_beta", "betas", "temperature", "top_p", "topP", "top_k", "topK", "top_a"),
        *("min_p", "n", "candidateCount", "candidate_count", "stream", "stream_options", "stop"),
        *("stop_sequences", "stopSequences", "max_tokens", "max_completion_tokens"),
        *("max_output_tokens", "maxOutputTokens", "presence_penalty", "presencePenalty"),
        *("frequency_penalty", "frequencyPenalty", "repetition_penalty", "penalty_score"),
        *("logit_bias", "logprobs", "top_logprobs", "responseLogprobs", "seed", "random_seed"),
        *("user", "user_id", "service_tier", "speed", "inference_geo", "store", "metadata"),
        *("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "cache_control"),
        *("safety_identifier", "safetySettings", "safety_settings", "labels", "moderation"),
        *("parallel_tool_calls", "disable_parallel_tool_use", "background", "include", "usage"),
        *("provider", "encoding_format", "dimensions", "modelArmorConfig", "responseModalities"),
        *("response_modalities", "modalities", "imageConfig", "speechConfig", "result_format"),
        *("incremental_output", "vl_high_resolution_images", "extra_headers", "timeout"),
        *("mediaResolution", "media_resolution", "echo", "best_of", "request_id", "extra_body"),
    )
)
# those that change what is billed
EFFECTIVE = frozenset(
    (
        *("tools", "tool_choice", "function_call", "functions", "toolConfig", "tool_config"),
        *("response_format", "text", "output_format", "output_config", "responseSchema"),
        *("response_schema", "responseJsonSchema", "response_json_schema", "_responseJsonSchema"),
        *("responseMimeType", "response_mime_type", "thinking", "reasoning", "reasoning_effort"),
        *("enable_thinking", "thinkingConfig", "thinking_config", "chat_template_kwargs"),
        *("mcp_servers", "web_search_options", "enable_search", "plugins", "search_parameters"),
    )
)
PASSED = KNOWN - EFFECTIVE
KNOWN_OF_MESSAGES = frozenset(
    (
        *("role", "content", "parts", "name", "tool_calls", "tool_call_id", "function_call"),
        *("refusal", "reasoning_content", "reasoning", "reasoning_details", "annotations", "id"),
        *("status", "type", "phase", "cache_control", "audio", "prefix", "from", "value"),
        *("arguments", "call_id", "output", "input", "namespace", "encrypted_content", "summary"),
        *("execution", "tools", "action", "code", "container_id", "outputs", "server_label"),
        *("error",),
    )
)
KNOWN_OF_TOOLS = frozenset(
    (
        *("type", "function", "custom", "name", "description", "parameters", "input_schema"),
        *("parametersJsonSchema", "parameters_json_schema", "format", "strict", "cache_control"),
        *("defer_loading", "eager_input_streaming", "functionDeclarations", "display_name"),
        *("function_declarations", "behavior"),
    )
)
KNOWN_WITHIN = {
    "reasoning": frozenset(
        (
            *("effort", "summary", "generate_summary", "enabled", "exclude", "max_tokens"),
            *("budget_tokens",),
        )
    ),
    "output_config": frozenset(("effort", "format")),
}
SCHEMAS = (
    *("parameters", "input_schema", "parametersJsonSchema", "parameters_json_schema", "format"),
)
HOSTED_KEYS = {
    **{"mcp_servers": "mcp", "web_search_options": "web_search", "enable_search": "web_search"},
    **{"plugins": "plugins", "search_parameters": "web_search"},
}


def tools_of(body: Object) -> tuple[Tool, ...]:
    """Functions of `tools`, and of `functions`, as they were called before."""
    if "tools" not in body and "functions" not in body:
        return ()
    found = [one for value in optional_list(body, "tools") for one in tools_in(value)]
    functions = (object_of(value, A_FUNCTION) for value in optional_list(body, "functions"))
    return tuple(found + [function(one) for one in functions])


def tools_in(value: Json) -> list[Tool]:
    """One definition; Gemini puts several into one. None of a tool that the vendor runs."""
    body = object_of(value, A_TOOL)
    declared = body.get("functionDeclarations", body.get("function_declarations"))
    if declared is not None:
        return [function(object_of(one, A_FUNCTION)) for one in list_of(declared, FUNCTIONS)]
    inner = body.get("function") or body.get("custom")
    if inner is not None:
        return [function({**body, **object_of(inner, "`function`")})]
    if body.get("type") == "namespace":
        return [one for each in optional_list(body, "tools") for one in tools_in(each)]
    is_own = "name" in body and body.get("type", "function") in ("function", "custom")
    return [function(body)] if is_own else []


def function(body: Object) -> Tool:
    """`parameters` is called `input_schema` by Anthropic; a custom tool has a `format`."""
    schema: Json = next((body[key] for key in SCHEMAS if body.get(key) is not None), {})
    name = text_of(needed(body, "name"), "`name`")
    described = optional_text(body, "description")
    return Tool(name, described, json_text(schema), bool(body.get("defer_loading")))


def hosted_in(body: Object) -> Iterator[str]:
    """The tools that the vendor runs, by their types: `web_search_20250305`, `googleSearch`."""
    for value in optional_list(body, "tools"):
        tool = object_of(value, A_TOOL)
        type = tool.get("type")
        if tool.get("function") or tool.get("custom") or type == "namespace":
            continue
        if isinstance(type, str) and not ("name" in tool and type in ("function", "custom")):
            yield type
        elif type is None and "name" not in tool:
            yield from (
                key for key in tool if key not in ("functionDeclarations", "function_declarations")
            )
    for key, name in HOSTED_KEYS.items():
        if body.get(key):
            yield name


def conditions_of(body: Object, form: str, values: Sequence[Json]) -> RequestConditions:
    """Of a body whose messages are `values`; settings of it may have been merged into it."""
    if PASSED.issuperset(body) and all(map(is_usual, values)):
        return plain(form)
    unknown = tuple(sorted(unknown_in(body, values)))
    if unknown or not EFFECTIVE.isdisjoint(body):
        key, schema = schema_of(body)
        thinking, effort = thinking_of(body)
        hosted = tuple(hosted_in(body))
        return RequestConditions(
            form, schema, key, thinking, effort, choice_of(body), hosted, unknown
        )
    return plain(form)


@cache
def from_data(columns: tuple[str, ...]) -> RequestConditions:
    """The conditions of a prompt that stands in these keys of a data set."""
    return RequestConditions(columns=columns)


def is_usual(message: Json) -> bool:
    """Whether a message has no key beside its role and its content, which most have not."""
    return isinstance(message, dict) and len(message) == 2 and "role" in message


@cache
def plain(form: str) -> RequestConditions:
    """The same value for most requests, which are then compared quickly."""
    return PLAIN if form == PLAIN.form else RequestConditions(form)


def unknown_in(body: Object, values: Sequence[Json]) -> set[str]:
    """The keys that are not understood, unless they are null, false or empty."""
    unknown = {key for key in body.keys() - KNOWN if body[key] and key not in HOSTED_KEYS}
    for value in values:
        if isinstance(value, dict) and (more := value.keys() - KNOWN_OF_MESSAGES):
            unknown |= {f"messages.{key}" for key in more if value[key]}
    for name, known in KNOWN_WITHIN.items():
        inner = body.get(name)
        if isinstance(inner, dict):
            unknown |= {f"{name}.{key}" for key in inner.keys() - known if inner[key]}
    if "tools" in body:
        for tool in optional_list(body, "tools"):
            unknown |= set(unknown_of(tool))
    return unknown


def unknown_of(tool: Json) -> Iterator[str]:
    """The keys of a function that are not understood."""
    if not isinstance(tool, dict) or ("name" not in tool and "function" not in tool):
        return
    inner = tool.get("function")
    every = {**tool, **inner} if isinstance(inner, dict) else tool
    if every.get("type", "function") == "function":
        yield from (f"tools.{key}" for key in every.keys() - KNOWN_OF_TOOLS if every[key])


def schema_of(body: Object) -> tuple[str, str]:
    """The key of structured output, and its schema as JSON; `json` if any JSON may come."""
    for key in ("responseSchema", "response_schema"):
        if body.get(key) is not None:
            return "responseSchema", json_text(body[key])
    for key in ("responseJsonSchema", "response_json_schema", "_responseJsonSchema"):
        if body.get(key) is not None:
            return "responseJsonSchema", json_text(body[key])
    for key, inner in (
        *(("response_format", None), ("text", "format"), ("output_format", None)),
        ("output_config", "format"),
    ):
        value = body.get(key)
        value = value.get(inner) if inner and isinstance(value, dict) else value
        if isinstance(value, dict) and value.get("type") not in (None, "text"):
            return key, formatted(value)
    kind = body.get("responseMimeType", body.get("response_mime_type"))
    return ("responseMimeType", "json") if kind == "application/json" else ("", "")


def formatted(value: Object) -> str:
    """Of OpenAI's and Anthropic's description of a form."""
    if value.get("type") == "json_object":
        return "json"
    inner = value.get("json_schema")
    described = inner if isinstance(inner, dict) else value
    return json_text({key: one for key, one in described.items() if key not in ("type", "strict")})


def thinking_of(body: Object) -> tuple[str, str]:
    """Whether the model is told to think or not to, and how much."""
    effort = ""
    if isinstance(body.get("reasoning_effort"), str):
        effort = body["reasoning_effort"]
    reasoning = body.get("reasoning")
    if isinstance(reasoning, dict):
        effort = effort or str(reasoning.get("effort") or "")
        if reasoning.get("enabled") is False:
            effort = "none"
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and isinstance(thinking.get("type"), str):
        return ("off" if thinking["type"] == "disabled" else "on"), effort
    template = body.get("chat_template_kwargs")
    settings = {**template, **body} if isinstance(template, dict) else body
    flag = settings.get("enable_thinking", settings.get("thinking"))
    if isinstance(flag, bool):
        return ("on" if flag else "off"), effort
    return ("off" if effort == "none" else "on" if effort else ""), effort


def choice_of(body: Object) -> str:
    """`any` where the model has to call a tool, `none` where it must not, else nothing."""
    choice = body.get("tool_choice", body.get("function_call"))
    config = body.get("toolConfig") or body.get("tool_config")
    if isinstance(config, dict):
        calling = config.get("functionCallingConfig") or config.get("function_calling_config")
        choice = calling.get("mode", "").lower() if isinstance(calling, dict) else choice
    if isinstance(choice, dict):
        choice = choice.get("type", "function")
    if choice in ("required", "any", "tool", "function"):
        return "any"
    return "none" if choice == "none" else ""
