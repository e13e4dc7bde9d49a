"""Update the price table: fetch a published one, verify it, put it in place, roll it back.

It is checked in every way before it may be used, its Ed25519 signature with a key that the user has
pinned. It replaces the one in use whole or not at all.
"""

import re
from base64 import b64decode
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from llmcost import download as fetch
from llmcost.download import UNCHANGED, DownloadLimits, Missing, Response
from llmcost.errors import BadPriceFile, LlmcostError, UsageError, install, reason
from llmcost.files import lock, replace, updated_prices
from llmcost.messages import say
from llmcost.price_data import loader as published
from llmcost.price_data.loader import (
    Origin,
    Source,
    Unusable,
    beside,
    bundled_source,
    digest,
    newest,
    parse_base,
)
from llmcost.price_data.parser import SCHEMA, parse_table
from llmcost.pricing.price_rows import PriceTable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY = 32  # bytes
SIGNATURE = 64


def checked_key(text: str) -> "Ed25519PublicKey":
    """Raises UsageError for what is no key, LlmcostError if signatures cannot be checked here."""
    key = decoded(text.encode())
    if key is None or len(key) != KEY:
        raise UsageError(
            say("no Ed25519 public key"),
            hint=say("{key} bytes in Base64, 44 characters with the `=`", key=KEY),
        )
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise LlmcostError(
            say("checking a signature needs the package `cryptography`"),
            hint=install("signed"),
        ) from None
    return Ed25519PublicKey.from_public_bytes(key)


def check_signature(content: bytes, signature: bytes, key: str) -> None:
    """`signature`: 64 bytes, or these in Base64. Raises LlmcostError if it is not of the key."""
    from cryptography.exceptions import InvalidSignature

    raw = signature if len(signature) == SIGNATURE else decoded(b"".join(signature.split()))
    try:
        checked_key(key).verify(raw or b"", content)
    except InvalidSignature:
        raise LlmcostError(
            say("the published table is not signed with the key"),
            hint=say("nothing was changed"),
        ) from None


def decoded(text: bytes) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


LIMITS = DownloadLimits()
SMALL = 4096  # bytes of a checksum or signature
HASH = re.compile(r"[0-9a-f]{64}")
STATED = re.compile(rb"^schema:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
MOST_SHOWN = 5


class RequestedTable(msgspec.Struct, frozen=True):
    """`sha256` in hex, else the file beside the table says it; `key`: Base64, who must have signed.

    `is_pinned`: not named now, but the key of the table that was fetched last. `allow_older`: than
    the table in use.
    """

    url: str
    sha256: str = ""
    key: str = ""
    is_pinned: bool = False
    allow_older: bool = False


class New(msgspec.Struct, frozen=True):
    """A table that may take the place of the one in use."""

    origin: Origin
    content: bytes
    table: PriceTable


def download(
    wanted: RequestedTable,
    base: Source,
    table: PriceTable,
    tokenizers: Collection[str],
    latest: date,
) -> New | None:
    """The published table, checked in every way; None if it is the one in use.

    `base` and `table` are what is in use; `latest`: see `latest_day`. Raises LlmcostError with what
    is wrong.
    """
    wanted = checked(wanted)
    found = fetch.within(LIMITS, lambda: verified(wanted, base))
    if found is None:
        return None
    after = parsed(found.content, tokenizers, latest)
    day, before = newest(after), newest(table)
    # a table from the future, kept when it was not refused, keeps no other out
    if day < before <= latest and not wanted.allow_older:
        raise LlmcostError(
            say(
                "the published prices are of {day}, older than those in use, of {before}",
                day=day,
                before=before,
            ),
            hint=say("--allow-older takes them all the same"),
        )
    origin = Origin(
        url=wanted.url,
        sha256=digest(found.content),
        day=day,
        beside=beside(),
        etag=found.etag,
        key=wanted.key,
    )
    return New(origin, found.content, after)


def checked(wanted: RequestedTable) -> RequestedTable:
    """Raises UsageError before anything is asked for."""
    fetch.checked_address(wanted.url)
    sha256 = wanted.sha256.lower()
    if sha256 and not HASH.fullmatch(sha256):
        raise UsageError(
            say("no SHA-256: `{hash}`", hash=wanted.sha256), hint=say("64 digits of 0-9 and a-f")
        )
    if wanted.key:
        checked_key(wanted.key)
    return msgspec.structs.replace(wanted, sha256=sha256)


def verified(wanted: RequestedTable, base: Source) -> Response | None:
    """What is published, if it has the hash and the signature that it must have."""
    answer = fetch.fetch(wanted.url, LIMITS, known_etag(wanted, base))
    if answer is None:
        return None
    expected = wanted.sha256 or published_hash(wanted.url)
    if digest(answer.content) != expected:
        raise LlmcostError(
            say("what came from {url} is not what was published (SHA-256)", url=wanted.url),
            hint=UNCHANGED,
        )
    if wanted.key:
        check_signed(answer.content, wanted)
    origin = base.update.origin if base.update else None
    is_known = not wanted.key or (origin is not None and origin.key == wanted.key)
    return None if answer.content == base.content and is_known else answer


def check_signed(content: bytes, wanted: RequestedTable) -> None:
    """Raises LlmcostError if the table is not signed with the key."""
    try:
        signature = small(fetch.beside(wanted.url, ".sig"))
    except Missing as error:
        raise unsigned(error, wanted) from None
    try:
        check_signature(content, signature, wanted.key)
    except LlmcostError as error:
        raise unsigned(error, wanted) from None


def unsigned(error: LlmcostError, wanted: RequestedTable) -> LlmcostError:
    """What to say of a table that is not signed, and why it has to be, if nobody named a key."""
    if not wanted.is_pinned:
        return error
    return LlmcostError(
        say("{why}; the prices fetched before were signed", why=error.message),
        hint=say("--key BASE64, if another key signs them now; --no-key takes them unsigned"),
    )


def known_etag(wanted: RequestedTable, base: Source) -> str:
    """The ETag of the table in use, if it is from there and was checked as is now wanted."""
    origin = base.update.origin if base.update else None
    if origin is None or origin.url != wanted.url:
        return ""
    same = wanted.sha256 in ("", origin.sha256) and wanted.key in ("", origin.key)
    return origin.etag if same else ""


def published_hash(url: str) -> str:
    """As sha256sum writes it: the hash comes first."""
    address = fetch.beside(url, ".sha256")
    try:
        first = small(address).decode("ascii", "replace").lower().split()[:1]
    except Missing:
        raise LlmcostError(
            say("there is no SHA-256 at {address}", address=address),
            hint=say("--sha256 HEX, if you know it from elsewhere"),
        ) from None
    if not first or not HASH.fullmatch(first[0]):
        raise LlmcostError(say("there is no SHA-256 in {address}", address=address), hint=UNCHANGED)
    return first[0]


def small(address: str) -> bytes:
    answer = fetch.fetch(address, msgspec.structs.replace(LIMITS, largest=SMALL))
    return answer.content if answer else b""


def parsed(content: bytes, tokenizers: Collection[str], latest: date) -> PriceTable:
    """Raises LlmcostError for a schema that we do not know, BadPriceFile for a broken rule."""
    stated = STATED.search(content)
    if stated and stated[1] != SCHEMA.encode():
        schema = stated[1].decode("utf-8", "replace")
        raise LlmcostError(
            say(
                "the published table has schema {schema}; this llmcost reads {ours}",
                schema=schema,
                ours=SCHEMA,
            ),
            hint=say("a newer llmcost may read it; nothing was changed"),
        )
    try:
        table = parse_table(Path("prices.yaml"), content, tokenizers, latest=latest)
    except BadPriceFile as error:
        rest = len(error.problems) - MOST_SHOWN
        more = [say("and {rest} more problems", rest=rest)] if rest > 0 else []
        raise BadPriceFile(
            [*error.problems[:MOST_SHOWN], *more],
            hint=say("the published table breaks these rules; nothing was changed"),
        ) from None
    if table.tokenizers:
        raise LlmcostError(
            say("the published table names tokenizer files of this machine"), hint=UNCHANGED
        )
    return table


@contextmanager
def updating() -> Iterator[None]:
    """Keeps other updates off. Raises LlmcostError if there is one."""
    path = updated_prices().with_name("lock")
    with ExitStack() as closing:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = closing.enter_context(path.open("ab", buffering=0))
            closing.callback(lock(file, path, say("another update of the prices is running")))
        except OSError as error:
            raise unwritable(error) from None
        yield


def take(new: New, base: Source) -> None:
    """Puts the new table in the place of the one in use, which is kept."""
    files = {updated_prices(): published.written(new.origin, new.content)}
    if base.update is not None and base.content != new.content:
        old = published.written(base.update.origin, base.content)
        files = {published.previous(): old, **files}
    try:
        replace(files)
        if base.update is None:  # then the bundled table is what was before
            published.previous().unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(error) from None


def unwritable(error: OSError) -> LlmcostError:
    return LlmcostError(
        say("cannot write `{path}`: {why}", path=updated_prices().parent, why=reason(error)),
        hint=say("the prices in use were not changed"),
    )


def before_update(tokenizers: Collection[str]) -> tuple[Source, PriceTable]:
    """What `roll_back` returns to. Raises LlmcostError if there is nothing sound to go back to."""
    if not updated_prices().exists():
        raise LlmcostError(
            say("nothing to roll back: the prices that came with llmcost are in use")
        )
    try:
        kept = published.read_published(published.previous())
        source = bundled_source() if kept is None else Source(kept.path, kept.content, kept)
        return source, parse_base(source, tokenizers)
    except Unusable as why:
        raise LlmcostError(
            why.message, hint=say("delete it, and --rollback returns to what came with llmcost")
        ) from None


def roll_back() -> None:
    """The table before takes the place of the updated one, which is gone; without one, the bundled
    table does."""
    try:
        if published.previous().exists():
            published.previous().replace(updated_prices())
        else:
            updated_prices().unlink()
    except OSError as error:
        raise unwritable(error) from None
