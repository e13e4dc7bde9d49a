"""Compressed inputs: what is in them is read, all of it or an error, in the memory of a block."""

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcost.cli.app import main
from llmcost.errors import UnreadableInput
from llmcost.inputs import compression as packed
from llmcost.inputs import discovery as walk
from llmcost.inputs import text_stream as read
from llmcost.inputs.compression import inner_name, kind_of
from llmcost.inputs.discovery import DiscoveredFiles, Skipped, expand
from llmcost.inputs.text_stream import TextStream, open_inputs

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Pack = Callable[[bytes], bytes]


def with_checksum(content: bytes) -> bytes:
    """As the command `zstd` writes it."""
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


PACKS: dict[str, Pack] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "Zstandard": with_checksum,
}
TEXT = "价格 of 100 tokens\r\n".encode()
NOISE = Random(1).randbytes(5000)
SKIPPED = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
packs = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test stands in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stream_of(content: bytes, name: str = "f") -> TextStream:
    Path(name).write_bytes(content)
    (stream,) = open_inputs([name], "latin-1")
    return stream


def text_of(content: bytes, name: str = "f") -> bytes:
    return "".join(stream_of(content, name)).encode("latin-1")


# --- what is in them ----------------------------------------------------------------------------


@packs
@pytest.mark.parametrize("content", [b"", b"a", TEXT, TEXT * 100_000, NOISE])
def test_content_is_told_by_its_first_bytes_and_unpacked(pack: Pack, content: bytes) -> None:
    """Whatever the file is called; the figures are of the text."""
    Path("notes.txt").write_bytes(pack(content))
    (stream,) = open_inputs(["notes.txt"], "latin-1")

    assert "".join(stream).encode("latin-1") == content
    assert stream.bytes == len(content)
    assert stream.taken == stream.stated == len(pack(content))
    assert not stream.has_changed
    assert stream.expected == 0


@packs
@given(
    parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    padding=st.sampled_from([0, 4, 512]),
    block=st.integers(1, 40),
)
def test_streams_that_follow_each_other_are_one_text(
    pack: Pack, parts: list[bytes], padding: int, block: int
) -> None:
    """As `cat a.gz b.gz` and parallel packers make them, wherever blocks end."""
    content = b"".join(pack(part) + b"\0" * padding for part in parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BLOCK", block)
        patch.setattr(packed, "PIECE", block)
        text = "".join(TextStream("f", "latin-1").decode(io.BytesIO(content)))

    assert text.encode("latin-1") == b"".join(parts)


def test_frames_to_be_skipped_hold_no_text() -> None:
    """Those of Zstandard, which pzstd begins a file with."""
    assert text_of(SKIPPED + zstd.compress(TEXT) + SKIPPED) == TEXT


@packs
def test_standard_input_is_unpacked_too(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pack(TEXT))))
    (stream,) = open_inputs([])

    assert "".join(stream) == TEXT.decode()


@packs
def test_the_text_inside_has_an_encoding_of_its_own(pack: Pack) -> None:
    """A mark of UTF-16 is found behind that of the compression."""
    Path("f").write_bytes(pack("价格".encode("utf-16")))

    assert "".join(open_inputs(["f"])[0]) == "价格"


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b", b"BZh", b"BZh91AY", b"BZh is a name", b"\xfd7zXZ", b"(\xb5/", b"P*M"]
)
def test_what_only_begins_like_magic_is_text(content: bytes) -> None:
    assert not kind_of(content)
    assert text_of(content) == content


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("chats.jsonl.gz", "chats.jsonl"),
        ("a/T.CSV.ZST", "a/T.CSV"),
        ("x.xz", "x"),
        ("x.tar.bz2", "x.tar"),
        ("x.jsonl", "x.jsonl"),
        ("gz", "gz"),
    ],
)
def test_the_name_inside_is_the_one_without_its_last_ending(name: str, inner: str) -> None:
    assert inner_name(name) == inner


# --- what is damaged ----------------------------------------------------------------------------


@packs
@pytest.mark.parametrize("content", [TEXT, NOISE])
def test_no_beginning_is_taken_for_the_whole(pack: Pack, content: bytes) -> None:
    """A download that was cut off is an error wherever it ends, never a smaller count."""
    whole = pack(content)
    for end in [
        *range(10, 60),
        *range(60, len(whole) - 60, 97),
        *range(len(whole) - 60, len(whole)),
    ]:
        if 10 <= end < len(whole):
            with pytest.raises(UnreadableInput, match="cut off") as caught:
                text_of(whole[:end])

            assert "cannot read `f`" in str(caught.value)
            assert caught.value.hint


@packs
def test_a_bit_that_flipped_is_an_error(pack: Pack) -> None:
    """By the checksum, if by nothing else; in what describes the data it may do no harm."""
    whole = pack(NOISE)
    wrong = 0
    for place in range(20, len(whole), 211):
        broken = bytearray(whole)
        broken[place] ^= 4
        try:
            assert text_of(bytes(broken)) == NOISE
        except UnreadableInput:
            wrong += 1

    assert wrong > 20


@packs
def test_what_follows_and_is_not_of_the_kind_is_an_error(pack: Pack) -> None:
    """The first part alone would be a count of half a file."""
    with pytest.raises(UnreadableInput, match="cannot read `f`"):
        text_of(pack(TEXT) + b"something else that is no stream")


def test_a_file_that_asks_for_too_much_memory_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    content = lzma.compress(TEXT)
    assert text_of(content) == TEXT

    monkeypatch.setattr(packed, "MOST_MEMORY", 1 << 16)
    with pytest.raises(UnreadableInput, match="cannot read `f`"):
        text_of(content)


@pytest.mark.parametrize("name", ["a.docx.gz", "a.pdf.xz", "A.PARQUET.zst"])
def test_what_needs_a_file_is_not_read_from_a_stream(name: str) -> None:
    """A document could only be counted as the bytes that it is stored as."""
    with pytest.raises(UnreadableInput, match="inside of gzip data") as caught:
        text_of(gzip.compress(TEXT), name)

    assert caught.value.hint == "unpack it first"


@packs
def test_a_bomb_takes_no_memory(pack: Pack) -> None:
    """64 MB of one character, from some kilobytes."""
    stream = stream_of(pack(b"a" * (64 << 20)))
    tracemalloc.start()
    try:
        sizes = [len(block) for block in stream]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert max(sizes) == read.BLOCK
    assert sum(sizes) == 64 << 20
    assert peak < 16 << 20


# --- in folders, and as files of requests -------------------------------------------------------


@packs
def test_a_folder_gives_compressed_texts(pack: Pack) -> None:
    """Judged by what is in them, though they are full of NULs themselves."""
    Path("d").mkdir()
    for name, content in {
        "a.txt.gz": TEXT * 1000,
        "b.gz": b"binary\0" * 5000,
        "c.pdf.gz": b"%PDF-1.7 text",
        "d": b"",
    }.items():
        Path("d", name).write_bytes(pack(content))
    with tarfile.open("d/e.tar.gz", "w:gz") as archive:
        archive.add("d/a.txt.gz")
    Path("d/f.gz").write_bytes(pack(NOISE.replace(b"\0", b""))[:100])

    assert expand(["d"], keep=[".pdf"]) == DiscoveredFiles(
        ("d/a.txt.gz", "d/d", "d/f.gz"),
        tuple(Skipped(f"d/{name}", walk.BINARY) for name in ("b.gz", "c.pdf.gz", "e.tar.gz")),
    )


CHATS = '{"messages": [{"role": "user", "content": "hello"}]}\n{"messages": []}\n' * 3
TABLE = 'text\tname\n"a ""cell"", quoted"\tx\nanother\ty\n'


@packs
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("chats.jsonl", CHATS, ["--skip-bad"]),
        ("rows.tsv", TABLE, ["--column", "text"]),
        ("rows.csv", TABLE.replace("\t", ","), ["--column", "1"]),
        ("other.txt", '{"text": "hello"}', ["--field", "text"]),
    ],
)
def test_requests_in_compressed_files_are_requests(
    pack: Pack, name: str, content: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The name inside says what they are."""
    Path(name).write_text(content)
    Path(name + ".gz").write_bytes(pack(content.encode()))
    results = []
    for path in (name, name + ".gz"):
        assert main(["estimate", path, "-m", "gpt-4o", "--per-request", *words]) == 0
        results.append(capsys.readouterr().out.replace(".gz", ""))

    assert results[0] == results[1]
    assert results[0].count("\n") > 1
