"""The model or the price of `--vs`, with which the costs of the others are compared."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from llmcost.errors import LlmcostError, UsageError
from llmcost.messages import joined, say, visible
from llmcost.money import PER, Exchange, Money, convert
from llmcost.pricing.billing import Excluded
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.pricing.reference import Reference
from llmcost.runtime.price_table import chosen_models
from llmcost.workload.quantities import token_price


class ReferenceChoice(msgspec.Struct, frozen=True):
    """A model, or a price of 1M tokens, whose currency is empty if none was named; without a name,
    there is nothing to compare with."""

    name: str
    models: tuple[Model, ...] = ()
    price: Money | None = None

    def amounts(self, table: PriceTable) -> list[Money]:
        """Return amounts of nothing in the currencies that an exchange needs rates of."""
        found = {table.providers[one.provider].currency for one in self.models}
        found |= {self.price.currency} if self.price and self.price.currency else set()
        return [Money(Decimal(0), one) for one in found]

    def priced(self, exchange: Exchange) -> Reference:
        """Return the price in the currency that ranks; of one without a currency, that is meant."""
        price = self.price or Money(Decimal(0), "")
        source = price.currency or exchange.currency
        amount = convert(price.amount, source, exchange.currency, exchange.rates)
        return Reference(self.name, price=amount)

    def costing(
        self, costs: Sequence[Decimal], excluded: Sequence[Excluded], exchange: Exchange
    ) -> Reference:
        """Return the reference where its model costs so much, if it has a cost. Raise LlmcostError
        if there is none, or nothing to compare with."""
        if not self.models:
            return self.priced(exchange)
        if not costs or not costs[0]:
            why = excluded[0].detail if excluded else say("it is free")
            said = say("nothing to compare with: `{model}`: {why}", model=self.name, why=why)
            raise LlmcostError(said, hint=say("name another model or a price, like --vs 0.12/k"))
        return Reference(self.name, cost=costs[0])


NO_REFERENCE = ReferenceChoice("")


def reference_choice(table: PriceTable, text: str | None, at: datetime) -> ReferenceChoice:
    """Return what --vs names, if it names anything. Raise UnknownModel, UsageError for a name of
    several models."""
    if text is None:
        return NO_REFERENCE
    price = token_price(text)
    if price is not None:
        per = Money(price.amount * PER / price.per, price.currency)
        return ReferenceChoice(visible(text), price=per)
    models = chosen_models(table, [text], [], at, kind="chat").models
    if len(models) != 1:
        names = joined([f"`{one.key}`" for one in models[:4]])
        raise UsageError(say("--vs names several models: {models}", models=names), hint=ONE)
    return ReferenceChoice(visible(models[0].id), tuple(models))


ONE = say("name one, like --vs gpt-4-turbo, or a price, like --vs 0.12/k")
