"""Requests added up: how many there are of each size, in each way that models need."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add

import msgspec

from llmcost.planning.message import Ask
from llmcost.tokens.frames import Shape, shape_of
from llmcost.tokens.requests import RequestCounter, Tokens, Way

Size = tuple[int, int, int, int | None]
"""Tokens with their bounds, and the most that may be written."""
Sizes = Counter[Size]
Sums = Counter[str]


class Found(msgspec.Struct):
    """What some requests add up to: `sizes` by the key of the way and, of those whose texts touch
    no frame, `calm` ones without it, by their shape and by tokenizer. `rough` are ways with a size
    that is not exact; `unknown`: how many requests have images whose tokens are not known."""

    requests: int = 0
    sizes: dict[str, Sizes] = msgspec.field(default_factory=dict)
    calm: dict[Shape, dict[str, Sizes]] = msgspec.field(default_factory=dict)
    rough: set[str] = msgspec.field(default_factory=set)
    unknown: Sums = msgspec.field(default_factory=Counter)


class Tally:
    """Adds up requests."""

    def __init__(self, counter: RequestCounter) -> None:
        self.counter = counter
        self.found = Found()

    def add(self, asks: Sequence[Ask]) -> None:
        """Requests that are held in memory, about `requests.BATCH` of them."""
        self.found.requests += len(asks)
        groups: dict[Shape | None, list[Ask]] = {}
        for ask in asks:
            has_images = any(message.images for message in ask.messages)
            groups.setdefault(None if has_images else shape_of(ask), []).append(ask)
        self._add_counted(odd := groups.pop(None, []), self.counter.count(odd))
        # All texts at once: the words that they share are then learnt once.
        self.counter.learn(ask for group in groups.values() for ask in group)
        joined: dict[tuple[Way, ...], list[Ask]] = {}
        for shape, group in groups.items():
            if shape is not None:
                self._add_calm(shape, group)
                joined.setdefault(self._joining(shape), []).extend(group)
        for ways, group in joined.items():
            self._add_counted(group, self.counter.count(group, ways))

    def add_one(self, ask: Ask, counted: Mapping[str, Tokens | None]) -> None:
        """A request that was counted by itself."""
        self.found.requests += 1
        self._add_sizes(ask, counted)

    def merge(self, other: Found) -> None:
        """Take in what was added up elsewhere."""
        self.found.requests += other.requests
        self.found.unknown.update(other.unknown)
        self.found.rough |= other.rough
        for key, sizes in other.sizes.items():
            self.found.sizes.setdefault(key, Counter()).update(sizes)
        for shape, by_name in other.calm.items():
            own = self.found.calm.setdefault(shape, {})
            for name, sizes in by_name.items():
                own.setdefault(name, Counter()).update(sizes)

    def sizes(self, way: Way) -> Sizes:
        """How many requests there are of each size, in this way."""
        found = Counter(self.found.sizes.get(way.key, {}))
        for shape, by_name in self.found.calm.items():
            frame = self.counter.around(way, shape)
            if frame is not None:
                for (tokens, low, high, output), times in by_name[way.tokenizer].items():
                    size = tokens + frame.tokens, low + frame.low, high + frame.high, output
                    found[size] += times
        return found

    def is_exact(self, way: Way) -> bool:
        """Whether all of these sizes are exact."""
        found = (self.counter.around(way, shape) for shape in self.found.calm)
        frames = [frame for frame in found if frame is not None]
        if way.key in self.found.rough or not all(frame.exact for frame in frames):
            return False
        return not frames or way.tokenizer not in self.counter.texts.rough

    def _add_counted(
        self, asks: Iterable[Ask], counted: Iterable[Mapping[str, Tokens | None]]
    ) -> None:
        """Requests counted one by one, in some ways or in all."""
        for ask, found in zip(asks, counted, strict=True):
            self._add_sizes(ask, found)

    def _add_sizes(self, ask: Ask, counted: Mapping[str, Tokens | None]) -> None:
        for key, one in counted.items():
            if one is None:
                self.found.unknown[key] += 1
                continue
            sizes = self.found.sizes.setdefault(key, Counter())
            sizes[one.tokens, one.low, one.high, ask.max_output] += 1
            if not one.exact:
                self.found.rough.add(key)

    def _joining(self, shape: Shape) -> tuple[Way, ...]:
        """The ways whose frame joins texts of this shape."""
        return tuple(way for way in self.counter.ways if self.counter.around(way, shape) is None)

    def _add_calm(self, shape: Shape, asks: Sequence[Ask]) -> None:
        texts = self.counter.texts
        outputs = [ask.max_output for ask in asks]
        by_place = [[ask.messages[at].text for ask in asks] for at in range(len(shape))]
        found = self.found.calm.setdefault(shape, {name: Counter() for name in self.counter.names})
        for name, sizes in found.items():
            columns = (
                _sums(counts[name], by_place) for counts in (texts.tokens, texts.low, texts.high)
            )
            sizes.update(zip(*columns, outputs, strict=True))


def _sums(counts: Mapping[str, int], by_place: Sequence[Sequence[str]]) -> Iterator[int]:
    """The tokens of each request: of its first text, its second …"""
    count = counts.__getitem__
    first, *others = by_place
    found = map(count, first)
    for texts in others:
        found = map(add, found, map(count, texts))
    return found
