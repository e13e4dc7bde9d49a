"""`llmcost prices index`: how prices moved, month by month, and by which factor in a year."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import CurrencyOptions, ModelOptions, OptionGroup, grouped
from llmcost.cli.output import (
    Output,
    around,
    format_for,
    has_color,
    render,
    screen_lines,
    screen_notes,
    screen_room,
    width,
)
from llmcost.commands.prices import index_view as view
from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say
from llmcost.pricing.catalog import sold_by
from llmcost.pricing.price_index import Basket, PriceIndex, price_index
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values
from llmcost.runtime import standard_streams as streams

if TYPE_CHECKING:
    from llmcost.pricing.price_rows import Model, PriceTable

SINCE = "2023"


class BasketOptions(OptionGroup, frozen=True):
    """What the index is of."""

    basket: Annotated[
        Basket,
        options.option(
            "--basket",
            "The same models, the makers' flagships, or the cheapest model of each month.",
        ),
    ] = Basket.MODEL
    since: Annotated[str, options.option("--since YEAR|MONTH", "First month, like 2023-05.")] = (
        SINCE
    )
    quality: options.QualityFile = None
    score: Annotated[
        str | None, options.option("--score N", "Only models of at least this score.")
    ] = None

    def eligible(self, models: "Sequence[Model]", day: date) -> "Sequence[Model]":
        """Those with the score, if one is asked for. Raises UsageError, BadScores."""
        least = option_values.decimal(self.score, "--score", zero=True, example=SCORE)
        if least is None:
            options.refuse_without("--score", False, {"--quality": self.quality is not None})
            return models
        from llmcost.runtime.quality_choice import chosen_scores

        scores = chosen_scores(self.quality)
        if scores is None:
            raise UsageError(say("--score needs scores"), hint=say("leave out --quality none"))
        enough = scores.goodness(least)
        found = [(one, scores.of(one, day)) for one in models]
        return [one for one, it in found if it and scores.goodness(it.value) >= enough]


HEIGHT, LEAST, FRAME = 9, 4, 4
"""Lines of the chart at most and at least, and those around it: a blank, axis, months, legend."""
SCORE = say("for example --score 1300")


@grouped
def index(
    *,
    basket: BasketOptions,
    models: ModelOptions,
    currency: CurrencyOptions,
    as_of: options.AsOf = None,
    format: options.PageFormat = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Measure how prices fell: an index by month, and the factor of a year.

    An index compares what is sold in one month and the next: the same models, or the newest of each
    maker's flagship line; or it is the cheapest model of the month.

    Examples:
      llmcost prices index --since 2024
      llmcost prices index --basket cheapest --score 1300
      llmcost prices index --basket flagship --format html > index.html
    """
    from llmcost.runtime.price_table import daily_exchange, load_table

    at = option_values.instant(as_of, clock.now())
    instants = months_of(basket.since, at)
    table, format = load_table(prices), format_for(format)
    chosen = basket.eligible(chosen_of(table, models), at.date())
    target = money.currency(currency.currency or "CNY")
    rates = daily_exchange(target, option_values.rates(currency.fx))
    found = price_index(table, chosen, instants, basket.basket, target, rates.of)
    if not found.months:
        said = say("no price is known since {day}", day=instants[0].date())
        raise LlmcostError(said, hint=say("name other models, or a later month with --since"))
    notes = view.notes(found, rates.used)
    if format is Format.HTML:
        from llmcost.commands.prices.index_page import index_html

        return Output(index_html(found, notes), notes)
    return Output(written(found, format, notes), notes, brief=screen_notes(notes))


def written(found: PriceIndex, format: Format, notes: Sequence[str]) -> str:
    """The years in a table with a chart; data has the months."""
    text = render(
        format,
        human=lambda: view.human(found),
        machine=lambda: view.machine(found),
        document=lambda: view.document(found, notes),
    )
    if format not in (Format.TABLE, Format.MD):
        return text
    text = around(format, view.headline(found), text, view.conclusion(found))
    if format is Format.MD:
        return text
    room = screen_room()
    height = HEIGHT if room is None else min(HEIGHT, room - len(screen_lines([text])) - FRAME)
    drawn = view.chart(
        found, width(), max(LEAST, height), color=has_color(), legible=streams.legible
    )
    return text + "\n" + drawn


def months_of(since: str, at: datetime) -> list[datetime]:
    """The ends of the first days of the months, and the instant itself. Raises UsageError."""
    start = option_values.moment(since + {4: "-01-01", 7: "-01"}.get(len(since), ""))
    if start is None or start > at.date():
        raise UsageError(
            say("--since must be a year or month to {day}: `{text}`", day=at.date(), text=since),
            hint=say("for example --since 2023 or --since 2024-05"),
        )
    first = 12 * start.year + start.month - 1
    last = 12 * at.year + at.month - 1
    days = [date(month // 12, month % 12 + 1, 1) for month in range(first, last + 1)]
    return [option_values.instant(one, at) for one in days]


def chosen_of(table: "PriceTable", options: ModelOptions) -> "Sequence[Model]":
    """The chat models of makers, or those named, whether still sold or not."""
    from llmcost.runtime.price_table import chosen_models, sellers_of

    names, sellers = option_values.words(options.model), option_values.words(options.provider)
    if names:
        return chosen_models(table, names, sellers, clock.now(), retired=True, kind="chat").models
    return [one for one in sold_by(table, sellers_of(table, sellers)) if one.kind == "chat"]
