"""Both versions of all files on the models of this run."""

from collections.abc import Callable, Sequence

import msgspec

from llmcost.cli.gates import nothing_priced
from llmcost.planning.estimate import Estimate, Input
from llmcost.planning.estimate import estimate as price
from llmcost.planning.exchange import Exchange
from llmcost.planning.terms import Terms
from llmcost.planning.versions import Diff, Pair, Priced
from llmcost.planning.versions import diff as compare
from llmcost.prices.calendar import RealCalendar
from llmcost.pricing.table import Model, PriceTable, State

KeyOf = Callable[[Model], str]
"""What a model's counts are found by."""


class Market(msgspec.Struct, frozen=True):
    """What inputs are priced with, on which models."""

    table: PriceTable
    models: Sequence[Model]
    terms: Terms
    exchange: Exchange

    def estimate(self, models: Sequence[Model], inputs: Sequence[Input], key_of: KeyOf) -> Estimate:
        calendar = RealCalendar()
        return price(self.table, models, inputs, self.terms, self.exchange, calendar, key_of)

    def cheapest(self, pairs: Sequence[Pair], key_of: KeyOf) -> list[Model]:
        """The model that is paid for, and is the cheapest for what there is after the change, or
        was before it. Raises LlmcostError if none has a price."""
        inputs = [pair.after for pair in pairs if pair.after is not None]
        inputs = inputs or [pair.before for pair in pairs if pair.before is not None]
        found = self.estimate(self.models, inputs, key_of)
        paid = [line.model for line in found.lines if line.row.state is State.PRICED]
        failure = nothing_priced(paid, found.excluded)
        if failure is not None:
            raise failure
        return paid[:1]

    def compared(
        self, models: Sequence[Model], pairs: Sequence[Pair], key_of: KeyOf
    ) -> tuple[Diff, Estimate]:
        """The answer, and an estimate that has one line of each model, to tell its prices by."""

        def priced(one: Input) -> Priced:
            found = self.estimate(models, [one], key_of)
            known: Priced = {line.model.key: line for line in found.lines}
            return {**known, **{left.model.key: left for left in found.excluded}}

        def currency_of(model: Model) -> str:
            return self.table.providers[model.provider].currency

        answer = compare(pairs, models, priced, currency_of, self.exchange)
        inputs = tuple(one for pair in pairs for one in (pair.after, pair.before) if one)
        largest = tuple(line.largest for line in answer.lines)
        return answer, Estimate(self.terms, self.exchange, inputs, largest, answer.excluded)
