"""Ages of prices, which is how long ago each was read at its source, and the sources of a table."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum

import msgspec

from llmcost.pricing.catalog import began, on_sale, row_at
from llmcost.pricing.price_rows import Model, Offer, PriceRow, PriceState

WEAK = "weak"  # how the note begins of a row that needs a second look


LATE = 31
"""Days after its beginning on which a source is still evidence of a price from its first day: of a
launch or a cut, with the day that the vendor named."""
DAY = r"\b20\d\d-[01]\d-[0-3]\d\b"  # a text: few starts look for it
SAYS_SO = ("on or before", "before the cut", "announced", "general knowledge")


def lacks_evidence(row: PriceRow) -> bool:
    """Whether a row begins long before the first day of which a source has the price, and does not
    say so: by `evidence`, or in its note."""
    if row.evidence is not None or row.billed_as or any(one in row.note for one in SAYS_SO):
        return False
    return row.state is PriceState.PRICED and (first_seen(row) - row.start).days > LATE


def first_seen(row: PriceRow) -> date:
    """The earliest day that the sources of a row name, from its beginning on."""
    named = re.findall(DAY, f"{row.source} {row.note}")
    days = [day for one in named if (day := parsed(one)) is not None and day >= row.start]
    return min((*days, row.checked))


def parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Held(msgspec.Struct, frozen=True):
    """A price row in force; `age`: days since it was read at its source.

    `is_early`: it is billed on a day of which no source has it.
    """

    model: Model
    row: PriceRow
    age: int
    is_early: bool = False

    @property
    def is_weak(self) -> bool:
        return self.row.note.startswith(WEAK)


def held(model: Model, row: PriceRow, at: datetime) -> Held:
    """A row that was read after the day of `at` was fresh on it."""
    is_early = row.evidence is not None and at.date() < row.evidence
    return Held(model, row, max(0, (at.date() - row.checked).days), is_early)


def longest_unread(found: Iterable[Held]) -> list[Held]:
    return sorted(found, key=lambda one: (-one.age, one.model.key))


class Ages(msgspec.Struct, frozen=True):
    """The rows in force of one provider, or of all: how many, and their ages in days."""

    provider: str
    rows: int
    oldest: int
    median: int
    newest: int


class ChangeKind(StrEnum):
    PRICE = "price"
    END = "end"  # of a price with nothing after it
    RETIRED = "retired"


class Ahead(msgspec.Struct, frozen=True):
    """Something announced that is still to come; `row` is the one that begins or ends, after
    `before`."""

    day: date
    change: ChangeKind
    model: Model
    row: PriceRow | None = None
    before: PriceRow | None = None


class Check(msgspec.Struct, frozen=True):
    """`held`: the row in force of each model on sale, the longest unread first."""

    at: datetime
    models: int
    rows: int
    held: tuple[Held, ...]
    providers: tuple[Ages, ...]
    ahead: tuple[Ahead, ...]
    without_evidence: tuple[Model, ...] = ()

    def in_state(self, state: PriceState) -> int:
        return sum(1 for one in self.held if one.row.state is state)

    @property
    def weak(self) -> list[Held]:
        return [one for one in self.held if one.is_weak]

    @property
    def without_context(self) -> list[Held]:
        """Chat models that can never be refused for their size; the others have none to state."""
        return [one for one in self.held if one.model.context is None and one.model.kind == "chat"]

    @property
    def copied_limits(self) -> list[Held]:
        """Chat models whose longest output is all of their context: mostly a tracker's copy."""
        return [
            one
            for one in self.held
            if one.model.context is not None and one.model.max_output == one.model.context
        ]


def check(models: Sequence[Model], at: datetime) -> Check:
    """What is known of these models on the day of `at`."""
    rows = ((model, row) for model in on_sale(models, at) if (row := row_at(model, at)))
    found = longest_unread(held(model, row, at) for model, row in rows)
    names = dict.fromkeys(one.model.provider for one in found)
    providers = [
        ages_of(name, [one for one in found if one.model.provider == name]) for name in names
    ]
    return Check(
        at=at,
        models=len(models),
        rows=sum(len(model.prices) for model in models),
        held=tuple(found),
        providers=tuple(sorted(providers, key=lambda one: (-one.oldest, one.provider))),
        ahead=tuple(sorted(announced(models, at), key=lambda one: (one.day, one.model.key))),
        without_evidence=tuple(one for one in models if any(map(lacks_evidence, one.prices))),
    )


def ages_of(provider: str, found: Sequence[Held]) -> Ages:
    """The median is the older one of two in the middle."""
    ages = sorted(one.age for one in found)
    return Ages(provider, len(ages), ages[-1], ages[len(ages) // 2], ages[0])


def announced(models: Iterable[Model], at: datetime) -> Iterator[Ahead]:
    """Rows that begin after `at`, prices that end after it, and models that go."""
    day = at.date()
    for model in models:
        for before, row in zip((None, *model.prices), model.prices, strict=False):
            if not began(row, at):
                yield Ahead(row.start, ChangeKind.PRICE, model, row, before)
            if row.until is not None and row.until > day:
                yield Ahead(row.until, ChangeKind.END, model, row)
        if model.retired is not None and model.retired > day:
            yield Ahead(model.retired, ChangeKind.RETIRED, model)


class Used(msgspec.Struct, frozen=True):
    """One source: how many rows and offers rest on it, how many of them are in force, and since
    when it was not read again."""

    source: str
    rows: int
    in_force: int
    models: tuple[Model, ...]
    checked: date


def sources(models: Iterable[Model], at: datetime) -> list[Used]:
    """The sources of these models' prices, most used first. `A; B` in a row are two of them."""
    rests: dict[str, list[tuple[Model, PriceRow | Offer]]] = {}
    for model in models:
        offers = (*model.fine_tuning, *model.deployment, *model.packs)
        entries: list[PriceRow | Offer] = [*model.prices, *offers]
        for entry in entries:
            for source in dict.fromkeys(entry.source.split("; ")):
                rests.setdefault(source, []).append((model, entry))
    found = [used(source, resting, at) for source, resting in rests.items()]
    return sorted(found, key=lambda one: (-one.rows, one.source))


def used(source: str, entries: Sequence[tuple[Model, PriceRow | Offer]], at: datetime) -> Used:
    return Used(
        source=source,
        rows=len(entries),
        in_force=sum(1 for model, entry in entries if entry is row_at(model, at)),
        models=tuple({model.key: model for model, _ in entries}.values()),
        checked=max(entry.checked for _, entry in entries),
    )
