"""Why a model cannot serve or price a request, and so is left out."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from llmcost.messages import say
from llmcost.pricing.catalog import is_retired
from llmcost.pricing.cost import band_for, sells
from llmcost.pricing.table import Model, PriceRow, State
from llmcost.pricing.usage import Usage


class Excluded(msgspec.Struct, frozen=True):
    """A model that cannot be ranked, and why.

    `reason` is one of context, max_output, band, unit, state, date; of requests also image, of
    workloads offer (no training or deployment is sold) and fee.
    """

    model: Model
    reason: str
    detail: str


BY_SIZE = ("context", "max_output", "band")
"""Reasons that are of single requests, and not of the model."""


class LeftOut(msgspec.Struct, frozen=True):
    """Requests that no model takes, and that are left out for all models alike.

    `requests` of `all`; `nearest` is a model that takes all the others, and why it refuses them.
    `names`: of inputs that are one request.
    """

    requests: int
    all: int
    nearest: Excluded
    names: tuple[str, ...]


def refuse(
    model: Model, row: PriceRow | None, usages: Iterable[Usage], at: datetime
) -> Excluded | None:
    """Why the model cannot serve or price these requests, or None."""
    if is_retired(model, at):
        return Excluded(model, "date", say("retired on {day}", day=model.retired))
    if row is None:
        return Excluded(model, "date", say("no price known for {day}", day=at.date()))
    if row.state in (State.UNKNOWN, State.PLAN):
        return Excluded(model, "state", state_detail(row))
    if row.state is State.PRICED and not (row.bands and "input" in row.bands[0].prices):
        return Excluded(model, "unit", say("not sold by the token"))
    for usage in usages:
        found = refuse_request(model, row, usage)
        if found is not None:
            return found
    return None


def refuse_request(model: Model, row: PriceRow, usage: Usage) -> Excluded | None:
    if not fits(model, usage):
        needed = usage.input + usage.output
        detail = say("needs {needed}, holds {holds}", needed=needed, holds=model.context)
        return Excluded(model, "context", detail)
    if model.max_output is not None and usage.output > model.max_output:
        detail = say("{asked} asked, writes {most}", asked=usage.output, most=model.max_output)
        return Excluded(model, "max_output", detail)
    band = band_for(usage, row)
    if row.state is State.PRICED and band is None:
        detail = say(
            "no price for {input} tokens in, {output} out", input=usage.input, output=usage.output
        )
        return Excluded(model, "band", detail)
    if band is not None and not sells(band, usage):
        return Excluded(model, "unit", say("writes no text that is sold by the token"))
    return None


def fits(model: Model, usage: Usage) -> bool:
    """Whether the context window holds the request, input and output together."""
    return model.context is None or usage.input + usage.output <= model.context


def state_detail(row: PriceRow) -> str:
    is_unknown = row.state is State.UNKNOWN
    what = say("price unknown") if is_unknown else say("sold by subscription only")
    return say("{what}: {note}", what=what, note=row.note) if row.note else what
