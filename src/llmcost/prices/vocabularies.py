"""The `tokenizers:` of a price file: files with vocabularies of the user's, by the names that the
models of the file call them."""

import re
from pathlib import Path

import yaml

from llmcost.messages import say
from llmcost.nodes import Reader, quoted
from llmcost.pricing.table import Vocabulary

VOCABULARY = ("path", "family")
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"


def read_vocabularies(
    reader: Reader, node: yaml.Node | None, folder: Path
) -> dict[str, Vocabulary]:
    """Paths lead from `folder`. The files are read when something is counted with them, so that a
    table can be looked at without them."""
    if node is None:
        return {}
    found = {}
    for name, value in reader.names(node, "`tokenizers`"):
        if not re.fullmatch(NAME, name):
            said = say(
                "{name} is no name of a tokenizer; "
                "expected small letters, digits, `.`, `_` and `-`",
                name=quoted(name),
            )
            reader.problem(value, said)
        what = say("tokenizer {name}", name=quoted(name))
        fields = reader.fields(value, what, VOCABULARY, ("path",))
        path = reader.text(fields.get("path"), "`path`")
        found[name] = Vocabulary(
            str(folder / Path(path).expanduser()), reader.text(fields.get("family"), "`family`")
        )
    return found
