"""The model of the price table that the name in a log means, and who sold it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property

import msgspec

from llmcost.errors import UnknownModel
from llmcost.messages import say
from llmcost.pricing.catalog import provider_id, row_at, suggestion
from llmcost.pricing.known_names import TypedNames
from llmcost.pricing.price_rows import Alias, Model, PriceTable

NO_NAMES = TypedNames()
NEUTRAL = frozenset(
    ("", "openai", "anthropic", "litellm_proxy", "custom_openai", "openai_like", "_other", "custom")
)
"""They say how a request was sent: clients of many vendors speak these two protocols."""


class Named(msgspec.Struct, frozen=True):
    """The model that a name means, None with the reason; `others`: who else sells it."""

    model: Model | None
    reason: str = ""
    others: tuple[str, ...] = ()


class LoggedNames:
    """The names of a table. `meant`: what the user says a name of the log means; `sellers`:
    providers that go before others; `typed`: how providers are called elsewhere. Raises
    UnknownModel."""

    def __init__(
        self,
        table: PriceTable,
        meant: Mapping[str, str],
        sellers: Iterable[str] = (),
        typed: TypedNames = NO_NAMES,
    ) -> None:
        self._typed = typed
        self._meant = {name.casefold(): model for name, model in meant.items()}
        self._sellers = [provider_id(table, one) for one in sellers]
        self._providers = table.providers
        self._by_name: dict[str, list[tuple[Model, Alias | None]]] = {}
        for model in table.models:
            self._add(model.id, model, None)
            for alias in model.aliases:
                self._add(alias.id, model, alias)
        for target in self._meant.values():
            if target.casefold() not in self._by_name:
                hint = suggestion(target, self._by_name)
                raise UnknownModel(say("unknown model: `{name}`", name=target), hint=hint)
        self._models = table.models
        self._known: dict[tuple[str, str, datetime], Named] = {}

    @cached_property
    def _makers(self) -> Counter[tuple[str, str]]:
        """How many models of a family each provider has; few names ask for it."""
        return Counter((family(one.id), one.provider) for one in self._models if not one.serves)

    def _add(self, name: str, model: Model, alias: Alias | None) -> None:
        for one in (name, f"{model.provider}/{name}"):
            self._by_name.setdefault(one.casefold(), []).append((model, alias))

    def find(self, name: str, provider: str, at: datetime) -> Named:
        key = (name, provider, at)
        if key not in self._known:
            self._known[key] = self._find(name, provider.casefold(), at)
        return self._known[key]

    def _find(self, name: str, provider: str, at: datetime) -> Named:
        if not name:
            return Named(None, say("the log names no model"))
        folded = name.casefold()
        meant = self._meant.get(folded)
        if meant is not None:
            folded, provider = meant.casefold(), ""
        folded = folded.removeprefix("models/")
        found = self._on(folded, at.date())
        if not found and "/" in folded:
            provider, _, folded = folded.partition("/")
            found = self._on(folded, at.date())
        if not found:
            return Named(None, say("not in the price table"))
        said = self._sold_by(provider)
        if not said and (vendor := provider.partition(".")[0]) != provider:
            provider, said = vendor, self._sold_by(vendor)  # `openai.responses`: an API of its
        if not said and provider not in NEUTRAL:
            # of the models of others, at prices that the table does not have
            return Named(None, say("sold by {host}, whose prices are not known", host=provider))
        return self._chosen(found, provider, said, at)

    def _sold_by(self, name: str) -> Sequence[str]:
        """The providers that a log, a gateway or a client calls so."""
        known = self._typed.gateways
        own = known.logged.get(name) or known.publishers.get(name)
        if own is None:
            own = (
                (name,)
                if name in self._providers
                else self._typed.lists(self._typed.provider(name))
            )
        return [one for one in own if one in self._providers]

    def _on(self, folded: str, day: date) -> list[Model]:
        """The models of a name on a day; an id is meant before an alias of the same spelling, and a
        maker before hosts, which come with it where the log or the user names them."""
        held = self._by_name.get(folded, [])
        own = [(model, alias) for model, alias in held if not model.serves]
        hosts = [model for model, _ in held if model.serves]
        found = [model for model, alias in own if alias is None] or [
            model for model, alias in own if alias is not None and holds(alias, day)
        ]
        return [*found, *hosts]

    def _chosen(
        self, found: list[Model], provider: str, said: Sequence[str], at: datetime
    ) -> Named:
        sellers = [one for one in found if one.provider in said]
        if not sellers:
            if provider not in NEUTRAL:
                return Named(None, say("not sold by {host} in the price table", host=provider))
            makers = [one for one in found if not one.serves] or found
            sellers = [one for one in found if one.provider in self._sellers] or makers
        elif len(sellers) > 1:
            sellers = [one for one in sellers if one.provider in self._sellers] or sellers
        priced = [one for one in sellers if row_at(one, at)] or sellers
        best = priced[0]
        if len(priced) > 1:
            best = max(priced, key=lambda one: self._makers[family(one.id), one.provider])
        others = tuple(one.provider for one in sellers if one is not best)
        is_said = best.provider in said or best.provider in self._sellers
        return Named(best, others=() if is_said else others)


def holds(alias: Alias, day: date) -> bool:
    return (alias.start is None or alias.start <= day) and (alias.end is None or day < alias.end)


def family(name: str) -> str:
    """`deepseek` of `deepseek-v4-pro`: who sells most models of a family is taken for its maker."""
    return name.casefold().partition("-")[0].rstrip("0123456789.")
