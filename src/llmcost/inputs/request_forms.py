"""The forms of requests, each recognised by its keys."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcost.inputs.json_values import Json, Object

ENDINGS = (".jsonl", ".ndjson", ".json")
"""What files of requests are called."""


def can_hold_requests(name: str) -> bool:
    """Whether the content decides what a file is: standard input, and names without an ending, say
    nothing of it."""
    return name.lower().endswith(ENDINGS) or "." not in name.replace("\\", "/").rpartition("/")[2]


def may_be_json(head: str) -> bool:
    """Whether a text begins as a list, an object or a text of JSON does."""
    return head.removeprefix("\ufeff").lstrip()[:1] in ("[", "{", '"')


class Form(StrEnum):
    """What `--input-format` knows. `auto` looks at each request, `text` at none."""

    AUTO = "auto"
    TEXT = "text"
    CHAT = "chat"
    BATCH = "batch"
    ANTHROPIC = "anthropic"
    RESPONSES = "responses"
    GEMINI = "gemini"
    DASHSCOPE = "dashscope"
    SHAREGPT = "sharegpt"
    PROMPT = "prompt"
    EMBEDDINGS = "embeddings"


# the first whose keys are all there
BY_KEYS = (
    (("custom_id", "body"), Form.BATCH),
    (("custom_id", "params"), Form.BATCH),
    (("key", "request"), Form.BATCH),
    (("requests",), Form.BATCH),
    (("messages", "system"), Form.ANTHROPIC),
    (("messages",), Form.CHAT),
    (("contents",), Form.GEMINI),
    (("conversations",), Form.SHAREGPT),
    (("conversation",), Form.SHAREGPT),
    (("prompt",), Form.PROMPT),
)


def form_of(value: "Json") -> Form | None:
    """The form of a request; None for what is none that is known."""
    if isinstance(value, str):
        return Form.PROMPT
    if isinstance(value, list):
        return Form.CHAT if is_conversation(value) else None
    if not isinstance(value, dict):
        return None
    for keys, form in BY_KEYS:
        if all(key in value for key in keys) and not names_kept(value, keys):
            return form
    return by_input(value)


def names_kept(value: "Object", keys: tuple[str, ...]) -> bool:
    """Whether `conversation` is the name of one that OpenAI has, and none of a data set."""
    return keys == ("conversation",) and not isinstance(value["conversation"], list)


def by_input(value: "Object") -> Form | None:
    """`input` is also a column of many data sets, so it is a request only beside more of one."""
    found = value.get("input")
    if isinstance(found, dict) and ("messages" in found or "prompt" in found):
        return Form.DASHSCOPE
    if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
        return Form.RESPONSES
    if isinstance(found, list) and found and "model" in value:
        return Form.EMBEDDINGS
    if isinstance(found, str) and ("model" in value or "instructions" in value):
        return Form.RESPONSES
    return None


# Data sets: the keys that show one, and those whose texts are the prompt.
COLUMNS = (
    (("prompt", "completion"), ("prompt",)),
    (("instruction",), ("instruction", "input")),
    (("question",), ("question",)),
    (("text",), ("text",)),
    (("content",), ("content",)),
)


def columns_of(value: "Json") -> tuple[str, ...]:
    """The keys whose texts are the prompt, in an object of a data set that is no request; none in
    any other value."""
    if not isinstance(value, dict) or is_message(value):
        return ()
    form = form_of(value)
    if form not in (None, Form.PROMPT):
        return ()
    for shown, columns in COLUMNS if form is None else COLUMNS[:1]:
        if all(isinstance(value.get(key), str) for key in shown):
            return tuple(key for key in columns if isinstance(value.get(key), str))
    return ()


def is_conversation(values: "list[Json]") -> bool:
    """A list of messages, which is one request; other lists hold requests."""
    return bool(values) and is_message(values[0])


def is_message(value: "Json") -> bool:
    return isinstance(value, dict) and ("role" in value or "from" in value)
