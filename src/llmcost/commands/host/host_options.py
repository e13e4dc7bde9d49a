"""The options of `llmcost host` beside those of a workload, and what their texts mean."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import structs

from llmcost.cli import options
from llmcost.cli.machine_options import GpuOptions
from llmcost.cli.option_groups import OptionGroup, RowOptions
from llmcost.commands.host.host_answers import PER_DAY, HostRequest
from llmcost.errors import UnreadableInput, reason
from llmcost.messages import say
from llmcost.runtime.machine_choice import number_of
from llmcost.workload.hosting import LIFE, PEAK_TO_MEAN, PUE, SPARE
from llmcost.workload.model_shape import ModelShape, kv_elements

LARGEST = 10_000_000
MOST_SPARE = 1000


class HostOptions(GpuOptions, frozen=True):
    """How much there is to serve and when; the GPUs, and what they cost: fields of HostRequest."""

    requests_per_day: Annotated[
        str | None,
        options.option(f"{PER_DAY} N", "Requests a day, instead of users."),
    ] = None
    cached: Annotated[
        str | None,
        options.option(
            "--cached SHARE", "Share of the input that the API bills as cached, e.g. 40%."
        ),
    ] = None
    peak_to_mean: Annotated[
        str | None,
        options.option(
            "--peak-to-mean N",
            f"Busiest hour over the mean; default: of --traffic, else {PEAK_TO_MEAN} (assumed).",
        ),
    ] = None
    buy: Annotated[
        str | None,
        options.option("--buy AMOUNT", "Buy instead: the price of one --gpu."),
    ] = None
    life: Annotated[
        str | None,
        options.option("--life MONTHS", f"Months that a bought GPU lasts; default: {LIFE}."),
    ] = None
    power: Annotated[
        str | None,
        options.option(
            "--power AMOUNT",
            f"Price of a kWh for bought GPUs, at a PUE of {PUE}; default: not included.",
        ),
    ] = None
    spare: Annotated[
        int,
        options.option(
            "--spare N", "Replicas kept for failures and releases.", min=0, max=MOST_SPARE
        ),
    ] = SPARE

    @property
    def request(self) -> HostRequest:
        return HostRequest(**structs.asdict(self))


class ShapeOptions(OptionGroup, frozen=True):
    """A model whose KV cache is asked about, and nothing else."""

    model_config: Annotated[
        Path | None,
        options.option(
            "--model-config FILE", "Print the KV cache per token of this config.json, and exit."
        ),
    ] = None
    kv_bits: Annotated[
        str | None,
        options.option("--kv-bits N", "Bits of a number of the cache; default: 16."),
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
        said = say("`{path}` is not a model's config.json: {why}", path=path, why=str(error))
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
