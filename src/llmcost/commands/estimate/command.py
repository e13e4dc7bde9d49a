"""`llmcost estimate`: what do these texts cost on each model?

The lines of an estimate: which ones are shown, in which order, and what is told beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost import money
from llmcost.cli import options
from llmcost.cli.gates import days_of, limit_of, name_of, nothing_priced, one_of, passed, too_old
from llmcost.cli.output import WIDE, Output, format_for, render, width
from llmcost.errors import BadFile, LlmcostError, UsageError
from llmcost.messages import say, say_plural
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.commands.estimate.compute import Estimate, Line
    from llmcost.pricing.price_rows import Model
    from llmcost.pricing.terms import Terms
    from llmcost.pricing.usage import Input
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.tokenizer_choice import Known
    from llmcost.sampling.sampler import SampledRead, Wanted

TOP = 20
MOST_LINES_NAMED = 4


class Sort(StrEnum):
    COST = "cost"
    MODEL = "model"
    PROVIDER = "provider"
    TOKENS = "tokens"
    CONTEXT = "context"


def present(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"] | None,
    reading: Mapping[str, object],
    format: Format,
    *,
    own: bool,
    explain: bool,
) -> str:
    from llmcost.commands.estimate import view as report
    from llmcost.commands.estimate.view import explained

    if each is not None:
        return broken_down(result, lines, each, reading, format, own=own)

    text = render(
        format,
        human=lambda: report.human(
            result, lines, own=own, wide=format is Format.MD or width() >= WIDE
        ),
        machine=lambda: report.machine(lines),
        document=lambda: {**report.document(result, lines), **reading},
    )
    if explain and format is Format.TABLE:
        text += "".join("\n" + explained(line) for line in lines)
    return text


def broken_down(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"],
    reading: Mapping[str, object],
    format: Format,
    *,
    own: bool,
) -> str:
    """One row an input, or request, and model, in the order of the inputs."""
    from llmcost.commands.estimate import view as breakdown
    from llmcost.commands.estimate.view import document

    return render(
        format,
        human=lambda: breakdown.breakdown_human(each, own=own),
        machine=lambda: breakdown.breakdown_machine(each),
        document=lambda: {
            **document(result, lines),
            **reading,
            **breakdown.breakdown_document(each),
        },
    )


def bare(result: "Estimate", own: bool) -> str:
    from llmcost.render.text import plain

    shown = [line.native if own else line.cost for line in result.lines]
    return "".join(f"{plain(one.amount)}\n" for one in shown)


def shown(result: "Estimate", sort: Sort, top: int | None) -> tuple[Sequence["Line"], int]:
    """The lines to show, in their order, and how many more there are."""
    lines = ordered(result, sort)
    cut = len(lines) if top is None else top
    return lines[:cut], max(0, len(lines) - cut)


def ordered(result: "Estimate", sort: Sort) -> list["Line"]:
    """The lines in the order of --sort."""
    lines = list(result.lines)
    match sort:
        case Sort.COST:
            pass
        case Sort.MODEL:
            lines.sort(key=lambda line: line.model.id.casefold())
        case Sort.PROVIDER:
            lines.sort(key=lambda line: line.model.provider)
        case Sort.TOKENS:
            lines.sort(key=lambda line: line.tokens.tokens)
        case Sort.CONTEXT:
            lines.sort(key=lambda line: line.model.context or 0, reverse=True)
    return lines


def how_many(top: int | None, everything: bool, format: Format) -> int | None:
    """A table on a screen is for reading, so it is short unless asked; data is complete."""
    if everything:
        return None
    return TOP if top is None and format is Format.TABLE else top


def talk(result: "Estimate", lines: Sequence["Line"], rest: int, everything: bool) -> list[str]:
    from llmcost.commands.estimate.view import notes
    from llmcost.messages import visible
    from llmcost.price_data.loader import own_files
    from llmcost.render.wording import excluded_notes, more_models

    most = len(result.excluded) if everything else MOST_LINES_NAMED
    own = [say("with the prices of {path}", path=visible(str(path))) for path in own_files()]
    return [*more_models(rest), *own, *notes(result, lines), *excluded_notes(result.excluded, most)]


MOST_NAMED = 4
LONG = 100_000
"""Tokens of a text, from which on it may be sent in parts."""


def estimate(
    paths: options.Paths = None,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            *("-t", "--tokenizer"),
            metavar="NAME|FILE",
            help="Count for the models of -m with this one instead of theirs.",
        ),
    ] = None,
    output_tokens: options.OutputTokens = None,
    output_ratio: options.OutputRatio = None,
    calls: Annotated[
        int,
        typer.Option(
            "--calls", metavar="N", min=1, max=money.MOST, help="How often all of it is sent."
        ),
    ] = 1,
    cached: options.Cached = None,
    cache_write: Annotated[
        str | None,
        typer.Option("--cache-write", metavar="N|%", help="Input tokens written to the cache."),
    ] = None,
    batch: options.Batch = False,
    tier: options.Tier = None,
    region: options.Region = None,
    thinking: options.Thinking = False,
    free_quota: Annotated[
        bool, typer.Option("--free-quota", help="Take the free quota of a new account off.")
    ] = False,
    currency: options.CurrencyName = None,
    fx: options.ExchangeRate = None,
    as_of: options.AsOf = None,
    at: options.At = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help=f"Default on a terminal: {TOP}."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show every model.")] = False,
    sort: Annotated[Sort, typer.Option("--sort", help="Order of the rows.")] = Sort.COST,
    format: options.PageFormat = None,
    quality: options.QualityFile = None,
    quiet: options.Quiet = False,
    explain: options.Explain = False,
    fail_over: options.FailOver = None,
    max_age: options.MaxAge = None,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    input_format: options.InputFormat = None,
    field: options.FieldName = None,
    column: options.ColumnName = None,
    skip_bad: options.SkipBad = False,
    max_bytes: options.MaxBytes = None,
    sample: options.SampleSize = None,
    precision: options.Precision = None,
    seed: options.Seed = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split", metavar="N", help="Send a text that is longer as requests of N tokens."
        ),
    ] = None,
    workers: options.Workers = None,
    cluster: options.ClusterAddress = None,
    resume: options.Resume = None,
    no_progress: options.NoProgress = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 if a token count is only an estimate.")
    ] = False,
    per_file: Annotated[
        bool, typer.Option("--per-file", help="Break the result down by input.")
    ] = False,
    per_request: Annotated[
        bool, typer.Option("--per-request", help="Break it down by request.")
    ] = False,
) -> Output:
    """Estimate what texts cost on each model, cheapest first.

    Each input is one request, billed by itself; a file of requests (.jsonl, .json) is as many, and
    so is a text with --split.

    Example: llmcost estimate prompt.txt -o 500 --top 5
    """
    from msgspec.structs import replace

    from llmcost.commands.estimate.compute import estimate as price
    from llmcost.commands.estimate.compute import split as cut
    from llmcost.commands.estimate.view import estimate_html as estimate_text
    from llmcost.commands.estimate.view import used
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.pricing.cost import Conditions
    from llmcost.pricing.terms import Terms
    from llmcost.render.quality_scores import scores_of
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.open_inputs import How, failed_document
    from llmcost.runtime.option_values import amount_of, output_of, time_of
    from llmcost.runtime.price_table import chosen_models, exchange_for, load_table
    from llmcost.runtime.tokenizer_choice import counted_otherwise, known_tokenizers

    views = {"--top": top is not None, "--all": all_, "--sort": sort is not Sort.COST}
    views |= {"--explain": explain, "--per-file": per_file, "--per-request": per_request}
    refuse_idle_views(format, views, quiet=quiet)
    when = time_of(as_of, at, clock.now())
    terms = Terms(
        at=when.at,
        hours=when.hours,
        output=output_of(output_tokens, output_ratio),
        cached=amount_of(cached, "--cached"),
        written=amount_of(cache_write, "--cache-write"),
        calls=calls,
        conditions=Conditions(thinking=thinking, batch=batch, tier=tier or "", region=region or ""),
        free_quota=free_quota,
    )
    scores = scores_of(quality, format or Format.TABLE)
    limit, oldest = limit_of(fail_over), days_of(max_age)
    table = load_table(prices, terms.at.date())
    models = chosen_models(
        table, option_values.words(model), option_values.words(provider), terms.at, kind="chat"
    )
    known = known_tokenizers(table)
    if tokenizer is not None:
        models, known = counted_otherwise(models, tokenizer, known, is_named=bool(model))
    if quiet:
        check_one(models)
    exchange = exchange_for(
        table, models, currency, option_values.rate(fx), terms.at, [limit] if limit else []
    )
    most = option_values.size(max_bytes, "--max-bytes")
    if per_request and resume is not None:
        raise UsageError(
            say("--per-request and --resume: a journal keeps files, not single requests")
        )
    how = How(workers, not (no_progress or quiet), resume, cluster)
    asked = Asked(paths or [], encoding, input_format, field, column, per_request, most, how)
    part = split_of(split, per_request=per_request)
    others = {"--per-file": per_file, "--per-request": per_request}
    others |= {"--max-bytes": max_bytes is not None, "--resume": resume is not None}
    wanted = options.wanted(sample, precision, seed, others)
    sampled = None if wanted is None else told(asked, wanted, models, known, terms, part)
    read = sampled or whole(asked, models, known, apart=per_file or split is not None)

    def priced(models: Sequence["Model"], inputs: Sequence["Input"]) -> "Estimate":
        sent = inputs if part is None else [cut(one, part) for one in inputs]
        calendar = RealCalendar()
        return price(table, models, sent, terms, exchange, calendar, read.key_of, leaves_out=True)

    result = priced(models, read.inputs)
    if strict:
        refuse_estimates(result, say("count all of it, without --sample") if sampled else "")
    failure, also = one_of(
        gate(result, limit, is_named=bool(model)),
        too_old(used(result, result.lines), oldest),
        nothing_priced(result.lines, result.excluded),
    )
    outsized = left_out(result)
    unread = both(read.failure(skip_bad=skip_bad), None if skip_bad else outsized)
    also += [str(outsized)] if skip_bad and outsized else []
    # the gate has the exit code, and hides nothing
    also += lines_of(unread) if failure and unread else []
    failure = read.stopped or failure or unread
    own = currency is None
    if quiet:
        return Output(bare(result, own), also, failure)
    format = Format.TABLE if explain and format is None else format_for(format)
    lines, rest = shown(result, sort, how_many(top, all_, format))
    notes = [*read.notes, *talk(result, lines, rest, all_), *split_notes(result, part), *also]
    reading = failed_document(read.unread, partial=read.stopped is not None)
    if sampled:
        reading |= sampled.figures.document()
    each = None
    if per_file or per_request:
        chosen = [line.model for line in lines]
        each = [
            replace(one, lines=tuple(ordered(one, sort)))
            for one in (priced(chosen, [it]) for it in read.apart(per_request=per_request))
        ]
    if format is Format.HTML:
        told_there = [*notes, *([str(outsized)] if outsized and not skip_bad else [])]
        text = estimate_text(result, lines, each or (), reading, told_there, scores)
    else:
        text = present(result, lines, each, reading, format, own=own, explain=explain)
    return Output(text, notes, failure)


def refuse_idle_views(format: Format | None, views: Mapping[str, bool], *, quiet: bool) -> None:
    """Refuse options of what is shown that the others leave without effect. Raises UsageError."""
    options.refuse_beside("-q", quiet, {"--format": format is not None, **views})
    options.refuse_beside("--all", views["--all"], {"--top": views["--top"]})
    options.refuse_beside(
        "--per-request", views["--per-request"], {"--per-file": views["--per-file"]}
    )
    for other in ("--per-file", "--per-request"):
        options.refuse_beside(other, views[other], {"--explain": views["--explain"]})
    is_rows = format in (Format.TSV, Format.CSV, Format.MD)
    options.refuse_beside(f"--format {format}", is_rows, {"--explain": views["--explain"]})


def left_out(result: "Estimate") -> LlmcostError | None:
    """What to say of requests that no model takes."""
    if result.left_out is None:
        return None
    from llmcost.render.wording import left_out_text

    hint = say("shorten them, or leave them out with --skip-bad")
    return LlmcostError(left_out_text(result.left_out), hint=hint)


def both(first: LlmcostError | None, second: LlmcostError | None) -> LlmcostError | None:
    """Two failures as one."""
    if first is None or second is None:
        return first or second
    return BadFile([*lines_of(first), *lines_of(second)], hint=first.hint)


def lines_of(error: LlmcostError) -> Sequence[str]:
    return error.problems if isinstance(error, BadFile) else [str(error)]


def whole(asked: "Asked", models: Sequence["Model"], known: "Known", *, apart: bool) -> "Read":
    """All of the inputs, here or on a cluster."""
    if asked.how.cluster is not None:
        from llmcost.cluster.session import read_clustered

        return read_clustered(asked, models, known, apart=apart)
    from llmcost.runtime.count_inputs import read_inputs

    return read_inputs(asked, models, known)


def told(
    asked: "Asked",
    wanted: "Wanted",
    models: Sequence["Model"],
    known: "Known",
    terms: "Terms",
    split: int | None,
) -> "SampledRead | None":
    """The inputs by a sample, if they are too large to be counted whole."""
    from llmcost.sampling.sampler import read_sampled

    return read_sampled(asked, wanted, models, known, terms, split=split)


def split_of(text: str | None, *, per_request: bool) -> int | None:
    """The tokens of --split. Raises UsageError."""
    if text is None:
        return None
    from llmcost.messages import visible
    from llmcost.workload.quantities import above_zero

    found = above_zero(text)
    if found is None:
        shown = visible(text)
        said = say("--split must be a whole number of tokens above zero: `{text}`", text=shown)
        raise UsageError(said, hint=say("for example 8k or 100k"))
    if per_request:
        raise UsageError(
            say("--per-request shows the requests of files, and --split makes some of texts"),
            hint=say("--per-file shows what each text costs"),
        )
    return found


def split_notes(result: "Estimate", part: int | None) -> Iterator[str]:
    """How many requests there are of texts that are cut; or that they may be cut, where models are
    too small for them."""
    if part is not None:
        sizes = [[one.sizes[key] for one in result.inputs] for key in result.inputs[0].sizes]
        numbers = sorted(sum(sum(own.values()) for own in each) for each in sizes)
        few, many = numbers[0], numbers[-1]
        yield (
            say_plural(
                "{number:,} request, texts in parts of {part:,} tokens at most (--split)",
                "{number:,} requests, texts in parts of {part:,} tokens at most (--split)",
                many,
                part=part,
            )
            if few == many
            else say(
                "{few:,} to {many:,} requests, texts in parts of {part:,} tokens at most (--split)",
                few=few,
                many=many,
                part=part,
            )
        )
    elif any(one.reason == "context" for one in result.excluded) and has_long_text(result.inputs):
        yield say("--split {most} sends long texts as requests of {most:,} tokens", most=LONG)


def has_long_text(inputs: Sequence["Input"]) -> bool:
    return any(
        count.tokens > LONG for one in inputs if not one.sizes for count in one.counts.values()
    ) or any(
        size.tokens > LONG
        for one in inputs
        if one.margin
        for sizes in one.sizes.values()
        for size in sizes
    )


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
