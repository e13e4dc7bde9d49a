"""Requests as a log states them, summed where they are billed alike.

Two instants are billed alike if they lie in the same span of a day between two changes of any
price.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from math import gcd
from typing import Any

import msgspec

from llmcost.money import ZERO
from llmcost.pricing.price_rows import PriceTable
from llmcost.pricing.schedule import Calendar, Schedule, peak_window

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


class Sizes(msgspec.Struct, frozen=True, gc=False):
    """The tokens of a request, as its vendor counted them.

    `input` includes what was read from the cache (`cache_read`) and written to it (`cache_write`,
    of which `cache_write_1h` for an hour), and the audio; `output` includes the reasoning, if there
    was `thinking`. `form`: whose fields they were; `tier`: the service tier; `stated`: the cost in
    US dollars, if they were said beside.
    """

    form: str
    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    audio_input: int = 0
    audio_output: int = 0
    searches: int = 0
    thinking: bool = False
    explicit_cache: bool = False
    tier: str = ""
    stated: Decimal | None = None


class LoggedRequest(msgspec.Struct, frozen=True, gc=False):
    """One request as a log states it. `second` since 1970, None if the log has no time. `asked`:
    the model that was asked for, where it stands beside the one that answered. `provider`,
    `caller` and `form` in the words of the log; `stated`: US dollars that it says it cost; `id`: a
    number that only lines about the same answer have, None if the log does not name answers."""

    model: str
    second: int | None
    sizes: Sizes
    batch: bool = False
    tier: str = ""
    provider: str = ""
    asked: str = ""
    caller: tuple[str, ...] = ()
    stated: Decimal | None = None
    form: str = ""
    id: int | None = None


class Edges(msgspec.Struct, frozen=True):
    """Numbers of tokens above which a price may be another one, or a model too small, ascending: of
    the input, of the output, of both together. `each`: every size is billed by itself."""

    input: tuple[int, ...] = ()
    output: tuple[int, ...] = ()
    total: tuple[int, ...] = ()
    each: bool = False


class SharedTerms(msgspec.Struct, frozen=True, array_like=True):
    """What the requests of a sum have in common. `second` stands for all that have the same prices
    and the same day; `example`: input and output tokens of one of them, whose band is that of
    all."""

    model: str
    second: int | None
    provider: str
    asked: str
    tier: str
    thinking: bool
    explicit_cache: bool
    batch: bool
    is_stated: bool
    caller: tuple[str, ...]
    example: tuple[int, int]


class RequestSums(msgspec.Struct, frozen=True):
    """Of many requests, as `LoggedRequest` has it of one."""

    requests: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    audio_input: int = 0
    audio_output: int = 0
    searches: int = 0
    stated: Decimal = ZERO

    def __add__(self, other: "RequestSums") -> "RequestSums":
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return RequestSums(*(one + more for one, more in pairs))


NOTHING = RequestSums()
Found = dict[tuple[Any, ...], list[Any]]
"""The fields of a cell with its place between the edges, and the fields of its sums."""


class LogTally:
    """Adds requests up, in the memory of those that differ by more than their size."""

    def __init__(self, moments: Moments, edges: Edges) -> None:
        self.found: Found = {}
        self._moments = moments
        self._step, self._known = moments.step, moments.known
        self._edges = edges

    def add(self, one: LoggedRequest) -> None:
        sizes, second, stated, edges = one.sizes, one.second, one.stated, self._edges
        input, output = sizes.input, sizes.output
        if second is not None:  # without the call, nearly always
            second = self._known.get(second // self._step) or self._moments.of(second)
        key = (
            one.model,
            second,
            one.provider,
            one.asked,
            one.tier,
            sizes.thinking,
            sizes.explicit_cache,
            one.batch,
            stated is not None,
            one.caller,
            # between the same edges, all requests are billed by the same bands
            sizes
            if edges.each
            else (
                bisect_left(edges.input, input),
                bisect_left(edges.output, output),
                bisect_left(edges.total, input + output),
            ),
        )
        sums = self.found.get(key)
        if sums is None:
            sums = self.found[key] = [0, 0, 0, 0, 0, 0, 0, 0, 0, ZERO, (input, output)]
        sums[0] += 1
        sums[1] += input
        sums[2] += output
        sums[3] += sizes.cache_read
        if sizes.cache_write:
            sums[4] += sizes.cache_write
            sums[5] += sizes.cache_write_1h
        if sizes.audio_input or sizes.audio_output or sizes.searches:
            sums[6] += sizes.audio_input
            sums[7] += sizes.audio_output
            sums[8] += sizes.searches
        if stated is not None:
            sums[9] += stated

    def merge(self, found: Found) -> None:
        """What another tally of the same edges has found."""
        for (model, second, *others), more in found.items():
            moment = None if second is None else self._moments.of(second)
            key = (model, moment, *others)
            sums = self.found.get(key)
            if sums is None:
                self.found[key] = list(more)
                continue
            for at, number in enumerate(more[:-1]):
                sums[at] += number

    def cells(self) -> Iterator[tuple[SharedTerms, RequestSums]]:
        for (*shared, _place), (*sums, example) in self.found.items():
            yield msgspec.convert((*shared, example), SharedTerms), RequestSums(*sums)
