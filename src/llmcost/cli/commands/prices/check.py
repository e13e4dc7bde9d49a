"""`llmcost prices check`: is a price file right, and how old is what it says?"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.options import Format
from llmcost.cli.output import Output, draw, format_for, render, wrapped
from llmcost.errors import GateFailed, UsageError

if TYPE_CHECKING:
    from llmcost.planning.check import Check
    from llmcost.report.grid import Grid

TOP = 20
MOST_NAMED = 4
SPAN = re.compile(r"([1-9][0-9]{0,4})([dwmy])", re.ASCII)
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A price file; default: ours.")
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age", metavar="60d", help="Exit 3 if a price was last read before; 8w, 6m, 1y."
        ),
    ] = None,
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
    most = None if max_age is None else days_of(max_age)
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
    return Output(text, notes, None if most is None else gate(result, most))


def days_of(span: str) -> int:
    found = SPAN.fullmatch(span)
    if found is None:
        raise UsageError(f"--max-age is not a span of time: `{span}`", hint="for example 60d or 8w")
    return int(found[1]) * DAYS[found[2]]


def overview(result: "Check", name: str, top: int | None, format: Format) -> str:
    """The summary and its tables, one below the other; `top` of each where it is given."""
    from llmcost.report import check as report
    from llmcost.report.grid import markdown

    sections: list[tuple[str, Grid]] = [
        ("days since the prices were read", report.providers(result.providers[:top])),
        ("the longest unread", report.oldest(result.held[:top])),
        ("announced", report.ahead(result.ahead[:top])),
    ]
    written = draw if format is Format.TABLE else markdown
    lines = report.summary(result, name, None if top is None else MOST_NAMED)
    blocks = ["".join(f"{wrapped(line)}\n" for line in lines)]
    blocks += [f"{title}\n\n{written(grid)}" for title, grid in sections if grid.rows]
    return "\n".join(blocks)


def hidden(result: "Check") -> list[str]:
    counts = {"providers": result.providers, "models": result.held, "changes": result.ahead}
    more = [f"{what} {len(found) - TOP}" for what, found in counts.items() if len(found) > TOP]
    return [f"not shown: {', '.join(more)}; --all shows them"] if more else []


def gate(result: "Check", most: int) -> GateFailed | None:
    """GateFailed if a price in force was read more than `most` days ago."""
    old = [one for one in result.held if one.age > most]
    if not old:
        return None
    first = old[0]
    return GateFailed(
        f"{len(old)} of {len(result.held)} prices were read more than {most} days ago, the oldest "
        f"`{first.model.key}` on {first.row.checked}, {first.age} days",
        hint="read it at its source, and write the day to `checked`",
    )
