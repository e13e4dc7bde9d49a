"""What the costs of models are compared with: the cost of another model, or a price of tokens."""

from decimal import Decimal

import msgspec

from llmcost.money import PER


class Reference(msgspec.Struct, frozen=True):
    """`cost` is that of another model for the same; or `price` is that of 1M tokens of any kind.
    Both are in the currency that ranks; `name` is of the model or the price."""

    name: str
    cost: Decimal | None = None
    price: Decimal | None = None

    def ratio(self, amount: Decimal, tokens: Decimal | int) -> Decimal | None:
        """Return how many times the reference an amount for so many tokens is; None for a
        reference that costs nothing."""
        whole = (self.price or Decimal(0)) * tokens / PER if self.cost is None else self.cost
        return amount / whole if whole else None


def change(ratio: Decimal) -> Decimal:
    """Return a ratio as the change in percent: 0.5 is -50."""
    return (ratio - 1) * 100
