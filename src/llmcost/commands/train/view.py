"""Forms of the answer of `llmcost train`: sentences, table, JSON document."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from llmcost.commands.train.compute import TrainingAnswer, TrainingLine
from llmcost.language import _, _n, told
from llmcost.messages import say, visible
from llmcost.pricing.hosting_facts import HostingFacts
from llmcost.render.result_table import times_text
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import (
    data,
    figure,
    figure_places,
    fx_document,
    money,
    places,
    plain,
    plain_or_none,
    range_document,
    rate_note,
)

Document = dict[str, Any]
KEYS = (
    *("kind", "name", "where", "day", "gpu_hours", "gpu_hour", "cost", "cost_low", "cost_high"),
    *("currency", "per_million_tokens"),
)
TEXTS = ("kind", "name", "where", "day", "currency")


def scientific(value: Decimal) -> str:
    """`2.15e25`."""
    digits, _dot, exponent = f"{value:.2e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def headline(answer: TrainingAnswer) -> str:
    """The operations, and what they come from."""
    run = answer.run
    if run.flop is None:
        trained = figure(run.trained or 0, 0)
        return _("{tokens} training tokens", tokens=trained) + "\n"
    if run.known_flop is not None or run.parameters is None or run.tokens is None:
        return _("{flop} FLOP", flop=scientific(run.flop)) + "\n"
    return (
        _n(
            "{flop} FLOP = 6 × {parameters} parameters × {tokens} tokens",
            "{flop} FLOP = 6 × {parameters} parameters × {tokens} tokens × {number} epochs",
            run.epochs,
            flop=scientific(run.flop),
            parameters=figure(run.parameters, 0),
            tokens=figure(run.tokens, 0),
        )
        + "\n"
    )


def conclusion(answer: TrainingAnswer) -> str:
    return "".join(f"{told(one)}\n" for one in findings(answer))


def findings(answer: TrainingAnswer) -> Iterator[str]:
    """What a price that was paid implies; how far vendors are from own GPUs."""
    implied, run = answer.implied, answer.run
    if implied is not None and run.paid is not None and run.flop is not None:
        currency = run.paid.currency
        yield say(
            "{paid} for {flop} FLOP is {price} per 1e18 FLOP",
            paid=money(run.paid.amount, currency, 0),
            flop=scientific(run.flop),
            price=money(implied.per_exaflop, currency, places([implied.per_exaflop])),
        )
        if implied.hours is not None and implied.hour is not None:
            yield say(
                "at {mfu} % MFU that is {hours} hours of {machine}, {hour} each",
                mfu=plain(100 * run.mfu.expected),
                hours=figure(implied.hours, 0),
                machine=implied.machine,
                hour=money(implied.hour, currency, 2),
            )
    own = next((one for one in answer.lines if one.kind == "gpus"), None)
    vendor = next((one for one in answer.lines if one.kind == "vendor"), None)
    if own is not None and vendor is not None and own.cost.amount:
        yield say(
            "{vendor} charges {times} times the GPU rent, which excludes "
            "staff, idle time and failed runs",
            vendor=visible(vendor.name),
            times=times_text(vendor.cost.amount / own.cost.amount),
        )


def human(answer: TrainingAnswer) -> Grid:
    """The lines for people; a column that is empty is not drawn."""
    code, lines = answer.exchange.currency, answer.lines
    digits = places(one.cost.amount for one in lines)
    each = places(one.million for one in lines if one.million is not None)
    costs = [money(one.cost.amount, code, cents(one.cost.amount, digits)) for one in lines]
    columns = [
        (Column(_("GPU or vendor")), [visible(one.name) for one in lines]),
        (Column(_("GPU-hours"), right=True), [hours_cell(one) for one in lines]),
        (Column(_("cost"), right=True), costs),
        (Column(_("range"), right=True), [range_of(one, digits) for one in lines]),
        (
            Column(_("1M tokens"), right=True),
            ["" if one.million is None else money(one.million, code, each) for one in lines],
        ),
    ]
    drawn = [(title, cells) for title, cells in columns if any(cells)]
    rows = zip(*(cells for _title, cells in drawn), strict=True)
    return grid([title for title, _cells in drawn], rows, 0 if len(lines) > 1 else None)


def cents(amount: Decimal, digits: int) -> int:
    """The decimal places of an amount in a column of so many: none of what is large."""
    return 0 if amount >= 1000 else digits


def range_of(line: TrainingLine, digits: int) -> str:
    low, high = line.cost.low, line.cost.high
    if low == high:
        return ""
    return "–".join(figure(one, cents(line.cost.amount, digits)) for one in (low, high))


def hours_cell(line: TrainingLine) -> str:
    return "" if line.hours is None else figure(line.hours, figure_places([line.hours]))


def machine(answer: TrainingAnswer) -> Grid:
    titles = [Column(name, right=name not in TEXTS) for name in KEYS]
    return grid(titles, (machine_row(answer, one) for one in answer.lines))


def machine_row(answer: TrainingAnswer, one: TrainingLine) -> list[str]:
    figures = (one.hours, one.hour, one.cost.amount, one.cost.low, one.cost.high)
    return [
        *(one.kind, visible(one.name), visible(one.where), one.day),
        *(plain_or_none(value) or "" for value in figures),
        answer.exchange.currency,
        plain_or_none(one.million) or "",
    ]


def legend(answer: TrainingAnswer) -> list[str]:
    """The one line that a terminal has in place of the notes."""
    if not any(one.kind == "gpus" for one in answer.lines):
        return []
    run = answer.run
    return [
        say(
            "MFU {mfu} % ({low}–{high} %), assumed",
            mfu=plain(100 * run.mfu.expected),
            low=plain(100 * run.mfu.low),
            high=plain(100 * run.mfu.high),
        ),
        say("memory not checked"),
        say("--notes explains"),
    ]


def notes(answer: TrainingAnswer, facts: HostingFacts) -> list[str]:
    """What is assumed, and what is not in it."""
    run, training = answer.run, facts.training
    found: list[str] = []
    if any(one.kind == "gpus" for one in answer.lines):
        found.append(
            say(
                "MFU {mfu} % of the bf16 peak, {low} to {high} %; attention is not in 6 N D",
                mfu=plain(100 * run.mfu.expected),
                low=plain(100 * run.mfu.low),
                high=plain(100 * run.mfu.high),
            )
        )
        rents = [
            say(
                "{machine} {hour} ({day})",
                machine=one.name,
                hour=hour_text(answer, one),
                day=one.day or "?",
            )
            for one in answer.lines
            if one.kind == "gpus" and one.where
        ]
        if rents:
            found.append(
                say(
                    "GPU-hours at {where}: {prices}",
                    where=facts.rents.reference,
                    prices=", ".join(map(str, rents)),
                )
            )
        found.append(say("whether it fits into memory is not checked"))
    nominal = training.parameters_of(answer.model)
    if run.known_flop is None and run.parameters is not None and run.parameters == nominal:
        found.append(say("parameters as the name of the model states them"))
    if not any(one.kind == "vendor" for one in answer.lines) and run.known_flop is None:
        found.append(say("no vendor's training price is known for it; -m names a model"))
    if answer.exchange.rates:
        found.append(rate_note(answer.exchange, answer.at))
    return found


def hour_text(answer: TrainingAnswer, line: TrainingLine) -> str:
    return "" if line.hour is None else money(line.hour, answer.exchange.currency, 2)


def document(answer: TrainingAnswer, facts: HostingFacts, notes: list[str]) -> Document:
    """The JSON contract of docs/output.md, schema `llmcost.train/1`."""
    run, implied = answer.run, answer.implied
    return {
        "schema": "llmcost.train/1",
        "as_of": answer.at.isoformat(),
        "currency": answer.exchange.currency,
        "model": answer.model or None,
        "flop": plain_or_none(run.flop),
        "parameters": plain_or_none(run.parameters),
        "tokens": plain_or_none(run.tokens),
        "epochs": run.epochs,
        "mfu": {
            "expected": data(run.mfu.expected),
            "low": data(run.mfu.low),
            "high": data(run.mfu.high),
            "source": facts.training.mfu.source,
        },
        "implied": None
        if implied is None or run.paid is None
        else {
            "paid": data(run.paid.amount),
            "currency": run.paid.currency,
            "per_exaflop": data(implied.per_exaflop),
            "machine": implied.machine or None,
            "gpu_hours": plain_or_none(implied.hours),
            "gpu_hour": plain_or_none(implied.hour),
        },
        "results": [
            {
                "kind": one.kind,
                "name": one.name,
                "where": one.where or None,
                "day": one.day or None,
                "gpu_hours": plain_or_none(one.hours),
                "gpu_hour": plain_or_none(one.hour),
                "cost": range_document(one.cost),
                "per_million_tokens": plain_or_none(one.million),
            }
            for one in answer.lines
        ],
        "notes": notes,
        **fx_document(answer.exchange),
    }
