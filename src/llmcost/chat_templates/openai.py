"""OpenAI, which publishes no template: its cookbook's rule, and what recorded calls were billed.

Functions are written as a namespace of TypeScript (hmarr/openai-chat-tokens), which the recorded
calls of GPT-3.5, 4, 4o and 4.1 confirm to a few tokens.
"""

from typing import Any

from llmcost.chat import Ask, Tool
from llmcost.chat_templates.schema_types import inlined, members, titles
from llmcost.chat_templates.writer import Script, dumped, parsed

PREAMBLE_OF_GPT5 = 81
"""What GPT-5 adds in Chat Completions, and not in Responses, as soon as there is a function."""
COMPACTION = 93
"""The prompt of `/responses/compact`, by three recordings. Its body is told from others by nothing
but that its input may end in an answer."""


def openai(script: Script, ask: Ask) -> None:
    """GPT-3.5 to GPT-4.1: 3 tokens a message, its role, 1 for a name, 3 before the answer.

    Source: openai-cookbook, How_to_count_tokens_with_tiktoken, checked there against the API.
    """
    conversation(script, ask, base=3, of_functions=0)


def o_series(script: Script, ask: Ask) -> None:
    """One token less than the older rule. Functions were not recorded in Chat Completions."""
    conversation(script, ask, base=2, of_functions=0)
    if ask.tools:
        script.add(0, 0, PREAMBLE_OF_GPT5)


def gpt5(script: Script, ask: Ask) -> None:
    """One token less than the older rule (25 of 27 recorded chats), functions as above."""
    is_chat = ask.conditions.form != "responses"
    conversation(script, ask, base=2, of_functions=PREAMBLE_OF_GPT5 if is_chat else 0)


def conversation(script: Script, ask: Ask, base: int, of_functions: int) -> None:
    answers = sum(1 for message in ask.messages if message.role == "assistant" and message.text)
    is_new, is_items = base == 2, ask.conditions.form == "responses"
    for message in ask.messages:
        for text in (message.text, message.name):
            script.put(text)
            script.end()
        for call in message.calls:
            script.put(call.name)
            script.end()
            script.put(call.arguments)
            script.add(13 if is_new else 7, 4, 16)
        if len(message.calls) > 1:  # put into a call of all of them
            script.add(18, 0, 30)
    script.add(4 * len(ask.messages) + base)
    script.add(sum(1 for message in ask.messages if message.name))
    if is_items and ask.messages[-1].role == "assistant" and not ask.messages[-1].calls:
        script.add(0, 0, COMPACTION)
    if is_new:
        script.add(0, -2 - is_items, 3 * answers + (8 if len(ask.messages) > 1 else 0))
    elif is_items:
        # answers come back in parts, and a recording is what the client kept of them
        script.add(0, -1 - 4 * answers, 1 + 4 * answers)
    functions(script, ask, of_functions)
    if schema := ask.conditions.schema:
        answer_format(script, schema)


def functions(script: Script, ask: Ask, preamble: int) -> None:
    """9 tokens beside the namespace; 4 less after a system message, 2 less without arguments, 1
    less without a description. Responses: 7 less, and more where arguments have titles."""
    if not ask.tools:
        return
    script.put(namespace(ask.tools))
    bare = sum(1 for tool in ask.tools if not list(members(inlined(tool.parameters))))
    plain = sum(1 for tool in ask.tools if not tool.description)
    named = sum(titles(parsed(tool.parameters)) for tool in ask.tools)
    count = len(ask.tools)
    if ask.conditions.form == "responses":
        usual = 3 - plain + 3 * named
        script.add(usual, usual - 6 - 2 * count - named, usual + 8 + 6 * named + 30 * (count > 1))
    else:
        has_system = any(message.role == "system" for message in ask.messages)
        usual = 9 - 4 * has_system - 2 * bare - plain
        script.add(usual, usual - 2 - 4 * count, usual + 4 + 2 * count + 2 * named)
    if preamble:
        script.add(preamble, preamble - 6, preamble + 8)


def namespace(tools: tuple[Tool, ...]) -> str:
    lines = ["namespace functions {", ""]
    for tool in tools:
        if tool.description:
            lines += [f"// {line}" for line in tool.description.split("\n")]
        inner = list(members(inlined(tool.parameters)))
        arguments = ["(_: {", *inner, "}) => any;"] if inner else ["() => any;"]
        lines += [f"type {tool.name} = {arguments[0]}", *arguments[1:], ""]
    return "\n".join([*lines, "} // namespace functions"])


def answer_format(script: Script, schema: str) -> None:
    """The schema as JSON, behind its name and description."""
    if schema == "json":
        script.add(0, -4, 8)
        return
    value = parsed(schema)
    inner = open_objects(value.get("schema", value) if isinstance(value, dict) else value)
    text = dumped(inner, compact=True)
    script.put(text)
    script.end()
    if isinstance(value, dict) and isinstance(value.get("description"), str):
        script.put(value["description"])
    script.add(4, -8 - len(text) // 20, 16 + len(text) // 20)


def open_objects(value: Any) -> Any:
    """A schema without `additionalProperties: false`, which is not written."""
    if isinstance(value, list):
        return [open_objects(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: open_objects(one)
        for key, one in value.items()
        if not (key == "additionalProperties" and one is False)
    }
