"""How long ago prices were read at their source."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from llmcost.pricing.table import Model, PriceRow

WEAK = "weak"  # how the note begins of a row that needs a second look


class Held(msgspec.Struct, frozen=True):
    """A price row in force; `age`: days since it was read at its source."""

    model: Model
    row: PriceRow
    age: int

    @property
    def is_weak(self) -> bool:
        return self.row.note.startswith(WEAK)


def held(model: Model, row: PriceRow, at: datetime) -> Held:
    """A row that was read after the day of `at` was fresh on it."""
    return Held(model, row, max(0, (at.date() - row.checked).days))


def longest_unread(found: Iterable[Held]) -> list[Held]:
    return sorted(found, key=lambda one: (-one.age, one.model.key))
