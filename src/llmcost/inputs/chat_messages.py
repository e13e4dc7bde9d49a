"""The messages of a conversation, as each vendor writes them."""

from collections.abc import Callable

from llmcost.chat import Call, Media, Message
from llmcost.inputs.content import Parts, gemini_content, read_content
from llmcost.inputs.json_values import (
    BadShape,
    Json,
    Object,
    json_text,
    kind,
    needed,
    object_of,
    optional_list,
    optional_text,
    text_of,
    within,
)
from llmcost.messages import say

A_MESSAGE, AN_ITEM = say("a message"), say("an item")
A_TOOL_CALL, A_FUNCTION_CALL = say("a tool call"), say("a function call")
ROLES = {
    **{"system": "system", "developer": "system"},
    **{"user": "user", "human": "user"},
    **{"assistant": "assistant", "model": "assistant", "gpt": "assistant"},
    **{"chatgpt": "assistant", "bing": "assistant", "bard": "assistant"},
    **{"function_call": "assistant", "tool_call": "assistant"},  # ShareGPT: the call as text
    **{"tool": "tool", "function": "tool", "observation": "tool", "function_response": "tool"},
}


def role_of(value: Json, where: str = "`role`") -> str:
    role = ROLES.get(value) if isinstance(value, str) else None
    if role is None:
        shown = json_text(value)[:40] if isinstance(value, str) else kind(value)
        raise BadShape(
            say(
                "{where}: expected system, user, assistant or tool, found {found}",
                where=where,
                found=shown,
            )
        )
    return role


def chat_messages(values: list[Json], where: str = "`messages`") -> list[Message]:
    """Of OpenAI, Anthropic and all who took over their form."""
    found: list[Message] = []
    for number, value in enumerate(values):
        try:
            message = object_of(value, A_MESSAGE)
            if is_summary(message):  # takes the place of all that was before
                found = [one for one in found if one.role == "system"]
            found.extend(chat_message(message))
        except BadShape as error:
            raise within(f"{where}[{number}]", error) from None
    return found


def is_summary(message: Object) -> bool:
    """Whether a message of Claude's has a summary of earlier ones."""
    parts = message.get("content")
    return isinstance(parts, list) and any(
        isinstance(part, dict) and part.get("type") == "compaction" for part in parts
    )


def chat_message(body: Object) -> list[Message]:
    role = role_of(needed(body, "role"))
    content = body.get("content")
    if isinstance(content, str) and len(body) == 2:  # nothing else to look for in most
        return [Message(role, content)]
    parts = Parts()
    for key in ("reasoning_content", "reasoning"):
        if isinstance(body.get(key), str):
            parts.thoughts.append(body[key])
    read_content(content, parts)
    read_content(body.get("refusal"), parts, "`refusal`")
    if body.get("audio") is not None:
        raise BadShape(say("`audio` cannot be counted"))
    parts.calls.extend(map(chat_call, optional_list(body, "tool_calls")))
    if body.get("function_call") is not None:
        parts.calls.append(function_call(body["function_call"]))
    return parts.messages(role, optional_text(body, "name"))


def chat_call(value: Json) -> Call:
    body = object_of(value, A_TOOL_CALL)
    if body.get("type") == "custom":
        custom = object_of(needed(body, "custom"), "`custom`")
        return Call(text_of(needed(custom, "name"), "`name`"), optional_text(custom, "input"))
    return function_call(needed(body, "function"))


def function_call(value: Json) -> Call:
    """`arguments` is JSON as text; some write the object itself."""
    body = object_of(value, A_FUNCTION_CALL)
    arguments = body.get("arguments", "")
    text = arguments if isinstance(arguments, str) else json_text(arguments)
    return Call(text_of(needed(body, "name"), "`name`"), text)


def sharegpt_messages(values: list[Json], where: str) -> list[Message]:
    """`from` and `value`; some write `role` and `content` in their place."""
    found: list[Message] = []
    for number, value in enumerate(values):
        try:
            found.extend(sharegpt_message(object_of(value, A_MESSAGE)))
        except BadShape as error:
            raise within(f"{where}[{number}]", error) from None
    return found


def sharegpt_message(body: Object) -> list[Message]:
    if "from" not in body and "role" in body:
        return chat_message(body)
    role = role_of(needed(body, "from"), "`from`")
    return [Message(role, text_of(needed(body, "value"), "`value`"))]


def gemini_messages(values: list[Json], where: str = "`contents`") -> list[Message]:
    found: list[Message] = []
    for number, value in enumerate(values):
        parts = Parts()
        gemini_content(value, parts, f"{where}[{number}]")
        role = value.get("role") if isinstance(value, dict) else None
        found += parts.messages("user" if role is None else role_of(role))
    return found


def response_messages(values: list[Json]) -> list[Message]:
    """The items of OpenAI's Responses."""
    found: list[Message] = []
    for number, value in enumerate(values):
        try:
            item = object_of(value, AN_ITEM)
            if item.get("type") == "compaction":  # takes the place of all that was before
                found = [one for one in found if one.role == "system"]
            found += response_item(item)
        except BadShape as error:
            raise within(f"`input`[{number}]", error) from None
    return found


def response_item(body: Object) -> list[Message]:
    form = body.get("type", "message")
    reader = ITEMS.get(form) if isinstance(form, str) else None
    if reader is None:
        raise BadShape(
            say("an item of the type {type} cannot be counted", type=json_text(form)[:40])
        )
    return reader(body)


def call_item(body: Object) -> list[Message]:
    arguments = body.get("arguments", body.get("input", ""))
    text = arguments if isinstance(arguments, str) else json_text(arguments)
    return [Message("assistant", "", calls=(Call(optional_text(body, "name"), text),))]


def output_item(body: Object) -> list[Message]:
    parts = Parts()
    read_content(body.get("output"), parts, "`output`")
    return [parts.message("tool")]


def reasoning_item(body: Object) -> list[Message]:
    """Encrypted, or a summary that is not what the model sees."""
    parts = Parts()
    read_content(body.get("content"), parts)
    hidden = body.get("encrypted_content")
    if isinstance(hidden, str):
        parts.media.append(Media("hidden", len(hidden)))
    return [] if parts.is_empty else [parts.message("assistant")]


def compaction_item(body: Object) -> list[Message]:
    """A summary of earlier turns that only the vendor can read."""
    hidden = optional_text(body, "encrypted_content")
    return [Message("assistant", "", media=(Media("summary", len(hidden)),))]


def hosted_item(body: Object) -> list[Message]:
    """What a tool of the vendor's did: all of its JSON but ids."""
    shown = {key: value for key, value in body.items() if key not in ("id", "status", "type")}
    text = json_text(shown)
    return [Message("tool", text, media=(Media("definitions", len(text)),))]


ITEMS: dict[str, Callable[[Object], list[Message]]] = {
    **{"message": chat_message, "reasoning": reasoning_item, "compaction": compaction_item},
    **{"function_call": call_item, "custom_tool_call": call_item, "tool_search_call": call_item},
    **{"function_call_output": output_item, "custom_tool_call_output": output_item},
    **{
        name: hosted_item
        for name in (
            *("tool_search_output", "additional_tools", "mcp_list_tools", "mcp_call"),
            *("code_interpreter_call", "web_search_call", "file_search_call"),
        )
    },
}
