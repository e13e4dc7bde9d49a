"""The traffic of a log as JSON: `llmcost.usage/1`."""

from collections.abc import Mapping, Sequence
from typing import Any

from llmcost.planning.account import Account, By, Line
from llmcost.planning.compared import Compared
from llmcost.planning.gaps import Gap
from llmcost.planning.metered import Sums
from llmcost.planning.text import Span
from llmcost.report.amounts import range_document
from llmcost.report.figures import plain, plain_or_none, visible
from llmcost.report.usage import change_of, models_of

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


def line_document(line: Line, result: Account) -> Document:
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


def labels_document(line: Line, result: Account) -> Document:
    found: Document = {
        by.value: visible(label) or None for by, label in zip(result.by, line.labels, strict=False)
    }
    model = models_of(result).get(found.get(By.MODEL) or "")
    return found if model is None else {**found, "model": model.id, "provider": model.provider}


def usage_document(sums: Sums) -> Document:
    return {
        "input": sums.input,
        "output": sums.output,
        "cache_read": sums.cache_read,
        "cache_write": sums.cache_write,
        "cache_write_1h": sums.cache_write_1h,
        "audio_input": sums.audio_input,
        "audio_output": sums.audio_output,
        "web_search": sums.searches,
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


def compared_document(one: Compared) -> Document:
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


def span_document(span: Span) -> Document:
    return {"value": plain(span.value), "low": plain(span.low), "high": plain(span.high)}


def rates_document(result: Account) -> Document:
    """The rates of the days on which an amount was exchanged; none where none was needed."""
    if not result.rates:
        return {}
    rates = {(one.day, one.cny_per_usd) for one in result.rates.values()}
    return {
        "fx": {
            "pair": "USD/CNY",
            "rates": [
                {"date": day and day.isoformat(), "rate": plain(rate)}
                for day, rate in sorted(rates, key=str)
            ],
        }
    }
