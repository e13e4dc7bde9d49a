"""Every price that a row states, one by one: of an item, in a band, under a condition."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from llmcost.messages import say
from llmcost.pricing.catalog import began, is_retired, offers_at, quotas_on, row_at
from llmcost.pricing.cost import PLAIN, Conditions, fee_of, prices_of
from llmcost.pricing.price_rows import (
    Band,
    Model,
    Offer,
    PriceRow,
    PriceState,
    PriceTable,
    Provider,
    Quota,
)
from llmcost.pricing.schedule import Calendar, PeakWindow, Schedule, next_change, peak_window
from llmcost.pricing.terms import Hours

TOKENS = say("1M tokens")
LIST = "list"  # the condition of a price that a promotion reduces
UNITS = {
    "audio_hour": (say("hour"), Decimal("0.001")),
    "characters": (say("1M characters"), Decimal(1000)),
    "image": (say("image"), Decimal("0.001")),
    "video": (say("video"), Decimal("0.001")),
    "video_second": (say("second"), Decimal("0.001")),
}
"""What is sold by another unit than tokens: the unit in words, and how many thousands it has, since
fees are stored per 1,000."""


class Quote(msgspec.Struct, frozen=True):
    """`price` buys `per` of `item`. `band` None: in all bands; no `condition`: the plain price."""

    item: str
    price: Decimal
    per: str = TOKENS
    band: Band | None = None
    condition: str = ""


def quotes(row: PriceRow, discount: Decimal | None = None) -> Iterator[Quote]:
    """All prices of a row, as cost_of bills them."""
    for band in row.bands:
        yield from band_quotes(band, row, discount)
    for item, price in row.list_price.items():
        yield Quote(item, price, unit(item), condition=LIST)
    for item in row.fees:
        per, factor = UNITS.get(item, ("1000", Decimal(1)))
        yield Quote(item, fee_of(row, item, discount) * factor, per)


def band_quotes(band: Band, row: PriceRow, discount: Decimal | None) -> Iterator[Quote]:
    for name, conditions in conditions_of(band, row).items():
        billed = msgspec.structs.replace(conditions, discount=discount)
        for item, price in prices_of(band, row, billed)[0].items():
            yield Quote(item, price, unit(item), band, name)


def conditions_of(band: Band, row: PriceRow) -> dict[str, Conditions]:
    """The conditions that change the prices of a band, each by itself."""
    found = {"": PLAIN}
    for name in band.variants:
        found[name] = Conditions(
            peak=name if name == "peak" else "",
            batch=name == "batch",
            tier="" if name in ("peak", "batch") else name,
        )
    return found | {
        say("region {name}", name=name): Conditions(region=name) for name in row.regions
    }


def unit(item: str) -> str:
    return say("1M token-hours") if item == "cache_storage" else TOKENS


class Clock(msgspec.Struct, frozen=True):
    """The window of peak hours that is billed (None: off-peak), and until when.

    `until` None: the part was chosen by its name, or nothing changes within a month.
    """

    peak: PeakWindow | None
    zone: str
    until: datetime | None = None


class PriceListing(msgspec.Struct, frozen=True):
    """What a model costs at an instant: its row, the hours of its schedule, what is announced."""

    model: Model
    provider: Provider
    row: PriceRow | None
    is_retired: bool
    clock: Clock | None
    ahead: tuple[PriceRow, ...]
    offers: tuple[tuple[str, Offer], ...]
    quotas: tuple[Quota, ...]


def listing(
    table: PriceTable, model: Model, at: datetime, hours: datetime | Hours, calendar: Calendar
) -> PriceListing:
    provider = table.providers[model.provider]
    row = row_at(model, at)
    schedule = provider.schedules.get(row.schedule) if row else None
    is_priced = row is not None and row.state is PriceState.PRICED
    return PriceListing(
        model=model,
        provider=provider,
        row=row,
        is_retired=is_retired(model, at),
        clock=clock_at(schedule, hours, calendar) if schedule else None,
        ahead=tuple(one for one in model.prices if not began(one, at)),
        offers=tuple(offers_at(model, at)),
        quotas=tuple(quotas_on(provider, at.date())) if is_priced else (),
    )


def clock_at(schedule: Schedule, hours: datetime | Hours, calendar: Calendar) -> Clock:
    if isinstance(hours, Hours):
        return Clock(schedule.peak[0] if hours is Hours.PEAK else None, schedule.zone)
    peak = peak_window(schedule, hours, calendar)
    return Clock(peak, schedule.zone, next_change(schedule, hours, calendar))
