"""Bar charts with the range of an estimate as a whisker, their axes, and what all charts share.

Across, everything is in percent, so that a chart fills a phone and a sheet of paper while its texts
keep their size. Lines are in a drawing of their own that is stretched; their strokes are not. Bars
become points where a scale has no zero. Only the axis turns a Decimal into a coordinate.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from unicodedata import east_asian_width
from xml.etree.ElementTree import Element

import msgspec
from msgspec.structs import replace

from llmcost.language import _, _n
from llmcost.money import ZERO
from llmcost.render.chart import Scale, grouped, scale_of
from llmcost.render.html.page import el, under
from llmcost.render.text import in_words, plain

ACROSS = 1000
"""Units of the stretched drawing from left to right."""
COLUMN = 7.3  # pixels of a digit
COLORS = 6
"""Lines that are told apart, by colour and by dashes."""


def svg(name: str, title: str, description: str, height: float) -> Element:
    """A chart of so many pixels in height; `description` says in words what it shows."""
    found = el(
        *("svg", el("title", title, id=f"{name}-title")),
        el("desc", description, id=f"{name}-desc"),
        role="img", class_="chart", width="100%", height=height,
        aria_labelledby=f"{name}-title {name}-desc",
    )  # fmt: skip
    return found


def stretched(parent: Element, top: float, height: float) -> Element:
    """A drawing of ACROSS units in width, and of pixels in height."""
    found = under(parent, "svg", x="0", y=top, width="100%", height=height, class_="lines")
    found.set("viewBox", f"0 0 {ACROSS} {height:g}")
    found.set("preserveAspectRatio", "none")
    return found


def gutter(labels: Sequence[tuple[float, str]], height: float) -> Element:
    """The labels of an axis of amounts, at heights in pixels, left of the drawing."""
    width = max((columns_of(text) for _, text in labels), default=0) * COLUMN + 8
    found = el("svg", class_="chart axis", width=width, height=height, aria_hidden="true")
    for y, text in labels:
        under(found, "text", text, x=width - 8, y=y + 4, text_anchor="end", class_="tick")
    return found


def beside(axis: Element, drawing: Element) -> Element:
    return el("div", axis, drawing, class_="beside")


def scale_note(is_log: bool) -> Element | None:
    """A word on a scale that is not what one expects."""
    return el("p", _("logarithmic scale"), class_="scale") if is_log else None


def percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def words(parent: Element, share: float, y: float, text: str, kind: str = "") -> Element:
    """A text at a share of the width; at the edges it turns inwards."""
    side = "start" if share < 0.08 else "end" if share > 0.92 else "middle"
    return under(
        *(parent, "text", text), x=percent(share), y=y, text_anchor=side, class_=kind or None
    )


PHONE = 34
"""Columns of digits that an axis has on a phone."""


def tick_labels(parent: Element, labels: Sequence[tuple[float, str]], y: float) -> None:
    """The labels of an axis across; where a phone has no room for all, it gets every other one."""
    is_long = sum(columns_of(text) + 2 for _share, text in labels) > PHONE
    for place, (share, text) in enumerate(labels):
        words(parent, share, y, text, "tick wide" if is_long and place % 2 else "tick")


def columns_of(text: str) -> int:
    """The width of a text in that of a digit; a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def cut(text: str, most: int) -> str:
    """As much of a name as takes `most` columns."""
    if columns_of(text) <= most:
        return text
    while columns_of(text) >= most:
        text = text[:-1]
    return text + "…"


ROOM = 9
"""The height of a chart of characters whose axis has as many labels as one here."""
MANY = 10_000_000
NOTHING = 0.06
"""Where a logarithmic axis begins that has a place for zero."""


class Axis(msgspec.Struct, frozen=True):
    """A scale with round ticks, and the unit before its amounts."""

    scale: Scale
    unit: str = ""

    @property
    def is_log(self) -> bool:
        return self.scale.is_log

    def ticks(self) -> Sequence[tuple[float, str]]:
        """The share of the axis at which each label stands."""
        return [(self.share(one), self.label(one)) for one in self.scale.ticks]

    def label(self, tick: Decimal) -> str:
        """`¥0.002`, and in words where that is shorter: `¥20 million`."""
        if self.scale.high < MANY or not tick:
            return grouped(plain(tick), self.unit)
        return self.unit + in_words(tick)

    def share(self, amount: Decimal) -> float:
        """From 0 to 1."""
        scale = self.scale
        if scale.low == scale.high:
            return 0.0
        if not scale.is_log:
            return clipped(float((amount - scale.low) / (scale.high - scale.low)))
        if amount <= 0:
            return 0.0
        start = NOTHING if scale.has_zero else 0.0
        low, high = (math.log10(one) for one in (scale.low, scale.high))
        return start + (1 - start) * clipped((math.log10(amount) - low) / (high - low))


def clipped(share: float) -> float:
    return min(1.0, max(0.0, share))


def axis_of(amounts: Iterable[Decimal], unit: str = "") -> Axis:
    """Linear from zero, or logarithmic where the amounts span more than STEEP."""
    return Axis(scale_of([*amounts] or [ZERO], ROOM), unit)


def close_axis_of(amounts: Iterable[Decimal]) -> Axis:
    """Linear, around the amounts: what counts is how they differ, and zero is not one of them."""
    found = [*amounts] or [ZERO]
    low, high = min(found), max(found)
    if low == high:
        low, high = low - 1, high + 1
    unit = Decimal(1).scaleb((high - low).adjusted())
    step = next(one for one in (unit / 5, unit / 2, unit, 2 * unit) if (high - low) / one <= 6)
    first = int((low / step).to_integral_value("ROUND_FLOOR"))
    last = int((high / step).to_integral_value("ROUND_CEILING"))
    ticks = tuple(step * n for n in range(first, last + 1))
    return Axis(Scale(ROOM, ticks[0], ticks[-1], ticks))


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
    names = short_names([one.name for one in found])
    found = [replace(one, name=name) for one, name in zip(found, names, strict=True)]
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
    tick_labels(drawing, axis.ticks(), TOP - 9)
    parts = [found[at : at + PART] for at in range(0, len(found), PART)]
    note = scale_note(axis.is_log)
    return el("div", drawing, *(rows(part, axis) for part in parts), note, class_="plot")


def short_names(names: Sequence[str]) -> list[str]:
    """The names of models without their provider, where each is one; what stands before a name,
    such as its day, stays."""
    short = [", ".join(part.partition("/")[2] or part for part in one.split(", ")) for one in names]
    ids = Counter(short)
    return [name if ids[one] > 1 else one for name, one in zip(names, short, strict=True)]


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
