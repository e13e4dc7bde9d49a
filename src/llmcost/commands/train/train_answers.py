"""Answers of `train` to what its user states of a run."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from llmcost.commands.train.compute import (
    TrainingAnswer,
    TrainingLine,
    TrainingRun,
    gpu_lines,
    implied,
    vendor_lines,
)
from llmcost.errors import LlmcostError, UnknownModel, UsageError
from llmcost.messages import say, visible
from llmcost.money import ZERO, Money
from llmcost.pricing.catalog import matching
from llmcost.pricing.hosting_facts import Derating, HostingFacts
from llmcost.runtime import clock, option_values
from llmcost.runtime.machine_choice import hour_of, machine_of
from llmcost.runtime.option_values import refuse_beside
from llmcost.runtime.price_table import exchange_for, load_table
from llmcost.workload import quantities as q

SCIENTIFIC = r"(\d{1,18}(?:\.\d{1,18})?)[eE]\+?(\d{1,2})"
TERA = 10**12


class TrainingRequest(msgspec.Struct, frozen=True):
    """What is asked, by the names and in the words of the options; None: the default."""

    model: str | None = None
    parameters: str | None = None
    tokens: str | None = None
    epochs: int = 1
    flop: str | None = None
    mfu: str | None = None
    paid: str | None = None
    gpu: str | None = None
    gpu_hour: str | None = None
    currency: str | None = None
    fx: option_values.Number | None = None
    as_of: str | None = None

    @property
    def name(self) -> str:
        """The id of the model in lower case; empty if none is named."""
        return (self.model or "").casefold()

    def run(self, facts: HostingFacts) -> TrainingRun:
        """Raises UsageError for what cannot be together, or is not enough."""
        given = {"--parameters": self.parameters is not None, "--tokens": self.tokens is not None}
        refuse_beside("--flop", self.flop is not None, given | {"--epochs": self.epochs > 1})
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


def answer_of(
    request: TrainingRequest, facts: HostingFacts, prices: Sequence[Path] | None
) -> TrainingAnswer:
    """The run on each machine and at each vendor. Raises LlmcostError."""
    at = option_values.instant(request.as_of, clock.now())
    asked, name = request.run(facts), request.name
    table = load_table(prices, at.date())
    models = [] if request.model is None else matching(table.models, request.model, at)
    if request.model is not None and not models and facts.training.parameters_of(name) is None:
        raise UnknownModel(
            say("no model is called `{name}`", name=visible(request.model)),
            hint=say("give --parameters instead"),
        )
    hour = hour_of(request.gpu_hour, request.gpu, "USD")
    currency = request.currency
    if currency is None and not models:
        currency = asked.paid.currency if asked.paid else "USD"
    others = [Money(ZERO, "USD"), *(one for one in (asked.paid, hour) if one)]
    if currency not in ("CNY", "USD"):
        others.append(Money(ZERO, "CNY"))  # rents are in either
    fx = option_values.rates(request.fx)
    exchange = exchange_for(table, models, currency, fx, at, others)
    machine = machine_of(request.gpu, facts, facts.rents.machines)
    hour = hour_of(request.gpu_hour, request.gpu, exchange.currency)
    lines = [
        *gpu_lines(facts, asked, exchange, machine, hour),
        *vendor_lines(facts, table, models, name, asked, exchange, at),
    ]
    lines.sort(key=lambda one: one.cost.amount)
    found = TrainingAnswer(asked, name, exchange, at, tuple(lines), implied(facts, asked, machine))
    least(found)
    return found


def least(answer: TrainingAnswer) -> TrainingLine:
    """Raises LlmcostError if nothing has a price."""
    if not answer.lines:
        said = say("the size of `{name}` is not known", name=visible(answer.model))
        raise LlmcostError(said, hint=say("add --parameters 32B"))
    return answer.lines[0]
