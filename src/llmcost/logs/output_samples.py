"""Output tokens of the requests of logs, by model, in the steps of a fine scale."""

from collections import Counter
from datetime import datetime

from llmcost.logs.aggregation import Edges, clocks_of
from llmcost.logs.log_files import LogReadingOptions, Logs, read_logs
from llmcost.logs.log_formats import LogForm
from llmcost.logs.model_names import LoggedNames
from llmcost.pricing.price_rows import PriceTable
from llmcost.runtime.count_inputs import Asked

STEP = 1.01
MOST = 10_000_000
ZONE = "UTC"


def scale() -> tuple[int, ...]:
    """Numbers of tokens that are 1 % apart, all of them where they are small."""
    found = [0]
    while found[-1] < MOST:
        found.append(max(found[-1] + 1, int(found[-1] * STEP)))
    return tuple(found)


def read_samples(
    asked: Asked, table: PriceTable, at: datetime, form: LogForm = LogForm.AUTO
) -> tuple[dict[str, Counter[float]], Logs]:
    """Return how many requests of each model wrote so many tokens, by the model's key, and the logs
    that were read. Models that the price table does not have are left out. Raise UnreadableInput
    if no log can be read."""
    edges = Edges(output=scale())
    logs = read_logs(asked, LogReadingOptions(form, (), clocks_of(table, ZONE), edges))
    names = LoggedNames(table, {}, ())
    found: dict[str, Counter[float]] = {}
    for cell, sums in logs.tally.cells():
        model = names.find(cell.model, cell.provider, at).model
        if model is not None and sums.output and sums.requests:
            mean = sums.output / sums.requests
            found.setdefault(model.key, Counter())[mean] += sums.requests
    return found, logs
