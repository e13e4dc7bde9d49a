"""The values of the price table. Prices are per 1M tokens in the provider's own currency.

`array_like` and `gc=False` make the compiled cache half the size and decode it 2.5 x faster; none
of these values can be part of a reference cycle.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class State(StrEnum):
    """What is known of a price. Unknown never ranks and never counts as zero."""

    PRICED = "priced"
    FREE = "free"  # a real zero, with its limits
    PLAN = "plan"  # sold by subscription only
    UNKNOWN = "unknown"


class Rates(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The price set of one band. None for `cache_read`: no discount, cached tokens cost `input`.

    `output_thinking` is the price of output in thinking mode where it differs from `output`.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    output_thinking: Decimal | None = None


class Limit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The upper edge of a band: a request of exactly `tokens` is inside if `inclusive`."""

    tokens: int
    inclusive: bool = True

    @property
    def most(self) -> int:
        """The largest number of tokens inside."""
        return self.tokens if self.inclusive else self.tokens - 1

    def holds(self, tokens: int) -> bool:
        return tokens <= self.most


class Band(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Requests up to a size, and the whole price set they are billed at. None: no limit."""

    rates: Rates
    input: Limit | None = None
    output: Limit | None = None

    def holds(self, input: int, output: int) -> bool:
        return (self.input is None or self.input.holds(input)) and (
            self.output is None or self.output.holds(output)
        )


class PriceRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Prices from a day on (inclusive) until the next row, or until `until` (exclusive).

    `start` is the vendor's calendar day; `start_at` the instant, where the vendor named an hour.
    A request is billed whole at the first of `bands` that holds it; priced rows have at least one.
    """

    start: date
    source: str
    checked: date
    state: State = State.PRICED
    bands: tuple[Band, ...] = ()
    start_at: datetime | None = None
    until: date | None = None
    limits: str = ""  # of a free offer: who, how much, until when
    note: str = ""


class Alias(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another id of a model, from a day on (inclusive) to another (exclusive)."""

    id: str
    start: date | None = None
    end: date | None = None


class Model(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A model as one provider sells it. `context` is input and output together, in tokens."""

    id: str
    provider: str
    tokenizer: str
    prices: tuple[PriceRow, ...]
    name: str = ""
    context: int | None = None
    max_output: int | None = None
    aliases: tuple[Alias, ...] = ()
    released: date | None = None
    retired: date | None = None  # first day no longer on sale
    note: str = ""

    @property
    def key(self) -> str:
        """`provider/id`: the one name that is unique in a table."""
        return f"{self.provider}/{self.id}"


class Provider(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who sends the bill, and in which currency."""

    id: str
    name: str
    currency: str
    name_zh: str = ""
    page: str = ""


class PriceTable(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is known of prices, in the order of the file."""

    providers: dict[str, Provider]
    models: tuple[Model, ...]
