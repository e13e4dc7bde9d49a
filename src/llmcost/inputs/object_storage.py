"""Files at addresses (`s3://bucket/key`, `hf://…`, `memory://…`), by fsspec, an optional extra.

Retries, credentials and end points are fsspec's and its packages': see docs/cluster.md. Whatever
they raise becomes an OSError here, as that of a file on a disk.
"""

import errno
import io
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from llmcost.errors import UnreadableInput, install
from llmcost.messages import say

if TYPE_CHECKING:
    from concurrent.futures import Future

SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+://"
BLOCK = 4 << 20
"""Bytes of one request to a store; a file that is no longer is fetched by one."""
SMALL = 1 << 20
"""Bytes of an object that is fetched whole where its beginning is looked at."""
KEPT = 64_000_000
"""Bytes of such objects that a listing keeps until they are read."""
AT_ONCE = 16
"""Requests that wait for a store at the same time."""
VERSIONS = ("ETag", "etag", "md5Hash", "crc32c", "generation", "sha256", "blob_id", "mtime")
DATES = ("LastModified", "last_modified", "updated", "created")
KINDS: dict[type[Exception], int] = {
    FileNotFoundError: errno.ENOENT,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
}


Item = TypeVar("Item")
Found = TypeVar("Found")


def side_by_side(work: Callable[[Item], Found], items: Iterable[Item]) -> Iterator[Found]:
    """What `work` makes of each item, in their order, AT_ONCE of them at a time: a request waits
    for its store and not for this machine."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(AT_ONCE)
    coming = iter(items)
    try:
        waiting = deque(pool.submit(work, one) for one in islice(coming, AT_ONCE))
        while waiting:
            found = waiting.popleft().result()
            waiting += (pool.submit(work, one) for one in islice(coming, 1))
            yield found
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class ListedAddress(str):
    """An address with what a listing says of the file: its `size` in bytes, and by what it is known
    again (`version`, empty if its store does not say). `content`: all of a small one, until it is
    opened; `ahead`: what fetches it before its turn."""

    size: int
    version: str
    content: bytes | None = None
    ahead: "ReadAhead | None" = None

    def __new__(cls, name: str, size: int, version: str) -> "ListedAddress":
        found = super().__new__(cls, name)
        found.size, found.version = size, version
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return ListedAddress, (str(self), self.size, self.version)


def is_address(path: str) -> bool:
    return "://" in path and re.match(SCHEME, path) is not None


def located(address: str) -> tuple[Any, str]:
    """The file system of fsspec that an address is in, and the path in it. Raises UnreadableInput
    if there is none of that name, or its package is missing."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        why = say("cannot read `{name}`: addresses need fsspec", name=address)
        raise UnreadableInput(why, hint=install("cluster")) from None
    scheme = address.partition("://")[0]
    try:
        with told_as_os_error():
            fs, path = url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        raise UnreadableInput(
            say(
                "cannot read `{name}`: `{scheme}://` needs a package that is not installed",
                name=address,
                scheme=scheme,
            ),
            hint=f"pip install {package_of(error, scheme)}",
        ) from None
    except OSError as error:
        why = say("cannot read `{name}`: {why}", name=address, why=error.strerror or str(error))
        raise UnreadableInput(why, hint=say("see what stores there are: docs/cluster.md")) from None
    return fs, path


def package_of(error: ImportError, scheme: str) -> str:
    """The package that is missing: fsspec tells of it in the cause of its own error."""
    cause = error.__cause__
    missing = cause.name if isinstance(cause, ImportError) else error.name
    return (missing or scheme).partition(".")[0]


@contextmanager
def told_as_os_error() -> Iterator[None]:
    """What packages raise over the network, in one form."""
    try:
        yield
    except (UnreadableInput, ImportError):
        raise
    except OSError as error:
        raise plain(error) from None
    except Exception as error:  # each package has errors of its own
        raise OSError(errno.EIO, first_line(error)) from None


def plain(error: OSError) -> OSError:
    """With a number and a reason that can be told: many are raised with a path alone."""
    if error.errno:
        return error
    number = next((one for kind, one in KINDS.items() if isinstance(error, kind)), None)
    if number is not None:
        return OSError(number, os.strerror(number))
    return OSError(errno.EIO, first_line(error))


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def open_address(address: str, size: int = 0, block: int = BLOCK) -> BinaryIO:
    """The bytes of a file from its first one on, `block` of them at a time; of one known to be
    small, all of it at once."""
    if isinstance(address, ListedAddress):
        content, address.content = address.content, None
        if content is None and address.ahead is not None:
            content = address.ahead.content_of(address)
        if content is not None:
            return io.BytesIO(content)
    if 0 < size <= block:
        return io.BytesIO(whole(*located(address), size))
    fs, path = located(address)
    with told_as_os_error():
        return cast(BinaryIO, Told(fs.open(path, "rb", block_size=block)))


class ReadAhead:
    """Fetches small objects before their turn, AT_ONCE of them at a time, in the order in which
    they are going to be opened; to be used in a `with`."""

    def __init__(self, names: Iterable[str]) -> None:
        far = (one for one in names if isinstance(one, ListedAddress) and one.content is None)
        self._addresses = [one for one in far if 0 < one.size <= SMALL]
        self._places = {str(one): place for place, one in enumerate(self._addresses)}
        self._coming: dict[int, Future[bytes]] = {}

    def __enter__(self) -> "ReadAhead":
        if len(self._addresses) > 1:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(AT_ONCE)
            for one in self._addresses:
                one.ahead = self
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._addresses:
            one.ahead = None
        if len(self._addresses) > 1:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def content_of(self, address: ListedAddress) -> bytes:
        """Wait for an object, while those after it are fetched. Raises OSError, UnreadableInput."""
        place = self._places[address]
        for passed in [one for one in self._coming if one < place]:  # which a journal knew
            self._coming.pop(passed).cancel()
        for one in range(place, min(place + AT_ONCE, len(self._addresses))):
            if one not in self._coming:
                self._coming[one] = self._pool.submit(self._fetch, self._addresses[one])
        return self._coming.pop(place).result()

    def _fetch(self, address: ListedAddress) -> bytes:
        return whole(*located(address), address.size)


def whole(fs: Any, path: str, size: int) -> bytes:
    """All bytes of an object of a known size, by one request: without an end, some stores ask for
    the size first. One more is wanted, so that it shows if the object grew. Raises OSError."""
    with told_as_os_error():
        return cast(bytes, fs.cat_file(path, start=0, end=size + 1))


class Told(io.RawIOBase):
    """A file whose errors are all of one kind."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def read(self, size: int = -1) -> bytes:
        with told_as_os_error():
            return cast(bytes, self._inner.read(size))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with told_as_os_error():
            return int(self._inner.seek(offset, whence))

    def tell(self) -> int:
        return int(self._inner.tell())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def version_of(info: Mapping[str, Any]) -> str:
    """By what a file is known to be the same."""
    found = next((info[key] for key in (*VERSIONS, *DATES) if info.get(key)), "")
    return str(found)
