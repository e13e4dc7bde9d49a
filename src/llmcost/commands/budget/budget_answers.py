"""Answers of `budget` to scenarios, the notes beside them, and what fails of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from llmcost import money
from llmcost.errors import LlmcostError, NoExchangeRate
from llmcost.messages import say
from llmcost.pricing.price_rows import PriceState
from llmcost.runtime.gates import one_of, too_old, unanswered
from llmcost.runtime.scenario import RATES, Planned, Scenario, busiest_hour, planned_each
from llmcost.workload.model import Workload, conversations_of
from llmcost.workload.traffic import has_requests

if TYPE_CHECKING:
    from llmcost.commands.budget.compute import Budget, BudgetAnswer, OwnGpus
    from llmcost.commands.budget.page import EffortAnswers
    from llmcost.pricing.price_rows import Model
    from llmcost.pricing.reference import Reference
    from llmcost.render.quality_scores import Scores
    from llmcost.runtime.quality_choice import QualityChoice
    from llmcost.workload.user_spread import Simulated

MOST_NAMED = 4
SEED = 1
NEEDS = {
    "copies": ("budget",),
    "acquisition_cost": ("revenue_per_user",),
    "months": ("fine_tune_tokens",),
    "revenue_per_user": RATES,
    "spread": ("mau",),
}
"""Fields that have no effect without one of others."""


def questions_of(
    scenarios: Sequence[Scenario],
    file: Path | None,
    prices: Sequence[Path] | None,
    limit: money.Money | None = None,
    *,
    everything: bool = False,
) -> list["Planned"]:
    """Return each scenario with its models, in the order of the file; `prices`: files of the user's
    own, `limit`: an amount that costs will be compared with, `everything`: all models on sale,
    where none is named. Raise LlmcostError."""
    found = planned_each(scenarios, file, prices, limit, everything=everything)
    return [checked(one) for one in found]


def good_questions(questions: Sequence["Planned"], quality: "QualityChoice") -> "list[Planned]":
    """Return the questions with the models that are good enough at their effort. Raise
    UnknownModel."""
    from msgspec.structs import replace

    return [
        replace(
            one,
            selection=quality.at(one.query.workload.effort).good_selection(
                one.selection, one.query.at.date()
            ),
        )
        for one in questions
    ]


def answer_of(question: "Planned", seed: int, *, is_bare: bool = False) -> "BudgetAnswer":
    """Return what a workload costs on its models, and what money buys there; `seed`: of the users
    that differ; `is_bare`: own GPUs are not compared."""
    from llmcost.commands.budget.compute import BudgetAnswer, budget

    result = budget(question.table, question.models, question.query)
    users = simulated(question.query.workload, seed)
    own = {} if is_bare else own_of(question, result)
    return BudgetAnswer(
        *(question.scenario.name, result, users, reference_of(question)),
        *(question.copy, question.copy_tokens, own),
    )


def effort_answers(
    question: "Planned", models: Sequence["Model"], scores: "Scores | None"
) -> "EffortAnswers":
    """Return what the workload costs at each effort that these models have a score at, where the
    length of answers is looked up, with these scores by key."""
    from llmcost.runtime.presets import effort_questions

    return [
        (effort, answer_of(one, SEED, is_bare=True), values)
        for effort, one, values in effort_questions(question, models, scores)
    ]


def own_of(question: "Planned", result: "Budget") -> "Mapping[str, OwnGpus]":
    """Return what own GPUs would make cheaper of a month; nothing where there is no rate for their
    rents."""
    from llmcost.price_data.hosting_files import load_hosting

    query = question.query
    if not has_requests(query.workload) or query.workload.mau is None:
        return {}
    from llmcost.commands.budget.own_gpus import own_gpus
    from llmcost.runtime.price_table import exchange_for
    from llmcost.workload.hosting import PEAK_TO_MEAN

    exchange = query.exchange
    if not exchange.rates:
        try:
            rents = [money.Money(money.ZERO, code) for code in ("CNY", "USD")]
            exchange = exchange_for(question.table, (), exchange.currency, (), query.at, rents)
        except NoExchangeRate:
            return {}
    peak = busiest_hour(question.scenario, query.workload, query.month) or PEAK_TO_MEAN
    return own_gpus(load_hosting(), question.table, result, exchange, peak)


def reference_of(question: "Planned") -> "Reference | None":
    """Return what the answer is compared with. Raise LlmcostError if that has no cost."""
    choice, query = question.reference, question.query
    if not choice.name:
        return None
    from llmcost.commands.budget.compute import budget, spent_on

    found = budget(question.table, choice.models, query)
    spent = (spent_on(line, query) for line in found.lines if not line.is_free)
    costs = [one[0] for one in spent if one is not None]
    return choice.costing(costs, found.excluded, query.exchange)


def checked(question: "Planned") -> "Planned":
    """Return the question. Raise LlmcostError where nothing is asked."""
    scenario, workload = question.scenario, question.query.workload
    if workload.budget is None and not has_requests(workload):
        raise scenario.refusal(
            say("add a budget (--yuan) or a workload (--requests-per-user)"),
            "mau",
            hint=say(
                "what money buys: `llmcost budget --mau {mau} --yuan 10000`; a commented workload "
                "file: `llmcost budget --init`",
                mau=workload.mau or 100_000,
            ),
        )
    if workload.budget is None and workload.mau is None:
        raise scenario.refusal(
            say("add users (--mau) or a budget (--yuan)"),
            *RATES,
            hint=say("add --mau for what they cost, or --yuan for how many the budget covers"),
        )
    return question


def simulated(workload: "Workload", seed: int) -> "Simulated | None":
    """Return the users of the workload, if they differ."""
    if workload.mau is None or (workload.spread is None and workload.percentiles is None):
        return None
    from llmcost.workload import user_spread as spread

    if workload.percentiles is not None:
        return spread.simulate(spread.from_percentiles(workload.percentiles), workload.mau, seed)
    mean = (conversations_of(workload) or money.ZERO) * workload.turns
    users = spread.log_normal(mean, workload.spread or money.ZERO)
    return spread.simulate(users, workload.mau, seed)


def failures(
    answers: Sequence["BudgetAnswer"], gate: LlmcostError | None, oldest: int | None
) -> tuple[LlmcostError | None, list[str]]:
    """Return what the exit code tells, and what else went wrong; `oldest`: days since a price was
    read, at most."""
    from llmcost.commands.budget.workload_notes import used

    return one_of(
        gate,
        too_old(lambda: used((one.budget.query.at, one.budget.lines) for one in answers), oldest),
        unanswered((one.budget.lines, one.budget.excluded, one.name) for one in answers),
    )


def cut(answer: "BudgetAnswer", most: int | None) -> "BudgetAnswer":
    """Return the answer with the first lines."""
    return replace(answer, budget=replace(answer.budget, lines=answer.budget.lines[:most]))


def all_notes(
    answers: Sequence["BudgetAnswer"],
    shown: Sequence["BudgetAnswer"],
    rests: Sequence[int],
    *,
    everything: bool,
) -> list[str]:
    """Return what is printed beside the lines that are displayed of all answers. `rests`: how many
    paid models of each are not; `everything`: name all excluded models."""
    from llmcost.commands.budget.workload_notes import notes, together
    from llmcost.render.wording import excluded_notes, more_models
    from llmcost.runtime.price_table import own_prices

    found = own_prices()
    several: list[tuple[str, list[str]]] = []
    for whole, part, rest in zip(answers, shown, rests, strict=True):
        named = len(whole.budget.excluded) if everything else MOST_NAMED
        left_out = excluded_notes(whole.budget.excluded, named)
        said = [*more_models(rest), *notes(whole, part.budget.lines), *left_out]
        several.append((whole.name, said))
    return [*found, *together(several)]


def rest_of(whole: "BudgetAnswer", shown: "BudgetAnswer") -> int:
    """Return how many lines were left out; free models that were have a note of their own."""
    free = [line for line in whole.budget.lines if line.case.row.state is PriceState.FREE]
    is_shown = any(line.case.row.state is PriceState.FREE for line in shown.budget.lines)
    apart = 0 if is_shown else len(free)
    return len(whole.budget.lines) - len(shown.budget.lines) - apart
