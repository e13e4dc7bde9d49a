"""Prices of one name in the order of time: of a model, or of an alias that moved."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from llmcost.pricing.price_changes import PriceChange, edges, price_changes
from llmcost.pricing.price_rows import Alias, Model, PriceRow, PriceState, reached


class HistoryStep(msgspec.Struct, frozen=True):
    """From `start` on, the name means `model` at `row`. `row` None: `end` says what happened."""

    start: date
    model: Model
    row: PriceRow | None
    start_at: datetime | None = None
    end: str = ""

    def is_announced(self, at: datetime) -> bool:
        if self.start_at is not None:
            return not reached(self.start_at, at)
        return self.start > at.date()


class PriceHistory(msgspec.Struct, frozen=True):
    name: str
    provider: str
    currency: str
    steps: tuple[HistoryStep, ...]
    predecessor: Model | None = None

    def before(self, index: int) -> PriceRow | None:
        """The last row before a step, of the predecessor before the first; an end has none."""
        rows = (step.row for step in reversed(self.steps[:index]))
        last = self.predecessor.prices[-1] if self.predecessor is not None else None
        return next((row for row in rows if row is not None), last)


def of_model(model: Model, currency: str, models: Iterable[Model] = ()) -> PriceHistory:
    """`models`: where the predecessor is looked for that the vendor compared this one with."""
    key = f"{model.provider}/{model.predecessor}"
    before = next((one for one in models if model.predecessor and one.key == key), None)
    return PriceHistory(model.id, model.provider, currency, tuple(steps_of(model)), before)


def aliased(models: Sequence[Model], name: str) -> list[list[Model]]:
    """The models that an alias has meant, by provider; nothing for the id of a model.

    An alias without dates is just another id of its model, so it is left to that.
    """
    folded = name.casefold()
    if any(folded in (model.id.casefold(), model.key.casefold()) for model in models):
        return []
    found: dict[str, list[Model]] = {}
    for model in models:
        for alias in model.aliases:
            names = (alias.id.casefold(), f"{model.provider}/{alias.id}".casefold())
            if folded in names and (alias.start or alias.end):
                found.setdefault(model.provider, []).append(model)
    return list(found.values())


def of_alias(name: str, models: Sequence[Model], currency: str) -> PriceHistory:
    """The prices under an alias of these models of one provider: each in the days it was meant."""
    spans = [
        (alias, model)
        for model in models
        for alias in model.aliases
        if name.casefold() in (alias.id.casefold(), f"{model.provider}/{alias.id}".casefold())
    ]
    spans.sort(key=lambda span: span[0].start or date.min)
    steps = tuple(step for alias, model in spans for step in steps_within(model, alias))
    return PriceHistory(spans[0][0].id, models[0].provider, currency, steps)


def steps_within(model: Model, alias: Alias) -> Iterator[HistoryStep]:
    """The steps of a model in the days of an alias; its price of the first day begins then."""
    start, end = alias.start or date.min, alias.end or date.max
    steps = list(steps_of(model))
    held = [step for step in steps if step.start <= start]
    later = [step for step in steps if start < step.start < end]
    if held and held[-1].row is not None:
        yield msgspec.structs.replace(held[-1], start=start, start_at=None)
    yield from later


def steps_of(model: Model) -> Iterator[HistoryStep]:
    following = [*(row.start for row in model.prices[1:]), date.max]
    for row, then in zip(model.prices, following, strict=True):
        yield HistoryStep(row.start, model, row, row.start_at)
        if row.until is not None and row.until < then and row.until != model.retired:
            yield HistoryStep(row.until, model, None, end="ended")
    if model.retired is not None:
        yield HistoryStep(model.retired, model, None, end="retired")


class Move(msgspec.Struct, frozen=True):
    """How the price of one item moved, band by band: in percent, None from free or to nothing."""

    percents: tuple[Decimal | None, ...]
    from_free: bool = False


def move(before: PriceRow | None, after: PriceRow | None, item: str) -> Move | None:
    """None where there is nothing to compare. Other bands than before: the first band counts."""
    if before is None or after is None:
        return None
    if before.state is after.state is PriceState.FREE:
        return Move((Decimal(0),))
    changes = plain(price_changes(before, after), item)
    if not changes:
        return None
    if not same_bands(before, after):
        changes = changes[:1]
    percents = tuple(dict.fromkeys(change.percent for change in changes))
    return Move(percents, before.state is PriceState.FREE)


def plain(changes: Sequence[PriceChange], item: str) -> list[PriceChange]:
    return [
        change
        for change in changes
        if (change.quote.item, change.quote.condition) == (item, "") and change.quote.band
    ]


def same_bands(before: PriceRow, after: PriceRow) -> bool:
    """Whether there is a band for each band; a free price has none, and compares with any."""
    return PriceState.FREE in (before.state, after.state) or edges(before) == edges(after)
