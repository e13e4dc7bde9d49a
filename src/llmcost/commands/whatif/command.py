"""`llmcost whatif`: options to a workload whose inputs are moved."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from msgspec.structs import replace

from llmcost.cli import options
from llmcost.cli.option_groups import RowOptions, grouped
from llmcost.cli.output import Output, around, draw, format_for, render, width
from llmcost.cli.workload_options import takes_workload
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.pricing.price_rows import PriceState
from llmcost.render.table import Format, markdown
from llmcost.runtime.gates import nothing_priced
from llmcost.runtime.scenario import (
    Planned,
    Scenario,
    planned_each,
    refuse_idle,
    refuse_unused,
    scenarios_of,
)
from llmcost.workload.fields import Given
from llmcost.workload.quantities import share
from llmcost.workload.traffic import has_requests

if TYPE_CHECKING:
    from llmcost.commands.budget.compute import Budget
    from llmcost.commands.whatif.compute import Study

MOST_NAMED = 4
FORECAST = say("`llmcost forecast` uses it")
BUDGET = say("`llmcost budget` uses it")
UNUSED = {
    **dict.fromkeys(("growth", "decline", "total_budget"), FORECAST),
    **dict.fromkeys(("revenue_per_user", "paying_share", "spread", "mix"), BUDGET),
    **dict.fromkeys(("vs", "copies", "acquisition_cost"), BUDGET),
}
"""Fields that a month's cost does not depend on, and what does."""
NEEDS = {"months": ("fine_tune_tokens",), "effort": ("preset",)}
"""Fields that have no effect without one of others."""


@takes_workload
@grouped
def whatif(
    *,
    given: Given,
    file: options.WorkloadFile = None,
    scenario: options.ScenarioNames = None,
    by: Annotated[
        str, options.option("--by SHARE", "Relative change applied to each input.")
    ] = "20%",
    rows: RowOptions,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """Show which assumptions move the bill most.

    Each input is changed down and up by a share while the others stay, on one model: the cheapest,
    or those of -m. Amounts are per month.

    Examples:
      llmcost whatif --requests-per-user 30 --input-tokens 500 --output-tokens 200
      llmcost whatif -f workload.yaml --by 50%
      llmcost whatif -f workload.yaml -m deepseek-chat
    """
    moved = share_of(by)
    refuse_unused("whatif", given, UNUSED)
    scenarios = scenarios_of(file, scenario or [], given)
    refuse_idle(given, scenarios, NEEDS)
    questions = [*planned_each(scenarios, file, prices)]
    studies = [study_of(one, moved) for one in questions]
    rows.refuse_idle_rows()
    format = format_for(format)
    of_models = [note for one in questions for note in one.selection.notes]
    is_concluded = format in (Format.TABLE, Format.MD)
    notes = [*talk(studies, scenarios, is_concluded=is_concluded), *of_models]
    return Output(present(studies, format, rows), notes, brief=rows.few(notes))


def share_of(text: str) -> Decimal:
    found = share(text)
    if not found:
        raise UsageError(
            say("--by must be a share above 0, up to 100%: `{text}`", text=text),
            hint=say("for example --by 20%"),
        )
    return found


def study_of(question: Planned, by: Decimal) -> "Study":
    from llmcost.commands.budget.compute import BudgetAnswer, budget
    from llmcost.commands.whatif.compute import settled, study

    scenario = question.scenario
    if not has_requests(question.query.workload):
        raise scenario.refusal(
            say("add a workload (--requests-per-user)"),
            "mau",
            hint=say("give --requests-per-user with --input-tokens and --output-tokens"),
        )
    found = budget(question.table, question.models, settled(question.query))
    answer = BudgetAnswer(scenario.name, found if "model" in scenario.said else cheapest(found))
    failure = nothing_priced(answer.budget.lines, found.excluded, scenario.name)
    if failure is not None:
        raise failure
    return study(question.table, answer, by)


def cheapest(found: "Budget") -> "Budget":
    """The answer of the cheapest model that has a price."""
    from llmcost.commands.budget.compute import Budget

    priced = [line for line in found.lines if line.case.row.state is PriceState.PRICED]
    return Budget(found.query, tuple(priced[:1]), ())


def present(studies: Sequence["Study"], format: Format, rows: RowOptions) -> str:
    from llmcost.commands.whatif import view as study

    if format in (Format.TABLE, Format.MD):
        return "\n".join(pages(studies, format, rows))
    return render(
        format, machine=lambda: study.machine(studies), document=lambda: study.document(studies)
    )


def pages(studies: Iterable["Study"], format: Format, rows: RowOptions) -> Iterator[str]:
    """For people a table a model, between its title and what matters most."""
    from llmcost.commands.whatif.view import conclusion, human, title
    from llmcost.render.wording import more_rows

    drawn = draw if format is Format.TABLE else markdown
    for one in studies:
        for found in one.found:
            head, end = f"{title(one, found)}\n", conclusion(found)
            shown = rows.first(found.rows, format, [head, "header", end, "", ""])
            table = human(one, replace(found, rows=shown), width())
            more = more_rows(len(found.rows) - len(shown))
            yield around(format, head, drawn(table), more + end)


def talk(
    studies: Sequence["Study"], scenarios: Iterable[Scenario], *, is_concluded: bool
) -> list[str]:
    from llmcost.commands.whatif.view import talk as talk_of
    from llmcost.render.wording import excluded_notes
    from llmcost.runtime.price_table import cheapest_note, own_prices

    found = own_prices()
    if not all("model" in one.said for one in scenarios):
        found.append(cheapest_note())
    for one in studies:
        found += talk_of(one, is_concluded=is_concluded)
        found += excluded_notes(one.answer.budget.excluded, MOST_NAMED)
    return list(dict.fromkeys(found))
