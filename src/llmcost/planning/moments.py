"""Which instants have the same prices: those of a day between two changes of any price."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from math import gcd

import msgspec

from llmcost.pricing.schedule import Calendar, Schedule, peak_window
from llmcost.pricing.table import PriceTable

QUARTER = 900  # seconds; zones differ from UTC by so many, or by a multiple


class Clocks(msgspec.Struct, frozen=True):
    """What prices change by: days of `zone`, peak hours of `schedules`, and the seconds since 1970
    at which vendors let rows begin, ascending."""

    zone: str
    schedules: tuple[Schedule, ...] = ()
    changes: tuple[int, ...] = ()

    @property
    def step(self) -> int:
        """Seconds, at whose multiples alone anything changes."""
        edges = [
            60 * edge
            for schedule in self.schedules
            for window in schedule.peak
            for edge in (window.start, window.end)
        ]
        return gcd(QUARTER, *edges, *self.changes)


def clocks_of(table: PriceTable, zone: str) -> Clocks:
    schedules = {
        one: None for provider in table.providers.values() for one in provider.schedules.values()
    }
    begun = {row.start_at for model in table.models for row in model.prices if row.start_at}
    return Clocks(zone, tuple(schedules), tuple(sorted({int(one.timestamp()) for one in begun})))


class Moments:
    """Finds for any second one that has the same day, the same peak hours, and the same rows.

    `known`: those found so far, by how many `step` seconds have passed since 1970.
    """

    def __init__(self, clocks: Clocks, calendar: Calendar) -> None:
        self._clocks = clocks
        self._calendar = calendar
        self.step = clocks.step
        self.known: dict[int, int] = {}
        self._first: dict[tuple[object, ...], int] = {}

    def of(self, second: int) -> int:
        steps = second // self.step
        found = self.known.get(steps)
        if found is None:
            found = self.known[steps] = self._of(steps * self.step)
        return found

    def _of(self, second: int) -> int:
        at = datetime.fromtimestamp(second, UTC)
        shared = (
            self._calendar.local(at, self._clocks.zone).date(),
            *self._peaks(at),
            bisect_right(self._clocks.changes, second),
        )
        return self._first.setdefault(shared, second)

    def _peaks(self, at: datetime) -> Iterable[bool]:
        return (peak_window(one, at, self._calendar) is not None for one in self._clocks.schedules)
