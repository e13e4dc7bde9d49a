"""The price in force of one model, as text for people."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from llmcost.language import _, told
from llmcost.messages import joined, say, say_each, say_plural, visible
from llmcost.pricing.price_notes import reader_note, source_names, whole_note
from llmcost.pricing.price_rows import Mode, Offer, PriceRow, PriceState, Quota
from llmcost.pricing.quotes import LIST, Clock, PriceListing, Quote, quotes
from llmcost.render.text import filled, padded, plain
from llmcost.render.text import width as cell_width
from llmcost.render.wording import band_name, change_text, name_of, word

if TYPE_CHECKING:
    from llmcost.pricing.price_changes import PriceChange

LABEL = 13  # columns of a fact's name on the page
WHY = (PriceState.PLAN, PriceState.UNKNOWN)  # what there is to say of it is in the note
OFFERS = {
    "fine_tuning": say("fine-tuning"),
    "deployment": say("deployment"),
    "packs": say("packs"),
}
WEEKDAYS = (*say_each("Mon, Tue, Wed, Thu, Fri, Sat, Sun").values(),)
MOST_CHANGES = 4  # of an announced row; `prices history` has the rest


def page(
    shown: PriceListing, today: date, width: int, room: int | None = None, *, explain: bool
) -> str:
    """All that is known of a model's price, in lines of at most `width` columns. `room`: how many
    lines a screen has for it; bands that take more are put a line each."""
    lines = [title(shown)]
    end = list(fact_lines(shown, today, width, explain))
    if shown.row is not None:
        prices = list(band_lines(shown.row, shown.model.discount))
        if room is not None and len(lines) + len(prices) + len(end) + 1 > room:
            prices = short_bands(shown.row, shown.model.discount, width) or prices
        lines += [*prices, ""]
    return "".join(f"{line}\n" for line in [*lines, *end])


def fact_lines(shown: PriceListing, today: date, width: int, explain: bool) -> Iterator[str]:
    for label, value in facts(shown, today, explain):
        head = padded(told(label), LABEL)
        yield from filled(visible(told(value)), max(width - 1, LABEL + 20), head, " " * LABEL)


def short_bands(row: PriceRow, discount: Decimal | None, width: int) -> list[str]:
    """A line for each band and condition, its items across; none where they are too wide."""
    found = [one for one in quotes(row, discount) if one.band is not None]
    found = [one for one in found if not one.condition.startswith("region ")]
    items = list(dict.fromkeys(one.item for one in found))
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for condition in dict.fromkeys(one.condition for one in found):
        for one in found:
            if one.condition == condition:
                place = (told(name_of(one, row)), told(word(condition)))
                cells.setdefault(place, {})[one.item] = plain(one.price)
    table = [["", "", *(told(word(item)) for item in items)]]
    table += [
        [*place, *(prices.get(item, "") for item in items)] for place, prices in cells.items()
    ]
    return aligned(table, width)


def aligned(table: Sequence[Sequence[str]], width: int) -> list[str]:
    """Lines of two columns of words, then figures; none where they are wider than the screen."""
    widths = [max(map(cell_width, column)) for column in zip(*table, strict=True)]
    lines = []
    for words in table:
        names = [padded(text, wide) for text, wide in zip(words[:2], widths[:2], strict=True)]
        figures = [" " * (wide - cell_width(text)) + text
                   for text, wide in zip(words[2:], widths[2:], strict=True)]  # fmt: skip
        shown = [one for one, wide in zip([*names, *figures], widths, strict=True) if wide]
        lines.append(visible("  ".join(shown).rstrip()))
    return ["", *lines] if max(map(cell_width, lines)) < width else []


def title(shown: PriceListing) -> str:
    key, row = visible(shown.model.key), shown.row
    if row is None:
        return _("{model}: no price known for that day", model=key)
    what = word(row.state.value)
    if row.state is PriceState.PRICED:
        what = say("{currency} per 1M tokens", currency=shown.provider.currency)
    start = row.begins.isoformat()
    if not shown.is_retired:
        return _("{model}: {what}, from {start}", model=key, what=what, start=start)
    return _(
        "{model}: {what}, from {start}, retired on {end}",
        model=key,
        what=what,
        start=start,
        end=shown.model.retired,
    )


def band_lines(row: PriceRow, discount: Decimal | None) -> Iterator[str]:
    """A block a band: its items down, its conditions across."""
    found = [one for one in quotes(row, discount) if not one.condition.startswith("region ")]
    listed = [one for one in found if one.condition == LIST]
    in_bands = [one for one in found if one.band is not None]
    texts = (text for one in in_bands for text in (word(one.item), name_of(one, row)))
    first = max((cell_width(told(text)) for text in texts), default=0)
    for band in row.bands:
        yield ""
        own = [one for one in in_bands if one.band is band]
        yield from block(padded(told(band_name(band, row)), first), [*own, *listed], row)


def block(corner: str, found: Sequence[Quote], row: PriceRow) -> Iterator[str]:
    """The figures of one band, aligned at the right."""
    conditions = list(dict.fromkeys(one.condition for one in found))
    standard = _("price") if conditions == [""] else _("standard")
    if row.schedule:
        standard = _("off-peak")
    cells = {(one.item, one.condition): plain(one.price) for one in found}
    table = [[corner, *(told(word(name)) or standard for name in conditions)]]
    table += [
        [told(word(item)), *(cells.get((item, name), "") for name in conditions)]
        for item in dict.fromkeys(one.item for one in found)
    ]
    widths = [max(map(cell_width, column)) for column in zip(*table, strict=True)]
    for head, *figures in table:
        columns = (
            " " * (wide - cell_width(text)) + text
            for text, wide in zip(figures, widths[1:], strict=True)
        )
        yield visible("  ".join([padded(head, widths[0]), *columns]).rstrip())


def facts(shown: PriceListing, today: date, explain: bool) -> Iterator[tuple[str, str]]:
    """Messages: what a fact is called, and what it is."""
    model, row = shown.model, shown.row
    if row is not None:
        yield from row_facts(shown, row, explain)
    elif model.prices and not shown.is_retired and shown.ahead:
        start = shown.ahead[0].begins.isoformat()
        yield say("first known"), say("from {start}", start=start)
    if model.discount is not None:
        factor = plain(model.discount)
        yield say("discount"), say("your factor {factor}, in these prices", factor=factor)
    for kind, offer in shown.offers:
        yield OFFERS[kind], offer_text(offer, shown.provider.currency)
    for quota in shown.quotas:
        yield say("new accounts"), quota_text(quota)
    for future in shown.ahead if row is not None else ():
        yield say("ahead"), ahead_text(future, shown)
    if model.retired is not None and not shown.is_retired:
        yield say("ahead"), say("retires on {day}", day=model.retired)
    if row is not None:
        yield from source_facts(row, today, explain)
    if explain:
        yield from remarks(shown)


def source_facts(row: PriceRow, today: date, explain: bool) -> Iterator[tuple[str, str]]:
    """Where the price is from: a price that is not known is from nowhere."""
    if explain:
        yield say("source"), row.source
    elif row.state is not PriceState.UNKNOWN:
        yield say("source"), source_names(row.source)
    yield say("checked"), say("{day}, {age}", day=row.checked, age=age(row.checked, today))


def basis_facts(row: PriceRow) -> Iterator[tuple[str, str]]:
    """Whose price it is, and since when a source has it."""
    if row.billed_as:
        yield say("served by"), say("{model}, at its price", model=row.billed_as)
    if row.evidence is not None:
        yield say("first seen"), str(row.evidence)


def row_facts(shown: PriceListing, row: PriceRow, explain: bool) -> Iterator[tuple[str, str]]:
    yield from basis_facts(row)
    note = reader_note(row.note, is_whole=row.is_own) if row.state in WHY else ""
    if note and not explain:
        yield say("note"), note
    if row.limits:
        yield say("limits"), whole_note(row.limits)
    if shown.clock is not None:
        yield say("now"), clock_text(shown.clock)
    if row.promotion:
        yield say("promotion"), whole_note(row.promotion)
    if row.until is not None:
        yield say("ends"), say("{day}, with nothing known after it", day=row.until)
    if len(row.bands) > 1:
        whole = say("the whole request is billed at the band it falls in")
        parts = say("each part is billed at the band it falls in")
        yield say("bands"), whole if row.mode is Mode.CLIFF else parts
    listed = quotes(row, shown.model.discount)
    fees = [one for one in listed if one.band is None and one.condition != LIST]
    if fees:
        yield say("fees"), joined(map(fee_text, fees))
    if row.regions:
        texts = (f"{name} x {plain(one)}" for name, one in row.regions.items())
        yield say("regions"), joined(texts)


def fee_text(fee: Quote) -> str:
    return say(
        "{item} {price} per {unit}",
        item=visible(word(fee.item)),
        price=plain(fee.price),
        unit=word(fee.per),
    )


def clock_text(clock: Clock) -> str:
    name = say("peak ({window})", window=clock.peak) if clock.peak else say("off-peak")
    if clock.until is None:
        return say("{hours}, {zone}", hours=name, zone=clock.zone)
    return say(
        "{hours} until {weekday} {day:%Y-%m-%d %H:%M}, {zone}",
        hours=name,
        weekday=WEEKDAYS[clock.until.weekday()],
        day=clock.until,
        zone=clock.zone,
    )


def ahead_text(row: PriceRow, shown: PriceListing) -> str:
    """What an announced row will change, against the row in force."""
    from llmcost.pricing.price_changes import follows, price_changes, telling  # few models need it

    if shown.row is None or row.state is not PriceState.PRICED:
        return say("from {start}: {what}", start=row.begins.isoformat(), what=word(row.state.value))
    changes = telling(price_changes(shown.row, row, shown.model.discount))
    texts = [announced(one, row) for one in changes if one.moved and not follows(one, changes)]
    most = [*texts[:MOST_CHANGES], "…"] if len(texts) > MOST_CHANGES else texts
    what = joined(most) or say("the same prices")
    return say("from {start}: {what}", start=row.begins.isoformat(), what=what)


def announced(change: "PriceChange", row: PriceRow) -> str:
    """`input 2 (-20%)`, `input (batch) gone`."""
    quote = change.quote
    band = name_of(quote, row) if change.after else ""
    item, where = word(quote.item), joined(one for one in (word(quote.condition), band) if one)
    name = say("{item} ({where})", item=item, where=where) if where else item
    if change.after is None:
        return say("{item} gone", item=name)
    moved = change_text(change)
    return say("{item} {price} ({change})", item=name, price=plain(quote.price), change=moved)


def offer_text(offer: Offer, currency: str) -> str:
    price = f"{plain(offer.price)} {currency}"
    unit = say("{number:,} tokens", number=offer.tokens) if offer.tokens else word(offer.per)
    found = say("{price} per {unit}", price=price, unit=unit)
    if offer.months:
        found = say_plural(
            "{price} per {unit} for {number} month",
            "{price} per {unit} for {number} months",
            offer.months,
            price=price,
            unit=unit,
        )
    if offer.list_price is not None:
        found = say("{price} (list {before})", price=found, before=plain(offer.list_price))
    return joined([found, whole_note(offer.what)]) if offer.what else found


def quota_text(quota: Quota) -> str:
    tokens, unit = quota.tokens, word(quota.per)
    found = say("{tokens:,} tokens free per {unit}", tokens=tokens, unit=unit)
    if quota.days:
        found = say_plural(
            "{tokens:,} tokens free per {unit} for {number} day",
            "{tokens:,} tokens free per {unit} for {number} days",
            quota.days,
            tokens=tokens,
            unit=unit,
        )
    is_said = quota.who in ("", "new accounts")  # so the line is called
    return found if is_said else joined([found, whole_note(quota.who)], "; ")


def age(checked: date, today: date) -> str:
    days = (today - checked).days
    if days == 0:
        return say("today")
    if abs(days) == 1:
        return say("{days} day ago", days=days)
    return say("{days} days ago", days=days)


def remarks(shown: PriceListing) -> Iterator[tuple[str, str]]:
    """Whole notes: what the sources disagree about, and what is known to be wrong elsewhere."""
    if shown.row is not None and shown.row.note:
        yield say("note"), whole_note(shown.row.note)
    if shown.model.note:
        yield say("model note"), whole_note(shown.model.note)
    for kind, offer in shown.offers:
        yield OFFERS[kind], origin(offer)
    for quota in shown.quotas:
        yield say("new accounts"), origin(quota)
    for one in shown.model.corrections:
        yield say("correction"), one
    if shown.provider.page:
        yield say("page"), shown.provider.page


def origin(one: Offer | Quota) -> str:
    found = say("{source}, checked {day}", source=one.source, day=one.checked)
    return joined([found, whole_note(one.note)], "; ") if one.note else found
