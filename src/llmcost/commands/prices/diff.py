"""`llmcost prices diff`: prices that changed between two days, or between two price files."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.output import Output, draw, fitting_rows, format_for, render, screen_notes
from llmcost.errors import BadPriceFile, UnknownModel, UsageError
from llmcost.messages import say
from llmcost.render.table import Format
from llmcost.render.wording import more_rows
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.pricing.price_changes import Difference
    from llmcost.pricing.price_rows import Model, PriceTable


OTHERS = 3
"""Lines below the table: a blank, the conclusion and what is left out."""


class DiffSort(StrEnum):
    MODEL = "model"
    CHANGE = "change"


def diff(
    before: Annotated[str, Argument(metavar="BEFORE", help="A day, or a price file.")],
    after: Annotated[str, Argument(metavar="AFTER", help="Another day, or file.")],
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    sort: Annotated[
        DiffSort, options.option("--sort", "Order: by provider and model, or deepest cut first.")
    ] = DiffSort.MODEL,
    all_: options.EveryRow = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Show what changed between two days, or between two price files.

    A day counts with its end: what changed on the first day is not shown, on the last day it is.

    Example: llmcost prices diff 2024-05-20 2024-05-22 --provider alibaba
    """
    from llmcost.commands.prices import diff_view as report

    names, sellers = option_values.words(model), option_values.words(provider)
    days = [day_of(text) for text in (before, after)]
    if days[0] is not None and days[1] is not None:
        found = days_differ(prices, days[0], days[1], names, sellers)
        sides = [day.isoformat() for day in days if day]
    elif Path(before).is_file() and Path(after).is_file() and not prices:
        found = files_differ(Path(before), Path(after), names, sellers)
        sides = [before, after]
    else:
        raise wrong(before, after, prices)
    found = ordered(found, sort)
    chosen, notes = format_for(format), report.notes(found)
    if chosen is Format.TABLE and not all_:
        whole = report.human(found)
        shown = fitting_rows(whole, OTHERS)
        rest = len(whole.rows) - len(shown.rows)
        end = f"\n{report.conclusion(found)}{more_rows(rest)}" if rest else ""
        return Output(f"{draw(shown)}{end}", notes, brief=screen_notes(notes))
    text = render(
        chosen,
        human=lambda: report.human(found),
        machine=lambda: report.machine(found),
        document=lambda: report.document(found, sides),
    )
    return Output(text, notes)


def day_of(text: str) -> datetime | None:
    """The end of a day, or an instant; None for what is no date."""
    try:
        return option_values.instant(text, clock.now())
    except UsageError:
        return None


def wrong(before: str, after: str, prices: Sequence[Path] | None) -> UsageError:
    hint = say("for example 2024-05-20 2024-05-22, or old.yaml new.yaml")
    if prices:
        return UsageError(say("--prices goes with two days, not with two files"), hint=hint)
    what = [text for text in (before, after) if day_of(text) is None and not Path(text).is_file()]
    if what:
        return UsageError(say("neither a date nor a file: `{text}`", text=what[0]), hint=hint)
    said = say(
        "two days or two files, not one of each: `{before}` `{after}`", before=before, after=after
    )
    return UsageError(said, hint=hint)


def days_differ(
    prices: list[Path] | None,
    first: datetime,
    last: datetime,
    names: Sequence[str],
    providers: Sequence[str],
) -> list["Difference"]:
    from llmcost.pricing.price_changes import between_days
    from llmcost.runtime.price_table import load_table

    table = load_table(prices)
    models = meant([(table, first), (table, last)], names, providers)
    return between_days(table, models.values(), first, last)


def files_differ(
    before: Path, after: Path, names: Sequence[str], providers: Sequence[str]
) -> list["Difference"]:
    from llmcost.pricing.price_changes import between_tables

    tables = parsed(before), parsed(after)
    models = meant([(table, clock.now()) for table in tables], names, providers)
    sellers = {one.provider for one in models.values()}
    return [
        one
        for one in between_tables(*tables)
        if f"{one.provider}/{one.model}" in models
        or (not one.model and not names and one.provider in sellers)
    ]


def meant(
    sides: Sequence[tuple["PriceTable", datetime]], names: Sequence[str], providers: Sequence[str]
) -> dict[str, "Model"]:
    """The models that the names mean on either side, by key; UnknownModel if on none."""
    from llmcost.runtime.price_table import chosen_models

    found: dict[str, Model] = {}
    for name in names or ["*"]:
        failed: list[UnknownModel] = []
        for table, day in sides:
            try:
                models = chosen_models(table, [name], providers, day, retired=True).models
            except UnknownModel as error:
                failed.append(error)
            else:
                found.update((one.key, one) for one in models)
        if len(failed) == len(sides):
            raise failed[-1]
    return found


def parsed(file: Path) -> "PriceTable":
    """A price file by itself; one that leaves out what our table has, over ours."""
    from llmcost.price_data.loader import read_file
    from llmcost.price_data.parser import parse_table
    from llmcost.runtime.price_table import load_table
    from llmcost.runtime.tokenizer_choice import tokenizer_names

    content = read_file(file)
    try:
        return parse_table(file, content, tokenizer_names())
    except BadPriceFile:
        return parse_table(file, content, tokenizer_names(), load_table([]))


def ordered(found: Sequence["Difference"], sort: DiffSort) -> list["Difference"]:
    """Deepest cut first; what has no percentage comes last."""

    def cut(one: "Difference") -> Decimal:
        moved = [change.percent for change in one.changes if change.percent]
        return min(moved, default=Decimal("Infinity"))

    by_name = sorted(found, key=lambda one: (one.provider, one.model))
    return sorted(by_name, key=cut) if sort is DiffSort.CHANGE else by_name
