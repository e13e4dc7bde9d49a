"""The settings that a file has, each with its line; all problems of the file in one run."""

from collections.abc import Collection
from pathlib import Path

import yaml

from llmcost.cli.config import LARGEST
from llmcost.cli.settings import HINT, PRICES, SETTINGS, Said, Setting, files, texts_of
from llmcost.errors import BadSettings
from llmcost.messages import say
from llmcost.nodes import Reader, compose


def in_file(path: Path, content: bytes) -> dict[str, Said]:
    """Raises BadSettings with all problems of the file, each with file:line."""
    if len(content) > LARGEST:
        said = say("larger than 1 MB, and no settings file")
        raise BadSettings([say("{place}: {message}", place=f"{path.name}:1", message=said)])
    root = compose(path, content, BadSettings)
    if root is None:  # nothing but comments, as the template is
        return {}
    reader = SettingsReader(path)
    fields = reader.fields(root, say("the settings"), SETTINGS)
    found = {key: reader.said(SETTINGS[key], node) for key, node in fields.items()}
    if reader.problems:
        raise BadSettings(reader.messages(), hint=HINT)
    return {key: one for key, one in found.items() if one is not None}


class SettingsReader(Reader):
    """Reads texts by the parsers that the environment has, too."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self.folder = path.parent

    def instead_of(self, key: str, known: Collection[str]) -> str:
        from llmcost.pricing.catalog import suggestion  # only when something went wrong

        return suggestion(key, known) or super().instead_of(key, known)

    def said(self, setting: Setting, node: yaml.Node) -> Said | None:
        expected = say("`{key}` as {expected}", key=setting.key, expected=setting.expected)
        parse = self.beside if setting is PRICES else setting.parse
        if not setting.many or isinstance(node, yaml.ScalarNode):
            value = self.scalar(node, expected, parse)
        else:
            parts = [self.scalar(one, expected, parse) for one in self.items(node, expected)]
            value = tuple(name for part in parts for name in part or ())
        if value is None or value == ():
            return None
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        place = f"{self.file}:{node.start_mark.line + 1}"
        return Said(setting, value, texts_of(value, text), place)

    def beside(self, text: str) -> tuple[Path, ...] | None:
        """Paths are those beside the file."""
        return files(text, self.folder)
