"""Answers that were logged more than once: one bill each, over all files of a run.

The copy with the most output counts, of equal ones the last, and one of the main conversation
before one of a subagent's. Rows lie in memory as bytes, cut into buckets by the name of the answer,
and on disk beyond a limit; a bucket at a time is then searched for copies. So memory does not grow
with the log.
"""

import marshal
from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import IO, Any, NamedTuple
from zlib import crc32

from llmcost.logs.aggregation import Key, LoggedRequest, LogTally
from llmcost.logs.log_formats import SpanLink

BUCKETS = 64
PENDING = 100_000
"""Rows that are searched for copies nearby, before they become bytes."""
LIMIT = 64_000_000  # bytes in memory
LINK = 8
Answer = tuple[Any, ...]
"""A row of a tally with its dollars as a text; then whether it is of the main conversation, and the
numbers of its cell and of its log."""
OUTPUT, STATED, MAIN, CELL, LOG = 1, 5, 8, 9, 10


def is_better(one: Answer, other: Answer) -> bool:
    """Whether an earlier copy counts, and not a later one."""
    return (one[OUTPUT], one[MAIN]) > (other[OUTPUT], other[MAIN])


class PartAnswers(NamedTuple):
    """What another process has read of a part of a log."""

    rows: dict[bytes, Answer]
    cells: list[Key]
    links: bytes
    folded: int


class Settled(NamedTuple):
    """How many copies were not billed, how many sums of other spans, and the requests by log."""

    folded: int
    sums: int
    requests: Counter[int]


class Answers:
    """The requests of a run that name their answer. `log`: the number of the one that is read.
    `alone`: those of a part, for another process."""

    def __init__(self, *, alone: bool = False) -> None:
        self.log = 0
        self._most = float("inf") if alone else PENDING
        self.folded = 0
        self.rows: dict[bytes, Answer] = {}
        self._cells: dict[Key, int] = {}
        self._links = bytearray()  # spans with their parents, and whether they have usage
        self._stored: list[list[bytes | tuple[int, int]]] = [[] for _ in range(BUCKETS)]
        self._size = 0
        self._file: IO[bytes] | None = None

    def add(self, id: bytes, one: LoggedRequest, key: Key) -> None:
        sizes, stated = one.sizes, one.stated
        cells = self._cells
        row = (
            sizes.input,
            sizes.output,
            sizes.cache_read,
            sizes.cache_write,
            sizes.others,
            None if stated is None else str(stated),
            one.count,
            one.size,
            not one.side,
            cells.setdefault(key, len(cells)),
            self.log,
        )
        if id in self.rows:
            self._put(id, row)
        else:
            self.rows[id] = row
            if len(self.rows) >= self._most:
                self._store_rows()

    def _put(self, id: bytes, row: Answer) -> None:
        old = self.rows.get(id)
        if old is not None:
            if old[LOG] != row[LOG]:  # which may turn out to be unreadable
                self._store({id: old})
            else:
                self.folded += 1
                if is_better(old, row):
                    return
        self.rows[id] = row
        if len(self.rows) >= self._most:
            self._store_rows()

    def _store_rows(self) -> None:
        self._store(self.rows)
        self.rows = {}

    def take_links(self, links: list[SpanLink]) -> None:
        """Spans, each once."""
        for one in links:
            self._links += one.span + (one.parent or bytes(LINK)) + bytes((one.has_usage,))
        links.clear()

    def part(self) -> PartAnswers:
        """All of it, from another process."""
        return PartAnswers(self.rows, list(self._cells), bytes(self._links), self.folded)

    def absorb(self, part: PartAnswers, tally: LogTally) -> None:
        self.folded += part.folded
        self._links += part.links
        cells = self._cells
        numbers = [cells.setdefault(tally.own(key), len(cells)) for key in part.cells]
        for id, row in part.rows.items():
            self._put(id, (*row[:CELL], numbers[row[CELL]], self.log))

    def _store(self, rows: dict[bytes, Answer]) -> None:
        buckets: list[list[tuple[bytes, Answer]]] = [[] for _ in range(BUCKETS)]
        for item in rows.items():
            buckets[crc32(item[0]) % BUCKETS].append(item)  # in the same order on each run
        for some, stored in zip(buckets, self._stored, strict=True):
            if some:
                stored.append(marshal.dumps(some))
                self._size += len(stored[-1])
        if self._size > LIMIT:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            from tempfile import TemporaryFile

            self._file = TemporaryFile()  # noqa: SIM115 - closed with the last bucket
        end = self._file.seek(0, 2)
        for bucket in self._stored:
            for at, data in enumerate(bucket):
                if isinstance(data, bytes):
                    bucket[at] = (end, len(data))
                    end += self._file.write(data)
        self._size = 0

    def settle(self, tally: LogTally, unread: Collection[int]) -> Settled:
        """Every answer into the tally once, but for those of logs that could not be read."""
        keys, parents = list(self._cells), self._ancestors()
        folded, sums, requests, add = self.folded, 0, Counter[int](), tally.add_row
        for best, copies in self._buckets(unread):
            folded += copies
            for id, row in best.items():
                if parents and id in parents:
                    sums += 1
                    continue
                counted, (_main, cell, log) = row[:MAIN], row[MAIN:]
                if counted[STATED] is not None:
                    counted = (*row[:STATED], Decimal(row[STATED]), *row[STATED + 1 : MAIN])
                add(keys[cell], counted)
                requests[log] += 1
        if self._file is not None:
            self._file.close()
        return Settled(folded, sums, requests)

    def _buckets(self, unread: Collection[int]) -> Iterator[tuple[dict[bytes, Answer], int]]:
        """Answers that are none of the others', each by its best copy; how many others it has."""
        if not any(self._stored) and not unread:
            yield self.rows, 0
            return
        self._store_rows()
        for bucket in self._stored:
            best: dict[bytes, Answer] = {}
            copies = 0
            for id, row in self._load(bucket):
                if row[LOG] in unread:
                    continue
                old = best.get(id)
                copies += old is not None
                if old is None or not is_better(old, row):
                    best[id] = row
            bucket.clear()
            yield best, copies

    def _load(self, bucket: list[bytes | tuple[int, int]]) -> Iterator[tuple[bytes, Answer]]:
        for data in bucket:
            if not isinstance(data, bytes):
                assert self._file is not None
                self._file.seek(data[0])
                data = self._file.read(data[1])
            yield from marshal.loads(data)

    def _ancestors(self) -> set[bytes]:
        """The spans above one that has usage: theirs is the sum of it."""
        width = 2 * LINK + 1
        links = [self._links[at : at + width] for at in range(0, len(self._links), width)]
        above = {bytes(one[:LINK]): bytes(one[LINK:-1]) for one in links}
        found: set[bytes] = set()
        for one in links:
            parent = bytes(one[LINK:-1]) if one[-1] else None
            while parent and parent not in found:
                found.add(parent)
                parent = above.get(parent)
        return found
