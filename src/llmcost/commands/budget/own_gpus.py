"""Own GPUs in the place of a month's bill: the load of a workload, and where it would cost less.

Only where own GPUs cost less than every seller of the same weights are they named; `llmcost host`
has the whole comparison.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext

import msgspec

from llmcost.commands.budget.compute import (
    Budget,
    BudgetLine,
    OwnGpus,
    budget,
    described,
    month_of,
    system_count,
)
from llmcost.money import EXACT, ZERO, Exchange, convert
from llmcost.pricing.catalog import matching, on_sale
from llmcost.pricing.hosting_facts import HostableModel, HostingFacts
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.workload.hosting import (
    PEAK_TO_MEAN,
    SPARE,
    Demand,
    fastest,
    forecasts_by_machine,
    own_month,
)
from llmcost.workload.model import Workload, conversations_of, load_of, workload_on
from llmcost.workload.retrieval import NO_RETRIEVAL
from llmcost.workload.traffic import Query


def demand_of(workload: Workload, model: Model, peak: Decimal, spare: int = SPARE) -> Demand:
    """Return what the workload sends in a month, in the tokens of a model; requests that are sent
    again are served again."""
    whole = described(workload_on(workload, model.key))
    system = whole.system_tokens + system_count(whole, model).tokens
    pile = load_of(whole, system, writes=False).pile
    each = sum(times for _usage, times in pile.usages)
    conversations = (conversations_of(whole) or ZERO) * (whole.mau or 0)
    return Demand(
        conversations * each * (1 + whole.retries),
        Decimal(pile.total.input) / each,
        Decimal(pile.total.output) / each,
        Decimal(pile.total.cache_read) / each,
        peak,
        spare,
    )


def own_gpus(
    facts: HostingFacts,
    table: PriceTable,
    found: Budget,
    exchange: Exchange,
    peak: Decimal = PEAK_TO_MEAN,
) -> Mapping[str, OwnGpus]:
    """Return, by the key of its model, each line of a month that own GPUs would make cheaper than
    it and than every seller of the same weights. `exchange` has a rate for their rents."""
    query = requests_alone(msgspec.structs.replace(found.query, exchange=exchange))
    ids = {one.id: one for one in facts.throughput.models}
    cheaper: dict[str, OwnGpus] = {}
    with localcontext(EXACT):
        for line in found.lines:
            hostable = next((ids[one] for one in hosted_ids(line.model) if one in ids), None)
            if hostable is None or line.is_free or line.monthly is None:
                continue
            demand = demand_of(query.workload, line.model, peak)
            best = min(machines(facts, hostable, demand, exchange), default=None)
            if best is None or best[0] >= month_of(line).cost.amount:
                continue  # nearly always; what own GPUs do not replace is in that month
            sellers = on_sale(matching(table.models, hostable.id, query.at), query.at)
            sellers += [] if line.model in sellers else [line.model]
            if all(best[0] < cost for cost in costs(budget(table, sellers, query).lines)):
                cheaper[line.model.key] = OwnGpus(best[1], best[0])
    return cheaper


def requests_alone(query: Query) -> Query:
    """Return the query of the requests that own GPUs would serve: without training, a deployment,
    fees, and the models that search."""
    workload = msgspec.structs.replace(
        query.workload,
        budget=None,
        revenue_per_user=None,
        fees={},
        fine_tune_tokens=0,
        deployment=None,
    )
    return msgspec.structs.replace(query, workload=workload, retrieval=NO_RETRIEVAL)


def hosted_ids(model: Model) -> Iterator[str]:
    """What a model is called where it can be hosted: its own id, or that of the maker's."""
    yield model.id.casefold()
    yield model.serves.partition("/")[2].casefold()


def costs(lines: tuple[BudgetLine, ...]) -> Iterator[Decimal]:
    for line in lines:
        if not line.is_free and line.monthly is not None:
            yield line.monthly.cost.amount


def machines(
    facts: HostingFacts, hostable: HostableModel, demand: Demand, exchange: Exchange
) -> Iterator[tuple[Decimal, str]]:
    """The month on each machine at its default rent, as it is expected."""
    for machine, forecasts in forecasts_by_machine(hostable).items():
        rate = fastest([one for _name, one in forecasts], demand.input, demand.output)
        rent = facts.reference(machine)
        if isinstance(rate, str) or rent is None or not demand.requests:
            continue
        hour = convert(rent.price, rent.currency, exchange.currency, exchange.rates)
        month = own_month(demand, rate[1], facts.measured.factor.expected, hour, ZERO)
        yield month.cost, facts.machine(machine).name
