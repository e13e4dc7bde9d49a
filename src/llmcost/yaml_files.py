"""YAML nodes as checked values, every problem with its file and line.

Scalars are read from their text, never through YAML's own guesses: `0.8` becomes a Decimal, `4.1`
stays the id "4.1", and `1e-6`, `010`, `.inf` or `-1` are refused where a price is expected.
"""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import yaml

from llmcost.errors import BadFile
from llmcost.messages import say
from llmcost.pricing.price_rows import is_usable

# The C scanner is five times faster; a build of PyYAML without libyaml still works.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Value = TypeVar("Value")
Fields = dict[str, yaml.Node]
NUMBER = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,18})?")
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)  # fromisoformat takes weeks, too
WHOLE = re.compile(r"[1-9][0-9]{0,11}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
NULL = "tag:yaml.org,2002:null"  # of `~`, `null` and nothing at all
# What libyaml says of the mistakes that people make; what it says seldom is not translated.
SYNTAX = {
    str(said): said
    for said in (
        say("mapping values are not allowed in this context"),
        say("block sequence entries are not allowed in this context"),
        say("could not find expected ':'"),
        say("did not find expected key"),
        say("did not find expected '-' indicator"),
        say("did not find expected ',' or ']'"),
        say("did not find expected ',' or '}'"),
        say("did not find expected node content"),
        say("found character that cannot start any token"),
        say("found unexpected end of stream"),
        say("found unknown escape character"),
        say("exceeded maximum nesting depth"),
    )
}
DEEPEST = 20  # a table needs 9 levels; libyaml's composer overruns the stack at some 50,000


def compose(
    path: Path, content: bytes, failure: type[BadFile], *, aliases: bool = False
) -> yaml.Node | None:
    """The node tree of a YAML file, in which a part may come again only with `aliases`.

    Raises `failure` with file:line for bad syntax.
    """
    try:
        check_shape(path, content, failure, aliases=aliases)
        node: yaml.Node | None = yaml.compose(content, Loader=Loader)
        return node
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or ""
        said = say("not YAML: {problem}", problem=SYNTAX.get(problem, problem))
        raise failure([located(path.name, line, said)]) from None
    except yaml.reader.ReaderError as error:
        line = content.count(b"\n", 0, error.position) + 1
        raise failure(
            [located(path.name, line, say("not text: {reason}", reason=error.reason))],
            hint=say("{what} is text in UTF-8", what=failure.what),
        ) from None


def check_shape(path: Path, content: bytes, failure: type[BadFile], *, aliases: bool) -> None:
    """Refuses what a small file could use to exhaust stack, time or memory."""
    depth = 0
    for event in yaml.parse(content, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        line = event.start_mark.line + 1 if event.start_mark else 1
        if depth > DEEPEST:
            said = say("nested too deeply for {what}", what=failure.what)
            raise failure([located(path.name, line, said)])
        if isinstance(event, yaml.AliasEvent) and not aliases:
            said = say("`*{anchor}` repeats another part; write it out", anchor=event.anchor)
            raise failure([located(path.name, line, said)])


def located(file: str, line: int, problem: str) -> str:
    """A problem of a file with its place."""
    return say("{file}:{line}: {problem}", file=file, line=line, problem=problem)


class YamlReader:
    """Turns nodes into values and remembers what was wrong, so that one run shows all of it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[tuple[int, str]] = []

    def problem(self, node: yaml.Node, message: str) -> None:
        self.problems.append((node.start_mark.line + 1, message))

    def messages(self) -> list[str]:
        return [located(self.file, line, message) for line, message in sorted(self.problems)]

    def fields(
        self, node: yaml.Node, what: str, known: Collection[str], required: Collection[str] = ()
    ) -> Fields:
        """The entries of a mapping. Duplicate, unknown and missing keys are problems."""
        found: Fields = {}
        if not isinstance(node, yaml.MappingNode):
            said = say(
                "expected {what} as `key: value` lines, got {got}", what=what, got=shown(node)
            )
            self.problem(node, said)
            return found
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            if key in found:
                said = say("duplicate key {key} in {what}", key=quoted(key), what=what)
                self.problem(key_node, said)
            elif key not in known:
                said = say("unknown key {key} in {what}", key=quoted(key), what=what)
                instead = self.instead_of(key, known)
                self.problem(
                    key_node,
                    say("{problem}; {instead}", problem=said, instead=instead) if instead else said,
                )
            else:
                found[key] = value
        for key in required:
            if key not in found:
                self.problem(node, say("{what} has no `{key}`", what=what, key=key))
        return found

    def instead_of(self, key: str, known: Collection[str]) -> str:
        """What to write in the place of an unknown key; nothing if there is nothing to say."""
        return say("expected one of {keys}", keys=", ".join(f"`{one}`" for one in known))

    def names(self, node: yaml.Node, what: str) -> Iterator[tuple[str, yaml.Node]]:
        """The entries of a mapping whose keys are names that the file itself chooses."""
        keys = node.value if isinstance(node, yaml.MappingNode) else ()
        scalars = (key.value for key, _ in keys if isinstance(key, yaml.ScalarNode))
        chosen = dict.fromkeys(scalars)  # not a list, which is searched for each of them
        yield from self.fields(node, what, chosen).items()

    def items(self, node: yaml.Node | None, what: str) -> Iterator[yaml.Node]:
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            said = say("expected a list of {what}, got {got}", what=what, got=shown(node))
            self.problem(node, said)
            return
        if not node.value:
            self.problem(node, say("expected at least one of {what}", what=what))
        yield from node.value

    def scalar(
        self, node: yaml.Node | None, expected: str, parse: Callable[[str], Value | None]
    ) -> Value | None:
        """The parsed value; a problem if `parse` gives None or the node is no scalar."""
        return self.parsed(node, parse, lambda: expected)

    def parsed(
        self,
        node: yaml.Node | None,
        parse: Callable[[str], Value | None],
        expected: Callable[[], str],
    ) -> Value | None:
        """As `scalar`. A table has ten thousand values: what was expected is said if it is not
        there."""
        if node is None:
            return None
        is_text = isinstance(node, yaml.ScalarNode) and node.tag != NULL
        value = parse(node.value) if is_text else None
        if value is None:
            self.unexpected(node, expected(), shown(node))
        return value

    def unexpected(self, node: yaml.Node, expected: str, got: str) -> None:
        self.problem(node, say("expected {expected}, got {got}", expected=expected, got=got))

    def choice(self, node: yaml.Node | None, key: str, words: Collection[str]) -> str | None:
        return self.parsed(
            node,
            lambda text: text if text in words else None,
            lambda: say("`{key}` as one of {words}", key=key, words=", ".join(words)),
        )

    def text(self, node: yaml.Node | None, what: str) -> str:
        found = self.parsed(node, printable, lambda: say("{what} as a line of text", what=what))
        return found or ""

    def day(self, node: yaml.Node | None, key: str) -> date | None:
        return self.parsed(
            node, parse_day, lambda: say("`{key}` as a date like 2026-11-22", key=key)
        )

    def price(self, node: yaml.Node | None, key: str, unit: str) -> Decimal | None:
        return self.parsed(
            node,
            parse_price,
            lambda: say(
                "`{key}` as {unit} per 1M tokens like 0.8", key=key, unit=unit or say("an amount")
            ),
        )

    def factor(self, node: yaml.Node | None, key: str) -> Decimal | None:
        """A number above zero; a price of nothing is not made by a factor."""
        return self.parsed(
            node, parse_factor, lambda: say("`{key}` as a factor above zero like 0.5", key=key)
        )

    def tokens(self, node: yaml.Node | None, key: str) -> int | None:
        return self.parsed(
            node,
            parse_whole,
            lambda: say("`{key}` as a whole number of tokens like 32000", key=key),
        )


def shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return quoted(node.value) if node.value else say("nothing")
    return say("a list") if isinstance(node, yaml.SequenceNode) else say("a mapping")


def quoted(text: str) -> str:
    """The beginning of it, in which no character can act on a terminal."""
    return f"`{CONTROL.sub('?', text[:60])}`"


def printable(text: str) -> str | None:
    folded = " ".join(text.split())
    return folded if folded and not CONTROL.search(folded) else None


def parse_price(text: str) -> Decimal | None:
    return Decimal(text) if NUMBER.fullmatch(text) else None


def parse_factor(text: str) -> Decimal | None:
    return parse_price(text) or None


def parse_whole(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text) else None


def parse_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return found if found is not None and is_usable(found) else None


def parse_instant(text: str) -> date | datetime | None:
    """A day, or a date-time that names its zone."""
    day = parse_day(text)
    if day is not None or not INSTANT.fullmatch(text):
        return day
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if is_usable(found) else None
