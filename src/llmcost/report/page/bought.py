"""What a budget buys on each model: its chart, its points and its columns."""

from decimal import Decimal

from llmcost.language import _
from llmcost.planning.budget import Answer, Line
from llmcost.pricing.table import State
from llmcost.report.figures import figure as quantity
from llmcost.report.page.bars import MOST, Bar, bars, most_note
from llmcost.report.page.common import Columns, names
from llmcost.report.page.scores import Priced
from llmcost.report.page.sheet import Section, figure
from llmcost.report.page.table import Column, number
from llmcost.report.purchase import Ratios, column, figures


def best(answer: Answer) -> str:
    """The answer in a sentence; nothing if no model is paid."""
    paid = paid_lines(answer)
    if not paid:
        return ""
    model, tokens = paid[0].model.key, quantity(tokens_of(paid[0]) or 0, 0)
    return _("The most tokens for the money are sold by {model}: {tokens}.",
             model=model, tokens=tokens)  # fmt: skip


def tokens_of(line: Line) -> int | None:
    """In the mix of input and output, or of input where no output is sold; None: no limit."""
    bought = line.purchase
    return None if bought is None else (bought.mixed or bought.input_only).tokens


def paid_lines(answer: Answer) -> list[Line]:
    return [
        line
        for line in answer.budget.lines
        if line.case.row.state is not State.FREE and tokens_of(line) is not None
    ]


def chart(answer: Answer, name: str) -> Section | None:
    """The models that sell the most tokens for the budget."""
    paid = paid_lines(answer)
    if not paid:
        return None
    found = []
    for line in paid[:MOST]:
        amount = Decimal(tokens_of(line) or 0)
        text = quantity(amount, 0)
        found.append(Bar(line.model.key, amount, amount, amount, text))
    mix = answer.budget.query.workload.mix
    title = _("Tokens that the budget buys, input and output {mix}", mix=mix)
    below = [most_note(len(found), len(paid))]
    drawing = bars(name, title, found, "")
    return Section(_("The most tokens"), (figure(title, drawing, below=below),))


def points(answer: Answer) -> tuple[list[Priced], str, str]:
    """The tokens that are bought, of which more are better."""
    found = []
    for line in paid_lines(answer):
        tokens = Decimal(tokens_of(line) or 0)
        found.append(Priced(line.model, line.model.key, -tokens, tokens, quantity(tokens, 0)))
    return found, "", _("tokens that the budget buys")


def columns(answer: Answer, ratios: Ratios) -> Columns:
    """The figures of the table on a terminal; with users, all but the first are of one user."""
    lines, workload = answer.budget.lines, answer.budget.query.workload
    yield from names(lines)
    for title, of in figures(workload.mau, str(workload.mix), ratios, wide=True):
        texts = column(lines, of)
        cells = [number(text, of(line)) for text, line in zip(texts, lines, strict=True)]
        yield Column(title, number=True), cells
