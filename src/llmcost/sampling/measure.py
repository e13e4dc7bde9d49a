"""Read and count the units of a sample: blocks of texts, and blocks of requests."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import floor
from typing import TYPE_CHECKING

import msgspec

from llmcost.errors import UnreadableInput
from llmcost.inputs.object_storage import is_address
from llmcost.inputs.request_forms import Form
from llmcost.inputs.text_stream import Failed, TextStream, unreadable
from llmcost.messages import say, visible
from llmcost.pricing.terms import Terms
from llmcost.pricing.usage import Count, Input, Size, Sizes
from llmcost.runtime.count_inputs import Asked, opened, request_input
from llmcost.runtime.open_inputs import Stopped
from llmcost.sampling.reservoir import BLOCK, Layout, SampleBlock, Unit, read_unit
from llmcost.sampling.rounds import Measured
from llmcost.tokenizers.chunking import pieces
from llmcost.tokenizers.counter import Counter
from llmcost.tokenizers.processes import Shared
from llmcost.tokenizers.registry import Tokenizer
from llmcost.tokenizers.short_texts import Texts
from llmcost.tokenizers.workers import Crew

if TYPE_CHECKING:
    from llmcost.chat import Ask
    from llmcost.tokenizers.requests import RequestCounter, RequestTotals

GROUP = 256  # units that are held at once
SHORT = 4000  # characters
AT_ONCE = 16  # requests to a store
PAYS = 32  # units, from which on other processes gain more than they cost
BILL = "bill"
"""The key of what requests cost in input tokens, beside those of their tokens: it is as sure as the
cost on a model whose output has the price of so many input tokens."""
OUTPUT_PRICE = 10  # the highest that is usual; below, a cost is between this one and that of tokens
HINT = say("the rest of the sample stands for it")

UNKNOWN = say("requests with images or files whose tokens are not known")

Whole = Callable[[TextStream], Input]
Kept = tuple[int, int, int, int | None, int]  # a size, and how many requests have it
# a unit's sizes by key are kept as bytes: in a tenth of the memory
DECODER = msgspec.msgpack.Decoder(dict[str, list[Kept]])


class ReadingPlan(msgspec.Struct, frozen=True):
    """How units are read: of blocks of so many bytes, and what counts a `whole` file."""

    asked: Asked
    crew: Crew
    whole: Whole
    block: int = BLOCK

    def read(self, unit: Unit) -> SampleBlock:
        """Raises UnreadableInput."""
        try:
            return read_unit(unit, self.asked.encoding, self.block)
        except OSError as error:
            raise unreadable(unit.path, error) from None

    def tried(self, unit: Unit) -> SampleBlock | UnreadableInput:
        try:
            return self.read(unit)
        except UnreadableInput as error:
            return error

    def read_whole(self, unit: Unit) -> Input:
        """Raises UnreadableInput."""
        found = opened(msgspec.structs.replace(self.asked, paths=[unit.path]))
        if found.unread:
            raise UnreadableInput(found.unread[0].message, hint=found.unread[0].hint)
        try:
            return self.whole(found.streams[0])
        except Stopped:  # a part of it stands for nothing
            raise KeyboardInterrupt from None


class Units:
    """Counts units, one answer for each. `failed`: what could not be read, by path; `replaced`: the
    paths of what is not text in its encoding; `guessed`: of what is GB18030 by its bytes."""

    def __init__(self, reading: ReadingPlan) -> None:
        self.reading = reading
        self.failed: dict[str, Failed] = {}
        self.replaced: dict[str, None] = {}
        self.guessed: dict[str, None] = {}
        self._read: dict[Unit, SampleBlock | UnreadableInput] = {}

    def __call__(self, units: Iterable[Unit]) -> Iterator[Measured]:
        raise NotImplementedError

    def fail(self, unit: Unit, error: UnreadableInput) -> Measured:
        found = Failed(unit.path, str(error), HINT)
        self.failed[unit.path] = found
        return Measured(0, {}, found.reason)

    def groups(self, units: Iterable[Unit]) -> Iterator[list[Unit]]:
        """Units in groups, of which those at addresses are read together: each waits for its
        store, and not for this machine."""
        for group in grouped(units, GROUP):
            far = [one for one in group if is_address(one.path) and one.layout is not Layout.WHOLE]
            if far:
                from concurrent.futures import ThreadPoolExecutor

                with ThreadPoolExecutor(AT_ONCE) as pool:
                    self._read = dict(zip(far, pool.map(self.reading.tried, far), strict=True))
            yield group

    def read(self, unit: Unit) -> SampleBlock:
        """Raises UnreadableInput."""
        block = self._read.pop(unit, None) or self.reading.read(unit)
        if isinstance(block, UnreadableInput):
            raise block
        if "\ufffd" in block.text and self.reading.asked.encoding == "utf-8":
            self.replaced[unit.path] = None
        if block.is_guessed:
            self.guessed[unit.path] = None
        return block


class TextUnits(Units):
    """Counts units under tokenizers: short ones together, since they share words, and others in all
    processes."""

    def __init__(
        self, reading: ReadingPlan, names: Sequence[str], known: Mapping[str, Tokenizer]
    ) -> None:
        super().__init__(reading)
        self.names = names
        self.known = known
        self._texts = Texts(names, known)
        self._is_warm = False  # vocabularies are loaded, and other processes start with them

    def __call__(self, units: Iterable[Unit]) -> Iterator[Measured]:
        for group in self.groups(units):
            read = [self.begin(unit) for unit in group]
            blocks = [one for one in read if isinstance(one, SampleBlock)]
            short = {one.text for one in blocks if len(one.text) < SHORT}
            self._texts.learn(dict.fromkeys(self.names, short))
            is_many = len(blocks) - len(short) >= PAYS and self.reading.crew.workers > 1
            counters = [
                self.counting(one.text, is_many) for one in blocks if len(one.text) >= SHORT
            ]
            found = (counter.counts() for counter in counters)
            for one in read:
                if isinstance(one, Measured):
                    yield one
                else:
                    known = self.learnt(one.text) if len(one.text) < SHORT else next(found)
                    yield Measured(one.bytes, known)

    def begin(self, unit: Unit) -> Measured | SampleBlock:
        """What a unit has, or its text."""
        try:
            if unit.layout is Layout.WHOLE:
                return Measured(unit.size, self.reading.read_whole(unit).counts)
            return self.read(unit)
        except UnreadableInput as error:
            return self.fail(unit, error)

    def learnt(self, text: str) -> dict[str, Count]:
        return self._texts.counts(text)

    def counting(self, text: str, is_many: bool) -> Counter | Shared:
        """What is counting a text, here or elsewhere."""
        counter: Counter | Shared
        counter = own = Counter(self.names, self.known, expected=len(text))
        if is_many and self._is_warm:
            crew = self.reading.crew
            counter = Shared(crew.processes, crew.workers, own, len(text))
        for piece in pieces([text]):
            counter.feed(piece)
        self._is_warm = True
        return counter


class RequestUnits(Units):
    """Counts requests, and keeps their sizes by unit. `terms` tell what each
    lets the model write. `bad`: those that could not be read, beside `requests` that could."""

    def __init__(self, reading: ReadingPlan, counter: "RequestCounter", terms: Terms) -> None:
        super().__init__(reading)
        self.counter = counter
        self.terms = terms
        self.bad: list[str] = []
        self.requests = 0
        self.unknown: dict[str, str] = {}
        self.remarks: dict[str, int] = {}
        self._sizes: dict[Unit, bytes] = {}

    def __call__(self, units: Iterable[Unit]) -> Iterator[Measured]:
        for group in self.groups(units):
            begun = [(unit, self.begin(unit)) for unit in group]
            tallied = self.tallied([one[1] for _, one in begun if isinstance(one, tuple)])
            for unit, one in begun:
                if isinstance(one, Measured):
                    yield one
                elif isinstance(one, Input):
                    yield self.measured(unit, unit.size, one)
                else:
                    yield self.measured(unit, one[0], self.input_of(next(tallied)))

    def begin(self, unit: Unit) -> "Measured | Input | tuple[int, list[Ask]]":
        """What a unit has, or its bytes and requests."""
        try:
            if unit.layout is Layout.WHOLE:
                return self.reading.read_whole(unit)
            block = self.read(unit)
        except UnreadableInput as error:
            return self.fail(unit, error)
        return block.bytes, list(self.asks(unit, block.text))

    def asks(self, unit: Unit, text: str) -> "Iterator[Ask]":
        from llmcost.inputs.json_stream import by_lines
        from llmcost.inputs.request_files import BadLine, read_record

        asked = self.reading.asked
        form = Form.AUTO if asked.form is None or asked.form is Form.TEXT else asked.form
        name = visible(unit.path)
        for record in by_lines([text.removeprefix("\ufeff")]):
            for one in read_record(record, name, form, asked.field):
                if isinstance(one, BadLine):
                    place = unit.index * self.reading.block
                    self.bad.append(
                        say(
                            "{name}, behind byte {place:,}: {message}",
                            name=name,
                            place=place,
                            message=one.message,
                        )
                    )
                else:
                    yield one

    def tallied(self, batches: "Sequence[list[Ask]]") -> "Iterator[RequestTotals]":
        from llmcost.tokenizers.requests import RequestTally

        crew = self.reading.crew
        if len(batches) >= PAYS and crew.workers > 1 and self.counter.is_ours:
            yield from crew.processes().tallied(batches, self.counter.ways)
            return
        for batch in batches:
            tally = RequestTally(self.counter)
            tally.add(batch)
            yield tally.found

    def input_of(self, found: "RequestTotals") -> Input:
        from llmcost.tokenizers.requests import RequestTally

        tally = RequestTally(self.counter)
        tally.merge(found)
        return request_input("", 0, 0, tally)

    def measured(self, unit: Unit, bytes: int, found: Input) -> Measured:
        counts: dict[str, Count] = {}
        sizes: dict[str, list[Kept]] = {}
        for way in self.counter.ways:
            one = counts[way.key] = found.counts.get(way.key) or found.counts[way.tokenizer]
            own = found.sizes.get(way.key)
            if own is None:  # a text
                own = {Size(one.tokens, one.low, one.high): 1}
            sizes[way.key] = [
                (size.tokens, size.low, size.high, size.output, times)
                for size, times in own.items()
            ]
        self.unknown |= dict.fromkeys(found.unknown, UNKNOWN)
        for name, times in found.remarks.items():
            self.remarks[name] = self.remarks.get(name, 0) + times
        self._sizes[unit] = msgspec.msgpack.encode(sizes)
        first = next(iter(sizes.values()))
        self.requests += sum(times for *_, times in first)
        written = sum(
            times * self.terms.usage(tokens, most).output for tokens, _, _, most, times in first
        )
        bill = counts[next(iter(sizes))].tokens + OUTPUT_PRICE * written
        return Measured(bytes, {**counts, BILL: Count(bill, bill, bill, "", exact=True)})

    def sizes(self, weights: Iterable[tuple[Unit, float]]) -> dict[str, Sizes]:
        """Of all requests, where each unit stands for so many."""
        found: dict[str, dict[Size, int]] = {way.key: {} for way in self.counter.ways}
        sums = dict.fromkeys(found, 0.0)
        for unit, weight in weights:
            for key, kept in DECODER.decode(self._sizes[unit]).items():
                for tokens, low, high, output, times in kept:
                    before = floor(sums[key])
                    # the last bits of a whole number are not to take one away
                    sums[key] = round(sums[key] + times * weight, 6)
                    more = floor(sums[key]) - before
                    if more:
                        size = Size(tokens, low, high, output)
                        found[key][size] = found[key].get(size, 0) + more
        return dict(found)


def grouped(units: Iterable[Unit], most: int) -> Iterator[list[Unit]]:
    rest = iter(units)
    while group := list(islice(rest, most)):
        yield group
