"""`llmcost prices history`: what did a model cost, and what will it cost?"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from llmcost.cli import clock, options
from llmcost.cli.commands.prices.show import Names
from llmcost.cli.options import Format
from llmcost.cli.output import Output, draw, format_for, render

if TYPE_CHECKING:
    from llmcost.planning.history import History
    from llmcost.pricing.table import PriceTable


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
    from llmcost.cli.paged import history_text
    from llmcost.cli.tables import load_table
    from llmcost.report import history as report

    at = options.instant(as_of, clock.now())
    table = load_table(prices)
    found = histories(table, options.words(names), options.words(provider), at)
    format = format_for(format)
    if format is Format.HTML:
        return Output(history_text(found, at))
    if format is Format.TABLE:
        pages = (
            f"{report.title(one)}\n{draw(report.human([one], at))}{report.foot(one)}"
            for one in found
        )
        return Output("\n".join(pages))
    return Output(
        render(
            format,
            human=lambda: report.human(found, at, named=True),
            machine=lambda: report.machine(found, at),
            document=lambda: report.document(found, at),
        )
    )


def histories(
    table: "PriceTable", names: Sequence[str], providers: Sequence[str], at: datetime
) -> list["History"]:
    """Of each name its own: a moved alias is not the model that it means today."""
    from llmcost.planning.history import aliased, of_alias, of_model
    from llmcost.pricing.catalog import find, sold_by

    models = sold_by(table, providers)
    found: dict[str, History] = {}
    for name in names:
        moved = aliased(models, name)
        for group in moved:
            one = of_alias(name, group, table.providers[group[0].provider].currency)
            found[f"{one.provider}/{one.name}"] = one
        for model in [] if moved else find(table, models, [name], at, retired=True):
            found[model.key] = of_model(model, table.providers[model.provider].currency)
    return list(found.values())
