"""Output tokens of the requests of logs, by model, in the steps of a fine scale."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec

from llmcost.errors import UnreadableInput
from llmcost.logs.aggregation import Edges, clocks_of
from llmcost.logs.log_files import LogReadingOptions, Logs, read_logs
from llmcost.logs.log_formats import LogForm
from llmcost.logs.model_names import LoggedNames
from llmcost.messages import say
from llmcost.pricing.learned_lengths import LearnedLengths
from llmcost.pricing.output_lengths import AnswerLengths
from llmcost.pricing.price_rows import PriceTable
from llmcost.runtime import clock
from llmcost.runtime.calibration_file import is_calibration, learned_of, load_learned
from llmcost.runtime.count_inputs import Asked
from llmcost.runtime.open_inputs import How

STEP = 1.01
MOST = 10_000_000
ZONE = "UTC"


def scale() -> tuple[int, ...]:
    """Numbers of tokens that are 1 % apart, all of them where they are small."""
    found = [0]
    while found[-1] < MOST:
        found.append(max(found[-1] + 1, int(found[-1] * STEP)))
    return tuple(found)


class OutputSamples(msgspec.Struct, frozen=True):
    """How many requests of each model wrote so many tokens, by the model's key; how many were of
    names that the price table does not have; and the logs that were read."""

    by_model: dict[str, Counter[float]]
    unknown: Counter[str]
    logs: Logs


def read_samples(asked: Asked, table: PriceTable, at: datetime) -> OutputSamples:
    """Return the samples of logs. Raise UnreadableInput if no log can be read, or none has an
    answer of a known model."""
    edges = Edges(output=scale())
    logs = read_logs(asked, LogReadingOptions(LogForm.AUTO, (), clocks_of(table, ZONE), edges))
    names = LoggedNames(table, {}, ())
    found: dict[str, Counter[float]] = {}
    unknown = Counter[str]()
    for cell, sums in logs.tally.cells():
        model = names.find(cell.model, cell.provider, at).model
        if model is None:
            unknown[cell.model] += sums.requests
        elif sums.output and sums.requests:
            mean = sums.output / sums.requests
            found.setdefault(model.key, Counter())[mean] += sums.requests
    failure = logs.failure(skip_bad=False)
    if failure is not None and not found:
        raise failure
    if not found:
        raise UnreadableInput(
            say("the logs have no answer of a model of the price table"),
            hint=say("`llmcost usage` shows what is in them"),
        )
    return OutputSamples(found, unknown, logs)


def learned_from(path: Path, lengths: AnswerLengths, table: PriceTable) -> LearnedLengths:
    """Return what --learn names: a calibration file, or a log that is learned from now. Raise
    UnreadableInput, also for a log with lines that cannot be read."""
    if is_calibration(path):
        return load_learned(path)
    now, how = clock.now(), How(workers=1, progress=False)
    found = read_samples(Asked([str(path)], how=how), table, now)
    failure = found.logs.failure(skip_bad=False)
    if failure is not None:
        hint = say("`llmcost tasks learn LOG --skip-bad > lengths.json` leaves out what is bad")
        raise UnreadableInput(str(failure), hint=hint)
    return learned_of(found.by_model, lengths.of_class, now.date(), lengths.name)
