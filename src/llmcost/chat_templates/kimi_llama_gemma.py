"""Chat templates of Kimi, Llama and Gemma.

Sources, none of them held against an original: the templates of moonshotai/Kimi-K2-Instruct and
Kimi-K2.5 as public renderers have them; Meta's description of the Llama 3.1 prompt; the
chat_template of Gemma 3.
"""

from llmcost.chat import Ask, Message
from llmcost.chat_templates.schema_types import properties
from llmcost.chat_templates.writer import (
    Script,
    arguments,
    dumped,
    function,
    opened,
    specials,
    text_at,
    wrapped,
    wrapped_json,
)

KIMI = specials(
    *("<|im_system|>", "<|im_user|>", "<|im_assistant|>", "<|im_middle|>", "<|im_end|>"),
    *("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>", "<|tool_call_begin|>"),
    *("<|tool_call_argument_begin|>", "<|tool_call_end|>", "<think>", "</think>"),
)
LLAMA = specials("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
GEMMA = specials("<bos>", "<start_of_turn>", "<end_of_turn>")


def kimi2(script: Script, ask: Ask) -> None:
    """K2 Instruct; it has a system prompt of its own."""
    if ask.tools:
        script.mark("<|im_system|>tool_declare<|im_middle|>")
        script.put(dumped([wrapped(tool) for tool in ask.tools], compact=True))
        script.mark("<|im_end|>")
    if not ask.messages or ask.messages[0].role != "system":
        script.mark("<|im_system|>system<|im_middle|>")
        script.put("You are Kimi, an AI assistant created by Moonshot AI.")
        script.mark("<|im_end|>")
    for message in ask.messages:
        kimi_turn(script, message, thinking="")
    script.mark("<|im_assistant|>assistant<|im_middle|>")


def kimi25(script: Script, ask: Ask) -> None:
    """K2 Thinking, K2.5 and later, which declare tools as TypeScript."""
    if ask.tools:
        script.mark("<|im_system|>tool_declare<|im_middle|># Tools\n\n## functions\n")
        script.put(typescript(ask))
        script.mark("<|im_end|>")
    for message in ask.messages:
        kimi_turn(script, message, thinking="<think></think>")
    script.mark("<|im_assistant|>assistant<|im_middle|><think>")


def kimi_turn(script: Script, message: Message, thinking: str) -> None:
    kind = message.role if message.role in ("user", "assistant") else "system"
    script.mark(f"<|im_{kind}|>")
    script.put(message.name or message.role)
    script.mark("<|im_middle|>" + (thinking if message.role == "assistant" else ""))
    if message.role == "tool":
        script.put(f"## Return of functions.{message.name or 'name'}:0\n")
    script.put(message.text)
    for number, call in enumerate(message.calls):
        script.mark("" if number else "<|tool_calls_section_begin|>")
        script.mark("<|tool_call_begin|>")
        script.put(f"functions.{call.name}:{number}")
        script.mark("<|tool_call_argument_begin|>")
        script.put(call.arguments)
        script.mark("<|tool_call_end|>")
    script.mark("<|tool_calls_section_end|>" if message.calls else "")
    script.mark("<|im_end|>")


def typescript(ask: Ask) -> str:
    """The tools as a namespace of functions."""
    lines = ["namespace functions {"]
    for tool in ask.tools:
        lines += [f"// {tool.description}"] if tool.description else []
        lines.append(f"type {tool.name} = (_: {{")
        for name, inner in properties(function(tool)["parameters"]):
            described = text_at(inner, "description")
            lines += [f"  // {described}"] if described else []
            lines.append(f"  {name}: {text_at(inner, 'type') or 'any'},")
        lines.append("}) => any;")
    return "\n".join((*lines, "}", ""))


def llama3(script: Script, ask: Ask) -> None:
    """Without the dated system prompt that Meta's template puts before (25 tokens at most). Llama 4
    has the same with other names for its marks, each a token as well."""
    script.mark("<|begin_of_text|>")
    script.add(0, 0, 25)
    system, rest = opened(ask.messages)
    if system is not None or ask.tools:
        shown = "".join(f"\n\n{wrapped_json(tool)}" for tool in ask.tools)
        llama_turn(script, "system", (system or "") + shown)
    for message in rest:
        role = "ipython" if message.role == "tool" else message.role
        calls = [{"name": call.name, "parameters": arguments(call)} for call in message.calls]
        llama_turn(script, role, message.text + "".join(map(dumped, calls)))
    script.mark("<|start_header_id|>assistant<|end_header_id|>\n\n")


def llama_turn(script: Script, role: str, text: str) -> None:
    script.mark(f"<|start_header_id|>{role}<|end_header_id|>\n\n")
    script.put(text.strip())
    script.mark("<|eot_id|>")


def gemma(script: Script, ask: Ask) -> None:
    """Open Gemma; a system prompt belongs to the first user, tools have no place."""
    system, rest = opened(ask.messages)
    script.mark("<bos>")
    for place, message in enumerate(rest):
        script.mark(f"<start_of_turn>{'model' if message.role == 'assistant' else 'user'}\n")
        script.put(f"{system}\n\n" if system is not None and place == 0 else "")
        script.put(message.text.strip())
        script.mark("<end_of_turn>\n")
    script.mark("<start_of_turn>model\n")
