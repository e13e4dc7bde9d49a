"""What changed files do to the cost, for people: a table of sums, one of files, and notes."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from llmcost.messages import Text, joined, say
from llmcost.planning.estimate import Estimate
from llmcost.planning.exchange import Range
from llmcost.planning.versions import Change, Diff, FileLine, ModelLine, Pair, Status, Sums
from llmcost.pricing.table import State
from llmcost.report.ages import age_notes
from llmcost.report.amounts import rate_note
from llmcost.report.estimate import condition_notes, needs_rate, output_note, used
from llmcost.report.figures import few, figure, money, percent, places, visible
from llmcost.report.free import free_notes
from llmcost.report.grid import Column, Grid, grid

MOST_NAMED = 4
UNKNOWN = "?"
ARROW = "->"


class Shown(msgspec.Struct, frozen=True):
    """How amounts are shown: in each model's `own` currency, or all in one."""

    own: bool

    def of(self, one: Sums | Change) -> Range:
        return one.native if self.own else one.cost


# for people


def sums(lines: Sequence[ModelLine], shown: Shown) -> Grid:
    """One row a model: all files together."""
    digits = digits_of(lines, shown)
    columns = [Column(say("model"), fold=True), *figure_columns()]
    rows = ([visible(line.model.key), *figure_cells(line, shown, digits)] for line in lines)
    return grid(columns, rows)


def files(line: ModelLine, found: Sequence[FileLine], shown: Shown) -> Grid:
    """One row a file, on one model."""
    digits = digits_of(found, shown)
    rows = ([file_cell(one.pair), *file_cells(one, shown, digits)] for one in found)
    return grid([Column(say("file"), fold=True), *figure_columns()], rows)


def figure_columns() -> list[Column]:
    return [
        *(Column(say("tokens"), right=True), Column(say("cost"), right=True)),
        *(Column(say("change"), right=True), Column("%", right=True)),
    ]


class Digits(msgspec.Struct, frozen=True):
    """Decimal places of the costs, and of the changes, which may be much smaller."""

    cost: int
    change: int


def digits_of(lines: Sequence[ModelLine | FileLine], shown: Shown) -> Digits:
    sides = [one for line in lines for one in (line.before, line.after) if one]
    changes = [line.change for line in lines if line.change]
    cost, change = (places(shown.of(one).amount for one in column) for column in (sides, changes))
    return Digits(cost, change)


def figure_cells(line: ModelLine | FileLine, shown: Shown, digits: Digits) -> list[str]:
    before, after = (cost_cell(one, shown, digits.cost) for one in (line.before, line.after))
    return [
        f"{tokens_cell(line.before)} {ARROW} {tokens_cell(line.after)}",
        f"{before} {ARROW} {after}",
        change_cell(line.change, shown, digits.change),
        percent_cell(line.change),
    ]


def file_cells(one: FileLine, shown: Shown, digits: Digits) -> list[str]:
    """The side that is not there stays empty."""
    before, after = tokens_cell(one.before), tokens_cell(one.after)
    spent, spends = (cost_cell(side, shown, digits.cost) for side in (one.before, one.after))
    change = change_cell(one.change, shown, digits.change)
    match one.pair.status:
        case Status.ADDED:
            return [f"{ARROW} {after}", f"{ARROW} {spends}", change, say("new")]
        case Status.REMOVED:
            return [f"{before} {ARROW}", f"{spent} {ARROW}", change, say("removed")]
        case Status.UNCHANGED:
            return [after, spends, "", ""]
    return figure_cells(one, shown, digits)


def tokens_cell(side: Sums | None) -> str:
    if side is None:
        return UNKNOWN
    return f"{'' if side.tokens.exact else '~'}{side.tokens.tokens:,}"


def cost_cell(side: Sums | None, shown: Shown, digits: int) -> str:
    if side is None:
        return UNKNOWN
    return money(shown.of(side).amount, shown.of(side).currency, digits)


def change_cell(change: Change | None, shown: Shown, digits: int) -> str:
    if change is None:
        return UNKNOWN
    if not shown.of(change).amount:
        return ""
    return signed(shown.of(change).amount, shown.of(change).currency, digits)


def signed(amount: Decimal, currency: str, digits: int) -> str:
    return ("+" if amount > 0 else "") + money(amount, currency, digits)


def percent_cell(change: Change | None) -> str:
    """Empty where nothing has changed, and words where there is no percentage."""
    if change is None:
        return ""
    if change.percent is None:
        return say("from nothing")
    return percent(change.percent) if change.percent else ""


def file_cell(pair: Pair) -> str:
    return f"{pair.old_name} {ARROW} {pair.name}" if pair.old_name else pair.name


def moved(line: ModelLine) -> list[FileLine]:
    """The files that are not as they were, what is not known first, then by what they change."""
    found = [one for one in line.files if one.pair.status is not Status.UNCHANGED]
    return sorted(found, key=lambda one: (one.change is not None, -weight(one), one.pair.name))


def weight(one: FileLine) -> Decimal:
    return abs(one.change.native.amount) if one.change else Decimal(0)


def title(line: ModelLine) -> str:
    return say("files on {model}", model=visible(line.model.key))


def headline(found: Diff, calls: int) -> str:
    """`files: 1 changed, 2 added, 7 unchanged; 1,000 calls of each`"""
    counts = joined(count_words(found)) or say("none")
    if calls == 1:
        return say("files: {counts}", counts=counts)
    return say("files: {counts}; {calls} calls each", counts=counts, calls=figure(calls, 0))


def count_words(found: Diff) -> Iterator[Text]:
    numbers = {status: number for status, number in counts_of(found).items() if number}
    forms = {
        Status.CHANGED: say("{number} changed", number=numbers.get(Status.CHANGED)),
        Status.ADDED: say("{number} added", number=numbers.get(Status.ADDED)),
        Status.REMOVED: say("{number} removed", number=numbers.get(Status.REMOVED)),
        Status.RENAMED: say("{number} renamed", number=numbers.get(Status.RENAMED)),
        Status.UNCHANGED: say("{number} unchanged", number=numbers.get(Status.UNCHANGED)),
    }
    return (forms[status] for status in numbers)


def counts_of(found: Diff) -> dict[Status, int]:
    numbers = dict.fromkeys(Status, 0)
    for pair in found.pairs:
        numbers[pair.status] += 1
    return numbers


# beside it


def notes(found: Diff, result: Estimate, shown: Shown) -> list[str]:
    """What a reader must know to trust the figures, most important first. `result` has one line a
    model."""
    told: list[str] = []
    if all(pair.status is Status.UNCHANGED for pair in found.pairs):
        told.append(say("no file has changed"))
    if result.terms.output is None and result.lines:
        told.append(output_note(result))
    told += estimate_notes(found.lines, shown)
    tight = [line.model.id for line in result.lines if not line.fits_surely]
    if tight:
        names = few(tight, MOST_NAMED)
        told.append(
            say("may be too long at the upper bound of the estimate: {models}", models=names)
        )
    priced = [line for line in result.lines if line.row.state is State.PRICED]
    told += condition_notes(result.terms, priced)
    told += free_notes((line.model, line.row) for line in result.lines)
    if result.exchange.rate is not None and needs_rate(result):
        told.append(rate_note(result.exchange, result.terms.at))
    return [*told, *age_notes(used(result, result.lines))]


def estimate_notes(lines: Sequence[ModelLine], shown: Shown) -> Iterator[str]:
    """How far the change may be off where tokens are only estimated."""
    ranges = [
        (line.model.id, shown.of(line.change))
        for line in lines
        if line.change and not line.largest.tokens.exact
    ]
    if not ranges:
        return
    told = [
        say(
            "{model} {low} to {high}",
            model=name,
            low=signed(one.low, one.currency, places([one.low, one.high])),
            high=signed(one.high, one.currency, places([one.low, one.high])),
        )
        for name, one in ranges
    ]
    named = few(told, MOST_NAMED, "; ", "; and ")
    yield say("~ estimated tokens (no public vocabulary), so the change is {ranges}", ranges=named)
