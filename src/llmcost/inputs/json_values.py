"""Parsed JSON as checked values: an error says what was expected where, and what was there.

Problems that the JSON decoder reports are translated here, since it knows English alone.
"""

import re
from typing import Any

import msgspec

from llmcost.messages import say, say_each

Json = Any
Object = dict[str, Json]

A_TEXT, AN_OBJECT, A_LIST, A_NUMBER = say("text"), say("an object"), say("a list"), say("a number")
KINDS = {str: A_TEXT, dict: AN_OBJECT, list: A_LIST, int: A_NUMBER, float: A_NUMBER}


class BadShape(ValueError):
    """A value is not what a request has at this place, or is nothing that can be counted."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def kind(value: Json) -> str:
    """A value's type, in the words of JSON."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return KINDS[type(value)]


def wrong(where: str, expected: str, value: Json) -> BadShape:
    return unlike(where, expected, kind(value))


def unlike(where: str, expected: str, found: str) -> BadShape:
    return BadShape(
        say(
            "{where}: expected {expected}, found {found}",
            where=where,
            expected=expected,
            found=found,
        )
    )


def within(where: str, error: BadShape) -> BadShape:
    """The same of what is in a part of the request."""
    return BadShape(say("{where}, {problem}", where=where, problem=error.message))


def text_of(value: Json, where: str) -> str:
    if not isinstance(value, str):
        raise wrong(where, A_TEXT, value)
    return value


def optional_text(body: Object, key: str) -> str:
    """Of a key that may be missing or null."""
    value = body.get(key)
    return "" if value is None else text_of(value, f"`{key}`")


def object_of(value: Json, where: str) -> Object:
    if not isinstance(value, dict):
        raise wrong(where, AN_OBJECT, value)
    return value


def list_of(value: Json, where: str) -> list[Json]:
    if not isinstance(value, list):
        raise wrong(where, A_LIST, value)
    return value


def optional_list(body: Object, key: str) -> list[Json]:
    value = body.get(key)
    return [] if value is None else list_of(value, f"`{key}`")


def needed(body: Object, key: str) -> Json:
    if key not in body:
        raise BadShape(say("expected `{key}`, found {found}", key=key, found=keys(body)))
    return body[key]


def keys(body: Object, most: int = 8) -> str:
    """The keys of an object for a message: `a`, `b` and 3 more."""
    names = [f"`{key if len(key) <= 40 else key[:40] + '…'}`" for key in list(body)[:most]]
    shown, rest = ", ".join(names), len(body) - most
    if not names:
        return say("an empty object")
    if rest > 0:
        return say("the keys {keys} and {rest} more", keys=shown, rest=rest)
    return say("the keys {keys}", keys=shown)


def json_text(value: Json) -> str:
    """As a vendor would write it into the prompt: without spaces, in the order of the request."""
    return msgspec.json.encode(value).decode()


PREFIX = "JSON is malformed: "
PLACED = re.compile(r"(?P<what>.*) \(byte (?P<byte>\d+)\)")
KNOWN = say_each(
    "Input data was truncated, invalid character, trailing characters, "
    "object keys must be strings, expected ':', expected ',' or ']', expected ',' or '}', "
    "trailing comma in array, trailing comma in object, invalid number, "
    "invalid escape character in string"
)


def malformed(error: Exception) -> str:
    """Of a decoder's error; what it says seldom is not translated."""
    said = str(error).removeprefix(PREFIX)
    found = PLACED.fullmatch(said)
    if found is None:
        return KNOWN.get(said, said)
    what = KNOWN.get(found["what"], found["what"])
    return say("{problem} (byte {byte})", problem=what, byte=found["byte"])
