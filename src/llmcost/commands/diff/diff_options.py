"""The options of `llmcost diff`, in groups, and what their texts mean.

How often a prompt is sent in a month, and what is answered, as a workload file says it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from llmcost import money
from llmcost.cli import options
from llmcost.cli.declarations import Argument
from llmcost.cli.option_groups import AnswerOptions, BillingOptions, OptionGroup, RowOptions
from llmcost.errors import UsageError
from llmcost.messages import say, visible
from llmcost.pricing.terms import Amount, Terms
from llmcost.render.text import few
from llmcost.runtime import option_values
from llmcost.runtime.reference_choice import ReferenceChoice, reference_choice
from llmcost.runtime.scenario import Scenario, entries_of, over, workload_of
from llmcost.workload.model import ONE, Workload
from llmcost.workload.quantities import amount

if TYPE_CHECKING:
    from llmcost.pricing.price_rows import PriceTable
    from llmcost.runtime.price_table import ModelSelection
    from llmcost.runtime.quality_choice import QualityChoice

RATES = ("requests_per_user", "conversations_per_user", "percentiles")
USED = frozenset(
    (
        *RATES,
        *("mau", "turns", "tool_calls", "retries", "output_tokens", "thinking_tokens"),
    )
)
MOST_CALLS_NAMED = 8


class Called(msgspec.Struct, frozen=True):
    """The requests of a month, and the output tokens of each (None: not said)."""

    calls: int
    output: int | None
    notes: tuple[str, ...]


def called(file: Path, names: Sequence[str]) -> Called:
    """Raises UsageError if it says no number of requests or has several scenarios, BadWorkload,
    UnreadableInput."""
    scenario = scenario_of(file, names)
    workload = workload_of(scenario)
    if not any(key in scenario.said for key in RATES):
        raise scenario.refusal(
            say("add a workload (--requests-per-user)"),
            "mau",
            hint=say("write requests_per_user with input_tokens and output_tokens"),
        )
    calls = requests_of(workload)
    if not 1 <= calls <= money.MOST:
        raise scenario.refusal(say("{calls} requests a month", calls=calls), *RATES)
    output = None
    if workload.output_tokens is not None:
        output = workload.output_tokens + workload.thinking_tokens
    return Called(calls, output, tuple(call_notes(file, scenario)))


def scenario_of(file: Path, names: Sequence[str]) -> Scenario:
    from llmcost.workload.file import load_workload

    document = load_workload(file)
    chosen = list(names) or list(document.scenarios)
    if len(chosen) > 1:
        known = few([f"`{one}`" for one in chosen], MOST_CALLS_NAMED)
        raise UsageError(
            say("which of the scenarios? {names}", names=known),
            hint=say("choose a scenario with --scenario"),
        )
    if not chosen:
        return Scenario("", document.base)
    return Scenario(chosen[0], over(document.base, entries_of(document, chosen[0])))


def requests_of(workload: Workload) -> int:
    """Of all users in a month, those of tool calls and retries too, rounded up."""
    turns = workload.requests_per_user
    if turns is None:
        turns = (workload.conversations_per_user or Decimal(0)) * workload.turns
    each = turns * (workload.tool_calls + 1) * (ONE + workload.retries)
    return int((each * (workload.mau or 1)).to_integral_value(rounding=ROUND_CEILING))


def call_notes(file: Path, scenario: Scenario) -> list[str]:
    """What the file says beyond how often and how much, which a diff does not bill."""
    others = [key for key in scenario.said if key not in USED]
    if not others:
        return []
    names = few(others, MOST_CALLS_NAMED)
    said = say("not used of {file}: {names}", file=visible(file.name), names=names)
    return [said]


Versions = Annotated[
    list[str] | None,
    Argument(
        metavar="[OLD NEW | PATHS]...",
        help="Two files or folders; with --git, the paths to compare.",
    ),
]
Revisions = Annotated[
    str | None,
    options.option("--git REV", "Revision to compare with the work tree, or `A..B`, `A...B`."),
]
FailIncrease = Annotated[
    str | None,
    options.option(
        "--fail-increase 5%|AMOUNT",
        'Exit 3 if the cost of any model rises by more: "5%", "100 yuan".',
    ),
]


class ChangedRequestOptions(OptionGroup, frozen=True, kw_only=True):
    """What is answered, how often all of it is sent, and what bills it."""

    answer: AnswerOptions
    calls: Annotated[
        int | None,
        options.option(
            "--calls N",
            "Number of times the input is sent, e.g. per month; default: 1.",
            min=1,
            max=money.MOST,
        ),
    ] = None
    workload: Annotated[
        Path | None,
        options.option("--workload FILE", "Take calls and output from a workload file."),
    ] = None
    scenario: Annotated[
        list[str] | None, options.option("--scenario NAME", "Scenario of the file to use.")
    ] = None
    cached: options.Cached = None
    billing: BillingOptions

    @property
    def month(self) -> Called | None:
        """What the workload file says, if there is one. Raises UsageError."""
        if self.workload is not None:
            return called(self.workload, self.scenario or [])
        if self.scenario:
            raise UsageError(
                say("--scenario needs a workload file"), hint=say("name it with --workload")
            )
        return None

    def terms(self, when: option_values.BillingTime, month: Called | None) -> "Terms":
        """What the options say, and what they leave to the workload file. Raises UsageError."""
        output = self.answer.output
        if output is None and month is not None and month.output is not None:
            output = Amount(month.output)
        return Terms(
            at=when.at,
            hours=when.hours,
            output=output,
            cached=option_values.amount_of(self.cached, "--cached"),
            calls=self.calls or (month.calls if month is not None else 1),
            conditions=self.billing.conditions,
        )


class ChangeOutputOptions(RowOptions, frozen=True):
    """Which files are shown, and in which form."""

    only_changed: Annotated[
        bool, options.option("--only-changed", "Leave out unchanged files.")
    ] = False
    all_: Annotated[bool, options.option("--all", "List every file, for every model.")] = False
    vs: options.Versus = None
    format: options.FormatName = None
    quality: options.QualityFile = None
    min_quality: options.MinQuality = None
    quiet: options.Quiet = False

    def scored(
        self, selection: "ModelSelection", terms: "Terms"
    ) -> "tuple[QualityChoice, ModelSelection]":
        """The scores beside costs, and the models that are good enough. Raises UsageError,
        UnreadableInput, BadScores, UnknownModel."""
        from llmcost.runtime.quality_choice import quality_choice

        effort = "thinking" if terms.conditions.thinking else ""
        found = quality_choice(self.quality, self.min_quality, effort, is_bare=self.quiet)
        return found, found.good_selection(selection, terms.at.date())

    def reference(self, table: "PriceTable", at: datetime) -> "ReferenceChoice":
        """What --vs names; -q has no place for it. Raises UnknownModel, UsageError."""
        others = {"--format": self.format is not None, "--vs": self.vs is not None}
        options.refuse_beside("-q", self.quiet, others)
        return reference_choice(table, self.vs, at)


Rise = Decimal | money.Money
"""The most that a cost may rise: a percentage, or money."""


def rise_of(text: str | None) -> Rise | None:
    """The limit of --fail-increase. Raises UsageError."""
    if text is None:
        return None
    stripped = text.strip()
    share = money.positive(stripped.removesuffix("%").rstrip()) if stripped[-1:] == "%" else None
    if share is not None:
        return share
    found = amount(stripped)
    if found is None:
        said = say(
            "--fail-increase must be a percentage or money like 5%, 100 yuan or $1.5k: `{text}`",
            text=visible(text),
        )
        raise UsageError(said, hint=say("for example --fail-increase 5%"))
    return found
