"""Vendors who publish no template and of whom no call was recorded: OpenAI's rule, with bounds."""

from llmcost.chat import Ask
from llmcost.chat_templates.openai import namespace
from llmcost.chat_templates.writer import Script, dumped, function_json, parsed


def assumed(script: Script, ask: Ask) -> None:
    """Vendors of whom nothing is known: OpenAI's rule; at most a short system prompt besides."""
    count = len(ask.messages)
    messages(script, ask)
    script.add(4 * count + 3, count, 12 * count + 40)
    if ask.tools:
        script.put(namespace(ask.tools))
        script.add(9, -6 * len(ask.tools), 60 + 40 * len(ask.tools))
        for tool in ask.tools:  # as JSON, they take more
            script.maybe(function_json(tool), counted=False)
    structured(script, ask)


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
        if message.thinking:
            script.maybe(message.thinking, counted=False)
        for call in message.calls:
            script.put(call.name)
            script.end()
            script.put(call.arguments)
            script.add(6, 2, 12)


def structured(script: Script, ask: Ask) -> None:
    """The schema of structured output: some vendors write it into the prompt, others do not."""
    schema = ask.conditions.schema
    if schema == "json":
        script.add(0, 0, 4)
    elif schema:
        value = parsed(schema)
        inner = value.get("schema", value) if isinstance(value, dict) else value
        script.maybe(dumped(inner), counted=False)
        script.add(0, 0, 40)
