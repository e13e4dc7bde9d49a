"""Pages for the tests: of commands over an invented table, and one with a text in every place."""

import contextlib
import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from llmcost.cli.app import main
from llmcost.render.html.bars import Bar, bars
from llmcost.render.html.lines import Dot, Trace, lines
from llmcost.render.html.page import HtmlPage, PageSection
from llmcost.render.html.pareto import Point, pareto
from llmcost.render.html.sortable_table import FEW, HtmlCell, HtmlColumn, from_grid, table
from llmcost.render.table import Column as Titled
from llmcost.render.table import grid
from llmcost.runtime import clock

OWN_PRICES = Path(__file__).parent / "pages.yaml"
OWN = ("--prices", str(OWN_PRICES), "--provider", "acme,globex")
WORKLOAD = ("--requests-per-user", "30", "--input-tokens", "500", "--output-tokens", "200")
COMMANDS = {
    "estimate": ("estimate", "text.txt", "-o", "100"),
    "budget": ("budget", "--mau", "1000", "--yuan", "100", *WORKLOAD),
    "bought": ("budget", "--mau", "1000", "--yuan", "100"),
    "carried": ("budget", "--yuan", "100", *WORKLOAD),
    "forecast": (
        *("forecast", "--mau", "1000", "--growth", "5%", "--yuan", "100", *WORKLOAD),
        *("--system-prompt", "text.txt"),
    ),
    "history": ("prices", "history", "small", "medium"),
    "usage": ("usage", "log.jsonl", "--by", "day,model", "--what-if", "medium,export"),
}
LOG = """\
{"object": "chat.completion", "created": 1763700000, "model": "small", "usage": \
{"prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1300}}
{"object": "chat.completion", "created": 1763800000, "model": "export", "usage": \
{"prompt_tokens": 2000, "completion_tokens": 100, "total_tokens": 2100}}
{"object": "chat.completion", "created": 1763800000, "model": "nobody", "usage": \
{"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}}
"""
SCORES = "model,score,source\nsmall,70.5,https://example.org/x\ndear,90,s\nnobody,1,s\n"


def printed(folder: Path, *words: str, format: str = "html") -> str:
    """What a command line writes in a folder of its own, at 10:00 of a Sunday."""
    (folder / "text.txt").write_text("What does this cost?\n" * 40)
    (folder / "log.jsonl").write_text(LOG)
    (folder / "scores.csv").write_text(SCORES)
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-22T10:00:00+08:00"))
        patch.chdir(folder)
        with contextlib.redirect_stderr(io.StringIO()):
            assert main([*words, *OWN, "--format", format]) == 0
    return out.getvalue()


def page_of(text: str) -> HtmlPage:
    """A page that has a text in every place."""
    amount = Decimal("1.5")
    bar = Bar(text, amount, amount, Decimal(2), text, text)
    trace = Trace(text, (Dot(0.0, amount, text), Dot(1.0, Decimal(2), text)))
    point = Point(text, amount, amount, amount, text)
    rows = [[HtmlCell(text), HtmlCell(text, value="1"), HtmlCell(text, anchor="here")]] * (FEW + 1)
    columns = [
        HtmlColumn(text, is_head=True, chooses=True),
        HtmlColumn(text, number=True),
        HtmlColumn(text),
    ]
    parts = (
        table("rows", text, columns, rows),
        bars("bars", text, [bar], text),
        lines("lines", text, text, [trace], [(0.5, text)], text),
        pareto("pareto", text, text, [point], text),
        from_grid("grid", text, grid([Titled(text)], [[text]])),
    )
    return HtmlPage(text, [text], [(text, text)], [text], [PageSection(text, parts)], [])
