"""Amounts over time as lines, straight or in steps, with the band that an estimate gives them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element

import msgspec

from llmcost.render.html.bars import (
    ACROSS,
    COLORS,
    Axis,
    axis_of,
    beside,
    gutter,
    percent,
    scale_note,
    stretched,
    svg,
    words,
)
from llmcost.render.html.page import el, under

TOP, HEIGHT, BOTTOM = 22, 280, 26
WIDE = 0.22  # of the width, that a label and its gap take on a phone


class Dot(msgspec.Struct, frozen=True):
    """An amount at a share of the time; `text` is told by its mark. None: a gap in the line."""

    share: float
    amount: Decimal | None
    text: str = ""
    low: Decimal | None = None
    high: Decimal | None = None


class Trace(msgspec.Struct, frozen=True):
    name: str
    dots: tuple[Dot, ...]


class Mark(msgspec.Struct, frozen=True):
    """A line across: a level (`amount`), or upright an instant (`share`)."""

    name: str
    amount: Decimal | None = None
    share: float | None = None


def lines(
    name: str,
    title: str,
    description: str,
    traces: Sequence[Trace],
    labels: Sequence[tuple[float, str]],
    unit: str,
    *,
    steps: bool = False,
    marks: Sequence[Mark] = (),
) -> Element:
    """A chart of up to COLORS traces and its legend; `labels` stand below, at shares of the width.

    `steps`: an amount holds until the next one. Raises ValueError for more traces.
    """
    if len(traces) > COLORS:
        raise ValueError(f"{len(traces)} traces, but {COLORS} colours")
    axis = axis_of(amounts_of(traces, marks), unit)
    drawing = svg(name, title, description, TOP + HEIGHT + BOTTOM)
    frame(drawing, axis, labels)
    heights = [(TOP + HEIGHT * (1 - share), label) for share, label in axis.ticks()]
    amounts = gutter(heights, TOP + HEIGHT + BOTTOM)
    inner = stretched(drawing, TOP, HEIGHT)
    for number, one in enumerate(traces, 1):
        draw(inner, axis, one, number, steps=steps)
    for mark in marks:
        draw_mark(drawing, axis, mark)
    for number, one in enumerate(traces, 1):
        points(drawing, axis, one, number)
    return el(
        "div", beside(amounts, drawing), legend(traces), scale_note(axis.is_log), class_="plot"
    )


def amounts_of(traces: Sequence[Trace], marks: Sequence[Mark]) -> Iterator[Decimal]:
    for dot in (dot for one in traces for dot in one.dots):
        yield from (one for one in (dot.amount, dot.low, dot.high) if one is not None)
    yield from (mark.amount for mark in marks if mark.amount is not None)


def height_of(axis: Axis, amount: Decimal) -> float:
    """Pixels below the upper edge of the plot."""
    return HEIGHT * (1 - axis.share(amount))


def frame(drawing: Element, axis: Axis, labels: Sequence[tuple[float, str]]) -> None:
    """Level lines, and the labels of the time."""
    for share, _ in axis.ticks():
        y = TOP + HEIGHT * (1 - share)
        under(drawing, "line", x1="0", x2="100%", y1=y, y2=y, class_="grid")
    for share, label in spaced(labels):
        words(drawing, share, TOP + HEIGHT + 18, label, "tick")


def spaced(labels: Sequence[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    """The first label, the last one, and of the others those that a phone has room for."""
    free = 0.0
    for share, label in labels:
        left = min(max(share - WIDE / 2, 0), 1 - WIDE)
        is_edge = share in (labels[0][0], labels[-1][0])
        if is_edge or (left >= free and left + WIDE <= 1 - WIDE):
            yield share, label
            free = left + WIDE


def draw(inner: Element, axis: Axis, one: Trace, number: int, *, steps: bool) -> None:
    for run in runs(one.dots):
        edge = band(run, axis, steps=steps)
        if edge:
            under(inner, "path", d=edge, class_=f"band s{number}")
        upper = [(dot.share, dot.amount) for dot in run if dot.amount is not None]
        if len(upper) > 1:
            d = path(upper, axis, steps=steps)
            under(inner, "path", d=d, class_=f"line s{number}", vector_effect="non-scaling-stroke")


def runs(dots: Sequence[Dot]) -> Iterator[list[Dot]]:
    """The parts of a line without a gap."""
    found: list[Dot] = []
    for dot in dots:
        if dot.amount is None:
            if found:
                yield found
            found = []
        else:
            found.append(dot)
    if found:
        yield found


def path(
    points: Sequence[tuple[float, Decimal]], axis: Axis, *, steps: bool, start: str = "M"
) -> str:
    """Through all points; in steps, level until the next one."""
    places = [(share * ACROSS, height_of(axis, amount)) for share, amount in points]
    found = [f"{start}{places[0][0]:.1f} {places[0][1]:.1f}"]
    for x, y in places[1:]:
        found.append(f"H{x:.1f}V{y:.1f}" if steps else f"L{x:.1f} {y:.1f}")
    return "".join(found)


def band(run: Sequence[Dot], axis: Axis, *, steps: bool) -> str:
    """The area between the bounds, where there are any."""
    known = [dot for dot in run if dot.low is not None and dot.high is not None]
    if steps or len(known) < 2 or all(dot.low == dot.high for dot in known):
        return ""
    upper = [(dot.share, dot.high) for dot in known if dot.high is not None]
    lower = [(dot.share, dot.low) for dot in reversed(known) if dot.low is not None]
    return path(upper, axis, steps=False) + path(lower, axis, steps=False, start="L") + "Z"


def points(drawing: Element, axis: Axis, one: Trace, number: int) -> None:
    """A mark that tells its amount, at each that has a text."""
    for dot in one.dots:
        if dot.amount is not None and dot.text:
            y = TOP + height_of(axis, dot.amount)
            said = el("title", f"{one.name}: {dot.text}")
            under(drawing, "circle", said, cx=percent(dot.share), cy=y, r=3.5, class_=f"s{number}")


def draw_mark(drawing: Element, axis: Axis, mark: Mark) -> None:
    if mark.amount is not None:
        y = TOP + height_of(axis, mark.amount)
        under(drawing, "line", x1="0", x2="100%", y1=y, y2=y, class_="mark")
        under(drawing, "text", mark.name, x="100%", y=y - 5, text_anchor="end", class_="tick")
    if mark.share is not None:
        x = percent(mark.share)
        under(drawing, "line", x1=x, x2=x, y1=TOP, y2=TOP + HEIGHT, class_="mark")
        words(drawing, mark.share, TOP - 8, mark.name, "tick")


def legend(traces: Sequence[Trace]) -> Element:
    """What each line is, with a piece of it."""
    found = el("ul", class_="legend")
    for number, one in enumerate(traces, 1):
        piece = el("svg", width="28", height="10", aria_hidden="true")
        under(piece, "line", x1="1", x2="27", y1="5", y2="5", class_=f"line s{number}")
        under(found, "li", piece, one.name)
    return found
