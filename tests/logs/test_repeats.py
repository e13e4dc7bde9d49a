"""An answer is billed once, by the copy that has most of it, wherever its copies are."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import PROVIDERS, FakeCalendar, band, model, rates, row

from llmcost.logs import repeats
from llmcost.logs.aggregation import Edges, LoggedRequest, LogTally, Moments, Sizes, clocks_of
from llmcost.logs.log_formats import SpanLink
from llmcost.logs.repeats import Answers
from llmcost.pricing.price_rows import PriceTable

TABLE = PriceTable(PROVIDERS, (model("m", row(band(rates("1", "2")))),))
CLOCKS = clocks_of(TABLE, "Asia/Shanghai")
Line = tuple[int, int, int]
"""The number of an answer, of its log, and the output that the line has."""


def tally() -> LogTally:
    return LogTally(Moments(CLOCKS, FakeCalendar()), Edges())


def id_of(number: int) -> bytes:
    return bytes((number, *b"answer!"))


def request(output: int, **others: Any) -> LoggedRequest:
    return LoggedRequest("m", 1_760_000_000, Sizes("openai", 100, output), **others)


def settled(lines: list[Line], unread: frozenset[int] = frozenset()) -> tuple[int, int, int]:
    """Requests, output, and copies that are not billed."""
    answers, whole = Answers(), tally()
    for number, log, output in sorted(lines, key=lambda one: one[1]):
        answers.log = log
        one = request(output)
        answers.add(id_of(number), one, whole.key(one))
    found = answers.settle(whole, unread)
    return (
        sum(one[0] for one in whole.found.values()),
        sum(one[2] for one in whole.found.values()),
        found.folded,
    )


LINES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 900)), max_size=40)


@pytest.fixture(params=["memory", "disk"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "PENDING", 3)
    if request.param == "disk":
        monkeypatch.setattr(repeats, "LIMIT", 100)


@pytest.mark.usefixtures("where")
def test_the_copy_with_most_output_counts() -> None:
    @given(LINES, st.frozensets(st.integers(0, 3)))
    def law(lines: list[Line], unread: frozenset[int]) -> None:
        best: dict[int, int] = {}
        for number, log, output in lines:
            if log not in unread:
                best[number] = max(best.get(number, 0), output)
        requests, output, _ = settled(lines, unread)

        assert (requests, output) == (len(best), sum(best.values()))

    law()


def test_copies_are_counted() -> None:
    assert settled([(1, 0, 5), (1, 0, 9), (2, 0, 1), (1, 1, 9)]) == (2, 10, 2)


def test_the_main_conversation_goes_before_a_side_chain() -> None:
    answers, whole = Answers(), tally()
    for name, is_side in (("main", False), ("side", True)):
        one = request(5, provider=name, side=is_side)
        answers.add(id_of(1), one, whole.key(one))
    answers.settle(whole, ())

    assert [cell.provider for cell, _ in whole.cells()] == ["main"]


def test_what_another_process_has_read() -> None:
    """Its cells become those of this one; what the log states goes along."""
    part, here, there, whole = Answers(alone=True), Answers(), tally(), tally()
    one = request(5, stated=Decimal("0.5"))
    part.add(id_of(1), one, there.key(one))
    here.add(id_of(1), request(3), whole.key(request(3)))
    here.absorb(part.part(), whole)

    assert here.settle(whole, ()).folded == 1
    assert [sums.stated for _, sums in whole.cells()] == [Decimal("0.5")]


def test_a_span_above_one_with_usage_is_its_sum() -> None:
    """Also two levels above."""
    answers, whole = Answers(), tally()
    for span, parent, has_usage in ((1, None, True), (2, 1, False), (3, 2, True), (4, None, True)):
        above = None if parent is None else id_of(parent)
        answers.take_links([SpanLink(id_of(span), above, has_usage)])
        if has_usage:
            answers.add(id_of(span), request(span), whole.key(request(span)))

    found = answers.settle(whole, ())

    assert found.sums == 1
    assert sum(one[2] for one in whole.found.values()) == 3 + 4
