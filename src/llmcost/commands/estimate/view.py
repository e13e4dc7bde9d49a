"""Forms of an estimate: tables, by input or request, JSON document, notes."""

from collections.abc import Iterator, Sequence
from typing import Any

from llmcost.commands.estimate.compute import Estimate, Line, uncertain_first
from llmcost.language import _
from llmcost.messages import joined, say, visible
from llmcost.money import Range
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.price_rows import PriceState
from llmcost.pricing.terms import Hours, Terms
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    few,
    fx_document,
    money,
    percent_cell,
    places,
    plain,
    range_cell,
    range_document,
    rate_note,
)
from llmcost.render.wording import (
    age_document,
    age_notes,
    band_document,
    excluded_document,
    free_notes,
    left_out_document,
    limits_of,
    model_names,
    no_batch,
    no_tier,
    part_document,
    part_line,
    row_lines,
)

Document = dict[str, Any]
MOST_NAMED = 4

MACHINE = (
    *("rank", "model", "provider", "state", "cost", "cost_low", "cost_high", "currency"),
    *("native", "native_currency", "input", "output", "tokens_low", "tokens_high", "exact"),
    *("method", "from", "checked"),
)
FIGURES = frozenset(
    (
        *("rank", "cost", "cost_low", "cost_high", "native"),
        *("input", "output", "tokens_low", "tokens_high"),
    )
)


def human(result: Estimate, lines: Sequence[Line], *, own: bool, wide: bool) -> Grid:
    """The ranked table for people. `own`: amounts in each model's own currency.

    A converted column is added where the listed models bill in several currencies. The range of an
    estimated cost is `low–high` where there is room (`wide`), otherwise the larger side in percent.
    """
    mixed = own and len({line.native.currency for line in lines}) > 1
    columns = [
        *(Column("#", right=True), Column(_("model"), fold=True), Column(_("provider"))),
        *(Column(_("tokens"), right=True), Column(_("cost"), right=True)),
        Column(_("low–high") if wide else "±", right=True),
    ]
    if mixed:
        columns.append(Column(_("in {currency}", currency=result.exchange.currency), right=True))
    ranges = [line.native if own else line.cost for line in lines]
    digits = places(one.amount for one in ranges)
    converted = places(line.cost.amount for line in lines)
    rows = []
    for line, shown in zip(lines, ranges, strict=True):
        cells = [
            *(str(line.rank), visible(line.model.id), visible(line.model.provider)),
            *(tokens_cell(line), cost_cell(line, shown, digits)),
            range_cell(shown, digits) if wide else percent_cell(shown),
        ]
        if mixed:
            cells.append(cost_cell(line, line.cost, converted))
        rows.append(cells)
    return grid(columns, rows)


def tokens_cell(line: Line) -> str:
    return f"{'' if line.tokens.exact else '~'}{line.tokens.tokens:,}"


def cost_cell(line: Line, shown: Range, digits: int) -> str:
    if line.row.state is PriceState.FREE:
        return _("free")
    return money(shown.amount, shown.currency, digits)


def machine(lines: Sequence[Line]) -> Grid:
    """The same for programs: one row a model, amounts with all their digits."""
    columns = [Column(name, right=name in FIGURES) for name in MACHINE]
    return grid(columns, (machine_row(line) for line in lines))


def machine_row(line: Line) -> list[str]:
    return [
        *(str(line.rank), visible(line.model.id), visible(line.model.provider)),
        line.row.state.value,
        *(plain(amount) for amount in (line.cost.amount, line.cost.low, line.cost.high)),
        *(line.cost.currency, plain(line.native.amount), line.native.currency),
        *(str(line.usage.input), str(line.usage.output)),
        *(str(line.tokens.low), str(line.tokens.high), "yes" if line.tokens.exact else "no"),
        *(line.tokens.method, line.row.start.isoformat(), line.row.checked.isoformat()),
    ]


def document(result: Estimate, lines: Sequence[Line]) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.estimate/1`."""
    found: Document = {
        "schema": "llmcost.estimate/1",
        "as_of": result.terms.at.isoformat(),
        "currency": result.exchange.currency,
        "calls": result.terms.calls,
        "inputs": [
            {
                "name": visible(one.name),
                "bytes": one.bytes,
                "characters": one.characters,
                "requests": one.requests,
            }
            for one in result.inputs
        ],
        "results": [line_document(line) for line in lines],
        "excluded": [excluded_document(one) for one in result.excluded],
        "notes": notes(result, lines),
        **age_document(used(result, lines)),
    }
    if result.left_out is not None:
        found["left_out"] = left_out_document(result.left_out)
    return found | fx_document(result.exchange)


def line_document(line: Line) -> Document:
    usage, tokens, row = line.usage, line.tokens, line.row
    return {
        "rank": line.rank,
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
        "parts": [part_document(part) for part in line.parts],
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


def notes(result: Estimate, lines: Sequence[Line]) -> list[str]:
    """What a reader must know to trust the figures, most important first."""
    found: list[str] = []
    if result.terms.output is None:
        found.append(output_note(result))
    priced = [line for line in lines if line.row.state is PriceState.PRICED]
    estimated = sum(1 for line in priced if not line.tokens.exact)
    sampled = any(one.margin for one in result.inputs)  # which has a note, and a range, of its own
    if estimated and not sampled and any(one.sizes for one in result.inputs):
        found.append(
            say(
                "~ estimated tokens for {estimated} of {models} priced models (vocabulary not "
                "public, or form of requests not confirmed): their cost is a range",
                estimated=estimated,
                models=len(priced),
            )
        )
    elif estimated and not sampled:
        found.append(
            say(
                "~ estimated tokens for {estimated} of {models} priced models (no public "
                "vocabulary): their cost is a range",
                estimated=estimated,
                models=len(priced),
            )
        )
    tight = joined(model_names(line.model for line in lines if not line.fits_surely))
    if tight:
        found.append(
            say("may be too long at the upper bound of the estimate: {models}", models=tight)
        )
    found += condition_notes(result.terms, priced)
    contenders = () if has_limits(result) else uncertain_first(result)
    if len(contenders) > 1:
        found.append(
            say(
                "the cheapest paid one could be any of {models}: their ranges overlap",
                models=names_of(contenders),
            )
        )
    found += free_notes((line.model, line.row) for line in lines)
    if result.exchange.rate is not None and needs_rate(result):
        found.append(rate_note(result.exchange, result.terms.at))
    return found + age_notes(used(result, lines))


def used(result: Estimate, lines: Sequence[Line]) -> list[Held]:
    """The prices of these lines, the longest unread first."""
    return longest_unread(held(line.model, line.row, result.terms.at) for line in lines)


def output_note(result: Estimate) -> str:
    """What is billed where no output was asked for."""
    if not has_limits(result):
        return say("input only: output is not included, add -o TOKENS or --output-ratio")
    return say("output at the limit that requests have (max_tokens): the most that it can be")


def has_limits(result: Estimate) -> bool:
    """Whether output is billed that requests allow, and not what was asked for."""
    return result.terms.output is None and any(
        size.output is not None
        for one in result.inputs
        for size in next(iter(one.sizes.values()), ())
    )


def condition_notes(terms: Terms, priced: Sequence[Line]) -> list[str]:
    """Where the conditions asked for have no price of their own, or an hour was not given."""
    found: list[str] = []
    tier = terms.conditions.tier
    without = [line for line in priced if not has_step(line, "batch")]
    if terms.conditions.batch and without:
        found.append(no_batch(names_of(without)))
    without = [line for line in priced if not has_step(line, f"tier {tier}")]
    if tier and without:
        found.append(no_tier(tier, names_of(without)))
    on_schedule = [line for line in priced if line.row.schedule]
    if on_schedule and terms.hours is Hours.OFF_PEAK:
        names = names_of(on_schedule)
        found.append(say("off-peak price (--at peak shows the other): {models}", models=names))
    return found


def has_step(line: Line, step: str) -> bool:
    return any(
        taken == step or taken.startswith(f"{step} x ")
        for part in line.parts
        for taken in part.steps
    )


def names_of(lines: Sequence[Line]) -> str:
    return few(model_names(line.model for line in lines), MOST_NAMED)


def needs_rate(result: Estimate) -> bool:
    return any(line.native.currency != result.exchange.currency for line in result.lines)


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
    columns = [Column("name"), *(Column(name, right=name in FIGURES) for name in MACHINE)]
    return grid(
        columns,
        ([visible(one.inputs[0].name), *machine_row(line)] for one in each for line in one.lines),
    )


def breakdown_document(each: Sequence[Estimate]) -> dict[str, Any]:
    """The part of the JSON contract that stands beside the sums."""
    return {
        "breakdown": [
            {"name": one.inputs[0].name, **line_document(line)}
            for one in each
            for line in one.lines
        ]
    }


def explained(line: Line) -> str:
    """A few lines of text; the parts add up to the amount at the end."""
    return "".join(f"{text}\n" for text in explanation(line))


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
    for part in line.parts:
        yield "  " + visible(part_line(part, currency))
