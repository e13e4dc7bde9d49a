"""Forms of a forecast: tables of a few models side by side, chart, rows, JSON document, notes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import msgspec

from llmcost.commands.budget import compute as budget
from llmcost.commands.budget.compute import BudgetAnswer
from llmcost.commands.budget.document import (
    common_fx,
    money_document,
    same,
    scenario_document,
    scenario_of,
)
from llmcost.commands.budget.workload_notes import (
    MOST_NAMED,
    condition_notes,
    pace_text,
    size_notes,
    traffic_of,
    used,
)
from llmcost.commands.budget.workload_notes import legend as budget_legend
from llmcost.commands.forecast.compute import Forecast, ForecastLine, Month
from llmcost.commands.forecast.periods import EndOfPrice, MonthStep
from llmcost.language import _, told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.money import EXACT, SYMBOLS, ZERO, kept
from llmcost.pricing.price_notes import whole_note
from llmcost.pricing.price_rows import PriceState
from llmcost.render.chart import Series
from llmcost.render.chart import lines as chart_lines
from llmcost.render.quality_scores import NO_RATINGS, Ratings
from llmcost.render.result_table import (
    ResultColumn,
    for_programs,
    model_names_of,
    number_column,
    table_width,
    text_column,
)
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import data, few, fixed, money, rate_note, whole_places
from llmcost.render.wording import (
    age_document,
    age_notes,
    contract_note,
    excluded_document,
    free_notes,
    model_names,
)
from llmcost.runtime.quality_choice import quality_legend
from llmcost.workload.model import ONE
from llmcost.workload.monthly import native

COLUMNS = 5
NOT_SOLD = "–"
Names = dict[str, str]
"""What a model is called where it stands beside others, by its key."""


class ForecastAnswer(msgspec.Struct, frozen=True):
    """A forecast of a scenario, by its name if there are several; `ratings`: the scores beside
    what all months cost."""

    name: str
    forecast: Forecast
    ratings: Ratings = NO_RATINGS


# --- tables --------------------------------------------------------------------------------------


def tables(answer: ForecastAnswer, width: int | None = None) -> Iterator[Grid]:
    """The months as rows, the models as columns: as many to a table as the width holds, and never
    more than COLUMNS. None: any width."""
    lines = answer.forecast.lines
    names = model_names_of(lines)
    for block in blocks(answer, lines, names, width):
        yield human(answer, block, names)


def blocks(
    answer: ForecastAnswer, lines: Sequence[ForecastLine], names: Names, width: int | None
) -> Iterator[Sequence[ForecastLine]]:
    left = list(lines)
    while left:
        count = 1
        while count < min(COLUMNS, len(left)) and (
            width is None or table_width(human(answer, left[: count + 1], names)) <= width
        ):
            count += 1
        yield left[:count]
        left = left[count:]


def human(answer: ForecastAnswer, lines: Sequence[ForecastLine], names: Names) -> Grid:
    """Amounts in the currency that ranks; a month in which a model is not sold has none."""
    workload = answer.forecast.query.workload
    months = lines[0].months
    columns = [
        [_("month"), *(f"{one.month:%Y-%m}" for one in months), _("total")],
        *([[_("users"), *(f"{one.users:,}" for one in months), ""]] if has_growth(months) else []),
        *([names[line.model.key], *amounts(answer, line)] for line in lines),
    ]
    if workload.budget is not None:
        extend(columns, _("over budget"), [month_text(line.over_budget) for line in lines])
    if workload.total_budget is not None:
        extend(columns, _("runs out"), [day_text(line.runs_out) for line in lines])
    if any(line.model.key in answer.ratings.found for line in lines):
        extend(columns, _("quality"), answer.ratings.cells([one.model for one in lines]))
    titles = [Column(column[0], right=index > 0) for index, column in enumerate(columns)]
    return grid(titles, zip(*(column[1:] for column in columns), strict=True))


def has_growth(months: Sequence[Month]) -> bool:
    """Whether the users differ by month; else the headline says how many there are."""
    return len({one.users for one in months}) > 1


def extend(columns: Sequence[list[str]], title: str, cells: Sequence[str]) -> None:
    """One more row at the end; nothing of it concerns the users."""
    others = [""] * (len(columns) - 1 - len(cells))
    for column, cell in zip(columns, (title, *others, *cells), strict=True):
        column.append(cell)


def headline(answer: ForecastAnswer) -> str:
    """`5,000,000 users · 12 months from 2026-12 · cost by month in CNY`"""
    lines, query = answer.forecast.lines, answer.forecast.query
    months = lines[0].months if lines else ()
    parts = [visible(answer.name)] if answer.name else []
    if months and not has_growth(months):
        parts.append(say_plural("{number:,} user", "{number:,} users", months[0].users))
    parts += [
        say_plural(
            "{number} month from {start}",
            "{number} months from {start}",
            query.workload.months,
            start=f"{query.month:%Y-%m}",
        ),
        say("cost by month in {currency}", currency=query.exchange.currency),
    ]
    return " · ".join(map(told, parts)) + "\n"


def conclusion(answer: ForecastAnswer) -> str:
    """The cheapest one of all months, and whether the budget covers it; nothing where there is
    nothing to choose."""
    ranked = [one for one in answer.forecast.lines if one.rank]
    if len(ranked) < 2:
        return ""
    query, best = answer.forecast.query, ranked[0]
    amount = money(best.total, query.exchange.currency, whole_places([best.total]))
    names = model_names_of(answer.forecast.lines)
    cheapest = say("cheapest: {model}, {cost}", model=names[best.model.key], cost=amount)
    parts: list[str] = [cheapest]
    if query.workload.budget is not None:
        parts.append(
            say("within the budget")
            if best.over_budget is None
            else say("over the budget from {month}", month=month_text(best.over_budget))
        )
    return told(joined([*parts, *best_by_score(answer)], "; ")) + "\n"


def best_by_score(answer: ForecastAnswer) -> Iterator[str]:
    """The models that nothing beats in cost and score; the best that the budget covers in each
    month."""
    lines, has_budget = answer.forecast.lines, answer.forecast.query.workload.budget is not None
    fitting = {one.model.key for one in lines if has_budget and one.over_budget is None}
    return answer.ratings.best(model_names_of(lines), fitting)


def amounts(answer: ForecastAnswer, line: ForecastLine) -> list[str]:
    """Of each month, and of all."""
    currency = answer.forecast.query.exchange.currency
    costs = [*(one.cost for one in line.months), line.total]
    if line.is_free and not line.total:
        return [NOT_SOLD if cost is None else _("free") for cost in costs]
    digits = whole_places(cost for cost in costs if cost is not None)
    return [NOT_SOLD if cost is None else money(cost, currency, digits) for cost in costs]


def month_text(month: date | None) -> str:
    return _("no") if month is None else f"{month:%Y-%m}"


def day_text(day: date | None) -> str:
    return _("no") if day is None else day.isoformat()


# --- the chart -----------------------------------------------------------------------------------


def chart(
    answer: ForecastAnswer,
    lines: Sequence[ForecastLine],
    width: int,
    *,
    color: bool,
    legible: Callable[[str], str] = str,
) -> str:
    """The cost of each month, with the budget if there is one; nothing for a single month.
    `legible` makes of a text what the terminal can show."""
    if not lines or len(lines[0].months) == 1 or not any(line.total for line in lines):
        return ""
    query = answer.forecast.query
    currency = query.exchange.currency
    names = model_names_of(answer.forecast.lines)
    budget = native(query.workload.budget, currency, query.exchange)
    return chart_lines(
        [Series(names[one.model.key], tuple(month.cost for month in one.months)) for one in lines],
        [f"{one.month:%Y-%m}" for one in lines[0].months],
        width=width,
        color=color,
        unit=legible(SYMBOLS[currency]),
        limit=None if budget is None else (_("budget"), budget),
    )


# --- rows for programs ---------------------------------------------------------------------------


class MonthRow(NamedTuple):
    """A month of a model."""

    line: ForecastLine
    month: Month

    @property
    def last(self) -> MonthStep | None:
        """The price at its end."""
        return self.month.steps[-1] if self.month.steps else None


def columns(answer: ForecastAnswer) -> list[ResultColumn[MonthRow]]:
    """Every column of rows for programs; amounts are empty where the model is not sold."""
    currency = answer.forecast.query.exchange.currency
    return [
        text_column("scenario", lambda _one: answer.name),
        number_column("rank", lambda one: one.line.rank or None),
        text_column("model", lambda one: one.line.model.id),
        text_column("provider", lambda one: one.line.model.provider),
        text_column("month", lambda one: f"{one.month.month:%Y-%m}"),
        number_column("users", lambda one: one.month.users),
        number_column("cost", lambda one: one.month.cost),
        text_column("currency", lambda _one: currency),
        number_column("native", lambda one: one.month.native),
        text_column("native_currency", lambda one: one.line.case.currency),
        number_column("cumulative", lambda one: one.month.cumulative),
        number_column("price_factor", lambda one: kept(one.last.factor) if one.last else None),
        text_column("from", lambda one: one.last.row.start.isoformat() if one.last else None),
        number_column("quality", lambda one: answer.ratings.value(one.line.model)),
    ]


def machine(answers: Iterable[ForecastAnswer]) -> Grid:
    """One row a scenario, model and month."""
    grids = [
        for_programs(
            columns(one), (MonthRow(line, x) for line in one.forecast.lines for x in line.months)
        )
        for one in answers
    ]
    return grid(grids[0].columns, (row for each in grids for row in each.rows))


def total_native(line: ForecastLine) -> Decimal:
    with localcontext(EXACT):
        return kept(sum((one.native for one in line.months if one.native is not None), ZERO))


Document = dict[str, Any]


def document(answers: Sequence[ForecastAnswer], notes: Sequence[str]) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.forecast/1`. Of several scenarios, each
    result names its own; what they have in common stands at the top, else null."""
    queries = [one.forecast.query for one in answers]
    workloads = [one.workload for one in queries]
    found: Document = {
        "schema": "llmcost.forecast/1",
        "as_of": same([one.at.isoformat() for one in queries]),
        "month": same([f"{one.month:%Y-%m}" for one in queries]),
        "months": same([one.months for one in workloads]),
        "currency": same([one.exchange.currency for one in queries]),
        "mau": same([one.mau for one in workloads]),
        "budget": same([money_document(one.budget) for one in workloads]),
        "total_budget": same([money_document(one.total_budget) for one in workloads]),
        "scenarios": [scenario_document(one.name, one.forecast.query) for one in answers],
        "results": [
            {
                **scenario_of(answer.name),
                **line_document(answer.forecast, line),
                "quality": answer.ratings.document(line.model),
            }
            for answer in answers
            for line in answer.forecast.lines
        ],
        "excluded": [
            {**scenario_of(answer.name), **excluded_document(one)}
            for answer in answers
            for one in answer.forecast.excluded
        ],
        "notes": list(notes),
        **age_document(used((one.forecast.query.at, one.forecast.lines) for one in answers)),
    }
    return found | common_fx(queries)


def line_document(forecast: Forecast, line: ForecastLine) -> Document:
    stop = line.stop
    currency = forecast.query.exchange.currency
    return {
        "rank": line.rank or None,
        "model": line.model.id,
        "provider": line.model.provider,
        "state": line.case.row.state.value,
        "total": {"amount": data(line.total), "currency": currency},
        "native": {"amount": data(total_native(line)), "currency": line.case.currency},
        "over_budget": None if line.over_budget is None else f"{line.over_budget:%Y-%m}",
        "runs_out": None if line.runs_out is None else line.runs_out.isoformat(),
        "stops": None
        if stop is None
        else {"on": stop.day.isoformat(), "reason": stop.why.reason, "detail": stop.why.detail},
        "months": [month_document(one) for one in line.months],
    }


def month_document(month: Month) -> Document:
    return {
        "month": f"{month.month:%Y-%m}",
        "users": month.users,
        "cost": None if month.cost is None else data(month.cost),
        "native": None if month.native is None else data(month.native),
        "cumulative": data(month.cumulative),
        "prices": [step_document(one) for one in month.steps],
    }


def step_document(step: MonthStep) -> Document:
    return {
        "from": step.row.begins.isoformat(),
        "state": step.row.state.value,
        "share": data(kept(step.share)),
        "peak_share": data(kept(step.peak)) if step.row.schedule else None,
        "price_factor": data(kept(step.factor)),
    }


# --- notes ---------------------------------------------------------------------------------------


def notes(answer: ForecastAnswer, lines: Sequence[ForecastLine]) -> list[str]:
    """What is assumed, what is announced, and what a reader must know beside."""
    query = answer.forecast.query
    known = [budget.BudgetLine(line.model, line.case) for line in lines]
    priced = [line for line in known if line.case.row.state is PriceState.PRICED]
    found = [*assumption_notes(answer, lines), *change_notes(answer, lines)]
    found += [*size_notes(query.workload, priced), *condition_notes(query.workload, priced)]
    found += [*estimate_notes(lines), *peak_notes(answer, lines)]
    found += [*once_notes(answer), *free_offers(answer, lines)]
    found += contract_note(query.workload.discount, query.workload.tax)
    if query.exchange.rates and converts(answer, lines):
        found.append(rate_note(query.exchange, query.at))
    return found + age_notes(used([(query.at, lines)]))


def legend(answer: ForecastAnswer) -> Iterator[str]:
    """What a reader must know of the figures, in parts of a line."""
    workload, lines = answer.forecast.query.workload, answer.forecast.lines
    if workload.growth.factor != ONE:
        yield say("users {pace}", pace=pace_text(workload.growth))
    if workload.decline.factor != ONE:
        yield say("prices {pace}", pace=pace_text(workload.decline))
    yield from change_notes(answer, lines)
    models, day = [one.model for one in lines], answer.forecast.query.at.date()
    yield from quality_legend(answer.ratings.scores, models, day)
    known = BudgetAnswer(answer.name, budget.Budget(answer.forecast.query, (), ()))
    yield from budget_legend(known, [budget.BudgetLine(one.model, one.case) for one in lines])


def assumption_notes(answer: ForecastAnswer, lines: Sequence[ForecastLine]) -> Iterator[str]:
    query = answer.forecast.query
    workload = query.workload
    if workload.growth.factor != ONE and lines:
        first, last = lines[0].months[0], lines[0].months[-1]
        yield say(
            "assumed: users {pace}, from {before:,} in {first:%Y-%m} to {after:,} in {last:%Y-%m}",
            pace=pace_text(workload.growth),
            before=first.users,
            first=first.month,
            after=last.users,
            last=last.month,
        )
    if workload.decline.factor != ONE:
        yield say(
            "assumed: prices {pace}, from {month:%Y-%m} on, or from when a later price begins; not "
            "those of training and deployments",
            pace=pace_text(workload.decline),
            month=query.month,
        )


def change_notes(answer: ForecastAnswer, lines: Sequence[ForecastLine]) -> Iterator[str]:
    """The rows that are known ahead, and all models that end before the forecast does."""
    names = model_names_of(answer.forecast.lines)
    found = [
        say("{model} from {day}", model=names[line.model.key], day=step.row.start)
        for line in lines
        for step in line.announced
    ]
    if found:
        yield say("announced prices: {models}", models=few(found, MOST_NAMED))
    reduced = [
        say("{model} ({why})", model=names[line.model.key], why=whole_note(step.row.promotion))
        for line in lines
        for step in line.months[-1].steps[-1:]
        if step.row.promotion
    ]
    if reduced:
        yield say(
            "reduced to the end, as no other price is announced: {models}",
            models=few(reduced, MOST_NAMED),
        )
    stopped = [
        say("{model} {detail}", model=names[line.model.key], detail=stop_text(line.stop))
        for line in answer.forecast.lines
        if line.stop is not None
    ]
    if stopped:
        yield say(
            "not sold to the end, ranked after the others: {models}",
            models=few(stopped, MOST_NAMED, "; "),
        )


def stop_text(stop: EndOfPrice) -> str:
    """`retired on 2027-04-01`: a reason that is a day says it."""
    if stop.why.reason == "date":
        return stop.why.detail
    return say("from {start}: {what}", start=stop.day, what=stop.why.detail)


def estimate_notes(lines: Sequence[ForecastLine]) -> Iterator[str]:
    estimated = [
        line.model
        for line in lines
        if not budget.system_count(line.case.workload, line.model).exact
    ]
    if estimated:
        yield say(
            "the system prompt's tokens are estimated for {models}",
            models=few(model_names(estimated), MOST_NAMED),
        )


def peak_notes(answer: ForecastAnswer, lines: Sequence[ForecastLine]) -> Iterator[str]:
    """How much of the traffic meets peak prices; models with the same hours in one note."""
    names = model_names_of(answer.forecast.lines)
    by_share: dict[str, list[str]] = {}
    for line in lines:
        steps = [step for one in line.months for step in one.steps if step.row.schedule]
        if steps:
            by_share.setdefault(peak_text(steps), []).append(names[line.model.key])
    when = traffic_of(answer.forecast.query.workload.traffic)
    for share, found in by_share.items():
        yield say(
            "{traffic}: {share} at peak prices: {models}",
            traffic=when,
            share=share,
            models=few(found, MOST_NAMED),
        )


def peak_text(steps: Sequence[MonthStep]) -> str:
    """`20.4 to 23.1 %`: the lowest and the highest share of all months."""
    shares = [step.peak for step in steps]
    least, most = (fixed(100 * edge, 1) for edge in (min(shares), max(shares)))
    return f"{least} %" if least == most else say("{least} to {most} %", least=least, most=most)


def once_notes(answer: ForecastAnswer) -> Iterator[str]:
    """What is not the same in each month, or not counted."""
    query = answer.forecast.query
    workload = query.workload
    if workload.free_quota:
        yield say("the free quota of new accounts counts in {month:%Y-%m} only", month=query.month)
    if workload.fine_tune_tokens and workload.months > 1:
        yield say("training is spread over the {months} months", months=workload.months)
    if workload.revenue_per_user is not None or workload.spread is not None:
        yield say("revenue, and how users differ, are of one month: see `llmcost budget`")


def free_offers(answer: ForecastAnswer, lines: Sequence[ForecastLine]) -> Iterator[str]:
    yield from free_notes((line.model, line.case.row) for line in lines)
    free = [line for line in answer.forecast.lines if line.is_free]
    if free and not any(line.is_free for line in lines):
        names = few(model_names(line.model for line in free), MOST_NAMED)
        yield say("free, within limits: {models}; --all shows them", models=names)


def converts(answer: ForecastAnswer, lines: Sequence[ForecastLine]) -> bool:
    """Whether an amount of one currency was turned into another."""
    query = answer.forecast.query
    amounts = [one for one in (query.workload.budget, query.workload.total_budget) if one]
    billed = {*(line.case.currency for line in lines), *(one.currency for one in amounts)}
    return billed != {query.exchange.currency}
