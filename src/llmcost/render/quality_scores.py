"""Quality scores of models, from a public set or a file, and the Pareto front of a result.

Each score has its source. `score_files` reads those of a user.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from llmcost.language import _
from llmcost.messages import say, visible
from llmcost.pricing.catalog import names_of
from llmcost.pricing.price_rows import Model
from llmcost.pricing.quality import UNSTATED, QualitySet, Score
from llmcost.render.result_table import Ranked, ResultColumn
from llmcost.render.text import few, fixed, plain

EFFORTS_OF = {"": ("none", UNSTATED), "thinking": ("thinking", UNSTATED)}
"""The efforts whose score is shown where none is requested, the best first."""
STAR = "★"
UNSTATED_MARK = "?"
MOST_NAMED = 4
UNSCORED = 1_000_000
"""The layer of models without a score, behind all others."""


class Scores(msgspec.Struct, frozen=True):
    """All scores of one measure, by the name that the file gives each model, in lower case; or the
    rows of a public set, at the effort that is requested."""

    measure: str
    named: dict[str, Score] = {}
    set: QualitySet | None = None
    effort: str = ""

    def goodness(self, value: Decimal) -> Decimal:
        """The score as a number of which more is better."""
        return -value if self.set is not None and not self.set.higher_is_better else value

    def age(self, day: date) -> int:
        """Days since a public set was published."""
        return 0 if self.set is None else (day - self.set.published).days

    def other_efforts(self, model: Model, day: date) -> list[str]:
        """The efforts at which a model has a score, but not the one that is requested."""
        if self.set is None or self.of(model, day) is not None:
            return []
        rows = self.set.rows_of(model, day)
        return [one.effort for one in rows if one.value is not None]

    def of(self, model: Model, day: date) -> Score | None:
        """The score of this model: under `provider/id` before the id, and this before an alias."""
        if self.set is not None:
            return score_in(self.set, model, self.effort, day)
        names = (model.key.casefold(), model.id.casefold(), *names_of(model, day))
        return next((self.named[name] for name in names if name in self.named), None)

    def unused(self, models: Iterable[Model], day: date) -> list[Score]:
        """The scores that no model of these has."""
        if self.set is not None:
            return []
        known = {name for model in models for name in names_of(model, day)}
        return [score for name, score in self.named.items() if name not in known]


def score_in(of: QualitySet, model: Model, effort: str, day: date) -> Score | None:
    """The score of a model in a public set at an effort, and at no other."""
    by_effort = {one.effort: one for one in of.rows_of(model, day) if one.value is not None}
    for wanted in EFFORTS_OF.get(effort, (effort,)):
        row = by_effort.get(wanted)
        if row is not None and row.value is not None:
            source = f"{of.title}: {row.row}"
            return Score(model.key, row.value, source, of.published, row.effort, row.n or of.n)
    return None


def public_scores(of: QualitySet, effort: str = "") -> Scores:
    return Scores(of.title, set=of, effort=effort)


class ScoredModel(msgspec.Struct, frozen=True):
    """A model by what it costs (less is better) and by its score (more is better)."""

    name: str
    cost: Decimal
    score: Decimal


def frontier(choices: Sequence[ScoredModel]) -> list[ScoredModel]:
    """Those that no other beats, the cheapest first: none costs less without a lower score, or has
    a higher score without costing more. Equal ones are all there."""
    ordered = sorted(choices, key=lambda one: (one.cost, -one.score, one.name))
    found: list[ScoredModel] = []
    for one in ordered:
        last = found[-1] if found else None
        if (
            last is None
            or one.score > last.score
            or (one.cost, one.score) == (last.cost, last.score)
        ):
            found.append(one)
    return found


class Ratings(msgspec.Struct, frozen=True):
    """The scores of the models of a result by key, and the layers of the Pareto front: in the first
    are those that no other beats in cost and score, the cheapest first; in the next those that none
    of the others beats, and so on. Free models have no layer."""

    scores: Scores | None = None
    found: dict[str, Score] = {}
    layers: tuple[tuple[str, ...], ...] = ()

    @property
    def front(self) -> Sequence[str]:
        """The keys of the models that no other beats."""
        return self.layers[0] if self.layers else ()

    def layer(self, model: Model) -> int:
        """By which `--sort value` orders: the best is 0."""
        return next(
            (number for number, keys in enumerate(self.layers) if model.key in keys), UNSCORED
        )

    def value(self, model: Model) -> Decimal | None:
        score = self.found.get(model.key)
        return None if score is None else score.value

    def goodness(self, model: Model) -> Decimal | None:
        """The score as a number of which more is better."""
        score = self.found.get(model.key)
        return None if score is None or self.scores is None else self.scores.goodness(score.value)

    def cells(self, models: Sequence[Model]) -> list[str]:
        """The scores in a column, all with as many decimal places as one of them needs; one of an
        effort that the source does not state has a mark. A model that is alone beats nobody."""
        found = [self.found.get(model.key) for model in models]
        digits = max((len(plain(one.value).partition(".")[2]) for one in found if one), default=0)
        marks = [UNSTATED_MARK if one and one.effort == UNSTATED else "" for one in found]
        space = " " if any(marks) else ""
        shown = [
            fixed(one.value, digits) + (mark or space) if one else ""
            for one, mark in zip(found, marks, strict=True)
        ]
        best = self.front if len(self.found) > 1 else ()
        return [
            f"{STAR} {text}" if model.key in best else text
            for model, text in zip(models, shown, strict=True)
        ]

    def document(self, model: Model) -> dict[str, Any] | None:
        """The score in JSON; null without one."""
        score = self.found.get(model.key)
        if score is None or self.scores is None:
            return None
        return {
            "set": visible(self.scores.measure),
            "value": plain(score.value),
            "effort": score.effort or None,
            "n": score.n,
            "source": visible(score.source),
            "date": None if score.checked is None else score.checked.isoformat(),
            "on_front": model.key in self.front,
        }

    def trail(self, model: Model) -> list[str]:
        """The score in the lines of --explain."""
        score = self.found.get(model.key)
        if score is None:
            return []
        return [_("quality {value}: {source}", value=plain(score.value), source=source_of(score))]

    def best(self, names: Mapping[str, str], fitting: Container[str] = ()) -> Iterator[str]:
        """The models that no other beats in cost and score, and the best of those that a budget
        covers. `names`: of the displayed models by key, `fitting`: keys."""
        front = [key for key in self.front if key in names]
        if len(self.found) < 2 or not front:
            return
        yield say("best value: {models}", models=few([names[key] for key in front], MOST_NAMED))
        within = [key for key in front if key in fitting]
        if within:
            yield say("best within the budget: {model}", model=names[within[-1]])

    def column(self, worth: int) -> ResultColumn[Ranked]:
        """The column of any ranked result."""
        return ResultColumn(
            key="quality",
            value=lambda row: self.value(row.model),
            title=_("quality") if self.scores is not None else "",
            cells=lambda rows: self.cells([row.model for row in rows]),
            worth=worth,
            order=lambda row: self.goodness(row.model),
        )


NO_RATINGS = Ratings()


def source_of(score: Score) -> str:
    """The set and its row, the effort of the score, its day and how many answers it rests on; of a
    user's score the source and, if it is stated, the day."""
    facts = [visible(score.source)]
    if score.effort:
        known = score.effort != UNSTATED
        effort = _("effort {effort}", effort=score.effort)
        facts.append(effort if known else _("effort not stated"))
    facts += [] if score.checked is None else [score.checked.isoformat()]
    facts += [f"n = {score.n:,}"] if score.n else []
    return ", ".join(facts)


def ratings_of(scores: Scores | None, costs: Iterable[tuple[Model, Decimal]], day: date) -> Ratings:
    """The ratings of models by cost, of which less is better; free ones are not among `costs`."""
    if scores is None:
        return Ratings()
    models = [(model, cost, scores.of(model, day)) for model, cost in costs]
    found = {model.key: score for model, _cost, score in models if score is not None}
    choices = [
        ScoredModel(model.key, cost, scores.goodness(score.value))
        for model, cost, score in models
        if score is not None
    ]
    return Ratings(scores, found, tuple(layers_of(choices)))


def layers_of(choices: Sequence[ScoredModel]) -> Iterable[tuple[str, ...]]:
    """The front, that of the rest, and so on."""
    rest = list(choices)
    while rest:
        front = tuple(one.name for one in frontier(rest))
        yield front
        rest = [one for one in rest if one.name not in front]
