"""Forms of plans: the list, and how each holds a traffic."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from llmcost.commands.plans.compute import Fitted, PlanFit
from llmcost.language import _, _n, told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.money import ZERO
from llmcost.pricing.plan_rows import Plan, Plans
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    data,
    fixed,
    fx_document,
    money,
    places,
    plain_or_none,
    short_rate,
    width,
)

REASONS = {
    "limits": say("limits not published"),
    "factors": say("requests count by a factor"),
    "windows": say("only if its windows do not slide"),
    "rates": say("rate of the model not published"),
    "prompts": say("counts prompts, not requests"),
    "hidden": say("size of the pool not published"),
    "unknown": say("limits not published"),
    "price": say("depends on the model (-m)"),
}
PERIODS = {"5h": say("5h"), "week": say("wk"), "month": say("mo"), "package": say("package")}
YES, NO, UNKNOWN = say("yes"), say("no"), say("unknown")


def amount_of(value: Decimal | int) -> str:
    number = Decimal(value)
    if number >= 10**9:
        return f"{fixed(number / 10**9, 1)}bn"
    if number >= 10**6:
        return f"{fixed(number / 10**6, 1)}M"
    return f"{number.normalize():,f}"


def limits_text(one: Plan) -> str:
    """Return `2,000/5h, 10,000/wk, 20,000/mo`."""
    return told(
        joined(
            say("{amount}/{period}", amount=amount_of(limit), period=PERIODS[name])
            for name, limit in one.limits.items()
        )
    )


def listed(plans: Sequence[Plan]) -> Grid:
    """For people: what is sold, what it costs and what it is limited by."""
    heads = [
        *(Column(_("plan"), fold=True), Column(_("price"), right=True)),
        Column(_("limits"), fold=True),
    ]
    rows = [
        [
            short_title(one),
            price_text(one),
            f"{limits_text(one)} {told(UNITS[one.unit])}".strip(),
        ]
        for one in plans
    ]
    return grid(heads, rows)


UNITS = {
    "requests": say("requests"),
    "prompts": say("prompts"),
    "tokens": say("tokens"),
    "credits": say("credits"),
    "money": say("money"),
    "unlimited": say("unlimited"),
    "hidden": REASONS["hidden"],
    "unknown": REASONS["unknown"],
}


def price_text(one: Plan) -> str:
    return "" if one.price is None else money(one.price, one.currency, places([one.price], 2))


MACHINE = (
    *("vendor", "plan", "price", "currency", "period", "unit", "limit_5h", "limit_week"),
    *("limit_month", "models", "coding_only", "status", "confidence", "source_date"),
)
NUMBERS = ("price", "limit_5h", "limit_week", "limit_month")


def machine_list(plans: Sequence[Plan]) -> Grid:
    rows = [
        [
            *(visible(one.vendor), visible(one.name), plain_or_none(one.price) or ""),
            *(one.currency, one.period, one.unit),
            *(str(one.limits.get(name, "")) for name in ("5h", "week", "month")),
            *(visible(",".join(one.models)), "yes" if one.coding_only else "", one.status),
            *(one.confidence, one.source_date),
        ]
        for one in plans
    ]
    return grid([Column(one, right=one in NUMBERS) for one in MACHINE], rows)


def list_document(whole: Plans, plans: Sequence[Plan]) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.plans/1`."""
    return {
        "schema": "llmcost.plans/1",
        "checked": whole.checked.isoformat(),
        "results": [plan_document(one, whole) for one in plans],
    }


def plan_document(one: Plan, whole: Plans) -> dict[str, Any]:
    return {
        "vendor": one.vendor,
        "plan": one.name,
        "price": plain_or_none(one.price),
        "currency": one.currency,
        "period": one.period,
        "annual_per_month": plain_or_none(one.annual_per_month),
        "unit": one.unit,
        "unit_note": one.unit_note or None,
        "limits": {name: data(Decimal(limit)) for name, limit in one.limits.items()},
        "limits_note": one.limits_note or None,
        "rates": {
            name: {kind: data(rate) for kind, rate in rates.items()}
            for name, rates in one.rates.items()
        },
        "models": list(one.models),
        "coding_only": one.coding_only,
        "status": one.status,
        "overage": one.overage or None,
        "seen": [
            {
                "model": each.model,
                "kind": each.kind,
                "tokens_per_month": each.tokens_per_month,
                "how": each.how,
            }
            for each in one.seen
        ],
        "sources": [whole.sources[name] for name in one.sources],
        "source_date": one.source_date,
        "confidence": one.confidence,
        "note": one.note or None,
    }


def list_notes(whole: Plans, plans: Sequence[Plan], rest: int, ended: int) -> list[str]:
    """`rest`: plans on sale that the table leaves out. `ended`: those no longer sold."""
    coding = sum(one.coding_only for one in plans)
    notes: list[str] = [say("checked {day}; sources: --format json", day=whole.checked)]
    if coding:
        notes.append(
            say_plural(
                "{number} plan is for coding tools only",
                "{number} plans are for coding tools only",
                coding,
            )
        )
    if rest:
        notes.append(
            say_plural(
                "{number} more plan: --all, or --vendor NAME",
                "{number} more plans: --all, or --vendor NAME",
                rest,
            )
        )
    if ended:
        notes.append(
            say_plural(
                "{number} plan is no longer sold; --all shows it",
                "{number} plans are no longer sold; --all shows them",
                ended,
            )
        )
    return notes


def headline(found: Fitted) -> str:
    """The traffic, and its mix, without which tokens of a plan mean nothing."""
    share = found.read / found.tokens if found.tokens else ZERO
    return _n(
        "{requests:,} requests in {number} day · a month: {tokens} tokens, {share} % of them read "
        "from the cache",
        "{requests:,} requests in {number} days · a month: {tokens} tokens, {share} % of them read "
        "from the cache",
        found.days,
        requests=found.requests,
        tokens=amount_of(found.tokens.to_integral_value()),
        share=fixed(100 * share, 0),
    )


def fit_grid(found: Fitted, rows: Sequence[PlanFit], room: int | None = None) -> Grid:
    """For people: the columns that fit into `room` columns of a terminal."""
    code = found.exchange.currency
    prices = places([one.price for one in rows if one.price], 2)
    per = places([one.per_million for one in rows if one.per_million], 2)
    columns = [
        (_("plan"), False, [short_title(one.plan) for one in rows]),
        (_("a month"), True, [money(one.price, code, prices) for one in rows]),
        (_("enough"), False, [told(holds_text(one)) for one in rows]),
        (_("of limit"), True, [share_text(one) for one in rows]),
        (_("API until"), True, [day_text(one) for one in rows]),
        (_("per 1M"), True, [amount_text(one.per_million, code, per) for one in rows]),
        (_("model"), False, [visible(one.model.rpartition("/")[2]) for one in rows]),
        (_("exceeded"), False, [told(exceeded_text(one)) for one in rows]),
    ]
    columns = [one for one in columns if any(one[2])]
    while room is not None and len(columns) > LEAST_COLUMNS and wide(columns) > room:
        columns.pop()
    heads = [Column(title, right=right) for title, right, _cells in columns]
    return grid(heads, zip(*(cells for *_head, cells in columns), strict=True))


LEAST_COLUMNS = 3


def wide(columns: Sequence[tuple[str, bool, list[str]]]) -> int:
    return sum(max(map(width, [title, *cells])) + 2 for title, _right, cells in columns) - 2


def short_title(one: Plan) -> str:
    """`Alibaba Cloud intl Coding Plan Pro`, without what stands in brackets."""
    vendor = one.vendor.replace("(intl)", "intl").partition(" (")[0]
    return visible(f"{vendor} {one.name}")


def share_text(one: PlanFit) -> str:
    return f"{fixed(100 * one.share, 0)}%" if one.windows else ""


def day_text(one: PlanFit) -> str:
    return "" if one.day is None else told(say("day {day}", day=one.day))


def amount_text(amount: Decimal | None, code: str, digits: int) -> str:
    return "" if amount is None else money(amount, code, digits)


def holds_text(one: PlanFit) -> str:
    return UNKNOWN if one.holds is None else YES if one.holds else NO


def exceeded_text(one: PlanFit) -> str:
    """`5h 3/12 week 1/1`, or why nothing is known."""
    if not one.windows:
        return REASONS.get(one.why, "")
    over = [each for each in one.windows if each.exceeded]
    return " ".join(f"{each.name} {each.exceeded}/{each.windows}" for each in over)


FIT = (
    *("vendor", "plan", "model", "holds", "price", "currency", "share", "windows_5h"),
    *("exceeded_5h", "windows_week", "exceeded_week", "month_share", "read_share"),
    *("per_million", "api"),
    *("break_even_day", "coding_only", "why", "confidence"),
)
FIT_TEXTS = ("vendor", "plan", "model", "holds", "currency", "coding_only", "why", "confidence")


def fit_machine(found: Fitted, rows: Sequence[PlanFit]) -> Grid:
    return grid(
        [Column(one, right=one not in FIT_TEXTS) for one in FIT],
        [fit_row(one, found.exchange.currency) for one in rows],
    )


def fit_row(one: PlanFit, code: str) -> list[str]:
    by_name = {each.name: each for each in one.windows}
    counts = [
        str(getattr(by_name[name], field)) if name in by_name else ""
        for name in ("5h", "week")
        for field in ("windows", "exceeded")
    ]
    return [
        *(visible(one.plan.vendor), visible(one.plan.name), visible(one.model)),
        *({True: "yes", False: "no", None: ""}[one.holds], data(one.price), code),
        *(data(one.share) if one.windows else "", *counts),
        *(data(by_name["month"].share) if "month" in by_name else "",),
        *(data(one.read_share), plain_or_none(one.per_million) or "", plain_or_none(one.api) or ""),
        *("" if one.day is None else str(one.day), "yes" if one.plan.coding_only else ""),
        *(one.why, one.plan.confidence),
    ]


def fit_document(found: Fitted, whole: Plans, notes: Sequence[str]) -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.plans.fit/1`."""
    return {
        "schema": "llmcost.plans.fit/1",
        "as_of": found.at.isoformat(),
        "currency": found.exchange.currency,
        "requests": found.requests,
        "days": found.days,
        "tokens_per_month": data(found.tokens),
        "read_per_month": data(found.read),
        "results": [
            {
                **{
                    key: value
                    for key, value in plan_document(one.plan, whole).items()
                    if key in ("vendor", "plan", "unit", "coding_only", "confidence", "sources")
                },
                "model": one.model,
                "holds": one.holds,
                "why": one.why or None,
                "price": data(one.price),
                "read_share": data(one.read_share),
                "per_million": plain_or_none(one.per_million),
                "api": plain_or_none(one.api),
                "break_even_day": one.day,
                "windows": [
                    {
                        "name": each.name,
                        "windows": each.windows,
                        "exceeded": each.exceeded,
                        "share": data(each.share),
                    }
                    for each in one.windows
                ],
            }
            for one in found.fits
        ],
        "notes": list(notes),
        **fx_document(found.exchange),
    }


def conclusion(found: Fitted) -> str:
    """The cheapest plan that holds it, beside the API."""
    best = next((one for one in found.fits if one.holds), None)
    if best is None:
        return told(say("no plan whose limits are published is enough"))
    code = found.exchange.currency
    price = money(best.price, code, places([best.price], 2))
    said = say("{plan} is enough, for {price} a month", plan=visible(best.plan.title), price=price)
    if best.api is None:
        return told(said)
    api = money(best.api, code, places([best.api], 3))
    return _("{text}; the same at list prices: {api}", text=said, api=api)


def legend(found: Fitted, rest: int) -> list[str]:
    """What a reader must know, in parts of a line."""
    more = say_plural(
        "{number} more plan; --all shows it", "{number} more plans; --all shows them", rest
    )
    return [
        *([short_rate(found.exchange)] if found.exchange.rates else []),
        *([more] if rest else []),
    ]


def fit_notes(found: Fitted, whole: Plans) -> list[str]:
    notes: list[str] = [
        say(
            "a plan's tokens apply to this mix only; weeks and months are "
            "projected from the {days} days of the log",
            days=found.days,
        ),
        say("plans checked {day}; sources and measurements: --format json", day=whole.checked),
    ]
    if found.refused:
        notes.append(
            say_plural(
                "{number} plan forbids use outside of coding tools, and is left out",
                "{number} plans forbid use outside of coding tools, and are left out",
                found.refused,
            )
        )
    else:
        coding = [visible(one.plan.vendor) for one in found.fits if one.plan.coding_only]
        if coding:
            names = joined(dict.fromkeys(coding))
            notes.append(say("for coding tools alone, by their terms: {names}", names=names))
    if found.exchange.rates:
        notes.append(short_rate(found.exchange))
    return notes
