"""Find models in a price table, and the row in force at an instant."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import NamedTuple

from msgspec.structs import replace

from llmcost.errors import UnknownModel
from llmcost.messages import joined, say, say_plural
from llmcost.money import ZERO, Exchange, convert
from llmcost.pricing.price_rows import (
    Model,
    Offer,
    PriceRow,
    PriceState,
    PriceTable,
    Provider,
    Quota,
    Redirect,
    reached,
)

GLOB = frozenset("*?[")
RANGES = GLOB - {"*"}


def row_at(model: Model, at: datetime) -> PriceRow | None:
    """The price row in force at `at`; None before the first one and after one that ended."""
    for row in reversed(model.prices):
        if began(row, at):
            return row if row.until is None or row.until > at.date() else None
    return None


def began(row: PriceRow | Redirect, at: datetime) -> bool:
    """A day is compared with the calendar day that `at` names, an instant with the instant."""
    return reached(row.start_at, at) if row.start_at is not None else row.start <= at.date()


def is_retired(model: Model, at: datetime) -> bool:
    return model.retired is not None and model.retired <= at.date()


def is_redirected(model: Model, at: datetime) -> bool:
    """Whether another model serves its requests; it has a price, but is not on sale."""
    return model.redirect is not None and began(model.redirect, at)


def on_sale(models: Iterable[Model], at: datetime) -> list[Model]:
    return [
        model
        for model in models
        if not is_retired(model, at) and not is_redirected(model, at) and row_at(model, at)
    ]


def quotas_on(provider: Provider, day: date) -> list[Quota]:
    """What the provider gives new accounts for nothing on `day`."""
    return [
        quota
        for quota in provider.free_quota
        if (quota.start is None or quota.start <= day)
        and (quota.until is None or day < quota.until)
    ]


def quota_on(provider: Provider, day: date) -> Quota | None:
    """The most that a new account gets free on `day`: for one model, or for all of its models."""
    return max(quotas_on(provider, day), key=lambda quota: quota.tokens, default=None)


def offers_at(model: Model, at: datetime) -> Iterator[tuple[str, Offer]]:
    """The trainings, deployments and packs on sale, by the word of the price file; a discount is in
    their prices."""
    for kind, offers in (
        ("fine_tuning", model.fine_tuning),
        ("deployment", model.deployment),
        ("packs", model.packs),
    ):
        current = {(one.what, one.per, one.tokens): one for one in offers if one.start <= at.date()}
        yield from ((kind, discounted(one, model.discount)) for one in current.values())


def discounted(offer: Offer, discount: Decimal | None) -> Offer:
    return offer if discount is None else replace(offer, price=offer.price * discount)


def sold_by(table: PriceTable, providers: Sequence[str]) -> list[Model]:
    """The models of these providers; those of their makers, without hosts, if none is named.

    Raises UnknownModel for a provider that the table does not have.
    """
    wanted = [provider_id(table, name) for name in providers]
    if not wanted:
        return [model for model in table.listed if not model.serves]
    return [model for model in table.models if model.provider in wanted]


def provider_id(table: PriceTable, name: str) -> str:
    """The id of the provider of this id or name. Raises UnknownModel."""
    if (found := provider_named(table, name)) is not None:
        return found
    raise UnknownModel(
        say("unknown provider: `{name}`", name=name),
        hint=suggestion(name, table.providers) or known(table),
    )


def provider_named(table: PriceTable, name: str) -> str | None:
    folded = name.casefold()
    for provider in table.providers.values():
        names = (provider.id, provider.name, provider.name_zh)
        if folded in (one.casefold() for one in names if one):
            return provider.id
    return None


def known(table: PriceTable) -> str:
    return say("known: {names}", names=joined(table.providers))


OWN = "own"
"""`Model.lineup` of a model that only a price file of the user's has."""


def lineup(models: Sequence[Model], at: datetime) -> list[Model]:
    """The models that are compared where none is named: the main ones of each maker.

    All chat models on sale where the table marks none, or `at` is so far from its day that most of
    those it marks were not on sale.
    """
    marked = [one for one in models if one.lineup]
    if any(one.lineup != OWN for one in marked):
        current = on_sale(marked, at)
        if 2 * len(current) >= len(marked):
            return current
    return [one for one in on_sale(models, at) if one.kind == "chat"]


class NameMatch(NamedTuple):
    """The models of one name, and what a reader must know of it."""

    models: Sequence[Model]
    notes: tuple[str, ...] = ()


def successor(model: Model, models: Iterable[Model], at: datetime) -> Model | None:
    """The newer model of its line, if its provider sells that at `at`."""
    key = f"{model.provider}/{model.superseded_by}"
    return next(iter(on_sale((one for one in models if one.key == key), at)), None)


class Outside(NamedTuple):
    """The chat models on sale that were not compared: their number, how many of them are free, and
    the cheapest that is paid for."""

    number: int
    free: int
    cheapest: Model | None


def outside(
    table: PriceTable,
    models: Iterable[Model],
    compared: Iterable[Model],
    at: datetime,
    exchange: Exchange,
    usage: tuple[int, int],
) -> Outside:
    """What `models` has beside those compared. `usage`: tokens of input and output, for which the
    cheapest is looked for, by its list price."""
    keys = {one.key for one in compared}
    others = [one for one in on_sale(models, at) if one.kind == "chat" and one.key not in keys]
    free, best = 0, None
    for one in others:
        row = row_at(one, at)
        if row is None or row.state is not PriceState.PRICED:
            free += row is not None and row.state is PriceState.FREE
            continue
        amount = list_price(one, row, usage)
        currency = table.providers[one.provider].currency
        if amount is None or (currency != exchange.currency and not exchange.rate_of(currency)):
            continue
        cost = convert(amount, currency, exchange.currency, exchange.rates)
        if best is None or cost < best[0]:
            best = cost, one
    return Outside(len(others), free, best[1] if best else None)


def lineup_note(found: Outside) -> str:
    """That the main models were compared, and what there is beside them."""
    details = [say("cheapest paid: {model}", model=found.cheapest.id)] if found.cheapest else []
    if found.free:
        details.append(say_plural("{number} is free", "{number} are free", found.free))
    if not details:
        return say("main models; --all adds {number:,} others", number=found.number)
    return say(
        "main models; --all adds {number:,} others ({details})",
        number=found.number,
        details=joined(details, say("; ")),
    )


def list_price(model: Model, row: PriceRow, usage: tuple[int, int]) -> Decimal | None:
    """What these tokens cost at the plain price, in a millionth of the provider's currency; None if
    the row has no price for them."""
    wanted, written = usage
    if model.context is not None and wanted + written > model.context:
        return None
    band = next((one for one in row.bands if one.holds(wanted, written)), None)
    if band is None or "input" not in band.prices or (written and "output" not in band.prices):
        return None
    amount = wanted * band.prices["input"] + written * band.prices.get("output", ZERO)
    return amount if model.discount is None else amount * model.discount


def matching(
    models: Iterable[Model], pattern: str, at: datetime, *, retired: bool = False
) -> list[Model]:
    """The models that a pattern names: an id, `provider/id`, an alias valid at `at`, or a glob over
    any of these, in upper or lower case.

    An id is meant before an alias of the same spelling. Models that are not on sale at `at` are
    passed over, unless there are no others or `retired` ones are asked for.
    """
    folded = pattern.casefold()
    matches = [model for model in models if matches_model(folded, model, at.date())]
    if not retired:
        matches = on_sale(matches, at) or matches
    return closest(matches, folded)


def closest(models: list[Model], name: str) -> list[Model]:
    """An id is meant before an alias of the same spelling; of hosts, at each host."""
    exact = [one for one in models if name in (one.id.casefold(), one.key.casefold())]
    if not exact:
        return models
    there = {one.provider for one in exact}
    return [*exact, *(one for one in models if one.serves and one.provider not in there)]


def hosted(table: PriceTable) -> Iterator[Model]:
    """Models that hosts sell, which are meant where no maker's has a name."""
    return (model for model in table.models if model.serves)


def matches_model(pattern: str, model: Model, day: date) -> bool:
    has_glob = not GLOB.isdisjoint(pattern)
    if not has_glob and not model.aliases:  # nearly always, and all names take longer
        ends = (model.id.casefold(), model.serves.partition("/")[2].casefold())
        if not pattern.endswith(ends if model.serves else ends[0]):
            return False
    names = names_of(model, day)
    return pattern in names or (has_glob and any(is_like(name, pattern) for name in names))


def is_like(name: str, glob: str) -> bool:
    """Whether a name fits a glob. `fnmatchcase` compiles each one for a fifth of a millisecond,
    which nearly all do without: they have no more than `*`."""
    if not RANGES.isdisjoint(glob):
        return fnmatchcase(name, glob)
    first, *others = glob.split("*")
    if not others:
        return name == glob
    at = len(first)
    for part in others[:-1]:
        at = name.find(part, at) + len(part)
        if at < len(part):
            return False
    return name.startswith(first) and name[at:].endswith(others[-1])


def names_of(model: Model, day: date) -> list[str]:
    """All names that mean this model on `day`, folded to lower case; of a host's, that of the
    maker, too."""
    served = [model.serves.partition("/")[2]] if model.serves else []
    ids = [model.id, *served] + [
        alias.id
        for alias in model.aliases
        if (alias.start is None or alias.start <= day) and (alias.end is None or day < alias.end)
    ]
    return [name.casefold() for one in ids for name in (one, f"{model.provider}/{one}")]


def served_key(model: Model) -> str:
    """`provider/id` of the maker's row of what a host serves; empty for the maker's own rows."""
    return model.serves


def suggestion(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches  # only when something went wrong

    folded = {one.casefold(): one for one in names}
    close = get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    names = joined(f"`{folded[one]}`" for one in close)
    return say("did you mean {names}?", names=names) if close else ""
