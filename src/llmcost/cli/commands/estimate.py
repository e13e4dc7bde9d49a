"""`llmcost estimate`: what do these texts cost on each model?"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from llmcost import money
from llmcost.cli import clock, options
from llmcost.cli.options import Format
from llmcost.cli.output import WIDE, Output, format_for, render, width
from llmcost.errors import GateFailed, LlmcostError, UsageError

if TYPE_CHECKING:
    from llmcost.planning.estimate import Estimate, Line, Terms
    from llmcost.pricing.table import Model, PriceTable

TOP = 20
MIXED = "CNY"  # what ranks models that bill in several currencies
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
    output_tokens: Annotated[
        int | None,
        typer.Option(
            *("-o", "--output-tokens"),
            metavar="N",
            min=0,
            max=options.MOST,
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
            "--calls", metavar="N", min=1, max=options.MOST, help="How often all of it is sent."
        ),
    ] = 1,
    thinking: Annotated[
        bool, typer.Option("--thinking", help="Bill output at the price of thinking mode.")
    ] = False,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CNY|USD", help="Default: each model's own currency."),
    ] = None,
    fx: Annotated[
        str | None, typer.Option("--fx", metavar="RATE", help="CNY for one USD, for example 7.1.")
    ] = None,
    as_of: options.AsOf = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help=f"Default on a terminal: {TOP}."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show every model.")] = False,
    sort: Annotated[Sort, typer.Option("--sort", help="Order of the rows.")] = Sort.COST,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    fail_over: Annotated[
        str | None,
        typer.Option(
            "--fail-over", metavar="AMOUNT", help='Exit 3 if a model costs more: "0.5 yuan".'
        ),
    ] = None,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
) -> Output:
    """Estimate what texts cost on each model, cheapest first.

    Each input is one request, billed by itself.

    Example: llmcost estimate prompt.txt -o 500 --top 5
    """
    from llmcost.cli.counted import count_inputs, reading_notes
    from llmcost.cli.tables import chosen_models, load_table
    from llmcost.planning.estimate import Terms
    from llmcost.planning.estimate import estimate as price
    from llmcost.sources.read import open_inputs

    if output_tokens is not None and output_ratio is not None:
        raise UsageError("-o and --output-ratio both say how much output", hint="give one of them")
    ratio = options.decimal(output_ratio, "--output-ratio", zero=True, example="for example 0.5")
    terms = Terms(
        at=options.instant(as_of, clock.now()),
        output_tokens=output_tokens,
        output_ratio=ratio,
        calls=calls,
        thinking=thinking,
    )
    limit = money.parse(fail_over) if fail_over is not None else None
    table = load_table(prices)
    models = chosen_models(table, options.words(model), options.words(provider), terms.at)
    if quiet:
        check_one(models)
    exchange = Exchange.needed(table, models, currency, limit, fx, terms)
    streams = open_inputs(paths or [], encoding)
    inputs = count_inputs(streams, sorted({one.tokenizer for one in models}))
    result = price(table, models, inputs, terms, currency=exchange.currency, rate=exchange.rate)
    failure = gate(result, limit, is_named=bool(model)) or nothing_priced(result)
    own = currency is None
    if quiet:
        return Output(bare(result, own), failure=failure)
    format = format_for(format)
    lines, rest = shown(result, sort, how_many(top, all_, format))
    text = present(result, lines, format, own=own)
    return Output(text, [*reading_notes(streams), *talk(result, lines, rest, all_)], failure)


class Exchange(NamedTuple):
    """The currency that ranks, and the rate that turns the others into it, if there are others."""

    currency: str
    rate: money.Rate | None

    @classmethod
    def needed(
        cls,
        table: "PriceTable",
        models: Sequence["Model"],
        wanted: str | None,
        limit: money.Money | None,
        fx: str | None,
        terms: "Terms",
    ) -> "Exchange":
        """Without `wanted`, models of one currency rank in it and a mixture in CNY.

        Raises NoExchangeRate if a rate is needed and the day lies before the first known one.
        """
        billed = {table.providers[one.provider].currency for one in models}
        target = money.currency(wanted) if wanted is not None else MIXED
        if wanted is None and len(billed) == 1:
            target = next(iter(billed))
        given = options.decimal(fx, "--fx", zero=False, example="for example 7.1")
        if given is not None:
            return cls(target, money.Rate(given))
        if billed | {limit.currency if limit else target} == {target}:
            return cls(target, None)
        from llmcost.prices.load import load_exchange_rates

        return cls(target, load_exchange_rates().on(terms.at.date()))


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
    from llmcost.report.figures import plain

    costs = [(line.model.key, line.native.to(limit.currency, result.rate)) for line in result.lines]
    over = [f"`{key}` {plain(cost.amount)}" for key, cost in costs if cost.amount > limit.amount]
    if not over:
        return None
    return GateFailed(
        f"over {plain(limit.amount)} {limit.currency}: "
        + ", ".join(over[:MOST_NAMED])
        + (f" and {len(over) - MOST_NAMED} more" if len(over) > MOST_NAMED else ""),
        hint="" if is_named else "every model on sale counts; name the ones that matter with -m",
    )


def nothing_priced(result: "Estimate") -> LlmcostError | None:
    if result.lines:
        return None
    first = result.excluded[0] if result.excluded else None
    return LlmcostError(
        "no model can be priced" + (f": {first.model.id}: {first.detail}" if first else ""),
        hint="`llmcost models` lists the models and what is known of them",
    )


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


def present(result: "Estimate", lines: Sequence["Line"], format: Format, *, own: bool) -> str:
    from llmcost.report import estimate as report

    return render(
        format,
        human=lambda: report.human(
            result, lines, own=own, wide=format is Format.MD or width() >= WIDE
        ),
        machine=lambda: report.machine(lines),
        document=lambda: report.document(result, lines),
    )


def talk(result: "Estimate", lines: Sequence["Line"], rest: int, everything: bool) -> list[str]:
    from llmcost.report.estimate import excluded_notes, notes

    most = len(result.excluded) if everything else MOST_NAMED
    more = [f"{rest} more models; --all shows them"] if rest else []
    return [*more, *notes(result, lines), *excluded_notes(result, most)]
