"""A workload on own GPUs or reserved throughput, beside the vendor and the cheapest host.

All amounts are in the currency of the exchange. A host of the same weights is any seller of the
model in the price table; where its maker sells none by the token, the middle host stands for it.
"""

from collections.abc import Iterable, Iterator, KeysView, Sequence
from datetime import datetime
from decimal import Decimal, localcontext

import msgspec

from llmcost.commands.budget.compute import BudgetLine, budget, month_of
from llmcost.commands.budget.own_gpus import demand_of, hosted_ids
from llmcost.messages import say
from llmcost.money import EXACT, ZERO, Exchange, Money, convert
from llmcost.pricing.billing import Excluded
from llmcost.pricing.catalog import matching, offers_at, on_sale
from llmcost.pricing.hosting_facts import (
    HostableModel,
    HostingFacts,
    Rent,
    Reservation,
    ServingForecast,
)
from llmcost.pricing.price_rows import Model, Offer, PriceTable
from llmcost.workload.hosting import (
    LIFE,
    PEAK_TO_MEAN,
    PUE,
    SPARE,
    Demand,
    Fleet,
    OwnMonth,
    OwnMonths,
    ServingRate,
    bought_hour,
    fastest,
    forecasts_by_machine,
    full_use_prices,
    most_peak_to_mean,
    own_months,
    reserved_month,
)
from llmcost.workload.ownership import days_in, deployed
from llmcost.workload.traffic import Query


class BoughtGpu(msgspec.Struct, frozen=True):
    """A GPU that is bought: its price, its life in months, and the price of a kWh, if known."""

    price: Money
    months: int = LIFE
    energy: Money | None = None
    pue: Decimal = PUE


class HostTerms(msgspec.Struct, frozen=True):
    """What the user states of machines and traffic; None: the default of the facts."""

    hour: Money | None = None
    bought: BoughtGpu | None = None
    peak_to_mean: Decimal = PEAK_TO_MEAN
    peak_basis: str = "assumed"  # or "given", or "traffic"
    spare: int = SPARE
    machine: str = ""


class HostedFamily(msgspec.Struct, frozen=True):
    """One model with its weights, if they are published and forecast; the rows that the user named
    or the maker's; all sellers; and the reserved throughput that is sold of it."""

    id: str
    hostable: HostableModel | None
    named: tuple[Model, ...]
    sellers: tuple[Model, ...]
    reservations: tuple[Reservation, ...] = ()


class HostLine(msgspec.Struct, frozen=True):
    """One machine, one reservation, or one dedicated unit, beside the API.

    `vendor` is the month at the maker's price, or at the middle host's; `host` at the cheapest one.
    `hour`: of one GPU; `replica`: the GPUs of one. `against_host`: the use from which it pays
    against the cheapest host.
    """

    family: HostedFamily
    vendor: BudgetLine
    host: BudgetLine
    demand: Demand
    months: OwnMonths
    against_host: Decimal | None
    forecast: ServingForecast | None = None
    weights: str = ""
    hour: Decimal = ZERO
    replica: int = 0
    rent: Rent | None = None
    reservation: Reservation | None = None
    dedicated: Offer | None = None
    rank: int = 0

    @property
    def model(self) -> Model:
        return self.vendor.model

    @property
    def kind(self) -> str:
        """What is rented: gpus, reserved or dedicated."""
        if self.forecast is not None:
            return "gpus"
        return "dedicated" if self.reservation is None else "reserved"

    @property
    def is_free(self) -> bool:
        return False

    @property
    def own(self) -> OwnMonth:
        """The month as it is expected."""
        return self.months.expected

    @property
    def api(self) -> Decimal:
        """The cheapest month at an API."""
        return min(month_of(self.vendor).cost.amount, month_of(self.host).cost.amount)

    @property
    def replaced(self) -> Decimal | None:
        """What an hour of a GPU at full load costs at the vendor; None where no GPU is rented."""
        return self.hour / self.own.break_even if self.hour and self.own.break_even else None

    @property
    def full_use(self) -> tuple[Decimal, Decimal] | None:
        """The prices of a million tokens of input and output if all of a reservation were used, in
        its own currency; None of what is no reservation."""
        one = self.reservation
        return (
            None if one is None else full_use_prices(one.input_10k_tpm_day, one.output_1k_tpm_day)
        )

    @property
    def pays(self) -> bool:
        return self.own.cost < self.api

    @property
    def most_peak_to_mean(self) -> Decimal | None:
        """The highest peak over mean with which it can pay against every API; None: never."""
        return most_peak_to_mean(self.against_host)


class HostAnswer(msgspec.Struct, frozen=True):
    """The lines of a scenario, the best first, the models that have none, and what a reader must
    know of their names."""

    name: str
    query: Query
    terms: HostTerms
    lines: tuple[HostLine, ...]
    excluded: tuple[Excluded, ...]
    notes: tuple[str, ...] = ()


def families(
    table: PriceTable,
    facts: HostingFacts,
    at: datetime,
    named: Sequence[Model] | None,
    sellers: Sequence[str] = (),
) -> tuple[list[HostedFamily], list[Excluded]]:
    """Return the models that can be hosted or reserved, those `named` or all, and of those named
    the ones that cannot. A model that its maker sells no more is meant at all its hosts. `sellers`:
    only what these providers sell by the token."""
    market = [one for one in table.models if not sellers or one.provider in sellers]
    found: list[HostedFamily] = []
    taken: set[str] = set()
    for id in ids_of(facts):
        sold = on_sale(matching(market, id, at), at)
        keys = {one.key for one in sold}
        meant = (
            sold
            if named is None
            else [one for one in named if one.key in keys or id in hosted_ids(one)]
        )
        mine = [one for one in meant if one.key in keys] or (sold if meant else [])
        if mine:
            found.append(
                HostedFamily(
                    id,
                    next((one for one in facts.throughput.models if one.id == id), None),
                    tuple(mine),
                    tuple(sold),
                    tuple(one for one in facts.reserved.reservations if one.model == id),
                )
            )
            taken |= keys | {one.key for one in meant}
    for one in named or ():
        if one.key not in taken and deployments(one, at):
            found.append(HostedFamily(one.id, None, (one,), (one,)))
            taken.add(one.key)
    left = [
        Excluded(one, "weights", why_left(facts, one))
        for one in named or ()
        if one.key not in taken
    ]
    return found, left


def sold_no_more(
    named: Iterable[Model], found: Iterable[HostedFamily], at: datetime
) -> Iterator[str]:
    """What a reader must know of names that are compared with all hosts of the model."""
    found = list(found)
    for one in named:
        ids = set(hosted_ids(one))
        if not on_sale([one], at) and any(each.id in ids for each in found):
            yield say(
                "{provider} no longer sells {model}; it is compared with its other sellers",
                provider=one.provider,
                model=one.id,
            )


def why_left(facts: HostingFacts, model: Model) -> str:
    if ids_of(facts).isdisjoint(hosted_ids(model)):
        return say("no forecast of its throughput")
    return say("no price per token is known of it on that day")


def deployments(model: Model, at: datetime) -> list[Offer]:
    """The dedicated units of a model that are sold at `at`."""
    return [offer for kind, offer in offers_at(model, at) if kind == "deployment"]


def hosted_names(facts: HostingFacts, patterns: Iterable[str]) -> Iterator[str]:
    """The names of models, those that begin several ids as all of these: `qwen3`, `gpt-oss`."""
    ids = ids_of(facts)
    for one in patterns:
        found = [id for id in ids if id.startswith(one.casefold())]
        yield from found if found and one.casefold() not in ids else [one]


def ids_of(facts: HostingFacts) -> KeysView[str]:
    """The models that can be hosted or reserved, in the order of the facts."""
    ids = [one.id for one in facts.throughput.models]
    return dict.fromkeys([*ids, *(one.model for one in facts.reserved.reservations)]).keys()


def host(
    table: PriceTable,
    facts: HostingFacts,
    found: Iterable[HostedFamily],
    query: Query,
    terms: HostTerms,
) -> tuple[list[HostLine], list[Excluded]]:
    """Return a line for each machine and reservation of each model, the best first: those that cost
    least beside the cheapest API. Raise NoExchangeRate."""
    lines: list[HostLine] = []
    excluded: list[Excluded] = []
    with localcontext(EXACT):
        for family in found:
            mine, left = lines_of(table, facts, family, query, terms)
            lines += mine
            excluded += left
        lines.sort(key=lambda one: (one.own.cost / one.api if one.api else 10**9, one.family.id))
    ranked = [msgspec.structs.replace(one, rank=rank) for rank, one in enumerate(lines, 1)]
    return ranked, excluded


def lines_of(
    table: PriceTable, facts: HostingFacts, family: HostedFamily, query: Query, terms: HostTerms
) -> tuple[list[HostLine], list[Excluded]]:
    """The lines of one model, or why it has none."""
    result = budget(table, family.sellers, query)
    priced = [one for one in result.lines if not one.is_free and one.monthly is not None]
    if not priced:
        return [], list(result.excluded[:1])
    vendor = vendor_of(priced, family.named)
    ends = vendor, priced[0]
    demand = demand_of(query.workload, vendor.model, terms.peak_to_mean, terms.spare)
    lines = [
        *gpu_lines(facts, family, ends, demand, query.exchange, terms),
        *reserved_lines(family, ends, demand, query.exchange, terms),
        *dedicated_lines(table, family, ends, demand, query, terms),
    ]
    good = [one for one in lines if isinstance(one, HostLine)]
    why = [one for one in lines if not isinstance(one, HostLine)]
    if terms.machine and not lines:
        name = facts.machine(terms.machine).name
        why = [say("no forecast of its throughput on {machine}", machine=name)]
    return good, [Excluded(vendor.model, "weights", why[0])] if why and not good else []


def vendor_of(lines: Sequence[BudgetLine], named: Sequence[Model]) -> BudgetLine:
    """The row that was named, the maker's if there are several; else the middle one by cost."""
    keys = {one.key for one in named}
    mine = [one for one in lines if one.model.key in keys] or list(lines)
    makers = [one for one in mine if not one.model.serves]
    if makers:
        order = [one.key for one in named]
        return min(makers, key=lambda one: order.index(one.model.key) if order else 0)
    return mine[(len(mine) - 1) // 2]


Ends = tuple[BudgetLine, BudgetLine]


def gpu_lines(
    facts: HostingFacts,
    family: HostedFamily,
    ends: Ends,
    demand: Demand,
    exchange: Exchange,
    terms: HostTerms,
) -> Iterator[HostLine | str]:
    """One line for each machine, with the weights and the engine that serve most; or why not."""
    if family.hostable is None:
        return
    for machine, forecasts in forecasts_by_machine(family.hostable).items():
        if terms.machine and machine != terms.machine:
            continue
        best = fastest([one for _name, one in forecasts], demand.input, demand.output)
        if isinstance(best, str):
            yield best
            continue
        rent = facts.reference(machine)
        hour = hour_of(facts, machine, rent, exchange, terms)
        if hour is None:
            yield say("no rent of a {machine} known", machine=facts.machine(machine).name)
            continue
        forecast, rate = best
        yield gpu_line(facts, family, ends, demand, forecast, rate, hour, rent, forecasts)


def gpu_line(
    facts: HostingFacts,
    family: HostedFamily,
    ends: Ends,
    demand: Demand,
    forecast: ServingForecast,
    rate: ServingRate,
    hour: Decimal,
    rent: Rent | None,
    forecasts: Iterable[tuple[str, ServingForecast]],
) -> HostLine:
    factor = facts.measured.factor
    vendor, host = ((month_of(one).cost.amount / demand.requests) for one in ends)
    return HostLine(
        family=family,
        vendor=ends[0],
        host=ends[1],
        demand=demand,
        months=own_months(demand, rate, factor, hour, vendor),
        against_host=own_months(demand, rate, factor, hour, host).expected.break_even,
        forecast=forecast,
        weights=next(name for name, one in forecasts if one is forecast),
        hour=hour,
        replica=rate.gpus,
        rent=rent,
    )


def hour_of(
    facts: HostingFacts, machine: str, rent: Rent | None, exchange: Exchange, terms: HostTerms
) -> Decimal | None:
    """An hour of a GPU: what the user pays or has bought it for, or the rent of the file."""
    if terms.bought is not None:
        bought = terms.bought
        energy = ZERO if bought.energy is None else in_ranking(bought.energy, exchange)
        watts = facts.machine(machine).power_w
        price = in_ranking(bought.price, exchange)
        return bought_hour(price, bought.months, watts, bought.pue, energy)
    if terms.hour is not None:
        return in_ranking(terms.hour, exchange)
    return None if rent is None else in_ranking(Money(rent.price, rent.currency), exchange)


def in_ranking(amount: Money, exchange: Exchange) -> Decimal:
    return convert(amount.amount, amount.currency, exchange.currency, exchange.rates)


def reserved_lines(
    family: HostedFamily, ends: Ends, demand: Demand, exchange: Exchange, terms: HostTerms
) -> Iterator[HostLine]:
    """One line for each reservation; a machine that is named leaves them out."""
    for one in family.reservations if not terms.machine else ():
        per_input = in_ranking(Money(one.input_10k_tpm_day, one.currency), exchange)
        per_output = in_ranking(Money(one.output_1k_tpm_day, one.currency), exchange)
        vendor, host = ((month_of(end).cost.amount / demand.requests) for end in ends)
        month = reserved_month(demand, per_input, per_output, vendor)
        against = reserved_month(demand, per_input, per_output, host).break_even
        yield HostLine(
            family=family,
            vendor=ends[0],
            host=ends[1],
            demand=demand,
            months=OwnMonths(month, month, month),
            against_host=against,
            reservation=one,
        )


def dedicated_lines(
    table: PriceTable,
    family: HostedFamily,
    ends: Ends,
    demand: Demand,
    query: Query,
    terms: HostTerms,
) -> Iterator[HostLine]:
    """One line for each dedicated unit that its sellers rent. No source says what one can serve."""
    for model in family.sellers if not terms.machine else ():
        for offer in deployments(model, query.at):
            _hours, price = deployed(offer, query.workload, days_in(query.month))
            amount = Money(price, table.providers[model.provider].currency)
            cost = in_ranking(amount, query.exchange)
            month = OwnMonth(ZERO, Fleet(1, None), cost, None)
            yield HostLine(
                family=family,
                vendor=ends[0],
                host=ends[1],
                demand=demand,
                months=OwnMonths(month, month, month),
                against_host=None,
                dedicated=offer,
            )
