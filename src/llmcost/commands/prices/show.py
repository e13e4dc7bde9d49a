"""`llmcost prices show`: the price of a model, when it changes, and its source."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.output import (
    Output,
    fits_screen,
    format_for,
    render,
    rows_beside,
    screen_notes,
    screen_room,
    width,
)
from llmcost.commands.prices.models import Remarks, listed, written
from llmcost.commands.prices.show_view import document, human, machine, unpriced
from llmcost.messages import say
from llmcost.pricing.quotes import listing
from llmcost.render.table import Format
from llmcost.render.wording import more_models
from llmcost.runtime import clock, option_values
from llmcost.runtime.option_values import time_of

if TYPE_CHECKING:
    from datetime import datetime

    from llmcost.pricing.price_rows import Model, PriceTable

LIST_LINES = 4
"""Lines of a list that are no rows: its headline, its header and its notes."""


def show(
    names: options.ModelNames,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    at: options.At = None,
    explain: Remarks = False,
    all_: Annotated[bool, options.option("--all", "Show every part of each price.")] = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Show the price in force, each part of it, and what is announced.

    Example: llmcost prices show deepseek/deepseek-v4-pro --at peak
    """
    from llmcost.commands.prices.show_page import page
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.runtime.price_table import chosen_models, load_table

    now = clock.now()
    when = time_of(as_of, at, now)
    table = load_table(prices, since=when.at.date())
    models = chosen_models(
        table, option_values.words(names), option_values.words(provider), when.at
    ).models
    calendar = RealCalendar()
    found = [listing(table, one, when.at, when.hours, calendar) for one in models]
    is_rows = format in (Format.TSV, Format.CSV, Format.MD)
    options.refuse_beside(f"--format {format}", is_rows, {"--explain": explain})
    format = Format.TABLE if explain and format is None else format_for(format)
    failure = unpriced(found, when.at.date())
    if format is Format.TABLE:
        room = None if explain or all_ else screen_room()
        pages = [page(one, now.date(), width(), room, explain=explain) for one in found]
        if len(found) > 1 and room is not None and not fits_screen(pages):
            text, notes = as_list(table, models, when.at)
            return Output(text, notes, failure, screen_notes(notes))
        return Output("\n".join(pages), failure=failure)
    text = render(
        format,
        human=lambda: human(found),
        machine=lambda: machine(found),
        document=lambda: document(found, when.at, now.date()),
    )
    return Output(text, failure=failure)


def as_list(
    table: "PriceTable", models: Sequence["Model"], at: "datetime"
) -> tuple[str, list[str]]:
    """Models that have no room for a page each: a line a model, and where a whole price is."""
    lines = listed(table, models, at)
    shown = lines[: rows_beside(LIST_LINES)]
    notes = [*more_models(len(lines) - len(shown)), say("each part of each price: --all")]
    return written(table, shown, at, Format.TABLE), notes
