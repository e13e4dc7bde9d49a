"""Forms of a log beside a bill: the causes of what differs, as a table, rows and JSON."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from llmcost.commands.usage.reconcile import BillDifference, Reconciliation, causes
from llmcost.language import told
from llmcost.messages import say, say_each, say_plural, visible
from llmcost.money import ZERO
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import few, money, places, plain

MOST_NAMED = 3
NAMES = say_each(
    "band, cache, peak hour, tier, batch, exchange rate, tax, discount, rounding, free quota, "
    "missing in the log, missing in the bill, fee, unknown"
)


def grid_of(found: Reconciliation, *, plainly: bool = False) -> Grid:
    """A row a cause, and the total."""
    sums = [(NAMES[cause], detail, some, *amounts(some)) for cause, detail, some in causes(found)]
    digits = places([found.logged, found.billed, *(one for row in sums for one in row[3:])])

    def shown(amount: Decimal) -> str:
        return plain(amount) if plainly else money(amount, found.currency, digits)

    titles = say_each("cause, detail, lines, days, models, logged, billed, difference")
    rows = [
        [
            *(name, detail, str(len(some)), spans(some), visible(models(some))),
            *(shown(one) for one in (logged, billed, billed - logged)),
        ]
        for name, detail, some, logged, billed in sums
    ]
    total = (found.logged, found.billed, found.billed - found.logged)
    rows.append([say("total"), "", "", "", "", *(shown(one) for one in total)])
    right = (2, 5, 6, 7)
    return grid(
        [
            Column(name if plainly else told(title), right=at in right, fold=at in (1, 4))
            for at, (name, title) in enumerate(titles.items())
        ],
        rows,
    )


def amounts(some: Sequence[BillDifference]) -> tuple[Decimal, Decimal]:
    return sum((one.logged for one in some), ZERO), sum((one.billed for one in some), ZERO)


def spans(some: Sequence[BillDifference]) -> str:
    days = sorted({one.day for one in some if one.day})
    return "" if not days else days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}"


def models(some: Sequence[BillDifference]) -> str:
    return few(list(dict.fromkeys(one.model for one in some if one.model)), MOST_NAMED)


def notes(found: Reconciliation, left_out: int) -> list[str]:
    return list(texts(found, left_out))


def texts(found: Reconciliation, left_out: int) -> Iterator[str]:
    yield say_plural("1 line agrees", "{number:,} lines agree", found.agreed)
    if left_out:
        yield say_plural(
            "1 row of the bill has no amount",
            "{number:,} rows of the bill have no amount",
            left_out,
        )


def document(found: Reconciliation) -> dict[str, Any]:
    return {
        "schema": "llmcost.reconciliation/1",
        "currency": found.currency,
        "logged": plain(found.logged),
        "billed": plain(found.billed),
        "difference": plain(found.billed - found.logged),
        "agreed": found.agreed,
        "results": [
            {
                **{"cause": cause.value, "detail": detail or None, "lines": len(some)},
                **{"days": sorted({one.day for one in some if one.day})},
                **{"models": sorted({visible(one.model) for one in some if one.model})},
                **{"kinds": sorted({one.kind for one in some if one.kind})},
                **dict(zip(("logged", "billed"), map(plain, amounts(some)), strict=True)),
            }
            for cause, detail, some in causes(found)
        ],
    }
