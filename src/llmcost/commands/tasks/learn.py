"""`llmcost tasks learn`: the lengths of answers in your own logs, as a calibration file."""

from llmcost.cli import options
from llmcost.cli.option_groups import WorkerOptions, grouped
from llmcost.cli.output import Output
from llmcost.messages import say_plural
from llmcost.runtime import clock


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
    from llmcost.pricing.learned_lengths import LEAST
    from llmcost.runtime.answer_lengths import answer_lengths
    from llmcost.runtime.calibration_file import check_samples, learned_of, written
    from llmcost.runtime.count_inputs import Asked
    from llmcost.runtime.price_table import load_table

    now = clock.now()
    usual = answer_lengths(task).of_class
    asked = Asked(paths or [], encoding, how=workers.how(quiet=False))
    samples, logs = read_samples(asked, load_table(prices), now)
    failure = logs.failure(skip_bad=skip_bad)
    if failure is not None and not samples:
        raise failure
    check_samples(samples)
    found = learned_of(samples, usual, now.date(), task or "")
    few = sum(one.n < LEAST for one in found.rows)
    notes = [
        say_plural(
            "learned from {number:,} request of {models} models",
            "learned from {number:,} requests of {models} models",
            sum(one.n for one in found.rows),
            models=len(found.rows),
        ),
        *logs.notes,
    ]
    if few:
        notes.append(
            say_plural(
                "{number} model has fewer than {least} requests, so its bounds are wider",
                "{number} models have fewer than {least} requests, so their bounds are wider",
                few,
                least=LEAST,
            )
        )
    return Output(written(found), notes, failure)
