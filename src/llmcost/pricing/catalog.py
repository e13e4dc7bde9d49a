"""Find models in a price table, and the row in force at an instant."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from fnmatch import fnmatchcase

from llmcost.errors import UnknownModel
from llmcost.messages import joined, say
from llmcost.pricing.price_rows import (
    Model,
    Offer,
    PriceRow,
    PriceTable,
    Provider,
    Quota,
    Redirect,
)

GLOB = frozenset("*?[")


def row_at(model: Model, at: datetime) -> PriceRow | None:
    """The price row in force at `at`; None before the first one and after one that ended."""
    found = next((row for row in reversed(model.prices) if began(row, at)), None)
    if found is None or (found.until is not None and found.until <= at.date()):
        return None
    return found


def began(row: PriceRow | Redirect, at: datetime) -> bool:
    """A day is compared with the calendar day that `at` names, an instant with the instant."""
    return row.start_at <= at if row.start_at is not None else row.start <= at.date()


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


def quota_on(provider: Provider, day: date) -> int:
    """Tokens that a new account gets free per model on `day`."""
    quotas = quotas_on(provider, day)
    return max((quota.tokens for quota in quotas if quota.per == "model"), default=0)


def offers_at(model: Model, at: datetime) -> Iterator[tuple[str, Offer]]:
    """The trainings, deployments and packs on sale, by the word of the price file."""
    for kind, offers in (
        ("fine_tuning", model.fine_tuning),
        ("deployment", model.deployment),
        ("packs", model.packs),
    ):
        current = {(one.what, one.per, one.tokens): one for one in offers if one.start <= at.date()}
        yield from ((kind, one) for one in current.values())


def sold_by(table: PriceTable, providers: Sequence[str]) -> list[Model]:
    """The models of these providers; those of their makers, without hosts, if none is named.

    Raises UnknownModel for a provider that the table does not have.
    """
    wanted = [provider_id(table, name) for name in providers]
    if not wanted:
        return [model for model in table.models if not model.serves]
    return [model for model in table.models if model.provider in wanted]


def provider_id(table: PriceTable, name: str) -> str:
    folded = name.casefold()
    for provider in table.providers.values():
        names = (provider.id, provider.name, provider.name_zh)
        if folded in (one.casefold() for one in names if one):
            return provider.id
    raise UnknownModel(
        say("unknown provider: `{name}`", name=name),
        hint=suggestion(name, table.providers) or known(table),
    )


def known(table: PriceTable) -> str:
    return say("known are {names}", names=joined(table.providers))


def find(
    table: PriceTable,
    models: Sequence[Model],
    patterns: Sequence[str],
    at: datetime,
    *,
    retired: bool = False,
) -> list[Model]:
    """The models that the patterns name, each once, in the order of the patterns.

    A pattern is an id, `provider/id`, an alias valid at `at`, or a glob over any of these, in upper
    or lower case. An id means the makers' own models, and those of hosts where no maker has it; one
    that several sell names all of them. Models that are not on sale
    at `at` are passed over, unless there are no others or `retired` ones are asked for.
    Raises UnknownModel for a pattern that matches nothing; never guesses.
    """
    found: dict[str, Model] = {}
    for pattern in patterns:
        folded, day = pattern.casefold(), at.date()
        matches = [one for one in models if matches_model(folded, one, day)]
        if not matches and is_all(table, models):
            matches = [one for one in hosted(table) if matches_model(folded, one, day)]
        matches = [one for one in matches if not one.serves] or matches
        if not matches:
            hint = advice(table, models, pattern, at.date())
            raise UnknownModel(say("unknown model: `{name}`", name=pattern), hint=hint)
        if not retired:
            matches = on_sale(matches, at) or matches
        found.update((model.key, model) for model in closest(matches, folded))
    return list(found.values())


def closest(models: Sequence[Model], name: str) -> Sequence[Model]:
    """An id is meant before an alias of the same spelling; of hosts, at each host."""
    exact = [one for one in models if name in (one.id.casefold(), one.key.casefold())]
    there = {one.provider for one in exact}
    return [*exact, *(one for one in models if one.serves and one.provider not in there)] or models


def is_all(table: PriceTable, models: Sequence[Model]) -> bool:
    """Whether no providers were named: then these are the models of all makers."""
    return len(models) == sum(not one.serves for one in table.models)


def hosted(table: PriceTable) -> Iterator[Model]:
    """Models that hosts sell, which are meant where no maker's has a name."""
    return (model for model in table.models if model.serves)


def matches_model(pattern: str, model: Model, day: date) -> bool:
    names = names_of(model, day)
    return pattern in names or (
        not GLOB.isdisjoint(pattern) and any(fnmatchcase(name, pattern) for name in names)
    )


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


def advice(table: PriceTable, models: Sequence[Model], pattern: str, day: date) -> str:
    folded = pattern.casefold()
    if any(folded in names_of(model, day) for model in table.models):
        return say("`{name}` is sold by another provider than the ones you named", name=pattern)
    ids = {model.id for model in models} | {alias.id for m in models for alias in m.aliases}
    if any(folded == one.casefold() for one in ids):
        return say("it is an alias, but not on {day}; `llmcost models` shows its days", day=day)
    return suggestion(pattern, sorted(ids)) or say("`llmcost models` lists them all")


def suggestion(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches  # only when something went wrong

    folded = {one.casefold(): one for one in names}
    close = get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    names = joined(f"`{folded[one]}`" for one in close)
    return say("did you mean {names}?", names=names) if close else ""
