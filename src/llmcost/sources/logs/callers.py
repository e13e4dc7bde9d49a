"""Who made a request: the key, user or project of a log, never with a key that opens anything."""

import re
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from llmcost.sources.logs.lines import CalledLine, Metadata
from llmcost.sources.logs.signs import metadata_of

BY = ("key", "user", "project")
"""What callers may be told apart by."""
HASH = re.compile(r"[0-9a-f]{64}")  # as LiteLLM stores keys
MASKED = re.compile(r".{0,12}(\.\.\.|…|\*\*).{0,6}")
SHORT = 12
NAME = msgspec.json.Decoder(str | int | float | None)


def caller_of(line: CalledLine, wanted: Sequence[str]) -> tuple[str, ...]:
    """The names by which the caller of a line goes; empty where the line has none."""
    metadata = metadata_of(line.metadata)
    return tuple(FINDERS[one](line, metadata) for one in wanted)


def key_of(line: CalledLine, metadata: Metadata) -> str:
    named = first(metadata.user_api_key_alias, line.api_key_alias, line.api_key_id)
    return named or masked(first(line.api_key, metadata.user_api_key))


def user_of(line: CalledLine, metadata: Metadata) -> str:
    return first(line.end_user, line.user, line.user_id, metadata.user_api_key_user_id)


def project_of(line: CalledLine, metadata: Metadata) -> str:
    return first(
        *(line.project, line.project_id, metadata.user_api_key_team_alias),
        *(line.team_id, metadata.user_api_key_team_id),
    )


FINDERS = {"key": key_of, "user": user_of, "project": project_of}


def first(*values: msgspec.Raw) -> str:
    """The first that is a text or a number, and not empty."""
    for raw in values:
        if raw:
            value = NAME.decode(raw)
            if value is not None and value != "":
                return str(value)
    return ""


def masked(key: str) -> str:
    """A key by its last four characters, a hash by its first ones, what is masked as it is."""
    if not key or MASKED.fullmatch(key):
        return key
    if HASH.fullmatch(key):
        return f"{key[:SHORT]}…"
    if len(key) >= SHORT:
        return f"…{key[-4:]}"
    return f"#{sha256(key.encode(errors='surrogatepass')).hexdigest()[:8]}"
