"""`llmcost prices check`: is a price file right, and how old is what it says?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.gates import days_of, too_old
from llmcost.cli.options import Format
from llmcost.cli.output import Output, draw, format_for, render, wrapped
from llmcost.language import _, told
from llmcost.messages import joined, say

if TYPE_CHECKING:
    from llmcost.planning.check import Check
    from llmcost.report.grid import Grid

TOP = 20
MOST_NAMED = 4
TO_DO = say("read it at its source, and write the day to `checked`")


def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A price file; default: ours.")
    ] = None,
    max_age: options.MaxAge = None,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    all_: Annotated[bool, typer.Option("--all", help="Show every provider and model.")] = False,
    format: options.FormatName = None,
) -> Output:
    """Check a price file, and tell when its prices were last read at their source.

    All problems are shown with file and line. A month of --max-age is 30 days, a year 365.

    Example: llmcost prices check --max-age 60d
    """
    from llmcost.cli.tables import check_table
    from llmcost.planning.check import check as examine
    from llmcost.pricing.catalog import sold_by
    from llmcost.report import check as report

    at = options.instant(as_of, clock.now())
    most = days_of(max_age)
    path, table = check_table(file)
    result = examine(sold_by(table, options.words(provider)), at)
    format = format_for(format)
    if format in (Format.TABLE, Format.MD):
        everything = all_ or format is Format.MD
        text = overview(result, str(path), None if everything else TOP, format)
        notes = [] if everything else hidden(result)
    else:
        text = render(
            format,
            human=lambda: report.machine(result),
            machine=lambda: report.machine(result),
            document=lambda: report.document(result, str(path)),
        )
        notes = []
    return Output(text, notes, too_old(result.held, most, TO_DO))


def overview(result: "Check", name: str, top: int | None, format: Format) -> str:
    """The summary and its tables, one below the other; `top` of each where it is given."""
    from llmcost.report import check as report
    from llmcost.report.grid import markdown

    sections: list[tuple[str, Grid]] = [
        (_("days since the prices were read"), report.providers(result.providers[:top])),
        (_("the longest unread"), report.oldest(result.held[:top])),
        (_("announced"), report.ahead(result.ahead[:top])),
    ]
    written = draw if format is Format.TABLE else markdown
    lines = report.summary(result, name, None if top is None else MOST_NAMED)
    blocks = ["".join(f"{wrapped(told(line))}\n" for line in lines)]
    blocks += [f"{title}\n\n{written(grid)}" for title, grid in sections if grid.rows]
    return "\n".join(blocks)


def hidden(result: "Check") -> list[str]:
    counts = (
        (say("providers"), len(result.providers)),
        (say("models"), len(result.held)),
        (say("changes"), len(result.ahead)),
    )
    more = [
        say("{what} {number}", what=what, number=number - TOP)
        for what, number in counts
        if number > TOP
    ]
    return [say("not shown: {what}; --all shows them", what=joined(more))] if more else []
