"""Forms of a diff: tables for people, rows and JSON for programs, the comment of a pull request.

The comment is Markdown, short enough to be posted, with a mark by which a bot finds its own comment
again.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Any

import msgspec

from llmcost.cli.option_groups import RowOptions
from llmcost.cli.output import Output, around, draw, render, width
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
from llmcost.commands.estimate.view import CENT, SCALE, used
from llmcost.errors import LlmcostError
from llmcost.language import _, _n, told
from llmcost.messages import Text, joined, say, say_plural, visible
from llmcost.money import Range
from llmcost.pricing.price_rows import Model, PriceState
from llmcost.pricing.reference import Reference
from llmcost.pricing.usage import Count
from llmcost.render.quality_scores import NO_RATINGS, Ratings
from llmcost.render.result_table import (
    ResultColumn,
    Value,
    for_people,
    for_programs,
    number_column,
    text_column,
    versus_columns,
    versus_document,
)
from llmcost.render.table import Format, Grid, literal, markdown
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
    more_rows,
)
from llmcost.runtime.open_inputs import failed_document
from llmcost.runtime.quality_choice import quality_legend

MOST_NAMED = 4
UNKNOWN = "?"
ARROW = "->"
TOTAL = "total"
LAST_KEPT = 4  # columns of a table that are never dropped


class AmountStyle(msgspec.Struct, frozen=True):
    """How amounts are shown: in each model's `own` currency, or all in one; `times`: the calls
    that they are of, beside those of --calls."""

    own: bool
    times: int = 1

    def of(self, one: VersionSums | VersionChange) -> Range:
        return (one.native if self.own else one.cost).times(self.times)


def scale_of(found: Diff) -> int:
    """The calls that amounts for people are of: a thousand where one costs less than a cent."""
    sides = [side for line in found.lines for side in (line.before, line.after) if side]
    amounts = [one.native.amount for one in sides if one.native.amount]
    return SCALE if amounts and min(amounts) < CENT else 1


# for people


class ChangedRow(msgspec.Struct, frozen=True):
    """The sums of a model, or one of its files."""

    line: ModelLine
    one: ModelLine | FileLine
    status: str = TOTAL
    name: str = ""
    old_name: str = ""

    @property
    def sides(self) -> tuple[VersionSums | None, VersionSums | None]:
        return self.one.before, self.one.after

    @property
    def model(self) -> Model:
        return self.line.model

    @property
    def rank(self) -> int:
        return self.line.rank

    @property
    def is_free(self) -> bool:
        return self.line.largest.row.state is PriceState.FREE

    @property
    def is_exact(self) -> bool:
        return all(side.tokens.exact for side in self.sides if side is not None)


def file_row(line: ModelLine, one: FileLine) -> ChangedRow:
    return ChangedRow(line, one, one.pair.status.value, one.pair.name, one.pair.old_name)


def columns(
    shown: AmountStyle,
    title: str = "",
    ratings: Ratings = NO_RATINGS,
    reference: Reference | None = None,
) -> list[ResultColumn[ChangedRow]]:
    """Every column, in the order that programs rely on; what is not known is empty. `title`: what
    the rows are, for people; `ratings`: the scores of models."""

    def side(key: str, at: int, of: Callable[[VersionSums], Value]) -> ResultColumn[ChangedRow]:
        return number_column(key, lambda row: None if (one := row.sides[at]) is None else of(one))

    def change(key: str, of: Callable[[VersionChange], Value]) -> ResultColumn[ChangedRow]:
        return number_column(key, lambda row: None if (one := row.one.change) is None else of(one))

    def people(
        title: str, worth: int, cells: Callable[[Sequence[ChangedRow]], list[str]]
    ) -> ResultColumn[ChangedRow]:
        return ResultColumn(title=title, worth=worth, cells=cells, is_kept=worth < LAST_KEPT)

    return [
        *(text_column("status", lambda row: row.status), text_column("file", lambda row: row.name)),
        text_column("old_file", lambda row: row.old_name),
        number_column("rank", lambda row: row.line.rank or None),
        text_column("model", lambda row: row.line.model.id),
        text_column("provider", lambda row: row.line.model.provider),
        text_column("state", lambda row: row.line.largest.row.state.value),
        side("tokens_before", 0, lambda one: one.tokens.tokens),
        side("tokens_after", 1, lambda one: one.tokens.tokens),
        text_column("exact", lambda row: row.is_exact),
        side("cost_before", 0, lambda one: one.cost.amount),
        side("cost_after", 1, lambda one: one.cost.amount),
        change("change", lambda one: one.cost.amount),
        change("change_low", lambda one: one.cost.low),
        change("change_high", lambda one: one.cost.high),
        change("percent", lambda one: one.percent),
        text_column("currency", lambda row: row.line.largest.cost.currency),
        side("native_before", 0, lambda one: one.native.amount),
        side("native_after", 1, lambda one: one.native.amount),
        change("native_change", lambda one: one.native.amount),
        text_column("native_currency", lambda row: row.line.largest.native.currency),
        ResultColumn(
            title=title, worth=1, is_kept=True, is_number=False, is_folded=True,
            cells=lambda rows: [visible(name_cell(row)) for row in rows],
        ),
        people(_("cost"), 2, lambda rows: cost_cells(rows, shown)),
        people(_("change"), 3, lambda rows: change_cells(rows, shown)),
        people("%", 4, lambda rows: [percent_cell(row) for row in rows]),
        *versus_columns(reference, ratio_of, 5),
        people(_("tokens"), 5, lambda rows: [
            sides_cell(row, [tokens_cell(one) for one in row.sides]) for row in rows
        ]),
        ratings.column(6),
    ]  # fmt: skip


def ratio_of(row: ChangedRow) -> Decimal | None:
    """Of a model as a whole."""
    return row.line.ratio if row.one is row.line else None


def sums(found: Diff, shown: AmountStyle, ratings: Ratings, room: int | None = None) -> Grid:
    """One row a model: all files together."""
    rows = [ChangedRow(line, line) for line in found.lines]
    return for_people(columns(shown, _("model"), ratings, found.reference), rows, room)


def files(
    line: ModelLine, found: Sequence[FileLine], shown: AmountStyle, room: int | None = None
) -> Grid:
    """One row a file, on one model."""
    return for_people(columns(shown, _("file")), [file_row(line, one) for one in found], room)


def name_cell(row: ChangedRow) -> str:
    return file_name(row) if row.name else row.line.model.key


def file_name(one: ChangedRow | Pair) -> str:
    return f"{one.old_name} {ARROW} {one.name}" if one.old_name else one.name


def cost_cells(rows: Sequence[ChangedRow], shown: AmountStyle) -> list[str]:
    digits = places(shown.of(one).amount for row in rows for one in row.sides if one)
    return [sides_cell(row, [cost_cell(one, shown, digits) for one in row.sides]) for row in rows]


def sides_cell(row: ChangedRow, cells: Sequence[str]) -> str:
    """Before and after; the side that is not there stays empty."""
    before, after = cells
    match row.status:
        case FileStatus.ADDED:
            return f"{ARROW} {after}"
        case FileStatus.REMOVED:
            return f"{before} {ARROW}"
        case FileStatus.UNCHANGED:
            return after
    return f"{before} {ARROW} {after}"


def tokens_cell(side: VersionSums | None) -> str:
    if side is None:
        return UNKNOWN
    return f"{'' if side.tokens.exact else '~'}{side.tokens.tokens:,}"


def cost_cell(side: VersionSums | None, shown: AmountStyle, digits: int) -> str:
    if side is None:
        return UNKNOWN
    return money(shown.of(side).amount, shown.of(side).currency, digits)


def change_cells(rows: Sequence[ChangedRow], shown: AmountStyle) -> list[str]:
    """Of their own precision, since changes may be much smaller than costs."""
    changes = [row.one.change for row in rows]
    digits = places(shown.of(one).amount for one in changes if one)
    return [
        change_cell(one, shown, digits) if row.status != FileStatus.UNCHANGED else ""
        for row, one in zip(rows, changes, strict=True)
    ]


def change_cell(change: VersionChange | None, shown: AmountStyle, digits: int) -> str:
    if change is None:
        return UNKNOWN
    if not shown.of(change).amount:
        return ""
    return signed(shown.of(change).amount, shown.of(change).currency, digits)


def signed(amount: Decimal, currency: str, digits: int) -> str:
    return ("+" if amount > 0 else "") + money(amount, currency, digits)


def percent_cell(row: ChangedRow) -> str:
    """Empty where nothing has changed, and words where there is no percentage."""
    words = {FileStatus.ADDED: _("new"), FileStatus.REMOVED: _("removed")}
    change = row.one.change
    if row.status in (*words, FileStatus.UNCHANGED) or change is None:
        return next((text for key, text in words.items() if key == row.status), "")
    if change.percent is None:
        return _("from nothing")
    return percent(change.percent) if change.percent else ""


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
    if len(found.pairs) == 1:
        name = visible(file_name(found.pairs[0]))
        counts = say("{counts} ({name})", counts=counts, name=name)
    if calls == 1:
        return say("files: {counts}", counts=counts)
    return say("files: {counts}; {calls} calls each", counts=counts, calls=figure(calls, 0))


def conclusion(found: Diff, shown: AmountStyle, ratings: Ratings) -> str:
    """The cheapest after the change, and the best value; nothing where there is nothing to
    choose."""
    ranked = [(line, line.after) for line in found.lines if line.rank and line.after is not None]
    if len(ranked) < 2:
        return ""
    line, after = min(ranked, key=lambda one: one[1].cost.amount)
    amount = cost_cell(after, shown, places([shown.of(after).amount]))
    names = dict(
        zip(
            (one.model.key for one in found.lines),
            model_names(one.model for one in found.lines),
            strict=True,
        )
    )
    cheapest = say("cheapest: {model}, {cost}", model=names[line.model.key], cost=amount)
    return told(joined([cheapest, *ratings.best(names)], "; ")) + "\n"


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


def machine(found: Diff, ratings: Ratings = NO_RATINGS) -> Grid:
    """A row with the sums of each model, then one for each of its files."""
    rows = (
        row
        for line in found.lines
        for row in (ChangedRow(line, line), *(file_row(line, one) for one in line.files))
    )
    return for_programs(columns(AmountStyle(own=False), "", ratings, found.reference), rows)


def percent_text(change: VersionChange | None) -> str | None:
    """With all digits; None where there is no percentage."""
    if change is None or change.percent is None:
        return None
    return data(change.percent)


def document(
    found: Diff,
    result: Estimate,
    sides: Sequence[str | None],
    talk: Sequence[str],
    ratings: Ratings = NO_RATINGS,
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
            line_document(line)
            | versus_document(found.reference, line.ratio)
            | {"quality": ratings.document(line.model)}
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
    ratings: Ratings = NO_RATINGS,
) -> str:
    """The whole of it, ending in a line end. `tables`: the models whose files are listed."""
    head = (
        f"{MARK}\n### {_('LLM cost of this change')}\n\n{literal(told(headline(found, calls)))}\n"
    )
    foot = "".join(note_line(one) for one in talk)
    left = LONGEST - len(head) - len(foot)
    text = ""
    for part in parts(found, tables, shown, ratings):
        text += cut(part, left - len(text))
    return head + text + (f"\n{foot}" if foot else "")


def note_line(note: str) -> str:
    words = told(note)
    kept = words if len(words) <= LONGEST_NOTE else words[:LONGEST_NOTE] + "…"
    return f"- {literal(kept)}\n"


def parts(
    found: Diff,
    tables: Sequence[tuple[ModelLine, Sequence[FileLine]]],
    shown: AmountStyle,
    ratings: Ratings,
) -> Iterator[tuple[str, Grid, str]]:
    """What stands before a table, the table, and what stands behind it."""
    if found.lines:
        yield "\n", sums(found, shown, ratings), ""
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


MOST_TABLES = 4


class DiffReport(msgspec.Struct, frozen=True):
    """The answer with all that is said of it, in any format; with --all also the files that have
    not changed, and those of every model."""

    answer: Diff
    result: Estimate
    found: Versioned
    shown: AmountStyle
    notes: Sequence[str]
    rows: RowOptions
    ratings: Ratings = NO_RATINGS

    def output(self, format: Format, failure: LlmcostError | None) -> Output:
        notes = [*self.left_out(format), *self.notes]
        brief = self.rows.few([*self.legend(), *notes])
        return Output(self.written(format), notes, failure, brief)

    def legend(self) -> Iterator[str]:
        """What the scores are, where the table has room for them."""
        models = [line.model for line in self.answer.lines]
        if models and any(one.title == _("quality") for one in self.sums(width()).columns):
            day = self.result.terms.at.date()
            yield from quality_legend(self.ratings.scores, models, day)

    def sums(self, room: int) -> Grid:
        return sums(self.answer, self.shown, self.ratings, room)

    def written(self, format: Format) -> str:
        answer, unread = self.answer, self.found.read.unread
        match format:
            case Format.TABLE:
                return "\n".join(self.tables())
            case Format.MD:
                return self.comment()
        return render(
            format,
            machine=lambda: machine(answer, self.ratings),
            document=lambda: {
                **document(answer, self.result, self.found.sides, self.notes, self.ratings),
                **failed_document(unread, partial=False),
            },
        )

    def tables(self) -> Iterator[str]:
        """For people: what has changed, the sums, and the files of a model that fit beside them."""
        head = f"{told(headline(self.answer, self.calls))}\n"
        whole = draw(self.sums(width())) if self.answer.lines else ""
        yield around(Format.TABLE, head, whole, conclusion(self.answer, self.shown, self.ratings))
        is_one = len(self.answer.pairs) == 1
        for line in () if is_one and not self.rows.all_ else self.listed(1):
            every, name = self.files(line), f"{told(title(line))}\n"
            kept = self.rows.first(every, Format.TABLE, [head, whole, name, "header\n\n\n"])
            if kept:
                table = draw(files(line, kept, self.shown, width()))
                yield around(Format.TABLE, name, table, more_rows(len(every) - len(kept)))

    def comment(self) -> str:
        tables = [(line, self.files(line)) for line in self.listed(MOST_TABLES)]
        return comment(self.answer, tables, self.calls, self.notes, self.shown, self.ratings)

    def left_out(self, format: Format) -> Iterator[str]:
        """What a person does not see, and would with --all."""
        most = {Format.TABLE: 1, Format.MD: MOST_TABLES}.get(format)
        is_cut = most is not None and len(self.listed(most)) < len(self.answer.lines)
        if most is not None and is_cut and len(self.answer.pairs) > 1:
            yield say_plural(
                "files of the first model; --all shows those of each",
                "files of the first {number} models; --all shows those of each",
                most,
            )

    @property
    def calls(self) -> int:
        return self.result.terms.calls * self.shown.times

    def listed(self, most: int) -> Sequence[ModelLine]:
        return self.answer.lines if self.rows.all_ else self.answer.lines[:most]

    def files(self, line: ModelLine) -> Sequence[FileLine]:
        return line.files if self.rows.all_ else moved(line)
