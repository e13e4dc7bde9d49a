"""Draw and count units in rounds, until the totals are as precise as requested.

The files that paths name are listed first: their sizes, and whether each may be cut.
"""

import os
import stat
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil

import msgspec

from llmcost.errors import UnreadableInput
from llmcost.inputs.compression import inner_name
from llmcost.inputs.discovery import Skipped, expand_one
from llmcost.inputs.documents import BINARIES, PAGES
from llmcost.inputs.object_storage import is_address
from llmcost.inputs.request_forms import Form, can_hold_requests
from llmcost.inputs.text_stream import STDIN, Failed, TextStream, failed, stated, unreadable
from llmcost.messages import say
from llmcost.pricing.usage import Count
from llmcost.runtime.count_inputs import Asked
from llmcost.sampling.reservoir import BLOCK, Layout, SampledListing, Unit
from llmcost.sampling.statistics import Drawn, Sample, allotted, needed, sample_of

FIRST = 400
"""Units of the first round: in fewer, a part unlike the rest is too often missed altogether."""

FEWEST = 16


class Measured(msgspec.Struct, frozen=True):
    """What a unit holds: bytes as read, counts by tokenizer. `problem`: why it cannot be read."""

    bytes: int
    counts: Mapping[str, Count]
    problem: str = ""


Measure = Callable[[Iterable[Unit]], Iterable[Measured]]
"""Reads and counts units, giving one answer for each in their order; a pool of processes may."""


class Sampled(msgspec.Struct, frozen=True):
    """What was listed: `counts` with the bounds of their intervals, and `totals`, the same without
    the margin. `read`: bytes of the units that were counted; `relative`: how far off the least
    certain total may be, as a part of it; `weights`: how many units each unit stands for;
    `problems`: what could not be read, for which the others stand."""

    counts: Mapping[str, Count]
    totals: Mapping[str, Count]
    read: int
    relative: float
    weights: Sequence[tuple[Unit, float]]
    problems: Sequence[tuple[str, str]]


def sample(
    listing: SampledListing,
    measure: Measure,
    *,
    limit: int | None = None,
    precision: float | None = None,
) -> Sampled:
    """Reads `limit` bytes or somewhat more, or less if all totals are then sure to `precision` (a
    part of them, in 95 of 100 samples). Without either, all that the listing has kept.

    Raises UnreadableInput if nothing of it could be read, ValueError if there is nothing.
    """
    if not listing.bytes:
        raise ValueError("nothing was listed that could be sampled")
    most = listing.bytes if limit is None else min(limit, listing.bytes)
    rounds = Rounds(listing, measure, most)
    aim = most if precision is None else min(most, rounds.first)
    while rounds.read_up_to(aim) and precision is not None and aim < most:
        found = rounds.sample().relative()
        if found <= precision:
            break
        aim = min(most, needed(rounds.read, listing.bytes, found, precision))
    return rounds.result()


class Rounds:
    """What was drawn and counted so far. `first`: the bytes of a first round."""

    def __init__(self, listing: SampledListing, measure: Measure, limit: int) -> None:
        units = max(FEWEST, min(FIRST, limit // listing.block))
        self.strata, self.order = listing.strata(units)
        self.measure = measure
        self.units: list[Unit] = []
        self.drawn: list[Drawn] = []
        self.problems: list[tuple[str, str]] = []
        self.taken = [0] * len(self.strata)
        self.first = self.expected(units)
        self.read = 0

    def expected(self, units: int) -> int:
        """The bytes of so many units, as they are allotted."""
        wanted = allotted(self.strata, units)
        return sum(
            min(most, len(kept)) * one.bytes // one.units
            for most, kept, one in zip(wanted, self.order, self.strata, strict=True)
        )

    def read_up_to(self, bytes: int) -> bool:
        """Whether there was anything more to count."""
        everything = sum(one.bytes for one in self.strata)
        most = max(ceil(one.units * everything / one.bytes) for one in self.strata)
        units = bisect_left(range(1, most), bytes, key=self.expected) + 1
        fresh = self.fresh(allotted(self.strata, units))
        for (stratum, unit), found in zip(
            fresh, self.measure(unit for _, unit in fresh), strict=True
        ):
            if found.problem:
                self.problems.append((unit.path, found.problem))
                continue
            self.drawn.append(Drawn(stratum, found.bytes, found.counts, len(self.units)))
            self.units.append(unit)
            self.read += found.bytes
        return bool(fresh)

    def fresh(self, wanted: Sequence[int]) -> list[tuple[int, Unit]]:
        """The units that are missing to so many of each stratum, in the order of the files."""
        found: list[tuple[int, Unit]] = []
        for stratum, most in enumerate(wanted):
            more = self.order[stratum][self.taken[stratum] : most]
            self.taken[stratum] += len(more)
            found += ((stratum, unit) for unit in more)
        return sorted(found, key=lambda one: one[1])

    def sample(self) -> Sample:
        if not self.drawn:
            raise self.nothing_read()
        return sample_of(self.strata, self.drawn)

    def nothing_read(self) -> UnreadableInput:
        for path, problem in self.problems:
            said = say(
                "nothing of the sample could be read; `{path}`: {problem}",
                path=path,
                problem=problem,
            )
            return UnreadableInput(said)
        return UnreadableInput(say("nothing of the sample could be read"))

    def result(self) -> Sampled:
        found = self.sample()
        weights = found.weights()
        return Sampled(
            counts=found.counts(),
            totals={key: found.total(key) for key in found.keys},
            read=self.read,
            relative=found.relative(),
            weights=[(unit, weights[number]) for number, unit in enumerate(self.units)],
            problems=self.problems,
        )


HEAD = 1 << 16
"""Bytes that say whether a file holds requests."""
LOOKED_INTO = 100
"""Files at addresses of one ending."""


class CountableFiles(msgspec.Struct):
    """Files by what is in them; `others`: what is none, as a pipe, and has no end that is known.
    `skipped` and `unread` of folders."""

    texts: SampledListing
    requests: SampledListing
    others: list[str] = []
    skipped: list[Skipped] = []
    unread: list[Failed] = []

    _heads: dict[str, Counter[tuple[Layout, bool]]] = msgspec.field(default_factory=dict)

    def layout_of(self, path: str, asked: Asked) -> tuple[Layout, bool]:
        """That of a file at an address is taken from its ending once many have had the same: to
        look into each of a million takes a request for each. Raises OSError, UnreadableInput."""
        if not is_address(path):
            return layout_of(path, asked)
        known = self._heads.setdefault(os.path.splitext(path)[1], Counter())  # noqa: PTH122
        if len(known) != 1 or known.total() < LOOKED_INTO:
            known[found := layout_of(path, asked)] += 1
            return found
        return next(iter(known))

    @property
    def bytes(self) -> int:
        return self.texts.bytes + self.requests.bytes

    @property
    def files(self) -> int:
        return self.texts.files + self.requests.files


def listing_of(asked: Asked, seed: int, block: int = BLOCK) -> CountableFiles:
    """Raises UnreadableInput for a pattern that matches nothing."""
    found = CountableFiles(SampledListing(seed, block), SampledListing(seed, block))
    for path in asked.paths or [STDIN]:
        for one in expand_one(path, hidden=False, keep=BINARIES, looks=False):
            if isinstance(one, Failed):
                found.unread.append(one)
            elif isinstance(one, Skipped):
                found.skipped.append(one)
            else:
                add(found, one, asked, is_named=one == path)
    return found


def add(listed: CountableFiles, path: str, asked: Asked, *, is_named: bool) -> None:
    try:
        size = size_of(path)
        if size is None:
            listed.others.append(path)
            return
        layout, has_requests = listed.layout_of(path, asked)
    except (OSError, ValueError, UnreadableInput) as error:
        if is_named:  # whoever opens it will say what is wrong
            listed.others.append(path)
        else:
            listed.unread.append(failed_with(path, error))
        return
    listing = listed.requests if has_requests else listed.texts
    listing.add(path, size, layout, is_named=is_named)


def size_of(path: str) -> int | None:
    """Bytes; None of what has no end that is known. Raises OSError."""
    if is_address(path):
        return stated(path)
    status = None if path == STDIN else os.stat(path)  # noqa: PTH116 - a hundred thousand times
    return status.st_size if status is not None and stat.S_ISREG(status.st_mode) else None


def failed_with(path: str, error: Exception) -> Failed:
    if isinstance(error, OSError):
        error = unreadable(path, error)
    if not isinstance(error, UnreadableInput):
        error = UnreadableInput(say("cannot read `{path}`: {why}", path=path, why=str(error)))
    return failed(path, error)


def layout_of(path: str, asked: Asked) -> tuple[Layout, bool]:
    """Where a file may be cut, and whether it holds requests. Raises UnreadableInput."""
    if asked.column is not None:
        return Layout.WHOLE, True
    inner = inner_name(path)
    is_packed = inner != path
    is_document = inner.lower().endswith((*BINARIES, *PAGES))
    uncut = Layout.WHOLE if is_packed or is_document else Layout.TEXT
    is_forced = asked.field is not None or asked.form not in (None, Form.TEXT)
    if not is_forced and not (asked.form is None and can_hold_requests(inner)):
        return uncut, False
    if is_document:
        return Layout.WHOLE, is_forced
    return layout_by_head(path, inner, uncut, asked, is_forced=is_forced)


def layout_by_head(
    path: str, inner: str, uncut: Layout, asked: Asked, *, is_forced: bool
) -> tuple[Layout, bool]:
    from llmcost.inputs.json_stream import MARK, is_lines
    from llmcost.inputs.request_files import detect

    head = next(iter(TextStream(path, asked.encoding, HEAD)), "")
    if not is_forced and detect(inner, head) is Form.TEXT:
        return uncut, False
    if uncut is Layout.TEXT and is_lines(head.removeprefix(MARK)):
        return Layout.LINES, True
    return Layout.WHOLE, True
