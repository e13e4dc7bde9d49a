"""Chat template of Mistral.

Source: mistral_common/tokens/tokenizers/instruct.py of mistral-common 1.13.1.
"""

from llmcost.chat import Ask, Message
from llmcost.chat_templates.writer import Script, arguments, dumped, last_user, parsed, specials

SPECIALS = specials(
    *("<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    *("[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[ARGS]"),
    *("[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
)
ID = "0" * 9  # of a call; requests hold others, of as many characters


SETTINGS = 12
"""Tokens of the settings of reasoning that newer models are told (recorded: 28 for 16)."""


def settings(script: Script, ask: Ask) -> None:
    script.add(SETTINGS if ask.conditions.effort else 0, 0, SETTINGS + 2)


def mistral3(script: Script, ask: Ask) -> None:
    """Tokenizer version 3 (NeMo, Pixtral 12B): tools and system prompt go to the last user."""
    system = "\n\n".join(one.text for one in ask.messages if one.role == "system")
    messages = [one for one in ask.messages if one.role != "system"]
    last = last_user(messages)
    settings(script, ask)
    results = sum(1 for one in messages if one.role == "tool")
    script.add(0, -50 * results, 0)  # newer models write calls and results shorter
    script.mark("<s>")
    for place, message in enumerate(messages):
        if place == last:
            definitions(script, ask)
        if message.role == "user":
            script.mark("[INST]")
            script.put(f"{system}\n\n" if system and place == last else "")
            script.put(message.text)
            script.mark("[/INST]")
        elif message.role == "assistant":
            answer3(script, message)
        else:
            script.mark("[TOOL_RESULTS]")
            script.put(dumped({"content": parsed(message.text), "call_id": ID}))
            script.mark("[/TOOL_RESULTS]")


def answer3(script: Script, message: Message) -> None:
    script.put(message.text)
    if message.calls:
        script.mark("[TOOL_CALLS]")
        calls = [
            {"name": call.name, "arguments": arguments(call), "id": ID} for call in message.calls
        ]
        script.put(dumped(calls))
    script.mark("</s>")


def mistral13(script: Script, ask: Ask) -> None:
    """Tokenizer versions 7 to 13; the forms of tools are those of 13."""
    settings(script, ask)
    script.mark("<s>")
    declared = False
    for message in ask.messages:
        if message.role == "system":
            script.mark("[SYSTEM_PROMPT]")
            script.put(message.text)
            script.mark("[/SYSTEM_PROMPT]")
        elif message.role == "user":
            if not declared:
                definitions(script, ask)
                declared = True
            script.mark("[INST]")
            script.put(message.text)
            script.mark("[/INST]")
        elif message.role == "assistant":
            answer13(script, message)
        else:
            script.mark("[TOOL_RESULTS]")
            script.put(message.text)
            script.mark("[/TOOL_RESULTS]")


def answer13(script: Script, message: Message) -> None:
    script.put(message.text)
    for call in message.calls:
        script.mark("[TOOL_CALLS]")
        script.put(call.name)
        script.mark("[ARGS]")
        script.put(dumped(arguments(call)))
    script.mark("</s>")


def definitions(script: Script, ask: Ask) -> None:
    """A description that is missing is written as an empty one."""
    if ask.tools:
        shown = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": parsed(tool.parameters),
                },
            }
            for tool in ask.tools
        ]
        script.mark("[AVAILABLE_TOOLS]")
        script.put(dumped(shown))
        script.mark("[/AVAILABLE_TOOLS]")
