"""Forms of a diff: tables for people, rows and JSON for programs, the comment of a pull request.

The comment is Markdown, short enough to be posted, with a mark by which a bot finds its own comment
again.
"""

import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Any

import msgspec

from llmcost.cli.output import draw, render
from llmcost.commands.diff.compute import (
    Diff,
    FileLine,
    FileStatus,
    ModelLine,
    Pair,
    VersionChange,
    VersionSums,
)
from llmcost.commands.diff.versions import Versioned
from llmcost.commands.estimate.compute import Estimate
from llmcost.commands.estimate.estimate_legend import condition_notes, needs_rate, output_note
from llmcost.commands.estimate.view import used
from llmcost.language import _, _n, told
from llmcost.messages import Text, joined, say, visible
from llmcost.money import Range
from llmcost.pricing.price_rows import PriceState
from llmcost.pricing.reference import change
from llmcost.pricing.usage import Count
from llmcost.render.result_table import ratio_text, versus_document
from llmcost.render.table import Column, Format, Grid, grid, literal, markdown
from llmcost.render.text import (
    data,
    few,
    figure,
    fx_document,
    money,
    percent,
    places,
    range_document,
    rate_note,
)
from llmcost.render.wording import (
    age_document,
    age_notes,
    excluded_document,
    free_notes,
    model_names,
)
from llmcost.runtime.open_inputs import failed_document
from llmcost.runtime.standard_streams import wrapped

MOST_NAMED = 4
UNKNOWN = "?"
ARROW = "->"


class AmountStyle(msgspec.Struct, frozen=True):
    """How amounts are shown: in each model's `own` currency, or all in one."""

    own: bool

    def of(self, one: VersionSums | VersionChange) -> Range:
        return one.native if self.own else one.cost


# for people


def sums(found: Diff, shown: AmountStyle) -> Grid:
    """One row a model: all files together; with a reference, the cost after the change against
    it."""
    digits = digits_of(found.lines, shown)
    columns = [Column(say("model"), fold=True), *figure_columns()]
    if found.reference is not None:
        columns += [Column(f"× {found.reference.name}", right=True), Column("%", right=True)]
    rows = (
        [visible(line.model.key), *figure_cells(line, shown, digits), *versus_cells(found, line)]
        for line in found.lines
    )
    return grid(columns, rows)


def versus_cells(found: Diff, line: ModelLine) -> list[str]:
    if found.reference is None:
        return []
    ratio = line.ratio
    return [ratio_text(ratio), "" if ratio is None else percent(change(ratio))]


def files(line: ModelLine, found: Sequence[FileLine], shown: AmountStyle) -> Grid:
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


def digits_of(lines: Sequence[ModelLine | FileLine], shown: AmountStyle) -> Digits:
    sides = [one for line in lines for one in (line.before, line.after) if one]
    changes = [line.change for line in lines if line.change]
    cost, change = (places(shown.of(one).amount for one in column) for column in (sides, changes))
    return Digits(cost, change)


def figure_cells(line: ModelLine | FileLine, shown: AmountStyle, digits: Digits) -> list[str]:
    before, after = (cost_cell(one, shown, digits.cost) for one in (line.before, line.after))
    return [
        f"{tokens_cell(line.before)} {ARROW} {tokens_cell(line.after)}",
        f"{before} {ARROW} {after}",
        change_cell(line.change, shown, digits.change),
        percent_cell(line.change),
    ]


def file_cells(one: FileLine, shown: AmountStyle, digits: Digits) -> list[str]:
    """The side that is not there stays empty."""
    before, after = tokens_cell(one.before), tokens_cell(one.after)
    spent, spends = (cost_cell(side, shown, digits.cost) for side in (one.before, one.after))
    change = change_cell(one.change, shown, digits.change)
    match one.pair.status:
        case FileStatus.ADDED:
            return [f"{ARROW} {after}", f"{ARROW} {spends}", change, say("new")]
        case FileStatus.REMOVED:
            return [f"{before} {ARROW}", f"{spent} {ARROW}", change, say("removed")]
        case FileStatus.UNCHANGED:
            return [after, spends, "", ""]
    return figure_cells(one, shown, digits)


def tokens_cell(side: VersionSums | None) -> str:
    if side is None:
        return UNKNOWN
    return f"{'' if side.tokens.exact else '~'}{side.tokens.tokens:,}"


def cost_cell(side: VersionSums | None, shown: AmountStyle, digits: int) -> str:
    if side is None:
        return UNKNOWN
    return money(shown.of(side).amount, shown.of(side).currency, digits)


def change_cell(change: VersionChange | None, shown: AmountStyle, digits: int) -> str:
    if change is None:
        return UNKNOWN
    if not shown.of(change).amount:
        return ""
    return signed(shown.of(change).amount, shown.of(change).currency, digits)


def signed(amount: Decimal, currency: str, digits: int) -> str:
    return ("+" if amount > 0 else "") + money(amount, currency, digits)


def percent_cell(change: VersionChange | None) -> str:
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
    found = [one for one in line.files if one.pair.status is not FileStatus.UNCHANGED]
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
        FileStatus.CHANGED: say("{number} changed", number=numbers.get(FileStatus.CHANGED)),
        FileStatus.ADDED: say("{number} added", number=numbers.get(FileStatus.ADDED)),
        FileStatus.REMOVED: say("{number} removed", number=numbers.get(FileStatus.REMOVED)),
        FileStatus.RENAMED: say("{number} renamed", number=numbers.get(FileStatus.RENAMED)),
        FileStatus.UNCHANGED: say("{number} unchanged", number=numbers.get(FileStatus.UNCHANGED)),
    }
    return (forms[status] for status in numbers)


def counts_of(found: Diff) -> dict[FileStatus, int]:
    numbers = dict.fromkeys(FileStatus, 0)
    for pair in found.pairs:
        numbers[pair.status] += 1
    return numbers


# beside it


def notes(found: Diff, result: Estimate, shown: AmountStyle) -> list[str]:
    """What a reader must know to trust the figures, most important first. `result` has one line a
    model."""
    told: list[str] = []
    if all(pair.status is FileStatus.UNCHANGED for pair in found.pairs):
        told.append(say("no file has changed"))
    if result.terms.output is None and result.lines:
        told.append(output_note(result))
    told += estimate_notes(found.lines, shown)
    tight = model_names(line.model for line in result.lines if not line.fits_surely)
    if tight:
        names = few(tight, MOST_NAMED)
        told.append(
            say("may be too long at the upper bound of the estimate: {models}", models=names)
        )
    priced = [line for line in result.lines if line.row.state is PriceState.PRICED]
    told += condition_notes(result.terms, priced)
    told += free_notes((line.model, line.row) for line in result.lines)
    if result.exchange.rates and needs_rate(result):
        told.append(rate_note(result.exchange, result.terms.at))
    return [*told, *age_notes(used(result, result.lines))]


def estimate_notes(lines: Sequence[ModelLine], shown: AmountStyle) -> Iterator[str]:
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


Document = dict[str, Any]
MACHINE = (
    *("status", "file", "old_file", "rank", "model", "provider", "state"),
    *("tokens_before", "tokens_after", "exact", "cost_before", "cost_after"),
    *("change", "change_low", "change_high", "percent", "currency"),
    *("native_before", "native_after", "native_change", "native_currency"),
)
TEXTS = frozenset(
    (
        *("status", "file", "old_file", "model", "provider", "state"),
        *("exact", "currency", "native_currency"),
    )
)
TOTAL = "total"
VERSUS = ("vs", "vs_percent")
"""Of a model as a whole, with --vs."""


def machine(found: Diff) -> Grid:
    """A row with the sums of each model, then one for each of its files; what is not known is
    empty."""
    more = () if found.reference is None else VERSUS
    columns = [Column(name, right=name not in TEXTS) for name in (*MACHINE, *more)]
    return grid(columns, (row for line in found.lines for row in machine_rows(line, found)))


def machine_rows(line: ModelLine, found: Diff) -> Iterator[list[str]]:
    ratio = line.ratio
    versus = ["", ""] if ratio is None else [data(ratio), data(change(ratio))]
    more = [] if found.reference is None else versus
    yield [*machine_row(line, line, (TOTAL, "", "")), *more]
    for one in line.files:
        pair = one.pair
        head = (pair.status.value, pair.name, pair.old_name)
        yield [*machine_row(line, one, head), *("" for _cell in more)]


def machine_row(line: ModelLine, one: ModelLine | FileLine, head: Sequence[str]) -> list[str]:
    sides = [side for side in (one.before, one.after) if side is not None]
    change = one.change.cost if one.change else None
    ends = (change.amount, change.low, change.high) if change else ()
    return [
        *(*head, str(line.rank or ""), visible(line.model.id), visible(line.model.provider)),
        line.largest.row.state.value,
        *(str(side.tokens.tokens) if side else "" for side in (one.before, one.after)),
        "yes" if all(side.tokens.exact for side in sides) else "no",
        *(data(side.cost.amount) if side else "" for side in (one.before, one.after)),
        *(map(data, ends) if ends else ("", "", "")),
        percent_text(one.change) or "",
        line.largest.cost.currency,
        *(data(side.native.amount) if side else "" for side in (one.before, one.after)),
        data(one.change.native.amount) if one.change else "",
        line.largest.native.currency,
    ]


def percent_text(change: VersionChange | None) -> str | None:
    """With all digits; None where there is no percentage."""
    if change is None or change.percent is None:
        return None
    return data(change.percent)


def document(
    found: Diff, result: Estimate, sides: Sequence[str | None], talk: Sequence[str]
) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.diff/1`. `sides`: what was compared;
    None: the work tree."""
    return {
        "schema": "llmcost.diff/1",
        "as_of": result.terms.at.isoformat(),
        "currency": result.exchange.currency,
        "calls": result.terms.calls,
        "before": sides[0],
        "after": sides[1],
        "files": {status.value: number for status, number in counts_of(found).items()},
        "results": [
            {**line_document(line), **versus_document(found.reference, line.ratio)}
            for line in found.lines
        ],
        "excluded": [excluded_document(one) for one in found.excluded],
        "notes": [str(one) for one in talk],
        **age_document(used(result, result.lines)),
        **fx_document(result.exchange),
    }


def line_document(line: ModelLine) -> Document:
    row = line.largest.row
    return {
        "rank": line.rank or None,
        "model": line.model.id,
        "provider": line.model.provider,
        "state": row.state.value,
        **figures_document(line),
        "price": {
            "from": row.begins.isoformat(),
            "source": row.source,
            "checked": row.checked.isoformat(),
        },
        "files": [
            {
                "status": one.pair.status.value,
                "name": one.pair.name,
                "old_name": one.pair.old_name or None,
                **figures_document(one),
            }
            for one in line.files
        ],
    }


def figures_document(line: ModelLine | FileLine) -> Document:
    """Null: not known."""
    return {
        "tokens": {
            "before": line.before and count_document(line.before.tokens),
            "after": line.after and count_document(line.after.tokens),
        },
        "cost": money_document(line, AmountStyle(own=False)),
        "native": money_document(line, AmountStyle(own=True)),
        "percent": percent_text(line.change),
    }


def money_document(line: ModelLine | FileLine, shown: AmountStyle) -> Document:
    sides = {"before": line.before, "after": line.after, "change": line.change}
    return {name: one and range_document(shown.of(one)) for name, one in sides.items()}


def count_document(count: Count) -> Document:
    return {
        "count": count.tokens,
        "low": count.low,
        "high": count.high,
        "exact": count.exact,
        "method": count.method,
    }


MARK = "<!-- llmcost:diff -->"
"""The first line, which stays as it is."""
LONGEST = 60_000
"""Characters; GitHub takes 65,536."""
LONGEST_NOTE = 1_000
SAID_OF_REST = 100


def comment(
    found: Diff,
    tables: Sequence[tuple[ModelLine, Sequence[FileLine]]],
    calls: int,
    talk: Sequence[str],
    shown: AmountStyle,
) -> str:
    """The whole of it, ending in a line end. `tables`: the models whose files are listed."""
    head = (
        f"{MARK}\n### {_('LLM cost of this change')}\n\n{literal(told(headline(found, calls)))}\n"
    )
    foot = "".join(note_line(one) for one in talk)
    left = LONGEST - len(head) - len(foot)
    text = ""
    for part in parts(found, tables, shown):
        text += cut(part, left - len(text))
    return head + text + (f"\n{foot}" if foot else "")


def note_line(note: str) -> str:
    words = told(note)
    kept = words if len(words) <= LONGEST_NOTE else words[:LONGEST_NOTE] + "…"
    return f"- {literal(kept)}\n"


def parts(
    found: Diff, tables: Sequence[tuple[ModelLine, Sequence[FileLine]]], shown: AmountStyle
) -> Iterator[tuple[str, Grid, str]]:
    """What stands before a table, the table, and what stands behind it."""
    if found.lines:
        yield "\n", sums(found, shown), ""
    for line, of_files in tables:
        if of_files:
            name = escape(told(title(line)))  # in HTML, Markdown is text
            before = f"\n<details><summary>{name}</summary>\n\n"
            yield before, files(line, of_files, shown), "\n</details>\n"


def cut(part: tuple[str, Grid, str], room: int) -> str:
    """A part with as many rows as there is room for, and how many there are more."""
    before, table, behind = part
    head, rule, *rows = markdown(table).splitlines(keepends=True)
    text = before + head + rule
    room -= len(text) + len(behind) + SAID_OF_REST
    if room < 0:
        return ""
    for number, row in enumerate(rows):
        room -= len(row)
        if room < 0:
            rest = len(rows) - number
            return text + "\n" + _n("{number} more", "{number} more", rest) + "\n" + behind
        text += row
    return text + behind


TOP = 20
MOST_TABLES = 4


class DiffReport(msgspec.Struct, frozen=True):
    """The answer with all that is told of it, in any format. `everything`: also the files that have
    not changed, and those of every model."""

    answer: Diff
    result: Estimate
    found: Versioned
    shown: AmountStyle
    notes: Sequence[str]
    everything: bool

    def written(self, format: Format) -> str:
        answer, unread = self.answer, self.found.read.unread
        match format:
            case Format.TABLE:
                return "\n".join(self.tables())
            case Format.MD:
                return self.comment()
        return render(
            format,
            human=lambda: machine(answer),
            machine=lambda: machine(answer),
            document=lambda: {
                **document(answer, self.result, self.found.sides, self.notes),
                **failed_document(unread, partial=False),
            },
        )

    def tables(self) -> Iterator[str]:
        """For people: what has changed, the sums, and the files of a model."""
        calls = self.result.terms.calls
        head = told(headline(self.answer, calls))
        head = wrapped(head) if sys.stdout.isatty() else head
        drawn = draw(sums(self.answer, self.shown)) if self.answer.lines else ""
        yield f"{head}\n{drawn}"
        for line in self.listed():
            every = self.files(line)
            kept = every if self.everything else every[:TOP]
            rest = len(every) - len(kept)
            more = _n("{number} more; --all shows them", "{number} more; --all shows them", rest)
            if kept:
                table = draw(files(line, kept, self.shown))
                yield f"{told(title(line))}\n{table}" + (f"{more}\n" if rest else "")

    def comment(self) -> str:
        tables = [(line, self.files(line)) for line in self.listed()]
        calls = self.result.terms.calls
        return comment(self.answer, tables, calls, self.notes, self.shown)

    def left_out(self, format: Format) -> Iterator[str]:
        """What a person does not see, and would with --all."""
        if format in (Format.TABLE, Format.MD) and len(self.listed()) < len(self.answer.lines):
            yield say(
                "files of the first {number} models; --all shows those of each", number=MOST_TABLES
            )

    def listed(self) -> Sequence[ModelLine]:
        return self.answer.lines if self.everything else self.answer.lines[:MOST_TABLES]

    def files(self, line: ModelLine) -> Sequence[FileLine]:
        return line.files if self.everything else moved(line)
