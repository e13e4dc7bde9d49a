"""A log beside the vendor's bill: what differs, by day, model and kind of token, and why.

The cause of a difference is the one change of our own bill that makes it the vendor's: another
band, peak hour, tier, batch, cache or rate, a tax, a free quota, rounding; else lines are missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from llmcost.commands.usage.charges import Biller, Charge
from llmcost.messages import say
from llmcost.money import ZERO, DailyExchange
from llmcost.render.text import fixed

ONE = Decimal(1)
FINE = Decimal("0.000000001")
COARSE = 6  # digits, up to which an amount may have been rounded
Place = tuple[str, str]
"""Day and model."""
Kinds = dict[str, tuple[Decimal, Decimal]]
"""Quantity and amount of each kind of token."""


class Cause(StrEnum):
    BAND = "band"
    CACHE = "cache"
    PEAK = "peak hour"
    TIER = "tier"
    BATCH = "batch"
    EXCHANGE = "exchange rate"
    TAX = "tax"
    DISCOUNT = "discount"
    ROUNDING = "rounding"
    QUOTA = "free quota"
    MISSING_LOG = "missing in the log"
    MISSING_BILL = "missing in the bill"
    FEE = "fee"
    UNKNOWN = "unknown"


class BillLine(NamedTuple):
    """A line of the vendor's bill. `kind` of token as price files name it, `tax`, `credit` or
    `fee`; empty for a sum of all. `quantity` None: it has none."""

    day: str
    model: str
    kind: str
    quantity: Decimal | None
    amount: Decimal
    currency: str


class BillDifference(NamedTuple):
    """Of one kind of token, or of all of a day and model."""

    cause: Cause
    day: str
    model: str
    kind: str
    logged: Decimal
    billed: Decimal
    detail: str = ""


class Reconciliation(NamedTuple):
    """Both totals in the bill's currency, all differences, and how many lines agree."""

    currency: str
    logged: Decimal
    billed: Decimal
    differences: tuple[BillDifference, ...]
    agreed: int


def kind_of(item: str) -> str:
    """What a price file calls `cache_write.5m` is a cache write on a bill."""
    if item.startswith("cache_write"):
        return "cache_write"
    return {"output_thinking": "output", "cache_read_explicit": "cache_read"}.get(item, item)


def reconcile(
    charges: Iterable[Charge], bill: Sequence[BillLine], biller: Biller, exchanged: DailyExchange
) -> Reconciliation:
    """`exchanged`: into the currency of the bill. Raises NoExchangeRate."""
    ours: dict[Place, list[Charge]] = {}
    for one in charges:
        if one.amount is not None and one.model is not None and one.row is not None:
            day = one.when.at.date().isoformat()
            ours.setdefault((day, one.model.key), []).append(one)
    theirs: dict[Place, list[BillLine]] = {}
    beside = []
    for line in bill:
        if line.kind in ("tax", "credit", "fee"):
            beside.append(line)
        else:
            theirs.setdefault((line.day, line.model), []).append(line)
    work = Reconciler(biller, exchanged)
    return work.whole(ours, theirs, beside)


class Reconciler:
    """Compares the groups of a log and of a bill."""

    def __init__(self, biller: Biller, exchanged: DailyExchange) -> None:
        self._biller = biller
        self._exchanged = exchanged

    def whole(
        self,
        ours: Mapping[Place, list[Charge]],
        theirs: Mapping[Place, list[BillLine]],
        beside: Iterable[BillLine],
    ) -> Reconciliation:
        groups = {
            place: (self.kinds(ours.get(place, ())), billed(theirs.get(place, ())))
            for place in dict.fromkeys([*ours, *theirs])
        }
        groups = {place: matched(*both) for place, both in groups.items()}
        found = list(self.common_ratio(groups, ours))
        if not found:
            for place, (logged, bill) in groups.items():
                found += self.group(place, logged, bill, ours.get(place, ()))
        found += [beside_difference(one) for one in beside]
        differing = {(one.day, one.model, one.kind) for one in found}
        pairs = [(*place, kind) for place, (logged, _) in groups.items() for kind in logged]
        return Reconciliation(
            self._exchanged.currency,
            sum((amount for logged, _ in groups.values() for _, amount in logged.values()), ZERO),
            sum((amount for _, bill in groups.values() for _, amount in bill.values()), ZERO)
            + sum((one.billed for one in found if one.kind in ("tax", "credit", "fee")), ZERO),
            tuple(found),
            sum(one not in differing for one in pairs),
        )

    def kinds(self, charges: Iterable[Charge], **others: Any) -> Kinds:
        found: Kinds = {}
        for one in charges:
            day = one.when.at.date()
            for part in self._biller.parts(one, **self.own(one, others)):
                quantity, amount = found.get(kind_of(part.item), (ZERO, ZERO))
                more = self._exchanged.of(part.amount, one.currency, day)
                found[kind_of(part.item)] = quantity + part.quantity, amount + more
        return {kind: pair for kind, pair in found.items() if pair[0] or pair[1]}

    def own(self, charge: Charge, others: Mapping[str, Any]) -> dict[str, Any]:
        """The conditions of an alternative for one charge: a band by its place, and a batch only
        where there is one."""
        found = dict(others)
        if "band" in found and charge.row is not None:
            bands = charge.row.bands
            found["band"] = bands[min(found["band"], len(bands) - 1)]
        return found

    def common_ratio(
        self, groups: Mapping[Place, tuple[Kinds, Kinds]], ours: Mapping[Place, list[Charge]]
    ) -> Iterator[BillDifference]:
        """All amounts by the same factor: a tax or a discount; or an exchange rate, if all of them
        are in another currency, or just those that are."""
        foreign = {
            place
            for place, some in ours.items()
            if any(one.currency != self._exchanged.currency for one in some)
        }
        others = {place: pair for place, pair in groups.items() if place not in foreign}
        ratio = ratio_of(groups)
        chosen = groups
        cause = Cause.TAX if ratio is not None and ratio > ONE else Cause.DISCOUNT
        if ratio is not None and not others:
            cause = Cause.EXCHANGE
        elif ratio is None and foreign and all(agrees(*pair) for pair in others.values()):
            chosen = {place: groups[place] for place in groups if place in foreign}
            ratio, cause = ratio_of(chosen), Cause.EXCHANGE
        if ratio is None:
            return
        detail = say("all amounts x {factor}", factor=fixed(ratio, 4))
        for (day, model), (logged, bill) in chosen.items():
            for kind, pair in logged.items():
                yield BillDifference(cause, day, model, kind, pair[1], bill[kind][1], detail)

    def group(
        self, place: Place, logged: Kinds, bill: Kinds, charges: Sequence[Charge]
    ) -> list[BillDifference]:
        day, model = place
        kinds = [one for one in dict.fromkeys([*logged, *bill]) if logged.get(one) != bill.get(one)]
        found = []
        open_kinds = []
        for kind in kinds:
            (ours, amount), (theirs, charged) = logged.get(kind, NONE), bill.get(kind, NONE)
            if ours == theirs and is_same(amount, charged):
                continue
            if ours == theirs and is_rounded(amount, charged):
                found.append(BillDifference(Cause.ROUNDING, day, model, kind, amount, charged))
            else:
                open_kinds.append(kind)
        if not open_kinds:
            return found
        cause, detail = self.cause(logged, bill, charges)
        return found + [
            BillDifference(
                *(cause, day, model, kind, logged.get(kind, NONE)[1], bill.get(kind, NONE)[1]),
                detail,
            )
            for kind in open_kinds
        ]

    def cause(self, logged: Kinds, bill: Kinds, charges: Sequence[Charge]) -> tuple[Cause, str]:
        if not bill:
            return Cause.MISSING_BILL, ""
        if not logged:
            return Cause.MISSING_LOG, ""
        differing = [
            one for one in {*logged, *bill} if quantity(logged, one) != quantity(bill, one)
        ]
        if differing:
            return cause_of_quantities(logged, bill, differing)
        for cause, detail, changes in alternatives(charges):
            if agrees(self.kinds(charges, **changes), bill):
                return cause, detail
        lower = [one for one in logged if bill[one][1] < logged[one][1]]
        if lower and all(is_same(bill[one][1], logged[one][1]) for one in {*logged} - {*lower}):
            return Cause.QUOTA, free_tokens(logged, bill, lower)
        return Cause.UNKNOWN, ""


FEWEST = 3
"""Amounts, of which one factor would be no accident."""


def ratio_of(groups: Mapping[Place, tuple[Kinds, Kinds]]) -> Decimal | None:
    """The factor of all amounts; None if there is none, it is one, or they are rounded alone."""
    pairs = [
        (pair, bill.get(kind, NONE))
        for logged, bill in groups.values()
        for kind, pair in logged.items()
    ]
    amounts = [(one[1], other[1]) for one, other in pairs]
    total, billed = (sum((one[at] for one in amounts), ZERO) for at in (0, 1))
    is_whole = all(one[0] == other[0] for one, other in pairs) and len(amounts) >= FEWEST
    ratio = billed / total if total and is_whole else ONE
    if abs(ratio - ONE) < LEAST or not all(is_close(a * ratio, b, a) for a, b in amounts):
        return None
    if all(is_same(a, b) or is_rounded(a, b) for a, b in amounts):
        return None
    return ratio


LEAST = Decimal("0.0001")
NONE = (ZERO, ZERO)
INPUTS = ("input", "cache_read", "cache_write")


def quantity(kinds: Kinds, kind: str) -> Decimal:
    return kinds.get(kind, NONE)[0]


def cause_of_quantities(logged: Kinds, bill: Kinds, differing: Iterable[str]) -> tuple[Cause, str]:
    """Tokens that are cached here and not there are a matter of the cache; else lines are
    missing."""
    here, there = (sum((quantity(one, kind) for kind in INPUTS), ZERO) for one in (logged, bill))
    if here == there and set(differing) <= set(INPUTS):
        cached = quantity(logged, "cache_read") - quantity(bill, "cache_read")
        return Cause.CACHE, say(
            "{number:,} cached tokens billed otherwise", number=int(abs(cached))
        )
    more = any(quantity(bill, one) > quantity(logged, one) for one in differing)
    fewer = any(quantity(bill, one) < quantity(logged, one) for one in differing)
    if more and not fewer:
        return Cause.MISSING_LOG, ""
    return (Cause.MISSING_BILL, "") if fewer and not more else (Cause.UNKNOWN, "")


def alternatives(charges: Sequence[Charge]) -> Iterator[tuple[Cause, str, dict[str, Any]]]:
    """Other conditions, under which the bill may have been made, the likeliest first."""
    rows = [one.row for one in charges if one.row is not None]
    bands = [band for row in rows for band in row.bands]
    names = {name for band in bands for name in band.variants}
    if "peak" in names:
        yield Cause.PEAK, say("billed off-peak"), {"peak": ""}
        yield Cause.PEAK, say("billed as peak hours"), {"peak": "peak"}
    if "batch" in names:
        yield Cause.BATCH, say("not billed as a batch"), {"batch": False}
        yield Cause.BATCH, say("billed as a batch"), {"batch": True}
    for name in ("", *sorted(names - {"peak", "batch"})):
        detail = say("billed at tier {name}", name=name) if name else say("billed without a tier")
        yield Cause.TIER, detail, {"tier": name}
    for number in range(max(len(row.bands) for row in rows) if rows else 0):
        yield Cause.BAND, say("billed in band {number}", number=number + 1), {"band": number}
    yield Cause.CACHE, say("billed as implicit cache"), {"explicit_cache": False}
    yield Cause.CACHE, say("billed as explicit cache"), {"explicit_cache": True}


def agrees(kinds: Kinds, bill: Kinds) -> bool:
    return kinds.keys() == bill.keys() and all(
        is_same(amount, bill[kind][1]) or is_rounded(amount, bill[kind][1])
        for kind, (_, amount) in kinds.items()
    )


def free_tokens(logged: Kinds, bill: Kinds, kinds: Iterable[str]) -> str:
    number = ZERO
    for kind in kinds:
        tokens, amount = logged[kind]
        if amount:
            number += tokens * (amount - bill[kind][1]) / amount
    return say("about {number:,} tokens for nothing", number=int(number))


def is_same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= FINE * max(ONE, abs(one)) * Decimal("0.001")


def is_close(one: Decimal, other: Decimal, size: Decimal) -> bool:
    return is_same(one, other) or abs(one - other) <= max(unit(other) / 2, abs(size) * FINE * 10)


def is_rounded(exact: Decimal, other: Decimal) -> bool:
    """Whether an amount is the other one, to as few digits as that has."""
    return unit(other) >= Decimal(1).scaleb(-COARSE) and abs(exact - other) <= unit(other) / 2


def unit(amount: Decimal) -> Decimal:
    exponent = amount.as_tuple().exponent
    return Decimal(1).scaleb(min(0, exponent) if isinstance(exponent, int) else 0)


def billed(lines: Iterable[BillLine]) -> Kinds:
    found: Kinds = {}
    for one in lines:
        tokens, amount = found.get(one.kind, NONE)
        found[one.kind] = tokens + (one.quantity or ZERO), amount + one.amount
    return found


def matched(logged: Kinds, bill: Kinds) -> tuple[Kinds, Kinds]:
    """A bill without kinds of tokens is compared in sums; so is one without quantities."""
    if set(bill) == {""}:
        amount = sum((one[1] for one in logged.values()), ZERO)
        return {"": (ZERO, amount)}, {"": (ZERO, bill[""][1])}
    if bill and not any(tokens for tokens, _ in bill.values()):
        logged = {kind: (ZERO, amount) for kind, (_, amount) in logged.items()}
    return logged, bill


def beside_difference(line: BillLine) -> BillDifference:
    causes = {"tax": Cause.TAX, "credit": Cause.QUOTA, "fee": Cause.FEE}
    return BillDifference(causes[line.kind], line.day, line.model, line.kind, ZERO, line.amount)


def causes(found: Reconciliation) -> list[tuple[Cause, str, list[BillDifference]]]:
    """By cause and detail, what makes most of a difference first."""
    groups: dict[tuple[Cause, str], list[BillDifference]] = {}
    for one in found.differences:
        groups.setdefault((one.cause, one.detail), []).append(one)
    return sorted(
        ((cause, detail, some) for (cause, detail), some in groups.items()),
        key=lambda one: -abs(sum((each.billed - each.logged for each in one[2]), ZERO)),
    )
