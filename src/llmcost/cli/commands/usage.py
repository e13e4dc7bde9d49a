"""`llmcost usage`: what did the requests of a log cost, and what would they have cost elsewhere?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost import money
from llmcost.cli import clock, options
from llmcost.cli.options import Format
from llmcost.cli.output import Output, draw, format_for, render
from llmcost.errors import LlmcostError
from llmcost.messages import say, say_plural
from llmcost.report.figures import visible
from llmcost.sources.logs.forms import LogForm

if TYPE_CHECKING:
    from llmcost.cli.logs import Logs
    from llmcost.planning.account import Account
    from llmcost.planning.exchanged import RateOf

ZONE = "Asia/Shanghai"


def usage(
    paths: options.Paths = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="WHAT",
            help="Tell apart by model (default), provider, day, month, key, user or project; "
            "comma-separated for several.",
        ),
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="ID",
            help="Price the same requests on this model too; again or comma-separated for more.",
            autocompletion=options.complete_model,
        ),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NAME=ID", help="Bill the log's NAME as this model."),
    ] = None,
    provider: Annotated[
        list[str] | None,
        typer.Option(
            "--provider", metavar="ID", help="Who sold a model, where the log does not say it."
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="ZONE", help=f"Time zone of days; default: {ZONE}."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Prices of --what-if, and of requests without a time; default: theirs, today's.",
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CNY|USD", help="Default: that of the models, or CNY."),
    ] = None,
    fx: options.ExchangeRate = None,
    format: options.PageFormat = None,
    quiet: options.Quiet = False,
    fail_over: Annotated[
        str | None,
        typer.Option("--fail-over", metavar="AMOUNT", help='Exit 3 if it cost more: "100 yuan".'),
    ] = None,
    prices: options.PriceFiles = None,
    input_format: Annotated[
        LogForm | None,
        typer.Option("--input-format", help="Of the logs; default: each line as its fields say."),
    ] = None,
    unique: Annotated[
        bool, typer.Option("--unique", help="Bill an answer once, however often it was logged.")
    ] = False,
    encoding: options.Encoding = "utf-8",
    skip_bad: options.SkipBad = False,
    max_bytes: options.MaxBytes = None,
    workers: options.Workers = None,
    no_progress: options.NoProgress = False,
) -> Output:
    """What the requests of logs cost, and what they would have cost elsewhere.

    Logs are response bodies, batch results, LiteLLM's spend logs or OpenTelemetry spans, one a
    line. Each request is billed at its own time.

    Example: llmcost usage requests.jsonl --by day,model --what-if qwen-plus
    """
    from llmcost.cli.gates import limit_of
    from llmcost.cli.inputs import Asked
    from llmcost.cli.logged import exchanged_for, kinds_of, known_zone, meant, undated_of
    from llmcost.cli.logs import Way, read_logs
    from llmcost.cli.run import How
    from llmcost.cli.tables import load_table
    from llmcost.planning.account import CALLERS, account
    from llmcost.planning.charges import Biller
    from llmcost.planning.elsewhere import edges_of, elsewhere
    from llmcost.planning.moments import clocks_of
    from llmcost.planning.named import Names
    from llmcost.prices.calendar import RealCalendar
    from llmcost.pricing.catalog import find
    from llmcost.tokens.ratios import RATIOS

    kinds, limit, zone = kinds_of(by), limit_of(fail_over), known_zone(zone or ZONE)
    undated, rows = undated_of(at, clock.now())
    table = load_table(prices)
    targets = find(table, table.models, options.words(what_if), undated.at)
    names = Names(table, meant(map_), options.words(provider))
    way = Way(
        input_format or LogForm.AUTO,
        tuple(one.value for one in kinds if one in CALLERS),
        clocks_of(table, zone),
        edges_of(table, targets, RATIOS.__getitem__, RATIOS),
        unique,
    )
    how = How(workers, not (no_progress or quiet))
    most = options.size(max_bytes, "--max-bytes")
    logs = read_logs(Asked(paths or [], encoding, most=most, how=how), way)
    biller = Biller(table, RealCalendar(), zone, undated)
    charges = list(biller.charges(logs.tally.cells(), names))
    priced = [one for one in charges if one.amount is not None]
    others = [
        elsewhere(
            priced, one, table.providers[one.provider].currency, biller, RATIOS.__getitem__, rows
        )
        for one in targets
    ]
    exchanged = exchanged_for(table, priced, targets, currency, options.rate(fx))
    result = account(charges, others, kinds, exchanged)
    failure, also = failures(result, logs, limit, exchanged.rate_of, skip_bad=skip_bad)
    if quiet:
        return Output(bare(result), also, failure)
    return Output(
        present(result, logs, zone, format_for(format)), [*talk(result, logs, zone), *also], failure
    )


def failures(
    result: "Account",
    logs: "Logs",
    limit: money.Money | None,
    rate_of: "RateOf",
    *,
    skip_bad: bool,
) -> tuple[LlmcostError | None, list[str]]:
    """What the exit code tells, and what else went wrong."""
    from llmcost.cli.gates import one_of, passed
    from llmcost.planning.exchanged import Exchanged, cost_of

    gate = None
    if limit is not None:
        spent = Exchanged(limit.currency, rate_of)
        costs = [cost_of(one, spent) for one in result.charges if one.amount is not None]
        gate = passed(limit, [(say("the log"), sum(costs, money.ZERO), "")]) or unjudged(result)
    unread = logs.failure(skip_bad=skip_bad)
    failure, also = one_of(gate, nothing_billed(result))
    also += str(unread).splitlines() if failure and unread else []
    return logs.stopped or failure or unread, also


def unjudged(result: "Account") -> LlmcostError | None:
    """A limit says nothing of a cost that is only partly known."""
    if not result.gaps:
        return None
    return LlmcostError(
        say_plural(
            "--fail-over cannot be judged: 1 request has no price",
            "--fail-over cannot be judged: {number:,} requests have no price",
            result.total.unpriced.requests,
        ),
        hint=say("--map NAME=MODEL says as which model of the table a name is billed"),
    )


def nothing_billed(result: "Account") -> LlmcostError | None:
    if not result.charges:
        return LlmcostError(
            say("there is no request with usage in the log"),
            hint=say("see `llmcost usage --help` for the forms that are known"),
        )
    if result.total.cost is None:
        return LlmcostError(say("no request of the log has a price"))
    return None


def bare(result: "Account") -> str:
    from llmcost.report.figures import plain

    return "" if result.total.cost is None else f"{plain(result.total.cost)}\n"


def present(result: "Account", logs: "Logs", zone: str, format: Format) -> str:
    from llmcost.cli.counted import failed_document
    from llmcost.cli.paged import usage_text
    from llmcost.report import usage as report
    from llmcost.report.ages import age_document
    from llmcost.report.usage_document import document
    from llmcost.report.usage_notes import notes, used

    if format in (Format.TABLE, Format.MD):
        return "\n".join(pages(result, format)) if result.charges else ""
    if format is Format.HTML:
        return usage_text(result, logs, zone, talk(result, logs, zone))
    inputs = [
        {"name": visible(one.name), "bytes": one.bytes, "requests": one.requests}
        for one in logs.inputs
    ]
    return render(
        format,
        human=lambda: report.machine(result),
        machine=lambda: report.machine(result),
        document=lambda: {
            **document(result, zone, inputs, {**logs.kinds, "bad": logs.failures}),
            "notes": notes(result, logs.kinds, logs.naive, zone, unique=logs.way.unique),
            **age_document(used(result)),
            **failed_document(logs.unread, partial=logs.stopped is not None),
        },
    )


def pages(result: "Account", format: Format) -> Iterator[str]:
    from llmcost.report import usage as report
    from llmcost.report.grid import markdown

    drawn = draw if format is Format.TABLE else markdown
    yield drawn(report.human(result))
    if result.compared:
        yield drawn(report.elsewhere(result))


def talk(result: "Account", logs: "Logs", zone: str) -> list[str]:
    from llmcost.report.usage_notes import notes

    return [*logs.notes, *notes(result, logs.kinds, logs.naive, zone, unique=logs.way.unique)]
