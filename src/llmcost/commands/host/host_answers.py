"""Answers of `host` to a workload and to what its user states of machines and traffic."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from llmcost.commands.budget.own_gpus import requests_alone
from llmcost.commands.host.compute import (
    BoughtGpu,
    HostAnswer,
    HostedFamily,
    HostLine,
    HostTerms,
    families,
    hosted_names,
    sold_no_more,
)
from llmcost.commands.host.compute import host as compared
from llmcost.errors import UsageError
from llmcost.messages import say, visible
from llmcost.money import ZERO, Money
from llmcost.runtime.machine_choice import (
    amount_of,
    hour_of,
    machine_of,
    number_of,
    refuse_any_machine,
)
from llmcost.runtime.option_values import refuse_beside, refuse_without
from llmcost.runtime.price_table import ModelSelection, sellers_of
from llmcost.runtime.scenario import (
    Scenario,
    ScenarioTime,
    busiest_hour,
    models_of,
    planned,
    refuse_unused,
)
from llmcost.workload import quantities as q
from llmcost.workload.fields import FieldEntry, Given
from llmcost.workload.hosting import HOURS_A_MONTH, LIFE, PEAK_TO_MEAN, SPARE
from llmcost.workload.traffic import Query, has_requests

if TYPE_CHECKING:
    from llmcost.pricing.billing import Excluded
    from llmcost.pricing.hosting_facts import HostingFacts
    from llmcost.pricing.price_rows import PriceTable
    from llmcost.workload.model import Workload

PER_DAY = "--requests-per-day"
MOST_PEAK, MOST_LIFE = 10_000, 600
BUDGET = say("`llmcost budget` uses it")
UNUSED = {
    **dict.fromkeys(("growth", "decline", "total_budget"), say("`llmcost forecast` uses it")),
    **dict.fromkeys(
        (
            *("budget", "revenue_per_user", "paying_share", "spread", "percentiles", "mix"),
            *("fine_tune_tokens", "fine_tuning", "deployment", "instances", "deployment_hours"),
            *("fees", "months", "vs", "copies", "acquisition_cost"),
            *("embed", "corpus_tokens", "chunk_overlap", "reindex", "rerank", "rerank_candidates"),
        ),
        BUDGET,
    ),
}
"""Fields that the comparison does not depend on, and what does."""


class HostRequest(msgspec.Struct, frozen=True):
    """What is asked beside a workload, by the names and in the words of the options; None: the
    default. Methods raise UsageError for what is not as expected."""

    requests_per_day: str | None = None
    cached: str | None = None
    peak_to_mean: str | None = None
    gpu: str | None = None
    gpu_hour: str | None = None
    buy: str | None = None
    life: str | None = None
    power: str | None = None
    spare: int = SPARE

    @property
    def stated(self) -> list[str]:
        """The options that are not at their defaults."""
        values = zip(self.__struct_fields__, self.__struct_defaults__, strict=True)
        return ["--" + name.replace("_", "-") for name, one in values if getattr(self, name) != one]

    def given(self, given: Given) -> Given:
        """The fields of the workload with what is stated of it here."""
        refuse_unused("host", given, UNUSED)
        if self.requests_per_day is None:
            return given
        return {**given, **per_day(self.requests_per_day, given)}

    @property
    def peak(self) -> Decimal | None:
        return number_of(self.peak_to_mean, "--peak-to-mean", 1, MOST_PEAK, "2.5")

    @property
    def cached_share(self) -> Decimal | None:
        if self.cached is None:
            return None
        found = q.share(self.cached)
        if found is None:
            said = say(
                "--cached must be a share like 40% or 0.4: `{text}`", text=visible(self.cached)
            )
            raise UsageError(said, hint=say("for example --cached 40%"))
        return found

    def amounts(self, currency: str) -> tuple[Money | None, Money | None, Money | None]:
        """The price of an hour, of a GPU and of a kWh; a bare number is in `currency`."""
        is_bought = self.buy is not None
        refuse_beside("--buy", is_bought, {"--gpu-hour": self.gpu_hour is not None})
        others = {"--life": self.life is not None, "--power": self.power is not None}
        refuse_without("--buy", is_bought, others)
        if is_bought:
            refuse_any_machine("--buy", self.gpu)
        return (
            hour_of(self.gpu_hour, self.gpu, currency),
            amount_of(self.buy, "--buy", currency, "30000"),
            amount_of(self.power, "--power", currency, "0.6"),
        )

    def terms(self, facts: "HostingFacts", currency: str, busiest: Decimal | None) -> HostTerms:
        """What is stated of machines and traffic; `busiest`: the peak of the workload's traffic."""
        hour, price, energy = self.amounts(currency)
        bought = None
        if price is not None:
            months = number_of(self.life, "--life", 1, MOST_LIFE, "36", whole=True)
            bought = BoughtGpu(price, LIFE if months is None else int(months), energy)
        return HostTerms(
            hour=hour,
            bought=bought,
            peak_to_mean=self.peak or busiest or PEAK_TO_MEAN,
            peak_basis="given" if self.peak else "traffic" if busiest else "assumed",
            spare=self.spare,
            machine=machine_of(self.gpu, facts, facts.served_machines()),
        )


def per_day(text: str, given: Given) -> Mapping[str, FieldEntry]:
    """A month of so many requests a day, of one user. Raises UsageError."""
    others = ("mau", "requests_per_user", "conversations_per_user", "percentiles")
    refuse_beside(PER_DAY, True, {given[one].place: True for one in others if one in given})
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


def answer_of(
    scenario: Scenario,
    prices: Sequence[Path] | None,
    folder: Path,
    facts: "HostingFacts",
    request: HostRequest,
    *,
    everything: bool,
) -> HostAnswer:
    """The best machine of each model where none is named, else every machine. Raises LlmcostError
    for a workload without requests."""
    is_named = "model" in scenario.said
    if is_named:
        entry = scenario.said["model"]
        names = tuple(hosted_names(facts, entry.value))
        scenario = Scenario(
            scenario.name, {**scenario.said, "model": FieldEntry(names, entry.place)}
        )
    chosen: list[HostedFamily] = []
    left: list[Excluded] = []
    notes: list[str] = []

    def choose(one: Scenario, table: "PriceTable", when: ScenarioTime) -> ModelSelection:
        named = models_of(one, table, when, everything=False) if is_named else None
        sellers = sellers_of(table, one.get("provider", ()))
        found, without = families(
            table, facts, when.at, None if named is None else named.models, sellers
        )
        chosen.extend(found)
        left.extend(without)
        models = {each.key: each for family in found for each in family.sellers}
        if named is not None:
            notes.extend([*named.notes, *sold_no_more(named.models, found, when.at)])
        return ModelSelection([*models.values()])

    stated = [one for one in request.amounts("USD") if one is not None]
    limits = [Money(ZERO, "USD"), *stated]
    question = planned(scenario, prices, folder, limits, choose=choose)
    query = servable(scenario, question.query, request.cached_share)
    busiest = None if request.peak else busiest_hour(scenario, query.workload, query.month)
    terms = request.terms(facts, query.exchange.currency, busiest)
    lines, excluded = compared(question.table, facts, chosen, query, terms)
    if not is_named and not everything:
        lines = best_machines(lines)
    return HostAnswer(
        scenario.name, query, terms, tuple(lines), (*left, *excluded), tuple(dict.fromkeys(notes))
    )


def servable(scenario: Scenario, query: Query, cached: Decimal | None) -> Query:
    """The requests that own GPUs would serve. Raises LlmcostError if none are described."""
    workload = query.workload
    if not has_requests(workload) or workload.mau is None:
        raise scenario.refusal(
            say("add a workload (--requests-per-user)"),
            "mau",
            hint=say(
                "give {option} 3M, or --mau with --requests-per-user; with --input-tokens and "
                "--output-tokens",
                option=PER_DAY,
            ),
        )
    alone = requests_alone(query)
    if cached is None:
        return alone
    return replace(alone, workload=with_cached(alone.workload, cached))


def with_cached(workload: "Workload", share: Decimal) -> "Workload":
    """Single requests of which a share of the input is read from the cache. Raises UsageError."""
    is_single = workload.turns == 1 and not workload.tool_calls and not workload.context_tokens
    if not is_single or workload.system_tokens or workload.system_prompt or workload.cache_hit:
        raise UsageError(
            say("--cached is for requests without a conversation or a system prompt"),
            hint=say("use --cache-hit"),
        )
    read = int((workload.input_tokens or 0) * share)
    return replace(
        workload,
        system_tokens=read,
        input_tokens=(workload.input_tokens or 0) - read,
        cache_hit=Decimal(1),
        cache_minimum=0,
    )


def best_machines(lines: Sequence[HostLine]) -> list[HostLine]:
    """The best line of each model, ranked anew."""
    first = {one.family.id: one for one in reversed(lines)}
    kept = [one for one in lines if first[one.family.id] is one]
    return [replace(one, rank=rank) for rank, one in enumerate(kept, 1)]
