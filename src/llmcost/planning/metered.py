"""Requests as a log states them, and sums of those that are billed alike."""

from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from llmcost.money import ZERO
from llmcost.planning.moments import Moments


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


class Request(msgspec.Struct, frozen=True, gc=False):
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


class Cell(msgspec.Struct, frozen=True, array_like=True):
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


class Sums(msgspec.Struct, frozen=True):
    """Of many requests, as `Request` has it of one."""

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

    def __add__(self, other: "Sums") -> "Sums":
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Sums(*(one + more for one, more in pairs))


NOTHING = Sums()
Found = dict[tuple[Any, ...], list[Any]]
"""The fields of a cell with its place between the edges, and the fields of its sums."""


class Tally:
    """Adds requests up, in the memory of those that differ by more than their size."""

    def __init__(self, moments: Moments, edges: Edges) -> None:
        self.found: Found = {}
        self._moments = moments
        self._step, self._known = moments.step, moments.known
        self._edges = edges

    def add(self, one: Request) -> None:
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

    def cells(self) -> Iterator[tuple[Cell, Sums]]:
        for (*shared, _place), (*sums, example) in self.found.items():
            yield msgspec.convert((*shared, example), Cell), Sums(*sums)
