"""One bounded download over HTTPS, from an address that the user trusts."""

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
    content: bytes
    etag: str


class Missing(LlmcostError):
    """There is nothing at this address."""


def checked_address(address: str) -> str:
    """Raises UsageError for what is no address, or one that anybody on the way could answer for."""
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
    """HTTPS, or this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def beside(address: str, ending: str) -> str:
    """The address of the file beside: the ending goes to the path, before a query."""
    parts = urlsplit(address)
    return parts._replace(path=parts.path + ending).geturl()


def within(limits: DownloadLimits, work: Callable[[], Result]) -> Result:
    """What `work` returns or raises. A server may send a byte now and then for ever, in the head of
    an answer, too, where no timeout of a socket ends it: the thread is left behind."""
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
    """Follows to HTTPS; from this machine to itself, too."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        from_here = urlsplit(req.full_url).scheme == "http"
        if not (is_safe(newurl) if from_here else urlsplit(newurl).scheme == "https"):
            fp.close()
            said = say(
                "{address} leads to an address that is not HTTPS: {target}",
                address=req.full_url,
                target=newurl,
            )
            raise LlmcostError(said, hint=UNCHANGED)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(address: str, limits: DownloadLimits, etag: str = "") -> Response | None:
    """What is at the address; None if it is what `etag` stands for.

    Raises Missing if there is nothing, LlmcostError with why not for anything else.
    """
    headers = {"User-Agent": "llmcost", **({"If-None-Match": etag} if etag else {})}
    try:
        return read(opener_for(address), Request(address, headers=headers), limits)
    except HTTPError as error:
        error.close()
        if error.code == 304 and etag:
            return None
        failure = Missing if error.code in (404, 410) else LlmcostError
        said = say(
            "{address}: HTTP {answer}", address=address, answer=f"{error.code} {error.reason}"
        )
        raise failure(said, hint=UNCHANGED) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        said = say("cannot fetch {address}: {why}", address=address, why=why(error))
        raise LlmcostError(said, hint=UNCHANGED) from None


def why(error: Exception) -> str:
    found = getattr(error, "reason", None) or error
    if isinstance(found, TimeoutError):
        return say("no answer in time")
    if isinstance(found, ssl.SSLCertVerificationError):
        return say("its certificate is not valid: {why}", why=found.verify_message)
    if isinstance(found, OSError) and found.strerror:
        return reason(found)
    return str(found) or type(found).__name__


def opener_for(address: str) -> OpenerDirector:
    """With the proxies of the environment; this machine is not asked for through one."""
    proxies: list[Any] = [] if urlsplit(address).scheme == "https" else [ProxyHandler({})]
    return build_opener(HttpsRedirects(), *proxies)


def read(opener: OpenerDirector, request: Request, limits: DownloadLimits) -> Response:
    """The whole body, within the limits."""
    with opener.open(request, timeout=limits.patience) as response:
        found = b"".join(blocks(response, request.full_url, limits))
        headers: Mapping[str, str] = response.headers
    stated = headers.get("Content-Length", "")
    if stated.isascii() and stated.isdecimal() and len(found) != int(stated):
        broken = say(
            "{address} broke off after {found:,} of {size:,} bytes",
            address=request.full_url,
            found=len(found),
            size=int(stated),
        )
        raise LlmcostError(broken, hint=UNCHANGED)
    return Response(found, headers.get("ETag", ""))


def blocks(response: HTTPResponse, address: str, limits: DownloadLimits) -> Iterator[bytes]:
    start, total = monotonic(), 0
    while block := response.read1(BLOCK):
        total += len(block)
        if total > limits.largest:
            said = say(
                "{address} is larger than {most:,} bytes", address=address, most=limits.largest
            )
            raise LlmcostError(said, hint=UNCHANGED)
        if monotonic() - start > limits.longest:  # nobody waits any more
            raise TimeoutError
        yield block
