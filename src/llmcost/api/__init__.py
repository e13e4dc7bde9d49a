"""The Python API: count texts, files and requests, and estimate what they cost.

The functions and results that `import llmcost` offers belong here, and how their keywords and
inputs become those of `runtime`. Nothing of the command line does: nothing is printed, no process
is started unless `workers` says so, and every expected failure is an LlmcostError. Functions and
results can be pickled. Threads may call at once: they count in turns, since they share what the
engines have learnt.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Unpack

from llmcost.api.inputs import (
    Pieces,
    Request,
    asked_of,
    asks_of,
    counted,
    counting,
    crew_of,
    each_of,
    read_path,
    streams_of,
    text_input,
    tokenizers_of,
)
from llmcost.api.keywords import Billing, market_of
from llmcost.commands.estimate.compute import Estimate, Line
from llmcost.errors import (
    BadFile,
    BadPriceFile,
    LlmcostError,
    NoExchangeRate,
    UnknownModel,
    UnknownTokenizer,
    UnreadableInput,
    UsageError,
)
from llmcost.pricing.usage import Count, add_counts, count_key
from llmcost.runtime.option_values import File, Names, whole

__all__ = [
    "BadFile",
    "BadPriceFile",
    "Billing",
    "Count",
    "Estimate",
    "Line",
    "LlmcostError",
    "NoExchangeRate",
    "UnknownModel",
    "UnknownTokenizer",
    "UnreadableInput",
    "UsageError",
    "count",
    "count_each",
    "estimate",
    "estimate_requests",
]

Source = str | os.PathLike[str] | Iterable[str]
"""A text; a path, which is a file, folder or pattern as on the command line; or a text in pieces,
which is streamed."""


def count(
    source: Source,
    *,
    tokenizers: Names | None = None,
    models: Names | None = None,
    prices: Sequence[File] | None = None,
    encoding: str = "utf-8",
    workers: int = 1,
) -> Mapping[str, Count]:
    """The tokens of a text by tokenizer; of a folder or pattern, those of all its files together.

    `tokenizers`: names, globs or files; `models`: those of these models; neither: all that are
    known. `encoding` is that of files. `workers`: processes for more than 8 MB.

    Raises LlmcostError: UnknownTokenizer, UnknownModel, UnreadableInput for the first file that
    cannot be read; TypeError for what is no source.
    """
    names, known = tokenizers_of(tokenizers, models, prices)
    with crew_of(workers) as crew:
        if not isinstance(source, os.PathLike):
            return text_input(source, names, known, crew).counts
        found = [
            counted(stream, lambda: stream.expected, names, known, crew)  # noqa: B023 - used now
            for stream in streams_of(source, encoding)
        ]
    return {name: add_counts([one[name] for one in found]) for name in names}


def count_each(
    texts: Iterable[str],
    *,
    tokenizers: Names | None = None,
    models: Names | None = None,
    prices: Sequence[File] | None = None,
) -> Iterator[Mapping[str, Count]]:
    """The tokens of each of many texts by tokenizer, in their order, as `count` gives them.

    Texts are read up to 2,500 ahead, since many are counted together in less time. Raises as
    `count` does.
    """
    names, known = tokenizers_of(tokenizers, models, prices)
    return each_of(Pieces(texts), names, known)


def estimate(
    source: Source,
    *,
    encoding: str = "utf-8",
    input_format: str | None = None,
    field: str | None = None,
    column: str | None = None,
    skip_bad: bool = False,
    max_bytes: int | None = None,
    split: int | None = None,
    workers: int = 1,
    **billing: Unpack[Billing],
) -> Estimate:
    """What a text costs on each model, cheapest first, as one request; or each file of a path, with
    the requests in it. For the keywords see Billing and `llmcost estimate --help`.

    `lines` is empty where nothing can be priced, and `excluded` says why. Raises LlmcostError:
    UnknownModel, UsageError, NoExchangeRate, UnreadableInput if anything of a path cannot be read,
    a request in it too, unless `skip_bad`; TypeError for what is no source.
    """
    market = market_of(billing)
    if isinstance(source, os.PathLike):
        read = read_path(
            asked_of(source, encoding, input_format, field, column, max_bytes, workers),
            market,
            skip_bad=skip_bad,
        )
        inputs, key_of = read.inputs, read.key_of
    else:
        names = sorted({one.tokenizer for one in market.models})
        with crew_of(workers) as crew:
            inputs, key_of = [text_input(source, names, market.known, crew)], count_key
    if split is not None:
        from llmcost.commands.estimate.compute import split as cut

        most = whole(split, "split", 1)
        inputs = [cut(one, most) for one in inputs]
    return market.priced(inputs, key_of)


def estimate_requests(
    requests: Iterable[Request],
    *,
    workers: int = 1,
    **billing: Unpack[Billing],
) -> Estimate:
    """What requests cost on each model, cheapest first, each billed by itself.

    A request is what a line of a file of requests may be: the body of a chat in any vendor's form,
    a list of messages, a line of a batch; or a str, which is a bare prompt. They are streamed in
    bounded memory. For the keywords see Billing.

    Raises LlmcostError: UnreadableInput for the first that is no request, and as `estimate` does.
    """
    from llmcost.runtime.count_inputs import request_input
    from llmcost.tokenizers.requests import RequestCounter, RequestTally, batches, way_of

    market = market_of(billing)
    ways = (way_of(one.tokenizer, one.id) for one in market.models)
    tally = RequestTally(RequestCounter(ways, market.known))
    found = batches(asks_of(requests))
    with crew_of(workers) as crew:
        if crew.workers > 1 and tally.counter.is_ours:
            crew.tally(tally, found, sys.maxsize)  # processes are asked for
        else:
            for batch in found:
                with counting():
                    tally.add(batch)
    with counting():
        one = request_input("requests", 0, 0, tally)
    return market.priced([one], lambda model: way_of(model.tokenizer, model.id).key)
