"""`llmcost usage`: what did the requests of a log cost, and what would they have cost elsewhere?

What the options of `llmcost usage` mean.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost import money
from llmcost.cli import options
from llmcost.cli.output import Output, draw, format_for, render
from llmcost.commands.usage.charges import Charge, Exchanged, When
from llmcost.commands.usage.summary import By
from llmcost.errors import LlmcostError, UsageError
from llmcost.logs.log_formats import LogForm
from llmcost.messages import joined, say, say_plural, visible
from llmcost.price_data.calendar import zone_info
from llmcost.price_data.loader import load_exchange_rates
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.pricing.terms import Hours
from llmcost.render.table import Format
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from llmcost.commands.usage.charges import RateOf
    from llmcost.commands.usage.summary import Account
    from llmcost.logs.log_files import Logs

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
    from llmcost.commands.usage.alternatives import edges_of, elsewhere
    from llmcost.commands.usage.charges import Biller
    from llmcost.commands.usage.summary import CALLERS, account
    from llmcost.logs.aggregation import clocks_of
    from llmcost.logs.log_files import Way, read_logs
    from llmcost.logs.model_names import Names
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.pricing.catalog import find
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.open_inputs import How
    from llmcost.runtime.price_table import load_table
    from llmcost.tokenizers.estimator import RATIOS

    kinds, limit, zone = kinds_of(by), limit_of(fail_over), known_zone(zone or ZONE)
    undated, rows = undated_of(at, clock.now())
    table = load_table(prices)
    targets = find(table, table.models, option_values.words(what_if), undated.at)
    names = Names(table, meant(map_), option_values.words(provider))
    way = Way(
        input_format or LogForm.AUTO,
        tuple(one.value for one in kinds if one in CALLERS),
        clocks_of(table, zone),
        edges_of(table, targets, RATIOS.__getitem__, RATIOS),
        unique,
    )
    options.refuse_beside("-q", quiet, {"--format": format is not None})
    how = How(workers, not (no_progress or quiet))
    most = option_values.size(max_bytes, "--max-bytes")
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
    exchanged = exchanged_for(table, priced, targets, currency, option_values.rate(fx))
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
    from llmcost.commands.usage.charges import Exchanged
    from llmcost.commands.usage.charges import exchanged_cost as cost_of

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
    from llmcost.render.text import plain

    return "" if result.total.cost is None else f"{plain(result.total.cost)}\n"


def present(result: "Account", logs: "Logs", zone: str, format: Format) -> str:
    from llmcost.commands.usage import view as report
    from llmcost.commands.usage.usage_notes import notes, used
    from llmcost.commands.usage.view import document
    from llmcost.commands.usage.view import usage_html as usage_text
    from llmcost.render.wording import age_document
    from llmcost.runtime.open_inputs import failed_document

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
    from llmcost.commands.usage import view as report
    from llmcost.render.table import markdown

    drawn = draw if format is Format.TABLE else markdown
    yield drawn(report.human(result))
    if result.compared:
        yield drawn(report.elsewhere(result))


def talk(result: "Account", logs: "Logs", zone: str) -> list[str]:
    from llmcost.commands.usage.usage_notes import notes

    return [*logs.notes, *notes(result, logs.kinds, logs.naive, zone, unique=logs.way.unique)]


MIXED = "CNY"  # the currency of models that bill in several


def kinds_of(by: Sequence[str] | None) -> list[By]:
    """What --by says, each once. Raises UsageError."""
    found = []
    for one in option_values.words(by) or [By.MODEL.value]:
        if one not in list(By):
            raise UsageError(
                say("--by cannot be `{what}`", what=visible(one)),
                hint=say("it is one or more of {words}", words=joined(By)),
            )
        found.append(By(one))
    return list(dict.fromkeys(found))


def known_zone(name: str) -> str:
    try:
        zone_info(name)
    except (ValueError, OSError, KeyError):
        raise UsageError(
            say("no time zone is called `{zone}`", zone=visible(name)),
            hint=say("for example Asia/Shanghai or Europe/Berlin"),
        ) from None
    return name


def undated_of(at: str | None, now: datetime) -> tuple[When, datetime | None]:
    """When requests without a time are billed, a bare day being off-peak; and the instant whose
    rows hold for other models, if not each request's own."""
    found = option_values.instant(at, now)
    has_hour = at is not None and not option_values.is_day(at)
    return When(found, found if has_hour else Hours.OFF_PEAK), None if at is None else found


def meant(pairs: Sequence[str] | None) -> dict[str, str]:
    """The names of --map. Raises UsageError."""
    found = {}
    for pair in pairs or ():
        name, sign, model = pair.rpartition("=")
        if not (name and sign and model):
            raise UsageError(
                say("--map takes a name and a model: `{text}`", text=visible(pair)),
                hint=say("for example --map gpt-4o-prod=openai/gpt-4o"),
            )
        found[name] = model
    return found


def exchanged_for(
    table: PriceTable,
    priced: Sequence[Charge],
    targets: Sequence[Model],
    wanted: str | None,
    fx: Decimal | None,
) -> Exchanged:
    """The currency asked for, or the one of all models, or CNY; rates are those of each day."""
    billed = {one.currency for one in priced if one.amount}
    billed |= {table.providers[one.provider].currency for one in targets}
    target = money.currency(wanted) if wanted is not None else MIXED
    if wanted is None and len(billed) == 1:
        target = billed.pop()
    if fx is not None:
        given = money.Rate(fx)
        return Exchanged(target, lambda day: given)
    return Exchanged(target, load_exchange_rates().on)
