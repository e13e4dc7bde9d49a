"""What a budget says beside its table: headline, conclusion, and `--explain`.

`--explain` prints how the figures came about: the price row, the hours, each line of the bill.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from llmcost.commands.budget.compute import (
    BudgetAnswer,
    BudgetLine,
    month_of,
)
from llmcost.commands.budget.view import (
    BudgetTable,
    cost_cells,
    limit_cell,
    payback_cell,
)
from llmcost.language import _, told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.money import Money, kept
from llmcost.pricing.cost import prices_of
from llmcost.pricing.price_notes import whole_note
from llmcost.pricing.price_rows import Offer
from llmcost.render.quality_scores import Ratings
from llmcost.render.result_table import (
    times_text,
)
from llmcost.render.text import (
    figure,
    figure_places,
    fixed,
    money,
    places,
    plain,
)
from llmcost.render.wording import bill_lines, limits_of, price_text, row_lines
from llmcost.workload.monthly import Case, month_parts
from llmcost.workload.running_cost import share_in

DIGITS = 2
MOST_NAMED = 3


def headline(table: BudgetTable) -> str:
    """What the money is for one user, or what the workload is; and the order of the rows."""
    from llmcost.commands.budget.workload_notes import title

    workload = table.answer.budget.query.workload
    budget = workload.budget
    amount = "" if budget is None else whole_money(budget)
    if table.is_monthly:
        parts = [title(workload)]
        if budget is not None:
            parts.append(_("budget {amount} a month", amount=amount))
        return " · ".join(parts) + "\n"
    if budget is not None and table.mau:
        each = kept(budget.amount / table.mau)
        return (
            told(
                say_plural(
                    "{amount} for {number:,} user is {each} per user a month. What that buys, "
                    "most tokens first:",
                    "{amount} for {number:,} users is {each} per user a month. What that buys, "
                    "most tokens first:",
                    table.mau,
                    amount=amount,
                    each=money(each, budget.currency, places([each], DIGITS)),
                )
            )
            + "\n"
        )
    return _("What {amount} a month buys, most input tokens first:", amount=amount) + "\n"


CENT = Decimal("0.01")


def whole_money(one: Money) -> str:
    """Without cents where there are none, and with all digits of less than a cent."""
    if 0 < one.amount < CENT:
        return str(one)
    return money(one.amount, one.currency, 0 if one.amount == int(one.amount) else 2)


def conclusion(table: BudgetTable, lines: Sequence[BudgetLine]) -> str:
    """The best model in a line, and what to add where there is no bill yet."""
    best = sorted((line for line in lines if line.rank), key=lambda line: line.rank)
    if not best:
        return ""
    if not table.is_monthly:
        more = _(
            "for a bill, add what they send: --requests-per-user 30 --input-tokens 500 "
            "--output-tokens 200"
        )
        said = [*copies_text(table, best[0]), *conversation_text(table, best[0]), more]
        return "".join(f"{told(text)}\n" for text in said)
    said = [joined(bill_parts(table, best), "; "), joined(revenue_text(best[0]), "; ")]
    return "".join(f"{told(text)}\n" for text in said if text)


def copies_text(table: BudgetTable, line: BudgetLine) -> Iterator[str]:
    """How many copies of a text the money reads."""
    copy, number = table.answer.copy, table.answer.copies(line)
    if copy is not None and number is not None:
        yield say(
            "{model}: {number} copies of {name} as input",
            model=visible(line.model.id),
            number=figure(number, figure_places([number])),
            name=visible(copy.name),
        )


def revenue_text(line: BudgetLine) -> Iterator[str]:
    """Revenue, cost and margin of the month and of the year, of the best model."""
    month = month_of(line)
    earned, cost = month.revenue, month.cost
    if earned is None:
        return
    for form, amount in (
        (say("revenue"), earned.amount), (say("cost"), cost.amount), (say("margin"), earned.margin),
    ):  # fmt: skip
        yield say(
            "{what} {month} a month, {year} a year",
            what=form,
            month=whole_money(Money(amount, cost.currency)),
            year=whole_money(Money(12 * amount, cost.currency)),
        )
    if earned.payback is not None:
        yield say("paid back in {months} months", months=payback_cell(line))


def conversation_text(table: BudgetTable, line: BudgetLine) -> Iterator[str]:
    """How many conversations the money is, in a sentence."""
    from llmcost.commands.budget.workload_notes import conversation_size

    number = None if line.purchase is None else line.purchase.conversations
    if number is None:
        return
    name, size = visible(line.model.id), conversation_size(table.answer)
    if table.mau is None:
        shown = figure(int(number), 0)
        yield say("{model}: {number} conversations ({size})", model=name, number=shown, size=size)
    elif (each := number / table.mau) < 1:
        yield say(
            "{model}: {share} % of users get one conversation a month ({size})",
            model=name,
            share=fixed(100 * each, 0 if each >= Decimal("0.01") else 2),
            size=size,
        )
    else:
        yield say(
            "{model}: {number} conversations for each user a month ({size})",
            model=name,
            number=figure(each, figure_places([each])),
            size=size,
        )


def bill_parts(table: BudgetTable, best: Sequence[BudgetLine]) -> Iterator[str]:
    """The cheapest month, or the most users; how many models fit; the first in another currency."""
    first, workload = best[0], table.answer.budget.query.workload
    name = visible(first.model.id)
    if workload.mau is None:
        users = limit_cell(month_of(first).most_users)
        yield say("most users: {model}, {number}", model=name, number=users)
        return
    if len(best) > 1:
        yield say("cheapest: {model}, {cost}", model=name, cost=cost_cells([first])[0])
    every = [line for line in table.answer.budget.lines if not line.is_free]
    if workload.budget is not None:
        fitting = sum(bool(line.monthly and line.monthly.holds) for line in every)
        yield say_plural(
            "{fitting} of {number} model fits the budget",
            "{fitting} of {number} models fit the budget",
            len(every),
            fitting=fitting,
        )
    yield from abroad(table, best)
    yield from best_by_score(table.answer, table.ratings)


def best_by_score(answer: BudgetAnswer, ratings: Ratings) -> Iterator[str]:
    """The models that nothing beats in cost and score; the best that the budget covers."""
    lines = answer.budget.lines
    fitting = {one.model.key for one in lines if one.monthly is not None and one.monthly.holds}
    yield from ratings.best({one.model.key: visible(one.model.id) for one in lines}, fitting)


def abroad(table: BudgetTable, best: Sequence[BudgetLine]) -> Iterator[str]:
    """The cheapest one that bills in another currency."""
    first = best[0]
    for line in best:
        if line.case.currency != first.case.currency:
            factor = times_text(month_of(line).cost.amount / table.least) if table.least else "?"
            yield say(
                "in {currency}: {model}, × {factor}",
                currency=line.case.currency, model=visible(line.model.id), factor=factor,
            )  # fmt: skip
            return


def explained(line: BudgetLine, quality: Sequence[str] = ()) -> str:
    """A few lines of text; the parts add up to the amount in the first one. `quality`: the lines of
    the score."""
    texts = [*explanation(line), *(f"  {text}" for text in quality)]
    return "".join(f"{text}\n" for text in texts)


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
        yield from ("  " + text for text in bill_lines(month_parts(case, month), case.currency))


def offer_line(offer: Offer, kind: str) -> str:
    known = {"name": whole_note(offer.what) or kind, "day": offer.checked}
    source, note = visible(offer.source), told(whole_note(offer.note))
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
