"""`llmcost tasks TASK`: options to a comparison of models by what the task costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from llmcost import money
from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.option_groups import (
    AgeOptions,
    BillingOptions,
    CurrencyOptions,
    ModelOptions,
    OptionGroup,
    RowOptions,
    TimeOptions,
    grouped,
)
from llmcost.cli.output import Output, around, format_for, render, rows_beside, width
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.render.table import Format
from llmcost.runtime import option_values
from llmcost.runtime.gates import nothing_priced, one_of, too_old

if TYPE_CHECKING:
    from llmcost.commands.tasks.compute import TaskComparison
    from llmcost.commands.tasks.view import TaskTable
    from llmcost.pricing.output_lengths import AnswerLengths
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.pricing.terms import Terms
    from llmcost.runtime.quality_choice import QualityChoice

AROUND = 8  # lines of a screen beside the rows
SOLVING = "percent"
"""The unit of sets whose score is a share of tasks that are solved."""


class TaskOptions(OptionGroup, frozen=True, kw_only=True):
    """Which task, and how it is done."""

    name: Annotated[
        str | None,
        Argument(
            metavar="[TASK]",
            help="Task to compare models for; without one, all tasks are listed.",
            autocompletion=options.complete_task,
        ),
    ] = None
    effort: options.Effort = None
    input_tokens: Annotated[
        str | None, options.option("--input-tokens N", "Input tokens of the task.")
    ] = None
    calls: Annotated[
        int, options.option("--calls N", "Number of tasks.", min=1, max=money.MOST)
    ] = 1
    learn: options.Learn = None
    explain: options.Explain = False
    billing: BillingOptions

    def refuse_idle(self, format: Format) -> None:
        """Refuse --explain where there are no rows for people. Raises UsageError."""
        is_table = self.name is not None and format in (Format.TABLE, Format.MD)
        options.refuse_without("TASK --format table", is_table, {"--explain": self.explain})


@grouped
def compare(
    *,
    task: TaskOptions,
    models: ModelOptions,
    quality: options.QualityFile = None,
    min_quality: options.MinQuality = None,
    time: TimeOptions,
    currency: CurrencyOptions,
    rows: RowOptions,
    format: options.FormatName = None,
    age: AgeOptions,
) -> Output:
    """Compare models by what a task costs, with thinking, and by cost per solved task.

    Without a task, all tasks are listed with the length of their answers. Scores are LiveBench's,
    at the same effort.

    Examples:
      llmcost tasks
      llmcost tasks summarize --effort high
      llmcost tasks code-edit --effort high -m claude,gpt,qwen --currency CNY
    """
    from llmcost.commands.tasks import view
    from llmcost.pricing.terms import Terms
    from llmcost.runtime.answer_lengths import answer_lengths
    from llmcost.runtime.price_table import others_of, selection_notes, table_for
    from llmcost.runtime.quality_choice import quality_choice

    format = format_for(format)
    task.refuse_idle(format)
    if task.name is None:
        return listed(format)
    thinks = task.billing.thinking
    lengths = answer_lengths(task.name, task.effort, thinks=thinks)
    effort = task.effort or ("thinking" if lengths.thinks else "")
    scores = quality_choice(quality or "livebench", min_quality, effort)
    when = time.when
    terms = Terms(
        at=when.at, hours=when.hours, calls=task.calls, conditions=task.billing.conditions
    )
    table = table_for(age.prices, terms)
    selection = models.chosen(table, terms.at, everything=rows.all_)
    selection = scores.good_selection(selection, terms.at.date())
    result = compared(task, table, selection.models, terms, lengths, currency, scores)
    costs = [(one.model, one.line.cost.amount) for one in result.lines if not one.is_free]
    ratings = scores.ratings(costs, terms.at.date())
    shown = rows.select(*(result.lines, format), named=models.named, fitting=rows_beside(AROUND))
    tasks = view.TaskTable(result, ratings, currency.currency is None, shown)
    others = others_of(
        *(table, selection, terms.at, result.estimate.exchange, usage_of(result, lengths))
    )
    failure, also = one_of(
        too_old(lambda: view.prices_of(result), age.oldest),
        nothing_priced(result.lines, result.estimate.excluded),
    )
    notes = [*view.notes(tasks, shown.rows, lengths), *selection_notes(selection, others), *also]
    parts = [*selection.notes, *view.legend(tasks, shown.rows)]
    counts = len(shown.rows), shown.rest, len(shown.free), len(result.estimate.excluded)
    brief = rows.brief(parts, *counts, notes, others)
    return Output(written(tasks, format, notes, explain=task.explain), notes, failure, brief)


def usage_of(result: "TaskComparison", lengths: "AnswerLengths") -> tuple[int, int]:
    """The tokens of a request, by which the cheapest of other models is looked for."""
    mean = lengths.of_class.mean
    return result.input, round(mean * result.input if lengths.of_class.is_ratio else mean)


def compared(
    task: TaskOptions,
    table: "PriceTable",
    models: "Sequence[Model]",
    terms: "Terms",
    lengths: "AnswerLengths",
    currency: CurrencyOptions,
    quality: "QualityChoice",
) -> "TaskComparison":
    """One request of the task on each model."""
    from llmcost.commands.estimate.compute import estimate
    from llmcost.commands.tasks.compute import TaskComparison, task_lines
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.pricing.usage import Count, Input
    from llmcost.runtime.answer_lengths import with_lengths

    input = input_of(task, lengths)
    count = Count(input, input, input, "typical", exact=True)
    counts = {one.tokenizer: count for one in models}
    learned = None
    if task.learn is not None:
        from llmcost.logs.output_samples import learned_from

        learned = learned_from(task.learn, lengths, table)
    terms = with_lengths(terms, models, lengths, learned)
    exchange = currency.exchange(table, models, terms.at)
    found = estimate(
        table, models, [Input(lengths.name, 0, 0, counts)], terms, exchange, RealCalendar()
    )
    scores = quality.scores
    is_share = scores is not None and scores.set is not None and scores.set.unit == SOLVING

    def score(model: "Model") -> object:
        one = scores and scores.of(model, terms.at.date())
        return one.value if one else None

    lines = task_lines(found, score, is_share=is_share)  # type: ignore[arg-type]
    return TaskComparison(lengths.name, lengths.effort, input, found, lines)


def input_of(task: TaskOptions, lengths: "AnswerLengths") -> int:
    """The tokens of the input: those that are named, or the mean of the task's source. Raises
    UsageError."""
    if task.input_tokens is not None:
        return option_values.tokens_of(task.input_tokens, "--input-tokens")
    source = lengths.task.input
    if not source:
        raise UsageError(
            say("the input of `{task}` is not published", task=lengths.name),
            hint=say("add --input-tokens, for example 500k"),
        )
    return round(lengths.lengths.sources[source].input["mean"])


def listed(format: Format) -> Output:
    """All tasks."""
    from llmcost.commands.tasks import view
    from llmcost.price_data.bundled_files import load_output_lengths

    lengths = load_output_lengths()
    text = render(
        format,
        human=lambda: view.task_grid(lengths, for_people=True),
        machine=lambda: view.task_grid(lengths),
        document=lambda: view.task_document(lengths),
    )
    if format in (Format.TABLE, Format.MD):
        text = around(format, view.task_headline(), text, view.task_conclusion())
    return Output(text)


def written(
    table: "TaskTable", format: Format, notes: Sequence[str], *, explain: bool = False
) -> str:
    from llmcost.commands.tasks import view
    from llmcost.render.result_table import for_people, for_programs

    rows = table.selection.rows if table.selection else ()
    text = render(
        format,
        human=lambda: for_people(
            view.columns(table), rows, None if format is Format.MD else width()
        ),
        machine=lambda: for_programs(view.columns(table), rows),
        document=lambda: view.document(table, rows, notes),
    )
    if format in (Format.TABLE, Format.MD):
        text = around(format, view.headline(table, rows), text, view.conclusion(table, rows))
        return text + view.explained(table) if explain else text
    return text
