"""Files in requests that are neither text nor image: their pages, their length, their size."""

import base64
import binascii
import re

from llmcost.chat import Media

DATA = re.compile(r"data:(?P<type>[^;,]*)[^,]*;base64,", re.IGNORECASE)
PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
BYTES_PER_SECOND = 16_000  # of MP3 and the like, at 128 kbit/s
TEXTS = ("text/", "application/json", "application/xml", "application/x-yaml", "application/yaml")


def kind_of(type: str) -> str:
    """pdf, audio, video or file, by a media type."""
    if type == "application/pdf":
        return "pdf"
    start = type.partition("/")[0]
    return start if start in ("audio", "video") else "file"


def media_of_url(url: str, kind: str) -> Media | str:
    """Of a `data:` URL; any other address is not fetched, so its size is not known."""
    head = DATA.match(url[:200])
    if head is None:
        return Media(kind)
    return media_of_base64(url[head.end() :], head["type"])


def media_of_base64(data: str, type: str) -> Media | str:
    """What is known of a file of a media type; a text is its own text."""
    try:
        content = base64.b64decode(data.replace("-", "+").replace("_", "/") + "==")
    except (binascii.Error, ValueError):
        content = b""
    if type.startswith(TEXTS):
        return content.decode("utf-8", "replace")
    kind = kind_of(type)
    return Media(kind, len(content), UNITS[kind](content))


def pages(content: bytes) -> float | None:
    """The pages of a PDF, None where they are compressed."""
    return len(PAGE.findall(content)) or None


def seconds(content: bytes) -> float | None:
    """The length of a WAV file by its header, of another by a usual rate."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        rate = int.from_bytes(content[28:32], "little")
        return (len(content) - 44) / rate if rate else None
    return len(content) / BYTES_PER_SECOND if content else None


def movie_seconds(content: bytes) -> float | None:
    """The length of an MP4 by its header `mvhd`."""
    place = content.find(b"mvhd")
    if place < 0 or len(content) < place + 36:
        return None
    long = content[place + 4] == 1
    at = place + (24 if long else 16)
    scale = int.from_bytes(content[at : at + 4], "big")
    length = int.from_bytes(content[at + 4 : at + (12 if long else 8)], "big")
    return length / scale if scale and length else None


def unmeasured(content: bytes) -> None:
    return None


UNITS = {"pdf": pages, "audio": seconds, "video": movie_seconds, "file": unmeasured}
