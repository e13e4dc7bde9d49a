"""Peak and off-peak hours, at both sides of every edge, whatever zone an instant is told in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import TABLE
from tables import FakeCalendar, at

from llmcost.price_data.calendar import COUNTRIES, RealCalendar, zone_info
from llmcost.pricing.catalog import row_at
from llmcost.pricing.schedule import PeakWindow, Schedule, clock, next_change, peak_window

REAL = RealCalendar()
DEEPSEEK = TABLE.providers["deepseek"].schedules
MORNING, AFTERNOON = "mon-fri 09:00-12:00", "mon-fri 14:00-18:00"
OFF = ""


def peak(schedule: Schedule, instant: str, calendar: FakeCalendar | RealCalendar = REAL) -> str:
    found = peak_window(schedule, at(instant), calendar)
    return OFF if found is None else str(found)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("00:00:00", OFF),
        ("08:59:59", OFF),
        ("09:00:00", MORNING),
        ("11:59:59", MORNING),
        ("12:00:00", OFF),
        ("13:59:59", OFF),
        ("14:00:00", AFTERNOON),
        ("17:59:59", AFTERNOON),
        ("18:00:00", OFF),
        ("23:59:59", OFF),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/New_York", "Asia/Kolkata"])
def test_a_working_day_of_deepseek_has_its_hours_in_beijing(
    clock: str, expected: str, zone: str
) -> None:
    """Starts are inclusive, ends exclusive; the same instants told in other zones are the same."""
    instant = at(f"2026-11-20T{clock}+08:00").astimezone(ZoneInfo(zone))

    assert peak(DEEPSEEK["workdays"], instant.isoformat()) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param("2026-11-20", MORNING, id="a Friday"),
        pytest.param("2026-11-21", OFF, id="a Saturday"),
        pytest.param("2026-11-22", OFF, id="a Sunday"),
        pytest.param("2026-11-23", MORNING, id="a Monday"),
        pytest.param("2026-09-30", MORNING, id="the eve of National Day"),
        pytest.param("2026-10-01", OFF, id="National Day, a Thursday"),
        pytest.param("2026-10-02", OFF, id="its second day"),
        pytest.param("2026-10-05", OFF, id="a Monday off"),
        pytest.param("2026-10-07", OFF, id="a bridge day off, a Wednesday"),
        pytest.param("2026-10-08", MORNING, id="the first day back"),
        pytest.param("2026-09-20", OFF, id="a make-up working Sunday"),
        pytest.param("2026-10-10", OFF, id="a make-up working Saturday"),
        pytest.param("2026-09-25", OFF, id="Mid-Autumn, a Friday"),
        pytest.param("2026-12-25", MORNING, id="no holiday there"),
    ],
)
def test_holidays_are_off_peak_and_make_up_days_are_weekends(day: str, expected: str) -> None:
    """The vendor says Monday to Friday, public holidays excepted: a Saturday is none of these."""
    assert peak(DEEPSEEK["workdays"], f"{day}T10:00:00+08:00") == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-10-01T00:59:59+00:00", OFF),  # 08:59:59 of National Day in Beijing
        ("2026-09-30T21:00:00-04:00", OFF),  # still September in New York: National Day in Beijing
        ("2026-10-07T21:00:00-04:00", MORNING),  # 09:00 of the first day back
        ("2026-11-19T20:00:00-05:00", MORNING),  # 09:00 of Friday in Beijing
        ("2026-11-20T20:00:00-05:00", OFF),  # Saturday there
        ("2026-11-22T20:00:00-05:00", MORNING),  # Sunday evening here, Monday there
    ],
)
def test_weekdays_and_holidays_are_those_of_the_vendor(instant: str, expected: str) -> None:
    """Not those of the place where the question is asked."""
    assert peak(DEEPSEEK["workdays"], instant) == expected


@pytest.mark.parametrize(
    ("instant", "schedule", "is_peak"),
    [
        pytest.param("2026-08-16T10:00:00+08:00", "", False, id="the day before the rule"),
        pytest.param("2026-08-16T23:59:59+08:00", "", False, id="its last second"),
        pytest.param("2026-08-17T00:00:00+08:00", "daily", False, id="the first second"),
        pytest.param("2026-08-17T09:00:00+08:00", "daily", True, id="the first peak"),
        pytest.param("2026-08-22T10:00:00+08:00", "daily", True, id="a Saturday of every day"),
        pytest.param("2026-08-23T10:00:00+08:00", "workdays", False, id="the first Sunday off"),
        pytest.param("2026-08-24T10:00:00+08:00", "workdays", True, id="the Monday after"),
    ],
)
def test_a_schedule_holds_from_the_row_that_names_it(
    instant: str, schedule: str, is_peak: bool
) -> None:
    """The rule began with a row, and a later row made it one of working days."""
    (model,) = [one for one in TABLE.models if one.key == "deepseek/deepseek-v4-pro"]
    row = row_at(model, at(instant))

    assert row is not None
    assert row.schedule == schedule
    assert (schedule != "" and peak(DEEPSEEK[schedule], instant) != OFF) is is_peak


NIGHT = Schedule("night", "Asia/Shanghai", (PeakWindow((0, 1, 2, 3, 4, 5, 6), 1350, 1440),))
EDGES = Schedule("edges", "UTC", (PeakWindow((0,), 0, 1), PeakWindow((6,), 1439, 1440)), "CN")


@pytest.mark.parametrize(
    ("clock", "is_peak"),
    [("22:29:59", False), ("22:30:00", True), ("23:59:59", True), ("00:00:00", False)],
)
def test_a_window_may_last_to_midnight(clock: str, is_peak: bool) -> None:
    """`24:00` is the end of the day, not a minute of the next."""
    assert bool(peak(NIGHT, f"2026-11-20T{clock}+08:00")) is is_peak
    assert str(NIGHT.peak[0]) == "mon-sun 22:30-24:00"


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-22T23:58:59Z", OFF),
        ("2026-11-22T23:59:00Z", "sun 23:59-24:00"),
        ("2026-11-22T23:59:59.999999Z", "sun 23:59-24:00"),
        ("2026-11-23T00:00:00Z", "mon 00:00-00:01"),
        ("2026-11-23T00:00:59Z", "mon 00:00-00:01"),
        ("2026-11-23T00:01:00Z", OFF),
        ("2026-11-24T00:00:00Z", OFF),
    ],
)
def test_windows_meet_at_midnight(instant: str, expected: str) -> None:
    """Each belongs to its own weekday."""
    assert peak(EDGES, instant, FakeCalendar()) == expected


@pytest.mark.parametrize("holiday", ["2026-11-22", "2026-11-23"])
def test_a_holiday_takes_just_its_own_day(holiday: str) -> None:
    """Midnight in the vendor's zone is its border."""
    calendar = FakeCalendar(holiday)
    found = [peak(EDGES, one, calendar) for one in ("2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z")]

    assert [bool(one) for one in found] == [holiday != "2026-11-22", holiday != "2026-11-23"]


def test_a_schedule_without_a_calendar_knows_no_holiday() -> None:
    """Neither asked for nor minded."""
    assert peak(NIGHT, "2026-10-01T23:00:00+08:00", FakeCalendar("2026-10-01"))


NEW_YORK = Schedule("ny", "America/New_York", (PeakWindow((0, 1, 2, 3, 4, 5, 6), 120, 180),))


@pytest.mark.parametrize(
    ("instant", "is_peak"),
    [
        pytest.param("2026-03-07T07:00:00Z", True, id="winter: 2 o'clock is 7 in Greenwich"),
        pytest.param("2026-03-08T06:59:59Z", False, id="the last second of winter time, 01:59:59"),
        pytest.param("2026-03-08T07:00:00Z", False, id="clocks go to 03:00: no such hour that day"),
        pytest.param("2026-03-09T06:00:00Z", True, id="summer: 2 o'clock is 6 in Greenwich"),
        pytest.param("2026-03-09T07:00:00Z", False, id="and 7 is 3 o'clock"),
        pytest.param("2026-11-01T06:59:59Z", False, id="the second 01:59:59 of that night"),
        pytest.param("2026-11-01T07:00:00Z", True, id="winter again"),
        pytest.param("2026-11-01T08:00:00Z", False, id="to 3 o'clock"),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(instant: str, is_peak: bool) -> None:
    """Where clocks are put forward and back, the window moves with them."""
    assert bool(peak(NEW_YORK, instant)) is is_peak


ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
windows = st.builds(
    lambda days, span: PeakWindow(tuple(sorted(days)), *sorted(span)),
    st.sets(st.integers(0, 6), min_size=1),
    st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True),
)
schedules = st.builds(
    Schedule, st.just("s"), ZONES, st.lists(windows, min_size=1, max_size=3).map(tuple)
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=ZONES.map(ZoneInfo))


@given(schedules, instants, ZONES)
def test_the_zone_of_the_question_does_not_matter(
    schedule: Schedule, instant: datetime, zone: str
) -> None:
    """An instant is an instant."""
    told = datetime.fromtimestamp(instant.timestamp(), ZoneInfo(zone))

    assert peak_window(schedule, told, REAL) == peak_window(schedule, instant, REAL)


@given(schedules, instants)
def test_the_window_found_holds_the_minute(schedule: Schedule, instant: datetime) -> None:
    """Written as seconds since midnight on the vendor's clock; none is found only if none does."""
    local = REAL.local(instant, schedule.zone)
    second = local.hour * 3600 + local.minute * 60 + local.second
    holding = [
        one
        for one in schedule.peak
        if local.weekday() in one.days and one.start * 60 <= second < one.end * 60
    ]

    assert peak_window(schedule, instant, REAL) == (holding[0] if holding else None)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-20T08:59:59+08:00", "2026-11-20T09:00:00+08:00"),
        ("2026-11-20T09:00:00+08:00", "2026-11-20T12:00:00+08:00"),
        ("2026-11-20T12:00:00+08:00", "2026-11-20T14:00:00+08:00"),
        ("2026-11-20T18:00:00+08:00", "2026-11-23T09:00:00+08:00"),  # over the weekend
        ("2026-09-30T18:00:00+08:00", "2026-10-08T09:00:00+08:00"),  # over the holidays
        ("2026-11-20T01:00:00+00:00", "2026-11-20T12:00:00+08:00"),  # told in Greenwich
    ],
)
def test_the_next_change_is_the_next_edge_that_matters(instant: str, expected: str) -> None:
    """Weekends and holidays have none."""
    assert next_change(DEEPSEEK["workdays"], at(instant), REAL) == at(expected)


def test_a_schedule_that_never_changes_has_no_next_change() -> None:
    """Peak all week is no schedule, but no endless search either."""
    always = Schedule("always", "UTC", (PeakWindow((0, 1, 2, 3, 4, 5, 6), 0, 1440),))

    assert next_change(always, at("2026-11-20T00:00:00Z"), REAL) is None


@given(schedules.filter(lambda one: one.zone != "America/New_York"), instants, st.data())
def test_until_the_next_change_nothing_changes(
    schedule: Schedule, instant: datetime, data: st.DataObject
) -> None:
    """And there it does."""
    found = next_change(schedule, instant, REAL)
    is_peak = peak_window(schedule, instant, REAL) is not None
    end = found or instant + timedelta(days=14)
    seconds = data.draw(st.integers(0, int((end - instant).total_seconds() * 10**6) - 1))
    between = instant.astimezone(UTC) + timedelta(microseconds=seconds)

    assert (peak_window(schedule, between, REAL) is not None) is is_peak
    if found is not None:
        assert (peak_window(schedule, found, REAL) is not None) is not is_peak


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "00:00"), (59, "00:59"), (540, "09:00"), (1440, "24:00")]
)
def test_minutes_are_told_as_a_clock(minutes: int, text: str) -> None:
    """As in the price file."""
    assert clock(minutes) == text


# --- the shipped schedules, and the real calendar ------------------------------------------------


def shipped() -> Iterator[tuple[str, Schedule]]:
    return (
        (f"{provider.id}: {name}", schedule)
        for provider in TABLE.providers.values()
        for name, schedule in provider.schedules.items()
    )


@pytest.mark.parametrize(("name", "schedule"), list(shipped()))
def test_every_shipped_schedule_has_peak_and_off_peak_hours(name: str, schedule: Schedule) -> None:
    """Its zone and its calendar exist, its windows are hours of a day that do not overlap."""
    monday = datetime(2026, 11, 16, tzinfo=zone_info(schedule.zone))
    week = [monday + timedelta(minutes=15 * n) for n in range(7 * 24 * 4)]
    found = {peak_window(schedule, instant, REAL) for instant in week}

    assert schedule.holidays in ("", *COUNTRIES)
    assert found == {None, *schedule.peak}, name
    assert all(sum(window.holds(instant) for window in schedule.peak) <= 1 for instant in week), (
        name
    )


def test_every_shipped_schedule_is_used() -> None:
    """By some row of its provider, and its rows have peak prices."""
    rows = [(one.provider, row) for one in TABLE.models for row in one.prices if row.schedule]
    known = {(one.id, name) for one in TABLE.providers.values() for name in one.schedules}

    assert {(provider, row.schedule) for provider, row in rows} == known
    assert all("peak" in band.variants for _, row in rows for band in row.bands)


@pytest.mark.parametrize(
    ("country", "day", "is_holiday"),
    [
        ("CN", "2026-01-01", True),
        ("CN", "2026-02-17", True),  # Spring Festival
        ("CN", "2026-05-01", True),
        ("CN", "2026-10-01", True),
        ("CN", "2026-10-07", True),
        ("CN", "2026-10-08", False),
        ("CN", "2026-10-10", False),
        ("CN", "2026-11-20", False),
        ("CN", "2027-10-01", True),
        ("US", "2026-11-26", True),
        ("US", "2026-10-01", False),
    ],
)
def test_the_calendar_knows_public_holidays(country: str, day: str, is_holiday: bool) -> None:
    """Of each country that a price file may name."""
    assert REAL.is_holiday(country, date.fromisoformat(day)) is is_holiday


def test_an_hour_that_the_clocks_skip_is_the_one_after_it() -> None:
    """02:00 of the spring change in New York is 03:00 there, whatever zone asks."""
    skipped = datetime(2026, 3, 8, 2, 0, tzinfo=ZoneInfo("America/New_York"))

    assert RealCalendar().local(skipped, "America/New_York").hour == 3
    assert RealCalendar().local(skipped.astimezone(UTC), "America/New_York").hour == 3
