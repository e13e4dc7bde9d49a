"""Price rows of a model, from YAML: states, bands, order, and price sets.

A price set may have others beside it: peak hours, batch, service tiers.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

import msgspec
import yaml

from llmcost.messages import say
from llmcost.pricing.price_rows import (
    LIFETIMES,
    Band,
    Limit,
    Mode,
    PriceRow,
    Prices,
    PriceState,
    Variant,
)
from llmcost.pricing.quotes import UNITS
from llmcost.yaml_files import Fields, YamlReader, parse_instant, parse_price

MEDIA = (
    *("audio_input", "audio_output", "audio_cache_read", "image_input", "image_output"),
    *("image_cache_read", "video_input", "video_output"),
)
SIMPLE = (
    *("input", "output", "cache_read", "cache_read_explicit", "output_thinking", "cache_storage"),
    *MEDIA,
)
SET = (*SIMPLE, "combined", "cache_write")
VARIANTS = ("peak", "batch", "tiers")
PRICES = (*SET, *VARIANTS)


def read_set(reader: YamlReader, fields: Fields, currency: str) -> Prices:
    """The price set of a mapping, by item; `combined` is the price of input and of output."""
    found: Prices = {}
    for key in SIMPLE:
        price = reader.price(fields.get(key), key, currency)
        if price is not None:
            found[key] = price
    combined = reader.price(fields.get("combined"), "combined", currency)
    if combined is not None:
        for key in ("input", "output"):
            if key in fields:
                said = say("`combined` replaces `{key}`; keep one of them", key=key)
                reader.problem(fields[key], said)
            found[key] = combined
    for lifetime, price in read_writes(reader, fields.get("cache_write"), currency):
        found[f"cache_write.{lifetime}"] = price
    return found


def read_writes(
    reader: YamlReader, node: yaml.Node | None, currency: str
) -> Iterator[tuple[str, Decimal]]:
    """Cache writes by lifetime: `cache_write: {5m: 15, 1h: 24}`."""
    if node is None:
        return
    for lifetime, value in reader.fields(node, "`cache_write`", LIFETIMES).items():
        price = reader.price(value, f"cache_write {lifetime}", currency)
        if price is not None:
            yield lifetime, price


def read_variants(reader: YamlReader, fields: Fields, currency: str) -> dict[str, Variant]:
    """`peak`, `batch` and each service tier, by name."""
    found: dict[str, Variant] = {}
    for name in ("peak", "batch"):
        if name in fields:
            found[name] = read_variant(reader, fields[name], name, currency)
    tiers = fields.get("tiers")
    if tiers is not None:
        for name, node in reader.names(tiers, "`tiers`"):
            if name in ("peak", "batch"):
                reader.problem(node, say("a tier cannot be named `{name}`", name=name))
            found[name] = read_variant(reader, node, name, currency)
    return found


def read_variant(reader: YamlReader, node: yaml.Node, name: str, currency: str) -> Variant:
    """A factor on the whole price set (`batch: 0.5`), or prices in its place."""
    if isinstance(node, yaml.ScalarNode):
        return Variant(reader.factor(node, name))
    prices = read_set(reader, reader.fields(node, f"`{name}`", SET), currency)
    if not prices:
        reader.problem(node, say("`{name}` has no price", name=name))
    return Variant(prices=prices)


LIMITS = ("input_up_to", "input_below", "output_up_to", "output_below")
SOLD_BY = ("fees", *UNITS)
ROW = (
    *("from", "until", "state", *PRICES, "bands", "mode", "schedule", "regions", *SOLD_BY),
    *("list", "promotion", "limits", "source", "checked", "evidence", "note"),
)
A_ROW, A_BAND = say("a price row"), say("a band")
A_START = say("`from` as a date, or a date-time with its zone")
FAR = 10**15  # sorts behind every real limit


class Place(msgspec.Struct, frozen=True):
    """What the rows of a model need to know of it and of its provider."""

    kind: str
    currency: str
    sources: Mapping[str, str]
    schedules: Collection[str]


def read_rows(reader: YamlReader, node: yaml.Node | None, place: Place) -> tuple[PriceRow, ...]:
    """The rows of a model, in the order of the file, which must be the order of time."""
    rows: list[PriceRow] = []
    for item in reader.items(node, say("price rows")):
        row = read_row(reader, item, place)
        if row is None:
            continue
        if rows and not is_later(row, rows[-1]):
            said = say(
                "`from: {start}` is not after the row before it, {before}",
                start=row.start,
                before=rows[-1].start,
            )
            reader.problem(item, said)
        if rows and rows[-1].until is not None and rows[-1].until > row.start:
            said = say(
                "`from: {start}` is before the row before it ends, {until}",
                start=row.start,
                until=rows[-1].until,
            )
            reader.problem(item, said)
        rows.append(row)
    return tuple(rows)


def is_later(row: PriceRow, before: PriceRow) -> bool:
    """Instants compare as instants, whatever their zones; a day begins before its hours."""
    if row.start_at is not None and before.start_at is not None:
        return row.start_at > before.start_at
    return (row.start, row.start_at is not None) > (before.start, before.start_at is not None)


def read_row(reader: YamlReader, node: yaml.Node, place: Place) -> PriceRow | None:
    fields = reader.fields(node, A_ROW, ROW, ("from", "source", "checked"))
    start = reader.scalar(fields.get("from"), A_START, parse_instant)
    checked = reader.day(fields.get("checked"), "checked")
    source = reader.text(fields.get("source"), "`source`")
    until = reader.day(fields.get("until"), "until")
    evidence = reader.day(fields.get("evidence"), "evidence")
    state = read_state(reader, fields.get("state"))
    bands = read_prices(reader, node, fields, state, place)
    if start is None or checked is None:
        return None
    day = start.date() if isinstance(start, datetime) else start
    if until is not None and until <= day:
        said = say("the row ends on {end}, not after it starts on {start}", end=until, start=day)
        reader.problem(node, said)
    if evidence is not None and not day < evidence <= checked:
        said = say("`evidence: {day}` is not between `from` and `checked`", day=evidence)
        reader.problem(node, said)
    return PriceRow(
        start=day,
        source="; ".join(place.sources.get(one, one) for one in source.split("; ")),
        checked=checked,
        state=state,
        bands=bands,
        start_at=start if isinstance(start, datetime) else None,
        until=until,
        limits=reader.text(fields.get("limits"), "`limits`"),
        note=reader.text(fields.get("note"), "`note`"),
        mode=read_mode(reader, fields, bands),
        schedule=read_schedule(reader, node, fields, bands, place),
        regions=read_factors(reader, fields.get("regions"), "`regions`"),
        fees=read_fees(reader, fields, place.currency),
        list_price=read_list(reader, fields, place.currency),
        promotion=reader.text(fields.get("promotion"), "`promotion`"),
        evidence=evidence,
    )


def read_state(reader: YamlReader, node: yaml.Node | None) -> PriceState:
    return PriceState(reader.choice(node, "state", tuple(PriceState)) or PriceState.PRICED)


def read_mode(reader: YamlReader, fields: Fields, bands: tuple[Band, ...]) -> Mode:
    node = fields.get("mode")
    mode = Mode(reader.choice(node, "mode", tuple(Mode)) or Mode.CLIFF)
    splits = {basis for band in bands for basis in ("input", "output") if getattr(band, basis)}
    if node is not None and mode is Mode.MARGINAL and len(splits) != 1:
        said = say("marginal bands have limits on input or on output, not on both")
        reader.problem(node, said)
    return mode


def read_schedule(
    reader: YamlReader, node: yaml.Node, fields: Fields, bands: tuple[Band, ...], place: Place
) -> str:
    known = {name: name for name in place.schedules}
    schedule = reader.parsed(
        fields.get("schedule"),
        known.get,
        lambda: say(
            "`schedule` as one of the provider's: {names}",
            names=", ".join(known) or say("it has none"),
        ),
    )
    has_peak = [("peak" in band.variants) for band in bands]
    if "schedule" in fields and not all(has_peak):
        reader.problem(node, say("a row with a `schedule` needs `peak` prices in each band"))
    if any(has_peak) and "schedule" not in fields:
        reader.problem(node, say("`peak` prices need the `schedule` that says when they hold"))
    return schedule or ""


def read_factors(reader: YamlReader, node: yaml.Node | None, what: str) -> Prices:
    if node is None:
        return {}
    factors = ((name, reader.factor(value, name)) for name, value in reader.names(node, what))
    return {name: factor for name, factor in factors if factor is not None}


def read_fees(reader: YamlReader, fields: Fields, currency: str) -> Prices:
    """What is not sold by the token, per 1,000; the units of `UNITS` by themselves."""
    found: Prices = {}
    node = fields.get("fees")
    if node is not None:
        for name, value in reader.names(node, "`fees`"):
            expected = say("`{key}` as {currency} per 1,000", key=name, currency=currency)
            price = reader.scalar(value, expected, parse_price)
            if price is not None:
                found[name] = price
    for key, (unit, thousands) in UNITS.items():
        if key not in fields:
            continue
        expected = say("`{key}` as {currency} per {unit}", key=key, currency=currency, unit=unit)
        price = reader.scalar(fields[key], expected, parse_price)
        if price is not None:
            found[key] = price / thousands
    return found


def read_list(reader: YamlReader, fields: Fields, currency: str) -> Prices:
    node = fields.get("list")
    if node is None:
        return {}
    if "promotion" not in fields:
        reader.problem(node, say("a `list` price needs the `promotion` that it is reduced by"))
    return read_set(reader, reader.fields(node, "`list`", SET), currency)


def read_prices(
    reader: YamlReader, node: yaml.Node, fields: Fields, state: PriceState, place: Place
) -> tuple[Band, ...]:
    """The bands of a priced row; a flat price is one band without limits."""
    given = [key for key in (*PRICES, "bands") if key in fields]
    if state is not PriceState.PRICED:
        for key in (*given, *(key for key in SOLD_BY if key in fields)):
            said = say("a row with `state: {state}` has no `{key}`", state=state, key=key)
            reader.problem(fields[key], said)
        return ()
    if "bands" not in fields:
        if not given and any(key in fields for key in SOLD_BY):
            return ()  # sold by the page, the hour, the call
        prices = read_whole(reader, node, fields, A_ROW, place)
        return (Band(prices, variants=read_variants(reader, fields, place.currency)),)
    for key in given:
        if key in SET:
            said = say("`{key}` stands beside `bands`; put it into each band", key=key)
            reader.problem(fields[key], said)
    return read_bands(reader, fields, place)


def read_whole(
    reader: YamlReader, node: yaml.Node, fields: Fields, what: str, place: Place
) -> Prices:
    """A price set that can bill: input, and output where the model writes text."""
    prices = read_set(reader, fields, place.currency)
    if "combined" not in fields:
        for key in ("input", "output") if place.kind == "chat" else ():
            if key not in fields:
                reader.problem(node, say("{what} has no `{key}`", what=what, key=key))
    if prices and not any(prices.get(key) for key in prices):
        said = say("{what} is zero; a price of nothing is written `state: free`", what=what)
        reader.problem(node, said)
    return prices


def read_bands(reader: YamlReader, row: Fields, place: Place) -> tuple[Band, ...]:
    """The bands of a row. Factors beside them (`batch: 0.5`) hold in each."""
    common = read_variants(reader, row, place.currency)
    bands: list[Band] = []
    for item in reader.items(row["bands"], say("bands")):
        fields = reader.fields(item, A_BAND, (*LIMITS, *PRICES))
        band = Band(
            read_whole(reader, item, fields, A_BAND, place),
            read_limit(reader, item, fields, "input"),
            read_limit(reader, item, fields, "output"),
            {**common, **read_variants(reader, fields, place.currency)},
        )
        check_order(reader, item, bands[-1] if bands else None, band)
        bands.append(band)
    if bands and bands[-1].output is not None:
        last = row["bands"].value[-1]
        reader.problem(last, say("a gap: the last band leaves longer outputs without a price"))
    return tuple(bands)


def read_limit(reader: YamlReader, node: yaml.Node, fields: Fields, basis: str) -> Limit | None:
    """`input_up_to: 32000` holds 32000 itself, `input_below: 32000` does not."""
    inclusive, exclusive = f"{basis}_up_to", f"{basis}_below"
    if inclusive in fields and exclusive in fields:
        said = say("a band has `{one}` or `{other}`, not both", one=inclusive, other=exclusive)
        reader.problem(node, said)
    key = exclusive if exclusive in fields else inclusive
    tokens = reader.tokens(fields.get(key), key)
    return None if tokens is None else Limit(tokens, inclusive=key == inclusive)


def check_order(reader: YamlReader, node: yaml.Node, before: Band | None, band: Band) -> None:
    """Bands ascend by input; bands of the same input limit ascend by output and end open.

    As the first band that holds a request bills it, this leaves no gap and no overlap.
    """
    if before is None:
        return
    here, there = edge(band.input), edge(before.input)
    if here < there:
        said = say("wrong order: the band's input limit is below the one before it")
        reader.problem(node, said)
    elif here == there and edge(band.output) <= edge(before.output):
        said = say("wrong order: the band's limits are not above the ones before it")
        reader.problem(node, said)
    elif here > there and before.output is not None:
        said = say("a gap: the band before it leaves longer outputs without a price")
        reader.problem(node, said)


def edge(limit: Limit | None) -> int:
    return limit.most if limit else FAR
