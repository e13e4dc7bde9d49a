"""Cost of retrieval before each answer: the index of the documents, the question, the reranker.

`generate`, the step that answers, is the request itself.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

import msgspec

from llmcost.messages import say
from llmcost.money import PER, Exchange, convert
from llmcost.pricing.cost import PER_CALLS, BillPart, discount_steps, fee_of
from llmcost.pricing.price_rows import Model, PriceRow
from llmcost.workload.model import Workload

SEARCH = "search"  # the fee of a reranker that bills by the question
SEARCHED = 100  # chunks that one search may rank; more are another search
INDEX, QUESTION, RERANK = "embed_index", "embed_question", "rerank"


class SearchModel(msgspec.Struct, frozen=True):
    """An embedding model or a reranker, its price in force and the currency of that."""

    model: Model
    row: PriceRow
    currency: str


class Retrieval(msgspec.Struct, frozen=True):
    """The models of the steps before the answer; None: there is no such step."""

    embed: SearchModel | None = None
    rerank: SearchModel | None = None


NO_RETRIEVAL = Retrieval()


def chunks_of(tokens: int, size: int, overlap: int) -> int:
    """How many chunks of `size` tokens hold a text, each but the first repeating `overlap` of
    them."""
    if tokens <= size or not size:
        return 1 if tokens else 0
    return 1 - (size - tokens) // (size - overlap)


def indexed_tokens(workload: Workload) -> int:
    """The tokens that are embedded when the documents are indexed once, overlaps included."""
    chunks = chunks_of(workload.corpus_tokens, workload.chunk_size, workload.chunk_overlap)
    return workload.corpus_tokens + max(0, chunks - 1) * workload.chunk_overlap


def index_part(
    workload: Workload, retrieval: Retrieval, currency: str, exchange: Exchange
) -> BillPart | None:
    """What embedding the documents costs a month, in this currency."""
    tokens = indexed_tokens(workload) * workload.reindex
    if retrieval.embed is None or not tokens:
        return None
    return token_part(INDEX, tokens, retrieval.embed, currency, exchange)


def request_parts(
    workload: Workload, retrieval: Retrieval, currency: str, exchange: Exchange
) -> Iterator[BillPart]:
    """What finding the context of one request costs: its question is embedded, and read with each
    chunk that is ranked."""
    question = workload.input_tokens or 0
    if retrieval.embed is not None and question:
        yield token_part(QUESTION, question, retrieval.embed, currency, exchange)
    ranked = retrieval.rerank
    if ranked is None:
        return
    candidates = workload.rerank_candidates
    if ranked.row.bands:
        tokens = candidates * (workload.chunk_size + question)
        yield token_part(RERANK, tokens, ranked, currency, exchange)
        return
    price = fee_of(ranked.row, SEARCH, ranked.model.discount)
    searches = (Decimal(candidates) / SEARCHED).to_integral_value(ROUND_CEILING)
    yield BillPart(
        RERANK,
        searches,
        convert(price, ranked.currency, currency, exchange.rates),
        PER_CALLS,
        steps_of(ranked, price),
    )


def token_part(
    item: str, tokens: Decimal | int, found: SearchModel, currency: str, exchange: Exchange
) -> BillPart:
    """Tokens at the input price of a model, in another currency where it bills in one."""
    price = found.row.bands[0].prices["input"] * (found.model.discount or 1)
    rate = convert(price, found.currency, currency, exchange.rates)
    return BillPart(item, tokens, rate, PER, steps_of(found, price))


def steps_of(found: SearchModel, price: Decimal) -> tuple[str, ...]:
    """The model and its own price, as `--explain` has it."""
    stated = say(
        "{model} at {price} {currency}",
        model=found.model.key,
        price=f"{price.normalize():f}",
        currency=found.currency,
    )
    return (stated, *discount_steps(found.model.discount))


def why_unpriced(model: Model, row: PriceRow | None, kind: str) -> str:
    """Why a model cannot do a step; empty if it can. `kind`: embedding or rerank."""
    if model.kind != kind:
        return say("{model} is not a model of kind {kind}", model=model.id, kind=kind)
    is_priced = row is not None and (
        (row.bands and "input" in row.bands[0].prices) or SEARCH in row.fees
    )
    return "" if is_priced else say("no price of {model} known", model=model.id)
