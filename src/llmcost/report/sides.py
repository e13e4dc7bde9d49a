"""What changed files do to the cost, for programs: all of it in rows, or as a document."""

from collections.abc import Iterator, Sequence
from typing import Any

from llmcost.planning.estimate import Estimate
from llmcost.planning.versions import Change, Diff, FileLine, ModelLine
from llmcost.pricing.usage import Count
from llmcost.report.ages import age_document
from llmcost.report.amounts import fx_document, range_document
from llmcost.report.estimate import used
from llmcost.report.excluded import excluded_document
from llmcost.report.figures import plain, visible
from llmcost.report.grid import Column, Grid, grid
from llmcost.report.versions import Shown, counts_of

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


def machine(found: Diff) -> Grid:
    """A row with the sums of each model, then one for each of its files; what is not known is
    empty."""
    columns = [Column(name, right=name not in TEXTS) for name in MACHINE]
    return grid(columns, (row for line in found.lines for row in machine_rows(line)))


def machine_rows(line: ModelLine) -> Iterator[list[str]]:
    yield machine_row(line, line, (TOTAL, "", ""))
    for one in line.files:
        pair = one.pair
        yield machine_row(line, one, (pair.status.value, pair.name, pair.old_name))


def machine_row(line: ModelLine, one: ModelLine | FileLine, head: Sequence[str]) -> list[str]:
    sides = [side for side in (one.before, one.after) if side is not None]
    change = one.change.cost if one.change else None
    ends = (change.amount, change.low, change.high) if change else ()
    return [
        *(*head, str(line.rank or ""), visible(line.model.id), visible(line.model.provider)),
        line.largest.row.state.value,
        *(str(side.tokens.tokens) if side else "" for side in (one.before, one.after)),
        "yes" if all(side.tokens.exact for side in sides) else "no",
        *(plain(side.cost.amount) if side else "" for side in (one.before, one.after)),
        *(map(plain, ends) if ends else ("", "", "")),
        percent_text(one.change) or "",
        line.largest.cost.currency,
        *(plain(side.native.amount) if side else "" for side in (one.before, one.after)),
        plain(one.change.native.amount) if one.change else "",
        line.largest.native.currency,
    ]


def percent_text(change: Change | None) -> str | None:
    """With all digits; None where there is no percentage."""
    if change is None or change.percent is None:
        return None
    return plain(change.percent)


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
        "results": [line_document(line) for line in found.lines],
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
        "cost": money_document(line, Shown(own=False)),
        "native": money_document(line, Shown(own=True)),
        "percent": percent_text(line.change),
    }


def money_document(line: ModelLine | FileLine, shown: Shown) -> Document:
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
