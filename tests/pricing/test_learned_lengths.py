"""Lengths learned from a user's traffic: bounds that hold for later requests, wider where few."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcost.pricing.learned_lengths import (
    LEAST,
    SCHEMA,
    LearnedLength,
    LearnedLengths,
    at_rank,
    bounds,
    learned,
)
from llmcost.pricing.output_lengths import Length

USUAL = Length(10, 100, 1000, 200)


def test_bounds_are_order_statistics_of_one_sample_more() -> None:
    """Of 99 samples, the 10th and the 90th: 80 of 100 places for the next one are between them."""
    samples = [(float(value), 1) for value in range(1, 100)]
    assert bounds(samples, 0.8) == (10, 90)
    assert bounds(samples, 0.9) == (5, 95)
    assert bounds(samples[:8], 0.8) is None


@settings(max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.data())
def test_samples_in_groups_have_the_ranks_of_single_ones(
    numbers: list[int], data: st.DataObject
) -> None:
    groups = sorted(Counter(numbers).items())
    rank = data.draw(st.integers(1, len(numbers)))
    assert (
        at_rank([(float(one), count) for one, count in groups], rank) == sorted(numbers)[rank - 1]
    )


@pytest.mark.parametrize("size", [30, 200])
def test_four_of_five_later_answers_are_between_the_bounds(size: int) -> None:
    random = Random(7)
    held = total = 0
    for _ in range(4000 // size):
        answers = [random.lognormvariate(5, 1) for _ in range(2 * size)]
        found = learned("acme/a", Counter(answers[:size]), USUAL)
        held += sum(found.low <= one <= found.high for one in answers[size:])
        total += size
    assert 0.76 <= held / total <= 0.84


def test_few_samples_have_wider_bounds_and_very_few_those_of_all_models() -> None:
    many = learned("a", {float(value): 3 for value in range(90, 111)}, USUAL)
    few = learned("a", {float(value): 1 for value in range(90, 111)}, USUAL)
    one = learned("a", {100.0: 1}, USUAL)
    assert many.n >= LEAST > few.n
    assert one.low < few.low < many.low < many.high < few.high < one.high
    assert one.low < USUAL.low
    assert one.high > USUAL.high


def test_the_rows_of_a_task_go_before_those_of_all_and_the_first_key_before_others() -> None:
    rows = tuple(
        LearnedLength(model, n, 1, 2, 3, 2, task)
        for model, n, task in (("a", 1, ""), ("a", 2, "chat"), ("b", 3, ""))
    )
    found = LearnedLengths(SCHEMA, "2026-12-01", rows)
    assert [
        one and one.n
        for one in (
            *(found.of(["a"], "chat"), found.of(["a"], "rag")),
            *(found.of(["c", "b"], "chat"), found.of(["c"], "chat")),
        )
    ] == [2, 1, 3, None]
    assert rows[0].length.is_measured
