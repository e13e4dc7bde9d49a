"""Files and standard input as text: nothing is lost, changed or held in memory."""

import codecs
import errno
import gzip
import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.errors import LlmcostError, UnreadableInput, UsageError
from llmcost.inputs import text_stream as read
from llmcost.inputs.compression import kind_of
from llmcost.inputs.text_stream import TextStream, open_inputs

ENCODINGS = [
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "ascii"),
    *("latin-1", "cp1252", "gb18030", "gbk", "hz", "big5", "shift_jis", "euc_jp", "iso2022_jp"),
]


def decoded(content: bytes, encoding: str, block: int = read.BLOCK) -> tuple[str, TextStream]:
    """The text of `content`, read in blocks of a size, and the stream with its figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BLOCK", block)
        (stream,) = [TextStream("name", read.known_encoding(encoding))]
        return "".join(stream.decode(io.BytesIO(content))), stream


class Terminal(io.TextIOWrapper):
    """Standard input with a person at it."""

    def isatty(self) -> bool:
        return True


def stdin(content: bytes, kind: type[io.TextIOWrapper] = io.TextIOWrapper) -> io.TextIOWrapper:
    return kind(io.BytesIO(content), encoding="ascii")


def text_of(path: Path | str, encoding: str = "utf-8") -> str:
    return "".join(open_inputs([str(path)], encoding)[0])


# --- bytes into text ----------------------------------------------------------------------------

# whole characters and broken ones of several encodings, so that blocks end inside of them
PIECES = [
    *(b"a", b"\r\n", b"\0", "é".encode(), "元".encode(), "🙂".encode(), "元".encode("gb18030")),
    *("𠀀".encode("gb18030"), "あ".encode("shift_jis"), b'\x1b$B$"\x1b(B', b"~{VP~}", b"+AGE-"),
    *("é元🙂".encode("utf-16-le"), b"\xed\xa0\x80", b"\xf0\x9f", b"\x81", b"\xff", b"\xc0\x80"),
]
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
starts = st.just(b"") | st.sampled_from([*MARKS, codecs.BOM_UTF8])
pieces = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=12).map(b"".join)
contents = st.builds(bytes.__add__, starts, pieces).filter(lambda content: not kind_of(content))


def expected_encoding(content: bytes, encoding: str) -> str:
    """A UTF-16 or UTF-32 mark overrides the default; without one, bytes are little-endian."""
    marked = next((name for mark, name in MARKS.items() if content.startswith(mark)), "")
    if encoding == "utf-8":
        return marked or encoding
    if encoding in ("utf-16", "utf-32") and not any(
        content.startswith(mark) for mark, name in MARKS.items() if name == encoding
    ):
        return f"{encoding}-le"
    return encoding


@settings(max_examples=500)
@given(contents, st.sampled_from(ENCODINGS), st.integers(4, 12))
def test_text_does_not_depend_on_where_blocks_end(
    content: bytes, encoding: str, block: int
) -> None:
    """It is what decoding all of it at once gives, with U+FFFD for what is not text."""
    text, stream = decoded(content, encoding, block)

    right = stream.encoding if stream.is_guessed else expected_encoding(content, encoding)
    assert text == content.decode(right, "replace")
    assert stream.bytes == len(content)
    assert stream.characters == len(text)


@given(contents, st.sampled_from(["utf-8", "gb18030", "big5", "ascii"]), st.integers(4, 12))
def test_what_is_not_text_is_counted(content: bytes, encoding: str, block: int) -> None:
    """As often as U+FFFD was put in, wherever blocks end; what was U+FFFD before is not."""
    _, stream = decoded(content, encoding, block)
    seen: list[int] = []

    def count(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        seen.append(error.start)
        return "?", error.end

    codecs.register_error("test.count", count)
    right = stream.encoding if stream.is_guessed else expected_encoding(content, encoding)
    content.decode(right, "test.count")

    assert stream.replaced == len(seen)


@pytest.mark.parametrize(
    ("content", "encoding", "text", "replaced"),
    [
        pytest.param(b"", "utf-8", "", 0, id="nothing"),
        pytest.param("价格\n".encode(), "utf-8", "价格\n", 0, id="Chinese"),
        pytest.param("价格".encode("gb18030"), "gb18030", "价格", 0, id="GB 18030"),
        pytest.param("价格".encode("gb18030"), "utf-8", "价格", 0, id="GB 18030 without its name"),
        pytest.param("价格".encode("big5"), "ascii", "\ufffd" * 4, 4, id="wrong name"),
        pytest.param(b"a\r\nb\rc\n", "utf-8", "a\r\nb\rc\n", 0, id="line ends"),
        pytest.param(b"a\0b\x1a", "utf-8", "a\0b\x1a", 0, id="NUL and end-of-file"),
        pytest.param("\ufffd".encode(), "utf-8", "\ufffd", 0, id="U+FFFD itself"),
        pytest.param("\ufeffa".encode(), "utf-8", "\ufeffa", 0, id="UTF-8 mark: text"),
        pytest.param("\ufeffa".encode("utf-16-le"), "utf-8", "a", 0, id="UTF-16 mark"),
        pytest.param("\ufeffa".encode("utf-16-be"), "utf-8", "a", 0, id="UTF-16 mark, big end"),
        pytest.param("\ufeffa".encode("utf-32-le"), "utf-8", "a", 0, id="UTF-32 mark"),
        pytest.param("\ufeffa".encode("utf-32-be"), "utf-8", "a", 0, id="UTF-32 mark, big end"),
        pytest.param("ab".encode("utf-16-le"), "utf-16", "ab", 0, id="UTF-16 without a mark"),
        pytest.param("ab".encode("utf-32-le"), "utf-32", "ab", 0, id="UTF-32 without a mark"),
        pytest.param("\ufeffa".encode("utf-16-be"), "utf-16", "a", 0, id="UTF-16 with a mark"),
        pytest.param(b"\xff\xfe", "latin-1", "ÿþ", 0, id="no mark in another encoding"),
        pytest.param(b"\xe4\xb8", "utf-8", "\ufffd", 1, id="half a character at the end"),
        pytest.param(b"\xff\xff", "utf-8", "\ufffd\ufffd", 2, id="two bad bytes"),
    ],
)
def test_bytes_become_text(content: bytes, encoding: str, text: str, replaced: int) -> None:
    """Marks, line ends and NULs stay, as they would be sent; figures are of what was read."""
    found, stream = decoded(content, encoding)

    assert found == text
    assert (stream.bytes, stream.characters, stream.replaced) == (len(content), len(text), replaced)


POEM = "床前明月光，疑是地上霜。\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(POEM.encode("gb18030"), "gb18030", id="Chinese"),
        pytest.param(b"id,text\n1," + "好".encode("gb18030"), "gb18030", id="one character"),
        pytest.param(POEM.encode("gb18030")[:-4], "gb18030", id="half a character at the end"),
        pytest.param("\U00020000龘".encode("gb18030"), "gb18030", id="four bytes"),
        pytest.param((9 * POEM).encode("gb18030") + b"\xff\n", "gb18030", id="one damaged byte"),
        pytest.param("联通".encode("gb18030"), "gb18030", id="nearly UTF-8"),
        pytest.param(POEM.encode()[:-3], "utf-8", id="half a character of UTF-8"),
        pytest.param("你好".encode() + b"\xe4\xbd", "utf-8", id="the same, valid as GB18030"),
        pytest.param(POEM.encode() + b"\xff\n", "utf-8", id="UTF-8 with a damaged byte"),
        pytest.param(POEM.encode() + POEM[:3].encode("gb18030"), "utf-8", id="a mixture"),
        pytest.param("Müller läßt grüßen".encode("latin-1"), "utf-8", id="German"),
        pytest.param("façade, naïve, élève".encode("latin-1"), "utf-8", id="French"),
        pytest.param("Привет, как дела?".encode("cp1251"), "utf-8", id="Russian"),
        pytest.param("A股、B股与朱镕基".encode("gb18030"), "gb18030", id="Chinese among letters"),
        pytest.param(b"\xff\xd8\xff\xe0\0\x10JFIF\0\1", "utf-8", id="no text"),
        pytest.param(b"caf\xe9", "utf-8", id="one byte"),
    ],
)
def test_bytes_show_their_encoding(content: bytes, encoding: str) -> None:
    """GB18030 is what is valid so and no UTF-8; damage, or Latin letters, make no Chinese."""
    _, stream = decoded(content, "utf-8")

    assert stream.encoding == encoding
    assert stream.is_guessed is (encoding != "utf-8")


@given(st.integers(0, 5), st.integers(4, 12))
def test_the_first_bytes_beyond_ascii_decide(blocks: int, block: int) -> None:
    """However far behind the beginning they are: until there both encodings are the same."""
    text = blocks * block * "a" + POEM

    assert decoded(text.encode("gb18030"), "utf-8", block)[0] == text


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(POEM.encode("gb18030"), "gb18030"), (b"\xef\xbb\xbf\xbc\xdb", "utf-8")],
)
def test_a_name_or_a_mark_decides_before_the_bytes(content: bytes, encoding: str) -> None:
    assert not decoded(content, encoding)[1].is_guessed


@pytest.mark.parametrize(
    ("content", "expected"), [(b"\xef\xbb\xbfa", True), (b"a\xef\xbb\xbf", False)]
)
def test_a_byte_order_mark_is_noted(content: bytes, expected: bool) -> None:
    """The mark of UTF-8 is counted as text, which its owner may not know to be there."""
    assert decoded(content, "utf-8")[1].has_mark is expected
    assert decoded(content, "latin-1")[1].has_mark is False


def test_only_a_block_is_held() -> None:
    """Each block is passed on before the next one is read."""
    file = io.BytesIO(b"x" * (3 * read.BLOCK))
    stream = TextStream("name", "utf-8")
    blocks = iter(stream.decode(file))

    assert len(next(blocks)) == read.BLOCK
    assert file.tell() == stream.bytes == read.BLOCK


def test_blocks_end_with_lines_that_a_line_with_text_follows() -> None:
    """So that nobody has to put them together; if there is no such line, where they ended."""
    lines, dashes = "价格 price\n\n    / more\n" * (read.BLOCK // 15), "-" * 3 * read.BLOCK
    blocks = list(TextStream("name", "utf-8").decode(io.BytesIO((lines + dashes).encode())))

    assert "".join(blocks) == lines + dashes
    assert {block[-3:] for block in blocks if block} == {"e\n\n", "---"}
    assert max(len(block.encode()) for block in blocks) < read.BLOCK + 5000


@pytest.mark.parametrize(
    ("content", "encoding"),
    [("é".encode(), "idna"), ("é".encode(), "punycode"), (b"a-99999999999", "punycode")],
)
def test_a_codec_that_cannot_replace_is_an_error(
    content: bytes, encoding: str, tmp_path: Path
) -> None:
    """Not a traceback: encodings of host names are no encodings of files."""
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(UnreadableInput, match=f"as {encoding}: ") as caught:
        text_of(tmp_path / "f", encoding)

    assert "--encoding" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "canonical"),
    [("UTF8", "utf-8"), ("utf-8", "utf-8"), ("GB18030", "gb18030"), ("Latin1", "iso8859-1")],
)
def test_an_encoding_has_several_names(name: str, canonical: str) -> None:
    """Python's names and their aliases, in upper or lower case."""
    assert read.known_encoding(name) == canonical


@pytest.mark.parametrize(
    "name", ["", "utf-9", "base64", "rot13", "hex", "zip", "undefined", "utf-8\0", "\udc80", "../x"]
)
def test_an_unknown_encoding_is_wrong_usage(name: str) -> None:
    """So is a codec that makes no text of bytes."""
    with pytest.raises(UsageError) as caught:
        open_inputs([], name)

    assert "utf-8" in caught.value.hint


# --- names into streams -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["plain.txt", "-x", "--help", "two words", "a\nb", "[red]", "*.txt", "价格.txt", "\udcff"],
)
def test_any_name_can_be_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is a name: no option, no pattern, no markup, and not necessarily Unicode."""
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("text")

    assert text_of(name) == "text"


def test_inputs_come_in_their_order_even_twice(tmp_path: Path) -> None:
    """Each mention is an input of its own."""
    for name in "ab":
        (tmp_path / name).write_text(name)
    names = [str(tmp_path / name) for name in "bab"]

    assert ["".join(stream) for stream in open_inputs(names)] == ["b", "a", "b"]


@pytest.mark.parametrize("paths", [[], ["-"]])
def test_standard_input_is_bytes(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is decoded as files are, whatever Python takes the terminal to be."""
    monkeypatch.setattr(sys, "stdin", stdin("价\r\n".encode()))
    (stream,) = open_inputs(paths)

    assert "".join(stream) == "价\r\n"
    assert (stream.name, stream.bytes) == ("-", 5)


def test_standard_input_stands_among_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its place in the order."""
    (tmp_path / "f").write_text("file")
    monkeypatch.setattr(sys, "stdin", stdin(b"stdin"))
    streams = open_inputs([str(tmp_path / "f"), "-"])

    assert ["".join(stream) for stream in streams] == ["file", "stdin"]


def test_standard_input_is_read_once() -> None:
    """The second reading would be empty."""
    with pytest.raises(UsageError, match="twice"):
        open_inputs(["-", "-"])


def test_nobody_is_left_waiting_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless `-` asks for it."""
    monkeypatch.setattr(sys, "stdin", stdin(b"typed", Terminal))
    with pytest.raises(UsageError, match="nothing to read") as caught:
        open_inputs([])

    assert caught.value.hint
    assert "".join(open_inputs(["-"])[0]) == "typed"


@pytest.mark.parametrize("paths", [[], ["-"]])
def test_a_closed_standard_input_is_wrong_usage(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`llmcost count <&-` leaves Python without one."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        open_inputs(paths)


def missing(folder: Path) -> str:
    return "missing"


def folder(folder: Path) -> str:
    (folder / "folder").mkdir()
    return "folder"


def below_a_file(folder: Path) -> str:
    (folder / "file").touch()
    return "file/below"


def file_as_folder(folder: Path) -> str:
    (folder / "file").touch()
    return "file/"


def dangling(folder: Path) -> str:
    (folder / "link").symlink_to("nowhere")
    return "link"


def circle(folder: Path) -> str:
    (folder / "link").symlink_to("link")
    return "link"


def no_name(folder: Path) -> str:
    return ""


def too_long(folder: Path) -> str:
    return "x" * 5000


def with_nul(folder: Path) -> str:
    return "a\0b"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (missing, "no such file: `missing`"),
        (folder, "`folder` is a folder"),
        (below_a_file, "no such file"),
        (file_as_folder, "no such file"),
        (dangling, f"cannot read `link`: {os.strerror(errno.ENOENT)}"),
        (circle, f"cannot read `link`: {os.strerror(errno.ELOOP)}"),
        (no_name, "no such file: ``"),
        (too_long, "no such file"),
        (with_nul, "no such file"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_cannot_be_read_is_told_before_anything_is(
    make: Callable[[Path], str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All names are looked at first, so that no half of an answer is given."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good").write_text("good")
    name = make(tmp_path)
    with pytest.raises(UnreadableInput) as caught:
        open_inputs(["good", name])

    assert message in str(caught.value)


def test_a_forbidden_file_is_told_when_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others beside it can be read; to root nothing is forbidden, so it is staged."""
    (tmp_path / "f").write_text("secret")
    (stream,) = open_inputs([str(tmp_path / "f")])
    monkeypatch.setattr(read, "open", refuse, raising=False)
    with pytest.raises(UnreadableInput, match=r"cannot read `.*f`: Permission denied"):
        "".join(stream)


def refuse(name: str, mode: str) -> None:
    raise PermissionError(errno.EACCES, "Permission denied", name)


def test_a_file_in_a_closed_folder_is_told_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can say whether it exists, so it is not called missing."""
    monkeypatch.setattr(os, "stat", lambda name: refuse(name, ""))

    assert open_inputs(["closed/f"])[0].stated == 0


def test_a_file_that_vanishes_is_an_error(tmp_path: Path) -> None:
    """Between the look at it and its turn."""
    (tmp_path / "f").write_text("text")
    (stream,) = open_inputs([str(tmp_path / "f")])
    (tmp_path / "f").unlink()
    with pytest.raises(UnreadableInput, match="cannot read"):
        "".join(stream)


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="needs a file that fails to be read"
)
def test_an_error_while_reading_is_an_error() -> None:
    """A broken disk gives a message, not a traceback."""
    with pytest.raises(LlmcostError, match="cannot read `/proc/self/mem`"):
        text_of("/proc/self/mem")


def test_a_pipe_with_a_name_is_read_to_its_end(tmp_path: Path) -> None:
    """As `<(command)` of a shell is one."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text("written"))
    writer.start()
    try:
        assert text_of(path) == "written"
    finally:
        writer.join()


# --- not more than is wanted --------------------------------------------------------------------


@given(
    contents, st.sampled_from(["utf-8", "gb18030", "utf-16-le"]), st.integers(1, 40), st.booleans()
)
def test_what_is_cut_ends_with_a_character(
    content: bytes, encoding: str, most: int, is_packed: bool
) -> None:
    """It is what decoding so many bytes gives, without the half of a character at their end."""
    stream = TextStream("name", encoding, most)
    stream.stated = 1  # a file, of which one may look whether there is more
    text = "".join(stream.decode(io.BytesIO(gzip.compress(content) if is_packed else content)))
    right = stream.encoding if stream.is_guessed else expected_encoding(content[:most], encoding)
    decoder = codecs.getincrementaldecoder(right)("replace")
    is_cut = len(content) > most

    assert stream.is_cut is is_cut
    assert text == decoder.decode(content[:most], final=not is_cut)
    assert stream.bytes == min(most, len(content)) - len(decoder.getstate()[0])
    assert stream.characters == len(text)


@pytest.mark.parametrize(
    ("content", "most", "text", "is_cut"),
    [
        ("价格", 6, "价格", False),
        ("价格", 5, "价", True),
        ("价格", 2, "", True),
        ("价格", 7, "价格", False),
        ("", 1, "", False),
    ],
)
def test_a_file_is_read_as_far_as_is_wanted(
    content: str, most: int, text: str, is_cut: bool, tmp_path: Path
) -> None:
    (tmp_path / "f").write_text(content, "utf-8")
    (stream,) = open_inputs([str(tmp_path / "f")], most=most)

    assert ("".join(stream), stream.is_cut) == (text, is_cut)
    assert stream.expected == min(most, len(content.encode()))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file without an end")
def test_what_never_ends_is_read_as_far_as_is_wanted() -> None:
    (stream,) = open_inputs(["/dev/zero"], most=3_000_000)

    assert sum(map(len, stream)) == 3_000_000
    assert stream.is_cut


def test_a_pipe_is_not_waited_for_when_it_gave_enough(tmp_path: Path) -> None:
    """Whether there is more would be known only when it is closed."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    done = threading.Event()

    def write() -> None:
        with path.open("wb") as pipe:
            pipe.write(b"x" * 1000)
            pipe.flush()
            done.wait(60)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        (stream,) = open_inputs([str(path)], most=1000)

        assert "".join(stream) == "x" * 1000
        assert stream.is_cut
        assert not done.is_set()
    finally:
        done.set()
        writer.join()


# --- while it is read ---------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "has_changed"), [(0, True), (5, True), (10, False), (5000, True)])
def test_a_file_that_shrinks_or_grows_is_counted_as_read(
    size: int, has_changed: bool, tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(b"x" * 10)
    (stream,) = open_inputs([str(tmp_path / "f")])
    (tmp_path / "f").write_bytes(b"x" * size)

    assert "".join(stream) == "x" * size
    assert stream.has_changed is has_changed


def test_a_file_may_grow_behind_the_block_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that is being written is read to where it ends by then."""
    monkeypatch.setattr(read, "BLOCK", 32)
    (tmp_path / "f").write_bytes(b"x" * 100)
    (stream,) = open_inputs([str(tmp_path / "f")])
    blocks = iter(stream)
    first = next(blocks)
    with (tmp_path / "f").open("ab") as file:
        file.write(b"y" * 100)

    assert first + "".join(blocks) == "x" * 100 + "y" * 100
    assert stream.has_changed


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a file without a size")
def test_a_file_that_states_no_size_is_read_and_has_not_changed() -> None:
    (stream,) = open_inputs(["/proc/self/status"])

    assert "Name:" in "".join(stream)
    assert not stream.has_changed
