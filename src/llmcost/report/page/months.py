"""A workload's month on each model: its chart, its points and its columns."""

from collections.abc import Sequence
from decimal import Decimal

from llmcost.language import _
from llmcost.money import SYMBOLS, ZERO
from llmcost.planning.budget import Answer, Line, month_of
from llmcost.planning.monthly import Monthly
from llmcost.pricing.table import State
from llmcost.report.amounts import range_cell
from llmcost.report.budget import Amount, break_even, limit_cell, per_user, quantile, ranked
from llmcost.report.figures import figure as quantity
from llmcost.report.figures import money, places, plain
from llmcost.report.page.bars import MOST, Bar, bars, most_note, range_note
from llmcost.report.page.common import Columns, cost_bar, cost_text, names
from llmcost.report.page.scores import Priced
from llmcost.report.page.sheet import Section, figure
from llmcost.report.page.table import NOTHING, Cell, Column, number
from llmcost.report.purchase import Ratios


def best(answer: Answer) -> str:
    """The answer in a sentence; nothing if no model is paid."""
    paid = paid_lines(answer)
    if not paid:
        return ""
    month = month_of(paid[0])
    model = paid[0].model.key
    if answer.budget.query.workload.mau is None:
        users = limit_cell(month.most_users)
        return _("The most users for the money are carried by {model}: {users}.",
                 model=model, users=users)  # fmt: skip
    cost = cost_text(month.cost, places([month.cost.amount]))
    return _("The cheapest paid model is {model}: {cost} a month.", model=model, cost=cost)


def paid_lines(answer: Answer) -> list[Line]:
    return [
        line
        for line in answer.budget.lines
        if line.case.row.state is not State.FREE and line.monthly is not None
    ]


def chart(answer: Answer, name: str) -> Section | None:
    """The cheapest months, or where users were not said the most users."""
    paid = paid_lines(answer)
    if not paid:
        return None
    if answer.budget.query.workload.mau is None:
        return users_chart(paid, name)
    currency = answer.budget.query.exchange.currency
    digits = places(month_of(line).cost.amount for line in paid[:MOST])
    found = [cost_bar(line.model.key, month_of(line).cost, digits) for line in paid[:MOST]]
    title = _("A month in {currency}", currency=currency)
    below = [most_note(len(found), len(paid)), range_note(found)]
    drawing = bars(name, title, found, SYMBOLS[currency])
    return Section(_("The cheapest models"), (figure(title, drawing, below=below),))


def users_chart(paid: Sequence[Line], name: str) -> Section | None:
    found = []
    for line in paid[:MOST]:
        most = month_of(line).most_users
        if most is not None:
            amount = Decimal(most)
            found.append(Bar(line.model.key, amount, amount, amount, limit_cell(most)))
    if not found:
        return None
    title = _("Users that the budget carries")
    drawing = bars(name, title, found, "")
    below = [most_note(len(found), len(paid))]
    return Section(_("The most users"), (figure(title, drawing, below=below),))


def points(answer: Answer) -> tuple[list[Priced], str, str]:
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
        return found, "", _("users that the budget carries")
    digits = places(month_of(line).cost.amount for line in lines)
    found = [
        Priced(line.model, line.model.key, cost, cost, money(cost, currency, digits))
        for line in lines
        for cost in (month_of(line).cost.amount,)
    ]
    return found, SYMBOLS[currency], _("the cost of a month")


# --- the table -----------------------------------------------------------------------------------


def columns(answer: Answer, ratios: Ratios) -> Columns:
    lines, workload = answer.budget.lines, answer.budget.query.workload
    months = [month_of(line) for line in lines]
    yield from names(lines)
    if workload.mau is not None:
        yield from bills(answer, lines)
    yield amounts(answer, _("per user"), [per_user(month) for month in months])
    if workload.budget is not None:
        if workload.mau is not None:
            yield Column(_("holds"), chooses=True), [holds(month) for month in months]
        yield limits(_("most users"), [month.most_users for month in months])
        if workload.mau is not None:
            yield limits(_("requests each"), [month.most_requests for month in months])
    if answer.users is not None:
        users = answer.users
        high = [quantile(month, users, "p99") for month in months]
        yield amounts(answer, _("99 % below"), high)
    if workload.revenue_per_user is not None:
        earned = [month.revenue for month in months]
        margins = [None if one is None else (one.margin, one.currency) for one in earned]
        yield amounts(answer, _("margin"), margins)
        even = [None if one is None else break_even(one) for one in earned]
        yield amounts(answer, _("break-even"), even)


def bills(answer: Answer, lines: Sequence[Line]) -> Columns:
    """In each model's own currency, and in the one that ranks, by which all of them are sorted."""
    costs = [month_of(line).native for line in lines]
    target = answer.budget.query.exchange.currency
    yield amounts(answer, _("a month"), [(one.amount, one.currency) for one in costs], lines)
    if any(one.low != one.high for one in costs):
        digits = places(one.amount for one in costs)
        yield (
            Column(_("low–high"), number=True),
            [
                Cell(range_cell(month_of(line).native, digits), order=order)
                for line in lines
                for order in (plain(month_of(line).cost.high),)
            ],
        )
    if any(one.currency != target for one in costs):
        converted = [(month_of(line).cost.amount, target) for line in lines]
        yield amounts(answer, _("in {currency}", currency=target), converted, lines)


def amounts(
    answer: Answer, title: str, found: Sequence[Amount | None], lines: Sequence[Line] = ()
) -> tuple[Column, list[Cell]]:
    """A column of money in one precision, sorted in the currency that ranks. `lines`: what costs
    nothing on a free model is called free."""
    digits = places(one[0] for one in found if one is not None)
    cells = [amount_cell(answer, one, digits) for one in found]
    free = [line.case.row.state is State.FREE for line in lines] or [False] * len(cells)
    shown = [
        Cell(_("free"), value=cell.value, order=cell.order)
        if is_free and one is not None and one[0] == ZERO
        else cell
        for cell, one, is_free in zip(cells, found, free, strict=True)
    ]
    return Column(title, number=True), shown


def amount_cell(answer: Answer, one: Amount | None, digits: int) -> Cell:
    if one is None:
        return NOTHING
    same = ranked(answer, one)
    order = "" if same is None or same == one else plain(same[0])
    return Cell(money(*one, digits), value=plain(one[0]), order=order)


def holds(month: Monthly) -> Cell:
    return Cell(_("yes") if month.holds else _("no"))


def limits(title: str, found: Sequence[Decimal | int | None]) -> tuple[Column, list[Cell]]:
    return Column(title, number=True), [number(limit_cell(one), one) for one in found]
