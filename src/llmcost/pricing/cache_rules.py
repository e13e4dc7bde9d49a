"""Rules of prompt caches by provider and model: `data/cache_rules.yaml` has them, dated.

What no source says has no value there; `assumed` says what is computed with in its place.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from math import inf

import msgspec

from llmcost.pricing.catalog import is_like
from llmcost.pricing.price_rows import LIFETIMES, Model, Prices

MINIMUM = 1024
LARGEST_MINIMUM = 4096
"""Tokens, where a minimum is not published: what most vendors have, and the most that one has."""
SECONDS = 300
"""Of a lifetime that is not published: the shortest that a vendor states."""
EXPLICIT = "explicit"
AUTO = "auto"
WRITE = "cache_write."


class Lifetime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds that an entry is kept: at least `low`, at most `high` (None: not published).
    `refreshed`: whether a use begins them again (None: not published)."""

    low: int | None = None
    high: int | None = None
    typical: int | None = None
    refreshed: bool | None = None


class RuleCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value for some models, from a day on to another (exclusive)."""

    models: tuple[str, ...] = ("*",)
    start: date | None = None
    until: date | None = None
    tokens: int = 0
    factor: Decimal | None = None

    def holds(self, model: str, day: date) -> bool:
        return (
            any(is_like(model, one) for one in self.models)
            and (self.start is None or self.start <= day)
            and (self.until is None or day < self.until)
        )


class CacheRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a provider's cache keeps of the requests to some models; the comments in the file say
    what each key means. None: not published."""

    id: str
    providers: tuple[str, ...]
    models: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: str
    lifetimes: Mapping[str, Lifetime]
    exclude: tuple[str, ...] = ()
    start: date | None = None
    until: date | None = None
    kind: str = "implicit"
    matching: str = "prefix"
    minimum: tuple[RuleCase, ...] = ()
    granularity: int | None = None
    bills_writes: bool = False
    breakpoints: int | None = None
    look_back: int | None = None
    read_factor: tuple[RuleCase, ...] = ()
    write_factor: Mapping[str, Decimal] = {}
    stores: bool = False
    breaks: str = ""
    note: str = ""

    def holds(self, model: Model, day: date) -> bool:
        whole = RuleCase(self.models, self.start, self.until)
        return (
            model.provider in self.providers
            and whole.holds(model.id, day)
            and not any(is_like(model.id, one) for one in self.exclude)
        )


class CacheRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules, the day on which their sources were read, and these by their names."""

    checked: date
    sources: Mapping[str, str]
    rules: tuple[CacheRule, ...]


class CacheTerms(msgspec.Struct, frozen=True):
    """How a model's cache treats a request, as it is computed: tokens and seconds.

    `lifetime`: as price files name it, empty for one that is not sold by its lifetime. `seconds` 0:
    nothing is kept. `refreshed`: a use begins the lifetime again. `writes`: what is written has a
    price of its own.
    """

    minimum: int
    granularity: int
    seconds: float
    refreshed: bool
    matching: str = "prefix"
    look_back: int = 0
    writes: bool = False
    stores: bool = False


class CacheOffer(msgspec.Struct, frozen=True):
    """A cache that a request can use: the terms that are computed with, and those between which the
    truth lies where the vendor does not publish it."""

    name: str
    rule: CacheRule | None
    terms: CacheTerms
    best: CacheTerms
    worst: CacheTerms
    lifetime: str = ""
    explicit: bool = False

    @property
    def is_known(self) -> bool:
        return self.best == self.worst


NONE = CacheTerms(0, 1, 0, False)
NO_CACHE = CacheOffer("none", None, NONE, NONE, NONE)


def rules_of(rules: Iterable[CacheRule], model: Model, day: date) -> Iterator[CacheRule]:
    """Those that hold for a model, the first of each kind; a host's model has its host's."""
    known = set()
    for rule in rules:
        kind = rule.kind, rule.matching == "object"
        if kind not in known and rule.holds(model, day):
            known.add(kind)
            yield rule


def case_of(cases: Iterable[RuleCase], model: Model, day: date) -> RuleCase | None:
    return next((one for one in cases if one.holds(model.id, day)), None)


def minimum_of(rule: CacheRule, model: Model, day: date) -> int | None:
    """Tokens from which on a prefix is kept; None if it is not published."""
    case = case_of(rule.minimum, model, day)
    if case is None and rule.minimum:  # between two copies that were read: the newest that is over
        over = [one for one in rule.minimum if one.until is not None and one.until <= day]
        case = next((one for one in over if RuleCase(one.models).holds(model.id, day)), None)
    return None if case is None else case.tokens


def least_minimum(rules: Iterable[CacheRule], model: Model, day: date) -> int | None:
    """The shortest prefix that any of a model's caches keeps; None if it is not published."""
    found = (minimum_of(rule, model, day) for rule in rules_of(rules, model, day))
    return min((one for one in found if one is not None), default=None)


def offers(rules: Iterable[CacheRule], model: Model, prices: Prices, day: date) -> list[CacheOffer]:
    """The caches that a model has, as its prices bill them; none where nothing of it is cheaper.

    A price of cached tokens without a rule is a cache of which nothing is published.
    """
    if "cache_read" not in prices and "cache_read_explicit" not in prices:
        return []
    held = [one for one in rules_of(rules, model, day) if one.matching != "object"]
    found = [
        offer
        for rule in held
        for name, lifetime in rule.lifetimes.items()
        if (offer := offer_of(rule, name, lifetime, model, prices, day)) is not None
    ]
    if found or held:
        return found
    unknown = CacheRule(id="", providers=(), models=(), sources=(), confidence="", lifetimes={})
    whole = offer_of(unknown, AUTO, Lifetime(), model, prices, day)
    return [whole] if whole else []


def offer_of(
    rule: CacheRule, name: str, lifetime: Lifetime, model: Model, prices: Prices, day: date
) -> CacheOffer | None:
    """None for a lifetime that the prices do not sell."""
    is_explicit = rule.kind == EXPLICIT
    writes = rule.bills_writes and WRITE + name in prices
    if rule.bills_writes and not writes:
        return None
    minimum = minimum_of(rule, model, day)
    seconds = lifetime.typical or lifetime.low or SECONDS
    terms = CacheTerms(
        MINIMUM if minimum is None else minimum,
        rule.granularity or 1,
        seconds,
        lifetime.refreshed is not False,
        rule.matching,
        rule.look_back or 0,
        writes,
        rule.stores and "cache_storage" in prices,
    )
    best = msgspec.structs.replace(
        terms,
        minimum=0 if minimum is None else minimum,
        seconds=inf if lifetime.high is None else lifetime.high,
    )
    worst = msgspec.structs.replace(
        terms,
        minimum=LARGEST_MINIMUM if minimum is None else minimum,
        seconds=lifetime.low or 0,
        refreshed=lifetime.refreshed is True,
    )
    sold = name if name in LIFETIMES else ""
    return CacheOffer(name, rule, terms, best, worst, sold if writes else "", is_explicit)
