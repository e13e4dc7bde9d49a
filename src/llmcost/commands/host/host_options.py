"""The options of `llmcost host` beside those of a workload, and what their texts mean."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from llmcost.cli import options
from llmcost.cli.declarations import Option
from llmcost.cli.machine_options import (
    GpuOptions,
    amount_of,
    machine_of,
    number_of,
    refuse_any_machine,
)
from llmcost.cli.option_groups import OptionGroup, RowOptions
from llmcost.commands.host.compute import BoughtGpu, HostTerms
from llmcost.errors import UnreadableInput, UsageError, reason
from llmcost.messages import say, visible
from llmcost.workload import quantities as q
from llmcost.workload.fields import FieldEntry, Given
from llmcost.workload.hosting import HOURS_A_MONTH, LIFE, PEAK_TO_MEAN, PUE, SPARE
from llmcost.workload.model_shape import ModelShape, kv_elements

if TYPE_CHECKING:
    from llmcost.pricing.hosting_facts import HostingFacts

LARGEST = 10_000_000
PER_DAY = "--requests-per-day"
MOST_SPARE = 1000
MOST_PEAK = 10_000


class LoadOptions(OptionGroup, frozen=True):
    """How much there is to serve, and when."""

    requests_per_day: Annotated[
        str | None,
        Option(PER_DAY, metavar="N", help="Requests a day, instead of users."),
    ] = None
    cached: Annotated[
        str | None,
        Option(
            "--cached",
            metavar="SHARE",
            help="Share of the input that the API bills as cached, e.g. 40%.",
        ),
    ] = None
    peak_to_mean: Annotated[
        str | None,
        Option(
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


class MachineOptions(GpuOptions, frozen=True):
    """The GPUs, and what they cost."""

    buy: Annotated[
        str | None,
        Option("--buy", metavar="AMOUNT", help="Buy instead: the price of one --gpu."),
    ] = None
    life: Annotated[
        str | None,
        Option(
            "--life", metavar="MONTHS", help=f"Months that a bought GPU lasts; default: {LIFE}."
        ),
    ] = None
    power: Annotated[
        str | None,
        Option(
            "--power",
            metavar="AMOUNT",
            help=f"Price of a kWh for bought GPUs, at a PUE of {PUE}; default: not included.",
        ),
    ] = None
    spare: Annotated[
        int,
        Option(
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
        if self.buy is not None:
            refuse_any_machine("--buy", self.gpu)
        bought = None
        price = amount_of(self.buy, "--buy", currency, "30000")
        if price is not None:
            months = number_of(self.life, "--life", 1, 600, "36")
            energy = amount_of(self.power, "--power", currency, "0.6")
            bought = BoughtGpu(price, LIFE if months is None else int(months), energy)
        return HostTerms(
            hour=self.hour(currency),
            bought=bought,
            peak_to_mean=peak or busiest or PEAK_TO_MEAN,
            peak_basis="given" if peak else "traffic" if busiest else "assumed",
            spare=self.spare,
            machine=machine_of(self.gpu, facts, facts.served_machines()),
        )


class ShapeOptions(OptionGroup, frozen=True):
    """A model whose KV cache is asked about, and nothing else."""

    model_config: Annotated[
        Path | None,
        Option(
            "--model-config",
            metavar="FILE",
            help="Print the KV cache per token of this config.json, and exit.",
        ),
    ] = None
    kv_bits: Annotated[
        str | None,
        Option("--kv-bits", metavar="N", help="Bits of a number of the cache; default: 16."),
    ] = None

    def shape(self, others: Mapping[str, bool]) -> tuple[ModelShape, Decimal] | None:
        """The shape and the bits; None if no file is named. `others`: options that have no effect
        beside it. Raises UsageError, UnreadableInput."""
        bits = number_of(self.kv_bits, "--kv-bits", 1, 64, "8")
        is_given = self.model_config is not None
        options.refuse_without("--model-config", is_given, {"--kv-bits": bits is not None})
        if self.model_config is None:
            return None
        options.refuse_beside("--model-config", True, others)
        return read_shape(self.model_config), bits or Decimal(16)


def read_shape(path: Path) -> ModelShape:
    """The shape in a `config.json`; of a model that sees, that of its text. Raises
    UnreadableInput for a file that has none."""
    from llmcost.files import read_at_most

    try:
        content = read_at_most(path, LARGEST)
    except OSError as error:
        why = reason(error)
        raise UnreadableInput(say("cannot read `{path}`: {why}", path=path, why=why)) from None
    try:
        whole = msgspec.json.decode(content, type=dict[str, Any])
        part = whole.get("text_config", whole)
        found = msgspec.convert(part, ModelShape)
        kv_elements(found)
    except (msgspec.MsgspecError, ValueError) as error:
        said = say("`{path}` is no config.json of a model: {why}", path=path, why=str(error))
        raise UnreadableInput(said) from None
    return found


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
