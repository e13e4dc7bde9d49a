"""The tokens of whole requests: their texts, the frame of the model's family, tools and images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import msgspec

from llmcost.planning.message import Ask, Image
from llmcost.tokens.each import Texts
from llmcost.tokens.frames import (
    Edges,
    Frame,
    Framed,
    Shape,
    around,
    filled,
    frame_of,
    framed,
    shape_of,
)
from llmcost.tokens.images import formula_of, image_tokens
from llmcost.tokens.tokenizers import TOKENIZERS, Tokenizer, tokenizer

BATCH = 2500  # requests
_LARGEST_BATCH = 4_000_000  # characters


class Way(msgspec.Struct, frozen=True):
    """How requests are counted for all models that share a tokenizer, a frame and a formula for
    images; `model` is one of them."""

    key: str
    tokenizer: str
    frame: Frame
    model: str


@cache
def way_of(name: str, model: str) -> Way:
    """The way for a model, by the names of its tokenizer and itself."""
    frame = frame_of(name, model)
    marks = f"{frame.method}{'' if frame.sure else '?'}{'' if frame.tools else '-'}"
    return Way(f"{name}/{marks}/{formula_of(model)}", name, frame, model)


class Tokens(NamedTuple):
    """low <= tokens <= high; the three are equal where `exact`."""

    tokens: int
    low: int
    high: int
    exact: bool


class RequestCounter:
    """Counts requests in every way that is needed, and remembers texts that come again."""

    def __init__(self, ways: Iterable[Way], known: Mapping[str, Tokenizer] = TOKENIZERS) -> None:
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
        self, asks: Sequence[Ask], ways: Sequence[Way] | None = None
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
                text for found in written for text in found[id(way.frame)].texts
            )
        self.texts.learn(wanted)
        return [
            {way.key: self._tokens(way, ask, found[id(way.frame)]) for way in ways}
            for ask, found in zip(asks, written, strict=True)
        ]

    def rest(self, way: Way, shape: Shape) -> tuple[Edges, Tokens] | None:
        """What the way's frame puts around texts of a shape, and beside them; None where it joins
        them."""
        found = around(way.frame, shape)
        if found is None:
            return None
        key = way.tokenizer, found.rest
        if key not in self._rests:
            self.texts.learn({way.tokenizer: found.rest.texts})
            self._rests[key] = self._framed(way.tokenizer, found.rest)
        return found.edges, self._rests[key]

    def method(self, way: Way) -> str:
        """What is shown beside figures."""
        return f"{tokenizer(way.tokenizer, self.known).method}, {way.frame.method}"

    def _tokens(self, way: Way, ask: Ask, found: Framed) -> Tokens | None:
        tokens = self._framed(way.tokenizer, found)
        images = [image for message in ask.messages for image in message.images]
        return with_images(tokens, way, images) if images else tokens

    def _framed(self, name: str, found: Framed) -> Tokens:
        tokens, low, high = found.extra, found.low, found.high
        for text in found.texts:
            tokens += self.texts.tokens[name][text]
            low += self.texts.low[name][text]
            high += self.texts.high[name][text]
        exact = found.exact and name not in self.texts.rough
        return Tokens(tokens, low, high, exact)


def written_by(frame: Frame, ask: Ask, shape: Shape | None) -> Framed:
    return framed(frame, ask) if shape is None else filled(frame, shape, ask)


def with_images(tokens: Tokens, way: Way, images: Iterable[Image]) -> Tokens | None:
    for image in images:
        one = image_tokens(image, way.model)
        if one is None:
            return None
        tokens = Tokens(
            tokens.tokens + one.tokens,
            tokens.low + one.low,
            tokens.high + one.high,
            tokens.exact and one.exact,
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
