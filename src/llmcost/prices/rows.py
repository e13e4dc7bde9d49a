"""The dated price rows of one model: their states, bands and order."""

from datetime import datetime
from decimal import Decimal

import yaml

from llmcost.prices.nodes import Fields, Reader, parse_instant
from llmcost.pricing.table import Band, Limit, PriceRow, Rates, State

PRICES = ("input", "output", "cache_read", "combined", "output_thinking")
LIMITS = ("input_up_to", "input_below", "output_up_to", "output_below")
ROW = (*("from", "until", "state", *PRICES, "bands", "limits", "source", "checked", "note"),)
FAR = 10**15  # sorts behind every real limit


def read_rows(
    reader: Reader, node: yaml.Node | None, model: str, currency: str, sources: dict[str, str]
) -> tuple[PriceRow, ...]:
    """The rows of a model, in the order of the file, which must be the order of time."""
    rows: list[PriceRow] = []
    for item in reader.items(node, "price rows"):
        row = read_row(reader, item, currency, sources)
        if row is None:
            continue
        if rows and not is_later(row, rows[-1]):
            reader.problem(
                item, f"`from: {row.start}` is not after the row before it, {rows[-1].start}"
            )
        if rows and rows[-1].until is not None and rows[-1].until > row.start:
            reader.problem(
                item, f"`from: {row.start}` is before the row before it ends, {rows[-1].until}"
            )
        rows.append(row)
    return tuple(rows)


def is_later(row: PriceRow, before: PriceRow) -> bool:
    """Instants compare as instants, whatever their zones; a day begins before its hours."""
    if row.start_at is not None and before.start_at is not None:
        return row.start_at > before.start_at
    return (row.start, row.start_at is not None) > (before.start, before.start_at is not None)


def read_row(
    reader: Reader, node: yaml.Node, currency: str, sources: dict[str, str]
) -> PriceRow | None:
    fields = reader.fields(node, "a price row", ROW, ("from", "source", "checked"))
    start = reader.scalar(
        fields.get("from"), "`from` as a date, or a date-time with its zone", parse_instant
    )
    checked = reader.day(fields.get("checked"), "checked")
    source = reader.text(fields.get("source"), "`source`")
    until = reader.day(fields.get("until"), "until")
    state = read_state(reader, fields.get("state"))
    bands = read_prices(reader, node, fields, state, currency)
    if start is None or checked is None:
        return None
    day = start.date() if isinstance(start, datetime) else start
    if until is not None and until <= day:
        reader.problem(node, f"the row ends on {until}, not after it starts on {day}")
    return PriceRow(
        start=day,
        source=sources.get(source, source),
        checked=checked,
        state=state,
        bands=bands,
        start_at=start if isinstance(start, datetime) else None,
        until=until,
        limits=reader.text(fields.get("limits"), "`limits`"),
        note=reader.text(fields.get("note"), "`note`"),
    )


def read_state(reader: Reader, node: yaml.Node | None) -> State:
    states = {state.value: state for state in State}
    found = reader.scalar(node, f"`state` as one of {', '.join(states)}", states.get)
    return found or State.PRICED


def read_prices(
    reader: Reader, node: yaml.Node, fields: Fields, state: State, currency: str
) -> tuple[Band, ...]:
    """The bands of a priced row; a flat price is one band without limits."""
    given = [key for key in (*PRICES, "bands") if key in fields]
    if state is not State.PRICED:
        for key in given:
            reader.problem(fields[key], f"a row with `state: {state}` has no `{key}`")
        return ()
    if "bands" not in fields:
        rates = read_rates(reader, node, fields, "a price row", currency)
        return (Band(rates),) if rates else ()
    for key in given:
        if key != "bands":
            reader.problem(fields[key], f"`{key}` stands beside `bands`; put it into each band")
    return read_bands(reader, fields["bands"], currency)


def read_bands(reader: Reader, node: yaml.Node, currency: str) -> tuple[Band, ...]:
    bands: list[Band] = []
    for item in reader.items(node, "bands"):
        fields = reader.fields(item, "a band", (*LIMITS, *PRICES))
        rates = read_rates(reader, item, fields, "a band", currency)
        band = Band(
            rates or Rates(Decimal(0), Decimal(0)),
            read_limit(reader, item, fields, "input"),
            read_limit(reader, item, fields, "output"),
        )
        check_order(reader, item, bands[-1] if bands else None, band)
        bands.append(band)
    if bands and bands[-1].output is not None:
        reader.problem(node.value[-1], "a gap: the last band leaves longer outputs without a price")
    return tuple(bands)


def read_limit(reader: Reader, node: yaml.Node, fields: Fields, basis: str) -> Limit | None:
    """`input_up_to: 32000` holds 32000 itself, `input_below: 32000` does not."""
    inclusive, exclusive = f"{basis}_up_to", f"{basis}_below"
    if inclusive in fields and exclusive in fields:
        reader.problem(node, f"a band has `{inclusive}` or `{exclusive}`, not both")
    key = exclusive if exclusive in fields else inclusive
    tokens = reader.tokens(fields.get(key), key)
    return None if tokens is None else Limit(tokens, inclusive=key == inclusive)


def check_order(reader: Reader, node: yaml.Node, before: Band | None, band: Band) -> None:
    """Bands ascend by input; bands of the same input limit ascend by output and end open.

    As the first band that holds a request bills it, this leaves no gap and no overlap.
    """
    if before is None:
        return
    here, there = edge(band.input), edge(before.input)
    if here < there:
        reader.problem(node, "wrong order: the band's input limit is below the one before it")
    elif here == there and edge(band.output) <= edge(before.output):
        reader.problem(node, "wrong order: the band's limits are not above the ones before it")
    elif here > there and before.output is not None:
        reader.problem(node, "a gap: the band before it leaves longer outputs without a price")


def edge(limit: Limit | None) -> int:
    return limit.most if limit else FAR


def read_rates(
    reader: Reader, node: yaml.Node, fields: Fields, what: str, currency: str
) -> Rates | None:
    prices = {key: reader.price(fields.get(key), key, currency) for key in PRICES}
    if "combined" in fields:
        for key in ("input", "output"):
            if key in fields:
                reader.problem(node, f"`combined` replaces `{key}`; keep one of them")
        prices["input"] = prices["output"] = prices["combined"]
    else:
        for key in ("input", "output"):
            if key not in fields:
                reader.problem(node, f"{what} has no `{key}`")
    input, output = prices["input"], prices["output"]
    if input is None or output is None:
        return None
    if input == 0 and output == 0:
        reader.problem(node, f"{what} is zero; a price of nothing is written `state: free`")
    return Rates(input, output, prices["cache_read"], prices["output_thinking"])
