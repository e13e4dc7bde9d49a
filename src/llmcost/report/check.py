"""How fresh prices are, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from llmcost.language import _
from llmcost.messages import joined, say, say_plural
from llmcost.planning.ages import Held
from llmcost.planning.check import Ages, Ahead, Change, Check
from llmcost.pricing.table import Band, PriceRow, State
from llmcost.report.figures import few, plain, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.prices import row_document
from llmcost.report.words import word

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
        lines.append(_("weak: {number} ({models})", number=len(result.weak), models=names))
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
    counts = {state: result.in_state(state) for state in State}
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
            *(one.row.checked.isoformat(), str(one.age), _("weak") if one.is_weak else ""),
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
    if one.change is Change.RETIRED or one.row is None:
        return _("no longer on sale")
    if one.change is Change.END:
        return _("the price ends")
    price = price_of(one.row)
    if one.before is None:
        return _("in / out: {price}", price=price)
    before = price_of(one.before)
    if price == before:
        return _("in / out stay {price}", price=price)
    return _("in / out: {before} → {after}", before=before, after=price)


def price_of(row: PriceRow) -> str:
    if row.state is not State.PRICED:
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
        "states": {state.value: result.in_state(state) for state in State},
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
