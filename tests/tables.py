"""Tiny invented price tables: `acme` bills in yuan, `globex` in dollars."""

from datetime import date, datetime
from decimal import Decimal

from llmcost.pricing.table import (
    Alias,
    Band,
    Limit,
    Model,
    PriceRow,
    PriceTable,
    Provider,
    Rates,
    State,
)
from llmcost.pricing.usage import Count

PROVIDERS = {
    "acme": Provider("acme", "Acme Models", "CNY", "艾克米"),
    "globex": Provider("globex", "Globex", "USD"),
}


def at(text: str) -> datetime:
    """An instant; a bare day is its noon in Beijing."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00+08:00")


def rates(input: str, output: str, cache_read: str | None = None) -> Rates:
    cached = None if cache_read is None else Decimal(cache_read)
    return Rates(Decimal(input), Decimal(output), cached)


def band(
    price: str, *, input: int | None = None, output: int | None = None, inclusive: bool = True
) -> Band:
    """A band up to these limits, where input and output cost `price` each."""
    return Band(
        rates(price, price),
        None if input is None else Limit(input, inclusive),
        None if output is None else Limit(output, inclusive),
    )


def row(
    *bands: Band | Rates, start: str = "2024-01-01", until: str | None = None, note: str = ""
) -> PriceRow:
    """A priced row; `start` is a day, or an instant with its zone."""
    instant = datetime.fromisoformat(start) if "T" in start else None
    return PriceRow(
        start=date.fromisoformat(start[:10]),
        source="invented",
        checked=date(2024, 1, 1),
        bands=tuple(Band(one) if isinstance(one, Rates) else one for one in bands),
        start_at=instant,
        until=None if until is None else date.fromisoformat(until),
        note=note,
    )


def unpriced(
    state: State, *, start: str = "2024-01-01", note: str = "", limits: str = ""
) -> PriceRow:
    day = date.fromisoformat(start)
    return PriceRow(day, "invented", day, state=state, note=note, limits=limits)


def model(
    id: str,
    *rows: PriceRow,
    provider: str = "acme",
    context: int | None = None,
    max_output: int | None = None,
    aliases: tuple[Alias, ...] = (),
    retired: str | None = None,
) -> Model:
    return Model(
        id=id,
        provider=provider,
        tokenizer="words",
        prices=rows,
        context=context,
        max_output=max_output,
        aliases=aliases,
        retired=None if retired is None else date.fromisoformat(retired),
    )


def table(*models: Model) -> PriceTable:
    return PriceTable(PROVIDERS, models)


def exact(tokens: int) -> Count:
    return Count(tokens, tokens, tokens, "words", exact=True)
