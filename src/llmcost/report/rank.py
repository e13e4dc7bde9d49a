"""Effective prices as tables, as a JSON document, and as the notes that go with them."""

from collections.abc import Iterable, Sequence
from typing import Any

from llmcost.language import _
from llmcost.messages import say
from llmcost.money import SYMBOLS
from llmcost.planning.ages import Held, held, longest_unread
from llmcost.planning.exchange import Exchange, Range
from llmcost.planning.rank import CHARACTERS, Effective, Ranking
from llmcost.planning.terms import Terms
from llmcost.report.ages import age_document, age_notes
from llmcost.report.amounts import fx_document, percent_cell, range_cell, range_document, rate_note
from llmcost.report.estimate import condition_notes, names_of, needs_rate
from llmcost.report.excluded import excluded_document, excluded_notes
from llmcost.report.figures import fixed, money, places, plain, plain_or_none, visible
from llmcost.report.grid import Column, Grid, grid

Lines = Sequence[Effective]
Shown = Sequence[tuple[Ranking, Lines]]
SPREAD = ("", "_low", "_high")
MACHINE = (
    *("text", "rank", "model", "provider", *(f"tokens{side}" for side in SPREAD)),
    *("exact", "input_rate", "output_rate", "rate_currency"),
    *(f"{basis}{side}" for basis in ("input", "output") for side in SPREAD),
    *("currency", "from", "checked"),
)
TEXTS = ("text", "model", "provider", "exact", "rate_currency", "currency")


def title(ranking: Ranking) -> str:
    text = ranking.text
    return _(
        "{name}: {characters:,} characters; tokens and prices are per {unit:,}",
        name=text.name,
        characters=text.characters,
        unit=CHARACTERS,
    )


def human(lines: Lines, *, wide: bool) -> Grid:
    """Prices per 1M tokens as the provider states them, per 1,000 characters as they rank."""
    columns = [
        *(Column("#", right=True), Column(_("model"), fold=True), Column(_("provider"))),
        *(Column(_("1M in"), right=True), Column(_("tokens"), right=True)),
        *(Column(_("input"), right=True), Column(_("low–high") if wide else "±", right=True)),
        Column(_("output"), right=True),
    ]
    digits = places(one.input.amount for one in lines)
    written = places(one.output.amount for one in lines if one.output is not None)
    rows = (
        [
            *(str(one.rank), visible(one.line.model.id), visible(one.line.model.provider)),
            *(rate_cell(one), tokens_cell(one), price_cell(one.input, digits)),
            range_cell(one.input, digits) if wide else percent_cell(one.input),
            price_cell(one.output, written),
        ]
        for one in lines
    )
    return grid(columns, rows)


def rate_cell(one: Effective) -> str:
    return SYMBOLS[one.line.native.currency] + plain(one.input_rate)


def tokens_cell(one: Effective) -> str:
    return f"{'' if one.line.tokens.exact else '~'}{fixed(one.tokens.amount, 0)}"


def price_cell(price: Range | None, digits: int) -> str:
    return "" if price is None else money(price.amount, price.currency, digits)


def machine(shown: Shown) -> Grid:
    """One row a text and model, amounts with all their digits."""
    columns = [Column(name, right=name not in TEXTS) for name in MACHINE]
    return grid(columns, (machine_row(ranking, one) for ranking, found in shown for one in found))


def machine_row(ranking: Ranking, one: Effective) -> list[str]:
    line = one.line
    return [
        *(ranking.text.name, str(one.rank), visible(line.model.id), visible(line.model.provider)),
        *(*spread(one.tokens), "yes" if line.tokens.exact else "no"),
        *(plain(one.input_rate), "" if one.output_rate is None else plain(one.output_rate)),
        *(line.native.currency, *spread(one.input), *spread(one.output), one.input.currency),
        *(line.row.start.isoformat(), line.row.checked.isoformat()),
    ]


def spread(one: Range | None) -> Iterable[str]:
    return ("", "", "") if one is None else map(plain, (one.amount, one.low, one.high))


def document(shown: Shown, terms: Terms, exchange: Exchange) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.prices.rank/1`."""
    found: dict[str, Any] = {
        "schema": "llmcost.prices.rank/1",
        "as_of": terms.at.isoformat(),
        "currency": exchange.currency,
        "characters": CHARACTERS,
        "texts": [
            {"name": one.text.name, "bytes": one.text.bytes, "characters": one.text.characters}
            for one, _ in shown
        ],
        "results": [line_document(ranking, one) for ranking, found in shown for one in found],
        "excluded": [
            {"text": ranking.text.name, **excluded_document(one)}
            for ranking, _ in shown
            for one in ranking.read.excluded
        ],
        "free": list(dict.fromkeys(line.model.key for one, _ in shown for line in one.free)),
        "notes": notes(shown),
        **age_document(used(shown)),
    }
    return found | fx_document(exchange)


def line_document(ranking: Ranking, one: Effective) -> dict[str, Any]:
    line = one.line
    return {
        "text": ranking.text.name,
        "rank": one.rank,
        "model": line.model.id,
        "provider": line.model.provider,
        "tokens": {
            **dict(zip(("amount", "low", "high"), spread(one.tokens), strict=True)),
            "exact": line.tokens.exact,
            "method": line.tokens.method,
        },
        "rates": {
            "input": plain(one.input_rate),
            "output": plain_or_none(one.output_rate),
            "currency": line.native.currency,
        },
        "input": range_document(one.input),
        "output": None if one.output is None else range_document(one.output),
        "price": {
            "from": line.row.begins.isoformat(),
            "source": line.row.source,
            "checked": line.row.checked.isoformat(),
        },
    }


def notes(shown: Shown) -> list[str]:
    """What a reader must know to trust the figures; what holds for several texts once."""
    found: list[str] = []
    for ranking, lines in shown:
        priced = [one.line for one in lines]
        if any(not line.tokens.exact for line in priced):
            found.append(say("~ estimated tokens (no public vocabulary): the price is a range"))
        found += condition_notes(ranking.read.terms, priced)
        if ranking.free:
            found.append(say("free, so not ranked: {models}", models=names_of(ranking.free)))
        if ranking.read.exchange.rate is not None and needs_rate(ranking.read):
            found.append(rate_note(ranking.read.exchange, ranking.read.terms.at))
    return [*dict.fromkeys(found), *age_notes(used(shown))]


def used(shown: Shown) -> list[Held]:
    """The prices of these lines, the longest unread first."""
    lines = {one.line.model.key: (ranking, one.line) for ranking, found in shown for one in found}
    return longest_unread(
        held(line.model, line.row, ranking.read.terms.at) for ranking, line in lines.values()
    )


def left_out(shown: Shown, most: int) -> list[str]:
    found = (note for ranking, _ in shown for note in excluded_notes(ranking.read.excluded, most))
    return list(dict.fromkeys(found))
