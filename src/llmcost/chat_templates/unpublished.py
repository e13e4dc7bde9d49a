"""Vendors who publish no template: rules for what a request adds to its texts, with bounds."""

from collections.abc import Iterator
from typing import Any

from llmcost.chat import Ask, Tool
from llmcost.chat_templates.writer import (
    Script,
    arguments,
    function,
    function_json,
    parsed,
    properties,
    text_at,
)


def openai(script: Script, ask: Ask) -> None:
    """GPT-3.5 to GPT-4.1: 3 tokens a message, its role, 1 for a name, 3 before the answer.

    Source: openai-cookbook, How_to_count_tokens_with_tiktoken, checked there against the API.
    """
    messages(script, ask)
    script.add(4 * len(ask.messages) + 3)
    script.add(sum(1 for message in ask.messages if message.name))
    openai_tools(script, ask)


def openai_reasoning(script: Script, ask: Ask) -> None:
    """GPT-5 and the o series: no rule is published.

    The older rule, one token a message less (measured on GPT-5 by hand), or one more and three at
    the start (coder/ai-tokenizer, accuracy.json).
    """
    count = len(ask.messages)
    messages(script, ask)
    script.add(4 * count + 3, 3 * count + 3, 5 * count + 6)
    script.add(sum(1 for message in ask.messages if message.name))
    openai_tools(script, ask)


def assumed(script: Script, ask: Ask) -> None:
    """Vendors of whom nothing is known: OpenAI's rule; at most a short system prompt besides."""
    count = len(ask.messages)
    messages(script, ask)
    script.add(4 * count + 3, count, 12 * count + 40)
    openai_tools(script, ask)


def grok(script: Script, ask: Ask) -> None:
    """Grok bills 150 to 680 tokens that nobody sent (coder/ai-tokenizer, accuracy.json)."""
    assumed(script, ask)
    script.add(150, 0, 680)


def messages(script: Script, ask: Ask) -> None:
    """Texts, names and calls, each by itself."""
    for message in ask.messages:
        for text in (message.text, message.name):
            script.put(text)
            script.end()
        for call in message.calls:
            script.put(call.name)
            script.end()
            script.put(call.arguments)
            script.add(6, 2, 12)


def openai_tools(script: Script, ask: Ask) -> None:
    """7 tokens a function, 3 for having properties, 3 for each and each value of an enum, 12 more.

    Source: the same page of openai-cookbook. Properties in properties are counted as others are.
    """
    for tool in ask.tools:
        schema = function(tool)["parameters"]
        found = list(properties(schema))
        line(script, tool.name, tool.description.removesuffix("."))
        script.add(7 + (3 if found else 0), 5, 16)
        for name, inner in found:
            described = text_at(inner, "description").removesuffix(".")
            line(script, name, text_at(inner, "type"), described)
            script.add(3, 1, 6)
            for value in enumerated(inner):
                script.put(value)
                script.add(3, 1, 4)
            script.add(-3 if enumerated(inner) else 0, -3, 0)
    if ask.tools:
        script.add(12, 8, 24)


def line(script: Script, *words: str) -> None:
    script.put(":".join(words))
    script.end()


def enumerated(schema: dict[str, Any]) -> list[str]:
    values = schema.get("enum")
    return [str(value) for value in values] if isinstance(values, list) else []


def claude3(script: Script, ask: Ask) -> None:
    """Claude 3 to 4.6: 7 tokens with one message (ctok's recorded counts)."""
    claude(script, ask, 7)


def claude47(script: Script, ask: Ask) -> None:
    claude(script, ask, 11)


def claude48(script: Script, ask: Ask) -> None:
    claude(script, ask, 6)


def claude(script: Script, ask: Ask, base: int) -> None:
    """Each message after the first adds 2 (coder/ai-tokenizer), 1 to 6 to be safe.

    Tools: Anthropic's page states the size of the prompt that they switch on, 159 to 530 tokens for
    Claude 3, 313 to 346 for Claude 4; coder/ai-tokenizer measured 317 to 586. The page on counting
    has one tool at 403 in all. The definitions are counted as JSON.
    """
    more = max(len(ask.messages) - 1, 0)
    for message in ask.messages:
        script.put(message.text)
        script.end()
        script.add(40, 15, 60) if message.role == "tool" else None
        for call in message.calls:
            script.put(f"{call.name} {call.arguments}")
            script.add(45, 15, 60)
    script.add(base)
    if more:
        script.add(2 * more, more, 6 * more)
    for tool in ask.tools:
        script.put(function_json(tool))
        script.add(0, -15, 40)
    if ask.tools:
        script.add(346, 264, 590)


def gemini(script: Script, ask: Ask) -> None:
    """Texts alone, as google-genai's local counter sums them; a documented answer has 1 more."""
    script.add(0, 0, 1)
    for message in ask.messages:
        pieces(script, message.text)
        for call in message.calls:
            pieces(script, call.name, *strings(arguments(call)))
    for tool in ask.tools:
        pieces(script, *words(tool))
    if ask.tools or any(message.calls for message in ask.messages):
        script.add(0, 0, 60)  # the service writes more around them than its counter sums up


def pieces(script: Script, *texts: str) -> None:
    for text in texts:
        script.put(text)
        script.end()


def strings(value: Any) -> Iterator[str]:
    """Every key and every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def words(tool: Tool) -> Iterator[str]:
    """Of a definition: names, descriptions, formats, enumerated and required names."""
    schema = parsed(tool.parameters)
    yield tool.name
    yield tool.description
    if isinstance(schema, dict):
        yield from described(schema)
        for name, inner in properties(schema):
            yield name
            yield from described(inner)


def described(schema: dict[str, Any]) -> Iterator[str]:
    yield text_at(schema, "format")
    yield text_at(schema, "description")
    yield from enumerated(schema)
    required = schema.get("required")
    yield from (
        (name for name in required if isinstance(name, str)) if isinstance(required, list) else ()
    )
