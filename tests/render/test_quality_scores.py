"""Quality scores: files of the user's, whose score a model has, and which models nothing beats."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import model

from llmcost.errors import BadScores, UnreadableInput
from llmcost.pricing.price_rows import Alias
from llmcost.pricing.quality import Score
from llmcost.render.quality_scores import (
    ScoredModel,
    Scores,
    frontier,
)
from llmcost.render.score_files import load_scores, read_scores

DAY = date(2026, 11, 22)
YAML = """\
schema: 1
measure: Our tickets
scores:
  - {model: small, score: 71.5, source: "https://example.org/a", checked: 2026-11-01}
  - model: acme/LARGE
    score: -3
    source: a title
"""
CSV = """\
model,score,source,checked
small,71.5,https://example.org/a,2026-11-01

acme/LARGE,-3,a title,
"""


def read(name: str, text: str) -> Scores:
    return read_scores(Path(name), text.encode())


def problems(name: str, text: str) -> list[str]:
    with pytest.raises(BadScores) as failure:
        read(name, text)
    return list(failure.value.problems)


def test_yaml_and_csv_say_the_same() -> None:
    assert read("scores.csv", CSV).named == read("scores.yaml", YAML).named
    assert read("scores.csv", "\ufeff" + CSV).named == read("scores.yaml", YAML).named


def test_a_file_gives_scores_sources_and_the_name_of_what_is_measured() -> None:
    scores = read("scores.yaml", YAML)
    assert scores.measure == "Our tickets"
    assert scores.named["small"] == Score(
        "small", Decimal("71.5"), "https://example.org/a", date(2026, 11, 1)
    )
    assert scores.named["acme/large"] == Score("acme/LARGE", Decimal(-3), "a title")


LINE = "schema: 1\nscores:\n  - {model: a, score: 1, source: s}\n  - "


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("s.yaml", "", "s.yaml:1: the file is empty; expected `scores:`"),
        ("s.yaml", "schema: 1\nscores: []\n", "s.yaml:2: expected at least one of scores"),
        ("s.yaml", "measure: x\n", "s.yaml:1: the file has no `schema`"),
        (
            "s.yaml",
            LINE + "{model: b, score: many, source: s}\n",
            "s.yaml:4: expected `score` as a plain number like 71.5, more is better, got `many`",
        ),
        ("s.yaml", LINE + "{model: A, score: 2, source: s}\n", "s.yaml:4: `A` has a score already"),
        ("s.yaml", LINE + "{model: b, score: 2}\n", "s.yaml:4: a score has no `source`"),
        (
            "s.yaml",
            LINE + "{model: 'b*', score: 2, source: s}\n",
            "s.yaml:4: expected `model` as an id or provider/id, got `b*`",
        ),
        (
            "s.yaml",
            LINE + "{model: b, score: 2, source: s, checked: May}\n",
            "s.yaml:4: expected `checked` as a date like 2026-11-22, got `May`",
        ),
        (
            "s.csv",
            "model,points\na,1\n",
            "s.csv:1: expected a first line like `model,score,source,checked`",
        ),
        ("s.csv", "", "s.csv:1: expected a first line like `model,score,source,checked`"),
        (
            "s.csv",
            'model,score,source\n"a\nb",1,s\nc,1e3,s\n',
            "s.csv:4: expected `score` as a plain number like 71.5, more is better, got `1e3`",
        ),
        ("s.csv", "model,score,source\na,1,\n", "s.csv:2: a score has no `source`"),
        ("s.csv", 'model,score,source\na,1,"s\n', "s.csv:2: not CSV: "),
        ("s.csv", "model,score,source\na,1,s,more\n", "s.csv:2: unknown key `` in a score"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(name: str, text: str, expected: str) -> None:
    assert problems(name, text)[0].startswith(expected)


def test_every_problem_is_told_in_one_run() -> None:
    found = problems("s.csv", "model,score,source\na,x,s\nb,2,\nc,3,s\nC,4,s\n")
    assert [one.split(": ")[0] for one in found] == ["s.csv:2", "s.csv:3", "s.csv:5"]


def test_what_is_not_text_is_refused_with_its_line() -> None:
    with pytest.raises(BadScores, match=r"s\.csv:2: not text in UTF-8"):
        read_scores(Path("s.csv"), b"model,score,source\n\xff,1,s\n")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="cannot read the scores"):
        load_scores(tmp_path / "none.csv")


def scores_of(*names: str) -> Scores:
    found = {name: Score(name, Decimal(at), "s") for at, name in enumerate(names)}
    return Scores("Quality", found)


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("small",), 0),
        (("small", "acme/small"), 1),  # the name with the provider means just this one
        (("latest",), 0),
        (("latest", "small"), 1),  # an id before an alias
        (("globex/small",), None),
        (("old",), None),  # an alias of another day
    ],
)
def test_a_model_has_the_score_of_its_most_exact_name(
    names: tuple[str, ...], value: int | None
) -> None:
    aliases = (Alias("latest"), Alias("old", end=date(2026, 1, 1)))
    score = scores_of(*names).of(model("small", aliases=aliases), DAY)
    assert (None if score is None else score.value) == value


def test_scores_of_no_model_are_told() -> None:
    found = scores_of("small", "typo").unused([model("small")], DAY)
    assert [one.model for one in found] == ["typo"]


AMOUNTS = st.decimals(0, 20, places=1)
CHOICES = st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=12).map(
    lambda found: [ScoredModel(str(at), *one) for at, one in enumerate(found)]
)


def beats(one: ScoredModel, other: ScoredModel) -> bool:
    return (one.cost <= other.cost and one.score >= other.score) and (
        (one.cost, one.score) != (other.cost, other.score)
    )


@given(CHOICES)
def test_the_frontier_is_what_nothing_beats(choices: list[ScoredModel]) -> None:
    """And it is told from the cheapest and worst to the dearest and best."""
    found = frontier(choices)
    unbeaten = {one.name for one in choices if not any(beats(other, one) for other in choices)}
    assert {one.name for one in found} == unbeaten
    assert found == sorted(found, key=lambda one: (one.cost, one.score, one.name))
