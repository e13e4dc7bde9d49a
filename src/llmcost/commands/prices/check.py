"""`llmcost prices check`, `sources`, `schema`: a price file's problems, ages, sources, format."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from msgspec.structs import replace

from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.output import (
    Output,
    draw,
    format_for,
    render,
    screen_lines,
    screen_notes,
    screen_room,
)
from llmcost.language import _, told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.pricing import freshness as source_checks
from llmcost.pricing.catalog import sold_by
from llmcost.pricing.freshness import Ages, Ahead, ChangeKind, Check, Held, Used
from llmcost.pricing.freshness import check as examine
from llmcost.pricing.price_rows import Band, PriceRow, PriceState
from llmcost.render.table import Column, Format, Grid, grid, markdown
from llmcost.render.text import few, plain
from llmcost.render.wording import row_document, word
from llmcost.runtime import clock, option_values
from llmcost.runtime.gates import days_of, too_old
from llmcost.runtime.standard_streams import wrapped, write_utf8

TOP = 20
MOST_NAMED = 2
LEAST, FRAME = 4, 4
"""The rows that a table has at least, and its lines that are no rows."""
AgeTable = tuple[str, str, Grid]
"""What the rows are, the title, and the table."""
TO_DO = say("read it at its source, and write the day to `checked`")


def check(
    file: Annotated[
        Path | None,
        Argument(metavar="[FILE]", help="Price file; default: the shipped table."),
    ] = None,
    max_age: options.MaxAge = None,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    all_: Annotated[bool, options.option("--all", "Show every provider and model.")] = False,
    format: options.FormatName = None,
) -> Output:
    """Check a price file, and tell when its prices were last read at their source.

    All problems are shown with file and line. A month of --max-age is 30 days, a year 365.

    Example: llmcost prices check --max-age 60d
    """
    from llmcost.runtime.price_table import check_table, sellers_of

    at = option_values.instant(as_of, clock.now())
    most = days_of(max_age)
    path, table = check_table(file)
    sellers = option_values.words(provider)
    models = sold_by(table, sellers_of(table, sellers)) if sellers else table.models
    result = examine(models, at)
    format = format_for(format)
    if format in (Format.TABLE, Format.MD):
        everything = all_ or format is Format.MD
        text, notes = overview(result, str(path), everything, format)
    else:
        text = render(
            format, machine=lambda: machine(result), document=lambda: document(result, str(path))
        )
        notes = []
    failure = too_old(lambda: result.held, most, TO_DO)
    return Output(text, notes, failure, screen_notes(notes))


def overview(result: "Check", name: str, everything: bool, format: Format) -> tuple[str, list[str]]:
    """The summary and its tables, one below the other, and what has no room on this screen."""
    written = draw if format is Format.TABLE else markdown
    lines = summary(result, name, None if everything else MOST_NAMED)
    head = "".join(f"{wrapped(told(line))}\n" for line in lines)
    sections: list[AgeTable] = [
        (say("models"), _("oldest prices"), oldest(result.held)),
        (say("changes"), _("announced"), ahead(result.ahead)),
        (say("providers"), _("age in days"), providers(result.providers)),
    ]
    sections = [one for one in sections if one[2].rows]
    shown = sections if everything else fitting(sections, len(screen_lines([head])))
    blocks = [head, *(f"{title}\n\n{written(table)}" for _what, title, table in shown)]
    left = {what: len(table.rows) for what, _title, table in sections}
    for what, _title, table in shown:
        left[what] -= len(table.rows)
    more = [say("{what} {number:,}", what=what, number=rest) for what, rest in left.items() if rest]
    note = say("not shown: {what}; --all shows them", what=joined(more))
    return "\n".join(blocks), [note] if more else []


def fitting(sections: Sequence[AgeTable], head: int) -> list[AgeTable]:
    """As many of the tables as fit on this screen below `head` lines, with a few rows at least,
    and as many rows of each; elsewhere TOP rows of all."""
    room = screen_room()
    count, rows = len(sections), TOP
    if room is not None:
        room -= head
        while count > 1 and (room - FRAME * count) // count < LEAST:
            count -= 1
        rows = min(TOP, max(LEAST, (room - FRAME * count) // max(1, count)))
    return [
        (what, title, replace(table, rows=table.rows[:rows]))
        for what, title, table in sections[:count]
    ]


MACHINE = (
    *("model", "provider", "kind", "state", "checked", "age", "weak", "context", "from", "source"),
)
FIGURES = ("age", "context")


def summary(result: Check, name: str, most: int | None) -> list[str]:
    """A few lines about the whole of it, naming up to `most` models in each."""
    lines = [
        _("{file}: no problems", file=visible(name)),
        _(
            "providers {providers:,}, models {models:,}, rows {rows:,}",
            providers=len(result.providers),
            models=result.models,
            rows=result.rows,
        ),
        _("on sale on {day}: {states}", day=result.at.date(), states=states_of(result)),
    ]
    if result.held:
        lines.append(last_read(sorted(one.age for one in result.held)))
    if result.weak:
        names = names_of(result.weak, most)
        lines.append(_("needs review: {number} ({models})", number=len(result.weak), models=names))
    if result.without_evidence:
        models = few([one.id for one in result.without_evidence], most or MOST_NAMED)
        lines.append(
            _(
                "rows that begin before their evidence: {number} ({models})",
                number=len(result.without_evidence),
                models=models,
            )
        )
    if result.copied_limits:
        lines.append(
            _(
                "longest output is all of the context, probably copied: {number} ({models})",
                number=len(result.copied_limits),
                models=names_of(result.copied_limits, most),
            )
        )
    without = result.without_context
    if without:
        lines.append(
            _(
                "chat models without a known context: {number} ({models})",
                number=len(without),
                models=names_of(without, most),
            )
        )
    return lines


def last_read(ages: Sequence[int]) -> str:
    """`ages` in days, ascending."""
    return _(
        "last read: oldest {oldest} ago, median {median} ago, newest {newest} ago",
        oldest=days(ages[-1]),
        median=days(ages[len(ages) // 2]),
        newest=days(ages[0]),
    )


def states_of(result: Check) -> str:
    counts = {state: result.in_state(state) for state in PriceState}
    return joined(
        say("{state} {count:,}", state=word(state.value), count=count)
        for state, count in counts.items()
        if count
    ) or say("nothing")


def days(count: int) -> str:
    return say_plural("1 day", "{number:,} days", count)


def names_of(found: Sequence[Held], most: int | None) -> str:
    return few([one.model.id for one in found], len(found) if most is None else most)


def providers(found: Sequence[Ages]) -> Grid:
    columns = [
        *(Column(_("provider")), Column(_("on sale"), right=True)),
        *(Column(_("oldest"), right=True), Column(_("median"), right=True)),
        Column(_("newest"), right=True),
    ]
    rows = ((visible(one.provider), *map(str, figures(one))) for one in found)
    return grid(columns, rows)


def figures(one: Ages) -> tuple[int, int, int, int]:
    return one.rows, one.oldest, one.median, one.newest


def oldest(found: Sequence[Held]) -> Grid:
    columns = [
        *(Column(_("model"), fold=True), Column(_("provider")), Column(_("from"))),
        *(Column(_("checked")), Column(_("days"), right=True), Column(_("note"))),
    ]
    rows = (
        [
            *(visible(one.model.id), visible(one.model.provider), one.row.start.isoformat()),
            *(one.row.checked.isoformat(), str(one.age), _("needs review") if one.is_weak else ""),
        ]
        for one in found
    )
    return grid(columns, rows)


def ahead(found: Sequence[Ahead]) -> Grid:
    columns = [
        *(Column(_("day")), Column(_("model"), fold=True), Column(_("provider"))),
        Column(_("what"), fold=True),
    ]
    rows = (
        [
            *(one.day.isoformat(), visible(one.model.id), visible(one.model.provider)),
            visible(what_comes(one)),
        ]
        for one in found
    )
    return grid(columns, rows)


def what_comes(one: Ahead) -> str:
    if one.change is ChangeKind.RETIRED or one.row is None:
        return _("no longer on sale")
    if one.change is ChangeKind.END:
        return _("the price ends")
    price = price_of(one.row)
    if one.before is None:
        return _("in / out: {price}", price=price)
    before = price_of(one.before)
    if price == before:
        return _("in / out stay {price}", price=price)
    return _("in / out: {before} → {after}", before=before, after=price)


def price_of(row: PriceRow) -> str:
    if row.state is not PriceState.PRICED:
        return word(row.state.value)
    return " … ".join(band_text(band) for band in row.bands) or word("fees")


def band_text(band: Band) -> str:
    """`2 / 8`: input and output."""
    return " / ".join(plain(band.prices[key]) for key in ("input", "output") if key in band.prices)


def machine(result: Check) -> Grid:
    """One row a model on sale, the longest unread first."""
    columns = [Column(name, right=name in FIGURES) for name in MACHINE]
    return grid(columns, (machine_row(one) for one in result.held))


def machine_row(one: Held) -> list[str]:
    model, row = one.model, one.row
    return [
        *(visible(model.id), visible(model.provider), model.kind, row.state.value),
        *(row.checked.isoformat(), str(one.age), "yes" if one.is_weak else "no"),
        "" if model.context is None else str(model.context),
        *(row.start.isoformat(), visible(row.source)),
    ]


def document(result: Check, name: str) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.check/1`."""
    return {
        "schema": "llmcost.prices.check/1",
        "as_of": result.at.isoformat(),
        "file": visible(name),
        "models": result.models,
        "rows": result.rows,
        "states": {state.value: result.in_state(state) for state in PriceState},
        "providers": [
            dict(zip(("provider", "models", "oldest", "median", "newest"), values, strict=True))
            for values in ((one.provider, *figures(one)) for one in result.providers)
        ],
        "results": [held_document(one) for one in result.held],
        "ahead": [ahead_document(one) for one in result.ahead],
    }


def held_document(one: Held) -> dict[str, Any]:
    return {
        "model": one.model.id,
        "provider": one.model.provider,
        "kind": one.model.kind,
        "state": one.row.state.value,
        "from": one.row.begins.isoformat(),
        "checked": one.row.checked.isoformat(),
        "age": one.age,
        "weak": one.is_weak,
        "context": one.model.context,
        "source": one.row.source,
        "note": one.row.note,
    }


def ahead_document(one: Ahead) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "change": one.change.value,
        "model": one.model.id,
        "provider": one.model.provider,
        "price": row_document(one.row) if one.row is not None else None,
    }


def sources(
    patterns: Annotated[
        list[str] | None, Argument(metavar="[MODEL]...", help="Ids, aliases or globs.")
    ] = None,
    provider: options.Providers = None,
    as_of: options.AsOf = None,
    all_: Annotated[bool, options.option("--all", "Show every source.")] = False,
    format: options.FormatName = None,
    prices: options.PriceFiles = None,
) -> Output:
    """List the sources that prices rest on, the most used first.

    All rows count, also those of the past and of models that are gone; `in force` are those of now.

    Example: llmcost prices sources --provider deepseek
    """
    from llmcost.runtime.price_table import chosen_models, load_table

    at = option_values.instant(as_of, clock.now())
    wanted = option_values.words(patterns) or ["*"]
    models = chosen_models(
        load_table(prices), wanted, option_values.words(provider), at, retired=True
    ).models
    found = source_checks.sources(models, at)
    text = render(
        format_for(format),
        human=lambda: human(found),
        machine=lambda: sources_machine(found),
        document=lambda: sources_document(found, at),
        everything=all_,
    )
    return Output(text)


def human(found: Sequence[Used]) -> Grid:
    columns = [
        *(Column(_("rows"), right=True), Column(_("in force"), right=True)),
        *(Column(_("models"), right=True), Column(_("checked")), Column(_("source"), fold=True)),
    ]
    return grid(columns, (cells(one) for one in found))


def sources_machine(found: Sequence[Used]) -> Grid:
    columns = [
        *(Column(name, right=True) for name in ("rows", "in_force", "models")),
        *(Column("checked"), Column("source")),
    ]
    return grid(columns, (cells(one) for one in found))


def cells(one: Used) -> list[str]:
    figures = (one.rows, one.in_force, len(one.models))
    return [*map(str, figures), one.checked.isoformat(), visible(one.source)]


def sources_document(found: Sequence[Used], at: datetime) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.sources/1`."""
    return {
        "schema": "llmcost.prices.sources/1",
        "as_of": at.isoformat(),
        "results": [
            {
                "source": one.source,
                "rows": one.rows,
                "in_force": one.in_force,
                "models": [model.key for model in one.models],
                "checked": one.checked.isoformat(),
            }
            for one in found
        ],
    }


def schema() -> Output:
    """Print the format of a price file as JSON Schema, for editors to complete and check.

    A price file names it in its first line: # yaml-language-server: $schema=prices.schema.json

    Example: llmcost prices schema > prices.schema.json
    """
    from llmcost.files import bundled

    write_utf8()
    return Output(bundled("prices.schema.json").read_text("utf-8"))
