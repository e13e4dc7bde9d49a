"""`llmcost count`: tokens per input and in total, under each tokenizer."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmcost.cli import options
from llmcost.cli.option_groups import RunOptions, SampleOptions, grouped
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import UsageError
from llmcost.language import _
from llmcost.messages import say
from llmcost.pricing.usage import Count, Input, add_counts
from llmcost.render.table import Column, Format, Grid, grid
from llmcost.runtime import clock, option_values

if TYPE_CHECKING:
    from datetime import datetime

    from llmcost.pricing.price_rows import PriceTable
    from llmcost.runtime.count_inputs import Asked, Read
    from llmcost.runtime.tokenizer_choice import Known
    from llmcost.sampling.sampler import SampledRead, SampleRequest


TokenizerNames = Annotated[
    list[str] | None,
    typer.Option(
        *("-t", "--tokenizer"),
        metavar="NAME|FILE",
        help="Only this tokenizer, or a file like tokenizer.json; repeatable.",
    ),
]


@grouped
def count(
    *,
    paths: options.Paths = None,
    model: options.ModelPatterns = None,
    tokenizer: TokenizerNames = None,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    max_bytes: options.MaxBytes = None,
    sample: SampleOptions,
    run: RunOptions,
) -> Output:
    """Count tokens per file and in total, like wc.

    Under all tokenizers if none is named. A file may be a tokenizer.json, a SentencePiece model or
    a .tiktoken, which `FILE#o200k` cuts like o200k, and not like cl100k.

    Example: llmcost count README.md -t o200k_base
    """
    from llmcost.runtime.count_inputs import Asked

    options.refuse_beside("-q", quiet, {"--format": format is not None})
    options.refuse_without("-m", bool(model), {"--as-of": as_of is not None})
    names, known = chosen_tokenizers(tokenizer, model, prices, as_of)
    if quiet and len(names) != 1:
        raise UsageError(
            say("-q prints one number, not {number}", number=len(names)),
            hint=say("name one tokenizer with -t or one -m"),
        )
    most = option_values.size(max_bytes, "--max-bytes")
    asked = Asked(paths or [], encoding, most=most, how=run.how(quiet=quiet))
    whole_only = {"--max-bytes": max_bytes is not None, "--resume": run.resume is not None}
    wanted = sample.requested(whole_only)
    sampled = None if wanted is None else told(asked, wanted, names, known)
    read = sampled or count_whole(asked, names, known)
    failure = read.failure(skip_bad=False)
    if quiet:
        return Output(f"{total(read.inputs, names[0]).tokens}\n", failure=failure)
    return Output(present(read, names, format_for(format)), read.notes, failure)


def chosen_tokenizers(
    names: Sequence[str] | None,
    patterns: Sequence[str] | None,
    prices: Sequence[Path] | None,
    as_of: str | None,
) -> tuple[list[str], "Known"]:
    """Those named and those of the models, or all; and what the names mean."""
    from llmcost.runtime.price_table import load_table
    from llmcost.runtime.tokenizer_choice import known_tokenizers, named_tokenizers

    at = option_values.instant(as_of, clock.now())
    table = load_table(prices, at.date()) if patterns or prices else None
    found, known = named_tokenizers(names or (), known_tokenizers(table))
    if table is not None and patterns:
        found += [one for one in of_models(table, patterns, at) if one not in found]
    return found or list(known), known


def present(read: "Read", names: Sequence[str], format: Format) -> str:
    return render(
        format,
        human=lambda: human(read.inputs, names),
        machine=lambda: machine(read.inputs, names),
        document=lambda: {**document(read.inputs, names), **read.document()},
    )


def told(
    asked: "Asked", wanted: "SampleRequest", names: Sequence[str], known: "Known"
) -> "SampledRead | None":
    """The inputs by a sample, if they are too large to be counted whole."""
    from llmcost.sampling.sampler import count_sampled

    return count_sampled(asked, wanted, names, known)


def count_whole(asked: "Asked", names: Sequence[str], known: "Known") -> "Read":
    """Every input as one text. Raises UnreadableInput if none can be read."""
    if asked.how.cluster is not None:
        from llmcost.cluster.session import count_clustered

        return count_clustered(asked, names, known)
    from llmcost.inputs.checkpoint import made_from
    from llmcost.pricing.usage import count_key
    from llmcost.runtime.count_inputs import Read, opened, skipped_notes
    from llmcost.runtime.open_inputs import check_any, count_readable, reading_notes, running

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
    from llmcost.runtime.price_table import chosen_models

    models = chosen_models(table, option_values.words(patterns), (), at)
    return list(dict.fromkeys(one.tokenizer for one in models))


def total(inputs: Sequence[Input], tokenizer: str) -> Count:
    return add_counts([one.counts[tokenizer] for one in inputs])


def entries(inputs: Sequence[Input], names: Sequence[str]) -> Iterator[tuple[str, str, Count]]:
    """(input name, tokenizer, count) for every input under every tokenizer."""
    return ((one.name, name, one.counts[name]) for one in inputs for name in names)


def human(inputs: Sequence[Input], names: Sequence[str]) -> Grid:
    columns = [
        *(Column(_("tokens"), right=True), Column(_("low–high"), right=True)),
        *(Column(_("tokenizer")), Column(_("input"), fold=True)),
    ]
    rows = list(entries(inputs, names))
    if len(inputs) > 1:
        rows += [(_("total"), name, total(inputs, name)) for name in names]
    return grid(columns, ([*figures(count), name, one] for one, name, count in rows))


def figures(count: Count) -> tuple[str, str]:
    if count.exact:
        return f"{count.tokens:,}", ""
    return f"~{count.tokens:,}", f"{count.low:,}–{count.high:,}"


def machine(inputs: Sequence[Input], names: Sequence[str]) -> Grid:
    """One row an input and tokenizer; no total, which a program adds up by itself."""
    figures = ("tokens", "low", "high")
    titles = (*figures, "exact", "tokenizer", "input")
    columns = [Column(title, right=title in figures) for title in titles]
    return grid(
        columns,
        (
            [
                *(str(count.tokens), str(count.low), str(count.high)),
                *("yes" if count.exact else "no", name, one),
            ]
            for one, name, count in entries(inputs, names)
        ),
    )


def document(inputs: Sequence[Input], names: Sequence[str]) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.count/1`."""
    return {
        "schema": "llmcost.count/1",
        "inputs": [
            {"name": one.name, "bytes": one.bytes, "characters": one.characters} for one in inputs
        ],
        "results": [
            {"name": one, **counted(name, count)} for one, name, count in entries(inputs, names)
        ],
        "totals": [counted(name, total(inputs, name)) for name in names],
    }


def counted(tokenizer: str, count: Count) -> dict[str, Any]:
    return {
        "tokenizer": tokenizer,
        "count": count.tokens,
        "exact": count.exact,
        "low": count.low,
        "high": count.high,
        "method": count.method,
    }
