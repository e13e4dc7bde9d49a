"""Subscriptions and coding plans, and the windows that their limits are of: `data/plans.yaml`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import msgspec

from llmcost.pricing.schedule import parse_days

WINDOWS = {"5h": 5 * 3600, "day": 86400, "week": 7 * 86400, "month": 30 * 86400}
"""Seconds of the windows of plans; a month is 30 days."""
FIRST_USE, SLIDES, MONDAY = "first_use", "slides", "monday"
"""When a window begins: with the first use after the last one, at any time, or by the calendar."""
TO_MONDAY = (8 + 3 * 24) * 3600
"""Seconds from a Monday, 0:00 in China, to the beginning of 1970, a Thursday in Greenwich."""
MONTH = 30
CHINA = timezone(timedelta(hours=8))
ON_SALE = ("on_sale", "limited")
KINDS = ("input", "cache_read", "output")


class Worth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many units are one of a currency, at the prices of the API."""

    currency: str
    units: Decimal


class PlanHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """A factor on what is used on these days, from one minute to another, in China's time."""

    days: str
    start: str
    to: str
    factor: Decimal

    def holds(self, second: float) -> bool:
        local = datetime.fromtimestamp(second, UTC).astimezone(CHINA)
        return (
            local.weekday() in (parse_days(self.days) or ())
            and self.start <= f"{local:%H:%M}" < self.to
        )


class SeenUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tokens a month, all kinds, that users measured or that were derived from rates and a mix."""

    model: str
    kind: str
    tokens_per_month: int
    low: int | None = None
    high: int | None = None
    how: str = ""
    confidence: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan as it is sold; the comments in the file say what each key means. A limit, rate or
    price that is not published is not there."""

    vendor: str
    name: str
    currency: str
    period: str
    unit: str
    status: str
    sources: tuple[str, ...]
    source_date: str
    confidence: str
    price: Decimal | None = None
    annual_per_month: Decimal | None = None
    first_period: str = ""
    per: str = ""
    unit_note: str = ""
    limits: Mapping[str, int | Decimal] = {}
    limits_note: str = ""
    worth: Worth | None = None
    rates: Mapping[str, Mapping[str, Decimal]] = {}
    rates_note: str = ""
    ceilings: Mapping[str, Decimal] = {}
    hours: tuple[PlanHours, ...] = ()
    other_hours: Decimal = Decimal(1)
    models: tuple[str, ...] = ()
    coding_only: bool = False
    overage: str = ""
    resets: Mapping[str, str] = {}
    start: date | None = None
    until: date | None = None
    note: str = ""
    seen: tuple[SeenUse, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.vendor} {self.name}"

    def is_sold(self, day: date) -> bool:
        """Whether a new customer can have it on a day."""
        return (
            self.status in ON_SALE
            and (self.start is None or self.start <= day)
            and (self.until is None or day < self.until)
        )

    def factor(self, second: float | None) -> Decimal:
        """By the hour; the dearest of a use without a time."""
        if not self.hours:
            return Decimal(1)
        if second is None:
            return max(self.other_hours, *(one.factor for one in self.hours))
        return next((one.factor for one in self.hours if one.holds(second)), self.other_hours)


class Plans(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All plans, the day on which their sources were read, and these by their names."""

    checked: date
    sources: Mapping[str, str]
    plans: tuple[Plan, ...]


class WindowUse(msgspec.Struct, frozen=True):
    """Windows of one length: how many there were, how many were `exceeded`, and the largest use as
    a part of the limit. `is_open`: they are not exceeded, but would be if they slid, and the vendor
    does not say."""

    name: str
    windows: int
    exceeded: int
    share: Decimal
    is_open: bool = False


def window_use(
    uses: Sequence[tuple[float, Decimal]], name: str, limit: Decimal, reset: str = FIRST_USE
) -> WindowUse:
    """The windows that uses fall in, in the order of time; of those that slide, each use ends one.
    `uses`: seconds and units; `reset`: when a window begins."""
    length = WINDOWS[name]
    if reset == SLIDES:
        sums = list(sliding_sums(uses, length))
    else:
        sums = [sum(some, Decimal(0)) for some in windows_of(uses, length, reset)]
    most = max(sums, default=Decimal(0))
    return WindowUse(name, len(sums), sum(one > limit for one in sums), most / limit)


def windows_of(
    uses: Iterable[tuple[float, Decimal]], length: int, reset: str
) -> Iterator[list[Decimal]]:
    """The units of each window that has some."""
    opened: float | None = None
    found: list[Decimal] = []
    for second, units in uses:
        if opened is None or second - opened >= length:
            if found:
                yield found
            found = []
            opened = second - (second + TO_MONDAY) % length if reset == MONDAY else second
        found.append(units)
    if found:
        yield found


def sliding_sums(uses: Sequence[tuple[float, Decimal]], length: int) -> Iterator[Decimal]:
    """What was used in the window that ends with each use."""
    total, first = Decimal(0), 0
    for second, units in uses:
        total += units
        while second - uses[first][0] >= length:
            total -= uses[first][1]
            first += 1
        yield total


def month_of(uses: Iterable[tuple[float, Decimal]], days: int) -> Decimal:
    """The units of a month of 30 days like these `days`."""
    return sum((units for _second, units in uses), Decimal(0)) * MONTH / days
