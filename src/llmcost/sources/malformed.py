"""What the JSON decoder finds wrong with a text, as messages: it speaks English alone."""

import re

from llmcost.messages import say

PREFIX = "JSON is malformed: "
PLACED = re.compile(r"(?P<what>.*) \(byte (?P<byte>\d+)\)")
KNOWN = {
    str(said): said
    for said in (
        say("Input data was truncated"),
        say("invalid character"),
        say("trailing characters"),
        say("object keys must be strings"),
        say("expected ':'"),
        say("expected ',' or ']'"),
        say("expected ',' or '}'"),
        say("trailing comma in array"),
        say("trailing comma in object"),
        say("invalid number"),
        say("invalid escape character in string"),
    )
}


def malformed(error: Exception) -> str:
    """Of a decoder's error; what it says seldom is not translated."""
    said = str(error).removeprefix(PREFIX)
    found = PLACED.fullmatch(said)
    if found is None:
        return KNOWN.get(said, said)
    what = KNOWN.get(found["what"], found["what"])
    return say("{problem} (byte {byte})", problem=what, byte=found["byte"])
