"""`--shape turns=51,system=12k,…`: a session of an agent that does not exist yet."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta, timezone
from typing import Any

import msgspec

from llmcost.commands.replay.compute import Session
from llmcost.errors import UsageError
from llmcost.messages import joined, say, visible
from llmcost.pricing.prompt_cache import Block, PrefixTree
from llmcost.workload import quantities

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhd]?)", re.ASCII)
MOST_TURNS = 10_000
DAY, WORKING = 86400, 8 * 3600
CHINA = timezone(timedelta(hours=8))


class SessionShape(msgspec.Struct, frozen=True):
    """A session of `turns` requests: a system prompt with its tools, then what the user says; each
    answer has `output` tokens, and is followed by the result of a tool, or, without one, by the
    user. `gap`: seconds from one request to the next; `sessions` a day."""

    turns: int = 1
    system: int = 0
    user: int = 0
    tool_result: int = 0
    output: int = 0
    gap: float = 0
    sessions: int = 1


def parse_shape(text: str) -> SessionShape:
    """Raises UsageError."""
    found: dict[str, Any] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        key, sign, value = (one.strip() for one in part.partition("="))
        key = key.replace("-", "_")
        if not sign or key not in PARSERS:
            raise UsageError(
                say("--shape takes no `{part}`", part=visible(part)),
                hint=say("it takes {keys}, as in {example}", keys=joined(PARSERS), example=EXAMPLE),
            )
        parsed = PARSERS[key](value)
        if parsed is None:
            raise UsageError(
                say("--shape: {key} cannot be `{value}`", key=key, value=visible(value)),
                hint=say("for example --shape {example}", example=EXAMPLE),
            )
        found[key] = parsed
    shape = SessionShape(**found)
    if shape.turns > MOST_TURNS or not (shape.system + shape.user):
        raise UsageError(
            say("--shape needs what is sent, in at most {most:,} turns", most=MOST_TURNS),
            hint=say("for example --shape {example}", example=EXAMPLE),
        )
    return shape


def seconds(text: str) -> float | None:
    """`40s`, `5m`, `1.5h`; a bare number is in seconds."""
    found = DURATION.fullmatch(text)
    return float(found[1]) * UNITS[found[2] or "s"] if found else None


EXAMPLE = "turns=51,system=12k,user=200,tool_result=2k,output=350,gap=40s"
PARSERS: dict[str, Callable[[str], Any]] = {
    **{"turns": quantities.above_zero, "system": quantities.whole, "user": quantities.whole},
    **{"tool_result": quantities.whole, "output": quantities.whole, "gap": seconds},
    "sessions": quantities.above_zero,
}


def session_of(shape: SessionShape) -> Session:
    """The session of a shape, whose tokens are each model's own."""
    tree = PrefixTree([Block("system", shape.system)] if shape.system else [])
    for second, shared, input in shape_requests(shape):
        tree.follow(second, shared, input, shape.output)
    return Session(tree, is_dated=False)


def sessions_in(
    shape: SessionShape, session: Session, days: int, at: datetime
) -> Iterator[Session]:
    """The sessions of so many days from the day of `at` on, spread over working hours."""
    first = datetime.combine(at.astimezone(CHINA), time(9), CHINA).timestamp()
    for day in range(days):
        for number in range(shape.sessions):
            start = first + day * DAY + number * WORKING / shape.sessions
            yield msgspec.structs.replace(session, tree=session.tree.begun(start), is_dated=True)


def shape_requests(shape: SessionShape) -> Iterator[tuple[float, int, int]]:
    """When each request is sent, what of it the last one had, and its input."""
    input, shared = shape.system + shape.user, shape.system
    for turn in range(shape.turns):
        yield turn * shape.gap, shared, input
        shared = input
        input += shape.output + (shape.tool_result or shape.user)
