"""How the figures of a workload came about: the row, the hours, each line of the bill."""

from collections.abc import Iterator

from llmcost.language import _, told
from llmcost.messages import joined, say
from llmcost.planning.budget import Line
from llmcost.planning.monthly import Case, month_parts
from llmcost.planning.slices import share_in
from llmcost.pricing.cost import prices_of
from llmcost.pricing.table import Offer
from llmcost.report.explain import part_line, row_lines
from llmcost.report.figures import fixed, plain, visible
from llmcost.report.words import limits_of, price_text


def explained(line: Line) -> str:
    """A few lines of text; the parts add up to the amount in the first one."""
    return "".join(f"{text}\n" for text in explanation(line))


def explanation(line: Line) -> Iterator[str]:
    case, month = line.case, line.monthly
    key = visible(line.model.key)
    if month:
        amount = f"{plain(month.native.amount)} {case.currency}"
        yield _("{model}: {amount} a month", model=key, amount=amount)
    else:
        yield key
    yield from ("  " + text for text in row_lines(case.row))
    if case.row.schedule:
        yield "  " + _(
            "schedule {name}: {hours}", name=visible(case.row.schedule), hours=hours(case)
        )
    if case.owned.training is not None:
        yield "  " + offer_line(case.owned.training, say("fine-tuning"))
    if case.owned.deployment is not None:
        yield "  " + offer_line(case.owned.deployment, say("deployment"))
    if month is None:
        yield from ("  " + text for text in price_lines(case))
    else:
        yield from (
            "  " + visible(part_line(part, case.currency)) for part in month_parts(case, month)
        )


def offer_line(offer: Offer, kind: str) -> str:
    known = {"name": visible(offer.what) or kind, "day": offer.checked}
    source, note = visible(offer.source), visible(offer.note)
    if note:
        return _(
            "{name}: checked {day}; source: {source}; note: {note}",
            **known,
            source=source,
            note=note,
        )
    return _("{name}: checked {day}; source: {source}", **known, source=source)


def hours(case: Case) -> str:
    """The share of the requests in each window."""
    windows = dict.fromkeys(one.conditions.peak for one in case.slices)
    shares = {name: fixed(100 * share_in(case.slices, name), 1) for name in windows}
    return joined(
        say("{hours} {share} %", hours=visible(name) or say("off-peak"), share=share)
        for name, share in shares.items()
    )


def price_lines(case: Case) -> Iterator[str]:
    """The prices that the money buys at, of the smallest requests."""
    for one in case.slices if case.row.bands else ():
        band = case.row.bands[0]
        prices, steps = prices_of(band, one.row, one.conditions)
        conditions = told(joined(text for text in (limits_of(band), *steps) if text))
        shown = told(joined(map(price_text, prices, prices.values())))
        yield visible(f"{shown} {case.currency} / 1M{f' ({conditions})' if conditions else ''}")
