"""Definitions of tools, as each vendor writes them down."""

from llmcost.messages import say
from llmcost.planning.message import Tool
from llmcost.sources.values import (
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

A_TOOL, A_FUNCTION, FUNCTIONS = say("a tool"), say("a function"), say("functions")


def tools_of(body: Object) -> tuple[Tool, ...]:
    """Of `tools`, and of `functions`, as they were called before."""
    if "tools" not in body and "functions" not in body:
        return ()
    found = [one for value in optional_list(body, "tools") for one in tools_in(value)]
    functions = (object_of(value, A_FUNCTION) for value in optional_list(body, "functions"))
    return tuple(found + [function(one) for one in functions])


def tools_in(value: Json) -> list[Tool]:
    """One definition; Gemini puts several into one."""
    body = object_of(value, A_TOOL)
    declared = body.get("functionDeclarations", body.get("function_declarations"))
    if declared is not None:
        return [function(object_of(one, A_FUNCTION)) for one in list_of(declared, FUNCTIONS)]
    inner = body.get("function") or body.get("custom")
    if inner is not None:
        return [function(object_of(inner, "`function`"))]
    if "name" in body:
        return [function(body)]
    # a tool of the vendor's own, whose definition is not in the request: its name at least
    return [Tool(text_of(needed(body, "type"), "`type`"))] if "type" in body else hosted(body)


def hosted(body: Object) -> list[Tool]:
    """Gemini's: `{"googleSearch": {}}`."""
    return [Tool(name) for name in body]


def function(body: Object) -> Tool:
    """`parameters` is called `input_schema` by Anthropic; a custom tool has a `format`."""
    schemas = ("parameters", "input_schema", "parametersJsonSchema", "format")
    schema: Json = next((body[key] for key in schemas if body.get(key) is not None), {})
    name = text_of(needed(body, "name"), "`name`")
    return Tool(name, optional_text(body, "description"), json_text(schema))
