"""Write a request as a template does: runs of text, and tokens that stand for no text.

Here is also what the templates of several vendors share: questions about the messages of a
conversation, and the forms in which definitions and calls of tools go into a prompt.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from llmcost.chat import Call, Message, Tool

Specials = re.Pattern[str]


def specials(*tokens: str) -> Specials:
    """Recognizes the strings that a vocabulary has as one token each."""
    longest_first = sorted(tokens, key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, longest_first))})")


NONE = re.compile(r"((?!))")


@lru_cache(maxsize=1024)
def parted(found: Specials, words: str) -> tuple[str, ...]:
    """Text and special tokens in turns, text first."""
    return tuple(found.split(words))


class Script:
    """Collects what a template writes.

    `texts` are tokenized one by one. They end at special tokens and after a line break before a
    line that is not blank, where no tokenizer joins anything; so a template's own lines come up
    again and again as the same string. `tokens` are all others, `low` and `high` their bounds.
    `likely` and `possible` are texts that may be left out: both count in the upper bound, and
    neither in the lower.
    """

    def __init__(self, found: Specials = NONE) -> None:
        self.texts: list[str] = []
        self.likely: list[str] = []
        self.possible: list[str] = []
        self.tokens = self.low = self.high = 0
        self.exact = True
        self._specials = found
        self._open = ""

    def mark(self, words: str) -> None:
        """The template's own words, in which the names of special tokens are these tokens."""
        parts = parted(self._specials, words)
        self.put(parts[0])
        for text in parts[2::2]:
            self.add(1)
            self.put(text)

    def put(self, text: str) -> None:
        """Somebody's words: text, whatever they say."""
        if not text:
            return
        if self._open[-1:] == "\n" and text[0] != "/" and not text[0].isspace():
            self.end()
        self._open += text

    def add(self, tokens: int, low: int | None = None, high: int | None = None) -> None:
        """Tokens that are no text: special ones, or those of a rule, with its bounds."""
        self.end()
        self.tokens += tokens
        self.low += tokens if low is None else low
        self.high += tokens if high is None else high
        self.exact = self.exact and low is high is None

    def maybe(self, text: str, *, counted: bool) -> None:
        """A text that the vendor may leave out; `counted`: rather not."""
        self.end()
        (self.likely if counted else self.possible).append(text)
        self.exact = False

    def end(self) -> None:
        """Close a run of text."""
        if self._open:
            self.texts.append(self._open)
            self._open = ""


def opened(messages: Sequence[Message]) -> tuple[str | None, Sequence[Message]]:
    """The text of a system message at the start, if there is one, and the others."""
    if messages and messages[0].role == "system":
        return messages[0].text, messages[1:]
    return None, messages


def last_user(messages: Sequence[Message]) -> int:
    """The place of the last user message; -1 if there is none."""
    places = (i for i in reversed(range(len(messages))) if messages[i].role == "user")
    return next(places, -1)


def results(messages: Sequence[Message], place: int) -> tuple[bool, bool]:
    """Whether the tool's result at this place is the first and the last of its run."""
    first = place == 0 or messages[place - 1].role != "tool"
    last = place + 1 == len(messages) or messages[place + 1].role != "tool"
    return first, last


def thought(text: str, start: str = "<think>", end: str = "</think>") -> tuple[str, str]:
    """What an answer has between its tags for reasoning, without blank lines, and what follows."""
    if end not in text:
        return "", text
    before, after = text.split(end)[0], text.split(end)[-1]
    return before.rstrip("\n").split(start)[-1].lstrip("\n"), after.lstrip("\n")


def runs(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Messages of users and tools that follow each other as one turn, each other one by itself."""
    turn: list[Message] = []
    for message in messages:
        if message.role in ("user", "tool"):
            turn.append(message)
            continue
        if turn:
            yield turn
            turn = []
        yield [message]
    if turn:
        yield turn


def dumped(value: Any, *, compact: bool = False, indent: int | None = None) -> str:
    """JSON as Hugging Face's templates write it: other scripts unescaped, keys as they come."""
    separators = (",", ":") if compact else None
    return json.dumps(value, ensure_ascii=False, separators=separators, indent=indent)


@lru_cache(maxsize=4096)
def parsed(text: str) -> Any:
    """The value of a JSON text; what is no JSON stays the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def function(tool: Tool) -> dict[str, Any]:
    """The inner object of OpenAI's form; no key for a description that is not there."""
    described = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, **described, "parameters": parsed(tool.parameters)}


def wrapped(tool: Tool) -> dict[str, Any]:
    """OpenAI's form of a tool."""
    return {"type": "function", "function": function(tool)}


@lru_cache(maxsize=4096)
def wrapped_json(tool: Tool) -> str:
    return dumped(wrapped(tool))


@lru_cache(maxsize=4096)
def function_json(tool: Tool) -> str:
    return dumped(function(tool))


def arguments(call: Call) -> dict[str, Any]:
    """The arguments by name; what is no JSON object is passed as the one argument `arguments`."""
    value = parsed(call.arguments or "{}")
    return value if isinstance(value, dict) else {"arguments": value}


def plain_or_json(value: Any) -> str:
    """A string as it is, anything else as JSON."""
    return value if isinstance(value, str) else dumped(value)


def text_at(schema: dict[str, Any], key: str) -> str:
    value = schema.get(key, "")
    return value if isinstance(value, str) else dumped(value)
