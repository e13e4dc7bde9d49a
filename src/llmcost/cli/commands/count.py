"""`llmcost count`: how many tokens is this, under each tokenizer?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

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
    workers: options.Workers = None,
) -> Output:
    """Count tokens per file and in total, like wc.

    Under all tokenizers if none is named. A file may be a tokenizer.json, a SentencePiece model or
    a .tiktoken, which `FILE#o200k` cuts like o200k, and not like cl100k.

    Example: llmcost count README.md -t o200k_base
    """
    from llmcost.cli.counted import (
        check_any,
        count_readable,
        failed_document,
        failure_of,
        reading_notes,
    )
    from llmcost.cli.inputs import Asked, opened, skipped_notes
    from llmcost.cli.known import known_tokenizers, named_tokenizers
    from llmcost.cli.tables import load_table
    from llmcost.report import count as report
    from llmcost.tokens.crew import Crew

    at = options.instant(as_of, clock.now())
    table = load_table(prices, at.date()) if model or prices else None
    names, known = named_tokenizers(tokenizer or (), known_tokenizers(table))
    if table is not None and model:
        names += [one for one in of_models(table, model, at) if one not in names]
    names = names or list(known)
    if quiet and len(names) != 1:
        raise UsageError(
            f"-q prints one number, not {len(names)}", hint="name one tokenizer with -t or one -m"
        )
    found = opened(Asked(paths or [], encoding, most=options.size(max_bytes, "--max-bytes")))
    with Crew(workers) as crew:
        inputs, streams, unread = count_readable(found.streams, names, known, crew)
    unread = [*found.unread, *unread]
    check_any(unread, len(inputs))
    failure = failure_of(unread, len(inputs))
    if quiet:
        return Output(f"{report.total(inputs, names[0]).tokens}\n", failure=failure)
    text = render(
        format_for(format),
        human=lambda: report.human(inputs, names),
        machine=lambda: report.machine(inputs, names),
        document=lambda: {
            **report.document(inputs, names),
            "failed": failed_document(unread),
        },
    )
    return Output(text, [*reading_notes(streams), *skipped_notes(found.skipped)], failure)


def of_models(table: "PriceTable", patterns: Sequence[str], at: "datetime") -> list[str]:
    """The tokenizers of the models named."""
    from llmcost.cli.tables import chosen_models

    models = chosen_models(table, options.words(patterns), (), at)
    return list(dict.fromkeys(one.tokenizer for one in models))
