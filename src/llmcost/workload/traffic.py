"""Traffic of a month: the share that falls in a span of time, or in a vendor's peak hours.

Instants are whole microseconds since 1970 in here, so that sums and differences are exact. Zones
are spans of one UTC offset: within one, the clock on the wall runs like any other.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import accumulate, pairwise

import msgspec

from llmcost.money import ZERO, Exchange
from llmcost.pricing.price_rows import Model, PriceRow, Provider
from llmcost.pricing.schedule import Calendar, PeakWindow, Schedule
from llmcost.workload.model import (
    FLAT,
    OFF_PEAK,
    ONE,
    PEAK,
    ZONE,
    Profile,
    Workload,
    conversations_of,
    workload_on,
)
from llmcost.workload.retrieval import NO_RETRIEVAL, Retrieval
from llmcost.workload.running_cost import ALWAYS, Windows

OFFICE = "office"
EVENING = "evening"
SUNDAY = 6
OFF = ""  # the name of the hours outside all peak windows

MICROSECOND = timedelta(microseconds=1)
MINUTE = 60 * 10**6
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()


def hours(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(weight) for weight in text.split())


# midnight           6 o'clock        noon                6 o'clock
OFFICE_DAY = hours("1 1 1 1 1 1  1 2 5 9 10 10  5 7 10 10 10 9  5 3 3 2 2 1")
OFFICE_WEEKEND = hours("1 1 1 1 1 1  1 1 1 2 2 2  2 2 2 2 2 2  1 1 1 1 1 1")
EVENING_DAY = hours("4 2 1 1 1 1  2 3 4 4 4 4  6 5 4 4 4 5  7 9 10 10 9 6")
EVENING_WEEKEND = hours("6 3 2 1 1 1  1 2 4 6 7 7  7 7 7 7 7 7  9 11 12 12 11 8")

PROFILES: Mapping[str, tuple[tuple[Decimal, ...], ...]] = {
    FLAT: ((ONE,) * 24,) * 7,
    OFFICE: (OFFICE_DAY,) * 5 + (OFFICE_WEEKEND,) * 2,
    EVENING: (EVENING_DAY,) * 5 + (EVENING_WEEKEND,) * 2,
}
"""Weights of the hours by the name of a profile. They are assumptions of ours, not measurements.

`office`: a tool for work, busy from 9 to 18 on weekdays with a dip at noon, little at night, and
about a quarter of a weekday on each day of the weekend. `evening`: an app for everyone, busiest
from 19 to 23, with a rise at noon and more on weekends than on weekdays.
"""


class ClockStretch(msgspec.Struct, frozen=True):
    """From `start` to `end` (exclusive), the clocks of a zone are `offset` ahead of UTC."""

    start: int
    end: int
    offset: int

    def days(self) -> range:
        """The local days that it touches, counted from 1970."""
        return range((self.start + self.offset) // DAY, (self.end + self.offset - 1) // DAY + 1)

    def part(self, day: int, start: int, end: int) -> tuple[int, int]:
        """What lies in it of a local day, `start` to `end` on the clock; nothing: end <= start."""
        midnight = day * DAY - self.offset
        return max(self.start, midnight + start), min(self.end, midnight + end)


class Traffic(msgspec.Struct, frozen=True):
    """The traffic of a month: from each of `edges` to the next, an instant weighs `weights`.

    `sums` is what came before each edge. All is exact for weights of up to 15 digits.
    """

    edges: Sequence[int]
    weights: Sequence[Decimal]
    sums: Sequence[Decimal]

    def weight(self, start: datetime | None = None, end: datetime | None = None) -> Decimal:
        """Weight times seconds of what lies in the month of a span; None: the month's own end."""
        return self.between(*self.clip(start, end))

    def clip(self, start: datetime | None, end: datetime | None) -> tuple[int, int]:
        first, last = self.edges[0], self.edges[-1]
        left = first if start is None else min(max(first, instant(start)), last)
        right = last if end is None else min(max(left, instant(end)), last)
        return left, right

    def between(self, start: int, end: int) -> Decimal:
        return (self.until(end) - self.until(start)).scaleb(-6)

    def until(self, at: int) -> Decimal:
        index = bisect_right(self.edges, at, hi=len(self.weights)) - 1
        return self.sums[index] + self.weights[index] * (at - self.edges[index])


def peak_to_mean(traffic: Traffic) -> Decimal:
    """Return how many times the mean the busiest hour of a month has."""
    seconds = Decimal(traffic.edges[-1] - traffic.edges[0]).scaleb(-6)
    return max(traffic.weights) * seconds / traffic.weight()


def profile(name: str, zone: str, holidays: str = "") -> Profile:
    """One of PROFILES in a time zone. Raises KeyError for another name."""
    return Profile(name, PROFILES[name], zone, holidays)


def traffic_of(profile: Profile, first: date, calendar: Calendar) -> Traffic:
    """The traffic of the month that begins on `first`, in the profile's zone."""
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    start, end = (midnight(day, profile.zone, calendar) for day in (first, after))
    edges: list[int] = []
    weights: list[Decimal] = []
    for stretch in stretches(profile.zone, start, end, calendar):
        for day in stretch.days():
            for hour, weight in enumerate(weights_of(profile, day, calendar)):
                if weights[-1:] == [weight]:
                    continue
                left, right = stretch.part(day, hour * HOUR, (hour + 1) * HOUR)
                if left < right:
                    edges.append(left)
                    weights.append(weight)
    edges.append(end)
    parts = (
        weight * (right - left)
        for weight, (left, right) in zip(weights, pairwise(edges), strict=True)
    )
    return Traffic(edges, weights, list(accumulate(parts, initial=ZERO)))


def shares(
    traffic: Traffic,
    schedule: Schedule | None,
    calendar: Calendar,
    start: datetime | None = None,
    end: datetime | None = None,
) -> dict[str, Decimal]:
    """The weight of a span by peak window of the vendor's schedule, and of the rest, under OFF.

    Every window has its entry. The weights add up to the `weight` of the span.
    """
    left, right = traffic.clip(start, end)
    found = {OFF: traffic.between(left, right)}
    if schedule is None:
        return found
    found.update((str(window), ZERO) for window in schedule.peak)
    for name, *span in peaks(schedule, left, right, calendar):
        weight = traffic.between(*span)
        found[name] += weight
        found[OFF] -= weight
    return found


def peaks(
    schedule: Schedule, start: int, end: int, calendar: Calendar
) -> Iterator[tuple[str, int, int]]:
    """Each spell of peak hours from `start` to `end`, with the name of its window."""
    week = [peaks_of_day(schedule.peak, weekday) for weekday in range(7)]
    for stretch in stretches(schedule.zone, start, end, calendar):
        for day in stretch.days():
            windows = week[date_of(day).weekday()]
            if windows and not is_holiday(schedule.holidays, day, calendar):
                for name, opens, closes in windows:
                    left, right = stretch.part(day, opens, closes)
                    if left < right:
                        yield name, left, right


def peaks_of_day(windows: Sequence[PeakWindow], weekday: int) -> list[tuple[str, int, int]]:
    """The windows of a day of the week, cut so that none overlap: the first that holds wins."""
    today = [window for window in windows if weekday in window.days]
    minutes = sorted({minute for window in today for minute in (window.start, window.end)})
    return [
        (str(holding[0]), start * MINUTE, end * MINUTE)
        for start, end in pairwise(minutes)
        if (holding := [one for one in today if one.start <= start and end <= one.end])
    ]


def weights_of(profile: Profile, day: int, calendar: Calendar) -> tuple[Decimal, ...]:
    """The hours of a day; on a public holiday, those of a Sunday."""
    off = is_holiday(profile.holidays, day, calendar)
    return profile.weights[SUNDAY if off else date_of(day).weekday()]


def is_holiday(country: str, day: int, calendar: Calendar) -> bool:
    return country != "" and calendar.is_holiday(country, date_of(day))


def date_of(day: int) -> date:
    return date.fromordinal(EPOCH_DAY + day)


def instant(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def midnight(day: date, zone: str, calendar: Calendar) -> int:
    """The first instant of a day in a zone, also where the clocks skip 0 o'clock."""
    local = (day.toordinal() - EPOCH_DAY) * DAY
    around = stretches(zone, local - DAY, local + DAY, calendar)
    return next(max(at, one.start) for one in around if (at := local - one.offset) < one.end)


def stretches(zone: str, start: int, end: int, calendar: Calendar) -> list[ClockStretch]:
    """The spans of one UTC offset from `start` to `end`.

    Asked once a day, so that a month is quick: no zone changes its clocks and back within one.
    """

    @cache
    def offset(at: int) -> int:
        utc = EPOCH + timedelta(microseconds=at)
        return (calendar.local(utc, zone).replace(tzinfo=UTC) - utc) // MICROSECOND

    days = pairwise([*range(start, end, DAY), end])
    found = {at for left, right in days for at in changes(left, right, offset)}
    borders = pairwise(sorted({start, *found, end}))
    return [ClockStretch(left, right, offset(left)) for left, right in borders]


def changes(left: int, right: int, offset: Callable[[int], int]) -> list[int]:
    """The instants after `left`, up to `right`, at which the offset is another than before."""
    if offset(left) == offset(right):
        return []
    if right - left == 1:
        return [right]
    middle = (left + right) // 2
    return changes(left, middle, offset) + changes(middle, right, offset)


Season = Callable[[Provider, PriceRow], Windows]


class MonthSpan(msgspec.Struct, frozen=True):
    """From an instant to another (exclusive) of the month that begins on `month`; None: from its
    beginning, to its end."""

    month: date
    start: datetime | None = None
    end: datetime | None = None


class Seasons(msgspec.Struct, frozen=True):
    """The traffic of all months: the share (0 to 1) of its month that a span has, and the hours in
    which it comes; when a day of its zone begins, and what its clocks show."""

    share: Callable[[MonthSpan], Decimal]
    season: Callable[[MonthSpan], Season]
    midnight: Callable[[date], datetime]
    local: Callable[[datetime], datetime]


def season(traffic: Profile | str, month: date, calendar: Calendar) -> Season:
    """The shares of a row's schedule; the month's hours are laid out when the first one asks."""
    return seasons(traffic, calendar).season(MonthSpan(month))


def seasons(traffic: Profile | str, calendar: Calendar, zone: str = ZONE) -> Seasons:
    """The same of any month. Requests that all come in peak hours, or off-peak, are as many on
    each day, which begins at midnight in `zone`."""
    shape = Profile(FLAT, PROFILES[FLAT], zone) if isinstance(traffic, str) else traffic

    @cache
    def hours(month: date) -> Traffic:
        return traffic_of(shape, month, calendar)

    def share(span: MonthSpan) -> Decimal:
        if span.start is None and span.end is None:
            return ONE
        found = hours(span.month)
        return found.weight(span.start, span.end) / found.weight()

    @cache
    def windows(schedule: Schedule, span: MonthSpan) -> Windows:
        return divided(shares(hours(span.month), schedule, calendar, span.start, span.end))

    def season_of(span: MonthSpan) -> Season:
        def of_row(provider: Provider, row: PriceRow) -> Windows:
            schedule = provider.schedules.get(row.schedule)
            if isinstance(traffic, str):
                return fixed_hours(traffic, schedule)
            return ALWAYS if schedule is None else windows(schedule, span)

        return of_row

    def local(at: datetime) -> datetime:
        return calendar.local(at, shape.zone)

    @cache
    def begins(day: date) -> datetime:
        return local(EPOCH + timedelta(microseconds=midnight(day, shape.zone, calendar)))

    return Seasons(share, season_of, begins, local)


def fixed_hours(traffic: str, schedule: Schedule | None) -> Windows:
    """All requests in peak hours, or none of them."""
    if traffic not in (PEAK, OFF_PEAK):
        raise ValueError(f"no hours are called {traffic}")
    return ALWAYS if schedule is None or traffic == OFF_PEAK else {str(schedule.peak[0]): ONE}


def divided(weights: Mapping[str, Decimal]) -> Windows:
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items() if weight} or ALWAYS


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One question: a workload, the instant whose prices and the month whose days hold, when its
    requests come, and the currency that ranks."""

    workload: Workload
    at: datetime
    month: date
    season: Season
    exchange: Exchange
    retrieval: Retrieval = NO_RETRIEVAL

    def on(self, model: Model) -> "Query":
        """Return the question with the answers of a model, where their length is known."""
        if model.key not in self.workload.answers:
            return self
        return msgspec.structs.replace(self, workload=workload_on(self.workload, model.key))


def has_requests(workload: Workload) -> bool:
    """Whether it is said how much the users send, so that a month has a cost."""
    return conversations_of(workload) is not None
