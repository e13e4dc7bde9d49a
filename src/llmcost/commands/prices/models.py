"""`llmcost models`: the price table as a list of models, or one model in full."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Annotated, Any

import msgspec

from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.option_groups import OptionGroup, RankedOptions, grouped
from llmcost.cli.output import Output, around, format_for, render, screen_lines, screen_room, width
from llmcost.errors import UsageError
from llmcost.language import _, is_english, told
from llmcost.messages import joined, say, visible
from llmcost.money import SYMBOLS
from llmcost.pricing.catalog import GLOB, row_at
from llmcost.pricing.price_notes import reader_note, source_names, whole_note
from llmcost.pricing.price_rows import (
    KINDS,
    Band,
    Model,
    Offer,
    PriceRow,
    PriceState,
    PriceTable,
    Provider,
)
from llmcost.pricing.quotes import Quote, quotes
from llmcost.render.result_table import (
    ResultColumn,
    for_people,
    for_programs,
    number_column,
    text_column,
)
from llmcost.render.table import Format
from llmcost.render.text import padded, plain
from llmcost.render.wording import (
    PRICES,
    band_document,
    iso,
    limits_of,
    more_models,
    offer_document,
    row_document,
    word,
)
from llmcost.runtime import clock, option_values

Remarks = Annotated[
    bool, options.option("--explain", "Add notes, conflicting sources and corrections.")
]
"""What is known of the origin of a price, beside its source."""


class ModelFilters(OptionGroup, frozen=True):
    """Which models are listed."""

    provider: options.Providers = None
    min_context: Annotated[
        int | None, options.option("--min-context N", "Minimum context window in tokens.", min=1)
    ] = None
    kind: Annotated[
        str | None, options.option("--kind KIND", "Only of a kind: chat, image, video, …")
    ] = None
    free: Annotated[bool, options.option("--free", "Only free models.")] = False
    retired: Annotated[
        bool, options.option("--retired", "Include models not on sale that day.")
    ] = False

    @property
    def is_given(self) -> bool:
        return bool(self.provider or self.min_context or self.kind or self.free or self.retired)

    def takes(self, model: Model, at: datetime) -> bool:
        context, row = model.context, row_at(model, at)
        return (
            (self.kind is None or model.kind == self.kind)
            and (self.min_context is None or (context is not None and context >= self.min_context))
            and (not self.free or (row is not None and row.state is PriceState.FREE))
        )


@grouped
def models(
    *,
    patterns: Annotated[
        list[str] | None,
        Argument(
            metavar="[MODEL]...", help="Ids, aliases or globs; a single id shows all details."
        ),
    ] = None,
    filters: ModelFilters,
    as_of: options.AsOf = None,
    rows: RankedOptions,
    explain: Remarks = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List models and prices, or one model in detail.

    Prices are per 1M tokens, or per unit sold, in the provider's currency.

    Examples:
      llmcost models
      llmcost models 'qwen*' --min-context 200000
      llmcost models deepseek-v4-pro
    """
    from llmcost.runtime.price_table import chosen_models, load_table

    check_kind(filters.kind)
    rows.refuse_idle_rows()
    at = option_values.instant(as_of, clock.now())
    table = load_table(prices)
    wanted = option_values.words(patterns) or (["*"] if filters.retired else [])
    sellers = option_values.words(filters.provider)
    selection = chosen_models(table, wanted, sellers, at, retired=filters.retired)
    found = [one for one in selection.models if filters.takes(one, at)]
    if not patterns:
        found.sort(key=lambda one: ORDER.find(one.lineup or "-") % len(ORDER))  # main ones first
    format = format_for(format)
    if format is Format.TABLE and is_one_id(wanted, found):
        idle = {"--top": rows.top is not None, "--all": rows.all_}
        options.refuse_beside(f"`{visible(found[0].id)}`", True, idle)
        return Output("\n".join(details(table, one, at, explain) for one in found))
    if explain:
        raise UsageError(
            say("--explain is for one model in a table"), hint=say("llmcost models ID --explain")
        )
    is_whole = not (wanted or filters.is_given)
    lines = listed(table, found, at)
    if is_whole and format is Format.TABLE and not rows.all_:
        lines = [one for one in lines if one.model.lineup] or lines
    shown = rows.first(lines, format, ["headline", "header"])
    rest = main_models(len(shown), len(found)) if is_whole else more_models(len(found) - len(shown))
    notes = [*selection.notes, *(rest if format is Format.TABLE else ())]
    notes = notes if found else [say("no model fits")]
    return Output(written(table, shown, at, format), notes, brief=rows.few(notes))


def written(table: PriceTable, shown: Sequence["ListedModel"], at: datetime, format: Format) -> str:
    text = render(
        format,
        human=lambda: for_people(columns(), shown, width() if format is Format.TABLE else None),
        machine=lambda: for_programs(columns(), shown),
        document=lambda: document(table, [one.model for one in shown], at),
    )
    is_read = format in (Format.TABLE, Format.MD) and shown
    head = _("prices per 1M tokens, or per unit that is sold") + "\n"
    return around(format, head, text, "") if is_read else text


def main_models(shown: int, all_of_them: int) -> list[str]:
    """What the rows are, where they are not all."""
    said = say(
        "{shown} of the main models; --all shows all {number:,}", shown=shown, number=all_of_them
    )
    return [said] if shown < all_of_them else []


def check_kind(kind: str | None) -> None:
    """Raises UsageError for a kind that no model can have."""
    if kind is not None and kind not in KINDS:
        hint = say("expected one of {kinds}", kinds=joined(KINDS))
        raise UsageError(say("unknown kind: `{kind}`", kind=kind), hint=hint)


def is_one_id(patterns: list[str], found: Sequence["Model"]) -> bool:
    """Whether one model was named, and not a family, a set or a glob."""
    is_id = len(patterns) == 1 and GLOB.isdisjoint(patterns[0])
    return is_id and len({one.id for one in found}) == 1


ORDER = "flagship balanced small -"
LABEL = 11  # columns of a fact's name
BASIS = ("billed_as", "evidence")
MADE = ("image_output", "video_output", "audio_output")

OFFER = ("price", "per", "what", "tokens", "months", "list", "prices")


class ListedModel(msgspec.Struct, frozen=True, dict=True):
    """A model, its price row of the day, and the currency of its provider."""

    model: Model
    row: PriceRow | None
    currency: str

    @property
    def first_prices(self) -> Mapping[str, Decimal]:
        """Of the first band."""
        return self.row.bands[0].prices if self.row and self.row.bands else {}

    @cached_property
    def sold(self) -> Quote | None:
        """The price of what is not text."""
        return next(unit_prices(self.row), None) if self.row else None


def listed(table: PriceTable, models: Sequence[Model], at: datetime) -> list[ListedModel]:
    currencies = {key: one.currency for key, one in table.providers.items()}
    return [ListedModel(one, row_at(one, at), currencies[one.provider]) for one in models]


def columns() -> list[ResultColumn[ListedModel]]:
    """Every column, in the order that programs rely on: they get the prices of the first band, and
    the number of bands; people `…` between the first and the last band's price."""
    return [
        shown_text("model", lambda one: one.model.id, _("model"), 1),
        shown_text("provider", lambda one: one.model.provider, _("provider"), 2),
        text_column("state", lambda one: one.row.state.value if one.row else ""),
        text_column("currency", lambda one: one.currency),
        *map(price_column, PRICES),
        number_column("bands", lambda one: len(one.row.bands) if one.row else 0),
        ResultColumn(
            key="context", value=lambda one: one.model.context, title=_("context"), worth=5,
            cells=lambda rows: [size(one.model.context) for one in rows],
        ),
        number_column("max_output", lambda one: one.model.max_output),
        shown_text("tokenizer", lambda one: one.model.tokenizer, _("tokenizer"), 6),
        text_column("from", lambda one: one.row.start.isoformat() if one.row else None),
        text_column("checked", lambda one: one.row.checked.isoformat() if one.row else None),
        text_column("kind", lambda one: one.model.kind),
        number_column("unit_price", lambda one: one.sold.price if one.sold else None),
        text_column("unit", lambda one: one.sold.per if one.sold else None),
    ]  # fmt: skip


def shown_text(
    key: str, of: Callable[[ListedModel], str], title: str, worth: int
) -> ResultColumn[ListedModel]:
    return ResultColumn(
        key=key, value=of, title=title, worth=worth, is_number=False, is_kept=worth == 1,
        cells=lambda rows: [visible(of(one)) for one in rows],
    )  # fmt: skip


def price_column(key: str) -> ResultColumn[ListedModel]:
    """A price per 1M tokens; people see those of input and output, or of what is sold instead."""
    titles = {"input": (_("input"), 3), "output": (_("output"), 4)}
    title, worth = titles.get(key, ("", 0))
    return ResultColumn(
        key=key, value=lambda one: one.first_prices.get(key), title=title, worth=worth,
        cells=lambda rows: [price_cell(one, key) for one in rows],
    )  # fmt: skip


def in_tokens(number: int) -> str:
    return _("{number:,} tokens", number=number)


def size(tokens: int | None) -> str:
    return "" if tokens is None else f"{tokens:,}"


def price_cell(one: ListedModel, key: str) -> str:
    row, symbol = one.row, SYMBOLS[one.currency]
    if row is None or row.state is not PriceState.PRICED:
        return word(row.state.value) if row else ""
    rates = [band.prices[key] for band in row.bands if key in band.prices]
    if rates:
        low, high = min(rates), max(rates)
        return symbol + (plain(low) if low == high else f"{plain(low)}…{plain(high)}")
    return unit_cell(row, symbol) if key == side_of(one.model) else ""


def side_of(model: Model) -> str:
    """Whether what is not sold by the token is read or written."""
    return "input" if model.kind in ("transcription", "ocr", "rerank") else "output"


def unit_cell(row: PriceRow, symbol: str) -> str:
    """`¥0.2 / image`: the price of a model that writes no text, or is not sold by the token."""
    found = next(unit_prices(row), None)
    return f"{symbol}{plain(found.price)} / {told(word(found.per))}" if found else ""


def unit_prices(row: PriceRow) -> Iterator[Quote]:
    """The prices of what is made but text, and of what is not sold by the token."""
    if row.bands and not any(item in band.prices for band in row.bands for item in MADE):
        return  # nearly always
    plain_ones = [one for one in quotes(row) if not one.condition]
    yield from (one for one in plain_ones if one.item in MADE)
    if not row.bands:
        yield from (one for one in plain_ones if one.band is None)


def document(table: PriceTable, models: Sequence[Model], at: datetime) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.models/1`."""
    return {
        "schema": "llmcost.models/1",
        "as_of": at.isoformat(),
        "results": [model_document(table, model, at) for model in models],
    }


def model_document(table: PriceTable, model: Model, at: datetime) -> dict[str, Any]:
    provider = table.providers[model.provider]
    current = row_at(model, at)
    return {
        "model": model.id,
        "provider": model.provider,
        "name": model.name,
        "currency": provider.currency,
        "tokenizer": model.tokenizer,
        "context": model.context,
        "max_output": model.max_output,
        "aliases": [
            {"id": one.id, "from": iso(one.start), "to": iso(one.end)} for one in model.aliases
        ],
        "released": iso(model.released),
        "retired": iso(model.retired),
        "note": model.note,
        "lineup": model.lineup or None,
        "superseded_by": model.superseded_by or None,
        "price": row_document(current) if current else None,
        "history": [row_document(row) for row in model.prices],
        "kind": model.kind,
        "fine_tuning": [offer_document(offer) for offer in model.fine_tuning],
        "deployment": [offer_document(offer) for offer in model.deployment],
        "packs": [offer_document(offer) for offer in model.packs],
        "corrections": list(model.corrections),
        "serves": model.serves or None,
    }


def details(table: PriceTable, model: Model, at: datetime, explain: bool) -> str:
    """Everything about one model, for people: its facts, then its prices, newest first, as many as
    fit on the screen. `explain`: all of them, with whole notes and what trackers have wrong."""
    provider = table.providers[model.provider]
    is_whole = explain or any(row.is_own for row in model.prices)
    facts = [
        (_("model"), visible(model.id)),
        (_("name"), visible(model.name)),
        (_("provider"), visible(f"{name_of(provider)} ({provider.id})")),
        (_("serves"), visible(model.serves)),
        (_("aliases"), joined(visible(one.id) for one in model.aliases)),
        (_("tokenizer"), model.tokenizer),
        (_("context"), in_tokens(model.context) if model.context else _("unknown")),
        (_("max output"), in_tokens(model.max_output) if model.max_output else ""),
        (_("released"), iso(model.released) or ""),
        (_("retired"), iso(model.retired) or ""),
        (_("kind"), word(model.kind) if model.kind != "chat" else ""),
        (_("note"), told(reader_note(model.note, is_whole=is_whole))),
    ]
    lines = [f"{padded(key, LABEL)}{told(value)}" for key, value in facts if value]
    lines += ["", _("prices in {currency} per 1M tokens", currency=provider.currency)]
    current, room = row_at(model, at), None if explain else screen_room()
    rows = [list(row_lines(row, row is current, explain)) for row in reversed(model.prices)]
    shown = len(rows)
    while (
        room is not None and shown > 1 and len(screen_lines([*lines, *chain(*rows[:shown])])) > room
    ):
        shown -= 1
    lines += chain(*rows[:shown])
    if shown < len(rows):
        lines.append("  " + _("earlier prices: llmcost prices history {id}", id=visible(model.id)))
    for title, offers in (
        (_("fine-tuning"), model.fine_tuning),
        (_("dedicated deployment"), model.deployment),
        (_("prepaid packs"), model.packs),
    ):
        lines += ["", title] if offers else []
        lines += [offer_line(offer) for offer in offers]
    if explain and model.corrections:
        lines += ["", _("known wrong prices"), *(f"  {visible(one)}" for one in model.corrections)]
    return "".join(f"{line}\n" for line in lines)


def name_of(provider: Provider) -> str:
    """In the reader's language, where the price file has it."""
    return (not is_english() and provider.name_zh) or provider.name


def offer_line(offer: Offer) -> str:
    found = offer_document(offer)
    facts = words({key: found[key] for key in OFFER if found.get(key) is not None})
    said = say(
        "from {start}: {facts}; source: {source}, {day}",
        start=offer.start,
        facts=visible(facts),
        source=visible(offer.source),
        day=offer.checked,
    )
    return "  " + told(joined([said, whole_note(offer.note)], "; ") if offer.note else said)


def row_lines(row: PriceRow, is_current: bool, explain: bool) -> Iterator[str]:
    """One price row for people, in the words of the price file."""
    start, state = row.begins.isoformat(), told(word(row.state.value))
    days = _("from {start}", start=start)
    if row.until:
        days = _("from {start} until {end}", start=start, end=row.until)
    what = "" if row.state is PriceState.PRICED else f"  {state}"
    yield f"{'*' if is_current else ' '} {days}{what}"
    for band in row.bands:
        limits, prices = limits_of(band), words(band_prices(band))
        yield "    " + (_("{name}: {text}", name=limits, text=prices) if limits else told(prices))
    found = row_document(row)
    for key in ("schedule", "promotion", "list", "regions", "fees", "limits", *BASIS):
        value = found.get(key)
        if value:
            text = visible(words(value)) if isinstance(value, dict) else told(whole_note(value))
            yield "    " + _("{name}: {text}", name=word(key), text=text)
    source = visible(row.source) if explain else told(source_names(row.source))
    yield "    " + _("source: {source}, checked {day}", source=source, day=row.checked)
    note = reader_note(row.note, is_whole=explain or row.is_own)
    if note:
        yield "    " + _("note: {note}", note=told(note))


def band_prices(band: Band) -> dict[str, Any]:
    found = band_document(band)
    return {key: value for key, value in found.items() if not isinstance(value, int)}


def words(prices: Mapping[str, Any]) -> str:
    """`input 0.8, output 2, batch (input 0.4, output 1)`."""
    return joined(
        say("{item} ({where})", item=word(key), where=words(value))
        if isinstance(value, dict)
        else say("{item} {price}", item=word(key), price=value)
        for key, value in prices.items()
    )
