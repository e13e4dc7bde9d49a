"""A month of a workload on one model: its bill, and how many users a budget covers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, localcontext

import msgspec

from llmcost.money import EXACT, ZERO, Exchange, Money, Range, convert, kept
from llmcost.pricing.billing import merged, quota_steps, scaled
from llmcost.pricing.contract import NO_CONTRACT, Contract
from llmcost.pricing.cost import BillPart, sum_of
from llmcost.pricing.price_rows import PriceRow, Quota
from llmcost.workload.model import Load, Workload, conversations_of
from llmcost.workload.ownership import Owned, fixed_parts, storage_part
from llmcost.workload.running_cost import Running, Slice, parts_of

HUNDREDTH = Decimal("0.01")
ROUNDING = Decimal("1e-40")  # far more than EXACT rounds, far less than is kept


class Case(msgspec.Struct, frozen=True):
    """A workload on one model: the row and the slices that bill it, what it has beside tokens, the
    fees of a request, and the days of the month."""

    workload: Workload
    row: PriceRow
    currency: str
    slices: tuple[Slice, ...]
    owned: Owned
    fees: tuple[BillPart, ...]
    quota: Quota | None
    at: datetime
    days: int
    contract: Contract = NO_CONTRACT

    @property
    def free_tokens(self) -> int:
        return 0 if self.quota is None else self.quota.tokens


class Revenue(msgspec.Struct, frozen=True):
    """Of a month, what is left of it, and the price per paying user that just covers the cost."""

    amount: Decimal
    margin: Decimal
    break_even: Decimal | None
    currency: str
    payback: Decimal | None = None
    """Months in which the margin of a user pays what winning it cost; None: never, or unknown."""


class Talk(msgspec.Struct, frozen=True):
    """One conversation as it is billed, retries included: its tokens and how many they are, and
    what is billed by the call or for keeping its prefix."""

    tokens: Sequence[BillPart]
    sent: Decimal | int
    calls: Sequence[BillPart]

    @property
    def cost(self) -> Decimal:
        return sum_of(self.tokens) + sum_of(self.calls)


class Monthly(msgspec.Struct, frozen=True):
    """A month's bill. `users` is the MAU or, if that was not said, the most that the budget carries
    (None: any number, so there is no bill).

    `most_users`, and `most_requests` of each, are what the budget carries; None: no limit, or no
    budget. `holds`: whether the budget is enough.
    """

    users: int | None
    talk: Talk
    native: Range
    cost: Range
    running: Running
    holds: bool | None = None
    most_users: int | None = None
    most_requests: Decimal | None = None
    revenue: Revenue | None = None


def monthly(case: Case, talk: Talk, bounds: Sequence[Running], exchange: Exchange) -> Monthly:
    """The bill at the expected tokens; `bounds` is the month at the fewest and the most."""
    workload = case.workload
    running = running_of(case, talk)
    budget = spendable(workload.budget, case.currency, exchange)
    most = None if budget is None else running.most(budget)
    users = workload.mau if workload.mau is not None else most
    amount = running.cost(users or 0)
    amounts = [amount, *(one.cost(users or 0) for one in bounds)]
    whole = Range(amount, min(amounts), max(amounts), case.currency)
    cost = whole.to(exchange.currency, exchange.rates)
    return Monthly(
        users=users,
        talk=talk,
        native=whole.kept(),
        cost=cost.kept(),
        running=running,
        holds=None if budget is None or workload.mau is None else amount <= budget,
        most_users=most,
        most_requests=most_requests(workload, running, budget),
        revenue=revenue(workload, users, cost, exchange),
    )


def native(amount: Money | None, currency: str, exchange: Exchange) -> Decimal | None:
    if amount is None:
        return None
    return convert(amount.amount, amount.currency, currency, exchange.rates)


def spendable(budget: Money | None, currency: str, exchange: Exchange) -> Decimal | None:
    """A budget in this currency, and so little more that a cost of exactly the budget fits, however
    the divisions in it were rounded."""
    found = native(budget, currency, exchange)
    return None if found is None else found + found * ROUNDING


def talk_of(case: Case, load: Load) -> Talk:
    sent = 1 + case.workload.retries
    hours = case.workload.cache_storage_hours
    storage = storage_part(case.row, load.prefix, hours, case.slices[0].conditions)
    return Talk(
        scaled(parts_of(load.pile, case.slices), sent),
        (load.pile.total.input + load.pile.total.output) * sent,
        [*scaled(case.fees, load.turns * sent), *([storage] if storage else [])],
    )


def running_of(case: Case, talk: Talk) -> Running:
    conversations = conversations_of(case.workload) or ZERO
    return Running(
        tokens=talk.sent * conversations,
        gross=sum_of(talk.tokens) * conversations,
        calls=sum_of(talk.calls) * conversations,
        fixed=sum_of(fixed_parts(case.owned, case.workload, case.days)),
        quota=case.free_tokens,
        packs=case.owned.packs,
        contract=case.contract,
    )


def month_parts(case: Case, month: Monthly) -> tuple[BillPart, ...]:
    """The lines of the month's bill; they add up to its `native` amount."""
    users = month.users or 0
    with localcontext(EXACT):
        conversations = (conversations_of(case.workload) or ZERO) * users
        parts = scaled([*month.talk.tokens, *month.talk.calls], conversations)
        fixed = fixed_parts(case.owned, case.workload, case.days)
        whole = merged([*parts, *reductions(case, month.running, users), *fixed])
        whole += case.contract.parts(sum_of(whole))
    return tuple(
        BillPart(one.item, kept(Decimal(one.quantity)), kept(one.rate), one.per, one.steps)
        for one in whole
        if one.quantity
    )


def reductions(case: Case, running: Running, users: int) -> list[BillPart]:
    """What the free quota and prepaid packs take off, and the price of the packs."""
    used, gross = running.tokens * users, running.gross * users
    free = min(Decimal(running.quota), used)
    found = []
    if case.quota is not None and free and gross:
        found.append(BillPart("free_quota", free, -gross / used, 1, quota_steps(case.quota)))
    packed = running.packed(users)
    if packed.packs:
        covered = used - free - (packed.rest * used / gross)
        found.append(BillPart("in_packs", covered, -gross / used, 1))
    found += [BillPart("packs", count, pack.price, 1, pack.steps) for pack, count in packed.packs]
    return found


def most_requests(workload: Workload, running: Running, budget: Decimal | None) -> Decimal | None:
    """Per user and month, in hundredths; None: no limit, or nothing that it could be of."""
    requests = (conversations_of(workload) or ZERO) * workload.turns
    if budget is None or not workload.mau or not requests:
        return None
    found = running.most(budget, workload.mau * HUNDREDTH / requests)
    return None if found is None else found * HUNDREDTH


def revenue(
    workload: Workload, users: int | None, cost: Range, exchange: Exchange
) -> Revenue | None:
    price = native(workload.revenue_per_user, cost.currency, exchange)
    if price is None or users is None:
        return None
    paying = users * workload.paying_share
    amount = paying * price
    even = cost.amount / paying if paying else None
    margin, won = amount - cost.amount, native(workload.acquisition_cost, cost.currency, exchange)
    payback = kept(won * users / margin) if won is not None and margin > 0 else None
    return Revenue(kept(amount), kept(margin), even and kept(even), cost.currency, payback)
