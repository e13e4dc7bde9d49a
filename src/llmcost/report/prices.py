"""Price rows and bands as JSON values, in the words of the price file."""

from datetime import date
from decimal import Decimal
from typing import Any

from llmcost.pricing.table import Band, PriceRow
from llmcost.report.figures import plain

PRICES = ("input", "output", "cache_read")


def iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def row_document(row: PriceRow) -> dict[str, Any]:
    return {
        "from": (row.start_at or row.start).isoformat(),
        "until": iso(row.until),
        "state": row.state.value,
        "bands": [band_document(band) for band in row.bands],
        "source": row.source,
        "checked": row.checked.isoformat(),
        "limits": row.limits,
        "note": row.note,
    }


def band_document(band: Band) -> dict[str, Any]:
    """Limits are whole numbers of tokens, prices are texts."""
    found: dict[str, Any] = {}
    for basis, limit in (("input", band.input), ("output", band.output)):
        if limit is not None:
            found[f"{basis}_{'up_to' if limit.inclusive else 'below'}"] = limit.tokens
    for key in (*PRICES, "output_thinking"):
        rate: Decimal | None = getattr(band.rates, key)
        if rate is not None:
            found[key] = plain(rate)
    return found
