"""`llmcost estimate docs/ -f rag.yaml`: what indexing documents costs, and a question on them.

The workload file has the steps (docs/planning.md, Retrieval), and the documents are counted with
the tokenizer of its embedding model, each cut into chunks by itself. A question is a conversation
of the file, with the search before each request.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from llmcost.cli.output import Output
from llmcost.commands.budget.compute import BudgetLine, budget, month_of
from llmcost.commands.estimate.priced_rows import refuse_unused
from llmcost.commands.estimate.question_view import (
    CorpusIndex,
    QuestionLine,
    QuestionView,
    used,
)
from llmcost.errors import UsageError
from llmcost.messages import say, visible
from llmcost.money import Range
from llmcost.pricing.cost import sum_of
from llmcost.pricing.usage import add_counts
from llmcost.render.table import Format
from llmcost.runtime.gates import nothing_priced, one_of, too_old
from llmcost.runtime.scenario import Planned, planned, scenarios_of
from llmcost.workload.fields import FIELDS, FieldEntry, Given, parsed
from llmcost.workload.retrieval import chunks_of, index_part
from llmcost.workload.traffic import has_requests

if TYPE_CHECKING:
    from llmcost.cli.option_groups import AgeOptions, CurrencyOptions, ModelOptions, TimeOptions
    from llmcost.commands.estimate.estimate_options import (
        EstimateOutputOptions,
        ReadingOptions,
        RequestOptions,
    )
    from llmcost.money import Money
    from llmcost.runtime.count_inputs import Read

COMMON = 1_000
"""Questions that amounts are of, unless --calls names a number."""
USED = (
    *("--calls", "--encoding", "--input-format", "--field", "--column", "--skip-bad"),
    *("--max-bytes", "--workers", "--resume", "--no-progress", "--file", "--scenario"),
    *("--top", "--all", "--notes", "--format", "--get", "--quiet", "--explain", "--strict"),
)
"""Options of texts and results that count here, beside those of models, money and time."""


def question_output(
    paths: Sequence[str],
    request: "RequestOptions",
    models: "ModelOptions",
    currency: "CurrencyOptions",
    time: "TimeOptions",
    output: "EstimateOutputOptions",
    age: "AgeOptions",
    reading: "ReadingOptions",
    limit: "Money | None",
) -> Output:
    """The answer of -f. Raises LlmcostError."""
    others = {
        "--format html": output.format is Format.HTML,
        "--at": time.at is not None,
        "--fail-over": limit is not None,
    }
    refuse_unused("-f", USED, (request, reading, output), others)
    given = given_by(models, currency, time)
    plan = plan_of(reading.file or Path(), reading.scenario or [], given, age.prices)
    read, index, plan = with_documents(plan, paths, reading, quiet=output.is_bare)
    found = budget(plan.table, plan.models, plan.query)
    calls = request.calls or COMMON
    has_month = has_requests(plan.query.workload) and "mau" in plan.scenario.said
    lines = [line_of(one, plan, calls, has_month=has_month) for one in found.lines]
    failure, also = one_of(
        None,
        too_old(lambda: used(lines, plan), age.oldest),
        nothing_priced(lines, found.excluded),
    )
    failure = failure or read.failure(skip_bad=reading.inputs.skip_bad)
    own = plan.scenario.get("currency") is None
    base = plan.query.at, plan.query.exchange, lines, found.excluded, own
    view = QuestionView(*base, plan, read, index, calls, also)
    return view.output(output, models.named, also, failure)


def given_by(models: "ModelOptions", currency: "CurrencyOptions", time: "TimeOptions") -> Given:
    """The fields that options override."""
    texts = {
        "model": models.model,
        "provider": models.provider,
        "currency": currency.currency,
        "fx": currency.fx,
        "as_of": time.as_of,
    }
    return {
        key: FieldEntry(parsed(FIELDS[key], text), FIELDS[key].option)
        for key, text in texts.items()
        if text
    }


def plan_of(
    file: Path, names: Sequence[str], given: Given, prices: Sequence[Path] | None
) -> Planned:
    """The one scenario that is meant, with its models; its documents are not counted yet."""
    scenarios = scenarios_of(file, names, given)
    if len(scenarios) > 1:
        known = ", ".join(f"`{one.name}`" for one in scenarios)
        said = say("the file has several scenarios: {names}", names=known)
        raise UsageError(said, hint=say("choose one with --scenario"))
    scenario = scenarios[0]
    for key in ("embed", "chunk_size"):
        if key not in scenario.said:
            said = say("{path} does not say {key}", path=visible(str(file)), key=f"`{key}`")
            example = "embed: {model: alibaba/text-embedding-v4, chunk_size: 500}"
            raise UsageError(said, hint=say("for example {example}", example=example))
    documents = {"corpus_tokens": FieldEntry(1, "PATH")}
    scenario = replace(scenario, said={**scenario.said, **documents})
    return planned(scenario, prices, file.parent)


def with_documents(
    plan: Planned, paths: Sequence[str], reading: "ReadingOptions", *, quiet: bool
) -> "tuple[Read, CorpusIndex, Planned]":
    """The documents, counted; and the plan that embeds them."""
    from llmcost.runtime.count_inputs import read_inputs
    from llmcost.runtime.tokenizer_choice import known_tokenizers

    query, embed = plan.query, plan.query.retrieval.embed
    assert embed is not None  # `plan_of` refuses a file without it
    asked = reading.asked(paths, quiet=quiet, day=query.at.date())
    read = read_inputs(asked, [embed.model], known_tokenizers(plan.table))
    counts = [one.counts[read.key_of(embed.model)] for one in read.inputs]
    size, overlap = query.workload.chunk_size, query.workload.chunk_overlap
    chunks = [chunks_of(one.tokens, size, overlap) for one in counts]
    repeated = sum(max(0, number - 1) for number in chunks) * overlap
    count = add_counts(counts)
    tokens = count.tokens + repeated
    workload = replace(query.workload, corpus_tokens=tokens, chunk_overlap=0)
    if not has_requests(workload):
        workload = replace(workload, requests_per_user=Decimal(1))
    if workload.mau is None:
        workload = replace(workload, mau=1)
    query = replace(query, workload=workload)
    once = replace(workload, reindex=Decimal(1))
    part = index_part(once, query.retrieval, embed.currency, query.exchange)
    cost = sum_of([] if part is None else [part])
    low, high = (cost * (one + repeated) / max(tokens, 1) for one in (count.low, count.high))
    index = CorpusIndex(count, sum(chunks), tokens, embed, Range(cost, low, high, embed.currency))
    return read, index, replace(plan, query=query)


def line_of(line: BudgetLine, plan: Planned, calls: int, *, has_month: bool) -> QuestionLine:
    month, exchange = month_of(line), plan.query.exchange
    parts = (*month.talk.tokens, *month.talk.calls)
    amount = sum_of(parts) * calls
    native = Range(amount, amount, amount, line.case.currency)
    bill = month.cost if has_month else None
    cost = native.to(exchange.currency, exchange.rates)
    return QuestionLine(line.model, line.case.row, native, cost, bill, parts, line.rank)
