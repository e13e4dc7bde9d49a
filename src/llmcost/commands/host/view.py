"""Forms of the answer of `llmcost host`: sentences, columns, notes, JSON document."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from llmcost.commands.budget.compute import BudgetLine, month_of
from llmcost.commands.budget.document import common_fx, same, scenario_document, scenario_of
from llmcost.commands.budget.workload_notes import used
from llmcost.commands.host.compute import HostAnswer, HostLine, in_ranking
from llmcost.language import _, told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.money import ZERO, Money
from llmcost.pricing.hosting_facts import HostingFacts, Rent
from llmcost.pricing.price_notes import whole_note
from llmcost.render.result_table import ResultColumn, Selection, name_columns
from llmcost.render.text import (
    data,
    few,
    figure,
    fixed,
    money,
    plain,
    plain_or_none,
    rate_note,
)
from llmcost.render.wording import age_document, age_notes, excluded_document, excluded_notes
from llmcost.workload.hosting import HOURS_A_MONTH, OwnMonth, reserved_units

Document = dict[str, Any]
MOST_NAMED = 4
NEVER, DEDICATED = say("never"), say("dedicated")
RESERVED, RESERVED_FAST = say("reserved"), say("reserved, fast")


class HostTable(msgspec.Struct, frozen=True):
    """What the columns of one scenario depend on."""

    answer: HostAnswer
    facts: HostingFacts
    selection: Selection[HostLine] | None = None

    @property
    def currency(self) -> str:
        return self.answer.query.exchange.currency

    def amount(self, value: Decimal) -> str:
        """An amount of a month, without cents where it is large."""
        return money(value, self.currency, 0 if abs(value) >= 100 else 2)

    def machine(self, line: HostLine) -> str:
        """`H200`, or what else is rented."""
        if line.forecast is not None:
            return visible(self.facts.machine(line.forecast.machine).name)
        if line.reservation is None:
            return told(DEDICATED)
        return told(RESERVED_FAST if line.reservation.mode == "fast" else RESERVED)


def share(value: Decimal | None, unknown: str = "") -> str:
    """`32%`, above 100 % where it can never be reached; `unknown` where there is none."""
    return unknown if value is None else f"{fixed(100 * value, 0)}%"


def spread(ends: Sequence[str]) -> str:
    """`16–32`, or one of them if they are the same."""
    low, high = ends
    return low if low == high else f"{low}–{high}"


def gpus(line: HostLine) -> str:
    """`20 (16–32)`, or the tokens a minute that are reserved."""
    if line.reservation is not None:
        ins, outs = reserved_units(line.demand)
        return f"{ins * 10}k+{outs}k TPM"
    if line.dedicated is not None:
        return ""
    low, high = line.months.high.fleet.gpus, line.months.low.fleet.gpus
    return f"{line.own.fleet.gpus} ({spread([str(low), str(high)])})" if low != high else str(low)


def peak_cell(line: HostLine) -> str:
    most = line.most_peak_to_mean
    if most is None:
        return "?" if line.dedicated is not None else told(NEVER)
    return fixed(most, 1)


def columns(table: HostTable) -> list[ResultColumn[HostLine]]:
    """Every column, in the order that programs rely on."""
    rank, model, _provider = name_columns(table.selection)
    name = table.answer.name
    return [
        ResultColumn(key="scenario", value=lambda line: name, is_number=False),
        rank,
        replace(
            model,
            value=lambda line: line.family.id,
            cells=lambda lines: [visible(line.family.id) for line in lines],
        ),
        *machine_columns(table),
        *use_columns(),
        *amount_columns(table),
        ResultColumn(
            key="peak_to_mean_below",
            value=lambda line: line.most_peak_to_mean,
            title=_("peak/mean <"),
            cells=lambda lines: [peak_cell(line) for line in lines],
            worth=10,
        ),
        ResultColumn(key="pays", value=lambda line: line.pays, is_number=False),
        *basis_columns(table),
    ]


def machine_columns(table: HostTable) -> list[ResultColumn[HostLine]]:
    return [
        ResultColumn(
            key="machine",
            value=lambda line: line.forecast.machine if line.forecast else line.kind,
            title=_("machine"),
            cells=lambda lines: [table.machine(line) for line in lines],
            worth=3,
            is_number=False,
            is_kept=True,
        ),
        ResultColumn(
            key="gpus",
            value=lambda line: line.own.fleet.gpus or None,
            title=_("GPUs"),
            cells=lambda lines: [gpus(line) for line in lines],
            worth=4,
        ),
        ResultColumn(key="gpus_low", value=lambda line: line.months.high.fleet.gpus or None),
        ResultColumn(key="gpus_high", value=lambda line: line.months.low.fleet.gpus or None),
    ]


def use_columns() -> list[ResultColumn[HostLine]]:
    return [
        ResultColumn(
            key="use",
            value=lambda line: line.own.fleet.use,
            title=_("use"),
            cells=lambda lines: [share(line.own.fleet.use, "?") for line in lines],
            worth=9,
        ),
        ResultColumn(
            key="break_even_use",
            value=lambda line: line.own.break_even,
            title=_("pays from"),
            cells=lambda lines: [share(line.own.break_even, "?") for line in lines],
            worth=8,
        ),
        ResultColumn(key="break_even_use_low", value=lambda line: line.months.high.break_even),
        ResultColumn(key="break_even_use_high", value=lambda line: line.months.low.break_even),
        ResultColumn(key="break_even_use_host", value=lambda line: line.against_host),
    ]


def amount_columns(table: HostTable) -> list[ResultColumn[HostLine]]:
    return [
        ResultColumn(
            key="own",
            value=lambda line: line.own.cost,
            title=_("own"),
            cells=lambda lines: [table.amount(line.own.cost) for line in lines],
            worth=5,
        ),
        ResultColumn(key="own_low", value=lambda line: line.months.high.cost),
        ResultColumn(key="own_high", value=lambda line: line.months.low.cost),
        ResultColumn(key="vendor", value=lambda line: line.vendor.model.key, is_number=False),
        ResultColumn(
            key="api",
            value=lambda line: cost_of(line.vendor),
            title=_("API"),
            cells=lambda lines: [table.amount(cost_of(line.vendor)) for line in lines],
            worth=7,
        ),
        ResultColumn(key="cheapest_host", value=lambda line: line.host.model.key, is_number=False),
        ResultColumn(
            key="host",
            value=lambda line: cost_of(line.host),
            title=_("cheapest host"),
            cells=lambda lines: [table.amount(cost_of(line.host)) for line in lines],
            worth=6,
        ),
        ResultColumn(key="currency", value=lambda line: table.currency, is_number=False),
    ]


def basis_columns(table: HostTable) -> list[ResultColumn[HostLine]]:
    """What the figures rest on."""
    return [
        ResultColumn(key="gpu_hour", value=lambda line: line.hour or None),
        ResultColumn(key="requests_per_gpu", value=lambda line: line.own.requests or None),
        ResultColumn(key="replica_gpus", value=lambda line: line.replica or None),
        ResultColumn(key="peak_per_second", value=lambda line: line.demand.peak),
        ResultColumn(key="replaced_per_gpu_hour", value=lambda line: line.replaced),
        ResultColumn(
            key="full_use_input", value=lambda line: line.full_use[0] if line.full_use else None
        ),
        ResultColumn(
            key="full_use_output", value=lambda line: line.full_use[1] if line.full_use else None
        ),
        ResultColumn(key="weights", value=lambda line: line.weights, is_number=False),
        ResultColumn(
            key="engine",
            value=lambda line: line.forecast.engine if line.forecast else "",
            is_number=False,
        ),
        ResultColumn(
            key="precision",
            value=lambda line: line.forecast.precision if line.forecast else "",
            title=_("weights"),
            cells=lambda lines: [precision(line) for line in lines],
            worth=11,
            is_number=False,
        ),
        ResultColumn(
            key="throughput",
            value=lambda line: "forecast" if line.forecast else line.kind,
            is_number=False,
        ),
        ResultColumn(
            key="checked",
            value=lambda line: table.facts.throughput.checked if line.forecast else None,
            is_number=False,
        ),
    ]


def cost_of(line: BudgetLine) -> Decimal:
    return month_of(line).cost.amount


def headline(answer: HostAnswer) -> str:
    """What is served, and the traffic that is assumed."""
    demand, terms = answer.lines[0].demand, answer.terms
    a_day = demand.requests * 24 / HOURS_A_MONTH
    times = plain(Decimal(fixed(terms.peak_to_mean, 1)))
    peak = say("peak {peak} × mean", peak=times)
    if terms.peak_basis == "assumed":
        peak = say("peak {peak} × mean (assumed)", peak=times)
    values = {
        "requests": figure(a_day.to_integral_value(), 0),
        "input": figure(demand.input, 0),
        "output": figure(demand.output, 0),
        "peak": peak,
    }
    if not any(one.forecast for one in answer.lines):
        text = _("{requests} requests a day · {input} tokens in, {output} out · {peak}", **values)
        return f"{text}\n"
    spare = say_plural("{number} spare replica", "{number} spare replicas", terms.spare)
    text = _(
        "{requests} requests a day · {input} tokens in, {output} out · {peak} · {spare}",
        **values,
        spare=spare,
    )
    return f"{text}\n"


def conclusion(table: HostTable) -> str:
    """Which models to host; for the best one the use, the month, and the cheapest host."""
    lines = table.answer.lines
    if not lines:
        return ""
    best = lines[0]
    parts = [*which(lines), use_text(table, best), month_text(table, best), host_text(table, best)]
    return "".join(f"{told(one)}\n" for one in parts)


def which(lines: Sequence[HostLine]) -> Iterator[str]:
    """The models that should be hosted, of several: those that pay at all of the range of the
    forecast, and those that pay as it is expected."""
    families = list(dict.fromkeys(one.family.id for one in lines))
    if len(families) < 2:
        return
    sure = list(dict.fromkeys(one.family.id for one in lines if one.months.low.cost < one.api))
    paying = dict.fromkeys(one.family.id for one in lines if one.pays)
    perhaps = [one for one in paying if one not in sure]
    if sure:
        yield say("worth hosting yourself: {models}", models=few(sure, MOST_NAMED))
    if perhaps:
        yield say(
            "perhaps, within the range of the forecast: {models}", models=few(perhaps, MOST_NAMED)
        )
    if not paying:
        yield say("host none of these {number} models yourself", number=len(families))


PRECISIONS = {
    "fp8_block": "FP8",
    "fp8": "FP8",
    "bfloat16": "BF16",
    "nvfp4": "NVFP4",
    "w4a16_nvfp4": "NVFP4",
    "int4_wo": "INT4",
    "w4a16_mxfp4": "MXFP4",
    "w4a8_mxfp4_mxfp8": "MXFP4",
    "w4a8_mxfp4_mxfp8_trtllm": "MXFP4",
}
"""What people call the precision of weights, by the name that the forecast has."""


def precision(line: HostLine) -> str:
    if line.forecast is None:
        return ""
    return PRECISIONS.get(line.forecast.precision, visible(line.forecast.precision))


def named(table: HostTable, line: HostLine) -> str:
    """The model, its precision and its machine; or that its throughput is reserved."""
    name = visible(line.family.id)
    if line.reservation is not None:
        return say("{model}, reserved throughput", model=name)
    if line.dedicated is not None:
        return say("{model}, {unit}", model=name, unit=visible(line.dedicated.what or "dedicated"))
    words = {"model": name, "precision": precision(line), "machine": table.machine(line)}
    if line.forecast is not None and line.forecast.estimated:
        return say("{model} in {precision} on {machine} (kernels partly estimated)", **words)
    return say("{model} in {precision} on {machine}", **words)


def use_text(table: HostTable, line: HostLine) -> str:
    """From which use it pays against the vendor, and the use that there is."""
    own, name = line.own, named(table, line)
    if line.dedicated is not None:
        even = own.cost / cost_of(line.vendor) * line.demand.requests * 24 / HOURS_A_MONTH
        return say(
            "{name}: pays from {number} requests a day, if it serves them: no source says how many",
            name=name,
            number=figure(even.to_integral_value(), 0),
        )
    if own.break_even is None or own.break_even > 1:
        return say("{name}: cannot pay off at this price", name=name)
    ends = line.months.high.break_even, line.months.low.break_even
    if ends[0] == ends[1]:
        return say(
            "{name}: pays from {even} utilization; yours is {use}",
            name=name,
            even=share(own.break_even),
            use=share(own.fleet.use),
        )
    return say(
        "{name}: pays from {even} utilization ({range} %); yours is {use}",
        name=name,
        even=share(own.break_even),
        range=spread([fixed(100 * (one or ZERO), 0) for one in ends]),
        use=share(own.fleet.use),
    )


def month_text(table: HostTable, line: HostLine) -> str:
    own, low, high = (one.cost for one in (line.own, line.months.high, line.months.low))
    if line.reservation is not None and line.full_use is not None:
        currency = line.reservation.currency
        return say(
            "{own} a month ({input} / {output} per 1M tokens at full use) against {api} at "
            "{vendor}",
            own=table.amount(own),
            input=money(line.full_use[0], currency, 2),
            output=money(line.full_use[1], currency, 2),
            api=table.amount(cost_of(line.vendor)),
            vendor=seller(line.vendor, line),
        )
    if low == high:
        return say(
            "{own} a month against {api} at {vendor}",
            own=table.amount(own),
            api=table.amount(cost_of(line.vendor)),
            vendor=seller(line.vendor, line),
        )
    return say(
        "{own} a month ({range}) against {api} at {vendor}",
        own=table.amount(own),
        range=spread([table.amount(one) for one in (low, high)]),
        api=table.amount(cost_of(line.vendor)),
        vendor=seller(line.vendor, line),
    )


def seller(found: BudgetLine, line: HostLine) -> str:
    """The provider, and that it stands for all hosts where the maker sells none."""
    name = visible(found.model.provider)
    is_named = found.model in line.family.named and len(line.family.named) == 1
    if found.model.serves and not is_named:
        number = len(line.family.sellers)
        return say("{provider} (the middle of {number} hosts)", provider=name, number=number)
    return name


def host_text(table: HostTable, line: HostLine) -> str:
    """The cheapest host of the same weights, and what own GPUs need against it."""
    if line.dedicated is not None:
        return say("no use can be computed, since its capacity is not known")
    if cost_of(line.host) == cost_of(line.vendor):
        return say("no host of the same weights is cheaper; {need}", need=need_text(line))
    amount = table.amount(cost_of(line.host))
    name = visible(line.host.model.provider)
    return say(
        "cheapest host of the same weights: {name}, {amount}; against it, {need}",
        name=name,
        amount=amount,
        need=need_text(line),
    )


def need_text(line: HostLine) -> str:
    """What own GPUs need to pay against the cheapest host."""
    most = line.most_peak_to_mean
    is_reserved = line.reservation is not None
    if most is None:
        return (
            say("it cannot pay off")
            if is_reserved
            else say("own GPUs cannot pay off at this price")
        )
    values = {"even": share(line.against_host), "most": fixed(most, 1)}
    if is_reserved:
        return say("it pays from {even} utilization, with a peak below {most} × the mean", **values)
    return say(
        "own GPUs pay from {even} utilization, with a peak below {most} × the mean", **values
    )


def legend(table: HostTable, lines: Sequence[HostLine]) -> Iterator[str]:
    """The one line below the table: that it is a forecast, and what a GPU costs."""
    factor = table.facts.measured.factor
    if any(one.forecast is not None for one in lines):
        yield say(
            "forecast × {factor} ({low}–{high}), not measured",
            factor=plain(factor.expected),
            low=plain(factor.low),
            high=plain(factor.high),
        )
    if any(one.demand.cached for one in lines):
        yield say("API input partly cached, no prefix cache in the forecast")
    yield from hours(table, lines, brief=True)


def hours(table: HostTable, lines: Sequence[HostLine], *, brief: bool = False) -> Iterator[str]:
    """What an hour of each machine costs, where and when, and the range of all its prices."""
    terms = table.answer.terms
    seen: dict[str, HostLine] = {one.forecast.machine: one for one in lines if one.forecast}
    for machine, line in seen.items():
        name, hour = table.machine(line), money(line.hour, table.currency, 2)
        if terms.bought is not None:
            yield say(
                "{machine} {hour}/h, bought for {price} over {months} months",
                machine=name,
                hour=hour,
                price=money(terms.bought.price.amount, terms.bought.price.currency, 0),
                months=terms.bought.months,
            )
        elif terms.hour is not None:
            yield say("GPU {hour}/h as given", hour=hour)
            return
        elif line.rent is not None:
            yield rent_text(table, machine, line.rent, brief=brief)


def rent_text(table: HostTable, machine: str, rent: Rent, *, brief: bool) -> str:
    rents = [one for one in table.facts.rents_of(machine) if one.currency == rent.currency]
    values = {
        "machine": table.facts.machine(machine).name,
        "hour": money(rent.price, rent.currency, 2),
        "low": money(min(one.price for one in rents), rent.currency, 2),
        "high": money(max(one.price for one in rents), rent.currency, 2),
    }
    if brief:
        return say("{machine} {hour}/h ({low}–{high})", **values)
    return say(
        "{machine}: {hour} an hour at {where}, {day}; {low} to {high} in {number} prices",
        **values,
        where=visible(rent.where),
        day=rent.day,
        number=len(rents),
    )


def commitments(table: HostTable, lines: Sequence[HostLine]) -> Iterator[str]:
    """What the month of the best line on a machine costs where years of it are paid in any case."""
    terms, exchange = table.answer.terms, table.answer.query.exchange
    best = {one.forecast.machine: one for one in reversed(lines) if one.forecast}
    for machine, line in best.items() if not (terms.hour or terms.bought) else ():
        rents = [one for one in table.facts.rents_of(machine) if one.commitment]
        for rent in rents:
            hour = in_ranking(Money(rent.price, rent.currency), exchange)
            yield say_plural(
                "{machine} at {hour} an hour with a commitment of {number} year ({where}, {day}): "
                "{model} for {own} a month",
                "{machine} at {hour} an hour with a commitment of {number} years ({where}, {day}): "
                "{model} for {own} a month",
                rent.commitment,
                machine=table.machine(line),
                hour=money(rent.price, rent.currency, 2),
                where=visible(rent.where),
                day=rent.day,
                model=visible(line.family.id),
                own=table.amount(line.own.cost / line.hour * hour),
            )


def notes(table: HostTable, lines: Sequence[HostLine]) -> list[str]:
    """What a reader must know to trust the rest."""
    answer, facts = table.answer, table.facts
    found: list[str] = []
    if any(one.forecast is not None for one in lines):
        found += forecast_notes(facts, lines)
        found += [*hours(table, lines), *commitments(table, lines)]
    bought = answer.terms.bought
    if bought is not None and bought.energy is None:
        found.append(say("electricity is not included; add --power with the price of a kWh"))
    elif bought is not None:
        found.append(
            say("energy at the full power of each GPU times {pue} (assumed)", pue=bought.pue)
        )
    if any(one.demand.cached for one in lines):
        found.append(
            say(
                "the API bills part of the input as cached; the forecast has no prefix cache, with "
                "which own GPUs get faster, by how much is not known"
            )
        )
    found.append(
        say(
            "not included: staff, storage, egress, monitoring, taxes; for the "
            "API rate limits and committed-use discounts"
        )
    )
    unknown = joined(facts.reserved.unknown)
    found.append(
        say("reserved throughput is sold without a public price by {names}", names=unknown)
    )
    found += excluded_notes(answer.excluded, MOST_NAMED)
    if answer.query.exchange.rates:
        found.append(rate_note(answer.query.exchange, answer.query.at))
    return found + age_notes(used([(answer.query.at, api_lines(lines))]))


def api_lines(lines: Iterable[HostLine]) -> list[BudgetLine]:
    return [end for one in lines for end in (one.vendor, one.host)]


def forecast_notes(facts: HostingFacts, lines: Sequence[HostLine]) -> Iterator[str]:
    throughput, measured = facts.throughput, facts.measured
    yield say(
        "throughput is a forecast of {tool} ({day}) times {factor}, {low} to {high}: so were "
        "{inside} of {number} measurements, against forecasts of the same; first token within "
        "{ttft} ms, others within {tpot} ms on average",
        tool=throughput.tool,
        day=throughput.checked,
        factor=plain(measured.factor.expected),
        low=plain(measured.factor.low),
        high=plain(measured.factor.high),
        inside=measured.inside,
        number=len(measured.measurements),
        ttft=throughput.most_ttft_ms,
        tpot=throughput.most_tpot_ms,
    )
    engines = dict.fromkeys(
        say(
            "{weights} in {precision} with {engine}",
            weights=one.weights,
            precision=precision(one),
            engine=one.forecast.engine,
        )
        for one in lines
        if one.forecast
    )
    yield say("weights and engines: {names}", names=few([*engines], MOST_NAMED))
    estimated = dict.fromkeys(
        one.family.id for one in lines if one.forecast and one.forecast.estimated
    )
    if estimated:
        names = few([*estimated], MOST_NAMED)
        yield say("not all kernels of the forecast were measured: {names}", names=names)
    families = {one.family.id: one.family.hostable for one in lines}
    for name, hostable in families.items():
        if hostable is not None and hostable.note:
            yield say("{name}: {text}", name=name, text=whole_note(hostable.note))


def document(tables: Sequence[HostTable], notes: Sequence[str]) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.host/1`."""
    answers = [one.answer for one in tables]
    queries = [one.query for one in answers]
    facts = tables[0].facts
    asked = [(one.query.at, api_lines(one.lines)) for one in answers]
    found: Document = {
        "schema": "llmcost.host/1",
        "as_of": same([one.at.isoformat() for one in queries]),
        "month_hours": HOURS_A_MONTH,
        "currency": same([one.exchange.currency for one in queries]),
        "throughput": {
            "basis": "forecast",
            "tool": facts.throughput.tool,
            "checked": facts.throughput.checked,
            "factor": data(facts.measured.factor.expected),
            "low": data(facts.measured.factor.low),
            "high": data(facts.measured.factor.high),
            "measurements": len(facts.measured.measurements),
            "inside": facts.measured.inside,
        },
        "scenarios": [
            {**scenario_document(one.name, one.query), **terms_document(one)} for one in answers
        ],
        "results": [line_document(one, line) for one in tables for line in one.answer.lines],
        "excluded": [
            {**scenario_of(one.name), **excluded_document(each)}
            for one in answers
            for each in one.excluded
        ],
        "notes": list(notes),
        **age_document(used(asked)),
    }
    return found | common_fx(queries)


def terms_document(answer: HostAnswer) -> Document:
    terms, bought = answer.terms, answer.terms.bought
    return {
        "peak_to_mean": data(terms.peak_to_mean),
        "spare_replicas": terms.spare,
        "bought": None
        if bought is None
        else {
            "price": data(bought.price.amount),
            "currency": bought.price.currency,
            "months": bought.months,
            "pue": data(bought.pue),
            "kwh": None if bought.energy is None else data(bought.energy.amount),
        },
    }


def line_document(table: HostTable, line: HostLine) -> Document:
    forecast, rent = line.forecast, line.rent
    return {
        **scenario_of(table.answer.name),
        "rank": line.rank,
        "model": line.family.id,
        "kind": line.kind,
        "machine": None if forecast is None else forecast.machine,
        "weights": line.weights or None,
        "engine": None if forecast is None else forecast.engine,
        "precision": None if forecast is None else forecast.precision,
        "gpu_hour": None if forecast is None else data(line.hour),
        "replaced_per_gpu_hour": plain_or_none(line.replaced),
        "replica_gpus": line.replica or None,
        "rent": None
        if rent is None or table.answer.terms.hour or table.answer.terms.bought
        else {
            "where": rent.where,
            "day": rent.day,
            "source": table.facts.rents.sources[rent.source],
        },
        "full_use": None
        if line.full_use is None or line.reservation is None
        else {
            "input": data(line.full_use[0]),
            "output": data(line.full_use[1]),
            "currency": line.reservation.currency,
            "source": line.reservation.source,
            "checked": line.reservation.checked,
        },
        "requests_per_month": data(line.demand.requests),
        "peak_per_second": data(line.demand.peak),
        "input_tokens": data(line.demand.input),
        "output_tokens": data(line.demand.output),
        "cached_tokens": data(line.demand.cached),
        "own": {
            "expected": month_document(line.own),
            "low": month_document(line.months.high),
            "high": month_document(line.months.low),
        },
        "vendor": end_document(line.vendor),
        "cheapest_host": {
            **end_document(line.host),
            "break_even_use": plain_or_none(line.against_host),
        },
        "peak_to_mean_below": plain_or_none(line.most_peak_to_mean),
        "pays": line.pays,
    }


def month_document(month: OwnMonth) -> Document:
    return {
        "cost": data(month.cost),
        "gpus": month.fleet.gpus or None,
        "use": plain_or_none(month.fleet.use),
        "break_even_use": plain_or_none(month.break_even),
        "requests_per_gpu": data(month.requests) if month.requests != ZERO else None,
    }


def end_document(line: BudgetLine) -> Document:
    return {
        "model": line.model.id,
        "provider": line.model.provider,
        "cost": data(cost_of(line)),
    }
