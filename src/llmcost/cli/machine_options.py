"""Options of what a machine costs, shared by the commands about own GPUs."""

from typing import Annotated

import typer

from llmcost.cli.option_groups import OptionGroup


class GpuOptions(OptionGroup, frozen=True):
    """One machine, and what an hour of it costs."""

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
