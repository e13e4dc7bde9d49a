"""`llmcost plans`: subscriptions and coding plans, and which of them holds an agent's traffic."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from msgspec.structs import replace

from llmcost.cli import options
from llmcost.cli.option_groups import CurrencyOptions, ModelOptions, grouped, set_options
from llmcost.cli.output import Output, around, draw, format_for, render, rows_beside, width
from llmcost.commands.replay.log_sessions import (
    ReplayLogOptions,
    ReplayTimeOptions,
    ShapeOption,
)
from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say
from llmcost.render.table import Format, Grid, markdown

if TYPE_CHECKING:
    from llmcost.commands.plans.compute import Fitted, PlanFit, PlanTraffic
    from llmcost.commands.replay.compute import Replayed, ReplayLine, Session
    from llmcost.commands.replay.log_sessions import LoggedTraffic
    from llmcost.pricing.plan_rows import Plan, Plans
    from llmcost.pricing.price_rows import Model, PriceTable

SCREEN = 9  # lines beside the rows of a table
LIST_SCREEN = 8  # two of them for limits that take a second line

Fit = Annotated[
    bool, options.option("--fit", "Fit the traffic of a log, or of --shape, to the plans.")
]
Product = Annotated[
    bool,
    options.option("--product", "For a product's backend: no plan for coding tools alone."),
]
VendorName = Annotated[str | None, options.option("--vendor NAME", "Only plans of this vendor.")]


@grouped
def plans(
    *,
    paths: options.Paths = None,
    fit: Fit = False,
    shape: ShapeOption = None,
    product: Product = False,
    vendor: VendorName = None,
    models: ModelOptions,
    time: ReplayTimeOptions,
    currency: CurrencyOptions,
    top: options.Top = None,
    all_: options.All = False,
    notes: options.Notes = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
    logs: ReplayLogOptions,
) -> Output:
    """List subscriptions, and fit an agent's traffic to them.

    Without --fit, what is sold. With it, which plans suffice for the sessions of a log or shape,
    how many of their windows are exceeded, and what 1M tokens of this mix cost under each.

    Examples:
      llmcost plans --vendor zhipu
      llmcost plans --fit ~/.claude/projects
      llmcost plans --fit --shape turns=51,system=12k,tool_result=2k,output=350,gap=40s,sessions=8
    """
    from llmcost.price_data.bundled_files import load_plans

    chosen_format = format_for(format)
    whole = load_plans()
    found = of_vendor(whole.plans, vendor)
    if not fit:
        refused = {"--shape": shape is not None, "--product": product, "PATH": bool(paths)}
        named = [one for group in (models, time, currency, logs) for one in set_options(group)]
        refused |= {one: one != "--as-of" for one in named}
        options.refuse_without("--fit", False, refused)
        output = listing(whole, found, time, chosen_format, top, everything=all_)
        return replace(output, brief=None) if notes else output
    fitted, traffic = fit_of_options(
        *(found, paths, shape, models, time, currency, prices, logs),
        for_product=product,
        everything=all_,
    )
    most = None if all_ else rows_beside(SCREEN) if chosen_format is Format.TABLE else None
    rows = list(fitted.fits[: top or most])
    return answer(fitted, rows, whole, traffic, chosen_format, is_brief=not notes)


def of_vendor(plans: Sequence["Plan"], vendor: str | None) -> list["Plan"]:
    """Raises UsageError for a vendor that has no plan."""
    if vendor is None:
        return list(plans)
    wanted = vendor.casefold()
    found = [one for one in plans if wanted in one.vendor.casefold()]
    if not found:
        names = ", ".join(dict.fromkeys(one.vendor for one in plans))
        raise UsageError(
            say("no plan of `{name}`", name=vendor), hint=say("one of {names}", names=names)
        )
    return found


def listing(
    whole: "Plans",
    plans: Sequence["Plan"],
    time: ReplayTimeOptions,
    format: Format,
    top: int | None,
    *,
    everything: bool,
) -> Output:
    from llmcost.commands.plans.view import list_document, list_notes, listed, machine_list

    day = time.when.at.date()
    sold = [one for one in plans if everything or one.is_sold(day)]
    fitting = None if everything or format is not Format.TABLE else rows_beside(LIST_SCREEN)
    shown = sold[: top or fitting]
    text = render(
        format,
        human=lambda: listed(shown),
        machine=lambda: machine_list(shown),
        document=lambda: list_document(whole, shown),
    )
    notes = list_notes(whole, shown, rest=len(sold) - len(shown), ended=len(plans) - len(sold))
    return Output(text, notes, brief=[notes[:2], notes[2:]])


def fit_of_options(
    plans: Sequence["Plan"],
    paths: Sequence[str] | None,
    shape: str | None,
    models: ModelOptions,
    time: ReplayTimeOptions,
    currency: CurrencyOptions,
    prices: options.PriceFiles,
    logs: ReplayLogOptions,
    *,
    for_product: bool,
    everything: bool,
) -> tuple["Fitted", "LoggedTraffic"]:
    """Raises UsageError, UnreadableInput."""
    from llmcost.commands.plans.compute import fitted
    from llmcost.commands.replay.compute import replayed
    from llmcost.commands.replay.log_sessions import traffic_of
    from llmcost.money import ZERO, Money
    from llmcost.runtime.price_table import load_table

    when = time.when
    table = load_table(prices, when.at.date())
    targets = models_of(plans, models, table, time)
    both = [Money(ZERO, code) for code in ("CNY", "USD")]  # plans are in either
    exchange = currency.exchange(table, targets, when.at, both)
    sessions: list[Session] = []
    traffic = traffic_of(*(shape, paths, logs, table, time, targets), also=sessions.append, days=30)
    if not traffic.replay.requests:
        raise traffic.failure or LlmcostError(
            say("there is no request with usage in the log"),
            hint=say("see `llmcost usage --help` for the forms that are known, or use --shape"),
        )
    whole = replayed(traffic.replay, exchange, when.at, traffic.base)
    if traffic.base and not whole.base:
        whole = with_source(whole, sessions, table, time)
    requests = traffics_of(sessions, whole, traffic, is_named=bool(models.model))
    found = fitted(plans, requests, whole, for_product=for_product, everything=everything)
    return found, traffic


def with_source(
    found: "Replayed", sessions: Sequence["Session"], table: "PriceTable", time: ReplayTimeOptions
) -> "Replayed":
    """The result with the model that most requests of the log were sent to."""
    from collections import Counter

    import msgspec

    from llmcost.commands.replay.compute import Replay, replayed
    from llmcost.commands.replay.log_sessions import targets_of
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.pricing.usage import SAME

    sent: Counter[str] = Counter()
    sources = {one.source.key: one.source for one in sessions if one.source is not None}
    for one in sessions:
        if one.source is not None:
            sent[one.source.key] += len(one.tree.leaves)
    model = sources[sent.most_common(1)[0][0]]
    replay = Replay(
        targets_of(table, [model], time.when.at),
        lambda *_: SAME,
        RealCalendar(),
        lambda schedule: "",
    )
    for one in sessions:
        replay.add(one)
    own = replayed(replay, found.exchange, found.at, model.key)
    return msgspec.structs.replace(own, lines=(*own.lines, *found.lines))


def models_of(
    plans: Sequence["Plan"], models: ModelOptions, table: "PriceTable", time: ReplayTimeOptions
) -> list["Model"]:
    """The models named, or of each plan the first one that a maker sells by the token, and those
    that have rates."""
    from llmcost.pricing.catalog import on_sale

    if models.model or models.provider:
        return list(models.chosen(table, time.when.at).models)
    makers = on_sale([one for one in table.models if not one.serves], time.when.at)
    by_id: dict[str, Model] = {}
    for one in makers:
        by_id.setdefault(one.id.casefold(), one)
    found: dict[str, Model] = {}
    for plan in plans:
        named = [by_id[one.casefold()] for one in plan.models if one.casefold() in by_id]
        rated = [by_id[one.casefold()] for one in plan.rates if one.casefold() in by_id]
        found |= {one.key: one for one in (*named[:1], *rated)}
    return list(found.values())


def traffics_of(
    sessions: Sequence["Session"], found: "Replayed", traffic: "LoggedTraffic", *, is_named: bool
) -> list["PlanTraffic"]:
    """The requests by model. First those of the log's model, or of the cheapest of -m (`is_named`);
    without one, of a model that is not known."""
    from llmcost.commands.plans.compute import PlanTraffic, timeline, uncached

    def own(line: "ReplayLine") -> "PlanTraffic":
        requests = [
            one
            for session in sessions
            for one in timeline(session, line, traffic.replay.ratio(session.source, line.model))
        ]
        requests.sort(key=lambda one: one[0])
        return PlanTraffic(line.model.key, requests, line, traffic.copies)

    lines = [own(one) for one in found.lines if not one.is_free]
    lines.sort(key=lambda one: one.model != found.base)
    if lines and (is_named or lines[0].model == found.base):
        return lines
    plain = [one for session in sessions for one in uncached(session)]
    plain.sort(key=lambda one: one[0])
    return [PlanTraffic("", plain, None), *lines]


def answer(
    found: "Fitted",
    rows: Sequence["PlanFit"],
    whole: "Plans",
    traffic: "LoggedTraffic",
    format: Format,
    *,
    is_brief: bool,
) -> Output:
    from llmcost.commands.plans.view import (
        conclusion,
        fit_document,
        fit_grid,
        fit_machine,
        fit_notes,
        headline,
        legend,
    )

    notes = [*traffic.notes, *fit_notes(found, whole)]
    if format in (Format.TABLE, Format.MD):
        table: Grid = fit_grid(found, rows, None if format is Format.MD else width())
        text = around(
            format,
            f"{headline(found)}\n",
            draw(table) if format is Format.TABLE else markdown(table),
            f"{conclusion(found)}\n",
        )
    else:
        text = render(
            format,
            machine=lambda: fit_machine(found, rows),
            document=lambda: fit_document(found, whole, notes),
        )
    brief: list[list[str]] = [legend(found, len(found.fits) - len(rows))]
    brief.append([say("--notes explains")])
    return Output(text, [*traffic.cautions, *notes], traffic.failure, brief if is_brief else None)
