"""Settings: each defined once, for the file, the environment, `config show` and `config init`.

Values have their line, and all problems of the file are reported in one run.
"""

import json
import os
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import yaml

from llmcost import money
from llmcost.errors import BadSettings
from llmcost.files import LARGEST_SETTINGS, VARIABLES
from llmcost.language import LANGUAGES
from llmcost.messages import say, visible
from llmcost.pricing.catalog import suggestion
from llmcost.runtime.gates import span_days
from llmcost.workload.fields import currency, word, words
from llmcost.workload.quantities import rates
from llmcost.yaml_files import YamlReader, compose

HINT = say("docs/config.md has every setting; `llmcost config init` writes a file with them")


class Setting(msgspec.Struct, frozen=True):
    """`option`: the name of the parameters that it is the default of. `parse` gives None for a text
    that is not `expected`. `replaced_by`: options beside its own that go before it. `has_note`: a
    note says that it was used, since the result does not."""

    key: str
    option: str
    parse: Callable[[str], Any]
    expected: str
    meaning: str
    example: str
    default: str
    replaced_by: tuple[str, ...] = ()
    many: bool = False
    has_note: bool = False

    @property
    def variable(self) -> str:
        """Return the name of the variable that sets it."""
        return VARIABLES + self.key.upper()


class SettingEntry(msgspec.Struct, frozen=True):
    """What one setting was set to; `place` is a file:line or a variable."""

    setting: Setting
    value: Any
    texts: tuple[str, ...]
    place: str

    @property
    def option_value(self) -> Any:
        """Return the value for the option: whatever reads options takes values as well as texts."""
        return list(self.value) if self.setting.many else self.value

    @property
    def note(self) -> str:
        """Return a note on where the value is from."""
        text = visible(", ".join(self.texts))
        return say(
            "{key} {text}, set in {place}", key=self.setting.key, text=text, place=self.place
        )


def language(text: str) -> str | None:
    """Return a language of ours."""
    return text if text in LANGUAGES else None


def ratio(text: str) -> Decimal | None:
    """Return a number of zero or more."""
    return money.positive(text)


def files(text: str, folder: Path | None = None) -> tuple[Path, ...] | None:
    """Return paths, separated as in PATH; each must be a file. In `folder`, or here."""
    try:
        found = [Path(one).expanduser() for one in text.split(os.pathsep)]
    except RuntimeError:  # `~nobody`
        return None
    beside = tuple(one if folder is None else folder / one for one in found)
    return beside if all(one.is_file() for one in beside) else None


NAMED = ("patterns", "names")
"""Arguments of models."""
PRICES = Setting(
    key="prices",
    option="prices",
    parse=files,
    expected=say("price files that are there"),
    meaning=say("your price files; they override the shipped table (--prices)"),
    example="[contract.yaml]",
    default=say("none"),
    many=True,
    has_note=True,
)
SETTINGS = {
    one.key: one
    for one in (
        Setting("lang", "lang", language, say("en or zh"),
                say("language of tables and messages (--lang)"), "zh", say("the locale's")),
        Setting("currency", "currency", currency, say("a currency like CNY, USD or EUR"),
                say("what amounts are shown in (--currency)"), "CNY", say("each model's own"),
                ("budget", "total_budget")),
        Setting("models", "model", words, say("names like qwen-long,deepseek/*"),
                say("models to compare (-m)"), "[qwen-*, deepseek/*]", say("the main models"),
                ("provider", "tokenizer", *NAMED), many=True),
        Setting("providers", "provider", words, say("names like alibaba"),
                say("only what these sell (--provider)"), "[alibaba, deepseek]", say("all"),
                ("model", *NAMED), many=True),
        PRICES,
        Setting("output_ratio", "output_ratio", ratio, say("a number of zero or more like 0.5"),
                say("output as a share of the input (--output-ratio)"), "0.5", say("input only"),
                ("output_tokens",), has_note=True),
        Setting("fx", "fx", rates, say("a number like 7.1, or pairs like EUR/USD:1.12"),
                say("CNY for one USD, or rates of other pairs (--fx)"), "7.1",
                say("the ECB's of the day")),
        Setting("max_age", "max_age", span_days, say("a span of time like 30d or 8w"),
                say("exit 3 if any price was checked longer ago (--max-age)"), "60d", say("none")),
        Setting("prices_url", "url", word, say("an address like https://example.org/prices.yaml"),
                say("where `prices update` looks (--url)"), "https://example.org/prices.yaml",
                say("none")),
    )
}  # fmt: skip


def with_setting(content: str, key: str, value: tuple[str, ...] | None) -> str:
    """Return the text of a settings file with another value of a setting: in its line, or in that
    of the template, or at the end. None takes the setting out. Comments stay."""
    lines = content.splitlines(keepends=True)
    own = re.compile(rf"{key}\s*:")
    template = re.compile(rf"#\s*{key}\s*:")
    places = [at for at, line in enumerate(lines) if own.match(line)]
    places = places or [at for at, line in enumerate(lines) if template.match(line)][:1]
    at = places[0] if places else len(lines)
    end = at + 1
    while end < len(lines) and own.match(lines[at]) and re.match(r"\s+[^\s#]|-", lines[end]):
        end += 1  # a list over several lines
    line = "".join(lines[at : at + 1])
    if value is None:
        commented = f"#{line}" if own.match(line) else line
        return "".join([*lines[:at], commented, *lines[end:]])
    comment = re.search(r"\s(#\s.*)", line)
    parts = [quoted_value(one) for one in value]
    text = f"[{', '.join(parts)}]" if SETTINGS[key].many else parts[0]
    new = f"{key}: {text}"
    if comment is not None:
        new = f"{new.ljust(comment.start(1) - 2)}  {comment[1]}"
    before = "" if places or not lines or lines[-1].endswith("\n") else "\n"
    return "".join([*lines[:at], f"{before}{new}\n", *lines[end:]])


def quoted_value(text: str) -> str:
    """Return a text as YAML writes it."""
    return text if re.fullmatch(r"[A-Za-z0-9/][\w./-]*", text, re.ASCII) else json.dumps(text)


def in_environment(variables: Mapping[str, str]) -> dict[str, SettingEntry]:
    """Return the settings that variables have; one that is empty sets nothing. Raise
    BadSettings."""
    found, problems = {}, []
    for setting in SETTINGS.values():
        text = variables.get(setting.variable)
        if not text:
            continue
        value = setting.parse(text)
        if value is None:
            problems.append(
                say(
                    "{place}: expected {expected}, got `{text}`",
                    place=setting.variable,
                    expected=setting.expected,
                    text=text,
                )
            )
        else:
            found[setting.key] = SettingEntry(
                setting, value, texts_of(value, text), setting.variable
            )
    if problems:
        raise BadSettings(problems, hint=HINT)
    return found


def texts_of(value: Any, text: str) -> tuple[str, ...]:
    """Return the texts of a value, as `config show` has them."""
    return tuple(map(str, value)) if isinstance(value, tuple) else (text,)


def in_file(path: Path, content: bytes) -> dict[str, SettingEntry]:
    """Raises BadSettings with all problems of the file, each with file:line."""
    if len(content) > LARGEST_SETTINGS:
        said = say("larger than 1 MB, and no settings file")
        raise BadSettings([say("{place}: {message}", place=f"{path.name}:1", message=said)])
    root = compose(path, content, BadSettings)
    if root is None:  # nothing but comments, as the template is
        return {}
    reader = SettingsReader(path)
    fields = reader.fields(root, say("the settings"), SETTINGS)
    found = {key: reader.entry(SETTINGS[key], node) for key, node in fields.items()}
    if reader.problems:
        raise BadSettings(reader.messages(), hint=HINT)
    return {key: one for key, one in found.items() if one is not None}


class SettingsReader(YamlReader):
    """Reads texts by the parsers that the environment has, too."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self.folder = path.parent

    def instead_of(self, key: str, known: Collection[str]) -> str:
        return suggestion(key, known) or super().instead_of(key, known)

    def entry(self, setting: Setting, node: yaml.Node) -> SettingEntry | None:
        """Return the value of a node; None for one with a problem, which is remembered."""
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
        return SettingEntry(setting, value, texts_of(value, text), place)

    def beside(self, text: str) -> tuple[Path, ...] | None:
        """Return paths, which are those beside the file."""
        return files(text, self.folder)
