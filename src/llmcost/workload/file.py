"""Workload files: each field with its place, all problems in one run; the template of a new file.

The template has every key with its meaning, a few of them set. Only prose has a space after the
`#`, so that a line without its `#` is in order.
"""

from collections.abc import Collection
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import yaml

from llmcost.errors import BadWorkload, UnreadableInput, reason
from llmcost.messages import Text, joined, say
from llmcost.pricing.schedule import WEEKDAYS, day_names, parse_days
from llmcost.workload.fields import FIELDS, Field, FieldEntry
from llmcost.workload.quantities import number
from llmcost.yaml_files import Fields, YamlReader, compose, located, quoted, shown

SCHEMA = "1"
GENERATE = "generate"
STEPS: dict[str, dict[str, str]] = {
    "embed": {
        "model": "embed",
        **{key: key for key in ("corpus_tokens", "chunk_size", "chunk_overlap", "reindex")},
    },
    "rerank": {"model": "rerank", "candidates": "rerank_candidates"},
    GENERATE: {key: key for key in ("model", "top_k", "input_tokens", "output_tokens")},
}
"""The steps of retrieval, which a file may write together: the field that each of their keys is."""
KEYS = ("schema", *FIELDS, GENERATE, "scenarios")
WEIGHTED = "traffic"  # the field that may also be weights by weekday and hour
HOURS = 24
LARGEST = 1_000_000  # bytes of a file
MOST_SCENARIOS = 50
LONGEST_NAME = 40
SUGGESTED = 20  # unknown keys; to look for words like them takes its time

Weights = tuple[tuple[Decimal, ...], ...]


class WorkloadDocument(msgspec.Struct, frozen=True):
    """The fields of the file, and by name of a scenario those in which it differs.

    Places are file:line; the value of `traffic` may be 7 x 24 weights.
    """

    base: dict[str, FieldEntry]
    scenarios: dict[str, dict[str, FieldEntry]]


def load_workload(path: Path) -> WorkloadDocument:
    """Raises UnreadableInput for a file that cannot be read, BadWorkload as `read_workload`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        said = say("cannot read the workload file `{path}`: {why}", path=path, why=reason(error))
        raise UnreadableInput(said) from None
    return read_workload(path, content)


def read_workload(path: Path, content: bytes) -> WorkloadDocument:
    """The fields that `content` gives; what it does not say is not there.

    Raises BadWorkload with all problems of the file, each with file:line and what was expected.
    """
    if len(content) > LARGEST:
        said = say("larger than 1 MB, and no workload file")
        raise BadWorkload([located(path.name, 1, said)])
    root = compose(path, content, BadWorkload)
    if root is None:
        said = say("the file is empty; expected `schema: {schema}`", schema=SCHEMA)
        raise BadWorkload([located(path.name, 1, said)])
    reader = WorkloadReader(path.name)
    document = reader.document(root)
    if reader.problems:
        hint = say("`llmcost budget --init` writes a file with every key")
        raise BadWorkload(reader.messages(), hint=hint)
    return document


class WorkloadReader(YamlReader):
    """Reads the fields by the parsers that the options have, too."""

    def document(self, root: yaml.Node) -> WorkloadDocument:
        fields = self.fields(root, say("the workload"), KEYS, ("schema",))
        self.scalar(fields.pop("schema", None), f"`schema: {SCHEMA}`", {SCHEMA: SCHEMA}.get)
        scenarios = self.scenarios(fields.pop("scenarios", None))
        return WorkloadDocument(self.entries(fields), scenarios)

    def instead_of(self, key: str, known: Collection[str]) -> str:
        """Keys like it: there are too many to list them all."""
        from llmcost.pricing.catalog import suggestion  # only when something went wrong

        return suggestion(key, known) if len(self.problems) < SUGGESTED else ""

    def entries(self, fields: Fields) -> dict[str, FieldEntry]:
        found = {}
        for key, node in self.flat(fields).items():
            value = self.value(FIELDS[key], node)
            if value is not None:
                found[key] = FieldEntry(value, f"{self.file}:{node.start_mark.line + 1}")
        return found

    def flat(self, fields: Fields) -> Fields:
        """The fields with those that the steps of retrieval have together."""
        found = dict(fields)
        for step, keys in STEPS.items():
            node = fields.get(step)
            if step != GENERATE and not isinstance(node, yaml.MappingNode):
                continue
            found.pop(step, None)
            named = self.fields(node, f"`{step}`", keys) if node is not None else {}
            for key, value in named.items():
                if keys[key] in found:
                    said = say("duplicate key {key} in {what}", key=quoted(keys[key]), what=step)
                    self.problem(value, said)
                found[keys[key]] = value
        return found

    def value(self, field: Field, node: yaml.Node) -> Any:
        expected = say("`{key}` as {expected}", key=field.key, expected=field.expected)
        if field.key == WEIGHTED and isinstance(node, yaml.MappingNode):
            return self.weights(node)
        if not field.many or isinstance(node, yaml.ScalarNode):
            return self.scalar(node, expected, field.parse)
        text = self.joined(field, node, expected)
        if text is None:
            return None
        value = field.parse(text)
        if isinstance(node, yaml.MappingNode) and not isinstance(value, dict | None):
            self.unexpected(node, expected, shown(node))
        elif value is None:
            self.unexpected(node, expected, quoted(text) if text else say("nothing"))
        return value

    def joined(self, field: Field, node: yaml.Node, expected: str) -> str | None:
        """A list or mapping as the option has it: `a, b` or `a:1, b:2`. None: not of scalars."""
        if isinstance(node, yaml.MappingNode):
            named = [(f"{name}:", one) for name, one in self.names(node, f"`{field.key}`")]
        else:
            named = [("", one) for one in node.value]
        texts = [(name, self.scalar(one, expected, str)) for name, one in named]
        if any(text is None for _, text in texts):
            return None
        return ", ".join(f"{name}{text}" for name, text in texts)

    def weights(self, node: yaml.MappingNode) -> Weights:
        """24 weights for each weekday from Monday on; only without problems is it whole."""
        found: dict[int, tuple[Decimal, ...]] = {}
        for key, item in node.value:
            days = self.scalar(key, say("days like mon-fri or sat,sun"), parse_days) or ()
            twice = tuple(day for day in days if day in found)
            if twice:
                said = say("the weights of {days} are there twice", days=day_names(twice))
                self.problem(key, said)
            found.update(dict.fromkeys(days, self.hours(item)))
        missing = tuple(day for day in range(len(WEEKDAYS)) if day not in found)
        if missing:
            said = say("`{key}` has no weights for {days}", key=WEIGHTED, days=day_names(missing))
            self.problem(node, said)
        elif all(found.values()) and not any(map(any, found.values())):
            self.problem(node, say("expected a weight above zero in `{key}`", key=WEIGHTED))
        return tuple(found[day] for day in sorted(found))

    def hours(self, node: yaml.Node) -> tuple[Decimal, ...]:
        count = len(node.value) if isinstance(node, yaml.SequenceNode) else None
        if count != HOURS:
            got = shown(node) if count is None else say("a list of {count}", count=count)
            self.unexpected(node, say("a list of {hours} weights, one an hour", hours=HOURS), got)
            return ()
        expected = say("a weight of zero or more")
        weights = [self.scalar(one, expected, number) for one in node.value]
        return tuple(weight for weight in weights if weight is not None)

    def scenarios(self, node: yaml.Node | None) -> dict[str, dict[str, FieldEntry]]:
        found: dict[str, dict[str, FieldEntry]] = {}
        if node is None:
            return found
        if not isinstance(node, yaml.MappingNode):
            self.unexpected(node, say("`scenarios` as names with fields"), shown(node))
            return found
        if len(node.value) > MOST_SCENARIOS:
            self.problem(node, say("expected at most {most} scenarios", most=MOST_SCENARIOS))
        expected = say(
            "the name of a scenario in 1 to {most} printable characters", most=LONGEST_NAME
        )
        for key, item in node.value:
            name = self.scalar(key, expected, scenario_name) or ""
            if name in found:
                self.problem(key, say("scenario `{name}` is there twice", name=name))
            fields = self.fields(item, say("scenario `{name}`", name=name), (*FIELDS, GENERATE))
            found[name] = self.entries(fields)
        return found


def scenario_name(text: str) -> str | None:
    return text if text.strip() and text.isprintable() and len(text) <= LONGEST_NAME else None


START = {  # what makes a whole workload
    **{"mau": "5000000", "budget": "10000 yuan", "requests_per_user": "30"},
    **{"input_tokens": "500", "output_tokens": "200", "turns": "1"},
}
WIDTH = 34  # of a key and its example, before the meaning

HEADER = say("""\
# A workload: who sends how many requests a month, of what size, and what it may cost.
# Change what is set here, take the `#` off the lines that you need, then:
#
#   llmcost budget -f workload.yaml
#
# Each key is the option of the same name: `input_tokens` is --input-tokens.
# Numbers may be written 5000000, 5M or 500万; shares 40% or 0.4.
""")
NIGHT, DAY, EVENING = "1, 1, 1, 1, 1, 1, 1, 2", "8, 9, 9, 6, 8, 9, 9, 8", "6, 4, 3, 3, 2, 2, 1, 1"
QUIET = ", ".join(["1"] * HOURS)
OWN_HOURS = f"""\
#traffic:
#  mon-fri: [{NIGHT}, {DAY}, {EVENING}]
#  sat,sun: [{QUIET}]
"""
RAG = """\
#embed:
#  {model: alibaba/text-embedding-v4, corpus_tokens: 50M, chunk_size: 500, chunk_overlap: 50}
#rerank: {model: gte-rerank-v2, candidates: 50}
#generate: {top_k: 5, input_tokens: 50, output_tokens: 300}
"""
SCENARIOS = """\
#scenarios:
#  now: {}
#  pilot: {mau: 50k}
#  launch: {mau: 5M, requests_per_user: 50}
"""


def template() -> Text:
    """A whole workload file in YAML; the lines that are comments are examples, or prose, which can
    be said in another language."""
    groups = groupby(FIELDS.values(), key=lambda field: field.group)
    parts = [HEADER, f"\nschema: {SCHEMA}\n"]
    for group, fields in groups:
        parts += [headline(group), *map(line_of, fields)]
    hours = say("your own hours, in place of a name: 24 weights from midnight on, for each weekday")
    steps = say("retrieval in steps, in place of the keys above")
    others = say("scenarios, side by side: each is the workload above with other values")
    return joined(
        [*parts, headline(hours), OWN_HOURS, headline(steps), RAG, headline(others), SCENARIOS], ""
    )


def headline(text: str) -> str:
    return say("\n# --- {text} ---\n\n", text=text)


def line_of(field: Field) -> str:
    value = START.get(field.key)
    line = f"#{field.key}: {field.example}" if value is None else f"{field.key}: {value}"
    return say("{line}  # {meaning}\n", line=f"{line:<{WIDTH}}", meaning=field.meaning)
