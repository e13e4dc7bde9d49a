"""A budget as a page: for each scenario what it costs, or what the money buys."""

from collections.abc import Iterator, Sequence

from llmcost.language import _, told
from llmcost.planning.budget import Answer, has_requests
from llmcost.planning.quality import Scores
from llmcost.report.amounts import rate_note
from llmcost.report.page import bought, months
from llmcost.report.page import scores as quality
from llmcost.report.page.common import by_scenario, price_rows, together
from llmcost.report.page.excluded import left_out
from llmcost.report.page.sheet import Page, Section
from llmcost.report.page.sources import Sources
from llmcost.report.page.table import by_columns, from_grid
from llmcost.report.page.workload import facts
from llmcost.report.purchase import Ratios
from llmcost.report.scenarios import are_side_by_side, side_by_side
from llmcost.report.workload import converts


def page(
    answers: Sequence[Answer],
    ratios: Ratios,
    notes: Sequence[str],
    scores: Scores | None = None,
) -> Page:
    sources = Sources()
    charts = list(side_section(answers)) if are_side_by_side(answers) else []
    tables: list[Section] = []
    for index, answer in enumerate(answers):
        charts += by_scenario(answer.name, charts_of(answer, index, scores))
        tables += by_scenario(answer.name, tables_of(answer, index, ratios, scores, sources))
    return Page(
        title=_("What a month costs")
        if all(map(is_monthly, answers))
        else _("What the budget buys"),
        lead=[line for answer in answers for line in lead(answer)],
        about=together([(answer.name, list(asked(answer))) for answer in answers]),
        notes=notes,
        sections=charts,
        details=[*tables, *sources.section()],
    )


def is_monthly(answer: Answer) -> bool:
    return has_requests(answer.budget.query.workload)


def side_section(answers: Sequence[Answer]) -> Iterator[Section]:
    """All scenarios in one table."""
    rows = from_grid("side-by-side", _("A month on each model, by scenario"), side_by_side(answers))
    yield Section(_("Scenarios side by side"), (rows,))


def charts_of(answer: Answer, number: int, scores: Scores | None) -> Iterator[Section]:
    """The best models, and quality against price."""
    chart = months.chart if is_monthly(answer) else bought.chart
    points_of = months.points if is_monthly(answer) else bought.points
    drawn = chart(answer, f"chart-{number}")
    if drawn is not None:
        yield drawn
    if scores is not None:
        day = answer.budget.query.at.date()
        points, unit, axis = points_of(answer)
        yield quality.section(scores, points, day, unit, axis, f"quality-{number}")


def tables_of(
    answer: Answer, number: int, ratios: Ratios, scores: Scores | None, sources: Sources
) -> Iterator[Section]:
    """All models, and what was left out."""
    budget = answer.budget
    columns_of = months.columns if is_monthly(answer) else bought.columns
    columns = [*columns_of(answer, ratios)]
    if scores is not None:
        models, day = [line.model for line in budget.lines], budget.query.at.date()
        columns += quality.columns(scores, models, day, sources)
    columns += price_rows([line.case.row for line in budget.lines], sources)
    rows = by_columns(f"models-{number}", _("Every model, the best first"), columns)
    yield Section(_("All models"), (rows,))
    yield from left_out(budget.excluded, f"excluded-{number}")


def lead(answer: Answer) -> Iterator[str]:
    said = months.best(answer) if is_monthly(answer) else bought.best(answer)
    if said:
        yield f"{answer.name}: {said}" if answer.name else said


def asked(answer: Answer) -> Iterator[tuple[str, str]]:
    """The workload in the words of its file, and when it was asked."""
    query = answer.budget.query
    yield from facts(query.workload)
    yield _("Month"), f"{query.month:%Y-%m}"
    yield _("Prices of"), query.at.isoformat(sep=" ", timespec="minutes")
    yield _("Ranked in"), query.exchange.currency
    if query.exchange.rate is not None and converts(answer, answer.budget.lines):
        yield _("Exchange rate"), told(rate_note(query.exchange, query.at))
