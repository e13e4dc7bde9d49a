"""Elements of HTML and SVG, as trees of the standard library.

Trees are written by ElementTree, which escapes every text and every attribute, so no name or note
can become markup. What goes in is told in the reader's language, with control characters spelled
out.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from llmcost.language import told
from llmcost.report.figures import visible

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
