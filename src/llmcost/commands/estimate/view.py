"""Forms of an estimate: its columns, the lines around the table, JSON document, notes."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from llmcost.commands.estimate.compute import Estimate, Line
from llmcost.language import _, told
from llmcost.messages import say, visible
from llmcost.money import ZERO, Range
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.render.quality_scores import NO_RATINGS, Ratings
from llmcost.render.result_table import (
    ResultColumn,
    Selection,
    for_people,
    for_programs,
    name_columns,
    number_column,
    text_column,
    times_cells,
    versus_columns,
    versus_document,
)
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    fx_document,
    in_currency,
    money,
    places,
    plain,
    range_cell,
    range_document,
)
from llmcost.render.wording import (
    age_document,
    band_document,
    bill_lines,
    excluded_document,
    left_out_document,
    limits_of,
    paid_document,
    part_document,
    row_lines,
)

Document = dict[str, Any]
MOST_NAMED = 4
DIGITS = 2  # of the smallest amount in a table that also has its ratios
CENT = Decimal("0.01")
SCALE = 1000
"""Calls that a table for people is of, where a single one costs less than a cent."""


class EstimateTable(msgspec.Struct, frozen=True):
    """What the columns depend on. `own`: amounts in each model's own currency; `times`: the calls
    that amounts for people are of, beside those of --calls; `ratings`: the scores."""

    result: Estimate
    own: bool = True
    times: int = 1
    selection: Selection[Line] | None = None
    ratings: Ratings = NO_RATINGS

    def shown(self, line: Line) -> Range:
        """The cost of the inputs, with the output that was requested."""
        return line.native if self.own else line.cost

    def money_cells(self, lines: Sequence[Line], costs: Sequence[Range | None]) -> list[str]:
        """A column of costs in one precision."""
        amounts = [None if one is None else one.amount * self.times for one in costs]
        digits = places((one for one in amounts if one is not None), DIGITS)
        return [
            "" if cost is None or amount is None
            else _("free") if line.is_free
            else money(amount, cost.currency, digits)
            for line, cost, amount in zip(lines, costs, amounts, strict=True)
        ]  # fmt: skip

    def cost_cells(self, lines: Sequence[Line]) -> list[str]:
        return self.money_cells(lines, [self.shown(line) for line in lines])

    def answer_cells(self, lines: Sequence[Line]) -> list[str]:
        return self.money_cells(
            lines, [self.shown(line.answered) if line.answered else None for line in lines]
        )

    def converted_cells(self, lines: Sequence[Line]) -> list[str]:
        """The amount that ranks, where a model bills in another currency."""
        if not self.own or len({line.native.currency for line in lines}) < 2:
            return [""] * len(lines)
        currency = self.result.exchange.currency
        costs = [line.ranking if line.native.currency != currency else None for line in lines]
        return self.money_cells(lines, costs)

    def times_of(self, lines: Sequence[Line]) -> list[str]:
        if len(lines) < 2:
            return [""] * len(lines)
        return times_cells([line.ranking.amount for line in lines], self.least)

    @property
    def least(self) -> Decimal:
        """The cheapest cost that is not nothing."""
        costs = (line.ranking.amount for line in self.result.lines if not line.is_free)
        return next(filter(None, costs), ZERO)

    def range_cells(self, lines: Sequence[Line]) -> list[str]:
        ranges = [self.shown(line.answered or line) for line in lines]
        digits = places((one.amount * self.times for one in ranges), DIGITS)
        return [range_cell(one.times(self.times), digits) for one in ranges]


def columns(table: EstimateTable) -> list[ResultColumn[Line]]:
    """Every column, in the order that programs rely on."""
    exchange, assumed = table.result.exchange, table.result.assumed is not None
    rank, model, provider = name_columns(table.selection)
    return [
        *(rank, model, provider),
        ResultColumn(key="state", value=lambda line: line.row.state.value, is_number=False),
        ResultColumn(
            key="cost",
            value=lambda line: line.cost.amount,
            title=_("input") if assumed else _("cost"),
            cells=table.cost_cells,
            worth=10,
            is_kept=not assumed,
            amount=lambda line: table.shown(line).amount,
            order=lambda line: line.cost.amount,
        ),
        ResultColumn(key="cost_low", value=lambda line: line.cost.low),
        ResultColumn(key="cost_high", value=lambda line: line.cost.high),
        ResultColumn(key="currency", value=lambda line: line.cost.currency, is_number=False),
        ResultColumn(key="native", value=lambda line: line.native.amount),
        ResultColumn(
            key="native_currency", value=lambda line: line.native.currency, is_number=False
        ),
        ResultColumn(key="input", value=lambda line: line.usage.input),
        ResultColumn(key="output", value=lambda line: line.usage.output),
        ResultColumn(key="tokens_low", value=lambda line: line.tokens.low),
        ResultColumn(key="tokens_high", value=lambda line: line.tokens.high),
        ResultColumn(key="exact", value=lambda line: line.tokens.exact, is_number=False),
        ResultColumn(key="method", value=lambda line: line.tokens.method, is_number=False),
        ResultColumn(key="from", value=lambda line: line.row.start.isoformat(), is_number=False),
        ResultColumn(
            key="checked", value=lambda line: line.row.checked.isoformat(), is_number=False
        ),
        ResultColumn(
            key="cost_with_answer",
            value=lambda line: line.answered.cost.amount if line.answered else None,
            title=_("with answer"),
            cells=table.answer_cells,
            worth=11,
            is_kept=assumed,
            amount=lambda line: table.shown(line.answered).amount if line.answered else None,
            order=lambda line: line.answered.cost.amount if line.answered else None,
        ),
        *versus_columns(table.result.reference, table.result.ratio, 13),
        table.ratings.column(14),
        *cached_columns(table.result),
        *for_people_alone(table, in_currency(exchange.currency)),
    ]


def cached_columns(result: Estimate) -> Iterator[ResultColumn[Line]]:
    """What each model's cache reads, where its rules say it."""
    if not result.terms.cache_rules:
        return
    from llmcost.render.cache_columns import cache_columns

    yield from cache_columns(lambda line: line.read_share, lambda line: line.cache)
    yield text_column("cache", lambda line: line.cache.name if line.cache else None)
    yield number_column("read_share", lambda line: line.read_share)
    yield number_column("read_tokens", lambda line: line.usage.cache_read)
    yield number_column("written_tokens", lambda line: line.usage.cache_write)


def for_people_alone(table: EstimateTable, converted: str) -> Iterator[ResultColumn[Line]]:
    yield ResultColumn(
        title=converted,
        cells=table.converted_cells,
        worth=12,
        order=lambda line: line.ranking.amount,
    )
    if table.result.reference is None:
        yield ResultColumn(title="×", cells=table.times_of, worth=13)
    yield ResultColumn(
        value=lambda line: line.tokens.tokens,
        title=_("tokens"),
        cells=lambda lines: [*map(tokens_cell, lines)],
        worth=15,
        help=_("~ is an estimate"),
    )
    yield ResultColumn(
        title=_("low–high"),
        cells=table.range_cells,
        worth=13 if has_range(table.result) else 99,
        order=lambda line: line.ranking.high,
    )


def tokens_cell(line: Line) -> str:
    return f"{'' if line.tokens.exact else '~'}{line.tokens.tokens:,}"


def cost_cell(line: Line, shown: Range, digits: int) -> str:
    if line.is_free:
        return _("free")
    return money(shown.amount, shown.currency, digits)


def scale_of(result: Estimate, lines: Sequence[Line], *, is_given: bool) -> int:
    """The calls that a table for people is of: a thousand where a single one costs less than a
    cent, unless the number of calls `is_given`."""
    costs = [(line.answered or line).native.amount for line in lines if not line.is_free]
    is_small = any(costs) and min(costs) < CENT
    return SCALE if is_small and not is_given and result.terms.calls == 1 else 1


def equal_rows(line: Line) -> object:
    """What rows have in common that are one to their maker: prices and tokens."""
    return line.native, line.tokens.tokens, line.answered and line.answered.native, line.row.state


def drawn(table: EstimateTable, lines: Sequence[Line], room: int | None) -> Grid:
    return for_people(columns(table), lines, room)


# --- JSON ----------------------------------------------------------------------------------------


def has_range(result: Estimate) -> bool:
    """Whether the length of the output is looked up, and a range, or what is cached is one."""
    output = result.terms.output
    return bool(result.terms.cache_rules) or (output is not None and output.high is not None)


def document(
    result: Estimate, lines: Sequence[Line], notes: Sequence[str], ratings: Ratings = NO_RATINGS
) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.estimate/1`."""
    found: Document = {
        "schema": "llmcost.estimate/1",
        "as_of": result.terms.at.isoformat(),
        "currency": result.exchange.currency,
        "calls": result.terms.calls,
        "assumed_output": result.assumed,
        "inputs": [
            {
                "name": visible(one.name),
                "bytes": one.bytes,
                "characters": one.characters,
                "requests": one.requests,
            }
            for one in result.inputs
        ],
        "results": [
            {
                **line_document(line, ratings),
                **versus_document(result.reference, result.ratio(line)),
            }
            for line in lines
        ],
        "excluded": [excluded_document(one) for one in result.excluded],
        "notes": list(notes),
        **age_document(used(result, lines)),
    }
    if result.left_out is not None:
        found["left_out"] = left_out_document(result.left_out)
    return found | fx_document(result.exchange)


def used(result: Estimate, lines: Sequence[Line]) -> list[Held]:
    """The prices of these lines, the longest unread first."""
    return longest_unread(held(line.model, line.row, result.terms.at) for line in lines)


def line_document(line: Line, ratings: Ratings = NO_RATINGS) -> Document:
    from llmcost.render.cache_columns import offer_document

    usage, tokens, row = line.usage, line.tokens, line.row
    return {
        "rank": line.rank or None,
        "model": line.model.id,
        "provider": line.model.provider,
        "state": row.state.value,
        "usage": {
            "input": usage.input,
            "output": usage.output,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
        },
        "tokens": {
            "count": tokens.tokens,
            "low": tokens.low,
            "high": tokens.high,
            "exact": tokens.exact,
            "method": tokens.method,
        },
        "cost": range_document(line.cost),
        "native": range_document(line.native),
        "cost_with_answer": None if line.answered is None else range_document(line.answered.cost),
        "answer_tokens": None if line.answered is None else line.answered.usage.output,
        "quality": ratings.document(line.model),
        **({} if line.cache is None else {"cache": offer_document(line.cache)}),
        "parts": [part_document(part) for part in line.parts],
        **paid_document(line.parts, line.native.currency),
        "price": {
            "from": row.begins.isoformat(),
            "source": row.source,
            "checked": row.checked.isoformat(),
            "bands": [band_document(band) for band in line.bands],
            "schedule": schedule_document(line),
            "promotion": row.promotion,
            "limits": row.limits,
            "note": row.note,
        },
    }


def schedule_document(line: Line) -> Document | None:
    if not line.row.schedule:
        return None
    return {"name": line.row.schedule, "peak": line.peak or None}


def breakdown_human(each: Sequence[Estimate], *, own: bool) -> Grid:
    """`own`: amounts in each model's own currency."""
    pairs = [(one.inputs[0].name, line) for one in each for line in one.lines]
    costs = [line.native if own else line.cost for _, line in pairs]
    digits = places(cost.amount for cost in costs)
    rows = [
        [
            *(visible(name), visible(line.model.id), visible(line.model.provider)),
            *(tokens_cell(line), money(cost.amount, cost.currency, digits)),
        ]
        for (name, line), cost in zip(pairs, costs, strict=True)
    ]
    columns = [
        *(Column(_("input"), fold=True), Column(_("model"), fold=True), Column(_("provider"))),
        *(Column(_("tokens"), right=True), Column(_("cost"), right=True)),
    ]
    return grid(columns, rows)


def breakdown_machine(each: Sequence[Estimate]) -> Grid:
    """The columns of the whole, with the name of the input before them."""
    whole = for_programs(columns(EstimateTable(each[0])), [x for one in each for x in one.lines])
    names = [visible(one.inputs[0].name) for one in each for _line in one.lines]
    rows = ([name, *row] for name, row in zip(names, whole.rows, strict=True))
    return grid([Column("name"), *whole.columns], rows)


def breakdown_document(each: Sequence[Estimate]) -> dict[str, Any]:
    """The part of the JSON contract that stands beside the sums."""
    return {
        "breakdown": [
            {"name": one.inputs[0].name, **line_document(line)}
            for one in each
            for line in one.lines
        ]
    }


def explained(line: Line, trail: Sequence[str] = ()) -> str:
    """A few lines of text; the parts add up to the amount at the end. `trail`: what else the
    figures rest on."""
    trail = [f"  {told(text)}" for text in trail]
    return "".join(f"{text}\n" for text in (*explanation(line), *trail))


def explanation(line: Line) -> Iterator[str]:
    row, currency = line.row, line.native.currency
    amount = f"{plain(line.native.amount)} {currency}"
    yield _("{name}: {text}", name=visible(line.model.key), text=amount)
    yield from ("  " + text for text in row_lines(row))
    for band in line.bands:
        limits = limits_of(band)
        if limits:
            yield "  " + _("band: {limits}", limits=limits)
    if row.schedule:
        hours = say("peak {window}", window=line.peak) if line.peak else say("off-peak")
        yield "  " + _("schedule {name}: {hours}", name=row.schedule, hours=hours)
    yield from ("  " + text for text in bill_lines(line.parts, currency))
