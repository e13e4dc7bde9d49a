"""`llmcost prices show`: what does a model cost, when does that change, and who says so?"""

from typing import Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.options import Format
from llmcost.cli.output import Output, format_for, render, width
from llmcost.errors import LlmcostError
from llmcost.messages import say

Names = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL...",
        help="Ids, aliases, provider/id or globs.",
        autocompletion=options.complete_model,
    ),
]
Remarks = Annotated[
    bool, typer.Option("--explain", help="Add notes, conflicts of the sources and corrections.")
]


def show(
    names: Names,
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
    from llmcost.cli.tables import chosen_models, load_table
    from llmcost.cli.terms import time_of
    from llmcost.planning.quotes import listing
    from llmcost.prices.calendar import RealCalendar
    from llmcost.report import quotes as report
    from llmcost.report.show import page

    now = clock.now()
    when = time_of(as_of, at, now)
    table = load_table(prices, since=when.at.date())
    models = chosen_models(table, options.words(names), options.words(provider), when.at)
    calendar = RealCalendar()
    found = [listing(table, one, when.at, when.hours, calendar) for one in models]
    format = Format.TABLE if explain and format is None else format_for(format)
    failure = None
    if all(one.row is None for one in found):
        failure = LlmcostError(
            say("no price known for {day}", day=when.at.date()),
            hint=say("`llmcost prices history MODEL` shows the days"),
        )
    if format is Format.TABLE:
        pages = (page(one, now.date(), width(), explain=explain) for one in found)
        return Output("\n".join(pages), failure=failure)
    text = render(
        format,
        human=lambda: report.human(found),
        machine=lambda: report.machine(found),
        document=lambda: report.document(found, when.at, now.date()),
    )
    return Output(text, failure=failure)
