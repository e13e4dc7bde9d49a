"""Options of what a machine costs, shared by the commands about own GPUs."""

from typing import Annotated

from llmcost.cli import options
from llmcost.cli.option_groups import OptionGroup


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
