"""The market of a request: price table, models, their tokenizers, the terms and the exchange rate.

Python and agents come here with keywords as values; no value becomes text to be parsed again.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from msgspec.structs import replace

from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.pricing.cost import Conditions
from llmcost.pricing.terms import Terms
from llmcost.runtime.option_values import (
    AUTO,
    File,
    Names,
    amount_of,
    cached_of,
    discounts_of,
    listed,
    output_of,
    paths_of,
    rates,
    tax_of,
    time_of,
    whole,
)

if TYPE_CHECKING:
    from llmcost.money import Exchange
    from llmcost.pricing.price_rows import Model, PriceTable
    from llmcost.runtime.price_table import ModelSelection
    from llmcost.runtime.tokenizer_choice import Known


class Billing(TypedDict, total=False):
    """The keywords of an estimate, each as the option of `llmcost estimate` of its name.

    None, or left out, is the option's default. The text that the option takes may stand in the
    place of a number.

    models: ids, aliases, `provider/id` or globs; None: the main models of each maker.
    providers: only what these sell.
    tokenizer: a name or a file, which counts for `models` in the place of their own.
    output_tokens: of each request; "auto": a typical length, with `low` and `high` of one answer.
    output_ratio: in its place, output as a share of the input tokens: 0.5 is half of them.
    task: the kind of answer that is looked up, such as "chat", "summarize", "agent-run".
    effort: how hard models think: "none", "low", "medium", "high", "xhigh", "max".
    cached: input tokens of each request that are read from the cache, or "40%" of them; "auto": by
        the rules of each model's cache.
    cache_write: input tokens that are written to the cache, likewise.
    calls: how often all of it is sent.
    batch, thinking: bill at the batch price; bill output at the price of thinking.
    tier, region: service tier, processing region, such as "flex", "us".
    free_quota: take the free quota of a new account off.
    discount, tax: off what a provider bills, as "openai:15%"; on the bill, as "6%".
    currency: a code such as "EUR", in which models are ranked; None: that of the models.
    fx: CNY for one USD, or a text of pairs; None: the ECB reference rate of the day.
    as_of: the day, or instant, whose prices count; None: now.
    at: the hour that is billed, or "peak", "off-peak".
    prices: price files of your own, which override ours.
    """

    models: Names | None
    providers: Names | None
    tokenizer: str | None
    output_tokens: int | str | None
    output_ratio: Decimal | float | str | None
    task: str | None
    effort: str | None
    cached: int | str | None
    cache_write: int | str | None
    calls: int
    batch: bool
    tier: str | None
    region: str | None
    thinking: bool
    free_quota: bool
    discount: str | None
    tax: Decimal | float | str | None
    currency: str | None
    fx: Decimal | float | str | None
    as_of: date | str | None
    at: datetime | str | None
    prices: Sequence[File] | None


class BillingMarket(NamedTuple):
    """What inputs are counted for and priced with: the models of a price table, the tokenizers that
    are known, the terms of each request, the currency that ranks with its exchange rate, and how
    the models were selected."""

    table: "PriceTable"
    models: Sequence["Model"]
    known: "Known"
    terms: "Terms"
    exchange: "Exchange"
    selection: "ModelSelection"

    @property
    def tokenizers(self) -> list[str]:
        """Return the names of the tokenizers that count for the models, each once."""
        return sorted({one.tokenizer for one in self.models})


def market_of(billing: Billing) -> BillingMarket:
    """Return the market that these keywords describe, from the price table of the user.

    Raise UnknownModel, UnknownTokenizer, UsageError for a value that makes no sense, BadPriceFile,
    NoExchangeRate if a rate is needed and the day lies before the first one; TypeError for a
    keyword that there is not, or a value of another type.
    """
    from llmcost.runtime.price_table import (
        chosen_models,
        discounts_by_seller,
        exchange_for,
        load_table,
    )
    from llmcost.runtime.tokenizer_choice import counted_otherwise, known_tokenizers

    if unknown := billing.keys() - Billing.__annotations__.keys():
        raise TypeError(f"there is no keyword {', '.join(sorted(unknown))}; see llmcost.Billing")
    terms = terms_of(billing)
    table = load_table(paths_of(billing.get("prices")), terms.at.date())
    terms = replace(terms, discounts=discounts_by_seller(table, terms.discounts))
    names = listed(billing.get("models"), "models")
    sellers = listed(billing.get("providers"), "providers")
    selection = chosen_models(table, names, sellers, terms.at, kind="chat")
    models = selection.models
    known = known_tokenizers(table)
    tokenizer = billing.get("tokenizer")
    if tokenizer is not None:
        models, known = counted_otherwise(models, tokenizer, known, is_named=bool(names))
    if looks_up(billing):
        from llmcost.runtime.answer_lengths import answer_lengths, with_lengths

        thinks = terms.conditions.thinking
        lengths = answer_lengths(billing.get("task"), billing.get("effort"), thinks=thinks)
        terms = with_lengths(terms, models, lengths)
    fx = rates(billing.get("fx"))
    exchange = exchange_for(table, models, billing.get("currency"), fx, terms.at)
    return BillingMarket(table, models, known, terms, exchange, selection)


def looks_up(billing: Billing) -> bool:
    """Return whether the length of answers is looked up. Raise UsageError for a task beside a
    length that is named."""
    tokens, task = billing.get("output_tokens"), billing.get("task")
    is_named = tokens not in (None, AUTO) or billing.get("output_ratio") is not None
    if is_named and task is not None:
        raise UsageError(say("task: the length of answers is named"), hint=say("leave it out"))
    return tokens == AUTO or (not is_named and not (task is None and billing.get("effort") is None))


def terms_of(billing: Billing) -> "Terms":
    """Return the terms of each request. Raise UsageError, TypeError."""
    from llmcost.runtime import clock

    cached, cache_rules = cached_of(billing.get("cached"), billing.get("cache_write"))
    when = time_of(billing.get("as_of"), billing.get("at"), clock.now())
    tokens: Any = billing.get("output_tokens")
    return Terms(
        at=when.at,
        hours=when.hours,
        output=output_of(
            tokens if tokens is None or tokens == AUTO else whole(tokens, "output_tokens", 0),
            billing.get("output_ratio"),
        ),
        cached=cached,
        cache_rules=cache_rules,
        written=amount_of(billing.get("cache_write"), "--cache-write"),
        calls=whole(billing.get("calls", 1), "calls", 1),
        conditions=Conditions(
            thinking=billing.get("thinking", False),
            batch=billing.get("batch", False),
            tier=billing.get("tier") or "",
            region=billing.get("region") or "",
        ),
        free_quota=billing.get("free_quota", False),
        discounts=discounts_of(billing.get("discount")),
        tax=tax_of(billing.get("tax")),
    )
