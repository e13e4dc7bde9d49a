"""Two versions of files, found and counted: two paths, two revisions, or one and the work tree."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from functools import partial

import msgspec

from llmcost.cli.counted import check_any, reading_notes
from llmcost.cli.inputs import Asked, Known, Read, Reader, skipped_notes, ways_of
from llmcost.cli.run import running
from llmcost.cli.twins import Found, Twin, in_paths, in_repository, untracked_notes
from llmcost.planning.estimate import Input
from llmcost.planning.versions import Pair, Status
from llmcost.pricing.table import Model
from llmcost.report.figures import visible

ENOUGH = 20
"""Files to choose a model by."""


class Versioned(msgspec.Struct, frozen=True):
    """Files counted in both versions, and what is known of the reading."""

    pairs: Sequence[Pair]
    read: Read
    sides: tuple[str | None, str | None]


class Wanted(msgspec.Struct, frozen=True):
    """For which models files are counted. `choose`: none was named, and it names them, by what it
    is shown of the files and what their counts are found by."""

    models: Sequence[Model]
    known: Known
    choose: "Choose | None" = None


Choose = Callable[[Sequence[Pair], Callable[[Model], str]], Sequence[Model]]


class Compared(msgspec.Struct, frozen=True):
    """The answer of `read_versions`, and the models that files were counted for."""

    versions: Versioned
    models: Sequence[Model]


def read_versions(
    revisions: str | None, asked: Asked, wanted: Wanted, *, only_changed: bool = False
) -> Compared:
    """Both versions of all files, counted for every model. `revisions`: the text of --git, with the
    paths as filters; without, the paths are an old one and a new one.

    A file of which one version cannot be read is left out, and told. Raises UnreadableInput if
    there is nothing to compare, UsageError, KeyboardInterrupt.
    """
    with ExitStack() as stack:
        if revisions is None:
            found = in_paths(asked)
        else:
            from llmcost.sources.blobs import Blobs

            found = in_repository(revisions, asked, stack.enter_context(Blobs()))
        if only_changed:
            found = msgspec.structs.replace(found, twins=changed(found.twins))
        return compared(found, asked, wanted)


def changed(twins: Sequence[Twin]) -> list[Twin]:
    return [one for one in twins if one.status is not Status.UNCHANGED]


def compared(found: Found, asked: Asked, wanted: Wanted) -> Compared:
    """A model is chosen by a few files, since to count for all of them takes its time; two files
    may be pipes, and are read once."""
    models, choose = wanted.models, wanted.choose
    if choose is not None and len(found.twins) > 1:
        few = (changed(found.twins) or found.twins)[:ENOUGH]
        shown = counted(msgspec.structs.replace(found, twins=copied(few)), asked, models, wanted)
        models, choose = choose(shown.pairs, shown.read.key_of), None
    versions = counted(found, asked, models, wanted)
    if choose is not None and versions.pairs:
        models = choose(versions.pairs, versions.read.key_of)
    return Compared(versions, models)


def copied(twins: Sequence[Twin]) -> list[Twin]:
    """To be read without the others: a stream is read once."""
    return [
        msgspec.structs.replace(one, before=copy(one.before), after=copy(one.after))
        for one in twins
    ]


def counted(found: Found, asked: Asked, models: Sequence[Model], wanted: Wanted) -> Versioned:
    """Every stream once."""
    known = wanted.known
    sides = [side for one in found.twins for side in (one.before, one.after) if side]
    streams = list({id(one): one for one in sides}.values())
    with running(asked.how, streams, partial(ways_of, asked, models, known)) as run:
        reader = Reader(asked, models, known, run)
        if reader.read_all() is not None:
            raise KeyboardInterrupt  # half of a comparison is none
    unread = [*found.unread, *reader.unread]
    inputs = reader.inputs()
    check_any(unread, len(inputs))
    done = {id(one) for one in (*reader.texts, *reader.files)}
    by_stream = dict(zip((id(one) for one in streams if id(one) in done), inputs, strict=True))
    notes = [
        *reading_notes(reader.texts, reader.files),
        *skipped_notes(found.skipped),
        *untracked_notes(found.untracked),
        *reader.notes(),
    ]
    pairs = list(pairs_of(found.twins, by_stream))
    return Versioned(pairs, Read(inputs, reader.key_of, notes, reader.bad, unread), found.sides)


def pairs_of(twins: Sequence[Twin], by_stream: Mapping[int, Input]) -> Iterator[Pair]:
    """Those of which all could be read that is there."""
    for one in twins:
        if all(side is None or id(side) in by_stream for side in (one.before, one.after)):
            before, after = (
                None if side is None else by_stream[id(side)] for side in (one.before, one.after)
            )
            yield Pair(one.status, visible(one.name), before, after, visible(one.old_name))
