"""Forms of `llmcost prices show`: rows, and the JSON document."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from llmcost.errors import LlmcostError
from llmcost.language import _
from llmcost.messages import say, visible
from llmcost.pricing.price_rows import PriceRow, PriceState, Quota
from llmcost.pricing.quotes import Clock, PriceListing, Quote, quotes
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import plain
from llmcost.render.wording import iso, name_of, offer_document, row_document, word

MACHINE = (
    *("model", "provider", "state", "item", "band", "condition", "price", "currency", "per"),
    *("from", "source", "checked"),
)


def unpriced(listings: Sequence[PriceListing], day: date) -> LlmcostError | None:
    """Return the error of models none of which has a price on that day."""
    if any(one.row is not None for one in listings):
        return None
    hint = say("`llmcost prices history MODEL` shows the days")
    return LlmcostError(say("no price known for {day}", day=day), hint=hint)


def condition(quote: Quote, row: PriceRow) -> str:
    """The plain price of a row with peak hours is that of the other hours."""
    if quote.condition:
        return quote.condition
    return say("off-peak") if row.schedule and quote.band is not None else ""


def machine(listings: Sequence[PriceListing]) -> Grid:
    """One row a price; a state without prices has one row without an item."""
    columns = [Column(name, right=name == "price") for name in MACHINE]
    return grid(columns, (cells for one in listings for cells in machine_rows(one)))


def human(listings: Sequence[PriceListing]) -> Grid:
    """For Markdown: the same without dates and sources."""
    columns = [
        *(Column(_("model")), Column(_("provider")), Column(_("state")), Column(_("item"))),
        *(Column(_("band")), Column(_("condition")), Column(_("price"), right=True)),
        *(Column(_("currency")), Column(_("per"))),
    ]
    found = (cells for one in listings for cells in machine_rows(one))
    return grid(columns, (human_cells(cells) for cells in found))


def human_cells(cells: Sequence[str]) -> list[str]:
    model, provider, state, item, band, condition, price, currency, per = cells[:9]
    return [
        *(model, provider, word(state), word(item), band, word(condition)),
        *(price, currency, word(per)),
    ]


def machine_rows(shown: PriceListing) -> Iterator[list[str]]:
    model, row, currency = shown.model, shown.row, shown.provider.currency
    head = [visible(model.id), visible(model.provider)]
    if row is None:
        return
    tail = [row.begins.isoformat(), visible(row.source), row.checked.isoformat()]
    head.append("retired" if shown.is_retired else row.state.value)
    if row.state is not PriceState.PRICED:
        price = "0" if row.state is PriceState.FREE else ""
        yield [*head, "", "", "", price, currency, "", *tail]
    for one in quotes(row, model.discount):
        named = [
            visible(one.item),
            name_of(one, row),
            visible(condition(one, row)),
            plain(one.price),
        ]
        yield [*head, *named, currency, one.per, *tail]
    for kind, offer in shown.offers:
        per = say("{tokens} tokens", tokens=offer.tokens) if offer.tokens else offer.per
        yield [
            *(*head, kind, "", visible(offer.what), plain(offer.price), currency, per),
            *(offer.start.isoformat(), visible(offer.source), offer.checked.isoformat()),
        ]


def document(listings: Sequence[PriceListing], at: datetime, today: date) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.show/1`."""
    return {
        "schema": "llmcost.prices.show/1",
        "as_of": at.isoformat(),
        "results": [listing_document(one, today) for one in listings],
    }


def listing_document(shown: PriceListing, today: date) -> dict[str, Any]:
    model, row = shown.model, shown.row
    return {
        "model": model.id,
        "provider": model.provider,
        "currency": shown.provider.currency,
        "state": row.state.value if row else None,
        "retired": iso(model.retired),
        "discount": plain(model.discount) if model.discount is not None else None,
        "price": row_document(row) if row else None,
        "checked_days_ago": (today - row.checked).days if row else None,
        "prices": [quote_document(one, row) for one in quotes(row, model.discount)] if row else [],
        "hours": clock_document(shown.clock) if shown.clock else None,
        "ahead": [row_document(one) for one in shown.ahead],
        "offers": [{"kind": kind, **offer_document(one)} for kind, one in shown.offers],
        "free_quota": [quota_document(one) for one in shown.quotas],
        "note": model.note,
        "corrections": list(model.corrections),
    }


def quote_document(quote: Quote, row: PriceRow) -> dict[str, str]:
    return {
        "item": quote.item,
        "band": name_of(quote, row),
        "condition": condition(quote, row),
        "price": plain(quote.price),
        "per": quote.per,
    }


def clock_document(clock: Clock) -> dict[str, Any]:
    return {
        "peak": clock.peak is not None,
        "window": str(clock.peak) if clock.peak else None,
        "zone": clock.zone,
        "until": clock.until.isoformat() if clock.until else None,
    }


def quota_document(quota: Quota) -> dict[str, Any]:
    return {
        "tokens": quota.tokens,
        "per": quota.per,
        "days": quota.days,
        "who": quota.who,
        "from": iso(quota.start),
        "until": iso(quota.until),
        "source": quota.source,
        "checked": quota.checked.isoformat(),
        "note": quota.note,
    }
