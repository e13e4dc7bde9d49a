"""`llmcost diff`: both versions of all files on the models of this run, and the gates of a change.

A workload file may say how often a prompt is sent in a month, and what is answered. The gates limit
how much more a change may cost, and how much all may cost after it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from llmcost import money
from llmcost.cli import options
from llmcost.cli.option_groups import (
    AgeOptions,
    CurrencyOptions,
    InputOptions,
    ModelOptions,
    TimeOptions,
    WorkerOptions,
    grouped,
)
from llmcost.cli.output import Output, format_for
from llmcost.commands.diff.compute import Diff, ModelLine, Pair, Priced, VersionChange, VersionSums
from llmcost.commands.diff.compute import diff as compare
from llmcost.commands.diff.diff_options import (
    ChangedRequestOptions,
    ChangeOutputOptions,
    FailIncrease,
    Revisions,
    Rise,
    Versions,
    rise_of,
)
from llmcost.commands.estimate.compute import Estimate
from llmcost.commands.estimate.compute import estimate as price
from llmcost.errors import GateFailed, LlmcostError
from llmcost.messages import cautions_of, say
from llmcost.money import Exchange
from llmcost.price_data.calendar import RealCalendar
from llmcost.pricing.price_rows import Model, PriceState, PriceTable
from llmcost.pricing.terms import Terms
from llmcost.pricing.usage import Input
from llmcost.render.table import Format
from llmcost.render.text import data, few, percent, plain
from llmcost.runtime.gates import MOST_NAMED as MOST_NAMED_IN_GATES
from llmcost.runtime.gates import (
    limit_of,
    name_of,
    nothing_priced,
    one_of,
    passed,
    seen,
    too_old,
)

if TYPE_CHECKING:
    from llmcost.commands.diff.versions import RequestedModels
    from llmcost.commands.diff.view import AmountStyle
    from llmcost.render.quality_scores import Ratings
    from llmcost.runtime.reference_choice import ReferenceChoice

MOST_NAMED = 4


def check_quiet(chosen: Sequence[Model], is_bare: bool) -> None:
    """Refuse several models where one bare number is printed. Raises UsageError."""
    if is_bare:
        from llmcost.commands.estimate.command import check_one

        check_one(chosen)


@grouped
def diff(
    *,
    paths: Versions = None,
    git: Revisions = None,
    models: ModelOptions,
    request: ChangedRequestOptions,
    currency: CurrencyOptions,
    time: TimeOptions,
    output: ChangeOutputOptions,
    fail_increase: FailIncrease = None,
    fail_over: options.FailOver = None,
    age: AgeOptions,
    inputs: InputOptions,
    workers: WorkerOptions,
) -> Output:
    """Compare the cost of prompts before and after a change.

    Compares two files or folders, or a git revision with the work tree. Each file is billed as in
    `estimate`; percentages are of all files compared, including unchanged ones.

    Examples:
      llmcost diff old.txt new.txt
      llmcost diff --git main -m gpt-4o --calls 10000 -- prompts/
      llmcost diff --git main...HEAD --fail-increase 5% -- prompts/
    """
    from llmcost.commands.diff.versions import read_versions
    from llmcost.commands.diff.view import DiffReport
    from llmcost.runtime.price_table import table_for

    output.refuse_idle_rows(output.quiet, output.format)
    terms = request.terms(time.when, month := request.month)
    limits, oldest = (limit_of(fail_over), rise_of(fail_increase)), age.oldest
    table, is_named = table_for(age.prices, terms), bool(models.model)
    quality, selection = output.scored(models.chosen(table, terms.at), terms)
    check_quiet(selection.models, output.quiet and is_named)
    reference = output.reference(table, terms.at)
    amounts = [*amounts_of(limits), *reference.amounts(table)]
    exchange = currency.exchange(table, selection.models, terms.at, amounts)
    market = DiffMarket(table, selection.models, terms, exchange, reference)
    asked = inputs.asked(paths or [], workers.how(quiet=output.quiet), day=terms.at.date())
    wanted = market.wanted(is_named=is_named)
    compared = read_versions(git, asked, wanted, only_changed=output.only_changed)
    found = compared.versions
    answer, result = market.compared(compared.models, found.pairs, found.read.key_of)
    unread = found.read.failure(skip_bad=inputs.skip_bad)
    failure, also = failures(answer, result, unread, limits, oldest)
    ratings = quality.ratings(ranking_costs(answer), terms.at.date())
    form = Format.TSV if output.quiet else format_for(output.format)
    shown = style_of(answer, form, request, own=currency.currency is None)
    if output.quiet:
        also = [*cautions_of(found.read.notes), *also]
        return Output(bare(answer, shown), also, failure or no_change(answer))
    notes = [
        *of_models(selection.notes, is_named=is_named),
        *(month.notes if month is not None else ()),
        *found.read.notes,
        *talk(answer, result, shown, ratings),
        *also,
    ]
    return DiffReport(answer, result, found, shown, notes, output, ratings).output(form, failure)


def ranking_costs(answer: Diff) -> list[tuple[Model, Decimal]]:
    """What all files cost after the change, of each model that is paid for."""
    return [
        (line.model, line.after.cost.amount)
        for line in answer.lines
        if line.after is not None and line.largest.row.state is PriceState.PRICED
    ]


def style_of(
    answer: Diff, form: Format, request: ChangedRequestOptions, *, own: bool
) -> "AmountStyle":
    """People see amounts at a readable scale, unless they said how many calls there are."""
    from llmcost.commands.diff.view import AmountStyle, scale_of

    is_read, has_calls = form in (Format.TABLE, Format.MD), request.calls or request.workload
    return AmountStyle(own, scale_of(answer) if is_read and not has_calls else 1)


def amounts_of(limits: Iterable["money.Money | Rise | None"]) -> list[money.Money]:
    return [one for one in limits if isinstance(one, money.Money)]


def of_models(notes: Sequence[str], *, is_named: bool) -> list[str]:
    """Which models were compared; `notes`: what their names mean."""
    from llmcost.runtime.price_table import cheapest_note

    return [*([] if is_named else [cheapest_note()]), *notes]


def failures(
    answer: Diff,
    result: Estimate,
    unread: LlmcostError | None,
    limits: tuple[money.Money | None, Rise | None],
    oldest: int | None,
) -> tuple[LlmcostError | None, list[str]]:
    """What the exit code tells, and what else went wrong; `limits`: of a month, of the rise."""
    from llmcost.commands.estimate.view import used

    most, rise = limits
    failure, also = one_of(
        risen(answer, rise, result.exchange),
        rise_over(answer, most, result.exchange),
        too_old(lambda: used(result, result.lines), oldest),
        nothing_priced(answer.lines, answer.excluded) if answer.pairs else None,
    )
    # the gate has the exit code, and hides nothing
    also += str(unread).splitlines() if failure and unread else []
    return failure or unread, also


def talk(answer: "Diff", result: "Estimate", shown: "AmountStyle", ratings: "Ratings") -> list[str]:
    from llmcost.commands.diff.view import notes
    from llmcost.render.wording import excluded_notes
    from llmcost.runtime.price_table import own_prices
    from llmcost.runtime.quality_choice import quality_notes

    models, day = [line.model for line in answer.lines], result.terms.at.date()
    return [
        *own_prices(),
        *notes(answer, result, shown),
        *excluded_notes(answer.excluded, MOST_NAMED),
        *quality_notes(ratings.scores, models, day),
    ]


def bare(answer: "Diff", shown: "AmountStyle") -> str:
    """The change alone; nothing where it is not known."""
    if not answer.pairs:
        return "0\n"
    known = [shown.of(line.change) for line in answer.lines if line.change is not None]
    return "".join(f"{data(one.amount)}\n" for one in known)


KeyOf = Callable[[Model], str]
"""What a model's counts are found by."""


class DiffMarket(msgspec.Struct, frozen=True):
    """What inputs are priced with, on which models."""

    table: PriceTable
    models: Sequence[Model]
    terms: Terms
    exchange: Exchange
    reference: "ReferenceChoice"

    def wanted(self, *, is_named: bool) -> "RequestedModels":
        """The models to count for, with the one that they are compared with."""
        from llmcost.commands.diff.versions import RequestedModels
        from llmcost.runtime.tokenizer_choice import known_tokenizers

        cheapest = None if is_named else self.cheapest
        models = with_reference(self.models, self.reference)
        return RequestedModels(models, known_tokenizers(self.table), cheapest)

    def estimate(self, models: Sequence[Model], inputs: Sequence[Input], key_of: KeyOf) -> Estimate:
        calendar = RealCalendar()
        return price(self.table, models, inputs, self.terms, self.exchange, calendar, key_of)

    def cheapest(self, pairs: Sequence[Pair], key_of: KeyOf) -> list[Model]:
        """The model that is paid for, and is the cheapest for what there is after the change, or
        was before it. Raises LlmcostError if none has a price."""
        inputs = [pair.after for pair in pairs if pair.after is not None]
        inputs = inputs or [pair.before for pair in pairs if pair.before is not None]
        found = self.estimate(self.models, inputs, key_of)
        paid = [line.model for line in found.lines if line.row.state is PriceState.PRICED]
        failure = nothing_priced(paid, found.excluded)
        if failure is not None:
            raise failure
        return with_reference(paid[:1], self.reference)

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
        if self.reference.name:
            keys = {one.key for one in self.reference.models}
            sums = [line.after for line in answer.lines if line.model.key in keys]
            costs = [one.cost.amount for one in sums if one is not None]
            found = self.reference.costing(costs, answer.excluded, self.exchange)
            answer = answer.against(found, self.terms.calls)
        inputs = tuple(one for pair in pairs for one in (pair.after, pair.before) if one)
        largest = tuple(line.largest for line in answer.lines)
        return answer, Estimate(self.terms, self.exchange, inputs, largest, answer.excluded)


def with_reference(models: Sequence[Model], reference: "ReferenceChoice") -> list[Model]:
    keys = {one.key for one in models}
    return [*models, *(one for one in reference.models if one.key not in keys)]


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


def rises(change: VersionChange, most: Decimal) -> bool:
    return change.native.amount > 0 if change.percent is None else change.percent > most


def rise_text(change: VersionChange) -> str:
    return say("from nothing") if change.percent is None else percent(change.percent)


def changes(found: Diff) -> Iterator[tuple[str, VersionChange]]:
    for line in found.lines:
        if line.change is not None:
            yield name_of(line.model.key, ""), line.change


def passed_by(found: Diff, limit: money.Money, exchange: Exchange) -> LlmcostError | None:
    risen = [
        (name, change.native.to(limit.currency, exchange.rates).amount)
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

    def cost(side: VersionSums) -> Decimal:
        return side.native.to(limit.currency, exchange.rates).amount

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
            "the limit cannot be checked, as the cost is unknown: {models}",
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
