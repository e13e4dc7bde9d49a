"""`llmcost forecast`: options to months ahead."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from msgspec.structs import replace

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import AgeOptions, RankedOptions, grouped
from llmcost.cli.output import (
    Output,
    around,
    draw,
    fits_screen,
    format_for,
    has_color,
    render,
    width,
)
from llmcost.cli.workload_options import takes_workload
from llmcost.commands.budget.budget_answers import good_questions
from llmcost.commands.budget.command import (
    MOST_NAMED,
    several_numbers,
)
from llmcost.errors import LlmcostError
from llmcost.messages import say
from llmcost.render.table import Format, markdown
from llmcost.render.text import data
from llmcost.runtime import standard_streams as streams
from llmcost.runtime.gates import limit_of, name_of, one_of, passed, too_old, unanswered
from llmcost.runtime.option_values import named_models
from llmcost.runtime.scenario import (
    Planned,
    Scenario,
    first_others,
    model_notes,
    others_beside,
    planned_each,
    refuse_unused,
    scenarios_of,
)
from llmcost.workload.fields import Given
from llmcost.workload.traffic import Seasons, has_requests, seasons

if TYPE_CHECKING:
    from llmcost.commands.forecast.compute import ForecastLine
    from llmcost.commands.forecast.page import Bounds, EffortAnswers
    from llmcost.commands.forecast.view import ForecastAnswer
    from llmcost.pricing.catalog import Outside
    from llmcost.render.result_table import Selection
    from llmcost.runtime.quality_choice import QualityChoice
    from llmcost.workload.model import Workload

TOP = 5
MONTHS = 12
UNUSED = {
    "mix": say("say what is sent with --input-tokens and --output-tokens"),
    **dict.fromkeys(("vs", "copies", "acquisition_cost"), say("`llmcost budget` uses it")),
}
"""Fields that months ahead do not depend on, and the hint to each."""


class ForecastOutputOptions(RankedOptions, frozen=True):
    """Which models are shown, and in which form."""

    format: options.PageFormat = None
    quality: options.QualityFile = None
    min_quality: options.MinQuality = None
    quiet: options.Quiet = False

    def shown(
        self, answers: Sequence["ForecastAnswer"], format: Format, scenarios: Sequence[Scenario]
    ) -> "list[Selection[ForecastLine]]":
        """The models of each scenario; on a terminal as many as stand side by side."""
        form = Format.TABLE if format is Format.MD else format
        found = [
            self.select(
                one.forecast.lines,
                form,
                named=named_models(scenario.get("model") or ()),
                fitting=TOP,
            )
            for one, scenario in zip(answers, scenarios, strict=True)
        ]
        if format is not Format.TABLE or self.top is not None or self.all_:
            return found
        return [narrowed(one, chosen) for one, chosen in zip(answers, found, strict=True)]


@takes_workload
@grouped
def forecast(
    *,
    given: Given,
    file: options.WorkloadFile = None,
    scenario: options.ScenarioNames = None,
    output: ForecastOutputOptions,
    fail_over: Annotated[
        str | None,
        options.option("--fail-over AMOUNT", 'Exit 3 if a month costs more, e.g. "100 yuan".'),
    ] = None,
    age: AgeOptions,
) -> Output:
    """Forecast the cost of a workload, month by month.

    Users grow by --growth. Prices follow announced changes, models end when they retire, and
    beyond the last known price --decline applies.

    Examples:
      llmcost forecast --mau 100000 --requests-per-user 30 --input-tokens 500
      llmcost forecast -f workload.yaml --growth 5%/month --months 12
      llmcost forecast -f workload.yaml --decline 10x/year -m qwen-plus
    """
    from llmcost.commands.budget.workload_notes import used
    from llmcost.runtime.quality_choice import quality_choice

    output.refuse_idle_rows(output.quiet, output.format)
    refuse_unused("forecast", given, UNUSED)
    limit, oldest = limit_of(fail_over), age.oldest
    quality = quality_choice(output.quality, output.min_quality, is_bare=output.quiet)
    scenarios = scenarios_of(file, scenario or [], given)
    planned = planned_each(scenarios, file, age.prices, limit, everything=output.all_)
    questions = good_questions([*map(with_months, planned)], quality)
    answers = [scored(answer_of(one), quality) for one in questions]
    ages = ((one.forecast.query.at, one.forecast.lines) for one in answers)
    failure, also = one_of(
        gate(answers, limit),
        too_old(lambda: used(ages), oldest),
        unanswered((one.forecast.lines, one.forecast.excluded, one.name) for one in answers),
    )
    if output.quiet:
        return Output(bare(answers), also, failure)
    format = format_for(output.format)
    selections = output.shown(answers, format, scenarios)
    shown = [with_lines(one, found.rows) for one, found in zip(answers, selections, strict=True)]
    others = [others_beside(one) for one in questions]
    of_models = [*model_notes(questions, others), *score_notes(shown)]
    notes = [*talk(answers, shown, selections, everything=output.all_), *also, *of_models]
    brief = brief_of(output, answers, shown, selections, notes, first_others(others))
    if format is Format.HTML:
        from llmcost.commands.forecast.page import forecast_html

        efforts = [effort_answers(*one) for one in zip(questions, shown, strict=True)]
        page = forecast_html(shown, bounds_of(questions), notes, efforts)
        return Output(page, notes, failure, brief)
    return Output(present(shown, format, notes), notes, failure, brief)


def scored(answer: "ForecastAnswer", quality: "QualityChoice") -> "ForecastAnswer":
    """The answer with the scores of its models beside what they cost in all."""
    lines, day = answer.forecast.lines, answer.forecast.query.at.date()
    costs = [(line.model, line.total) for line in lines if not line.is_free]
    scores = quality.at(answer.forecast.query.workload.effort)
    return replace(answer, ratings=scores.ratings(costs, day))


def score_notes(answers: Sequence["ForecastAnswer"]) -> list[str]:
    """What the scores are."""
    from llmcost.runtime.quality_choice import quality_notes

    models = {line.model.key: line.model for one in answers for line in one.forecast.lines}
    day = answers[0].forecast.query.at.date()
    notes = (quality_notes(one.ratings.scores, [*models.values()], day) for one in answers)
    return list(dict.fromkeys(chain.from_iterable(notes)))


def brief_of(
    output: ForecastOutputOptions,
    answers: Sequence["ForecastAnswer"],
    shown: Sequence["ForecastAnswer"],
    selections: "Sequence[Selection[ForecastLine]]",
    notes: Sequence[str],
    others: "Outside | None",
) -> list[list[str]] | None:
    from llmcost.commands.forecast.view import legend

    return output.brief(
        dict.fromkeys(part for one in shown for part in legend(one)),
        sum(len(one.rows) for one in selections),
        max(one.rest for one in selections),
        max(len(one.free) for one in selections),
        max(len(one.forecast.excluded) for one in answers),
        notes,
        others,
    )


def answer_of(question: "Planned") -> "ForecastAnswer":
    from llmcost.commands.forecast.compute import forecast as ask
    from llmcost.commands.forecast.view import ForecastAnswer

    found = ask(question.table, question.models, question.query, hours_of(question))
    return ForecastAnswer(question.scenario.name, found)


def effort_answers(question: "Planned", answer: "ForecastAnswer") -> "EffortAnswers":
    """What the displayed models cost at each effort that they have a score at, where the length of
    answers is looked up, with these scores by key."""
    from llmcost.runtime.presets import effort_questions

    models = [line.model for line in answer.forecast.lines]
    return [
        (effort, answer_of(one), values)
        for effort, one, values in effort_questions(question, models, answer.ratings.scores)
    ]


def bounds_of(questions: Sequence["Planned"]) -> "Bounds":
    """What months cost at least and at most, by scenario and model, where tokens are estimated."""
    from llmcost.commands.forecast.compute import margins

    return {
        (one.scenario.name, key): costs
        for one in questions
        for key, costs in margins(one.table, one.models, one.query, hours_of(one)).items()
    }


def hours_of(question: "Planned") -> "Seasons":
    from llmcost.price_data.calendar import RealCalendar

    workload = question.query.workload
    return seasons(workload.traffic, RealCalendar(), workload.zone)


def with_months(question: Planned) -> Planned:
    """The question of a year's months, unless their number is said. Raises LlmcostError."""
    months = question.scenario.get("months", MONTHS)
    workload = replace(question.query.workload, months=months)
    check(question.scenario, workload)
    return replace(question, query=replace(question.query, workload=workload))


def check(scenario: Scenario, workload: "Workload") -> None:
    from llmcost.commands.forecast.compute import users_after

    if not has_requests(workload):
        raise scenario.refusal(
            say("add a workload (--requests-per-user)"),
            "mau",
            hint=say(
                "add --requests-per-user, --input-tokens and --output-tokens, or describe them in "
                "a file with -f; `llmcost budget --init` writes one"
            ),
        )
    if workload.mau is None:
        raise scenario.refusal(
            say("add the number of users (--mau)"),
            *("requests_per_user", "conversations_per_user", "percentiles"),
            hint=say("add --mau, for example --mau 100000"),
        )
    if users_after(workload, workload.months - 1) > money.MOST:
        raise scenario.refusal(
            say(
                "more than {most:,} users within {months} months",
                most=money.MOST,
                months=workload.months,
            ),
            *("growth", "mau"),
            hint=say("a slower growth, or fewer --months"),
        )


def gate(answers: Sequence["ForecastAnswer"], limit: money.Money | None) -> LlmcostError | None:
    """GateFailed if a month costs more than the limit on any model, in any scenario."""
    if limit is None:
        return None
    costs = [
        (name_of(line.model.key, answer.name), *found)
        for answer in answers
        for line in answer.forecast.lines
        if (found := first_over(answer, line, limit))
    ]
    return passed(limit, costs)


def first_over(
    answer: "ForecastAnswer", line: "ForecastLine", limit: money.Money
) -> tuple[Decimal, str] | None:
    """What the first month costs that costs more, and which one it is; None: none does."""
    rate = answer.forecast.query.exchange.rates
    for one in line.months:
        cost = money.convert(one.native or money.ZERO, line.case.currency, limit.currency, rate)
        if cost > limit.amount:
            return cost, f"{one.month:%Y-%m}"
    return None


def bare(answers: Sequence["ForecastAnswer"]) -> str:
    """One number: what all months cost together."""
    lines = [line for answer in answers for line in answer.forecast.lines]
    if len(lines) > 1:
        raise several_numbers([one.model.key for one in lines], len(answers))
    return "".join(f"{data(line.total)}\n" for line in lines)


def narrowed(
    answer: "ForecastAnswer", selection: "Selection[ForecastLine]"
) -> "Selection[ForecastLine]":
    """The first models, as many as stand side by side."""
    from llmcost.commands.forecast.view import blocks
    from llmcost.render.result_table import model_names_of

    lines = selection.rows
    cut = with_lines(answer, lines)
    rows = next(blocks(cut, lines, model_names_of(lines), width()), ())
    return replace(selection, rows=rows, rest=selection.rest + len(lines) - len(rows))


def with_lines(answer: "ForecastAnswer", lines: Sequence["ForecastLine"]) -> "ForecastAnswer":
    return replace(answer, forecast=replace(answer.forecast, lines=tuple(lines)))


def present(shown: Sequence["ForecastAnswer"], format: Format, notes: Sequence[str]) -> str:
    """Data in one piece; for people a table a scenario, and on a terminal its chart."""
    from llmcost.commands.forecast.view import document, machine

    if format in (Format.TABLE, Format.MD):
        return "\n".join(part for answer in shown for part in parts(answer, format))
    return render(format, machine=lambda: machine(shown), document=lambda: document(shown, notes))


def parts(answer: "ForecastAnswer", format: Format) -> list[str]:
    """The tables between headline and conclusion; and the chart of the first one, unless it has no
    room on the screen."""
    from llmcost.commands.forecast.view import COLUMNS, chart, conclusion, headline, tables

    head, end = headline(answer), conclusion(answer)
    if format is Format.MD:
        return [around(format, head, "\n".join(map(markdown, tables(answer))), end)]
    lines = answer.forecast.lines[:COLUMNS]
    text = around(format, head, "\n".join(map(draw, tables(answer, width()))), end)
    drawing = chart(answer, lines, width(), color=has_color(), legible=streams.legible)
    return [text, drawing] if drawing and fits_screen([text, "\n", drawing]) else [text]


def talk(
    answers: Sequence["ForecastAnswer"],
    shown: Sequence["ForecastAnswer"],
    selections: "Sequence[Selection[ForecastLine]]",
    *,
    everything: bool,
) -> list[str]:
    from llmcost.commands.forecast.view import notes
    from llmcost.render.wording import excluded_notes, more_models
    from llmcost.runtime.price_table import own_prices

    found = own_prices()
    found += more_models(max(one.rest for one in selections))
    for whole, part in zip(answers, shown, strict=True):
        found += notes(whole, part.forecast.lines)
        named = len(whole.forecast.excluded) if everything else MOST_NAMED
        found += excluded_notes(whole.forecast.excluded, named)
    return list(dict.fromkeys(found))
