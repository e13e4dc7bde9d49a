"""Zones and public holidays of the real world, for the schedules of the price table."""

from datetime import date, datetime, tzinfo
from functools import cache

COUNTRIES = ("CN", "US")


class RealCalendar:
    """The system's time zones, and the holidays package: loaded only when a schedule asks."""

    def local(self, at: datetime, zone: str) -> datetime:
        return at.astimezone(zone_info(zone))

    def is_holiday(self, country: str, day: date) -> bool:
        return day in holidays_of(country, day.year)


@cache
def zone_info(zone: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # 2 ms, and few prices have hours

    return ZoneInfo(zone)


@cache
def holidays_of(country: str, year: int) -> frozenset[date]:
    """Public holidays of a year, the days off that were moved to make bridges included."""
    from holidays import country_holidays

    return frozenset(country_holidays(country, years=year))
