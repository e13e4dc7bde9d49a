"""Public quality scores, as the files of `data/quality` have them: a set of rows of one source."""

from datetime import date
from decimal import Decimal

import msgspec

from llmcost.pricing.price_rows import Model

OLD = 180
"""Days after which scores and lengths are said to be old."""
UNSTATED = "default"
"""The effort of a row whose source states none."""


class QualityRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row under the source's own name. `models`: the keys (`provider/id`) of ours that it is of,
    of which hosts inherit it, or of those in `weights` where the maker has moved the id to another
    build. `effort`: UNSTATED where the source states none. The build was
    measured `from` a day and `until` another (exclusive). `usd`, `input`, `output`: dollars and
    tokens of a question; `tokens`: of the output, by task; `words`: of a summary."""

    row: str
    models: tuple[str, ...]
    weights: tuple[str, ...] = ()
    effort: str = UNSTATED
    value: Decimal | None = None
    n: int | None = None
    start: date | None = msgspec.field(default=None, name="from")
    until: date | None = None
    usd: Decimal | None = None
    input: int | None = None
    output: int | None = None
    tokens: dict[str, int] = {}
    words: float | None = None

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (
            self.until is None or day < self.until
        )


class QualitySet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of one source, which measure one thing; never averaged with those of another. `n`:
    questions or documents of each row, where a row does not state its own."""

    schema: int
    name: str
    title: str
    measures: str
    unit: str
    higher_is_better: bool
    licence: str
    attribution: str
    source: str
    published: date = msgspec.field(name="date")
    read: date
    rows: tuple[QualityRow, ...]
    n: int | None = None

    def rows_of(self, model: Model, day: date) -> list[QualityRow]:
        """The rows of a model, of the builds of a day: its own, or those of the model which serves
        its requests by then; else those of the maker's whose weights a host serves."""
        move, own = model.redirect, model.key
        if move is not None and move.start <= day:
            own = f"{model.provider}/{move.id}"
        rows = [one for one in self.rows if own in one.models]
        if not rows and model.serves:
            rows = [one for one in self.rows if model.serves in (one.weights or one.models)]
        return [one for one in rows if one.holds(day)]


class Score(msgspec.Struct, frozen=True):
    """A model's score: who says so, and when it was read. `effort`: at which it thought."""

    model: str
    value: Decimal
    source: str
    checked: date | None = None
    effort: str = ""
    n: int | None = None
