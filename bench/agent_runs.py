"""Hold predicted reads and writes of a cache against what recorded agent runs were billed.

From the time, input and output tokens of each request, and the lifetime that was bought, the cache
of an explicit vendor is followed; what it really read and wrote stands in the log. Recordings are
other people's: none is kept.

    python -m bench.agent_runs FILE [FILE ...]
"""

import statistics
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from llmcost.logs.session_reader import LoggedSession, SessionLogs
from llmcost.pricing.cache_rules import CacheTerms
from llmcost.pricing.prompt_cache import Block, PrefixTree, hits, uses
from llmcost.runtime.count_inputs import Asked
from llmcost.runtime.open_inputs import How

LEAST = 5
"""Requests of a session, below which there is little to predict."""


class RunError(NamedTuple):
    """A run: read and written tokens, predicted and billed."""

    requests: int
    input: int
    read: tuple[int, int]
    written: tuple[int, int]

    @staticmethod
    def part(pair: tuple[int, int]) -> float:
        predicted, billed = pair
        return abs(predicted / billed - 1) if billed else 0.0


def run_of(session: LoggedSession, *, is_known: bool) -> RunError:
    """`is_known`: the size of the system prompt is known, and it was in the cache."""
    requests = session.requests
    written = sum(one.sizes.cache_write for one in requests)
    hour = sum(dict(one.sizes.others).get("cache_write.1h", 0) for one in requests)
    terms = CacheTerms(1024, 1, 3600 if hour * 2 > written else 300, True, "breakpoint", 0, True)
    known = requests[0].sizes.cache_read if is_known else 0
    tree = PrefixTree([Block("system", known)] if known else [])
    now, last = 0.0, known
    for one in requests:
        now = max(now, float(one.second or 0))
        tree.follow(
            now, last if one.sizes.input >= last else known, one.sizes.input, one.sizes.output
        )
        last = one.sizes.input
    found = list(uses(tree, hits(tree, terms, warm=known > 0), terms))
    read = sum(one.sizes.cache_read for one in requests)
    return RunError(
        len(requests),
        sum(one.sizes.input for one in requests),
        (sum(one.read for one in found), read),
        (sum(one.written for one in found), written),
    )


def lines(sessions: Sequence[LoggedSession]) -> Iterator[str]:
    for is_known in (False, True):
        runs = [run_of(one, is_known=is_known) for one in sessions]
        for name in ("read", "written"):
            errors = sorted(RunError.part(getattr(one, name)) for one in runs)
            within = errors[len(errors) * 7 // 10 - 1]
            yield (
                f"{'known' if is_known else 'not known'} {name}: median "
                f"{statistics.median(errors):.1%}, 7 of 10 within {within:.1%}, "
                f"largest {errors[-1]:.1%}"
            )
    runs = [run_of(one, is_known=False) for one in sessions]
    requests, input = sum(one.requests for one in runs), sum(one.input for one in runs)
    yield f"{len(runs)} runs, {requests:,} requests, {input:,} input tokens"


def main(paths: Sequence[str]) -> None:
    logs = SessionLogs(Asked(list(paths), "utf-8", how=How(None, False)), "UTC")
    sessions = [one for one in logs.sessions() if len(one.requests) >= LEAST]
    print("\n".join(lines(sessions)))


if __name__ == "__main__":
    main(sys.argv[1:])
