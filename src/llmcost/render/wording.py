"""Wording that commands share: notes on prices, price rows in words and JSON, bill lines.

A bill line says how an amount came about: the row, its band and conditions, each rate, and the
source. JSON has the words of the price file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from llmcost.language import _, _n, told
from llmcost.messages import Text, caution, joined, say, say_each, say_plural, visible
from llmcost.money import PER
from llmcost.pricing.billing import Excluded, LeftOut
from llmcost.pricing.catalog import Outside, lineup_note
from llmcost.pricing.contract import EVERY, Discounts
from llmcost.pricing.contract import percent as percent_of
from llmcost.pricing.cost import BillPart, sum_of
from llmcost.pricing.freshness import Held
from llmcost.pricing.price_notes import reader_note, whole_note
from llmcost.pricing.price_rows import Band, Model, Offer, PriceRow, Prices, PriceState, Variant
from llmcost.render.text import data, few, percent, plain, width

if TYPE_CHECKING:
    from llmcost.pricing.price_changes import PriceChange
    from llmcost.pricing.quotes import Quote
    from llmcost.render.result_table import RankedLine

OLD = 60
"""Days after which a price should have been read again at its source."""
MOST_NAMED = 3


def model_names(models: Iterable[Model]) -> list[str]:
    """The ids, with the provider where several of these models have the same."""
    named = list(models)
    ids = Counter(one.id for one in named)
    return [visible(one.key if ids[one.id] > 1 else one.id) for one in named]


def age_notes(used: Sequence[Held]) -> list[str]:
    """The prices that are old, of `used`, which has the longest unread first."""
    old = [
        say("{model} ({age:,} days)", model=visible(one.model.id), age=one.age)
        for one in used
        if one.age > OLD
    ]
    named = few(list(dict.fromkeys(old)), MOST_NAMED)
    note = say("prices not checked for over {days} days: {models}", days=OLD, models=named)
    return [*([note] if old else []), *basis_notes(used)]


def basis_notes(used: Sequence[Held]) -> list[str]:
    """Prices that are billed on a day before their first source, and those of another model."""
    early = [
        say("{model} ({day})", model=visible(one.model.id), day=one.row.evidence)
        for one in used
        if one.is_early
    ]
    sent_on = {(one.model.key, one.row.billed_as): one for one in used if one.row.billed_as}
    names = few(list(dict.fromkeys(early)), MOST_NAMED)
    note = say("no evidence for the price on that day, first seen later: {models}", models=names)
    found = [*([note] if early else []), *map(redirect_note, sent_on.values())]
    return [*map(caution, found)]


def redirect_note(one: Held) -> str:
    day = one.model.redirect.start if one.model.redirect is not None else one.row.start
    return say(
        "{model} is served by {other} since {day}, and billed at its price",
        model=visible(one.model.id),
        other=visible(one.row.billed_as),
        day=day,
    )


def old_count(used: Sequence[Held]) -> list[str]:
    """How many prices are old, and what lists them; nothing if none is."""
    old = sum(one.age > OLD for one in used)
    said = say_plural(
        "{number} price not checked for {days} days: llmcost prices check",
        "{number} prices not checked for {days} days: llmcost prices check",
        old,
        days=OLD,
    )
    return [said] if old else []


def age_document(used: Sequence[Held]) -> dict[str, Any]:
    """The oldest one, as a part of a document; null where no price was used."""
    oldest = next(iter(used), None)
    if oldest is None:
        return {"prices_checked": None}
    return {"prices_checked": {"oldest": oldest.row.checked.isoformat(), "days": oldest.age}}


def free_notes(offers: Iterable[tuple[Model, PriceRow]]) -> list[str]:
    """The limits of the free offers, those with the same words in one note."""
    by_limits: dict[str, list[Model]] = {}
    for model, row in offers:
        if row.state is PriceState.FREE:
            note = reader_note(row.note, is_whole=row.is_own)
            limits = whole_note(row.limits) or note or say("none stated")
            by_limits.setdefault(limits, []).append(model)
    return [
        say(
            "free: {names}; limits: {limits}",
            names=joined(model_names(models)),
            limits=limits,
        )
        for limits, models in by_limits.items()
    ]


def no_batch(models: str) -> str:
    return say("no batch price known, billed at the plain one: {models}", models=models)


def batch_on_tier(tier: str, models: str) -> str:
    """Where a price is known of each of the two, and both are billed together."""
    return say(
        "batch and {tier} tier both change the price, but no vendor is known to sell a batch on a "
        "tier: {models}",
        tier=visible(tier),
        models=models,
    )


def no_tier(tier: str, models: str) -> str:
    return say(
        "no {tier} tier price known, billed at the plain one: {models}",
        tier=visible(tier),
        models=models,
    )


def no_region(region: str, models: str) -> str:
    return say(
        "no {region} region known, billed at the plain price: {models}",
        region=visible(region),
        models=models,
    )


MOST_LEFT_OUT = 4


def excluded_document(one: Excluded) -> dict[str, Any]:
    return {
        "model": one.model.id,
        "provider": one.model.provider,
        "reason": one.reason,
        "detail": one.detail,
    }


def left_out_document(one: LeftOut) -> dict[str, Any]:
    return {
        "requests": one.requests,
        "all": one.all,
        "names": [visible(name) for name in one.names],
        **excluded_document(one.nearest),
    }


def left_out_text(one: LeftOut) -> str:
    """How many requests no model takes, and what is in their way."""
    names = one.names or (one.nearest.model.id,)
    shown = few([visible(name) for name in names], MOST_LEFT_OUT)
    return say_plural(
        "1 of {all:,} requests is left out, since no model takes it ({names}: {why})",
        "{number:,} of {all:,} requests are left out, since no model takes them ({names}: {why})",
        one.requests,
        all=one.all,
        names=shown,
        why=one.nearest.detail,
    )


def excluded_notes(excluded: Iterable[Excluded], most: int) -> list[str]:
    """Why models were left out: one note a reason, naming up to `most` models."""
    by_reason: dict[str, list[Excluded]] = {}
    for one in excluded:
        by_reason.setdefault(one.reason, []).append(one)
    return [
        say(
            "left out ({reason}): {models}",
            reason=REASONS[reason],
            models=excluded_names(found, most),
        )
        for reason, found in by_reason.items()
    ]


def inputs_text(inputs: Iterable[str]) -> str:
    """The name of the input, or how many there are."""
    names = [*map(visible, inputs)]
    if len(names) > 1:
        return say_plural("{number:,} input", "{number:,} inputs", len(names))
    return say("standard input") if names == ["-"] else names[0] if names else ""


def more_models(rest: int) -> list[str]:
    """How many are not shown, if any."""
    said = say_plural(
        "{number} more model; --all shows it", "{number} more models; --all shows them", rest
    )
    return [said] if rest else []


def more_rows(rest: int) -> str:
    """The line below a table that has more rows."""
    line = _n("{number} more row; --all shows it", "{number} more rows; --all shows them", rest)
    return f"{line}\n" if rest else ""


def free_count(lines: Iterable["RankedLine"], shown: Iterable["RankedLine"]) -> list[str]:
    """How many free models are left out of a ranking, if any, of which none is shown."""
    is_shown = any(line.is_free for line in shown)
    number = 0 if is_shown else sum(line.is_free for line in lines)
    said = say_plural(
        "{number} free model; --all shows it", "{number} free models; --all shows them", number
    )
    return [said] if number else []


def models_line(
    rest: int,
    free: int,
    excluded: int,
    others: Outside | None,
    *,
    room: int | None,
    has_notes: bool,
) -> list[str]:
    """What is not in a table, in parts of a line of `room` columns; `others`: models that were not
    compared."""
    if others is not None:
        others = Outside(others.number + rest + free, others.free + free, others.cheapest)
        rest = free = 0
    counts = [
        (free, say_plural("{number} is free", "{number} are free", free)),
        (excluded, say_plural("{number} left out", "{number} left out", excluded)),
        (has_notes, say("--notes explains")),
    ]
    main = more_models(rest) if others is None or not others.number else [lineup_line(others, room)]
    return [*main, *(text for number, text in counts if number)]


def lineup_line(others: Outside, room: int | None) -> str:
    """The note on the models that were not compared, with as many details as there is room for."""
    shorter = others._replace(free=0)
    forms = lineup_note(others), lineup_note(shorter), lineup_note(shorter._replace(cheapest=None))
    fitting = (one for one in forms if room is None or width(told(one)) <= room)
    return next(fitting, forms[-1])


REASONS = {
    "context": say("context window too small"),
    "max_output": say("output too long"),
    "band": say("beyond the price list"),
    "unit": say("not sold by the token"),
    "state": say("no price"),
    "date": say("not on sale that day"),
    "image": say("images not counted"),
    "offer": say("not sold"),
    "fee": say("fee not known"),
    "weights": say("cannot be compared with own GPUs"),
}


def excluded_names(found: Sequence[Excluded], most: int) -> str:
    models = model_names(one.model for one in found)
    names = [
        say("{model} {detail}", model=model, detail=one.detail)
        for model, one in zip(models, found, strict=True)
    ]
    return few(names, most, "; ", "; and ")


_WORDS = say_each(
    # states of a price, of a tokenizer, of a tracker's entry
    "priced, free, plan, unknown, announced, ended, retired, exact, supplied, reconstructed, "
    "estimated, new row, new model, disagrees, agrees, gone, not comparable, no price, "
    "model added, model removed, row added, row inserted, row edited, row checked, row removed, "
    "metadata, new, "
    # conditions
    "peak, off-peak, batch, list, standard, thinking, another day, known mistake, "
    "not in our table, zero, flat, office, evening, "
    # items
    "input, output, output_thinking, cache_read, cache_read_explicit, cache_write, cache_storage, "
    "image_input, image_output, image_cache_read, audio_input, audio_output, audio_cache_read, "
    "video_input, video_output, free_quota, embed_index, embed_question, rerank, fine_tuning, "
    "deployment, packs, in_packs, discount, tax, "
    # units
    "hour, day, month, quarter, year, model, account, pack, 1M training tokens, "
    # fields of a price file, and kinds of models
    "name, kind, tokenizer, context, max_output, aliases, released, corrections, state, until, "
    "mode, schedule, promotion, regions, fees, limits, source, checked, note, currency, page, "
    "schedules, tiers, speech, embedding, ocr, transcription, image, realtime, video, "
    "video_second, second, serves, redirect, predecessor, evidence, billed_as"
)


def word(name: str) -> str:
    """A word of the price file as a message; one that is not known there stays as it is."""
    item, dot, rest = name.partition(".")
    if dot and item in _WORDS:
        return say("{item}.{lifetime}", item=_WORDS[item], lifetime=rest)
    return _WORDS.get(name, name)


def price_text(item: str, price: Decimal) -> str:
    """`input 0.8`"""
    return say("{item} {price}", item=word(item), price=plain(price))


def limits_of(band: Band) -> str:
    """The limits of a band in words, empty for one without."""
    return joined(_limits(band))


def _limits(band: Band) -> Iterator[Text]:
    if band.input is not None:
        most = band.input.tokens
        if band.input.inclusive:
            yield say("input up to {tokens:,}", tokens=most)
        else:
            yield say("input below {tokens:,}", tokens=most)
    if band.output is not None:
        most = band.output.tokens
        if band.output.inclusive:
            yield say("output up to {tokens:,}", tokens=most)
        else:
            yield say("output below {tokens:,}", tokens=most)


def band_name(band: Band, row: PriceRow) -> str:
    """The limits of a band; empty for the only one of its row."""
    return limits_of(band) or (say("above") if len(row.bands) > 1 else "")


def name_of(quote: "Quote", row: PriceRow) -> str:
    return band_name(quote.band, row) if quote.band is not None else ""


def change_text(change: "PriceChange") -> str:
    """`-97.5%`, and words where there is no percentage."""
    if change.before is None:
        return say("new")
    if change.after is None:
        return say("gone")
    return say("from free") if change.percent is None else percent(change.percent)


PRICES = ("input", "output", "cache_read")
WRITE = "cache_write."


def iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def row_document(row: PriceRow) -> dict[str, Any]:
    found: dict[str, Any] = {
        "from": row.begins.isoformat(),
        "until": iso(row.until),
        "state": row.state.value,
        "bands": [band_document(band) for band in row.bands],
        "source": row.source,
        "checked": row.checked.isoformat(),
        "limits": row.limits,
        "note": row.note,
    }
    if len(row.bands) > 1:
        found["mode"] = row.mode.value
    names = {"schedule": row.schedule, "promotion": row.promotion, "billed_as": row.billed_as}
    if row.evidence is not None:
        found["evidence"] = row.evidence.isoformat()
    found |= {key: value for key, value in names.items() if value}
    sets = (("regions", row.regions), ("fees", row.fees), ("list", row.list_price))
    return found | {key: texts(prices) for key, prices in sets if prices}


def band_document(band: Band) -> dict[str, Any]:
    """Limits are whole numbers of tokens, prices are texts."""
    found: dict[str, Any] = {}
    for basis, limit in (("input", band.input), ("output", band.output)):
        if limit is not None:
            found[f"{basis}_{'up_to' if limit.inclusive else 'below'}"] = limit.tokens
    found |= set_document(band.prices)
    for name in ("peak", "batch"):
        if name in band.variants:
            found[name] = variant_document(band.variants[name])
    tiers = {
        name: variant_document(variant)
        for name, variant in band.variants.items()
        if name not in ("peak", "batch")
    }
    return found | ({"tiers": tiers} if tiers else {})


def variant_document(variant: Variant) -> Any:
    return set_document(variant.prices) if variant.factor is None else plain(variant.factor)


def set_document(prices: Prices) -> dict[str, Any]:
    """A price set; the cache writes are by lifetime, as in the file."""
    found: dict[str, Any] = texts({k: v for k, v in prices.items() if not k.startswith(WRITE)})
    writes = {k.removeprefix(WRITE): v for k, v in prices.items() if k.startswith(WRITE)}
    return found | ({"cache_write": texts(writes)} if writes else {})


def texts(prices: Prices) -> dict[str, str]:
    return {item: plain(price) for item, price in prices.items()}


def offer_document(offer: Offer) -> dict[str, Any]:
    """What a training, a deployment or a pack costs."""
    return {
        "from": offer.start.isoformat(),
        "price": plain(offer.price),
        "per": offer.per,
        "what": offer.what or None,
        "tokens": offer.tokens,
        "months": offer.months,
        "list": plain(offer.list_price) if offer.list_price is not None else None,
        "prices": set_document(offer.prices) or None,
        "source": offer.source,
        "checked": offer.checked.isoformat(),
        "note": offer.note,
    }


def row_lines(row: PriceRow) -> Iterator[str]:
    yield start_line(row)
    if row.promotion:
        text = told(whole_note(row.promotion))
        before = joined(map(price_text, row.list_price, row.list_price.values()))
        if before:
            yield _("promotion: {text} (list: {prices})", text=text, prices=before)
        else:
            yield _("promotion: {text}", text=text)
    if row.limits:
        yield _("limits: {limits}", limits=told(whole_note(row.limits)))
    if row.note:
        yield _("note: {note}", note=told(whole_note(row.note)))


def start_line(row: PriceRow) -> str:
    start, checked, source = row.begins.isoformat(), row.checked, visible(row.source)
    if row.state is PriceState.PRICED:
        return _(
            "row from {start}; checked {day}; source: {source}",
            start=start,
            day=checked,
            source=source,
        )
    return _(
        "row from {start}, {state}; checked {day}; source: {source}",
        start=start,
        state=word(row.state.value),
        day=checked,
        source=source,
    )


def part_line(part: BillPart, currency: str) -> str:
    per = {PER: " / 1M", 1: ""}.get(part.per, f" / {part.per:,}")
    steps = f" ({told(joined(part.steps))})" if part.steps else ""
    whole, dot, rest = plain(Decimal(part.quantity)).partition(".")
    product = f"{int(whole):,}{dot}{rest} x {plain(part.rate)}{per}{steps}"
    amount = f"{plain(part.amount)} {currency}"
    return _("{name}: {text}", name=word(part.item), text=f"{product} = {amount}")


def bill_lines(parts: Sequence[BillPart], currency: str) -> Iterator[str]:
    """The lines of a bill; where a discount or tax follows, with the list price and the total."""
    listed = listed_of(parts)
    for part in parts:
        if listed is not None and part.item in PAID:
            yield _("list price: {amount}", amount=f"{plain(listed)} {currency}")
            listed = None
        yield visible(part_line(part, currency))
    if listed_of(parts) is not None:
        yield _("total: {amount}", amount=f"{plain(sum_of(parts))} {currency}")


PAID = ("discount", "tax")
"""Lines of a bill that follow those of list prices."""


def listed_of(parts: Sequence[BillPart]) -> Decimal | None:
    """What a bill is at list prices, where a discount or tax changes it."""
    return next((Decimal(one.quantity) for one in parts if one.item in PAID), None)


def paid_document(parts: Sequence[BillPart], currency: str) -> dict[str, Any]:
    """List price, discount and tax of a bill; nothing where neither changes it."""
    listed = listed_of(parts)
    if listed is None:
        return {}
    amounts = {one.item: data(one.amount) for one in parts if one.item in PAID}
    return {"paid": {"list_price": data(listed), **amounts, "currency": currency}}


def contract_note(discounts: Discounts, tax: Decimal) -> Iterator[str]:
    """The discounts and the tax that amounts have, as far as options name them."""
    for name, tiers in discounts.items():
        whose = say("all providers") if name == EVERY else name
        shares = [
            say("{share} % from {volume:,} a year", share=percent_of(one.off), volume=one.yearly)
            if one.yearly
            else f"{percent_of(one.off)} %"
            for one in tiers.tiers
        ]
        yield say("discount of {provider}: {shares}", provider=whose, shares=joined(shares))
    if tax:
        yield say("with {share} % tax", share=percent_of(tax))


def part_document(part: BillPart) -> dict[str, Any]:
    """A line of the bill as JSON; a quantity that is not whole is a text."""
    whole = part.quantity == int(part.quantity)
    return {
        "item": part.item,
        "quantity": int(part.quantity) if whole else data(Decimal(part.quantity)),
        "rate": plain(part.rate),
        "per": part.per,
        "steps": list(part.steps),
        "amount": data(part.amount),
    }
