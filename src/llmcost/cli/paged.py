"""Results as an HTML page, with the scores that the user has."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcost.cli.options import Format
from llmcost.errors import UsageError
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.cli.logs import Logs
    from llmcost.planning.account import Account
    from llmcost.planning.budget import Answer
    from llmcost.planning.estimate import Estimate, Line
    from llmcost.planning.forecast import Answer as Forecasted
    from llmcost.planning.history import History
    from llmcost.planning.quality import Scores
    from llmcost.report.page.forecast import Bounds


def scores_of(file: Path | None, format: Format) -> "Scores | None":
    """What --quality names. Raises UsageError unless a page is asked for, and for bad files."""
    if file is None:
        return None
    if format is not Format.HTML:
        raise UsageError(
            say("--quality is drawn on a page only"), hint=say("add --format html > report.html")
        )
    from llmcost.workloads.quality import load_scores

    return load_scores(file)


def estimate_text(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"],
    reading: Mapping[str, Any],
    notes: Sequence[str],
    scores: "Scores | None",
) -> str:
    """An estimate as a page; `each` are those of single inputs, if they were asked for."""
    from llmcost.report.page.estimate import by_input, page
    from llmcost.report.page.excluded import unread
    from llmcost.report.page.sheet import written

    more = [*by_input(each), *unread(reading["failed"])]
    return written(page(result, lines, notes, more, scores))


def budget_text(answers: Sequence["Answer"], notes: Sequence[str], scores: "Scores | None") -> str:
    """Budgets as a page."""
    from llmcost.report.page.budget import page
    from llmcost.report.page.sheet import written
    from llmcost.tokens.ratios import RATIOS

    return written(page(answers, RATIOS, notes, scores))


def forecast_text(answers: Sequence["Forecasted"], bounds: "Bounds", notes: Sequence[str]) -> str:
    """Forecasts as a page."""
    from llmcost.report.page.forecast import page
    from llmcost.report.page.sheet import written

    return written(page(answers, bounds, notes))


def history_text(histories: Sequence["History"], at: datetime) -> str:
    """The prices of names over time, as a page."""
    from llmcost.report.page.history import page
    from llmcost.report.page.sheet import written

    return written(page(histories, at))


def usage_text(result: "Account", logs: "Logs", zone: str, notes: Sequence[str]) -> str:
    """The traffic of logs as a page."""
    from llmcost.report.page.sheet import written
    from llmcost.report.page.usage import page

    inputs = [
        {"name": one.name, "bytes": one.bytes, "requests": one.requests} for one in logs.inputs
    ]
    failed = [{"name": one.name, "reason": one.reason} for one in logs.unread]
    return written(page(result, zone, inputs, notes, failed))
