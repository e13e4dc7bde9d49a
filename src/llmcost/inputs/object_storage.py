"""Files at addresses (`s3://bucket/key`, `hf://…`, `memory://…`), by fsspec, an optional extra.

Retries, credentials and end points are fsspec's and its packages': see docs/cluster.md. Whatever
they raise becomes an OSError here, as that of a file on a disk.
"""

import errno
import io
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from llmcost.errors import UnreadableInput, install
from llmcost.messages import say

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
BLOCK = 4 << 20
"""Bytes of one request to a store; a file that is no longer is fetched by one."""
VERSIONS = ("ETag", "etag", "md5Hash", "crc32c", "generation", "sha256", "blob_id", "mtime")
DATES = ("LastModified", "last_modified", "updated", "created")
KINDS: dict[type[Exception], int] = {
    FileNotFoundError: errno.ENOENT,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
}


class ListedAddress(str):
    """An address with what a listing says of the file: its `size` in bytes, and by what it is known
    again (`version`, empty if its store does not say)."""

    size: int
    version: str

    def __new__(cls, name: str, size: int, version: str) -> "ListedAddress":
        found = super().__new__(cls, name)
        found.size, found.version = size, version
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return ListedAddress, (str(self), self.size, self.version)


def is_address(path: str) -> bool:
    return "://" in path and SCHEME.match(path) is not None


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
    fs, path = located(address)
    with told_as_os_error():
        if 0 < size <= block:
            return io.BytesIO(fs.cat_file(path))
        return cast(BinaryIO, Told(fs.open(path, "rb", block_size=block)))


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
