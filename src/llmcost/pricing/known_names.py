"""What is known of the names that people type: families, makers, hosts and gateways.

`data/model_names.yaml` has them; `price_data/bundled_files` reads it, `typed_names` looks them up.
"""

import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

from llmcost.pricing.catalog import is_like


class Family(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A family of models. `ids` are globs over ids; without `provider`, of any seller. `means`:
    keys of models, or names of families, where none of it is in the line-up."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    provider: str = ""
    means: tuple[str, ...] = ()


class Gateways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How gateways write names; see the comments in `data/model_names.yaml`."""

    hosts: tuple[str, ...] = ()
    yuan: tuple[str, ...] = ()
    providers: dict[str, str] = {}
    publishers: dict[str, tuple[str, ...]] = {}
    products: dict[str, str] = {}
    logged: dict[str, tuple[str, ...]] = {}


class TypedNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `data/model_names.yaml` says; `superseded` is in the models of the table."""

    china: tuple[str, ...] = ()
    twins: dict[str, str] = {}
    fallbacks: dict[str, str] = {}
    providers: dict[str, tuple[str, ...]] = {}
    hosts: dict[str, tuple[str, ...]] = {}
    families: tuple[Family, ...] = ()
    media: dict[str, tuple[str, ...]] = {}
    gateways: Gateways = Gateways()
    open_weights: dict[str, tuple[str, ...]] = {}
    superseded: dict[str, dict[str, tuple[str, ...]]] = {}

    def provider(self, name: str) -> str:
        """The id of the provider of this name, or an empty text."""
        return lookup(self.providers, name)

    def host(self, name: str) -> str:
        """The id of the host of this name, or an empty text."""
        return lookup(self.hosts, name)

    def family(self, name: str) -> Family | None:
        key = folded(name)
        return next((one for one in self.families if key in map(folded, one.names)), None)

    def lists(self, provider: str) -> tuple[str, ...]:
        """The lists of a maker, its own currency first: `alibaba`, `alibaba-intl`."""
        twin = self.twins.get(provider)
        return (provider,) if twin is None else (provider, twin)


def lookup(known: Mapping[str, Iterable[str]], name: str) -> str:
    key = folded(name)
    return next((id for id, names in known.items() if key in (folded(id), *map(folded, names))), "")


def folded(name: str) -> str:
    """A name as it is compared: full-width letters, case, blanks and hyphens do not count."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return plain.translate({ord(one): None for one in " \t-_‐‑–"})


def makers_of(typed: TypedNames, id: str) -> list[str]:
    """The lists of the makers whose families have this id, their own currency first."""
    name = id.casefold().rpartition("/")[2]
    found: list[str] = []
    for family in typed.families:
        if family.provider and any(is_like(name, one.casefold()) for one in family.ids):
            found += typed.lists(family.provider)
    return list(dict.fromkeys(found))
