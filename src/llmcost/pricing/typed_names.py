"""Names that people type: families, makers in English and Chinese, sets, spellings of gateways.

An exact id, alias or glob of the price table goes before all of them (`catalog`). Nothing is
matched by similarity.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from llmcost.errors import UnknownModel
from llmcost.messages import joined, say
from llmcost.pricing.catalog import (
    OWN,
    NameMatch,
    is_like,
    lineup,
    matches_model,
    names_of,
    on_sale,
    row_at,
    served_key,
    sold_by,
)
from llmcost.pricing.known_names import Family, TypedNames, folded, lookup, makers_of
from llmcost.pricing.price_rows import Model, PriceState, PriceTable

if TYPE_CHECKING:
    from llmcost.pricing.gateways import GatewaySearch

MOST_NEWEST = 3
"""Models of a family that has none in the line-up."""
MOST_HINTS = 3
_HOSTS = say("hosts")
ENDPOINT = re.compile(r"ep-\d{6,}|ep-m-|.*:application-inference-profile/")
"""Ids of what a user has deployed, at Volcengine and Bedrock."""
SETS = ("main", "flagship", "balanced", "small", "cn", "global", "open", "free", "all")
ALSO = {"lineup": "main", "cheap": "small", "mini": "small", "china": "cn"}


class NameSearch:
    """Look typed names up in a table on a day, among the models of some providers.

    `sellers`: ids of the providers that were named, none for all; `everything`: a family or a set
    means all its models on sale, not only those of the line-up.
    """

    def __init__(
        self,
        table: PriceTable,
        typed: TypedNames,
        at: datetime,
        sellers: Sequence[str] = (),
        *,
        everything: bool = False,
    ) -> None:
        self._typed, self._at, self._sellers = typed, at, sellers
        self._table, self._everything = table, everything
        own = self._models if sellers else sold_by(table, ())
        self._sale = [one for one in on_sale(own, at) if one.kind == "chat"]
        self._main = {one.key for one in lineup(table.listed, at)}
        self._on_sale = {one.key for one in self._sale}

    @cached_property
    def _models(self) -> list[Model]:
        """All that the providers sell, those of hosts as well."""
        sellers = self._sellers
        return [one for one in self._table.models if not sellers or one.provider in sellers]

    def typed(self, name: str) -> NameMatch | None:
        """The models of a family, a maker or a gateway's spelling; None for other names."""
        found = self.of_named(name)
        return NameMatch(found, self._renamed(name, found)) if found else self._gateways.find(name)

    def _renamed(self, name: str, found: Sequence[Model]) -> tuple[str, ...]:
        """Where a name is also spelled like the id of another model: what it was taken for."""
        same = [one for one in self._sale if folded(one.id) == folded(name) and one not in found]
        said = say(
            "`{name}` means the current models of its line, {models}; for the older one: {id}",
            name=name, models=joined(one.id for one in found), id=same[0].id if same else "",
        )  # fmt: skip
        return (said,) if same else ()

    def makers(self, name: str) -> NameMatch | None:
        """The maker's model on sale that a spelling without a host means; None for all else."""
        from llmcost.pricing.gateways import host_of

        found = None if host_of(name, self._typed) else self._gateways.find(name)
        return found if found and all(one.key in self._on_sale for one in found.models) else None

    def of_named(self, name: str) -> list[Model]:
        """The models of a family or a maker, none for other names."""
        family = self._typed.family(name)
        if family is not None and (found := self.of_family(family)):
            return found
        provider = self._provider(name)
        return self.of_provider(provider) if provider else []

    def of_family(self, family: Family) -> list[Model]:
        """Its line-up; where it has none, what it means, else its newest models."""
        own = [one for one in self._sale if self._belongs(one, family)]
        if self._everything:
            return own
        return self._mainly(own) or list(self._meant(family)) or self._newest(own, family.provider)

    def heirs(self, model: Model) -> list[Model]:
        """What a family means that has this model; of several, the narrowest."""
        lists = {one: self._typed.lists(one.provider) for one in self._typed.families}
        widths = [
            (
                max(len(glob) for glob in one.ids if is_like(model.id.casefold(), glob.casefold())),
                place,
            )
            for place, one in enumerate(self._typed.families)
            if model.provider in lists[one] and self._belongs(model, one)
        ]
        return self.of_family(self._typed.families[max(widths)[1]]) if widths else []

    def of_provider(self, provider: str) -> list[Model]:
        """The line-up of a maker, in both its currencies; where it has none, its newest models."""
        lists = self._typed.lists(provider)
        own = [one for one in self._sale if one.provider in lists]
        if self._everything:
            return own
        main = self._mainly(own)
        if main:
            return main
        for family in self._typed.families:
            if family.provider == provider and (found := self.of_family(family)):
                return found
        return self._newest(own, provider)

    def of_sellers(self) -> list[Model]:
        """The line-up of the providers that were named; of one that has none, all that it sells and
        that no newer model has followed."""
        found: list[Model] = []
        for seller in self._sellers:
            own = [one for one in self._sale if one.provider == seller]
            found += own if self._everything else self._mainly(own) or self._current(own) or own
        return found

    def _mainly(self, models: Sequence[Model]) -> list[Model]:
        """Those of the line-up. Where only some providers are searched, their own rows of a model
        that is in the line-up by another list."""
        found = [one for one in models if one.key in self._main]
        if not self._sellers:
            return found
        twins = self._counterparts()
        return [one for one in models if one.key in self._main or one.key in twins]

    def _counterparts(self) -> set[str]:
        """The rows of the searched providers that are a row of the line-up in another list."""
        found = set()
        listed = {one.key for one in self._sale}
        both = [*self._typed.twins.items(), *((b, a) for a, b in self._typed.twins.items())]
        for key in self._main:
            provider, _, id = key.partition("/")
            others = [f"{other}/{id}" for one, other in both if one == provider]
            others += [self._typed.fallbacks.get(key, "")]
            found |= listed.intersection(others)
        return found | {one.key for one in self._sale if served_key(one) in self._main}

    def _meant(self, family: Family) -> Iterator[Model]:
        for one in family.means:
            if "/" in one:
                yield from (model for model in self._sale if model.key == one)
            elif (other := self._typed.family(one)) is not None:
                yield from self.of_family(other)

    def _newest(self, models: Sequence[Model], provider: str) -> list[Model]:
        """The newest that no newer model has followed; of a model in two lists, the maker's own."""
        own = [one for one in models if one.provider == provider] or list(models)
        known = sorted(
            self._current(own) or own, key=lambda one: one.released or date.min, reverse=True
        )
        return known[:MOST_NEWEST]

    def _current(self, models: Sequence[Model]) -> list[Model]:
        """Those without a newer model of their line on sale."""
        return [one for one in models if f"{one.provider}/{one.superseded_by}" not in self._on_sale]

    def _belongs(self, model: Model, family: Family) -> bool:
        """Whether a model is of a family, as its maker or a searched provider sells it."""
        is_there = (
            not family.provider
            or bool(self._sellers)
            or model.provider in self._typed.lists(family.provider)
        )
        ids = (model.id, model.id.rpartition("/")[2], served_key(model).partition("/")[2])
        return is_there and any(
            is_like(id.casefold(), glob.casefold()) for id in ids for glob in family.ids if id
        )

    def own_list(self, models: Sequence[Model]) -> list[Model]:
        """Of the sellers of one id, its maker, in its own currency, and sellers that only a price
        file of the user's has; all of them if none is the maker."""
        makers = [one for one in models if not served_key(one)] or list(models)
        for provider in makers_of(self._typed, models[0].id):
            found = [one for one in makers if one.provider == provider]
            if found:
                return found + [one for one in makers if one.lineup == OWN]
        return makers

    def of_set(self, name: str) -> list[Model]:
        """The models of `@cn`, or of several sets at once (`@cn@small`). Raises UnknownModel."""
        words = [ALSO.get(one, one) for one in name.casefold().split("@")[1:]]
        for word in words:
            if word not in SETS:
                known = joined(f"@{one}" for one in SETS)
                said = say("unknown set of models: `{name}`", name=name)
                raise UnknownModel(said, hint=say("known: {names}", names=known))
        is_whole = self._everything or not {"all", "free"}.isdisjoint(words)
        found = self._sale if is_whole else self._base()
        for word in words:
            found = [one for one in found if self._is_in(one, word)]
        return found

    def _base(self) -> list[Model]:
        if self._sellers:
            return self.of_sellers()
        return [one for one in self._sale if one.key in self._main]

    def _is_in(self, model: Model, word: str) -> bool:
        match word:
            case "main":
                return model.key in self._main
            case "cn" | "global":
                return self._is_chinese(model) == (word == "cn")
            case "open":
                return self._is_open(model)
            case "free":
                row = row_at(model, self._at)
                return row is not None and row.state is PriceState.FREE
            case "all":
                return True
        return model.lineup == word

    def _is_chinese(self, model: Model) -> bool:
        maker = (served_key(model) or model.key).partition("/")[0]
        return maker in self._typed.china

    def _is_open(self, model: Model) -> bool:
        maker, _, id = (served_key(model) or model.key).partition("/")
        mains = {other: one for one, other in self._typed.twins.items()}
        lists = (maker, mains.get(maker, maker))
        return any(id in self._typed.open_weights.get(one, ()) for one in lists)

    def excluded(self, name: str) -> Callable[[Model], bool]:
        """What `-name` leaves out: all of a family, a maker, a set, an id or a glob. Raises
        UnknownModel."""
        if name.startswith("@"):
            keys = {one.key for one in self.of_set(name)}
            return lambda model: model.key in keys
        pattern, day = name.casefold(), self._at.date()
        if any(matches_model(pattern, one, day) for one in self._table.models):
            return lambda model: matches_model(pattern, model, day)
        provider = self._provider(name)
        if provider:
            lists = self._typed.lists(provider)
            return lambda model: model.provider in lists
        family = self._typed.family(name)
        if family is None:
            raise self.unknown(name)
        chosen = family
        return lambda model: self._belongs(model, chosen)

    def _provider(self, name: str) -> str:
        key = folded(name)
        exact = (id for id in self._table.providers if folded(id) == key)
        return next(exact, "") or self._typed.provider(name)

    @cached_property
    def _gateways(self) -> "GatewaySearch":
        from llmcost.pricing.gateways import GatewaySearch

        return GatewaySearch(self._table, self._models, self._typed, self._at)

    def unknown(self, name: str) -> UnknownModel:
        """The refusal of a name, with the models that may have been meant: on sale, newest first,
        and none that a newer one has followed."""
        return UnknownModel(say("unknown model: `{name}`", name=name), hint=self._hint(name))

    def _hint(self, name: str) -> str:
        day, media = self._at.date(), self._typed.media
        if medium := lookup(media, name):
            return self._of_medium(medium)
        if any(name.casefold() in names_of(one, day) for one in self._table.models):
            return say("`{name}` is sold by another provider than the ones you named", name=name)
        ids = [alias.id for one in self._models for alias in one.aliases]
        if name.casefold() in (one.casefold() for one in ids):
            return say("it is an alias, but not on {day}; `llmcost models` shows its days", day=day)
        if ENDPOINT.match(name):
            return say("it is the id of an endpoint: name the model behind it")
        sellers = [one.key for one in self._gateways.sellers(name)][:MOST_HINTS]
        if host := self._host(name):
            return _elsewhere(host, sellers)
        if close := sellers or self._close(name):
            return say("did you mean {names}?", names=joined(f"`{one}`" for one in close))
        if self._typed.family(name) or self._typed.provider(name):
            return say("none is on sale on {day}; `llmcost models --retired` lists them", day=day)
        within = (one for one in media if any(folded(word) in folded(name) for word in media[one]))
        medium = next(within, "")
        return self._of_medium(medium) if medium else say("`llmcost models` lists them all")

    def _of_medium(self, medium: str) -> str:
        said = say("it has no price per token of text ({medium})", medium=medium)
        if all(one.kind != medium for one in self._models):
            return said
        listed = say("`llmcost models --kind {kind}` lists what is sold", kind=medium)
        return joined([said, listed], say("; "))

    def _host(self, name: str) -> str:
        """The host that a name or a gateway's spelling names; hosts, where no maker sells it."""
        from llmcost.pricing.gateways import host_of

        family = self._typed.family(name)
        others = "" if family is None or family.provider else _HOSTS
        host = host_of(name, self._typed)
        return self._typed.host(host or name) or host or others

    def _close(self, name: str) -> list[str]:
        """Ids like this name; else the line-up of the family whose name it begins with, or is
        like."""
        from difflib import get_close_matches  # only when something went wrong

        current = self._current(self._sale)
        order = sorted(current, key=lambda one: one.released or date.min, reverse=True)
        ids: dict[str, str] = {}
        for one in order:
            for key in (one.id, one.key):
                ids.setdefault(key.casefold(), key)
        close = get_close_matches(name.casefold(), ids, n=MOST_HINTS, cutoff=0.85)
        if close:
            places = {key: place for place, key in enumerate(ids)}
            return [ids[one] for one in sorted(close, key=places.__getitem__)]
        if media := self._media_like(name, 0.75):
            return media
        key = folded(name)
        names = {folded(one): family for family in self._typed.families for one in family.names}
        begins = [one for one in names if len(one) > 1 and key.startswith(one)]
        like = get_close_matches(key, names, n=1, cutoff=0.7)
        near = max(begins, key=len) if begins else next(iter(like), "")
        if near and (found := self.of_family(names[near])):
            return [one.id for one in found][:MOST_HINTS]
        close = get_close_matches(name.casefold(), ids, n=MOST_HINTS, cutoff=0.6)
        return [ids[one] for one in close] or self._media_like(name, 0.5)

    def _media_like(self, name: str, cutoff: float) -> list[str]:
        """Ids like this name of models on sale that are no chat models."""
        from difflib import get_close_matches

        sold = (one for one in on_sale(self._models, self._at) if one.kind != "chat")
        ids = {one.id.casefold().rpartition("/")[2]: one.id for one in sold}
        wanted = name.casefold().rpartition("/")[2]
        return [ids[one] for one in get_close_matches(wanted, ids, n=MOST_HINTS, cutoff=cutoff)]


def _elsewhere(host: str, sellers: Sequence[str]) -> str:
    said = [say("the table has no price of it at {host}", host=host)]
    if sellers:
        said.append(say("others sell {names}", names=joined(f"`{key}`" for key in sellers)))
    return joined([*said, say("--prices FILE adds a price of your own")], say("; "))
