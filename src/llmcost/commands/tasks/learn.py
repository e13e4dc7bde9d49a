"""`llmcost tasks learn`: the lengths of answers in your own logs, as a calibration file."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from llmcost.cli import options
from llmcost.cli.option_groups import WorkerOptions, grouped
from llmcost.cli.output import Output
from llmcost.messages import say, say_plural, visible
from llmcost.render.text import few
from llmcost.runtime import clock

if TYPE_CHECKING:
    from llmcost.pricing.learned_lengths import LearnedLengths

MOST_NAMED = 4


@grouped
def learn(
    *,
    paths: options.Paths = None,
    task: options.Task = None,
    workers: WorkerOptions,
    prices: options.PriceFiles = None,
    encoding: options.Encoding = "utf-8",
    skip_bad: options.SkipBad = False,
) -> Output:
    """Learn the lengths of answers from logs, by model; print a file for --learn.

    Bounds hold for four of five further requests of the same traffic; models with fewer than 30
    requests get wider ones.

    Examples:
      llmcost tasks learn logs/ > lengths.json
      llmcost tasks learn chat.jsonl --task chat > lengths.json
    """
    from llmcost.logs.output_samples import read_samples
    from llmcost.runtime.answer_lengths import answer_lengths
    from llmcost.runtime.calibration_file import learned_of, written
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.price_table import load_table

    now = clock.now()
    usual = answer_lengths(task).of_class
    asked = Asked(paths or [], encoding, how=workers.how(quiet=False))
    found = read_samples(asked, load_table(prices), now)
    failure = found.logs.failure(skip_bad=skip_bad)
    lengths = learned_of(found.by_model, usual, now.date(), task or "")
    notes = [*learned_notes(lengths, found.unknown), *found.logs.notes]
    return Output(written(lengths), notes, failure)


def learned_notes(found: "LearnedLengths", unknown: Mapping[str, int]) -> Iterator[str]:
    """How much was learned from, what was left out, and whose bounds are wider."""
    from llmcost.pricing.learned_lengths import LEAST

    requests = sum(one.n for one in found.rows)
    few_samples = sum(one.n < LEAST for one in found.rows)
    yield say(
        "learned from {requests} of {models}",
        requests=say_plural("{number:,} request", "{number:,} requests", requests),
        models=say_plural("{number} model", "{number} models", len(found.rows)),
    )
    if unknown:
        yield say_plural(
            "left out: {number:,} request of models that the price table does not have: {names}",
            "left out: {number:,} requests of models that the price table does not have: {names}",
            sum(unknown.values()),
            names=few([visible(one) or say("no name") for one in unknown], MOST_NAMED),
        )
    if few_samples:
        yield say_plural(
            "{number} model has fewer than {least} requests, so its bounds are wider",
            "{number} models have fewer than {least} requests, so their bounds are wider",
            few_samples,
            least=LEAST,
        )
