"""HTML page of a budget: for each scenario what it costs, or what the money buys.

Both have a chart, its points and a table of each model.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from llmcost.commands.budget.budget_notes import best_by_score
from llmcost.commands.budget.compute import BudgetAnswer, BudgetLine, month_of
from llmcost.commands.budget.view import (
    BudgetTable,
    are_side_by_side,
    columns,
    limit_cell,
    side_by_side,
)
from llmcost.commands.budget.workload_notes import converts, facts
from llmcost.language import _, told
from llmcost.messages import joined
from llmcost.money import SYMBOLS
from llmcost.pricing.price_rows import PriceState
from llmcost.render.html import pareto as quality
from llmcost.render.html.bars import MOST, Bar, bars, most_note, range_note
from llmcost.render.html.page import HtmlPage, PageSection, figure, written
from llmcost.render.html.pareto import Priced
from llmcost.render.html.sortable_table import (
    Sources,
    by_columns,
    by_scenario,
    cost_bar,
    cost_text,
    from_grid,
    left_out,
    price_rows,
    result_columns,
    together,
)
from llmcost.render.quality_scores import Ratings, Scores
from llmcost.render.text import figure as quantity
from llmcost.render.text import in_words, money, places, rate_note, whole_places
from llmcost.tokenizers.estimator import RATIOS
from llmcost.workload.traffic import has_requests

EffortAnswers = Sequence[tuple[str, BudgetAnswer, Mapping[str, Decimal]]]
"""An answer at an effort, with the scores of its models there by key."""


def best_months(answer: BudgetAnswer) -> str:
    """The answer in a sentence; nothing if no model is paid."""
    paid = paid_lines_months(answer)
    if not paid:
        return ""
    month = month_of(paid[0])
    model = paid[0].model.id
    if answer.budget.query.workload.mau is None:
        users = limit_cell(month.most_users)
        return _("{model} covers the most users: {users}.",
                 model=model, users=users)  # fmt: skip
    cost = cost_text(month.cost, whole_places([month.cost.amount]))
    return _("The cheapest paid model is {model}: {cost} a month.", model=model, cost=cost)


def paid_lines_months(answer: BudgetAnswer) -> list[BudgetLine]:
    return [
        line
        for line in sorted(answer.budget.lines, key=lambda line: line.rank)
        if line.case.row.state is not PriceState.FREE and line.monthly is not None
    ]


def months_chart(answer: BudgetAnswer, name: str) -> PageSection | None:
    """The cheapest months, or where users were not said the most users."""
    paid = paid_lines_months(answer)
    if not paid:
        return None
    if answer.budget.query.workload.mau is None:
        return users_chart(paid, name)
    currency = answer.budget.query.exchange.currency
    digits = whole_places(month_of(line).cost.amount for line in paid[:MOST])
    found = [cost_bar(line.model.key, month_of(line).cost, digits) for line in paid[:MOST]]
    title = _("A month in {currency}", currency=currency)
    below = [most_note(len(found), len(paid)), range_note(found)]
    drawing = bars(name, title, found, SYMBOLS[currency])
    return PageSection(_("The cheapest models"), (figure(title, drawing, below=below),))


def users_chart(paid: Sequence[BudgetLine], name: str) -> PageSection | None:
    found = []
    for line in paid[:MOST]:
        most = month_of(line).most_users
        if most is not None:
            amount = Decimal(most)
            found.append(Bar(line.model.key, amount, amount, amount, in_words(amount)))
    if not found:
        return None
    title = _("Users covered by the budget")
    drawing = bars(name, title, found, "")
    below = [most_note(len(found), len(paid))]
    return PageSection(_("The most users"), (figure(title, drawing, below=below),))


def months_points(answer: BudgetAnswer) -> tuple[list[Priced], str, str]:
    """What stands across, its unit and its name: the month's cost; or users, of which more are
    better."""
    currency = answer.budget.query.exchange.currency
    lines = [line for line in answer.budget.lines if line.monthly is not None]
    if answer.budget.query.workload.mau is None:
        found = [
            Priced(line.model, line.model.key, Decimal(-most), Decimal(most), quantity(most, 0))
            for line in lines
            if (most := month_of(line).most_users) is not None
        ]
        return found, "", _("users covered by the budget")
    digits = places(month_of(line).cost.amount for line in lines)
    found = [
        Priced(line.model, line.model.key, cost, cost, money(cost, currency, digits))
        for line in lines
        for cost in (month_of(line).cost.amount,)
    ]
    return found, SYMBOLS[currency], _("the cost of a month")


def best_bought(answer: BudgetAnswer) -> str:
    """The answer in a sentence; nothing if no model is paid."""
    paid = paid_lines_bought(answer)
    if not paid:
        return ""
    model, tokens = paid[0].model.id, in_words(Decimal(tokens_of(paid[0]) or 0))
    return _("{model} sells the most tokens for the money: {tokens}.",
             model=model, tokens=tokens)  # fmt: skip


def tokens_of(line: BudgetLine) -> int | None:
    """In the mix of input and output, or of input where no output is sold; None: no limit."""
    bought = line.purchase
    return None if bought is None else (bought.mixed or bought.input_only).tokens


def paid_lines_bought(answer: BudgetAnswer) -> list[BudgetLine]:
    return [
        line
        for line in sorted(answer.budget.lines, key=lambda line: line.rank)
        if line.case.row.state is not PriceState.FREE and tokens_of(line) is not None
    ]


def bought_chart(answer: BudgetAnswer, name: str) -> PageSection | None:
    """The models that sell the most tokens for the budget."""
    paid = paid_lines_bought(answer)
    if not paid:
        return None
    found = []
    for line in paid[:MOST]:
        amount = Decimal(tokens_of(line) or 0)
        found.append(Bar(line.model.key, amount, amount, amount, in_words(amount)))
    mix = answer.budget.query.workload.mix
    title = _("Tokens that the budget buys, input and output {mix}", mix=mix)
    below = [most_note(len(found), len(paid))]
    drawing = bars(name, title, found, "")
    return PageSection(_("The most tokens"), (figure(title, drawing, below=below),))


def bought_points(answer: BudgetAnswer) -> tuple[list[Priced], str, str]:
    """The tokens that are bought, of which more are better."""
    found = []
    for line in paid_lines_bought(answer):
        tokens = Decimal(tokens_of(line) or 0)
        found.append(Priced(line.model, line.model.key, -tokens, tokens, quantity(tokens, 0)))
    return found, "", _("tokens that the budget buys")


def budget_html(
    answers: Sequence[BudgetAnswer],
    notes: Sequence[str],
    ratings: Sequence[Ratings],
    efforts: Sequence[EffortAnswers],
) -> str:
    """Budgets as a page. `ratings` and `efforts` are those of each answer."""
    sources, day = Sources(), answers[0].budget.query.at.date()
    charts = list(side_section(answers)) if are_side_by_side(answers) else []
    tables: list[PageSection] = []
    for index, answer in enumerate(answers):
        by = ratings[index].scores
        charts += by_scenario(answer.name, charts_of(answer, index, by, efforts[index]))
        tables += by_scenario(answer.name, tables_of(answer, index, by, sources))
    return written(
        HtmlPage(
            title=_("What a month costs, {day}", day=day)
            if all(map(is_monthly, answers))
            else _("What the budget buys, {day}", day=day),
            lead=[text for pair in zip(answers, ratings, strict=True) for text in lead(*pair)],
            about=together([(answer.name, list(asked(answer))) for answer in answers]),
            notes=notes,
            sections=charts,
            details=[*tables, *sources.section()],
        )
    )


def is_monthly(answer: BudgetAnswer) -> bool:
    return has_requests(answer.budget.query.workload)


def side_section(answers: Sequence[BudgetAnswer]) -> Iterator[PageSection]:
    """All scenarios in one table."""
    rows = from_grid("side-by-side", _("A month on each model, by scenario"), side_by_side(answers))
    yield PageSection(_("Scenarios side by side"), (rows,))


def charts_of(
    answer: BudgetAnswer, number: int, scores: Scores | None, efforts: EffortAnswers
) -> Iterator[PageSection]:
    """The best models, and quality against price."""
    chart = months_chart if is_monthly(answer) else bought_chart
    points_of = months_points if is_monthly(answer) else bought_points
    drawn = chart(answer, f"chart-{number}")
    if drawn is not None:
        yield drawn
    if scores is not None:
        day = answer.budget.query.at.date()
        points, unit, axis = points_of(answer)
        paths = [
            quality.EffortPoint(effort, one, values[one.model.key])
            for effort, found, values in efforts
            for one in points_of(found)[0]
        ]
        yield quality.section(scores, points, day, unit, axis, f"quality-{number}", paths)


def tables_of(
    answer: BudgetAnswer, number: int, scores: Scores | None, sources: Sources
) -> Iterator[PageSection]:
    """All models, and what was left out."""
    budget = answer.budget
    found = [*result_columns(columns(BudgetTable(answer, RATIOS)), budget.lines)]
    if scores is not None:
        models, day = [line.model for line in budget.lines], budget.query.at.date()
        found += quality.columns(scores, models, day, sources)
    found += price_rows([line.case.row for line in budget.lines], sources)
    rows = by_columns(f"models-{number}", _("Every model, the best first"), found)
    yield PageSection(_("All models"), (rows,))
    yield from left_out(budget.excluded, f"excluded-{number}")


def lead(answer: BudgetAnswer, ratings: Ratings) -> Iterator[str]:
    said = best_months(answer) if is_monthly(answer) else best_bought(answer)
    for text in (said, told(joined(best_by_score(answer, ratings), "; "))):
        if text:
            yield f"{answer.name}: {text}" if answer.name else text


def asked(answer: BudgetAnswer) -> Iterator[tuple[str, str]]:
    """The workload in the words of its file, and when it was asked."""
    query = answer.budget.query
    yield from facts(query.workload)
    yield _("Month"), f"{query.month:%Y-%m}"
    yield _("Prices of"), query.at.isoformat(sep=" ", timespec="minutes")
    yield _("Ranked in"), query.exchange.currency
    if query.exchange.rates and converts(answer, answer.budget.lines):
        yield _("Exchange rate"), told(rate_note(query.exchange, query.at))
