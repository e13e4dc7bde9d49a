"""The price table that `llmcost prices update` keeps, in the place of the bundled one.

It is one file, so that it is replaced in one step: a line that says what is known of the table,
then the bytes as they were published.
"""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import msgspec

from llmcost.errors import reason
from llmcost.folders import updated_prices
from llmcost.messages import say
from llmcost.pricing.table import PriceTable

LARGEST = 20_000_000  # bytes, more than are ever fetched
MARK = b"# llmcost prices update "


class Origin(msgspec.Struct, frozen=True):
    """`day`: see `newest`. `beside`: the bundled table it was preferred to. `key` has signed it."""

    url: str
    sha256: str
    day: date
    beside: str
    etag: str = ""
    key: str = ""


class Published(msgspec.Struct, frozen=True):
    path: Path
    origin: Origin
    content: bytes


class Unusable(Exception):
    """The updated table cannot be used; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def previous() -> Path:
    """What was in use before the update; not there if that was the bundled table."""
    return updated_prices().with_name("previous.yaml")


def read(path: Path) -> Published | None:
    """The table kept at `path`, its content not yet checked; None if there is none."""
    try:
        with path.open("rb") as file:
            whole = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unusable(
            say("cannot read the updated prices `{path}`: {why}", path=path, why=reason(error))
        ) from None
    if len(whole) > LARGEST:
        raise damaged(path)
    head, _, content = whole.partition(b"\n")
    try:
        origin = msgspec.json.decode(head.removeprefix(MARK), type=Origin)
    except (msgspec.MsgspecError, ValueError):
        raise damaged(path) from None
    return Published(path, origin, content)


def written(origin: Origin, content: bytes) -> bytes:
    return MARK + msgspec.json.encode(origin) + b"\n" + content


def check(kept: Published) -> None:
    """Raises Unusable if the content is not what was fetched."""
    if digest(kept.content) != kept.origin.sha256:
        raise damaged(kept.path)


def damaged(path: Path) -> Unusable:
    return Unusable(say("the updated prices `{path}` are damaged or were edited", path=path))


def pinned_key() -> str:
    """The key that has signed the table that was fetched last, also where that is passed over;
    empty if none has."""
    for path in (updated_prices(), previous()):
        try:
            kept = read(path)
        except Unusable:  # then the one before it is the last
            continue
        return kept.origin.key if kept is not None else ""
    return ""


def latest_day(now: datetime) -> date:
    """Tomorrow, where the day begins first: no price can have been read later."""
    return now.astimezone(timezone(timedelta(hours=14))).date() + timedelta(days=1)


def digest(content: bytes) -> str:
    from hashlib import sha256  # a warm start has no use for it

    return sha256(content).hexdigest()


def newest(table: PriceTable) -> date:
    """The version of a table: the last day on which any of its prices was read at its source."""
    return max(row.checked for model in table.models for row in model.prices)
