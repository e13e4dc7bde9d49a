"""Forms of the traffic of a log: tables, rows, JSON (`llmcost.usage/1`)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from llmcost.commands.usage.alternatives import AlternativeModel
from llmcost.commands.usage.charges import Gap
from llmcost.commands.usage.summary import TIMES, Account, Grouping, UsageLine
from llmcost.language import _
from llmcost.logs.aggregation import RequestSums
from llmcost.messages import visible
from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import TokenRange
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    money,
    percent,
    percent_cell,
    places,
    plain,
    plain_or_none,
    range_document,
)

MACHINE = (
    *("requests", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"),
    *("cost", "cost_low", "cost_high", "currency", "logged_cost", "unpriced_requests"),
)

MANY = 10_000_000


def human(result: Account, *, with_total: bool = True) -> Grid:
    """One row a group, and the total where there are several."""
    is_summed = with_total and len(result.lines) > 1
    rows = [*result.lines, result.total] if is_summed else list(result.lines)
    has_writes = bool(result.total.sums.cache_write)
    digits = places(one.cost for one in rows if one.cost is not None)
    columns = [
        *(Column(titles()[one], fold=one not in TIMES) for one in result.by),
        *(Column(_("requests"), right=True), Column(_("input"), right=True)),
        Column(_("cached"), right=True),
        *([Column(_("written"), right=True)] if has_writes else []),
        *(Column(_("output"), right=True), Column(_("cost"), right=True)),
    ]
    cells = []
    for one in rows:
        sums = one.sums
        written = [figure(sums.cache_write)] if has_writes else []
        cells.append(
            [
                *names_of(one, result),
                *(figure(sums.requests), figure(sums.input), figure(sums.cache_read), *written),
                *(figure(sums.output), cost_cell(one, result.currency, digits)),
            ]
        )
    return grid(columns, cells)


def titles() -> dict[Grouping, str]:
    return {
        Grouping.MODEL: _("model"),
        Grouping.PROVIDER: _("provider"),
        Grouping.DAY: _("day"),
        Grouping.MONTH: _("month"),
        Grouping.KEY: _("key"),
        Grouping.USER: _("user"),
        Grouping.PROJECT: _("project"),
        Grouping.SESSION: _("session"),
        Grouping.WINDOW: _("window of 5 hours"),
    }


def names_of(line: UsageLine, result: Account) -> list[str]:
    """The labels of a row; the total has none. A model goes by its id, if no other has the same."""
    if not line.labels:
        return [_("total"), *([""] * (len(result.by) - 1))]
    sold = models_of(result)
    ids = Counter(one.id for one in sold.values())
    short = {key: one.id for key, one in sold.items() if ids[one.id] == 1}
    return [visible(short.get(one, one)) or "-" for one in line.labels]


def models_of(result: Account) -> dict[str, Model]:
    """By their keys, which are the labels of rows."""
    return {one.model.key: one.model for one in result.charges if one.model is not None}


def figure(tokens: int) -> str:
    """All digits, but of tokens that nobody counts any more: `1,234.5M`."""
    return f"{tokens:,}" if tokens < MANY else f"{tokens / 1_000_000:,.1f}M"


def cost_cell(line: UsageLine, currency: str, digits: int) -> str:
    if line.cost is None:
        return _("unknown")
    shown = money(line.cost, currency, digits)
    return f"{shown} + ?" if line.unpriced.requests else shown


def elsewhere(result: Account) -> Grid:
    """The same traffic on each other model: what it costs, and how much more or less that is."""
    found = result.compared
    digits = places([one.cost.amount for one in found] + [one.logged for one in found])
    columns = [
        *(Column(_("on"), fold=True), Column(_("requests"), right=True)),
        *(Column(_("cost"), right=True), Column("±", right=True)),
        *(Column(_("logged"), right=True), Column(_("change"), right=True)),
    ]
    rows = [
        [
            *(one.other.model.key, figure(one.requests)),
            money(one.cost.amount, result.currency, digits) if one.requests else "-",
            percent_cell(one.cost),
            money(one.logged, result.currency, digits) if one.requests else "-",
            change_cell(one),
        ]
        for one in found
    ]
    return grid(columns, rows)


def change_cell(one: AlternativeModel) -> str:
    change = change_of(one)
    return "" if change is None else percent(change)


def change_of(one: AlternativeModel) -> Decimal | None:
    """In percent of what the same requests cost where they were."""
    if not one.logged:
        return None
    return (one.cost.amount - one.logged) / one.logged * 100


def machine(result: Account) -> Grid:
    """For programs: `what` is `logged`, one row a group, or `what-if`, one row another model."""
    others = [one for one in result.by if one not in (Grouping.MODEL, Grouping.PROVIDER)]
    columns = [
        *(Column(name) for name in ("what", *others, "model", "provider")),
        *(Column(name, right=name != "currency") for name in MACHINE),
    ]
    sold = models_of(result)
    rows = [
        ["logged", *labels_row(one, others, result.by, sold), *line_row(one, result.currency)]
        for one in result.lines
    ]
    for other in result.compared:
        model = other.other.model
        labels = [*([""] * len(others)), model.id, model.provider]
        rows.append(["what-if", *labels, *compared_row(other, result.currency)])
    return grid(columns, rows)


def labels_row(
    line: UsageLine, others: Sequence[Grouping], by: Sequence[Grouping], sold: dict[str, Model]
) -> Iterator[str]:
    found = dict(zip(by, line.labels, strict=True))
    yield from (visible(found[one]) for one in others)
    model = sold.get(found.get(Grouping.MODEL, ""))
    yield visible(model.id if model else found.get(Grouping.MODEL, ""))
    yield visible(model.provider if model else found.get(Grouping.PROVIDER, ""))


def line_row(line: UsageLine, currency: str) -> list[str]:
    cost = "" if line.cost is None else plain(line.cost)
    return [
        *tokens_row(line.sums),
        *(cost, cost, cost, currency, cost, str(line.unpriced.requests)),
    ]


def tokens_row(sums: RequestSums) -> list[str]:
    counts = (sums.requests, sums.input, sums.cache_read, sums.cache_write, sums.output)
    return [str(one) for one in counts]


def compared_row(other: AlternativeModel, currency: str) -> list[str]:
    """Tokens are those of the other model, which nobody has counted."""
    cost = other.cost
    amounts = (
        [plain(one) for one in (cost.amount, cost.low, cost.high)] if other.requests else [""] * 3
    )
    left = sum(one.sums.requests for one in other.gaps)
    logged = plain(other.logged) if other.requests else ""
    return [str(other.requests), "", "", "", "", *amounts, currency, logged, str(left)]


Document = dict[str, Any]


def document(
    result: Account, zone: str, inputs: Sequence[Document], kinds: Mapping[str, int]
) -> Document:
    first, last = result.days or (None, None)
    found: Document = {
        "schema": "llmcost.usage/1",
        "currency": result.currency,
        "zone": zone,
        "by": [one.value for one in result.by],
        "from": first and first.isoformat(),
        "to": last and last.isoformat(),
        "inputs": list(inputs),
        "lines": dict(sorted(kinds.items())),
        "results": [line_document(one, result) for one in result.lines],
        "total": line_document(result.total, result),
        "unpriced": [gap_document(one) for one in result.gaps],
        "what_if": [compared_document(one) for one in result.compared],
    }
    stated = result.stated
    if stated is not None:
        found["stated"] = {
            "requests": stated.requests,
            "amount": plain(stated.amount),
            "ours": plain(stated.ours),
            "currency": "USD",
        }
    return found | rates_document(result)


def line_document(line: UsageLine, result: Account) -> Document:
    cost = None
    if line.cost is not None:
        cost = {"amount": plain(line.cost), "currency": result.currency}
    return {
        **labels_document(line, result),
        "requests": line.sums.requests,
        "usage": usage_document(line.sums),
        "cost": cost,
        "unpriced_requests": line.unpriced.requests,
    }


def labels_document(line: UsageLine, result: Account) -> Document:
    found: Document = {
        by.value: visible(label) or None for by, label in zip(result.by, line.labels, strict=False)
    }
    model = models_of(result).get(found.get(Grouping.MODEL) or "")
    return found if model is None else {**found, "model": model.id, "provider": model.provider}


def usage_document(sums: RequestSums) -> Document:
    return {
        "input": sums.input,
        "output": sums.output,
        "cache_read": sums.cache_read,
        "cache_write": sums.cache_write,
        "cache_write_1h": sums.number("cache_write.1h"),
        "audio_input": sums.number("audio_input"),
        "audio_output": sums.number("audio_output"),
        "web_search": sums.number("web_search"),
        **{item.replace(".", "_"): number for item, number in sorted(sums.others.items())},
    }


def gap_document(gap: Gap) -> Document:
    return {
        "model": visible(gap.name.removeprefix(f"{gap.provider}/")),
        "provider": visible(gap.provider) or None,
        **reason_document(gap),
    }


def reason_document(gap: Gap) -> Document:
    first, last = gap.days
    return {
        "reason": gap.reason,
        "detail": gap.detail,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "requests": gap.sums.requests,
        "usage": usage_document(gap.sums),
    }


def compared_document(one: AlternativeModel) -> Document:
    model = one.other.model
    change = change_of(one) if one.requests else None
    return {
        "model": model.id,
        "provider": model.provider,
        "requests": one.requests,
        "cost": range_document(one.cost) if one.requests else None,
        "logged": plain(one.logged) if one.requests else None,
        "change": plain_or_none(change),
        "tokens_per_token": span_document(one.other.tokens),
        "left_out": [reason_document(gap) for gap in one.gaps],
    }


def span_document(span: TokenRange) -> Document:
    return {"value": plain(span.value), "low": plain(span.low), "high": plain(span.high)}


def rates_document(result: Account) -> Document:
    """The rates of the days on which an amount was exchanged; none where none was needed."""
    if not result.rates:
        return {}
    pairs = sorted({one.pair for one in result.rates.values()})
    found = [pair_document(pair, result) for pair in pairs]
    return {"fx": found[0]} | ({"other_fx": found[1:]} if found[1:] else {})


def pair_document(pair: str, result: Account) -> Document:
    rates = {(one.day, one.value) for one in result.rates.values() if one.pair == pair}
    return {
        "pair": pair,
        "rates": [
            {"date": day and day.isoformat(), "rate": plain(rate)}
            for day, rate in sorted(rates, key=str)
        ],
    }
