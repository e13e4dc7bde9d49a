"""Lengths of answers: quantiles of distributions, by effort, and of models that were measured."""

from datetime import date
from math import exp

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import model

from llmcost.pricing.output_lengths import (
    REACH,
    AnswerLengths,
    LengthSource,
    OutputLengths,
    OutputTask,
    Quantiles,
    TaskGroup,
    mixture,
    points,
    quantile,
    share_below,
)
from llmcost.pricing.quality import QualityRow, QualitySet

DAY = date(2026, 12, 1)
SHORT: Quantiles = {"p5": 10, "p50": 100, "p95": 1000, "mean": 200}
LONG: Quantiles = {"p5": 100, "p50": 1000, "p95": 10000, "mean": 2000}
SHARE: Quantiles = {"p5": 0.5, "p50": 0.75, "p95": 0.9, "mean": 0.7}
LENGTHS = OutputLengths(
    1,
    DAY,
    {
        "short": LengthSource("short", "MIT", "us", output=SHORT),
        "long": LengthSource("long", "MIT", "us", output=LONG),
        "means": LengthSource("means", "MIT", "us", output=LONG, of_means=True),
        "servegen_deepseek_r1": LengthSource("share", "MIT", "us", thinking_share=SHARE),
    },
    {
        "chat": OutputTask(("short",), near="writing"),
        "summary": OutputTask(("means",), thinking=("means",), same=("essay",), words="b"),
        "mixed": OutputTask(("short", "long")),
        "ratio": OutputTask(("short",), ratio=True),
    },
    {"low": 0.5, "high": 2},
    {"writing": TaskGroup(("essay",), spread=0.6, slope=0.5, residual=0.3)},
    0.7,
    {},
    30,
)
ROWS = tuple(
    QualityRow(f"{name} {effort}", (f"acme/{name}",), effort=effort, tokens={"essay": tokens})
    for name, effort, tokens in (
        *(("brief", "high", 100), ("usual", "high", 1000)),
        *(("wordy", "high", 4000), ("wordy", "default", 1000)),
    )
)
BENCH = QualitySet(1, "b", "B", "all", "%", True, "MIT", "B", "here", DAY, DAY, ROWS)


def lengths(task: str = "chat", effort: str = "", *, thinks: bool = False) -> AnswerLengths:
    return AnswerLengths(LENGTHS, task, effort, thinks=thinks, measured=BENCH)


@settings(max_examples=40)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_quantile_grows_with_its_share_and_a_mixture_lies_between(one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert quantile(SHORT, low) <= quantile(SHORT, high)
    assert quantile(SHORT, low) - 1e-6 <= mixture([SHORT, LONG], low) <= quantile(LONG, low) + 1e-6
    if 0.05 < low < 0.95:
        assert share_below(points(SHORT), quantile(SHORT, low)) == pytest.approx(low, abs=1e-6)


def test_between_two_quantiles_it_goes_by_the_logarithm() -> None:
    assert quantile(SHORT, 0.275) == pytest.approx(31.6, abs=0.1)
    assert (quantile(SHORT, 0.01), quantile(SHORT, 0.99)) == (10, 1000)


def test_thinking_makes_it_longer_and_effort_more_so() -> None:
    found = [
        lengths(effort=effort, thinks=thinks).of_class
        for effort, thinks in (("none", True), ("low", False), ("", True), ("high", False))
    ]
    middles = [one.middle for one in found]
    assert middles[0] == lengths().of_class.middle == pytest.approx(100)
    assert middles[2] == pytest.approx(400)
    assert middles == sorted(middles)
    assert "gpt_5_effort" in found[3].sources


def test_a_measured_model_has_its_own_length_at_its_effort_alone() -> None:
    """Four times the tokens of the middle model are twice as many at a slope of a half."""
    high = lengths(effort="high")
    wordy, usual = high.of(model("wordy"), DAY), high.of(model("usual"), DAY)
    assert wordy.is_measured
    assert wordy.middle == pytest.approx(2 * usual.middle)
    assert "b: wordy high (2026-12-01)" in wordy.sources


def test_at_another_effort_a_model_is_as_wordy_within_the_bounds_of_all() -> None:
    """`brief` was measured at high effort alone: it is as brief at low, and still shorter there."""
    found = {effort: lengths(effort=effort).of(model("brief"), DAY) for effort in ("low", "high")}
    low, unknown = found["low"], lengths(effort="low").of(model("other"), DAY)
    assert not low.is_measured
    assert "b: brief high (2026-12-01)" in low.sources
    assert low.middle < min(unknown.middle, found["high"].middle)
    assert low.high / low.low == pytest.approx(unknown.high / unknown.low)


def test_a_model_that_was_not_measured_has_the_middle_of_all_and_wider_bounds() -> None:
    high = lengths(effort="high")
    unknown, usual = high.of(model("other"), DAY), high.of(model("usual"), DAY)
    assert not unknown.is_measured
    assert unknown.middle == usual.middle == high.of_class.middle
    assert unknown.low < usual.low < high.of_class.low
    assert unknown.high > usual.high > high.of_class.high


def test_tokens_are_scaled_but_a_ratio_is_not() -> None:
    assert lengths().of(model("other"), DAY, 2).mean == 400
    assert lengths("ratio").of(model("other"), DAY, 2).mean == 200


def test_where_means_are_stated_single_answers_differ_more() -> None:
    long, means = LENGTHS.sources["long"].output, lengths("summary", effort="high").of_class
    assert means.middle == quantile(long, 0.5)
    assert means.low < quantile(long, 0.1)
    assert means.high > quantile(long, 0.9)
    assert "token_economy" in means.sources


def test_of_the_very_task_a_model_has_its_own_tokens_with_what_single_answers_differ() -> None:
    wordy, usual = (
        lengths("summary", effort="high").of(model(name), DAY) for name in ("wordy", "usual")
    )
    assert wordy.middle == pytest.approx(4 * usual.middle)
    assert wordy.high / wordy.middle == pytest.approx(exp(0.7 * REACH))


def test_without_thinking_a_model_writes_as_many_words_as_were_counted() -> None:
    rows = tuple(
        QualityRow(name, (f"acme/{name}",), words=words)
        for name, words in (("brief", 50), ("usual", 100), ("wordy", 300))
    )
    counted = msgspec.structs.replace(BENCH, rows=rows)
    of = AnswerLengths(LENGTHS, "summary", effort="none", measured=counted)
    wordy, unknown = (of.of(model(name), DAY, 1.1) for name in ("wordy", "other"))

    assert wordy.middle == pytest.approx(3 * unknown.middle)
    assert (wordy.is_measured, unknown.is_measured) == (True, False)
    assert wordy.sources[-2:] == ("b: wordy (2026-12-01)", "token_economy")
