"""`llmcost prices rank`: models by effective price, which is what 1,000 characters of a text cost.

So models are compared whatever their tokens are. Computation, tables, JSON document and notes.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from llmcost.cli import options
from llmcost.cli.option_groups import (
    AgeOptions,
    CurrencyOptions,
    ModelOptions,
    OptionGroup,
    TimeOptions,
    grouped,
)
from llmcost.cli.output import WIDE, Output, draw, format_for, render, width
from llmcost.commands.estimate.compute import Estimate, Line, estimate
from llmcost.commands.estimate.view import condition_notes, names_of, needs_rate
from llmcost.errors import UnreadableInput, UsageError
from llmcost.language import _
from llmcost.messages import say, visible
from llmcost.money import PER, SYMBOLS, ZERO, Exchange, Range
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.price_rows import Model, PriceState, PriceTable
from llmcost.pricing.schedule import Calendar
from llmcost.pricing.terms import Amount, Terms
from llmcost.pricing.usage import Input
from llmcost.render.table import Column, Format, Grid, grid
from llmcost.render.text import (
    fixed,
    fx_document,
    money,
    percent_cell,
    places,
    plain,
    plain_or_none,
    range_cell,
    range_document,
    rate_note,
)
from llmcost.render.wording import (
    age_document,
    age_notes,
    excluded_document,
    excluded_notes,
    more_models,
)
from llmcost.runtime.gates import nothing_priced, one_of, too_old

if TYPE_CHECKING:
    from llmcost.inputs.text_stream import TextStream
    from llmcost.money import Exchange

CHARACTERS = 1_000
AS_MUCH = Amount(share=Decimal(1))


class Effective(msgspec.Struct, frozen=True):
    """One model and one text. `input` and `output` are per 1,000 characters of it, in the currency
    that ranks; `input_rate` and `output_rate` per 1M tokens, in the provider's own.

    Output is priced as if the model wrote the same text; None where it cannot, or has no price.
    """

    rank: int
    line: Line
    tokens: Range
    input: Range
    input_rate: Decimal
    output: Range | None = None
    output_rate: Decimal | None = None


class Ranking(msgspec.Struct, frozen=True):
    """A text, cheapest model first; `read` is the estimate behind it. `free` models do not rank."""

    text: Input
    read: Estimate
    lines: tuple[Effective, ...]
    free: tuple[Line, ...]


def ranked_prices(
    table: PriceTable,
    models: Iterable[Model],
    text: Input,
    terms: Terms,
    exchange: Exchange,
    calendar: Calendar,
) -> Ranking:
    """Every model that can read a text of at least one character, as one request."""
    chosen = list(models)
    read, written = (
        estimate(
            table, chosen, [text], msgspec.structs.replace(terms, output=output), exchange, calendar
        )
        for output in (None, AS_MUCH)
    )
    writers = {line.model.key: line for line in written.lines}
    free = tuple(line for line in read.lines if line.row.state is PriceState.FREE)
    priced = [line for line in read.lines if line.row.state is not PriceState.FREE]
    lines = (
        effective(place, line, writers.get(line.model.key), text.characters, exchange)
        for place, line in enumerate(priced, 1)
    )
    return Ranking(text, read, tuple(lines), free)


def effective(
    place: int, line: Line, writer: Line | None, characters: int, exchange: Exchange
) -> Effective:
    count = line.tokens
    tokens = Range(Decimal(count.tokens), Decimal(count.low), Decimal(count.high), "")
    found = Effective(
        rank=place,
        line=line,
        tokens=per_characters(tokens, characters),
        input=per_characters(line.cost, characters),
        input_rate=rate(line.native.amount, count.tokens),
    )
    if writer is None:
        return found
    paid = sum((part.amount for part in writer.parts if part.item.startswith("output")), ZERO)
    output_rate = rate(paid, count.tokens)
    cost = scaled(tokens, output_rate, PER, line.native.currency)
    output = per_characters(cost.to(exchange.currency, exchange.rate), characters)
    return msgspec.structs.replace(found, output=output, output_rate=output_rate)


def rate(amount: Decimal, tokens: int) -> Decimal:
    """Per 1M tokens; of marginal bands, their mean over these tokens."""
    return amount * PER / tokens if tokens else ZERO


def per_characters(whole: Range, characters: int) -> Range:
    return scaled(whole, Decimal(CHARACTERS), characters, whole.currency)


def scaled(one: Range, factor: Decimal, divisor: int, currency: str) -> Range:
    amount, low, high = (value * factor / divisor for value in (one.amount, one.low, one.high))
    return Range(amount, low, high, currency)


TOP = 20  # of one text; of several, half as many each
MOST_NAMED = 4


class RankSort(StrEnum):
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


class TextOptions(OptionGroup, frozen=True):
    """What is ranked by."""

    text: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="FILE", help="Your own text instead of the samples."),
    ] = None
    text_lang: Annotated[
        list[Language] | None, typer.Option("--text-lang", help="Sample text to use.")
    ] = None


class RankCurrencyOptions(CurrencyOptions, frozen=True):
    """What amounts are shown in: one currency, as a ranking needs."""

    currency: Annotated[
        str | None,
        typer.Option(
            "--currency",
            metavar="CNY|USD",
            help="Display currency; default: the common one, else CNY.",
        ),
    ] = None
    fx: options.ExchangeRate = None  # after --currency, in the help


class RowOptions(OptionGroup, frozen=True):
    """Which rows are shown, and in which order."""

    top: Annotated[
        int | None,
        typer.Option(
            "--top", metavar="N", min=1, help=f"Number of rows; default on a terminal: {TOP}."
        ),
    ] = None
    all_: Annotated[bool, typer.Option("--all", help="Show every model.")] = False
    sort: Annotated[
        RankSort, typer.Option("--sort", help="Order of the rows; `rate` is per 1M tokens.")
    ] = RankSort.INPUT

    def shown(self, rankings: Sequence[Ranking], format: Format) -> "Shown":
        most = how_many(self.top, self.all_, format, len(rankings))
        return [(one, ordered(one, self.sort)[:most]) for one in rankings]


@grouped
def rank(
    *,
    texts: TextOptions,
    models: ModelOptions,
    time: TimeOptions,
    currency: RankCurrencyOptions,
    rows: RowOptions,
    format: options.FormatName = None,
    age: AgeOptions,
    encoding: options.Encoding = "utf-8",
) -> Output:
    """Rank models by the cost of the same text per 1,000 characters.

    Tokenizers differ, so cheap tokens can make expensive text. Without --text, three samples are
    ranked: Chinese, English and code.

    Examples:
      llmcost prices rank
      llmcost prices rank --text manual.txt --top 5
      llmcost prices rank -m 'qwen*,gpt-*' --currency USD
    """
    from llmcost.price_data.calendar import RealCalendar
    from llmcost.pricing.terms import Terms
    from llmcost.runtime.open_inputs import reading_notes
    from llmcost.runtime.price_table import load_table, selection_notes

    options.refuse_beside("--all", rows.all_, {"--top": rows.top is not None})
    options.refuse_without("--text", bool(texts.text), {"--encoding": encoding != "utf-8"})
    oldest, when = age.oldest, time.when
    terms = Terms(at=when.at, hours=when.hours)
    table = load_table(age.prices, terms.at.date())
    selection = models.chosen(table, terms.at, everything=rows.all_)
    chosen = selection.models
    exchange = currency.exchange(table, chosen, terms.at)
    streams = streams_of(texts.text or [], texts.text_lang or [], encoding)
    inputs = counted_texts(streams, table, chosen, are_samples=not texts.text)
    format = format_for(format)
    rankings = [
        ranked_prices(table, chosen, one, terms, exchange, RealCalendar()) for one in inputs
    ]
    shown = rows.shown(rankings, format)
    failure, also = one_of(
        too_old(used([(one, one.lines) for one in rankings]), oldest),
        nothing_priced([one for one in rankings if one.lines], rankings[0].read.excluded),
    )
    characters = CHARACTERS, CHARACTERS
    of_models = selection_notes(table, selection, terms.at, exchange, characters)
    notes = [*reading_notes(streams), *talk(shown, rows.all_), *also, *of_models]
    return Output(present(shown, terms, exchange, format), notes, failure)


def counted_texts(
    streams: Sequence["TextStream"],
    table: PriceTable,
    models: Sequence[Model],
    *,
    are_samples: bool,
) -> list[Input]:
    """The texts under every tokenizer of the models; a sample has its plain name. Raises
    UnreadableInput."""
    from msgspec.structs import replace

    from llmcost.runtime.open_inputs import count_inputs
    from llmcost.runtime.tokenizer_choice import known_tokenizers

    names = sorted({one.tokenizer for one in models})
    inputs = count_inputs(streams, names, known_tokenizers(table))
    if are_samples:
        inputs = [replace(one, name=Path(one.name).stem) for one in inputs]
    check_not_empty(inputs)
    return inputs


def streams_of(
    paths: Sequence[str], languages: Sequence[Language], encoding: str
) -> list["TextStream"]:
    from llmcost.inputs.text_stream import open_inputs
    from llmcost.price_data.loader import bundled

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


def ordered(ranking: "Ranking", sort: RankSort) -> Sequence["Effective"]:
    """The lines in the order asked for; what has no figure comes last."""
    last = (True, Decimal(0))
    keys: dict[RankSort, Callable[[Effective], Any]] = {
        RankSort.INPUT: lambda one: one.rank,
        RankSort.OUTPUT: lambda one: last if one.output is None else (False, one.output.amount),
        RankSort.RATE: lambda one: one.input.amount / (one.tokens.amount or 1),
        RankSort.TOKENS: lambda one: one.tokens.amount,
        RankSort.MODEL: lambda one: one.line.model.id.casefold(),
        RankSort.PROVIDER: lambda one: one.line.model.provider,
    }
    return sorted(ranking.lines, key=keys[sort])


def present(
    shown: Sequence[tuple["Ranking", Sequence["Effective"]]],
    terms: "Terms",
    exchange: "Exchange",
    format: Format,
) -> str:
    """Data in one piece; for people a table a text, each under its title."""
    from llmcost.render.table import markdown

    if format in (Format.TABLE, Format.MD):
        wide = format is Format.MD or width() >= WIDE
        written = draw if format is Format.TABLE else markdown
        return "\n".join(
            f"{title(ranking)}\n\n{written(human(lines, wide=wide))}" for ranking, lines in shown
        )
    return render(
        format,
        human=lambda: machine(shown),
        machine=lambda: machine(shown),
        document=lambda: document(shown, terms, exchange),
    )


def talk(shown: Sequence[tuple["Ranking", Sequence["Effective"]]], everything: bool) -> list[str]:

    rest = max(len(ranking.lines) - len(lines) for ranking, lines in shown)
    most = max(len(ranking.read.excluded) for ranking, _ in shown) if everything else MOST_NAMED
    return [*more_models(rest), *notes(shown), *left_out(shown, most)]


Lines = Sequence[Effective]
Shown = Sequence[tuple[Ranking, Lines]]
SPREAD = ("", "_low", "_high")
MACHINE = (
    *("text", "rank", "model", "provider", *(f"tokens{side}" for side in SPREAD)),
    *("exact", "input_rate", "output_rate", "rate_currency"),
    *(f"{basis}{side}" for basis in ("input", "output") for side in SPREAD),
    *("currency", "from", "checked"),
)
TEXTS = ("text", "model", "provider", "exact", "rate_currency", "currency")


def title(ranking: Ranking) -> str:
    text = ranking.text
    return _(
        "{name}: {characters:,} characters; tokens and prices are per {unit:,}",
        name=text.name,
        characters=text.characters,
        unit=CHARACTERS,
    )


def human(lines: Lines, *, wide: bool) -> Grid:
    """Prices per 1M tokens as the provider states them, per 1,000 characters as they rank."""
    columns = [
        *(Column("#", right=True), Column(_("model"), fold=True), Column(_("provider"))),
        *(Column(_("1M in"), right=True), Column(_("tokens"), right=True)),
        *(Column(_("input"), right=True), Column(_("low–high") if wide else "±", right=True)),
        Column(_("output"), right=True),
    ]
    digits = places(one.input.amount for one in lines)
    written = places(one.output.amount for one in lines if one.output is not None)
    rows = (
        [
            *(str(one.rank), visible(one.line.model.id), visible(one.line.model.provider)),
            *(rate_cell(one), tokens_cell(one), price_cell(one.input, digits)),
            range_cell(one.input, digits) if wide else percent_cell(one.input),
            price_cell(one.output, written),
        ]
        for one in lines
    )
    return grid(columns, rows)


def rate_cell(one: Effective) -> str:
    return SYMBOLS[one.line.native.currency] + plain(one.input_rate)


def tokens_cell(one: Effective) -> str:
    return f"{'' if one.line.tokens.exact else '~'}{fixed(one.tokens.amount, 0)}"


def price_cell(price: Range | None, digits: int) -> str:
    return "" if price is None else money(price.amount, price.currency, digits)


def machine(shown: Shown) -> Grid:
    """One row a text and model, amounts with all their digits."""
    columns = [Column(name, right=name not in TEXTS) for name in MACHINE]
    return grid(columns, (machine_row(ranking, one) for ranking, found in shown for one in found))


def machine_row(ranking: Ranking, one: Effective) -> list[str]:
    line = one.line
    return [
        *(ranking.text.name, str(one.rank), visible(line.model.id), visible(line.model.provider)),
        *(*spread(one.tokens), "yes" if line.tokens.exact else "no"),
        *(plain(one.input_rate), "" if one.output_rate is None else plain(one.output_rate)),
        *(line.native.currency, *spread(one.input), *spread(one.output), one.input.currency),
        *(line.row.start.isoformat(), line.row.checked.isoformat()),
    ]


def spread(one: Range | None) -> Iterable[str]:
    return ("", "", "") if one is None else map(plain, (one.amount, one.low, one.high))


def document(shown: Shown, terms: Terms, exchange: Exchange) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.rank/1`."""
    found: dict[str, Any] = {
        "schema": "llmcost.prices.rank/1",
        "as_of": terms.at.isoformat(),
        "currency": exchange.currency,
        "characters": CHARACTERS,
        "texts": [
            {"name": one.text.name, "bytes": one.text.bytes, "characters": one.text.characters}
            for one, _ in shown
        ],
        "results": [line_document(ranking, one) for ranking, found in shown for one in found],
        "excluded": [
            {"text": ranking.text.name, **excluded_document(one)}
            for ranking, _ in shown
            for one in ranking.read.excluded
        ],
        "free": list(dict.fromkeys(line.model.key for one, _ in shown for line in one.free)),
        "notes": notes(shown),
        **age_document(used(shown)),
    }
    return found | fx_document(exchange)


def line_document(ranking: Ranking, one: Effective) -> dict[str, Any]:
    line = one.line
    return {
        "text": ranking.text.name,
        "rank": one.rank,
        "model": line.model.id,
        "provider": line.model.provider,
        "tokens": {
            **dict(zip(("amount", "low", "high"), spread(one.tokens), strict=True)),
            "exact": line.tokens.exact,
            "method": line.tokens.method,
        },
        "rates": {
            "input": plain(one.input_rate),
            "output": plain_or_none(one.output_rate),
            "currency": line.native.currency,
        },
        "input": range_document(one.input),
        "output": None if one.output is None else range_document(one.output),
        "price": {
            "from": line.row.begins.isoformat(),
            "source": line.row.source,
            "checked": line.row.checked.isoformat(),
        },
    }


def notes(shown: Shown) -> list[str]:
    """What a reader must know to trust the figures; what holds for several texts once."""
    found: list[str] = []
    for ranking, lines in shown:
        priced = [one.line for one in lines]
        if any(not line.tokens.exact for line in priced):
            found.append(say("~ estimated tokens (no public vocabulary): the price is a range"))
        found += condition_notes(ranking.read.terms, priced)
        if ranking.free:
            found.append(say("free, so not ranked: {models}", models=names_of(ranking.free)))
        if ranking.read.exchange.rate is not None and needs_rate(ranking.read):
            found.append(rate_note(ranking.read.exchange, ranking.read.terms.at))
    return [*dict.fromkeys(found), *age_notes(used(shown))]


def used(shown: Shown) -> list[Held]:
    """The prices of these lines, the longest unread first."""
    lines = {one.line.model.key: (ranking, one.line) for ranking, found in shown for one in found}
    return longest_unread(
        held(line.model, line.row, ranking.read.terms.at) for ranking, line in lines.values()
    )


def left_out(shown: Shown, most: int) -> list[str]:
    found = (note for ranking, _ in shown for note in excluded_notes(ranking.read.excluded, most))
    return list(dict.fromkeys(found))
