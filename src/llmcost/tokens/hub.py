"""One vocabulary file from a model hub: the only place where anything is downloaded.

The hub is huggingface.co, or the mirror that `HF_ENDPOINT` names; each has
`ORG/NAME/resolve/REVISION/FILE`.
"""

import re
from collections.abc import Iterator
from functools import reduce
from hashlib import sha256
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import msgspec

from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import say
from llmcost.tokens.files import LARGEST

ENDPOINT = "https://huggingface.co"
ID = r"(?P<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>\w[\w./-]*))?"
FILES = ("tokenizer.json", "tokenizer.model", "tiktoken.model", "qwen.tiktoken")
"""What is asked for, one after the other, if no file is named."""
PATIENCE = 30.0  # seconds without a byte
LONGEST = 600.0  # seconds for a whole file
_BLOCK = 1 << 16


class Found(msgspec.Struct, frozen=True):
    """A downloaded file, and where it is from: `org/name@commit file`."""

    content: bytes
    source: str


class Limits(msgspec.Struct, frozen=True):
    patience: float = PATIENCE
    longest: float = LONGEST
    largest: int = LARGEST


def is_id(text: str) -> bool:
    """Whether a text looks like a model of a hub and not like a file."""
    return re.fullmatch(ID, text, re.ASCII) is not None


def download(id: str, file: str = "", endpoint: str = "", limits: Limits | None = None) -> Found:
    """The vocabulary file of a model. Raises LlmcostError, with what was asked for and why not."""
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
        found = fetch(address, base, limits or Limits())
        if found is not None:
            content, commit = found
            at = commit[:12] or named["revision"]
            return Found(content, f"{named['id']}{'@' + at if at else ''} {name}")
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
            say("HF_ENDPOINT is no address of a hub: `{address}`", address=endpoint),
            hint=say("for example {example}", example=ENDPOINT),
        )
    return endpoint.rstrip("/")


class Redirects(HTTPRedirectHandler):
    """Follows to HTTPS only, but for the very host that the user named without it. Keeps what the
    hub said of the file before it sent us on to where the file lies."""

    def __init__(self, base: str) -> None:
        self.base = urlsplit(base)
        self.said: dict[str, str] = {}

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        target = urlsplit(newurl)
        same = (target.scheme, target.netloc) == (self.base.scheme, self.base.netloc)
        if target.scheme != "https" and not same:
            fp.close()
            raise LlmcostError(
                say(
                    "{address} leads to an address that is not HTTPS: {target}",
                    address=req.full_url,
                    target=newurl,
                )
            )
        self.note(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def note(self, headers: Any) -> None:
        for key in ("X-Linked-Etag", "X-Repo-Commit"):
            if headers.get(key):
                self.said.setdefault(key, headers[key].strip('"'))


def fetch(address: str, base: str, limits: Limits) -> tuple[bytes, str] | None:
    """The content at an address and the commit it is of; None if there is nothing."""
    redirects = Redirects(base)
    try:
        content = read(build_opener(redirects), address, redirects, limits)
    except HTTPError as error:
        error.close()
        if error.code == 404:
            return None
        answer = f"{error.code} {error.reason}"
        raise LlmcostError(
            say("{address}: HTTP {answer}", address=address, answer=answer), hint=hint(error.code)
        ) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        told = say("no answer in time") if isinstance(why, TimeoutError) else str(why)
        raise LlmcostError(
            say("cannot download {address}: {why}", address=address, why=told),
            hint=say("HF_ENDPOINT names a mirror; a file that you have can be named by its path"),
        ) from None
    expected = redirects.said.get("X-Linked-Etag", "")
    if re.fullmatch("[0-9a-f]{64}", expected) and sha256(content).hexdigest() != expected:
        raise LlmcostError(
            say(
                "what came from {address} is not what the hub says it is (SHA-256)",
                address=address,
            )
        )
    return content, redirects.said.get("X-Repo-Commit", "")


def hint(code: int) -> str:
    if code in (401, 403):
        return say(
            "the model may be gated, or its name wrong; "
            "accept its licence there, download the file and name its path"
        )
    return ""


def read(opener: OpenerDirector, address: str, redirects: Redirects, limits: Limits) -> bytes:
    """The whole body, within the limits."""
    request = Request(address, headers={"User-Agent": "llmcost"})
    with opener.open(request, timeout=limits.patience) as response:
        redirects.note(response.headers)
        stated = response.headers.get("Content-Length", "")
        size = int(stated) if stated.isascii() and stated.isdecimal() else None
        if size is not None and size > limits.largest:
            raise too_large(address, limits)
        found = b"".join(blocks(response, address, limits))
    if size is not None and len(found) != size:
        raise LlmcostError(
            say(
                "{address} broke off after {found:,} of {size:,} bytes",
                address=address,
                found=len(found),
                size=size,
            )
        )
    return found


def blocks(response: HTTPResponse, address: str, limits: Limits) -> Iterator[bytes]:
    start, total = monotonic(), 0
    while block := response.read1(_BLOCK):
        total += len(block)
        if total > limits.largest:
            raise too_large(address, limits)
        if monotonic() - start > limits.longest:
            raise LlmcostError(
                say(
                    "{address}: not complete after {seconds:g} seconds",
                    address=address,
                    seconds=limits.longest,
                )
            )
        yield block


def too_large(address: str, limits: Limits) -> LlmcostError:
    most = limits.largest // 1_000_000
    return LlmcostError(say("{address} is larger than {most} MB", address=address, most=most))
