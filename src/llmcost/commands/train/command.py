"""`llmcost train`: options to a training run on rented GPUs and at vendors."""

from typing import TYPE_CHECKING, Annotated

from msgspec import structs

from llmcost.cli import options
from llmcost.cli.machine_options import GpuOptions
from llmcost.cli.option_groups import CurrencyOptions, OptionGroup, grouped
from llmcost.cli.output import Output, around, draw, format_for, render
from llmcost.commands.train.train_answers import TrainingRequest, answer_of, least
from llmcost.render.table import Format, markdown

if TYPE_CHECKING:
    from llmcost.commands.train.compute import TrainingAnswer
    from llmcost.pricing.hosting_facts import HostingFacts

MOST_EPOCHS = 1000


class TrainingOptions(OptionGroup, frozen=True):
    """What is trained."""

    model: Annotated[
        str | None,
        options.option(
            "-m --model ID", "Model whose size and vendors' prices are known, e.g. qwen3-32b."
        ),
    ] = None
    parameters: Annotated[
        str | None,
        options.option("--parameters N", "Parameters, the active ones of an MoE, e.g. 32B."),
    ] = None
    tokens: Annotated[
        str | None,
        options.option("--tokens N", "Training tokens of one epoch, e.g. 10M."),
    ] = None
    epochs: Annotated[
        int,
        options.option("--epochs N", "Epochs over them.", min=1, max=MOST_EPOCHS),
    ] = 1
    flop: Annotated[
        str | None,
        options.option("--flop N", "Operations of the run, if known, e.g. 2.15e25."),
    ] = None
    mfu: Annotated[
        str | None,
        options.option("--mfu SHARE", "Share of a GPU's bf16 peak reached; default: 40%."),
    ] = None
    paid: Annotated[
        str | None,
        options.option("--paid AMOUNT", "What the run cost: prints the price that it implies."),
    ] = None


@grouped
def train(
    *,
    run: TrainingOptions,
    machine: GpuOptions,
    money: CurrencyOptions,
    as_of: options.AsOf = None,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    notes: options.Notes = False,
    prices: options.PriceFiles = None,
) -> Output:
    """Show what a training run takes, on GPUs and at vendors.

    Operations are 6 × parameters × tokens × epochs; GPU-hours follow from the share of a GPU's peak
    that is reached (MFU, an assumption). Vendors bill training tokens, each epoch.

    Examples:
      llmcost train -m qwen3-32b --tokens 10M --epochs 3
      llmcost train --parameters 32B --tokens 1B --gpu H100 --gpu-hour '$2.69'
      llmcost train --flop 2.15e25 --paid '$63M' --gpu A100
    """
    from llmcost.price_data.hosting_files import load_hosting

    options.refuse_beside("-q", quiet, {"--format": format is not None, "--notes": notes})
    facts = load_hosting()
    stated = structs.asdict(run) | structs.asdict(machine) | structs.asdict(money)
    request = TrainingRequest(**stated, as_of=as_of)
    answer = answer_of(request, facts, prices)
    if quiet:
        return Output(bare(answer))
    return output_of(answer, facts, format_for(format), everything=notes)


def bare(answer: "TrainingAnswer") -> str:
    """The cost of the cheapest line."""
    from llmcost.render.text import data

    return f"{data(least(answer).cost.amount)}\n"


def output_of(
    answer: "TrainingAnswer", facts: "HostingFacts", format: Format, *, everything: bool
) -> Output:
    """`everything`: all notes, and not the legend in their place."""
    from llmcost.commands.train import view

    notes = view.notes(answer, facts)
    brief = None if everything else [view.legend(answer)]
    if format not in (Format.TABLE, Format.MD):
        machine = view.machine(answer)
        text = render(
            format, machine=lambda: machine, document=lambda: view.document(answer, facts, notes)
        )
        return Output(text, notes, brief=brief)
    form = draw if format is Format.TABLE else markdown
    table = form(view.human(answer))
    text = around(format, view.headline(answer), table, view.conclusion(answer))
    return Output(text, notes, brief=brief)
