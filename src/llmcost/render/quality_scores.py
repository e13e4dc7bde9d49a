"""Quality scores of models, from a public set or a file of the user's, and the Pareto front.

Each score has its source. `score_files` reads those of a user.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from llmcost.pricing.catalog import names_of
from llmcost.pricing.price_rows import Model
from llmcost.pricing.quality import UNSTATED, QualitySet, Score

EFFORTS_OF = {"": ("none", UNSTATED), "thinking": ("thinking", UNSTATED)}
"""The efforts whose score is shown where none is requested, the best first."""


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
