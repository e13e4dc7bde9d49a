"""`llmcost diff`: what do changed prompts cost, before and after?"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost import money
from llmcost.cli import clock, options
from llmcost.cli.gates import days_of, limit_of, nothing_priced, one_of, too_old
from llmcost.cli.output import Output, format_for
from llmcost.errors import UsageError
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.cli.called import Called
    from llmcost.planning.estimate import Estimate
    from llmcost.planning.versions import Diff
    from llmcost.report.versions import Shown

MOST_NAMED = 4


def diff(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OLD NEW | PATHS]...", help="Two files or folders; with --git: which."
        ),
    ] = None,
    git: Annotated[
        str | None,
        typer.Option(
            "--git", metavar="REV", help="A revision against the work tree; `A..B`, `A...B`: two."
        ),
    ] = None,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    output_tokens: options.OutputTokens = None,
    output_ratio: options.OutputRatio = None,
    calls: Annotated[
        int | None,
        typer.Option(
            *("--calls",),
            metavar="N",
            min=1,
            max=money.MOST,
            help="How often all of it is sent, for example in a month; default: 1.",
        ),
    ] = None,
    workload: Annotated[
        Path | None,
        typer.Option(
            "--workload", metavar="FILE", help="Take calls and output from a workload file."
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", metavar="NAME", help="Only this scenario of the file."),
    ] = None,
    cached: options.Cached = None,
    batch: options.Batch = False,
    tier: options.Tier = None,
    region: options.Region = None,
    thinking: options.Thinking = False,
    currency: options.CurrencyName = None,
    fx: options.ExchangeRate = None,
    as_of: options.AsOf = None,
    at: options.At = None,
    only_changed: Annotated[
        bool, typer.Option("--only-changed", help="Without the files that have not changed.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="List every file, and the files of every model.")
    ] = False,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    fail_increase: Annotated[
        str | None,
        typer.Option(
            "--fail-increase",
            metavar="5%|AMOUNT",
            help='Exit 3 if the cost of a model rises by more: "5%", "100 yuan".',
        ),
    ] = None,
    fail_over: options.FailOver = None,
    max_age: options.MaxAge = None,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    input_format: options.InputFormat = None,
    field: options.FieldName = None,
    column: options.ColumnName = None,
    skip_bad: options.SkipBad = False,
    workers: options.Workers = None,
    no_progress: options.NoProgress = False,
) -> Output:
    """What changed prompts cost, before and after.

    Two files or folders, or a git revision against the work tree. Each file is billed as estimate
    does; percentages are of all files that are compared, also of those that have not changed.

    Example: llmcost diff --git main -m gpt-4o --calls 10000 -- prompts/
    """
    from llmcost.cli.compared import Wanted, read_versions
    from llmcost.cli.exchange import exchange_for
    from llmcost.cli.inputs import Asked
    from llmcost.cli.known import known_tokenizers
    from llmcost.cli.priced import Market
    from llmcost.cli.rises import no_change, over, rise_of, risen
    from llmcost.cli.run import How
    from llmcost.cli.shown import Page
    from llmcost.cli.tables import chosen_models, load_table
    from llmcost.cli.terms import amount_of, output_of, time_of
    from llmcost.planning.terms import Amount, Terms
    from llmcost.pricing.cost import Conditions
    from llmcost.report.estimate import used
    from llmcost.report.versions import Shown

    month = called_in(workload, scenario)
    when = time_of(as_of, at, clock.now())
    output = output_of(output_tokens, output_ratio)
    if output is None and month is not None and month.output is not None:
        output = Amount(month.output)
    terms = Terms(
        at=when.at,
        hours=when.hours,
        output=output,
        cached=amount_of(cached, "--cached"),
        calls=calls or (month.calls if month is not None else 1),
        conditions=Conditions(thinking=thinking, batch=batch, tier=tier or "", region=region or ""),
    )
    limits = limit_of(fail_over), rise_of(fail_increase)
    oldest, names = days_of(max_age), options.words(model)
    table = load_table(prices, terms.at.date())
    models = chosen_models(table, names, options.words(provider), terms.at, kind="chat")
    if quiet and names:
        from llmcost.cli.commands.estimate import check_one

        check_one(models)
    amounts = [one for one in limits if isinstance(one, money.Money)]
    exchange = exchange_for(table, models, currency, options.rate(fx), terms.at, amounts)
    how = How(workers, not (no_progress or quiet))
    asked = Asked(paths or [], encoding, input_format, field, column, how=how)
    market = Market(table, models, terms, exchange)
    wanted = Wanted(models, known_tokenizers(table), None if names else market.cheapest)
    compared = read_versions(git, asked, wanted, only_changed=only_changed)
    found = compared.versions
    answer, result = market.compared(compared.models, found.pairs, found.read.key_of)
    failure, also = one_of(
        risen(answer, limits[1], exchange),
        over(answer, limits[0], exchange),
        too_old(used(result, result.lines), oldest),
        nothing_priced(answer.lines, answer.excluded) if answer.pairs else None,
    )
    unread = found.read.failure(skip_bad=skip_bad)
    # the gate has the exit code, and hides nothing
    also += str(unread).splitlines() if failure and unread else []
    failure = failure or unread
    shown = Shown(own=currency is None)
    if quiet:
        return Output(bare(answer, shown), also, failure or no_change(answer))
    notes = [
        *([] if names else [say("on the cheapest model; -m names others")]),
        *(month.notes if month is not None else ()),
        *found.read.notes,
        *talk(answer, result, shown),
        *also,
    ]
    form = format_for(format)
    page = Page(answer, result, found, shown, notes, everything=all_)
    return Output(page.written(form), [*page.left_out(form), *notes], failure)


def called_in(workload: Path | None, scenario: Sequence[str] | None) -> "Called | None":
    """What the workload file says, if there is one. Raises UsageError."""
    if workload is None:
        if scenario:
            raise UsageError(
                say("--scenario needs a workload file"), hint=say("name it with --workload")
            )
        return None
    from llmcost.cli.called import called

    return called(workload, scenario or [])


def talk(answer: "Diff", result: "Estimate", shown: "Shown") -> list[str]:
    from llmcost.prices.load import own_files
    from llmcost.report.excluded import excluded_notes
    from llmcost.report.figures import visible
    from llmcost.report.versions import notes

    own = [say("with the prices of {path}", path=visible(str(path))) for path in own_files()]
    return [*own, *notes(answer, result, shown), *excluded_notes(answer.excluded, MOST_NAMED)]


def bare(answer: "Diff", shown: "Shown") -> str:
    """The change alone; nothing where it is not known."""
    from llmcost.report.figures import plain

    if not answer.pairs:
        return "0\n"
    known = [shown.of(line.change) for line in answer.lines if line.change is not None]
    return "".join(f"{plain(one.amount)}\n" for one in known)
