"""Peak and off-peak hours: the part of the vendor's week in which an instant lies."""

from datetime import date, datetime, time, timedelta
from typing import Protocol

import msgspec

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD = 31  # days; no holidays are longer


class PeakWindow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Minutes of the day from `start` (inclusive) to `end` (exclusive), on `days` (0 is Monday)."""

    days: tuple[int, ...]
    start: int
    end: int

    def holds(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        return local.weekday() in self.days and self.start <= minute < self.end

    def __str__(self) -> str:
        return f"{day_names(self.days)} {clock(self.start)}-{clock(self.end)}"


class Schedule(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The peak windows of a vendor's week, in its zone; public holidays of `holidays` have none."""

    id: str
    zone: str
    peak: tuple[PeakWindow, ...]
    holidays: str = ""  # country code of the calendar, empty: no exception for holidays


class Calendar(Protocol):
    """What the pure rooms may know of zones and holidays; prices.calendar has the real one."""

    def local(self, at: datetime, zone: str) -> datetime: ...

    def is_holiday(self, country: str, day: date) -> bool: ...


def peak_window(schedule: Schedule, at: datetime, calendar: Calendar) -> PeakWindow | None:
    """The peak window that `at` lies in, None for off-peak."""
    local = calendar.local(at, schedule.zone)
    found = next((window for window in schedule.peak if window.holds(local)), None)
    if found is None or not schedule.holidays:
        return found
    return None if calendar.is_holiday(schedule.holidays, local.date()) else found


def next_change(schedule: Schedule, at: datetime, calendar: Calendar) -> datetime | None:
    """When the peak hours begin or end next, in the vendor's zone; None: not within a month."""
    local = calendar.local(at, schedule.zone)
    is_peak = peak_window(schedule, at, calendar) is not None
    minutes = sorted({edge for window in schedule.peak for edge in (window.start, window.end)})
    for ahead in range(LOOK_AHEAD):
        midnight = datetime.combine(local.date() + timedelta(ahead), time(), local.tzinfo)
        for minute in minutes:
            edge = midnight + timedelta(minutes=minute)
            if edge > local and (peak_window(schedule, edge, calendar) is not None) != is_peak:
                return edge
    return None


def day_names(days: tuple[int, ...]) -> str:
    """`mon-fri` for days in a row, else `sat,sun`: as the price file has it."""
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{WEEKDAYS[days[0]]}-{WEEKDAYS[days[-1]]}"
    return ",".join(WEEKDAYS[day] for day in days)


def parse_days(text: str) -> tuple[int, ...] | None:
    """The other way round: `mon-fri`, `sat,sun`; None for what is no days of a week."""
    days: list[int] = []
    for span in text.split(","):
        ends = [end.strip() for end in span.split("-")]
        if len(ends) > 2 or any(end not in WEEKDAYS for end in ends):
            return None
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        if last < first:
            return None
        days += range(first, last + 1)
    return tuple(sorted(set(days)))


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
