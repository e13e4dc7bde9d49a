"""`llmcost prices history`: what a model cost and will cost, with how much each price moved.

The name of a model, or an alias, whose prices are those of the models that it meant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from llmcost.cli import options
from llmcost.cli.output import Output, draw, format_for, render
from llmcost.commands.prices.history_view import document, foot, human, machine, title
from llmcost.commands.prices.show import Names
from llmcost.pricing.price_history import PriceHistory
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.pricing.price_history import PriceHistory
    from llmcost.pricing.price_rows import PriceTable


def history(
    names: Names,
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
    found = histories(table, option_values.words(names), option_values.words(provider), at)
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


def histories(
    table: "PriceTable", names: Sequence[str], providers: Sequence[str], at: datetime
) -> list["PriceHistory"]:
    """Of each name its own: a moved alias is not the model that it means today."""
    from llmcost.pricing.catalog import find, sold_by
    from llmcost.pricing.price_history import aliased, of_alias, of_model

    models = sold_by(table, providers)
    found: dict[str, PriceHistory] = {}
    for name in names:
        moved = aliased(models, name)
        for group in moved:
            one = of_alias(name, group, table.providers[group[0].provider].currency)
            found[f"{one.provider}/{one.name}"] = one
        for model in [] if moved else find(table, models, [name], at, retired=True):
            found[model.key] = of_model(model, table.providers[model.provider].currency)
    return list(found.values())
