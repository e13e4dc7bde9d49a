"""Keywords of the API as the terms of an estimate: output, cached share, tier, day, currency."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from llmcost.commands.estimate.compute import Estimate
from llmcost.pricing.usage import Input
from llmcost.runtime.option_values import File, Names, listed, paths_of, whole, written

if TYPE_CHECKING:
    from llmcost.money import Exchange
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.pricing.terms import Terms
    from llmcost.runtime.tokenizer_choice import Known


class Billing(TypedDict, total=False):
    """The keywords of an estimate, each as the option of `llmcost estimate` that it is called like.

    None, or left out, is the option's default. A number may stand where the option has its text.
    """

    models: Names | None  # ids, aliases, provider/id or globs; None: all chat models on sale
    providers: Names | None
    tokenizer: str | None  # a name or a file, for `models` in the place of theirs
    output_tokens: int | None  # of each request
    output_ratio: Decimal | float | str | None  # or a share of its input
    cached: int | str | None  # input tokens, or "40%" of them, that are read from the cache
    cache_write: int | str | None
    calls: int
    batch: bool
    tier: str | None
    region: str | None
    thinking: bool
    free_quota: bool
    currency: str | None  # that ranks: CNY or USD
    fx: Decimal | float | str | None  # CNY for one USD
    as_of: date | str | None  # a day or an instant (datetime); None: now
    at: datetime | str | None  # the hour that is billed; "peak", "off-peak"
    prices: Sequence[File] | None  # price files of your own, laid over ours


class BillingMarket(NamedTuple):
    """What texts are priced with."""

    table: "PriceTable"
    models: Sequence["Model"]
    known: "Known"
    terms: "Terms"
    exchange: "Exchange"

    def priced(self, inputs: Sequence[Input], key_of: Callable[["Model"], str]) -> Estimate:
        from llmcost.commands.estimate.compute import estimate as price
        from llmcost.price_data.calendar import RealCalendar

        calendar = RealCalendar()
        return price(self.table, self.models, inputs, self.terms, self.exchange, calendar, key_of)


def market_of(billing: Billing) -> BillingMarket:
    """Raises TypeError for a keyword that there is not."""
    from llmcost.runtime.option_values import rate
    from llmcost.runtime.price_table import chosen_models, exchange_for, load_table
    from llmcost.runtime.tokenizer_choice import known_tokenizers

    if unknown := billing.keys() - Billing.__annotations__.keys():
        raise TypeError(f"there is no keyword {', '.join(sorted(unknown))}; see llmcost.Billing")
    terms = terms_of(billing)
    table = load_table(paths_of(billing.get("prices")), terms.at.date())
    wanted = listed(billing.get("models"), "models")
    sellers = listed(billing.get("providers"), "providers")
    models = chosen_models(table, wanted, sellers, terms.at, kind="chat")
    known = known_tokenizers(table)
    tokenizer = billing.get("tokenizer")
    if tokenizer is not None:
        from llmcost.runtime.tokenizer_choice import counted_otherwise

        models, known = counted_otherwise(models, tokenizer, known, is_named=bool(wanted))
    fx = rate(written(billing.get("fx")))
    exchange = exchange_for(table, models, billing.get("currency"), fx, terms.at)
    return BillingMarket(table, models, known, terms, exchange)


def terms_of(billing: Billing) -> "Terms":
    from llmcost.pricing.cost import Conditions
    from llmcost.pricing.terms import Terms
    from llmcost.runtime import clock
    from llmcost.runtime.option_values import amount_of, output_of, time_of

    when = time_of(written(billing.get("as_of")), written(billing.get("at")), clock.now())
    tokens = billing.get("output_tokens")
    return Terms(
        at=when.at,
        hours=when.hours,
        output=output_of(
            None if tokens is None else whole(tokens, "output_tokens", 0),
            written(billing.get("output_ratio")),
        ),
        cached=amount_of(written(billing.get("cached")), "cached"),
        written=amount_of(written(billing.get("cache_write")), "cache_write"),
        calls=whole(billing.get("calls", 1), "calls", 1),
        conditions=Conditions(
            thinking=billing.get("thinking", False),
            batch=billing.get("batch", False),
            tier=billing.get("tier") or "",
            region=billing.get("region") or "",
        ),
        free_quota=billing.get("free_quota", False),
    )
