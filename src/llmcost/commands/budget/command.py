"""`llmcost budget`: options to a month's cost, to users, or to what money buys."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import replace

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import AgeOptions, OptionGroup, ResultOptions, grouped
from llmcost.cli.output import (
    MOST_ROWS,
    Output,
    around,
    draw,
    printed_lines,
    render,
    rows_beside,
    screen_lines,
    width,
)
from llmcost.cli.workload_options import takes_workload
from llmcost.commands.budget.budget_answers import (
    NEEDS,
    SEED,
    all_notes,
    answer_of,
    effort_answers,
    failures,
    good_questions,
    questions_of,
)
from llmcost.errors import LlmcostError, UsageError
from llmcost.files import create
from llmcost.language import _, told
from llmcost.messages import joined, say, visible
from llmcost.render.table import Format, Grid, markdown
from llmcost.render.text import data, few
from llmcost.runtime import standard_streams as streams
from llmcost.runtime.gates import limit_of, name_of, passed
from llmcost.runtime.option_values import named_models
from llmcost.runtime.scenario import (
    Planned,
    first_others,
    model_notes,
    others_beside,
    refuse_idle,
    refuse_unused,
    scenarios_of,
)
from llmcost.workload.fields import Given

if TYPE_CHECKING:
    from llmcost.commands.budget.compute import BudgetAnswer, BudgetLine
    from llmcost.pricing.catalog import Outside
    from llmcost.render.quality_scores import Ratings, Scores
    from llmcost.render.result_table import Selection
    from llmcost.runtime.quality_choice import QualityChoice

MOST_NAMED = 4
UNUSED = dict.fromkeys(("growth", "decline", "total_budget"), say("`llmcost forecast` uses it"))
"""Fields that only months ahead depend on, and the hint to each."""


class WorkloadFileOptions(OptionGroup, frozen=True):
    """The file of the workload, or what is known of such files."""

    file: options.WorkloadFile = None
    scenario: options.ScenarioNames = None
    init: Annotated[bool, options.option("--init", "Write a commented workload file and exit.")] = (
        False
    )
    schema: Annotated[
        bool, options.option("--schema", "Print the JSON Schema of workload files.")
    ] = False

    def about_files(self, given: Given) -> Output | None:
        """What --init and --schema ask for, beside which there is no workload. Raises
        UsageError."""
        for name, is_given in (("--init", self.init), ("--schema", self.schema)):
            options.refuse_beside(name, is_given, {one.place: True for one in given.values()})
        if self.init:
            return new_file(self.file)
        if self.schema:
            from llmcost.files import bundled

            streams.write_utf8()
            return Output(bundled("workload.schema.json").read_text("utf-8"))
        return None


class BudgetSort(StrEnum):
    """The order of rows: that of the answer, or the best for the money first."""

    COST = "cost"
    VALUE = "value"


class BudgetOutputOptions(ResultOptions, frozen=True):
    """The form of a budget, and the order of its rows."""

    sort: Annotated[BudgetSort, options.option("--sort", "Order of the rows.")] = BudgetSort.COST


@takes_workload
@grouped
def budget(
    *,
    given: Given,
    workload: WorkloadFileOptions,
    output: BudgetOutputOptions,
    seed: Annotated[
        int | None,
        options.option("--seed N", f"Random seed of the simulated users; default: {SEED}.", min=0),
    ] = None,
    fail_over: Annotated[
        str | None,
        options.option("--fail-over AMOUNT", 'Exit 3 if a month costs more, e.g. "100 yuan".'),
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
    from llmcost.runtime.quality_choice import quality_choice

    refuse_idle_views(output)
    refuse_unused("budget", given, UNUSED)
    format = output.chosen_format()
    quality = quality_choice(output.quality, output.min_quality, is_bare=output.is_bare)
    limit, oldest = limit_of(fail_over), age.oldest
    scenarios = scenarios_of(workload.file, workload.scenario or [], given)
    questions = questions_of(scenarios, workload.file, age.prices, limit, everything=output.all_)
    questions = good_questions(questions, quality)
    first = SEED if seed is None else seed
    answers = [answer_of(one, first, is_bare=output.is_bare) for one in questions]
    refuse_idle(given, scenarios, NEEDS)
    differ = any(one.users is not None for one in answers)
    options.refuse_without("--spread", differ, {"--seed": seed is not None})
    failure, also = failures(answers, gate(answers, limit), oldest)
    if output.quiet:
        return Output(bare(answers), also, failure)
    named = [named_models(one.get("model") or ()) for one in scenarios]
    others = [] if output.is_bare else [others_beside(one) for one in questions]
    view = BudgetView(answers, questions, others, named, output, format, quality)
    if output.get is not None:
        return Output(view.field(), also, failure)
    return view.output(also, failure)


def refuse_idle_views(output: BudgetOutputOptions) -> None:
    """Refuse options that the others leave without effect. Raises UsageError."""
    output.refuse_idle()
    options.refuse_beside("-q", output.quiet, {"--sort": output.sort is not BudgetSort.COST})
    is_rows = output.format in (Format.TSV, Format.CSV)
    options.refuse_beside(f"--format {output.format}", is_rows, {"--explain": output.explain})


def new_file(file: Path | None) -> Output:
    """The template on stdout, or in a file that is not there yet."""
    from llmcost.workload.file import template

    text = told(template())
    if file in (None, Path("-")):
        streams.write_utf8()
        return Output(text)
    create(file, text.encode())
    said = say("wrote {path}; `llmcost budget -f` reads it", path=visible(str(file)))
    return Output("", [said])


def gate(answers: Sequence["BudgetAnswer"], limit: money.Money | None) -> LlmcostError | None:
    """GateFailed if a month costs more than the limit on any model, in any scenario."""
    if limit is None:
        return None
    costs = []
    for answer in answers:
        rate = answer.budget.query.exchange.rates
        for line in answer.budget.lines:
            if line.monthly is None:
                raise UsageError(
                    say("--fail-over needs a workload"),
                    hint=say("add --requests-per-user"),
                )
            name = name_of(line.model.key, answer.name)
            costs.append((name, line.monthly.native.to(limit.currency, rate).amount, ""))
    return passed(limit, costs)


def bare(answers: Sequence["BudgetAnswer"]) -> str:
    """One number: the month's cost; without users how many the money carries; or the tokens, those
    of each user where there are users."""
    lines = [line for answer in answers for line in answer.budget.lines]
    if len(lines) > 1:
        raise several_numbers([one.model.key for one in lines], len(answers))
    return "".join(
        f"{number_of(answer, line)}\n" for answer in answers for line in answer.budget.lines
    )


def several_numbers(keys: Sequence[str], scenarios: int) -> UsageError:
    """The refusal of -q where each of these models, of so many scenarios, has its number."""
    names = list(dict.fromkeys(f"`{key}`" for key in keys))
    models = few(names, MOST_NAMED)
    hints = [say("name one model: {models}", models=models)] if len(names) > 1 else []
    hints += [say("choose one scenario with --scenario")] if scenarios > 1 else []
    said = say("-q prints one number, not {number}", number=len(keys))
    return UsageError(said, hint=joined(hints, "; "))


def number_of(answer: "BudgetAnswer", line: "BudgetLine") -> str:
    workload = answer.budget.query.workload
    if line.monthly is not None:
        if workload.mau is None:
            return unlimited(line.monthly.most_users)
        return data(line.monthly.cost.amount)
    if line.purchase is None:
        return unlimited(None)
    bought = line.purchase.mixed or line.purchase.input_only
    return unlimited(bought.tokens) if bought.per_user is None else data(bought.per_user)


def unlimited(number: int | None) -> str:
    return "inf" if number is None else str(number)


def budgets_headline(answers: Sequence["BudgetAnswer"]) -> str:
    """What the figures of several budgets are; nothing for bills."""
    from llmcost.commands.budget.view import is_budgets

    if not is_budgets(answers):
        return ""
    return _("Input tokens that a month's budget buys, most first:") + "\n"


class BudgetView(msgspec.Struct, frozen=True):
    """What is displayed of the answers. `others`: models on sale that each did not compare;
    `named`: those that the user named for each."""

    answers: Sequence["BudgetAnswer"]
    questions: Sequence["Planned"]
    others: Sequence["Outside | None"]
    named: Sequence[Collection[str] | None]
    options: BudgetOutputOptions
    format: Format
    quality: "QualityChoice"

    @property
    def ratings(self) -> "list[Ratings]":
        """The scores beside the costs of each scenario."""
        from llmcost.commands.budget.view import ranking_costs

        return [
            self.quality.at(one.budget.query.workload.effort).ratings(
                ranking_costs(one), one.budget.query.at.date()
            )
            for one in self.answers
        ]

    def ordered(self) -> "list[Sequence[BudgetLine]]":
        """The lines of each scenario in the order of --sort."""
        if self.options.sort is BudgetSort.COST:
            return [one.budget.lines for one in self.answers]
        return [
            sorted(answer.budget.lines, key=lambda line, by=by: by.layer(line.model))  # type: ignore[misc]
            for answer, by in zip(self.answers, self.ratings, strict=True)
        ]

    def selections(self, fitting: int = MOST_ROWS) -> "list[Selection[BudgetLine]]":
        """The rows of each scenario; where they stand side by side, all have the models of all."""
        from llmcost.commands.budget.view import are_side_by_side, equal_rows

        is_aligned = self.is_read and are_side_by_side(self.answers)
        found = [
            self.options.select(
                *(lines, self.format),
                named=named,
                same=None if is_aligned else equal_rows,
                fitting=fitting,
            )
            for lines, named in zip(self.ordered(), self.named, strict=True)
        ]
        if not is_aligned:
            return found
        keys = {line.model.key for one in found for line in one.rows}
        return [
            replace(one, rows=[line for line in answer.budget.lines if line.model.key in keys])
            for one, answer in zip(found, self.answers, strict=True)
        ]

    @property
    def is_read(self) -> bool:
        """Whether a person reads it as a table."""
        return self.format in (Format.TABLE, Format.MD)

    def shown(self, selections: "Sequence[Selection[BudgetLine]]") -> "list[BudgetAnswer]":
        """The answers with the rows that are displayed."""
        return [
            replace(answer, budget=replace(answer.budget, lines=tuple(one.rows)))
            for answer, one in zip(self.answers, selections, strict=True)
        ]

    def field(self) -> str:
        """The figure of --get, of each scenario and model."""
        from llmcost.commands.budget.view import BudgetTable, columns
        from llmcost.tokenizers.estimator import RATIOS

        view = replace(self, format=Format.TSV)
        each = zip(self.answers, view.selections(), self.ratings, strict=True)
        return "".join(
            self.options.field(columns(BudgetTable(answer, RATIOS, ratings=by)), one.rows)
            for answer, one, by in each
        )

    def output(self, also: Sequence[str], failure: LlmcostError | None) -> Output:
        """The rows that fit beside the other lines of a screen, in the format."""
        selections = self.selections()
        if self.format is Format.TABLE and len(self.answers) == 1:
            selections = self.selections(rows_beside(len(self.lines_around(selections, also))))
        notes = [*self.notes(selections), *also]
        shown, brief = self.shown(selections), self.brief(selections, notes)
        if self.format is Format.HTML:
            from llmcost.commands.budget.page import budget_html

            efforts = [
                effort_answers(question, [line.model for line in answer.budget.lines], one.scores)
                for question, answer, one in zip(self.questions, shown, self.ratings, strict=True)
            ]
            return Output(budget_html(shown, notes, self.ratings, efforts), notes, failure, brief)
        return Output(self.written(selections, shown, notes), notes, failure, brief)

    def lines_around(
        self, selections: "Sequence[Selection[BudgetLine]]", also: Sequence[str]
    ) -> list[str]:
        """The lines of a screen that are not rows."""
        notes = [*self.notes(selections), *also]
        texts = [text for head, _grid, end in self.tables(selections) for text in (head, end)]
        printed = printed_lines(notes, self.brief(selections, notes))
        return [*screen_lines(["header", *texts, *printed]), "", ""]

    def notes(self, selections: "Sequence[Selection[BudgetLine]]") -> list[str]:
        shown, rests = self.shown(selections), [one.rest for one in selections]
        legend = marks(shown) if self.is_read else []
        found = all_notes(self.answers, shown, rests, everything=self.options.all_)
        scored = self.quality_notes(selections)
        return [*legend, *found, *model_notes(self.questions, self.others), *scored]

    def quality_notes(self, selections: "Sequence[Selection[BudgetLine]]") -> list[str]:
        """What the column of scores is, where there is one."""
        from llmcost.commands.budget.view import are_side_by_side
        from llmcost.runtime.quality_choice import quality_notes

        if self.is_read and are_side_by_side(self.answers):
            return []
        models = {line.model.key: line.model for one in selections for line in one.rows}
        notes = (quality_notes(one, [*models.values()], self.day) for one in self.scores)
        return list(dict.fromkeys(chain.from_iterable(notes)))

    @property
    def scores(self) -> "list[Scores | None]":
        """Those of each effort that a scenario has."""
        efforts = dict.fromkeys(one.budget.query.workload.effort for one in self.answers)
        return [self.quality.at(one).scores for one in efforts]

    @property
    def day(self) -> date:
        return self.answers[0].budget.query.at.date()

    def brief(
        self, selections: "Sequence[Selection[BudgetLine]]", notes: Sequence[str]
    ) -> list[list[str]] | None:
        from llmcost.commands.budget.view import are_side_by_side
        from llmcost.commands.budget.workload_notes import legend
        from llmcost.runtime.presets import preset_legend
        from llmcost.runtime.quality_choice import effort_hint, quality_legend

        shown = self.shown(selections)
        examples = [part for one in self.questions for part in preset_legend(one.scenario.said)]
        parts = [*examples, *(part for one in shown for part in legend(one, one.budget.lines))]
        if not are_side_by_side(self.answers):
            models = [line.model for one in selections for line in one.rows]
            whole = [line.model for one in self.answers for line in one.budget.lines]
            for scores in self.scores[::-1]:
                named = quality_legend(scores, models, self.day)
                parts = [*named, *parts, *effort_hint(scores, whole, self.day)]
        marked = marks(shown) if self.is_read else []
        return self.options.brief(
            dict.fromkeys([*marked, *parts]),
            sum(len(one.rows) for one in selections),
            max(one.rest for one in selections),
            max(len(one.free) for one in selections),
            max(len(one.budget.excluded) for one in self.answers),
            notes,
            first_others(self.others),
        )

    def written(
        self,
        selections: "Sequence[Selection[BudgetLine]]",
        shown: Sequence["BudgetAnswer"],
        notes: Sequence[str],
    ) -> str:
        """Data in one piece; for people a table a scenario, or one that has them side by side."""
        from llmcost.commands.budget.budget_notes import explained
        from llmcost.commands.budget.document import document
        from llmcost.commands.budget.view import machine
        from llmcost.tokenizers.estimator import RATIOS

        if not self.is_read:
            return render(
                self.format,
                machine=lambda: machine(shown, RATIOS, self.ratings),
                document=lambda: document(shown, RATIOS, notes, self.ratings),
            )
        form = draw if self.format is Format.TABLE else markdown
        tables = [
            around(self.format, head, form(grid), end)
            for head, grid, end in self.tables(selections)
        ]
        trails = [
            _("{name}: {text}", name=visible(answer.name), text=text) if answer.name else text
            for answer, by in zip(shown, self.ratings, strict=True)
            for line in (answer.budget.lines if self.options.explain else ())
            for text in (explained(line, by.trail(line.model)),)
        ]
        return "\n".join([*tables, *trails])

    def tables(
        self, selections: "Sequence[Selection[BudgetLine]]"
    ) -> "Iterator[tuple[str, Grid, str]]":
        """Each table between what stands before and after it."""
        from llmcost.commands.budget import budget_notes, view
        from llmcost.tokenizers.estimator import RATIOS

        if view.are_side_by_side(self.answers):
            yield budgets_headline(self.answers), view.side_by_side(self.shown(selections)), ""
            return
        room = None if self.format is Format.MD else width()
        for answer, one, by in zip(self.answers, selections, self.ratings, strict=True):
            table = view.BudgetTable(answer, RATIOS, one, by)
            name = f"{visible(answer.name)}\n\n" if answer.name else ""
            grid = view.drawn(table, one.rows, room)
            yield (
                name + budget_notes.headline(table),
                grid,
                budget_notes.conclusion(table, one.rows),
            )


def marks(shown: Sequence["BudgetAnswer"]) -> list[str]:
    """What the marks in a table of scenarios mean."""
    from llmcost.commands.budget.view import are_side_by_side

    months = [line.monthly for answer in shown for line in answer.budget.lines]
    over = any(month is not None and month.holds is False for month in months)
    return [say("! marks more than the budget")] if over and are_side_by_side(shown) else []
