"""Which machine is meant, and what it costs: the texts of options, or of a program in their place.

A machine is never scaled from another one: what has no data is refused.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from llmcost.errors import UsageError
from llmcost.messages import joined, say, visible
from llmcost.money import Money
from llmcost.workload import quantities as q

if TYPE_CHECKING:
    from llmcost.pricing.hosting_facts import HostingFacts, Machine

LEAST_PART = 3
"""Characters of a part of a name, such as 910B."""


def refuse_any_machine(option: str, gpu: str | None) -> None:
    """Refuse a price that would be of every machine. Raises UsageError."""
    if gpu is None:
        raise UsageError(
            say("{option} has no effect without {other}", option=option, other="--gpu"),
            hint=say("name it, for example --gpu H200"),
        )


def hour_of(text: str | None, gpu: str | None, currency: str) -> Money | None:
    """The price of an hour of the machine that is named; a bare number is in `currency`. Raises
    UsageError."""
    if text is not None:
        refuse_any_machine("--gpu-hour", gpu)
    return amount_of(text, "--gpu-hour", currency, "4.59")


def amount_of(text: str | None, option: str, currency: str, example: str) -> Money | None:
    """Money above zero; a bare number is in `currency`. Raises UsageError."""
    if text is None:
        return None
    number = q.number(text)
    found = q.amount(text) if number is None else Money(number, currency)
    if found is None or not found.amount:
        said = say(
            "{option} must be money like $4.59 or 25 yuan: `{text}`",
            option=option,
            text=visible(text),
        )
        raise UsageError(
            said, hint=say("for example {option} '{word} usd'", option=option, word=example)
        )
    return found


def number_of(
    text: str | None, option: str, least: int, most: int, example: str, *, whole: bool = False
) -> Decimal | None:
    """A number in a range, a `whole` one. Raises UsageError."""
    if text is None:
        return None
    found = q.number(text)
    if found is None or not least <= found <= most or (whole and found % 1):
        values = {"option": option, "least": least, "most": most, "text": visible(text)}
        said = say("{option} must be a number from {least} to {most:,}: `{text}`", **values)
        if whole:
            said = say("{option} must be a whole number, {least} to {most:,}: `{text}`", **values)
        raise UsageError(said, hint=say("for example {option} {word}", option=option, word=example))
    return found


def machine_of(name: str | None, facts: "HostingFacts", known: Iterable["Machine"]) -> str:
    """The id of the machine of this name, of those that are `known`; empty if none is named. Raises
    UsageError for one without data, and for one that is none.
    """
    if name is None:
        return ""
    known = list(known)
    folded = short_name(name)
    for one in known:
        memory = short_name(f"{one.name} {one.memory_gib:f}GB")
        if folded in (short_name(one.id), short_name(one.name), memory):
            return one.id
    names = joined(one.name for one in known)
    hint = say("there are forecasts of {names}", names=names)
    others = [*facts.throughput.without_data, *(one.name for one in facts.rents.machines)]
    if len(folded) >= LEAST_PART and any(
        one.endswith(folded) or folded.startswith(one) for one in map(short_name, others)
    ):
        said = say(
            "no throughput of `{name}` is known: the forecasts have no kernel tables of it, and "
            "nothing is scaled from other machines",
            name=visible(name),
        )
        raise UsageError(said, hint=hint)
    raise UsageError(say("no machine is called `{name}`", name=visible(name)), hint=hint)


def short_name(name: str) -> str:
    """The name of a machine in lower case, without blanks, its maker and its socket."""
    words = re.split(r"[\s_-]+", name.casefold())
    return "".join(one for one in words if not re.fullmatch(r"nvidia|sxm\d?", one))
