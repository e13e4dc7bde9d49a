"""`llmcost estimate`: what do these texts cost on each model?"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost import money
from llmcost.cli import clock, options
from llmcost.cli.gates import limit_of, name_of, nothing_priced, passed
from llmcost.cli.options import Format
from llmcost.cli.output import WIDE, Output, format_for, render, width
from llmcost.errors import LlmcostError, UsageError

if TYPE_CHECKING:
    from llmcost.cli.known import Known
    from llmcost.planning.estimate import Estimate, Input, Line
    from llmcost.pricing.table import Model

TOP = 20
MOST_NAMED = 4


class Sort(StrEnum):
    COST = "cost"
    MODEL = "model"
    PROVIDER = "provider"
    TOKENS = "tokens"
    CONTEXT = "context"


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
    output_tokens: Annotated[
        int | None,
        typer.Option(
            *("-o", "--output-tokens"),
            metavar="N",
            min=0,
            max=money.MOST,
            help="Output tokens per input.",
        ),
    ] = None,
    output_ratio: Annotated[
        str | None,
        typer.Option("--output-ratio", metavar="R", help="Output as a share of the input tokens."),
    ] = None,
    calls: Annotated[
        int,
        typer.Option(
            "--calls", metavar="N", min=1, max=money.MOST, help="How often all of it is sent."
        ),
    ] = 1,
    cached: Annotated[
        str | None,
        typer.Option("--cached", metavar="N|%", help="Input tokens read from the cache."),
    ] = None,
    cache_write: Annotated[
        str | None,
        typer.Option("--cache-write", metavar="N|%", help="Input tokens written to the cache."),
    ] = None,
    batch: Annotated[bool, typer.Option("--batch", help="Bill at the batch price.")] = False,
    tier: Annotated[
        str | None, typer.Option("--tier", metavar="NAME", help="Service tier: flex, priority …")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="NAME", help="Processing region: us, eu …")
    ] = None,
    thinking: Annotated[
        bool, typer.Option("--thinking", help="Bill output at the price of thinking mode.")
    ] = False,
    free_quota: Annotated[
        bool, typer.Option("--free-quota", help="Take the free quota of a new account off.")
    ] = False,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CNY|USD", help="Default: each model's own currency."),
    ] = None,
    fx: options.ExchangeRate = None,
    as_of: options.AsOf = None,
    at: options.At = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help=f"Default on a terminal: {TOP}."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show every model.")] = False,
    sort: Annotated[Sort, typer.Option("--sort", help="Order of the rows.")] = Sort.COST,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    explain: options.Explain = False,
    fail_over: Annotated[
        str | None,
        typer.Option(
            "--fail-over", metavar="AMOUNT", help='Exit 3 if a model costs more: "0.5 yuan".'
        ),
    ] = None,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    input_format: options.InputFormat = None,
    field: options.FieldName = None,
    column: options.ColumnName = None,
    skip_bad: options.SkipBad = False,
    max_bytes: options.MaxBytes = None,
    workers: options.Workers = None,
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

    Each input is one request, billed by itself; a file of requests (.jsonl, .json) is as many.

    Example: llmcost estimate prompt.txt -o 500 --top 5
    """
    from llmcost.cli.counted import failed_document
    from llmcost.cli.exchange import exchange_for
    from llmcost.cli.inputs import Asked, read_inputs
    from llmcost.cli.known import known_tokenizers
    from llmcost.cli.tables import chosen_models, load_table
    from llmcost.cli.terms import amount_of, output_of, time_of
    from llmcost.planning.estimate import estimate as price
    from llmcost.planning.terms import Terms
    from llmcost.prices.calendar import RealCalendar
    from llmcost.pricing.cost import Conditions

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
    limit = limit_of(fail_over)
    table = load_table(prices, terms.at.date())
    models = chosen_models(
        table, options.words(model), options.words(provider), terms.at, kind="chat"
    )
    known = known_tokenizers(table)
    if tokenizer is not None:
        models, known = counted_otherwise(models, tokenizer, known, is_named=bool(model))
    if quiet:
        check_one(models)
    exchange = exchange_for(
        table, models, currency, options.rate(fx), terms.at, [limit] if limit else []
    )
    most = options.size(max_bytes, "--max-bytes")
    asked = Asked(paths or [], encoding, input_format, field, column, per_request, most, workers)
    read = read_inputs(asked, models, known)

    def priced(models: Sequence["Model"], inputs: Sequence["Input"]) -> "Estimate":
        return price(table, models, inputs, terms, exchange, RealCalendar(), read.key_of)

    result = priced(models, read.inputs)
    if strict:
        refuse_estimates(result)
    failure = gate(result, limit, is_named=bool(model)) or nothing_priced(
        result.lines, result.excluded
    )
    unread = read.failure(skip_bad=skip_bad)
    # the gate has the exit code, and hides nothing
    told = str(unread).splitlines() if failure and unread else []
    failure = failure or unread
    own = currency is None
    if quiet:
        return Output(bare(result, own), told, failure)
    format = Format.TABLE if explain and format is None else format_for(format)
    lines, rest = shown(result, sort, how_many(top, all_, format))
    notes = [*read.notes, *talk(result, lines, rest, all_), *told]
    failed = failed_document(read.unread)
    if per_file or per_request:
        chosen = [line.model for line in lines]
        each = [priced(chosen, [one]) for one in read.apart(per_request=per_request)]
        return Output(broken_down(result, lines, each, failed, format, own=own), notes, failure)
    text = present(result, lines, failed, format, own=own, explain=explain)
    return Output(text, notes, failure)


def refuse_estimates(result: "Estimate") -> None:
    """Raises LlmcostError if a count is not exact: scripts may not take it for one."""
    from llmcost.report.figures import few

    rough = [line.model.key for line in result.lines if not line.tokens.exact]
    if rough:
        raise LlmcostError(
            f"--strict: tokens are only estimated for {few(rough, MOST_NAMED)}",
            hint="name models with -m whose vocabulary is public: `llmcost tokenizers`",
        )


def broken_down(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"],
    failed: Sequence[Mapping[str, str]],
    format: Format,
    *,
    own: bool,
) -> str:
    """One row an input, or request, and model, in the order of the inputs."""
    from llmcost.report import breakdown
    from llmcost.report.estimate import document

    return render(
        format,
        human=lambda: breakdown.human(each, own=own),
        machine=lambda: breakdown.machine(each),
        document=lambda: {
            **document(result, lines),
            "failed": failed,
            **breakdown.document(each),
        },
    )


def counted_otherwise(
    models: Sequence["Model"], wanted: str, known: "Known", *, is_named: bool
) -> tuple[list["Model"], "Known"]:
    """The models with the tokenizer that --tokenizer names, and what is known with it.

    A file takes the place of their own tokenizers, so that each keeps the frame of its chats.
    """
    from msgspec.structs import replace

    from llmcost.cli.known import named_tokenizers

    if not is_named:
        raise UsageError("--tokenizer is for models that are named", hint="say whose it is with -m")
    names, known = named_tokenizers([wanted], known)
    if len(names) != 1:
        raise UsageError(f"--tokenizer takes one tokenizer, not {len(names)}: `{wanted}`")
    found = known[names[0]]
    if found.supply is None:
        return [replace(one, tokenizer=found.name) for one in models], known
    meant = {one.tokenizer: replace(found, name=one.tokenizer) for one in models}
    return list(models), known | meant


def check_one(models: Sequence["Model"]) -> None:
    if len(models) == 1:
        return
    keys = ", ".join(f"`{one.key}`" for one in models[:4]) + (" …" if len(models) > 4 else "")
    raise UsageError(
        f"-q prints the cost of one model, not of {len(models)}", hint=f"name one: {keys}"
    )


def bare(result: "Estimate", own: bool) -> str:
    from llmcost.report.figures import plain

    shown = [line.native if own else line.cost for line in result.lines]
    return "".join(f"{plain(one.amount)}\n" for one in shown)


def gate(result: "Estimate", limit: money.Money | None, *, is_named: bool) -> LlmcostError | None:
    """GateFailed if any priced model costs more than the limit, at the expected token count."""
    if limit is None:
        return None
    rate = result.exchange.rate
    costs = (
        (name_of(line.model.key, ""), line.native.to(limit.currency, rate).amount, "")
        for line in result.lines
    )
    hint = "" if is_named else "every model on sale counts; name the ones that matter with -m"
    return passed(limit, costs, hint)


def shown(result: "Estimate", sort: Sort, top: int | None) -> tuple[Sequence["Line"], int]:
    """The lines to show, in their order, and how many more there are."""
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
    cut = len(lines) if top is None else top
    return lines[:cut], max(0, len(lines) - cut)


def how_many(top: int | None, everything: bool, format: Format) -> int | None:
    """A table on a screen is for reading, so it is short unless asked; data is complete."""
    if everything:
        return None
    return TOP if top is None and format is Format.TABLE else top


def present(
    result: "Estimate",
    lines: Sequence["Line"],
    failed: Sequence[Mapping[str, str]],
    format: Format,
    *,
    own: bool,
    explain: bool,
) -> str:
    from llmcost.report import estimate as report
    from llmcost.report.explain import explained

    text = render(
        format,
        human=lambda: report.human(
            result, lines, own=own, wide=format is Format.MD or width() >= WIDE
        ),
        machine=lambda: report.machine(lines),
        document=lambda: {**report.document(result, lines), "failed": failed},
    )
    if explain and format is Format.TABLE:
        text += "".join("\n" + explained(line) for line in lines)
    return text


def talk(result: "Estimate", lines: Sequence["Line"], rest: int, everything: bool) -> list[str]:
    from llmcost.prices.load import own_files
    from llmcost.report.estimate import notes
    from llmcost.report.excluded import excluded_notes
    from llmcost.report.figures import visible

    most = len(result.excluded) if everything else MOST_NAMED
    own = [f"with the prices of {visible(str(path))}" for path in own_files()]
    more = [f"{rest} more models; --all shows them"] if rest else []
    return [*more, *own, *notes(result, lines), *excluded_notes(result.excluded, most)]
