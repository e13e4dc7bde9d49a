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
from llmcost.planning.fields import currency, word, words
from llmcost.report.figures import visible

HINT = "docs/config.md has every setting; `llmcost config init` writes a file with them"


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
        return f"{self.setting.key} {visible(', '.join(self.texts))}, as {self.place} has it"


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
    expected="price files that are there",
    meaning="price files of your own, laid over ours (--prices)",
    example="[contract.yaml]",
    default="none",
    many=True,
    is_told=True,
)
SETTINGS = {
    one.key: one
    for one in (
        Setting("currency", "currency", currency, "CNY or USD",
                "what amounts are shown in (--currency)", "CNY", "each model's own",
                ("budget", "total_budget")),
        Setting("models", "model", words, "names like qwen-long,deepseek/*",
                "models to compare (-m)", "[qwen-*, deepseek/*]", "all on sale",
                ("provider", "tokenizer", *NAMED), many=True),
        Setting("providers", "provider", words, "names like alibaba",
                "only what these sell (--provider)", "[alibaba, deepseek]", "all",
                ("model", *NAMED), many=True),
        PRICES,
        Setting("output_ratio", "output_ratio", ratio, "a number of zero or more like 0.5",
                "output as a share of the input (--output-ratio)", "0.5", "input only",
                ("output_tokens",), is_told=True),
        Setting("fx", "fx", rate, "a number above zero like 7.1", "CNY for one USD (--fx)", "7.1",
                "the ECB's of the day"),
        Setting("max_age", "max_age", span_days, "a span of time like 30d or 8w",
                "exit 3 if a price was last read before (--max-age)", "60d", "none"),
        Setting("prices_url", "url", word, "an address like https://example.org/prices.yaml",
                "where `prices update` looks (--url)", "https://example.org/prices.yaml", "none"),
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
            problems.append(f"{setting.variable}: expected {setting.expected}, got `{text}`")
        else:
            found[setting.key] = Said(setting, value, texts_of(value, text), setting.variable)
    if problems:
        raise BadSettings(problems, hint=HINT)
    return found


def texts_of(value: Any, text: str) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (text,)
