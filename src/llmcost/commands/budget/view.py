"""A budget's columns, the lines around its table, scenarios side by side, and `--explain`.

`--explain` prints how the figures came about: the price row, the hours, each line of the bill.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_UP, Context, Decimal

import msgspec
from msgspec.structs import replace

from llmcost.commands.budget.compute import (
    UNLIMITED as NONE_BOUGHT,
)
from llmcost.commands.budget.compute import (
    Bought,
    BudgetAnswer,
    BudgetLine,
    OwnGpus,
    month_of,
)
from llmcost.language import _, spoken
from llmcost.messages import say, visible
from llmcost.money import ZERO, Range, convert, kept
from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import CharacterRatio
from llmcost.render.quality_scores import NO_RATINGS, Ratings
from llmcost.render.result_table import (
    ResultColumn,
    Selection,
    Value,
    for_people,
    for_programs,
    name_columns,
    number_column,
    text_column,
    times_cells,
    versus_columns,
)
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    figure,
    figure_places,
    in_currency,
    money,
    places,
    range_cell,
)
from llmcost.workload.monthly import Monthly, Revenue
from llmcost.workload.traffic import has_requests
from llmcost.workload.user_spread import Simulated

Ratios = Mapping[str, CharacterRatio]
Amount = tuple[Decimal, str]
UNLIMITED = say("no limit")
ABOUT = Context(prec=3)
DIGITS = 2  # of the smallest amount in a column


class BudgetTable(msgspec.Struct, frozen=True):
    """What the columns of one scenario depend on."""

    answer: BudgetAnswer
    ratios: Ratios
    selection: Selection[BudgetLine] | None = None
    ratings: Ratings = NO_RATINGS

    @property
    def mau(self) -> int | None:
        return self.answer.budget.query.workload.mau

    @property
    def is_monthly(self) -> bool:
        """Whether requests are described, so that there is a bill."""
        return has_requests(self.answer.budget.query.workload)

    def amounts(self, of: Callable[[Monthly], Amount | None]) -> "Cells":
        """The cells of an amount of each month, in one precision."""
        return lambda lines: money_cells([of(month_of(line)) for line in lines])

    def numbers(self, of: "Of") -> "Cells":
        """The cells of what the money buys, whole where all are large enough."""
        return lambda lines: number_cells(lines, of)

    def in_ranking(self, of: Callable[[Monthly], Amount | None]) -> Callable[[BudgetLine], Value]:
        """An amount of the month in the currency that ranks; None where there is no month."""

        def value(line: BudgetLine) -> Decimal | None:
            found = line.monthly and ranked(self.answer, of(line.monthly))
            return found[0] if found else None

        return value

    def converted(self, lines: Sequence[BudgetLine]) -> list[str]:
        """The month in the currency that ranks, where a model bills in another one."""
        target = self.answer.budget.query.exchange.currency
        return money_cells(
            (month_of(line).cost.amount, target)
            if month_of(line).native.currency != target
            else None
            for line in lines
        )

    def own(self, line: BudgetLine) -> OwnGpus | None:
        """What own GPUs would cost, where that is less."""
        return self.answer.own.get(line.model.key)

    def own_gpus(self, lines: Sequence[BudgetLine]) -> list[str]:
        target = self.answer.budget.query.exchange.currency
        found = [self.own(line) for line in lines]
        return ["" if one is None else money(one.cost, target, 0) for one in found]

    def times(self, lines: Sequence[BudgetLine]) -> list[str]:
        if len(lines) < 2:
            return [""] * len(lines)
        return times_cells([month_of(line).cost.amount for line in lines], self.least)

    @property
    def least(self) -> Decimal:
        """The cheapest month that is not for nothing."""
        months = (month_of(line) for line in self.answer.budget.lines if not line.is_free)
        return next(filter(None, (one.cost.amount for one in months)), ZERO)


Cells = Callable[[Sequence[BudgetLine]], list[str]]
Of = Callable[[BudgetLine], Decimal | int | None]


def columns(table: BudgetTable) -> list[ResultColumn[BudgetLine]]:
    """Every column, in the order that programs rely on."""
    rank, model, provider = name_columns(table.selection)
    name = table.answer.name
    return [
        text_column("scenario", lambda line: name),
        *(rank, model, provider),
        text_column("state", lambda line: line.case.row.state.value),
        *purchase_columns(table),
        *month_columns(table),
        *versus_columns(table.answer.reference, table.answer.ratio, 6),
        text_column("from", lambda line: line.case.row.start.isoformat()),
        text_column("checked", lambda line: line.case.row.checked.isoformat()),
        table.ratings.column(6),
    ]


def purchase_columns(table: BudgetTable) -> Iterator[ResultColumn[BudgetLine]]:
    """What the money buys; people see it of one user, where there are users."""
    mix = str(table.answer.budget.query.workload.mix)
    is_shown = not table.is_monthly
    of_each = table.mau is not None

    def title(text: str) -> str:
        return text if is_shown else ""

    def column(
        key: str, of: Of, text: str = "", worth: int = 0, cells: Of | None = None
    ) -> ResultColumn[BudgetLine]:
        return ResultColumn(
            key=key, value=of, title=title(text), cells=table.numbers(cells or of), worth=worth,
            is_kept=worth == 3,
        )  # fmt: skip

    mixed = _("tokens at {mix}", mix=mix)
    if table.answer.copy is not None:
        copies = table.answer.copies
        yield column("copies", copies, _("copies"), 2)
    each = _("input alone")
    name, worth = (_("input tokens in all"), 95) if of_each else (each, 3)
    yield column("input_tokens", lambda line: input_of(line).tokens, name, worth)
    name, worth = each if of_each else "", 4
    yield column("input_tokens_per_user", lambda line: input_of(line).per_user, name, worth)
    name, worth = (_("{tokens} in all", tokens=mixed), 96) if of_each else (mixed, 5)
    yield column("mixed_tokens", lambda line: mixed_of(line).tokens, name, worth)
    name, worth = mixed if of_each else "", 3
    yield column("mixed_tokens_per_user", lambda line: mixed_of(line).per_user, name, worth)
    is_chinese = spoken() == "zh"
    for at, key, name in (
        (0, "chinese_characters", _("zh chars") if is_chinese else ""),
        (1, "english_words", "" if is_chinese else _("en words")),
    ):
        yield column(key, characters(table, at), name, 5 if of_each else 4, about(table, at))
    yield ResultColumn(
        key="conversations",
        value=lambda line: None if line.purchase is None else line.purchase.conversations,
    )


def characters(table: BudgetTable, at: int) -> Of:
    """The length of a text of all tokens."""

    def value(line: BudgetLine) -> int | None:
        amount = text(line, table.ratios, None)[at]
        return None if amount is None else int(amount)

    return value


def about(table: BudgetTable, at: int) -> Of:
    """The same of a user, where there are users, and else of the input alone, in as many digits as
    a sample text is worth."""

    def value(line: BudgetLine) -> Decimal | None:
        amount = text(line, table.ratios, table.mau, is_input=table.mau is None)[at]
        return None if amount is None else ABOUT.plus(amount)

    return value


def month_columns(table: BudgetTable) -> Iterator[ResultColumn[BudgetLine]]:
    """What a month costs, in each model's own currency and in the one that ranks."""
    answer, workload = table.answer, table.answer.budget.query.workload
    is_bill, has_budget = table.is_monthly and workload.mau is not None, workload.budget is not None
    own, users = table.amounts, answer.users

    def title(text: str, is_shown: bool) -> str:
        return text if is_shown and table.is_monthly else ""

    def of_month(of: Callable[[Monthly], Value]) -> Callable[[BudgetLine], Value]:
        return lambda line: None if line.monthly is None else of(line.monthly)

    yield ResultColumn(
        key="cost", value=of_month(lambda one: one.cost.amount), worth=3, is_kept=True,
        title=title(_("a month"), is_bill), cells=cost_cells,
        amount=lambda line: month_of(line).native.amount,
        order=lambda line: month_of(line).cost.amount,
    )  # fmt: skip
    yield number_column("cost_low", of_month(lambda one: one.cost.low))
    yield number_column("cost_high", of_month(lambda one: one.cost.high))
    yield text_column("currency", of_month(lambda one: one.cost.currency))
    yield number_column("native", of_month(lambda one: one.native.amount))
    yield text_column("native_currency", of_month(lambda one: one.native.currency))
    yield ResultColumn(
        key="cost_per_user", value=table.in_ranking(per_user), worth=7,
        title=title(_("per user"), True), cells=own(per_user),
        amount=lambda line: amount_of(per_user(month_of(line))),
    )  # fmt: skip
    yield ResultColumn(
        key="holds", value=of_month(lambda one: one.holds), worth=5, is_number=False,
        title=title(_("fits"), is_bill and has_budget), is_choice=True,
        cells=lambda lines: [_("yes") if month_of(line).holds else _("no") for line in lines],
    )  # fmt: skip
    yield ResultColumn(
        key="max_mau", value=of_month(lambda one: one.most_users), worth=8 if is_bill else 3,
        title=title(_("most users") if is_bill else _("users"), has_budget), is_kept=not is_bill,
        cells=lambda lines: [limit_cell(month_of(line).most_users) for line in lines],
    )  # fmt: skip
    yield ResultColumn(
        key="max_requests_per_user", value=of_month(lambda one: one.most_requests), worth=9,
        title=title(_("requests each"), is_bill and has_budget),
        cells=lambda lines: [limit_cell(month_of(line).most_requests) for line in lines],
    )  # fmt: skip
    for name in ("p50", "p90", "p99"):
        yield quantile_column(table, users, name, title(_("99 % below"), name == "p99"))
    yield from revenue_columns(table, title("x", workload.revenue_per_user is not None) != "")
    if is_bill:
        yield from bill_columns(table)


def quantile_column(
    table: BudgetTable, users: Simulated | None, name: str, title: str
) -> ResultColumn[BudgetLine]:
    def amount(month: Monthly) -> Amount | None:
        return None if users is None else quantile(month, users, name)

    return ResultColumn(
        key=f"cost_{name}", value=table.in_ranking(amount), worth=6,
        title=title if users is not None else "", cells=table.amounts(amount),
        amount=lambda line: amount_of(amount(month_of(line))),
    )  # fmt: skip


def revenue_columns(table: BudgetTable, is_shown: bool) -> Iterator[ResultColumn[BudgetLine]]:
    """What the users pay, in the currency that they do."""

    def value(of: Callable[[Revenue], Decimal | None]) -> Callable[[BudgetLine], Value]:
        return lambda line: (
            of(line.monthly.revenue) if line.monthly and line.monthly.revenue else None
        )

    def cells(of: Callable[[Revenue], Decimal | None]) -> Cells:
        return table.amounts(
            lambda month: (
                None
                if month.revenue is None or (amount := of(month.revenue)) is None
                else (amount, month.revenue.currency)
            )
        )

    yield number_column("revenue", value(lambda one: one.amount))
    if table.answer.budget.query.workload.acquisition_cost is not None:
        yield ResultColumn(
            key="payback_months", value=value(lambda one: one.payback), worth=6,
            title=_("payback, months") if is_shown else "",
            cells=lambda lines: [payback_cell(line) for line in lines],
        )  # fmt: skip
    of: Callable[[Revenue], Decimal | None]
    for key, title, worth, of in (
        ("margin", _("margin"), 6, lambda one: one.margin),
        ("break_even", _("break-even"), 10, lambda one: one.break_even),
    ):
        yield ResultColumn(
            key=key, value=value(of), title=title if is_shown else "", cells=cells(of), worth=worth
        )


def payback_cell(line: BudgetLine) -> str:
    """The months, rounded up to a tenth."""
    earned = month_of(line).revenue
    if earned is None or earned.payback is None:
        return _("never")
    return f"{earned.payback.quantize(TENTH, rounding=ROUND_UP):f}"


TENTH = Decimal("0.1")


def bill_columns(table: BudgetTable) -> Iterator[ResultColumn[BudgetLine]]:
    """What only people see of a bill."""
    target = table.answer.budget.query.exchange.currency
    yield ResultColumn(
        title=in_currency(target), cells=table.converted, worth=4,
        amount=lambda line: month_of(line).cost.amount,
    )  # fmt: skip
    if table.answer.reference is None:
        yield ResultColumn(title="×", cells=table.times, worth=6)
    if table.answer.own:
        yield ResultColumn(
            title=_("own GPUs"), cells=table.own_gpus, worth=6,
            amount=lambda line: own.cost if (own := table.own(line)) else None,
        )  # fmt: skip
    yield ResultColumn(
        title=_("low–high"), cells=range_cells, worth=99,
        order=lambda line: month_of(line).cost.high,
    )  # fmt: skip


def amount_of(one: Amount | None) -> Decimal | None:
    return None if one is None else one[0]


def input_of(line: BudgetLine) -> Bought:
    return NONE_BOUGHT if line.purchase is None else line.purchase.input_only


def mixed_of(line: BudgetLine) -> Bought:
    return (line.purchase and line.purchase.mixed) or NONE_BOUGHT


def text(
    line: BudgetLine, ratios: Ratios, mau: int | None, *, is_input: bool = False
) -> tuple[Decimal | None, Decimal | None]:
    """About how many Chinese characters, or English words, the tokens of the mix are, or those of
    the input alone."""
    if line.purchase is None:
        return None, None
    mixed = None if is_input else line.purchase.mixed
    one = mixed or line.purchase.input_only
    amount = one.tokens if mau is None else one.per_user
    if amount is None:
        return None, None
    ratio = ratios[line.model.tokenizer]
    return amount * ratio.characters.value, amount * ratio.words.value


def number_cells(lines: Sequence[BudgetLine], of: Of) -> list[str]:
    """Whole figures where all are large enough, else as many digits as the smallest one needs."""
    values = [of(line) for line in lines]
    digits = figure_places(values)
    return [
        figure(value, digits)
        if value is not None
        else (UNLIMITED if input_of(line).tokens is None else "")
        for line, value in zip(lines, values, strict=True)
    ]


def money_cells(amounts: Iterable[Amount | None]) -> list[str]:
    """A column of money in one precision."""
    shown = list(amounts)
    digits = places((one[0] for one in shown if one is not None), DIGITS)
    return ["" if one is None else money(*one, digits) for one in shown]


def cost_cells(lines: Sequence[BudgetLine]) -> list[str]:
    costs = [month_of(line).native for line in lines]
    cells = money_cells((one.amount, one.currency) for one in costs)
    return [
        _("free") if line.is_free and not one.amount else cell
        for line, one, cell in zip(lines, costs, cells, strict=True)
    ]


def range_cells(lines: Sequence[BudgetLine]) -> list[str]:
    ranges: list[Range] = [month_of(line).native for line in lines]
    digits = places((one.amount for one in ranges), DIGITS)
    return [range_cell(one, digits) for one in ranges]


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
    sent = running.cost(month.users or 0) - running.cost(0)
    return kept(share * sent), month.native.currency


def ranked(answer: BudgetAnswer, one: Amount | None) -> Amount | None:
    """The amount in the currency that ranks."""
    exchange = answer.budget.query.exchange
    if one is None or one[1] == exchange.currency:
        return one
    return kept(convert(*one, exchange.currency, exchange.rates)), exchange.currency


def equal_rows(line: BudgetLine) -> object:
    """What rows have in common that are one to their maker."""
    month = line.monthly
    return line.purchase, line.model.tokenizer, month and (month.native, month.most_users)


def ranking_costs(answer: BudgetAnswer) -> Iterator[tuple[Model, Decimal]]:
    """What ranks each paid model, as a number of which less is better."""
    workload = answer.budget.query.workload
    for line in answer.budget.lines:
        month, bought_tokens = line.monthly, line.purchase
        if line.is_free:
            continue
        if month is not None and workload.mau is not None:
            yield line.model, month.cost.amount
        elif month is not None and month.most_users is not None:
            yield line.model, -Decimal(month.most_users)
        elif bought_tokens is not None:
            is_limited, tokens = bought_tokens.key(is_input=workload.mau is None)
            if is_limited:
                yield line.model, Decimal(tokens)


def machine(
    answers: Sequence[BudgetAnswer], ratios: Ratios, ratings: Sequence[Ratings] = ()
) -> Grid:
    """One row a scenario and model; empty: not asked, no limit.

    All amounts but `native` are in `currency`, the one that ranks.
    """
    scored = ratings or [NO_RATINGS] * len(answers)
    grids = [
        for_programs(columns(BudgetTable(one, ratios, ratings=by)), one.budget.lines)
        for one, by in zip(answers, scored, strict=True)
    ]
    return grid(grids[0].columns, (row for each in grids for row in each.rows))


def drawn(table: BudgetTable, lines: Sequence[BudgetLine], room: int | None) -> Grid:
    return for_people(columns(table), lines, room)


def are_side_by_side(answers: Sequence[BudgetAnswer]) -> bool:
    """Whether all scenarios have bills, or just budgets."""
    has_bills = {has_requests(one.budget.query.workload) for one in answers}
    return len(answers) > 1 and (has_bills == {True} or is_budgets(answers))


def is_budgets(answers: Sequence[BudgetAnswer]) -> bool:
    """Whether scenarios are budgets of one question, which are named by their amounts."""
    if any(one.name != str(one.budget.query.workload.budget) for one in answers):
        return False
    found = [replace(one.budget.query.workload, budget=None) for one in answers]
    return not has_requests(found[0]) and all(one == found[0] for one in found)


def side_by_side(answers: Sequence[BudgetAnswer]) -> Grid:
    """One line a model, one column a scenario, the best of the first scenario first: the month in
    the currency that ranks, `!` where the budget does not hold; or how many users it carries."""
    names = [answer.name for answer in answers]
    found = {line.model.key: line for answer in answers for line in answer.budget.lines}
    cells = [scenario_cells(answer) for answer in answers]
    rows = [
        [visible(line.model.id), visible(line.model.provider), *(one.get(key, "") for one in cells)]
        for key, line in found.items()
    ]
    if is_budgets(answers):  # whose figures are long
        rows = [[row[0], *row[2:]] for row in rows]
        names_of_rows = [Column(_("model"), fold=True)]
    else:
        names_of_rows = [Column(_("model"), fold=True), Column(_("provider"))]
    columns = [*names_of_rows, *(Column(visible(name), right=True) for name in names)]
    return grid(columns, rows)


def scenario_cells(answer: BudgetAnswer) -> dict[str, str]:
    if not has_requests(answer.budget.query.workload):
        lines = answer.budget.lines
        cells = number_cells(lines, lambda line: input_of(line).tokens)
        return {line.model.key: cell for line, cell in zip(lines, cells, strict=True)}
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
