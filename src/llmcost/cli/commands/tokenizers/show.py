"""`llmcost tokenizers`: which tokenizers are there, and how exact is each?"""

from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import clock, options
from llmcost.cli.options import Format
from llmcost.cli.output import Output, format_for, render, width
from llmcost.messages import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcost.pricing.table import Model
    from llmcost.report.tokenizers import Entry
    from llmcost.tokens.tokenizers import Tokenizer

SEVERAL = ("chinese", "unknown")  # stand for vocabularies of many vendors: no file is all of them


def show(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Names, globs or files; one name shows all of it."
        ),
    ] = None,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List tokenizers: how each is counted, how far off that may be, how many models use it.

    What an estimate may be off is said for English and code, for Chinese, for other scripts (of
    Europe, Japan and Korea) and for rare ones.

    Example: llmcost tokenizers claude
    """
    from llmcost.cli.known import known_tokenizers, named_tokenizers
    from llmcost.cli.tables import load_table
    from llmcost.pricing.catalog import on_sale
    from llmcost.report import tokenizers as report

    at = options.instant(as_of, clock.now())
    table = load_table(prices, at.date())
    wanted, known = named_tokenizers(names or ["*"], known_tokenizers(table))
    models = on_sale(table.models, at)
    found = [entry(known[name], models) for name in wanted]
    format = format_for(format)
    if format is Format.TABLE and names and len(found) == 1:
        return Output(report.details(found[0], width()))
    text = render(
        format,
        human=lambda: report.human(found),
        machine=lambda: report.machine(found),
        document=lambda: report.document(found, at),
    )
    return Output(text)


def entry(one: "Tokenizer", models: "Sequence[Model]") -> "Entry":
    """What there is to say of a tokenizer."""
    from llmcost.report.tokenizers import Entry
    from llmcost.tokens.kinds import bars, kind, method

    off = bars(one)
    return Entry(
        name=one.name,
        kind=kind(one),
        method=method(one),
        off=(off.latin, off.han, off.other, off.rare),
        models=tuple(model.key for model in models if model.tokenizer == one.name),
        better=better(one),
        **origin(one),
    )


def origin(one: "Tokenizer") -> dict[str, str]:
    """Where its vocabulary is from."""
    if one.supply is not None:
        return {
            "vocabulary": one.supply.source,
            "file": one.supply.path,
            "sha256": one.supply.sha256,
        }
    if not one.pack:
        return {}
    from llmcost.tokens.notices import notice

    found = notice(one.pack)
    return {
        "vocabulary": found.vocabulary,
        "package": found.package,
        "licence": found.licence,
        "sha256": found.digest.removeprefix("sha256:"),
    }


def better(one: "Tokenizer") -> str:
    """What would make it more exact."""
    from llmcost.errors import install
    from llmcost.tokens.kinds import Kind, kind

    if kind(one) is not Kind.ESTIMATED:
        return ""
    if one.generation:
        return say(
            "{command} (Python 3.12 or later) counts by a reconstruction",
            command=install("claude"),
        )
    if one.name in SEVERAL:
        return say("llmcost estimate -m MODEL -t FILE, for a model whose vocabulary you have")
    return say(
        "llmcost tokenizers add {name} PATH|HUB-ID, if you have its vocabulary", name=one.name
    )
