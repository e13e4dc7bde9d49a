"""`llmcost prices history`: what a model cost and will cost, with how much each price moved.

The name of a model, or an alias, whose prices are those of the models that it meant.
"""

from llmcost.cli import options
from llmcost.cli.output import Output, draw, format_for, render
from llmcost.commands.prices.history_view import (
    document,
    foot,
    histories_of,
    human,
    machine,
    title,
)
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values


def history(
    names: options.ModelNames,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    format: options.PageFormat = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List all prices of a model in the order of time, with each change in percent.

    Under an alias that moved, the prices of the models that it meant.

    Example: llmcost prices history gpt-3.5-turbo
    """
    from llmcost.runtime.price_table import load_table

    at = option_values.instant(as_of, clock.now())
    table = load_table(prices)
    found = histories_of(table, option_values.words(names), option_values.words(provider), at)
    format = format_for(format)
    if format is Format.HTML:
        from llmcost.commands.prices.history_page import history_html

        return Output(history_html(found, at))
    if format is Format.TABLE:
        pages = (f"{title(one)}\n{draw(human([one], at))}{foot(one)}" for one in found)
        return Output("\n".join(pages))
    return Output(
        render(
            format,
            human=lambda: human(found, at, named=True),
            machine=lambda: machine(found, at),
            document=lambda: document(found, at),
        )
    )
