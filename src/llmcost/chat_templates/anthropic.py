"""Claude: no template is published; the sizes of its frame are those of recorded calls."""

from typing import NamedTuple

from llmcost.chat import Ask
from llmcost.chat_templates.writer import Script, dumped, function_json, last_user, parsed


class Added(NamedTuple):
    """Tokens, with the least and the most that were recorded."""

    tokens: int
    low: int
    high: int


class Generation(NamedTuple):
    """Tokens of a chat of one message; of the prompt that tools switch on, where the model may call
    them and where it has to; of enabled thinking."""

    base: int
    tools: Added
    forced: Added
    thinking: Added = Added(0, 0, 40)


# Recorded calls, and Anthropic's page on tool use for those that were not recorded. Sonnet 4.5 had
# the prompt of Sonnet 4 at first, and nothing tells which of the two a call gets.
CLAUDE3 = Generation(7, Added(300, 150, 380), Added(300, 150, 560), Added(29, 0, 34))
CLAUDE4 = Generation(7, Added(312, 300, 350), Added(312, 300, 350), Added(28, 0, 36))
CLAUDE45 = Generation(7, Added(496, 300, 512), Added(586, 300, 602), Added(28, 0, 34))
CLAUDE47 = Generation(11, Added(500, 260, 700), Added(590, 260, 820), Added(3, 0, 30))
CLAUDE48 = Generation(6, Added(350, 270, 480), Added(440, 270, 600), Added(0, -4, 30))
CLAUDE5 = Generation(6, Added(430, 270, 520), Added(520, 270, 640), Added(0, -4, 30))


def claude3(script: Script, ask: Ask) -> None:
    """Claude 3 to 3.7: 7 tokens with one message (ctok's recorded counts)."""
    claude(script, ask, CLAUDE3)


def claude4(script: Script, ask: Ask) -> None:
    claude(script, ask, CLAUDE4)


def claude45(script: Script, ask: Ask) -> None:
    claude(script, ask, CLAUDE45)


def claude47(script: Script, ask: Ask) -> None:
    claude(script, ask, CLAUDE47)


def claude48(script: Script, ask: Ask) -> None:
    claude(script, ask, CLAUDE48)


def claude5(script: Script, ask: Ask) -> None:
    claude(script, ask, CLAUDE5)


def claude(script: Script, ask: Ask, generation: Generation) -> None:
    """Each message after the first adds 2 (coder/ai-tokenizer), 0 to 6 to be safe."""
    more = max(len(ask.messages) - 1, 0)
    last = last_user(ask.messages)
    for place, message in enumerate(ask.messages):
        script.put(message.text)
        script.end()
        if message.role == "tool":
            script.add(23, 15, 34)
        for call in message.calls:
            script.put(f"{call.name} {call.arguments}")
            script.add(25, 15, 34)
        if message.thinking:
            thought(script, message.thinking, is_sent=place > last)
    script.add(generation.base)
    if more:
        script.add(2 * more, 0, 5 * more)
    if ask.conditions.thinking == "on":
        script.add(*generation.thinking)
    tools(script, ask, generation)
    if ask.conditions.schema:
        answer_format(script, ask.conditions.schema)


def thought(script: Script, text: str, *, is_sent: bool) -> None:
    """Thinking of earlier turns is left out by the API; that of this one is part of it."""
    script.maybe(text, counted=is_sent)


def tools(script: Script, ask: Ask, generation: Generation) -> None:
    """Definitions as JSON, without those that the model has to search for."""
    for tool in ask.tools:
        if not tool.is_deferred:
            script.put(function_json(tool))
            script.add(0, -4, 8)
        else:
            script.maybe(function_json(tool), counted=False)
    if ask.tools or ask.conditions.hosted:
        script.add(*(generation.forced if ask.conditions.choice == "any" else generation.tools))


def answer_format(script: Script, schema: str) -> None:
    """A prompt of its own and the schema as JSON (recorded: 184 to 350 tokens for small ones)."""
    if schema == "json":
        script.add(0, 0, 60)
        return
    value = parsed(schema)
    inner = value.get("schema", value) if isinstance(value, dict) else value
    text = dumped(inner, compact=True)
    script.put(text)
    script.add(130, 100, 300 + len(text) // 10)
