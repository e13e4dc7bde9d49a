"""Options that belong together, as one frozen value: each group is defined once and read once.

A command takes a group as one of its keyword parameters, and `grouped` offers the options of the
group on the command line, where that parameter stands.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from llmcost.cli import options
from llmcost.cli.declarations import MISSING, Parameter, offered
from llmcost.cli.output import (
    MOST_ROWS,
    NOTE_LINES,
    Output,
    format_for,
    notes_width,
    rows_beside,
    screen_lines,
    screen_notes,
    width,
)
from llmcost.errors import UsageError
from llmcost.messages import say, visible
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.money import Exchange, Money
    from llmcost.pricing.catalog import Outside
    from llmcost.pricing.contract import Discounts
    from llmcost.pricing.cost import Conditions
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.pricing.terms import Amount
    from llmcost.render.result_table import Ranked, ResultColumn, Row, Selection
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.open_inputs import How
    from llmcost.runtime.price_table import ModelSelection
    from llmcost.sampling.sampler import SampleRequest

Command = Callable[..., Output]
BLANKS = 3  # lines that part a table from others, with the one on its other rows
NARROW = 100  # columns of a terminal, below which a row has one name


class OptionGroup(msgspec.Struct, frozen=True):
    """Fields are options, annotated as parameters of a command are, or groups of them."""


def grouped(command: Command) -> Command:
    """Return the command with its groups taken apart: it takes each option by its own name, in the
    order in which they are written. Every parameter of `command` must be keyword-only."""
    kinds = {name: one for name, one in command.__annotations__.items() if name != "return"}

    def run(**values: Any) -> Output:
        return command(**gathered(kinds, values))

    return offered(run, list(flat_parameters(kinds, command.__kwdefaults__ or {})), command)


def is_group(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, OptionGroup)


def flat_parameters(kinds: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Parameter]:
    """The options of these fields, those of a group in its place."""
    for name, kind in kinds.items():
        if is_group(kind):
            yield from flat_parameters(kinds_of(kind), defaults_of(kind))
        else:
            yield Parameter(name, kind, defaults.get(name, MISSING))


def kinds_of(group: type[OptionGroup]) -> dict[str, Any]:
    """The annotations of its fields, inherited ones too, in their order."""
    found: dict[str, Any] = {}
    for one in reversed(group.__mro__):
        found |= getattr(one, "__annotations__", {})
    return {name: found[name] for name in group.__struct_fields__}


def defaults_of(group: type[OptionGroup]) -> dict[str, Any]:
    """By name of the field; the first ones may have none."""
    return dict(zip(group.__struct_fields__[::-1], group.__struct_defaults__[::-1], strict=False))


def set_options(group: OptionGroup) -> Iterator[str]:
    """The long names of the options of a group that differ from their defaults; what the settings
    say is for all commands, and does not count."""
    from llmcost.runtime.settings import load_settings

    defaults = defaults_of(type(group))
    by_settings = {one.setting.option for one in load_settings().values()}
    for name in group.__struct_fields__:
        value = getattr(group, name)
        if isinstance(value, OptionGroup):
            yield from set_options(value)
        elif value != defaults.get(name) and name not in by_settings:
            yield "--" + name.strip("_").replace("_", "-")


def gathered(kinds: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the options by the names of these fields, those of a group in a group."""
    return {
        name: kind(**gathered(kinds_of(kind), values)) if is_group(kind) else values[name]
        for name, kind in kinds.items()
        if is_group(kind) or name in values
    }


class ModelOptions(OptionGroup, frozen=True):
    """Which models."""

    model: options.ModelPatterns = None
    provider: options.Providers = None

    @property
    def named(self) -> list[str] | None:
        """The models that -m names; None if it names none, or only sets of models."""
        return option_values.named_models(option_values.words(self.model))

    def chosen(
        self, table: "PriceTable", at: datetime, *, everything: bool = False
    ) -> "ModelSelection":
        """The chat models named, or the line-up; all on sale with `everything`. Raises
        UnknownModel, UsageError."""
        from llmcost.runtime.price_table import chosen_models

        names, sellers = option_values.words(self.model), option_values.words(self.provider)
        return chosen_models(table, names, sellers, at, kind="chat", everything=everything)


class AnswerOptions(OptionGroup, frozen=True):
    """How much each request is answered with."""

    output_tokens: options.OutputTokens = None
    output_ratio: options.OutputRatio = None

    @property
    def output(self) -> "Amount | None":
        """None if nothing was said. Raises UsageError."""
        return option_values.output_of(self.output_tokens, self.output_ratio)


class LengthOptions(OptionGroup, frozen=True):
    """What kind of answer it is, where its length is not named."""

    task: options.Task = None
    effort: options.Effort = None
    learn: options.Learn = None

    def is_auto(self, answer: AnswerOptions) -> bool:
        """Whether the length of answers is looked up. Raises UsageError."""
        is_named = answer.output_tokens is not None or answer.output_ratio is not None
        is_auto = answer.output_tokens == option_values.AUTO
        others = {"--task": self.task is not None, "--learn": self.learn is not None}
        options.refuse_beside("-o", is_named and not is_auto, others)
        is_asked = any(one is not None for one in (self.task, self.effort, self.learn))
        return is_auto or (not is_named and is_asked)


class BillingOptions(OptionGroup, frozen=True):
    """Which of a model's prices bill the requests."""

    batch: options.Batch = False
    tier: options.Tier = None
    region: options.Region = None
    thinking: options.Thinking = False

    @property
    def conditions(self) -> "Conditions":
        from llmcost.pricing.cost import Conditions

        return Conditions(
            thinking=self.thinking,
            batch=self.batch,
            tier=self.tier or "",
            region=self.region or "",
        )


class CurrencyOptions(OptionGroup, frozen=True):
    """What amounts are shown in."""

    currency: options.CurrencyName = None
    fx: options.ExchangeRate = None

    def exchange(
        self,
        table: "PriceTable",
        models: Sequence["Model"],
        at: datetime,
        limits: Sequence["Money | None"] = (),
    ) -> "Exchange":
        """`limits`: amounts that costs will be compared with. Raises NoExchangeRate, UsageError."""
        from llmcost.runtime.price_table import exchange_for

        amounts = [one for one in limits if one is not None]
        return exchange_for(table, models, self.currency, option_values.rates(self.fx), at, amounts)


class ContractOptions(OptionGroup, frozen=True):
    """What is paid of the list prices."""

    discount: options.DiscountNames = None
    tax: options.Tax = None

    @property
    def discounts(self) -> "Discounts":
        """By the names of providers. Raises UsageError."""
        return option_values.discounts_of(self.discount)

    @property
    def tax_share(self) -> Decimal:
        """Raises UsageError."""
        return option_values.tax_of(self.tax)


class TimeOptions(OptionGroup, frozen=True):
    """When the requests are billed."""

    as_of: options.AsOf = None
    at: options.At = None

    @property
    def when(self) -> option_values.BillingTime:
        """Raises UsageError."""
        return option_values.time_of(self.as_of, self.at, clock.now())


class InputOptions(OptionGroup, frozen=True):
    """How inputs are read."""

    encoding: options.Encoding = "utf-8"
    input_format: options.InputFormat = None
    field: options.FieldName = None
    column: options.ColumnName = None
    skip_bad: options.SkipBad = False

    def asked(
        self,
        paths: Sequence[str],
        how: "How",
        *,
        each: bool = False,
        most: int | None = None,
        day: date | None = None,
        shares: bool = False,
    ) -> "Asked":
        """`each`: keep the requests of a file apart; `most`: bytes of each input; `day`: whose chat
        templates hold; `shares`: find what requests have in common."""
        from llmcost.runtime.count_inputs import Asked

        form, field, column = self.input_format, self.field, self.column
        return Asked(paths, self.encoding, form, field, column, each, most, how, day, shares)


class SampleOptions(OptionGroup, frozen=True):
    """How much of the inputs is read, where a part tells the whole."""

    sample: options.SampleSize = None
    precision: options.Precision = None
    seed: options.Seed = None

    def requested(self, others: Mapping[str, bool]) -> "SampleRequest | None":
        """The sample to be taken, if there is to be one; `others`: options that refuse a sample,
        and whether they are given. Raises UsageError."""
        if self.sample is None and self.precision is None:
            options.refuse_without("--sample", False, {"--seed": self.seed is not None})
            return None
        from llmcost.sampling.sampler import wanted_of

        return wanted_of(self.sample, self.precision, self.seed or 0, others)


class RunOptions(OptionGroup, frozen=True):
    """Who counts, and what is kept of it."""

    workers: options.Workers = None
    cluster: options.ClusterAddress = None
    resume: options.Resume = None
    no_progress: options.NoProgress = False

    def how(self, *, quiet: bool, offers_sample: bool) -> "How":
        from llmcost.runtime.open_inputs import How

        shows = not (self.no_progress or quiet)
        return How(
            self.workers, shows, self.resume, self.cluster, offers_sample and self.resume is None
        )


class WorkerOptions(OptionGroup, frozen=True):
    """Who counts, in a command that keeps nothing."""

    workers: options.Workers = None
    no_progress: options.NoProgress = False

    def how(self, *, quiet: bool) -> "How":
        from llmcost.runtime.open_inputs import How

        return How(self.workers, not (self.no_progress or quiet))


class AgeOptions(OptionGroup, frozen=True):
    """Which prices count, and how old they may be."""

    max_age: options.MaxAge = None
    prices: options.PriceFiles = None

    @property
    def oldest(self) -> int | None:
        """In days. Raises UsageError."""
        from llmcost.runtime.gates import days_of

        return days_of(self.max_age)


class RowOptions(OptionGroup, frozen=True):
    """Which rows of a result are displayed, and what is printed beside it. What --strict makes of
    warnings is the same for all commands: `cli.app` sees to it."""

    top: options.Top = None
    all_: options.EveryRow = False
    notes: options.Notes = False
    strict: options.Strict = False

    def refuse_idle_rows(self, quiet: bool = False, format: object = None) -> None:
        """Refuse what has no effect beside -q or --all. Raises UsageError."""
        top = {"--top": self.top is not None}
        forms = {"--format": format is not None, **top, "--all": self.all_, "--notes": self.notes}
        options.refuse_beside("-q", quiet, forms)
        options.refuse_beside("--all", self.all_, top)

    def first(
        self, rows: "Sequence[Row]", format: Format, others: Iterable[str]
    ) -> "Sequence[Row]":
        """The first rows: as many as fit on a screen beside the texts of the other lines."""
        lines = len(screen_lines(others)) + BLANKS + NOTE_LINES if format is Format.TABLE else 0
        return rows[: self.most(format, rows_beside(lines))]

    def few(self, notes: Sequence[str]) -> list[list[str]] | None:
        """The first of the notes in place of all, unless --notes is given."""
        return None if self.notes else screen_notes(notes)

    def select(
        self,
        lines: "Sequence[Ranked]",
        format: Format,
        *,
        named: Collection[str] | None,
        same: "Callable[[Ranked], Hashable] | None" = None,
        fitting: int = MOST_ROWS,
    ) -> "Selection[Ranked]":
        """The rows to display. `named`: the models that the user named, None if none was."""
        from llmcost.render.result_table import select

        for_people = format in (Format.TABLE, Format.MD)
        return select(
            lines,
            self.most(format, fitting),
            for_people=for_people,
            everything=self.all_,
            named=named,
            same=same,
            most_names=1 if width() < NARROW else 2,
        )

    def brief(
        self,
        legend: Iterable[str],
        rows: int,
        rest: int,
        free: int,
        excluded: int,
        notes: Sequence[str],
        others: "Outside | None" = None,
    ) -> list[list[str]] | None:
        """Two lines in place of the notes, or one; none if --notes is given or there is no row.
        `others`: models on sale beside the main ones."""
        parts = [*legend]
        if self.notes or not rows:
            return None
        from llmcost.render.wording import models_line

        room, has_notes = notes_width(), bool(notes)
        models = models_line(rest, free, excluded, others, room=room, has_notes=has_notes)
        return [parts, models] if rest or free or excluded or others else [[*parts, *models]]

    def most(self, format: Format, fitting: int) -> int | None:
        """How many rows: in a table on a screen as many as are `fitting`, unless the user chose;
        data is complete."""
        if self.all_:
            return None
        return fitting if self.top is None and format is Format.TABLE else self.top


class RankedOptions(RowOptions, frozen=True):
    """The same of a result that ranks models."""

    all_: options.All = False


class FigureOptions(RankedOptions, frozen=True):
    """The form of a ranked result that has no page, and figures alone."""

    format: options.FormatName = None
    quiet: options.Quiet = False
    get: options.Get = None

    @property
    def is_bare(self) -> bool:
        """Whether figures are printed without anything else."""
        return self.quiet or self.get is not None

    def field(self, columns: "Sequence[ResultColumn[Row]]", rows: "Sequence[Row]") -> str:
        """The figures of --get, one a row. Raises UsageError for a field that there is not."""
        return field_text(self.get or "", columns, rows)

    def refuse_bare(self, forms: Mapping[str, bool]) -> None:
        """Refuse options that have no effect beside others; `forms`: those that a bare figure has
        none of. Raises UsageError."""
        top = {"--top": self.top is not None}
        forms = {"--format": self.format is not None, **forms, "--notes": self.notes}
        options.refuse_beside("-q", self.quiet, {**forms, **top, "--all": self.all_})
        options.refuse_beside("-q", self.quiet, {"--get": self.get is not None})
        options.refuse_beside("--get", self.get is not None, forms)
        options.refuse_beside("--all", self.all_, top)


class ResultOptions(FigureOptions, frozen=True):
    """The form of a ranked result, and what is printed beside it."""

    format: options.PageFormat = None
    quality: options.QualityFile = None
    min_quality: options.MinQuality = None
    explain: options.Explain = False

    def chosen_format(self) -> Format:
        """The trails of --explain go with a table."""
        return Format.TABLE if self.explain and self.format is None else format_for(self.format)

    def refuse_idle(self, others: Mapping[str, bool] = MappingProxyType({})) -> None:
        """Refuse options that have no effect beside others; `others`: views of the command's own.
        Raises UsageError."""
        self.refuse_bare({"--explain": self.explain, **others})


def field_text(name: str, columns: "Sequence[ResultColumn[Row]]", rows: "Sequence[Row]") -> str:
    """The figures of the column of this name, one a row. Raises UsageError for one that there is
    not."""
    from llmcost.render.result_table import for_programs

    found = for_programs(columns, rows, name)
    if not found.columns:
        names = ", ".join(one.key for one in columns if one.key)
        raise UsageError(
            say("--get: no field is called `{name}`", name=visible(name)),
            hint=say("one of {names}", names=names),
        )
    return "".join(f"{value}\n" for (value,) in found.rows)
