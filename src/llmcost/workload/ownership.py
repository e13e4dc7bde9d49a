"""Costs of a model beside its tokens: training, a deployment, calls, prepaid packs."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal

import msgspec

from llmcost.messages import joined, say
from llmcost.money import PER, ZERO
from llmcost.pricing.billing import Excluded
from llmcost.pricing.catalog import offers_at
from llmcost.pricing.cost import (
    PER_CALLS,
    BillPart,
    Conditions,
    band_for,
    discount_steps,
    fee_of,
    prices_of,
)
from llmcost.pricing.price_rows import Band, Model, Offer, PriceRow, Prices, PriceState, Variant
from llmcost.pricing.usage import Usage
from llmcost.workload.model import ANY, Workload
from llmcost.workload.running_cost import Pack

HOURS_A_DAY = 24


class Owned(msgspec.Struct, frozen=True):
    """The offers that a workload takes up: a model's training, its deployment, its packs, the
    cheapest by the token first. `discount` is in their prices already. `index`: the embedding of
    the documents that are searched."""

    training: Offer | None = None
    deployment: Offer | None = None
    packs: tuple[Pack, ...] = ()
    discount: Decimal | None = None
    index: BillPart | None = None


NOTHING = Owned()


def owned(model: Model, workload: Workload, at: datetime, days: int) -> Owned | Excluded:
    """The offers in force at `at`, or why the model is left out. The month has `days` days."""
    if not (workload.fine_tune_tokens or workload.packs or workload.deployment is not None):
        return NOTHING  # nearly always
    offers = list(offers_at(model, at))
    training = deployment = None
    if workload.fine_tune_tokens:
        trainings = named(offers, "fine_tuning", workload.fine_tuning)
        if not trainings:
            return Excluded(model, "offer", no_training(workload.fine_tuning))
        training = min(trainings, key=lambda one: one.price)
    if workload.deployment is not None:
        found = named(offers, "deployment", workload.deployment)
        if not found:
            return Excluded(model, "offer", no_deployment(workload.deployment))
        deployment = min(found, key=lambda one: deployed(one, workload, days)[1])
    packs = named(offers, "packs", ANY) if workload.packs else []
    return Owned(training, deployment, sizes_of(packs, model.discount), model.discount)


def named(offers: Iterable[tuple[str, Offer]], kind: str, name: str) -> list[Offer]:
    return [one for found, one in offers if found == kind and name in (ANY, one.what)]


def no_training(name: str) -> str:
    if name == ANY:
        return say("no price of fine-tuning known")
    return say("no price of a fine-tuning called {name} known", name=name)


def no_deployment(name: str) -> str:
    if name == ANY:
        return say("no price of a deployment known")
    return say("no price of a deployment called {name} known", name=name)


def sizes_of(packs: Iterable[Offer], discount: Decimal | None) -> tuple[Pack, ...]:
    """The packs of tokens, the cheapest by the token first, of these the largest."""
    steps = discount_steps(discount)
    found = [Pack(one.price, one.tokens, (pack_name(one), *steps)) for one in packs if one.tokens]
    return tuple(sorted(found, key=lambda one: (one.price / one.tokens, -one.tokens)))


def pack_name(pack: Offer) -> str:
    return pack.what or say("{number:,} tokens each", number=pack.tokens)


def deployed(offer: Offer, workload: Workload, days: int) -> tuple[Decimal, Decimal]:
    """How many hours, days or months of one instance are paid in a month, and their price.

    Days and months are paid in full; a month has no more hours than its days have.
    """
    hours, most = workload.deployment_hours, Decimal(days * HOURS_A_DAY)
    quantity = most if hours is None else min(hours, most)
    if offer.per == "day":
        quantity = (quantity / HOURS_A_DAY).to_integral_value(ROUND_CEILING)
    elif offer.per == "month":
        quantity = Decimal(1)
    return quantity, quantity * offer.price


def fixed_parts(offers: Owned, workload: Workload, days: int) -> Iterator[BillPart]:
    """What a month costs whoever comes: training is spread over the months."""
    if offers.training is not None:
        over = say("over {months} months", months=workload.months)
        spread = over if workload.months > 1 else ""
        yield BillPart(
            "fine_tuning",
            workload.fine_tune_tokens,
            offers.training.price / workload.months,
            PER,
            steps_of(offers, offers.training.what, spread),
        )
    if offers.deployment is not None:
        quantity, _ = deployed(offers.deployment, workload, days)
        per = say("per {unit}", unit=offers.deployment.per)
        yield BillPart(
            "deployment",
            quantity * workload.instances,
            offers.deployment.price,
            1,
            steps_of(offers, offers.deployment.what, per),
        )
    if offers.index is not None:
        yield offers.index


def steps_of(offers: Owned, *steps: str) -> tuple[str, ...]:
    return (*(step for step in steps if step), *discount_steps(offers.discount))


def tuned(row: PriceRow, offer: Offer | None) -> PriceRow:
    """The row with the prices of the tuned model, where they are others than the plain ones; a
    model that is free may not be so once it is tuned."""
    if offer is None or not offer.prices:
        return row
    if row.state is PriceState.FREE:
        return msgspec.structs.replace(row, state=PriceState.PRICED, bands=(Band(offer.prices),))
    return msgspec.structs.replace(
        row, bands=tuple(tuned_band(band, offer.prices) for band in row.bands)
    )


def tuned_band(band: Band, changed: Prices) -> Band:
    variants = {
        name: Variant(one.factor, untuned(one.prices, changed))
        for name, one in band.variants.items()
    }
    sold = {name: one for name, one in variants.items() if one.factor is not None or one.prices}
    return Band({**untuned(band.prices, changed), **changed}, band.input, band.output, sold)


def untuned(prices: Prices, changed: Prices) -> Prices:
    """Those that hold for the tuned model too. Where its input costs something else, so would input
    that is cached, and with its output, thinking: what is not stated is billed at the plain price.
    """
    return {
        item: price
        for item, price in prices.items()
        if item not in changed
        and not (item.startswith("cache_") and "input" in changed)
        and not (item == "output_thinking" and "output" in changed)
    }


def fee_parts(
    model: Model, row: PriceRow, fees: Mapping[str, Decimal]
) -> tuple[BillPart, ...] | Excluded:
    """What the calls of one request cost, or why that is not known."""
    unknown = [name for name in fees if name not in row.fees]
    if unknown:
        return Excluded(model, "fee", say("no price of {names} known", names=joined(unknown)))
    return tuple(
        BillPart(
            name,
            calls,
            fee_of(row, name, model.discount),
            PER_CALLS,
            discount_steps(model.discount),
        )
        for name, calls in fees.items()
    )


def storage_part(
    row: PriceRow, tokens: int, hours: Decimal, conditions: Conditions
) -> BillPart | None:
    """Keeping the prefix of a conversation for so many hours, where that has a price: that of a
    request as long, whatever the hour and without batch, since it is kept through all of them."""
    band = band_for(Usage(tokens), row)
    if band is None or not (tokens and hours):
        return None
    always = msgspec.structs.replace(conditions, peak="", batch=False)
    prices, steps = prices_of(band, row, always)
    price = prices.get("cache_storage", ZERO)
    return BillPart("cache_storage", tokens * hours, price, PER, steps) if price else None


def days_in(month: date) -> int:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (following - month.replace(day=1)).days
