"""Quality against price: a point a model, the Pareto line, and the most attractive quadrant."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

import msgspec
from msgspec.structs import replace

from llmcost.language import _
from llmcost.pricing.price_rows import Model
from llmcost.render.html.bars import (
    ACROSS,
    Axis,
    axis_of,
    beside,
    close_axis_of,
    gutter,
    percent,
    scale_note,
    stretched,
    svg,
    tick_labels,
    words,
)
from llmcost.render.html.page import PageSection, el, figure, under
from llmcost.render.html.sortable_table import NOTHING, HtmlCell, HtmlColumn, Sources
from llmcost.render.quality_scores import ScoredModel, Scores, frontier, source_of
from llmcost.render.text import data, few, plain

TOP, HEIGHT, BOTTOM = 22, 340, 30
PAD = 18  # pixels above and below, so that no point is cut at an edge
EDGE = 0.04
LEAST_POINTS = 4


class Point(msgspec.Struct, frozen=True):
    """`amount` is where it stands, `cost` what ranks it: the same, unless more of it is better.
    `model`: points of one model at several efforts are joined by a path, in their order."""

    name: str
    amount: Decimal
    cost: Decimal
    score: Decimal
    text: str
    model: str = ""


def best(points: Sequence[Point]) -> list[Point]:
    """Those of the Pareto line, the cheapest first."""
    found = frontier([ScoredModel(one.name, one.cost, one.score) for one in points])
    by_name = {one.name: one for one in points}
    return [by_name[one.name] for one in found]


def pareto(
    name: str,
    title: str,
    description: str,
    points: Sequence[Point],
    unit: str,
    *,
    is_less_better: bool = False,
) -> Element:
    """Cheap is on the left, good is above; those of the line have numbers, named below.
    `is_less_better`: scores of points are turned round, and labels are not."""
    across = axis_of((one.amount for one in points), unit)
    upwards = close_axis_of(one.score for one in points)
    drawing = svg(name, title, description, TOP + HEIGHT + BOTTOM)
    quadrant(drawing, across, upwards, points)
    frame(drawing, across, upwards)
    line = best(points)
    draw_line(drawing, across, upwards, line)
    draw_efforts(drawing, across, upwards, points)
    for one in points:
        if one not in line:
            point(drawing, across, upwards, one)
    for place, one in enumerate(line, 1):
        point(drawing, across, upwards, one, place)
    scores = [
        (TOP + height_of(upwards, tick), upwards.label(-tick if is_less_better else tick))
        for tick in upwards.scale.ticks
    ]
    axis = gutter(scores, TOP + HEIGHT + BOTTOM)
    key = el("ol", *(el("li", f"{one.name}: {one.text}") for one in line), class_="key")
    return el("div", beside(axis, drawing), scale_note(across.is_log), key, class_="plot")


def quadrant(drawing: Element, across: Axis, upwards: Axis, points: Sequence[Point]) -> None:
    """Shade what is cheaper and better than the middle models."""
    amounts = sorted((one.amount, one.cost) for one in points)
    if len(points) < LEAST_POINTS:
        return
    middle_x = left(across, amounts[len(amounts) // 2][0])
    middle_y = height_of(upwards, sorted(one.score for one in points)[len(points) // 2])
    is_left = amounts[0][1] <= amounts[-1][1]  # the cheap, or those of which money buys little
    x, wide = (0.0, middle_x) if is_left else (middle_x, 1 - middle_x)
    under(
        *(drawing, "rect"), x=percent(x), y=TOP, width=percent(wide), height=middle_y,
        class_="quadrant",
    )  # fmt: skip
    words(drawing, 0.01 if is_left else 0.99, TOP + 14, _("most attractive"), "tick")


def left(axis: Axis, amount: Decimal) -> float:
    return EDGE + (1 - 2 * EDGE) * axis.share(amount)


def height_of(axis: Axis, score: Decimal) -> float:
    return PAD + (HEIGHT - 2 * PAD) * (1 - axis.share(score))


def frame(drawing: Element, across: Axis, upwards: Axis) -> None:
    for tick in upwards.scale.ticks:
        y = TOP + height_of(upwards, tick)
        under(drawing, "line", x1="0", x2="100%", y1=y, y2=y, class_="grid")
    ticks = zip(across.scale.ticks, across.ticks(), strict=True)
    labels = [(left(across, tick), label) for tick, (_share, label) in ticks]
    tick_labels(drawing, labels, TOP + HEIGHT + 20)


def draw_line(drawing: Element, across: Axis, upwards: Axis, line: Sequence[Point]) -> None:
    """In steps: between two of them, nothing is to be had."""
    if len(line) < 2:
        return
    places = [(ACROSS * left(across, one.amount), height_of(upwards, one.score)) for one in line]
    d = f"M{places[0][0]:.1f} {places[0][1]:.1f}"
    d += "".join(f"H{x:.1f}V{y:.1f}" for x, y in places[1:])
    inner = stretched(drawing, TOP, HEIGHT)
    under(inner, "path", d=d, class_="line s1", vector_effect="non-scaling-stroke")


def draw_efforts(drawing: Element, across: Axis, upwards: Axis, points: Sequence[Point]) -> None:
    """A path through the points of each model, from the least effort to the most."""
    by_model: dict[str, list[Point]] = {}
    for one in points:
        by_model.setdefault(one.model or one.name, []).append(one)
    inner = stretched(drawing, TOP, HEIGHT)
    for found in by_model.values():
        places = [f"{ACROSS * left(across, one.amount):.1f} {height_of(upwards, one.score):.1f}"
                  for one in found]  # fmt: skip
        if len(places) > 1:
            d = "M" + "L".join(places)
            under(inner, "path", d=d, class_="line s3 effort", vector_effect="non-scaling-stroke")


def point(
    drawing: Element, across: Axis, upwards: Axis, one: Point, number: int | None = None
) -> None:
    x, y = percent(left(across, one.amount)), TOP + height_of(upwards, one.score)
    found = under(drawing, "g", el("title", f"{one.name}: {one.text}"))
    if number is None:
        under(found, "circle", cx=x, cy=y, r=4.5, class_="other")
        return
    under(found, "circle", cx=x, cy=y, r=10, class_="best")
    under(found, "text", str(number), x=x, y=y + 4, text_anchor="middle", class_="inside")


MOST_NAMED = 5


class Priced(msgspec.Struct, frozen=True):
    """A model with what it costs: `cost` ranks (less is better), `amount` is drawn."""

    model: Model
    name: str
    cost: Decimal
    amount: Decimal
    text: str


class EffortPoint(msgspec.Struct, frozen=True):
    """What a model costs at one of several efforts, and its score at that effort."""

    effort: str
    priced: Priced
    score: Decimal


def columns(
    scores: Scores, models: Sequence[Model], day: date, sources: Sources
) -> Iterator[tuple[HtmlColumn, list[HtmlCell]]]:
    """The score of each model and its source; a model without one says so."""
    found = [scores.of(model, day) for model in models]
    yield (
        HtmlColumn(_("quality"), number=True),
        [
            HtmlCell(_("none"))
            if one is None
            else HtmlCell(plain(one.value), data(one.value), data(scores.goodness(one.value)))
            for one in found
        ],
    )
    yield (
        HtmlColumn(_("score from"), number=True),
        [NOTHING if one is None else sources.cell(source_of(one)) for one in found],
    )


def section(
    scores: Scores,
    priced: Sequence[Priced],
    day: date,
    unit: str,
    axis: str,
    name: str,
    efforts: Sequence[EffortPoint] = (),
) -> PageSection:
    """The chart, and who is not on it. `axis` says what stands across. `efforts`: models at the
    efforts that they have a score at, the least first, each at what it costs there."""
    found = [(one, scores.of(one.model, day)) for one in priced]
    drawn = {(one.priced.model.key, one.effort) for one in efforts}
    points = [
        point_of(scores, one, score.value, one.name)
        for one, score in found
        if score is not None and (one.model.key, score.effort) not in drawn
    ]
    points += [
        replace(
            point_of(scores, one.priced, one.score, f"{one.priced.name} ({one.effort})"),
            model=one.priced.model.key,
        )
        for one in efforts
    ]
    named = {key for key, _effort in drawn}
    without = [one.name for one, score in found if score is None and one.model.key not in named]
    title = _("{measure} against {axis}", measure=scores.measure, axis=axis)
    below = [
        _(
            "Numbered models are the Pareto front: no other is as good for less. "
            "Scores are from your file."
        )
        if scores.set is None
        else _(
            "Numbered models are the Pareto front: no other is as good for less. "
            "Scores: {title}, {day}; {attribution}.",
            title=scores.set.title,
            day=scores.set.published,
            attribution=scores.set.attribution,
        ),
        _("In brackets: the effort, with its own cost; a dotted line joins the efforts of a model.")
        if efforts
        else "",
        absent(without),
        unknown(scores, [one.model for one in priced], day),
    ]
    if not points:
        said = (
            _("None of the models here has a score in your file.")
            if scores.set is None
            else _("None of the models here has a score in {title}.", title=scores.set.title)
        )
        parts = tuple(el("p", text) for text in (said, *below[1:]) if text)
        return PageSection(_("Quality and price"), parts)
    described = _("Models by cost and score: {count}", count=len(points))
    turned = scores.set is not None and not scores.set.higher_is_better
    chart = pareto(f"{name}-pareto", title, described, points, unit, is_less_better=turned)
    return PageSection(_("Quality and price"), (figure(title, chart, below=below),))


def point_of(scores: Scores, one: Priced, score: Decimal, name: str) -> Point:
    text = f"{plain(score)}, {one.text}"
    return Point(name, one.amount, one.cost, scores.goodness(score), text)


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
