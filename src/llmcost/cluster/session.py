"""Count the inputs of a command on a cluster, and make the notes on it."""

from collections.abc import Sequence
from functools import partial

from llmcost.cluster.client import ClusterError, Tasks, check_workers, connected
from llmcost.cluster.collect import (
    CollectedCounts,
    Folded,
    Gathering,
    Keep,
    Landing,
    Many,
    counted_by,
    notes_about,
    text_of,
)
from llmcost.cluster.partition import planned
from llmcost.cluster.worker import CountingJob
from llmcost.errors import UsageError
from llmcost.inputs.text_stream import STDIN
from llmcost.messages import say
from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import count_key
from llmcost.render.text import few
from llmcost.runtime.count_inputs import (
    Asked,
    InputReader,
    Known,
    Read,
    remark_notes,
    request_notes,
    ways_of,
)
from llmcost.runtime.open_inputs import MOST_NAMED, Run, check_any, running
from llmcost.tokenizers.registry import TOKENIZERS
from llmcost.tokenizers.workers import processors


def read_clustered(asked: Asked, models: Sequence[Model], known: Known, *, apart: bool) -> Read:
    """Every input counted for every model on the cluster of `asked`. `apart`: figures of each are
    wanted. Raises UsageError, UnreadableInput, ClusterError."""
    from llmcost.tokenizers.requests import way_of

    names = sorted({one.tokenizer for one in models})
    check(asked, names, known)
    ways = {
        way_of(one.tokenizer, one.id, asked.day).key: (one.tokenizer, one.id, asked.day)
        for one in models
    }
    job = CountingJob(
        tokenizers=tuple(names),
        ways=tuple(ways.values()),
        encoding=asked.encoding,
        form=asked.form,
        field=asked.field,
        column=asked.column,
    )
    with running(asked.how, [], partial(ways_of, asked, models, known)) as run:
        reader = InputReader(asked, models, known, run)
        found = found_by(asked, job, run, lambda *one: counted_by(reader, *one), folds=not apart)
    reader.take(found.inputs.inputs())
    check_any(found.unread, found.inputs.files)
    requests = sum(one.requests for one in found.inputs.few if one.sizes)
    return Read(
        reader.inputs(),
        reader.key_of,
        [
            *notes_about(found),
            *request_notes(requests + found.inputs.requests.times),
            *remark_notes(one.remarks for one in found.inputs.few),
        ],
        Many(found.bad, found.more_bad),
        found.unread,
        stopped=found.stopped,
    )


def count_clustered(asked: Asked, names: Sequence[str], known: Known) -> Read:
    """Every input counted as a text. Raises UsageError, UnreadableInput, ClusterError."""
    from llmcost.inputs.checkpoint import made_from

    check(asked, names, known)
    job = CountingJob(tokenizers=tuple(names), encoding=asked.encoding)
    depends = {"--encoding": asked.encoding, "--max-bytes": asked.most}
    with running(asked.how, [], partial(made_from, names, known, depends)) as run:
        found = found_by(asked, job, run, partial(text_of, names), folds=True)
    check_any(found.unread, found.inputs.files)
    inputs = found.inputs.inputs()
    return Read(inputs, count_key, notes_about(found), [], found.unread, stopped=found.stopped)


def check(asked: Asked, names: Sequence[str], known: Known) -> None:
    """Raises UsageError for what a cluster cannot do."""
    if asked.each:
        raise UsageError(
            say("--per-request keeps each request, and --cluster only their sizes"),
            hint=say("--per-file works on a cluster"),
        )
    if asked.most is not None:
        raise UsageError(
            say("--max-bytes and --cluster: files are read in parts"),
            hint=say("leave one of the two out"),
        )
    if not asked.paths or STDIN in asked.paths:
        raise UsageError(
            say("--cluster reads files and addresses, not standard input"),
            hint=say("name them, as s3://bucket/folder"),
        )
    own = [name for name in names if known.get(name) != TOKENIZERS.get(name)]
    if own:
        said = say("workers do not have your own tokenizers: {names}", names=few(own, MOST_NAMED))
        raise UsageError(said, hint=say("leave --cluster out, or name one of llmcost's with -t"))


def found_by(
    asked: Asked, job: CountingJob, run: Run, keep: Keep, *, folds: bool
) -> CollectedCounts:
    """What the cluster finds in all that is listed. Raises UnreadableInput, and ClusterError if
    nothing was counted."""
    address = asked.how.cluster
    assert address is not None
    found = CollectedCounts(Folded(folds=folds))
    landing = Landing(wanted=asked.how.progress)
    with connected(address, asked.how.workers or processors()) as client, landing:
        gathering = Gathering(asked, run, keep, found, landing)
        tasks = Tasks(client, job, check_workers(client), look=landing.step)
        try:
            pieces = landing.sent(planned(gathering.listing(), gathering.can_be_cut))
            for piece, outcomes in tasks.outcomes(pieces):
                gathering.add(piece, outcomes)
        except KeyboardInterrupt:
            tasks.cancel()
            gathering.stop()
        except ClusterError as error:
            if not found.inputs.files:
                raise
            gathering.stop(error)
    found.unread.sort(key=lambda one: one.name)
    return found
