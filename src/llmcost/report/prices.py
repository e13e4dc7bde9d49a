"""Price rows and bands as JSON values, in the words of the price file."""

from datetime import date
from typing import Any

from llmcost.pricing.table import Band, Offer, PriceRow, Prices, Variant
from llmcost.report.figures import plain

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
    names = {"schedule": row.schedule, "promotion": row.promotion}
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
