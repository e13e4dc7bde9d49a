"""Costs of a model beside its tokens: training, a deployment, calls, prepaid packs."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal

import msgspec

from llmcost.messages import joined, say
from llmcost.money import PER, ZERO
from llmcost.pricing.billing import Excluded
from llmcost.pricing.catalog import offers_at
from llmcost.pricing.cost import PER_CALLS, BillPart, Conditions, prices_of
from llmcost.pricing.price_rows import Band, Model, Offer, PriceRow, Prices, PriceState, Variant
from llmcost.workload.model import Workload
from llmcost.workload.running_cost import Pack

ANY = "any"
HOURS_A_DAY = 24


class Owned(msgspec.Struct, frozen=True):
    """The offers that a workload takes up: a model's training, its deployment, its packs."""

    training: Offer | None = None
    deployment: Offer | None = None
    pack: Pack | None = None


NOTHING = Owned()


def owned(model: Model, workload: Workload, at: datetime, days: int) -> Owned | Excluded:
    """The offers in force at `at`, or why the model is left out. The month has `days` days."""
    if not (workload.fine_tune_tokens or workload.packs or workload.deployment is not None):
        return NOTHING  # nearly always
    offers = list(offers_at(model, at))
    training = deployment = None
    if workload.fine_tune_tokens:
        trainings = [one for kind, one in offers if kind == "fine_tuning"]
        if not trainings:
            return Excluded(model, "offer", say("no price of fine-tuning known"))
        training = trainings[0]  # the plain one stands first in the file
    if workload.deployment is not None:
        found = [
            one
            for kind, one in offers
            if kind == "deployment" and workload.deployment in (ANY, one.what)
        ]
        if not found:
            return Excluded(model, "offer", no_deployment(workload.deployment))
        deployment = min(found, key=lambda one: deployed(one, workload, days)[1])
    packs = [one for kind, one in offers if kind == "packs" and one.tokens]
    return Owned(training, deployment, sizes_of(packs) if workload.packs else None)


def no_deployment(name: str) -> str:
    if name == ANY:
        return say("no price of a deployment known")
    return say("no price of a deployment called {name} known", name=name)


def sizes_of(packs: Iterable[Offer]) -> Pack | None:
    """The cheapest by the token, then smaller ones; a larger one that costs no less is left out."""
    chosen: list[Offer] = []
    for one in sorted(packs, key=lambda one: (one.price / (one.tokens or 1), one.tokens)):
        if not chosen or (one.tokens or 1) < (chosen[-1].tokens or 1):
            chosen.append(one)
    found = None
    for one in reversed(chosen):
        name = one.what or say("{number:,} tokens each", number=one.tokens)
        found = Pack(one.price, one.tokens or 1, name, found)
    return found


def deployed(offer: Offer, workload: Workload, days: int) -> tuple[Decimal, Decimal]:
    """How many hours, days or months of one instance are paid in a month, and their price.

    Days and months are paid in full.
    """
    hours = workload.deployment_hours
    quantity = days * HOURS_A_DAY if hours is None else hours
    if offer.per == "day":
        quantity = (Decimal(quantity) / HOURS_A_DAY).to_integral_value(ROUND_CEILING)
    elif offer.per == "month":
        quantity = 1
    return Decimal(quantity), quantity * offer.price


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
            tuple(step for step in (offers.training.what, spread) if step),
        )
    if offers.deployment is not None:
        quantity, _ = deployed(offers.deployment, workload, days)
        steps = (offers.deployment.what, say("per {unit}", unit=offers.deployment.per))
        yield BillPart(
            "deployment",
            quantity * workload.instances,
            offers.deployment.price,
            1,
            tuple(step for step in steps if step),
        )


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
    return tuple(BillPart(name, calls, row.fees[name], PER_CALLS) for name, calls in fees.items())


def storage_part(
    row: PriceRow, tokens: int, hours: Decimal, discount: Decimal | None = None
) -> BillPart | None:
    """Keeping the prefix of a conversation for so many hours, where that has a price."""
    prices = prices_of(row.bands[0], row, Conditions(discount=discount))[0] if row.bands else {}
    price = prices.get("cache_storage", ZERO)
    if not (price and tokens and hours):
        return None
    return BillPart("cache_storage", tokens * hours, price)


def days_in(month: date) -> int:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (following - month.replace(day=1)).days
