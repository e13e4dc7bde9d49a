"""An HTML page: one file that needs no network, no other file and no script to be read.

Trees of HTML and SVG are written by ElementTree, which escapes every text and every attribute, so
no name or note can become markup. Texts are translated as they go in, with control characters
spelled out.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, tostring

import msgspec

from llmcost import __version__
from llmcost.language import _, spoken, told
from llmcost.messages import visible

Child = Element | str | None
Value = str | int | float | bool | None

SCHEMES = ("http", "https")
TRAILING = ".,;:!?)]}>'\""


def el(name: str, /, *children: Child, **attributes: Value) -> Element:
    """An element; attributes are written `class_`, `aria_label`; None and False leave one out."""
    found = Element(name)
    for key, value in attributes.items():
        if value is not None and value is not False:
            found.set(key.rstrip("_").replace("_", "-"), attribute(value))
    for child in children:
        append(found, child)
    return found


def attribute(value: Value) -> str:
    if value is True:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return visible(told(value)) if isinstance(value, str) else str(value)


def append(parent: Element, child: Child) -> None:
    """One more child at the end: an element, or text that stands for itself."""
    if isinstance(child, Element):
        parent.append(child)
    elif child:
        text = visible(told(child))
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text


def under(parent: Element, name: str, /, *children: Child, **attributes: Value) -> Element:
    """A new element at the end of another one."""
    found = el(name, *children, **attributes)
    parent.append(found)
    return found


def linked(text: str) -> Iterator[Child]:
    """The text, its web addresses as links: http and https only, and never told where from."""
    for index, word in enumerate(text.split(" ")):
        before = " " if index else ""
        address = word.rstrip(TRAILING)
        opening = len(address) - len(address.lstrip("(<["))
        address = address[opening:]
        if not is_address(address):
            yield before + word
            continue
        yield before + word[:opening]
        yield el("a", address, href=address, rel="noopener noreferrer")
        yield word[opening + len(address) :]


def is_address(word: str) -> bool:
    """Whether a word is the whole address of a page."""
    if not word.startswith(("http://", "https://")) or not word.isprintable():
        return False
    try:
        parts = urlsplit(word)
        return parts.scheme in SCHEMES and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


ASSETS = Path(__file__).parent / "assets"
TAGS = {"zh": "zh-Hans"}  # which Chinese, so that a browser takes the right font


class PageSection(msgspec.Struct, frozen=True):
    """A heading and what stands below it."""

    title: str
    parts: tuple[Element, ...]


class HtmlPage(msgspec.Struct, frozen=True):
    """`lead` is the answer in a sentence or two; `about` what was asked, name and value. It stands
    between the sections for everybody and the `details`.
    """

    title: str
    lead: Sequence[str]
    about: Sequence[tuple[str, str]]
    notes: Sequence[str]
    sections: Sequence[PageSection]
    details: Sequence[PageSection]


def written(page: HtmlPage) -> str:
    """The file, in ASCII: what is not is written as a reference, so that a shell may store it in
    any encoding."""
    style, script = asset("page.css"), asset("page.js")
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy(style, script)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="generator", content=f"llmcost {__version__}"),
        el("title", f"{page.title} – llmcost"),
        raw("style", style),
    )
    body = el("body", header(page), main(page), footer(), raw("script", script))
    language = spoken()
    root = el("html", head, body, lang=TAGS.get(language, language))
    text: bytes = tostring(root, "us-ascii", method="html")
    return f"<!DOCTYPE html>\n{text.decode()}\n"


def asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="ascii")


def raw(name: str, text: str) -> Element:
    """The script or the style, which stand in HTML as they are."""
    found = Element(name)
    found.text = text
    return found


def policy(style: str, script: str) -> str:
    """Nothing is loaded, nothing runs but this script and this style."""
    return (
        f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


# --- the parts of the page -----------------------------------------------------------------------


def header(page: HtmlPage) -> Element:
    return el(
        "header",
        el("p", "llmcost", class_="brand"),
        el("h1", page.title),
        *(el("p", line, class_="lead") for line in page.lead),
    )


def main(page: HtmlPage) -> Element:
    shown = [*page.sections]
    if page.about:
        shown.append(PageSection(_("What was asked"), (facts(page.about),)))
    if page.notes:
        shown.append(PageSection(_("Notes"), (listed(page.notes),)))
    shown += page.details
    return el("main", *(section(one, number) for number, one in enumerate(shown)))


def section(one: PageSection, number: int) -> Element:
    name = f"section-{number}"
    return el("section", el("h2", one.title, id=name), *one.parts, aria_labelledby=name)


def facts(pairs: Iterable[tuple[str, str]]) -> Element:
    """Names and values, one to a line."""
    return el("dl", *(el("div", el("dt", name), el("dd", *linked(value))) for name, value in pairs))


def listed(lines: Iterable[str]) -> Element:
    return el("ul", *(el("li", line) for line in lines), class_="notes")


def figure(title: str, *parts: Child, below: Iterable[str] = ()) -> Element:
    """A chart with its title, and what one must know to read it."""
    caption = el("figcaption", el("strong", title), *(el("span", line) for line in below if line))
    return el("figure", caption, *parts)


def footer() -> Element:
    text = _("Made by llmcost {version}. Prices are those of the table, estimates say so.",
             version=__version__)  # fmt: skip
    return el("footer", el("p", text))
