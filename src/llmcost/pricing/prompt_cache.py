"""What a prompt cache reads and writes of a session's requests: a prefix tree followed in time.

A session's requests are laid out once as a tree of prefixes, whatever the model. Which prefix a
cache still has depends on its lifetime and matching alone; tokens, minimum and granularity come
after that, model by model.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from copy import copy

import msgspec

from llmcost.pricing.cache_rules import CacheTerms

ROOT = 0
Part = tuple[int, bool, int]
"""Of a request: tokens, whether the model wrote them, and their content blocks."""


class Block(msgspec.Struct, frozen=True):
    """A part of a request's input that is sent as a whole: what it says, by a hash or any name, and
    its tokens, at least one. `contents`: content blocks that it is made of; `answer`: the model
    wrote it."""

    id: Hashable
    tokens: int
    contents: int = 1
    answer: bool = False


class SessionRequest(msgspec.Struct, frozen=True):
    """`second`: when it began, on the clock of the log. `input` from its first token on; `output`:
    tokens of the answer."""

    second: float
    input: tuple[Block, ...]
    output: int


class CacheUse(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Tokens of one request: `read` and `written` are parts of its input; `again` are those that
    were kept before and had to be sent anew."""

    input: int
    output: int
    read: int
    written: int
    again: int


class PrefixTree:
    """The prefixes of a session's requests: node 0 is the empty one, `parents` and `ends` (tokens
    up to the end of the node) are by node. `leaves`: the whole input of each request, in the order
    of time; `seen`: the longest prefix of it that an earlier request had; `systems`: the ends of
    system prompts."""

    def __init__(self, warm: Sequence[Block] = ()) -> None:
        self.parents = [ROOT]
        self.ends = [0]
        self.contents = [0]
        self.leaves: list[int] = []
        self.seen: list[int] = []
        self.seconds: list[float] = []
        self.outputs: list[int] = []
        self.answers: set[int] = set()
        self._children: list[dict[Hashable, int]] = [{}]
        self.warm = ROOT
        self._unsent: set[int] = set()
        if warm:
            self.warm = self._place(warm)[0]
            self._unsent = set(self.path(self.warm))
        self.systems = {self.warm}

    def add(self, request: SessionRequest) -> None:
        """The next request. Raises ValueError for one that is earlier than the last."""
        if self.seconds and request.second < self.seconds[-1]:
            raise ValueError("requests of a session are in the order of time")
        leaf, seen = self._place(request.input)
        self.leaves.append(leaf)
        self.seen.append(seen)
        self.seconds.append(request.second)
        self.outputs.append(request.output)

    def follow(self, second: float, shared: int, input: int, output: int) -> None:
        """The next request, of which only tokens are known: `input` of them, which begin as the
        last one did for `shared` tokens, or with the warm prefix. What comes after the whole of the
        last one begins with its answer. Raises ValueError as `add` does."""
        last = self.leaves[-1] if self.leaves else self.warm
        node = self.prefix(last, min(shared, input))
        rest = input - self.ends[node]
        parts: list[Part] = []
        if self.leaves and node == last and 0 < self.outputs[-1] <= rest:
            parts.append((self.outputs[-1], True, 1))
            rest -= self.outputs[-1]
        self.extend(second, node, [*parts, *([(rest, False, 1)] if rest else [])], output)

    def extend(self, second: float, node: int, parts: Iterable[Part], output: int) -> Sequence[int]:
        """The next request: a prefix, and what comes after it. Return the nodes of the parts.
        Raises ValueError as `add` does."""
        if self.seconds and second < self.seconds[-1]:
            raise ValueError("requests of a session are in the order of time")
        seen = node
        while seen in self._unsent:
            self._unsent.discard(seen)
            seen = self.parents[seen]
        found = []
        for tokens, is_answer, contents in parts:
            node = self._child(node, tokens, contents)
            found.append(node)
            if is_answer:
                self.answers.add(node)
        self.leaves.append(node)
        self.seen.append(seen)
        self.seconds.append(second)
        self.outputs.append(output)
        return found

    def prefix(self, node: int, tokens: int) -> int:
        """The beginning of a node, of so many tokens at most."""
        tokens, below = min(tokens, self.ends[node]), node
        while self.ends[node] > tokens:
            node, below = self.parents[node], node
        return node if self.ends[node] == tokens else self._split(below, tokens)

    def _child(self, node: int, tokens: int, contents: int = 1) -> int:
        self.parents.append(node)
        self.ends.append(self.ends[node] + tokens)
        self.contents.append(self.contents[node] + contents)
        self._children.append({})
        return len(self.parents) - 1

    def _split(self, node: int, end: int) -> int:
        """A prefix that ends within a node."""
        above = self.parents[node]
        found = self._child(above, end - self.ends[above], 0)
        self.parents[node] = found
        return found

    def _place(self, blocks: Iterable[Block]) -> tuple[int, int]:
        """The node of these blocks, and the last one on the way to it that was there before."""
        node = seen = ROOT
        for block in blocks:
            inner = self._children[node].get(block.id)
            if inner is None:
                inner = self._child(node, block.tokens, block.contents)
                self._children[node][block.id] = inner
                if block.answer:
                    self.answers.add(inner)
            elif inner in self._unsent:
                self._unsent.discard(inner)
            else:
                seen = inner
            node = inner
        return node, seen

    def begun(self, second: float) -> "PrefixTree":
        """The same requests, the first of which is sent at this second."""
        found = copy(self)
        found.seconds = [second + one for one in self.seconds]
        return found

    def with_answers(self, over: int, under: int) -> "PrefixTree":
        """The same requests with answers that are so many times as long, also where later requests
        have them."""
        if over == under:
            return self
        found = copy(self)
        found.outputs = [one * over // under for one in self.outputs]
        found.ends = [0] * len(self.ends)
        for node in sorted(range(len(self.ends)), key=self.ends.__getitem__):  # parents come first
            above = self.parents[node]
            tokens = self.ends[node] - self.ends[above]
            tokens = tokens * over // under if node in self.answers else tokens
            found.ends[node] = found.ends[above] + tokens
        return found

    def common(self, one: int, other: int) -> int:
        """The longest prefix that two nodes have in common."""
        ends, parents = self.ends, self.parents
        while one != other:
            if ends[one] > ends[other]:
                one = parents[one]
            else:
                other = parents[other]
        return one

    def block_end(self, node: int) -> int:
        """The longest prefix of a node that ends with a content block."""
        while node != ROOT and self.contents[node] == self.contents[self.parents[node]]:
            node = self.parents[node]
        return node

    def path(self, node: int) -> Iterator[int]:
        """A node and the prefixes of it, the longest first, without the empty one."""
        while node != ROOT:
            yield node
            node = self.parents[node]


def hits(tree: PrefixTree, terms: CacheTerms, *, warm: bool = False) -> list[int]:
    """The node that the cache has of each request, ROOT for none. `warm`: it has the tree's warm
    prefix when the session begins."""
    if not terms.seconds or not tree.leaves:
        return [ROOT] * len(tree.leaves)
    return list((refreshed_hits if terms.refreshed else written_hits)(tree, terms, warm=warm))


class Entries:
    """Which prefixes can be matched, as far as requests have come. With `prefix` all can; else the
    ends of requests and of the system prompt, and for `units` also what two requests had in common,
    and the end of an answer."""

    def __init__(self, tree: PrefixTree, terms: CacheTerms, *, warm: bool) -> None:
        self._tree = tree
        self._all = terms.matching == "prefix"
        self._units = terms.matching == "units"
        self._far = terms.look_back
        self._nodes = {tree.warm} if warm else set()
        self._nodes |= set() if self._units else tree.systems

    def add(self, at: int) -> None:
        self._nodes.add(self._tree.leaves[at])
        if self._units:
            self._nodes.add(self._tree.seen[at])

    def nearest(self, node: int, leaf: int) -> int:
        """The longest prefix of a node that a request of this leaf can match."""
        if self._all:
            return node
        tree = self._tree
        while node != ROOT:
            distance = tree.contents[leaf] - tree.contents[node]
            is_near = not self._far or distance <= self._far or node in tree.systems
            if node in self._nodes and is_near:
                break
            node = tree.parents[node]
        return node

    def extended(self, hit: int, leaf: int) -> int:
        """With the answer of the request whose end was hit, where that is a unit."""
        if not self._units or hit in (ROOT, leaf):
            return hit
        node = leaf
        while self._tree.parents[node] != hit:
            node = self._tree.parents[node]
        return node if node in self._tree.answers else hit


def refreshed_hits(tree: PrefixTree, terms: CacheTerms, *, warm: bool) -> Iterator[int]:
    """An entry lives on after each request that has it. Only requests that are not longer ago than
    the lifetime count; the last one nearly always has all that there is."""
    leaves, times, ends, seconds = tree.leaves, tree.seconds, tree.ends, terms.seconds
    entries = Entries(tree, terms, warm=warm)
    for at, leaf in enumerate(leaves):
        wanted = entries.nearest(tree.seen[at], leaf)
        best = ROOT if warm or times[at] - times[0] > seconds else wanted  # all of it is alive
        if warm and times[at] - times[0] <= seconds:
            best = entries.nearest(tree.common(leaf, tree.warm), leaf)
        for before in range(at - 1, -1, -1):
            if best == wanted or times[at] - times[before] > seconds:
                break
            shared = entries.nearest(tree.common(leaf, leaves[before]), leaf)
            if ends[shared] > ends[best]:
                best = shared
        yield entries.extended(best, leaf)
        entries.add(at)


def written_hits(tree: PrefixTree, terms: CacheTerms, *, warm: bool) -> Iterator[int]:
    """An entry lives for its lifetime after it was written; a use does not help it."""
    entries = Entries(tree, terms, warm=warm)
    written = dict.fromkeys(tree.path(tree.warm), tree.seconds[0]) if warm else {}
    for at, (leaf, now) in enumerate(zip(tree.leaves, tree.seconds, strict=True)):
        missing, hit = [], ROOT
        for node in tree.path(leaf):
            since = written.get(node)
            is_alive = since is not None and now - since <= terms.seconds
            if is_alive and entries.nearest(node, leaf) == node:
                hit = node
                break
            missing.append(node)
        written.update(dict.fromkeys(missing, now))
        yield entries.extended(hit, leaf)
        entries.add(at)


def scaled_ends(tree: PrefixTree, ratio: tuple[int, int]) -> list[int]:
    """Tokens up to the end of each node by another tokenizer, of which `ratio` (a fraction) go on
    one of the tree's."""
    over, under = ratio
    return tree.ends if over == under else [end * over // under for end in tree.ends]


def use_columns(
    tree: PrefixTree, found: Sequence[int], terms: CacheTerms, ratio: tuple[int, int] = (1, 1)
) -> list[list[int]]:
    """What each request of the tree is billed for, where the cache has `found` of it, by field of
    CacheUse. Prefixes below the minimum are not kept; of others, whole steps of the granularity
    are."""
    over, under = ratio
    ends = scaled_ends(tree, ratio)
    step, least = terms.granularity, max(terms.minimum, 1)

    def kept(nodes: Sequence[int]) -> list[int]:
        if step == 1:
            return [end if (end := ends[node]) >= least else 0 for node in nodes]
        return [end if (end := ends[node] // step * step) >= least else 0 for node in nodes]

    input = [ends[leaf] for leaf in tree.leaves]
    output = tree.outputs if over == under else [one * over // under for one in tree.outputs]
    read = kept(found)
    written = again = [0] * len(read)
    if terms.writes:
        written = [whole - part for whole, part in zip(kept(tree.leaves), read, strict=True)]
    if terms.seconds > 0:
        pairs = zip(kept(tree.seen), read, strict=True)
        again = [known - part if known > part else 0 for known, part in pairs]
    return [input, output, read, written, again]


def uses(
    tree: PrefixTree, found: Sequence[int], terms: CacheTerms, ratio: tuple[int, int] = (1, 1)
) -> Iterator[CacheUse]:
    """What each request of the tree is billed for."""
    return map(CacheUse, *use_columns(tree, found, terms, ratio))


def stored_seconds(tree: PrefixTree, terms: CacheTerms, ratio: tuple[int, int] = (1, 1)) -> int:
    """Token-seconds that the prefixes of a session are stored for: until the next request, or until
    they expire."""
    ends, total = scaled_ends(tree, ratio), 0
    last = len(tree.leaves) - 1
    for at, leaf in enumerate(tree.leaves):
        gap = tree.seconds[at + 1] - tree.seconds[at] if at < last else terms.seconds
        if ends[leaf] >= max(terms.minimum, 1):
            total += ends[leaf] * int(min(gap, terms.seconds))
    return total
