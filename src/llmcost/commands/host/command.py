"""`llmcost host`: options to a workload on own GPUs, beside the API."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from llmcost.cli import options
from llmcost.cli.option_groups import field_text, grouped
from llmcost.cli.output import (
    MOST_ROWS,
    Output,
    around,
    draw,
    format_for,
    printed_lines,
    render,
    rows_beside,
    screen_lines,
    width,
)
from llmcost.cli.workload_options import takes_workload
from llmcost.commands.host.host_options import (
    PER_DAY,
    HostOutputOptions,
    LoadOptions,
    MachineOptions,
    ShapeOptions,
)
from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say, visible
from llmcost.money import ZERO, Money
from llmcost.render.table import Format, markdown
from llmcost.runtime.gates import nothing_priced
from llmcost.runtime.scenario import (
    Scenario,
    busiest_hour,
    planned,
    refuse_unused,
    scenarios_of,
)
from llmcost.workload.fields import Given

if TYPE_CHECKING:
    from llmcost.commands.host.compute import HostAnswer, HostedFamily, HostLine
    from llmcost.commands.host.view import HostTable
    from llmcost.pricing.billing import Excluded
    from llmcost.pricing.hosting_facts import HostingFacts
    from llmcost.pricing.price_rows import PriceTable
    from llmcost.workload.model import Workload
    from llmcost.workload.model_shape import ModelShape

BUDGET = say("`llmcost budget` uses it")
UNUSED = {
    **dict.fromkeys(("growth", "decline", "total_budget"), say("`llmcost forecast` uses it")),
    **dict.fromkeys(
        (
            *("budget", "revenue_per_user", "paying_share", "spread", "percentiles", "mix"),
            *("fine_tune_tokens", "fine_tuning", "deployment", "instances", "deployment_hours"),
            *("fees", "months", "vs", "copies", "acquisition_cost"),
        ),
        BUDGET,
    ),
}
"""Fields that the comparison does not depend on, and what does."""


@takes_workload
@grouped
def host(
    *,
    given: Given,
    file: options.WorkloadFile = None,
    scenario: options.ScenarioNames = None,
    load: LoadOptions,
    machines: MachineOptions,
    shape: ShapeOptions,
    output: HostOutputOptions,
    prices: options.PriceFiles = None,
) -> Output:
    """Compare own GPUs and reserved throughput with the API.

    How many GPUs the busiest hour needs, what they cost a month, how much of them is used, and
    from which use they pay. Throughput is a forecast, not a measurement. Amounts are per month.

    Examples:
      llmcost host --requests-per-day 3M --input-tokens 4000 --output-tokens 500
      llmcost host -m gpt-oss-120b,glm-5.3 -f workload.yaml
      llmcost host -m qwen3-32b -f workload.yaml --gpu H200 --gpu-hour '$4.59'
    """
    output.refuse_idle()
    refuse_unused("host", given, UNUSED)
    from llmcost.price_data.hosting_files import load_hosting

    facts = load_hosting()
    others = {one.place: True for one in given.values()} | {"-f": file is not None}
    cache = shape.shape(others | {PER_DAY: load.requests_per_day is not None})
    if cache is not None:
        return kv_output(*cache, facts, output)
    folder = file.parent if file is not None else Path()
    scenarios = scenarios_of(file, scenario or [], load.given(given))
    answers = [
        answer_of(one, prices, folder, facts, load, machines, everything=output.all_)
        for one in scenarios
    ]
    failure = next((one for one in map(failure_of, answers) if one is not None), None)
    if failure is not None:
        raise failure
    view = HostView(answers, facts, output)
    if output.quiet:
        return Output(view.bare())
    if output.get is not None:
        return Output(view.field())
    return view.output(format_for(output.format))


def answer_of(
    scenario: Scenario,
    prices: Sequence[Path] | None,
    folder: Path,
    facts: "HostingFacts",
    load: LoadOptions,
    machines: MachineOptions,
    *,
    everything: bool,
) -> "HostAnswer":
    """The best machine of each model where none is named, else every machine. Raises LlmcostError
    for a workload without requests."""
    from llmcost.commands.host.compute import HostAnswer, families
    from llmcost.commands.host.compute import host as compared
    from llmcost.runtime.price_table import ModelSelection, sellers_of
    from llmcost.runtime.scenario import ScenarioTime, models_of

    is_named = "model" in scenario.said
    chosen: list[HostedFamily] = []
    left: list[Excluded] = []

    def choose(one: Scenario, table: "PriceTable", when: ScenarioTime) -> ModelSelection:
        named = models_of(one, table, when, everything=False) if is_named else None
        sellers = sellers_of(table, one.get("provider", ()))
        found, without = families(
            table, facts, when.at, None if named is None else named.models, sellers
        )
        chosen.extend(found)
        left.extend(without)
        models = {each.key: each for family in found for each in family.sellers}
        return ModelSelection([*models.values()], () if named is None else named.notes)

    question = planned(scenario, prices, folder, Money(ZERO, "USD"), choose=choose)
    workload = servable(scenario, question.query.workload, load.cached_share)
    query = replace(question.query, workload=workload)
    peak = load.peak
    busiest = busiest_hour(scenario, workload, query.month) if peak is None else None
    terms = machines.terms(facts, query.exchange.currency, peak, busiest)
    lines, excluded = compared(question.table, facts, chosen, query, terms)
    notes = tuple(question.selection.notes)
    if not is_named and not everything:
        lines = best_machines(lines)
    return HostAnswer(scenario.name, query, terms, tuple(lines), (*left, *excluded), notes)


def servable(scenario: Scenario, workload: "Workload", cached: Decimal | None) -> "Workload":
    """The requests of a workload without what own GPUs do not replace. Raises LlmcostError if none
    are described."""
    from llmcost.workload.traffic import has_requests

    if not has_requests(workload) or workload.mau is None:
        raise scenario.refusal(
            say("add a workload (--requests-per-user)"),
            "mau",
            hint=say(
                "give {option} 3M, or --mau with --requests-per-user; with --input-tokens and "
                "--output-tokens",
                option=PER_DAY,
            ),
        )
    alone = replace(
        workload, budget=None, revenue_per_user=None, fees={}, fine_tune_tokens=0, deployment=None
    )
    return alone if cached is None else with_cached(alone, cached)


def with_cached(workload: "Workload", share: Decimal) -> "Workload":
    """Single requests of which a share of the input is read from the cache. Raises UsageError."""
    is_single = workload.turns == 1 and not workload.tool_calls and not workload.context_tokens
    if not is_single or workload.system_tokens or workload.system_prompt or workload.cache_hit:
        raise UsageError(
            say("--cached is for requests without a conversation or a system prompt"),
            hint=say("use --cache-hit"),
        )
    read = int((workload.input_tokens or 0) * share)
    return replace(
        workload,
        system_tokens=read,
        input_tokens=(workload.input_tokens or 0) - read,
        cache_hit=Decimal(1),
        cache_minimum=0,
    )


def best_machines(lines: Sequence["HostLine"]) -> list["HostLine"]:
    """The best line of each model, ranked anew."""
    first = {one.family.id: one for one in reversed(lines)}
    kept = [one for one in lines if first[one.family.id] is one]
    return [replace(one, rank=rank) for rank, one in enumerate(kept, 1)]


def kv_output(
    shape: "ModelShape", bits: Decimal, facts: "HostingFacts", output: HostOutputOptions
) -> Output:
    """The KV cache of a model, as a table of machines; -q: its bytes per token."""
    from llmcost.commands.host.kv_view import kv_document, kv_grid, kv_headline
    from llmcost.render.text import data
    from llmcost.workload.model_shape import kv_bytes

    if output.quiet:
        return Output(f"{data(kv_bytes(shape, bits))}\n")
    format, grid = format_for(output.format), kv_grid(shape, bits, facts)
    if format in (Format.TABLE, Format.MD):
        form = draw if format is Format.TABLE else markdown
        return Output(around(format, kv_headline(shape, bits), form(grid), ""))
    return Output(
        render(format, machine=lambda: grid, document=lambda: kv_document(shape, bits, facts))
    )


def failure_of(answer: "HostAnswer") -> LlmcostError | None:
    """The error of a scenario without a line: why the first model was left out."""
    return nothing_priced(answer.lines, answer.excluded, answer.name)


class HostView(Struct, frozen=True):
    """What is displayed of the answers."""

    answers: Sequence["HostAnswer"]
    facts: "HostingFacts"
    options: HostOutputOptions

    def tables(self, format: Format, fitting: int) -> Iterator["HostTable"]:
        from llmcost.commands.host.view import HostTable
        from llmcost.render.result_table import Selection

        for answer in self.answers:
            most = self.options.most(format, fitting)
            rows = answer.lines if most is None else answer.lines[:most]
            found: Selection[HostLine] = Selection(rows, {}, (), len(answer.lines) - len(rows))
            yield HostTable(answer, self.facts, found)

    def bare(self) -> str:
        """The month on own GPUs of the best line. Raises UsageError for several scenarios."""
        from llmcost.render.text import data

        if len(self.answers) > 1:
            said = say("-q prints one number, not {number}", number=len(self.answers))
            raise UsageError(said, hint=say("choose one scenario with --scenario"))
        return f"{data(self.answers[0].lines[0].own.cost)}\n"

    def field(self) -> str:
        from llmcost.commands.host.view import columns

        tables = self.tables(Format.TSV, MOST_ROWS)
        return "".join(
            field_text(self.options.get or "", columns(one), one.answer.lines) for one in tables
        )

    def output(self, format: Format) -> Output:
        """The rows that fit beside the other lines of a screen, in the format."""
        tables = list(self.tables(format, MOST_ROWS))
        notes = self.notes(tables)
        brief = self.brief(tables, notes)
        if format is Format.TABLE and len(tables) == 1:
            around_rows = [*self.texts(tables[0]), *printed_lines(notes, brief)]
            lines = [*screen_lines(["header", *around_rows]), "", ""]
            tables = list(self.tables(format, rows_beside(len(lines))))
            notes = self.notes(tables)
            brief = self.brief(tables, notes)
        return Output(self.written(tables, format, notes), notes, None, brief)

    def texts(self, table: "HostTable") -> tuple[str, str]:
        from llmcost.commands.host.view import conclusion, headline

        name = f"{visible(table.answer.name)}\n\n" if table.answer.name else ""
        return name + headline(table.answer) + conclusion(table), ""

    def written(self, tables: Sequence["HostTable"], format: Format, notes: Sequence[str]) -> str:
        from llmcost.commands.host.view import columns, document
        from llmcost.render.result_table import for_people, for_programs
        from llmcost.render.table import Grid

        if format in (Format.TABLE, Format.MD):
            room = None if format is Format.MD else width()
            form = draw if format is Format.TABLE else markdown
            drawn = []
            for one in tables:
                rows = one.selection.rows if one.selection else ()
                head, end = self.texts(one)
                drawn.append(around(format, head, form(for_people(columns(one), rows, room)), end))
            return "\n".join(drawn)
        grids = [for_programs(columns(one), one.answer.lines) for one in tables]
        whole = Grid(grids[0].columns, tuple(row for grid in grids for row in grid.rows))
        return render(format, machine=lambda: whole, document=lambda: document(tables, notes))

    def notes(self, tables: Sequence["HostTable"]) -> list[str]:
        from llmcost.commands.host.view import notes
        from llmcost.runtime.price_table import own_prices

        found = own_prices()
        for one in tables:
            found += [*one.answer.notes, *notes(one, one.selection.rows if one.selection else ())]
        return list(dict.fromkeys(found))

    def brief(self, tables: Sequence["HostTable"], notes: Sequence[str]) -> list[list[str]] | None:
        from llmcost.commands.host.view import legend

        shown = [(one, one.selection) for one in tables if one.selection is not None]
        return self.options.brief(
            dict.fromkeys(part for one, rows in shown for part in legend(one, rows.rows)),
            sum(len(rows.rows) for _one, rows in shown),
            max(rows.rest for _one, rows in shown),
            0,
            max(len(one.excluded) for one in self.answers),
            notes,
        )
