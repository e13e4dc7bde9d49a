"""Charges of the requests of a log, each at the price of its own time.

Requests without a price are counted as gaps, with the reason. Amounts of many days are converted to
one currency, each at its day's rate.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

import msgspec

from llmcost.logs.aggregation import INPUTS, NOTHING, RequestSums, SharedTerms
from llmcost.logs.model_names import LoggedNames
from llmcost.messages import say
from llmcost.money import ZERO, DailyExchange
from llmcost.pricing.billing import state_detail
from llmcost.pricing.catalog import row_at
from llmcost.pricing.cost import (
    PER_CALLS,
    BillPart,
    Conditions,
    band_for,
    cost_of,
    fee_of,
    prices_of,
    sells,
    sum_of,
    token_parts,
)
from llmcost.pricing.price_rows import Band, Mode, Model, PriceRow, Prices, PriceState, PriceTable
from llmcost.pricing.schedule import Calendar, peak_window
from llmcost.pricing.terms import Hours
from llmcost.pricing.usage import Usage

OUTPUTS = ("_output",)
ONE = Decimal(1)


class UsageTime(msgspec.Struct, frozen=True):
    """The instant whose rows hold, in the zone that days are told in, and what chooses the part of
    a schedule."""

    at: datetime
    hours: datetime | Hours


class Charge(msgspec.Struct, frozen=True):
    """What the requests of a cell cost together, in the currency of their provider; None with the
    `reason` if that is not known. `others`: who else sells the model."""

    cell: SharedTerms
    sums: RequestSums
    when: UsageTime
    model: Model | None
    row: PriceRow | None
    amount: Decimal | None
    currency: str = ""
    reason: str = ""
    others: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()  # conditions without a price of their own: batch, a tier, a region
    items: tuple[str, ...] = ()  # the same of modalities and calls

    @property
    def name(self) -> str:
        """The model by its key, or what the log calls it."""
        return self.cell.model if self.model is None else self.model.key


class Biller:
    """Prices sums of requests. `undated`: when requests without a time are billed."""

    def __init__(
        self, table: PriceTable, calendar: Calendar, zone: str, undated: UsageTime
    ) -> None:
        self._table = table
        self._calendar = calendar
        self._zone = zone
        self._undated = undated

    def charges(
        self, cells: Iterable[tuple[SharedTerms, RequestSums]], names: LoggedNames
    ) -> Iterator[Charge]:
        for cell, sums in cells:
            yield self.charge(cell, sums, names)

    def charge(self, cell: SharedTerms, sums: RequestSums, names: LoggedNames) -> Charge:
        when = self.when(cell.second)
        if not (sums.input or sums.output or sums.others):  # whatever the model is
            model = names.find(cell.model, cell.provider, when.at).model
            return Charge(cell, sums, when, model, None, ZERO, self.currency(model))
        named = names.find(cell.model, cell.provider, when.at)
        if named.model is None and cell.asked:
            asked = names.find(cell.asked, cell.provider, when.at)
            named = asked if asked.model is not None else named
        if named.model is None:
            return Charge(cell, sums, when, None, None, None, reason=named.reason)
        model = named.model
        row = row_at(model, when.at)
        reason = refusal(row, cell.example, sums)
        amount = None if reason or row is None else self.amount(model, row, cell, sums, when)
        return Charge(
            *(cell, sums, when, model, row, amount),
            currency=self.currency(model),
            reason=reason,
            others=named.others,
            lacks=() if row is None else lacking(row, cell),
            items=unpriced_items(row, sums),
        )

    def currency(self, model: Model | None) -> str:
        return "" if model is None else self._table.providers[model.provider].currency

    def when(self, second: int | None) -> UsageTime:
        if second is None:
            return self._undated
        at = self._calendar.local(datetime.fromtimestamp(second, UTC), self._zone)
        return UsageTime(at, at)

    def amount(
        self,
        model: Model,
        row: PriceRow,
        cell: SharedTerms,
        sums: RequestSums,
        when: UsageTime,
        ratio: Decimal = ONE,
    ) -> Decimal:
        """What requests cost that have `ratio` times the tokens. The row has a price for them."""
        if row.state is PriceState.FREE:
            return ZERO
        conditions = self.conditions(model, row, cell, when)
        if row.mode is Mode.MARGINAL:
            return marginal(sums, row, conditions, ratio)
        size = Usage(*within(scaled(cell.example, ratio), row))
        band = band_for(size, row)
        if band is None:
            raise ValueError(f"no band of the row from {row.start} holds {size}")
        return ratio * amount_of(sums, row, band, conditions)

    def parts(self, charge: Charge, band: Band | None = None, **others: Any) -> Sequence[BillPart]:
        """The lines of a charge on a bill; `others`: under other conditions than its own."""
        model, row = charge.model, charge.row
        if model is None or row is None or row.state is not PriceState.PRICED:
            return ()
        own = self.conditions(model, row, charge.cell, charge.when)
        conditions = msgspec.structs.replace(own, **others)
        if row.mode is Mode.MARGINAL and charge.amount is not None:
            return (BillPart("", ONE, charge.amount, 1),)
        found = band or band_for(Usage(*within(charge.cell.example, row)), row)
        return () if found is None else parts_of(charge.sums, row, found, conditions)

    def conditions(
        self, model: Model, row: PriceRow, cell: SharedTerms, when: UsageTime
    ) -> Conditions:
        return Conditions(
            peak=self._peak(model, row, when),
            thinking=cell.thinking,
            batch=cell.batch,
            tier=cell.tier,
            region=cell.region,
            explicit_cache=cell.explicit_cache,
            lifetime="5m",
            discount=model.discount,
        )

    def _peak(self, model: Model, row: PriceRow, when: UsageTime) -> str:
        schedule = self._table.providers[model.provider].schedules.get(row.schedule)
        if schedule is None or not isinstance(when.hours, datetime):
            return ""
        window = peak_window(schedule, when.hours, self._calendar)
        return "" if window is None else str(window)


def refusal(row: PriceRow | None, example: tuple[int, int], sums: RequestSums = NOTHING) -> str:
    """Why there is no price of requests of a size; empty if there is one."""
    if row is None:
        return say("no price known of that time")
    if row.state is PriceState.FREE:
        return ""
    if row.state is not PriceState.PRICED:
        return state_detail(row)
    band = band_for(Usage(*example), row)
    if band is None:
        return say("no price of requests of that size")
    apart = set(sums.others) & set(band.prices)  # whose tokens need no price of text
    text = Usage(
        example[0] and (1 if sums.input > sum_by(sums, apart, INPUTS) or not sums.input else 0),
        example[1] and (1 if sums.output > sum_by(sums, apart, OUTPUTS) or not sums.output else 0),
    )
    return "" if sells(band, text) else say("writes no text that is sold by the token")


def sum_by(sums: RequestSums, items: Iterable[str], endings: tuple[str, ...]) -> int:
    return sum(sums.others[item] for item in items if item.endswith(endings))


def lacking(row: PriceRow, cell: SharedTerms) -> tuple[str, ...]:
    """What the requests were, and has no price of its own."""
    if row.state is not PriceState.PRICED:
        return ()
    variants = {name for band in row.bands for name in band.variants}
    requested = (("batch", cell.batch), (cell.tier, bool(cell.tier)))
    found = [name for name, is_requested in requested if is_requested and name not in variants]
    if cell.region and cell.region not in row.regions:
        found.append(f"region {cell.region}")
    return tuple(found)


def unpriced_items(row: PriceRow | None, sums: RequestSums) -> tuple[str, ...]:
    """The items that are billed as text, or not at all, since the row has no price of them."""
    if row is None or row.state is not PriceState.PRICED:
        return ()
    known = {*row.fees, *(item for band in row.bands for item in band.prices)}
    writes = any(item.startswith(WRITES) for item in known)
    return tuple(
        item
        for item, number in sums.others.items()
        if number and item not in known and not (writes and item.startswith(WRITES))
    )


WRITES = "cache_write."


def is_tokens(item: str) -> bool:
    """Not a call, whose price is per thousand."""
    return item.startswith(WRITES) or item.endswith((*INPUTS, *OUTPUTS))


def amount_of(sums: RequestSums, row: PriceRow, band: Band, conditions: Conditions) -> Decimal:
    """The bill of many requests that one band holds: what each costs is the sum of what its tokens
    do."""
    return sum_of(parts_of(sums, row, band, conditions))


def parts_of(
    sums: RequestSums, row: PriceRow, band: Band, conditions: Conditions
) -> list[BillPart]:
    prices, _ = prices_of(band, row, conditions)
    input, output, read, written = sums.input, sums.output, sums.cache_read, sums.cache_write
    parts: list[BillPart] = []
    for item, number in sums.others.items():
        if item.startswith(WRITES):
            input, written = input - number, written - number
            lasting = msgspec.structs.replace(conditions, lifetime=item.removeprefix(WRITES))
            parts += token_parts(Usage(number, 0, 0, number), prices, (), lasting)
            continue
        price = price_of(item, prices)
        if price is None:
            if not is_tokens(item):
                parts.append(BillPart(item, number, fee(row, item, conditions), PER_CALLS))
            continue
        parts.append(BillPart(item, number, price))
        if item.endswith("_output"):
            output -= number
        else:
            input -= number
            read -= number if item.endswith("_cache_read") else 0
    text = Usage(input, output, read, written)
    return [*parts, *token_parts(text, prices, (), conditions)]


def fee(row: PriceRow, item: str, conditions: Conditions) -> Decimal:
    """The price of 1,000 calls; nothing for what the row does not price, which is reported."""
    return fee_of(row, item, conditions.discount) if item in row.fees else ZERO


def price_of(item: str, prices: Prices) -> Decimal | None:
    """Of tokens of another modality; None where they are billed as text. A price of uncached ones
    is that of cached ones where the row has none of any cached token."""
    own = prices.get(item)
    if own is None and item.endswith("_cache_read") and "cache_read" not in prices:
        return prices.get(item.replace("_cache_read", "_input"))
    return own


def marginal(sums: RequestSums, row: PriceRow, conditions: Conditions, ratio: Decimal) -> Decimal:
    """The same where a request is billed in parts; all of the sum have the same tokens."""
    number = sums.requests
    parts = (sums.input, sums.output, sums.cache_read, sums.cache_write)
    input, output, read, written = (ceiling(one // number * ratio) for one in parts)
    read = min(read, input)
    usage = Usage(*within((input, output), row), read, min(written, input - read))
    cost = cost_of(usage, row, conditions)
    if cost is None:
        raise ValueError(f"no band of the row from {row.start} holds {usage}")
    calls = sums.others.items()
    fees = sum((fee(row, one, conditions) * number for one, number in calls), ZERO)
    return cost.amount * number + fees / PER_CALLS


def within(size: tuple[int, int], row: PriceRow) -> tuple[int, int]:
    """A size with its input cut to what the last band holds: beyond, there is no price."""
    last = row.bands[-1].input if row.bands else None
    return (size[0] if last is None else min(size[0], last.most)), size[1]


def scaled(size: tuple[int, int], ratio: Decimal) -> tuple[int, int]:
    return ceiling(size[0] * ratio), ceiling(size[1] * ratio)


def ceiling(tokens: Decimal | int) -> int:
    return int(Decimal(tokens).to_integral_value(rounding=ROUND_CEILING))


class Gap(msgspec.Struct, frozen=True):
    """Requests without a price, of one name and for one `reason`, told in full by `detail`. `days`:
    the first and the last of them."""

    name: str
    provider: str
    reason: str
    detail: str
    sums: RequestSums
    days: tuple[date, date]


def gaps(charges: Iterable[Charge]) -> list[Gap]:
    found: dict[tuple[str, str, str], list[Charge]] = {}
    for one in charges:
        if one.amount is None:
            found.setdefault((one.name, seller(one), str(one.reason)), []).append(one)
    made = [
        gap("model" if some[0].model is None else "price", some[0].reason, name, provider, some)
        for (name, provider, _reason), some in found.items()
    ]
    return sorted(made, key=lambda one: (-one.sums.requests, one.name))


def gap(reason: str, detail: str, name: str, provider: str, some: Sequence[Charge]) -> Gap:
    days = [one.when.at.date() for one in some]
    sums = total_of(one.sums for one in some)
    return Gap(name, provider, reason, detail, sums, (min(days), max(days)))


def seller(charge: Charge) -> str:
    """The provider, or what the log calls it."""
    return charge.cell.provider if charge.model is None else charge.model.provider


def total_of(sums: Iterable[RequestSums]) -> RequestSums:
    total = NOTHING
    for one in sums:
        total += one
    return total


def exchanged_cost(charge: Charge, exchanged: DailyExchange) -> Decimal:
    return exchanged.of(charge.amount or ZERO, charge.currency, charge.when.at.date())
