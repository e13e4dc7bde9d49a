"""Documents as text: Word, PDF and web pages, by converters that are an optional extra."""

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from paths import SAMPLES

from llmcost.cli.app import main
from llmcost.errors import UnreadableInput, install
from llmcost.inputs import conversion, documents
from llmcost.inputs.conversion import (
    END,
    FAILED,
    MOST_BYTES,
    MOST_PAGES,
    ConversionJob,
    ConversionRefused,
    blocks_of,
)
from llmcost.inputs.documents import DocumentStream, is_document

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


# --- limits ---

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BUSY = "<!--" * 1_000_000  # keeps a parser of pages busy for hours


def docx(path: Path, *body: str) -> Path:
    """A document of these runs of XML."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts,
        parts.open("word/document.xml", "w") as part,
    ):
        part.write(f'<w:document xmlns:w="{WORD}"><w:body>'.encode())
        for xml in body:
            part.write(xml.encode())
        part.write(b"</w:body></w:document>")
    return path


def paragraphs(*texts: str) -> Iterator[str]:
    return (f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)


def pdf(path: Path, pages: int, content: bytes, filters: str = "") -> Path:
    """A document of so many pages, all alike."""
    kids = "3 0 R " * pages
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(content)}{filters}>>stream\n".encode() + content + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    file, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(file)
    path.write_bytes(file + table + end)
    return path


def too_much_xml(folder: Path) -> Path:
    return docx(folder / "a.docx", *paragraphs(*["a" * 1_000_000] * 200))


def too_much_in_other_parts(folder: Path) -> Path:
    path = docx(folder / "a.docx", *paragraphs("text"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        for number in range(11):
            parts.writestr(f"word/part{number}.xml", bytes(10_000_000))
    return path


def a_stated_size_that_is_not_true(folder: Path) -> Path:
    """Little is said to be in it, and there is more than may be."""
    path = too_much_xml(folder)
    with zipfile.ZipFile(path) as parts:
        stated = parts.infolist()[0].file_size
    content = path.read_bytes()
    said = (999).to_bytes(4, "little")
    path.write_bytes(content.replace(stated.to_bytes(4, "little"), said))
    return path


def deep_xml(folder: Path) -> Path:
    return docx(folder / "a.docx", "<w:p>" * 20_000, "</w:p>" * 20_000)


def entities_of_entities(folder: Path) -> Path:
    """A billion laughs."""
    named = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    path = folder / "a.docx"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr(
            "word/document.xml",
            f'<!DOCTYPE x [<!ENTITY a0 "lol">{named}]><w:document xmlns:w="{WORD}"><w:body>'
            f"{''.join(paragraphs('&a9;'))}</w:body></w:document>",
        )
    return path


def a_large_page(folder: Path) -> Path:
    path = folder / "a.html"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    return path


def deep_page(folder: Path) -> Path:
    path = folder / "a.html"
    path.write_text("<div>" * 20_000)
    return path


def many_pages(folder: Path) -> Path:
    return pdf(folder / "a.pdf", MOST_PAGES + 1, b"")


def a_large_page_of_a_pdf(folder: Path) -> Path:
    deflate = zlib.compressobj(1)
    content = b"".join(deflate.compress(bytes(1_000_000)) for _ in range(200)) + deflate.flush()
    return pdf(folder / "a.pdf", 1, content, "/Filter/FlateDecode")


@pytest.mark.parametrize(
    ("bomb", "why"),
    [
        (too_much_xml, "more than 100,000,000 bytes to be parsed, unpacked"),
        (too_much_in_other_parts, "more than 100,000,000 bytes to be parsed, unpacked"),
        (a_stated_size_that_is_not_true, ""),
        (deep_xml, "nested too deeply"),
        (entities_of_entities, ""),
        (a_large_page, "more than 100,000,000 bytes to be parsed, unpacked"),
        (deep_page, "nested too deeply"),
        (many_pages, "more than 10,000 pages"),
        (a_large_page_of_a_pdf, ""),
    ],
)
def test_a_document_that_unpacks_to_too_much_is_an_error(
    bomb: Callable[[Path], Path],
    why: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And it harms no other: it is read in the same run. The words of a parser are its own."""
    pytest.importorskip("mammoth")
    path = bomb(tmp_path)
    (tmp_path / "b.html").write_text("<p>well")
    code = main(["count", str(path), str(tmp_path / "b.html"), "-t", "o200k_base", "--format=tsv"])
    out, err = capsys.readouterr()

    assert code == 1
    assert [line.split("\t")[-1] for line in out.splitlines()[1:]] == [str(tmp_path / "b.html")]
    assert f"cannot convert `{path}`: " in err.replace("\n", " ")
    assert why in err.replace("\n", " ")
    assert "Traceback" not in err


def test_pictures_of_a_document_do_not_count(tmp_path: Path) -> None:
    pytest.importorskip("mammoth")
    path = docx(tmp_path / "a.docx", *paragraphs("text"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        for number in range(11):
            parts.writestr(f"word/media/{number}.png", bytes(10_000_000))

    assert text_of(path) == "text"


def test_time_is_a_limit_too(tmp_path: Path) -> None:
    """All documents of a call share it; the next call has its own."""
    pytest.importorskip("markdownify")
    (tmp_path / "busy.html").write_text(BUSY)
    (tmp_path / "b.html").write_text("<p>well")
    stream = DocumentStream(str(tmp_path / "busy.html"), "utf-8")
    with conversion.within(0.5):
        for _ in range(2):
            with pytest.raises(UnreadableInput, match="took more than") as caught:
                "".join(stream)

    assert str(tmp_path / "busy.html") in str(caught.value)
    assert caught.value.hint
    assert text_of(tmp_path / "b.html") == "well"


def test_each_page_gives_more_time() -> None:
    time = conversion.Time(10, 0.5)
    time.spend(0.25)

    assert (time.left, time.seconds) == (10.25, 10.5)


@pytest.mark.parametrize(
    ("error", "why"), [(MemoryError(), "bytes of memory"), (RecursionError(), "too deeply")]
)
def test_what_a_parser_runs_out_of_is_told(error: Exception, why: str) -> None:
    def convert(job: ConversionJob) -> Iterator[str]:
        raise error
        yield ""

    ((kind, (said, hint)),) = conversion.answers_to(ConversionJob("a.html", ".html"), convert)

    assert kind == FAILED
    assert why in said
    assert hint


def test_a_converter_that_dies_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("markdownify")
    (tmp_path / "busy.html").write_text(BUSY)
    (tmp_path / "b.html").write_text("<p>well")
    stream = DocumentStream(str(tmp_path / "busy.html"), "utf-8")
    process = stream.converter._started()
    process.kill()
    with pytest.raises(UnreadableInput, match="ended unexpectedly"):
        "".join(stream)

    assert text_of(tmp_path / "b.html") == "well"


def taken(blocks: Iterable[str], most: int | None) -> tuple[str, bool]:
    *found, (kind, is_cut) = blocks_of(iter(blocks), most)

    assert kind == END
    return "".join(text for _, text in found), is_cut


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, ("", True)),
        (1, ("a", True)),
        (3, ("a", True)),
        (4, ("a价", True)),
        (5, ("a价b", False)),
        (6, ("a价b", False)),
        (None, ("a价b", False)),
    ],
)
def test_no_more_text_than_is_wanted(most: int | None, expected: tuple[str, bool]) -> None:
    """It ends with a character."""
    assert taken(["a", "价b"], most) == expected


def test_more_text_than_a_document_may_have() -> None:
    half = "a" * (MOST_BYTES // 2)

    assert taken([half, half], None) == (half + half, False)
    with pytest.raises(ConversionRefused):
        taken([half, half, "a"], None)


@pytest.mark.parametrize("name", ["notice.docx", "notice.html", "notice.pdf"])
def test_max_bytes_is_of_the_text(name: str) -> None:
    """And not of the file, which may be larger or smaller."""
    pytest.importorskip("mammoth")
    whole = text_of(SAMPLES / name)
    stream = DocumentStream(str(SAMPLES / name), "utf-8", 20)
    exactly = DocumentStream(str(SAMPLES / name), "utf-8", len(whole.encode()))

    assert "".join(stream) == whole[:20]
    assert stream.is_cut
    assert not stream.has_changed
    assert "".join(exactly) == whole
    assert not exactly.is_cut


def test_a_document_that_nobody_reads_to_its_end(tmp_path: Path) -> None:
    """The next one is read all the same, while the first waits, too."""
    pytest.importorskip("pypdf")
    first = iter(DocumentStream(str(SAMPLES / "notice.pdf"), "utf-8"))
    next(first)

    assert text_of(SAMPLES / "notice.pdf").endswith("2 yuan.")
    with pytest.raises(UnreadableInput):
        list(first)
    assert text_of(SAMPLES / "notice.pdf").endswith("2 yuan.")


def test_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypdf")
    monkeypatch.setattr(conversion, "_OF_THREAD", threading.local())  # whoever keeps another one
    stream = DocumentStream(str(SAMPLES / "notice.pdf"), "utf-8")
    "".join(stream)
    process = stream.converter._process
    assert process is not None
    assert process.poll() is None
    del stream

    assert process.poll() is not None


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_the_converter_ends_with_its_parent(tmp_path: Path) -> None:
    """Whatever it was doing."""
    pytest.importorskip("markdownify")
    (tmp_path / "busy.html").write_text(BUSY)
    script = (
        "import sys; from llmcost.inputs.documents import DocumentStream\n"
        "stream = DocumentStream(sys.argv[1], 'utf-8')\n"
        "print(stream.converter._started().pid, flush=True)\n"
        "list(stream)"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "busy.html")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.5)
        parent.kill()
    for _ in range(200):
        if not is_running(pid):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("it goes on")


def is_running(pid: int) -> bool:
    """Whether there is such a process, which is no zombie, where that can be seen."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    return status[0] != "Z"
