"""Values of the price table; prices are per 1M tokens in the provider's own currency.

`array_like` and `gc=False` make the compiled cache half the size and decode it 2.5 x faster; none
of these values can be part of a reference cycle.
"""

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

import msgspec

from llmcost.pricing.schedule import Schedule

FIRST_YEAR, LAST_YEAR = 1000, 9000
"""Of the days and instants that are read: from these, a change of zone and a forecast of ten years
lead to others that `datetime` can hold."""


def is_usable(day: date) -> bool:
    """Whether a day, or an instant, can be reckoned with."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


class VendorZone(tzinfo):
    """The zone of each vendor: of a day that is named without a zone.

    `reached` compares such an instant with what the vendor's clocks show, by the offset that its
    own instants are written with. For all else it is UTC.
    """

    def utcoffset(self, at: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, at: datetime | None) -> str:
        return "vendor"


def reached(start: datetime, at: datetime) -> bool:
    """Whether an instant that a vendor named has come at `at`."""
    if isinstance(at.tzinfo, VendorZone):
        return start.replace(tzinfo=None) <= at.replace(tzinfo=None)
    return start <= at


LIFETIMES = ("5m", "30m", "1h", "12h", "24h", "any")
"""How long a cache may keep what is written, the shortest first; `any`: as long as is wished."""
KINDS = (
    *("chat", "embedding", "rerank", "ocr", "transcription", "speech", "image", "video"),
    "realtime",
)
"""What a model does; chat is text in and text out."""

# A price set: item -> price per 1M tokens. The items are those of the price file: `input`,
# `output`, `cache_read`, `audio_input` …; a cache write has its lifetime, `cache_write.5m`.
Prices = dict[str, Decimal]


class PriceState(StrEnum):
    """What is known of a price. Unknown never ranks and never counts as zero."""

    PRICED = "priced"
    FREE = "free"  # a real zero, with its limits
    PLAN = "plan"  # sold by subscription only
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """How bands bill: the whole request at its band's price, or each part at its own."""

    CLIFF = "cliff"
    MARGINAL = "marginal"


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


class Variant(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another price for the same thing: a factor on the whole price set, or prices in its place."""

    factor: Decimal | None = None
    prices: Prices = {}

    def applied(self, prices: Prices) -> Prices:
        if self.factor is not None:
            return {item: price * self.factor for item, price in prices.items()}
        return {**prices, **self.prices}


class Band(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Requests up to a size, and the whole price set they are billed at. None: no limit.

    `variants` by name: `peak`, `batch`, and the service tiers.
    """

    prices: Prices
    input: Limit | None = None
    output: Limit | None = None
    variants: dict[str, Variant] = {}

    def holds(self, input: int, output: int) -> bool:
        return (self.input is None or self.input.holds(input)) and (
            self.output is None or self.output.holds(output)
        )


class PriceRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Prices from a day on (inclusive) until the next row, or until `until` (exclusive).

    `start` is the vendor's calendar day; `start_at` the instant, where the vendor named an hour.
    The first of `bands` that holds a request bills it; priced rows have at least one, or `fees`.
    """

    start: date
    source: str
    checked: date
    state: PriceState = PriceState.PRICED
    bands: tuple[Band, ...] = ()
    start_at: datetime | None = None
    until: date | None = None
    limits: str = ""  # of a free offer: who, how much, until when
    note: str = ""
    mode: Mode = Mode.CLIFF
    schedule: str = ""  # of the provider; its peak hours bill the variant `peak`
    regions: Prices = {}  # factor by processing region
    fees: Prices = {}  # price per 1,000 of what is not a token: `web_search`, `page` …
    list_price: Prices = {}  # while a promotion holds: what is not charged
    promotion: str = ""
    evidence: date | None = None  # the first day of which a source has the price, if after `start`
    billed_as: str = ""  # the id of the model that serves the requests from `start` on
    is_own: bool = False  # of a price file of the user's

    @property
    def begins(self) -> date | datetime:
        """The instant if the vendor named an hour, else the day."""
        return self.start_at or self.start


class Redirect(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """From a day or an instant on, requests go to another model of the provider, at its price."""

    id: str
    start: date
    start_at: datetime | None = None


class Alias(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another id of a model, from a day on (inclusive) to another (exclusive)."""

    id: str
    start: date | None = None
    end: date | None = None


class Offer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A price that is not per token of a request, from a day on (inclusive).

    `price` buys `per`: `1M training tokens`, an `hour`, `day` or `month` of a deployment, or a pack
    of `tokens`. `list_price` is what it is reduced from.
    """

    start: date
    price: Decimal
    per: str
    source: str
    checked: date
    what: str = ""
    tokens: int | None = None
    months: int | None = None
    list_price: Decimal | None = None
    prices: Prices = {}  # of inference on a tuned model
    note: str = ""


class Quota(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Tokens that a new account gets for nothing, for `days`: `per` model, or for all together."""

    tokens: int
    source: str
    checked: date
    per: str = "model"
    days: int | None = None
    who: str = ""
    start: date | None = None
    until: date | None = None
    note: str = ""


class Model(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A model as one provider sells it. `context` is input and output together, in tokens."""

    id: str
    provider: str
    tokenizer: str
    prices: tuple[PriceRow, ...]
    name: str = ""
    kind: str = "chat"
    context: int | None = None
    max_output: int | None = None
    serves: str = ""  # of a host's model: the maker's, `provider/id`
    aliases: tuple[Alias, ...] = ()
    released: date | None = None
    retired: date | None = None  # first day no longer on sale
    note: str = ""
    fine_tuning: tuple[Offer, ...] = ()
    deployment: tuple[Offer, ...] = ()
    packs: tuple[Offer, ...] = ()
    corrections: tuple[str, ...] = ()  # what others have wrong, and must never be imported
    discount: Decimal | None = None  # factor on every price: what the user negotiated
    lineup: str = ""  # flagship, balanced or small: compared where no model is named
    superseded_by: str = ""  # the id of a newer model of its line
    redirect: Redirect | None = None
    predecessor: str = ""  # id of the provider's model that the vendor compared it with

    @property
    def key(self) -> str:
        """`provider/id`: the one name that is unique in a table."""
        return f"{self.provider}/{self.id}"


class DiscountTier(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A discount on all that a provider bills, as a share, from a volume of so much a year on, at
    list prices in the provider's currency."""

    off: Decimal
    yearly: Decimal = Decimal(0)


class Provider(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who sends the bill, and in which currency."""

    id: str
    name: str
    currency: str
    name_zh: str = ""
    page: str = ""
    schedules: dict[str, Schedule] = {}
    free_quota: tuple[Quota, ...] = ()
    volume_discounts: tuple[DiscountTier, ...] = ()  # that the user negotiated, ascending


class TokenizerFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A tokenizer's file, as a price file names it: a path from where the program runs, and for
    merge ranks the family whose pretokenizer cuts the text."""

    path: str
    family: str = ""


class HostModels:
    """Models that hosts sell, in a compiled form that is decoded when one of them is needed: few
    commands name a host, and these are half of all rows."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._all: tuple[Model, ...] = ()

    def among(self, listed: tuple[Model, ...]) -> tuple[Model, ...]:
        """Return all models, each host's at its place in the order of the file."""
        if not self._content:
            return self._all
        found = list(listed)
        for place, model in msgspec.json.decode(self._content, type=list[tuple[int, Model]]):
            found.insert(place, model)
        self._all, self._content = tuple(found), b""
        return self._all


class PriceTable(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is known of prices, in the order of the file.

    `listed`: the models, or without those that `hosts` has for later.
    """

    providers: dict[str, Provider]
    listed: tuple[Model, ...]
    tokenizers: dict[str, TokenizerFile] = {}  # that the files bring along
    hosts: HostModels | None = None

    @property
    def models(self) -> tuple[Model, ...]:
        """All models. A maker's own are among `listed`, which takes less time."""
        return self.listed if self.hosts is None else self.hosts.among(self.listed)
