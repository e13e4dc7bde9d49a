"""Tables of scenarios: one by one, or side by side."""

from collections.abc import Iterator, Sequence

from llmcost.language import _
from llmcost.planning.budget import Answer, has_requests
from llmcost.report import purchase
from llmcost.report.budget import human, limit_cell
from llmcost.report.figures import money, places, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.purchase import Ratios


def tables(answers: Sequence[Answer], ratios: Ratios, *, wide: bool) -> Iterator[Grid]:
    """A table of each scenario, or one with all of them side by side."""
    if are_side_by_side(answers):
        yield side_by_side(answers)
        return
    for answer in answers:
        lines = answer.budget.lines
        if has_requests(answer.budget.query.workload):
            yield human(answer, lines, wide=wide)
        else:
            yield purchase.human(answer.budget, lines, ratios, wide=wide)


def are_side_by_side(answers: Sequence[Answer]) -> bool:
    return len(answers) > 1 and all(has_requests(one.budget.query.workload) for one in answers)


def side_by_side(answers: Sequence[Answer]) -> Grid:
    """One line a model, one column a scenario, the best of the first scenario first: the month in
    the currency that ranks, `!` where the budget does not hold; or how many users it carries."""
    names = [answer.name for answer in answers]
    found = {line.model.key: line for answer in answers for line in answer.budget.lines}
    cells = [scenario_cells(answer) for answer in answers]
    rows = [
        [visible(line.model.id), visible(line.model.provider), *(one.get(key, "") for one in cells)]
        for key, line in found.items()
    ]
    columns = [Column(_("model"), fold=True), Column(_("provider"))]
    return grid([*columns, *(Column(visible(name), right=True) for name in names)], rows)


def scenario_cells(answer: Answer) -> dict[str, str]:
    months = {line.model.key: line.monthly for line in answer.budget.lines if line.monthly}
    if answer.budget.query.workload.mau is None:
        limits = {key: limit_cell(month.most_users) for key, month in months.items()}
        return {key: _("{limit} users", limit=limit) + "  " for key, limit in limits.items()}
    digits = places(month.cost.amount for month in months.values())
    return {
        key: money(month.cost.amount, month.cost.currency, digits)
        + (" !" if month.holds is False else "  ")
        for key, month in months.items()
    }
