"""What the coding agents of this machine used: today, this month, by project, session, window."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from llmcost.commands.usage.charges import Charge
from llmcost.commands.usage.summary import (
    OVERVIEW,
    Account,
    Grouping,
    UsageLine,
    account,
    line_of,
)
from llmcost.commands.usage.view import human, line_document
from llmcost.language import _
from llmcost.logs.agent_folders import AgentLogs
from llmcost.logs.aggregation import NOTHING
from llmcost.money import ZERO, DailyExchange
from llmcost.render.table import Column, Grid

MOST = {Grouping.SESSION: 10, Grouping.WINDOW: 6, Grouping.PROJECT: 12}
"""Rows of a table for people."""


class Overview(msgspec.Struct, frozen=True):
    """`spans`: today, this month and all, by names; `groups`: each by one thing."""

    agents: tuple[AgentLogs, ...]
    spans: tuple[tuple[str, UsageLine], ...]
    groups: tuple[Account, ...]


def overview(
    charges: Sequence[Charge], agents: Sequence[AgentLogs], exchanged: DailyExchange, today: date
) -> Overview:
    """`today` in the zone of days."""
    this_month = [one for one in charges if is_of(one, today, month=True)]
    spans = (
        ("today", [one for one in charges if is_of(one, today)]),
        ("month", this_month),
        ("all", list(charges)),
    )
    return Overview(
        tuple(agents),
        tuple((name, span_of(name, some, exchanged)) for name, some in spans),
        tuple(account(charges, (), (one,), exchanged, OVERVIEW) for one in OVERVIEW[1:]),
    )


def span_of(name: str, charges: Sequence[Charge], exchanged: DailyExchange) -> UsageLine:
    if not charges:
        return UsageLine((name,), NOTHING, ZERO)
    return line_of((name,), charges, exchanged)


def is_of(charge: Charge, today: date, *, month: bool = False) -> bool:
    if charge.cell.second is None:
        return False
    day = charge.when.at.date()
    return (day.year, day.month) == (today.year, today.month) if month else day == today


def grids(found: Overview, result: Account) -> Iterator[Grid]:
    names = {"today": _("today"), "month": _("this month"), "all": _("all")}
    lines = tuple(
        msgspec.structs.replace(line, labels=(names[name],)) for name, line in found.spans
    )
    whole = msgspec.structs.replace(result, by=(Grouping.DAY,), lines=lines)
    first = human(whole, with_total=False)
    yield Grid((Column(_("when")), *first.columns[1:]), first.rows)
    for one in found.groups:
        (kind,) = one.by
        most = MOST.get(kind, len(one.lines))
        kept = one.lines[-most:] if kind is Grouping.WINDOW else one.lines[:most]
        yield human(msgspec.structs.replace(one, lines=kept), with_total=False)


def overview_document(found: Overview, result: Account) -> dict[str, Any]:
    spans = {name: line_document(line, result) for name, line in found.spans}
    for one in spans.values():
        one.pop(result.by[0].value, None)
    return {
        "agents": [{"name": one.title, "files": len(one.files)} for one in found.agents],
        **spans,
        **{
            f"by_{one.by[0].value}": [line_document(line, one) for line in one.lines]
            for one in found.groups
        },
    }
