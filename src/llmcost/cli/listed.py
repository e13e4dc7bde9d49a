"""The files that paths name, listed for a sample: their sizes, and where each may be cut."""

import os
import stat

import msgspec

from llmcost.cli.inputs import Asked
from llmcost.errors import UnreadableInput, UsageError
from llmcost.messages import say
from llmcost.sources.addresses import is_address
from llmcost.sources.documents import BINARIES, PAGES
from llmcost.sources.forms import ENDINGS, Form
from llmcost.sources.listing import Listing
from llmcost.sources.packed import inner_name
from llmcost.sources.read import STDIN, Failed, TextStream, failed, unreadable
from llmcost.sources.units import BLOCK, Layout
from llmcost.sources.walk import Skipped, expand_one

HEAD = 1 << 16
"""Bytes that say whether a file holds requests."""


class Listed(msgspec.Struct):
    """Files by what is in them; `others`: what is none, as a pipe, and has no end that is known.
    `skipped` and `unread` of folders."""

    texts: Listing
    requests: Listing
    others: list[str] = []
    skipped: list[Skipped] = []
    unread: list[Failed] = []

    @property
    def bytes(self) -> int:
        return self.texts.bytes + self.requests.bytes

    @property
    def files(self) -> int:
        return self.texts.files + self.requests.files


def listing_of(asked: Asked, seed: int, block: int = BLOCK) -> Listed:
    """Raises UnreadableInput for a pattern that matches nothing, UsageError for addresses."""
    if any(map(is_address, asked.paths)):
        raise UsageError(
            say("--sample reads files of this machine, not addresses"),
            hint=say("copy a part of them here, or count all with --cluster"),
        )
    found = Listed(Listing(seed, block), Listing(seed, block))
    for path in asked.paths or [STDIN]:
        for one in expand_one(path, hidden=False, keep=BINARIES):
            if isinstance(one, Failed):
                found.unread.append(one)
            elif isinstance(one, Skipped):
                found.skipped.append(one)
            else:
                add(found, one, asked, is_named=one == path)
    return found


def add(listed: Listed, path: str, asked: Asked, *, is_named: bool) -> None:
    try:
        status = None if path == STDIN else os.stat(path)  # noqa: PTH116 - a hundred thousand times
        if status is None or not stat.S_ISREG(status.st_mode):
            listed.others.append(path)
            return
        layout, has_requests = layout_of(path, asked)
    except (OSError, ValueError, UnreadableInput) as error:
        if is_named:  # whoever opens it will say what is wrong
            listed.others.append(path)
        else:
            listed.unread.append(failed_with(path, error))
        return
    listing = listed.requests if has_requests else listed.texts
    listing.add(path, status.st_size, layout, is_named=is_named)


def failed_with(path: str, error: Exception) -> Failed:
    if isinstance(error, OSError):
        error = unreadable(path, error)
    if not isinstance(error, UnreadableInput):
        error = UnreadableInput(say("cannot read `{path}`: {why}", path=path, why=str(error)))
    return failed(path, error)


def layout_of(path: str, asked: Asked) -> tuple[Layout, bool]:
    """Where a file may be cut, and whether it holds requests. Raises UnreadableInput."""
    if asked.column is not None:
        return Layout.WHOLE, True
    inner = inner_name(path)
    is_packed = inner != path
    is_document = inner.lower().endswith((*BINARIES, *PAGES))
    uncut = Layout.WHOLE if is_packed or is_document else Layout.TEXT
    is_forced = asked.field is not None or asked.form not in (None, Form.TEXT)
    if not is_forced and not (asked.form is None and inner.lower().endswith(ENDINGS)):
        return uncut, False
    if is_document:
        return Layout.WHOLE, is_forced
    return layout_by_head(path, inner, uncut, asked, is_forced=is_forced)


def layout_by_head(
    path: str, inner: str, uncut: Layout, asked: Asked, *, is_forced: bool
) -> tuple[Layout, bool]:
    from llmcost.sources.records import MARK, is_lines
    from llmcost.sources.requests import detect

    head = next(iter(TextStream(path, asked.encoding, HEAD)), "")
    if not is_forced and detect(inner, head) is Form.TEXT:
        return uncut, False
    if uncut is Layout.TEXT and is_lines(head.removeprefix(MARK)):
        return Layout.LINES, True
    return Layout.WHOLE, True
