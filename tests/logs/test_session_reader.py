"""Sessions of logs: which requests follow each other, and what they begin with."""

from typing import Any

import pytest
from msgspec.structs import replace

from llmcost.logs.aggregation import LoggedRequest, Sizes
from llmcost.logs.session_reader import sessions_of, tree_of
from llmcost.pricing.cache_rules import CacheTerms
from llmcost.pricing.prompt_cache import hits, uses

KEEPS_ALL = CacheTerms(0, 1, 10**9, True)


def request(
    input: int, second: int | None, read: int = 0, written: int = 0, **others: Any
) -> LoggedRequest:
    sizes = Sizes("anthropic", input, 100, read, written)
    return LoggedRequest("m", second, sizes, caller=("session", "project"), **others)


def reads(*requests: LoggedRequest) -> list[int]:
    (session,) = sessions_of(requests)
    tree = tree_of(session)
    return [one.read for one in uses(tree, hits(tree, KEEPS_ALL), KEEPS_ALL)]


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        # a session grows: all of the last request is sent again
        ([request(1000, 0), request(1500, 10), request(2500, 20)], [0, 1000, 1500]),
        # one that is shorter was summed up, and has what its vendor read
        ([request(5000, 0, 0, 5000), request(3000, 10, 800, 2200)], [0, 800]),
        # within five minutes the vendor would have read all, had it been sent
        ([request(5000, 0, 0, 5000), request(6000, 10, 700, 5300)], [0, 700]),
        # after that it could not
        ([request(5000, 0, 0, 5000), request(6000, 400, 0, 6000)], [0, 5000]),
        # a vendor without billed writes may miss what was sent
        ([request(5000, 0), request(6000, 10)], [0, 5000]),
    ],
)
def test_what_a_request_begins_with(requests: list[LoggedRequest], expected: list[int]) -> None:
    assert reads(*requests) == expected


def test_without_a_session_only_what_was_read_was_sent_before() -> None:
    requests = [replace(one, caller=("", "")) for one in (request(1000, 0), request(1500, 1, 600))]

    assert reads(*requests) == [0, 600]


def test_subagents_and_other_models_have_sessions_of_their_own() -> None:
    requests = [request(10, 0), request(10, 1, side=True), replace(request(10, 2), model="n")]

    assert len(list(sessions_of(requests))) == 3


def test_requests_are_in_the_order_of_time() -> None:
    (session,) = sessions_of([request(900, 50), request(500, 10)])

    assert [one.second for one in session.requests] == [10, 50]
