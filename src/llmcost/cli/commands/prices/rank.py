"""`llmcost prices rank`: which model is cheapest for the same text, whatever its tokens?"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmcost.cli import clock, options
from llmcost.cli.gates import days_of, nothing_priced, one_of, too_old
from llmcost.cli.options import Format
from llmcost.cli.output import WIDE, Output, draw, format_for, render, width
from llmcost.errors import UnreadableInput, UsageError
from llmcost.messages import say

if TYPE_CHECKING:
    from llmcost.planning.estimate import Input
    from llmcost.planning.exchange import Exchange
    from llmcost.planning.rank import Effective, Ranking
    from llmcost.planning.terms import Terms
    from llmcost.sources.read import TextStream

TOP = 20  # of one text; of several, half as many each
MOST_NAMED = 4


class Sort(StrEnum):
    INPUT = "input"
    OUTPUT = "output"
    RATE = "rate"
    TOKENS = "tokens"
    MODEL = "model"
    PROVIDER = "provider"


class Language(StrEnum):
    """The samples that come with the package, in data/samples."""

    ZH = "zh"
    EN = "en"
    CODE = "code"


def rank(
    text: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="FILE", help="A text of yours, in place of our samples."),
    ] = None,
    text_lang: Annotated[
        list[Language] | None, typer.Option("--text-lang", help="Only this one of our samples.")
    ] = None,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    at: options.At = None,
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency", metavar="CNY|USD", help="Default: the one all bill in, else CNY."
        ),
    ] = None,
    fx: options.ExchangeRate = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help=f"Default on a terminal: {TOP}."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show every model.")] = False,
    sort: Annotated[
        Sort, typer.Option("--sort", help="Order of the rows; `rate` is per 1M tokens.")
    ] = Sort.INPUT,
    format: options.FormatName = None,
    max_age: options.MaxAge = None,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
) -> Output:
    """Rank models by what the same text costs per 1,000 characters.

    Cheap tokens can be expensive text: each tokenizer cuts it differently. Without --text, three
    samples are ranked: Chinese, English and code.

    Example: llmcost prices rank --text manual.txt --top 5
    """
    from msgspec.structs import replace

    from llmcost.cli.counted import count_inputs, reading_notes
    from llmcost.cli.exchange import exchange_for
    from llmcost.cli.known import known_tokenizers
    from llmcost.cli.tables import chosen_models, load_table
    from llmcost.cli.terms import time_of
    from llmcost.planning.rank import rank as compare
    from llmcost.planning.terms import Terms
    from llmcost.prices.calendar import RealCalendar
    from llmcost.report.rank import used

    oldest = days_of(max_age)
    when = time_of(as_of, at, clock.now())
    terms = Terms(at=when.at, hours=when.hours)
    table = load_table(prices, terms.at.date())
    names = options.words(model), options.words(provider)
    models = chosen_models(table, *names, terms.at, kind="chat")
    exchange = exchange_for(table, models, currency, options.rate(fx), terms.at)
    streams = streams_of(text or [], text_lang or [], encoding)
    inputs = count_inputs(
        streams, sorted({one.tokenizer for one in models}), known_tokenizers(table)
    )
    if not text:
        inputs = [replace(one, name=Path(one.name).stem) for one in inputs]
    check_not_empty(inputs)
    format = format_for(format)
    most = how_many(top, all_, format, len(inputs))
    rankings = [compare(table, models, one, terms, exchange, RealCalendar()) for one in inputs]
    shown = [(one, ordered(one, sort)[:most]) for one in rankings]
    failure, also = one_of(
        too_old(used([(one, one.lines) for one in rankings]), oldest),
        nothing_priced([one for one in rankings if one.lines], rankings[0].read.excluded),
    )
    notes = [*reading_notes(streams), *talk(shown, all_), *also]
    return Output(present(shown, terms, exchange, format), notes, failure)


def streams_of(
    paths: Sequence[str], languages: Sequence[Language], encoding: str
) -> list["TextStream"]:
    from llmcost.prices.load import bundled
    from llmcost.sources.read import open_inputs

    if paths and languages:
        said = say("--text is a text of yours, --text-lang one of ours")
        raise UsageError(said, hint=say("give one of them"))
    if paths:
        return open_inputs(paths, encoding)
    chosen = dict.fromkeys(languages or Language)
    return open_inputs([str(bundled(f"samples/{one}.txt")) for one in chosen])


def check_not_empty(inputs: Sequence["Input"]) -> None:
    for one in inputs:
        if not one.characters:
            said = say("`{name}` is empty: there is nothing to rank by", name=one.name)
            raise UnreadableInput(said)


def how_many(top: int | None, everything: bool, format: Format, texts: int) -> int | None:
    """Of each text. Tables on a screen are for reading, so they are short unless asked."""
    if everything:
        return None
    if top is None and format is Format.TABLE:
        return TOP if texts == 1 else TOP // 2
    return top


def ordered(ranking: "Ranking", sort: Sort) -> Sequence["Effective"]:
    """The lines in the order asked for; what has no figure comes last."""
    last = (True, Decimal(0))
    keys: dict[Sort, Callable[[Effective], Any]] = {
        Sort.INPUT: lambda one: one.rank,
        Sort.OUTPUT: lambda one: last if one.output is None else (False, one.output.amount),
        Sort.RATE: lambda one: one.input.amount / (one.tokens.amount or 1),
        Sort.TOKENS: lambda one: one.tokens.amount,
        Sort.MODEL: lambda one: one.line.model.id.casefold(),
        Sort.PROVIDER: lambda one: one.line.model.provider,
    }
    return sorted(ranking.lines, key=keys[sort])


def present(
    shown: Sequence[tuple["Ranking", Sequence["Effective"]]],
    terms: "Terms",
    exchange: "Exchange",
    format: Format,
) -> str:
    """Data in one piece; for people a table a text, each under its title."""
    from llmcost.report import rank as report
    from llmcost.report.grid import markdown

    if format in (Format.TABLE, Format.MD):
        wide = format is Format.MD or width() >= WIDE
        written = draw if format is Format.TABLE else markdown
        return "\n".join(
            f"{report.title(ranking)}\n\n{written(report.human(lines, wide=wide))}"
            for ranking, lines in shown
        )
    return render(
        format,
        human=lambda: report.machine(shown),
        machine=lambda: report.machine(shown),
        document=lambda: report.document(shown, terms, exchange),
    )


def talk(shown: Sequence[tuple["Ranking", Sequence["Effective"]]], everything: bool) -> list[str]:
    from llmcost.report import rank as report

    rest = max(len(ranking.lines) - len(lines) for ranking, lines in shown)
    more = [say("{number} more models; --all shows them", number=rest)] if rest else []
    most = max(len(ranking.read.excluded) for ranking, _ in shown) if everything else MOST_NAMED
    return [*more, *report.notes(shown), *report.left_out(shown, most)]
