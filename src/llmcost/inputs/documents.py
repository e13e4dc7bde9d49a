"""Documents as the text that a person would paste: Word, PDF and web pages, as Markdown.

Needs an optional extra; a web page without it is the plain text that it is written in.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from llmcost.errors import UnreadableInput, install
from llmcost.inputs import conversion
from llmcost.inputs.conversion import (
    MOST_BYTES,
    MOST_PAGES,
    ConversionJob,
    ConversionRefused,
    shared,
)
from llmcost.inputs.text_stream import TextStream, unreadable
from llmcost.messages import say

PAGES = (".html", ".htm", ".xhtml")
BINARIES = (".docx", ".pdf")
PACKAGES = {
    ".docx": ("mammoth", "markdownify"),
    ".pdf": ("pypdf",),
    **dict.fromkeys(PAGES, ("markdownify",)),
}
PARTS = (".xml", ".rels")  # of a .docx, that are parsed; the others are pictures and the like
# elements without text that is seen; pictures would come with their address, or as base64
NOT_TEXT = ("head", "script", "style", "template", "noscript", "img", "svg", "iframe", "object")


class DocumentStream(TextStream):
    """A named document. Its blocks are pages of a PDF, or all of another document."""

    def __init__(self, name: str, encoding: str, most: int | None = None) -> None:
        super().__init__(name, encoding, most)
        self.converter = shared()

    def __iter__(self) -> Iterator[str]:
        try:
            self.bytes = self.taken = Path(self.name).stat().st_size
        except OSError as error:
            raise unreadable(self.name, error) from None
        yield from self.converted(ConversionJob(self.name, ending(self.name), most=self.most))

    def converted(self, job: ConversionJob) -> Iterator[str]:
        """The text of the document. Raises UnreadableInput if it has none."""
        if any(find_spec(package) is None for package in PACKAGES[job.ending]):
            said = say("cannot read `{name}` without a converter", name=self.name)
            raise UnreadableInput(said, hint=install("documents"))
        blocks = self.converter.text(job)
        try:
            while True:
                yield self.counted(next(blocks))
        except StopIteration as stop:
            self.is_cut = stop.value
        except OSError as error:
            raise unreadable(self.name, error) from None
        except UnreadableInput as error:
            said = say("cannot convert `{name}`: {why}", name=self.name, why=error.message)
            raise UnreadableInput(said, hint=error.hint) from None
        if not self.characters and self.bytes:
            raise UnreadableInput(
                say("there is no text in `{name}`", name=self.name),
                hint=say("a scan needs text recognition first"),
            )


def is_document(name: str) -> bool:
    """Whether a name is read as a document: by its ending, and a page only with the extra."""
    return ending(name) in BINARIES or (
        ending(name) in PAGES and find_spec("markdownify") is not None
    )


def ending(name: str) -> str:
    return Path(name).suffix.lower()


def serve() -> None:
    """Convert documents for the process that has started this one."""
    conversion.serve(convert)


def convert(job: ConversionJob) -> Iterator[str]:
    """The text of a document, block by block, within the limits. Raises Refused, OSError, and
    whatever its parser raises."""
    if job.content is not None:
        yield from CONVERTERS[job.ending](BytesIO(job.content))
        return
    with open(job.path, "rb") as file:  # noqa: PTH123 - names like `-x`
        yield from CONVERTERS[job.ending](file)


def docx(file: BinaryIO) -> Iterator[str]:
    """Through HTML, which keeps headings, lists and tables; pictures are left out."""
    import mammoth

    check_parts(file)
    without_pictures = mammoth.images.img_element(lambda image: {})
    found = mammoth.convert_to_html(file, convert_image=without_pictures)
    yield from markdown(found.value)


def check_parts(file: BinaryIO) -> None:
    """Raises Refused for too much XML. What a part is said to hold is the most that is unpacked of
    it, whatever there is, so the sizes that are stated can be relied on."""
    from zipfile import ZipFile

    with ZipFile(file) as parts:
        sizes = [one.file_size for one in parts.infolist() if one.filename.endswith(PARTS)]
    check_bytes(sum(sizes))


def check_bytes(size: int) -> None:
    if size > MOST_BYTES:
        why = say("it has more than {most:,} bytes to be parsed, unpacked", most=MOST_BYTES)
        raise ConversionRefused(why)


def page(file: BinaryIO) -> Iterator[str]:
    content = file.read(MOST_BYTES + 1)
    check_bytes(len(content))
    yield from markdown(content)


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

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # nobody reads its warnings
    pages = PdfReader(file).pages
    if len(pages) > MOST_PAGES:
        raise ConversionRefused(say("it has more than {most:,} pages", most=MOST_PAGES))
    between = ""
    for one in pages:
        text = one.extract_text().strip()
        if text:
            yield between + text
            between = "\n\n"


CONVERTERS: dict[str, Callable[[BinaryIO], Iterator[str]]] = {
    ".docx": docx,
    ".pdf": pdf,
    **dict.fromkeys(PAGES, page),
}
