"""Tokenizers that the user has added, from a file or a model hub, kept in a folder.

Each is a vocabulary file and `NAME.about`, which describes it. The second is written last and
renamed into place: a tokenizer is there whole or not at all. The hub is huggingface.co, or the
mirror that `HF_ENDPOINT` names; each has `ORG/NAME/resolve/REVISION/FILE`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.files import replace
from llmcost.messages import say
from llmcost.tokenizers.registry import Supply, Tokenizer
from llmcost.tokenizers.user_files import LARGEST, supplied

if TYPE_CHECKING:
    from llmcost.download import DownloadLimits

ABOUT = ".about"
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"


class About(msgspec.Struct, frozen=True):
    """What is known of an added file."""

    file: str  # its name in the folder
    form: str
    source: str
    sha256: str
    bytes: int
    family: str = ""


def names(folder: Path) -> list[str]:
    """Of all that were added. Costs one look at the folder."""
    try:
        return sorted(one.name.removesuffix(ABOUT) for one in folder.iterdir() if is_about(one))
    except OSError:
        return []


def is_about(path: Path) -> bool:
    return path.suffix == ABOUT


def about(folder: Path, name: str) -> About:
    """Raises LlmcostError for what is not there, or was not written by us."""
    try:
        return msgspec.json.decode((folder / (name + ABOUT)).read_bytes(), type=About)
    except FileNotFoundError:
        raise LlmcostError(
            say("no tokenizer `{name}` was added", name=name),
            hint=say("added are: {names}", names=", ".join(names(folder)) or say("none")),
        ) from None
    except (OSError, msgspec.MsgspecError):
        raise LlmcostError(
            say("cannot read what was added as `{name}`", name=name),
            hint=say("llmcost tokenizers remove {name}, and add it again", name=name),
        ) from None


def tokenizers(folder: Path) -> dict[str, Tokenizer]:
    """All that were added, by name."""
    return {name: tokenizer(name, folder, about(folder, name)) for name in names(folder)}


def tokenizer(name: str, folder: Path, known: About) -> Tokenizer:
    path = str(folder / known.file)
    return supplied(name, Supply(path, known.family, known.source, known.sha256))


def checked_name(name: str) -> str:
    """Names become file names, and words of a command line."""
    if not re.fullmatch(NAME, name):
        raise UsageError(
            say("`{name}` cannot be the name of a tokenizer", name=name),
            hint=say("small letters, digits, `.`, `_` and `-`, as in `my-bpe`"),
        )
    return name


def keep(folder: Path, name: str, content: bytes, known: About) -> None:
    """Write a tokenizer, whole or not at all, in the place of one of that name."""
    before = _file_of(folder, name)
    with _explained(name):
        folder.mkdir(parents=True, exist_ok=True)
        card = msgspec.json.encode(known)  # the last to be there
        replace({folder / known.file: content, folder / (name + ABOUT): card})
        if before and before != known.file:
            (folder / before).unlink(missing_ok=True)


def remove(folder: Path, name: str) -> None:
    """Take a tokenizer away. Raises LlmcostError if it was not added."""
    if name not in names(folder):
        about(folder, name)
    file = _file_of(folder, name)
    with _explained(name):
        (folder / (name + ABOUT)).unlink()
        if file:
            (folder / file).unlink(missing_ok=True)


def file_name(name: str, content: bytes) -> str:
    return f"{name}.{sha256(content).hexdigest()[:12]}"


def _file_of(folder: Path, name: str) -> str:
    """The vocabulary file of a tokenizer; "" if there is none, or none that is surely ours."""
    try:
        file = about(folder, name).file
    except LlmcostError:
        return ""
    return file if re.fullmatch(re.escape(name) + r"\.[0-9a-f]{12}", file) else ""


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = reason(error)
        if error.filename:
            why = say("`{path}`: {why}", path=str(error.filename), why=why)
        said = say("cannot keep or remove the tokenizer `{name}`: {why}", name=name, why=why)
        raise LlmcostError(said) from None


ENDPOINT = "https://huggingface.co"
ID = r"(?P<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>\w[\w./-]*))?"
FILES = ("tokenizer.json", "tokenizer.model", "tiktoken.model", "qwen.tiktoken")
"""What is asked for, one after the other, if no file is named."""
PATIENCE = 30.0  # seconds without a byte
LONGEST = 600.0  # seconds for a whole file
MIRROR = say("HF_ENDPOINT names a mirror; a file that you have can be named by its path")
GATED = say(
    "the model may be gated, or its name wrong; "
    "accept its licence there, download the file and name its path"
)


class DownloadedFile(msgspec.Struct, frozen=True):
    """A downloaded file, and where it is from: `org/name@commit file`."""

    content: bytes
    source: str


def is_id(text: str) -> bool:
    """Whether a text looks like a model of a hub and not like a file."""
    return re.fullmatch(ID, text, re.ASCII) is not None


def download(
    id: str, file: str = "", endpoint: str = "", limits: "DownloadLimits | None" = None
) -> DownloadedFile:
    """Return the vocabulary file of a model. Raise LlmcostError with the reason."""
    from llmcost.download import Missing

    base = checked_endpoint(endpoint or ENDPOINT)
    named = re.fullmatch(ID, id, re.ASCII)
    if named is None:
        raise UsageError(
            say("not a model of a hub: `{id}`", id=id),
            hint=say("for example {example}", example="Qwen/Qwen3-8B"),
        )
    revision = quote(named["revision"] or "main", safe="")
    for name in (file,) if file else FILES:
        address = f"{base}/{named['id']}/resolve/{revision}/{quote(name)}"
        with suppress(Missing):
            content, commit = from_hub(address, limits)
            at = commit[:12] or named["revision"]
            return DownloadedFile(content, f"{named['id']}{'@' + at if at else ''} {name}")
    raise LlmcostError(
        say("`{id}` has no {files} at {hub}", id=id, files=file or reduce(either, FILES), hub=base),
        hint=say("name the file with --file, or download it and name its path"),
    )


def either(one: str, other: str) -> str:
    return say("{one} or {other}", one=one, other=other)


def checked_endpoint(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.username:
        raise UsageError(
            say("HF_ENDPOINT is not the address of a hub: `{address}`", address=endpoint),
            hint=say("for example {example}", example=ENDPOINT),
        )
    return endpoint.rstrip("/")


def from_hub(address: str, limits: "DownloadLimits | None") -> tuple[bytes, str]:
    """Return the content at an address and the commit it is of. Raise Missing, LlmcostError."""
    from llmcost.download import DownloadLimits, Hints, fetch

    limits = limits or DownloadLimits(PATIENCE, LONGEST, LARGEST)
    found = fetch(address, limits, hints=Hints(MIRROR, dict.fromkeys((401, 403), GATED)))
    assert found is not None  # no ETag is known
    expected = found.headers.get("x-linked-etag", "").strip('"')
    if re.fullmatch("[0-9a-f]{64}", expected) and sha256(found.content).hexdigest() != expected:
        raise LlmcostError(
            say(
                "what came from {address} is not what the hub says it is (SHA-256)",
                address=address,
            )
        )
    return found.content, found.headers.get("x-repo-commit", "").strip('"')
