"""Scenarios of a workload, each with its price table and models.

Settings come first; a workload file overrides them, a scenario of the file overrides the file, and
options override all of them. `budget`, `forecast`, `whatif` and `diff` take their workload from
here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from llmcost.errors import BadWorkload, LlmcostError, UnknownModel, UnreadableInput, UsageError
from llmcost.messages import conjunction, joined, say, visible
from llmcost.money import Exchange, Money
from llmcost.price_data.calendar import COUNTRIES, RealCalendar
from llmcost.pricing.catalog import Outside, row_at
from llmcost.pricing.price_rows import Model, PriceTable
from llmcost.runtime import clock, option_values
from llmcost.runtime import settings as config
from llmcost.runtime.price_table import (
    ModelSelection,
    check_conditions,
    chosen_models,
    discounts_by_seller,
    exchange_for,
    load_table,
    others_of,
    selection_notes,
    sellers_of,
)
from llmcost.runtime.reference_choice import NO_REFERENCE, ReferenceChoice, reference_choice
from llmcost.workload.fields import FIELDS, FieldEntry, Given, example
from llmcost.workload.model import FLAT, MOST_REQUESTS, OFF_PEAK, PEAK, ZONE, Profile, Workload
from llmcost.workload.quantities import TextLength
from llmcost.workload.retrieval import Retrieval, SearchModel, why_unpriced
from llmcost.workload.traffic import Query, peak_to_mean, profile, season
from llmcost.workload.traffic import traffic_of as traffic_in

if TYPE_CHECKING:
    from llmcost.pricing.usage import Count
    from llmcost.workload.file import WorkloadDocument

COUNTRY_OF = {ZONE: "CN"}
"""Whose holidays count in a zone, where none is named."""
NO_COUNTRY = "none"
EARLIEST, LATEST = 2000, 2100


class Scenario(msgspec.Struct, frozen=True):
    """What was said, with its places; `name` is empty where there is just one."""

    name: str
    said: Given

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a field."""
        found = self.said.get(key)
        return default if found is None else found.value

    def refusal(self, message: str, *keys: str, hint: str = "") -> LlmcostError:
        """Return the error of what these fields state, at the place of the first one that is
        set."""
        return self.located(UsageError(message, hint=hint), *keys)

    @contextmanager
    def at(self, *keys: str) -> Iterator[None]:
        """Give errors of this `with` the place of the first of the fields that is set."""
        try:
            yield
        except (UnknownModel, UnreadableInput, UsageError) as error:
            raise self.located(error, *keys) from None

    def located(self, error: LlmcostError, *keys: str) -> LlmcostError:
        """Return the same error with its place: an option, or file:line, of the file then."""
        place = next((self.said[key].place for key in keys if key in self.said), "")
        if not place:
            return error
        message = visible(str(error))
        if place.startswith("--"):
            said = say("{option}: {message}", option=place, message=message)
            return type(error)(said, hint=error.hint)
        said = say("{place}: {message}", place=place, message=message)
        return BadWorkload([said], hint=error.hint)


def scenarios_of(file: Path | None, names: Sequence[str], given: Given) -> list[Scenario]:
    """The scenarios of the file, or those named; just one without a file."""
    return [each for one in named_scenarios(file, names, given) for each in by_budget(one)]


def by_budget(scenario: Scenario) -> list[Scenario]:
    """The scenario for each of its budgets, where it has several."""
    entry = scenario.said.get("budget")
    if entry is None or not isinstance(entry.value, tuple):
        return [scenario]
    return [
        Scenario(
            f"{scenario.name} {one}" if scenario.name else str(one),
            {**scenario.said, "budget": FieldEntry(one, entry.place)},
        )
        for one in entry.value
    ]


def named_scenarios(file: Path | None, names: Sequence[str], given: Given) -> list[Scenario]:
    settings = config.load_settings() if config.has_settings() else {}
    if file is None:
        if names:
            said = say("--scenario needs a workload file")
            raise UsageError(said, hint=say("name it with -f"))
        return [Scenario("", with_preset(config.under(given, settings)))]
    from llmcost.workload.file import load_workload

    document = load_workload(file)
    chosen = {name: entries_of(document, name) for name in names or document.scenarios}
    if not chosen:
        whole = over(document.base, given)
        return [Scenario("", with_preset(config.under(whole, settings)))]
    found = [
        Scenario(
            name, with_preset(config.under(over(over(document.base, entries), given), settings))
        )
        for name, entries in chosen.items()
    ]
    if len(found) > 1 and any(one.get("system_prompt") == "-" for one in found):
        raise UsageError(
            say("standard input can be the system prompt of one scenario only"),
            hint=say("write it to a file, or choose a scenario with --scenario"),
        )
    return found


def with_preset(said: Given) -> Given:
    """Return the fields with those of the preset below them, if one is named."""
    if "preset" not in said:
        return said
    from llmcost.runtime.presets import preset_entries

    return over(preset_entries(said), said)


def over(below: Given, above: Given) -> Given:
    """Return what stands above, and of what stands below all that it does not replace: one field
    that states how much users send replaces the others."""
    replaced = {key for keys in ONE_OF if not above.keys().isdisjoint(keys) for key in keys}
    return {**{key: one for key, one in below.items() if key not in replaced}, **above}


def entries_of(document: "WorkloadDocument", name: str) -> Mapping[str, FieldEntry]:
    """Return the fields of a scenario of a file. Raise UsageError for a name that it does not
    have."""
    if name not in document.scenarios:
        known = ", ".join(f"`{one}`" for one in document.scenarios)
        said = say("no scenario is called `{name}`", name=visible(name))
        hint = say("the file has {names}", names=known) if known else say("the file has none")
        raise UsageError(said, hint=hint)
    return document.scenarios[name]


def workload_of(scenario: Scenario) -> Workload:
    """The workload that was said, without the tokens of a system prompt's file.

    Raises UsageError, or BadWorkload with file:line, for what cannot be together.
    """
    check(scenario)
    names = set(Workload.__struct_fields__) - {"system_prompt", "traffic", "zone"}
    values = {key: entry.value for key, entry in scenario.said.items() if key in names}
    if "top_k" in scenario.said:
        values["context_tokens"] = scenario.get("top_k") * values["chunk_size"]
    if "fees" in values:
        values["fees"] = dict(values["fees"])
    traffic = traffic_of(scenario)
    if isinstance(traffic, str):
        values["zone"] = zone_of(scenario)
    return with_mean(Workload(**values, traffic=traffic))


def with_mean(workload: Workload) -> Workload:
    """Return the workload with the mean of its percentiles, which is what a month's bill counts."""
    if workload.percentiles is None:
        return workload
    from llmcost.workload.user_spread import from_percentiles

    mean = from_percentiles(workload.percentiles).mean
    digits = 12  # fewer than a float has: the last ones depend on the machine
    kept = Decimal(f"{mean:.{digits}g}")
    return msgspec.structs.replace(workload, requests_per_user=kept)


def refuse_unused(command: str, given: Given, unused: Mapping[str, str]) -> None:
    """Refuse options of fields that the command does not use; `unused` has the hint to each. A
    workload file may have them all the same, for other commands. Raises UsageError."""
    for key in given.keys() & unused.keys():
        option = given[key].place
        said = say("`llmcost {command}` does not use {option}", command=command, option=option)
        raise UsageError(said, hint=unused[key])


def refuse_idle(
    given: Given, scenarios: Sequence[Scenario], needs: Mapping[str, tuple[str, ...]]
) -> None:
    """Refuse options of fields that have no effect, as no scenario has one of the fields that
    they need. Raises UsageError."""
    for key in given.keys() & needs.keys():
        needed = needs[key]
        if not any(one in scenario.said for scenario in scenarios for one in needed):
            option, other = given[key].place, FIELDS[needed[0]]
            said = say("{option} has no effect without {other}", option=option, other=other.option)
            raise UsageError(said, hint=example(other))


RATES = ("requests_per_user", "conversations_per_user", "percentiles")
SIZES = ("input_tokens", "output_tokens")
NEEDS = (
    ("spread", RATES, "--requests-per-user 30"),
    ("tool_call_tokens", ("tool_calls",), "--tool-calls 3"),
    ("tool_result_tokens", ("tool_calls",), "--tool-calls 3"),
    ("tool_history", ("tool_calls",), "--tool-calls 3"),
    ("fine_tuning", ("fine_tune_tokens",), "--fine-tune-tokens 10M"),
    ("instances", ("deployment",), "--deployment any"),
    ("deployment_hours", ("deployment",), "--deployment any"),
    ("paying_share", ("revenue_per_user",), "--revenue-per-user 20"),
    ("corpus_tokens", ("embed",), "--embed alibaba/text-embedding-v4"),
    ("corpus_tokens", ("chunk_size",), "--chunk-size 500"),
    ("chunk_overlap", ("chunk_size",), "--chunk-size 500"),
    ("reindex", ("corpus_tokens",), "--corpus-tokens 50M"),
    ("rerank", ("rerank_candidates",), "--rerank-candidates 50"),
    ("rerank_candidates", ("rerank",), "--rerank gte-rerank-v2"),
    ("rerank", ("chunk_size",), "--chunk-size 500"),
    ("top_k", ("chunk_size",), "--chunk-size 500"),
    ("cache_lifetime", ("cache_hit",), "--cache-hit 50%"),
    ("cache_storage_hours", ("cache_hit",), "--cache-hit 50%"),
)
"""A field, those of which it needs one, and what to add if it has none."""
ONE_OF = (RATES, ("spread", "percentiles"), ("context_tokens", "top_k"))


def check(scenario: Scenario) -> None:
    """What one field alone cannot tell."""
    said = scenario.said
    for keys in ONE_OF:
        both = [key for key in keys if key in said]
        if len(both) > 1:
            names = conjunction([FIELDS[key].option for key in both])
            message = say("{options} say the same in two ways", options=names)
            raise scenario.refusal(message, *both[::-1], hint=say("give one of them"))
    for key, needed, added in NEEDS:
        if key in said and not any(one in said for one in needed):
            message = say("has no effect without {option}", option=FIELDS[needed[0]].option)
            raise scenario.refusal(message, key, hint=say("add {option}", option=added))
    if any(key in said for key in RATES) and not any(key in said for key in SIZES):
        raise scenario.refusal(
            say("the size of a request is not given"),
            *RATES,
            hint=say("add --input-tokens and --output-tokens, for example 500 and 200"),
        )
    if scenario.get("chunk_overlap", 0) >= scenario.get("chunk_size", 1) > 0:
        raise scenario.refusal(
            say("chunks that repeat as much as they hold"),
            *("chunk_overlap", "chunk_size"),
            hint=say("give fewer tokens with --chunk-overlap than with --chunk-size"),
        )
    requests = scenario.get("turns", 1) * (scenario.get("tool_calls", 0) + 1)
    if requests > MOST_REQUESTS:
        raise scenario.refusal(
            say("a conversation of {requests:,} requests", requests=requests),
            *("turns", "tool_calls"),
            hint=say("turns, times tool calls and one, are at most {most:,}", most=MOST_REQUESTS),
        )


def traffic_of(scenario: Scenario) -> Profile | str:
    """The profile of the hours, in its zone, with the holidays of that zone."""
    said = scenario.get("traffic", FLAT)
    if said in (PEAK, OFF_PEAK):
        return str(said)
    zone = zone_of(scenario)
    holidays = scenario.get("holidays", COUNTRY_OF.get(zone, NO_COUNTRY))
    if holidays not in (*COUNTRIES, NO_COUNTRY):
        known = ", ".join(COUNTRIES)
        raise scenario.refusal(
            say("no public holidays known of `{country}`", country=holidays),
            "holidays",
            hint=say("known are {countries}; or none", countries=known),
        )
    country = "" if holidays == NO_COUNTRY else holidays
    if isinstance(said, str):
        return profile(said, zone, country)
    return Profile("weights", said, zone, country)


def zone_of(scenario: Scenario) -> str:
    """The time zone of the users. Raises UsageError for one that is not known."""
    zone = str(scenario.get("zone", ZONE))
    if zone == ZONE:
        return zone  # nearly always, and a lookup costs 2 ms
    with scenario.at("zone"):
        return option_values.known_zone(zone)


class ScenarioTime(msgspec.Struct, frozen=True):
    """The instant whose price rows hold, and the month whose days and hours count."""

    at: datetime
    month: date


def when_of(scenario: Scenario) -> ScenarioTime:
    """Return the day named, or now; the month named, or that of the day. Raise UsageError."""
    try:
        at = option_values.instant(scenario.get("as_of"), clock.now())
    except UsageError as error:
        raise scenario.refusal(str(error), "as_of", hint=error.hint) from None
    month = scenario.get("month", at.date().replace(day=1))
    if not EARLIEST <= month.year <= LATEST:
        raise scenario.refusal(
            say(
                "a month of {first} to {last}, not {month:%Y-%m}",
                first=EARLIEST,
                last=LATEST,
                month=month,
            ),
            *("month", "as_of"),
            hint=say("name another one with --month"),
        )
    return ScenarioTime(at, month)


LARGEST_PROMPT = 10_000_000
"""Bytes of a system prompt, which is sent with each request."""


class Planned(msgspec.Struct, frozen=True):
    """One question, ready to be asked of `models` of `table`."""

    scenario: Scenario
    table: PriceTable
    selection: ModelSelection
    query: Query
    reference: ReferenceChoice = NO_REFERENCE
    copy: TextLength | None = None
    copy_tokens: Mapping[str, Decimal] = {}  # of one copy, by tokenizer

    @property
    def models(self) -> Sequence[Model]:
        return self.selection.models


def planned_each(
    scenarios: Iterable[Scenario],
    file: Path | None,
    prices: Sequence[Path] | None,
    limit: Money | None = None,
    *,
    everything: bool = False,
) -> Iterator["Planned"]:
    """Each scenario of a workload file as `planned`, in its order."""
    folder = file.parent if file is not None else Path()
    for one in scenarios:
        yield planned(one, prices, folder, [limit] if limit else (), everything=everything)


Choice = Callable[[Scenario, PriceTable, ScenarioTime], ModelSelection]


def planned(
    scenario: Scenario,
    prices: Sequence[Path] | None,
    folder: Path,
    limits: Sequence[Money] = (),
    *,
    everything: bool = False,
    choose: Choice | None = None,
) -> Planned:
    """Reads what the scenario names: prices, models, a system prompt beside the workload file.
    `limits`: amounts that costs will be compared with, for which there must be rates.
    `everything`: all models on sale, where none is named. `choose`: how models are chosen, where
    it is not by these names alone."""
    when, workload = when_of(scenario), workload_of(scenario)
    table = load_table(prices, when.at.date())
    check_conditions(table, workload.tier, workload.region)
    if choose is None:
        selection = models_of(scenario, table, when, everything=everything)
    else:
        selection = choose(scenario, table, when)
    models, retrieval = selection.models, retrieval_of(scenario, table, when)
    searching = [one.model for one in (retrieval.embed, retrieval.rerank) if one is not None]
    with scenario.at("vs"):
        reference = reference_choice(table, scenario.get("vs"), when.at)
    amounts = [*limits, *reference.amounts(table)]
    amounts += [Money(Decimal(0), table.providers[one.provider].currency) for one in searching]
    with scenario.at("discount"):
        discounts = discounts_by_seller(table, workload.discount)
    workload = replace(workload, discount=discounts)
    priced = [*models, *reference.models]
    workload = with_prompt(workload, scenario, table, priced, folder)
    workload = with_minimums(workload, scenario, priced, when.at)
    workload = with_answers(workload, scenario, priced, when)
    query = Query(
        workload=workload,
        at=when.at,
        month=when.month,
        season=season(workload.traffic, when.month, RealCalendar()),
        exchange=exchange_of(scenario, workload, table, [*models, *searching], when, amounts),
        retrieval=retrieval,
    )
    copy = scenario.get("copies")
    tokens = {} if copy is None else tokens_of_copy(scenario, table, models, folder)
    return Planned(scenario, table, selection, query, reference, copy, tokens)


def tokens_of_copy(
    scenario: Scenario, table: PriceTable, models: Sequence[Model], folder: Path
) -> Mapping[str, Decimal]:
    """The tokens of a text of --copies under each tokenizer: counted, or by its usual length.
    Raises UnreadableInput at its place, UsageError for an empty one."""
    copy = scenario.get("copies")
    if copy.is_file:
        counts = counts_of(scenario, "copies", copy.name, table, models, folder)
        found = {name: Decimal(one.tokens) for name, one in counts.items()}
        if not all(found.values()):
            raise scenario.refusal(say("{path} is empty", path=visible(copy.name)), "copies")
        return found
    from llmcost.tokenizers.estimator import RATIOS

    ratios = {one.tokenizer: RATIOS[one.tokenizer] for one in models}
    if copy.words:
        return {name: copy.words / one.words.value for name, one in ratios.items()}
    return {name: copy.characters / one.characters.value for name, one in ratios.items()}


def retrieval_of(scenario: Scenario, table: PriceTable, when: ScenarioTime) -> Retrieval:
    """Return the models of the steps before the answer. Raise LlmcostError for a name that is
    none, several, or no model of that kind with a price."""
    return Retrieval(
        search_model(scenario, table, when, "embed", "embedding"),
        search_model(scenario, table, when, "rerank", "rerank"),
    )


def search_model(
    scenario: Scenario, table: PriceTable, when: ScenarioTime, key: str, kind: str
) -> SearchModel | None:
    """Return the model of a step, its row in force and the currency that it bills in."""
    name = scenario.get(key)
    if name is None:
        return None
    with scenario.at(key):
        found = chosen_models(table, [name], [], when.at, kind=kind).models
    if len(found) > 1:
        hint = say("name one of {names}", names=joined([one.key for one in found[:4]]))
        raise scenario.refusal(say("`{name}` is several models", name=name), key, hint=hint)
    model, row = found[0], row_at(found[0], when.at)
    why = why_unpriced(model, row, kind)
    if why or row is None:
        hint = say("`llmcost models --kind {kind}` lists them", kind=kind)
        raise scenario.refusal(why, key, hint=hint)
    return SearchModel(model, row, table.providers[model.provider].currency)


MIX = 3, 1
"""Tokens of input and output by which prices are compared where a workload says none."""


def model_notes(questions: Sequence[Planned], others: Sequence["Outside | None"]) -> list[str]:
    """What a reader must know of the models compared, of all scenarios once. `others`: those on
    sale beside the line-up of each."""
    found = [
        note
        for one, beside in zip(questions, others, strict=True)
        for note in (*presets_of(one), *selection_notes(one.selection, beside))
    ]
    return list(dict.fromkeys(found))


def presets_of(question: Planned) -> list[str]:
    """Return what the preset of a scenario fills in, if it has one."""
    if question.scenario.get("preset") is None:
        return []
    from llmcost.runtime.presets import preset_notes

    return [*preset_notes(question.scenario.said, question.models, question.query.at.date())]


def others_beside(question: Planned) -> "Outside | None":
    """Return what is on sale beside the line-up, if that is compared."""
    query, usage = question.query, tokens_of_request(question.query.workload)
    return others_of(question.table, question.selection, query.at, query.exchange, usage)


def first_others(others: Sequence["Outside | None"]) -> "Outside | None":
    """Of the scenarios, the first that compares the line-up: a screen has one line for all."""
    return next((one for one in others if one is not None), None)


def tokens_of_request(workload: Workload) -> tuple[int, int]:
    """Return the tokens of input and output, in the proportion of the mix if none are described."""
    return workload.input_tokens or MIX[0], workload.output_tokens or MIX[1]


def models_of(
    scenario: Scenario, table: PriceTable, when: ScenarioTime, *, everything: bool
) -> ModelSelection:
    """The models that were named, or the line-up. Raises LlmcostError for a name that is none, or
    if none was on sale."""
    patterns, providers = (list(scenario.get(key, ())) for key in ("model", "provider"))
    with scenario.at("provider"):
        sellers = sellers_of(table, providers)
    with scenario.at("model"):
        found = chosen_models(table, patterns, sellers, when.at, kind="chat", everything=everything)
    if not found.models:
        said = say("no model was on sale on {day}", day=when.at.date())
        hint = say("name another day with --as-of")
        raise scenario.located(LlmcostError(said, hint=hint), "as_of")
    return found


def exchange_of(
    scenario: Scenario,
    workload: Workload,
    table: PriceTable,
    models: Sequence[Model],
    when: ScenarioTime,
    limits: Sequence[Money],
) -> "Exchange":
    """Return the exchange to the currency of the budget, or to the one that is named."""
    money = workload.budget or workload.total_budget
    wanted = scenario.get("currency") or (money.currency if money else None)
    amounts = (workload.budget, workload.revenue_per_user, workload.total_budget, *limits)
    amounts += (workload.acquisition_cost,)
    others = [one for one in amounts if one is not None]
    return exchange_for(table, models, wanted, scenario.get("fx", ()), when.at, others)


def with_minimums(
    workload: Workload, scenario: Scenario, models: Sequence[Model], at: datetime
) -> Workload:
    """Return the workload with the shortest prefix that each model keeps, unless it was said or
    nothing is read from a cache."""
    if not workload.cache_hit or "cache_minimum" in scenario.said:
        return workload
    from llmcost.price_data.bundled_files import load_cache_rules
    from llmcost.pricing.cache_rules import least_minimum

    rules = load_cache_rules().rules
    found = {one.key: least_minimum(rules, one, at.date()) for one in models}
    known = {key: least for key, least in found.items() if least is not None}
    return replace(workload, cache_minimums=known)


def with_answers(
    workload: Workload, scenario: Scenario, models: Sequence[Model], when: ScenarioTime
) -> Workload:
    """Return the workload with the answers of each model, where a preset fills them in."""
    if "preset" not in scenario.said:
        return workload
    from llmcost.runtime.presets import preset_answers

    return replace(workload, answers=preset_answers(scenario.said, models, when.at.date()))


def with_prompt(
    workload: Workload,
    scenario: Scenario,
    table: PriceTable,
    models: Sequence[Model],
    folder: Path,
) -> Workload:
    """Return the workload with the tokens of its system prompt, under each tokenizer that is
    needed. Raise UnreadableInput at its place."""
    entry = scenario.said.get("system_prompt")
    if entry is None:
        return workload
    counts = counts_of(scenario, "system_prompt", entry.value, table, models, folder)
    return replace(workload, system_prompt=counts)


def counts_of(
    scenario: Scenario,
    key: str,
    path: str,
    table: PriceTable,
    models: Sequence[Model],
    folder: Path,
) -> "Mapping[str, Count]":
    """The tokens of the file that a field names, under each tokenizer that is needed. Raise
    UnreadableInput at its place."""
    from llmcost.inputs.text_stream import STDIN, cannot_read, open_inputs
    from llmcost.runtime.open_inputs import count_inputs
    from llmcost.runtime.tokenizer_choice import known_tokenizers

    if path != STDIN and not scenario.said[key].place.startswith("--"):
        path = str(folder / path)
    names, known = sorted({one.tokenizer for one in models}), known_tokenizers(table)
    with scenario.at(key):
        (stream,) = open_inputs([path], most=LARGEST_PROMPT)
        (found,) = count_inputs([stream], names, known)
        if stream.is_cut:
            why = say("it has more than {number:,} bytes", number=LARGEST_PROMPT)
            raise cannot_read(path, why, hint=say("it is longer than any model's context window"))
    return found.counts


def busiest_hour(scenario: Scenario, workload: Workload, month: date) -> Decimal | None:
    """Return the peak over the mean of the traffic that is described; None if none is."""
    if "traffic" not in scenario.said or isinstance(workload.traffic, str):
        return None
    return peak_to_mean(traffic_in(workload.traffic, month, RealCalendar()))
