"""What an estimate says beside its table: headline, conclusion, legend and notes."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from llmcost.commands.estimate.compute import Estimate, Line, uncertain_first
from llmcost.language import told
from llmcost.messages import joined, say, say_plural, visible
from llmcost.pricing.freshness import Held
from llmcost.pricing.price_rows import PriceState
from llmcost.pricing.terms import Hours, Terms
from llmcost.pricing.usage import Input, base_name
from llmcost.render.result_table import (
    times_text,
)
from llmcost.render.text import (
    few,
    rate_note,
    short_rate,
    span,
)
from llmcost.render.wording import (
    age_notes,
    batch_on_tier,
    contract_note,
    free_notes,
    inputs_text,
    model_names,
    no_batch,
    no_region,
    no_tier,
    old_count,
)

if TYPE_CHECKING:
    pass
from llmcost.commands.estimate.view import EstimateTable, equal_rows, has_range, used

MOST_NAMED = 4


def headline(table: EstimateTable, lines: Sequence[Line]) -> str:
    """`file.txt · 165 characters · 37–54 tokens in, 500 out · cost of 1,000 calls`"""
    result = table.result
    requests = sum(map(requests_of, result.inputs))
    characters = sum(one.characters for one in result.inputs)
    parts = [inputs_text(one.name for one in result.inputs)]
    if characters:
        parts.append(say_plural("{number:,} character", "{number:,} characters", characters))
    if requests != len(result.inputs):
        parts.append(say_plural("{number:,} request", "{number:,} requests", requests))
    parts += [tokens_text(result, lines), calls_text(result.terms.calls * table.times, requests)]
    return " · ".join(map(told, parts)) + "\n"


def requests_of(one: Input) -> int:
    """A text is one, or as many as its parts."""
    sizes = next(iter(one.sizes.values()), {})
    return max(one.requests, sum(sizes.values()))


def tokens_text(result: Estimate, lines: Sequence[Line]) -> str:
    """What goes in and out of all inputs, on all of these models."""
    read = span([line.usage.input for line in lines])
    if result.assumed is not None:
        outputs = [line.answered.usage.output for line in lines if line.answered]
        return say("{input} tokens in, {output} out assumed", input=read, output=span(outputs))
    written = span([line.usage.output for line in lines])
    if has_limits(result):
        return say("{input} tokens in, at most {output} out", input=read, output=written)
    return say("{input} tokens in, {output} out", input=read, output=written)


def calls_text(calls: int, requests: int) -> str:
    if requests == 1:
        return say_plural("cost of {number:,} call", "cost of {number:,} calls", calls)
    if calls == 1:
        return say("cost of all of them")
    return say("cost of all of them, {number:,} times", number=calls)


def conclusion(table: EstimateTable, lines: Sequence[Line]) -> str:
    """The cheapest in a line, with those that tie with it, and the first of another currency; where
    there are scores, the best for the money. Nothing where there is nothing to choose."""
    ranked = [line for line in lines if line.rank]
    if len(ranked) < 2:
        return ""
    first = ranked[0]
    cost = table.shown(first.answered or first)
    amount = table.money_cells([first], [cost])[0]
    parts: list[str] = [
        say("cheapest: {model}, {cost}", model=visible(first.model.id), cost=amount)
    ]
    rivals = [line for line in rivals_of(table.result) if equal_rows(line) != equal_rows(first)]
    if rivals:
        names = few(model_names(line.model for line in rivals), 1)
        parts.append(say("{models} within the margin of error", models=names))
    names_of = {line.model.key: visible(line.model.id) for line in ranked}
    parts += [*first_abroad(ranked, table.least), *table.ratings.best(names_of)]
    return told(joined(parts, "; ")) + "\n"


def rivals_of(result: Estimate) -> Sequence[Line]:
    """Those that may be the cheapest, given the bounds of their counts; the first one, too. Where
    the length of answers is a range, that is the same for all of them."""
    return () if has_limits(result) or has_range(result) else uncertain_first(result)


def first_abroad(ranked: Sequence[Line], least: Decimal) -> Iterator[str]:
    """The cheapest one that bills in another currency."""
    currency = ranked[0].native.currency
    for line in ranked:
        if line.native.currency != currency:
            yield say(
                "in {currency}: {model}, × {factor}",
                currency=line.native.currency,
                model=visible(line.model.id),
                factor=times_text(line.ranking.amount / least) if least else "?",
            )
            return


def legend(result: Estimate, lines: Sequence[Line], others: Iterable[str] = ()) -> Iterator[str]:
    """What a reader must know of the figures, in parts of a line; `others`: parts that matter more
    than the age of prices."""
    yield from short_legend(result, lines, used(result, lines), others)


def short_legend(
    result: Estimate, lines: Sequence[Line], used: Sequence[Held], others: Iterable[str] = ()
) -> Iterator[str]:
    """The same of lines whose prices are `used`."""
    yield from short_conditions(result.terms, [line for line in lines if not line.is_free])
    off = max((off_by(line) for line in lines), default=0)
    if off:
        yield say("~ estimated, within {percent} %", percent=off)
    if result.exchange.rates and needs_rate(result):
        yield short_rate(result.exchange)
    yield from contract_note(result.terms.discounts, result.terms.tax)
    yield from others
    yield from old_count(used)


def off_by(line: Line) -> int:
    """How far an estimated count may be off, in percent."""
    count = line.tokens
    side = max(count.high - count.tokens, count.tokens - count.low)
    if not side or not count.tokens:
        return 0
    return int((Decimal(100 * side) / count.tokens).to_integral_value(rounding=ROUND_CEILING))


def short_conditions(terms: Terms, priced: Sequence[Line]) -> Iterator[str]:
    """Where the requested conditions have no price of their own."""
    tier = terms.conditions.tier
    for step, is_requested in (("batch", terms.conditions.batch), (f"tier {tier}", bool(tier))):
        without = [line for line in priced if not has_step(line, step)]
        if is_requested and without:
            yield say_plural(
                "no {step} price for {number} model", "no {step} price for {number} models",
                len(without), step=visible(step.removeprefix("tier ")),
            )  # fmt: skip
    if terms.hours is Hours.OFF_PEAK and any(line.row.schedule for line in priced):
        yield say("off-peak prices (--at peak)")


def llama_note(lines: Sequence[Line]) -> list[str]:
    """What would count Llama's tokens exactly, where that is not installed."""
    from llmcost.errors import install
    from llmcost.tokenizers.llama import FILES, installed_vocabularies

    used = {base_name(line.model.tokenizer) for line in lines}
    if FILES.keys().isdisjoint(used) or installed_vocabularies():
        return []
    return [say("{command} counts Llama exactly", command=install("llama"))]


def notes(result: Estimate, lines: Sequence[Line]) -> list[str]:
    """What a reader must know to trust the figures, most important first."""
    found: list[str] = []
    if result.assumed is not None:
        found.append(answer_note(result.assumed))
    elif result.terms.output is None:
        found.append(output_note(result))
    priced = [line for line in lines if line.row.state is PriceState.PRICED]
    estimated = sum(1 for line in priced if not line.tokens.exact)
    sampled = any(one.margin for one in result.inputs)  # which has a note, and a range, of its own
    if estimated and not sampled and any(one.sizes for one in result.inputs):
        found.append(
            say(
                "~ marks estimated token counts ({estimated} of {models} models; tokenizer not "
                "public, or format of requests not confirmed)",
                estimated=estimated,
                models=len(priced),
            )
        )
    elif estimated and not sampled:
        found.append(
            say(
                "~ marks estimated token counts ({estimated} of {models} models; no public "
                "tokenizer)",
                estimated=estimated,
                models=len(priced),
            )
        )
    found += llama_note(priced)
    tight = joined(model_names(line.model for line in lines if not line.fits_surely))
    if tight:
        found.append(
            say("may be too long at the upper bound of the estimate: {models}", models=tight)
        )
    found += condition_notes(result.terms, priced)
    found += cache_notes(result, priced)
    contenders = rivals_of(result)
    if len(contenders) > 1:
        found.append(
            say(
                "{models} tie for cheapest within the margin of error",
                models=names_of(contenders),
            )
        )
    found += free_notes((line.model, line.row) for line in lines)
    found += contract_note(result.terms.discounts, result.terms.tax)
    if result.reference is not None:
        found.append(say("× and %: the cost against {name}", name=result.reference.name))
    if result.exchange.rates and needs_rate(result):
        found.append(rate_note(result.exchange, result.terms.at))
    return found + age_notes(used(result, lines))


def output_note(result: Estimate) -> str:
    """What is billed where no output was asked for."""
    if not has_limits(result):
        return say("input only: output is not included, add -o TOKENS or --output-ratio")
    return say("output assumed at max_tokens (upper bound)")


def answer_note(tokens: int) -> str:
    """What the second amount assumes."""
    return say(
        "`cost` is the input alone; `with answer` adds a chat answer to each request, without "
        "thinking: {tokens:,} output tokens, more or fewer by tokenizer; name yours with -o N, "
        "--task or --effort, or -o 0 for none",
        tokens=tokens,
    )


def has_limits(result: Estimate) -> bool:
    """Whether output is billed that requests allow, and not what was asked for."""
    return result.terms.output is None and any(
        size.output is not None
        for one in result.inputs
        for size in next(iter(one.sizes.values()), ())
    )


def condition_notes(terms: Terms, priced: Sequence[Line]) -> list[str]:
    """Where the conditions asked for have no price of their own, or an hour was not given."""
    found: list[str] = []
    tier = terms.conditions.tier
    without = [line for line in priced if not has_step(line, "batch")]
    if terms.conditions.batch and without:
        found.append(no_batch(names_of(without)))
    without = [line for line in priced if not has_step(line, f"tier {tier}")]
    if tier and without:
        found.append(no_tier(tier, names_of(without)))
    region = terms.conditions.region
    without = [line for line in priced if not has_step(line, f"region {region}")]
    if region and without:
        names = names_of(without)
        found.append(no_region(region, names))
    both = [line for line in priced if has_step(line, "batch") and has_step(line, f"tier {tier}")]
    if both:
        found.append(batch_on_tier(tier, names_of(both)))
    on_schedule = [line for line in priced if line.row.schedule]
    if on_schedule and terms.hours is Hours.OFF_PEAK:
        names = names_of(on_schedule)
        found.append(say("off-peak price (--at peak shows the other): {models}", models=names))
    return found


def cache_notes(result: Estimate, priced: Sequence[Line]) -> Iterator[str]:
    """What --cached auto assumes."""
    if not result.terms.cache_rules:
        return
    yield say(
        "read: by the rules of each model's cache. The requests of a file follow each other before "
        "an entry expires, the earlier turns of a conversation were requests too, and a text was "
        "sent before (of several --calls, all but the first); explicit caches are asked for where "
        "that pays. low–high: everything that is shared cached, and what a vendor does not promise "
        "not read, nor anything that an earlier call left"
    )
    few_known = [line for line in priced if line.cache is not None and not line.cache.is_known]
    if few_known:
        yield say(
            "cache~: rules not all published ({models}): 1,024 tokens at least where no source "
            "says more",
            models=names_of(few_known),
        )


def has_step(line: Line, step: str) -> bool:
    return any(
        taken == step or taken.startswith(f"{step} x ")
        for part in line.parts
        for taken in part.steps
    )


def names_of(lines: Sequence[Line]) -> str:
    return few(model_names(line.model for line in lines), MOST_NAMED)


def needs_rate(result: Estimate) -> bool:
    return any(line.native.currency != result.exchange.currency for line in result.lines)
