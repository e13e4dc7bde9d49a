"""Documents as text: Word, PDF and web pages, by converters that are an optional extra."""

import errno
import os
import re
import sys
from pathlib import Path

import pytest

from llmcost.errors import UnreadableInput, install
from llmcost.sources import documents
from llmcost.sources.documents import DocumentStream, is_document

SAMPLES = Path(__file__).parent / "samples"
HAN = "价格下调。"


def text_of(path: Path | str) -> str:
    return "".join(DocumentStream(str(path), "utf-8"))


@pytest.mark.parametrize(
    ("name", "library", "words"),
    [
        ("notice.docx", "mammoth", "Model Price small 0.5"),
        ("notice.html", "markdownify", "Model Price small 0.5"),
        ("notice.pdf", "pypdf", "Page two Output stays at 2 yuan."),
    ],
)
def test_real_documents_become_text(name: str, library: str, words: str) -> None:
    """What is seen of them, in its order: no scripts, styles or pictures. How it is set is the
    converter's own matter."""
    pytest.importorskip(library)
    stream = DocumentStream(str(SAMPLES / name), "utf-8")
    text = "".join(stream)
    seen = f"Price notice From 1 June, input costs 0.5 yuan. {'' if name.endswith('pdf') else HAN}"
    plain = re.sub(r"[#|]|--+", " ", re.sub("[*_]", "", text))  # without the marks of Markdown

    assert plain.split() == f"{seen} {words}".split()
    assert stream.bytes == (SAMPLES / name).stat().st_size
    assert stream.characters == len(text)


@pytest.mark.parametrize(
    ("name", "library"), [("notice.docx", "mammoth"), ("notice.html", "markdownify")]
)
def test_headings_and_tables_become_markdown(name: str, library: str) -> None:
    pytest.importorskip(library)
    lines = text_of(SAMPLES / name).splitlines()

    assert re.match(r"# +Price notice", lines[0])
    assert re.search(r"(\*\*|__)1 June\1", "\n".join(lines))
    assert [line for line in lines if re.fullmatch(r"\|\s*small\s*\|\s*0\.5\s*\|", line)]


def test_a_page_says_its_own_encoding(tmp_path: Path) -> None:
    pytest.importorskip("markdownify")
    page = tmp_path / "p.htm"
    page.write_bytes('<meta charset="gb18030"><p>价格'.encode("gb18030"))

    assert text_of(page) == "价格"


@pytest.mark.parametrize("name", ["a.docx", "A.DOCX", "a.pdf", "a.html", "a.htm"])
def test_documents_are_known_by_their_endings(name: str) -> None:
    pytest.importorskip("markdownify")

    assert is_document(name)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "docx", "pdf", "-", "", "a.pdf.txt"])
def test_other_names_are_no_documents(name: str) -> None:
    assert not is_document(name)


@pytest.mark.parametrize("name", ["broken.docx", "broken.pdf"])
def test_a_broken_document_is_an_error(name: str, tmp_path: Path) -> None:
    """Whatever the converter raises over it."""
    pytest.importorskip("mammoth")
    (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(UnreadableInput, match=f"cannot convert `.*{name}`: ."):
        text_of(tmp_path / name)


def test_a_document_without_text_is_an_error(tmp_path: Path) -> None:
    """A scan costs nothing to send as text, which is not what was meant."""
    pytest.importorskip("markdownify")
    (tmp_path / "p.html").write_text("<img src='scan.png'><script>x()</script>")
    with pytest.raises(UnreadableInput, match="there is no text in") as caught:
        text_of(tmp_path / "p.html")

    assert "recognition" in caught.value.hint


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.html"])
def test_a_missing_document_is_an_error(name: str) -> None:
    with pytest.raises(UnreadableInput, match=f"cannot read `{name}`: {os.strerror(errno.ENOENT)}"):
        text_of(name)


@pytest.mark.parametrize(("name", "library"), [("notice.docx", "mammoth"), ("notice.pdf", "pypdf")])
def test_without_a_converter_the_extra_is_named(
    name: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UnreadableInput) as caught:
        text_of(SAMPLES / name)

    assert caught.value.hint == install("documents")


def test_without_a_converter_a_page_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted with its tags, as it would be sent."""
    monkeypatch.setattr(documents, "find_spec", lambda name: None)

    assert not is_document("a.html")
    assert is_document("a.pdf")
