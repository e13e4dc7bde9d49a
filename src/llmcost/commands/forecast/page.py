"""HTML page of a forecast: the cheapest models as lines, and every model in a table."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from llmcost.commands.budget.workload_notes import facts
from llmcost.commands.forecast.compute import ForecastLine
from llmcost.commands.forecast.view import (
    NOT_SOLD,
    ForecastAnswer,
    best_by_score,
    converts,
    day_text,
    human,
    month_text,
    stop_text,
    total_native,
)
from llmcost.language import _, told
from llmcost.messages import joined
from llmcost.money import SYMBOLS
from llmcost.render.html import pareto as quality
from llmcost.render.html.bars import COLORS, most_note
from llmcost.render.html.lines import Dot, Mark, Trace, lines
from llmcost.render.html.page import HtmlPage, PageSection, figure, written
from llmcost.render.html.sortable_table import (
    Columns,
    HtmlCell,
    HtmlColumn,
    Sources,
    by_columns,
    by_scenario,
    from_grid,
    left_out,
    names,
    number,
    price_rows,
    together,
)
from llmcost.render.result_table import model_names_of
from llmcost.render.text import money, places, rate_note
from llmcost.workload.monthly import native

LABELS = 5  # of months, so that they fit on a phone

Bounds = Mapping[tuple[str, str], tuple[Sequence[Decimal | None], Sequence[Decimal | None]]]
"""By scenario and model the lowest and the highest cost of each month, where it is estimated."""

EffortAnswers = Sequence[tuple[str, ForecastAnswer, Mapping[str, Decimal]]]
"""An answer at an effort, with the scores of its models there by key."""


def forecast_html(
    answers: Sequence[ForecastAnswer],
    bounds: Bounds,
    notes: Sequence[str],
    efforts: Sequence[EffortAnswers],
) -> str:
    """Forecasts as a page. `efforts` are those of each answer."""
    sources = Sources()
    charts: list[PageSection] = []
    tables: list[PageSection] = []
    for index, answer in enumerate(answers):
        charts += by_scenario(answer.name, charts_of(answer, bounds, index, efforts[index]))
        tables += by_scenario(answer.name, tables_of(answer, index, sources))
    return written(
        HtmlPage(
            title=title(answers),
            lead=[line for answer in answers for line in lead(answer)],
            about=together([(answer.name, list(asked(answer))) for answer in answers]),
            notes=notes,
            sections=charts,
            details=[*tables, *sources.section()],
        )
    )


def title(answers: Sequence[ForecastAnswer]) -> str:
    """The months that are priced."""
    months = [one.month for answer in answers for line in answer.forecast.lines[:1]
              for one in line.months]  # fmt: skip
    if not months:
        return _("What the months ahead cost")
    return _(
        "What the months from {first} to {last} cost",
        first=f"{min(months):%Y-%m}",
        last=f"{max(months):%Y-%m}",
    )


def charts_of(
    answer: ForecastAnswer, bounds: Bounds, index: int, efforts: EffortAnswers
) -> Iterator[PageSection]:
    """The cheapest models, as a chart and month by month."""
    found = answer.forecast
    drawn = drawn_lines(found.lines)
    if drawn and len(drawn[0].months) > 1:
        yield chart(answer, drawn, bounds, f"chart-{index}")
    if drawn:
        named = model_names_of(found.lines)
        rows = from_grid(
            f"months-{index}", _("The same models, month by month"), human(answer, drawn, named)
        )
        yield PageSection(_("Month by month"), (rows,))
    if answer.ratings.scores is not None:
        query, named = found.query, model_names_of(found.lines)
        points = points_of(answer, named)
        paths = [
            quality.EffortPoint(effort, one, values[one.model.key])
            for effort, at, values in efforts
            for one in points_of(at, named)
        ]
        unit, axis = SYMBOLS[query.exchange.currency], _("the cost of all months")
        day, name = query.at.date(), f"quality-{index}"
        yield quality.section(answer.ratings.scores, points, day, unit, axis, name, paths)


def points_of(answer: ForecastAnswer, named: Mapping[str, str]) -> list[quality.Priced]:
    """What all months cost on each model."""
    return [
        quality.Priced(
            one.model, named[one.model.key], one.total, one.total, total_text(answer, one)
        )
        for one in answer.forecast.lines
    ]


def tables_of(answer: ForecastAnswer, index: int, sources: Sources) -> Iterator[PageSection]:
    """All models, and what was left out."""
    found = answer.forecast
    columns = [*all_columns(answer)]
    if answer.ratings.scores is not None:
        models, day = [one.model for one in found.lines], found.query.at.date()
        columns += quality.columns(answer.ratings.scores, models, day, sources)
    columns += price_rows([one.case.row for one in found.lines], sources)
    rows = by_columns(f"models-{index}", _("Every model, the cheapest first"), columns)
    yield PageSection(_("All models"), (rows,))
    yield from left_out(found.excluded, f"excluded-{index}")


def drawn_lines(found: Sequence[ForecastLine]) -> list[ForecastLine]:
    """As many of the cheapest paid models as can be told apart."""
    paid = [line for line in found if not line.is_free]
    return (paid or [*found])[:COLORS]


def lead(answer: ForecastAnswer) -> Iterator[str]:
    paid = [line for line in answer.forecast.lines if not line.is_free]
    if not paid:
        return
    first = paid[0]
    said = _(
        "The cheapest paid model is {model}: {cost} from {first} to {last}.",
        model=first.model.key, cost=total_text(answer, first),
        first=f"{first.months[0].month:%Y-%m}", last=f"{first.months[-1].month:%Y-%m}",
    )  # fmt: skip
    for text in (said, told(joined(best_by_score(answer), "; "))):
        if text:
            yield f"{answer.name}: {text}" if answer.name else text


def total_text(answer: ForecastAnswer, line: ForecastLine) -> str:
    return money(line.total, answer.forecast.query.exchange.currency, places([line.total]))


def asked(answer: ForecastAnswer) -> Iterator[tuple[str, str]]:
    """The workload in the words of its file, and when it was asked."""
    query = answer.forecast.query
    yield from facts(query.workload)
    yield _("From"), f"{query.month:%Y-%m}"
    yield _("Prices of"), query.at.isoformat(sep=" ", timespec="minutes")
    yield _("Ranked in"), query.exchange.currency
    if query.exchange.rates and converts(answer, answer.forecast.lines):
        yield _("Exchange rate"), told(rate_note(query.exchange, query.at))


# --- the chart -----------------------------------------------------------------------------------


def chart(
    answer: ForecastAnswer, drawn: Sequence[ForecastLine], bounds: Bounds, name: str
) -> PageSection:
    """The cost of each month, with the budget if there is one."""
    query = answer.forecast.query
    currency = query.exchange.currency
    limit = native(query.workload.budget, currency, query.exchange)
    traces = [trace(answer, line, bounds) for line in drawn]
    title = _("Cost of a month in {currency}", currency=currency)
    described = _(
        "Models from {first} to {last}: {count}",
        count=len(drawn), first=f"{drawn[0].months[0].month:%Y-%m}",
        last=f"{drawn[0].months[-1].month:%Y-%m}",
    )  # fmt: skip
    drawing = lines(
        name, title, described, traces, labels([one.month for one in drawn[0].months]),
        SYMBOLS[currency], marks=[] if limit is None else [Mark(_("budget"), limit)],
    )  # fmt: skip
    paid = sum(not line.is_free for line in answer.forecast.lines)
    below = [most_note(len(drawn), paid)]
    if any(dot.low is not None for one in traces for dot in one.dots):
        below.append(_("The shaded band is the range of an estimated token count."))
    return PageSection(_("The cheapest models"), (figure(title, drawing, below=below),))


def trace(answer: ForecastAnswer, line: ForecastLine, bounds: Bounds) -> Trace:
    currency = answer.forecast.query.exchange.currency
    costs = [one.cost for one in line.months]
    none = [None] * len(costs)
    lows, highs = bounds.get((answer.name, line.model.key), (none, none))
    digits = places(cost for cost in costs if cost is not None)
    last = max(1, len(costs) - 1)
    dots = tuple(
        Dot(
            index / last,
            one.cost,
            "" if one.cost is None else f"{one.month:%Y-%m}: {money(one.cost, currency, digits)}",
            low,
            high,
        )
        for index, (one, low, high) in enumerate(zip(line.months, lows, highs, strict=True))
    )
    return Trace(model_names_of(answer.forecast.lines)[line.model.key], dots)


def labels(months: Sequence[date]) -> list[tuple[float, str]]:
    """The first and the last month, and some between at equal distances."""
    last = max(1, len(months) - 1)
    step = -(-last // (LABELS - 1))
    chosen = [*range(0, len(months), step)]
    if last - chosen[-1] >= step / 2 and chosen[-1] != last:
        chosen.append(last)
    return [(index / last, f"{months[index]:%Y-%m}") for index in chosen]


# --- the table -----------------------------------------------------------------------------------


def all_columns(answer: ForecastAnswer) -> Columns:
    found, query = answer.forecast.lines, answer.forecast.query
    workload, currency = query.workload, query.exchange.currency
    yield from names(found)
    yield amounts(_("first month"), found, [line.months[0].cost for line in found], currency)
    yield amounts(_("last month"), found, [line.months[-1].cost for line in found], currency)
    yield amounts(_("total"), found, [line.total for line in found], currency)
    if any(line.case.currency != currency for line in found):
        yield own_totals(found)
    if workload.budget is not None:
        yield (
            HtmlColumn(_("over budget")),
            [HtmlCell(month_text(line.over_budget)) for line in found],
        )
    if workload.total_budget is not None:
        yield HtmlColumn(_("runs out")), [HtmlCell(day_text(line.runs_out)) for line in found]
    if any(line.stop is not None for line in found):
        ends = ["" if line.stop is None else told(stop_text(line.stop)) for line in found]
        yield HtmlColumn(_("sold until"), is_text=True), [HtmlCell(text) for text in ends]


def amounts(
    title: str, found: Sequence[ForecastLine], costs: Sequence[Decimal | None], currency: str
) -> tuple[HtmlColumn, list[HtmlCell]]:
    """A column of money in one precision; a month in which a model is not sold has none."""
    digits = places(cost for cost in costs if cost is not None)
    texts = [
        NOT_SOLD
        if cost is None
        else _("free")
        if line.is_free and not cost
        else money(cost, currency, digits)
        for line, cost in zip(found, costs, strict=True)
    ]
    cells = [number(text, cost) for text, cost in zip(texts, costs, strict=True)]
    return HtmlColumn(title, number=True), cells


def own_totals(found: Sequence[ForecastLine]) -> tuple[HtmlColumn, list[HtmlCell]]:
    """Totals in each model's own currency, sorted in the one that ranks."""
    totals = [total_native(line) for line in found]
    digits = places(totals)
    cells = [
        HtmlCell(
            money(total, line.case.currency, digits),
            value=f"{total:f}",
            order=f"{line.total:f}",
        )
        for line, total in zip(found, totals, strict=True)
    ]
    return HtmlColumn(_("as billed"), number=True), cells
