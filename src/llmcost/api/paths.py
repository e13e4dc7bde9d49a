"""Paths as the command line reads them."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmcost.api.turn import counting
from llmcost.api.values import whole
from llmcost.errors import UsageError
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.api.billing import Market
    from llmcost.cli.inputs import Asked, Read
    from llmcost.sources.forms import Form
    from llmcost.sources.read import TextStream


def asked_of(
    path: os.PathLike[str],
    encoding: str,
    input_format: str | None,
    field: str | None,
    column: str | None,
    max_bytes: int | None,
    workers: int,
) -> "Asked":
    from llmcost.cli.inputs import Asked
    from llmcost.cli.run import How

    return Asked(
        [named(path)],
        encoding,
        form=form_named(input_format),
        field=field,
        column=column,
        most=None if max_bytes is None else whole(max_bytes, "max_bytes", 1),
        how=How(whole(workers, "workers", 1), progress=False),
    )


def form_named(name: str | None) -> "Form | None":
    from llmcost.sources.forms import Form

    try:
        return None if name is None else Form(name)
    except ValueError:
        hint = say("known are {names}", names=", ".join(Form))
        raise UsageError(say("unknown input_format: `{name}`", name=name), hint=hint) from None


def read_path(asked: "Asked", market: "Market", *, skip_bad: bool) -> "Read":
    """What a path holds. Raises LlmcostError if not all of it could be read."""
    from llmcost.cli.inputs import read_inputs

    with counting():
        read = read_inputs(asked, market.models, market.known)
    if read.stopped is not None:  # which the command line tells otherwise
        raise KeyboardInterrupt
    failure = read.failure(skip_bad=skip_bad)
    if failure is not None:
        failure.hint = say("mend or leave out what it is about; skip_bad=True leaves requests out")
        raise failure
    return read


def streams_of(path: os.PathLike[str], encoding: str) -> Sequence["TextStream"]:
    """The files of a path. Raises UnreadableInput if one of them cannot be opened."""
    from llmcost.cli.counted import failure_of
    from llmcost.cli.inputs import Asked, opened

    found = opened(Asked([named(path)], encoding))
    failure = failure_of(found.unread, 0)
    if failure is not None:
        raise failure
    return found.streams


def named(path: os.PathLike[str]) -> str:
    """A path in the words of the command line, where `-` is standard input."""
    name = os.fsdecode(path)
    return name if name != "-" else os.path.join(".", "-")  # noqa: PTH118 - Path drops the point
