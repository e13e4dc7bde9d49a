"""One bounded download over HTTPS, from an address that the user trusts.

Price tables and vocabularies come by it; what they must be is checked by whoever asked for them.
"""

import ssl
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import msgspec

from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.messages import say

BLOCK = 1 << 16
UNCHANGED = say("nothing was changed")
Result = TypeVar("Result")


class DownloadLimits(msgspec.Struct, frozen=True):
    """Seconds without a byte, seconds for all together, bytes of a file."""

    patience: float = 20.0
    longest: float = 120.0
    largest: int = 16_000_000


class Response(msgspec.Struct, frozen=True):
    """`headers`, in small letters: of the answers that led to another address, and of the last."""

    content: bytes
    etag: str
    headers: Mapping[str, str]


class Missing(LlmcostError):
    """There is nothing at this address."""


class Hints(msgspec.Struct, frozen=True):
    """What to do about a download that failed, and about answers of HTTP, by code."""

    usual: str = UNCHANGED
    of_code: Mapping[int, str] = {}


USUAL = Hints()


def checked_address(address: str) -> str:
    """Return the address of a price table. Raise UsageError for what is none, or one that anybody
    on the way could answer for."""
    example = say("for example {example}", example="https://prices.example/prices.yaml")
    no_address = say("no address of a price table: `{address}`", address=address)
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        raise UsageError(no_address, hint=example) from None
    if parts.username is not None:
        said = say("an address with a name or password in it is not used")
        raise UsageError(said, hint=example)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.fragment:
        raise UsageError(no_address, hint=example)
    if not is_safe(address):
        raise UsageError(say("not HTTPS: `{address}`", address=address), hint=example)
    return address


def is_safe(address: str) -> bool:
    """Return whether an address is HTTPS, or of this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def beside(address: str, ending: str) -> str:
    """Return the address of the file beside: the ending goes to the path, before a query."""
    parts = urlsplit(address)
    return parts._replace(path=parts.path + ending).geturl()


def within(limits: DownloadLimits, work: Callable[[], Result]) -> Result:
    """Return what `work` returns, or raise what it raises. A server may send a byte now and then
    for ever, in the head of an answer, too, where no timeout of a socket ends it: the thread is
    left behind."""
    done: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            done.put((work(), None))
        except BaseException as error:
            done.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        result, error = done.get(timeout=limits.longest)
    except Empty:
        late = say("the update was not complete after {seconds:g} seconds", seconds=limits.longest)
        raise LlmcostError(late, hint=UNCHANGED) from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # there is a result where there is no error


class HttpsRedirects(HTTPRedirectHandler):
    """Follows to HTTPS; to the very host that was asked, too. `passed`: headers on the way."""

    def __init__(self, hint: str = UNCHANGED) -> None:
        self.hint = hint
        self.passed: dict[str, str] = {}

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        here, target = urlsplit(req.full_url), urlsplit(newurl)
        if target.scheme != "https" and (target.scheme, target.netloc) != (
            here.scheme,
            here.netloc,
        ):
            fp.close()
            message = say(
                "{address} leads to an address that is not HTTPS: {target}",
                address=req.full_url,
                target=newurl,
            )
            raise LlmcostError(message, hint=self.hint)
        self.passed = {**in_small_letters(headers), **self.passed}
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def in_small_letters(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by their names in small letters."""
    return {name.lower(): value for name, value in headers.items()}


def fetch(
    address: str, limits: DownloadLimits, etag: str = "", hints: Hints = USUAL
) -> Response | None:
    """Return what is at the address, whole; None if it is what `etag` stands for.

    Raise Missing if there is nothing, LlmcostError with the reason for anything else.
    """
    headers = {"User-Agent": "llmcost", **({"If-None-Match": etag} if etag else {})}
    redirects = HttpsRedirects(hints.usual)
    try:
        opener = opener_for(address, redirects)
        return read(opener, Request(address, headers=headers), redirects, limits)
    except HTTPError as error:
        error.close()
        if error.code == 304 and etag:
            return None
        failure = Missing if error.code in (404, 410) else LlmcostError
        answer = f"{error.code} {error.reason}"
        message = say("{address}: HTTP {answer}", address=address, answer=answer)
        raise failure(message, hint=hints.of_code.get(error.code, hints.usual)) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        message = say("cannot fetch {address}: {why}", address=address, why=why(error))
        raise LlmcostError(message, hint=hints.usual) from None


def why(error: Exception) -> str:
    """Return the reason of an error of the network, in few words."""
    found = getattr(error, "reason", None) or error
    if isinstance(found, TimeoutError):
        return say("no answer in time")
    if isinstance(found, ssl.SSLCertVerificationError):
        return say("its certificate is not valid: {why}", why=found.verify_message)
    if isinstance(found, OSError) and found.strerror:
        return reason(found)
    return str(found) or type(found).__name__


def opener_for(address: str, redirects: HttpsRedirects) -> OpenerDirector:
    """Return an opener with the proxies of the environment; this machine needs none."""
    is_here = is_loopback(urlsplit(address).hostname or "")
    return build_opener(redirects, *([ProxyHandler({})] if is_here else []))


def read(
    opener: OpenerDirector, request: Request, redirects: HttpsRedirects, limits: DownloadLimits
) -> Response:
    """Return the whole body. Raise LlmcostError if it breaks off, or is beyond the limits."""
    address, hint = request.full_url, redirects.hint
    with opener.open(request, timeout=limits.patience) as response:
        headers = {**in_small_letters(response.headers), **redirects.passed}
        etag = response.headers.get("ETag", "")
        stated = response.headers.get("Content-Length", "")
        size = int(stated) if stated.isascii() and stated.isdecimal() else None
        if size is not None and size > limits.largest:
            raise too_large(address, limits, hint)
        found = b"".join(blocks(response, address, limits, hint))
    if size is not None and len(found) != size:
        broken = say(
            "{address}: the connection broke after {found:,} of {size:,} bytes",
            address=address,
            found=len(found),
            size=size,
        )
        raise LlmcostError(broken, hint=hint)
    return Response(found, etag, headers)


def blocks(
    response: HTTPResponse, address: str, limits: DownloadLimits, hint: str
) -> Iterator[bytes]:
    """Yield the body. Raise LlmcostError beyond the limits."""
    start, total = monotonic(), 0
    while block := response.read1(BLOCK):
        total += len(block)
        if total > limits.largest:
            raise too_large(address, limits, hint)
        if monotonic() - start > limits.longest:
            late = say(
                "{address}: not complete after {seconds:g} seconds",
                address=address,
                seconds=limits.longest,
            )
            raise LlmcostError(late, hint=hint)
        yield block


def too_large(address: str, limits: DownloadLimits, hint: str) -> LlmcostError:
    """Return the error of a file beyond the limit."""
    message = say("{address} is larger than {most:,} bytes", address=address, most=limits.largest)
    return LlmcostError(message, hint=hint)
