"""The settings, each defined once: for the file, the environment, `config show` and `init`."""

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from llmcost import money
from llmcost.cli.config import PREFIX
from llmcost.cli.gates import span_days
from llmcost.errors import BadSettings
from llmcost.language import LANGUAGES
from llmcost.messages import say
from llmcost.planning.fields import currency, word, words
from llmcost.report.figures import visible

HINT = say("docs/config.md has every setting; `llmcost config init` writes a file with them")


class Setting(msgspec.Struct, frozen=True):
    """`option`: the name of the parameters that it is the default of. `parse` gives None for a text
    that is not `expected`. `replaced_by`: options beside its own that go before it. `is_told`: a
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
    is_told: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.key.upper()


class Said(msgspec.Struct, frozen=True):
    """What one setting was set to; `place` is a file:line or a variable."""

    setting: Setting
    value: Any
    texts: tuple[str, ...]
    place: str

    @property
    def option_value(self) -> Any:
        """What the option would have: its texts."""
        if self.setting is PRICES:
            return list(self.value)
        return list(self.texts) if self.setting.many else self.texts[0]

    @property
    def told(self) -> str:
        text = visible(", ".join(self.texts))
        return say(
            "{key} {text}, as {place} has it", key=self.setting.key, text=text, place=self.place
        )


def language(text: str) -> str | None:
    return text if text in LANGUAGES else None


def ratio(text: str) -> Decimal | None:
    return money.positive(text)


def rate(text: str) -> Decimal | None:
    return money.positive(text) or None


def files(text: str, folder: Path | None = None) -> tuple[Path, ...] | None:
    """Paths, separated as in PATH; each must be a file. In `folder`, or here."""
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
    meaning=say("price files of your own, laid over ours (--prices)"),
    example="[contract.yaml]",
    default=say("none"),
    many=True,
    is_told=True,
)
SETTINGS = {
    one.key: one
    for one in (
        Setting("lang", "lang", language, say("en or zh"),
                say("language of tables and messages (--lang)"), "zh", say("the locale's")),
        Setting("currency", "currency", currency, say("CNY or USD"),
                say("what amounts are shown in (--currency)"), "CNY", say("each model's own"),
                ("budget", "total_budget")),
        Setting("models", "model", words, say("names like qwen-long,deepseek/*"),
                say("models to compare (-m)"), "[qwen-*, deepseek/*]", say("all on sale"),
                ("provider", "tokenizer", *NAMED), many=True),
        Setting("providers", "provider", words, say("names like alibaba"),
                say("only what these sell (--provider)"), "[alibaba, deepseek]", say("all"),
                ("model", *NAMED), many=True),
        PRICES,
        Setting("output_ratio", "output_ratio", ratio, say("a number of zero or more like 0.5"),
                say("output as a share of the input (--output-ratio)"), "0.5", say("input only"),
                ("output_tokens",), is_told=True),
        Setting("fx", "fx", rate, say("a number above zero like 7.1"),
                say("CNY for one USD (--fx)"), "7.1", say("the ECB's of the day")),
        Setting("max_age", "max_age", span_days, say("a span of time like 30d or 8w"),
                say("exit 3 if a price was last read before (--max-age)"), "60d", say("none")),
        Setting("prices_url", "url", word, say("an address like https://example.org/prices.yaml"),
                say("where `prices update` looks (--url)"), "https://example.org/prices.yaml",
                say("none")),
    )
}  # fmt: skip


def in_environment(variables: Mapping[str, str]) -> dict[str, Said]:
    """The settings that variables say; one that is empty says nothing. Raises BadSettings."""
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
            found[setting.key] = Said(setting, value, texts_of(value, text), setting.variable)
    if problems:
        raise BadSettings(problems, hint=HINT)
    return found


def texts_of(value: Any, text: str) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (text,)
