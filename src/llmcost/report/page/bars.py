"""Amounts as bars, the range of an estimate as a whisker; as points where a scale has no zero."""

from collections.abc import Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element

import msgspec

from llmcost.language import _, _n
from llmcost.report.page.axis import Axis, axis_of
from llmcost.report.page.drawing import cut, percent, scale_note, svg, words
from llmcost.report.page.elements import el, under

MOST = 30
ROW, TOP = 36, 26
PART = 5  # rows that stay together on paper
LABEL = 40  # columns of a name that fit on a phone beside its amount


class Bar(msgspec.Struct, frozen=True):
    """A name, its amount with the bounds, and both as text."""

    name: str
    amount: Decimal
    low: Decimal
    high: Decimal
    text: str
    between: str = ""

    @property
    def is_range(self) -> bool:
        return self.low != self.high


def bars(name: str, title: str, found: Sequence[Bar], unit: str) -> Element:
    """One row a bar, in the order given. `unit` stands before the amounts of the axis.

    Drawn in parts, so that paper may end between two of them; the first one tells what it is.
    """
    axis = axis_of((edge for one in found for edge in (one.amount, one.low, one.high)), unit)
    first, last = found[0], found[-1]
    description = _(
        "From {first} at {one} to {last} at {other}",
        first=first.name,
        one=first.text,
        last=last.name,
        other=last.text,
    )
    drawing = svg(name, title, description, TOP)
    for share, label in axis.ticks():
        words(drawing, share, TOP - 9, label, "tick")
    parts = [found[at : at + PART] for at in range(0, len(found), PART)]
    note = scale_note(axis.is_log)
    return el("div", drawing, *(rows(part, axis) for part in parts), note, class_="plot")


def rows(found: Sequence[Bar], axis: Axis) -> Element:
    height = ROW * len(found)
    drawing = el("svg", class_="chart", width="100%", height=height, aria_hidden="true")
    for share, _label in axis.ticks():
        x = percent(share)
        under(drawing, "line", x1=x, x2=x, y1=0, y2=height, class_="grid")
    for index, one in enumerate(found):
        drawing.append(row(one, axis, ROW * index))
    return drawing


def most_note(shown: int, of: int) -> str:
    """Whether these are all."""
    if shown == of:
        return _n("One paid model.", "{number} paid models.", of)
    return _(
        "The first {shown} of {count} paid models; all are in the table.", shown=shown, count=of
    )


def range_note(found: Sequence[Bar]) -> str:
    """What the whiskers mean, where there are any."""
    if not any(one.is_range for one in found):
        return ""
    return _("The thin line is the range of an estimated token count.")


def row(one: Bar, axis: Axis, top: float) -> Element:
    """The name and the amount above, the bar below."""
    said = f"{one.name}: {one.text} {one.between}"
    found = el("g", el("title", said))
    y = top + 26
    under(found, "text", cut(one.name, LABEL), x="0", y=top + 17, class_="name")
    amount = under(found, "text", x="100%", y=top + 17, text_anchor="end", class_="name")
    if one.between:
        under(amount, "tspan", f"{one.between}  ", class_="between")
    under(amount, "tspan", one.text, class_="amount")
    place = percent(axis.share(one.amount))
    if axis.is_log:
        under(found, "line", x1="0", x2="100%", y1=y, y2=y, class_="rail")
    else:
        under(found, "rect", x="0", y=y - 4, width=place, height=8, class_="bar")
    if one.is_range:
        whisker(found, axis, one, y)
    if axis.is_log:
        under(found, "circle", cx=place, cy=y, r=4.5, class_="dot")
    return found


def whisker(parent: Element, axis: Axis, one: Bar, y: float) -> None:
    low, high = (percent(axis.share(edge)) for edge in (one.low, one.high))
    under(parent, "line", x1=low, x2=high, y1=y, y2=y, class_="whisker")
    for edge in (low, high):
        under(parent, "line", x1=edge, x2=edge, y1=y - 5, y2=y + 5, class_="whisker")
