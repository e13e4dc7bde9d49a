"""Time zones and public holidays, for the schedules of the price table."""

import zlib
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path

from llmcost.files import cache_folder, keep

COUNTRIES = ("CN", "US")


class RealCalendar:
    """The system's time zones, and the holidays package: loaded only when a schedule asks."""

    def local(self, at: datetime, zone: str) -> datetime:
        # by way of UTC: an hour that the clocks skip is left as it is if the zone is its own
        return at.astimezone(UTC).astimezone(zone_info(zone))

    def is_holiday(self, country: str, day: date) -> bool:
        return day in holidays_of(country, day.year)


@cache
def zone_info(zone: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # 2 ms, and few prices have hours

    return ZoneInfo(zone)


@cache
def holidays_of(country: str, year: int) -> frozenset[date]:
    """Public holidays of a year, the days off that were moved to make bridges included.

    The package takes longer to import than a whole command, so its answer is kept.
    """
    path = cache_folder() / f"holidays-{country}-{year}-{edition():08x}"
    try:
        checksum, _, lines = path.read_bytes().partition(b"\n")
        if checksum == b"%08x" % zlib.crc32(lines):
            return frozenset(date.fromisoformat(line) for line in lines.decode().split())
    except (OSError, ValueError):
        pass
    from holidays import country_holidays

    found = frozenset(country_holidays(country, years=year))
    lines = "".join(f"{day}\n" for day in sorted(found)).encode()
    keep(path, b"%08x\n" % zlib.crc32(lines) + lines)
    return found


def edition() -> int:
    """What changes when another version of the holidays package is installed."""
    from importlib.util import find_spec

    spec = find_spec("holidays")
    origin = Path(spec.origin) if spec and spec.origin else Path()
    return zlib.crc32(f"{origin} {origin.stat().st_mtime_ns}".encode())
