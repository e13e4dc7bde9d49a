"""`llmcost train`: options to a training run on rented GPUs and at vendors."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from llmcost.cli import options
from llmcost.cli.machine_options import GpuOptions, machine_of
from llmcost.cli.option_groups import CurrencyOptions, OptionGroup, grouped
from llmcost.cli.output import Output, around, draw, format_for, render
from llmcost.errors import LlmcostError, UnknownModel, UsageError
from llmcost.messages import say, visible
from llmcost.money import ZERO, Money
from llmcost.render.table import Format, markdown
from llmcost.runtime import option_values
from llmcost.workload import quantities as q

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmcost.commands.train.compute import TrainingAnswer, TrainingLine, TrainingRun
    from llmcost.pricing.hosting_facts import HostingFacts

MOST_EPOCHS = 1000
SCIENTIFIC = r"(\d{1,18}(?:\.\d{1,18})?)[eE]\+?(\d{1,2})"
TERA = 10**12


class TrainingOptions(OptionGroup, frozen=True):
    """What is trained."""

    model: Annotated[
        str | None,
        typer.Option(
            "-m",
            "--model",
            metavar="ID",
            help="Model whose size and vendors' prices are known, e.g. qwen3-32b.",
        ),
    ] = None
    parameters: Annotated[
        str | None,
        typer.Option(
            "--parameters", metavar="N", help="Parameters, the active ones of an MoE, e.g. 32B."
        ),
    ] = None
    tokens: Annotated[
        str | None,
        typer.Option("--tokens", metavar="N", help="Training tokens of one epoch, e.g. 10M."),
    ] = None
    epochs: Annotated[
        int,
        typer.Option("--epochs", metavar="N", min=1, max=MOST_EPOCHS, help="Epochs over them."),
    ] = 1
    flop: Annotated[
        str | None,
        typer.Option("--flop", metavar="N", help="Operations of the run, if known, e.g. 2.15e25."),
    ] = None
    mfu: Annotated[
        str | None,
        typer.Option(
            "--mfu", metavar="SHARE", help="Share of a GPU's bf16 peak reached; default: 40%."
        ),
    ] = None
    paid: Annotated[
        str | None,
        typer.Option(
            "--paid", metavar="AMOUNT", help="What the run cost: prints the price that it implies."
        ),
    ] = None

    @property
    def name(self) -> str:
        """The id of the model in lower case; empty if none is named."""
        return (self.model or "").casefold()

    def run(self, facts: "HostingFacts") -> "TrainingRun":
        """Raises UsageError for what cannot be together, or is not enough."""
        from llmcost.commands.train.compute import TrainingRun
        from llmcost.pricing.hosting_facts import Derating

        given = {"--parameters": self.parameters is not None, "--tokens": self.tokens is not None}
        options.refuse_beside("--flop", self.flop is not None, given)
        options.refuse_beside("--flop", self.flop is not None, {"--epochs": self.epochs > 1})
        parameters = quantity(self.parameters, "--parameters", "32B")
        if parameters is None and self.model is not None:
            parameters = facts.training.parameters_of(self.name)
        tokens = quantity(self.tokens, "--tokens", "10M")
        flop = quantity(self.flop, "--flop", "2.15e25")
        if flop is None and tokens is None:
            hint = say("give --tokens 10M with --parameters 32B or -m qwen3-32b, or --flop 2.15e25")
            raise UsageError(say("the training tokens are not given"), hint=hint)
        if flop is None and parameters is None and self.model is None:
            said = say("the size of the model is not given")
            raise UsageError(said, hint=say("add --parameters 32B"))
        mfu = facts.training.mfu.range
        if self.mfu is not None:
            share = q.share(self.mfu)
            if not share:
                said = say("--mfu must be a share like 40%: `{text}`", text=visible(self.mfu))
                raise UsageError(said, hint=say("for example --mfu 40%"))
            mfu = Derating(share, share, share)
        paid = None if self.paid is None else paid_of(self.paid)
        return TrainingRun(mfu, parameters, tokens, self.epochs, flop, paid)


def quantity(text: str | None, option: str, example: str) -> Decimal | None:
    """A number above zero, also `2T` or `2.15e25`. Raises UsageError."""
    if text is None:
        return None
    match = re.fullmatch(SCIENTIFIC, text.strip(), re.ASCII)
    if match is not None:
        found: Decimal | None = Decimal(match[1]).scaleb(int(match[2]))
    elif text.strip()[-1:] in ("T", "t"):
        tera = q.number(text.strip()[:-1])
        found = None if tera is None else tera * TERA
    else:
        found = q.number(text)
    if not found:
        said = say(
            "{option} must be a number above zero like {word}: `{text}`",
            option=option,
            word=example,
            text=visible(text),
        )
        hint = say("for example {option} {word}", option=option, word=example)
        raise UsageError(said, hint=hint)
    return found


def paid_of(text: str) -> Money:
    found = q.amount(text)
    if found is None or not found.amount:
        said = say("--paid must be money like $63M: `{text}`", text=visible(text))
        raise UsageError(said, hint=say("for example --paid '$63M'"))
    return found


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
    answer = answer_of(run, facts, machine, money, as_of, prices)
    if quiet:
        return Output(bare(answer))
    return output_of(answer, facts, format_for(format), everything=notes)


def answer_of(
    run: TrainingOptions,
    facts: "HostingFacts",
    gpu: GpuOptions,
    money: CurrencyOptions,
    as_of: str | None,
    prices: "Sequence[Path] | None",
) -> "TrainingAnswer":
    """The run on each machine and at each vendor. Raises LlmcostError."""
    from llmcost.commands.train.compute import (
        TrainingAnswer,
        gpu_lines,
        implied,
        vendor_lines,
    )
    from llmcost.pricing.catalog import matching
    from llmcost.runtime import clock
    from llmcost.runtime.price_table import exchange_for, load_table

    at = option_values.instant(as_of, clock.now())
    asked = run.run(facts)
    table = load_table(prices, at.date())
    models = [] if run.model is None else matching(table.models, run.model, at)
    if run.model is not None and not models and facts.training.parameters_of(run.name) is None:
        raise UnknownModel(
            say("no model is called `{name}`", name=visible(run.model)),
            hint=say("give --parameters instead"),
        )
    currency = money.currency or (None if models else asked.paid.currency if asked.paid else "USD")
    others = [Money(ZERO, "USD"), *([asked.paid] if asked.paid else [])]
    if currency not in ("CNY", "USD"):
        others.append(Money(ZERO, "CNY"))  # rents are in either
    fx = option_values.rates(money.fx)
    exchange = exchange_for(table, models, currency, fx, at, others)
    machine = machine_of(gpu.gpu, facts, facts.rents.machines)
    hour = gpu.hour(exchange.currency)
    lines = [
        *gpu_lines(facts, asked, exchange, machine, hour),
        *vendor_lines(facts, table, models, run.name, asked, exchange, at),
    ]
    lines.sort(key=lambda one: one.cost.amount)
    return TrainingAnswer(
        asked, run.name, exchange, at, tuple(lines), implied(facts, asked, machine)
    )


def bare(answer: "TrainingAnswer") -> str:
    """The cost of the cheapest line."""
    from llmcost.render.text import data

    return f"{data(least(answer).cost.amount)}\n"


def least(answer: "TrainingAnswer") -> "TrainingLine":
    """Raises LlmcostError if nothing has a price."""
    if not answer.lines:
        said = say("the size of `{name}` is not known", name=visible(answer.model))
        raise LlmcostError(said, hint=say("add --parameters 32B"))
    return answer.lines[0]


def output_of(
    answer: "TrainingAnswer", facts: "HostingFacts", format: Format, *, everything: bool
) -> Output:
    """`everything`: all notes, and not the legend in their place."""
    from llmcost.commands.train import view

    least(answer)
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
