"""`llmcost prices show`: the price of a model, when it changes, and its source."""

from typing import Annotated

from llmcost.cli import options
from llmcost.cli.output import Output, format_for, render, width
from llmcost.commands.prices.show_view import document, human, machine, unpriced
from llmcost.pricing.quotes import listing
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values
from llmcost.runtime.option_values import time_of

Remarks = Annotated[
    bool, options.option("--explain", "Add notes, conflicting sources and corrections.")
]


def show(
    names: options.ModelNames,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    at: options.At = None,
    explain: Remarks = False,
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
    format = Format.TABLE if explain and format is None else format_for(format)
    failure = unpriced(found, when.at.date())
    if format is Format.TABLE:
        pages = (page(one, now.date(), width(), explain=explain) for one in found)
        return Output("\n".join(pages), failure=failure)
    text = render(
        format,
        human=lambda: human(found),
        machine=lambda: machine(found),
        document=lambda: document(found, when.at, now.date()),
    )
    return Output(text, failure=failure)
