"""The price table and the models of a run, the currency that ranks, and the exchange rate."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from llmcost import money
from llmcost.errors import UnknownModel, UsageError
from llmcost.language import _
from llmcost.messages import joined, say, visible
from llmcost.money import Exchange
from llmcost.price_data.loader import (
    load,
    load_base,
    load_exchange_rates,
    names_content,
    own_files,
    read_file,
)
from llmcost.pricing.catalog import (
    GLOB,
    NameMatch,
    Outside,
    hosted,
    is_retired,
    lineup,
    lineup_note,
    matching,
    names_of,
    on_sale,
    outside,
    provider_id,
    provider_named,
    sold_by,
    successor,
)
from llmcost.pricing.contract import EVERY, Discounts, DiscountTiers
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.runtime import clock
from llmcost.runtime.standard_streams import talk
from llmcost.runtime.tokenizer_choice import tokenizer_names

if TYPE_CHECKING:
    from llmcost.pricing.known_names import TypedNames
    from llmcost.pricing.terms import Terms
    from llmcost.pricing.typed_names import NameSearch


def load_table(files: Sequence[Path] | None, since: date | None = None) -> PriceTable:
    """Return our price table, over it that of the user in the config folder, over that the files
    named. `since`: prices that were over by that day are not needed. Raise BadPriceFile,
    UnreadableInput."""
    overlays = [*own_files(), *(files or ())]
    return load(tokenizer_names(), overlays, clock.now().date(), since, tell)


def own_prices() -> list[str]:
    """Say which prices of the user's are used without being named."""
    return [say("with the prices of {path}", path=visible(str(path))) for path in own_files()]


def tell(said: str) -> None:
    """Why the updated table is not used: known only here, and no part of what was asked."""
    talk([visible(_("note: {text}", text=said))])


class ModelSelection(msgspec.Struct, frozen=True):
    """The models of a run, and what a reader must know of their names.

    `is_lineup`: no model was named, and the main models are compared. `others`: all that is sold by
    the providers of the run.
    """

    models: Sequence[Model]
    notes: Sequence[str] = ()
    is_lineup: bool = False
    others: Sequence[Model] = ()


def chosen_models(
    table: PriceTable,
    patterns: Sequence[str],
    providers: Sequence[str],
    at: datetime,
    *,
    retired: bool = False,
    kind: str = "",
    everything: bool = False,
) -> ModelSelection:
    """The models named, each once, in the order of their names; only those of `providers`, if any.

    A name is an id, `provider/id`, an alias or a glob, as `matching` has it; else a family, a
    maker, a set like `@cn`, or a gateway's spelling. `-name` leaves models out, `id@all` is every
    seller of an id. Without names: the line-up of the models of a `kind`, all of them with
    `everything`, and all on sale if no kind is named. What is named but not on sale is passed over,
    unless there is nothing else or `retired` ones are asked for.
    Raises UnknownModel for a name that means nothing; never guesses.
    """
    search = ModelSearch(table, at, sellers_of(table, providers), everything=everything)
    named = [one for one in patterns if not one.startswith("-")]
    left_out = [search.excluded(one[1:]) for one in patterns if one.startswith("-")]
    if named:
        matches = [search.match(one, retired=retired, is_priced=bool(kind)) for one in named]
        models = list({one.key: one for match in matches for one in match.models}.values())
    elif kind and not everything:
        models = search.lineup()
    else:
        models = [one for one in on_sale(search.models, at) if kind in ("", one.kind)]
    models = [one for one in models if not any(is_out(one) for is_out in left_out)]
    if patterns and not models:
        raise UnknownModel(say("no model is left by: {names}", names=joined(patterns)))
    notes = [note for match in matches for note in match.notes] if named else []
    if named and kind:
        notes += search.newer(models, named)
    return ModelSelection(models, notes, not named and bool(kind) and not everything, search.models)


def sellers_of(table: PriceTable, names: Sequence[str]) -> list[str]:
    """The ids of providers by id, name, or what people call them. Raises UnknownModel."""
    return [seller_of(table, name) for name in names]


def seller_of(table: PriceTable, name: str) -> str:
    exact = provider_named(table, name)
    if exact is not None:
        return exact
    found = typed_names().provider(name)
    if found in table.providers:
        return found
    host = typed_names().host(name)
    if host in table.providers:
        return host
    return provider_id(table, name)  # says what is known


def table_for(prices: Sequence[Path] | None, terms: "Terms") -> PriceTable:
    """The table of the day that is billed. Raises UsageError for a tier or region that it has no
    price of, BadPriceFile."""
    table = load_table(prices, terms.at.date())
    check_conditions(table, terms.conditions.tier, terms.conditions.region)
    return table


def check_conditions(table: PriceTable, tier: str, region: str) -> None:
    """Raises UsageError for a service tier or a region that no price of the table has."""
    rows = [row for model in table.models for row in model.prices] if tier or region else []
    bands = (band for row in rows for band in row.bands)
    tiers = {name for band in bands for name in band.variants} - {"peak", "batch"}
    regions = {name for row in rows for name in row.regions}
    for option, name, known in (("--tier", tier, tiers), ("--region", region, regions)):
        if name and name not in known:
            said = say(
                "{option}: no price is known for `{name}`", option=option, name=visible(name)
            )
            names = say("known: {names}", names=joined(sorted(known)))
            raise UsageError(said, hint=names if known else say("leave it out"))


def typed_names() -> "TypedNames":
    """The names that people type, of this build."""
    from llmcost.price_data.bundled_files import compiled_names

    return compiled_names(names_content())


def discounts_by_seller(table: PriceTable, discounts: Discounts) -> Discounts:
    """Return discounts by the ids of providers, where they are named as people call them. Raise
    UnknownModel, UsageError for one that is named twice."""
    found: dict[str, DiscountTiers] = {}
    for name, tiers in discounts.items():
        id = name if name == EVERY else seller_of(table, name)
        if id in found:
            raise UsageError(say("--discount names `{provider}` twice", provider=id))
        found[id] = tiers
    return found


class ModelSearch:
    """Look up the names of one run. What an exact id does not need is loaded when it is needed."""

    def __init__(
        self, table: PriceTable, at: datetime, sellers: Sequence[str], *, everything: bool = False
    ) -> None:
        self._table, self._at, self._sellers = table, at, sellers
        self._everything = everything
        self.models = sold_by(table, sellers)

    @cached_property
    def _names(self) -> "NameSearch":
        from llmcost.pricing.typed_names import NameSearch

        return NameSearch(
            self._table, typed_names(), self._at, self._sellers, everything=self._everything
        )

    def lineup(self) -> list[Model]:
        """The models that are compared where none is named."""
        if not self._sellers:
            return lineup(self.models, self._at)
        return self._names.of_sellers()

    def match(self, name: str, *, retired: bool, is_priced: bool) -> NameMatch:
        """`is_priced`: a model that is no longer sold is not meant where the name is that of a
        family, too."""
        if name.startswith("@") and "/" not in name:  # Cloudflare's ids begin with `@cf/`
            return NameMatch(self._names.of_set(name))
        is_whole = name.casefold().endswith(EVERY_SELLER)
        id = name[: -len(EVERY_SELLER)] if is_whole else name
        exact = matching(self.models, id, self._at, retired=retired)
        if not self._sellers and (is_whole or not exact):  # hosts sell what no maker's list has
            if not is_whole and "/" in id and (own := self._names.makers(id)) is not None:
                return own  # `z-ai/glm-4.5`, which is also an id at OpenRouter
            exact += matching(hosted(self._table), id, self._at, retired=retired)
        if not exact:
            found = self._names.typed(id)
            if found is None:
                raise self._names.unknown(name)
            return found
        is_over = is_priced and not retired and not on_sale(exact, self._at)
        if is_over and (meant := self._names.of_named(id)):
            models = joined(one.id for one in meant)
            said = say(
                "`{name}` is no longer sold; comparing {models} instead", name=name, models=models
            )
            return NameMatch(meant, (said,))
        if len(exact) == 1 or is_whole or not GLOB.isdisjoint(id):
            return NameMatch(exact)
        return NameMatch(self._names.own_list(exact))

    def excluded(self, name: str) -> Callable[[Model], bool]:
        return self._names.excluded(name)

    def newer(self, models: Sequence[Model], names: Sequence[str]) -> list[str]:
        """What has followed the models that were named one by one."""
        words = {one.casefold() for one in names}
        named = [one for one in models if not words.isdisjoint(names_of(one, self._at.date()))]
        pairs = [
            say("{new} for {old}", new=new.id, old=one.id)
            for one in named
            if one.superseded_by
            and (new := successor(one, self._line_of(one), self._at)) is not None
        ]
        said = say("newer models of the same line: {models}", models=joined(pairs))
        return [said, *self._over(named)] if pairs else list(self._over(named))

    def _line_of(self, model: Model) -> Sequence[Model]:
        """Where the newer models of its line are."""
        return self._table.models if model.serves else self._table.listed

    def _over(self, models: Sequence[Model]) -> Iterator[str]:
        """What the lines of models that are no longer sold have today."""
        for one in models:
            if is_retired(one, self._at) and (heirs := self._names.heirs(one)):
                ids = joined(heir.id for heir in heirs)
                yield say(
                    "`{name}` is no longer sold; newer models of its line: {models}",
                    name=one.id,
                    models=ids,
                )


EVERY_SELLER = "@all"


def selection_notes(selection: ModelSelection, others: Outside | None) -> list[str]:
    """What a reader must know of the models compared, and of the `others` on sale."""
    return [*selection.notes, *([lineup_note(others)] if others is not None else [])]


def cheapest_note() -> str:
    """Say which model was taken where one is compared and none was named."""
    return say("using the cheapest main model (choose with -m)")


def others_of(
    table: PriceTable,
    selection: ModelSelection,
    at: datetime,
    exchange: Exchange,
    usage: tuple[int, int],
) -> Outside | None:
    """Return what is on sale beside the line-up; None if that was not compared, or is all. `usage`:
    tokens of input and output of a request, by which the cheapest is looked for. It looks at every
    model of the table: a command asks once."""
    if not selection.is_lineup:
        return None
    found = outside(table, selection.others, selection.models, at, exchange, usage)
    return found if found.number else None


def check_table(file: Path | None) -> tuple[Path, PriceTable]:
    """Return a price file read afresh, ours by default, with its path; another one may build on
    ours. Raise BadPriceFile, UnreadableInput."""
    from llmcost.price_data.parser import parse_table

    if file is None:
        ours, table = load_base(tokenizer_names(), clock.now().date(), tell)
        return ours.path, table
    base = load(tokenizer_names(), [], clock.now().date(), tell=tell)
    return file, parse_table(file, read_file(file), tokenizer_names(), base)


def daily_exchange(target: str, fx: Sequence[money.Rate]) -> money.DailyExchange:
    """Amounts of many days in one currency; `fx`: rates that the user gave, of all days."""
    given = {frozenset((one.base, one.quote)): one for one in fx}
    known = cache(load_exchange_rates)

    def rate_of(day: date, one: str, other: str) -> money.Rate:
        return given.get(frozenset((one, other))) or known().on(day, one, other)

    return money.DailyExchange(target, rate_of)


MIXED = "CNY"  # what ranks models that bill in several currencies


def ranking_currency(wanted: str | None, billed: Collection[str]) -> str:
    """Return the code of the currency that is named, else the one that all models bill in. Raise
    UsageError."""
    if wanted is not None:
        return money.currency(wanted)
    return next(iter(billed)) if len(billed) == 1 else MIXED


def exchange_for(
    table: PriceTable,
    models: Sequence[Model],
    wanted: str | None,
    fx: Sequence[money.Rate],
    at: datetime,
    others: Sequence[money.Money] = (),
) -> Exchange:
    """Without `wanted`, models of one currency rank in it and a mixture in CNY. `fx` are rates that
    the user gave, in the place of those of the day; `others` are amounts that will be compared.

    Raises NoExchangeRate if a rate is needed and the day lies before the first known one.
    """
    billed = {table.providers[one.provider].currency for one in models}
    target = ranking_currency(wanted, billed)
    named = {one.currency for one in others}
    pairs = {frozenset((one, other)) for one in named for other in billed}
    pairs |= {frozenset((one, target)) for one in billed | named}
    given = {frozenset((one.base, one.quote)) for one in fx}
    needed = sorted(sorted(one) for one in pairs - given if len(one) > 1)
    if not needed:
        return Exchange(target, tuple(fx))
    rates, day = load_exchange_rates(), at.date()
    return Exchange(target, (*fx, *(rates.on(day, one, other) for one, other in needed)))
