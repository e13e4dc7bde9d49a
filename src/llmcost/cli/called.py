"""How often a prompt is sent in a month, and what is answered, as a workload file says it."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

import msgspec

from llmcost import money
from llmcost.cli.workload import Scenario, entries_of, over, workload_of
from llmcost.errors import UsageError
from llmcost.messages import say
from llmcost.planning.workload import ONE, Workload
from llmcost.report.figures import few, visible

RATES = ("requests_per_user", "conversations_per_user", "percentiles")
USED = frozenset(
    (
        *RATES,
        *("mau", "turns", "tool_calls", "retries", "output_tokens", "thinking_tokens"),
    )
)
MOST_NAMED = 8


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
            say("how many requests?"),
            "mau",
            hint=say("write requests_per_user with input_tokens and output_tokens"),
        )
    calls = requests_of(workload)
    if not 1 <= calls <= money.MOST:
        raise scenario.refusal(say("{calls} requests a month", calls=calls), *RATES)
    output = None
    if workload.output_tokens is not None:
        output = workload.output_tokens + workload.thinking_tokens
    return Called(calls, output, tuple(notes(file, scenario)))


def scenario_of(file: Path, names: Sequence[str]) -> Scenario:
    from llmcost.workloads.read import load_workload

    document = load_workload(file)
    chosen = list(names) or list(document.scenarios)
    if len(chosen) > 1:
        known = few([f"`{one}`" for one in chosen], MOST_NAMED)
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


def notes(file: Path, scenario: Scenario) -> list[str]:
    """What the file says beyond how often and how much, which a diff does not bill."""
    others = [key for key in scenario.said if key not in USED]
    if not others:
        return []
    names = few(others, MOST_NAMED)
    said = say("not used of {file}: {names}", file=visible(file.name), names=names)
    return [said]
