"""`llmcost count`: how many tokens is this, under each tokenizer?"""

from collections.abc import Sequence
from typing import Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.output import Output, format_for, render
from llmcost.errors import UnknownTokenizer, UsageError


def count(
    paths: options.Paths = None,
    model: options.ModelPatterns = None,
    tokenizer: Annotated[
        list[str] | None,
        typer.Option("-t", "--tokenizer", metavar="NAME", help="Only this tokenizer; repeatable."),
    ] = None,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
) -> Output:
    """Count tokens per file and in total, like wc.

    Under all tokenizers if none is named.

    Example: llmcost count README.md -t o200k_base
    """
    from llmcost.cli.counted import count_inputs, reading_notes
    from llmcost.report import count as report
    from llmcost.sources.read import open_inputs

    names = tokenizer_names(options.words(tokenizer))
    if model:
        names += [one for one in of_models(model, as_of, prices) if one not in names]
    names = names or list(tokenizer_names(["*"]))
    if quiet and len(names) != 1:
        raise UsageError(
            f"-q prints one number, not {len(names)}", hint="name one tokenizer with -t or one -m"
        )
    streams = open_inputs(paths or [], encoding)
    inputs = count_inputs(streams, names)
    if quiet:
        return Output(f"{report.total(inputs, names[0]).tokens}\n")
    text = render(
        format_for(format),
        human=lambda: report.human(inputs, names),
        machine=lambda: report.machine(inputs, names),
        document=lambda: report.document(inputs, names),
    )
    return Output(text, reading_notes(streams))


def tokenizer_names(wanted: Sequence[str]) -> list[str]:
    """The tokenizers of these names or globs. Raises UnknownTokenizer."""
    from fnmatch import fnmatchcase

    from llmcost.tokens.tokenizers import TOKENIZERS

    found: list[str] = []
    for pattern in wanted:
        matches = [name for name in TOKENIZERS if fnmatchcase(name, pattern)]
        if not matches:
            raise UnknownTokenizer(
                f"unknown tokenizer: `{pattern}`", hint="known are " + ", ".join(TOKENIZERS)
            )
        found += [name for name in matches if name not in found]
    return found


def of_models(patterns: Sequence[str], as_of: str | None, prices: options.PriceFiles) -> list[str]:
    """The tokenizers of the models named."""
    from llmcost.cli.tables import chosen_models, load_table

    at = options.instant(as_of, clock.now())
    models = chosen_models(load_table(prices, at.date()), options.words(patterns), (), at)
    return list(dict.fromkeys(one.tokenizer for one in models))
