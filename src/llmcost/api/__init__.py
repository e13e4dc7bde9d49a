"""The Python API: count texts, files and requests, estimate what they cost, and compare own GPUs.

The functions and results that `import llmcost` offers belong here, and how their inputs become
those of `runtime`, which has the keywords. Nothing of the command line does: nothing is printed, no
process is started unless `workers` says so, and every expected failure is an LlmcostError.
Functions and results can be pickled. Threads may call at once: they count in turns, since they
share what the engines have learnt.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Unpack

from msgspec.structs import replace

from llmcost.api.inputs import (
    Pieces,
    Request,
    asked_of,
    asks_of,
    counted,
    counting,
    crew_of,
    each_of,
    hosted,
    priced,
    read_path,
    streams_of,
    text_input,
    texts,
    tokenizers_of,
)
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
from llmcost.pricing.quality import Score
from llmcost.pricing.usage import Count, add_counts, count_key
from llmcost.runtime.market import Billing, market_of
from llmcost.runtime.option_values import File, Names, Number, paths_of, whole

if TYPE_CHECKING:
    from llmcost.commands.host.compute import HostAnswer
    from llmcost.commands.train.compute import TrainingAnswer

__all__ = [
    "BadFile",
    "BadPriceFile",
    "Billing",
    "Count",
    "Estimate",
    "Line",
    "LlmcostError",
    "NoExchangeRate",
    "Score",
    "UnknownModel",
    "UnknownTokenizer",
    "UnreadableInput",
    "UsageError",
    "best_value",
    "count",
    "count_each",
    "estimate",
    "estimate_requests",
    "host",
    "scores",
    "train",
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
    """Return the number of tokens of a text, under each of several tokenizers.

    Arguments:
        source: a `str` is the text itself. A path (`os.PathLike`) is a file, a folder or a pattern
            as on the command line, whose files are counted together. Any other iterable of `str` is
            one text in pieces, and streamed: it may be larger than memory.
        tokenizers: names, globs or vocabulary files.
        models: ids, aliases, `provider/id` or globs; their tokenizers are added. With neither
            `tokenizers` nor `models`, all tokenizers count.
        prices: price files of your own, whose models and tokenizers are known besides ours.
        encoding: of files.
        workers: how many processes may count; more than one pays from 8 MB on.

    Return a Count by the name of its tokenizer: `tokens`, between `low` and `high`, which differ
    where the vocabulary is not public; `exact`, and the `method`.

    Raise UnknownTokenizer or UnknownModel for a name that is none, UsageError for an empty list,
    UnreadableInput for the first file that cannot be read, TypeError for what is no source.

    >>> import llmcost
    >>> llmcost.count("Hello, world!", tokenizers=["o200k_base", "claude"])["o200k_base"]
    Count(tokens=4, low=4, high=4, method='o200k_base', exact=True)
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
    """Yield the number of tokens of each of many texts, in their order.

    Arguments:
        texts: any number of them, which may be endless; up to 2,500 are read ahead, since many are
            counted together in less time.
        tokenizers, models, prices: as in `count`.

    Yield for each text what `count` returns. Raise what `count` raises.

    >>> import llmcost
    >>> [one["qwen"].tokens for one in llmcost.count_each(["one", "one two"], tokenizers="qwen")]
    [1, 2]
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
    """Return what a text costs on each model, cheapest first.

    Arguments:
        source, encoding, workers: as in `count`. A text is one request; of a path, each file is
            one, or as many as there are in it (.jsonl, .json).
        input_format: of files, such as "text" or "chat"; None: as names and beginnings say.
        field: the key of JSON objects that has the text.
        column: the column of CSV, TSV or Parquet that has the text, by name or number.
        skip_bad: leave requests out that cannot be read.
        max_bytes: of each file, at most so many bytes are read.
        split: a text of more tokens is sent as requests of so many.
        billing: the keywords of Billing, such as `models`, `output_tokens`, `currency`, `as_of`.

    Return an Estimate. Its `lines` are by rank, each with `model`, `tokens` (a Count), and Decimal
    amounts for all requests and calls: `cost` in the currency that ranks and `native` in the
    model's own, with `low` and `high` where tokens are estimated. `excluded` are the models that
    cannot be priced, with the reason: an unknown price is never zero.

    Raise UnknownModel, UsageError for a value that makes no sense, NoExchangeRate, BadPriceFile,
    UnreadableInput if anything of a path cannot be read, a request in it too, unless `skip_bad`;
    TypeError for what is no source or no keyword.

    >>> import llmcost
    >>> result = llmcost.estimate(
    ...     "Summarise this.", models="gpt-4o*", output_tokens=500, as_of="2026-11-22"
    ... )
    >>> first = result.lines[0]
    >>> first.rank, first.model.key, first.tokens.tokens, first.cost.amount, first.cost.currency
    (1, 'openai/gpt-4o-mini', 5, Decimal('0.00030075'), 'USD')
    """
    market = market_of(billing)
    if isinstance(source, os.PathLike):
        asked = asked_of(source, encoding, input_format, field, column, max_bytes, workers)
        read = read_path(asked, market, skip_bad=skip_bad)
        inputs, key_of = read.inputs, read.key_of
    else:
        with crew_of(workers) as crew:
            inputs = [text_input(source, market.tokenizers, market.known, crew)]
        key_of = count_key
    return priced(market, inputs, key_of, split)


def estimate_requests(
    requests: Iterable[Request],
    *,
    workers: int = 1,
    **billing: Unpack[Billing],
) -> Estimate:
    """Return what requests cost on each model, cheapest first, each billed by itself.

    Arguments:
        requests: each is what a line of a file of requests may be: the body of a chat in any
            vendor's form, a list of messages, a line of a batch; or a `str`, which is a bare
            prompt. They are streamed in bounded memory.
        workers: how many processes may count.
        billing: the keywords of Billing, as in `estimate`. Without `output_tokens`, output is
            billed at the limit that a request has (`max_tokens`), if it has one.

    Return an Estimate, as `estimate` does, of all requests together.

    Raise UnreadableInput for the first that is no request, and what `estimate` raises.

    >>> import llmcost
    >>> chat = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100}
    >>> result = llmcost.estimate_requests([chat] * 3, models="gpt-4o-mini", as_of="2026-11-22")
    >>> result.inputs[0].requests, result.lines[0].usage.output
    (3, 300)
    """
    from llmcost.runtime.count_inputs import count_prefixes, request_input
    from llmcost.tokenizers.requests import RequestCounter, RequestTally, batches, way_of

    market = market_of(billing)
    day = market.terms.at.date()
    ways = (way_of(one.tokenizer, one.id, day) for one in market.models)
    tally = RequestTally(RequestCounter(ways, market.known))
    found = batches(asks_of(requests))
    prefixes = None
    with crew_of(workers) as crew:
        if market.terms.cache_rules:
            with counting():
                prefixes = count_prefixes(found, tally)
        elif crew.workers > 1 and tally.counter.is_ours:
            crew.tally(tally, found, sys.maxsize)  # processes are asked for
        else:
            for batch in found:
                with counting():
                    tally.add(batch)
    with counting():
        one = replace(request_input("requests", 0, 0, tally), prefixes=prefixes)
    return priced(market, [one], lambda model: way_of(model.tokenizer, model.id, day).key)


def scores(
    models: Names | None = None,
    *,
    quality: str = "arena",
    effort: str | None = None,
    as_of: date | str | None = None,
    prices: Sequence[File] | None = None,
) -> Mapping[str, Score]:
    """Return the public quality scores of models, by `provider/id`; those without one are left out.

    Arguments:
        models: ids, aliases, `provider/id` or globs; None: the main models of each maker.
        quality: "arena", "livebench", "vectara" or "bfcl", or a YAML or CSV file of yours.
        effort: at which the model thought, such as "high"; None: without thinking, or not stated.
        as_of: the day, whose builds count; None: today.
        prices: price files of your own, whose models are known besides ours.

    Return a Score by model: `value`, as a Decimal in the unit of the set, its `source` and the
    source's own row, the day it was published (`checked`), `effort` and `n`.

    Raise UnknownModel, UsageError for another set or effort, UnreadableInput for a file.

    >>> import llmcost
    >>> found = llmcost.scores("claude-opus-5,gpt-4o", effort="max", as_of="2026-11-30")
    >>> {model: (score.value, score.source) for model, score in found.items()}
    {'anthropic/claude-opus-5': (Decimal('1506.5'), 'Arena text: claude-opus-5-max')}
    """
    from llmcost.runtime.answer_lengths import check_effort
    from llmcost.runtime.quality_choice import chosen_scores

    check_effort(effort)
    market = market_of({"models": models, "as_of": as_of, "prices": prices})
    day, chosen = market.terms.at.date(), chosen_scores(quality, effort or "")
    if chosen is None:
        return {}
    found = ((one.key, chosen.of(one, day)) for one in market.models)
    return {key: score for key, score in found if score is not None}


def best_value(
    result: Estimate, *, quality: str = "arena", effort: str | None = None
) -> tuple[str, ...]:
    """Return the models of an estimate that no other beats in cost and score, the cheapest first.

    Arguments:
        result: what `estimate` or `estimate_requests` returned.
        quality, effort: as in `scores`; the effort should be that of the estimate.

    Return `provider/id` of each. Models without a score, and free ones, are not compared; a model
    that alone has one beats nobody.

    Raise UsageError for another set or effort, UnreadableInput for a file.

    >>> import llmcost
    >>> models = "glm-5.3-flash,qwen3.7-plus,mimo-v2.6-pro"
    >>> result = llmcost.estimate("Hi!", models=models, output_tokens=500, as_of="2026-11-30")
    >>> llmcost.best_value(result)
    ('zhipu/glm-5.3-flash', 'xiaomi/mimo-v2.6-pro')
    """
    from llmcost.render.quality_scores import ratings_of
    from llmcost.runtime.answer_lengths import check_effort
    from llmcost.runtime.quality_choice import chosen_scores

    check_effort(effort)
    costs = [(one.model, one.ranking.amount) for one in result.lines if not one.is_free]
    found = ratings_of(chosen_scores(quality, effort or ""), costs, result.terms.at.date())
    return tuple(found.front) if len(found.found) > 1 else ()


def host(
    models: Names | None = None,
    *,
    requests_per_day: Number | None = None,
    cached: Number | None = None,
    peak_to_mean: Number | None = None,
    gpu: str | None = None,
    gpu_hour: Number | None = None,
    buy: Number | None = None,
    life: Number | None = None,
    power: Number | None = None,
    spare: int = 1,
    prices: Sequence[File] | None = None,
    **workload: Any,
) -> "HostAnswer":
    """Return own GPUs and reserved throughput beside a month at the API, the best first.

    Arguments:
        models: ids, aliases or families; None: each model with open weights on its best machine.
        requests_per_day: in the place of `mau` and `requests_per_user`.
        cached: the share of the input that the API bills as cached.
        peak_to_mean: the busiest hour over the mean; None: that of `traffic`, else 2.
        gpu: only this machine, such as "H200"; gpu_hour: what an hour of it costs, such as "$4.59".
        buy: the price of one `gpu`, in its place; life: its months; power: the price of a kWh.
        spare: replicas kept for failures.
        prices: price files of your own.
        workload: the fields of a workload file, such as `input_tokens`, `output_tokens`, `traffic`,
            `currency`, `as_of`.

    Return a HostAnswer. Its `lines` have the `family`, the `forecast` (a forecast of a machine, no
    measurement), `own` (a month with `cost`, `fleet` and `break_even`), `vendor` and `host` (the
    API's month at the vendor and at the cheapest host), and `pays`.

    Raise UsageError for what makes no sense, UnknownModel, NoExchangeRate, and LlmcostError if no
    model can be compared.

    >>> import llmcost
    >>> found = llmcost.host(
    ...     "glm-5.3",
    ...     requests_per_day="3M",
    ...     input_tokens=4000,
    ...     output_tokens=500,
    ...     as_of="2026-11-22",
    ... )
    >>> best = found.lines[0]
    >>> best.forecast.machine, best.own.fleet.gpus, round(best.own.cost), best.pays
    ('b200_sxm', 64, 2110491, True)
    """
    stated = texts(requests_per_day=requests_per_day, cached=cached, peak_to_mean=peak_to_mean)
    stated |= texts(gpu=gpu, gpu_hour=gpu_hour, buy=buy, life=life, power=power)
    return hosted({**workload, "model": models}, prices, spare=whole(spare, "spare", 0), **stated)


def train(
    model: str | None = None,
    *,
    parameters: Number | None = None,
    tokens: Number | None = None,
    epochs: int = 1,
    flop: Number | None = None,
    mfu: Number | None = None,
    paid: str | None = None,
    gpu: str | None = None,
    gpu_hour: Number | None = None,
    currency: str | None = None,
    fx: Number | None = None,
    as_of: str | None = None,
    prices: Sequence[File] | None = None,
) -> "TrainingAnswer":
    """Return what a training run takes, on GPUs and at vendors, the cheapest first.

    Arguments:
        model: whose size and vendors' prices are known, such as "qwen3-32b"; else `parameters`.
        tokens: of one epoch; epochs: over them; or the operations of the run as `flop`.
        mfu: the share of the bf16 peak that is reached; None: 0.4, with its published range.
        paid: what a run cost, such as "$63M", for what price that `implied`.
        gpu, gpu_hour, prices: as in `host`. currency, fx, as_of: as in `estimate`.

    Return a TrainingAnswer: `lines`, each with `kind`, `name`, `cost` (a Range) and GPU-`hours`.

    Raise UsageError for what is missing or makes no sense, UnknownModel, NoExchangeRate.

    >>> import llmcost
    >>> found = llmcost.train(parameters="32B", tokens="1M", gpu="H100", gpu_hour="$2.69")
    >>> round(found.lines[0].cost.amount, 2)
    Decimal('0.36')
    """
    from llmcost.commands.train.train_answers import TrainingRequest, answer_of
    from llmcost.price_data.hosting_files import load_hosting

    request = TrainingRequest(
        **texts(model=model, parameters=parameters, tokens=tokens, flop=flop, mfu=mfu, paid=paid),
        **texts(gpu=gpu, gpu_hour=gpu_hour, currency=currency, as_of=as_of),
        epochs=whole(epochs, "epochs", 1),
        fx=fx,
    )
    return answer_of(request, load_hosting(), paths_of(prices))
