"""Tables of a budget: a month on each model, what money buys, scenarios side by side, `--explain`.

Rows for programs have the same columns. `--explain` prints how the figures came about: the price
row, the hours, each line of the bill.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal

from llmcost.commands.budget.compute import UNLIMITED as NONE_BOUGHT
from llmcost.commands.budget.compute import (
    Bought,
    Budget,
    BudgetAnswer,
    BudgetLine,
    Purchase,
    month_of,
)
from llmcost.language import _, told
from llmcost.messages import joined, say, visible
from llmcost.money import ZERO, Range, convert, kept
from llmcost.pricing.cost import prices_of
from llmcost.pricing.price_rows import Offer, PriceState
from llmcost.pricing.usage import CharacterRatio
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    figure,
    figure_places,
    fixed,
    money,
    percent_cell,
    places,
    plain,
    range_cell,
)
from llmcost.render.wording import limits_of, part_line, price_text, row_lines
from llmcost.workload.monthly import Case, Monthly, Revenue, month_parts
from llmcost.workload.running_cost import share_in
from llmcost.workload.traffic import has_requests
from llmcost.workload.user_spread import Simulated

Ratios = Mapping[str, CharacterRatio]
UNLIMITED = say("no limit")
ABOUT = Context(prec=3)


def purchase_human(
    result: Budget, lines: Sequence[BudgetLine], ratios: Ratios, *, wide: bool
) -> Grid:
    """One line a model. With users, all but the first figure are of one user."""
    mau, mix = result.query.workload.mau, str(result.query.workload.mix)
    columns = [Column("#", right=True), Column(_("model"), fold=True)]
    columns += [Column(_("provider"))] if wide else []
    titles = [title for title, _ in figures(mau, mix, ratios, wide=wide)]
    columns += [Column(title, right=True) for title in titles]
    cells = [column(lines, of) for _, of in figures(mau, mix, ratios, wide=wide)]
    rows = []
    for index, (line, shown) in enumerate(zip(lines, names(lines, wide=wide), strict=True)):
        rows.append([str(line.rank), *shown, *(one[index] for one in cells)])
    return grid(columns, rows)


def names(lines: Sequence[BudgetLine], *, wide: bool) -> list[list[str]]:
    """Id and provider; without room for both, a provider only with an id that several sell."""
    if wide:
        return [[visible(line.model.id), visible(line.model.provider)] for line in lines]
    sold = Counter(line.model.id for line in lines)
    return [
        [visible(line.model.key if sold[line.model.id] > 1 else line.model.id)] for line in lines
    ]


Of = Callable[[BudgetLine], Decimal | int | None]


def figures(mau: int | None, mix: str, ratios: Ratios, *, wide: bool) -> Iterator[tuple[str, Of]]:
    """Titles and figures of the columns, those that are left out where there is no room."""
    yield _("input tokens"), lambda line: tokens(bought(line).input_only)
    if mau is not None:
        yield _("per user"), lambda line: bought(line).input_only.per_user
    if wide or mau is None:
        yield _("at {mix}", mix=mix), lambda line: tokens(bought(line).mixed)
    if mau is not None:
        yield _("per user") if wide else mix, lambda line: per_user_bought(bought(line).mixed)
    yield _("zh chars"), lambda line: about(text(line, ratios, mau)[0])
    if wide:
        yield _("en words"), lambda line: about(text(line, ratios, mau)[1])
    yield _("talks"), lambda line: talks(bought(line), mau)


def bought(line: BudgetLine) -> Purchase:
    if line.purchase is None:
        raise ValueError("no budget was given")
    return line.purchase


def tokens(one: Bought | None) -> int | None:
    return None if one is None else one.tokens


def per_user_bought(one: Bought | None) -> Decimal | None:
    return None if one is None else one.per_user


def text(
    line: BudgetLine, ratios: Ratios, mau: int | None
) -> tuple[Decimal | None, Decimal | None]:
    """About how many Chinese characters, or English words, the tokens of the mix are."""
    one = bought(line).mixed or bought(line).input_only
    amount = one.tokens if mau is None else one.per_user
    if amount is None:
        return None, None
    ratio = ratios[line.model.tokenizer]
    return amount * ratio.characters.value, amount * ratio.words.value


def about(amount: Decimal | None) -> Decimal | None:
    """As many digits as a sample text is worth."""
    return None if amount is None else ABOUT.plus(amount)


def talks(one: Purchase, mau: int | None) -> Decimal | None:
    if one.conversations is None:
        return None
    return one.conversations / mau if mau else one.conversations


def column(lines: Sequence[BudgetLine], of: Of) -> list[str]:
    """Whole figures where all are large enough, else as many digits as the smallest one needs."""
    values = [of(line) for line in lines]
    digits = figure_places(values)
    return [
        figure(value, digits) if value is not None else none_text(line)
        for line, value in zip(lines, values, strict=True)
    ]


def none_text(line: BudgetLine) -> str:
    return UNLIMITED if bought(line).input_only.tokens is None else ""


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


def human(answer: BudgetAnswer, lines: Sequence[BudgetLine], *, wide: bool) -> Grid:
    """The months, one line a model, in each model's own currency."""
    titles = [Column("#", right=True), Column(_("model"), fold=True)]
    titles += [Column(_("provider"))] if wide else []
    found = list(columns(answer, lines, wide=wide))
    rows = []
    for index, (line, shown) in enumerate(zip(lines, names(lines, wide=wide), strict=True)):
        rows.append([str(line.rank), *shown, *(cells[index] for _, cells in found)])
    return grid([*titles, *(Column(title, right=True) for title, _ in found)], rows)


def columns(
    answer: BudgetAnswer, lines: Sequence[BudgetLine], *, wide: bool
) -> Iterator[tuple[str, Cells]]:
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
    answer: BudgetAnswer, lines: Sequence[BudgetLine], *, wide: bool
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


def cost_cells(lines: Sequence[BudgetLine], costs: Sequence[Range]) -> Cells:
    cells = money_cells((one.amount, one.currency) for one in costs)
    return [
        _("free") if line.case.row.state is PriceState.FREE and not one.amount else cell
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


def ranked(answer: BudgetAnswer, one: Amount | None) -> Amount | None:
    """The amount in the currency that ranks."""
    exchange = answer.budget.query.exchange
    if one is None or one[1] == exchange.currency:
        return one
    return kept(convert(*one, exchange.currency, exchange.rate)), exchange.currency


def machine(answers: Sequence[BudgetAnswer], ratios: Ratios) -> Grid:
    """One row a scenario and model, amounts with all their digits; empty: not asked, no limit.

    All amounts but `native` are in `currency`, the one that ranks.
    """
    titles = [Column(name, right=name not in TEXTS) for name in MACHINE]
    return grid(
        titles,
        (machine_row(answer, line, ratios) for answer in answers for line in answer.budget.lines),
    )


def machine_row(answer: BudgetAnswer, line: BudgetLine, ratios: Ratios) -> list[str]:
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


def purchase_figures(
    answer: BudgetAnswer, line: BudgetLine, ratios: Ratios
) -> Iterator[Decimal | int | None]:
    bought = line.purchase
    if bought is None:
        yield from [None] * 7
        return
    mixed = bought.mixed or NONE_BOUGHT
    yield from (bought.input_only.tokens, bought.input_only.per_user, mixed.tokens, mixed.per_user)
    for amount in text(line, ratios, None):
        yield None if amount is None else int(amount)
    yield bought.conversations


def month_figures(
    answer: BudgetAnswer, line: BudgetLine
) -> Iterator[Decimal | int | str | bool | None]:
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


def tables(answers: Sequence[BudgetAnswer], ratios: Ratios, *, wide: bool) -> Iterator[Grid]:
    """A table of each scenario, or one with all of them side by side."""
    if are_side_by_side(answers):
        yield side_by_side(answers)
        return
    for answer in answers:
        lines = answer.budget.lines
        if has_requests(answer.budget.query.workload):
            yield human(answer, lines, wide=wide)
        else:
            yield purchase_human(answer.budget, lines, ratios, wide=wide)


def are_side_by_side(answers: Sequence[BudgetAnswer]) -> bool:
    return len(answers) > 1 and all(has_requests(one.budget.query.workload) for one in answers)


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
    columns = [Column(_("model"), fold=True), Column(_("provider"))]
    return grid([*columns, *(Column(visible(name), right=True) for name in names)], rows)


def scenario_cells(answer: BudgetAnswer) -> dict[str, str]:
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


def explained(line: BudgetLine) -> str:
    """A few lines of text; the parts add up to the amount in the first one."""
    return "".join(f"{text}\n" for text in explanation(line))


def explanation(line: BudgetLine) -> Iterator[str]:
    case, month = line.case, line.monthly
    key = visible(line.model.key)
    if month:
        amount = f"{plain(month.native.amount)} {case.currency}"
        yield _("{model}: {amount} a month", model=key, amount=amount)
    else:
        yield key
    yield from ("  " + text for text in row_lines(case.row))
    if case.row.schedule:
        yield "  " + _(
            "schedule {name}: {hours}", name=visible(case.row.schedule), hours=hours(case)
        )
    if case.owned.training is not None:
        yield "  " + offer_line(case.owned.training, say("fine-tuning"))
    if case.owned.deployment is not None:
        yield "  " + offer_line(case.owned.deployment, say("deployment"))
    if month is None:
        yield from ("  " + text for text in price_lines(case))
    else:
        yield from (
            "  " + visible(part_line(part, case.currency)) for part in month_parts(case, month)
        )


def offer_line(offer: Offer, kind: str) -> str:
    known = {"name": visible(offer.what) or kind, "day": offer.checked}
    source, note = visible(offer.source), visible(offer.note)
    if note:
        return _(
            "{name}: checked {day}; source: {source}; note: {note}",
            **known,
            source=source,
            note=note,
        )
    return _("{name}: checked {day}; source: {source}", **known, source=source)


def hours(case: Case) -> str:
    """The share of the requests in each window."""
    windows = dict.fromkeys(one.conditions.peak for one in case.slices)
    shares = {name: fixed(100 * share_in(case.slices, name), 1) for name in windows}
    return joined(
        say("{hours} {share} %", hours=visible(name) or say("off-peak"), share=share)
        for name, share in shares.items()
    )


def price_lines(case: Case) -> Iterator[str]:
    """The prices that the money buys at, of the smallest requests."""
    for one in case.slices if case.row.bands else ():
        band = case.row.bands[0]
        prices, steps = prices_of(band, one.row, one.conditions)
        conditions = told(joined(text for text in (limits_of(band), *steps) if text))
        shown = told(joined(map(price_text, prices, prices.values())))
        yield visible(f"{shown} {case.currency} / 1M{f' ({conditions})' if conditions else ''}")
