"""The files that paths name, listed for a sample: their sizes, and where each may be cut."""

import os
import stat
from collections import Counter

import msgspec

from llmcost.cli.inputs import Asked
from llmcost.errors import UnreadableInput
from llmcost.messages import say
from llmcost.sources.addresses import is_address
from llmcost.sources.documents import BINARIES, PAGES
from llmcost.sources.forms import ENDINGS, Form
from llmcost.sources.listing import Listing
from llmcost.sources.packed import inner_name
from llmcost.sources.read import STDIN, Failed, TextStream, failed, stated, unreadable
from llmcost.sources.units import BLOCK, Layout
from llmcost.sources.walk import Skipped, expand_one

HEAD = 1 << 16
"""Bytes that say whether a file holds requests."""
LOOKED_INTO = 100
"""Files at addresses of one ending."""


class Listed(msgspec.Struct):
    """Files by what is in them; `others`: what is none, as a pipe, and has no end that is known.
    `skipped` and `unread` of folders."""

    texts: Listing
    requests: Listing
    others: list[str] = []
    skipped: list[Skipped] = []
    unread: list[Failed] = []

    _heads: dict[str, Counter[tuple[Layout, bool]]] = msgspec.field(default_factory=dict)

    def layout_of(self, path: str, asked: Asked) -> tuple[Layout, bool]:
        """That of a file at an address is taken from its ending once many have had the same: to
        look into each of a million takes a request for each. Raises OSError, UnreadableInput."""
        if not is_address(path):
            return layout_of(path, asked)
        known = self._heads.setdefault(os.path.splitext(path)[1], Counter())  # noqa: PTH122
        if len(known) != 1 or known.total() < LOOKED_INTO:
            known[found := layout_of(path, asked)] += 1
            return found
        return next(iter(known))

    @property
    def bytes(self) -> int:
        return self.texts.bytes + self.requests.bytes

    @property
    def files(self) -> int:
        return self.texts.files + self.requests.files


def listing_of(asked: Asked, seed: int, block: int = BLOCK) -> Listed:
    """Raises UnreadableInput for a pattern that matches nothing."""
    found = Listed(Listing(seed, block), Listing(seed, block))
    for path in asked.paths or [STDIN]:
        for one in expand_one(path, hidden=False, keep=BINARIES, looks=False):
            if isinstance(one, Failed):
                found.unread.append(one)
            elif isinstance(one, Skipped):
                found.skipped.append(one)
            else:
                add(found, one, asked, is_named=one == path)
    return found


def add(listed: Listed, path: str, asked: Asked, *, is_named: bool) -> None:
    try:
        size = size_of(path)
        if size is None:
            listed.others.append(path)
            return
        layout, has_requests = listed.layout_of(path, asked)
    except (OSError, ValueError, UnreadableInput) as error:
        if is_named:  # whoever opens it will say what is wrong
            listed.others.append(path)
        else:
            listed.unread.append(failed_with(path, error))
        return
    listing = listed.requests if has_requests else listed.texts
    listing.add(path, size, layout, is_named=is_named)


def size_of(path: str) -> int | None:
    """Bytes; None of what has no end that is known. Raises OSError."""
    if is_address(path):
        return stated(path)
    status = None if path == STDIN else os.stat(path)  # noqa: PTH116 - a hundred thousand times
    return status.st_size if status is not None and stat.S_ISREG(status.st_mode) else None


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
