"""An estimate as tables, as a JSON document, and as the notes that go with it.

An estimate by input, or by request: what each costs on each model.

An estimate as a page.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmcost.commands.estimate.compute import Estimate, Line, uncertain_first
from llmcost.language import _, _n, told
from llmcost.messages import joined, say, visible
from llmcost.money import SYMBOLS, Range
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.price_rows import State
from llmcost.pricing.terms import Amount, Hours, Terms
from llmcost.render.html import pareto as quality
from llmcost.render.html.bars import MOST, bars, most_note, range_note
from llmcost.render.html.page import Page, Section, figure
from llmcost.render.html.sortable_table import (
    Cell,
    Columns,
    Sources,
    by_columns,
    cost_bar,
    cost_text,
    from_grid,
    left_out,
    names,
    number,
    price_rows,
)
from llmcost.render.html.sortable_table import Column as HtmlColumn
from llmcost.render.quality_scores import Scores
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
    if line.row.state is State.FREE:
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
    priced = [line for line in lines if line.row.state is State.PRICED]
    estimated = sum(1 for line in priced if not line.tokens.exact)
    sampled = any(one.margin for one in result.inputs)  # which has a note, and a range, of its own
    if estimated and not sampled:
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


MOST_NAMED_ON_PAGE = 50


def page(
    result: Estimate,
    lines: Sequence[Line],
    notes: Sequence[str],
    more: Sequence[Section] = (),
    scores: Scores | None = None,
) -> Page:
    """`lines` are those shown, `more` sections that stand before what was left out."""
    sources, day = Sources(), result.terms.at.date()
    priced = [line for line in lines if line.row.state is State.PRICED]
    sections = [chart(result, priced)] if priced else []
    if scores is not None:
        unit = SYMBOLS[result.exchange.currency]
        points = priced_points(lines)
        sections.append(quality.section(scores, points, day, unit, _("cost"), "estimate"))
    found = columns(result, lines, scores, sources)
    rows = by_columns("models", _("Every model, the cheapest first"), found)
    whole = Section(_("All models"), (rows,))
    return Page(
        title=_("What these texts cost"),
        lead=list(lead(result, lines, priced)),
        about=list(asked(result)),
        notes=notes,
        sections=sections,
        details=[whole, *more, *left_out(result.excluded), *sources.section()],
    )


# --- the answer, and what was asked --------------------------------------------------------------


def lead(result: Estimate, lines: Sequence[Line], priced: Sequence[Line]) -> Iterator[str]:
    if priced:
        first = min(priced, key=lambda line: line.cost.amount)
        name, cost = first.model.key, cost_text(first.cost, places([first.cost.amount]))
        yield _("The cheapest paid model is {model}: {cost}.", model=name, cost=cost)
    free = len(lines) - len(priced)
    if free:
        yield _n(
            "One model is free, within limits.", "{number} models are free, within limits.", free
        )


def asked(result: Estimate) -> Iterator[tuple[str, str]]:
    terms, exchange = result.terms, result.exchange
    inputs = result.inputs
    for one in inputs[:MOST_NAMED_ON_PAGE]:
        yield (
            _("Input"),
            _("{name}: {bytes} bytes, {characters} characters, requests: {requests}",
              name=one.name, bytes=f"{one.bytes:,}", characters=f"{one.characters:,}",
              requests=f"{one.requests:,}"),
        )  # fmt: skip
    if len(inputs) > MOST_NAMED_ON_PAGE:
        yield _("Inputs"), _("{count} more", count=len(inputs) - MOST_NAMED_ON_PAGE)
    yield _("Prices of"), terms.at.isoformat(sep=" ", timespec="minutes")
    yield from conditions(terms)
    yield _("Ranked in"), exchange.currency
    if exchange.rate is not None and needs_rate(result):
        yield _("Exchange rate"), told(rate_note(exchange, terms.at))


def conditions(terms: Terms) -> Iterator[tuple[str, str]]:
    """What was asked for beside the texts, as the options say it."""
    if terms.calls != 1:
        yield _("Calls"), f"{terms.calls:,}"
    for name, amount in (
        (_("Output tokens"), terms.output),
        (_("Read from the cache"), terms.cached),
        (_("Written to the cache"), terms.written),
    ):
        if amount is not None and amount != Amount():
            yield name, amount_text(amount)
    if isinstance(terms.hours, Hours):
        yield _("Hours"), terms.hours.value
    wanted = terms.conditions
    flags = (
        (_("batch"), wanted.batch),
        (_("thinking"), wanted.thinking),
        (_("free quota"), terms.free_quota),
    )
    words = [*(name for name, holds in flags if holds), *filter(None, (wanted.tier, wanted.region))]
    if words:
        yield _("Billed as"), ", ".join(words)


def amount_text(amount: Amount) -> str:
    """`500`, or `20%` of the input."""
    return f"{amount.tokens:,}" if amount.share is None else f"{plain(100 * amount.share)}%"


def by_input(each: Sequence[Estimate]) -> list[Section]:
    """What each input, or request, costs; nothing if that was not asked."""
    if not each:
        return []
    caption = _("Each input on each model, as it is billed")
    rows = from_grid("by-input", caption, breakdown_human(each, own=True))
    return [Section(_("By input"), (rows,))]


# --- the chart -----------------------------------------------------------------------------------


def chart(result: Estimate, priced: Sequence[Line]) -> Section:
    """The cheapest paid models, in the currency that ranks."""
    currency = result.exchange.currency
    cheapest = sorted(priced, key=lambda line: line.cost.amount)[:MOST]
    digits = places(line.cost.amount for line in cheapest)
    found = [cost_bar(line.model.key, line.cost, digits) for line in cheapest]
    title = _("Cost in {currency}", currency=currency)
    below = [most_note(len(found), len(priced)), range_note(found)]
    drawing = bars("cost", title, found, SYMBOLS[currency])
    return Section(_("The cheapest models"), (figure(title, drawing, below=below),))


def priced_points(lines: Sequence[Line]) -> list[quality.Priced]:
    digits = places(line.cost.amount for line in lines)
    return [
        quality.Priced(
            line.model, line.model.key, line.cost.amount, line.cost.amount,
            cost_cell(line, line.cost, digits),
        )
        for line in lines
    ]  # fmt: skip


# --- the table -----------------------------------------------------------------------------------


def columns(
    result: Estimate, lines: Sequence[Line], scores: Scores | None, sources: Sources
) -> Columns:
    yield from names(lines)
    yield (
        HtmlColumn(_("tokens"), number=True, help=_("~ is an estimate")),
        [number(tokens_cell(line), line.tokens.tokens) for line in lines],
    )
    yield from costs(result, lines)
    if scores is not None:
        day = result.terms.at.date()
        yield from quality.columns(scores, [line.model for line in lines], day, sources)
    yield from price_rows([line.row for line in lines], sources)


def costs(result: Estimate, lines: Sequence[Line]) -> Columns:
    """In each model's own currency, and in the one that ranks, by which all of them are sorted."""
    digits = places(line.native.amount for line in lines)
    yield (
        HtmlColumn(_("cost"), number=True),
        [ordered(cost_cell(line, line.native, digits), line) for line in lines],
    )
    if any(line.native.low != line.native.high for line in lines):
        yield (
            HtmlColumn(_("low–high"), number=True),
            [Cell(range_cell(line.native, digits), order=plain(line.cost.high)) for line in lines],
        )
    currency = result.exchange.currency
    if any(line.native.currency != currency for line in lines):
        digits = places(line.cost.amount for line in lines)
        yield (
            HtmlColumn(_("in {currency}", currency=currency), number=True),
            [number(cost_cell(line, line.cost, digits), line.cost.amount) for line in lines],
        )


def ordered(text: str, line: Line) -> Cell:
    """An amount of any currency, sorted by what it is in the one that ranks."""
    order = "" if line.native.currency == line.cost.currency else plain(line.cost.amount)
    return Cell(text, plain(line.native.amount), order=order)


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


def estimate_html(
    result: "Estimate",
    lines: Sequence["Line"],
    each: Sequence["Estimate"],
    reading: Mapping[str, Any],
    notes: Sequence[str],
    scores: "Scores | None",
) -> str:
    """An estimate as a page; `each` are those of single inputs, if they were asked for."""
    from llmcost.render.html.page import written
    from llmcost.render.html.sortable_table import unread

    more = [*by_input(each), *unread(reading["failed"])]
    return written(page(result, lines, notes, more, scores))
