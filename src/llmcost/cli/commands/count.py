"""`llmcost count`: how many tokens is this, under each tokenizer?"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import UsageError
from llmcost.messages import say

if TYPE_CHECKING:
    from datetime import datetime

    from llmcost.cli.inputs import Asked, Read
    from llmcost.cli.known import Known
    from llmcost.cli.sampled import SampledRead
    from llmcost.cli.wanted import Wanted
    from llmcost.pricing.table import PriceTable


def count(
    paths: options.Paths = None,
    model: options.ModelPatterns = None,
    tokenizer: Annotated[
        list[str] | None,
        typer.Option(
            *("-t", "--tokenizer"),
            metavar="NAME|FILE",
            help="Only this tokenizer, or a file like tokenizer.json; repeatable.",
        ),
    ] = None,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    max_bytes: options.MaxBytes = None,
    sample: options.SampleSize = None,
    precision: options.Precision = None,
    seed: options.Seed = 0,
    workers: options.Workers = None,
    cluster: options.ClusterAddress = None,
    resume: options.Resume = None,
    no_progress: options.NoProgress = False,
) -> Output:
    """Count tokens per file and in total, like wc.

    Under all tokenizers if none is named. A file may be a tokenizer.json, a SentencePiece model or
    a .tiktoken, which `FILE#o200k` cuts like o200k, and not like cl100k.

    Example: llmcost count README.md -t o200k_base
    """
    from llmcost.cli.counted import failed_document
    from llmcost.cli.inputs import Asked
    from llmcost.cli.known import known_tokenizers, named_tokenizers
    from llmcost.cli.run import How
    from llmcost.cli.tables import load_table
    from llmcost.report import count as report

    at = options.instant(as_of, clock.now())
    table = load_table(prices, at.date()) if model or prices else None
    names, known = named_tokenizers(tokenizer or (), known_tokenizers(table))
    if table is not None and model:
        names += [one for one in of_models(table, model, at) if one not in names]
    names = names or list(known)
    if quiet and len(names) != 1:
        raise UsageError(
            say("-q prints one number, not {number}", number=len(names)),
            hint=say("name one tokenizer with -t or one -m"),
        )
    most = options.size(max_bytes, "--max-bytes")
    how = How(workers, not (no_progress or quiet), resume, cluster)
    asked = Asked(paths or [], encoding, most=most, how=how)
    others = {"--max-bytes": max_bytes is not None, "--resume": resume is not None}
    wanted = options.wanted(sample, precision, seed, others)
    sampled = None if wanted is None else told(asked, wanted, names, known)
    read = sampled or count_whole(asked, names, known)
    failure = read.failure(skip_bad=False)
    if quiet:
        return Output(f"{report.total(read.inputs, names[0]).tokens}\n", failure=failure)
    text = render(
        format_for(format),
        human=lambda: report.human(read.inputs, names),
        machine=lambda: report.machine(read.inputs, names),
        document=lambda: {
            **report.document(read.inputs, names),
            **failed_document(read.unread, partial=read.stopped is not None),
            **(sampled.figures.document() if sampled else {}),
        },
    )
    return Output(text, read.notes, failure)


def told(
    asked: "Asked", wanted: "Wanted", names: Sequence[str], known: "Known"
) -> "SampledRead | None":
    """The inputs by a sample, if they are too large to be counted whole."""
    from llmcost.cli.sampled import count_sampled

    return count_sampled(asked, wanted, names, known)


def count_whole(asked: "Asked", names: Sequence[str], known: "Known") -> "Read":
    """Every input as one text. Raises UnreadableInput if none can be read."""
    if asked.how.cluster is not None:
        from llmcost.cli.clustered import count_clustered

        return count_clustered(asked, names, known)
    from llmcost.cli.counted import check_any, count_readable, reading_notes
    from llmcost.cli.inputs import Read, opened, skipped_notes
    from llmcost.cli.resumed import made_from
    from llmcost.cli.run import running
    from llmcost.planning.estimate import count_key

    found = opened(asked)
    depends = {"--encoding": asked.encoding, "--max-bytes": asked.most}
    with running(asked.how, found.streams, partial(made_from, names, known, depends)) as run:
        inputs, streams, unread, stopped = count_readable(run, names, known)
    unread = [*found.unread, *unread]
    check_any(unread, len(inputs))
    notes = [*reading_notes(streams), *skipped_notes(found.skipped)]
    return Read(inputs, count_key, notes, [], unread, stopped=stopped)


def of_models(table: "PriceTable", patterns: Sequence[str], at: "datetime") -> list[str]:
    """The tokenizers of the models named."""
    from llmcost.cli.tables import chosen_models

    models = chosen_models(table, options.words(patterns), (), at)
    return list(dict.fromkeys(one.tokenizer for one in models))
