"""Logs of agents, gateways and vendors' exports as data: where their fields are.

A format is a file in `formats`: what its objects look like, the fields of their tokens, and where
it keeps its files. Objects are decoded whole here, so this is for what no vendor's answer is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import msgspec

from llmcost.logs.log_fields import folder
from llmcost.logs.log_formats import BadUsage, When, Why
from llmcost.messages import say

Value = Any
"""A decoded object of JSON."""
LIFETIMES = ("5m", "30m", "1h", "12h")


class LogState:
    """What the lines of a file so far say about the next ones. `place`: the path of the file."""

    def __init__(self, place: str = "") -> None:
        self.place = place
        self.model = ""
        self.session = ""
        self.project = ""
        self.known: dict[str, Any] = {}

    @property
    def is_empty(self) -> bool:
        return not (self.model or self.session or self.project or self.known)


class FormatRow(NamedTuple):
    """A request with the tokens as `Sizes` has them. `number`: of how many requests they are the
    sum (0: nobody knows, -1: another row says); `id`: of the answer, in the words of the format;
    `stated`: US dollars."""

    model: str
    when: When
    input: int
    output: int
    read: int = 0
    written: int = 0
    others: tuple[tuple[str, int], ...] = ()
    thinking: bool = False
    id: str = ""
    provider: str = ""
    tier: str = ""
    batch: bool = False
    key: str = ""
    user: str = ""
    project: str = ""
    session: str = ""
    stated: Decimal | None = None
    number: int = 1


class TokenFields(NamedTuple):
    """Paths of the fields (`message.usage.output`; several apart by `|`, the first that is there).

    `inclusive`: whether the input has the cached tokens; `beside`: reasoning that the output does
    not have; `total`: of all tokens, which the parts are checked with."""

    input: str
    output: str
    read: str = ""
    written: str = ""
    lifetimes: Mapping[str, str] = {}
    beside: str = ""
    total: str = ""
    inclusive: bool = True
    model: str = "model"
    when: str = "timestamp"
    id: str = ""
    provider: str = ""
    tier: str = ""
    key: str = ""
    user: str = ""
    project: str = ""
    session: str = ""
    cost: str = ""
    number: str = ""


Found = FormatRow | Why


class LogFormat(NamedTuple):
    """`name`: as JSON has it; `folders`: patterns of its files below the user's home, each with the
    variable of the environment that moves what is before `/./`; `tables`: of an SQLite database,
    with the query for their rows."""

    name: str
    title: str
    matches: Callable[[Value], bool]
    rows: Callable[[Value, LogState], Iterable[Found]]
    folders: tuple[tuple[str, str], ...] = ()
    tables: tuple[tuple[str, str], ...] = ()


def by_fields(fields: TokenFields) -> Callable[[Value, LogState], Iterator[Found]]:
    """The reader of a format that has a request in each object."""

    def rows(value: Value, state: LogState) -> Iterator[Found]:
        yield row_of(value, fields, state)

    return rows


def has(*paths: str, **values: str | int) -> Callable[[Value], bool]:
    """Whether an object has these fields, and these values; `__` is a dot in their names."""

    def matches(value: Value) -> bool:
        return all(at(value, one.replace("__", ".")) == want for one, want in values.items()) and (
            all(first_at(value, one) is not None for one in paths)
        )

    return matches


def at(value: Value, path: str) -> Any:
    """The value at a path of names, also inside of texts that are JSON."""
    for name in path.split("."):
        if isinstance(value, str) and value[:1] == "{":
            try:
                value = msgspec.json.decode(value)
            except msgspec.DecodeError:
                return None
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def first_at(value: Value, paths: str) -> Any:
    for path in paths.split("|"):
        found = at(value, path)
        if found is not None and found != "":
            return found
    return None


def text_at(value: Value, paths: str) -> str:
    found = first_at(value, paths) if paths else None
    return str(found) if isinstance(found, str | int | float) else ""


def tokens_at(value: Value, paths: str) -> int:
    """Raises BadUsage for what is no number of tokens."""
    found = first_at(value, paths) if paths else None
    return 0 if found is None else tokens_of(found)


def tokens_of(value: Any) -> int:
    """Also of a whole float, and of digits with commas. Raises BadUsage."""
    number = value
    if isinstance(value, str):
        try:
            number = Decimal(value.strip().replace(",", "").replace("\u202f", ""))
        except InvalidOperation:
            number = None
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        number = None
    if number is None or number != number or abs(number) > 1 << 62 or int(number) != number:
        raise BadUsage(say("`{value}` is not a number of tokens", value=str(value)[:40]))
    return int(number)


def dollars_of(value: Any) -> Decimal | None:
    """An amount in US dollars, also with their sign; None for any other, or none."""
    text = str(value).strip().removeprefix("US$").removeprefix("$").replace(",", "")
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def when_at(value: Value, paths: str) -> When:
    found = first_at(value, paths) if paths else None
    return found if isinstance(found, int | float | str) and not isinstance(found, bool) else None


def row_of(value: Value, fields: TokenFields, state: LogState) -> FormatRow:
    """Raises BadUsage."""
    input, output = tokens_at(value, fields.input), tokens_at(value, fields.output)
    read, written = tokens_at(value, fields.read), tokens_at(value, fields.written)
    parts = {item: tokens_at(value, path) for item, path in fields.lifetimes.items()}
    others = tuple((f"cache_write.{item}", number) for item, number in parts.items() if number)
    written = max(written, sum(parts.values()))
    if not fields.inclusive:
        input += read + written
    beside = tokens_at(value, fields.beside)
    output += beside
    total = tokens_at(value, fields.total)
    if total > input + output:
        output = total - input
    project = text_at(value, fields.project) or state.project
    return FormatRow(
        text_at(value, fields.model) or state.model,
        when_at(value, fields.when),
        *(input, output, read, written, others, beside > 0),
        id=text_at(value, fields.id),
        provider=text_at(value, fields.provider),
        tier=text_at(value, fields.tier),
        key=text_at(value, fields.key),
        user=text_at(value, fields.user),
        project=folder(project),
        session=text_at(value, fields.session) or state.session,
        stated=dollars_of(first_at(value, fields.cost)) if fields.cost else None,
        number=tokens_at(value, fields.number) if fields.number else 1,
    )


@cache
def formats() -> tuple[LogFormat, ...]:
    """All of them, in the order of their files' names."""
    from pkgutil import iter_modules

    from llmcost.logs import formats as package

    names = sorted(one.name for one in iter_modules(package.__path__))
    modules = (import_module(f"{package.__name__}.{name}") for name in names)
    return tuple(one for module in modules for one in module.FORMATS)


# Patterns, which `re` compiles when it is asked: few lines are of no known form.
TOKENS = r"(?:^|[a-z_])(?:[tT]okens?|[tT]oken_?[cC]ount|tokensIn|tokensOut|tokenUsage)$"
NO_USAGE = (
    "(?i)max|min|limit|budget|window|context|remaining|rate|threshold|per|capacity|quota|estimate|pre|"
    "post|chunk|access|auth|refresh|csrf|id_token"
)
DEEPEST, MOST_KEYS = 7, 3000


def unknown_usage(value: Value) -> list[str]:
    """Names of fields that look like numbers of tokens."""
    found: dict[str, None] = {}
    waiting = [(value, 0)]
    seen = 0
    while waiting and seen < MOST_KEYS:
        inner, depth = waiting.pop()
        items = inner.items() if isinstance(inner, dict) else (("", one) for one in inner)
        for name, one in items:
            seen += 1
            if isinstance(one, dict | list) and depth < DEEPEST:
                waiting.append((one, depth + 1))
            elif is_usage(name, one):
                found[name] = None
    return list(found)


def is_usage(name: str, value: Any) -> bool:
    if isinstance(value, str) and value.isdecimal():
        value = int(value[:20])
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and value > 0
        and re.search(TOKENS, name) is not None
        and re.search(NO_USAGE, name) is None
    )
