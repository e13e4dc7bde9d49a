"""`llmcost host`: options to a workload on own GPUs, beside the API."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

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
from llmcost.commands.host.host_answers import UNUSED, answer_of
from llmcost.commands.host.host_options import HostOptions, HostOutputOptions, ShapeOptions
from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say, say_plural, visible
from llmcost.render.table import Format, markdown
from llmcost.runtime.gates import nothing_priced
from llmcost.runtime.scenario import refuse_idle, scenarios_of
from llmcost.workload.fields import Given

if TYPE_CHECKING:
    from llmcost.commands.host.compute import HostAnswer, HostLine
    from llmcost.commands.host.view import HostTable
    from llmcost.pricing.hosting_facts import HostingFacts
    from llmcost.workload.model_shape import ModelShape


@partial(takes_workload, unused=UNUSED)
@grouped
def host(
    *,
    given: Given,
    file: options.WorkloadFile = None,
    scenario: options.ScenarioNames = None,
    load: HostOptions,
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
    from llmcost.price_data.hosting_files import load_hosting

    facts = load_hosting()
    request = load.request
    given = request.given(given)
    others = {one.place: True for one in given.values()} | {"-f": file is not None}
    cache = shape.shape(others | {one: True for one in request.stated})
    if cache is not None:
        return kv_output(*cache, facts, output)
    folder = file.parent if file is not None else Path()
    scenarios = scenarios_of(file, scenario or [], given)
    refuse_idle(given, scenarios, {"effort": ("preset",)})
    answers = [
        answer_of(one, prices, folder, facts, request, everything=output.all_) for one in scenarios
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


def beyond(lines: Sequence["HostLine"], most: int) -> tuple[int, int]:
    """The models that the first lines do not have, and the lines of others that are cut."""
    shown = {one.family.id for one in lines[:most]}
    cut = [one.family.id for one in lines[most:]]
    return len({*cut} - shown), sum(one in shown for one in cut)


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
        cut = [beyond(one.answer.lines, len(rows.rows)) for one, rows in shown]
        models, lines = (max(numbers) for numbers in zip(*cut, strict=True))
        parts = [*dict.fromkeys(part for one, rows in shown for part in legend(one, rows.rows))]
        found = self.options.brief(
            parts,
            sum(len(rows.rows) for _one, rows in shown),
            models,
            0,
            max(len(one.excluded) for one in self.answers),
            notes,
        )
        if found is None or models or not lines:
            return found
        more = say_plural(
            "{number} more row; --all shows it", "{number} more rows; --all shows them", lines
        )
        return [parts, [more]]
