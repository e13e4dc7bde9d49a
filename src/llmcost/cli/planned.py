"""A scenario with its price table and models: everything that a question to the planner needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from llmcost.cli.exchange import exchange_for
from llmcost.cli.tables import chosen_models, load_table
from llmcost.cli.workload import Scenario, When, when_of, workload_of
from llmcost.errors import LlmcostError, UnknownModel, UnreadableInput
from llmcost.messages import say
from llmcost.money import Money
from llmcost.planning.budget import Query
from llmcost.planning.season import season
from llmcost.planning.workload import Workload
from llmcost.prices.calendar import RealCalendar
from llmcost.pricing.catalog import sold_by
from llmcost.pricing.table import Model, PriceTable

if TYPE_CHECKING:
    from llmcost.planning.exchange import Exchange

LARGEST_PROMPT = 10_000_000
"""Bytes of a system prompt, which is sent with each request."""


class Planned(msgspec.Struct, frozen=True):
    """One question, ready to be asked of `models` of `table`."""

    scenario: Scenario
    table: PriceTable
    models: Sequence[Model]
    query: Query


def planned(
    scenario: Scenario, prices: Sequence[Path] | None, folder: Path, limit: Money | None = None
) -> Planned:
    """Reads what the scenario names: prices, models, a system prompt beside the workload file."""
    when, workload = when_of(scenario), workload_of(scenario)
    table = load_table(prices, when.at.date())
    models = models_of(scenario, table, when)
    query = Query(
        workload=with_prompt(workload, scenario, table, models, folder),
        at=when.at,
        month=when.month,
        season=season(workload.traffic, when.month, RealCalendar()),
        exchange=exchange_of(scenario, workload, table, models, when, limit),
    )
    return Planned(scenario, table, models, query)


def models_of(scenario: Scenario, table: PriceTable, when: When) -> list[Model]:
    """The models that were named, or all. Raises LlmcostError for a name that is none, or if none
    was on sale."""
    patterns, providers = (list(scenario.get(key, ())) for key in ("model", "provider"))
    key = "provider"
    try:
        sold_by(table, providers)
        key = "model"
        found = chosen_models(table, patterns, providers, when.at, kind="chat")
    except UnknownModel as error:
        raise scenario.located(error, key) from None
    if not found:
        said = say("no model was on sale on {day}", day=when.at.date())
        hint = say("name another day with --as-of")
        raise scenario.located(LlmcostError(said, hint=hint), "as_of")
    return found


def exchange_of(
    scenario: Scenario,
    workload: Workload,
    table: PriceTable,
    models: Sequence[Model],
    when: When,
    limit: Money | None,
) -> "Exchange":
    """The budget's currency ranks, unless another is asked for."""
    money = workload.budget or workload.total_budget
    wanted = scenario.get("currency") or (money.currency if money else None)
    amounts = (workload.budget, workload.revenue_per_user, workload.total_budget, limit)
    others = [one for one in amounts if one is not None]
    return exchange_for(table, models, wanted, scenario.get("fx"), when.at, others)


def with_prompt(
    workload: Workload,
    scenario: Scenario,
    table: PriceTable,
    models: Sequence[Model],
    folder: Path,
) -> Workload:
    """The workload with the tokens of its system prompt, under each tokenizer that is needed."""
    entry = scenario.said.get("system_prompt")
    if entry is None:
        return workload
    from llmcost.cli.counted import count_inputs
    from llmcost.cli.known import known_tokenizers
    from llmcost.sources.read import STDIN, cannot_read, open_inputs

    path = entry.value
    if path != STDIN and not entry.place.startswith("--"):
        path = str(folder / path)
    names, known = sorted({one.tokenizer for one in models}), known_tokenizers(table)
    try:
        (stream,) = open_inputs([path], most=LARGEST_PROMPT)
        (found,) = count_inputs([stream], names, known)
        if stream.is_cut:
            why = say("it has more than {number:,} bytes", number=LARGEST_PROMPT)
            raise cannot_read(path, why, hint=say("no context window holds it"))
    except UnreadableInput as error:
        raise scenario.located(error, "system_prompt") from None
    return replace(workload, system_prompt=found.counts)
