"""An estimate as an HTML page."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from llmcost.commands.estimate import view as breakdown
from llmcost.commands.estimate.compute import Estimate, Line
from llmcost.commands.estimate.estimate_legend import needs_rate
from llmcost.commands.estimate.view import EstimateTable, columns, cost_cell
from llmcost.language import _, _n, told
from llmcost.messages import joined, visible
from llmcost.money import SYMBOLS
from llmcost.pricing.price_rows import PriceState
from llmcost.pricing.terms import Amount, Hours, Terms
from llmcost.render.html import pareto as quality
from llmcost.render.html.bars import MOST, bars, most_note, range_note
from llmcost.render.html.page import HtmlPage, PageSection, figure
from llmcost.render.html.sortable_table import (
    Columns,
    Sources,
    by_columns,
    cost_bar,
    cost_text,
    from_grid,
    left_out,
    price_rows,
    result_columns,
)
from llmcost.render.quality_scores import NO_RATINGS, Ratings, Scores
from llmcost.render.text import places, plain, rate_note
from llmcost.render.wording import inputs_text

MOST_NAMED_ON_PAGE = 50
Efforts = Sequence[tuple[str, Line, Decimal]]
"""A model's line at an effort, and its score at that effort."""


def page(
    result: Estimate,
    lines: Sequence[Line],
    notes: Sequence[str],
    more: Sequence[PageSection] = (),
    ratings: Ratings = NO_RATINGS,
    efforts: Efforts = (),
) -> HtmlPage:
    """`lines` are those shown, `more` sections that stand before what was left out; `efforts`: the
    lines of models at each effort that they have a score at."""
    sources, day, scores = Sources(), result.terms.at.date(), ratings.scores
    priced = [line for line in lines if line.row.state is PriceState.PRICED]
    sections = [chart(result, priced)] if priced else []
    if scores is not None:
        unit = SYMBOLS[result.exchange.currency]
        points, paths = priced_points(lines), effort_points(efforts, lines)
        name = "estimate"
        sections.append(quality.section(scores, points, day, unit, _("cost"), name, paths))
    found = table_columns(result, lines, scores, sources)
    rows = by_columns("models", _("Every model, the cheapest first"), found)
    whole = PageSection(_("All models"), (rows,))
    inputs = inputs_text(one.name for one in result.inputs)
    return HtmlPage(
        title=_("What {what} costs, {day}", what=told(inputs), day=day),
        lead=[*lead(result, lines, priced), *best_lead(ratings, lines)],
        about=list(asked(result)),
        notes=notes,
        sections=sections,
        details=[whole, *more, *left_out(result.excluded), *sources.section()],
    )


# --- the answer, and what was asked --------------------------------------------------------------


def lead(result: Estimate, lines: Sequence[Line], priced: Sequence[Line]) -> Iterator[str]:
    if priced:
        first = min(priced, key=lambda line: line.ranking.amount)
        name, cost = (
            visible(first.model.id),
            cost_text(first.ranking, places([first.ranking.amount])),
        )
        yield _("The cheapest paid model is {model}: {cost}.", model=name, cost=cost)
    free = len(lines) - len(priced)
    if free:
        yield _n(
            "One model is free, within limits.", "{number} models are free, within limits.", free
        )


def best_lead(ratings: Ratings, lines: Sequence[Line]) -> Iterator[str]:
    """The best for the money, in a line, where there are scores."""
    best = [*ratings.best({line.model.key: visible(line.model.id) for line in lines})]
    if best:
        yield told(joined(best, "; "))


def asked(result: Estimate) -> Iterator[tuple[str, str]]:
    terms, exchange = result.terms, result.exchange
    inputs = result.inputs
    for one in inputs[:MOST_NAMED_ON_PAGE]:
        yield (
            _("Input"),
            _("{name}: {bytes} bytes, {characters} characters, requests: {requests}",
              name=one.name, bytes=f"{one.bytes:,}", characters=f"{one.characters:,}",
              requests=f"{one.requests:,}"),
        )  # fmt: skip
    if len(inputs) > MOST_NAMED_ON_PAGE:
        yield _("Inputs"), _("{count} more", count=len(inputs) - MOST_NAMED_ON_PAGE)
    yield _("Prices of"), terms.at.isoformat(sep=" ", timespec="minutes")
    yield from conditions(terms)
    if result.assumed is not None:
        yield _("Output tokens"), _("{tokens} (assumed)", tokens=f"{result.assumed:,}")
    yield _("Ranked in"), exchange.currency
    if exchange.rates and needs_rate(result):
        yield _("Exchange rate"), told(rate_note(exchange, terms.at))


def conditions(terms: Terms) -> Iterator[tuple[str, str]]:
    """What was asked for beside the texts, as the options say it."""
    if terms.calls != 1:
        yield _("Calls"), f"{terms.calls:,}"
    for name, amount in (
        (_("Output tokens"), terms.output),
        (_("Read from the cache"), terms.cached),
        (_("Written to the cache"), terms.written),
    ):
        if amount is not None and amount != Amount():
            yield name, amount_text(amount)
    if isinstance(terms.hours, Hours):
        yield _("Hours"), terms.hours.value
    wanted = terms.conditions
    flags = (
        (_("batch"), wanted.batch),
        (_("thinking"), wanted.thinking),
        (_("free quota"), terms.free_quota),
    )
    words = [*(name for name, holds in flags if holds), *filter(None, (wanted.tier, wanted.region))]
    if words:
        yield _("Billed as"), ", ".join(words)


def amount_text(amount: Amount) -> str:
    """`500`, or `20%` of the input."""
    return f"{amount.tokens:,}" if amount.share is None else f"{plain(100 * amount.share)}%"


def by_input(each: Sequence[Estimate]) -> list[PageSection]:
    """What each input, or request, costs; nothing if that was not asked."""
    if not each:
        return []
    caption = _("Each input on each model, as it is billed")
    rows = from_grid("by-input", caption, breakdown.breakdown_human(each, own=True))
    return [PageSection(_("By input"), (rows,))]


# --- the chart -----------------------------------------------------------------------------------


def chart(result: Estimate, priced: Sequence[Line]) -> PageSection:
    """The cheapest paid models, in the currency that ranks."""
    currency = result.exchange.currency
    cheapest = sorted(priced, key=lambda line: line.ranking.amount)[:MOST]
    digits = places(line.ranking.amount for line in cheapest)
    found = [cost_bar(line.model.key, line.ranking, digits) for line in cheapest]
    title = _("Cost in {currency}", currency=currency)
    if result.assumed is not None:
        title = _("Cost with an answer of {tokens} tokens, in {currency}",
                  tokens=f"{result.assumed:,}", currency=currency)  # fmt: skip
    below = [most_note(len(found), len(priced)), range_note(found)]
    drawing = bars("cost", title, found, SYMBOLS[currency])
    return PageSection(_("The cheapest models"), (figure(title, drawing, below=below),))


def priced_points(lines: Sequence[Line]) -> list[quality.Priced]:
    digits = places(line.ranking.amount for line in lines)
    return [
        quality.Priced(
            line.model, line.model.key, line.ranking.amount, line.ranking.amount,
            cost_cell(line, line.ranking, digits),
        )
        for line in lines
    ]  # fmt: skip


def effort_points(efforts: Efforts, shown: Sequence[Line]) -> list[quality.EffortPoint]:
    """Those of the displayed models."""
    keys = {line.model.key for line in shown}
    return [
        quality.EffortPoint(effort, priced_points([line])[0], score)
        for effort, line, score in efforts
        if line.model.key in keys
    ]


def table_columns(
    result: Estimate, lines: Sequence[Line], scores: Scores | None, sources: Sources
) -> Columns:
    """The columns of the table on a terminal, scores with their sources, and the price rows."""
    yield from result_columns(columns(EstimateTable(result)), lines)
    if scores is not None:
        day = result.terms.at.date()
        yield from quality.columns(scores, [line.model for line in lines], day, sources)
    yield from price_rows([line.row for line in lines], sources)


def estimate_html(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"],
    reading: Mapping[str, Any],
    notes: Sequence[str],
    ratings: Ratings,
    efforts: Efforts = (),
) -> str:
    """An estimate as a page; `each` are those of single inputs, if they were asked for."""
    from llmcost.render.html.page import written
    from llmcost.render.html.sortable_table import unread

    more = [*by_input(each), *unread(reading["failed"])]
    return written(page(result, lines, notes, more, ratings, efforts))
