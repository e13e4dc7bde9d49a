"""Tokens of whole requests (texts, frame of the chat, tools, images), and sums of many requests.

Sums are how many requests there are of each size, for each way of counting that models need.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from operator import add
from typing import NamedTuple

import msgspec

from llmcost.chat import PLAIN, Ask, Message
from llmcost.chat_templates.frame import (
    Edges,
    Frame,
    Framed,
    Shape,
    around,
    core_of,
    filled,
    frame_of,
    framed,
    shape_of,
)
from llmcost.tokenizers.images import formula_of, image_tokens
from llmcost.tokenizers.media import media_tokens, rule_of
from llmcost.tokenizers.registry import TOKENIZERS, Tokenizer, tokenizer
from llmcost.tokenizers.short_texts import Texts

BATCH = 2500  # requests
_LARGEST_BATCH = 4_000_000  # characters


class CountingMethod(msgspec.Struct, frozen=True):
    """How requests are counted for all models that share a tokenizer, a frame and a formula for
    images; `model` is one of them."""

    key: str
    tokenizer: str
    frame: Frame
    model: str
    day: date | None = None


Named = tuple[str, str, date | None]
"""A way of counting by the names of tokenizer and model, and a day."""


@cache
def way_of(name: str, model: str, day: date | None = None) -> CountingMethod:
    """The way for a model on a day, by the names of its tokenizer and itself."""
    frame = frame_of(name, model, day)
    key = f"{name}/{frame.method}/{formula_of(model)}/{rule_of(model)}"
    return CountingMethod(key, name, frame, model, day)


class Tokens(NamedTuple):
    """low <= tokens <= high; the three are equal where `exact`."""

    tokens: int
    low: int
    high: int
    exact: bool


class RequestCounter:
    """Counts requests in every way that is needed, and remembers texts that come again."""

    def __init__(
        self, ways: Iterable[CountingMethod], known: Mapping[str, Tokenizer] = TOKENIZERS
    ) -> None:
        self.known = known
        self.ways = tuple({one.key: one for one in ways}.values())
        self.names = tuple(dict.fromkeys(one.tokenizer for one in self.ways))
        self.texts = Texts(self.names, known)
        self._rests: dict[tuple[str, Framed], Tokens] = {}

    @property
    def is_ours(self) -> bool:
        """Whether other processes know these tokenizers as well, since none is the user's."""
        return all(self.known.get(name) is TOKENIZERS.get(name) for name in self.names)

    def count(
        self, asks: Sequence[Ask], ways: Sequence[CountingMethod] | None = None
    ) -> list[dict[str, Tokens | None]]:
        """The tokens of each request, by the key of the way; None where an image's are not known.

        Memory is that of these requests: a file is counted BATCH requests at a time.
        """
        ways = self.ways if ways is None else ways
        frames = {id(way.frame): way.frame for way in ways}
        written = [
            {key: written_by(frame, ask, shape) for key, frame in frames.items()}
            for ask, shape in zip(asks, map(shape_of, asks), strict=True)
        ]
        wanted: dict[str, list[str]] = {way.tokenizer: [] for way in ways}
        for way in ways:
            wanted[way.tokenizer] += (
                text for found in written for text in found[id(way.frame)].every
            )
        self.texts.learn(wanted)
        return [
            {way.key: self._tokens(way, ask, found[id(way.frame)]) for way in ways}
            for ask, found in zip(asks, written, strict=True)
        ]

    def rest(self, way: CountingMethod, shape: Shape) -> tuple[Edges, Tokens] | None:
        """What the way's frame puts around texts of a shape, and beside them; None where it joins
        them."""
        found = around(way.frame, shape)
        if found is None:
            return None
        key = way.tokenizer, found.rest
        if key not in self._rests:
            self.texts.learn({way.tokenizer: found.rest.every})
            self._rests[key] = self._framed(way.tokenizer, found.rest)
        return found.edges, self._rests[key]

    def method(self, way: CountingMethod) -> str:
        """What is shown beside figures."""
        return f"{tokenizer(way.tokenizer, self.known).method}, {way.frame.method}"

    def _tokens(self, way: CountingMethod, ask: Ask, found: Framed) -> Tokens | None:
        tokens = self._framed(way.tokenizer, found)
        tokens = tokens._replace(low=max(tokens.low, 0))
        has_files = any(message.images or message.media for message in ask.messages)
        return with_files(tokens, way, ask.messages) if has_files else tokens

    def _framed(self, name: str, found: Framed) -> Tokens:
        tokens, low, high = found.extra, found.low, found.high
        for text in found.texts:
            tokens += self.texts.tokens[name][text]
            low += self.texts.low[name][text]
            high += self.texts.high[name][text]
        for text in found.likely:
            tokens += self.texts.tokens[name][text]
        for text in (*found.likely, *found.possible):
            high += self.texts.high[name][text]
        exact = found.exact and name not in self.texts.rough
        return Tokens(tokens, low, high, exact)


def written_by(frame: Frame, ask: Ask, shape: Shape | None) -> Framed:
    return framed(frame, ask) if shape is None else filled(frame, shape, ask)


def with_files(tokens: Tokens, way: CountingMethod, messages: Iterable[Message]) -> Tokens | None:
    """With images and other files; None where one's tokens are not known."""
    for message in messages:
        images = [image_tokens(image, way.model) for image in message.images]
        for one in (*images, *(media_tokens(part, way.model) for part in message.media)):
            if one is None:
                return None
            slack = 1 + one.tokens // 100 if one in images else 0
            tokens = Tokens(
                tokens.tokens + one.tokens,
                max(tokens.low + one.low - slack, 0),
                tokens.high + one.high + slack,
                exact=False,  # a recorded image of a sure formula was billed one token more
            )
    return tokens


def batches(asks: Iterable[Ask]) -> Iterator[list[Ask]]:
    """As many at a time as share their words well, and are held without harm."""
    found: list[Ask] = []
    size = 0
    for ask in asks:
        found.append(ask)
        size += len(ask.text) + sum(len(message.text) for message in ask.messages)
        if len(found) == BATCH or size > _LARGEST_BATCH:
            yield found
            found, size = [], 0
    if found:
        yield found


Size = tuple[int, int, int, int | None]
"""Tokens with their bounds, and the most that may be written."""
Sizes = Counter[Size]
Sums = Counter[str]
Calm = tuple[str, Edges]
"""The name of a tokenizer, and what it gets around the cores of texts."""


class RequestTotals(msgspec.Struct):
    """What some requests add up to: `sizes` by the key of the way and, of those whose texts touch
    no frame, `calm` ones without it, by their shape and by how a tokenizer gets them. `rough` are
    ways with a size that is not exact; `unknown`: how many requests have images or files whose
    tokens are not known; `remarks`: how many have a key that is not understood (`key NAME`), or a
    tool that the vendor runs (`tool NAME`)."""

    requests: int = 0
    sizes: dict[str, Sizes] = msgspec.field(default_factory=dict)
    calm: dict[Shape, dict[Calm, Sizes]] = msgspec.field(default_factory=dict)
    rough: set[str] = msgspec.field(default_factory=set)
    unknown: Sums = msgspec.field(default_factory=Counter)
    remarks: Sums = msgspec.field(default_factory=Counter)


class RequestTally:
    """Adds up requests."""

    def __init__(self, counter: RequestCounter) -> None:
        self.counter = counter
        self.found = RequestTotals()

    def add(self, asks: Sequence[Ask]) -> None:
        """Requests that are held in memory, about `requests.BATCH` of them."""
        self.found.requests += len(asks)
        groups: dict[Shape | None, list[Ask]] = {}
        for ask in asks:
            if ask.conditions is not PLAIN:
                self.found.remarks.update(remarks_on(ask))
            groups.setdefault(shape_of(ask), []).append(ask)
        self._add_counted(odd := groups.pop(None, []), self.counter.count(odd))
        calm = [
            (Alike(shape, group), self._calm_ways(shape))
            for shape, group in groups.items()
            if shape is not None
        ]
        # All texts at once: the words that they share are then learnt once.
        wanted: dict[str, set[str]] = {name: set() for name in self.counter.names}
        for alike, ways in calm:
            for name, edges in ways:
                wanted[name].update(*alike.columns(edges))
        self.counter.texts.learn(wanted)
        joined: dict[tuple[CountingMethod, ...], list[Ask]] = {}
        for alike, ways in calm:
            self._add_calm(alike, ways)
            if joining := self._joining(alike.shape):
                joined.setdefault(joining, []).extend(alike.asks)
        for joining, group in joined.items():
            self._add_counted(group, self.counter.count(group, joining))

    def add_one(self, ask: Ask, counted: Mapping[str, Tokens | None]) -> None:
        """A request that was counted by itself."""
        self.found.requests += 1
        self.found.remarks.update(remarks_on(ask))
        self._add_sizes(ask, counted)

    def merge(self, other: RequestTotals) -> None:
        """Take in what was added up elsewhere."""
        self.found.requests += other.requests
        self.found.unknown.update(other.unknown)
        self.found.remarks.update(other.remarks)
        self.found.rough |= other.rough
        for key, sizes in other.sizes.items():
            self.found.sizes.setdefault(key, Counter()).update(sizes)
        for shape, by_name in other.calm.items():
            own = self.found.calm.setdefault(shape, {})
            for name, sizes in by_name.items():
                own.setdefault(name, Counter()).update(sizes)

    def sizes(self, way: CountingMethod) -> Sizes:
        """How many requests there are of each size, in this way."""
        found = Counter(self.found.sizes.get(way.key, {}))
        for shape, own in self.found.calm.items():
            if (rest := self.counter.rest(way, shape)) is not None:
                edges, frame = rest
                for (tokens, low, high, output), times in own[way.tokenizer, edges].items():
                    least = max(low + frame.low, 0)
                    found[tokens + frame.tokens, least, high + frame.high, output] += times
        return found

    def is_exact(self, way: CountingMethod) -> bool:
        """Whether all of these sizes are exact."""
        every = (self.counter.rest(way, shape) for shape in self.found.calm)
        frames = [rest[1] for rest in every if rest is not None]
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

    def _joining(self, shape: Shape) -> tuple[CountingMethod, ...]:
        """The ways whose frame joins texts of this shape."""
        return tuple(way for way in self.counter.ways if around(way.frame, shape) is None)

    def _calm_ways(self, shape: Shape) -> Collection[Calm]:
        """The other ways: how their tokenizers get the texts."""
        every = ((way.tokenizer, around(way.frame, shape)) for way in self.counter.ways)
        return dict.fromkeys((name, found.edges) for name, found in every if found is not None)

    def _add_calm(self, alike: "Alike", ways: Iterable[Calm]) -> None:
        texts = self.counter.texts
        outputs = [ask.max_output for ask in alike.asks]
        own = self.found.calm.setdefault(alike.shape, {})
        for name, edges in ways:
            by_place = alike.columns(edges)
            sizes = own.setdefault((name, edges), Counter())
            columns = (
                _sums(counts[name], by_place) for counts in (texts.tokens, texts.low, texts.high)
            )
            sizes.update(zip(*columns, outputs, strict=True))


def remarks_on(ask: Ask) -> set[str]:
    """What a reader should know of how a request was counted."""
    conditions = ask.conditions
    found = {f"key {name}" for name in conditions.unknown}
    found |= {f"tool {name}" for name in conditions.hosted}
    if conditions.columns:
        found.add("data " + " + ".join(conditions.columns))
    return found


class Alike:
    """Requests of one shape."""

    def __init__(self, shape: Shape, asks: Sequence[Ask]) -> None:
        self.shape = shape
        self.asks = asks
        self._columns: dict[tuple[int, str, str], list[str]] = {}

    def columns(self, edges: Edges) -> list[list[str]]:
        """The first text of each request, the second …, with these edges in place of its own."""
        return [self._column(place, before, after) for place, (before, after) in enumerate(edges)]

    def _column(self, place: int, before: str, after: str) -> list[str]:
        key = place, before, after
        if key not in self._columns:
            texts = [ask.messages[place].text for ask in self.asks]
            _, own_before, own_after = self.shape.messages[place]
            if (own_before, own_after) != (before, after):
                cores = (core_of(text, own_before, own_after) for text in texts)
                texts = [f"{before}{core}{after}" for core in cores]
            self._columns[key] = texts
        return self._columns[key]


def _sums(counts: Mapping[str, int], by_place: Sequence[Sequence[str]]) -> Iterator[int]:
    """The tokens of each request: of its first text, its second …"""
    count = counts.__getitem__
    first, *others = by_place
    found = map(count, first)
    for texts in others:
        found = map(add, found, map(count, texts))
    return found
