"""Hold predicted reads and writes of a cache against what recorded agent runs were billed.

From the time, input and output tokens of each request, its texts, and the lifetime that was bought,
the cache of an explicit vendor is followed; what it really read and wrote stands in the log.
Recordings are other people's: none is kept.

    python -m bench.agent_runs FILE [FILE ...]
"""

import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from llmcost.logs.session_reader import LoggedSession, SessionLogs, tree_of
from llmcost.pricing.cache_rules import CacheTerms
from llmcost.pricing.prompt_cache import Block, PrefixTree, hits, uses
from llmcost.runtime.count_inputs import Asked
from llmcost.runtime.open_inputs import How

LEAST = 5
"""Requests of a session, below which there is little to predict."""


class RunError(NamedTuple):
    """A run: read and written tokens and the cost of its input, predicted and billed."""

    read: tuple[int, int]
    written: tuple[int, int]
    cost: tuple[float, float]


def part(pair: tuple[float, float]) -> float:
    predicted, billed = pair
    return abs(predicted / billed - 1) if billed else 0.0


def by_sizes(session: LoggedSession, *, is_known: bool) -> tuple[PrefixTree, bool]:
    """The requests without their texts; `is_known`: the size of the system prompt is known, and it
    was in the cache."""
    known = session.requests[0].sizes.cache_read if is_known else 0
    tree = PrefixTree([Block("system", known)] if known else [])
    now, last = 0.0, known
    for one in session.requests:
        now = max(now, float(one.second or 0))
        shared = last if one.sizes.input >= last else known
        tree.follow(now, shared, one.sizes.input, one.sizes.output)
        last = one.sizes.input
    return tree, known > 0


def by_texts(session: LoggedSession, *, is_known: bool) -> tuple[PrefixTree, bool]:
    """With their texts; `is_known`: as `replay` reads the log, else without all that was billed
    for the cache."""
    if is_known:
        return tree_of(session), session.requests[0].sizes.cache_read > 0
    bare = [
        replace(one, sizes=replace(one.sizes, cache_read=0, cache_write=0))
        for one in session.requests
    ]
    return tree_of(session._replace(requests=bare)), False


TreeOf = Callable[[LoggedSession], tuple[PrefixTree, bool]]
WAYS: dict[str, TreeOf] = {
    "sizes alone": lambda one: by_sizes(one, is_known=False),
    "sizes and texts": lambda one: by_texts(one, is_known=False),
    "sizes, and what the first request read": lambda one: by_sizes(one, is_known=True),
    "as replay reads the log": lambda one: by_texts(one, is_known=True),
}


def run_of(session: LoggedSession, tree_of_run: TreeOf) -> RunError:
    requests = [one.sizes for one in session.requests]
    written = sum(one.cache_write for one in requests)
    hour = sum(dict(one.others).get("cache_write.1h", 0) for one in requests)
    is_hour = hour * 2 > written
    terms = CacheTerms(1024, 1, 3600 if is_hour else 300, True, "breakpoint", 0, True)
    tree, is_warm = tree_of_run(session)
    found = list(uses(tree, hits(tree, terms, warm=is_warm), terms))
    whole, read = sum(one.input for one in requests), sum(one.cache_read for one in requests)
    pairs = (sum(one.read for one in found), read), (sum(one.written for one in found), written)

    def cost(read: int, wrote: int) -> float:
        return 0.1 * read + (2 if is_hour else 1.25) * wrote + (whole - read - wrote)

    predicted, billed = zip(*pairs, strict=True)
    return RunError(*pairs, (cost(*predicted), cost(*billed)))


def lines(sessions: Sequence[LoggedSession]) -> Iterator[str]:
    for title, way in WAYS.items():
        runs = [run_of(one, way) for one in sessions]
        for name in RunError._fields:
            errors = sorted(part(getattr(one, name)) for one in runs)
            within = errors[len(errors) * 7 // 10 - 1]
            yield (
                f"{title}, {name}: median {statistics.median(errors):.1%}, 7 of 10 within "
                f"{within:.1%}, largest {errors[-1]:.1%}"
            )
    sizes = [one.sizes for session in sessions for one in session.requests]
    whole = sum(one.input for one in sizes)
    yield f"{len(sessions)} runs, {len(sizes):,} requests, {whole:,} input tokens"


def main(paths: Sequence[str]) -> None:
    logs = SessionLogs(Asked(list(paths), "utf-8", how=How(None, False)), "UTC")
    sessions = [one for one in logs.sessions() if len(one.requests) >= LEAST]
    print("\n".join(lines(sessions)))


if __name__ == "__main__":
    main(sys.argv[1:])
