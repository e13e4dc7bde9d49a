"""Which share of a month's traffic falls in peak hours, held against the clock by the minute."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import CALENDAR, OFFICE_HOURS, WORKING_DAYS, FakeCalendar, at

from llmcost.price_data.calendar import RealCalendar
from llmcost.pricing.schedule import Calendar, PeakWindow, Schedule, peak_window
from llmcost.workload.model import Profile
from llmcost.workload.traffic import OFF, PROFILES, Traffic, profile, shares, traffic_of

MINUTE = timedelta(minutes=1)
EVERY_DAY = tuple(range(7))
HOUR = 3600
MORNING, AFTERNOON = (str(window) for window in OFFICE_HOURS.peak)
# every hour of the week weighs something else
UNEVEN = tuple(tuple(Decimal(day * 100 + hour) / 8 for hour in range(24)) for day in range(7))


def flat(first: str, zone: str = "UTC", calendar: Calendar = CALENDAR) -> Traffic:
    return traffic_of(profile("flat", zone), date.fromisoformat(first), calendar)


def hours_of(first: str, zone: str) -> Decimal:
    return flat(first, zone).weight() / HOUR


def some(weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: weight for name, weight in weights.items() if weight}


def minutes(start: datetime, end: datetime, step: int = 1) -> Iterator[datetime]:
    return (start + n * MINUTE for n in range(0, int((end - start) / MINUTE), step))


def minute_weight(profile: Profile, instant: datetime, calendar: Calendar) -> Decimal:
    local = instant.astimezone(ZoneInfo(profile.zone))
    off = profile.holidays and calendar.is_holiday(profile.holidays, local.date())
    return profile.weights[6 if off else local.weekday()][local.hour] * 60


def asked_by_the_minute(
    profile: Profile,
    schedule: Schedule,
    calendar: Calendar,
    start: datetime,
    end: datetime,
    step: int = 1,
) -> dict[str, Decimal]:
    """What `shares` should say, of a span in the month: the weight of each minute by its window."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for instant in minutes(start, end, step):
        window = peak_window(schedule, instant, calendar)
        name = OFF if window is None else str(window)
        found[name] += minute_weight(profile, instant, calendar) * step
    return some(found)


# --- the profiles --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_has_a_whole_weight_for_each_hour_of_the_week(name: str) -> None:
    """As a file that a user writes must have it."""
    week = profile(name, "UTC").weights

    assert [len(day) for day in week] == [24] * 7
    assert all(weight == int(weight) and weight > 0 for day in week for weight in day)


def test_an_office_works_by_day_and_on_weekdays() -> None:
    """It pauses at noon."""
    monday, *_, sunday = profile("office", "UTC").weights

    assert min(monday[9:12] + monday[14:18]) > max(monday[12:14]) > max(monday[:8] + monday[20:])
    assert sum(sunday) * 3 < sum(monday)
    assert all(
        weekend <= weekday for weekend, weekday in zip(sunday, monday, strict=True) if weekday > 1
    )


def test_an_evening_app_is_used_after_work_and_on_weekends() -> None:
    """From 19 to 23 the most."""
    monday, *_, sunday = profile("evening", "UTC").weights

    assert all(min(day[19:23]) > max(day[:19] + day[23:]) for day in (monday, sunday))
    assert sum(sunday) > sum(monday)


# --- the month -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "zone", "hours"),
    [
        pytest.param("2026-02-01", "UTC", 28 * 24, id="the shortest month"),
        pytest.param("2028-02-01", "UTC", 29 * 24, id="a leap year"),
        pytest.param("2026-12-01", "Asia/Kolkata", 31 * 24, id="over New Year, at half past"),
        pytest.param("2026-03-01", "America/New_York", 31 * 24 - 1, id="clocks put forward"),
        pytest.param("2026-11-01", "America/New_York", 30 * 24 + 1, id="clocks put back"),
        pytest.param("2026-10-01", "Europe/London", 31 * 24 + 1, id="back on another day"),
        pytest.param("2026-04-01", "Australia/Lord_Howe", 30 * 24 + Decimal("0.5"), id="by half"),
        pytest.param("2024-09-01", "America/Santiago", 30 * 24 - 1, id="0 o'clock is skipped"),
        pytest.param("2011-12-01", "Pacific/Apia", 30 * 24, id="a whole day is skipped"),
    ],
)
def test_a_month_has_its_real_hours(first: str, zone: str, hours: Decimal | int) -> None:
    assert hours_of(first, zone) == hours


@pytest.mark.parametrize(
    ("first", "zone", "start"),
    [
        pytest.param("2026-10-01", "Asia/Shanghai", "2026-09-30T16:00:00Z", id="ahead of UTC"),
        pytest.param("2026-11-01", "America/New_York", "2026-11-01T04:00:00Z", id="behind it"),
        pytest.param("2026-11-01", "Pacific/Kiritimati", "2026-10-31T10:00:00Z", id="14 h ahead"),
        pytest.param("2012-04-01", "America/Havana", "2012-04-01T05:00:00Z", id="0:00 skipped"),
        pytest.param("2017-10-01", "America/Asuncion", "2017-10-01T04:00:00Z", id="and there"),
        pytest.param("2009-11-01", "America/St_Johns", "2009-11-01T02:30:00Z", id="0:00 twice"),
    ],
)
def test_a_month_begins_with_the_first_instant_of_its_first_day(
    first: str, zone: str, start: str
) -> None:
    month = flat(first, zone)

    assert month.weight(at(start) - MINUTE, at(start)) == 0
    assert month.weight(at(start), at(start) + MINUTE) == 60


def test_an_hour_weighs_as_its_local_weekday_and_hour() -> None:
    """Wednesday, 2026-07-01, 05:00 in Kolkata is half past eleven in the evening in Greenwich."""
    month = traffic_of(Profile("own", UNEVEN, "Asia/Kolkata"), date(2026, 7, 1), CALENDAR)
    start = at("2026-06-30T23:30:00Z")

    assert month.weight(start, start + 60 * MINUTE) == UNEVEN[2][5] * HOUR
    assert month.weight(start - 30 * MINUTE, start + 30 * MINUTE) == (
        (UNEVEN[2][4] + UNEVEN[2][5]) * HOUR / 2
    )


def test_a_public_holiday_weighs_as_a_sunday() -> None:
    """From midnight to midnight of the profile's zone, if the profile names a country."""
    calendar = FakeCalendar("2026-10-01")
    weights = (*((Decimal(1),) * 24 for _ in range(6)), (Decimal(5),) * 24)
    own = Profile("own", weights, "Asia/Shanghai", "CN")
    plain = Profile("own", weights, "Asia/Shanghai")
    day = at("2026-10-01T00:00:00+08:00")
    span = (day, day + timedelta(days=2))

    assert traffic_of(own, date(2026, 10, 1), calendar).weight(*span) == 6 * 24 * HOUR
    assert traffic_of(plain, date(2026, 10, 1), calendar).weight(*span) == 2 * 24 * HOUR


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        pytest.param("2026-11-10T12:00:00Z", "2026-11-10T12:00:01Z", "1", id="a second"),
        pytest.param("2026-11-10T11:59:59.5Z", "2026-11-10T12:00:01Z", "1.5", id="over the hour"),
        pytest.param("2026-11-10T12:00:00Z", "2026-11-10T20:00:01+08:00", "1", id="two zones"),
        pytest.param("2026-10-01T00:00:00Z", "2026-11-01T00:00:09Z", "9", id="from before it"),
        pytest.param(
            "2026-11-30T23:59:59.999999Z", "2027-01-01T00:00:00Z", "0.000001", id="beyond"
        ),
        pytest.param("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z", "0", id="before it"),
        pytest.param("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "0", id="after it"),
        pytest.param("2026-11-10T12:00:01Z", "2026-11-10T12:00:00Z", "0", id="backwards"),
    ],
)
def test_a_span_weighs_what_lies_in_the_month(start: str, end: str, seconds: str) -> None:
    assert flat("2026-11-01").weight(at(start), at(end)) == Decimal(seconds)


def test_a_month_without_weight_has_none() -> None:
    """No error: who reads a file of weights refuses it."""
    nothing = Profile("own", ((Decimal(0),) * 24,) * 7)
    month = traffic_of(nothing, date(2026, 11, 1), CALENDAR)

    assert month.weight() == 0
    assert set(shares(month, OFFICE_HOURS, CALENDAR).values()) == {Decimal(0)}


# --- the shares ----------------------------------------------------------------------------------


def test_shares_of_a_flat_month_are_hours() -> None:
    """November 2026 has 21 working days, of which the calendar takes one."""
    found = shares(flat("2026-11-01", "Asia/Shanghai"), OFFICE_HOURS, FakeCalendar("2026-11-02"))

    assert {name: weight / HOUR for name, weight in found.items()} == {
        MORNING: 20 * 3,
        AFTERNOON: 20 * 4,
        OFF: 30 * 24 - 20 * 7,
    }


def test_without_a_schedule_all_is_off_peak() -> None:
    month = flat("2026-11-01")

    assert shares(month, None, CALENDAR) == {OFF: 30 * 24 * HOUR}
    assert shares(month, None, CALENDAR, end=at("2026-11-02T00:00:00Z")) == {OFF: 24 * HOUR}


def test_a_window_that_no_traffic_meets_has_a_share_of_nothing() -> None:
    """A Sunday."""
    span = at("2026-11-22T00:00:00+08:00"), at("2026-11-23T00:00:00+08:00")

    assert shares(flat("2026-11-01"), OFFICE_HOURS, CALENDAR, *span) == {
        MORNING: 0,
        AFTERNOON: 0,
        OFF: 24 * HOUR,
    }


def test_of_windows_that_overlap_the_first_in_the_list_wins() -> None:
    """It cuts the other in two."""
    noon, day = PeakWindow(EVERY_DAY, 12 * 60, 13 * 60), PeakWindow(WORKING_DAYS, 9 * 60, 18 * 60)
    month = flat("2026-11-01")
    monday = at("2026-11-02T00:00:00Z"), at("2026-11-03T00:00:00Z")

    def found(*windows: PeakWindow) -> list[Decimal]:
        weights = shares(month, Schedule("s", "UTC", windows), CALENDAR, *monday)
        return [weights[str(noon)] / HOUR, weights[str(day)] / HOUR]

    assert found(noon, day) == [1, 8]
    assert found(day, noon) == [0, 9]


NIGHT = Schedule("night", "America/New_York", (PeakWindow(EVERY_DAY, 90, 150),))


@pytest.mark.parametrize(
    ("day", "lasts"),
    [
        pytest.param("2026-03-07", 60, id="a plain day"),
        pytest.param("2026-03-08", 30, id="its second half is skipped"),
        pytest.param("2026-11-01", 90, id="its first half is repeated"),
    ],
)
def test_peak_hours_last_as_long_as_the_clock_shows_them(day: str, lasts: int) -> None:
    """From 01:30 to 02:30, around the hour at which the clocks change."""
    month = flat(f"{day[:7]}-01")
    start = at(f"{day}T05:00:00Z")
    found = shares(month, NIGHT, CALENDAR, start, start + timedelta(hours=12))

    assert found["mon-sun 01:30-02:30"] == lasts * 60


ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "Europe/London",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
)
zones = st.sampled_from(ZONES)


def schedules(minute: st.SearchStrategy[int]) -> st.SearchStrategy[Schedule]:
    """Windows of any days, which may overlap and last until 24:00."""
    windows = st.builds(
        lambda days, span: PeakWindow(tuple(sorted(days)), *sorted(span)),
        st.sets(st.integers(0, 6), min_size=1),
        st.lists(minute, min_size=2, max_size=2, unique=True),
    )
    peak = st.lists(windows, min_size=1, max_size=4).map(tuple)
    return st.builds(Schedule, st.just("s"), zones, peak, st.sampled_from(["", "CN"]))


@settings(max_examples=40)
@given(
    schedules(st.integers(0, 96).map(lambda quarter: quarter * 15)),
    zones,
    st.sampled_from([2, 3, 4, 9, 10, 11]),
    st.sets(st.integers(1, 28)),
)
def test_shares_of_a_month_agree_with_the_clock(
    schedule: Schedule, zone: str, month: int, holidays: set[int]
) -> None:
    """Asked each quarter of an hour, at which everything here begins and ends."""
    calendar = FakeCalendar(*(f"2026-{month:02d}-{day:02d}" for day in holidays))
    own = Profile("own", UNEVEN, zone, "CN")
    traffic = traffic_of(own, date(2026, month, 1), calendar)
    start, end = (
        datetime(2026, number, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for number in (month, month + 1)
    )
    found = shares(traffic, schedule, calendar)

    assert some(found) == asked_by_the_minute(own, schedule, calendar, start, end, 15)
    assert sum(found.values()) == traffic.weight()


CHANGES = {  # when clocks change in 2026
    "America/New_York": ("2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"),
    "Europe/London": ("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
    "America/Santiago": ("2026-04-05T03:00:00Z", "2026-09-06T04:00:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"),
    "Africa/Cairo": ("2026-04-23T22:00:00Z", "2026-10-29T21:00:00Z"),
}


@pytest.mark.parametrize(
    ("zone", "change"), [(zone, change) for zone in CHANGES for change in CHANGES[zone]]
)
@settings(max_examples=25)
@given(schedules(st.integers(0, 1440)), st.integers(1, 1439), st.integers(1, 1439))
def test_shares_agree_with_the_clock_where_it_changes(
    zone: str, change: str, schedule: Schedule, before: int, after: int
) -> None:
    """To the minute, for windows and spans of any minutes; the vendor's clocks change."""
    calendar = FakeCalendar(change[:10])
    own = Profile("own", UNEVEN, zone, "CN")
    vendor = Schedule("s", zone, schedule.peak, schedule.holidays)
    start, end = at(change) - before * MINUTE, at(change) + after * MINUTE
    first = at(change).date().replace(day=1)
    month = traffic_of(own, first, calendar)
    # a change on the first day of a month: the day before is in no month of ours
    start = max(start, datetime(first.year, first.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC))
    found = shares(month, vendor, calendar, start, end)

    assert some(found) == asked_by_the_minute(own, vendor, calendar, start, end)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_real_calendar_says_the_same(zone: str) -> None:
    """Over the week of National Day, which a Chinese vendor and a Chinese office take off."""
    calendar = RealCalendar()
    own = profile("office", zone, "CN")
    start, end = at("2026-10-01T00:00:00-04:00"), at("2026-10-10T00:00:00-04:00")
    found = shares(traffic_of(own, date(2026, 10, 1), calendar), OFFICE_HOURS, calendar, start, end)

    assert some(found) == asked_by_the_minute(own, OFFICE_HOURS, calendar, start, end)


spans = st.datetimes(datetime(2026, 10, 25), datetime(2026, 12, 5), timezones=st.just(UTC))


@given(st.lists(spans, min_size=3, max_size=3).map(sorted), zones)
def test_shares_of_two_spans_add_up_to_those_of_both(instants: list[datetime], zone: str) -> None:
    """To the microsecond, in and beyond the month."""
    month = traffic_of(Profile("own", UNEVEN, zone), date(2026, 11, 1), CALENDAR)
    first, second, third = instants
    early, late, both = (
        shares(month, OFFICE_HOURS, CALENDAR, *span)
        for span in ((first, second), (second, third), (first, third))
    )

    assert {name: early[name] + late[name] for name in both} == both
