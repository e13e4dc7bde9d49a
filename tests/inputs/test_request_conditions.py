"""What a request states beside its messages, and which of its keys are not understood."""

import json

import msgspec
import pytest

from llmcost.chat import PLAIN, Ask, RequestConditions, Tool
from llmcost.inputs.request_files import read_requests
from llmcost.inputs.request_forms import Form

HI = [{"role": "user", "content": "hi"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
TEXT = json.dumps(SCHEMA, separators=(",", ":"))
WRAPPED = json.dumps({"name": "n", "schema": SCHEMA}, separators=(",", ":"))


def read(body: object, form: Form = Form.AUTO) -> Ask:
    (found,) = read_requests([json.dumps(body)], "f", form=form)
    assert isinstance(found, Ask), found
    return found


def chat(**others: object) -> RequestConditions:
    return read({"messages": HI, **others}).conditions


def gemini(**others: object) -> RequestConditions:
    return read({"contents": [{"parts": [{"text": "hi"}]}], **others}).conditions


@pytest.mark.parametrize(
    "others",
    [
        {"temperature": 1, "stream": True, "max_tokens": 5, "model": "m", "stop": ["x"]},
        {"logprobs": False, "made_up": None, "other": [], "third": ""},
        {"service_tier": "flex", "metadata": {"a": "b"}, "prompt_cache_key": "k"},
    ],
)
def test_what_adds_nothing_leaves_a_request_plain(others: dict[str, object]) -> None:
    assert chat(**others) is PLAIN


@pytest.mark.parametrize(
    ("others", "unknown"),
    [
        ({"made_up": 1}, ("made_up",)),
        ({"made_up": 1, "another": "x", "temperature": 1}, ("another", "made_up")),
        ({"reasoning": {"effort": "low", "mode": "pro"}}, ("reasoning.mode",)),
        ({"output_config": {"effort": "low", "budget": 9}}, ("output_config.budget",)),
        ({"tools": [{"type": "function", "function": {"name": "f", "odd": 1}}]}, ("tools.odd",)),
        ({"messages": [{"role": "user", "content": "x", "odd": 1}]}, ("messages.odd",)),
        ({"context_management": {"edits": []}}, ("context_management",)),
    ],
)
def test_a_key_that_is_not_understood_is_named(
    others: dict[str, object], unknown: tuple[str, ...]
) -> None:
    assert chat(**others).unknown == unknown


@pytest.mark.parametrize(
    ("others", "key", "schema"),
    [
        (
            {"response_format": {"type": "json_schema", "json_schema": json.loads(WRAPPED)}},
            "response_format",
            WRAPPED,
        ),
        ({"response_format": {"type": "json_object"}}, "response_format", "json"),
        ({"response_format": {"type": "text"}}, "", ""),
        ({"text": {"format": {"type": "json_schema", **json.loads(WRAPPED)}}}, "text", WRAPPED),
        ({"text": {"verbosity": "low"}}, "", ""),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
            "output_config",
            f'{{"schema":{TEXT}}}',
        ),
        ({"output_config": {"effort": "low"}}, "", ""),
        (
            {"output_format": {"type": "json_schema", "schema": SCHEMA}},
            "output_format",
            f'{{"schema":{TEXT}}}',
        ),
    ],
)
def test_structured_output_has_a_schema(others: dict[str, object], key: str, schema: str) -> None:
    found = chat(**others)

    assert (found.schema_key, found.schema, found.unknown) == (key, schema, ())


@pytest.mark.parametrize(
    ("settings", "key", "schema"),
    [
        ({"responseSchema": SCHEMA}, "responseSchema", TEXT),
        ({"response_json_schema": SCHEMA}, "responseJsonSchema", TEXT),
        ({"responseMimeType": "application/json"}, "responseMimeType", "json"),
        ({"responseMimeType": "text/plain"}, "", ""),
    ],
)
def test_structured_output_of_gemini(settings: dict[str, object], key: str, schema: str) -> None:
    found = gemini(generationConfig=settings)

    assert (found.schema_key, found.schema, found.unknown) == (key, schema, ())


@pytest.mark.parametrize(
    ("others", "thinking", "effort"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, "on", ""),
        ({"thinking": {"type": "disabled"}}, "off", ""),
        ({"enable_thinking": False}, "off", ""),
        ({"chat_template_kwargs": {"enable_thinking": True}}, "on", ""),
        ({"reasoning_effort": "low"}, "on", "low"),
        ({"reasoning_effort": "none"}, "off", "none"),
        ({"reasoning": {"enabled": False}}, "off", "none"),
        ({"temperature": 0}, "", ""),
    ],
)
def test_thinking_in_every_spelling(others: dict[str, object], thinking: str, effort: str) -> None:
    found = chat(**others)

    assert (found.thinking, found.effort) == (thinking, effort)


@pytest.mark.parametrize(
    ("others", "choice"),
    [
        ({"tool_choice": "required"}, "any"),
        ({"tool_choice": {"type": "any"}}, "any"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "any"),
        ({"function_call": {"name": "f"}}, "any"),
        ({"tool_choice": "auto"}, ""),
        ({"tool_choice": "none"}, "none"),
        ({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}, "any"),
    ],
)
def test_whether_a_tool_has_to_be_called(others: dict[str, object], choice: str) -> None:
    assert chat(**others).choice == choice


@pytest.mark.parametrize(
    ("others", "hosted"),
    [
        ({"tools": [{"type": "web_search_20250305", "name": "w"}]}, ("web_search_20250305",)),
        ({"tools": [{"googleSearch": {}, "functionDeclarations": []}]}, ("googleSearch",)),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, ()),
        ({"tools": [{"name": "f", "input_schema": {}}]}, ()),
        ({"web_search_options": {"search_context_size": "low"}}, ("web_search",)),
        ({"mcp_servers": [{"url": "u"}]}, ("mcp",)),
    ],
)
def test_tools_that_the_vendor_runs(others: dict[str, object], hosted: tuple[str, ...]) -> None:
    assert chat(**others).hosted == hosted


def test_a_function_that_has_to_be_searched_for_is_marked() -> None:
    ask = read({"messages": HI, "tools": [{"name": "f", "defer_loading": True}]})

    assert ask.tools == (Tool("f", is_deferred=True),)


def test_a_body_of_dashscope_is_read_with_its_parameters() -> None:
    body = {"model": "m", "input": {"messages": HI}, "parameters": {"enable_thinking": False}}
    found = read({**body, "parameters": {**body["parameters"], "max_tokens": 7}})  # type: ignore[dict-item]

    assert found.messages == read({"messages": HI}).messages
    assert (found.model, found.max_output, found.conditions.thinking) == ("m", 7, "off")
    (asked,) = read({"model": "m", "input": {"prompt": "x"}}).messages
    assert (asked.role, asked.text) == ("user", "x")


def test_parts_of_dashscope_have_no_type() -> None:
    content = [{"image": "https://e.com/a.png"}, {"text": "what?"}]
    (message,) = read({"input": {"messages": [{"role": "user", "content": content}]}}).messages

    assert (message.text, len(message.images)) == ("what?", 1)


def test_a_body_of_ernie_has_its_system_prompt_beside() -> None:
    found = read({"system": "s", "messages": HI, "penalty_score": 1.0, "user_id": "u"})

    assert [message.role for message in found.messages] == ["system", "user"]
    assert found.conditions is PLAIN


def test_each_line_has_a_form_of_its_own() -> None:
    bodies = [
        {"messages": HI},
        {"system": "s", "messages": HI},
        {"contents": [{"parts": [{"text": "hi"}]}]},
        {"model": "m", "input": "hi"},
        {"input": {"messages": HI}, "model": "m"},
        {"prompt": "hi"},
    ]
    for first in bodies:
        for second in bodies:
            text = f"{json.dumps(first)}\n{json.dumps(second)}"
            found = [one for one in read_requests([text], "f") if isinstance(one, Ask)]
            alone = [read(first), read(second)]
            assert found == [alone[0], msgspec.structs.replace(alone[1], name="f:2")]


@pytest.mark.parametrize("key", ["previous_response_id", "conversation", "cachedContent"])
def test_text_that_the_vendor_has_cannot_be_counted(key: str) -> None:
    body: dict[str, object] = {"input": "x", "model": "m"}
    body = body if key != "cachedContent" else {"contents": []}
    (found,) = read_requests([json.dumps({**body, key: "id"})], "f")

    assert not isinstance(found, Ask)
    assert "stands for text that is not in the request" in found.message
