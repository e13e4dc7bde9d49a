"""`llmcost prices history`: what a model cost and will cost, with how much each price moved.

The name of a model, or an alias, whose prices are those of the models that it meant.
"""

from typing import TYPE_CHECKING, Annotated

import msgspec

from llmcost.cli import options
from llmcost.cli.output import Output, draw, fitting_rows, format_for, render
from llmcost.commands.prices.history_view import (
    document,
    foot,
    histories_of,
    human,
    machine,
    title,
)
from llmcost.language import told
from llmcost.messages import say_plural
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from datetime import datetime

    from llmcost.pricing.price_history import PriceHistory

OTHERS = 5
"""Lines of a page that are no rows: title, blanks, bars and what is left out."""
WholeNotes = Annotated[
    bool, options.option("--explain", "Show whole notes, and the source of each price.")
]


def history(
    names: options.ModelNames,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    explain: WholeNotes = False,
    all_: options.EveryRow = False,
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
    is_whole = format not in (None, Format.TABLE, Format.MD)  # data has all notes
    options.refuse_beside(f"--format {format}", is_whole, {"--explain": explain})
    format = Format.TABLE if explain and format is None else format_for(format)
    if format is Format.HTML:
        from llmcost.commands.prices.history_page import history_html

        return Output(history_html(found, at))
    if format is Format.TABLE:
        return Output("\n".join(whole(one, at, explain, all_ or len(found) > 1) for one in found))
    return Output(
        render(
            format,
            human=lambda: human(found, at, named=True, explain=explain),
            machine=lambda: machine(found, at),
            document=lambda: document(found, at),
        )
    )


def whole(history: "PriceHistory", at: "datetime", explain: bool, everything: bool) -> str:
    """A name's prices as a page: the latest rows that fit on the screen, or all of them."""
    rows = human([history], at, explain=explain)
    latest = msgspec.structs.replace(rows, rows=rows.rows[::-1])
    shown = rows.rows if everything else fitting_rows(latest, OTHERS).rows[::-1]
    earlier = len(rows.rows) - len(shown)
    more = say_plural("{number} earlier price: --all", "{number} earlier prices: --all", earlier)
    end = foot(history) + (f"{told(more)}\n" if earlier else "")
    table = draw(msgspec.structs.replace(rows, rows=shown))
    return "\n".join(part for part in (f"{title(history)}\n", table, end) if part)
