"""`llmcost prices compare`: where do price trackers disagree with us, and with each other?"""

from decimal import Decimal
from typing import Annotated

import typer

from llmcost import money
from llmcost.cli import clock, options
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import GateFailed, UsageError
from llmcost.messages import say, say_plural

DEFAULT = "0.5%"


def compare(
    with_: Annotated[
        list[str], typer.Option("--with", metavar="FILE|URL", help="Of a tracker; again for more.")
    ],
    tolerance: Annotated[
        str, typer.Option("--tolerance", metavar="%", help="Prices as near as this agree.")
    ] = DEFAULT,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    all_: Annotated[bool, typer.Option("--all", help="Show what agrees, too.")] = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Compare our prices with trackers' files; exit 3 if any disagree.

    The content of each file tells its format. Plain prices only: no batch, tiers or peak hours.

    Example: llmcost prices compare --with data.json --with model_prices.json
    """
    from llmcost.cli.commands.prices.import_ import listing_of
    from llmcost.cli.tables import load_table
    from llmcost.planning.panel import assemble, narrowed
    from llmcost.report import comparison as report

    most = share(tolerance)
    at = options.instant(as_of, clock.now())
    panel = assemble(load_table(prices), [listing_of(one) for one in with_], at)
    panel = narrowed(panel, options.words(model), options.words(provider))
    pairs = report.shown(panel, most, everything=all_)
    text = render(
        format_for(format),
        human=lambda: report.table(panel, pairs),
        machine=lambda: report.table(panel, pairs),
        document=lambda: report.document(panel, most, everything=all_),
    )
    apart = sum(not line.agrees(most) for one in panel.subjects for line in one.lines)
    return Output(text, report.notes(panel, most), gate(apart) if apart else None)


def share(text: str) -> Decimal:
    """`1%` as 0.01."""
    found = money.positive(text.removesuffix("%"))
    if found is None or not text.endswith("%"):
        said = say("--tolerance is not a percentage: `{text}`", text=text)
        raise UsageError(said, hint=say("for example {example}", example=DEFAULT))
    return found / 100


def gate(apart: int) -> GateFailed:
    prices = say_plural("1 price disagrees", "{number} prices disagree", apart)
    return GateFailed(prices, hint=say("read it at the vendor's page; trackers copy each other"))
