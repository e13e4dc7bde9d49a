"""A training run on each machine, beside the prices of vendors per million training tokens."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from llmcost.money import PER, Exchange, Money, Range, convert
from llmcost.pricing.catalog import offers_at
from llmcost.pricing.hosting_facts import Derating, HostingFacts
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.workload.training import gpu_hours, per_million, training_flop


class TrainingRun(msgspec.Struct, frozen=True):
    """What is trained: its operations, or its parameters and tokens. `mfu`: the share of the peak
    of a GPU that is reached. `paid`: what the run is said to have cost."""

    mfu: Derating
    parameters: Decimal | None = None
    tokens: Decimal | None = None
    epochs: int = 1
    known_flop: Decimal | None = None
    paid: Money | None = None

    @property
    def flop(self) -> Decimal | None:
        """None if the parameters are not known."""
        if self.known_flop is not None:
            return self.known_flop
        if self.parameters is None or self.tokens is None:
            return None
        return training_flop(self.parameters, self.tokens, self.epochs)

    @property
    def trained(self) -> Decimal | None:
        """Training tokens with their epochs, as vendors bill them."""
        return None if self.tokens is None else self.tokens * self.epochs


class TrainingLine(msgspec.Struct, frozen=True):
    """The run on one machine, or at one vendor. `hours` of one GPU, `hour` the price of one."""

    kind: str
    name: str
    where: str
    day: str
    cost: Range
    million: Decimal | None = None
    hours: Decimal | None = None
    hour: Decimal | None = None


class ImpliedPrice(msgspec.Struct, frozen=True):
    """What a price that is known of a run says of its operations and of an hour of a GPU."""

    per_exaflop: Decimal
    hour: Decimal | None
    hours: Decimal | None
    machine: str


class TrainingAnswer(msgspec.Struct, frozen=True):
    """The lines, the cheapest first, and what a price that was paid implies."""

    run: TrainingRun
    model: str
    exchange: Exchange
    at: datetime
    lines: tuple[TrainingLine, ...]
    implied: ImpliedPrice | None


def gpu_lines(
    facts: HostingFacts, run: TrainingRun, exchange: Exchange, machine: str, given: Money | None
) -> Iterator[TrainingLine]:
    """The run on each machine that is rented, at the price of an hour that is `given` or known."""
    if run.flop is None:
        return
    for one in facts.rents.machines:
        rent = facts.reference(one.id)
        if machine and one.id != machine:
            continue
        price = given or (None if rent is None else Money(rent.price, rent.currency))
        if price is None:
            continue
        hour = convert(price.amount, price.currency, exchange.currency, exchange.rates)
        expected, low, high = (
            gpu_hours(run.flop, one.bf16_tflops, mfu)
            for mfu in (run.mfu.expected, run.mfu.high, run.mfu.low)
        )
        cost = Range(expected * hour, low * hour, high * hour, exchange.currency)
        million = None if run.trained is None else per_million(cost.amount, run.trained)
        where, day = (rent.where, rent.day) if rent and given is None else ("", "")
        yield TrainingLine("gpus", one.name, where, day, cost, million, expected, hour)


def vendor_lines(
    facts: HostingFacts,
    table: PriceTable,
    models: Iterable[Model],
    name: str,
    run: TrainingRun,
    exchange: Exchange,
    at: datetime,
) -> Iterator[TrainingLine]:
    """The run at each vendor that trains the model, by the million tokens."""
    if run.trained is None or not name:
        return
    for price in facts.training.prices:
        if price.model == name:
            amount = Money(price.price, price.currency)
            yield vendor_line(price.vendor, price.day, amount, run.trained, exchange)
    for model in models:
        provider = table.providers[model.provider]
        for kind, offer in offers_at(model, at):
            if kind == "fine_tuning":
                where = " ".join(filter(None, (provider.name, offer.what)))
                amount = Money(offer.price, provider.currency)
                yield vendor_line(where, f"{offer.checked}", amount, run.trained, exchange)


def vendor_line(
    where: str, day: str, price: Money, tokens: Decimal, exchange: Exchange
) -> TrainingLine:
    million = convert(price.amount, price.currency, exchange.currency, exchange.rates)
    cost = million * tokens / PER
    whole = Range(cost, cost, cost, exchange.currency)
    return TrainingLine("vendor", where, where, day, whole, million)


def implied(facts: HostingFacts, run: TrainingRun, machine: str) -> ImpliedPrice | None:
    """Per 10^18 operations, and for an hour of `machine` if one is named; None if nothing was
    paid."""
    if run.paid is None or run.flop is None:
        return None
    each = run.paid.amount / run.flop * Decimal(10) ** 18
    if not machine:
        return ImpliedPrice(each, None, None, "")
    one = facts.machine(machine)
    hours = gpu_hours(run.flop, one.bf16_tflops, run.mfu.expected)
    return ImpliedPrice(each, run.paid.amount / hours, hours, one.name)
