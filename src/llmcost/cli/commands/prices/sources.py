"""`llmcost prices sources`: which sources do the prices rest on?"""

from typing import Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.options import Format
from llmcost.cli.output import Output, format_for, render
from llmcost.messages import say

TOP = 20


def sources(
    patterns: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Ids, aliases or globs.")
    ] = None,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    all_: Annotated[bool, typer.Option("--all", help="Show every source.")] = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List the sources that prices rest on, the most used first.

    All rows count, also those of the past and of models that are gone; `in force` are those of now.

    Example: llmcost prices sources --provider deepseek
    """
    from llmcost.cli.tables import chosen_models, load_table
    from llmcost.planning import check
    from llmcost.report import sources as report

    at = options.instant(as_of, clock.now())
    wanted = options.words(patterns) or ["*"]
    models = chosen_models(load_table(prices), wanted, options.words(provider), at, retired=True)
    found = check.sources(models, at)
    format = format_for(format)
    shown = found if all_ or format is not Format.TABLE else found[:TOP]
    text = render(
        format,
        human=lambda: report.human(shown),
        machine=lambda: report.machine(found),
        document=lambda: report.document(found, at),
    )
    rest = len(found) - len(shown)
    more = [say("{number} more sources; --all shows them", number=rest)] if rest else []
    return Output(text, more)
