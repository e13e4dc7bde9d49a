"""Notes beside an estimate, and what fails of it: gates, inputs that could not be read, prices."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmcost.errors import BadFile, LlmcostError
from llmcost.messages import caution, say, say_plural
from llmcost.runtime.gates import nothing_priced, one_of, too_old

if TYPE_CHECKING:
    from llmcost.commands.estimate.compute import Estimate, Line
    from llmcost.pricing.catalog import Outside
    from llmcost.pricing.price_rows import PriceTable
    from llmcost.pricing.usage import Input
    from llmcost.runtime.count_inputs import Read
    from llmcost.runtime.price_table import ModelSelection

MOST_LINES_NAMED = 4
LONG = 100_000
"""Tokens of a text, from which on it may be sent in parts."""


def all_notes(
    result: "Estimate",
    lines: Sequence["Line"],
    rest: int,
    everything: bool,
    others: "Outside | None" = None,
) -> list[str]:
    """Return what is printed beside the lines that are displayed, of which `rest` more were left
    out; `everything`: name all excluded models; `others`: those that were not compared."""
    from llmcost.commands.estimate.estimate_legend import notes
    from llmcost.pricing.catalog import lineup_note
    from llmcost.render.wording import excluded_notes, free_count, more_models
    from llmcost.runtime.price_table import own_prices

    most = len(result.excluded) if everything else MOST_LINES_NAMED
    own = own_prices()
    hidden = [*more_models(rest), *free_count(result.lines, lines)]
    excluded = excluded_notes(result.excluded, most)
    main = [] if others is None else [lineup_note(others)]
    return [*hidden, *own, *notes(result, lines), *excluded, *main]


def others_of_result(
    table: "PriceTable", selection: "ModelSelection", result: "Estimate"
) -> "Outside | None":
    """Return what is on sale beside the models compared."""
    from llmcost.runtime.price_table import others_of

    if not result.lines:
        return None
    usage, requests = result.lines[0].usage, sum(one.requests for one in result.inputs) or 1
    tokens = usage.input // requests, usage.output // requests
    return others_of(table, selection, result.terms.at, result.exchange, tokens)


def split_notes(result: "Estimate", part: int | None) -> Iterator[str]:
    """Yield how many requests there are of texts that are cut; or that they may be cut, where
    models are too small for them."""
    if part is not None:
        sizes = [[one.sizes[key] for one in result.inputs] for key in result.inputs[0].sizes]
        numbers = sorted(sum(sum(own.values()) for own in each) for each in sizes)
        few, many = numbers[0], numbers[-1]
        yield (
            say_plural(
                "{number:,} request, texts in parts of {part:,} tokens at most (--split)",
                "{number:,} requests, texts in parts of {part:,} tokens at most (--split)",
                many,
                part=part,
            )
            if few == many
            else say(
                "{few:,} to {many:,} requests, texts in parts of {part:,} tokens at most (--split)",
                few=few,
                many=many,
                part=part,
            )
        )
    elif any(one.reason == "context" for one in result.excluded) and has_long_text(result.inputs):
        yield say("--split {most} sends long texts as requests of {most:,} tokens", most=LONG)


def has_long_text(inputs: Sequence["Input"]) -> bool:
    return any(
        count.tokens > LONG for one in inputs if not one.sizes for count in one.counts.values()
    ) or any(
        size.tokens > LONG
        for one in inputs
        if one.margin
        for sizes in one.sizes.values()
        for size in sizes
    )


def failures(
    result: "Estimate",
    read: "Read",
    gate: LlmcostError | None,
    oldest: int | None,
    *,
    skip_bad: bool,
) -> tuple[LlmcostError | None, list[str]]:
    """Return what the exit code tells, and what else went wrong."""
    from llmcost.commands.estimate.view import used

    failure, also = one_of(
        gate,
        too_old(lambda: used(result, result.lines), oldest),
        nothing_priced(result.lines, result.excluded),
    )
    outsized = left_out(result)
    unread = both(read.failure(skip_bad=skip_bad), None if skip_bad else outsized)
    also += [caution(str(outsized))] if skip_bad and outsized else []
    # the gate has the exit code, and hides nothing
    also += map(caution, lines_of(unread)) if failure and unread else []
    return read.stopped or failure or unread, also


def left_out(result: "Estimate") -> LlmcostError | None:
    """Return the error of requests that no model takes."""
    if result.left_out is None:
        return None
    from llmcost.render.wording import left_out_text

    hint = say("shorten them, or leave them out with --skip-bad")
    return LlmcostError(left_out_text(result.left_out), hint=hint)


def both(first: LlmcostError | None, second: LlmcostError | None) -> LlmcostError | None:
    """Return two failures as one."""
    if first is None or second is None:
        return first or second
    return BadFile([*lines_of(first), *lines_of(second)], hint=first.hint)


def lines_of(error: LlmcostError) -> Sequence[str]:
    return error.problems if isinstance(error, BadFile) else [str(error)]
