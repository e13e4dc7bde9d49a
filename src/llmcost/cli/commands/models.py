"""`llmcost models`: what is in the price table?"""

from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.options import Format
from llmcost.cli.output import Output, format_for, render
from llmcost.messages import say

if TYPE_CHECKING:
    from datetime import datetime

    from llmcost.pricing.table import Model


def models(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Ids, aliases or globs; one id shows all of it."),
    ] = None,
    provider: options.Providers = None,
    min_context: Annotated[
        int | None,
        typer.Option("--min-context", metavar="N", min=1, help="Only if it holds N tokens."),
    ] = None,
    free: Annotated[bool, typer.Option("--free", help="Only models that cost nothing.")] = False,
    retired: Annotated[
        bool, typer.Option("--retired", help="Also models that are not on sale that day.")
    ] = False,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List models and prices, or show all of one model.

    Prices are per 1M tokens, in the provider's currency.

    Example: llmcost models 'qwen*' --min-context 200000
    """
    from llmcost.cli.tables import chosen_models, load_table
    from llmcost.report import models as report

    at = options.instant(as_of, clock.now())
    table = load_table(prices)
    wanted = options.words(patterns) or (["*"] if retired else [])
    found = [
        one
        for one in chosen_models(table, wanted, options.words(provider), at, retired=retired)
        if fits(one, at, min_context, free)
    ]
    format = format_for(format)
    if format is Format.TABLE and is_one_id(wanted):
        return Output("\n".join(report.details(table, one, at) for one in found))
    text = render(
        format,
        human=lambda: report.human(table, found, at),
        machine=lambda: report.machine(table, found, at),
        document=lambda: report.document(table, found, at),
    )
    return Output(text, [] if found else [say("no model fits")])


def fits(model: "Model", at: "datetime", min_context: int | None, free: bool) -> bool:
    from llmcost.pricing.catalog import row_at
    from llmcost.pricing.table import State

    if min_context is not None and (model.context is None or model.context < min_context):
        return False
    row = row_at(model, at)
    return not free or (row is not None and row.state is State.FREE)


def is_one_id(patterns: list[str]) -> bool:
    from llmcost.pricing.catalog import GLOB

    return len(patterns) == 1 and GLOB.isdisjoint(patterns[0])
