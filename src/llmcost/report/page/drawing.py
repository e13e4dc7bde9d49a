"""What all charts have in common: texts that fit, and a drawing that takes any width.

Across, everything is in percent, so that a chart fills a phone and a sheet of paper while its texts
keep their size. Lines stand in a drawing of their own that is stretched, their pens are not.
"""

from collections.abc import Sequence
from unicodedata import east_asian_width
from xml.etree.ElementTree import Element

from llmcost.language import _
from llmcost.report.page.elements import el, under

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
