"""Which files a client may name: those below the folders that the user allowed, by their real
places, so that neither `..` nor a link leads out of them."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from llmcost.errors import UnreadableInput, UsageError
from llmcost.messages import say
from llmcost.report.figures import visible
from llmcost.sources.documents import BINARIES
from llmcost.sources.globs import MAGIC, split
from llmcost.sources.packed import kind_of
from llmcost.sources.read import STDIN, TextStream, stated
from llmcost.sources.walk import expand_one, head_of

MOST_FILES = 1000
MOST_BYTES = 10_000_000
"""Of all files of a call together, unpacked, and of the text of a document."""
MOST_SECONDS = 60.0
"""In which all documents of a call are converted."""
START = say("start the server with `llmcost mcp --allow FOLDER`")


def real_folders(folders: Sequence[Path]) -> list[Path]:
    """Where the folders really are. Raises UsageError for what is none."""
    for folder in folders:
        if not folder.is_dir():
            said = say("--allow: `{path}` is no folder", path=visible(str(folder)))
            raise UsageError(said, hint=say("name a folder that is there"))
    return [folder.resolve() for folder in folders]


def checked(paths: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """The paths as a command takes them. Raises UsageError for one that may not be read, or that is
    neither file nor folder, and if there is too much to read."""
    if not folders:
        raise UsageError(say("paths: no folder is allowed"), hint=START)
    found = [f"./{path}" if path == STDIN else path for path in paths]
    for path in found:
        check(path, folders)
    check_size(found)
    return found


def check(path: str, folders: Sequence[Path]) -> None:
    place = path
    is_there = False
    try:
        is_there = os.path.lexists(path)
        if not is_there and MAGIC.search(path):
            place = split(path)[0]
        real = Path(os.path.realpath(place))
    except ValueError:  # NUL, which no name has
        real = Path(os.devnull)
    if not any(real.is_relative_to(folder) for folder in folders):
        raise UsageError(
            say("paths: `{path}` is not below a folder that is allowed", path=visible(path)),
            hint=say("allowed: {folders}", folders=", ".join(visible(str(one)) for one in folders)),
        )
    if is_there and not is_plain(real):  # to open a FIFO is to wait
        raise UnreadableInput(say("`{path}` is no file and no folder", path=visible(path)))


def is_plain(path: Path) -> bool:
    """Whether it is a file, a folder, or gone."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True  # its reader will tell
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def size_of(path: str, most: int) -> int:
    """Bytes of a file; of a compressed one, of what is in it, which are unpacked up to `most`."""
    stream = TextStream(path, "utf-8", max(1, most))
    with suppress(OSError, UnreadableInput):  # its reader will tell
        if kind_of(head_of(path)):
            with stream.open() as file:
                return sum(map(len, stream.blocks(file)))
    return stated(path)


def check_size(paths: Sequence[str]) -> None:
    files = size = 0
    for path in paths:
        for one in expand_one(path, False, BINARIES):
            if isinstance(one, str):
                files += 1
                size += size_of(one, MOST_BYTES - size + 1)
            if files > MOST_FILES or size > MOST_BYTES:
                raise UsageError(
                    say(
                        "paths: more than {files:,} files, or {bytes:,} bytes",
                        files=MOST_FILES,
                        bytes=MOST_BYTES,
                    ),
                    hint=say("name fewer; `llmcost estimate` in a shell takes any number"),
                )
