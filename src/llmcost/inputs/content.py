"""The content of a message, of any vendor: text, images, tool calls and their results.

The types of parts do not collide between vendors, so one table reads them all. The texts of a
message are joined as they are, which is what chat templates do. What has a price but no text here
(audio, video, files) is refused: left out in silence, the request would look cheaper than it is.
The size of an image in pixels is what its file states in the first bytes; pixels are never decoded.
"""

import base64
import binascii
import re
from collections.abc import Callable

from llmcost.chat import Call, Image, Media, Message
from llmcost.inputs.attached_files import kind_of, media_of_base64, media_of_url
from llmcost.inputs.json_values import (
    BadShape,
    Json,
    Object,
    json_text,
    keys,
    list_of,
    needed,
    object_of,
    optional_list,
    optional_text,
    text_of,
    within,
    wrong,
)
from llmcost.messages import say

Size = tuple[int, int]
Peek = Callable[[int, int], bytes]  # (start, length) -> those bytes of the file

DATA_URL = re.compile(r"data:[^,]*;base64,", re.IGNORECASE)
NEWLINES = re.compile(r"\s+")
# start-of-frame markers of JPEG; the others of this range define tables
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SEGMENTS = 1000  # of a JPEG before its frame: more are no photograph


def image_of_url(url: str, detail: str = "auto") -> Image:
    """Of a `data:` URL; any other address is not fetched, so its size is not known."""
    head = DATA_URL.match(url[:200])
    return image_of_base64(url[head.end() :], detail) if head else Image(None, None, detail)


def image_of_base64(data: str, detail: str = "auto") -> Image:
    if NEWLINES.search(data, 0, 200):  # wrapped, as MIME has it
        data = NEWLINES.sub("", data)

    def peek(start: int, length: int) -> bytes:
        first, last = start // 3, -(-(start + length) // 3)
        part = data[4 * first : 4 * last]
        part = part.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(part + "=" * (-len(part) % 4))[start - 3 * first :][:length]

    try:
        width, height = size_of(peek) or (None, None)
    except (binascii.Error, ValueError, IndexError):
        width = height = None
    return Image(width, height, detail)


def size_of(peek: Peek) -> Size | None:
    """The size of a PNG, JPEG, GIF, WebP or BMP file; None of others and of broken ones."""
    head = peek(0, 30)
    for read, starts in IMAGE_READERS:
        if head.startswith(starts):
            size = read(head, peek)
            return size if size and all(size) else None
    return None


def png(head: bytes, peek: Peek) -> Size | None:
    return (big(head[16:20]), big(head[20:24])) if head[12:16] == b"IHDR" else None


def gif(head: bytes, peek: Peek) -> Size:
    return little(head[6:8]), little(head[8:10])


def bmp(head: bytes, peek: Peek) -> Size:
    if little(head[14:18]) == 12:  # of OS/2
        return little(head[18:20]), little(head[20:22])
    # the height is below zero where the rows come from the top
    return little(head[18:22]), abs(int.from_bytes(head[22:26], "little", signed=True))


def webp(head: bytes, peek: Peek) -> Size | None:
    if head[8:12] != b"WEBP":
        return None
    form = head[12:16]
    if form == b"VP8 ":
        return little(head[26:28]) & 0x3FFF, little(head[28:30]) & 0x3FFF
    if form == b"VP8L":
        bits = little(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return (little(head[24:27]) + 1, little(head[27:30]) + 1) if form == b"VP8X" else None


def jpeg(head: bytes, peek: Peek) -> Size | None:
    """The frame stands behind segments of any length, such as a preview or a colour profile."""
    place = 2
    for _ in range(SEGMENTS):
        segment = peek(place, 9)
        if len(segment) < 9 or segment[0] != 0xFF:
            return None
        if segment[1] == 0xFF:  # filling
            place += 1
        elif segment[1] in FRAMES:
            return big(segment[7:9]), big(segment[5:7])
        else:
            place += 2 + big(segment[2:4])
    return None


def big(digits: bytes) -> int:
    return int.from_bytes(digits, "big")


def little(digits: bytes) -> int:
    return int.from_bytes(digits, "little")


IMAGE_READERS: tuple[tuple[Callable[[bytes, Peek], Size | None], tuple[bytes, ...]], ...] = (
    (png, (b"\x89PNG\r\n\x1a\n",)),
    (jpeg, (b"\xff\xd8\xff",)),
    (gif, (b"GIF87a", b"GIF89a")),
    (webp, (b"RIFF",)),
    (bmp, (b"BM",)),
)


class Parts:
    """What has been found of a message so far."""

    __slots__ = ("calls", "images", "media", "results", "texts", "thoughts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.images: list[Image] = []
        self.media: list[Media] = []
        self.calls: list[Call] = []
        self.thoughts: list[str] = []
        self.results: list[Message] = []

    @property
    def is_empty(self) -> bool:
        return not (self.texts or self.images or self.media or self.calls or self.thoughts)

    def attach(self, one: Media | str) -> None:
        """A file, or the text that it is."""
        if isinstance(one, str):
            self.texts.append(one)
            return
        if one.units is None and not (one.kind == "pdf" and one.size):
            raise BadShape(
                say("{kind} of a length that is not known cannot be counted", kind=one.kind)
            )
        self.media.append(one)

    def message(self, role: str, name: str = "") -> Message:
        return Message(
            role,
            "".join(self.texts),
            name,
            tuple(self.images),
            tuple(self.calls),
            tuple(self.media),
            "".join(self.thoughts),
        )

    def messages(self, role: str, name: str = "") -> list[Message]:
        """The results of tools are messages of their own, before the one that they came with."""
        if self.results and self.is_empty:
            return self.results
        return [*self.results, self.message(role, name)]


def read_content(value: Json, parts: Parts, where: str = "`content`") -> None:
    """Text, or a list of parts; null is none."""
    if isinstance(value, str):
        parts.texts.append(value)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            read_part(part, parts, f"{where}[{number}]")
    elif value is not None:
        raise wrong(where, say("text or a list of parts"), value)


def read_part(part: Json, parts: Parts, where: str) -> None:
    if isinstance(part, str):
        parts.texts.append(part)
        return
    form = object_of(part, where).get("type", "text" if "text" in part else None)
    reader = dashscope if form is None else READERS.get(form) if isinstance(form, str) else None
    if reader is None:
        raise BadShape(
            say(
                "{where}: a part of the type {type} cannot be counted",
                where=where,
                type=json_text(form)[:40],
            )
        )
    try:
        reader(part, parts)
    except BadShape as error:
        raise within(where, error) from None


def text(part: Object, parts: Parts) -> None:
    parts.texts.append(text_of(needed(part, "text"), "`text`"))


def refusal(part: Object, parts: Parts) -> None:
    parts.texts.append(text_of(needed(part, "refusal"), "`refusal`"))


def thinking(part: Object, parts: Parts) -> None:
    """Beside the text: vendors leave out most of what is sent back. A signature is no text."""
    found = part.get("thinking", part.get("text"))
    if isinstance(found, list):  # Mistral
        found = "".join(
            text_of(object_of(one, "`thinking`").get("text", ""), "`text`") for one in found
        )
    parts.thoughts.append("" if found is None else text_of(found, "`thinking`"))


def hidden_thinking(part: Object, parts: Parts) -> None:
    """Encrypted: how many tokens it stands for is not stated, and most turns drop it."""
    data = part.get("data")
    parts.media.append(Media("hidden", len(data) if isinstance(data, str) else None))


def image_url(part: Object, parts: Parts) -> None:
    """OpenAI: `image_url` is an object with `url` and `detail` in chat, an address in Responses."""
    value, detail = part.get("image_url"), part.get("detail")
    if isinstance(value, dict):
        value, detail = needed(value, "url"), value.get("detail")
    if value is None and "file_id" in part:
        parts.images.append(Image(None, None, detail_of(detail)))
    else:
        parts.images.append(image_of_url(text_of(value, "`image_url`"), detail_of(detail)))


def detail_of(value: Json) -> str:
    return "auto" if value is None else text_of(value, "`detail`")


def image(part: Object, parts: Parts) -> None:
    """Anthropic: a `source` of base64, an address or a file; Qwen: `image`, an address."""
    if "image" in part:
        parts.images.append(image_of_url(text_of(part["image"], "`image`")))
        return
    source = object_of(needed(part, "source"), "`source`")
    if source.get("type") == "base64":
        parts.images.append(image_of_base64(text_of(needed(source, "data"), "`data`")))
    else:
        parts.images.append(Image(None, None))


def dashscope(part: Object, parts: Parts) -> None:
    """DashScope's own parts have no type: the key says what they are."""
    if "text" in part:
        text(part, parts)
    elif "image" in part:
        image(part, parts)
    elif kind := next((one for one in ("audio", "video") if one in part), None):
        files = part[kind] if isinstance(part[kind], list) else [part[kind]]
        for one in files:
            parts.attach(media_of_url(text_of(one, f"`{kind}`"), kind))
    else:
        raise BadShape(say("a part with {keys} cannot be counted", keys=keys(part)))


def tool_use(part: Object, parts: Parts) -> None:
    name = text_of(needed(part, "name"), "`name`")
    parts.calls.append(Call(name, json_text(part.get("input", {}))))


def tool_result(part: Object, parts: Parts) -> None:
    inner = Parts()
    read_content(part.get("content"), inner)
    parts.results.append(inner.message("tool"))


def hosted_result(part: Object, parts: Parts) -> None:
    """What a tool of the vendor's gave: all of its JSON, of which encrypted parts are no text."""
    parts.results.append(Message("tool", json_text(readable(part.get("content")))))


def readable(value: Json) -> Json:
    """A result without what only the vendor can read."""
    if isinstance(value, list):
        return [readable(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: readable(one) for key, one in value.items() if not key.startswith("encrypted_")}


def tool_reference(part: Object, parts: Parts) -> None:
    parts.texts.append(optional_text(part, "tool_name"))


def upload(part: Object, parts: Parts) -> None:
    """A file in the vendor's container, which only code reads."""


def document(part: Object, parts: Parts) -> None:
    """Anthropic: text is counted as such, other files by their pages."""
    source = object_of(needed(part, "source"), "`source`")
    for key in ("title", "context"):
        read_content(part.get(key), parts, f"`{key}`")
    form = source.get("type")
    if form == "text":
        parts.texts.append(text_of(needed(source, "data"), "`data`"))
        parts.media.append(Media("note"))
    elif form == "content":
        read_content(source.get("content"), parts)
    elif form == "base64":
        data = text_of(needed(source, "data"), "`data`")
        parts.attach(media_of_base64(data, optional_text(source, "media_type")))
    elif form in ("url", "file"):
        parts.attach(Media("pdf"))
    else:
        raise BadShape(say("a document as {type} cannot be counted", type=json_text(form)[:40]))


def file(part: Object, parts: Parts) -> None:
    """OpenAI: `file_data` is a `data:` URL; in chat it stands in `file`."""
    body = object_of(part.get("file", part), "`file`")
    data = body.get("file_data")
    if isinstance(data, str):
        found = media_of_url(data, "pdf")
        parts.attach(found)
        if isinstance(found, str):
            parts.media.append(Media("note"))
    else:
        parts.attach(Media("pdf"))


def audio(part: Object, parts: Parts) -> None:
    body = object_of(needed(part, "input_audio"), "`input_audio`")
    data = text_of(needed(body, "data"), "`data`")
    parts.attach(media_of_base64(data, f"audio/{optional_text(body, 'format')}"))


def by_address(kind: str) -> Callable[[Object, Parts], None]:
    """A part whose file is at an address, such as `video_url`."""

    def read(part: Object, parts: Parts) -> None:
        value = needed(part, f"{kind}_url")
        url = needed(value, "url") if isinstance(value, dict) else value
        medium = "pdf" if kind == "document" else kind
        parts.attach(media_of_url(text_of(url, f"`{kind}_url`"), medium))

    return read


def compaction(part: Object, parts: Parts) -> None:
    """Claude's summary of earlier messages."""
    read_content(part.get("content"), parts)


def search_result(part: Object, parts: Parts) -> None:
    for key in ("title", "source", "content"):
        read_content(part.get(key), parts, f"`{key}`")


READERS: dict[str, Callable[[Object, Parts], None]] = {
    **{"text": text, "input_text": text, "output_text": text, "refusal": refusal},
    **{"thinking": thinking, "reasoning_text": thinking, "redacted_thinking": hidden_thinking},
    **{"image_url": image_url, "input_image": image_url, "image": image},
    **{"tool_use": tool_use, "server_tool_use": tool_use, "mcp_tool_use": tool_use},
    **{"tool_result": tool_result, "tool_reference": tool_reference, "container_upload": upload},
    "compaction": compaction,
    **{"document": document, "search_result": search_result, "file": file, "input_file": file},
    **{"input_audio": audio, "audio_url": by_address("audio"), "video_url": by_address("video")},
    "document_url": by_address("document"),
    **{
        f"{name}_tool_result": hosted_result
        for name in ("web_search", "web_fetch", "tool_search", "mcp", "code_execution", "advisor")
    },
    **{f"{name}_code_execution_tool_result": hosted_result for name in ("bash", "text_editor")},
}


def gemini_part(part: Json, parts: Parts, where: str) -> None:
    """Gemini: the key says what a part is, in camel or snake case."""
    body = object_of(part, where)
    if "text" in body:
        (thinking if body.get("thought") else text)(body, parts)
    elif (data := body.get("inlineData") or body.get("inline_data")) or (
        data := body.get("fileData") or body.get("file_data")
    ):
        gemini_data(object_of(data, where), parts)
    elif call := body.get("functionCall") or body.get("function_call"):
        name = text_of(needed(object_of(call, where), "name"), "`name`")
        parts.calls.append(Call(name, json_text(call.get("args") or {})))
    elif result := body.get("functionResponse") or body.get("function_response"):
        gemini_result(object_of(result, where), parts, where)
    elif hosted := next((body[key] for key in HOSTED if body.get(key)), None):
        parts.texts.append(json_text(hosted))
    elif not {"videoMetadata", "video_metadata"} & body.keys():
        raise BadShape(
            say("{where}: a part with {keys} cannot be counted", where=where, keys=keys(body))
        )
    signature = body.get("thoughtSignature") or body.get("thought_signature")
    if isinstance(signature, str):
        parts.media.append(Media("signature", len(signature)))


HOSTED = ("executableCode", "codeExecutionResult", "executable_code", "code_execution_result")


def gemini_result(result: Object, parts: Parts, where: str) -> None:
    """A tool's result, in which files may stand."""
    inner = Parts()
    inner.texts.append(json_text(result.get("response", {})))
    for number, one in enumerate(optional_list(result, "parts")):
        gemini_part(one, inner, f"{where} parts[{number}]")
    parts.results.append(inner.message("tool"))


def gemini_data(data: Object, parts: Parts) -> None:
    """Bytes in the request, or a file at an address, of which only the type is known."""
    type = str(data.get("mimeType") or data.get("mime_type") or "")
    content = data.get("data")
    is_image = type.startswith("image/")
    if content is None and is_image:
        parts.images.append(Image(None, None))
    elif content is None:
        parts.attach(Media(kind_of(type)))
    elif is_image:
        parts.images.append(image_of_base64(text_of(content, "`data`")))
    else:
        parts.attach(media_of_base64(text_of(content, "`data`"), type))


def gemini_content(value: Json, parts: Parts, where: str) -> None:
    """`parts` of a content, or the text alone that the client libraries take."""
    if isinstance(value, str):
        parts.texts.append(value)
        return
    if not isinstance(value, dict):
        raise wrong(where, say("text or an object"), value)
    for number, part in enumerate(list_of(needed(value, "parts"), where)):
        gemini_part(part, parts, f"{where} parts[{number}]")
