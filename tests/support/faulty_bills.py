"""Bills of our own engine for invented logs, each with a single fault; a seed makes one again.

Prices, bands, factors of conditions, days and requests differ from seed to seed; dollars cost seven
yuan.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace
from tables import PROVIDERS, FakeCalendar, band, model, rates, row, variant

from llmcost.commands.usage.alternatives import edges_of
from llmcost.commands.usage.charges import Biller, Charge, UsageTime
from llmcost.commands.usage.reconcile import BillLine, Cause, kind_of, reconcile
from llmcost.logs.aggregation import LoggedRequest, LogTally, Moments, Sizes, clocks_of
from llmcost.logs.model_names import LoggedNames
from llmcost.money import DailyExchange, Rate
from llmcost.pricing.price_rows import PriceTable
from llmcost.pricing.terms import Hours

CALENDAR = FakeCalendar()
ZONE = "Asia/Shanghai"
FIRST = int(datetime(2026, 9, 28, tzinfo=UTC).timestamp())  # a Monday
YUAN = Decimal(7)
EDGE = 1000  # tokens, where the second band begins


class InventedLog(NamedTuple):
    """Charges of a log, and who bills them."""

    charges: list[Charge]
    biller: Biller

    def lines(self, charges: Iterable[Charge] | None = None, **others: Any) -> list[BillLine]:
        """A bill in yuan; `others`: under other conditions."""
        return [
            BillLine(
                *(one.when.at.date().isoformat(), one.name, kind_of(part.item)),
                *(Decimal(part.quantity), part.amount * rate_of(one), "CNY"),
            )
            for one in (self.charges if charges is None else charges)
            for part in self.biller.parts(one, **others)
        ]

    def of_a_day(self, chance: random.Random, name: str) -> set[int]:
        """The charges of one day of a model."""
        own = [one for one in self.charges if one.name.endswith(name)]
        place = place_of(chance.choice(own))
        return {id(one) for one in own if place_of(one) == place}


def place_of(charge: Charge) -> tuple[date, str]:
    return charge.when.at.date(), charge.name


def rate_of(charge: Charge) -> Decimal:
    return YUAN if charge.currency == "USD" else Decimal(1)


def invented_table(chance: random.Random) -> PriceTable:
    def price(least: int, most: int) -> str:
        return str(Decimal(chance.randint(least, most)) / 100)

    batch = variant(str(Decimal(chance.randint(40, 60)) / 100))
    bands = row(
        band(rates(price(50, 200), price(300, 900), price(5, 40)), input=EDGE, batch=batch),
        band(rates(price(210, 500), price(910, 2000), price(41, 90)), batch=batch),
    )
    office = row(
        band(
            rates(price(100, 400), price(401, 2000), price(5, 90), cache_write_5m=price(401, 500)),
            peak=variant(str(Decimal(chance.randint(130, 300)) / 100)),
            flex=variant(str(Decimal(chance.randint(30, 80)) / 100)),
        ),
        schedule="office",
    )
    dollars = row(band(rates(price(100, 400), price(500, 2000), price(5, 90))))
    models = (
        model("bands", bands),
        model("office", office),
        model("dollars", dollars, provider="globex"),
    )
    return PriceTable(PROVIDERS, models)


def invented_log(chance: random.Random, names: tuple[str, ...]) -> InventedLog:
    """Of some days and of these models, with every condition that they have."""
    table = invented_table(chance)
    edges = edges_of(table, (), lambda name: None, ())  # type: ignore[arg-type, return-value]
    tally = LogTally(Moments(clocks_of(table, ZONE), CALENDAR), edges)
    for number, (day, name) in enumerate(requests(chance, names)):
        hour = (2, 13)[number // len(names) % 2]  # in peak hours and outside
        input = chance.choice((chance.randint(300, EDGE - 10), chance.randint(EDGE + 10, 4000)))
        read = chance.randint(1, input // 2)
        written = chance.randint(1, input // 3) if name == "office" else 0
        tally.add(
            LoggedRequest(
                name,
                FIRST + 86_400 * day + 3600 * hour + chance.randint(0, 1800),
                Sizes("", input, chance.randint(10, 900), read, written),
                batch=name == "bands" and number % 5 < 2,
                tier="flex" if name == "office" and number % 5 < 2 else "",
            )
        )
    biller = Biller(table, CALENDAR, ZONE, UsageTime(datetime.now(UTC), Hours.OFF_PEAK))
    return InventedLog(list(biller.charges(tally.cells(), LoggedNames(table, {}))), biller)


def requests(chance: random.Random, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Days, and a model: each as often on each of them."""
    days, each = chance.randint(1, 4), chance.randint(8, 16)
    return ((day, name) for day in range(days) for _ in range(each) for name in names)


Fault = Callable[[InventedLog, random.Random], list[BillLine]]


def under(name: str, **others: Any) -> Fault:
    """One day of a model billed under other conditions."""

    def fault(log: InventedLog, chance: random.Random) -> list[BillLine]:
        wrong = log.of_a_day(chance, name)
        found = []
        for one in log.charges:
            changes = dict(others) if id(one) in wrong else {}
            if "band" in changes:
                assert one.row is not None
                changes["band"] = one.row.bands[others["band"]]
            found += log.lines([one], **changes)
        return found

    return fault


def times(*percents: int) -> Fault:
    """All amounts by a factor."""

    def fault(log: InventedLog, chance: random.Random) -> list[BillLine]:
        factor = Decimal(chance.choice(percents)) / 100
        return [one._replace(amount=one.amount * factor) for one in log.lines()]

    return fault


def uncached(log: InventedLog, chance: random.Random) -> list[BillLine]:
    """What was read from the cache is billed as fresh input."""
    wrong = log.of_a_day(chance, chance.choice(("bands", "office")))
    return log.lines(
        replace(one, sums=replace(one.sums, cache_read=0)) if id(one) in wrong else one
        for one in log.charges
    )


def rounded(log: InventedLog, chance: random.Random) -> list[BillLine]:
    """One day of a model, or all, kind by kind."""
    lines = summed(log.lines())
    digits = Decimal(1).scaleb(-chance.choice((2, 3, 4)))
    some = chance.choice(lines) if chance.random() < 0.5 else None
    return [
        one._replace(amount=one.amount.quantize(digits))
        if some is None or (one.day, one.model) == (some.day, some.model)
        else one
        for one in lines
    ]


def summed(lines: Iterable[BillLine]) -> list[BillLine]:
    found: dict[tuple[str, str, str], BillLine] = {}
    for one in lines:
        old = found.get(key := (one.day, one.model, one.kind))
        if old is not None:
            quantity = (old.quantity or 0) + (one.quantity or 0)
            one = one._replace(quantity=Decimal(quantity), amount=old.amount + one.amount)
        found[key] = one
    return list(found.values())


def free(log: InventedLog, chance: random.Random) -> list[BillLine]:
    lines = summed(log.lines())
    at = chance.randrange(len(lines))
    share = Decimal(chance.randint(5, 95)) / 97
    lines[at] = lines[at]._replace(amount=lines[at].amount * share)
    return lines


def fewer(log: InventedLog, chance: random.Random) -> list[BillLine]:
    wrong = chance.randrange(len(log.charges))
    return log.lines(one for at, one in enumerate(log.charges) if at != wrong)


def without_a_day(log: InventedLog, chance: random.Random) -> list[BillLine]:
    wrong = place_of(chance.choice(log.charges))
    return log.lines(one for one in log.charges if place_of(one) != wrong)


def more(log: InventedLog, chance: random.Random) -> list[BillLine]:
    return log.lines([*log.charges, chance.choice(log.charges)])


def beside(kind: str) -> Fault:
    def fault(log: InventedLog, chance: random.Random) -> list[BillLine]:
        amount = Decimal(chance.randint(1, 500)) / 100 * (-1 if kind == "credit" else 1)
        return [*log.lines(), BillLine("2026-09-30", "", kind, None, amount, "CNY")]

    return fault


def exchanged(log: InventedLog, chance: random.Random) -> list[BillLine]:
    """Dollars at another rate."""
    factor = 1 + Decimal(chance.choice((-1, 1)) * chance.randint(2, 500)) / 10_000
    return [
        one._replace(amount=one.amount * factor) if one.model.startswith("globex") else one
        for one in log.lines()
    ]


ALL = ("bands", "office", "dollars")
FAULTS: dict[str, tuple[Cause, Fault, tuple[str, ...]]] = {
    "the lower band": (Cause.BAND, under("bands", band=0), ALL),
    "the higher band": (Cause.BAND, under("bands", band=1), ALL),
    "cached as fresh": (Cause.CACHE, uncached, ALL),
    "off-peak": (Cause.PEAK, under("office", peak=""), ALL),
    "peak hours": (Cause.PEAK, under("office", peak="peak"), ALL),
    "no tier": (Cause.TIER, under("office", tier=""), ALL),
    "a tier": (Cause.TIER, under("office", tier="flex"), ALL),
    "no batch": (Cause.BATCH, under("bands", batch=False), ALL),
    "a batch": (Cause.BATCH, under("bands", batch=True), ALL),
    "tax on all": (Cause.TAX, times(103, 106, 109, 113, 119, 120), ALL),
    "a line of tax": (Cause.TAX, beside("tax"), ALL),
    "a discount on all": (Cause.DISCOUNT, times(50, 70, 85, 90, 95, 98), ALL),
    "rounding": (Cause.ROUNDING, rounded, ALL),
    "a free quota": (Cause.QUOTA, free, ALL),
    "a credit": (Cause.QUOTA, beside("credit"), ALL),
    "a line missing in the bill": (Cause.MISSING_BILL, fewer, ALL),
    "a day missing in the bill": (Cause.MISSING_BILL, without_a_day, ALL),
    "a line missing in the log": (Cause.MISSING_LOG, more, ALL),
    "a fee": (Cause.FEE, beside("fee"), ALL),
    "an exchange rate": (Cause.EXCHANGE, exchanged, ALL),
    "an exchange rate of all": (Cause.EXCHANGE, exchanged, ("dollars",)),
}
"""By name: the cause, what makes the fault, and the models of the log."""


def found_causes(log: InventedLog, bill: list[BillLine]) -> set[Cause]:
    rate = Rate(YUAN, date(2026, 9, 28))
    whole = reconcile(log.charges, bill, log.biller, DailyExchange("CNY", lambda *_: rate))
    return {one.cause for one in whole.differences}


def judged(name: str, seed: int) -> bool | None:
    """Whether the cause of a fault, and no other, is named; None where the fault changes nothing:
    the day had no request of that kind."""
    cause, fault, names = FAULTS[name]
    chance = random.Random(f"{name} {seed}")
    log = invented_log(chance, names)
    bill = fault(log, chance)
    if summed(bill) == summed(log.lines()):
        return None
    return found_causes(log, bill) == {cause}
