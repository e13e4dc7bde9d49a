"""Forms of the traffic of a log: tables, rows, JSON (`llmcost.usage/1`)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from llmcost.commands.usage.alternatives import AlternativeModel
from llmcost.commands.usage.charges import Gap
from llmcost.commands.usage.summary import TIMES, Account, Grouping, UsageLine
from llmcost.language import _, told
from llmcost.logs.aggregation import RequestSums
from llmcost.messages import joined, say, say_each, say_plural, visible
from llmcost.money import ZERO
from llmcost.pricing.price_rows import Model
from llmcost.pricing.usage import TokenRange
from llmcost.render.result_table import (
    ResultColumn,
    Value,
    for_people,
    for_programs,
    number_column,
    text_column,
)
from llmcost.render.table import Grid, grid
from llmcost.render.text import (
    money,
    percent,
    percent_cell,
    places,
    plain,
    plain_or_none,
    range_cell,
    range_document,
)
from llmcost.render.wording import inputs_text

if TYPE_CHECKING:
    from llmcost.commands.usage.elsewhere_cache import ElsewhereCache

MANY = 10_000_000
TITLES = {
    **say_each("model, provider, day, month, key, user, project, session"),
    "window": say("window of 5 hours"),
}


def human(result: Account, *, with_total: bool = True, room: int | None = None) -> Grid:
    """One row a group, and the total where there are several."""
    is_summed = with_total and len(result.lines) > 1
    rows = [*result.lines, result.total] if is_summed else list(result.lines)
    return for_people(columns(result), rows, room)


def columns(result: Account) -> list[ResultColumn[UsageLine]]:
    """Every column, in the order that programs rely on: groups of their own before the model; the
    labels that are for people have no key."""
    sold, others = models_of(result), other_groups(result)
    currency = result.currency

    def label(line: UsageLine, kind: Grouping) -> str:
        return dict(zip(result.by, line.labels, strict=False)).get(kind, "")

    def sold_label(line: UsageLine, kind: Grouping, of: Callable[[Model], str]) -> str:
        model = sold.get(label(line, Grouping.MODEL))
        return label(line, kind) if model is None else of(model)

    def sums(
        key: str, of: Callable[[RequestSums], int], title: str, worth: int
    ) -> ResultColumn[UsageLine]:
        return ResultColumn(
            key=key, value=lambda line: of(line.sums), title=title, worth=worth, is_kept=worth < 14,
            cells=lambda lines: [figure(of(line.sums)) for line in lines],
        )  # fmt: skip

    written = _("written") if result.total.sums.cache_write else ""
    cached = _("cached") if result.total.sums.cache_read else ""
    return [
        text_column("what", lambda _line: "logged"),
        *(text_column(one, partial(label, kind=one)) for one in others),
        text_column("model", partial(sold_label, kind=Grouping.MODEL, of=lambda one: one.id)),
        text_column(
            "provider", partial(sold_label, kind=Grouping.PROVIDER, of=lambda one: one.provider)
        ),
        *(label_column(at, one, result) for at, one in enumerate(result.by)),
        sums("requests", lambda one: one.requests, _("requests"), 11),
        sums("input_tokens", lambda one: one.input, _("input"), 12),
        sums("cache_read_tokens", lambda one: one.cache_read, cached, 14),
        sums("cache_write_tokens", lambda one: one.cache_write, written, 15),
        sums("output_tokens", lambda one: one.output, _("output"), 13),
        ResultColumn(
            key="cost", value=lambda line: line.cost, title=_("cost"), worth=10, is_kept=True,
            cells=lambda lines: cost_cells(lines, currency),
        ),
        *(number_column(key, lambda line: line.cost) for key in ("cost_low", "cost_high")),
        text_column("currency", lambda _line: currency),
        number_column("logged_cost", lambda line: line.cost),
        number_column("unpriced_requests", lambda line: line.unpriced.requests),
    ]  # fmt: skip


def label_column(at: int, kind: Grouping, result: Account) -> ResultColumn[UsageLine]:
    return ResultColumn(
        title=told(TITLES[kind]), worth=at, is_kept=True,
        is_number=False, is_folded=kind not in TIMES,
        cells=lambda lines: [names_of(line, result)[at] for line in lines],
    )  # fmt: skip


def other_groups(result: Account) -> list[Grouping]:
    return [one for one in result.by if one not in (Grouping.MODEL, Grouping.PROVIDER)]


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


def cost_cells(lines: Sequence[UsageLine], currency: str) -> list[str]:
    digits = places(one.cost for one in lines if one.cost is not None)
    return [cost_cell(one, currency, digits) for one in lines]


def cost_cell(line: UsageLine, currency: str, digits: int) -> str:
    if line.cost is None:
        return _("unknown")
    shown = money(line.cost, currency, digits)
    return f"{shown} + ?" if line.unpriced.requests else shown


def elsewhere(result: Account, room: int | None = None) -> Grid:
    """The same traffic on each other model: what it costs, and how much more or less that is."""
    return for_people(other_columns(result), result.compared, room)


def other_columns(result: Account) -> list[ResultColumn[AlternativeModel]]:
    """Those of `columns`, of another model: its tokens are unknown, since nobody counted them."""
    currency = result.currency

    def amount(of: Callable[[AlternativeModel], Decimal]) -> Callable[[AlternativeModel], Value]:
        return lambda one: of(one) if one.requests else None

    def amounts(of: Callable[[AlternativeModel], Decimal]) -> Cells:
        digits = places([x for one in result.compared for x in (one.cost.amount, one.logged)])
        return lambda rows: [
            money(of(one), currency, digits) if one.requests else "-" for one in rows
        ]

    return [
        text_column("what", lambda _one: "what-if"),
        *(text_column(one, lambda _one: "") for one in other_groups(result)),
        *(text_column("model", lambda one: one.other.model.id),
          text_column("provider", lambda one: one.other.model.provider)),
        ResultColumn(
            title=_("on"), worth=1, is_kept=True, is_number=False, is_folded=True,
            cells=lambda rows: [visible(one.other.model.key) for one in rows],
        ),
        ResultColumn(
            key="requests", value=lambda one: one.requests, title=_("requests"), worth=2,
            cells=lambda rows: [figure(one.requests) for one in rows], is_kept=True,
        ),
        *(number_column(f"{one}_tokens", lambda _one: None)
          for one in ("input", "cache_read", "cache_write", "output")),
        ResultColumn(
            key="cost", value=amount(lambda one: one.cost.amount), title=_("cost"), worth=3,
            cells=amounts(lambda one: one.cost.amount), is_kept=True,
        ),
        range_column(result),
        number_column("cost_low", amount(lambda one: one.cost.low)),
        number_column("cost_high", amount(lambda one: one.cost.high)),
        text_column("currency", lambda _one: currency),
        ResultColumn(
            key="logged_cost", value=amount(lambda one: one.logged), title=_("logged"), worth=4,
            cells=amounts(lambda one: one.logged), is_kept=True,
        ),
        ResultColumn(
            title=_("change"), worth=5, is_kept=True,
            cells=lambda rows: [change_cell(one) for one in rows],
        ),
        number_column("unpriced_requests", lambda one: sum(gap.sums.requests for gap in one.gaps)),
    ]  # fmt: skip


Cells = Callable[[Sequence[AlternativeModel]], list[str]]


def range_column(result: Account) -> ResultColumn[AlternativeModel]:
    """The bounds of a cost: of tokenizers, which are about as far above as below; with caches, of
    which little is known, as amounts."""
    if all(one.other.cache is None for one in result.compared):
        return ResultColumn(
            title="±", worth=6, cells=lambda rows: [percent_cell(one.cost) for one in rows]
        )
    digits = places([one.cost.low for one in result.compared if one.requests])
    return ResultColumn(
        title=_("low–high"),
        worth=6,
        cells=lambda rows: [range_cell(one.cost, digits) if one.requests else "" for one in rows],
    )


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
    logged = for_programs(columns(result), result.lines)
    others = for_programs(other_columns(result), result.compared)
    return grid(logged.columns, [*logged.rows, *others.rows])


def headline(result: Account, inputs: Sequence[str]) -> str:
    """`log.jsonl · 3 requests · 2026-11-01 to 2026-11-30`"""
    requests = result.total.sums.requests
    parts = [inputs_text(inputs)] if inputs else []
    parts.append(say_plural("{number:,} request", "{number:,} requests", requests))
    if result.days is not None:
        first, last = result.days
        parts.append(
            say("{first} to {last}", first=first, last=last) if first < last else str(first)
        )
    return " · ".join(map(told, parts)) + "\n"


def conclusion(result: Account) -> str:
    """The other model that costs least, or the group that costs most; nothing where neither is."""
    others = [one for one in result.compared if change_of(one) is not None]
    if others:
        best = min(others, key=lambda one: one.cost.amount)
        text = say(
            "cheapest elsewhere: {model}, {change}",
            model=visible(best.other.model.key),
            change=change_cell(best),
        )
        return f"{told(text)}\n"
    lines = [one for one in result.lines if one.cost]
    if len(lines) < 2 or not result.total.cost:
        return ""
    most = max(lines, key=lambda one: one.cost or ZERO)
    share = (most.cost or ZERO) / result.total.cost
    names = joined(filter(None, (one.strip("-") for one in names_of(most, result))))
    text = say("most of the cost: {name}, {share} %", name=names, share=f"{100 * share:.0f}")
    return f"{told(text)}\n"


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
        "cache": cache_document(one.other.cache),
        "left_out": [reason_document(gap) for gap in one.gaps],
    }


def cache_document(cache: "ElsewhereCache | None") -> Document | None:
    """What the sessions of the log find in a model's cache; None: as much as in the log."""
    if cache is None:
        return None
    return {
        "name": cache.offer.name,
        "known": cache.offer.is_known,
        "read_share": plain(cache.read_share),
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
