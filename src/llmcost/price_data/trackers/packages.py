"""Packages of the registries that carry a tracker's list: wheels, and npm's archives, never run.

A package is known by the files inside; of one with a file for each vendor, all are read together.
"""

import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile

from llmcost.errors import BadPriceFile
from llmcost.messages import say

INSIDE = re.compile(
    r"litellm/model_prices_and_context_window_backup\.json"
    r"|genai_prices/data\.py"
    r"|model_prices/snapshot\.json"
    r"|metergraph_core/data/prices\.yaml"
    r"|package/dist/providers/data/[a-z0-9-]+\.json"
    r"|package/dist/aiModels/[A-Za-z0-9-]+\.mjs"
)
Reader = Callable[[], bytes]
ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
LARGEST = 64_000_000  # bytes of all files inside that are read


def is_package(content: bytes) -> bool:
    return content.startswith((ZIP, GZIP))


def members(name: str, content: bytes) -> dict[str, bytes]:
    """The tracker's files inside, by their name without folder.

    Raises BadPriceFile for an archive that is damaged, too large or of no tracker.
    """
    opened = zipped if content.startswith(ZIP) else packed
    found: dict[str, bytes] = {}
    try:
        for path, size, read in opened(content):
            if INSIDE.fullmatch(path):
                if size > LARGEST - sum(map(len, found.values())):
                    raise BadPriceFile([refused(name, say("too large for a price list"))])
                found[PurePosixPath(path).name] = read()
    except (BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, NotImplementedError):
        raise BadPriceFile([refused(name, say("a damaged archive"))]) from None
    if not found:
        raise BadPriceFile([refused(name, say("a package without a price list that we read"))])
    return found


def refused(name: str, problem: str) -> str:
    return say("{name}: {problem}", name=name, problem=problem)


def zipped(content: bytes) -> Iterator[tuple[str, int, Reader]]:
    """Each file of a wheel: its path, its size, and what reads it."""
    with ZipFile(BytesIO(content)) as archive:
        for one in archive.infolist():
            yield one.filename, one.file_size, lambda one=one: archive.read(one)  # type: ignore[misc]


def packed(content: bytes) -> Iterator[tuple[str, int, Reader]]:
    """Each file of an npm archive, likewise."""
    with tarfile.open(fileobj=BytesIO(content), mode="r:gz") as archive:
        for one in archive:
            file = archive.extractfile(one) if one.isfile() else None
            if file is not None:
                yield one.name, one.size, file.read
