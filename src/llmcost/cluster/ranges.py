"""The bytes of a file wherever it is: from the first one on, or from any place."""

import os
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, cast

from llmcost.cluster.pieces import File
from llmcost.errors import UnreadableInput, reason
from llmcost.messages import say
from llmcost.sources.addresses import (
    BLOCK,
    is_address,
    located,
    open_address,
    told_as_os_error,
    version_of,
)
from llmcost.sources.read import cannot_read


def listed(path: str) -> tuple[int, str]:
    """The size of a file of this machine, and by what it is known again. Raises OSError."""
    status = os.stat(path)  # noqa: PTH116 - names that Path refuses, and very many
    return status.st_size, str(status.st_mtime_ns)


def opened(file: File) -> BinaryIO:
    """Raises OSError, UnreadableInput."""
    if is_address(file.path):
        return open_address(file.path, file.size)
    return open(file.path, "rb")  # noqa: PTH123


class Ranges:
    """Parts of a file that was listed, fetched as they are asked for; to be used in a `with`."""

    def __init__(self, file: File) -> None:
        self.file = file
        if is_address(file.path):
            self._fs, self._path = located(file.path)
            self._here: BinaryIO | None = None
        else:
            self._here = open(file.path, "rb")  # noqa: PTH123, SIM115

    def __enter__(self) -> "Ranges":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._here is not None:
            self._here.close()

    def check(self) -> None:
        """Raises UnreadableInput if the file is another one than was listed: its parts would not
        fit."""
        size, version = self._now()
        if size != self.file.size or version != self.file.version:
            why = say("it changed since it was listed, and is counted in parts")
            raise cannot_read(self.file.name, why, hint=say("run it again when nobody writes it"))

    def _now(self) -> tuple[int, str]:
        if self._here is not None:
            return listed(self.file.path)
        with told_as_os_error():
            info = self._fs.info(self._path)
        return info.get("size") or 0, version_of(info)

    def between(self, start: int, end: int) -> bytes:
        """Raises OSError."""
        end = min(end, self.file.size)
        if end <= start:
            return b""
        if self._here is not None:
            self._here.seek(start)
            return self._here.read(end - start)
        with told_as_os_error():
            return cast(bytes, self._fs.cat_file(self._path, start=start, end=end))

    def blocks(self, places: range) -> Iterator[bytes]:
        """Raises OSError, UnreadableInput."""
        for start in range(places.start, places.stop, BLOCK):
            end = min(start + BLOCK, places.stop)
            block = self.between(start, end)
            if len(block) != end - start:
                raise self.shrunk()
            yield block

    def shrunk(self) -> UnreadableInput:
        return cannot_read(self.file.name, say("it became shorter while it was read"))


def unread(file: File, error: OSError) -> UnreadableInput:
    return cannot_read(file.name, reason(error))
