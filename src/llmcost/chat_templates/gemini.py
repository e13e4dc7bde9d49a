"""Gemini: sizes of recorded calls, on the Gemini API and on Vertex AI.

google-genai's local counter sums up texts; the Gemini API writes more around them, which Vertex AI
does not.
"""

from collections.abc import Iterator
from typing import Any

from llmcost.chat import Ask, Tool
from llmcost.chat_templates.schema_types import inlined, nodes, properties
from llmcost.chat_templates.writer import Script, arguments, last_user, parsed, text_at

PER_CHARACTER = 0.2
"""Tokens of a character of a signature (recorded: 0.17 to 0.21), by Gemini 3 on the Gemini API."""


def gemini2(script: Script, ask: Ask) -> None:
    """Gemini 2.5. Signatures are not billed."""
    conversation(script, ask)


def gemini1(script: Script, ask: Ask) -> None:
    """To 2.0, which write little around texts and functions."""
    conversation(script, ask, is_framed=False)
    script.add(0, -4, 0)


def gemini3(script: Script, ask: Ask) -> None:
    """Signatures of the turn that goes on are billed, those before the last user's message not."""
    conversation(script, ask)
    last = last_user(ask.messages)
    goes_on = last > 0 and ask.messages[last - 1].role == "tool"  # a result and a word in one turn
    for place, message in enumerate(ask.messages):
        for part in message.media:
            if part.kind == "signature" and part.size:
                most = round(0.23 * part.size)
                usual = round(PER_CHARACTER * part.size) if place > last and part.size > 60 else 0
                script.add(usual, 0, most if place > last or goes_on else most // 8)


def conversation(script: Script, ask: Ask, *, is_framed: bool = True) -> None:
    count = len(ask.messages)
    has_system = any(message.role == "system" for message in ask.messages)
    script.add(has_system, 0, 1 + has_system + 2 * (count - 1))
    for message in ask.messages:
        if message.role == "tool":
            pieces(script, *strings(parsed(message.text)))
        else:
            pieces(script, message.text)
        for call in message.calls:
            pieces(script, call.name, *strings(arguments(call)))
            script.add(20 if is_framed else 2, 0, 30)
        if message.thinking:
            script.maybe(message.thinking, counted=True)
    for tool in ask.tools:
        function(script, tool, is_framed=is_framed)
    if (schema := ask.conditions.schema) and schema != "json":
        is_billed = ask.conditions.schema_key == "responseSchema"
        script.maybe(schema, counted=False)
        script.add(len(schema) // 20 if is_billed else 0, 0, 20)


def function(script: Script, tool: Tool, *, is_framed: bool) -> None:
    """The words of a definition, and on the Gemini API the form around them.

    References cost more than what they refer to (recorded: up to 100 tokens each).
    """
    schema = inlined(tool.parameters)
    pieces(script, *words(tool, schema))
    size, references = nodes(schema), tool.parameters.count('"$ref"')
    if is_framed:
        script.add(19 + 9 * size, 0, 30 + 20 * size + 100 * references)
    else:
        script.add(2, -12 - 8 * size, 8 + 2 * size)


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


def words(tool: Tool, schema: Any) -> Iterator[str]:
    """Of a definition: names, descriptions, formats, enumerated and required names."""
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
    for key in ("enum", "required"):
        found = schema.get(key)
        yield from (str(one) for one in found) if isinstance(found, list) else ()
