"""The lines of an estimate: which ones are shown, in which order, and what is told beside them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from llmcost.cli.options import Format
from llmcost.cli.output import WIDE, render, width
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.planning.estimate import Estimate, Line

TOP = 20
MOST_NAMED = 4


class Sort(StrEnum):
    COST = "cost"
    MODEL = "model"
    PROVIDER = "provider"
    TOKENS = "tokens"
    CONTEXT = "context"


def present(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"] | None,
    reading: Mapping[str, object],
    format: Format,
    *,
    own: bool,
    explain: bool,
) -> str:
    from llmcost.report import estimate as report
    from llmcost.report.explain import explained

    if each is not None:
        return broken_down(result, lines, each, reading, format, own=own)

    text = render(
        format,
        human=lambda: report.human(
            result, lines, own=own, wide=format is Format.MD or width() >= WIDE
        ),
        machine=lambda: report.machine(lines),
        document=lambda: {**report.document(result, lines), **reading},
    )
    if explain and format is Format.TABLE:
        text += "".join("\n" + explained(line) for line in lines)
    return text


def broken_down(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"],
    reading: Mapping[str, object],
    format: Format,
    *,
    own: bool,
) -> str:
    """One row an input, or request, and model, in the order of the inputs."""
    from llmcost.report import breakdown
    from llmcost.report.estimate import document

    return render(
        format,
        human=lambda: breakdown.human(each, own=own),
        machine=lambda: breakdown.machine(each),
        document=lambda: {
            **document(result, lines),
            **reading,
            **breakdown.document(each),
        },
    )


def bare(result: "Estimate", own: bool) -> str:
    from llmcost.report.figures import plain

    shown = [line.native if own else line.cost for line in result.lines]
    return "".join(f"{plain(one.amount)}\n" for one in shown)


def shown(result: "Estimate", sort: Sort, top: int | None) -> tuple[Sequence["Line"], int]:
    """The lines to show, in their order, and how many more there are."""
    lines = list(result.lines)
    match sort:
        case Sort.COST:
            pass
        case Sort.MODEL:
            lines.sort(key=lambda line: line.model.id.casefold())
        case Sort.PROVIDER:
            lines.sort(key=lambda line: line.model.provider)
        case Sort.TOKENS:
            lines.sort(key=lambda line: line.tokens.tokens)
        case Sort.CONTEXT:
            lines.sort(key=lambda line: line.model.context or 0, reverse=True)
    cut = len(lines) if top is None else top
    return lines[:cut], max(0, len(lines) - cut)


def how_many(top: int | None, everything: bool, format: Format) -> int | None:
    """A table on a screen is for reading, so it is short unless asked; data is complete."""
    if everything:
        return None
    return TOP if top is None and format is Format.TABLE else top


def talk(result: "Estimate", lines: Sequence["Line"], rest: int, everything: bool) -> list[str]:
    from llmcost.prices.load import own_files
    from llmcost.report.estimate import notes
    from llmcost.report.excluded import excluded_notes
    from llmcost.report.figures import visible

    most = len(result.excluded) if everything else MOST_NAMED
    own = [say("with the prices of {path}", path=visible(str(path))) for path in own_files()]
    more = [say("{number} more models; --all shows them", number=rest)] if rest else []
    return [*more, *own, *notes(result, lines), *excluded_notes(result.excluded, most)]
