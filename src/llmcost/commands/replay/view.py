"""Forms of a replay: ranked table, groups, rows, JSON document, notes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from llmcost.commands.replay.compute import (
    AS_LONG,
    ReplayCost,
    Replayed,
    ReplayLine,
    TokenSums,
)
from llmcost.language import _, told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.money import ZERO, convert
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.render.cache_columns import cache_columns, offer_document, share_text
from llmcost.render.result_table import (
    ResultColumn,
    Selection,
    Value,
    model_names_of,
    name_columns,
    times_cells,
)
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import data, fixed, fx_document, money, places, plain, rate_note
from llmcost.render.wording import (
    age_document,
    age_notes,
    excluded_document,
    excluded_notes,
)

Line = ReplayLine
Lines = Sequence[ReplayLine]
DIGITS = 3
MOST_NAMED = 4
GROUPS = ("session", "day", "project")


def cells(of: Callable[[Line], str]) -> Callable[[Lines], list[str]]:
    return lambda rows: [of(one) for one in rows]


def columns(found: Replayed, selection: Selection[Line] | None = None) -> list[ResultColumn[Line]]:
    """Every column, in the order that programs rely on."""
    rank, model, provider = name_columns(selection)
    return [rank, model, provider, *for_programs_alone(found), *for_people_alone(found)]


def for_programs_alone(found: Replayed) -> Iterator[ResultColumn[Line]]:
    currency = found.exchange.currency
    values: dict[str, Callable[[Line], Value]] = {
        "cost": lambda one: one.cost.amount,
        "cost_low": lambda one: one.cost.low,
        "cost_high": lambda one: one.cost.high,
        "warm": lambda one: one.warm,
        "currency": lambda one: currency,
        "native": lambda one: one.best.cold,
        "native_currency": lambda one: one.target.currency,
        "cache": lambda one: one.best.offer.name,
        "read_share": lambda one: one.read_share,
        "input_tokens": lambda one: one.best.tokens.input,
        "read_tokens": lambda one: one.best.tokens.read,
        "written_tokens": lambda one: one.best.tokens.written,
        "again_tokens": lambda one: one.best.tokens.again,
        "output_tokens": lambda one: one.best.tokens.output,
        "switch_turn": lambda one: None if one.switch is None else one.switch.turn,
        "switch_latest": lambda one: None if one.switch is None else one.switch.latest,
        "switch_saves": lambda one: None if one.switch is None else one.switch.saves,
        "state": lambda one: one.target.row.state.value if one.target.row else None,
    }
    texts = ("currency", "native_currency", "cache", "state")
    for key, of in values.items():
        yield ResultColumn(key=key, value=of, is_number=key not in texts)


def for_people_alone(found: Replayed) -> Iterator[ResultColumn[Line]]:
    least = found.lines[0].cost.amount if found.lines else ZERO
    code = found.exchange.currency

    def amounts(rows: Lines, of: Callable[[Line], Decimal]) -> list[str]:
        digits = places([of(one) for one in rows], DIGITS)
        return ["" if one.is_free else money(of(one), code, digits) for one in rows]

    yield ResultColumn(
        title=_("cost"), cells=lambda rows: amounts(rows, lambda one: one.cost.amount), worth=10,
        is_kept=True,
    )  # fmt: skip
    yield ResultColumn(
        title=_("warm"), cells=lambda rows: amounts(rows, lambda one: one.warm), worth=13
    )
    yield ResultColumn(
        title="×",
        cells=lambda rows: times_cells([one.cost.amount for one in rows], least),
        worth=11,
    )
    yield from cache_columns(lambda one: one.read_share, lambda one: one.best.offer)
    yield ResultColumn(title=_("rewritten"), cells=cells(again_cell), worth=16)
    yield ResultColumn(title=_("switch"), cells=cells(switch_cell), worth=15)
    yield ResultColumn(title=_("low–high"), cells=lambda rows: bounds(rows, code), worth=95)


def again_cell(one: Line) -> str:
    tokens = one.best.tokens
    return share_text(Decimal(tokens.again) / tokens.input) if tokens.again else ""


def switch_cell(one: Line) -> str:
    """From the first turn on, or from which and until when it would have paid."""
    found = one.switch
    if found is None:
        return ""
    return f"≤{found.latest}" if found.turn == 1 else f"{found.turn}–{found.latest}"


def bounds(rows: Lines, code: str) -> list[str]:
    digits = places([one.cost.low for one in rows], DIGITS)
    return [
        ""
        if one.cost.low == one.cost.high
        else f"{money(one.cost.low, code, digits)}–{fixed(one.cost.high, digits)}"
        for one in rows
    ]


def headline(found: Replayed) -> str:
    """What was replayed."""
    sessions = say_plural("1 session", "{number:,} sessions", found.sessions)
    requests = say_plural("1 request", "{number:,} requests", found.requests)
    said = _(
        "{sessions} · {requests} · {input} tokens in, {output} out",
        sessions=sessions,
        requests=requests,
        input=short(found.input),
        output=short(found.output),
    )
    is_scaled = any(over != under for over, under in found.answers.values())
    return f"{said} · {_('measured lengths')}" if is_scaled else said


def short(tokens: int) -> str:
    if tokens < 10_000:
        return f"{tokens:,}"
    if tokens < 1_000_000:
        return f"{fixed(Decimal(tokens) / 1000, 0)}k"
    return f"{fixed(Decimal(tokens) / 1_000_000, 1)}M"


def conclusion(found: Replayed) -> str:
    """The cheapest, and what switching to it would have saved."""
    paid = [one for one in found.lines if not one.is_free]
    if len(paid) < 2:
        return ""
    best = paid[0]
    code = found.exchange.currency
    amount = money(best.cost.amount, code, places([best.cost.amount], DIGITS))
    said = say("cheapest: {model}, {amount}", model=visible(best.model.id), amount=amount)
    switch = best.switch
    if switch is None:
        return told(said)
    saved = money(switch.saves, code, places([switch.saves], DIGITS))
    return _(
        "{text}; a switch to it from {base} pays until turn {turn}, and saves {saved} at turn "
        "{best}",
        text=said,
        base=visible(found.base.partition("/")[2]),
        turn=switch.latest,
        saved=saved,
        best=switch.turn,
    )


def group_grid(found: Replayed, kind: str, *, plainly: bool = False) -> Grid:
    """A row for each group: what it costs on the model it was sent to, or that was named first, and
    on the cheapest; for programs a row for each model."""
    code = found.exchange.currency
    groups = merged(found, kind)
    if plainly:
        titles = [kind, "model", "provider", "requests", "input_tokens", "read_tokens"]
        rows = [
            [
                *(visible(name), one.model.id, one.model.provider, str(sums.requests)),
                *(str(sums.input), str(sums.read), data(amount), code),
            ]
            for name, costs in groups.items()
            for one, (amount, sums) in costs
        ]
        texts = (kind, "model", "provider", "currency")
        return grid(
            [Column(one, right=one not in texts) for one in (*titles, "cost", "currency")], rows
        )
    paid = [one for one in found.lines if not one.is_free] or list(found.lines)
    shown = paid[:3]
    base = [one for one in paid if one.model.key == found.base and one not in shown]
    chosen = [*base, *shown]
    names = model_names_of(found.lines)
    titles_of = [names[one.model.key] for one in chosen]
    digits = places(
        [amount for costs in groups.values() for _one, (amount, _sums) in costs], DIGITS
    )
    cells_of = []
    for name, costs in groups.items():
        by_model = {one.model.key: pair for one, pair in costs}
        sums = by_model[chosen[0].model.key][1]
        amounts = [money(by_model[one.model.key][0], code, digits) for one in chosen]
        cells_of.append([visible(name), f"{sums.requests:,}", short(sums.input), *amounts])
    titles = [_("session") if kind == "session" else _("day") if kind == "day" else _("project")]
    heads = [
        Column(titles[0]),
        *(Column(one, right=True) for one in (_("requests"), _("tokens"), *titles_of)),
    ]
    return grid(heads, cells_of)


def merged(
    found: Replayed, kind: str
) -> Mapping[str, list[tuple[Line, tuple[Decimal, TokenSums]]]]:
    """By name of the group: each line with its amount and tokens there."""
    place = GROUPS.index(kind)
    groups: dict[str, list[tuple[Line, tuple[Decimal, TokenSums]]]] = {}
    for line in found.lines:
        own: dict[str, tuple[Decimal, TokenSums]] = {}
        for group, (amount, sums) in line.best.groups.items():
            name = group[place]
            before, tokens = own.setdefault(name, (ZERO, TokenSums()))
            tokens.add(sums)
            own[name] = before + amount, tokens
        for name, (amount, tokens) in sorted(own.items()):
            cost = convert(
                amount, line.target.currency, found.exchange.currency, found.exchange.rates
            )
            groups.setdefault(name, []).append((line, (cost, tokens)))
    return groups


def document(found: Replayed, notes: Sequence[str], kind: str = "") -> dict[str, Any]:
    """The JSON contract of docs/output.md, schema `llmcost.replay/1`."""
    whole: dict[str, Any] = {
        "schema": "llmcost.replay/1",
        "as_of": found.at.isoformat(),
        "currency": found.exchange.currency,
        "sessions": found.sessions,
        "requests": found.requests,
        "input_tokens": found.input,
        "output_tokens": found.output,
        "base": found.base or None,
        "results": [line_document(found, one) for one in found.lines],
        "excluded": [excluded_document(one) for one in found.excluded],
        "notes": list(notes),
        **age_document(used(found)),
    }
    if kind:
        whole["by"] = kind
        whole["groups"] = [
            {
                kind: name,
                "model": one.model.id,
                "provider": one.model.provider,
                "requests": sums.requests,
                "cost": data(amount),
                "input_tokens": sums.input,
                "read_tokens": sums.read,
            }
            for name, costs in merged(found, kind).items()
            for one, (amount, sums) in costs
        ]
    return whole | fx_document(found.exchange)


def line_document(found: Replayed, one: Line) -> dict[str, Any]:
    switch, row = one.switch, one.target.row
    return {
        "rank": one.rank or None,
        "model": one.model.id,
        "provider": one.model.provider,
        "cost": {name: data(getattr(one.cost, name)) for name in ("amount", "low", "high")},
        "warm": data(one.warm),
        "native": {"amount": data(one.best.cold), "currency": one.target.currency},
        "cache": cost_document(one.best),
        "other_caches": [cost_document(each) for each in one.others],
        "tokens": {
            "input": one.best.tokens.input,
            "output": one.best.tokens.output,
            "read": one.best.tokens.read,
            "written": one.best.tokens.written,
            "again": one.best.tokens.again,
        },
        "read_share": data(one.read_share),
        "output_scale": scale_document(found, one),
        "switch": None
        if switch is None
        else {"turn": switch.turn, "latest": switch.latest, "saves": data(switch.saves)},
        "price": None
        if row is None
        else {"from": row.begins.isoformat(), "source": row.source, "checked": str(row.checked)},
    }


def cost_document(cost: ReplayCost) -> dict[str, Any]:
    """A cache, and what all of it costs in the model's currency."""
    name, *others = offer_document(cost.offer).items()
    return dict([name, ("native", data(cost.cold)), *others])


def scale_document(found: Replayed, one: Line) -> str | None:
    """How many times the tokens of the answers it has; null: as they were."""
    over, under = found.answers.get(one.model.key, (1, 1))
    return None if over == under else data(Decimal(over) / under)


def notes(found: Replayed) -> list[str]:
    """What a reader must know to trust the figures."""
    lines = [one for one in found.lines if not one.is_free]
    said: list[str] = [
        say("cost: each session begins with an empty cache; warm: with the system prompt in it"),
        say("rewritten: tokens that were cached, expired, and were sent again"),
    ]
    if found.base:
        said.append(
            say(
                "switch: until which turn a session could have gone on with the model, its cache "
                "empty, for less than staying with {base}",
                base=visible(found.base),
            )
        )
    if found.answers:
        said.append(
            say(
                "output: as many times that of the log (of the middle model, for --shape) as "
                "LiveBench measured on code; it is input of later requests too"
            )
        )
        as_long = [visible(key) for key, one in found.answers.items() if one == AS_LONG]
        if as_long:
            said.append(say("output as it was, not measured: {models}", models=few_of(as_long)))
    open_rules = [visible(one.model.id) for one in lines if not one.best.offer.is_known]
    if open_rules:
        said.append(
            say(
                "~ the vendor does not publish all rules of its cache ({models}): computed with "
                "1,024 tokens at least and 5 minutes where no source says more; the bounds are a "
                "cache that keeps everything, and none",
                models=few_of(open_rules),
            )
        )
    bare = [visible(one.model.id) for one in lines if not one.target.offers]
    if bare:
        said.append(say("no price of cached input: {models}", models=few_of(bare)))
    code = found.exchange.currency
    if found.exchange.rates and any(one.target.currency != code for one in lines):
        said.append(rate_note(found.exchange, found.at))
    return [*said, *excluded_notes(found.excluded, MOST_NAMED), *age_notes(used(found))]


def few_of(names: Sequence[str]) -> str:
    more = [f"+{len(names) - MOST_NAMED}"] if len(names) > MOST_NAMED else []
    return joined([*names[:MOST_NAMED], *more])


def used(found: Replayed) -> list[Held]:
    """The prices of these lines, the longest unread first."""
    return longest_unread(
        held(one.model, one.target.row, found.at)
        for one in found.lines
        if one.target.row is not None
    )


def bare(rows: Lines) -> str:
    return "".join(f"{plain(one.cost.amount)}\n" for one in rows)
