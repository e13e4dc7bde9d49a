"""The charges of a log as rows of FOCUS 1.2, the open format of cloud bills.

https://focus.finops.org/focus-specification/v1-2/: a row a day, model and kind of token, with the
model in `SkuPriceDetails`, as the proposal of 2026-09 has it.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from llmcost.commands.usage.charges import Biller, Charge, is_tokens
from llmcost.money import ZERO
from llmcost.pricing.cost import PER_CALLS
from llmcost.pricing.price_rows import PriceTable
from llmcost.render.table import Column, Grid, grid
from llmcost.render.text import plain

COLUMNS = (
    *("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"),
    *("ChargeCategory", "ChargeDescription", "ProviderName", "PublisherName", "ServiceCategory"),
    *("ServiceSubcategory", "ServiceName", "SkuId", "SkuMeter", "SkuPriceDetails"),
    *("ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit", "ListUnitPrice"),
    *("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "BillingCurrency"),
)
NUMBERS = frozenset(
    (
        *("ConsumedQuantity", "PricingQuantity", "ListUnitPrice", "BilledCost", "EffectiveCost"),
        *("ListCost", "ContractedCost"),
    )
)
Line = tuple[date, str, str, Decimal, int]
"""Day, model, item, price and what it is of."""


def focus(charges: Iterable[Charge], table: PriceTable, biller: Biller) -> Grid:
    sums: dict[Line, tuple[Decimal, Decimal]] = {}
    coins: dict[str, str] = {}
    for one in charges:
        if one.model is None or one.amount is None:
            continue
        coins[one.model.key] = one.currency
        for part in biller.parts(one):
            line = (one.when.at.date(), one.model.key, part.item, part.rate, part.per)
            quantity, amount = sums.get(line, (ZERO, ZERO))
            sums[line] = quantity + part.quantity, amount + part.amount
    rows = [
        row_of(line, *pair, coins[line[1]], table)
        for line, pair in sorted(sums.items(), key=lambda one: one[0])
    ]
    return grid([Column(name, right=name in NUMBERS) for name in COLUMNS], rows)


def row_of(
    line: Line, quantity: Decimal, amount: Decimal, currency: str, table: PriceTable
) -> list[str]:
    day, key, item, rate, per = line
    provider = table.providers[key.partition("/")[0]]
    month = day.replace(day=1)
    unit = "Calls" if per == PER_CALLS and not is_tokens(item) else "Tokens"
    cost = plain(amount)
    details = msgspec.json.encode({"x_Model": key, "x_Item": item}).decode()
    return [
        *(instant(month), instant((month + timedelta(days=32)).replace(day=1))),
        *(instant(day), instant(day + timedelta(days=1))),
        *("Usage", f"{key} {item}", provider.name, provider.name, "AI and Machine Learning"),
        *("Generative AI", provider.name, key, item, details),
        *(plain(quantity), unit, plain(quantity / per), f"{per} {unit}", plain(rate)),
        *(cost, cost, cost, cost, currency),
    ]


def instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
