"""Scores beside costs: the Pareto front, its layers, and that no effort stands for another."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import model

from llmcost.errors import UnknownModel, UsageError
from llmcost.pricing.quality import QualityRow, QualitySet, Score
from llmcost.render.quality_scores import UNSCORED, Scores, public_scores, ratings_of
from llmcost.runtime.quality_choice import (
    QualityChoice,
    effort_hint,
    quality_choice,
    quality_legend,
    quality_notes,
)

DAY = date(2026, 12, 1)
LONG_AGO = date(2026, 1, 1)


def public(*rows: tuple[str, str, int], fewer: bool = False, day: date = DAY) -> QualitySet:
    found = tuple(
        QualityRow(f"{id} {effort}", (f"acme/{id}",), effort=effort, value=Decimal(value))
        for id, effort, value in rows
    )
    return QualitySet(1, "s", "S", "all", "%", not fewer, "MIT", "us", "here", day, day, found)


SET = public(
    *(("a", "default", 50), ("a", "none", 45), ("a", "max", 90)),
    *(("b", "default", 60), ("b", "thinking", 65), ("c", "high", 80)),
)
numbers = st.lists(
    st.tuples(st.integers(0, 6), st.one_of(st.none(), st.integers(0, 6))), min_size=1, max_size=8
)


@settings(max_examples=60)
@given(numbers, st.booleans())
def test_nobody_on_the_front_is_beaten_and_everybody_else_is(
    found: list[tuple[int, int | None]], fewer: bool
) -> None:
    models = [model(f"m{number}") for number in range(len(found))]
    rows = [
        (one.id, "default", score)
        for one, (_cost, score) in zip(models, found, strict=True)
        if score is not None
    ]
    costs = [(one, Decimal(cost)) for one, (cost, _score) in zip(models, found, strict=True)]
    ratings = ratings_of(public_scores(public(*rows, fewer=fewer)), costs, DAY)
    known = [(one, cost, ratings.goodness(one)) for one, cost in costs]
    scored = [(one, cost, good) for one, cost, good in known if good is not None]

    def beats(one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> bool:
        return one != other and one[0] <= other[0] and one[1] >= other[1]

    for one, cost, good in scored:
        beaten = any(beats((c, g), (cost, good)) for _m, c, g in scored)
        assert (one.key in ratings.front) != beaten
        assert ("★" in ratings.cells([one])[0]) == (not beaten and len(scored) > 1)
    for one, _cost, found_score in known:
        if found_score is None:
            assert ratings.layer(one) == UNSCORED
            assert ratings.cells([one]) == [""]
            assert ratings.document(one) is None


@pytest.mark.parametrize(
    ("effort", "values"),
    [
        ("", {"a": 45, "b": 60}),
        ("thinking", {"a": 50, "b": 65}),
        ("max", {"a": 90}),
        ("high", {"c": 80}),
        ("low", {}),
    ],
)
def test_a_score_is_of_the_effort_that_is_requested(effort: str, values: dict[str, int]) -> None:
    scores = public_scores(SET, effort)
    found = {id: scores.of(model(id), DAY) for id in "abc"}
    assert {id: int(one.value) for id, one in found.items() if one is not None} == values


def test_models_that_are_not_good_enough_are_left_out_with_a_count() -> None:
    models = [model(id) for id in "abc"]
    kept, notes = QualityChoice(public_scores(SET), Decimal(50)).good_enough(models, DAY)
    assert [one.id for one in kept] == ["b"]
    assert notes == ["left out by --min-quality: 1 with a worse score, 1 without one"]
    with pytest.raises(UnknownModel, match="no model has a score as good as 99"):
        QualityChoice(public_scores(SET), Decimal(99)).good_enough(models, DAY)


def test_where_fewer_is_better_the_least_is_the_most() -> None:
    of = public(("a", "default", 5), ("b", "default", 9), fewer=True)
    kept, _ = QualityChoice(public_scores(of), Decimal(6)).good_enough([*map(model, "ab")], DAY)
    assert [one.id for one in kept] == ["a"]


def test_notes_name_the_set_its_age_and_scores_at_other_efforts() -> None:
    scores = public_scores(public(("c", "high", 80), day=LONG_AGO))
    first, old, others = quality_notes(scores, [model("c"), model("d")], DAY)
    assert "S of 2026-01-01" in first
    assert old == "the scores are 334 days old: newer models have none"
    assert others == "scored at another effort alone: c (high)"


@pytest.mark.parametrize(
    ("effort", "expected"), [("", ["--effort high: scores of 2 others"]), ("high", [])]
)
def test_the_effort_that_scores_most_others_is_named(effort: str, expected: list[str]) -> None:
    found = public(("a", "none", 1), ("c", "high", 80), ("d", "high", 70), ("d", "max", 75))
    hint = effort_hint(public_scores(found, effort), [*map(model, "abcd")], DAY)
    assert [str(one) for one in hint] == expected


def test_the_users_own_scores_count_whatever_the_effort() -> None:
    scores = Scores("Ours", {"a": Score("a", Decimal(7), "us")})
    ratings = ratings_of(scores, [(model("a"), Decimal(1))], DAY)
    assert ratings.cells([model("a")]) == ["7"]  # alone, it beats nobody
    assert [*quality_notes(scores, [model("a")], DAY)] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nosuch", None), "no set of scores is called `nosuch`"),
        (("none", "5"), "--min-quality needs scores"),
        ((None, "much"), "--min-quality must be a number"),
    ],
)
def test_what_is_no_set_or_no_number_is_refused(
    words: tuple[str | None, str | None], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        quality_choice(*words)


def test_a_score_of_no_stated_effort_has_a_mark() -> None:
    of = public(("a", "default", 50), ("b", "none", 60), ("c", "high", 70))
    models = [model(id) for id in "abc"]
    ratings = ratings_of(public_scores(of), [(one, Decimal(1)) for one in models], DAY)

    assert ratings.cells(models) == ["50?", "★ 60 ", ""]
    assert ratings.trail(models[0]) == ["quality 50: S: a default, effort not stated, 2026-12-01"]
    assert [*quality_legend(ratings.scores, models, DAY)] == [
        "quality: S (2026-12-01)",
        "? effort not stated",
    ]
    assert ratings_of(public_scores(of, "high"), [(models[2], Decimal(1))], DAY).cells(models) == [
        "",
        "",
        "70",
    ]


def test_a_column_has_one_precision() -> None:
    values = {"a": "1451.0", "b": "1470.5", "c": "7"}
    scores = Scores("Ours", {id: Score(id, Decimal(one), "us") for id, one in values.items()})
    models = [model(id) for id in (*values, "without")]
    ratings = ratings_of(scores, [(one, Decimal(1)) for one in models], DAY)

    assert ratings.cells(models) == ["1451.0", "★ 1470.5", "7.0", ""]
