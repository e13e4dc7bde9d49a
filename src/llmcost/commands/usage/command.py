"""`llmcost usage`: what did the requests of a log cost, and what would they have cost elsewhere?"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import RowOptions, WorkerOptions, grouped
from llmcost.cli.output import Output, around, draw, format_for, render, width
from llmcost.commands.usage.charges import Biller, Charge, UsageTime
from llmcost.commands.usage.charges import exchanged_cost as cost_of
from llmcost.commands.usage.summary import OVERVIEW, Account, account
from llmcost.commands.usage.usage_options import (
    ZONE,
    BillFile,
    Groups,
    LogCurrencyOptions,
    LogFormatName,
    LogLimit,
    LogModelOptions,
    LogOptions,
    LogTimeOptions,
    UsageFormat,
    kinds_of,
    ratios_for,
    undated_of,
)
from llmcost.errors import LlmcostError
from llmcost.messages import caution, cautions_of, say, say_plural, visible
from llmcost.money import DailyExchange, RateOf
from llmcost.render.table import Format, csv_text, markdown
from llmcost.render.text import plain
from llmcost.runtime import clock, option_values
from llmcost.runtime.gates import limit_of, one_of, passed
from llmcost.runtime.standard_streams import has_input

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from llmcost.commands.usage.alternatives import Elsewhere, ReplayedLog
    from llmcost.commands.usage.elsewhere_cache import FollowedSessions
    from llmcost.commands.usage.overview import Overview
    from llmcost.logs.agent_folders import AgentLogs
    from llmcost.logs.log_files import Logs
    from llmcost.logs.model_names import LoggedNames
    from llmcost.pricing.price_rows import Model, PriceTable


@grouped
def usage(
    *,
    paths: options.Paths = None,
    by: Groups = None,
    models: LogModelOptions,
    time: LogTimeOptions,
    currency: LogCurrencyOptions,
    view: RowOptions,
    format: LogFormatName = None,
    bill: BillFile = None,
    quiet: options.Quiet = False,
    fail_over: LogLimit = None,
    prices: options.PriceFiles = None,
    inputs: LogOptions,
    workers: WorkerOptions,
) -> Output:
    """Price API logs, and re-price them on other models.

    Logs are response bodies, batch results, spans, logs of coding agents and gateways, or CSV
    files. Each request is billed at its own time, each answer once. Without a path, nor anything
    piped in: the logs of the coding agents on this machine.

    Examples:
      llmcost usage requests.jsonl
      llmcost usage logs/ --by day,model --currency CNY
      llmcost usage logs/ --what-if qwen-plus,deepseek-chat
    """
    from llmcost.logs.log_files import read_logs
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.runtime.price_table import load_table

    agents = agents_here(paths)
    paths = [file for one in agents for file in one.files] or paths
    read = OVERVIEW if agents and by is None else kinds_of(by)
    limit, zone = limit_of(fail_over), option_values.known_zone(time.zone or ZONE)
    undated, rows = undated_of(time.at, clock.now())
    table = load_table(prices)
    view.refuse_idle_rows(quiet, format)
    targets, names = models.targets(table, undated.at), models.names(table)
    asked = inputs.asked(paths or [], workers.how(quiet=quiet))
    way, sessions = inputs.way(read, table, zone, targets), sessions_for(targets)
    logs = read_logs(asked, way, sessions)
    biller = Biller(table, RealCalendar(), zone, undated)
    charges = list(biller.charges(logs.tally.cells(), names))
    priced = [one for one in charges if one.amount is not None]
    exchanged = currency.exchanged(table, priced, targets)
    replayed = replayed_sessions(sessions, table, targets, names, rows or latest(priced, undated))
    others = elsewhere_all(priced, targets, biller, table, rows, replayed)
    result = account(charges, others, kinds_of(by), exchanged, read, replayed.kept)
    failure, also = failures(result, logs, limit, exchanged.rate_of, skip_bad=inputs.skip_bad)
    if quiet:
        return Output(bare(result), [*cautions_of(talk(result, logs, zone)), *also], failure)
    if bill is not None:
        return reconciled(bill, charges, biller, names, exchanged, format)
    if format is UsageFormat.FOCUS:
        return Output(focused(charges, table, biller), [*logs.notes, *also], failure)
    here = overview_here(charges, agents, exchanged, undated.at, zone) if read is OVERVIEW else None
    text = present(result, logs, zone, format_for(plain_format(format)), here, view)
    notes = [*map(say_files, agents), *talk(result, logs, zone), *also]
    return Output(text, notes, failure, view.few(notes))


def plain_format(format: UsageFormat | None) -> Format | None:
    return None if format is None else Format(format.value)


def agents_here(paths: "Sequence[str] | None") -> "Sequence[AgentLogs]":
    """The logs of this machine, where neither a path nor standard input names one."""

    if paths or has_input():
        return []
    from llmcost.logs.agent_folders import logs_here

    return logs_here()


def say_files(agent: "AgentLogs") -> str:
    return say_plural(
        "{agent}: 1 file", "{agent}: {number:,} files", len(agent.files), agent=agent.title
    )


def latest(priced: "Sequence[Charge]", undated: "UsageTime") -> "datetime":
    """When the last of these requests was sent."""
    return max((one.when.at for one in priced), default=undated.at)


def sessions_for(targets: "Sequence[Model]") -> "FollowedSessions | None":
    """What finds the sessions of the log, if there are models of --what-if."""
    if not targets:
        return None
    from llmcost.commands.usage.elsewhere_cache import FollowedSessions

    return FollowedSessions()


def replayed_sessions(
    sessions: "FollowedSessions | None",
    table: "PriceTable",
    targets: "Sequence[Model]",
    names: "LoggedNames",
    day: "datetime",
) -> "ReplayedLog":
    """The sessions of the log on the models of --what-if."""
    from llmcost.commands.usage.alternatives import ReplayedLog

    if sessions is None:
        return ReplayedLog()
    from llmcost.commands.usage.elsewhere_cache import caches_of_log

    return caches_of_log(sessions, table, targets, names, day)


def elsewhere_all(
    priced: "Sequence[Charge]",
    targets: "Sequence[Model]",
    biller: "Biller",
    table: "PriceTable",
    rows: "datetime | None",
    replayed: "ReplayedLog",
) -> "list[Elsewhere]":
    """The charges on each other model."""
    from llmcost.commands.usage.alternatives import elsewhere

    ratio_of = ratios_for(targets).__getitem__
    return [
        elsewhere(
            *(priced, one, table.providers[one.provider].currency, biller, ratio_of),
            *(rows, replayed.caches.get(one.key)),
        )
        for one in targets
    ]


def focused(charges: "Sequence[Charge]", table: "PriceTable", biller: "Biller") -> str:
    from llmcost.commands.usage.focus import focus

    return csv_text(focus(charges, table, biller))


def overview_here(
    charges: "Sequence[Charge]",
    agents: "Sequence[AgentLogs]",
    exchanged: DailyExchange,
    now: "datetime",
    zone: str,
) -> "Overview":
    """What the agents cost today and this month."""
    from llmcost.commands.usage.overview import overview
    from llmcost.price_data.calendar import zone_info

    return overview(charges, agents, exchanged, now.astimezone(zone_info(zone)).date())


def reconciled(
    bill: "Path",
    charges: "Sequence[Charge]",
    biller: "Biller",
    names: "LoggedNames",
    exchanged: DailyExchange,
    format: UsageFormat | None,
) -> Output:
    """The log beside a bill, in the bill's currency."""
    from llmcost.commands.usage.bill_lines import read_bill
    from llmcost.commands.usage.reconcile import reconcile
    from llmcost.commands.usage.reconcile_view import document, grid_of, notes

    lines = read_bill(bill, names, exchanged.currency)
    found = reconcile(
        charges, lines.lines, biller, DailyExchange(lines.currency, exchanged.rate_of)
    )
    text = render(
        format_for(plain_format(format)),
        human=lambda: grid_of(found),
        machine=lambda: grid_of(found, plainly=True),
        document=lambda: document(found),
    )
    return Output(text, notes(found, lines.left_out))


def failures(
    result: "Account",
    logs: "Logs",
    limit: money.Money | None,
    rate_of: RateOf,
    *,
    skip_bad: bool,
) -> tuple[LlmcostError | None, list[str]]:
    """What the exit code tells, and what else went wrong."""
    gate = None
    if limit is not None:
        spent = DailyExchange(limit.currency, rate_of)
        costs = [cost_of(one, spent) for one in result.charges if one.amount is not None]
        gate = passed(limit, [(say("the log"), sum(costs, money.ZERO), "")]) or unjudged(result)
    unread = logs.failure(skip_bad=skip_bad)
    failure, also = one_of(gate, nothing_billed(result))
    also += str(unread).splitlines() if failure and unread else []
    also += [caution(logs.unreadable())] if skip_bad and logs.failures else []
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
    return "" if result.total.cost is None else f"{plain(result.total.cost)}\n"


def present(
    result: "Account",
    logs: "Logs",
    zone: str,
    format: Format,
    here: "Overview | None",
    view: RowOptions,
) -> str:
    from llmcost.commands.usage import view as report

    if format in (Format.TABLE, Format.MD):
        return "\n".join(pages(result, logs, format, here, view)) if result.charges else ""
    if format is Format.HTML:
        from llmcost.commands.usage.page import usage_html

        return usage_html(result, logs, zone, talk(result, logs, zone))
    return render(
        format,
        machine=lambda: report.machine(result),
        document=lambda: whole_document(result, logs, zone, here),
    )


def whole_document(
    result: "Account", logs: "Logs", zone: str, here: "Overview | None"
) -> dict[str, object]:
    """The JSON contract of docs/output.md, with what was left out."""
    from llmcost.commands.usage.overview import overview_document
    from llmcost.commands.usage.usage_notes import notes, used
    from llmcost.commands.usage.view import document
    from llmcost.render.wording import age_document
    from llmcost.runtime.open_inputs import failed_document

    inputs = [
        {"name": visible(one.name), "bytes": one.bytes, "requests": one.requests}
        for one in logs.inputs
    ]
    return {
        **document(result, zone, inputs, {**logs.kinds, "bad": logs.failures}),
        "notes": notes(result, logs.kinds, logs.naive, zone),
        **({} if here is None else {"overview": overview_document(here, result)}),
        **age_document(used(result)),
        **failed_document(logs.unread, partial=logs.stopped is not None),
    }


def pages(
    result: "Account", logs: "Logs", format: Format, here: "Overview | None", view: RowOptions
) -> Iterator[str]:
    """The groups that fit between the headline and the conclusion, and the other models."""

    from llmcost.commands.usage.view import conclusion, elsewhere, headline, human
    from llmcost.render.wording import more_rows

    is_table = format is Format.TABLE
    drawn, room = (draw, width()) if is_table else (markdown, None)
    others = [drawn(elsewhere(result, room))] if result.compared else []
    if here is not None:
        from llmcost.commands.usage.overview import grids

        yield from map(drawn, grids(here, result))
        yield from others
        return
    head, end = headline(result, [one.name for one in logs.inputs]), conclusion(result)
    shown = view.first(result.lines, format, ["total", head, "header\n", *others, end])
    rest = len(result.lines) - len(shown)
    table = drawn(human(replace(result, lines=tuple(shown)), with_total=True, room=room))
    yield around(format, head, table, more_rows(rest) + ("" if others else end))
    if others:
        yield around(format, "", others[0], end)


def talk(result: "Account", logs: "Logs", zone: str) -> list[str]:
    from llmcost.commands.usage.usage_notes import notes

    return [*logs.notes, *notes(result, logs.kinds, logs.naive, zone)]
