"""Documents as the text that a person would paste: Word, PDF and web pages, as Markdown.

Needs an optional extra; a web page without it is the plain text that it is written in.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from llmcost.errors import UnreadableInput, install
from llmcost.messages import say
from llmcost.sources.read import TextStream, unreadable

PAGES = (".html", ".htm", ".xhtml")
BINARIES = (".docx", ".pdf")
# elements without text that is seen; pictures would come with their address, or as base64
NOT_TEXT = ("head", "script", "style", "template", "noscript", "img", "svg", "iframe", "object")


class DocumentStream(TextStream):
    """A named document. Its blocks are pages of a PDF, or all of another document."""

    def __iter__(self) -> Iterator[str]:
        try:
            self.bytes = self.taken = Path(self.name).stat().st_size
            with open(self.name, "rb") as file:  # noqa: PTH123 - names like `-x`
                yield from map(self.counted, self.converted(file))
        except OSError as error:
            raise unreadable(self.name, error) from None
        if not self.characters and self.bytes:
            raise UnreadableInput(
                say("there is no text in `{name}`", name=self.name),
                hint=say("a scan needs text recognition first"),
            )

    def converted(self, file: BinaryIO) -> Iterator[str]:
        convert = CONVERTERS[ending(self.name)]
        try:
            yield from convert(file)
        except ImportError:
            raise UnreadableInput(
                say("cannot read `{name}` without a converter", name=self.name),
                hint=install("documents"),
            ) from None
        except Exception as error:  # converters raise what they like over a broken file
            told = str(error) or type(error).__name__
            said = say("cannot convert `{name}`: {why}", name=self.name, why=told)
            raise UnreadableInput(said) from None


def is_document(name: str) -> bool:
    """Whether a name is read as a document: by its ending, and a page only with the extra."""
    return ending(name) in BINARIES or (
        ending(name) in PAGES and find_spec("markdownify") is not None
    )


def ending(name: str) -> str:
    return Path(name).suffix.lower()


def docx(file: BinaryIO) -> Iterator[str]:
    """Through HTML, which keeps headings, lists and tables; pictures are left out."""
    import mammoth

    without_pictures = mammoth.images.img_element(lambda image: {})
    found = mammoth.convert_to_html(file, convert_image=without_pictures)
    yield from markdown(found.value)


def page(file: BinaryIO) -> Iterator[str]:
    yield from markdown(file.read())


def markdown(html: str | bytes) -> Iterator[str]:
    """What is seen of a page; the encoding is what the page says of itself."""
    from bs4 import BeautifulSoup
    from markdownify import ATX, MarkdownConverter

    soup = BeautifulSoup(html, "html.parser")
    for element in soup(NOT_TEXT):
        element.decompose()
    yield MarkdownConverter(heading_style=ATX).convert_soup(soup).strip()


def pdf(file: BinaryIO) -> Iterator[str]:
    """The text of each page, with a blank line between two."""
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it would talk over our output
    between = ""
    for one in PdfReader(file).pages:
        text = one.extract_text().strip()
        if text:
            yield between + text
            between = "\n\n"


CONVERTERS: dict[str, Callable[[BinaryIO], Iterator[str]]] = {
    ".docx": docx,
    ".pdf": pdf,
    **dict.fromkeys(PAGES, page),
}
