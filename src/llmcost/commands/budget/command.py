"""`llmcost budget`: options to a month's cost, to users, or to what money buys."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import AgeOptions, OptionGroup, grouped
from llmcost.cli.output import WIDE, Output, draw, format_for, render, width
from llmcost.cli.workload_options import takes_workload
from llmcost.commands.budget.budget_answers import (
    NEEDS,
    SEED,
    all_notes,
    answer_of,
    cut,
    failures,
    questions_of,
)
from llmcost.errors import LlmcostError, UsageError
from llmcost.language import _, told
from llmcost.messages import joined, say, visible
from llmcost.render.table import Format
from llmcost.runtime import standard_streams as streams
from llmcost.runtime.gates import limit_of, name_of, passed
from llmcost.runtime.scenario import model_notes, refuse_idle, refuse_unused, scenarios_of
from llmcost.workload.fields import Given

if TYPE_CHECKING:
    from llmcost.commands.budget.compute import BudgetAnswer, BudgetLine

TOP = 20
MOST_NAMED = 4
UNUSED = dict.fromkeys(("growth", "decline", "total_budget"), say("`llmcost forecast` uses it"))
"""Fields that only months ahead depend on, and the hint to each."""

File = Annotated[
    Path | None, typer.Option("-f", "--file", metavar="FILE", help="Workload file (YAML).")
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option("--scenario", metavar="NAME", help="Scenario of the file to use."),
]


class WorkloadFileOptions(OptionGroup, frozen=True):
    """The file of the workload, or what is known of such files."""

    file: File = None
    scenario: Scenarios = None
    init: Annotated[
        bool, typer.Option("--init", help="Write a commented workload file and exit.")
    ] = False
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of workload files.")
    ] = False

    def about_files(self, given: Given) -> Output | None:
        """What --init and --schema ask for, beside which there is no workload. Raises
        UsageError."""
        for name, is_given in (("--init", self.init), ("--schema", self.schema)):
            options.refuse_beside(name, is_given, {one.place: True for one in given.values()})
        if self.init:
            return new_file(self.file)
        if self.schema:
            streams.write_utf8()
            return Output(workload_schema())
        return None


class BudgetOutputOptions(OptionGroup, frozen=True):
    """Which lines are shown, and in which form."""

    top: Annotated[
        int | None,
        typer.Option(
            "--top", metavar="N", min=1, help=f"Number of rows; default on a terminal: {TOP}."
        ),
    ] = None
    all_: Annotated[bool, typer.Option("--all", help="Show every model.")] = False
    format: options.PageFormat = None
    quality: options.QualityFile = None
    quiet: options.Quiet = False
    explain: options.Explain = False

    def chosen_format(self) -> Format:
        """The trails of --explain go with a table."""
        return Format.TABLE if self.explain and self.format is None else format_for(self.format)

    def shown(
        self, answers: Sequence["BudgetAnswer"], format: Format, given: Given
    ) -> list["BudgetAnswer"]:
        """The answers with the lines to show; free models only if they are asked for, in a table
        that a person reads."""
        is_read = format in (Format.TABLE, Format.MD)
        paid = is_read and not self.all_ and "model" not in given
        usual = TOP if self.top is None and format is Format.TABLE else self.top
        most = None if self.all_ else usual
        shown = [cut(answer, most, paid=paid) for answer in answers]
        return aligned(answers, shown) if is_read else shown

    def refuse_idle(self) -> None:
        """Refuse options that the others leave without effect. Raises UsageError."""
        top, explain = {"--top": self.top is not None}, {"--explain": self.explain}
        views = {"--format": self.format is not None, **top, "--all": self.all_, **explain}
        options.refuse_beside("-q", self.quiet, views)
        options.refuse_beside("--all", self.all_, top)
        is_rows = self.format in (Format.TSV, Format.CSV)
        options.refuse_beside(f"--format {self.format}", is_rows, explain)


@takes_workload
@grouped
def budget(
    *,
    given: Given,
    workload: WorkloadFileOptions,
    output: BudgetOutputOptions,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            min=0,
            help=f"Random seed of the simulated users; default: {SEED}.",
        ),
    ] = None,
    fail_over: Annotated[
        str | None,
        typer.Option(
            "--fail-over", metavar="AMOUNT", help='Exit 3 if a month costs more, e.g. "100 yuan".'
        ),
    ] = None,
    age: AgeOptions,
) -> Output:
    """Show what a budget buys, or what a workload costs.

    With a budget: tokens in total and per user. With requests per user: the monthly bill, and how
    many users fit the budget. Amounts are per month.

    Examples:
      llmcost budget --mau 5000000 --yuan 10000
      llmcost budget --yuan 10000 --input-tokens 500 --output-tokens 200
      llmcost budget -f workload.yaml --yuan 10000
    """
    if (about := workload.about_files(given)) is not None:
        return about
    from llmcost.cli.output import scores_of

    output.refuse_idle()
    refuse_unused("budget", given, UNUSED)
    scores = scores_of(output.quality, output.format or Format.TABLE)
    limit, oldest = limit_of(fail_over), age.oldest
    scenarios = scenarios_of(workload.file, workload.scenario or [], given)
    chosen_seed = SEED if seed is None else seed
    questions = questions_of(scenarios, workload.file, age.prices, limit, everything=output.all_)
    answers = [answer_of(one, chosen_seed) for one in questions]
    refuse_idle(given, scenarios, NEEDS)
    differ = any(one.users is not None for one in answers)
    options.refuse_without("--spread", differ, {"--seed": seed is not None})
    failure, also = failures(answers, gate(answers, limit), oldest)
    if output.quiet:
        return Output(bare(answers), also, failure)
    format = output.chosen_format()
    shown = output.shown(answers, format, given)
    legend = marks(shown) if format in (Format.TABLE, Format.MD) else []
    answered = all_notes(answers, shown, everything=output.all_)
    notes = [*legend, *answered, *also, *model_notes(questions)]
    if format is Format.HTML:
        from llmcost.commands.budget.page import budget_html

        return Output(budget_html(shown, notes, scores), notes, failure)
    return Output(present(shown, format, explain=output.explain), notes, failure)


def new_file(file: Path | None) -> Output:
    """The template on stdout, or in a file that is not there yet."""
    from llmcost.files import create
    from llmcost.workload.file import template

    text = told(template())
    if file in (None, Path("-")):
        streams.write_utf8()
        return Output(text)
    create(file, text.encode())
    said = say("wrote {path}; `llmcost budget -f` reads it", path=visible(str(file)))
    return Output("", [said])


def workload_schema() -> str:
    from llmcost.render.table import json_text
    from llmcost.workload.workload_schema import json_schema

    return json_text(json_schema())


def gate(answers: Sequence["BudgetAnswer"], limit: money.Money | None) -> LlmcostError | None:
    """GateFailed if a month costs more than the limit on any model, in any scenario."""
    if limit is None:
        return None
    costs = []
    for answer in answers:
        rate = answer.budget.query.exchange.rate
        for line in answer.budget.lines:
            if line.monthly is None:
                raise UsageError(
                    say("--fail-over needs a workload"),
                    hint=say("say it with --requests-per-user"),
                )
            name = name_of(line.model.key, answer.name)
            costs.append((name, line.monthly.native.to(limit.currency, rate).amount, ""))
    return passed(limit, costs)


def bare(answers: Sequence["BudgetAnswer"]) -> str:
    """One number: the month's cost; without users how many the money carries; or the tokens."""
    lines = [line for answer in answers for line in answer.budget.lines]
    if len(lines) > 1:
        raise several_numbers([one.model.key for one in lines], len(answers))
    return "".join(
        f"{number_of(answer, line)}\n" for answer in answers for line in answer.budget.lines
    )


def several_numbers(keys: Sequence[str], scenarios: int) -> UsageError:
    """The refusal of -q where each of these models, of so many scenarios, has its number."""
    from llmcost.render.text import few

    names = list(dict.fromkeys(f"`{key}`" for key in keys))
    models = few(names, MOST_NAMED)
    hints = [say("name one model: {models}", models=models)] if len(names) > 1 else []
    hints += [say("choose one scenario with --scenario")] if scenarios > 1 else []
    said = say("-q prints one number, not {number}", number=len(keys))
    return UsageError(said, hint=joined(hints, "; "))


def number_of(answer: "BudgetAnswer", line: "BudgetLine") -> str:
    from llmcost.render.text import plain

    workload = answer.budget.query.workload
    if line.monthly is None:
        bought = line.purchase and (line.purchase.mixed or line.purchase.input_only)
        return unlimited(bought.tokens if bought else None)
    if workload.mau is None:
        return unlimited(line.monthly.most_users)
    return plain(line.monthly.cost.amount)


def unlimited(number: int | None) -> str:
    return "inf" if number is None else str(number)


def aligned(
    answers: Sequence["BudgetAnswer"], shown: Sequence["BudgetAnswer"]
) -> list["BudgetAnswer"]:
    """With the models of all, where scenarios stand side by side: none has a hole in its column
    that is just not among its own first."""
    from msgspec.structs import replace

    from llmcost.commands.budget.view import are_side_by_side

    if not are_side_by_side(shown):
        return list(shown)
    keys = {line.model.key for answer in shown for line in answer.budget.lines}
    kept = [[one for one in whole.budget.lines if one.model.key in keys] for whole in answers]
    return [
        replace(whole, budget=replace(whole.budget, lines=tuple(lines)))
        for whole, lines in zip(answers, kept, strict=True)
    ]


def marks(shown: Sequence["BudgetAnswer"]) -> list[str]:
    """What the marks in a table of scenarios mean."""
    from llmcost.commands.budget.view import are_side_by_side

    months = [line.monthly for answer in shown for line in answer.budget.lines]
    over = any(month is not None and month.holds is False for month in months)
    return [say("! marks more than the budget")] if over and are_side_by_side(shown) else []


def present(shown: Sequence["BudgetAnswer"], format: Format, *, explain: bool) -> str:
    """Data in one piece; for people a table a scenario, or one that lays them side by side."""
    from llmcost.commands.budget.view import machine
    from llmcost.tokenizers.estimator import RATIOS

    if format in (Format.TABLE, Format.MD):
        return people(shown, format, explain=explain)
    return render(
        format,
        human=lambda: machine(shown, RATIOS),
        machine=lambda: machine(shown, RATIOS),
        document=lambda: document_of(shown),
    )


def people(shown: Sequence["BudgetAnswer"], format: Format, *, explain: bool) -> str:
    from llmcost.commands.budget.view import explained, tables
    from llmcost.render.table import literal, markdown
    from llmcost.tokenizers.estimator import RATIOS

    written = draw if format is Format.TABLE else markdown
    wide = format is Format.MD or width() >= WIDE
    grids = [written(one) for one in tables(shown, RATIOS, wide=wide)]
    if len(grids) > 1:
        mark = literal if format is Format.MD else str
        names = [mark(visible(answer.name)) for answer in shown]
        grids = [f"{name}\n\n{one}" for name, one in zip(names, grids, strict=True)]
    trails = [
        _("{name}: {text}", name=visible(answer.name), text=explained(line))
        if answer.name
        else explained(line)
        for answer in (shown if explain else ())
        for line in answer.budget.lines
    ]
    return "\n".join([*grids, *trails])


def document_of(shown: Sequence["BudgetAnswer"]) -> dict[str, Any]:
    from llmcost.commands.budget.document import document
    from llmcost.tokenizers.estimator import RATIOS

    return document(shown, RATIOS)
