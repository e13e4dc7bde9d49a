"""Tiny invented price tables: `acme` bills in yuan, `globex` in dollars."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from llmcost.money import Exchange
from llmcost.pricing.price_rows import (
    Alias,
    Band,
    Limit,
    Mode,
    Model,
    Offer,
    PriceRow,
    Prices,
    PriceState,
    PriceTable,
    Provider,
    Quota,
    Variant,
)
from llmcost.pricing.schedule import PeakWindow, Schedule
from llmcost.pricing.terms import Hours, Terms
from llmcost.pricing.usage import Count

WORKING_DAYS = (0, 1, 2, 3, 4)
OFFICE_HOURS = Schedule(
    "office",
    "Asia/Shanghai",
    (PeakWindow(WORKING_DAYS, 9 * 60, 12 * 60), PeakWindow(WORKING_DAYS, 14 * 60, 18 * 60)),
    "CN",
)
PROVIDERS = {
    "acme": Provider(
        "acme", "Acme Models", "CNY", "艾克米", schedules={OFFICE_HOURS.id: OFFICE_HOURS}
    ),
    "globex": Provider("globex", "Globex", "USD"),
}


class FakeCalendar:
    """The zones of the system, and just these holidays, in every country."""

    def __init__(self, *holidays: str) -> None:
        self.holidays: Collection[date] = [date.fromisoformat(day) for day in holidays]

    def local(self, at: datetime, zone: str) -> datetime:
        return at.astimezone(ZoneInfo(zone))

    def is_holiday(self, country: str, day: date) -> bool:
        return day in self.holidays


CALENDAR = FakeCalendar()


def at(text: str) -> datetime:
    """An instant; a bare day is its noon in Beijing."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00+08:00")


def terms(when: str = "2026-11-22", **others: object) -> Terms:
    """Terms for an instant, billed off-peak unless `hours` says otherwise."""
    return Terms(**{"at": at(when), "hours": Hours.OFF_PEAK, **others})  # type: ignore[arg-type]


def exchange(currency: str = "CNY", rate: str | None = "7") -> Exchange:
    from llmcost.money import Rate

    return Exchange(currency, () if rate is None else (Rate(Decimal(rate)),))


def prices(items: Mapping[str, str]) -> Prices:
    """A price set of texts: `{"input": "1", "cache_write.5m": "1.25"}`."""
    return {item: Decimal(price) for item, price in items.items()}


def rates(
    input: str, output: str | None = None, cache_read: str | None = None, **others: str
) -> Prices:
    """The same with the usual items by their place; `cache_write_5m` is `cache_write.5m`."""
    given = {"input": input, "output": output, "cache_read": cache_read}
    found = {item: price for item, price in given.items() if price is not None}
    for item, price in others.items():
        found[item.replace("cache_write_", "cache_write.")] = price
    return prices(found)


def variant(factor: str | None = None, **items: str) -> Variant:
    """A factor, or the prices of some items; `cache_write_5m` is `cache_write.5m`."""
    found = {item.replace("cache_write_", "cache_write."): price for item, price in items.items()}
    return Variant(None if factor is None else Decimal(factor), prices(found))


def band(
    price: str | Prices,
    *,
    input: int | None = None,
    output: int | None = None,
    inclusive: bool = True,
    **variants: Variant,
) -> Band:
    """A band up to these limits, where input and output cost `price` each, or of a price set."""
    return Band(
        rates(price, price) if isinstance(price, str) else price,
        None if input is None else Limit(input, inclusive),
        None if output is None else Limit(output, inclusive),
        variants,
    )


def row(
    *bands: Band | Prices,
    start: str = "2024-01-01",
    until: str | None = None,
    note: str = "",
    source: str = "invented",
    checked: str = "2026-11-22",
    mode: Mode = Mode.CLIFF,
    schedule: str = "",
    regions: Mapping[str, str] | None = None,
    fees: Mapping[str, str] | None = None,
    list_price: Mapping[str, str] | None = None,
    promotion: str = "",
) -> PriceRow:
    """A priced row; `start` is a day, or an instant with its zone."""
    instant = datetime.fromisoformat(start) if "T" in start else None
    return PriceRow(
        start=date.fromisoformat(start[:10]),
        source=source,
        checked=date.fromisoformat(checked),
        bands=tuple(Band(one) if isinstance(one, dict) else one for one in bands),
        start_at=instant,
        until=None if until is None else date.fromisoformat(until),
        note=note,
        mode=mode,
        schedule=schedule,
        regions=prices(regions or {}),
        fees=prices(fees or {}),
        list_price=prices(list_price or {}),
        promotion=promotion,
    )


def unpriced(
    state: PriceState, *, start: str = "2024-01-01", note: str = "", limits: str = ""
) -> PriceRow:
    day = date.fromisoformat(start)
    return PriceRow(day, "invented", day, state=state, note=note, limits=limits)


def model(
    id: str,
    *rows: PriceRow,
    provider: str = "acme",
    name: str = "",
    kind: str = "chat",
    context: int | None = None,
    max_output: int | None = None,
    aliases: tuple[Alias, ...] = (),
    released: str | None = None,
    retired: str | None = None,
    note: str = "",
    corrections: tuple[str, ...] = (),
    fine_tuning: tuple[Offer, ...] = (),
    deployment: tuple[Offer, ...] = (),
    packs: tuple[Offer, ...] = (),
) -> Model:
    return Model(
        id=id,
        provider=provider,
        tokenizer="words",
        prices=rows,
        name=name,
        kind=kind,
        context=context,
        max_output=max_output,
        aliases=aliases,
        released=None if released is None else date.fromisoformat(released),
        retired=None if retired is None else date.fromisoformat(retired),
        note=note,
        corrections=corrections,
        fine_tuning=fine_tuning,
        deployment=deployment,
        packs=packs,
    )


def offer(price: str, per: str, start: str = "2024-01-01", **others: object) -> Offer:
    day = date.fromisoformat(start)
    return Offer(day, Decimal(price), per, "invented", day, **others)  # type: ignore[arg-type]


def quota(
    tokens: int, per: str = "model", *, start: str | None = None, until: str | None = None
) -> Quota:
    days = [None if day is None else date.fromisoformat(day) for day in (start, until)]
    return Quota(tokens, "invented", date(2024, 1, 1), per, start=days[0], until=days[1])


def table(*models: Model, quotas: tuple[Quota, ...] = ()) -> PriceTable:
    """The models under their two providers; `quotas` are what acme gives for nothing."""
    from msgspec.structs import replace

    acme = replace(PROVIDERS["acme"], free_quota=quotas)
    return PriceTable({**PROVIDERS, "acme": acme}, models)


def exact(tokens: int) -> Count:
    return Count(tokens, tokens, tokens, "words", exact=True)
