"""The size of an image is what the first bytes of its file say, and nothing is fetched for it."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcost.chat import Image
from llmcost.inputs.content import image_of_base64, image_of_url, size_of


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0"


def bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, -height) + bytes(4)


def old_bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<IHH", 12, width, height) + bytes(8)


def jpeg(width: int, height: int, *before: bytes) -> bytes:
    """With segments before the frame, each of which states its length."""
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(one) + 2) + one for one in before)
    frame = b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03\x01\x22\x00"
    return b"\xff\xd8" + segments + b"\xff" + frame


def webp(form: bytes, rest: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + form + b"\0\0\0\0" + rest


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height | 0x4000))


def lossless(width: int, height: int) -> bytes:
    bits = width - 1 | height - 1 << 14 | 1 << 28
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", bits) + bytes(8))


def extended(width: int, height: int) -> bytes:
    sizes = b"".join((one - 1).to_bytes(3, "little") for one in (width, height))
    return webp(b"VP8X", bytes(4) + sizes)


@pytest.mark.parametrize("write", [png, gif, bmp, old_bmp, jpeg, lossy, lossless, extended])
@given(width=st.integers(1, 0x3FFF), height=st.integers(1, 0x3FFF))
def test_the_header_says_the_size(write, width: int, height: int) -> None:  # type: ignore[no-untyped-def]
    """In every format that the vendors take."""
    data = base64.b64encode(write(width, height)).decode()

    assert image_of_base64(data) == Image(width, height)


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_the_frame_of_a_jpeg_stands_behind_any_segments(segments: list[bytes]) -> None:
    """They may hold previews, whose own frames do not count."""
    content = jpeg(640, 480, jpeg(1, 1), *segments)

    assert image_of_base64(base64.b64encode(content).decode()) == Image(640, 480)


def test_only_the_places_that_matter_are_decoded() -> None:
    """Of a large file some headers of segments are looked at."""
    content = jpeg(640, 480, bytes(60_000), bytes(60_000)) + bytes(10**6)
    seen = 0

    def peek(start: int, length: int) -> bytes:
        nonlocal seen
        seen += length
        return content[start : start + length]

    assert size_of(peek) == (640, 480)
    assert seen < 100


PNG = base64.b64encode(png(640, 480)).decode()


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;base64,{PNG}",
        f"DATA:image/png;charset=x;BASE64,{PNG}",
        f"data:;base64,{PNG}",
        f"data:image/jpeg;base64,{PNG}",
        "data:image/png;base64," + "\r\n".join(PNG[at : at + 8] for at in range(0, len(PNG), 8)),
        f"data:image/png;base64,{PNG.rstrip('=')}",
        f"data:image/png;base64,{PNG.replace('+', '-').replace('/', '_')}",
    ],
)
def test_a_data_url_is_looked_into(url: str) -> None:
    """Wrapped, unpadded, or in the alphabet for addresses; what it says of its type is not used."""
    assert image_of_url(url, "high") == Image(640, 480, "high")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "file:///etc/passwd",
        "",
        "data:image/png,%89PNG",
        "data:image/png;base64,",
        "data:image/png;base64,A",
        "data:image/png;base64,!!!!",
        "data:image/png;base64,价格",
        "data:image/svg+xml;base64," + base64.b64encode(b"<svg width='9'/>").decode(),
        "data:image/png;base64," + base64.b64encode(png(0, 480)).decode(),
        "data:image/png;base64," + base64.b64encode(png(640, 480)[:15]).decode(),
        "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff\xe1\0\x02").decode(),
        "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8" + b"\xff" * 5000).decode(),
        "data:image/webp;base64," + base64.b64encode(b"RIFF\0\0\0\0WAVEfmt ").decode(),
    ],
)
def test_no_size_is_made_up(url: str) -> None:
    """Of what is elsewhere, broken or of no known format."""
    assert image_of_url(url) == Image(None, None)


@given(st.sampled_from([png, gif, bmp, jpeg, lossy, lossless, extended]), st.binary(max_size=60))
def test_any_bytes_are_answered(write, rest: bytes) -> None:  # type: ignore[no-untyped-def]
    """Broken behind a good beginning, nothing is raised."""
    for cut in range(0, 30, 3):
        found = image_of_base64(base64.b64encode(write(9, 9)[:cut] + rest).decode())

        assert (found.width is None) == (found.height is None)
