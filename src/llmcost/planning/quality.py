"""How good models are, as the user measured or read it, against what they cost.

No score is known to this project: each comes from a file of the user's, with its source.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from llmcost.pricing.catalog import names_of
from llmcost.pricing.table import Model


class Score(msgspec.Struct, frozen=True):
    """A model's score, more is better: who says so, and when it was read."""

    model: str
    value: Decimal
    source: str
    checked: date | None = None


class Scores(msgspec.Struct, frozen=True):
    """All scores of one measure, by the name that the file gives each model, in lower case."""

    measure: str
    named: dict[str, Score]

    def of(self, model: Model, day: date) -> Score | None:
        """The score of this model: under `provider/id` before the id, and this before an alias."""
        names = (model.key.casefold(), model.id.casefold(), *names_of(model, day))
        return next((self.named[name] for name in names if name in self.named), None)

    def unused(self, models: Iterable[Model], day: date) -> list[Score]:
        """The scores that no model of these has."""
        known = {name for model in models for name in names_of(model, day)}
        return [score for name, score in self.named.items() if name not in known]


class Choice(msgspec.Struct, frozen=True):
    """A model by what it costs (less is better) and by its score (more is better)."""

    name: str
    cost: Decimal
    score: Decimal


def frontier(choices: Sequence[Choice]) -> list[Choice]:
    """Those that no other beats, the cheapest first: none costs less without a lower score, or has
    a higher score without costing more. Equal ones are all there."""
    ordered = sorted(choices, key=lambda one: (one.cost, -one.score, one.name))
    found: list[Choice] = []
    for one in ordered:
        last = found[-1] if found else None
        if (
            last is None
            or one.score > last.score
            or (one.cost, one.score) == (last.cost, last.score)
        ):
            found.append(one)
    return found
