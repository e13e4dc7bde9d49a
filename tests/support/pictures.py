"""Pictures of what a terminal shows of a command, in its colors, and of the top of a report."""

import io
import re
from html import unescape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

WIDTH = 80


def picture(command: str, output: str) -> str:
    """An SVG of the command line and its output, with the escapes of a terminal. It loads nothing:
    the font is the reader's own."""
    console = Console(file=io.StringIO(), record=True, width=WIDTH, force_terminal=True)
    console.print(Text(f"$ {command}"))
    console.print(Text.from_ansi(output))
    drawn = console.export_svg(title="", theme=DIMMED_MONOKAI, unique_id="terminal")
    drawn = re.sub(r"\s*@font-face \{.*?\}\n|<!--.*?-->", "\n", drawn, flags=re.DOTALL)
    return re.sub(r'textLength="([\d.]+)"([^>]*>)([^<]*)', spread, drawn)


def spread(text: re.Match[str]) -> str:
    """The length of a text, for which rich counts a wide character as one column."""
    words = unescape(text[3])
    length = float(text[1]) / len(words) * cell_len(words) if words else float(text[1])
    return f'textLength="{length:g}"{text[2]}{text[3]}'


def words(drawn: str) -> str:
    """The text of a picture, without blanks: rich may place it otherwise in another release."""
    return "".join(unescape("".join(re.findall(r"<text[^>]*>(.*?)</text>", drawn))).split())


# --- an HTML report ------------------------------------------------------------------------------

PAGE, MARGIN = 800, 24
SHOWN = 3
"""How much of a chart of bars is drawn: its axis and two parts of five bars."""
TEXTS = """
text { fill: var(--ink); }
.h1 { font-size: 24px; font-weight: 700; } .h2 { font-size: 15px; font-weight: 700; }
.lead { font-size: 15px; } .note { font-size: 13px; fill: var(--muted); }
"""


def report_picture(page: str) -> str:
    """The top of a report as an SVG: title, answer and charts, as the page draws and colors them.
    It needs no browser to be made."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    body = page.partition("<body>")[2]
    drawn = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "font-family": "sans-serif"})
    ElementTree.SubElement(drawn, "style").text = style + TEXTS
    ElementTree.SubElement(drawn, "rect", width="100%", height="100%", fill="var(--paper)")
    y = line(drawn, "h1", re.search(r"<h1>(.*?)</h1>", body), 44.0)
    y = line(drawn, "lead", re.search(r'<p class="lead">(.*?)</p>', body), y)
    for found in re.findall(r"<figure>.*?</figure>", body, re.DOTALL)[:2]:
        y = figure(drawn, ElementTree.fromstring(found), y + 14)
    size = {"width": f"{PAGE}", "height": f"{y:g}", "viewBox": f"0 0 {PAGE} {y:g}"}
    drawn.attrib.update(size)
    return ElementTree.tostring(drawn, "unicode") + "\n"


def line(drawn: Element, kind: str, text: str | re.Match[str] | None, y: float) -> float:
    """A line of text; returns where the next one stands."""
    assert text
    place = {"x": f"{MARGIN}", "y": f"{y:g}", "class": kind}
    said = text if isinstance(text, str) else unescape(text[1])
    ElementTree.SubElement(drawn, "text", place).text = said
    return y + (30 if kind == "h1" else 22)


def figure(drawn: Element, found: Element, y: float) -> float:
    """The title of a chart, its first note, what it draws and its key."""
    title, note, *_ = found.findall("figcaption/*")
    y = line(drawn, "h2", "".join(title.itertext()), y + 6)
    if found.find("*/ol") is None:
        y = line(drawn, "note", "".join(note.itertext()), y)
    for one in found.findall("div/svg")[:SHOWN]:
        y = place(drawn, one, MARGIN, y) + float(one.get("height", 0))
    for axis, chart in (beside.findall("svg") for beside in found.findall("*/div")):
        place(drawn, axis, MARGIN, y)
        y = place(drawn, chart, MARGIN + float(axis.get("width", 0)), y) + float(
            chart.get("height", 0)
        )
    for number, one in enumerate(found.findall("*/ol/li"), 1):
        y = line(drawn, "note", f"{number}. {one.text}", y + 14) - 14
    return y + 14


def place(drawn: Element, chart: Element, x: float, y: float) -> float:
    """Draws a chart where it stands on the page; one of full width ends at the margin."""
    chart.attrib.update({"x": f"{x:g}", "y": f"{y:g}"})
    if chart.get("width") == "100%":
        chart.set("width", f"{PAGE - MARGIN - x:g}")
    drawn.append(chart)
    return y
