"""Quality against price, where the user has scores."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from llmcost.language import _
from llmcost.planning.quality import Score, Scores
from llmcost.pricing.table import Model
from llmcost.report.figures import few, plain
from llmcost.report.page.elements import el
from llmcost.report.page.pareto import Point, pareto
from llmcost.report.page.sheet import Section, figure
from llmcost.report.page.sources import Sources
from llmcost.report.page.table import NOTHING, Cell, Column, number

MOST_NAMED = 5


class Priced(msgspec.Struct, frozen=True):
    """A model with what it costs: `cost` ranks (less is better), `amount` is drawn."""

    model: Model
    name: str
    cost: Decimal
    amount: Decimal
    text: str


def columns(
    scores: Scores, models: Sequence[Model], day: date, sources: Sources
) -> Iterator[tuple[Column, list[Cell]]]:
    """The score of each model and its source; a model without one says so."""
    found = [scores.of(model, day) for model in models]
    yield (
        Column(_("quality"), number=True),
        [Cell(_("none")) if one is None else number(plain(one.value), one.value) for one in found],
    )
    yield (
        Column(_("score from"), number=True),
        [NOTHING if one is None else sources.cell(source_of(one)) for one in found],
    )


def source_of(score: Score) -> str:
    if score.checked is None:
        return score.source
    return _("{source}, read on {day}", source=score.source, day=score.checked)


def section(
    scores: Scores, priced: Sequence[Priced], day: date, unit: str, axis: str, name: str
) -> Section:
    """The chart, and who is not on it. `axis` says what stands across."""
    found = [(one, scores.of(one.model, day)) for one in priced]
    points = [
        Point(one.name, one.amount, one.cost, score.value, f"{plain(score.value)}, {one.text}")
        for one, score in found
        if score is not None
    ]
    without = [one.name for one, score in found if score is None]
    title = _("{measure} against {axis}", measure=scores.measure, axis=axis)
    below = [
        _("Numbered: nothing else is as good for less. Scores are from your file."),
        absent(without),
        unknown(scores, [one.model for one in priced], day),
    ]
    if not points:
        said = _("None of the models here has a score in your file.")
        parts = tuple(el("p", text) for text in (said, *below[1:]) if text)
        return Section(_("Quality and price"), parts)
    described = _("Models by cost and score: {count}", count=len(points))
    chart = pareto(f"{name}-pareto", title, described, points, unit)
    return Section(_("Quality and price"), (figure(title, chart, below=below),))


def absent(names: Sequence[str]) -> str:
    if not names:
        return ""
    return _("No score: {names}", names=few(names, MOST_NAMED))


def unknown(scores: Scores, models: Sequence[Model], day: date) -> str:
    """Scores under names that no model here has."""
    names = [score.model for score in scores.unused(models, day)]
    if not names:
        return ""
    return _("In your file, but not among these models: {names}", names=few(names, MOST_NAMED))
