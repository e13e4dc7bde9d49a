"""`llmcost estimate`: what do these texts cost on each model?

The lines of an estimate: which ones are shown, in which order, and what is told beside them.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
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
from llmcost.cli.output import (
    MOST_ROWS,
    Output,
    around,
    printed_lines,
    render,
    rows_beside,
    screen_lines,
    width,
)
from llmcost.commands.estimate.estimate_notes import (
    all_notes,
    failures,
    left_out,
    others_of_result,
    split_notes,
)
from llmcost.commands.estimate.estimate_options import (
    CountedWith,
    EstimateOutputOptions,
    EstimateSort,
    ReadingOptions,
    RequestOptions,
    table_and_terms,
)
from llmcost.errors import GateFailed, LlmcostError, UsageError
from llmcost.messages import cautions_of, say
from llmcost.render.table import Format
from llmcost.runtime.gates import (
    limit_of,
    name_of,
    passed,
)

if TYPE_CHECKING:
    from llmcost.commands.estimate.compute import Estimate, Line
    from llmcost.commands.estimate.page import Efforts
    from llmcost.commands.estimate.view import EstimateTable
    from llmcost.pricing.catalog import Outside
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.pricing.terms import Terms
    from llmcost.pricing.usage import Input
    from llmcost.render.quality_scores import Ratings
    from llmcost.render.result_table import Selection
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.reference_choice import ReferenceChoice
    from llmcost.runtime.tokenizer_choice import Known
    from llmcost.sampling.sampler import SampledRead, SampleRequest


def bare(result: "Estimate", own: bool) -> str:
    from llmcost.render.text import data

    shown = [line.native if own else line.cost for line in result.lines]
    return "".join(f"{data(one.amount)}\n" for one in shown)


def ordered(
    result: "Estimate", sort: EstimateSort, ratings: "Ratings | None" = None
) -> list["Line"]:
    """The lines in the order of --sort."""
    keys: dict[EstimateSort, Callable[[Line], Any]] = {
        EstimateSort.COST: lambda line: 0,
        EstimateSort.VALUE: lambda line: ratings.layer(line.model) if ratings else 0,
        EstimateSort.MODEL: lambda line: line.model.id.casefold(),
        EstimateSort.PROVIDER: lambda line: line.model.provider,
        EstimateSort.TOKENS: lambda line: line.tokens.tokens,
        EstimateSort.CONTEXT: lambda line: -(line.model.context or 0),
    }
    return sorted(result.lines, key=keys[sort])


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
    output: EstimateOutputOptions,
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
    refuse_idle_views(output, reading)
    if (other := other_answer(request, reading, tokenizer)) is not None:
        limit = limit_of(fail_over)
        return other(paths or [], request, models, currency, time, output, age, reading, limit)
    format = output.chosen_format()
    quality, limit, oldest = request.quality(output), limit_of(fail_over), age.oldest
    table, terms = table_and_terms(age, request.terms(time.when))
    selection = models.chosen(table, terms.at, everything=output.all_)
    selection = quality.good_selection(selection, terms.at.date())
    chosen, known = counted_models(selection.models, models, tokenizer, table, single=output.quiet)
    terms = request.with_lengths(terms, chosen, table)
    reference = output.reference(table, terms.at)
    exchange = currency.exchange(table, chosen, terms.at, [limit, *reference.amounts(table)])
    counted = [*chosen, *reference.models]
    read, part = read_by(reading, paths or [], counted, known, terms, quiet=output.is_bare)
    pricing = Pricing(table, terms, exchange, read.key_of, part, reference)
    result = pricing.result(chosen, read.inputs, is_quiet=output.quiet)
    refuse_estimates(result, is_strict=output.strict, is_sample=read.is_sample)
    failure, also = failures(
        *(result, read, gate(result, limit, is_named=bool(models.model)), oldest),
        skip_bad=reading.inputs.skip_bad,
    )
    cautions = [*cautions_of(read.notes), *also]
    own = currency.currency is None
    if output.quiet:
        return Output(bare(result, own), cautions, failure)
    scored = quality.ratings(costs_of(result), terms.at.date())
    shown = EstimateView(
        *(result, ordered(result, output.sort, scored), read, own, scored, models.named),
        *(request.scales(read), selection.notes, others_of_result(table, selection, result)),
        request.efforts(pricing, result, read.inputs, quality) if format is Format.HTML else (),
    )
    if output.get is not None:
        return Output(shown.field(output), cautions, failure)
    each = pricing.each(read, shown.chosen(output, format).rows, reading, output.sort)
    notes = [*selection.notes, *read.notes, *split_notes(result, part), *also]
    return shown.output(output, reading, format, notes, each, failure)


def other_answer(
    request: RequestOptions, reading: ReadingOptions, tokenizer: str | None
) -> Callable[..., Output] | None:
    """What answers -f or --video, beside which no text is priced. Raises UsageError."""
    name = "-f" if reading.file is not None else "--video"
    if reading.file is None and request.video is None:
        return None
    options.refuse_beside(name, True, {"-t": tokenizer is not None})
    if reading.file is None:
        from llmcost.commands.estimate.generated_video import video_output

        return video_output
    from llmcost.commands.estimate.corpus_index import question_output

    return question_output


def costs_of(result: "Estimate") -> "Iterator[tuple[Model, Decimal]]":
    """What each paid model costs."""
    return ((one.model, one.ranking.amount) for one in result.lines if not one.is_free)


def counted_models(
    models: Sequence["Model"],
    options: ModelOptions,
    tokenizer: str | None,
    table: "PriceTable",
    *,
    single: bool,
) -> tuple[Sequence["Model"], "Known"]:
    """The models, counted as -t says if it is given; and what their tokenizers mean. `single`:
    there may be one alone. Raises UsageError."""
    from llmcost.runtime.tokenizer_choice import counted_otherwise, known_tokenizers

    known = known_tokenizers(table)
    if tokenizer is not None:
        models, known = counted_otherwise(models, tokenizer, known, is_named=bool(options.model))
    if single:
        check_one(models)
    return models, known


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
    day, shares = terms.at.date(), bool(terms.cache_rules)
    asked = reading.asked(paths, quiet=quiet, day=day, shares=shares)
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
    reference: "ReferenceChoice | None" = None

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

    def result(
        self, models: Sequence["Model"], inputs: Sequence["Input"], *, is_quiet: bool
    ) -> "Estimate":
        """The estimate, with that of a usual answer beside it where no output is named, unless one
        number is all that is printed."""
        from msgspec.structs import replace

        from llmcost.commands.estimate.compute import with_usual_answer
        from llmcost.runtime.answer_lengths import usual_terms

        def found(models: Sequence["Model"]) -> "Estimate":
            return with_usual_answer(
                self.estimate(models, inputs),
                lambda: usual_terms(self.terms, models),
                lambda terms: replace(self, terms=terms).estimate(models, inputs),
            )

        if is_quiet:
            return self.estimate(models, inputs)
        if self.reference is None or not self.reference.name:
            return found(models)
        other = found(self.reference.models)
        costs = [one.ranking.amount for one in other.lines]
        reference = self.reference.costing(costs, other.excluded, self.exchange)
        return replace(found(models), reference=reference)

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
    """What is displayed of an estimate. `own`: amounts in each model's own currency; `named`: the
    models that the user named, None if none was; `scales`: whether a table may be of more calls;
    `names`: notes on what the names mean; `others`: models on sale that were not compared."""

    result: "Estimate"
    lines: Sequence["Line"]
    read: "Read"
    own: bool
    ratings: "Ratings"
    named: Collection[str] | None
    scales: bool
    names: Sequence[str] = ()
    others: "Outside | None" = None
    efforts: "Efforts" = ()

    def chosen(
        self, output: EstimateOutputOptions, format: Format, fitting: int = MOST_ROWS
    ) -> "Selection[Line]":
        from llmcost.commands.estimate.view import equal_rows

        lines = self.lines
        return output.select(lines, format, named=self.named, same=equal_rows, fitting=fitting)

    def table(self, selection: "Selection[Line]") -> "EstimateTable":
        from llmcost.commands.estimate.view import EstimateTable, scale_of

        times = scale_of(self.result, selection.rows, is_given=not self.scales)
        return EstimateTable(self.result, self.own, times, selection, self.ratings)

    def field(self, output: EstimateOutputOptions) -> str:
        """The figure of --get, of each model."""
        from llmcost.commands.estimate.view import columns

        selection = self.chosen(output, Format.TSV)
        return output.field(columns(self.table(selection)), selection.rows)

    def output(
        self,
        output: EstimateOutputOptions,
        reading: ReadingOptions,
        format: Format,
        notes: Sequence[str],
        each: "list[Estimate] | None",
        failure: LlmcostError | None,
    ) -> Output:
        """The rows that fit beside the other lines of a screen, in the format."""
        selection = self.chosen(output, format)
        if format is Format.TABLE and each is None:
            around = len(self.lines_around(selection, output, notes))
            selection = self.chosen(output, format, rows_beside(around))
        notes = self.all_notes(selection, output, notes)
        brief = self.brief(selection, output, notes)
        if format is Format.HTML:
            text = self.page(selection.rows, each, notes, skip_bad=reading.inputs.skip_bad)
        else:
            text = self.written(selection, each, format, notes, explain=output.explain)
        return Output(text, notes, failure, brief)

    def lines_around(
        self, selection: "Selection[Line]", output: EstimateOutputOptions, notes: Sequence[str]
    ) -> list[str]:
        """The lines of a screen that are not rows."""
        from llmcost.commands.estimate.estimate_legend import conclusion, headline

        table, rows = self.table(selection), selection.rows
        all_of_them = self.all_notes(selection, output, notes)
        brief = self.brief(selection, output, all_of_them)
        texts = [headline(table, rows), "header", conclusion(table, rows)]
        return [*screen_lines([*texts, *printed_lines(all_of_them, brief)]), "", ""]

    def all_notes(
        self, selection: "Selection[Line]", output: EstimateOutputOptions, notes: Sequence[str]
    ) -> list[str]:
        from llmcost.runtime.quality_choice import quality_notes

        rows, rest = selection.rows, selection.rest
        models, day = [line.model for line in rows], self.result.terms.at.date()
        return [
            *(*notes, *all_notes(self.result, rows, rest, output.all_, self.others)),
            *quality_notes(self.ratings.scores, models, day),
        ]

    def brief(
        self, selection: "Selection[Line]", output: EstimateOutputOptions, notes: Sequence[str]
    ) -> list[list[str]] | None:
        from llmcost.commands.estimate.estimate_legend import legend
        from llmcost.runtime.quality_choice import effort_hint, quality_legend

        counts = (
            len(selection.rows),
            selection.rest,
            len(selection.free),
            len(self.result.excluded),
        )
        scores, day = self.ratings.scores, self.result.terms.at.date()
        models = [one.model for one in self.lines]
        parts = [
            *(*self.read.short_notes, *self.names),
            *quality_legend(scores, [one.model for one in selection.rows], day),
            *legend(self.result, selection.rows, effort_hint(scores, models, day)),
        ]
        return output.brief(parts, *counts, notes, self.others)

    def written(
        self,
        selection: "Selection[Line]",
        each: "Sequence[Estimate] | None",
        format: Format,
        notes: Sequence[str],
        *,
        explain: bool,
    ) -> str:
        """In any form but a page: the whole, or one row an input, or request, and model."""
        from llmcost.commands.estimate import estimate_legend
        from llmcost.commands.estimate import view as report
        from llmcost.render.result_table import for_programs

        table, rows = self.table(selection), selection.rows
        whole = (
            {**report.document(self.result, rows, notes, self.ratings), **self.read.document()}
            if format in (Format.JSON, Format.NDJSON)
            else {}
        )
        if each is not None:
            return render(
                format,
                human=lambda: report.breakdown_human(each, own=self.own),
                machine=lambda: report.breakdown_machine(each),
                document=lambda: {**whole, **report.breakdown_document(each)},
            )
        text = render(
            format,
            human=lambda: report.drawn(table, rows, None if format is Format.MD else width()),
            machine=lambda: for_programs(report.columns(table), rows),
            document=lambda: whole,
        )
        if format in (Format.TABLE, Format.MD):
            text = around(
                format,
                estimate_legend.headline(table, rows),
                text,
                estimate_legend.conclusion(table, rows),
            )
        if explain and format is Format.TABLE:
            text += "".join("\n" + report.explained(line, self.trail(line)) for line in rows)
        return text

    def trail(self, line: "Line") -> list[str]:
        """What the length of the answer and the score rest on."""
        from llmcost.runtime.answer_lengths import length_trail, usual_terms

        terms = self.result.terms
        if self.result.assumed is not None:
            terms = usual_terms(terms, [line.model])
        return [*length_trail(terms, line.model), *self.ratings.trail(line.model)]

    def page(
        self,
        rows: Sequence["Line"],
        each: "Sequence[Estimate] | None",
        notes: Sequence[str],
        *,
        skip_bad: bool,
    ) -> str:
        from llmcost.commands.estimate.page import estimate_html

        outsized = None if skip_bad else left_out(self.result)
        on_page = [*notes, *([str(outsized)] if outsized else [])]
        reading = self.read.document()
        return estimate_html(
            *(self.result, rows, each or (), reading, on_page, self.ratings, self.efforts)
        )


def refuse_idle_views(output: EstimateOutputOptions, reading: ReadingOptions) -> None:
    """Refuse options of what is shown that the others leave without effect. Raises UsageError."""
    parts = {"--per-file": reading.per_file, "--per-request": reading.per_request}
    output.refuse_idle(parts)
    has_file = reading.file is not None
    options.refuse_without("-f", has_file, {"--scenario": bool(reading.scenario)})
    options.refuse_beside("-q", output.quiet, {"--vs": output.vs is not None})
    options.refuse_beside("-q", output.quiet, {"--sort": output.sort is not EstimateSort.COST})
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


def refuse_estimates(result: "Estimate", *, is_strict: bool, is_sample: bool) -> None:
    """Raises LlmcostError under --strict if a count is not exact: scripts may not take it for
    one."""
    from llmcost.render.text import few

    if not is_strict:
        return
    hint = say("count all of it, without --sample") if is_sample else ""
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
    if not any(one.bytes for one in result.inputs):
        said = say("--fail-over: the inputs are empty, so their cost is not known")
        return GateFailed(said, hint=say("check the names of the files, or what writes them"))
    rate = result.exchange.rates
    costs = (
        (name_of(line.model.key, ""), line.native.to(limit.currency, rate).amount, "")
        for line in result.lines
    )
    every = say("every model on sale counts; name the ones that matter with -m")
    return passed(limit, costs, "" if is_named else every)
