"""What a worker does: it counts the parts of a piece, and gives back a few numbers of each.

Plain functions of plain values, which a worker of the same version finds in its own installation.
"""

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from threading import Lock

import msgspec

from llmcost import __version__
from llmcost.cluster.pieces import Part, Piece
from llmcost.errors import UnreadableInput
from llmcost.messages import say
from llmcost.sources.read import Failed, failed
from llmcost.tokens.tally import Found

MOST_BAD = 100  # broken requests of a part that are told one by one
# The engines remember what they have seen, and are not made for threads.
_ONE_AT_A_TIME = Lock()


class Job(msgspec.Struct, frozen=True):
    """How all pieces of a run are counted. `ways`: the tokenizer and the model of each way in which
    requests are counted; none where every file is a text. The rest is as in `cli.inputs.Asked`."""

    tokenizers: tuple[str, ...]
    ways: tuple[tuple[str, str], ...] = ()
    encoding: str = "utf-8"
    form: str | None = None
    field: str | None = None
    column: str | None = None
    version: str = __version__


class Bad(msgspec.Struct, frozen=True):
    """A broken request: its place behind the file's name, the line in this part, and why."""

    place: str
    line: int
    message: str


class Outcome(msgspec.Struct):
    """What was found in a part: of a text `tokens` and `features` (see `tokens.counting.Totals`),
    of requests `found`. `lines`: ends of lines; `more_bad`: requests beyond those in `bad`.
    `skipped`: why it was passed over; `failed`: why it could not be read."""

    bytes: int = 0
    characters: int = 0
    taken: int = 0
    replaced: int = 0
    encoding: str = ""
    has_mark: bool = False
    lines: int = 0
    tokens: Mapping[str, int] = {}
    features: Mapping[str, int] = {}
    found: Found | None = None
    bad: tuple[Bad, ...] = ()
    more_bad: int = 0
    skipped: str = ""
    failed: Failed | None = None


class OtherVersion(Exception):
    """A worker that joined later has another version of llmcost."""


def about() -> dict[str, str]:
    """What must be the same on both sides for counts to be, of the process in which it is called:
    versions, and whether there is what counts Claude's tokens. Plain, so that any version of
    llmcost can read it."""
    python = ".".join(map(str, sys.version_info[:2]))
    has_ctok = find_spec("ctok") is not None
    return {"llmcost": __version__, "Python": python, "ctok": "yes" if has_ctok else "no"}


def count(job: Job, piece: Piece) -> tuple[Outcome, ...]:
    """What each part of a piece holds. Raises OtherVersion."""
    if job.version != __version__:
        raise OtherVersion(__version__)
    with _ONE_AT_A_TIME:
        return tuple(count_part(job, part) for part in piece.parts)


def count_part(job: Job, part: Part) -> Outcome:
    from llmcost.cluster.reading import outcome_of

    name = part.file.name
    try:
        return outcome_of(job, part)
    except UnreadableInput as error:
        return Outcome(failed=failed(name, error))
    except MemoryError:
        why = say(
            "cannot read `{name}`: {why}", name=name, why=say("a worker has too little memory")
        )
        return Outcome(failed=Failed(name, why))
