"""Requests as a log states them, summed where they are billed alike.

Two instants are billed alike if they lie in the same span of a day between two changes of any
price.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import gcd
from typing import Any

import msgspec

from llmcost.money import ZERO
from llmcost.pricing.price_rows import PriceTable
from llmcost.pricing.schedule import Calendar, Schedule, peak_window

HOUR = 3600
QUARTER = 900  # seconds; zones differ from UTC by so many, or by a multiple


class Clocks(msgspec.Struct, frozen=True):
    """What prices change by: days of `zone`, peak hours of `schedules`, and the seconds since 1970
    at which vendors let rows begin, ascending. `hourly`: each hour by itself, for windows."""

    zone: str
    schedules: tuple[Schedule, ...] = ()
    changes: tuple[int, ...] = ()
    hourly: bool = False

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


def clocks_of(table: PriceTable, zone: str, *, hourly: bool = False) -> Clocks:
    schedules = {
        one: None for provider in table.providers.values() for one in provider.schedules.values()
    }
    begun = {row.start_at for model in table.models for row in model.prices if row.start_at}
    changes = tuple(sorted({int(one.timestamp()) for one in begun}))
    return Clocks(zone, tuple(schedules), changes, hourly)


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
            second // HOUR if self._clocks.hourly else 0,
        )
        return self._first.setdefault(shared, second)

    def _peaks(self, at: datetime) -> Iterable[bool]:
        return (peak_window(one, at, self._calendar) is not None for one in self._clocks.schedules)


Items = tuple[tuple[str, int], ...]
"""Quantities under the names that price files have for them, each name once."""


class Sizes(msgspec.Struct, frozen=True, gc=False):
    """The tokens of a request, as its vendor counted them.

    `input` includes what was read from the cache (`cache_read`) and written to it (`cache_write`);
    `output` includes the reasoning, if there was `thinking`. `others`: the parts of these that may
    have a price of their own (`cache_write.1h`, `image_input` without the cached tokens,
    `audio_cache_read`, `image_output` …), and calls (`web_search`). `form`: whose fields they were;
    `tier`: the service tier; `region`: where it was processed; `stated`: the cost in US dollars, if
    the log has one.
    """

    form: str
    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    others: Items = ()
    thinking: bool = False
    explicit_cache: bool = False
    tier: str = ""
    region: str = ""
    stated: Decimal | None = None


class LoggedRequest(msgspec.Struct, frozen=True, gc=False):
    """One request as a log states it. `second` since 1970, None if the log has no time. `asked`:
    the model that was requested, where it stands beside the one that answered. `provider`,
    `caller` and `form` in the words of the log; `stated`: US dollars that it says it cost; `id`:
    bytes that only lines about the same answer have, None if the log does not name answers.
    """

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
    id: bytes | None = None
    side: bool = False  # of a subagent's conversation
    count: int = 1  # requests that it is the sum of
    size: tuple[int, int] | None = None  # of one of these, on average
    prefix: Any = None  # a TextNode, where the log has its texts


class Edges(msgspec.Struct, frozen=True):
    """Numbers of tokens above which a price may be another one, or a model too small, ascending: of
    the input, of the output, of both together. `each`: every size is billed by itself.

    0 is an edge of input and output: a model that sells no output has a price for the others.
    """

    input: tuple[int, ...] = (0,)
    output: tuple[int, ...] = (0,)
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
    region: str
    thinking: bool
    explicit_cache: bool
    batch: bool
    is_stated: bool
    form: str
    caller: tuple[str, ...]
    example: tuple[int, int]


class RequestSums(msgspec.Struct, frozen=True):
    """Of many requests, as `LoggedRequest` has it of one."""

    requests: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    stated: Decimal = ZERO
    others: dict[str, int] = {}

    def __add__(self, other: "RequestSums") -> "RequestSums":
        return RequestSums(
            self.requests + other.requests,
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.stated + other.stated,
            {**self.others, **summed(self.others, other.others.items())},
        )

    def number(self, item: str) -> int:
        return self.others.get(item, 0)

    def part(self, ending: str) -> int:
        """The tokens of all items whose names end so."""
        return sum(number for item, number in self.others.items() if item.endswith(ending))


def summed(known: Mapping[str, int], more: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The items of `more`, with what is known of them."""
    return {item: known.get(item, 0) + number for item, number in more}


NOTHING = RequestSums()
Key = tuple[Any, ...]
"""The fields of a cell, with its place between the edges."""
Found = dict[Key, list[Any]]
"""The sums of a key: requests, tokens, dollars, other items, and an example."""
Row = tuple[int, int, int, int, Items, Decimal | None, int, tuple[int, int] | None]
"""Input, output, cache read and written, other items and dollars of a request; or of how many, and
the size of one of these."""


def row_of(one: LoggedRequest) -> Row:
    sizes = one.sizes
    return (
        sizes.input,
        sizes.output,
        sizes.cache_read,
        sizes.cache_write,
        sizes.others,
        one.stated,
        one.count,
        one.size,
    )


class LogTally:
    """Adds requests up, in the memory of those that differ by more than their size."""

    def __init__(self, moments: Moments, edges: Edges) -> None:
        self.found: Found = {}
        self._moments = moments
        self._step, self._known = moments.step, moments.known
        self._edges = edges

    def add(self, one: LoggedRequest) -> None:
        self.add_row(self.key(one), row_of(one))

    def key(self, one: LoggedRequest) -> Key:
        """What a request has in common with all that are billed alike."""
        sizes, second, edges = one.sizes, one.second, self._edges
        input, output, others = sizes.input, sizes.output, sizes.others
        if one.size is not None:
            input, output = one.size
        if second is not None:  # without the call, nearly always
            second = self._known.get(second // self._step) or self._moments.of(second)
        return (
            one.model,
            second,
            one.provider,
            one.asked,
            one.tier,
            sizes.region,
            sizes.thinking,
            sizes.explicit_cache,
            one.batch,
            one.stated is not None,
            one.form,
            one.caller,
            # between the same edges, all requests are billed by the same bands
            sizes
            if edges.each
            else (
                bisect_left(edges.input, input),
                bisect_left(edges.output, output),
                bisect_left(edges.total, input + output),
                others and kinds_of_tokens(input, output, others),
            ),
        )

    def add_row(self, key: Key, row: Row) -> None:
        input, output, read, written, others, stated, count, size = row
        sums = self.found.get(key)
        if sums is None:
            sums = self.found[key] = [0, 0, 0, 0, 0, ZERO, {}, size or (input, output)]
        sums[0] += count
        sums[1] += input
        sums[2] += output
        sums[3] += read
        sums[4] += written
        if others:
            known = sums[6]
            for item, number in others:
                known[item] = known.get(item, 0) + number
        if stated is not None:
            sums[5] += stated

    def merge(self, found: Found) -> None:
        """What another tally of the same edges has found."""
        for other, more in found.items():
            key = self.own(other)
            sums = self.found.get(key)
            if sums is None:
                self.found[key] = [*more[:6], dict(more[6]), more[7]]
                continue
            for at, number in enumerate(more[:6]):
                sums[at] += number
            sums[6].update(summed(sums[6], more[6].items()))

    def own(self, key: Key) -> Key:
        """The key of another tally as this one has it."""
        model, second, *rest = key
        return (model, None if second is None else self._moments.of(second), *rest)

    def cells(self) -> Iterator[tuple[SharedTerms, RequestSums]]:
        for (*shared, _place), (*sums, example) in self.found.items():
            yield msgspec.convert((*shared, example), SharedTerms), RequestSums(*sums)


def kinds_of_tokens(input: int, output: int, others: Items) -> tuple[Any, ...]:
    """Which items of other modalities there are, and whether there is text beside them, which may
    have no price."""
    names = []
    for item, number in others:
        if item in LIFETIMES:
            continue
        if item.endswith("_output"):
            output -= number
        elif item.endswith(INPUTS):
            input -= number
        else:
            continue
        names.append(item)
    return (input > 0, output > 0, *names) if names else ()


LIFETIMES = frozenset(f"cache_write.{one}" for one in ("5m", "30m", "1h", "12h"))


INPUTS = ("_input", "_cache_read")
"""Endings of items that are a part of the input of another modality."""
