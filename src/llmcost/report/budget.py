"""A workload's month on each model, as a table for people and as rows for programs."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from llmcost.language import _
from llmcost.money import ZERO, convert, kept
from llmcost.planning.budget import Answer, Line, month_of
from llmcost.planning.exchange import Range
from llmcost.planning.monthly import Monthly, Revenue
from llmcost.planning.purchase import UNLIMITED as NONE_BOUGHT
from llmcost.planning.spread import Simulated
from llmcost.pricing.table import State
from llmcost.report.amounts import percent_cell, range_cell
from llmcost.report.figures import figure, money, places, plain, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.purchase import UNLIMITED, Ratios, names, text

Cells = list[str]
Amount = tuple[Decimal, str]
MACHINE = (
    *("scenario", "rank", "model", "provider", "state"),
    *("input_tokens", "input_tokens_per_user", "mixed_tokens", "mixed_tokens_per_user"),
    *("chinese_characters", "english_words", "conversations"),
    *("cost", "cost_low", "cost_high", "currency", "native", "native_currency"),
    *("cost_per_user", "holds", "max_mau", "max_requests_per_user"),
    *("cost_p50", "cost_p90", "cost_p99", "revenue", "margin", "break_even", "from", "checked"),
)
TEXTS = frozenset(
    (
        *("scenario", "model", "provider", "state", "currency", "native_currency", "holds"),
        *("from", "checked"),
    )
)


def human(answer: Answer, lines: Sequence[Line], *, wide: bool) -> Grid:
    """The months, one line a model, in each model's own currency."""
    titles = [Column("#", right=True), Column(_("model"), fold=True)]
    titles += [Column(_("provider"))] if wide else []
    found = list(columns(answer, lines, wide=wide))
    rows = []
    for index, (line, shown) in enumerate(zip(lines, names(lines, wide=wide), strict=True)):
        rows.append([str(line.rank), *shown, *(cells[index] for _, cells in found)])
    return grid([*titles, *(Column(title, right=True) for title, _ in found)], rows)


def columns(answer: Answer, lines: Sequence[Line], *, wide: bool) -> Iterator[tuple[str, Cells]]:
    workload = answer.budget.query.workload
    months = [month_of(line) for line in lines]
    if workload.mau is None:
        yield _("users"), [limit_cell(month.most_users) for month in months]
        yield _("per user"), money_cells(per_user(month) for month in months)
    else:
        yield from bill_columns(answer, lines, wide=wide)
    if workload.mau is not None and workload.budget is not None:
        yield _("holds"), [_("yes") if month.holds else _("no") for month in months]
        yield _("most users"), [limit_cell(month.most_users) for month in months]
        if wide or workload.revenue_per_user is None:
            yield _("requests each"), [limit_cell(month.most_requests) for month in months]
    if workload.revenue_per_user is not None:
        earned = [month.revenue for month in months if month.revenue is not None]
        yield _("margin"), money_cells((one.margin, one.currency) for one in earned)
        if wide:
            yield _("break-even"), money_cells(break_even(one) for one in earned)


def break_even(earned: Revenue) -> Amount | None:
    """The price per paying user that just covers the cost."""
    return None if earned.break_even is None else (earned.break_even, earned.currency)


def bill_columns(
    answer: Answer, lines: Sequence[Line], *, wide: bool
) -> Iterator[tuple[str, Cells]]:
    """In each model's own currency and in the one that ranks; on a narrow terminal just in that."""
    months = [month_of(line) for line in lines]
    target = answer.budget.query.exchange.currency
    is_mixed = any(month.native.currency != target for month in months)
    if wide or not is_mixed:
        yield _("a month"), cost_cells(lines, [month.native for month in months])
    if any(month.native.low != month.native.high for month in months):
        if wide:
            digits = places(month.native.amount for month in months)
            yield _("low–high"), [range_cell(month.native, digits) for month in months]
        else:
            yield "±", [percent_cell(month.native) for month in months]
    if is_mixed:
        title = _("in {currency}", currency=target) if wide else _("a month")
        yield title, cost_cells(lines, [month.cost for month in months])
    shown = (lambda one: one) if wide else (lambda one: ranked(answer, one))
    if answer.users is not None:
        highest = [quantile(month, answer.users, "p99") for month in months]
        yield _("99 % below"), money_cells(map(shown, highest))
    yield _("per user"), money_cells(shown(per_user(month)) for month in months)


def money_cells(amounts: Iterable[Amount | None]) -> Cells:
    """A column of money in one precision."""
    shown = list(amounts)
    digits = places(one[0] for one in shown if one is not None)
    return ["" if one is None else money(*one, digits) for one in shown]


def cost_cells(lines: Sequence[Line], costs: Sequence[Range]) -> Cells:
    cells = money_cells((one.amount, one.currency) for one in costs)
    return [
        _("free") if line.case.row.state is State.FREE and not one.amount else cell
        for line, one, cell in zip(lines, costs, cells, strict=True)
    ]


def limit_cell(limit: Decimal | int | None) -> str:
    """What the budget carries, with all its digits: rounded up it would be too much."""
    if limit is None:
        return UNLIMITED
    return figure(limit, 0 if limit == int(limit) else 2)


def per_user(month: Monthly) -> Amount | None:
    """The cost of each user; where the budget carries none, there is none to share it."""
    if not month.users:
        return None if month.users == 0 else (ZERO, month.native.currency)
    return kept(month.native.amount / month.users), month.native.currency


def quantile(month: Monthly, users: Simulated, name: str) -> Amount:
    """What the month costs if the users together send as much as in this part of all months."""
    requests = getattr(users.totals, name)
    equal = Decimal(repr(requests / users.mean)) if users.mean else ZERO
    return kept(month.running.cost(equal)), month.native.currency


def heaviest(month: Monthly, users: Simulated) -> Amount:
    """What the requests of the heaviest hundredth of users cost, at the mean price of all."""
    running, share = month.running, Decimal(repr(users.heaviest))
    sent = running.cost(month.users or 0) - running.fixed
    return kept(share * sent), month.native.currency


def ranked(answer: Answer, one: Amount | None) -> Amount | None:
    """The amount in the currency that ranks."""
    exchange = answer.budget.query.exchange
    if one is None or one[1] == exchange.currency:
        return one
    return kept(convert(*one, exchange.currency, exchange.rate)), exchange.currency


def machine(answers: Sequence[Answer], ratios: Ratios) -> Grid:
    """One row a scenario and model, amounts with all their digits; empty: not asked, no limit.

    All amounts but `native` are in `currency`, the one that ranks.
    """
    titles = [Column(name, right=name not in TEXTS) for name in MACHINE]
    return grid(
        titles,
        (machine_row(answer, line, ratios) for answer in answers for line in answer.budget.lines),
    )


def machine_row(answer: Answer, line: Line, ratios: Ratios) -> list[str]:
    row = line.case.row
    names = (answer.name, line.rank, line.model.id, line.model.provider, row.state.value)
    return [
        *(visible(str(one)) for one in names),
        *(digits_of(one) for one in purchase_figures(answer, line, ratios)),
        *(digits_of(one) for one in month_figures(answer, line)),
        *(row.start.isoformat(), row.checked.isoformat()),
    ]


def digits_of(value: Decimal | int | str | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def purchase_figures(answer: Answer, line: Line, ratios: Ratios) -> Iterator[Decimal | int | None]:
    bought = line.purchase
    if bought is None:
        yield from [None] * 7
        return
    mixed = bought.mixed or NONE_BOUGHT
    yield from (bought.input_only.tokens, bought.input_only.per_user, mixed.tokens, mixed.per_user)
    for amount in text(line, ratios, None):
        yield None if amount is None else int(amount)
    yield bought.conversations


def month_figures(answer: Answer, line: Line) -> Iterator[Decimal | int | str | bool | None]:
    month = line.monthly
    if month is None:
        yield from [None] * 16
        return
    yield from (month.cost.amount, month.cost.low, month.cost.high, month.cost.currency)
    yield from (month.native.amount, month.native.currency)
    each = ranked(answer, per_user(month))
    yield from (each and each[0], month.holds, month.most_users, month.most_requests)
    for name in ("p50", "p90", "p99"):
        users = answer.users
        bill = None if users is None else ranked(answer, quantile(month, users, name))
        yield bill and bill[0]
    earned = month.revenue
    yield from (earned.amount, earned.margin, earned.break_even) if earned else [None] * 3
