"""`llmcost prices rank`: models by effective price, which is what 1,000 characters of a text cost.

So models are compared whatever their tokens are. Computation, tables, JSON document and notes.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from llmcost.cli import options
from llmcost.cli.option_groups import (
    AgeOptions,
    CurrencyOptions,
    ModelOptions,
    OptionGroup,
    RankedOptions,
    TimeOptions,
    grouped,
)
from llmcost.cli.output import (
    Output,
    around,
    draw,
    format_for,
    render,
    rows_beside,
    width,
)
from llmcost.commands.estimate.compute import Estimate, Line, estimate
from llmcost.commands.estimate.estimate_legend import (
    condition_notes,
    names_of,
    needs_rate,
    short_legend,
)
from llmcost.errors import UnreadableInput, UsageError
from llmcost.language import _, spoken, told
from llmcost.messages import joined, say, visible
from llmcost.money import PER, SYMBOLS, ZERO, Exchange, Range, convert
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.pricing.reference import Reference
from llmcost.pricing.schedule import Calendar
from llmcost.pricing.terms import Amount, Terms
from llmcost.pricing.usage import Input
from llmcost.render.result_table import (
    ResultColumn,
    Selection,
    for_people,
    for_programs,
    name_columns,
    number_column,
    text_column,
    times_cells,
    versus_columns,
    versus_document,
)
from llmcost.render.table import Format, Grid, grid, markdown
from llmcost.render.text import (
    data,
    fixed,
    fx_document,
    money,
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
    from llmcost.runtime.reference_choice import ReferenceChoice
    from llmcost.tokenizers.registry import Tokenizer

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
    ratio: Decimal | None = None

    @property
    def model(self) -> Model:
        return self.line.model

    @property
    def is_free(self) -> bool:
        return self.line.is_free


class Ranking(msgspec.Struct, frozen=True):
    """A text, cheapest model first; `read` is the estimate behind it. `free` models do not rank."""

    text: Input
    read: Estimate
    lines: tuple[Effective, ...]
    free: tuple[Line, ...]
    reference: Reference | None = None


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
    free = tuple(line for line in read.lines if line.is_free)
    lines = (
        effective(line, writers.get(line.model.key), text.characters, exchange)
        for line in read.lines
        if not line.is_free
    )
    return Ranking(text, read, tuple(lines), free)


class RankMarket(msgspec.Struct, frozen=True):
    """What texts are priced with."""

    table: PriceTable
    terms: Terms
    exchange: "Exchange"
    calendar: Calendar
    reference: "ReferenceChoice"

    def ranking(self, models: Iterable[Model], text: Input) -> Ranking:
        prices = (self.terms, self.exchange, self.calendar)
        found = ranked_prices(self.table, models, text, *prices)
        if not self.reference.name:
            return found
        named = self.reference.models
        other = ranked_prices(self.table, named, text, *prices) if named else None
        return compared(found, other, self.reference)


def effective(line: Line, writer: Line | None, characters: int, exchange: Exchange) -> Effective:
    count = line.tokens
    tokens = Range(Decimal(count.tokens), Decimal(count.low), Decimal(count.high), "")
    found = Effective(
        rank=line.rank,
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
    output = per_characters(cost.to(exchange.currency, exchange.rates), characters)
    return msgspec.structs.replace(found, output=output, output_rate=output_rate)


def rate(amount: Decimal, tokens: int) -> Decimal:
    """Per 1M tokens; of marginal bands, their mean over these tokens."""
    return amount * PER / tokens if tokens else ZERO


def per_characters(whole: Range, characters: int) -> Range:
    return scaled(whole, Decimal(CHARACTERS), characters, whole.currency)


def scaled(one: Range, factor: Decimal, divisor: int, currency: str) -> Range:
    amount, low, high = (value * factor / divisor for value in (one.amount, one.low, one.high))
    return Range(amount, low, high, currency)


def compared(ranking: Ranking, other: Ranking | None, choice: "ReferenceChoice") -> Ranking:
    """With the price of input tokens of each model beside that of another one, or a price."""
    exchange = ranking.read.exchange

    def price(one: Effective) -> Decimal:
        rate = one.input_rate
        return convert(rate, one.line.native.currency, exchange.currency, exchange.rates)

    costs = [price(one) for one in other.lines] if other else []
    reference = choice.costing(costs, other.read.excluded if other else (), exchange)
    lines = tuple(
        msgspec.structs.replace(one, ratio=reference.ratio(price(one), PER))
        for one in ranking.lines
    )
    return msgspec.structs.replace(ranking, lines=lines, reference=reference)


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
        list[str] | None, options.option("--text FILE", "Your own text instead of the samples.")
    ] = None
    text_lang: Annotated[
        list[Language] | None, options.option("--text-lang", "Sample text to use.")
    ] = None


class RankCurrencyOptions(CurrencyOptions, frozen=True):
    """What amounts are shown in: one currency, as a ranking needs."""

    currency: Annotated[
        str | None,
        options.option("--currency CODE", "Display currency; default: the common one, else CNY."),
    ] = None
    fx: options.ExchangeRate = None  # after --currency, in the help


class RankedRowOptions(RankedOptions, frozen=True):
    """Which rows are shown, and in which order."""

    sort: Annotated[
        RankSort, options.option("--sort", "Order of the rows; `rate` is per 1M tokens.")
    ] = RankSort.INPUT
    vs: options.Versus = None

    def shown(
        self, rankings: Sequence[Ranking], format: Format, named: Collection[str] | None
    ) -> "Shown":
        """The rows of each text; several share the screen."""
        fitting = rows_beside(SCREEN) // (1 if len(rankings) == 1 else 2)
        return [
            (
                one,
                self.select(
                    *(ordered(one, self.sort), format),
                    named=named,
                    same=equal_rows,
                    fitting=fitting,
                ),
            )
            for one in rankings
        ]


@grouped
def rank(
    *,
    texts: TextOptions,
    models: ModelOptions,
    time: TimeOptions,
    currency: RankCurrencyOptions,
    rows: RankedRowOptions,
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
    from llmcost.runtime.open_inputs import reading_notes
    from llmcost.runtime.price_table import load_table, others_of, selection_notes
    from llmcost.runtime.reference_choice import reference_choice

    options.refuse_beside("--all", rows.all_, {"--top": rows.top is not None})
    options.refuse_without("--text", bool(texts.text), {"--encoding": encoding != "utf-8"})
    oldest, when = age.oldest, time.when
    terms = Terms(at=when.at, hours=when.hours)
    table = load_table(age.prices, terms.at.date())
    selection = models.chosen(table, terms.at, everything=rows.all_)
    chosen = selection.models
    reference = reference_choice(table, rows.vs, terms.at)
    exchange = currency.exchange(table, chosen, terms.at, reference.amounts(table))
    format = format_for(format)
    streams = streams_of(texts, format, encoding)
    inputs = counted_texts(streams, table, [*chosen, *reference.models], are_samples=not texts.text)
    market = RankMarket(table, terms, exchange, RealCalendar(), reference)
    rankings = [market.ranking(chosen, one) for one in inputs]
    shown = rows.shown(rankings, format, models.named)
    failure, also = one_of(
        too_old(lambda: used([(one, Selection(one.lines)) for one in rankings]), oldest),
        nothing_priced([one for one in rankings if one.lines], rankings[0].read.excluded),
    )
    characters = CHARACTERS, CHARACTERS
    others = others_of(table, selection, terms.at, exchange, characters)
    of_models = selection_notes(selection, others)
    languages = other_samples(texts, format)
    notes = [*reading_notes(streams), *languages, *all_notes(shown, rows.all_), *also, *of_models]
    rest = max(one.rest for _, one in shown)
    rows_shown = sum(len(one.rows) for _, one in shown)
    counts = (rows_shown, rest, len(rankings[0].free), len(rankings[0].read.excluded))
    brief = rows.brief([*selection.notes, *languages, *legend(shown)], *counts, notes, others)
    return Output(present(shown, terms, exchange, format, notes), notes, failure, brief)


def sample_languages(chosen: Sequence[Language] | None, format: Format) -> Sequence[Language]:
    """The samples that are ranked by: on a screen the one of the reader's language."""
    if chosen or format is not Format.TABLE or not sys.stdout.isatty():
        return chosen or list(Language)
    return [Language(spoken())]


def other_samples(texts: TextOptions, format: Format) -> list[str]:
    """How the samples are named that a screen has no room for."""
    if texts.text or len(sample_languages(texts.text_lang, format)) > 1 or texts.text_lang:
        return []
    others = joined(one for one in Language if one != spoken())
    return [say("other samples: --text-lang ({languages})", languages=others)]


def counted_texts(
    streams: Sequence["TextStream"],
    table: PriceTable,
    models: Sequence[Model],
    *,
    are_samples: bool,
) -> list[Input]:
    """The texts under every tokenizer of the models; a sample has its plain name. Raises
    UnreadableInput."""
    from llmcost.runtime.tokenizer_choice import known_tokenizers

    names, known = sorted({one.tokenizer for one in models}), known_tokenizers(table)
    if are_samples:
        return [sample_counted(stream, names, known) for stream in streams]
    from llmcost.runtime.open_inputs import count_inputs

    inputs = count_inputs(streams, names, known)
    check_not_empty(inputs)
    return inputs


def sample_counted(
    stream: "TextStream", names: Sequence[str], known: Mapping[str, "Tokenizer"]
) -> Input:
    """The sample under these tokenizers; of our own ones, its counts are known."""
    from llmcost.tokenizers.estimator import sample_count
    from llmcost.tokenizers.registry import tokenizer

    sample = Path(stream.name).stem
    each = {name: tokenizer(name, known) for name in names}
    ours = {name: sample_count(one, sample) for name, one in each.items() if is_ours(one)}
    others = [name for name in names if name not in ours]
    if others:
        from llmcost.runtime.open_inputs import count_inputs

        (read,) = count_inputs([stream], others, known)
        return msgspec.structs.replace(read, name=sample, counts={**ours, **read.counts})
    for _block in stream:  # from here on it knows how long it is
        pass
    return Input(sample, stream.bytes, stream.characters, ours)


def is_ours(one: "Tokenizer") -> bool:
    """Whether a tokenizer counts as this package does everywhere: for Claude's, a reconstruction
    may be installed."""
    from llmcost.pricing.usage import base_name
    from llmcost.tokenizers.claude import is_installed
    from llmcost.tokenizers.registry import names

    is_known = one.supply is None and base_name(one.name) in names()
    return is_known and not (one.generation and is_installed())


def streams_of(texts: TextOptions, format: Format, encoding: str) -> list["TextStream"]:
    from llmcost.files import bundled
    from llmcost.inputs.text_stream import open_inputs

    if texts.text and texts.text_lang:
        said = say("use either --text, your own text, or --text-lang, a sample")
        raise UsageError(said, hint=say("give one of them"))
    if texts.text:
        return open_inputs(texts.text, encoding)
    chosen = dict.fromkeys(sample_languages(texts.text_lang, format))
    return open_inputs([str(bundled(f"samples/{one}.txt")) for one in chosen])


def check_not_empty(inputs: Sequence["Input"]) -> None:
    for one in inputs:
        if not one.characters:
            said = say("`{name}` is empty: there is nothing to rank by", name=one.name)
            raise UnreadableInput(said)


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
    shown: "Shown", terms: "Terms", exchange: "Exchange", format: Format, notes: Sequence[str]
) -> str:
    """Data in one piece; for people a table a text, each under its title."""
    if format in (Format.TABLE, Format.MD):
        room = None if format is Format.MD else width()
        written = draw if format is Format.TABLE else markdown
        return "\n".join(
            around(
                format,
                f"{title(ranking)}\n",
                written(for_people(columns(ranking, one), one.rows, room)),
                conclusion(ranking, one.rows),
            )
            for ranking, one in shown
        )
    return render(
        format,
        machine=lambda: machine(shown),
        document=lambda: document(shown, terms, exchange, notes),
    )


def all_notes(shown: "Shown", everything: bool) -> list[str]:
    rest = max(one.rest for _, one in shown)
    most = max(len(ranking.read.excluded) for ranking, _ in shown) if everything else MOST_NAMED
    return [*more_models(rest), *notes(shown), *left_out(shown, most)]


def legend(shown: "Shown") -> Iterator[str]:
    """What a reader must know of the figures, in parts of a line."""
    lines = [one.line for _, found in shown for one in found.rows]
    read = shown[0][0].read
    yield from short_legend(read, lines, used(shown))


Shown = Sequence[tuple[Ranking, Selection[Effective]]]
SPREAD = ("amount", "low", "high")
SCREEN = 8  # lines beside the rows of a table
DIGITS = 2  # of the smallest amount


def title(ranking: Ranking) -> str:
    text = ranking.text
    return _(
        "{name}: {characters:,} characters; tokens and prices are per {unit:,}",
        name=text.name,
        characters=text.characters,
        unit=CHARACTERS,
    )


def conclusion(ranking: Ranking, rows: Sequence[Effective]) -> str:
    """The cheapest to read, and to write where that is another; nothing where there is no
    choice."""
    writers = [one for one in ranking.lines if one.output is not None]
    if len(rows) < 2 or not writers:
        return ""
    read, written = ranking.lines[0].model.id, min(writers, key=written_cost).model.id
    if read == written:
        return _("cheapest input and output: {model}", model=visible(read)) + "\n"
    said = say("cheapest input: {read}; cheapest output: {written}", read=read, written=written)
    return visible(told(said)) + "\n"


def written_cost(one: Effective) -> Decimal:
    return one.output.amount if one.output is not None else ZERO


def equal_rows(one: Effective) -> object:
    """What rows have in common that are one to their maker."""
    return one.input_rate, one.output_rate, one.tokens, one.line.native.currency


def columns(
    ranking: Ranking, selection: Selection[Effective] | None = None
) -> list[ResultColumn[Effective]]:
    """Prices per 1M tokens as the provider states them, per 1,000 characters as they rank; every
    column, in the order that programs rely on."""
    rank, model, provider = name_columns(selection)
    return [
        text_column("text", lambda one: ranking.text.name),
        *(rank, model, provider),
        *spread("tokens", lambda one: one.tokens),
        text_column("exact", lambda one: one.line.tokens.exact),
        number_column("input_rate", lambda one: one.input_rate),
        number_column("output_rate", lambda one: one.output_rate),
        text_column("rate_currency", lambda one: one.line.native.currency),
        *spread("input", lambda one: one.input),
        *spread("output", lambda one: one.output),
        text_column("currency", lambda one: one.input.currency),
        number_column("from", lambda one: one.line.row.start.isoformat()),
        number_column("checked", lambda one: one.line.row.checked.isoformat()),
        *for_people_alone(ranking),
    ]


def for_people_alone(ranking: Ranking) -> Iterator[ResultColumn[Effective]]:
    least = ranking.lines[0].input.amount if ranking.lines else ZERO
    yield ResultColumn(
        title=_("input"), cells=lambda rows: price_cells([one.input for one in rows]), worth=10,
        is_kept=True,
    )  # fmt: skip
    yield ResultColumn(
        title=_("output"), cells=lambda rows: price_cells([one.output for one in rows]), worth=11
    )
    yield from versus_columns(ranking.reference, lambda one: one.ratio, 12)
    yield ResultColumn(
        title="" if ranking.reference else "×",
        cells=lambda rows: times_cells([one.input.amount for one in rows], least),
        worth=12,
    )
    yield ResultColumn(
        title=_("1M in"), cells=lambda rows: [rate_cell(one) for one in rows], worth=13
    )
    yield ResultColumn(
        title=_("tokens"), cells=lambda rows: [tokens_cell(one) for one in rows], worth=14
    )
    yield ResultColumn(title=_("low–high"), cells=range_cells, worth=99)


def spread(key: str, of: Callable[[Effective], Range | None]) -> Iterator[ResultColumn[Effective]]:
    """An amount and its bounds."""

    def side(name: str) -> Callable[[Effective], Decimal | None]:
        return lambda one: None if (found := of(one)) is None else getattr(found, name)

    for name in SPREAD:
        yield ResultColumn(key=key if name == "amount" else f"{key}_{name}", value=side(name))


def rate_cell(one: Effective) -> str:
    return SYMBOLS[one.line.native.currency] + plain(one.input_rate)


def tokens_cell(one: Effective) -> str:
    return f"{'' if one.line.tokens.exact else '~'}{fixed(one.tokens.amount, 0)}"


def price_cells(prices: Sequence[Range | None]) -> list[str]:
    digits = places((one.amount for one in prices if one is not None), DIGITS)
    return ["" if one is None else money(one.amount, one.currency, digits) for one in prices]


def range_cells(rows: Sequence[Effective]) -> list[str]:
    digits = places((one.input.amount for one in rows), DIGITS)
    return [range_cell(one.input, digits) for one in rows]


def machine(shown: Shown) -> Grid:
    """One row a text and model, amounts with all their digits."""
    grids = [for_programs(columns(ranking), one.rows) for ranking, one in shown]
    return grid(grids[0].columns, (row for each in grids for row in each.rows))


def document(
    shown: Shown, terms: Terms, exchange: Exchange, notes: Sequence[str]
) -> dict[str, Any]:
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
        "results": [line_document(ranking, one) for ranking, found in shown for one in found.rows],
        "excluded": [
            {"text": ranking.text.name, **excluded_document(one)}
            for ranking, _ in shown
            for one in ranking.read.excluded
        ],
        "free": list(dict.fromkeys(line.model.key for one, _ in shown for line in one.free)),
        "notes": list(notes),
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
            **{name: data(getattr(one.tokens, name)) for name in SPREAD},
            "exact": line.tokens.exact,
            "method": line.tokens.method,
        },
        "rates": {
            "input": data(one.input_rate),
            "output": plain_or_none(one.output_rate),
            "currency": line.native.currency,
        },
        "input": range_document(one.input),
        "output": None if one.output is None else range_document(one.output),
        **versus_document(ranking.reference, one.ratio),
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
        priced = [one.line for one in lines.rows]
        if any(not line.tokens.exact for line in priced):
            found.append(say("~ estimated tokens (no public vocabulary): the price is a range"))
        found += condition_notes(ranking.read.terms, priced)
        if ranking.free:
            found.append(say("free, so not ranked: {models}", models=names_of(ranking.free)))
        if ranking.read.exchange.rates and needs_rate(ranking.read):
            found.append(rate_note(ranking.read.exchange, ranking.read.terms.at))
        if ranking.reference is not None:
            name = ranking.reference.name
            found.append(say("× and %: the price of input tokens against {name}", name=name))
    return [*dict.fromkeys(found), *age_notes(used(shown))]


def used(shown: Shown) -> list[Held]:
    """The prices of these lines, the longest unread first."""
    lines = {
        one.line.model.key: (ranking, one.line) for ranking, found in shown for one in found.rows
    }
    return longest_unread(
        held(line.model, line.row, ranking.read.terms.at) for ranking, line in lines.values()
    )


def left_out(shown: Shown, most: int) -> list[str]:
    found = (note for ranking, _ in shown for note in excluded_notes(ranking.read.excluded, most))
    return list(dict.fromkeys(found))
