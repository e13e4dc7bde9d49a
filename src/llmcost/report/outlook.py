"""Months ahead as a JSON document, and the notes that go with them."""

from collections.abc import Iterator, Sequence
from decimal import Context
from typing import Any

from llmcost.messages import say
from llmcost.money import kept
from llmcost.planning import budget
from llmcost.planning.forecast import Answer, Forecast, Line, Month
from llmcost.planning.pieces import Step, Stop
from llmcost.planning.quantities import MONTHS, Pace
from llmcost.planning.workload import ONE
from llmcost.pricing.table import State
from llmcost.report.ages import age_document, age_notes
from llmcost.report.amounts import fx_document, rate_note
from llmcost.report.excluded import excluded_document
from llmcost.report.figures import few, fixed, plain, visible
from llmcost.report.forecast import names_of, total_native
from llmcost.report.free import free_notes
from llmcost.report.plan import money_document, same, scenario_of, workload_document
from llmcost.report.words import word
from llmcost.report.workload import MOST_NAMED, condition_notes, size_notes, traffic_of, used

Document = dict[str, Any]
FOUR_DIGITS = Context(prec=4)
PERIODS = {months: name for name, months in MONTHS.items()}


def document(answers: Sequence[Answer]) -> Document:
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
        "scenarios": [
            {"name": one.name, "workload": workload_document(one.forecast.query.workload)}
            for one in answers
        ],
        "results": [
            {**scenario_of(answer.name), **line_document(answer.forecast, line)}
            for answer in answers
            for line in answer.forecast.lines
        ],
        "excluded": [
            {**scenario_of(answer.name), **excluded_document(one)}
            for answer in answers
            for one in answer.forecast.excluded
        ],
        "notes": [note for one in answers for note in notes(one, one.forecast.lines)],
        **age_document(used((one.forecast.query.at, one.forecast.lines) for one in answers)),
    }
    return found | fx_document(queries[0].exchange)


def line_document(forecast: Forecast, line: Line) -> Document:
    stop = line.stop
    currency = forecast.query.exchange.currency
    return {
        "rank": line.rank,
        "model": line.model.id,
        "provider": line.model.provider,
        "state": line.case.row.state.value,
        "total": {"amount": plain(line.total), "currency": currency},
        "native": {"amount": plain(total_native(line)), "currency": line.case.currency},
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
        "cost": None if month.cost is None else plain(month.cost),
        "native": None if month.native is None else plain(month.native),
        "cumulative": plain(month.cumulative),
        "prices": [step_document(one) for one in month.steps],
    }


def step_document(step: Step) -> Document:
    return {
        "from": step.row.begins.isoformat(),
        "state": step.row.state.value,
        "share": plain(kept(step.share)),
        "peak_share": plain(kept(step.peak)) if step.row.schedule else None,
        "price_factor": plain(kept(step.factor)),
    }


# --- notes ---------------------------------------------------------------------------------------


def notes(answer: Answer, lines: Sequence[Line]) -> list[str]:
    """What is assumed, what is announced, and what a reader must know beside."""
    query = answer.forecast.query
    known = [budget.Line(line.model, line.case) for line in lines]
    priced = [line for line in known if line.case.row.state is State.PRICED]
    found = [*assumption_notes(answer, lines), *change_notes(answer, lines)]
    found += [*size_notes(query.workload, priced), *condition_notes(query.workload, priced)]
    found += [*estimate_notes(lines), *peak_notes(answer, lines)]
    found += [*once_notes(answer), *free_offers(answer, lines)]
    if query.exchange.rate is not None and converts(answer, lines):
        found.append(rate_note(query.exchange, query.at))
    return found + age_notes(used([(query.at, lines)]))


def assumption_notes(answer: Answer, lines: Sequence[Line]) -> Iterator[str]:
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


def pace_text(pace: Pace) -> str:
    """`x 1.05 a month`"""
    factor = plain(FOUR_DIGITS.plus(pace.factor))
    return say("x {factor} a {period}", factor=factor, period=word(PERIODS[pace.months]))


def change_notes(answer: Answer, lines: Sequence[Line]) -> Iterator[str]:
    """The rows that are known ahead, and all models that end before the forecast does."""
    names = names_of(answer.forecast.lines)
    found = [
        say("{model} from {day}", model=names[line.model.key], day=step.row.start)
        for line in lines
        for step in line.announced
    ]
    if found:
        yield say("announced prices: {models}", models=few(found, MOST_NAMED))
    reduced = [
        say("{model} ({why})", model=names[line.model.key], why=visible(step.row.promotion))
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


def stop_text(stop: Stop) -> str:
    """`retired on 2027-04-01`: a reason that is a day says it."""
    if stop.why.reason == "date":
        return stop.why.detail
    return say("from {start}: {what}", start=stop.day, what=stop.why.detail)


def estimate_notes(lines: Sequence[Line]) -> Iterator[str]:
    estimated = [
        line.model.id
        for line in lines
        if not budget.system_count(line.case.workload, line.model).exact
    ]
    if estimated:
        yield say(
            "the system prompt's tokens are estimated for {models}",
            models=few(estimated, MOST_NAMED),
        )


def peak_notes(answer: Answer, lines: Sequence[Line]) -> Iterator[str]:
    """How much of the traffic meets peak prices; models with the same hours in one note."""
    names = names_of(answer.forecast.lines)
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


def peak_text(steps: Sequence[Step]) -> str:
    """`20.4 to 23.1 %`: the lowest and the highest share of all months."""
    shares = [step.peak for step in steps]
    least, most = (fixed(100 * edge, 1) for edge in (min(shares), max(shares)))
    return f"{least} %" if least == most else say("{least} to {most} %", least=least, most=most)


def once_notes(answer: Answer) -> Iterator[str]:
    """What is not the same in each month, or not counted."""
    query = answer.forecast.query
    workload = query.workload
    if workload.free_quota:
        yield say("the free quota of new accounts counts in {month:%Y-%m} only", month=query.month)
    if workload.fine_tune_tokens and workload.months > 1:
        yield say("training is spread over the {months} months", months=workload.months)
    if workload.revenue_per_user is not None or workload.spread is not None:
        yield say("revenue, and how users differ, are of one month: see `llmcost budget`")


def free_offers(answer: Answer, lines: Sequence[Line]) -> Iterator[str]:
    yield from free_notes((line.model, line.case.row) for line in lines)
    free = [line for line in answer.forecast.lines if line.is_free]
    if free and not any(line.is_free for line in lines):
        names = few([line.model.id for line in free], MOST_NAMED)
        yield say("free, within limits: {models}; --all shows them", models=names)


def converts(answer: Answer, lines: Sequence[Line]) -> bool:
    """Whether an amount of one currency was turned into another."""
    query = answer.forecast.query
    amounts = [one for one in (query.workload.budget, query.workload.total_budget) if one]
    billed = {*(line.case.currency for line in lines), *(one.currency for one in amounts)}
    return billed != {query.exchange.currency}
