"""`llmcost estimate`: what do these texts cost on each model?

The lines of an estimate: which ones are shown, in which order, and what is told beside them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import (
    AgeOptions,
    CurrencyOptions,
    ModelOptions,
    TimeOptions,
    grouped,
)
from llmcost.cli.output import WIDE, Output, render, width
from llmcost.commands.estimate.estimate_notes import all_notes, failures, left_out, split_notes
from llmcost.commands.estimate.estimate_options import (
    TOP,
    CountedWith,
    EstimateSort,
    OutputOptions,
    ReadingOptions,
    RequestOptions,
)
from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say
from llmcost.render.table import Format
from llmcost.runtime.gates import limit_of, name_of, passed

if TYPE_CHECKING:
    from llmcost.commands.estimate.compute import Estimate, Line
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.pricing.terms import Terms
    from llmcost.pricing.usage import Input
    from llmcost.render.quality_scores import Scores
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.price_table import Selection
    from llmcost.runtime.tokenizer_choice import Known
    from llmcost.sampling.sampler import SampledRead, SampleRequest


def bare(result: "Estimate", own: bool) -> str:
    from llmcost.render.text import plain

    shown = [line.native if own else line.cost for line in result.lines]
    return "".join(f"{plain(one.amount)}\n" for one in shown)


def shown(result: "Estimate", sort: EstimateSort, top: int | None) -> tuple[Sequence["Line"], int]:
    """The lines to show, in their order, and how many more there are."""
    lines = ordered(result, sort)
    cut = len(lines) if top is None else top
    return lines[:cut], max(0, len(lines) - cut)


def ordered(result: "Estimate", sort: EstimateSort) -> list["Line"]:
    """The lines in the order of --sort."""
    lines = list(result.lines)
    match sort:
        case EstimateSort.COST:
            pass
        case EstimateSort.MODEL:
            lines.sort(key=lambda line: line.model.id.casefold())
        case EstimateSort.PROVIDER:
            lines.sort(key=lambda line: line.model.provider)
        case EstimateSort.TOKENS:
            lines.sort(key=lambda line: line.tokens.tokens)
        case EstimateSort.CONTEXT:
            lines.sort(key=lambda line: line.model.context or 0, reverse=True)
    return lines


def how_many(top: int | None, everything: bool, format: Format) -> int | None:
    """A table on a screen is for reading, so it is short unless asked; data is complete."""
    if everything:
        return None
    return TOP if top is None and format is Format.TABLE else top


MOST_NAMED = 4


@grouped
def estimate(
    *,
    paths: options.Paths = None,
    models: ModelOptions,
    tokenizer: CountedWith = None,
    request: RequestOptions,
    currency: CurrencyOptions,
    time: TimeOptions,
    output: OutputOptions,
    fail_over: options.FailOver = None,
    age: AgeOptions,
    reading: ReadingOptions,
) -> Output:
    """Estimate what texts cost on each model.

    Each input is one request. A file of requests (.jsonl, .json) is billed request by request, and
    --split cuts a long text into several.

    Examples:
      llmcost estimate prompt.txt -o 500
      llmcost estimate prompts/ -m qwen-plus,gpt-4o --calls 10000
      git diff | llmcost estimate -m claude-sonnet-4-5 -q
    """
    from llmcost.cli.output import scores_of
    from llmcost.runtime.price_table import load_table

    refuse_idle_views(output, reading)
    terms = request.terms(time.when)
    scores = scores_of(output.quality, output.format or Format.TABLE)
    limit, oldest = limit_of(fail_over), age.oldest
    table = load_table(age.prices, terms.at.date())
    selection = models.chosen(table, terms.at, everything=output.all_)
    chosen, known = counted_models(selection.models, models, tokenizer, table)
    if output.quiet:
        check_one(chosen)
    exchange = currency.exchange(table, chosen, terms.at, [limit])
    read, part = read_by(reading, paths or [], chosen, known, terms, quiet=output.quiet)
    pricing = Pricing(table, terms, exchange, read.key_of, part)
    result = pricing.estimate(chosen, read.inputs)
    if reading.strict:
        refuse_estimates(result, say("count all of it, without --sample") if read.is_sample else "")
    dearer = gate(result, limit, is_named=bool(models.model))
    failure, also = failures(result, read, dearer, oldest, skip_bad=reading.inputs.skip_bad)
    own = currency.currency is None
    if output.quiet:
        return Output(bare(result, own), also, failure)
    format = output.chosen_format()
    lines, rest = shown(result, output.sort, how_many(output.top, output.all_, format))
    told_of_lines = all_notes(result, lines, rest, output.all_)
    of_models = model_notes(table, selection, result, format)
    notes = [*read.notes, *told_of_lines, *split_notes(result, part), *also, *of_models]
    each = pricing.each(read, lines, reading, output.sort)
    view = EstimateView(result, lines, each, read.document(), own)
    if format is Format.HTML:
        return Output(view.page(notes, scores, skip_bad=reading.inputs.skip_bad), notes, failure)
    return Output(view.written(format, explain=output.explain), notes, failure)


def model_notes(
    table: "PriceTable", selection: "Selection", result: "Estimate", format: Format
) -> list[str]:
    """Of the choice of models; where a program reads, only what names mean."""
    from llmcost.runtime.price_table import selection_notes

    if format not in (Format.TABLE, Format.MD, Format.HTML) or not result.lines:
        return list(selection.notes)
    usage, requests = result.lines[0].usage, sum(one.requests for one in result.inputs) or 1
    tokens = usage.input // requests, usage.output // requests
    return selection_notes(table, selection, result.terms.at, result.exchange, tokens)


def counted_models(
    models: Sequence["Model"], options: ModelOptions, tokenizer: str | None, table: "PriceTable"
) -> tuple[Sequence["Model"], "Known"]:
    """The models, counted as -t says if it is given; and what their tokenizers mean."""
    from llmcost.runtime.tokenizer_choice import counted_otherwise, known_tokenizers

    known = known_tokenizers(table)
    if tokenizer is None:
        return models, known
    return counted_otherwise(models, tokenizer, known, is_named=bool(options.model))


def read_by(
    reading: ReadingOptions,
    paths: Sequence[str],
    models: Sequence["Model"],
    known: "Known",
    terms: "Terms",
    *,
    quiet: bool,
) -> tuple["Read", int | None]:
    """The inputs, counted; and the tokens of the requests that a text is sent as."""
    asked = reading.asked(paths, quiet=quiet, day=terms.at.date())
    part, wanted = reading.part, reading.wanted
    sampled = None if wanted is None else told(asked, wanted, models, known, terms, part)
    apart = reading.per_file or part is not None
    return sampled or whole(asked, models, known, apart=apart), part


class Pricing(msgspec.Struct, frozen=True):
    """What inputs are priced with; `part`: the tokens of the requests that a text is sent as."""

    table: "PriceTable"
    terms: "Terms"
    exchange: money.Exchange
    key_of: Callable[["Model"], str]
    part: int | None

    def estimate(self, models: Sequence["Model"], inputs: Sequence["Input"]) -> "Estimate":
        from llmcost.commands.estimate.compute import estimate as price
        from llmcost.commands.estimate.compute import split as cut
        from llmcost.price_data.calendar import RealCalendar

        sent = inputs if self.part is None else [cut(one, self.part) for one in inputs]
        return price(
            self.table,
            models,
            sent,
            self.terms,
            self.exchange,
            RealCalendar(),
            self.key_of,
            leaves_out=True,
        )

    def each(
        self, read: "Read", lines: Sequence["Line"], reading: ReadingOptions, sort: EstimateSort
    ) -> "list[Estimate] | None":
        """An estimate for each input, or request, on the models of these lines; if asked for."""
        if not (reading.per_file or reading.per_request):
            return None
        from msgspec.structs import replace

        models = [line.model for line in lines]
        inputs = read.apart(per_request=reading.per_request)
        each = (self.estimate(models, [one]) for one in inputs)
        return [replace(one, lines=tuple(ordered(one, sort))) for one in each]


class EstimateView(msgspec.Struct, frozen=True):
    """What is shown of an estimate: its lines, what each input costs (None: not asked for), how
    much was read, and whether amounts are in each model's own currency."""

    result: "Estimate"
    lines: Sequence["Line"]
    each: "Sequence[Estimate] | None"
    reading: Mapping[str, object]
    own: bool

    def written(self, format: Format, *, explain: bool) -> str:
        """In any form but a page."""
        from llmcost.commands.estimate import view as report

        if self.each is not None:
            return self.broken_down(self.each, format)
        wide = format is Format.MD or width() >= WIDE
        text = render(
            format,
            human=lambda: report.human(self.result, self.lines, own=self.own, wide=wide),
            machine=lambda: report.machine(self.lines),
            document=self.document,
        )
        if explain and format is Format.TABLE:
            text += "".join("\n" + report.explained(line) for line in self.lines)
        return text

    def broken_down(self, each: Sequence["Estimate"], format: Format) -> str:
        """One row an input, or request, and model, in the order of the inputs."""
        from llmcost.commands.estimate import view as report

        return render(
            format,
            human=lambda: report.breakdown_human(each, own=self.own),
            machine=lambda: report.breakdown_machine(each),
            document=lambda: {**self.document(), **report.breakdown_document(each)},
        )

    def document(self) -> dict[str, Any]:
        from llmcost.commands.estimate.view import document

        return {**document(self.result, self.lines), **self.reading}

    def page(self, notes: Sequence[str], scores: "Scores | None", *, skip_bad: bool) -> str:
        from llmcost.commands.estimate.page import estimate_html

        outsized = None if skip_bad else left_out(self.result)
        on_page = [*notes, *([str(outsized)] if outsized else [])]
        return estimate_html(
            self.result, self.lines, self.each or (), self.reading, on_page, scores
        )


def refuse_idle_views(output: OutputOptions, reading: ReadingOptions) -> None:
    """Refuse options of what is shown that the others leave without effect. Raises UsageError."""
    parts = {"--per-file": reading.per_file, "--per-request": reading.per_request}
    views = {
        "--top": output.top is not None,
        "--all": output.all_,
        "--sort": output.sort is not EstimateSort.COST,
        "--explain": output.explain,
        **parts,
    }
    options.refuse_beside("-q", output.quiet, {"--format": output.format is not None, **views})
    options.refuse_beside("--all", output.all_, {"--top": views["--top"]})
    options.refuse_beside("--per-request", reading.per_request, {"--per-file": reading.per_file})
    for other, is_given in parts.items():
        options.refuse_beside(other, is_given, {"--explain": output.explain})
    is_rows = output.format in (Format.TSV, Format.CSV, Format.MD)
    options.refuse_beside(f"--format {output.format}", is_rows, {"--explain": output.explain})


def whole(asked: "Asked", models: Sequence["Model"], known: "Known", *, apart: bool) -> "Read":
    """All of the inputs, here or on a cluster."""
    if asked.how.cluster is not None:
        from llmcost.cluster.session import read_clustered

        return read_clustered(asked, models, known, apart=apart)
    from llmcost.runtime.count_inputs import read_inputs

    return read_inputs(asked, models, known)


def told(
    asked: "Asked",
    wanted: "SampleRequest",
    models: Sequence["Model"],
    known: "Known",
    terms: "Terms",
    split: int | None,
) -> "SampledRead | None":
    """The inputs by a sample, if they are too large to be counted whole."""
    from llmcost.sampling.sampler import read_sampled

    return read_sampled(asked, wanted, models, known, terms, split=split)


def refuse_estimates(result: "Estimate", hint: str) -> None:
    """Raises LlmcostError if a count is not exact: scripts may not take it for one."""
    from llmcost.render.text import few

    rough = [line.model.key for line in result.lines if not line.tokens.exact]
    if rough:
        raise LlmcostError(
            say("--strict: tokens are only estimated for {models}", models=few(rough, MOST_NAMED)),
            hint=hint
            or say("name models with -m whose vocabulary is public: `llmcost tokenizers`"),
        )


def check_one(models: Sequence["Model"]) -> None:
    if len(models) == 1:
        return
    keys = ", ".join(f"`{one.key}`" for one in models[:4]) + (" …" if len(models) > 4 else "")
    raise UsageError(
        say("-q prints the cost of one model, not of {number}", number=len(models)),
        hint=say("name one: {models}", models=keys),
    )


def gate(result: "Estimate", limit: money.Money | None, *, is_named: bool) -> LlmcostError | None:
    """GateFailed if any priced model costs more than the limit, at the expected token count."""
    if limit is None:
        return None
    rate = result.exchange.rate
    costs = (
        (name_of(line.model.key, ""), line.native.to(limit.currency, rate).amount, "")
        for line in result.lines
    )
    every = say("every model on sale counts; name the ones that matter with -m")
    return passed(limit, costs, "" if is_named else every)
