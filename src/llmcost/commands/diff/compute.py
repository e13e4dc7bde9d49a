"""Two versions of files, and how the change of each moves its cost on each model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from llmcost.commands.estimate.compute import Line
from llmcost.messages import say
from llmcost.money import ZERO, Exchange, Range
from llmcost.pricing.billing import Excluded
from llmcost.pricing.price_rows import Model, PriceState
from llmcost.pricing.reference import Reference
from llmcost.pricing.usage import Count, Input, add_counts

NO_TOKENS = Count(0, 0, 0, "", exact=True)
OF_ONE_FILE = ("context", "max_output", "band", "image")
"""Reasons that lie in a text, where the others lie in the model."""

Priced = Mapping[str, Line | Excluded]
"""What one input costs on each model, by key, or why that is not known."""


class FileStatus(StrEnum):
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    UNCHANGED = "unchanged"


class Pair(msgspec.Struct, frozen=True):
    """A file in two versions; None: there is none. An unchanged one has the same input twice.

    `old_name`: what it was called before, if not the same.
    """

    status: FileStatus
    name: str
    before: Input | None
    after: Input | None
    old_name: str = ""


class VersionSums(msgspec.Struct, frozen=True):
    """One version of a file, or of all: its tokens, and what all calls cost, in the provider's
    currency and in the one that ranks."""

    tokens: Count
    native: Range
    cost: Range


class VersionChange(msgspec.Struct, frozen=True):
    """From one version to the other; the bounds are those of two counts that may both be off.

    `percent` of the cost before; None: something came from nothing.
    """

    native: Range
    cost: Range
    percent: Decimal | None


class FileLine(msgspec.Struct, frozen=True):
    """One file on one model. A version that is not there costs nothing; None: it is not known."""

    pair: Pair
    before: VersionSums | None
    after: VersionSums | None
    change: VersionChange | None


class ModelLine(msgspec.Struct, frozen=True):
    """All files on one model. Where one file is not known, a sum with it is not either.

    `largest`: the line of the longest file, which stands for them all where prices are told.
    """

    largest: Line
    files: tuple[FileLine, ...]
    before: VersionSums | None
    after: VersionSums | None
    change: VersionChange | None
    rank: int = 0
    ratio: Decimal | None = None
    """How many times the reference it costs after the change."""

    @property
    def model(self) -> Model:
        return self.largest.model


class Diff(msgspec.Struct, frozen=True):
    """The answer: `lines` by cost after the change, those that are not known last and without a
    rank. `excluded`: why figures are missing, or models, with the first file of each reason."""

    pairs: tuple[Pair, ...]
    lines: tuple[ModelLine, ...]
    excluded: tuple[Excluded, ...]
    reference: Reference | None = None

    def against(self, reference: Reference, calls: int) -> "Diff":
        """The same with what each model costs after the change beside a reference."""
        lines = [
            msgspec.structs.replace(
                one,
                ratio=one.after
                and reference.ratio(one.after.cost.amount, one.after.tokens.tokens * calls),
            )
            for one in self.lines
        ]
        return msgspec.structs.replace(self, lines=tuple(lines), reference=reference)


def diff(
    pairs: Sequence[Pair],
    models: Iterable[Model],
    price: Callable[[Input], Priced],
    currency_of: Callable[[Model], str],
    exchange: Exchange,
) -> Diff:
    """Every pair on every model. `price` is asked once for each input; `currency_of`: what a model
    bills in.

    Raises NoExchangeRate as `Range.to` does.
    """
    sides = [priced_sides(pair, price) for pair in pairs]
    lines: list[ModelLine] = []
    excluded: dict[tuple[str, str], Excluded] = {}
    for model in models:
        found = [
            tuple(None if side is None else side[model.key] for side in both) for both in sides
        ]
        for pair, both in zip(pairs, found, strict=True):
            for one, is_old in zip(both, (True, False), strict=True):
                if isinstance(one, Excluded):
                    told = placed(one, pair, is_old=is_old)
                    excluded.setdefault((model.key, one.reason), told)
        priced = [one for both in found for one in both if isinstance(one, Line)]
        if priced:
            largest = max(priced, key=lambda one: one.tokens.tokens)
            zero = Range(ZERO, ZERO, ZERO, currency_of(model))
            files = [
                file_line(pair, *(sums_of(one, zero, exchange) for one in both))
                for pair, both in zip(pairs, found, strict=True)
            ]
            lines.append(summed(largest, files, zero, exchange))
    return Diff(tuple(pairs), ranked(lines), tuple(excluded.values()))


def priced_sides(
    pair: Pair, price: Callable[[Input], Priced]
) -> tuple[Priced | None, Priced | None]:
    before = None if pair.before is None else price(pair.before)
    if pair.before is pair.after:
        return before, before
    return before, None if pair.after is None else price(pair.after)


def placed(one: Excluded, pair: Pair, *, is_old: bool) -> Excluded:
    """With the file that the reason lies in, if it lies in one."""
    if one.reason not in OF_ONE_FILE:
        return one
    if is_old and pair.before is not pair.after:
        name = pair.old_name or pair.name
        detail = say("{detail}: {name}, before the change", detail=one.detail, name=name)
    else:
        detail = say("{detail}: {name}", detail=one.detail, name=pair.name)
    return msgspec.structs.replace(one, detail=detail)


def sums_of(one: Line | Excluded | None, zero: Range, exchange: Exchange) -> VersionSums | None:
    if isinstance(one, Line):
        return VersionSums(one.tokens, one.native, one.cost)
    if isinstance(one, Excluded):
        return None
    return VersionSums(NO_TOKENS, zero, zero.to(exchange.currency, exchange.rates))


def file_line(pair: Pair, before: VersionSums | None, after: VersionSums | None) -> FileLine:
    change = None
    if before is not None and after is not None:
        change = change_of(before, after, same=pair.before is pair.after)
    return FileLine(pair, before, after, change)


def change_of(before: VersionSums, after: VersionSums, *, same: bool = False) -> VersionChange:
    """`same`: it is the same text twice, so that nothing can be off."""
    native, cost = (
        difference(one, other, same=same)
        for one, other in ((before.native, after.native), (before.cost, after.cost))
    )
    return VersionChange(native, cost, percent_of(before.native.amount, native.amount))


def difference(before: Range, after: Range, *, same: bool) -> Range:
    if same:
        return Range(ZERO, ZERO, ZERO, after.currency)
    return Range(
        after.amount - before.amount,
        after.low - before.high,
        after.high - before.low,
        after.currency,
    )


def percent_of(before: Decimal, change: Decimal) -> Decimal | None:
    """None: there is no percentage of nothing. Nothing that stays nothing has not changed."""
    if not before:
        return None if change else ZERO
    return 100 * change / before


def summed(largest: Line, files: Sequence[FileLine], zero: Range, exchange: Exchange) -> ModelLine:
    before = all_of([one.before for one in files], zero, exchange)
    after = all_of([one.after for one in files], zero, exchange)
    change = None
    if before is not None and after is not None:
        # file by file: what has not changed adds no doubt
        native = added([one.change.native for one in files if one.change], zero)
        cost = native.to(exchange.currency, exchange.rates)
        change = VersionChange(native, cost, percent_of(before.native.amount, native.amount))
    return ModelLine(largest, tuple(files), before, after, change)


def all_of(
    sums: Sequence[VersionSums | None], zero: Range, exchange: Exchange
) -> VersionSums | None:
    known = [one for one in sums if one is not None]
    if len(known) < len(sums):
        return None
    native = added([one.native for one in known], zero)
    counts = [one.tokens for one in known if one.tokens is not NO_TOKENS]
    tokens = add_counts(counts) if counts else NO_TOKENS
    return VersionSums(tokens, native, native.to(exchange.currency, exchange.rates))


def added(ranges: Sequence[Range], zero: Range) -> Range:
    return Range(
        sum((one.amount for one in ranges), ZERO),
        sum((one.low for one in ranges), ZERO),
        sum((one.high for one in ranges), ZERO),
        zero.currency,
    )


def ranked(lines: Sequence[ModelLine]) -> tuple[ModelLine, ...]:
    """As an estimate of the new version ranks them."""

    def key(line: ModelLine) -> tuple[bool, Decimal, bool, str]:
        cost = line.after.cost.amount if line.after else ZERO
        return line.after is None, cost, line.largest.row.state != PriceState.FREE, line.model.key

    return tuple(
        msgspec.structs.replace(line, rank=rank if line.after else 0)
        for rank, line in enumerate(sorted(lines, key=key), 1)
    )
