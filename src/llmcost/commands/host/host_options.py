"""The options of `llmcost host` beside those of a workload, and what their texts mean."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import options
from llmcost.cli.option_groups import OptionGroup, RowOptions
from llmcost.commands.host.compute import BoughtGpu, HostTerms
from llmcost.errors import UsageError
from llmcost.messages import joined, say, visible
from llmcost.money import Money
from llmcost.workload import quantities as q
from llmcost.workload.fields import FieldEntry, Given
from llmcost.workload.hosting import HOURS_A_MONTH, LIFE, PEAK_TO_MEAN, PUE, SPARE

if TYPE_CHECKING:
    from llmcost.pricing.hosting_facts import HostingFacts

PER_DAY = "--requests-per-day"
MOST_SPARE = 1000
MOST_PEAK = 10_000


class LoadOptions(OptionGroup, frozen=True):
    """How much there is to serve, and when."""

    requests_per_day: Annotated[
        str | None,
        typer.Option(PER_DAY, metavar="N", help="Requests a day, instead of users."),
    ] = None
    cached: Annotated[
        str | None,
        typer.Option(
            "--cached",
            metavar="SHARE",
            help="Share of the input that the API bills as cached, e.g. 40%.",
        ),
    ] = None
    peak_to_mean: Annotated[
        str | None,
        typer.Option(
            "--peak-to-mean",
            metavar="N",
            help="Busiest hour over the mean; default: of --traffic, else "
            f"{PEAK_TO_MEAN} (assumed).",
        ),
    ] = None

    def given(self, given: Given) -> Given:
        """The fields of the workload with what these options state of it. Raises UsageError."""
        found = dict(given)
        if self.requests_per_day is not None:
            found |= per_day(self.requests_per_day, given)
        return found

    @property
    def peak(self) -> Decimal | None:
        """Raises UsageError."""
        return number_of(self.peak_to_mean, "--peak-to-mean", 1, MOST_PEAK, "2.5")

    @property
    def cached_share(self) -> Decimal | None:
        """Raises UsageError."""
        if self.cached is None:
            return None
        found = q.share(self.cached)
        if found is None:
            said = say(
                "--cached must be a share like 40% or 0.4: `{text}`", text=visible(self.cached)
            )
            raise UsageError(said, hint=say("for example --cached 40%"))
        return found


def per_day(text: str, given: Given) -> Mapping[str, FieldEntry]:
    """A month of so many requests a day, of one user. Raises UsageError."""
    others = ("mau", "requests_per_user", "conversations_per_user", "percentiles")
    options.refuse_beside(PER_DAY, True, {given[one].place: True for one in others if one in given})
    found = q.number(text)
    if not found:
        said = say(
            "{option} must be a number above zero like 3M or 300万: `{text}`",
            option=PER_DAY,
            text=visible(text),
        )
        raise UsageError(said, hint=say("for example {option} 3M", option=PER_DAY))
    a_month = found * HOURS_A_MONTH / 24
    return {"mau": FieldEntry(1, PER_DAY), "requests_per_user": FieldEntry(a_month, PER_DAY)}


class MachineOptions(OptionGroup, frozen=True):
    """The GPUs, and what they cost."""

    gpu: Annotated[
        str | None, typer.Option("--gpu", metavar="NAME", help="Only this machine, e.g. H200.")
    ] = None
    gpu_hour: Annotated[
        str | None,
        typer.Option(
            "--gpu-hour",
            metavar="AMOUNT",
            help="What an hour of --gpu costs you, e.g. '$4.59'; default: a dated rent, printed.",
        ),
    ] = None
    buy: Annotated[
        str | None,
        typer.Option("--buy", metavar="AMOUNT", help="Buy instead: the price of one --gpu."),
    ] = None
    life: Annotated[
        str | None,
        typer.Option(
            "--life", metavar="MONTHS", help=f"Months that a bought GPU lasts; default: {LIFE}."
        ),
    ] = None
    power: Annotated[
        str | None,
        typer.Option(
            "--power",
            metavar="AMOUNT",
            help=f"Price of a kWh for bought GPUs, at a PUE of {PUE}; default: not included.",
        ),
    ] = None
    spare: Annotated[
        int,
        typer.Option(
            "--spare",
            metavar="N",
            min=0,
            max=MOST_SPARE,
            help="Replicas kept for failures and releases.",
        ),
    ] = SPARE

    def terms(
        self, facts: "HostingFacts", currency: str, peak: Decimal | None, busiest: Decimal | None
    ) -> HostTerms:
        """What the user states, amounts without a currency in that of the ranking. `peak`: as
        given; `busiest`: of the traffic. Raises UsageError."""
        options.refuse_beside(
            "--buy", self.buy is not None, {"--gpu-hour": self.gpu_hour is not None}
        )
        others = {"--life": self.life is not None, "--power": self.power is not None}
        options.refuse_without("--buy", self.buy is not None, others)
        priced = {"--gpu-hour": self.gpu_hour is not None, "--buy": self.buy is not None}
        if self.gpu is None and any(priced.values()):
            (option,) = [name for name, is_given in priced.items() if is_given]
            raise UsageError(
                say("{option} is the price of which machine?", option=option),
                hint=say("name it, for example --gpu H200"),
            )
        bought = None
        price = amount_of(self.buy, "--buy", currency, "30000")
        if price is not None:
            months = number_of(self.life, "--life", 1, 600, "36")
            energy = amount_of(self.power, "--power", currency, "0.6")
            bought = BoughtGpu(price, LIFE if months is None else int(months), energy)
        return HostTerms(
            hour=amount_of(self.gpu_hour, "--gpu-hour", currency, "4.59"),
            bought=bought,
            peak_to_mean=peak or busiest or PEAK_TO_MEAN,
            peak_basis="given" if peak else "traffic" if busiest else "assumed",
            spare=self.spare,
            machine=machine_of(self.gpu, facts),
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


def machine_of(name: str | None, facts: "HostingFacts") -> str:
    """The id of the machine of this name. Raises UsageError for one without data, which is never
    scaled from another, and for one that is none."""
    if name is None:
        return ""
    folded = name.casefold().replace(" ", "").replace("_", "")
    served = {
        one.machine
        for model in facts.throughput.models
        for weights in model.weights
        for one in weights.forecasts
    }
    known = [one for one in facts.rents.machines if one.id in served]
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


class HostOutputOptions(RowOptions, frozen=True):
    """The form of the answer."""

    format: options.FormatName = None
    quiet: options.Quiet = False
    get: options.Get = None

    def refuse_idle(self) -> None:
        """Refuse options that have no effect beside others. Raises UsageError."""
        forms = {"--format": self.format is not None, "--notes": self.notes}
        top = {"--top": self.top is not None}
        options.refuse_beside("-q", self.quiet, {**forms, **top, "--all": self.all_})
        options.refuse_beside("-q", self.quiet, {"--get": self.get is not None})
        options.refuse_beside("--get", self.get is not None, forms)
        options.refuse_beside("--all", self.all_, top)
