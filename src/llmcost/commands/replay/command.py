"""`llmcost replay`: what an agent's sessions cost on each model, under the rules of its cache."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.option_groups import CurrencyOptions, FigureOptions, ModelOptions, grouped
from llmcost.cli.output import Output, around, draw, format_for, render, rows_beside, width
from llmcost.commands.replay.log_sessions import (
    ReplayLogOptions,
    ReplayTimeOptions,
    ShapeOption,
    traffic_of,
)
from llmcost.errors import GateFailed, LlmcostError, UsageError
from llmcost.messages import say, visible
from llmcost.render.table import Format, markdown
from llmcost.runtime.gates import limit_of, nothing_priced, passed

if TYPE_CHECKING:
    from llmcost.commands.replay.compute import Replayed, ReplayLine
    from llmcost.render.result_table import Selection

SCREEN = 8  # lines beside the rows of a table


class ReplayGroup(StrEnum):
    SESSION = "session"
    DAY = "day"
    PROJECT = "project"


GroupName = Annotated[
    ReplayGroup | None, options.option("--by", "Costs of each session, day or project.")
]
LifetimeName = Annotated[
    str | None,
    options.option(
        "--cache-lifetime 5m|1h|…",
        "Lifetime to buy of caches that sell several; default: the one that costs least.",
    ),
]


@grouped
def replay(
    *,
    paths: options.Paths = None,
    shape: ShapeOption = None,
    models: ModelOptions,
    by: GroupName = None,
    cache_lifetime: LifetimeName = None,
    time: ReplayTimeOptions,
    currency: CurrencyOptions,
    result: FigureOptions,
    fail_over: options.FailOver = None,
    prices: options.PriceFiles = None,
    logs: ReplayLogOptions,
) -> Output:
    """Replay an agent's sessions under each vendor's cache rules.

    Sessions of transcripts and logs, or of a shape that you describe, are followed through time:
    what each vendor's cache would have read, written and lost, and what that costs.

    Examples:
      llmcost replay ~/.claude/projects
      llmcost replay --shape turns=51,system=12k,user=200,tool_result=2k,output=350,gap=40s
      llmcost replay session.jsonl -m claude,gpt,qwen --by day
    """
    from llmcost.commands.replay.compute import replayed
    from llmcost.pricing.price_rows import LIFETIMES
    from llmcost.runtime.price_table import load_table, others_of, selection_notes

    result.refuse_bare({"--by": by is not None})
    if cache_lifetime is not None and cache_lifetime not in LIFETIMES:
        raise UsageError(
            say("--cache-lifetime cannot be `{text}`", text=visible(cache_lifetime)),
            hint=say("for example --cache-lifetime 1h"),
        )
    limit, when = limit_of(fail_over), time.when
    table = load_table(prices, when.at.date())
    selection = models.chosen(table, when.at, everything=result.all_)
    exchange = currency.exchange(table, selection.models, when.at, [limit])
    traffic = traffic_of(shape, paths, logs, table, time, selection.models, is_grouped=bool(by))
    base = traffic.base or (selection.models[0].key if models.named else "")
    found = replayed(traffic.replay, exchange, when.at, base, lifetime=cache_lifetime or "")
    if not traffic.replay.requests:
        raise traffic.failure or no_session()
    failure = traffic.failure or nothing_priced(found.lines, found.excluded) or over(found, limit)
    format = format_for(result.format)
    chosen = result.select(found.lines, format, named=models.named, fitting=rows_beside(SCREEN))
    if result.is_bare:
        return Output(figures(found, chosen, result), traffic.cautions, failure)
    from llmcost.commands.replay.view import notes

    mean = (found.input // found.requests, found.output // found.requests)
    others = others_of(table, selection, when.at, exchange, mean)
    said = [*traffic.notes, *notes(found), *selection_notes(selection, others)]
    text = present(found, chosen, by.value if by else "", format, said)
    brief = result.brief(
        [*traffic.legend, *legend(found)],
        *(len(chosen.rows), chosen.rest, len(chosen.free), len(found.excluded)),
        *(said, others),
    )
    return Output(text, [*traffic.cautions, *said], failure, brief)


def no_session() -> LlmcostError:
    return LlmcostError(
        say("there is no request with usage in the log"),
        hint=say("see `llmcost usage --help` for the forms that are known, or use --shape"),
    )


def over(found: "Replayed", limit: "object") -> LlmcostError | None:
    """--fail-over, on the rows that are ranked."""
    from llmcost.money import Money, convert
    from llmcost.runtime.gates import name_of

    if not isinstance(limit, Money):
        return None
    code, rate = found.exchange.currency, found.exchange.rates
    costs = [
        (
            name_of(one.model.key, ""),
            convert(one.cost.amount, code, limit.currency, rate),
            "",
        )
        for one in found.lines
        if not one.is_free
    ]
    failed = passed(limit, costs)
    return failed if isinstance(failed, GateFailed) else None


def legend(found: "Replayed") -> list[str]:
    from llmcost.render.text import short_rate

    code = found.exchange.currency
    lines = [one for one in found.lines if not one.is_free]
    is_open = any(not one.best.offer.is_known for one in lines)
    is_mixed = any(one.target.currency != code for one in lines)
    return [
        *([say("~ rules not all published")] if is_open else []),
        *([short_rate(found.exchange)] if found.exchange.rates and is_mixed else []),
    ]


def figures(found: "Replayed", chosen: "Selection[ReplayLine]", result: FigureOptions) -> str:
    from llmcost.commands.replay.view import bare, columns

    if result.get is not None:
        return result.field(columns(found, chosen), chosen.rows)
    return bare([one for one in chosen.rows if not one.is_free])


def present(
    found: "Replayed",
    chosen: "Selection[ReplayLine]",
    kind: str,
    format: Format,
    notes: Sequence[str],
) -> str:
    from llmcost.commands.replay.view import columns, conclusion, document, group_grid, headline
    from llmcost.render.result_table import for_people, for_programs

    if format in (Format.TABLE, Format.MD):
        if not found.lines:
            return ""
        written: Callable[..., str] = draw if format is Format.TABLE else markdown
        room = None if format is Format.MD else width()
        table = (
            group_grid(found, kind)
            if kind
            else for_people(columns(found, chosen), chosen.rows, room)
        )
        return around(format, f"{headline(found)}\n", written(table), f"{conclusion(found)}\n")

    def machine() -> "object":
        if kind:
            return group_grid(found, kind, plainly=True)
        return for_programs(columns(found, chosen), chosen.rows)

    return render(
        format,
        human=machine,  # type: ignore[arg-type]
        machine=machine,  # type: ignore[arg-type]
        document=lambda: document(found, notes, kind),
    )
