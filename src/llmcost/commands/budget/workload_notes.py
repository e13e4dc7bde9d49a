"""Notes on a workload's figures, most important first, and the workload's fields in words.

`forecast` and `whatif` print them too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Context, Decimal
from typing import Protocol

from llmcost.commands.budget.billing_notes import billing_notes, reads_cheaper
from llmcost.commands.budget.compute import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    TURNS,
    BudgetAnswer,
    BudgetLine,
    has_sizes,
)
from llmcost.language import _, told
from llmcost.messages import say, say_plural, visible
from llmcost.money import Money
from llmcost.pricing.freshness import Held, held, longest_unread
from llmcost.pricing.price_rows import Model, PriceState
from llmcost.pricing.usage import Count
from llmcost.render.text import (
    few,
    figure,
    figure_places,
    fixed,
    plain,
    rate_note,
    short_rate,
    span,
)
from llmcost.render.wording import (
    age_notes,
    contract_note,
    free_notes,
    model_names,
    no_batch,
    no_region,
    no_tier,
    old_count,
    word,
)
from llmcost.workload.fields import FIELDS
from llmcost.workload.model import Profile, Workload, cache_minimum_of
from llmcost.workload.monthly import Case, month_parts
from llmcost.workload.quantities import MONTHS, HistoryLimit, Keep, Pace, share
from llmcost.workload.running_cost import share_in
from llmcost.workload.traffic import EVENING, OFFICE, has_requests

MOST_NAMED = 4


def notes(answer: BudgetAnswer, lines: Sequence[BudgetLine]) -> list[str]:
    workload = answer.budget.query.workload
    priced = [line for line in lines if line.case.row.state is PriceState.PRICED]
    found: list[str] = []
    if lines:
        found += [] if has_requests(workload) else [talk_note(answer)]
        found += [*size_notes(workload, priced), *condition_notes(workload, priced)]
    found += traffic_notes(answer, priced)
    if answer.users is not None:
        share = fixed(100 * Decimal(repr(answer.users.heaviest)), 0)
        found.append(
            say(
                "users differ: 99 of 100 such months cost less than `99 % below`, and the heaviest "
                "1 % of the users send {share} % of the requests",
                share=share,
            )
        )
    shown_free = [line for line in lines if line.case.row.state is PriceState.FREE]
    found += free_notes((line.model, line.case.row) for line in shown_free)
    free = [line for line in answer.budget.lines if line.case.row.state is PriceState.FREE]
    if free and not shown_free:
        found.append(say("free, within limits: {models}; --all shows them", models=names_of(free)))
    found += contract_note(workload.discount, workload.tax)
    if answer.reference is not None:
        found.append(say("× and %: the cost against {name}", name=answer.reference.name))
    exchange = answer.budget.query.exchange
    if exchange.rates and converts(answer, lines):
        found.append(rate_note(exchange, answer.budget.query.at))
    found += own_notes(answer)
    return found + age_notes(used([(answer.budget.query.at, lines)]))


def own_notes(answer: BudgetAnswer) -> Iterator[str]:
    """Where own GPUs would cost less, and what that rests on."""
    machines = [
        say("{model} on {machine}", model=visible(line.model.id), machine=one.machine)
        for line in answer.budget.lines
        if (one := answer.own.get(line.model.key)) is not None
    ]
    if machines:
        yield say(
            "own GPUs would cost less, if they serve 0.8 of what is forecast (not measured): "
            "{models}; `llmcost host` compares them",
            models=few(machines, MOST_NAMED),
        )


class Billed(Protocol):
    """A line of a budget, or of a forecast."""

    @property
    def model(self) -> Model: ...
    @property
    def case(self) -> Case: ...


def used(found: Iterable[tuple[datetime, Sequence[Billed]]]) -> list[Held]:
    """The prices of these lines, each asked at its instant; the longest unread first."""
    asked = {(one.model.key, at): (one, at) for at, lines in found for one in lines}
    return longest_unread(held(one.model, one.case.row, at) for one, at in asked.values())


def together(found: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Notes by scenario as one list; what is not said of all of them begins with whose it is."""
    whose: dict[str, list[str]] = {}
    for name, several in found:
        for note in dict.fromkeys(several):
            whose.setdefault(note, []).append(name)
    return [
        note
        if len(names) == len(found)
        else say("{name}: {text}", name=few(names, MOST_NAMED), text=note)
        for note, names in whose.items()
    ]


def size_notes(workload: Workload, priced: Sequence[BudgetLine]) -> Iterator[str]:
    if not has_requests(workload):
        yield say(
            "zh chars / en words: approximate, for the {mix} mix",
            mix=str(workload.mix),
        )
        short = [line for line in priced if buys_nothing(line)]
        if short:
            yield say(
                "training and deployment alone cost more than the budget: {models}",
                models=names_of(short),
            )
        banded = [line for line in priced if len(line.case.row.bands) > 1]
        if banded and not has_sizes(workload):
            yield say("lowest price tier assumed: {models}", models=names_of(banded))
    estimated = [
        line
        for line in priced
        if line.monthly is not None and line.monthly.native.low != line.monthly.native.high
    ]
    if estimated:
        yield say(
            "the system prompt's tokens are estimated for {models}", models=names_of(estimated)
        )
    if repeats(workload) and not workload.cache_hit:
        yield say("nothing is read from a cache (--cache-hit 80%)")


def buys_nothing(line: BudgetLine) -> bool:
    """Since what comes before the first token takes all of the money."""
    is_owned = line.case.owned.training is not None or line.case.owned.deployment is not None
    return is_owned and line.purchase is not None and line.purchase.input_only.tokens == 0


def talk_note(answer: BudgetAnswer) -> str:
    """What a conversation is, of which the money buys so many."""
    workload = answer.budget.query.workload
    size = conversation_size(answer)
    turns = workload.turns if has_sizes(workload) else TURNS
    talk = say("a chat = {size}", size=size)
    if turns > 1:
        talk = say("{talk}, {again}", talk=talk, again=sent_again(workload.history))
    if not has_sizes(workload):
        talk = say("{talk} (--turns, --input-tokens, --output-tokens)", talk=talk)
    return talk


def conversation_size(answer: BudgetAnswer) -> str:
    """`5 turns of 100 tokens in, 200 out`"""
    workload = answer.budget.query.workload
    input, output, turns = workload.input_tokens or 0, workload.output_tokens or 0, workload.turns
    if not has_sizes(workload):
        input, output, turns = INPUT_TOKENS, OUTPUT_TOKENS, turns if turns > 1 else TURNS
    return say_plural(
        "{number:,} turn of {input:,} tokens in, {output:,} out",
        "{number:,} turns of {input:,} tokens in, {output:,} out",
        turns,
        input=input,
        output=output,
    )


def legend(answer: BudgetAnswer, lines: Sequence[BudgetLine]) -> Iterator[str]:
    """What a reader must know of the figures, in parts of a line."""
    workload, query = answer.budget.query.workload, answer.budget.query
    priced = [line for line in lines if not line.is_free]
    for step, is_requested in (
        ("batch", bool(workload.batch_share)), (workload.tier, bool(workload.tier)),
    ):  # fmt: skip
        without = [line for line in priced if not has_variant(line, step)]
        if is_requested and without:
            yield say_plural(
                "no {step} price for {number} model", "no {step} price for {number} models",
                len(without), step=visible(step),
            )  # fmt: skip
    if not has_requests(workload) and lines:
        yield say("words approximate")
        if any(len(line.case.row.bands) > 1 for line in priced) and not has_sizes(workload):
            yield say("lowest price tier")
    if query.exchange.rates and converts(answer, lines):
        yield short_rate(query.exchange)
    yield from contract_note(workload.discount, workload.tax)
    if any(line.model.key in answer.own for line in lines):
        yield say("own GPUs: a forecast (llmcost host)")
    yield from old_count(used([(query.at, lines)]))


def sent_again(history: HistoryLimit) -> str:
    if history.keep is Keep.WINDOW:
        return say_plural(
            "with the last exchange resent",
            "with the last {number} exchanges resent",
            history.size,
        )
    if history.keep is Keep.SUMMARY:
        return say_plural(
            "with a summary of at most {number} token resent",
            "with a summary of at most {number} tokens resent",
            history.size,
        )
    return say("with history resent")


def repeats(workload: Workload) -> bool:
    """Whether requests send again what others sent."""
    is_long = workload.turns > 1 and workload.history.keep is not Keep.SUMMARY
    return is_long or bool(workload.system_tokens or workload.system_prompt)


def condition_notes(workload: Workload, priced: Sequence[BudgetLine]) -> Iterator[str]:
    """Where the conditions asked for have no price of their own."""
    without = [line for line in priced if not has_variant(line, "batch")]
    if workload.batch_share and without:
        yield no_batch(names_of(without))
    without = [line for line in priced if not has_variant(line, workload.tier)]
    if workload.tier and without:
        yield no_tier(workload.tier, names_of(without))
    without = [
        line for line in priced if workload.region and workload.region not in line.case.row.regions
    ]
    if without:
        yield no_region(workload.region, names_of(without))
    if workload.cache_hit:
        without = [line for line in priced if not reads_cheaper(line.case.row)]
        if without:
            names = names_of(without)
            yield say("no price of cache reads known, billed as input: {models}", models=names)
        readers = [line for line in priced if line.monthly and reads_cheaper(line.case.row)]
        if readers and not any(map(reads_cache, readers)):
            yield say(
                "nothing is read from the cache: no beginning that is sent again has {least:,} "
                "tokens (--cache-minimum)",
                least=min(cache_minimum_of(workload, line.model.key) for line in readers),
            )
    yield from billing_notes(workload, priced)


def has_variant(line: BudgetLine, name: str) -> bool:
    return any(name in band.variants for band in line.case.row.bands)


def reads_cache(line: BudgetLine) -> bool:
    month = line.monthly
    parts = month_parts(line.case, month) if month is not None else ()
    return any(part.item in ("cache_read", "cache_read_explicit") for part in parts)


def traffic_notes(answer: BudgetAnswer, priced: Sequence[BudgetLine]) -> Iterator[str]:
    """How much of the traffic meets peak prices; models with the same hours in one note."""
    query = answer.budget.query
    profile = query.workload.traffic
    by_share: dict[Decimal, list[BudgetLine]] = {}
    for line in priced:
        if line.case.row.schedule:
            share = 1 - share_in(line.case.slices, "")
            by_share.setdefault(share, []).append(line)
    when = traffic_of(profile)
    if isinstance(profile, Profile):
        when = say("{traffic} in {month:%Y-%m}", traffic=when, month=query.month)
    for share, lines in by_share.items():
        yield say(
            "{traffic}: {share} % at peak prices: {models}",
            traffic=when,
            share=fixed(100 * share, 1),
            models=names_of(lines),
        )


def traffic_of(profile: Profile | str) -> str:
    if isinstance(profile, Profile):
        name, zone = visible(profile.name), visible(profile.zone)
        if profile.name in (OFFICE, EVENING):
            return say("assumed: {profile} traffic in {zone}", profile=word(name), zone=zone)
        return say("{profile} traffic in {zone}", profile=word(name), zone=zone)
    return say("all traffic {hours}", hours=word(profile))


def names_of(lines: Sequence[BudgetLine]) -> str:
    return few(model_names(line.model for line in lines), MOST_NAMED)


def converts(answer: BudgetAnswer, lines: Sequence[BudgetLine]) -> bool:
    """Whether an amount of one currency was turned into another."""
    workload, target = answer.budget.query.workload, answer.budget.query.exchange.currency
    amounts = [one.currency for one in (workload.budget, workload.revenue_per_user) if one]
    return {target} != {*amounts, target, *(line.case.currency for line in lines)}


def title(workload: Workload) -> str:
    """`5,000,000 users, 30 requests each of 500 tokens in and 200 out`."""
    users = say("each user")
    if workload.mau is not None:
        users = say_plural("{number:,} user", "{number:,} users", workload.mau)
    number = workload.conversations_per_user
    if number is not None:
        how_many = say_plural(
            "{count} conversation", "{count} conversations", whole(number), count=shown(number)
        )
    else:
        number = workload.requests_per_user or Decimal(0)
        how_many = say_plural(
            "{count} request", "{count} requests", whole(number), count=shown(number)
        )
    found = say(
        "{users}, {requests} a month of {input:,} tokens in and {output} out",
        users=users,
        requests=how_many,
        input=workload.input_tokens or 0,
        output=span([*map(sum, workload.answers.values())] or [workload.output_tokens or 0]),
    )
    if workload.turns == 1:
        return told(found)
    return _("{requests} in conversations of {turns} turns", requests=found, turns=workload.turns)


def whole(value: Decimal) -> int:
    """A whole number that a message takes the same form for: 0.5 has the plural."""
    return 1 if value == 1 else 2


def shown(value: Decimal) -> str:
    return figure(value, figure_places([value]))


NOT_SAID = Workload()


def facts(workload: Workload) -> Iterator[tuple[str, str]]:
    """What differs from saying nothing, in the order of the workload file."""
    for name, field in FIELDS.items():
        value = getattr(workload, name, None)
        if value is None or value == getattr(NOT_SAID, name):
            continue
        is_share = field.parse is share and isinstance(value, Decimal)
        noun = re.split(r"[;(；（]", told(field.meaning))[0].strip()  # without how it is written
        yield noun, f"{plain(100 * value)}%" if is_share else text_of(value)


def text_of(value: object) -> str:
    match value:
        case bool():
            return _("yes")
        case int() | Decimal():
            return figure(value, figure_places([value]))
        case Money():
            return f"{figure(value.amount, figure_places([value.amount]))} {value.currency}"
        case Pace():
            return told(pace_text(value))
        case Profile():
            return _("{name}, in {zone}", name=word(value.name), zone=value.zone)
        case Mapping():
            return mapping_text(value)
    return str(value)


def mapping_text(found: Mapping[object, object]) -> str:
    """`web_search: 0.2`; of a system prompt how many tokens it has."""
    counts = [one for one in found.values() if isinstance(one, Count)]
    if not counts:
        return ", ".join(f"{name}: {text_of(one)}" for name, one in found.items())
    least, most = min(one.low for one in counts), max(one.high for one in counts)
    return _("{least} to {most} tokens, by tokenizer", least=f"{least:,}", most=f"{most:,}")


FOUR_DIGITS = Context(prec=4)


PERIODS = {months: name for name, months in MONTHS.items()}


def pace_text(pace: Pace) -> str:
    """`x 1.05 a month`"""
    factor = plain(FOUR_DIGITS.plus(pace.factor))
    return say("x {factor} a {period}", factor=factor, period=word(PERIODS[pace.months]))
