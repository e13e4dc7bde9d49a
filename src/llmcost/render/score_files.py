"""Files of a user's quality scores, in YAML or CSV; all problems of one are reported in one run."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import yaml

from llmcost.errors import BadScores, UnreadableInput, reason
from llmcost.messages import say
from llmcost.pricing.catalog import GLOB
from llmcost.pricing.quality import Score
from llmcost.render.quality_scores import Scores
from llmcost.yaml_files import YamlReader, compose, printable, quoted

SCHEMA = "1"
KEYS = ("schema", "measure", "scores")
FIELDS = ("model", "score", "source", "checked")
REQUIRED = ("model", "score", "source")
LARGEST = 1_000_000  # bytes of a file
MEASURE = say("Quality")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,18})?")
LONGEST = 500  # characters of a text


def load_scores(path: Path) -> Scores:
    """Raises UnreadableInput for a file that cannot be read, BadScores as `read_scores`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableInput(
            say("cannot read the scores `{path}`: {why}", path=path, why=reason(error))
        ) from None
    return read_scores(path, content)


def read_scores(path: Path, content: bytes) -> Scores:
    """The scores of a file, in CSV if its name ends so, else in YAML.

    Raises BadScores with all problems of the file, each with file:line and what was expected.
    """
    if len(content) > LARGEST:
        raise BadScores([say("{file}:1: larger than 1 MB", file=path.name)])
    reader = ScoreReader(path.name)
    if path.suffix.lower() == ".csv":
        found = reader.listed(rows_of(path, content, reader), MEASURE)
    else:
        root = compose(path, content, BadScores)
        if root is None:
            said = say("{file}:1: the file is empty; expected `scores:`", file=path.name)
            raise BadScores([said])
        found = reader.document(root)
    if reader.problems:
        hint = say("a score has `model`, `score`, `source` and, if you like, `checked`")
        raise BadScores(reader.messages(), hint=hint)
    return found


class ScoreReader(YamlReader):
    """Reads scores, of YAML and of CSV alike."""

    def document(self, root: yaml.Node) -> Scores:
        fields = self.fields(root, say("the file"), KEYS, ("schema", "scores"))
        self.scalar(fields.get("schema"), f"`schema: {SCHEMA}`", {SCHEMA: SCHEMA}.get)
        measure = self.scalar(fields.get("measure"), say("a name of what is measured"), a_text)
        return self.listed(self.items(fields.get("scores"), say("scores")), measure or MEASURE)

    def listed(self, nodes: Iterator[yaml.Node], measure: str) -> Scores:
        named: dict[str, Score] = {}
        for node in nodes:
            score = self.score(node)
            name = score.model.casefold() if score is not None else ""
            if score is not None and name in named:
                self.problem(node, say("`{model}` has a score already", model=score.model))
            elif score is not None:
                named[name] = score
        return Scores(measure, named)

    def score(self, node: yaml.Node) -> Score | None:
        """None if it is not whole; the problems are noted."""
        fields = self.fields(node, say("a score"), FIELDS, REQUIRED)
        model = self.scalar(fields.get("model"), say("`model` as an id or provider/id"), a_name)
        expected = say("`score` as a plain number like 71.5, more is better")
        value = self.scalar(fields.get("score"), expected, a_number)
        source = self.scalar(fields.get("source"), say("`source` as an address or a title"), a_text)
        checked = self.day(fields.get("checked"), "checked")
        if model is None or value is None or source is None:
            return None
        return Score(model, value, source, checked)


def rows_of(path: Path, content: bytes, reader: YamlReader) -> Iterator[yaml.Node]:
    """The rows of CSV as mappings, so that they are read as those of YAML; an empty cell is not
    there. The first line names the columns."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        said = say("{file}:{line}: not text in UTF-8", file=path.name, line=line)
        raise BadScores([said]) from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [cell.strip() for cell in next(rows, [])]
        if not {*REQUIRED} <= {*head}:
            first = quoted(",".join(FIELDS))
            reader.problem(scalar("", 0), say("expected a first line like {line}", line=first))
            return
        start = rows.line_num
        for row in rows:
            before, start = start, rows.line_num
            if any(cell.strip() for cell in row):
                yield mapping(head, row, before)
    except csv.Error as error:
        said = say("{file}:{line}: not CSV: {why}", file=path.name, line=rows.line_num, why=error)
        raise BadScores([said]) from None


def mapping(head: list[str], row: list[str], line: int) -> yaml.Node:
    """A row under its titles; what is beyond the last of them has none."""
    titles = [*head, *[""] * (len(row) - len(head))]
    pairs = [
        (scalar(title, line), scalar(cell.strip(), line))
        for title, cell in zip(titles, row, strict=False)
        if cell.strip()
    ]
    place = mark(line)
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, place, place)


def scalar(text: str, line: int) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, mark(line), mark(line))


def mark(line: int) -> yaml.Mark:
    """A place, of which only the line is asked; it counts from 0."""
    return yaml.Mark("", 0, line, 0, None, 0)


def a_number(text: str) -> Decimal | None:
    return Decimal(text) if NUMBER.fullmatch(text) else None


def a_text(text: str) -> str | None:
    return printable(text) if len(text) <= LONGEST else None


def a_name(text: str) -> str | None:
    """A model's id; a glob would be a score of many."""
    name = a_text(text)
    return None if name is None or not GLOB.isdisjoint(name) else name
