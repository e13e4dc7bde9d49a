"""Inputs one by one while they are few; of a million of them, the sizes of all."""

from collections.abc import Iterator, Mapping
from itertools import chain
from operator import itemgetter

from llmcost.messages import Text, say
from llmcost.planning.estimate import Input, Size, add_counts
from llmcost.pricing.usage import Count

FEW = 10_000
"""Inputs that are kept apart."""


class Folded:
    """What was counted. Texts beyond the first FEW are requests of their sizes, which are billed as
    they are: only the names are not kept."""

    def __init__(self, *, folds: bool) -> None:
        self.most = FEW if folds else None
        self._few: list[tuple[int, Input]] = []
        self.texts = Fold(say("other texts"))
        self.requests = Fold(say("other files of requests"))

    def add(self, number: int, one: Input) -> None:
        """An input by its number in the listing."""
        if self.most is None or len(self._few) < self.most or one.unknown:
            self._few.append((number, one))
        else:
            (self.requests if one.sizes else self.texts).add(one)

    @property
    def files(self) -> int:
        return len(self._few) + self.texts.files + self.requests.files

    @property
    def few(self) -> list[Input]:
        """Those that are kept apart, in the order of the listing."""
        return [one for _, one in sorted(self._few, key=itemgetter(0))]

    def inputs(self) -> list[Input]:
        return [*self.few, *chain(self.texts.inputs(), self.requests.inputs())]


class Fold:
    """Many inputs as one."""

    def __init__(self, name: Text) -> None:
        self.name = name
        self.files = self.bytes = self.characters = self.times = 0
        self._counts: dict[str, Count] = {}
        self._sizes: dict[str, dict[Size, int]] = {}

    def add(self, one: Input) -> None:
        self.files += 1
        self.bytes += one.bytes
        self.characters += one.characters
        self.times += one.requests
        for key, count in one.counts.items():
            before = self._counts.get(key)
            self._counts[key] = count if before is None else add_counts([before, count])
            sizes = self._sizes.setdefault(key, {})
            for size, times in sizes_of(one, key, count).items():
                sizes[size] = sizes.get(size, 0) + times

    def inputs(self) -> Iterator[Input]:
        if self.files:
            yield Input(
                self.name,
                self.bytes,
                self.characters,
                self._counts,
                self._sizes,
                requests=self.times,
            )


def sizes_of(one: Input, key: str, count: Count) -> Mapping[Size, int]:
    return one.sizes.get(key) or {Size(count.tokens, count.low, count.high): 1}
