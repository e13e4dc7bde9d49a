"""The price in force of one model, as a page for people."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from llmcost.planning.quotes import LIST, Clock, Listing, Quote, quotes
from llmcost.pricing.table import Offer, PriceRow, Quota, State
from llmcost.report.figures import plain, visible
from llmcost.report.words import band_name, change_text, name_of

if TYPE_CHECKING:
    from llmcost.planning.changes import Change

LABEL = 13  # columns of a fact's name on the page
WHY = (State.PLAN, State.UNKNOWN)  # what there is to say of it is in the note
MOST_CHANGES = 4  # of an announced row; `prices history` has the rest


def page(shown: Listing, today: date, width: int, *, explain: bool) -> str:
    """All that is known of a model's price, in lines of at most `width` columns."""
    lines = [visible(title(shown))]
    if shown.row is not None:
        lines += [*band_lines(shown.row, shown.model.discount), ""]
    for label, value in facts(shown, today, explain):
        lines += wrapped(label, visible(value), width)
    return "".join(f"{line}\n" for line in lines)


def title(shown: Listing) -> str:
    currency = f"{shown.provider.currency} per 1M tokens"
    if shown.row is None:
        return f"{shown.model.key}: no price known for that day"
    state = shown.row.state
    what = currency if state is State.PRICED else state.value
    ended = f", retired on {shown.model.retired}" if shown.is_retired else ""
    return f"{shown.model.key}: {what}, from {shown.row.begins.isoformat()}{ended}"


def band_lines(row: PriceRow, discount: Decimal | None) -> Iterator[str]:
    """A block a band: its items down, its conditions across."""
    found = [one for one in quotes(row, discount) if not one.condition.startswith("region ")]
    listed = [one for one in found if one.condition == LIST]
    in_bands = [one for one in found if one.band is not None]
    first = max(
        (len(text) for one in in_bands for text in (one.item, name_of(one, row))), default=0
    )
    for band in row.bands:
        yield ""
        own = [one for one in in_bands if one.band is band]
        yield from block(band_name(band, row).ljust(first), [*own, *listed], row)


def block(corner: str, found: Sequence[Quote], row: PriceRow) -> Iterator[str]:
    """The figures of one band, aligned at the right."""
    conditions = list(dict.fromkeys(one.condition for one in found))
    standard = "off-peak" if row.schedule else "price" if conditions == [""] else "standard"
    cells = {(one.item, one.condition): plain(one.price) for one in found}
    table = [[corner, *(name or standard for name in conditions)]]
    table += [
        [item, *(cells.get((item, name), "") for name in conditions)]
        for item in dict.fromkeys(one.item for one in found)
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for head, *figures in table:
        columns = (text.rjust(wide) for text, wide in zip(figures, widths[1:], strict=True))
        yield visible("  ".join([head.ljust(widths[0]), *columns]).rstrip())


def wrapped(label: str, value: str, width: int) -> list[str]:
    """A fact, its value broken at words under itself."""
    import textwrap  # only where there is a page to fill

    return textwrap.wrap(
        value,
        max(width - 1, LABEL + 20),
        initial_indent=label.ljust(LABEL),
        subsequent_indent=" " * LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )


def facts(shown: Listing, today: date, explain: bool) -> Iterator[tuple[str, str]]:
    model, row = shown.model, shown.row
    if row is not None:
        yield from row_facts(shown, row)
    elif model.prices and not shown.is_retired and shown.ahead:
        yield "first known", f"from {shown.ahead[0].begins.isoformat()}"
    if model.discount is not None:
        yield "discount", f"your factor {plain(model.discount)}, in these prices"
    for kind, offer in shown.offers:
        yield kind.replace("_", "-"), offer_text(offer, shown.provider.currency)
    for quota in shown.quotas:
        yield "new accounts", quota_text(quota)
    for future in shown.ahead if row is not None else ():
        yield "ahead", ahead_text(future, shown)
    if model.retired is not None and not shown.is_retired:
        yield "ahead", f"retires on {model.retired}"
    if row is not None:
        yield "source", row.source
        yield "checked", f"{row.checked}, {age(row.checked, today)}"
    if explain:
        yield from remarks(shown)


def row_facts(shown: Listing, row: PriceRow) -> Iterator[tuple[str, str]]:
    if row.limits:
        yield "limits", row.limits
    if row.note and row.state in WHY:
        yield "note", row.note
    if shown.clock is not None:
        yield "now", clock_text(shown.clock)
    if row.promotion:
        yield "promotion", row.promotion
    if row.until is not None:
        yield "ends", f"{row.until}, with nothing known after it"
    if len(row.bands) > 1:
        modes = {"cliff": "the whole request is billed", "marginal": "each part is billed"}
        yield "bands", f"{modes[row.mode.value]} at the band it falls in"
    fees = [one for one in quotes(row) if one.band is None and one.condition != LIST]
    if fees:
        yield "fees", ", ".join(f"{one.item} {plain(one.price)} per {one.per}" for one in fees)
    if row.regions:
        yield "regions", ", ".join(f"{name} x {plain(one)}" for name, one in row.regions.items())


def clock_text(clock: Clock) -> str:
    name = f"peak ({clock.peak})" if clock.peak else "off-peak"
    if clock.until is None:
        return f"{name}, {clock.zone}"
    return f"{name} until {clock.until:%a %Y-%m-%d %H:%M}, {clock.zone}"


def ahead_text(row: PriceRow, shown: Listing) -> str:
    """What an announced row will change, against the row in force."""
    from llmcost.planning.changes import follows, price_changes, telling  # few models need it

    if shown.row is None or row.state is not State.PRICED:
        return f"from {row.begins.isoformat()}: {row.state.value}"
    changes = telling(price_changes(shown.row, row, shown.model.discount))
    texts = [announced(one, row) for one in changes if one.moved and not follows(one, changes)]
    most = [*texts[:MOST_CHANGES], "…"] if len(texts) > MOST_CHANGES else texts
    return f"from {row.begins.isoformat()}: {', '.join(most) or 'the same prices'}"


def announced(change: "Change", row: PriceRow) -> str:
    """`input 2 (-20%)`, `input (batch) gone`."""
    quote = change.quote
    band = name_of(quote, row) if change.after else ""
    where = ", ".join(text for text in (quote.condition, band) if text)
    name = f"{quote.item} ({where})" if where else quote.item
    if change.after is None:
        return f"{name} gone"
    return f"{name} {plain(quote.price)} ({change_text(change)})"


def offer_text(offer: Offer, currency: str) -> str:
    what = f"{offer.tokens:,} tokens" if offer.tokens else offer.per
    months = f" for {offer.months} months" if offer.months else ""
    reduced = f" (list {plain(offer.list_price)})" if offer.list_price is not None else ""
    named = f", {offer.what}" if offer.what else ""
    return f"{plain(offer.price)} {currency} per {what}{months}{reduced}{named}"


def quota_text(quota: Quota) -> str:
    days = f" for {quota.days} days" if quota.days else ""
    return f"{quota.tokens:,} tokens free per {quota.per}{days}" + (
        f"; {quota.who}" if quota.who else ""
    )


def age(checked: date, today: date) -> str:
    days = (today - checked).days
    return "today" if days == 0 else f"{days} day{'s' if abs(days) != 1 else ''} ago"


def remarks(shown: Listing) -> Iterator[tuple[str, str]]:
    """What the sources disagree about, and what is known to be wrong elsewhere."""
    if shown.row is not None and shown.row.note and shown.row.state not in WHY:
        yield "note", shown.row.note
    if shown.model.note:
        yield "model note", shown.model.note
    for kind, offer in shown.offers:
        yield (
            kind.replace("_", "-"),
            f"{offer.source}, checked {offer.checked}" + (f"; {offer.note}" if offer.note else ""),
        )
    for quota in shown.quotas:
        yield (
            "new accounts",
            f"{quota.source}, checked {quota.checked}" + (f"; {quota.note}" if quota.note else ""),
        )
    for one in shown.model.corrections:
        yield "correction", one
    if shown.provider.page:
        yield "page", shown.provider.page
