"""`llmcost diff`: what do changed prompts cost, before and after?

Both versions of all files on the models of this run.

How often a prompt is sent in a month, and what is answered, as a workload file says it.

The gates of a diff: how much more a change may cost, and how much all may cost after it.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from llmcost import money
from llmcost.cli import options
from llmcost.cli.gates import MOST_NAMED as MOST_NAMED_IN_GATES
from llmcost.cli.gates import (
    days_of,
    limit_of,
    name_of,
    nothing_priced,
    one_of,
    passed,
    seen,
    too_old,
)
from llmcost.cli.output import Output, format_for
from llmcost.cli.scenario import Scenario, entries_of, over, workload_of
from llmcost.commands.diff.compute import Change, Diff, ModelLine, Pair, Priced, Sums
from llmcost.commands.diff.compute import diff as compare
from llmcost.commands.estimate.compute import Estimate
from llmcost.commands.estimate.compute import estimate as price
from llmcost.errors import GateFailed, LlmcostError, UsageError
from llmcost.messages import say, visible
from llmcost.money import Exchange
from llmcost.price_data.calendar import RealCalendar
from llmcost.pricing.price_rows import Model, PriceTable, State
from llmcost.pricing.terms import Terms
from llmcost.pricing.usage import Input
from llmcost.render.text import few, percent, plain
from llmcost.runtime import clock, option_values
from llmcost.workload.model import ONE, Workload

if TYPE_CHECKING:
    from llmcost.commands.diff.compute import Diff
    from llmcost.commands.diff.view import Shown

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


MOST_NAMED = 4


def diff(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OLD NEW | PATHS]...", help="Two files or folders; with --git: which."
        ),
    ] = None,
    git: Annotated[
        str | None,
        typer.Option(
            "--git", metavar="REV", help="A revision against the work tree; `A..B`, `A...B`: two."
        ),
    ] = None,
    model: options.ModelPatterns = None,
    provider: options.Providers = None,
    output_tokens: options.OutputTokens = None,
    output_ratio: options.OutputRatio = None,
    calls: Annotated[
        int | None,
        typer.Option(
            *("--calls",),
            metavar="N",
            min=1,
            max=money.MOST,
            help="How often all of it is sent, for example in a month; default: 1.",
        ),
    ] = None,
    workload: Annotated[
        Path | None,
        typer.Option(
            "--workload", metavar="FILE", help="Take calls and output from a workload file."
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", metavar="NAME", help="Only this scenario of the file."),
    ] = None,
    cached: options.Cached = None,
    batch: options.Batch = False,
    tier: options.Tier = None,
    region: options.Region = None,
    thinking: options.Thinking = False,
    currency: options.CurrencyName = None,
    fx: options.ExchangeRate = None,
    as_of: options.AsOf = None,
    at: options.At = None,
    only_changed: Annotated[
        bool, typer.Option("--only-changed", help="Without the files that have not changed.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="List every file, and the files of every model.")
    ] = False,
    format: options.FormatName = None,
    quiet: options.Quiet = False,
    fail_increase: Annotated[
        str | None,
        typer.Option(
            "--fail-increase",
            metavar="5%|AMOUNT",
            help='Exit 3 if the cost of a model rises by more: "5%", "100 yuan".',
        ),
    ] = None,
    fail_over: options.FailOver = None,
    max_age: options.MaxAge = None,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    input_format: options.InputFormat = None,
    field: options.FieldName = None,
    column: options.ColumnName = None,
    skip_bad: options.SkipBad = False,
    workers: options.Workers = None,
    no_progress: options.NoProgress = False,
) -> Output:
    """What changed prompts cost, before and after.

    Two files or folders, or a git revision against the work tree. Each file is billed as estimate
    does; percentages are of all files that are compared, also of those that have not changed.

    Example: llmcost diff --git main -m gpt-4o --calls 10000 -- prompts/
    """
    from llmcost.commands.diff.versions import Wanted, read_versions
    from llmcost.commands.diff.view import Page, Shown
    from llmcost.commands.estimate.view import used
    from llmcost.pricing.cost import Conditions
    from llmcost.pricing.terms import Amount, Terms
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.open_inputs import How
    from llmcost.runtime.option_values import amount_of, output_of, time_of
    from llmcost.runtime.price_table import chosen_models, exchange_for, load_table
    from llmcost.runtime.tokenizer_choice import known_tokenizers

    month = called_in(workload, scenario)
    when = time_of(as_of, at, clock.now())
    output = output_of(output_tokens, output_ratio)
    if output is None and month is not None and month.output is not None:
        output = Amount(month.output)
    terms = Terms(
        at=when.at,
        hours=when.hours,
        output=output,
        cached=amount_of(cached, "--cached"),
        calls=calls or (month.calls if month is not None else 1),
        conditions=Conditions(thinking=thinking, batch=batch, tier=tier or "", region=region or ""),
    )
    limits = limit_of(fail_over), rise_of(fail_increase)
    oldest, names = days_of(max_age), option_values.words(model)
    table = load_table(prices, terms.at.date())
    models = chosen_models(table, names, option_values.words(provider), terms.at, kind="chat")
    options.refuse_beside("-q", quiet, {"--format": format is not None})
    if quiet and names:
        from llmcost.commands.estimate.command import check_one

        check_one(models)
    amounts = [one for one in limits if isinstance(one, money.Money)]
    exchange = exchange_for(table, models, currency, option_values.rate(fx), terms.at, amounts)
    how = How(workers, not (no_progress or quiet))
    asked = Asked(paths or [], encoding, input_format, field, column, how=how)
    market = Market(table, models, terms, exchange)
    wanted = Wanted(models, known_tokenizers(table), None if names else market.cheapest)
    compared = read_versions(git, asked, wanted, only_changed=only_changed)
    found = compared.versions
    answer, result = market.compared(compared.models, found.pairs, found.read.key_of)
    failure, also = one_of(
        risen(answer, limits[1], exchange),
        rise_over(answer, limits[0], exchange),
        too_old(used(result, result.lines), oldest),
        nothing_priced(answer.lines, answer.excluded) if answer.pairs else None,
    )
    unread = found.read.failure(skip_bad=skip_bad)
    # the gate has the exit code, and hides nothing
    also += str(unread).splitlines() if failure and unread else []
    failure = failure or unread
    shown = Shown(own=currency is None)
    if quiet:
        return Output(bare(answer, shown), also, failure or no_change(answer))
    notes = [
        *([] if names else [say("on the cheapest model; -m names others")]),
        *(month.notes if month is not None else ()),
        *found.read.notes,
        *talk(answer, result, shown),
        *also,
    ]
    form = format_for(format)
    page = Page(answer, result, found, shown, notes, everything=all_)
    return Output(page.written(form), [*page.left_out(form), *notes], failure)


def called_in(workload: Path | None, scenario: Sequence[str] | None) -> "Called | None":
    """What the workload file says, if there is one. Raises UsageError."""
    if workload is None:
        if scenario:
            raise UsageError(
                say("--scenario needs a workload file"), hint=say("name it with --workload")
            )
        return None

    return called(workload, scenario or [])


def talk(answer: "Diff", result: "Estimate", shown: "Shown") -> list[str]:
    from llmcost.commands.diff.view import notes
    from llmcost.messages import visible
    from llmcost.price_data.loader import own_files
    from llmcost.render.wording import excluded_notes

    own = [say("with the prices of {path}", path=visible(str(path))) for path in own_files()]
    return [*own, *notes(answer, result, shown), *excluded_notes(answer.excluded, MOST_NAMED)]


def bare(answer: "Diff", shown: "Shown") -> str:
    """The change alone; nothing where it is not known."""
    from llmcost.render.text import plain

    if not answer.pairs:
        return "0\n"
    known = [shown.of(line.change) for line in answer.lines if line.change is not None]
    return "".join(f"{plain(one.amount)}\n" for one in known)


KeyOf = Callable[[Model], str]
"""What a model's counts are found by."""


class Market(msgspec.Struct, frozen=True):
    """What inputs are priced with, on which models."""

    table: PriceTable
    models: Sequence[Model]
    terms: Terms
    exchange: Exchange

    def estimate(self, models: Sequence[Model], inputs: Sequence[Input], key_of: KeyOf) -> Estimate:
        calendar = RealCalendar()
        return price(self.table, models, inputs, self.terms, self.exchange, calendar, key_of)

    def cheapest(self, pairs: Sequence[Pair], key_of: KeyOf) -> list[Model]:
        """The model that is paid for, and is the cheapest for what there is after the change, or
        was before it. Raises LlmcostError if none has a price."""
        inputs = [pair.after for pair in pairs if pair.after is not None]
        inputs = inputs or [pair.before for pair in pairs if pair.before is not None]
        found = self.estimate(self.models, inputs, key_of)
        paid = [line.model for line in found.lines if line.row.state is State.PRICED]
        failure = nothing_priced(paid, found.excluded)
        if failure is not None:
            raise failure
        return paid[:1]

    def compared(
        self, models: Sequence[Model], pairs: Sequence[Pair], key_of: KeyOf
    ) -> tuple[Diff, Estimate]:
        """The answer, and an estimate that has one line of each model, to tell its prices by."""

        def priced(one: Input) -> Priced:
            found = self.estimate(models, [one], key_of)
            known: Priced = {line.model.key: line for line in found.lines}
            return {**known, **{left.model.key: left for left in found.excluded}}

        def currency_of(model: Model) -> str:
            return self.table.providers[model.provider].currency

        answer = compare(pairs, models, priced, currency_of, self.exchange)
        inputs = tuple(one for pair in pairs for one in (pair.after, pair.before) if one)
        largest = tuple(line.largest for line in answer.lines)
        return answer, Estimate(self.terms, self.exchange, inputs, largest, answer.excluded)


Rise = Decimal | money.Money
"""The most that a cost may rise: a percentage, or money."""


def rise_of(text: str | None) -> Rise | None:
    """The limit of --fail-increase. Raises UsageError."""
    if text is None:
        return None
    from llmcost.workload.quantities import amount

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


def risen(found: Diff, limit: Rise | None, exchange: Exchange) -> LlmcostError | None:
    """GateFailed if a model's cost rises by more, at the expected token counts. What was nothing
    and is something has risen by more than any percentage."""
    if limit is None:
        return None
    if isinstance(limit, money.Money):
        return passed_by(found, limit, exchange)
    over = [
        say("{name} {rise}", name=name, rise=rise_text(change))
        for name, change in changes(found)
        if rises(change, limit)
    ]
    if not over:
        return unknown(found)
    message = say(
        "the cost rises by more than {limit}%: {models}",
        limit=plain(limit),
        models=few(over, MOST_NAMED_IN_GATES),
    )
    return GateFailed(message)


def rises(change: Change, most: Decimal) -> bool:
    return change.native.amount > 0 if change.percent is None else change.percent > most


def rise_text(change: Change) -> str:
    return say("from nothing") if change.percent is None else percent(change.percent)


def changes(found: Diff) -> Iterator[tuple[str, Change]]:
    for line in found.lines:
        if line.change is not None:
            yield name_of(line.model.key, ""), line.change


def passed_by(found: Diff, limit: money.Money, exchange: Exchange) -> LlmcostError | None:
    risen = [
        (name, change.native.to(limit.currency, exchange.rate).amount)
        for name, change in changes(found)
    ]
    over = [
        say("{name} {cost}", name=name, cost=f"+{seen(rise, limit.amount)}")
        for name, rise in risen
        if rise > limit.amount
    ]
    if not over:
        return unknown(found)
    message = say(
        "the cost rises by more than {limit} {currency}: {models}",
        limit=plain(limit.amount),
        currency=limit.currency,
        models=few(over, MOST_NAMED_IN_GATES),
    )
    return GateFailed(message)


def rise_over(found: Diff, limit: money.Money | None, exchange: Exchange) -> LlmcostError | None:
    """GateFailed if a model costs more after the change, at the expected token counts."""
    if limit is None:
        return None

    def cost(side: Sums) -> Decimal:
        return side.native.to(limit.currency, exchange.rate).amount

    known = [(line, line.after) for line in found.lines if line.after is not None]
    costs = [(name_of(line.model.key, ""), cost(after), "") for line, after in known]
    lost = [line for line in found.lines if line.after is None and line.before is not None]
    return passed(limit, costs) or not_known(found, lost, is_any=bool(known))


def unknown(found: Diff) -> LlmcostError | None:
    """Where the rise of a model is not known, though one of its sides is."""
    half = [line for line in found.lines if (line.before is None) != (line.after is None)]
    return not_known(found, half, is_any=any(line.change for line in found.lines))


def not_known(found: Diff, lost: Sequence[ModelLine], *, is_any: bool) -> LlmcostError | None:
    """A limit must not pass for kept where it was not held against anything. A model of which
    neither side is known is left out, as by an estimate, unless nothing else is left."""
    names = [line.model.key for line in (lost if is_any else found.lines)]
    if not names:
        return None
    return LlmcostError(
        say(
            "no limit can be kept where the cost is not known: {models}",
            models=few(names, MOST_NAMED_IN_GATES),
        ),
        hint=say("a note says why; -m names the models that matter"),
    )


def no_change(found: Diff) -> LlmcostError | None:
    """If the one number that was asked for is not known."""
    names = [line.model.key for line in found.lines if line.change is None]
    if not names:
        return None
    said = say("the change is not known: {models}", models=few(names, MOST_NAMED_IN_GATES))
    return LlmcostError(said, hint=next((one.detail for one in found.excluded), ""))
