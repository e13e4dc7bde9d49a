"""The options of `llmcost usage`, in groups, and what their texts mean."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.option_groups import CurrencyOptions, OptionGroup
from llmcost.commands.usage.charges import Charge, UsageTime
from llmcost.commands.usage.summary import CALLERS, Grouping
from llmcost.errors import UsageError
from llmcost.logs.log_formats import LogForm
from llmcost.messages import joined, say, visible
from llmcost.money import DailyExchange
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.pricing.terms import Hours
from llmcost.runtime import option_values
from llmcost.runtime.price_table import (
    chosen_models,
    daily_exchange,
    ranking_currency,
    sellers_of,
    typed_names,
)

if TYPE_CHECKING:
    from llmcost.logs.log_files import LogReadingOptions
    from llmcost.logs.model_names import LoggedNames
    from llmcost.pricing.usage import CharacterRatio
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.open_inputs import How

ZONE = "Asia/Shanghai"

Groups = Annotated[
    list[str] | None,
    options.option(
        "--by WHAT",
        "Group by model (default), provider, day, month, window (of 5 hours), key, user, "
        "project or session; comma-separated for several.",
    ),
]


class UsageFormat(StrEnum):
    """The formats of all commands, and one of bills."""

    TABLE = "table"
    TSV = "tsv"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    MD = "md"
    HTML = "html"
    FOCUS = "focus"


LogFormatName = Annotated[
    UsageFormat | None,
    options.option(
        "--format",
        "Default: table on a terminal, tsv in a pipe; html: a report in one file; focus: CSV "
        "with the columns of FOCUS 1.2.",
    ),
]
BillFile = Annotated[
    Path | None,
    options.option("--bill FILE", "Compare with a vendor's bill (CSV), and name what differs."),
]
LogLimit = Annotated[
    str | None,
    options.option("--fail-over AMOUNT", 'Exit 3 if the total is more than this, e.g. "100 yuan".'),
]


class LogModelOptions(OptionGroup, frozen=True):
    """What the model names of logs mean, and on which models else the requests are priced."""

    what_if: Annotated[
        list[str] | None,
        options.option(
            "--what-if ID",
            "Re-price the requests on this model; repeatable, or comma-separated.",
            options.complete_model,
        ),
    ] = None
    map_: Annotated[
        list[str] | None, options.option("--map NAME=ID", "Bill NAME in the log as this model.")
    ] = None
    provider: Annotated[
        list[str] | None,
        options.option("--provider ID", "Provider to assume when the log names none."),
    ] = None

    def targets(self, table: PriceTable, at: datetime) -> Sequence[Model]:
        """The models of --what-if. Raises UnknownModel, UsageError."""
        names = option_values.words(self.what_if)
        return chosen_models(table, names, (), at).models if names else ()

    def names(self, table: PriceTable) -> "LoggedNames":
        """Raises UsageError."""
        from llmcost.logs.model_names import LoggedNames

        sellers = sellers_of(table, option_values.words(self.provider))
        return LoggedNames(table, meant(self.map_), sellers, typed_names())


class LogTimeOptions(OptionGroup, frozen=True):
    """Where days begin, and when what has no time is billed."""

    zone: Annotated[
        str | None, options.option("--zone ZONE", f"Time zone of days; default: {ZONE}.")
    ] = None
    at: Annotated[
        str | None,
        options.option("--at TIME", "Billing time of --what-if and of requests without a time."),
    ] = None


class LogCurrencyOptions(CurrencyOptions, frozen=True):
    """What amounts are shown in; rates are those of each day."""

    currency: Annotated[
        str | None,
        options.option("--currency CNY|USD", "Display currency; default: the models' own, or CNY."),
    ] = None
    fx: options.ExchangeRate = None  # after --currency, in the help

    def exchanged(
        self, table: PriceTable, priced: Sequence[Charge], targets: Sequence[Model]
    ) -> DailyExchange:
        """The currency asked for, or the one of all models, or CNY. Raises UsageError."""
        billed = {one.currency for one in priced if one.amount}
        billed |= {table.providers[one.provider].currency for one in targets}
        target = ranking_currency(self.currency, billed)
        return daily_exchange(target, option_values.rates(self.fx))


class LogOptions(OptionGroup, frozen=True):
    """How logs are read."""

    input_format: Annotated[
        LogForm | None,
        options.option(
            "--input-format", "Log format; default: detected from the fields of each line."
        ),
    ] = None
    keep_repeats: Annotated[
        bool,
        options.option("--keep-repeats", "Bill an answer as often as it was logged, not once."),
    ] = False
    unique: Annotated[
        bool, options.option("--unique", "The default; for older scripts.", hidden=True)
    ] = False
    encoding: options.Encoding = "utf-8"
    skip_bad: options.SkipBad = False
    max_bytes: options.MaxBytes = None

    def asked(self, paths: Sequence[str], how: "How") -> "Asked":
        """Raises UsageError."""
        from llmcost.runtime.count_inputs import Asked

        most = option_values.size(self.max_bytes, "--max-bytes")
        return Asked(paths, self.encoding, most=most, how=how)

    def way(
        self, kinds: Sequence[Grouping], table: PriceTable, zone: str, targets: Sequence[Model]
    ) -> "LogReadingOptions":
        """How their lines are read and added up."""
        from llmcost.commands.usage.alternatives import edges_of
        from llmcost.logs.aggregation import clocks_of
        from llmcost.logs.log_files import LogReadingOptions

        ratios = ratios_for(targets)
        return LogReadingOptions(
            self.input_format or LogForm.AUTO,
            tuple(one.value for one in kinds if one in CALLERS),
            clocks_of(table, zone, hourly=Grouping.WINDOW in kinds),
            edges_of(table, targets, ratios.__getitem__, ratios),
            self.keep_repeats,
        )


def ratios_for(targets: Sequence[Model]) -> "Mapping[str, CharacterRatio]":
    """What a token of each tokenizer is, if requests are priced on other models at all."""
    if not targets:
        return {}
    from llmcost.tokenizers.estimator import RATIOS

    return RATIOS


def kinds_of(by: Sequence[str] | None) -> list[Grouping]:
    """What --by says, each once. Raises UsageError."""
    found = []
    for one in option_values.words(by) or [Grouping.MODEL.value]:
        if one not in list(Grouping):
            raise UsageError(
                say("--by cannot be `{what}`", what=visible(one)),
                hint=say("it is one or more of {words}", words=joined(Grouping)),
            )
        found.append(Grouping(one))
    return list(dict.fromkeys(found))


def undated_of(at: str | None, now: datetime) -> tuple[UsageTime, datetime | None]:
    """When requests without a time are billed, a bare day being off-peak; and the instant whose
    rows hold for other models, if not each request's own."""
    found = option_values.instant(at, now)
    has_hour = at is not None and not option_values.is_day(at)
    return UsageTime(found, found if has_hour else Hours.OFF_PEAK), None if at is None else found


def meant(pairs: Sequence[str] | None) -> dict[str, str]:
    """The names of --map. Raises UsageError."""
    found = {}
    for pair in pairs or ():
        name, sign, model = pair.rpartition("=")
        if not (name and sign and model):
            raise UsageError(
                say("--map takes a name and a model: `{text}`", text=visible(pair)),
                hint=say("for example --map gpt-4o-prod=openai/gpt-4o"),
            )
        found[name] = model
    return found
