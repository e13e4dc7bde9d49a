"""Options of what a machine costs, shared by the commands about own GPUs."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from llmcost.cli import options
from llmcost.cli.option_groups import OptionGroup
from llmcost.errors import UsageError
from llmcost.messages import joined, say, visible
from llmcost.money import Money
from llmcost.workload import quantities as q

if TYPE_CHECKING:
    from llmcost.pricing.hosting_facts import HostingFacts, Machine


class GpuOptions(OptionGroup, frozen=True):
    """One machine, and what an hour of it costs."""

    gpu: Annotated[str | None, options.option("--gpu NAME", "Only this machine, e.g. H200.")] = None
    gpu_hour: Annotated[
        str | None,
        options.option(
            "--gpu-hour AMOUNT",
            "What an hour of --gpu costs you, e.g. '$4.59'; default: a dated rent, printed.",
        ),
    ] = None

    def hour(self, currency: str) -> Money | None:
        """The price that is given; a bare number is in `currency`. Raises UsageError."""
        if self.gpu_hour is not None:
            refuse_any_machine("--gpu-hour", self.gpu)
        return amount_of(self.gpu_hour, "--gpu-hour", currency, "4.59")


def refuse_any_machine(option: str, gpu: str | None) -> None:
    """Refuse a price that would be of every machine. Raises UsageError."""
    if gpu is None:
        raise UsageError(
            say("{option} has no effect without {other}", option=option, other="--gpu"),
            hint=say("name it, for example --gpu H200"),
        )


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


def number_of(text: str | None, option: str, least: int, most: int, example: str) -> Decimal | None:
    """A number in a range. Raises UsageError."""
    if text is None:
        return None
    found = q.number(text)
    if found is None or not least <= found <= most:
        said = say(
            "{option} must be a number from {least} to {most:,}: `{text}`",
            option=option,
            least=least,
            most=most,
            text=visible(text),
        )
        raise UsageError(said, hint=say("for example {option} {word}", option=option, word=example))
    return found


def machine_of(name: str | None, facts: "HostingFacts", known: Iterable["Machine"]) -> str:
    """The id of the machine of this name, of those that are `known`; empty if none is named. Raises
    UsageError for one without data, which is never scaled from another, and for one that is none.
    """
    if name is None:
        return ""
    known = list(known)
    folded = name.casefold().replace(" ", "").replace("_", "")
    for one in known:
        if folded in (one.id.replace("_", ""), one.name.casefold().replace(" ", "")):
            return one.id
    names = joined(one.name for one in known)
    hint = say("there are forecasts of {names}", names=names)
    without = [one.casefold().replace(" ", "") for one in facts.throughput.without_data]
    if any(folded in one or one in folded for one in without):
        said = say(
            "no throughput of `{name}` is known: the forecasts have no kernel tables of it, and "
            "nothing is scaled from other machines",
            name=visible(name),
        )
        raise UsageError(said, hint=hint)
    raise UsageError(say("no machine is called `{name}`", name=visible(name)), hint=hint)
