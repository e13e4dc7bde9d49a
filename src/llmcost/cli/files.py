"""New files, whole or not at all, and never over one that is there."""

import os
from pathlib import Path

from llmcost.errors import LlmcostError, UsageError, reason
from llmcost.messages import say
from llmcost.report.figures import visible


def create(path: Path, content: bytes) -> None:
    """Written beside, then given its name. Raises UsageError if that is taken, LlmcostError if it
    cannot be written."""
    beside = path.parent / f".llmcost.{os.getpid()}"
    try:
        try:
            beside.write_bytes(content)
            os.link(beside, path)  # unlike a rename, it fails where a file is
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        said = say("`{path}` is there already", path=visible(str(path)))
        raise UsageError(said, hint=say("name another file with -f")) from None
    except OSError as error:
        said = say("cannot write `{path}`: {why}", path=visible(str(path)), why=reason(error))
        raise LlmcostError(said, hint=say("name a file in a folder of yours with -f")) from None
