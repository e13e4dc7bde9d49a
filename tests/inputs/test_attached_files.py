"""Files in requests: what they are, and how long."""

import base64
import struct

import pytest

from llmcost.chat import Media
from llmcost.inputs.attached_files import media_of_base64, media_of_url


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def wav(seconds: int, rate: int = 100) -> bytes:
    start = b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(12) + struct.pack("<I", rate) + bytes(12)
    return start[:44].ljust(44, b"\0") + bytes(seconds * rate)


MOVIE = b"....mvhd" + bytes(12) + struct.pack(">II", 1000, 2500) + bytes(40)


@pytest.mark.parametrize(
    ("content", "type", "expected"),
    [
        (b"/Type /Page /Type/Page /Type /Pages", "application/pdf", ("pdf", 2)),
        (b"packed", "application/pdf", ("pdf", None)),
        (wav(3), "audio/wav", ("audio", 3)),
        (bytes(32_000), "audio/mpeg", ("audio", 2)),
        (MOVIE, "video/mp4", ("video", 2.5)),
        (b"nothing", "video/mp4", ("video", None)),
        (b"x", "application/zip", ("file", None)),
    ],
)
def test_a_file_has_pages_or_a_length(
    content: bytes, type: str, expected: tuple[str, float | None]
) -> None:
    assert media_of_base64(encoded(content), type) == Media(expected[0], len(content), expected[1])


def test_a_file_of_text_is_its_text() -> None:
    assert media_of_base64(encoded("é".encode()), "text/plain") == "é"
    assert media_of_base64(encoded(b"\xff"), "application/json") == "\ufffd"


def test_an_address_is_not_fetched() -> None:
    assert media_of_url("https://e.com/a.pdf", "pdf") == Media("pdf")
    assert media_of_url("data:audio/mpeg;base64,", "pdf") == Media("audio", 0, None)


def test_what_is_no_base64_has_no_length() -> None:
    assert media_of_base64("*", "application/pdf") == Media("pdf", 0, None)
